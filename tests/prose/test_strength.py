"""Sentences about strength: each number is that of the table, each claim that of the verdict."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from steering.analysis import strength
from steering.analysis.verdict.outcomes import CHANCE, MOVES
from steering.prose import strength as told
from steering.records.verdicts import COLUMNS
from tests.support import strong

CARDS = ({"concept": {"name": "strong", "source": "own"}, "model": {"name": "m"}},)
ITEMS = pd.DataFrame({"concept": "strong", "item": range(10), "group": list("abcdefghij")})


def reaches(curve, **options):
    swept = strong.swept(curve, **options)
    results = SimpleNamespace(items=ITEMS, cards=CARDS)
    return strength.reaches(strength.responses(swept, results))


def point(**changes):
    row = {
        "model": "m", "concept": "strong", "form": "chosen", "kind": "concepts of ours",
        "multiplier": 0.9, "dose": 0.2, "limit": 0.1, "effect": 1.95, "low": 1.9, "high": 2.01,
        "outcome": MOVES, "loss": 0.1, "divergence": 0.21, "price": 0.051,
    }  # fmt: skip
    return pd.DataFrame([row | changes])


def test_where_a_line_ends_and_letters_are_lost():
    text = told.reach_sentences(reaches(lambda dose: dose, mass=lambda dose: float(dose < 0.6)))
    assert "up to a dose of 1.00; 0 of 1 concept leave it" in text
    assert "probability on 1 of 1 concept." in text
    said = reaches(lambda dose: dose).assign(form="said")
    assert "letters" not in told.reach_sentences(said)


def test_costs_are_told_beside_those_of_random_vectors():
    by_dose = strength.costs_by_dose(strong.costs(), CARDS)
    text = told.cost_sentences(strength.beside_random(by_dose), strength.fluency(strong.costs()))
    assert "neutral text −2.35 nats" in text
    assert "At a dose of 0.35:" in text


def test_a_point_is_told_with_its_verdict_and_its_price():
    text = told.point_sentence(point())
    assert "**moves the answer**" in text
    assert "1.95 (1.90 to 2.01) logits" in text.replace("\u00a0", " ")
    assert "0.051 nats for each of these logits" in text
    none = told.point_sentence(point(outcome=CHANCE, price=float("nan")))
    assert f"**{CHANCE}**" in none
    assert "for each of these" not in none


def test_replies_that_loop_are_told_by_dose():
    text = told.degenerate_sentence(strength.degenerate(strong.costs()))
    assert "at 1.00. Each share is of 8 to 16 replies." in text
    assert "at 0.05" not in text
    assert told.degenerate_sentence(strength.degenerate(strong.costs()[:0])) == ""


def test_what_was_not_measured_is_not_made_up():
    empty = point()[:0]
    assert told.point_sentence(empty) == told.NOT_MEASURED
    assert told.reach_sentences(reaches(lambda dose: dose)[:0]) == told.NOT_MEASURED
    assert told.operating_sentences(empty, pd.DataFrame(columns=COLUMNS)) == told.NOT_MEASURED
    assert told.persona_sentence(pd.DataFrame(), empty) == ""
    assert told.cost_sentences(pd.DataFrame(), pd.DataFrame()) == ""


def test_the_card_tells_the_strongest_push():
    point = {"multiplier": 0.895, "dose": 0.2039, "cost_limit": 0.1}
    text = told.card_sentence({"operating": point})
    assert "at most 0.10 nats is λ = 0.90, a dose of 0.20." in text
    assert "without a likelihood" in told.card_sentence({"operating": point | {"multiplier": 0.0}})
    assert told.card_sentence({}) == ""


def test_personas_cost_something_too():
    text = told.persona_sentence(strength.personas(strong.costs()), point())
    assert "SYS_POS: 0.25" in text
    assert text.endswith("The vectors at their operating points: 0.10.")


def test_the_table_has_a_row_for_each_concept():
    table = told.point_table(point()).data
    assert table.count("| strong |") == 1
    assert "moves the answer" in table


def test_how_much_it_rests_on():
    by_dose = strength.costs_by_dose(strong.costs(), CARDS)
    assert told.texts_observed(by_dose[by_dose["chosen"]]) == "1 concept, 8 neutral texts"
    table = strength.responses(
        strong.swept(lambda dose: dose), SimpleNamespace(items=ITEMS, cards=CARDS)
    )
    assert told.doses_observed(table) == "1 concept, each with 20 prompts of 10 groups"


def test_the_price_of_the_strongest_push_is_found_in_one_sentence():
    beside = pd.DataFrame(
        {"dose": [0.1, 1.0, 1.0], "own": [9.0, 0.5, 0.5], "random": [9, 0.2, 0.2]}
    )
    assert told.cost_finding(beside).startswith("At a dose of 1.00, a token of neutral text loses ")
    assert "0.50 nats, and 0.20 under random" in told.cost_finding(beside)
    assert told.cost_finding(beside.iloc[:0]) == ""


def test_layers_are_ordered_by_the_median_cost_at_one_dose() -> None:
    columns = ["concept", "direction", "layer", "dose", "loss"]
    rows = [
        ("a", "contrastive", 0, 0.5, 1.0),
        ("b", "contrastive", 0, 0.5, 3.0),
        ("a", "contrastive", 1, 0.5, 0.25),
        ("a", "contrastive", 1, 1.0, 9.0),
        ("a", "random", 1, 0.5, 9.0),
    ]
    costs = pd.DataFrame(rows, columns=columns)
    assert told.layers_cost_finding(costs, 0.5) == (
        "By the median of concepts, a dose of 0.50 costs a token of neutral text most at layer 0, "
        "2.000 nats, and least at layer 1, 0.250 nats."
    )
    assert "at one layer alone" in told.layers_cost_finding(costs[costs["layer"] == 0], 0.5)
