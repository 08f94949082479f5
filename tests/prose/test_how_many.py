"""Sentences say from how many pairs and questions on more of them stops helping, or why not."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from steering.analysis.curves import curve_table
from steering.analysis.how_many_pairs import by_size, pairs_needed
from steering.analysis.how_many_questions import by_test_groups
from steering.figures.beside import Beside
from steering.figures.caption import Captioned
from steering.prose import how_many
from tests.support.some_groups import World, with_subsets
from tests.support.synthetic import standard, standard_curves


@pytest.fixture(scope="module")
def needed() -> pd.DataFrame:
    results, _ = with_subsets(World(noise=1.0))
    return pairs_needed(curve_table(results), results)


def test_the_number_said_is_that_of_the_table(needed: pd.DataFrame) -> None:
    rows = needed.assign(groups=40, items=80.0, needed=12.0)
    text = how_many.pairs_sentences(rows)
    assert text.startswith("**From 12 groups of training items on** (about 24 items of 80)")
    assert "twice as many as all 40 would add" in text
    more = how_many.pairs_sentences(rows.assign(needed=33.0))
    assert more.startswith("More training pairs still help: a vector of half of the 40 groups")


def test_what_is_not_known_is_said_with_its_reason(needed: pd.DataFrame) -> None:
    unknown = how_many.pairs_sentences(needed.assign(needed=math.nan))
    assert "holds zero" in unknown
    assert how_many.pairs_sentences(needed.iloc[:0]) == how_many.LACKING
    assert how_many.pairs_sentences(needed.iloc[:0], given=True) == how_many.UNKNOWN


def test_questions_are_enough_only_where_all_larger_numbers_are() -> None:
    rows = by_test_groups(standard_curves().query("concept == 'strong'"), choices=2)
    rows = pd.concat([rows.iloc[-1:]] * 4, ignore_index=True)
    rows = rows.assign(groups=[10, 20, 30, 40], of=40, same=[1.0, 0.9, 0.97, 1.0])
    assert "Of the 40 groups of test questions, 30 chosen" in how_many.questions_sentences(rows)
    last = how_many.questions_sentences(rows.assign(same=[0.5, 0.6, 0.7, 1.0]))
    assert last.startswith("Fewer than all 40 groups")
    assert how_many.questions_sentences(rows.iloc[:0]) == ""


def test_a_run_without_such_vectors_has_a_sentence_and_no_figure() -> None:
    concept = standard_curves().query("concept == 'strong'")
    told = how_many.HowMany.of(concept, standard())
    assert how_many.LACKING in told.sentences
    assert not told.is_drawn
    assert how_many.how_many_figure({"wren": told}) is None


def test_with_such_vectors_there_are_a_sentence_a_figure_and_a_table() -> None:
    results, _ = with_subsets(World(noise=1.0))
    curves = curve_table(results)
    told = how_many.HowMany.of(curves, results)
    assert "**From " in told.sentences
    figure = how_many.how_many_figure({"wren": told})
    assert isinstance(figure, Captioned)
    assert "60 choices" in figure.text
    assert figure.n == told.observed
    table = how_many.sizes_table(told.sizes)
    assert len(table.data.splitlines()) == 2 + len(by_size(curves, results))


def test_models_stand_beside_each_other_and_one_without_such_vectors_is_left_out() -> None:
    results, _ = with_subsets(World(noise=1.0))
    told = how_many.HowMany.of(curve_table(results), results)
    none = how_many.HowMany.of(standard_curves().query("concept == 'strong'"), standard())
    assert isinstance(how_many.how_many_figure({"wren": told, "smollm2": none}), Captioned)
    assert isinstance(how_many.how_many_figure({"wren": told, "linnet": told}), Beside)
