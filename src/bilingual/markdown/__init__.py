"""The only room that knows markdown-it: documents, their segments, and what is protected inside a segment."""
