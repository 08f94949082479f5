"""The last job of the grid: bind the executed pages into a book, and publish it only if whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import PIPE

import nbformat

from steering.clone import book_folder, clone
from steering.records.run_card import read_card
from steering.report.citation import citation, stamp
from steering.report.contents import WRITTEN, written
from steering.report.execute import ANSI, Unpublished, incomplete
from steering.report.explorer_page import stage_explorer
from steering.report.figure_fonts import write_fonts
from steering.report.grid import Grid
from steering.report.machine import cores_here
from steering.report.products import CARDS
from steering.report.progress import run_job
from steering.report.search_index import make_searchable
from steering.report.theme import mend_theme

# Its command line does not say how many processes Sphinx may use: one more than there are cores,
# since one of those that write pages only hands them out. It imports what it needs while the pages
# are put into place, and begins when it is told to. Pages are no garbage before they are written,
# but Python by itself looks for it so often that a third of the time goes there.
JUPYTER_BOOK = f"""
import gc
import sys
from functools import partial
import myst_nb.sphinx_ext
import sphinx.builders.html
import sphinx_book_theme
import sphinxcontrib.bibtex
from jupyter_book import sphinx
from jupyter_book.cli.main import main
from steering.report import bound_pages
gc.freeze()
gc.set_threshold(1_000_000)
sphinx.build_sphinx = partial(sphinx.build_sphinx, jobs={cores_here() + 1})
if sys.stdin.readline():
    main()
"""
CODE = ("steering", "concepts", "notebooks", "profiles")


def bind(grid: Grid) -> None:
    """Stage, build beside the book of before, compare with what is expected, then change places.

    Raises Unpublished where a page is missing or not complete, or the build is not clean.
    """
    build = grid.out / "_build"
    for page in grid.pages():
        if problem := unfinished(grid.executed(page)):
            raise Unpublished(f"page {page.name} {problem}")
    new = build / "new"
    build_html(grid.source, new, build / "book.log", put=partial(stage, grid))
    html = new / "_build" / "html"
    mend_theme(html)
    make_searchable(html)
    for model in filter(lambda model: grid.cards(model).is_dir(), grid.models):
        shutil.copytree(grid.cards(model), html / CARDS / model)
    expected = [*(page.name for page in grid.pages()), *WRITTEN]
    if missing := [name for name in expected if not (html / f"{name}.html").is_file()]:
        raise Unpublished(f"the book was built without {', '.join(missing)}")
    old = build / "old"
    shutil.rmtree(old, ignore_errors=True)
    if (build / "html").exists():
        (build / "html").rename(old)
    html.rename(build / "html")
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(new, ignore_errors=True)


def unfinished(executed: Path) -> str | None:
    """Return why an executed notebook must not be in the book; None where it may."""
    if not executed.is_file():
        return "is missing"
    return incomplete(nbformat.read(executed, as_version=4))


def stage(grid: Grid) -> None:
    """Put everything that is no executed notebook beside them: pages, code to show, scripts."""
    source = grid.source
    for name in ("_static", "vendor", "code"):
        shutil.rmtree(source / name, ignore_errors=True)
    ignore = shutil.ignore_patterns("_build", "__pycache__", ".*")
    shutil.copytree(book_folder(), source, ignore=ignore, dirs_exist_ok=True)
    for name in CODE:
        shutil.copytree(clone() / name, source / "code" / name, ignore=ignore)
    write_fonts(source / "vendor")
    stamp(source / "data" / "claims.json", citation())
    # The picture for links: that of the first page, or the one that comes with the book.
    picture = source / "data" / "social.png"
    shutil.copyfile(
        picture if picture.is_file() else source / "landing.png", source / "vendor" / "social.png"
    )
    cards = {
        concept: read_card(grid.run(grid.models_with(concept)[0], concept))
        for concept in grid.concepts_with_pages
    }
    stage_explorer(grid)
    for place, text in written(grid, cards).items():
        (source / place).parent.mkdir(parents=True, exist_ok=True)
        (source / place).write_text(text, encoding="utf-8")


def build_html(
    source: Path, out: Path, log: Path, put: Callable[[], object] = lambda: None
) -> None:
    """Run Jupyter Book, with warnings as errors; what it says goes to a log.

    While it starts, `put` puts the pages into place; what was built before is removed.
    """
    command = [sys.executable, "-c", JUPYTER_BOOK, "build"]
    command += [str(source), "--path-output", str(out), "-W", "-n", "--keep-going", "-q"]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) as done:
        try:
            put()
            shutil.rmtree(out, ignore_errors=True)
            stdout, stderr = done.communicate("begin\n")
        except BaseException:
            done.kill()
            raise
    said, warned = ANSI.sub("", stdout), ANSI.sub("", stderr)
    log.write_text(said + warned, encoding="utf-8")
    if done.returncode:
        lines = (warned or said).splitlines()
        warnings = [line for line in lines if "WARNING" in line or "ERROR" in line]
        first = (warnings or lines[-1:] or ["no reason given"])[0].strip()
        raise Unpublished(f"the book did not build cleanly: {first} (all of it is in {log})")


def main(config: str) -> int:
    """Bind the book of a configuration; return the exit code."""
    grid = Grid.of(Path(config))
    return run_job(grid.events, "book", lambda: bind(grid), answers=(Unpublished,))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
