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
# What a file of claims says of the report that makes them.
STAMPED = ("title", "version", "commit", "url", "repository")
# Whatever stands for one of these in a page is filled in when the book is bound.
MARK = re.compile(r"@@(title|author|year|version|commit|url|bibtex)@@")
_FIELD = re.compile(r"^(title|version|date-released|url|repository-code): *(.+)$", re.M)
_NAME = re.compile(r"^ +-? *name: *(.+)$", re.M)
_SURNAME = re.compile(r"^ +-? *family-names: *(.+)\n +given-names: *(.+)$", re.M)
# An address that git clones from, over the web or over SSH; who logs in there is no part of it.
_CLONED = re.compile(
    r"(?:(?:https?|ssh)://(?:[^/@]*@)?|[^/@:]+@)([\w.-]+\.[a-z]+)(?::\d+/|[:/])(.+)"
)


@dataclass(frozen=True)
class Citation:
    """What an entry of this report says.

    Attributes:
        title, author, year, version: as CITATION.cff has them.
        commit: that of the code that bound the book, or "unknown" where there is no repository.
        url: the address of the book, which ends in a slash; "" where none is known.
        repository: the address of its code; "" where none is known.
    """

    title: str
    author: str
    year: str
    version: str
    commit: str
    url: str
    repository: str = ""

    @property
    def bibtex(self) -> str:
        """Return the BibTeX entry of the report."""
        address = self.url or self.repository
        lines = [
            "@misc{steering_report,",
            f"  title   = {{{{{self.title}}}}},",
            f"  author  = {{{{{self.author}}}}},",
            f"  year    = {{{self.year}}},",
            f"  version = {{{self.version}}},",
            *([f"  url     = {{{address}}},"] if address else []),
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
    url = fields.get("url", "")
    return Citation(
        title=fields["title"],
        author=" and ".join(names),
        year=fields.get("date-released", "")[:4],
        version=fields.get("version", UNKNOWN),
        commit=commit_of(clone()),
        url=f"{url.rstrip('/')}/" if url else "",
        repository=fields.get("repository-code") or cloned_from(clone()),
    )


def commit_of(folder: Path) -> str:
    """Return the commit that a folder is checked out at, marked where files differ from it."""
    described = _git(folder, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    return described or UNKNOWN


def cloned_from(folder: Path) -> str:
    """Return the web address of the repository that a folder was cloned from; "" if it has none.

    Folders of this machine have none, and neither has what lies in no repository.
    """
    if not (folder / ".git").exists():
        return ""
    address = _CLONED.fullmatch(_git(folder, "remote", "get-url", "origin"))
    return f"https://{address[1]}/{address[2].strip('/').removesuffix('.git')}" if address else ""


def _git(folder: Path, *arguments: str) -> str:
    """Return what git says about a folder; "" where it says nothing, or is not there."""
    try:
        told = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return told.stdout.strip()


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
        about_it = {name: getattr(about, name) for name in STAMPED}
        write_json({**claims, **about_it}, file)
