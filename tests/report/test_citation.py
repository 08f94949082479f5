"""How the report is cited: from CITATION.cff alone, with the commit of the code."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from steering.clone import clone
from steering.report import citation as module
from steering.report.citation import (
    UNKNOWN,
    Citation,
    citation,
    cloned_from,
    commit_of,
    filled,
    stamp,
)

ABOUT = Citation("A title", "Someone", "2026", "1.2", "abc", "https://example.org/")


def test_it_is_what_the_file_says() -> None:
    about, text = citation(), (clone() / "CITATION.cff").read_text()
    assert f'title: "{about.title}"' in text
    assert f"version: {about.version}" in text
    assert f"name: {about.author}" in text
    assert "Tan" not in about.author, "the works that it refers to are others'"
    assert about.title in about.bibtex
    assert about.version in about.bibtex


def test_people_and_an_address_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "CITATION.cff").write_text(
        "title: T\nversion: 1\ndate-released: 2027-01-02\nurl: https://example.org/book\n"
        "authors:\n  - family-names: B\n    given-names: A\n  - name: C\n"
        "references:\n  - title: Other\n    url: https://example.com\n".replace("\\\n", "\n")
    )
    monkeypatch.setattr(module, "clone", lambda: tmp_path)
    about = citation()
    assert about.author == "C and A B"
    assert about.url == "https://example.org/book/"
    assert (about.title, about.year, about.commit) == ("T", "2027", UNKNOWN)
    assert "url     = {https://example.org/book/}" in about.bibtex


def test_the_commit_is_that_of_the_repository_if_there_is_one(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == UNKNOWN
    assert commit_of(tmp_path / "missing") == UNKNOWN
    if (clone() / ".git").exists():
        assert re.fullmatch(r"[0-9a-f]{12,}(-dirty)?", commit_of(clone()))


def test_marks_are_filled_in_and_a_line_without_an_address_goes() -> None:
    text = "a @@commit@@\nurl @@url@@x\nb @@version@@"
    assert filled(text, ABOUT) == "a abc\nurl https://example.org/x\nb 1.2"
    without = Citation("A title", "Someone", "2026", "1.2", "abc", "")
    assert filled(text, without) == "a abc\nb 1.2"
    assert "@misc{" in filled("@@bibtex@@", ABOUT)
    assert filled("someone@@example.org", ABOUT) == "someone@@example.org"


def test_a_file_of_claims_gets_the_commit_once(tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    stamp(file, ABOUT)
    assert not file.exists()
    file.write_text('{"claims": [1]}')
    stamp(file, ABOUT)
    stamp(file, ABOUT)
    told = json.loads(file.read_text())
    assert told["claims"] == [1]
    assert (told["commit"], told["version"]) == ("abc", "1.2")


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://example.org/some/steering.git", "https://example.org/some/steering"),
        ("https://name:secret@example.org/some/steering", "https://example.org/some/steering"),
        ("git@example.org:some/steering.git", "https://example.org/some/steering"),
        ("ssh://git@example.org:2222/some/steering.git", "https://example.org/some/steering"),
        ("/srv/steering.git", ""),
        ("file:///srv/steering", ""),
        ("../steering", ""),
    ],
)
def test_the_repository_is_where_the_code_was_cloned_from(
    origin: str, address: str, tmp_path: Path
) -> None:
    assert cloned_from(tmp_path) == ""
    for arguments in (["init", "-q"], ["remote", "add", "origin", origin]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    assert cloned_from(tmp_path) == address


def test_an_entry_names_the_repository_where_the_book_has_no_address() -> None:
    about = Citation("T", "A", "2026", "1", "abc", "", "https://example.org/code")
    assert "url     = {https://example.org/code}" in about.bibtex
    assert filled("url @@url@@claims.html\n", about) == "", "pages do not lie in the repository"
    bound = Citation("T", "A", "2026", "1", "abc", "https://example.org/", about.repository)
    assert "url     = {https://example.org/}" in bound.bibtex
