"""Tables of an older version: refused in one sentence, or read with what they lack as unknown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from steering.analysis.answering import answering
from steering.analysis.brittleness import in_and_out
from steering.analysis.curves import curve_table
from steering.analysis.verdict.outcomes import (
    BRITTLE,
    LETTER,
    QUESTION,
    SHIFT,
    STEERING,
    TOO_LITTLE,
    of_claim,
)
from steering.analysis.verdict.table import verdicts
from steering.errors import Refused
from steering.prose import scope
from steering.prose.brittleness import shift_sentences
from steering.records.directions import RESAMPLED
from steering.records.results import Results, read_results
from tests.support.synthetic import Design, results


@pytest.fixture(scope="module")
def measured() -> Results:
    return results({"strong": Design(2.2, group_sd=0.2, under={"USER_NEG": 0.5})})


def stored(measured: Results, folder: Path, **changed: pd.DataFrame) -> Results:
    """The results as they are read again from a run folder, some of their tables changed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("items", "prompts", "sweep", "steerability"):
        changed.get(name, getattr(measured, name)).to_parquet(folder / f"{name}.parquet")
    (folder / "card.json").write_text(json.dumps(measured.cards[0] | {"schema": 1}))
    return read_results([folder])


def test_a_table_that_lacks_a_column_of_its_key_is_refused_with_the_command(
    measured: Results, tmp_path: Path
) -> None:
    older = measured.steerability.drop(columns=["form", "operator"])
    with pytest.raises(Refused) as refused:
        stored(measured, tmp_path, steerability=older)
    said = str(refused.value)
    assert "lacks the columns form, operator" in said
    assert "run `steering measure … --fresh` into its folder again" in said
    assert "\n" not in said


def test_without_the_letters_probability_the_gate_asks_for_the_rest(
    measured: Results, tmp_path: Path
) -> None:
    older = measured.sweep.drop(columns="letter_mass", errors="ignore")
    read = stored(measured, tmp_path, sweep=older)
    row = answering(read).iloc[0]
    assert np.isnan(row["letter_mass"])
    assert row["answers"]
    known = stored(measured, tmp_path, sweep=older.assign(letter_mass=0.2))
    assert not answering(known).iloc[0]["answers"], "known to be small, it decides"
    sure = verdicts(stored(measured, tmp_path, sweep=older.assign(letter_mass=0.9)))
    assert verdicts(read)["outcome"].to_list() == sure["outcome"].to_list()


def test_without_resampled_vectors_under_shifts_intervals_are_said_to_be_over_items_alone(
    measured: Results, tmp_path: Path
) -> None:
    slopes = measured.steerability
    under_shifts = (slopes["direction"] == RESAMPLED) & (slopes["prompt_setting"] != "BASE")
    read = stored(measured, tmp_path, steerability=slopes[~under_shifts])
    shifted = in_and_out(curve_table(read))
    assert (shifted["vectors_resampled_out"] == 0).all()
    assert scope.shift_resampling(shifted) == scope.ITEMS_ALONE
    said = shift_sentences(verdicts(read))
    assert "over test items alone, and narrower than they should be" in said
    assert BRITTLE in said


def test_without_any_resampled_vectors_nothing_is_claimed(
    measured: Results, tmp_path: Path
) -> None:
    slopes = measured.steerability
    read = stored(measured, tmp_path, steerability=slopes[slopes["direction"] != RESAMPLED])
    table = verdicts(read)
    for claim in (STEERING, LETTER, QUESTION):
        assert set(of_claim(table, claim)["outcome"]) == {TOO_LITTLE}, claim
    row = of_claim(table, STEERING).iloc[0]
    assert row["reason"].startswith("0 vectors of resampled training pairs, and at least ")
    assert "not judged" in shift_sentences(table)
    assert of_claim(table, SHIFT)["estimate"].isna().all()
