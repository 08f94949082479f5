"""The committed calibration is of the rules as they are; false claims are as rare as is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.calibration import cases, intervals, make, replies
from experiments.calibration.make import FILE, INTERVALS, all_cases, code_hash
from experiments.calibration.movement import MOVED, steered
from experiments.calibration.tables import all_answer, by_replicate, curves
from experiments.calibration.world import Spoken, slopes
from steering.analysis.verdict.movement import steering_verdicts
from steering.clone import measured_folder
from steering.measuring import sampled
from steering.measuring.sizes import OF_PAIRS
from steering.prompts.requests import QUESTION, REQUESTS, STATEMENT

CASES = list(all_cases())
# One of each kind of claim, where it is false: a chunk of it is drawn again.
FALSE = pd.Series({number: case.claim for number, case in enumerate(CASES) if not case.true})
AGAIN = list(FALSE.drop_duplicates().index)


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return pd.read_csv(measured_folder() / FILE)


@pytest.fixture(scope="module")
def held() -> pd.DataFrame:
    return pd.read_csv(measured_folder() / INTERVALS)


def test_it_was_made_by_this_code() -> None:
    told = json.loads((measured_folder() / "calibration.json").read_text())
    assert told["code"] == code_hash(), "rules or intervals changed: run `make calibration`"
    assert {"date", "machine", "versions"} <= set(told)


def test_every_case_was_drawn_often_enough(claims: pd.DataFrame, held: pd.DataFrame) -> None:
    assert claims["claim"].to_list() == [case.claim for case in CASES]
    assert claims["case"].to_list() == [case.case for case in CASES]
    assert claims["replicates"].min() >= 1000
    assert held["replicates"].min() >= 1000
    settings = [setting.setting for setting in intervals.settings()]
    assert held.groupby("number")["setting"].first().to_list() == settings


@pytest.mark.parametrize("number", AGAIN, ids=lambda number: f"{number}-{CASES[number].case}")
def test_a_small_part_gives_the_same_again(claims: pd.DataFrame, number: int) -> None:
    assert cases.repeated(number, CASES[number]) == claims.loc[number, "made_at_first"]


@pytest.mark.parametrize("number", [0, 10, 15, 25])
def test_a_small_part_of_the_intervals_gives_the_same_again(
    held: pd.DataFrame, number: int
) -> None:
    setting = list(intervals.settings())[number]
    again = pd.DataFrame(intervals.held(number, setting, cases.CHUNK))
    known = held[held["number"] == number]
    assert again["held_at_first"].to_list() == known["held_at_first"].to_list()


def test_what_is_drawn_alike_again_is_kept_and_the_rest_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []

    def some(rate: float) -> cases.Case:
        def draw(random: np.random.Generator, count: int) -> cases.Chunk:
            drawn.append(count)
            return (random.random(count) < rate).astype(float), None

        return cases.Case("claims", "a case", "a setting", False, 0.05, draw)

    def tables() -> pd.DataFrame:
        return pd.read_csv(tmp_path / FILE)

    monkeypatch.setattr(make, "measured_folder", lambda: tmp_path)
    monkeypatch.setattr(intervals, "settings", lambda: [])

    def extended() -> None:
        (tmp_path / INTERVALS).write_text("number,held_at_first\n")
        make.extended()

    whole = cases.REPLICATES // cases.CHUNK
    asked = [some(0.1), some(0.2)]
    monkeypatch.setattr(make, "all_cases", lambda: asked)
    pd.DataFrame([cases.counted(0, asked[0])]).to_csv(tmp_path / FILE, index=False)
    before = tables()
    drawn.clear()
    extended()
    assert len(drawn) == 1 + whole, "of what is kept one chunk, and all of what joins"
    pd.testing.assert_frame_equal(tables().iloc[:1], before)
    assert tables()["made"].to_list() == pytest.approx([0.1, 0.2], abs=0.05)
    asked[0] = some(0.5)
    extended()
    assert tables()["made"][0] == pytest.approx(0.5, abs=0.05), "it claims otherwise now"
    assert json.loads((tmp_path / "calibration.json").read_text())["code"] == code_hash()


def test_false_claims_are_no_more_often_than_nominal(claims: pd.DataFrame) -> None:
    """Within binomial error, held together for all cases: Bonferroni at one in a hundred."""
    false = claims[~claims["true"]]
    for row in false.to_dict("records"):
        made, count = round(row["made"] * row["replicates"]), row["replicates"]
        p = stats.binom.sf(made - 1, count, row["nominal"])
        assert p > 0.01 / len(false), row


def test_large_effects_are_found(claims: pd.DataFrame) -> None:
    true = claims[claims["true"]]
    best = true.groupby("claim")["made"].max()
    for claim, rate in best.items():
        # To say that an effect is kept, intervals have to be narrower than these are.
        assert rate >= (0.0 if str(claim).endswith("keeps its effect") else 0.8), claim


def test_the_intervals_that_were_replaced_hold_the_truth(held: pd.DataFrame) -> None:
    shares = held[held["quantity"].str.startswith("share of variance")]
    assert set(shares["truth"]) >= {0.0, 0.3}
    assert shares["coverage"].min() >= 0.9
    assert shares.loc[shares["groups"] == 50, "coverage"].min() > 0.93
    assert shares.loc[shares["truth"] == 0, "coverage"].min() > 0.92


def test_twenty_resampled_vectors_are_enough_and_ten_are_not(held: pd.DataFrame) -> None:
    shifts = held[(held["resampled"] > 0) & (held["groups"] == 50)]
    coverage = shifts.groupby("resampled")["coverage"].mean()
    assert coverage[5] < coverage[10] < 0.9 < coverage[20]
    assert coverage[50] - coverage[20] < 0.02


def test_pairs_share_requests_in_turn_and_have_no_order() -> None:
    world = Spoken(groups=3, per_group=2, pairs=4)
    drawn = slopes(world, np.random.default_rng(0), 2)
    assert drawn.group.tolist() == [0, 0, 1, 2]
    assert drawn.own.shape == (2, 1 + world.resampled, 4, 1)
    table = curves(drawn, whole=True)
    assert set(table["form"]) == {"said"}
    assert table["positive_letter"].isna().all()
    assert (table["request"] == table["group"]).all()
    assert set(table["order"]) == {0}


def test_pairs_drawn_one_by_one_would_claim_too_much_where_requests_sway_a_vector() -> None:
    """In the world that tries it, what is drawn matters: requests hold the rate, pairs do not."""
    world = Spoken(pairs=24, together=0.8, centred=True, swayed=12.0)
    made, _ = steered(world, np.random.default_rng(1), 200)
    table = curves(slopes(world, np.random.default_rng(1), 200))
    alone = table.assign(group="p" + table["item"].astype("str"))
    found = by_replicate(steering_verdicts(alone, all_answer(alone)), MOVED, 200)
    assert made.mean() < 0.08
    assert found.mean() > 0.12


def test_as_much_is_drawn_in_free_text_as_a_report_measures() -> None:
    assert OF_PAIRS["test_groups"] == replies.QUESTIONS
    assert replies.RANDOM_VECTORS == sampled.RANDOM_VECTORS
    for before in (STATEMENT, QUESTION):
        assert sum(one.before == before for one in REQUESTS.values()) == Spoken().groups
    assert OF_PAIRS["test_groups"] == Spoken().groups
