"""The card's numbers are those of the verdicts and of the tables that the pages show."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from steering.analysis.brittleness import in_and_out
from steering.analysis.curves import curve_table
from steering.analysis.reliability import reliability
from steering.analysis.strength import costs_by_dose
from steering.analysis.summary import summary
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.operating import operating_points
from steering.errors import Refused
from tests.support import carded


@pytest.mark.parametrize("name", ["strong", "inert", "reversed"])
def test_every_finding_is_its_verdict(name: str) -> None:
    card, table = carded.card(name), carded.evidence(name).verdicts
    operating = card.operating
    assert operating is not None
    found = [card.steering, card.letter, card.specific, operating.finding]
    found += [*card.shifts, *card.prompting]
    claims = table[table["direction"] == "contrastive"].set_index(["claim", "subject"])
    assert len(claims[claims.index.get_level_values(0) != outcomes.QUESTION]) == len(found)
    for one in found:
        assert one is not None
        row = claims.loc[(one.claim, one.subject)]
        assert one.outcome == row["outcome"]
        assert one.family == row["family"]
        for said, column in (
            (one.number.value, "estimate"), (one.number.low, "low"), (one.number.high, "high"),
            (one.p, "p"), (one.q, "q"), (one.least, "least"),
        ):  # fmt: skip
            assert math.isnan(row[column]) if said is None else said == row[column], column


def test_questions_are_counted_by_their_verdicts() -> None:
    card, table = carded.card("reversed"), carded.evidence("reversed").verdicts
    rows = outcomes.of_claim(table, outcomes.QUESTION)
    asked = card.questions
    wrong = rows.loc[rows["outcome"] == outcomes.REVERSED, "subject"].astype(int)
    assert asked.wrong_items == tuple(sorted(wrong))
    assert asked.wrong_way == len(wrong) > 0
    assert (
        asked.asked
        == len(rows)
        == sum((asked.right_way, asked.wrong_way, asked.undecided, asked.too_little))
    )
    share = asked.wrong_share
    assert share.value == pytest.approx(len(wrong) / len(rows))
    assert share.low is not None
    assert share.high is not None
    assert share.low < share.value < share.high
    # Both questions and groups are counted: four questions of a group tell less than four groups.
    assert (share.n, share.groups) == (40, 10)


def test_slopes_shares_and_sizes_are_those_of_the_tables() -> None:
    card, evidence = carded.card("reversed"), carded.evidence("reversed")
    (home,) = (
        row
        for row in summary(evidence.results)
        if (row["vector_setting"], row["prompt_setting"]) == ("BASE", "BASE")
    )
    assert card.steering.number.value == pytest.approx(home["mean"])
    assert card.steering.number.low == pytest.approx(home["low"])
    assert card.steering.number.n == home["n"]
    assert card.questions.below_zero.value == pytest.approx(home["anti_steerable"])
    assert card.questions.below_zero.high == pytest.approx(home["anti_steerable_high"])
    table = in_and_out(curve_table(evidence.results))
    assert [one.subject for one in card.shifts] == list(table["shift"])
    assert [one.number.n for one in card.shifts] == list(table["n"])
    # A vector of norm 2 in a stream of norm 10: a dose of 0.2 for each unit of λ.
    assert card.about.dose == pytest.approx(0.2)
    assert card.per_dose.value == pytest.approx(home["mean"] / 0.2)


def test_the_operating_point_is_that_of_the_run_with_its_costs() -> None:
    card, evidence = carded.card(), carded.evidence()
    cards = [evidence.run]
    by_dose = costs_by_dose(evidence.costs, cards)
    row = operating_points(cards, by_dose, evidence.verdicts).iloc[0]
    point = card.operating
    assert point is not None
    assert (point.multiplier, point.dose, point.limit) == (carded.POINT, 0.4, 0.1)
    assert (point.loss, point.divergence) == pytest.approx((row["loss"], row["divergence"]))
    assert point.price == pytest.approx(row["price"])
    without = reliability(replace(evidence, costs=evidence.costs[:0])).operating
    assert without is not None
    assert (without.loss, without.multiplier) == (None, carded.POINT)


def test_predictors_keep_their_values_and_an_inert_vector_claims_nothing() -> None:
    (one,) = carded.card().predictors
    assert (one.name, one.value) == ("agreement", carded.AGREEMENT)
    inert = carded.card("inert")
    assert inert.steering.outcome == outcomes.CHANCE
    assert {shift.outcome for shift in inert.shifts} == {outcomes.NOT_STEERED}
    assert inert.shifts[0].number.value is None


def test_the_other_form_stands_on_the_card_where_its_report_asked_it() -> None:
    evidence = carded.evidence()
    assert carded.card().other_form is None
    spoken = evidence.verdicts.assign(form="said")
    both = replace(evidence, verdicts=pd.concat([evidence.verdicts, spoken]))
    found = reliability(both).other_form
    assert found is not None
    assert found.number.unit == "nats per unit of λ"


def test_a_run_without_a_verdict_is_refused() -> None:
    evidence = carded.evidence()
    with pytest.raises(Refused, match="'strong' has no verdict"):
        reliability(replace(evidence, verdicts=evidence.verdicts[:0]))


def test_the_path_of_a_given_vector_is_not_told() -> None:
    evidence = carded.evidence()
    plan = {"vector": "/somewhere/of/mine/v.gguf", "vector_sha256": "ab"}
    run = {**evidence.run, "plan": plan}
    results = replace(evidence.results, cards=(run,))
    told = reliability(replace(evidence, results=results)).about.plan
    assert told == {"vector": "v.gguf", "vector_sha256": "ab"}
