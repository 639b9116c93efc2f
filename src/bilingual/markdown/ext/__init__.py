"""One Markdown extension a file; the file's stem is the extension's name in the configuration."""
