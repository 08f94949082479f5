"""Vectors at their own length are shown where they were measured, and told of where not."""

from __future__ import annotations

from typing import Any

import pytest

from steering.figures.caption import Captioned
from steering.prose import own_norm
from tests.support.synthetic import DESIGNS, NORM, standard, standard_curves


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    kept: list[Any] = []
    monkeypatch.setattr(own_norm, "display", kept.append)
    return kept


def show(curves: Any) -> None:
    own_norm.show_own_norm(curves, standard().cards, n="6 concepts")


def test_they_are_shown_with_their_length(shown: list[Any]) -> None:
    show(standard_curves())
    assert [type(one) for one in shown[1:2]] == [Captioned]
    assert "median 1.00 (quartiles 0.88 to 1.12)" in shown[0].data
    assert "0.80 to" not in shown[0].data
    table = shown[2].data.splitlines()
    assert len(table) == 2 + 2 * len(DESIGNS)
    line = next(one for one in table if "strong" in one and "SYS_POS→" in one)
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[2] == f"{NORM['SYS_POS']:.2f}"
    rescaled, own = (float(cell.split()[0]) for cell in cells[3:])
    assert own / rescaled == pytest.approx(NORM["SYS_POS"], abs=0.03)


def test_where_they_are_not_it_is_said_how_to_get_them(shown: list[Any]) -> None:
    table = standard_curves()
    show(table[table["direction"] != "own_norm"])
    assert len(shown) == 2
    assert "`steering report --own-norm`" in shown[1].data


def test_without_other_settings_there_is_nothing_to_try(shown: list[Any]) -> None:
    cards = [card | {"vector_norms": {"BASE": 2.0}} for card in standard().cards]
    own_norm.show_own_norm(standard_curves(), cards, n="6 concepts")
    assert [one.data for one in shown] == ["There is no vector of another setting here."]
