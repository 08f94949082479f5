"""What a report makes of measurements is made again when the runs behind it are others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from steering.report.products import Products

ASKED = Products(
    Path("/out"),
    {"m": {"identities": {"a": "1", "b": "2"}}},
    {name: {"title": name.upper()} for name in "ab"},
)
OTHER = replace(ASKED, models={"m": {"identities": {"a": "1", "b": "3"}}})
RENAMED = replace(ASKED, concepts=ASKED.concepts | {"a": {"title": "Another"}})


def test_each_has_a_place_of_its_own() -> None:
    places = {ASKED.verdicts("m"), ASKED.explored("m"), ASKED.cards("m")}
    assert len(places) == 3
    assert all("m" in place.stem for place in places)


def test_all_are_made_again_when_a_run_is_another_one() -> None:
    for version in ("verdict_version", "explorer_version", "cards_version"):
        assert getattr(ASKED, version)("m") == getattr(ASKED, version)("m")
        assert getattr(ASKED, version)("m") != getattr(OTHER, version)("m"), version


def test_a_title_is_shown_by_the_explorer_alone() -> None:
    assert ASKED.explorer_version("m") != RENAMED.explorer_version("m")
    assert ASKED.verdict_version("m") == RENAMED.verdict_version("m")
    assert ASKED.cards_version("m") == RENAMED.cards_version("m")
