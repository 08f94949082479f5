"""The first page: counts of verdicts, those of each kind apart, and one figure."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis import validation
from steering.analysis.curves import select
from steering.analysis.reversed import in_both_orders
from steering.analysis.variability import by_concept, question_slopes
from steering.analysis.verdict.outcomes import (
    CHANCE,
    KEPT,
    LETTER,
    MOVES,
    NO_ANSWER,
    SHIFT,
    STEERING,
    STRONGER,
)
from steering.analysis.verdict.table import with_outcomes
from steering.prose import first_page
from steering.records.kinds import OURS, PUBLIC
from tests.support.synthetic import standard_curves, standard_verdicts


def mixed(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with two concepts of ours, and public ones."""
    kinds = table["concept"].map({"strong": OURS, "inert": OURS}).fillna(PUBLIC)
    return table.assign(kind=kinds)


def findings(curves: pd.DataFrame, claims: pd.DataFrame, planted: int = 1) -> str:
    return first_page.findings(
        claims,
        with_outcomes(by_concept(curves), claims),
        in_both_orders(curves, by=("model", "kind")),
        validation.recovery(curves, pooled=True).iloc[: 2 * planted],
    ).data


def test_a_model_with_one_page_has_a_link_to_that_alone() -> None:
    curves, claims = mixed(standard_curves()), mixed(standard_verdicts())
    tables = (
        claims, with_outcomes(by_concept(curves), claims),
        in_both_orders(curves, by=("model", "kind")), validation.recovery(curves, pooled=True),
    )  # fmt: skip
    (model,) = curves["model"].unique()
    (every,) = row_of(first_page.findings(*tables).data, "Pages")
    assert "brittleness.ipynb" in every[0]
    (one,) = row_of(first_page.findings(*tables, real=[model]).data, "Pages")
    assert one == [f"[variability](models/{model}/variability.ipynb)"]


def row_of(text: str, start: str) -> list[list[str]]:
    """The cells of the rows that begin with a question."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines()]
    return [cells[1:] for cells in rows if cells[0].startswith(start)]


def test_one_model_has_a_column_of_counts_for_each_kind() -> None:
    text = findings(mixed(standard_curves()), mixed(standard_verdicts()))
    assert text.startswith("**On 1 of 2 concepts of ours the vector moves the answer.**")
    assert "|  | wren |" in text
    assert not text.startswith("<details"), "the findings are not folded"
    assert row_of(text, first_page.STEERED[MOVES]) == [["1 of 2"], ["3 of 4"]]
    assert row_of(text, first_page.STEERED[CHANCE]) == [["1 of 2"], ["1 of 4"]]
    assert row_of(text, "Correlation of measured with planted")[0][0].startswith("1.000 (")
    assert row_of(text, "The vector does more than") == [["not tested"]] * 2
    assert "[How often is this report wrong?](errors.ipynb)" in text
    assert "](models/wren/validation.ipynb)" in text


def test_two_models_have_a_column_each_and_no_outcome_is_left_out() -> None:
    curves, claims = mixed(standard_curves()), mixed(standard_verdicts())
    finch = claims.assign(model="finch", outcome=claims["outcome"].mask(of(claims), NO_ANSWER))
    both = pd.concat([curves, curves.assign(model="finch")])
    text = findings(both, pd.concat([claims, finch]))
    assert "|  | wren | finch |" in text
    assert row_of(text, first_page.STEERED[MOVES]) == [["1 of 2", "0 of 2"], ["3 of 4", "0 of 4"]]
    silent = row_of(text, first_page.STEERED[NO_ANSWER])
    assert silent == [["0 of 2", "2 of 2"], ["0 of 4", "4 of 4"]]
    assert "In wren the effect on concepts of ours is built in" in text
    correlation = row_of(text, "Correlation of measured with planted")[0]
    assert correlation[1] == "–", "nothing is planted in finch"


def of(claims: pd.DataFrame, claim: str = STEERING) -> pd.Series:
    return claims["claim"] == claim


def test_every_count_is_of_the_verdicts_and_of_nothing_else() -> None:
    """44 shifts "lower", 8 planted; a letter "on 24 of 27", one planted: each page counted anew."""
    curves, claims = mixed(standard_curves()), mixed(standard_verdicts())
    kept = claims.assign(
        outcome=claims["outcome"].mask(of(claims, SHIFT), KEPT).mask(of(claims, LETTER), CHANCE)
    )
    text = findings(curves, kept)
    assert row_of(text, "The vector pushes towards a letter") == [["0 of 2"], ["0 of 4"]]
    assert row_of(text, f"Under another prompt: {KEPT}") == [["8 of 8"], ["16 of 16"]]
    assert "loses" not in text
    gained = claims.assign(outcome=claims["outcome"].mask(of(claims, SHIFT), STRONGER))
    assert row_of(findings(curves, gained), f"Under another prompt: {STRONGER}")[0] == ["8 of 8"]


def test_no_extreme_is_named() -> None:
    text = findings(mixed(standard_curves()), mixed(standard_verdicts()))
    shares = row_of(text, "Share of a concept's questions")
    assert "median" in shares[1][0]
    assert "most on" not in text
    assert "beyond chance" not in text


def test_a_run_alone_is_a_family_of_one() -> None:
    curves = standard_curves().query("concept == 'strong'")
    claims = standard_verdicts().query("concept == 'strong'").assign(family=1)
    text = findings(curves, claims, planted=0)
    assert "each is tested alone here, as a family of one" in text
    assert "built in" not in text
    assert "validation.ipynb" not in text


@pytest.mark.parametrize(("models", "columns"), [(1, 2), (2, 2), (4, 1)])
def test_the_first_figure_fits_the_number_of_models(models: int, columns: int) -> None:
    parts = [standard_curves().assign(model=f"m{number}") for number in range(models)]
    curves = pd.concat(parts)
    concepts = by_concept(curves).assign(outcome=MOVES)
    shown = first_page.overview(select(curves), question_slopes(curves), concepts)
    of = len(parts[0]["concept"].unique())
    assert shown.finding.startswith(f"The vector moves the answer on {of} of {of} concepts in m0")
    assert ("in m0." if models == 1 else "in each model") in shown.text
    assert ("for each question" in shown.text) == (models <= first_page.BESIDE)
    assert shown.svg.count(b'<g id="axes_') == columns
