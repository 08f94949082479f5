"""The list of licences is that of the pins, and says what the packages' metadata say."""

from __future__ import annotations

from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

from experiments.licences import HEAD, TABLE, here, licence_of, pinned, table


@pytest.fixture(scope="module")
def pins(clone: Path) -> dict[str, str]:
    return pinned(clone / "pins.txt")


def test_the_list_is_current(pins: dict[str, str]) -> None:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    assert lines == table(pins, lines), "run `make licences`"
    told = {line.split("`")[1]: line for line in lines[len(HEAD) :]}
    installed = [name for name, version in pins.items() if here(name, version)]
    assert set(installed) <= set(told) <= set(pins)
    assert len(told) > 0.9 * len(pins)


def metadata(tmp_path: Path, **fields: str) -> Distribution:
    place = tmp_path / "thing-1.0.dist-info"
    place.mkdir()
    lines = ["Metadata-Version: 2.4", "Name: thing", "Version: 1.0"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in fields.items()]
    (place / "METADATA").write_text("\n".join(lines) + "\n")
    (place / "RECORD").write_text("")
    return Distribution.at(place)


def test_the_expression_goes_before_classifiers_and_these_before_free_text(tmp_path: Path) -> None:
    classifier = "License :: OSI Approved :: MIT License"
    several = {"License_Expression": "0BSD", "Classifier": classifier, "License": "as is"}
    for field, licence in zip(several, ("0BSD", "MIT License", "as is"), strict=True):
        place = tmp_path / field
        place.mkdir()
        left = dict(list(several.items())[list(several).index(field) :])
        assert licence_of(metadata(place, **left)) == licence


def test_a_package_that_says_nothing_is_said_to(tmp_path: Path) -> None:
    assert licence_of(metadata(tmp_path)) == "not told by its metadata"


def test_a_licence_that_comes_as_a_file_is_named_by_its_first_line(tmp_path: Path) -> None:
    package = metadata(tmp_path)
    (tmp_path / "thing-1.0.dist-info" / "LICENSE").write_text("\nMIT License\n\nCopyright\n")
    (tmp_path / "thing-1.0.dist-info" / "RECORD").write_text("thing-1.0.dist-info/LICENSE,,\n")
    assert licence_of(package) == "MIT License"


def test_a_package_that_is_not_here_keeps_its_line() -> None:
    line = "| `of-another-system` | 1.0 | MIT |"
    version = distribution("rich").version
    lines = table({"of-another-system": "1.0", "rich": version, "unknown": "2"}, [*HEAD, line])
    assert lines[:3] == [*HEAD, line]
    assert lines[3].startswith(f"| `rich` | {version} | MIT")
    assert len(lines) == 4
