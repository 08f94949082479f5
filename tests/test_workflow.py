"""CI and the workflow file do what a reader does by hand, and can fail."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PICTURE = '<figure class="steering-figure"><img src="data:"></figure>'


@pytest.fixture(scope="module")
def workflow(clone: Path) -> dict[Any, Any]:
    text = (clone / ".github" / "workflows" / "report.yml").read_text()
    parsed: dict[Any, Any] = yaml.safe_load(text)
    parsed["on"] = parsed.pop(True)  # YAML 1.1 reads the word `on` as a truth value
    return parsed


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_when_it_runs(workflow: dict[Any, Any]) -> None:
    assert {"push", "pull_request"} <= workflow["on"].keys()
    assert {"group", "cancel-in-progress"} <= workflow["concurrency"].keys()


def test_steps_are_those_of_the_makefile(workflow: dict[Any, Any], clone: Path) -> None:
    jobs = workflow["jobs"]
    assert commands(jobs["test"]) == [".ci/run"]
    assert commands(jobs["book"]) == ["make book", ".venv/bin/python .ci/count.py book/_build"]
    ci = (clone / ".ci" / "run").read_text()
    targets = set(re.findall(r"^make (\w+)", ci, re.M)) | {"book"}
    assert targets == {"install", "test", "book"}
    for target in targets:
        dry = ["make", "--dry-run", target]
        subprocess.run(dry, cwd=clone, stdout=subprocess.DEVNULL, check=True)


def test_all_pythons_are_tested(workflow: dict[Any, Any], clone: Path) -> None:
    versions = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    makefile = (clone / "Makefile").read_text()
    assert {f"python{version}" for version in versions} == set(
        re.findall(r"python3\.\d+", makefile)
    )


def test_what_is_published(workflow: dict[Any, Any]) -> None:
    book, publish = workflow["jobs"]["book"], workflow["jobs"]["publish"]
    uploads = [step for step in book["steps"] if "upload-pages-artifact" in step.get("uses", "")]
    assert [step["with"]["path"] for step in uploads] == ["book/_build/html"]
    assert set(publish["needs"]) == {"test", "book"}
    assert publish["permissions"] == {"pages": "write", "id-token": "write"}
    assert "refs/heads/main" in publish["if"]
    assert workflow["permissions"] == {"contents": "read"}


def test_no_secrets(clone: Path) -> None:
    for path in (clone / ".github").rglob("*.yml"):
        assert "secrets" not in re.sub("#.*", "", path.read_text())


def test_ci_runs_in_strict_bash(clone: Path) -> None:
    script = clone / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in script.read_text()
    assert "|| true" not in script.read_text()
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def built(folder: Path, pages: dict[str, str], listed: list[str] | None = None) -> Path:
    """A book of these pages; those under models/ and the first page were notebooks."""
    for name, content in pages.items():
        for kind, text in {"html": content, "source": "{}"}.items():
            path = folder / kind / f"{name}.{'html' if kind == 'html' else 'ipynb'}"
            path.parent.mkdir(parents=True, exist_ok=True)
            if kind == "html" or name != "method":
                path.write_text(text)
    chapters = [{"file": name} for name in listed or pages if name != "index"]
    contents = {"format": "jb-book", "root": "index", "parts": [{"chapters": chapters}]}
    (folder / "source" / "_toc.yml").write_text(json.dumps(contents))
    return folder


WHOLE = {
    "index": "<figure></figure>",
    "concepts/tidy-1.5": PICTURE * 3,
    "method": '<img src="_static/logo.png">',
}


@pytest.mark.parametrize(
    ("pages", "code", "said"),
    [
        (WHOLE, 0, "3 pages, 4 figures"),
        (WHOLE | {"concepts/tidy-1.5": ""}, 1, "concepts/tidy-1.5: no figure"),
        (WHOLE | {"index": ""}, 1, "index: no figure"),
        (WHOLE | {"claims": ""}, 0, "4 pages, 4 figures"),
        ({"index": PICTURE, "method": ""}, 1, "no page about a concept"),
    ],
)
def test_counting_a_book(
    pages: dict[str, str], code: int, said: str, tmp_path: Path, clone: Path
) -> None:
    assert counted(built(tmp_path, pages), clone) == (code, said)


def test_counting_misses_no_page(tmp_path: Path, clone: Path) -> None:
    assert counted(built(tmp_path, WHOLE, [*WHOLE, "cite"]), clone) == (1, "cite: no page")


MARKED = f"{PICTURE}<p>Measured by the authors on a day</p>"


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ((MARKED, MARKED, True), "5 pages, 5 figures"),
        ((PICTURE, MARKED, True), "concepts/music: does not say that the authors measured it"),
        ((MARKED, PICTURE, True), "index: does not say that the authors measured it"),
        ((MARKED, MARKED, False), "nothing in this book is of a committed run"),
    ],
)
def test_counting_looks_for_the_mark_of_committed_runs(
    said: str, marks: tuple[str, str, bool], tmp_path: Path, clone: Path
) -> None:
    music, across, kept = marks
    pages = {
        "index": across,
        "across": MARKED,
        "models/m/validation": PICTURE,
        "concepts/music": music,
        "concepts/tidy": PICTURE,
    }
    committed = {"committed": {"m": "runs/m/music"}} if kept else {}
    build = built(tmp_path, pages)
    (build / "report.json").write_text(json.dumps({"concepts": {"music": committed, "tidy": {}}}))
    assert counted(build, clone, "--ours") == (0 if said.startswith("5") else 1, said)


def counted(build: Path, clone: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, str(clone / ".ci" / "count.py"), str(build), *options]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.returncode, (run.stderr or run.stdout).strip()
