"""Mermaid diagrams as pictures; the only file that knows mmdr."""

from __future__ import annotations


def renders(source: str) -> bool:
    """Return whether a Mermaid diagram can be drawn.

    Args:
        source: The diagram, without its fence.
    """
    import mmdr  # noqa: PLC0415 - few commands draw

    try:
        return bool(mmdr.render(source).svg())
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - a panic of the renderer is no Exception
        return False
