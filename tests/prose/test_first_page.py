"""The first page: headlines of one model, a table and one figure of several."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from steering.analysis import brittleness, validation
from steering.analysis.curves import select
from steering.analysis.letters import position_bias
from steering.analysis.variability import by_concept
from steering.prose import first_page
from steering.records.kinds import PUBLIC
from tests.support.many import MANY, MIXED, verdicts
from tests.support.synthetic import standard_curves


@pytest.mark.parametrize(
    ("second", "wanted"),
    [
        (5, "5 can be steered beyond chance in both models, and 0 in none."),
        (3, "3 can be steered beyond chance in both models, and 0 in none. They differ on frugal"),
        (0, "0 can be steered beyond chance in both models, and 0 in none. They differ on "),
    ],
)
def test_what_two_models_share(second: int, wanted: str) -> None:
    both = pd.concat([verdicts(MIXED, 5), verdicts(MIXED, second, model="finch")])
    assert f"Of 5 concepts, {wanted}" in first_page.together(both)


def test_many_concepts_on_which_models_differ_are_counted() -> None:
    both = pd.concat([verdicts(MANY, 20), verdicts(MANY, 3, model="finch")])
    assert "3 can be steered beyond chance in both models, and 7 in none. They differ on 17." in (
        first_page.together(both)
    )


def headline_of(curves: pd.DataFrame) -> str:
    return first_page.findings_over_all(
        by_concept(curves),
        brittleness.in_and_out(curves),
        position_bias(curves),
        validation.recovery(curves, pooled=True),
    ).data


def test_the_first_page_has_headlines_of_one_model_and_a_table_of_several() -> None:
    curves = standard_curves()
    assert headline_of(curves).startswith("- The mean slope is positive")
    twice = curves.assign(model="finch", steerability=2 * curves["steerability"])
    said = headline_of(pd.concat([curves, twice]))
    assert "|  | wren | finch |" in said
    assert "| Concepts steered beyond chance | 4 of 6 |" in said
    assert "| Correlation of measured with true slopes | 1.000 (" in said
    assert "](models/finch/validation.ipynb)" in said
    strong = curves[curves["concept"] == "strong"]
    mixed = pd.concat([strong, strong.assign(concept="openness", kind=PUBLIC)])
    other = mixed.assign(model="finch", planted_steerability=float("nan"))
    said = headline_of(pd.concat([mixed, other]))
    assert re.search(r"\| Public data sets steered beyond chance \| \d of 1 \| \d of 1 \|", said)
    assert re.search(r"\| Correlation of measured with true slopes \| \S+ \(.*\) \| – \|", said)


@pytest.mark.parametrize(("models", "columns"), [(1, 2), (2, 2), (4, 1)])
def test_the_first_figure_fits_the_number_of_models(models: int, columns: int) -> None:
    curves = pd.concat([standard_curves().assign(model=f"m{number}") for number in range(models)])
    shown = first_page.overview(select(curves), by_concept(curves))
    assert ("in m0." if models == 1 else "in each model") in shown.text
    assert ("violins" in shown.text) == (models <= first_page.BESIDE)
    assert shown.svg.count(b'<g id="axes_') == columns


def test_a_model_has_a_paragraph_for_each_question() -> None:
    curves = standard_curves()
    pooled = validation.recovery(curves, pooled=True)
    tables = by_concept(curves), brittleness.in_and_out(curves), position_bias(curves)
    said = first_page.headlines(*tables, pooled)
    assert said.count("\n- ") == 3
    assert "](models/wren/validation.ipynb)" in said
    unknown = first_page.headlines(*tables, pooled.iloc[:0])
    assert unknown.count("\n- ") == 2
    assert "validation" not in unknown
