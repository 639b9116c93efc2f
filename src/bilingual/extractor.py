"""A message extractor for `pybabel extract`, so that Markdown can share a template with a program's own messages."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from bilingual.config import load
from bilingual.language import language
from bilingual.markdown.dialect import dialect
from bilingual.markdown.parse import parse
from bilingual.unit import wanted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


def markdown(
    fileobj: IO[bytes],
    keywords: Collection[str],  # noqa: ARG001 - Babel's interface
    comment_tags: Collection[str],  # noqa: ARG001 - as above
    options: Mapping[str, str],
) -> Iterator[tuple[int, str | None, str | tuple[str, str], list[str]]]:
    """Yield the segments of a Markdown file as Babel's extraction methods do.

    Args:
        fileobj: The file, in UTF-8.
        keywords: Not used: Markdown has no calls.
        comment_tags: Not used: comments for translators are written `<!-- i18n:comment: … -->`.
        options: `config`, the path of a `bilingual.toml` that says how to read the file and which languages there
            are; or else `dialect` (a preset), `source` and `target` (codes). Without a target all text is extracted.

    Yields:
        Line, function name, message and comments; for a segment with a context the function is `pgettext` and the
        message a pair of the context and the text.

    Raises:
        BilingualError: If the configuration is wrong.
        UnicodeDecodeError: If the file is not in UTF-8.
        ValueError: If an option is wrong.
    """
    latin = False
    if "config" in options:
        config = load(Path(options["config"]))
        chosen, source, target, latin = config.dialect, config.source, config.targets[0], config.latin
    else:
        chosen = dialect(options.get("dialect", "github"))
        source = language(options.get("source", "en"))
        target = language(options["target"]) if "target" in options else source
    document = parse(fileobj.read().decode("utf-8"), dialect=chosen)
    for segment in document.segments:
        if wanted(segment, chosen, source, target, latin=latin):
            comments = segment.comment.split("\n") if segment.comment else []
            if segment.context is None:
                yield segment.line, None, segment.text, comments
            else:
                yield segment.line, "pgettext", (segment.context, segment.text), comments
