"""Pages are read by several processes, and the book is the one that a single process would make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from steering.report.read_apart import SILENT

OURS = "steering.report.read_apart"
SERIAL = "doing serial read"
PAGES = [f"page{number}" for number in range(8)]


def built(folder: Path, processes: int, *extensions: str) -> tuple[dict[str, str], str]:
    """Return the pages of a small book, and what Sphinx said while it was built."""
    (source := folder / "source").mkdir(parents=True)
    (source / "conf.py").write_text(f"extensions = {[*SILENT, *extensions]}\nroot_doc = 'index'\n")
    titles = "".join(f"   {page}\n" for page in PAGES)
    (source / "index.rst").write_text(f"Book\n====\n\n.. toctree::\n   :numbered:\n\n{titles}")
    for page in PAGES:
        text = f"{page}\n=====\n\nA sentence.\n\nPart of it\n----------\n\nAnother one.\n"
        (source / f"{page}.rst").write_text(text)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-j", str(processes)]
    command += [str(source), str(html := folder / "html")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    pages = {page: (html / f"{page}.html").read_text() for page in ("index", *PAGES)}
    return pages, done.stdout + done.stderr


def test_two_processes_make_the_same_book(tmp_path: Path) -> None:
    pages, said = built(tmp_path / "two", 2, OURS)
    assert SERIAL not in said
    assert "8.1. " in pages["page7"], "its chapters are numbered"
    assert pages == built(tmp_path / "one", 1, OURS)[0]


def test_without_it_a_single_process_reads_all_pages(tmp_path: Path) -> None:
    assert SERIAL in built(tmp_path, 2)[1]
