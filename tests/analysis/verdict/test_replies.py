"""Whether what a steered model writes suits the persona more, the larger λ is."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis.replies import score_slopes
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.nulls import tail
from steering.analysis.verdict.replies import reply_verdicts
from steering.records.beside import without_rows
from steering.records.kinds import OURS, PUBLIC
from steering.records.replies import CONTRACT
from steering.records.verdicts import COLUMNS
from tests.support.spoken import replies_of

KINDS = {"tidy": OURS, "frugal": OURS, "openness": PUBLIC}


def judged(*tables: pd.DataFrame) -> pd.DataFrame:
    table = reply_verdicts(pd.concat(tables, ignore_index=True), KINDS)
    return table.set_index("concept")


def test_a_slope_beyond_chance_moves_the_score_and_below_zero_the_wrong_way() -> None:
    table = judged(replies_of("tidy", 0.3), replies_of("frugal", -0.3), replies_of("openness", 0.0))
    assert table["outcome"].to_dict() == {
        "tidy": outcomes.MOVES,
        "frugal": outcomes.WRONG_WAY,
        "openness": outcomes.CHANCE,
    }
    assert table["estimate"].to_dict() == pytest.approx(
        {"tidy": 0.3, "frugal": -0.3, "openness": 0.0}, abs=0.02
    )
    assert table["kind"].to_dict() == KINDS
    assert set(table["claim"]) == {outcomes.REPLIES}
    assert set(table["form"]) == {"said"}
    assert set(table["direction"]) == {"contrastive"}
    assert list(reply_verdicts(replies_of("tidy", 0.3), KINDS)) == COLUMNS


def test_random_vectors_that_do_as_much_leave_nothing_to_tell() -> None:
    """The interval over questions leaves out zero: random vectors alone say that it is chance."""
    table = judged(replies_of("tidy", 0.3, random_sd=0.3))
    assert table.loc["tidy", "low"] > 0
    assert table.loc["tidy", "outcome"] == outcomes.CHANCE


def test_an_interval_that_holds_zero_is_chance_however_still_random_vectors_are() -> None:
    wide = replies_of("tidy", 0.0, noise=0.0, random_sd=1e-4)
    own = wide["direction"] == "contrastive"
    # One question of sixteen moves, and a lot.
    alone = own & (wide["item"] == 3)
    wide.loc[alone, "positive"] += 0.5 * wide.loc[alone, "multiplier"]
    table = judged(wide)
    assert table.loc["tidy", "q"] < 0.001
    assert table.loc["tidy", "low"] <= 0 < table.loc["tidy", "estimate"]
    assert table.loc["tidy", "outcome"] == outcomes.CHANCE


@pytest.mark.parametrize("few", [{"questions": 9}, {"random_vectors": 9}])
def test_with_too_few_questions_or_random_vectors_nothing_is_claimed(few: dict[str, int]) -> None:
    table = judged(replies_of("tidy", 0.3, **few), replies_of("frugal", 0.3))
    assert table.loc["tidy", "outcome"] == outcomes.TOO_LITTLE
    assert table.loc["tidy", "reason"] == "fewer than ten questions or random vectors"
    assert pd.isna(table.loc["tidy", "p"])
    assert table.loc["frugal", "outcome"] == outcomes.MOVES
    assert table.loc["frugal", "reason"] == ""
    assert table.loc["frugal", "family"] == 1, "what is not tested is in no family"


def test_p_is_that_of_as_many_random_vectors_adjusted_over_the_models_concepts() -> None:
    some = [replies_of("tidy", 0.05, random_sd=0.03), replies_of("frugal", 0.0, random_sd=0.03)]
    table, alone = judged(*some), judged(some[0])
    assert set(table["family"]) == {2}
    p = table["p"].sort_values()
    assert table.loc[p.index[0], "q"] == pytest.approx(min(2 * p.iloc[0], p.iloc[1]))
    assert alone.loc["tidy", "q"] == alone.loc["tidy", "p"] == table.loc["tidy", "p"]
    other = some[1].assign(model="kite")
    apart = judged(some[0], other)
    assert set(apart["family"]) == {1}
    slopes = score_slopes(some[0])
    expected = tail(slopes["slope"], slopes["random_spread"], slopes["random"])
    assert table.loc["tidy", "p"] == pytest.approx(expected[0])


def test_without_replies_there_is_no_verdict() -> None:
    table = reply_verdicts(without_rows(CONTRACT), {})
    assert table.empty
    assert list(table) == COLUMNS
