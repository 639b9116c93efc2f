"""A book on disk: the only room that reads and writes content and catalogs."""

from __future__ import annotations

from bilingual.project.checking import Checked, check
from bilingual.project.exchanging import Exported, export
from bilingual.project.extraction import Extracted, extract
from bilingual.project.merging import MergedBook, merge
from bilingual.project.publishing import Published, publish
from bilingual.project.survey import status
from bilingual.project.together import Imported, import_catalogs, install_merge_driver, merge_catalogs

__all__ = [
    "Checked",
    "Exported",
    "Extracted",
    "Imported",
    "MergedBook",
    "Published",
    "check",
    "export",
    "extract",
    "import_catalogs",
    "install_merge_driver",
    "merge",
    "merge_catalogs",
    "publish",
    "status",
]
