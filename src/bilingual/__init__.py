"""Translate Markdown books with gettext catalogs and publish aligned bilingual editions."""

__version__ = "0.1.0"
