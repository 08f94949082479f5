"""Write the licence of every pinned package, from its own metadata, into a table of the book.

`make licences` runs it after the pins have changed; packages that are for another system or another
Python than this one keep the line that they have.
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

CLONE = Path(__file__).resolve().parents[1]
TABLE = CLONE / "book" / "licences.txt"
HEAD = ["| Package | Version | Licence |", "|---|---|---|"]
_CLASSIFIER = re.compile(r"License :: (?:OSI Approved :: )?(.+)")
_UNTOLD = "not told by its metadata"


def licence_of(package: Distribution) -> str:
    """Return the licence that a package's metadata name.

    The expression is taken where there is one, else the classifiers, else the first line of the
    free text, or of the licence that the package brings.
    """
    told = package.metadata
    if expression := told.get("License-Expression"):
        return expression
    matched = map(_CLASSIFIER.fullmatch, told.get_all("Classifier") or [])
    names = [found[1] for found in matched if found and found[1] != "OSI Approved"]
    if names:
        return "; ".join(dict.fromkeys(names))
    texts = [told.get("License") or "", *_licence_files(package)]
    lines = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
    return lines[0] if lines else _UNTOLD


def _licence_files(package: Distribution) -> list[str]:
    """Return the texts of the licences that a package brings, those of its own parts left out."""
    files = [file for file in package.files or () if ".dist-info" in file.parts[0]]
    named = (file for file in files if re.match(r"(?i)licen[cs]e|copying", file.name))
    return [file.read_text() for file in named if file.locate().is_file()]


def pinned(pins: Path) -> dict[str, str]:
    """Return the pinned version of each package."""
    requirements = map(Requirement, pins.read_text(encoding="utf-8").splitlines())
    return {one.name: str(one.specifier).removeprefix("==") for one in requirements}


def here(name: str, version: str) -> str | None:
    """Return the line of a package; None where it is not here in this version."""
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return None
    if package.version.partition("+")[0] != version:
        return None
    return f"| `{name}` | {version} | {licence_of(package).replace('|', '/')} |"


def table(pins: dict[str, str], before: list[str]) -> list[str]:
    """Return the lines of the table; `before` are those that it has."""
    kept = {line.split("`")[1]: line for line in before if line.startswith("| `")}
    lines = (here(name, version) or kept.get(name) for name, version in sorted(pins.items()))
    return [*HEAD, *filter(None, lines)]


def main() -> None:
    """Write the table anew."""
    before = TABLE.read_text(encoding="utf-8").splitlines() if TABLE.exists() else []
    lines = table(pinned(CLONE / "pins.txt"), before)
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
