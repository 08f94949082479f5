"""Texts and tables about many concepts: short sentences, kinds apart, models side by side."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from steering.analysis import brittleness, validation, variability
from steering.analysis.curves import of
from steering.analysis.layers import layer_slopes
from steering.concepts import own_concepts
from steering.concepts.kinds import OURS, PUBLIC, YOURS, by_kind, kind_of
from steering.concepts.public import public_sets
from steering.report import findings, landing, listings, published, scope, words
from tests.synthetic import standard, standard_curves

MIXED = ["openness", "mine", "tidy", "narcissism", "frugal"]
# Texts of many concepts name only a few of them.
MANY = [f"c{number:02d}" for number in range(27)]


def rows(names: list[str], beyond: int, *, model: str = "wren") -> pd.DataFrame:
    """Rows like those of `by_concept`: so many are steered beyond chance, the others are not."""
    return pd.DataFrame(
        {
            "model": model,
            "concept": names,
            "mean": [float(len(names) - place) for place in range(len(names))],
            "beyond_chance": pd.array([place < beyond for place in range(len(names))], "boolean"),
        }
    )


def test_the_kind_of_a_concept_is_that_of_its_name() -> None:
    assert {kind_of(name) for name in own_concepts()} == {OURS}
    assert {kind_of(name) for name in public_sets()} == {PUBLIC}
    assert kind_of("mine") == YOURS
    assert by_kind(MIXED) == {
        OURS: ["tidy", "frugal"],
        PUBLIC: ["openness", "narcissism"],
        YOURS: ["mine"],
    }


def test_tables_set_kinds_apart_only_where_there_are_several() -> None:
    table = pd.DataFrame({"concept": MIXED, "value": "1"})
    columns: dict[str, words.Column] = {"Concept": "concept", "Value": "value"}
    lines = words.table(words.by_kind(table), columns).data.splitlines()[2:]
    cells = [line.strip("| ").split(" |")[0] for line in lines]
    assert cells == [
        *("**Concepts of ours**", "tidy", "frugal"),
        *("**Public data sets**", "openness", "narcissism"),
        *("**Concepts of yours**", "mine"),
    ]
    assert {line.count("|") for line in lines} == {3}
    alike = table[table["concept"].isin(["tidy", "frugal"])]
    assert words.by_kind(alike).equals(alike)


def test_a_sentence_names_a_few_concepts_and_of_many_the_ends() -> None:
    assert words.named(rows(["b", "a"], 0)) == "a and b"
    assert words.named(rows(MANY, 0)) == ("27 concepts, from c26 (mean slope 1.00) to c00 (27.00)")
    said = findings.steerable_found(rows(MANY, 10))
    assert "beyond chance on 10 of 27 concepts." in said
    assert "On 17 concepts, from c26 (mean slope 1.00) to c10 (17.00), the vector does no" in said
    assert len(re.findall(r"\bc\d\d\b", said)) == 2
    wrong = rows(MANY, 10).assign(mean=lambda table: -table["mean"])
    assert "wrong way, beyond chance, on 10 concepts, from c00" in findings.steerable_found(wrong)
    assert "c00" not in published.joined_found(MANY, ["wren"])


def test_how_many_of_each_kind_are_steered() -> None:
    said = findings.steerable_found(rows(MIXED, 3))
    assert (
        ": 1 of 2 concepts of ours, 1 of 2 public data sets and 1 of 1 concepts of yours." in said
    )


@pytest.mark.parametrize(
    ("second", "wanted"),
    [
        (5, "5 can be steered beyond chance in both models, and 0 in none."),
        (3, "3 can be steered beyond chance in both models, and 0 in none. They differ on frugal"),
        (0, "0 can be steered beyond chance in both models, and 0 in none. They differ on "),
    ],
)
def test_what_two_models_share(second: int, wanted: str) -> None:
    both = pd.concat([rows(MIXED, 5), rows(MIXED, second, model="finch")])
    assert f"Of 5 concepts, {wanted}" in landing.together(both)


def test_many_concepts_on_which_models_differ_are_counted() -> None:
    both = pd.concat([rows(MANY, 20), rows(MANY, 3, model="finch")])
    assert "3 can be steered beyond chance in both models, and 7 in none. They differ on 17." in (
        landing.together(both)
    )


def first_page(curves: pd.DataFrame) -> str:
    return landing.found_over_all(
        variability.by_concept(curves),
        brittleness.in_and_out(curves),
        variability.position_bias(curves),
        validation.recovery(curves, pooled=True),
    ).data


def test_the_first_page_has_headlines_of_one_model_and_a_table_of_several() -> None:
    curves = standard_curves()
    assert first_page(curves).startswith("- The mean slope is positive")
    twice = curves.assign(model="finch", steerability=2 * curves["steerability"])
    said = first_page(pd.concat([curves, twice]))
    assert "|  | wren | finch |" in said
    assert "| Concepts steered beyond chance | 4 of 6 |" in said
    assert "| Correlation of measured with true slopes | 1.000 (" in said
    assert "](models/finch/validation.ipynb)" in said
    mixed = pd.concat([curves, curves.assign(concept="openness")])
    mixed = mixed[mixed["concept"].isin(["strong", "openness"])].drop_duplicates(
        ["concept", "vector_setting", "prompt_setting", "direction", "layer", "item", "order"]
    )
    other = mixed.assign(model="finch", planted_steerability=float("nan"))
    said = first_page(pd.concat([mixed, other]))
    assert re.search(r"\| Public data sets steered beyond chance \| \d of 1 \| \d of 1 \|", said)
    assert re.search(r"\| Correlation of measured with true slopes \| \S+ \(.*\) \| – \|", said)


@pytest.mark.parametrize(("models", "columns"), [(1, 2), (2, 2), (4, 1)])
def test_the_first_figure_fits_the_number_of_models(models: int, columns: int) -> None:
    curves = pd.concat([standard_curves().assign(model=f"m{number}") for number in range(models)])
    shown = landing.overview(of(curves), variability.by_concept(curves))
    assert ("in m0." if models == 1 else "in each model") in shown.text
    assert ("violins" in shown.text) == (models <= landing.BESIDE)
    assert shown.svg.count(b'<g id="axes_') == columns


def test_shifts_are_columns_of_one_row_a_concept() -> None:
    shifted = brittleness.in_and_out(standard_curves())
    header, _, *lines = listings.shift_table(shifted).data.splitlines()
    assert len(lines) == shifted["concept"].nunique()
    assert "| SYS_POS→ USER_NEG, difference (95\u202f%) |" in header
    row = shifted[(shifted["concept"] == "strong") & (shifted["shift"] == "BASE→USER_NEG")].iloc[0]
    cells = next(line for line in lines if line.startswith("| strong ")).split(" | ")
    assert cells[2].startswith(words.number(row["difference"]))
    assert cells[1].startswith(words.number(row["in_distribution"]))


def test_designs_stand_beside_names_where_truth_is_planted() -> None:
    cards = [
        {"cosine_planted": cosine, "concept": {"name": name, "design": design}}
        for name, design, cosine in (
            ("strong", "anti_steerable_subpopulation", 0.5),
            ("weak", None, 0.5),
            ("yes", "strong", None),
        )
    ]
    assert listings.planted_as(cards) == {
        "strong": "anti-steerable subpopulation",
        "yes": "strong",
    }
    found = variability.by_concept(standard_curves())
    said = listings.model_table(found, cards).data
    assert "| Concept | Planted as | wren |" in said
    assert "| strong | anti-steerable subpopulation | " in said
    assert "| yes | – | " in said
    assert "| Concept | wren |" in listings.model_table(found).data


def test_captions_say_how_many_concepts_are_told_apart() -> None:
    few, many = pd.DataFrame({"concept": MIXED}), pd.DataFrame({"concept": [*MIXED, *MANY]})
    assert scope.marks(few, "furthest") == ""
    assert scope.marks(many, "furthest") == (
        " Full: concepts of ours; hollow: public data sets and concepts of yours."
        " Named are some of those furthest."
    )
    assert scope.marks(many, "furthest", mixed=False) == " Named are some of those furthest."
    layers = layer_slopes(standard())
    assert scope.layers_marked(layers).startswith("Rings")
    assert scope.layer_bands(layers).startswith("bands")
    again = pd.concat([layers, layers.assign(concept=layers["concept"] + "2")])
    assert scope.layers_marked(again).startswith("Frames")
    assert scope.layer_bands(again).startswith("none")
