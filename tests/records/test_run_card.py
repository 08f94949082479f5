"""The card of a run says what its type names, and a folder without one is no run."""

from __future__ import annotations

from pathlib import Path

import pytest

from steering.clone import measured_folder
from steering.errors import Refused
from steering.records.run_card import ModelAbout, Prompting, RunCard, read_card

CARDS = sorted(measured_folder().glob("runs/*/*/card.json"))


@pytest.mark.parametrize("file", CARDS, ids=lambda file: "/".join(file.parts[-3:-1]))
def test_a_committed_card_says_what_is_said_of_it(file: Path) -> None:
    card = read_card(file.parent)
    assert set(card) <= set(RunCard.__annotations__)
    sometimes = {"quantisation", "adapter", "base"}
    assert set(card["model"]) | sometimes == set(ModelAbout.__annotations__)
    assert set(card["prompting"]) == set(Prompting.__annotations__)
    assert card["layer"] in card["layers"]
    best = max(card["validation_slopes"].values())
    assert card["validation_slopes"][str(card["layer"])] == best
    assert card["cosines"]["BASE"] == pytest.approx(1, abs=1e-6)


def test_a_folder_without_a_card_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"has no card\.json"):
        read_card(tmp_path)
