"""Tables keep their contracts on the way to disk, and older ones are refused in a sentence."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pandera.errors
import pytest

from steering.records.reading import read
from steering.records.results import Results
from steering.records.tables import (
    CONTRACTS,
    KEYS,
    NO_LETTER,
    NO_PARTNER,
    PROMPT_KEY,
    STEERABILITY_KEY,
    SWEEP_KEY,
    TODAY,
    write,
)
from tests.support.synthetic import DESIGNS, results

# What tables of before it was measured lack, and what is unknown when they are read.
LATER = {"sweep": ["letter_mass"], "prompts": ["prefilled_probability"]}


@cache
def made() -> Results:
    """Small results of two concepts."""
    return results({name: DESIGNS[name] for name in ("strong", "reversed")}, groups=10)


def table_of(name: str) -> pd.DataFrame:
    return getattr(made(), name)


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_table_comes_back_as_it_was_written(name: str, tmp_path: Path) -> None:
    write(table_of(name), tmp_path, name)
    back = read(tmp_path, name)
    written = table_of(name).reset_index(drop=True)
    if name == "items":
        written = written.astype({"feature": "str"})  # what is missing is one kind of missing
    if "token_ids" in written:
        assert back.pop("token_ids").map(list).equals(written["token_ids"].map(list))
        written = written.drop(columns="token_ids")
    few = back.select_dtypes("category").columns
    back = back.astype(dict.fromkeys(few, "str"))
    later = [column for column in back if column not in written]
    assert later == LATER.get(name, [])
    assert back[later].isna().all(axis=None)
    pd.testing.assert_frame_equal(back.drop(columns=later), written, check_dtype=False)


@pytest.mark.parametrize(
    ("name", "column"), [("sweep", "letter_mass"), ("prompts", "prefilled_probability")]
)
def test_a_probability_comes_back_and_nothing_else_is_one(
    name: str, column: str, tmp_path: Path
) -> None:
    table = table_of(name).head(4).assign(**{column: [0.0, 0.25, 1.0, float("nan")]})
    write(table, tmp_path, name)
    pd.testing.assert_series_equal(read(tmp_path, name)[column], table[column])
    for wrong in (1.5, -0.1):
        with pytest.raises(pandera.errors.SchemaError):
            write(table.assign(**{column: wrong}), tmp_path, name)


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_row_that_stands_twice_breaks_the_contract(name: str, tmp_path: Path) -> None:
    twice = pd.concat([table_of(name), table_of(name).head(1)], ignore_index=True)
    with pytest.raises(pandera.errors.SchemaError):
        write(twice, tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_keys_of_later_questions_are_there_with_the_value_of_today() -> None:
    sweep = table_of("sweep")
    for name, value in TODAY.items():
        if name != "maker":
            assert set(sweep[name]) == {value}, name
    assert set(sweep["partner"]) == {NO_PARTNER}
    assert set(PROMPT_KEY) < {*STEERABILITY_KEY}
    assert (*STEERABILITY_KEY, "multiplier") == SWEEP_KEY


def test_prompts_without_letters_keep_the_contract(tmp_path: Path) -> None:
    table = table_of("prompts").head(4)
    without = table.assign(
        form="said",
        positive_letter=None,
        positive_letter_id=NO_LETTER,
        negative_letter_id=NO_LETTER,
    ).astype({"positive_letter": "str"})
    both = pd.concat([table, without], ignore_index=True)
    write(both, tmp_path, "prompts")
    back = read(tmp_path, "prompts")
    assert back["positive_letter"].isna().tolist() == [False] * 4 + [True] * 4
    assert {*back["positive_letter_id"].tail(4)} == {NO_LETTER}
    with pytest.raises(pandera.errors.SchemaError):
        write(without.assign(positive_letter="C"), tmp_path, "prompts")
    with pytest.raises(pandera.errors.SchemaError):
        write(without.assign(positive_letter_id=-2), tmp_path, "prompts")


def test_a_sweep_may_have_further_scores_and_nothing_else(tmp_path: Path) -> None:
    sweep = table_of("sweep")
    write(sweep.assign(answer_propensity=1.0), tmp_path, "sweep")
    with pytest.raises(pandera.errors.SchemaError, match="every score is a column of float64"):
        write(sweep.assign(remark="none"), tmp_path, "sweep")


def test_every_table_has_a_key() -> None:
    assert set(KEYS) == set(CONTRACTS)
    assert all(CONTRACTS[name].unique == list(key) for name, key in KEYS.items())
