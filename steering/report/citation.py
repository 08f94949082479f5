"""How this report is cited: its title, authors, version and commit, from CITATION.cff alone."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steering.clone import clone
from steering.storage import write_json

FILE = "CITATION.cff"
UNKNOWN = "unknown"
# Whatever stands for one of these in a page is filled in when the book is bound.
MARK = re.compile(r"@@(title|author|year|version|commit|url|bibtex)@@")
_FIELD = re.compile(r"^(title|version|date-released|url|repository-code): *(.+)$", re.M)
_NAME = re.compile(r"^ +-? *name: *(.+)$", re.M)
_SURNAME = re.compile(r"^ +-? *family-names: *(.+)\n +given-names: *(.+)$", re.M)


@dataclass(frozen=True)
class Citation:
    """What an entry of this report says; `url` ends in a slash, and is empty where none is known.

    `commit` is that of the code that bound the book, or "unknown" where there is no repository.
    """

    title: str
    author: str
    year: str
    version: str
    commit: str
    url: str

    @property
    def bibtex(self) -> str:
        """Return the BibTeX entry of the report."""
        lines = [
            "@misc{steering_report,",
            f"  title   = {{{{{self.title}}}}},",
            f"  author  = {{{{{self.author}}}}},",
            f"  year    = {{{self.year}}},",
            f"  version = {{{self.version}}},",
            *([f"  url     = {{{self.url}}},"] if self.url else []),
            f"  note    = {{commit {self.commit}}}",
            "}",
        ]
        return "\n".join(lines)


def citation() -> Citation:
    """Return how this report is cited, from CITATION.cff and the repository that it lies in."""
    text = (clone() / FILE).read_text(encoding="utf-8")
    own = text.partition("\nreferences:")[0]  # what follows are the works of others
    fields = {name: value.strip().strip("\"'") for name, value in _FIELD.findall(own)}
    people = [f"{given} {family}" for family, given in _SURNAME.findall(own)]
    names = [*(name.strip() for name in _NAME.findall(own)), *people]
    url = fields.get("url") or fields.get("repository-code", "")
    return Citation(
        title=fields["title"],
        author=" and ".join(names),
        year=fields.get("date-released", "")[:4],
        version=fields.get("version", UNKNOWN),
        commit=commit_of(clone()),
        url=f"{url.rstrip('/')}/" if url else "",
    )


def commit_of(folder: Path) -> str:
    """Return the commit that a folder is checked out at, marked where files differ from it."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN
    return told.stdout.strip() or UNKNOWN


def filled(text: str, about: Citation) -> str:
    """Return a text with its marks filled in; a line that needs an unknown address goes."""
    if not about.url:
        text = re.sub(r"^.*@@url@@.*\n?", "", text, flags=re.M)
    values: Mapping[str, str] = {**vars(about), "bibtex": about.bibtex}
    return MARK.sub(lambda mark: values[mark[1]], text)


def stamp(file: Path, about: Citation) -> None:
    """Write the version, the commit and the address into a file of claims, if it is there."""
    if file.is_file():
        claims = json.loads(file.read_text(encoding="utf-8"))
        about_it = {name: getattr(about, name) for name in ("title", "version", "commit", "url")}
        write_json({**claims, **about_it}, file)
