"""Sentences and the table about the shares of letter and word."""

from __future__ import annotations

import pandas as pd

from steering.analysis.decomposition import decomposition, one_order
from steering.prose.decomposition import factor_table, factors_sentences
from steering.prose.quartiles import quartiles
from steering.prose.words import share
from steering.records.kinds import OURS, PUBLIC
from tests.support.synthetic import DESIGNS, standard_curves


def tables(curves: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return decomposition(one_order(curves)), decomposition(curves)


def explained(shares: pd.DataFrame, method: str, kind: str) -> pd.Series:
    wanted = shares.query("factor == 'explained' and method == @method and kind == @kind")
    return wanted["share"]


def of_kinds(curves: pd.DataFrame, public: int) -> pd.DataFrame:
    """The curves with so many of their concepts public, the others ours."""
    names = list(DESIGNS)[:public]
    return curves.assign(kind=[PUBLIC if c in names else OURS for c in curves["concept"]])


def test_medians_and_quartiles_are_told_of_each_kind_apart_and_no_winner() -> None:
    one, both = tables(of_kinds(standard_curves(), public=3))
    said = factors_sentences(one, both)
    ours, public = said.split("**Public data sets:**")
    assert ours.startswith("**Concepts of ours:**")
    for text, kind in ((ours, OURS), (public, PUBLIC)):
        middles = [
            quartiles(explained(both, "Shapley", kind), share),
            quartiles(explained(one, "sequential", kind), share),
        ]
        assert f"{middles[0]} over 3 concepts, with both orders measured" in text
        assert f"in one order, as in the paper, {middles[1]} over 3 concepts." in text
    assert not any(name in said for name in {*DESIGNS} - {"letter", "yes"})
    assert "does not vary" not in said


def test_few_concepts_are_named_with_their_intervals() -> None:
    one, both = tables(of_kinds(standard_curves(), public=1))
    public = factors_sentences(one, both).split("**Public data sets:**")[1]
    row = both.query("concept == 'strong' and factor == 'explained' and method == 'Shapley'")
    low, high = (share(row[end].item()) for end in ("low", "high"))
    assert f"{share(row['share'].item())} ({low[:-2]}" in public
    assert f"{high}) on strong" in public.replace("\u00a0", " ")
    assert "quartiles" not in public


def test_a_factor_of_one_level_has_no_share() -> None:
    curves = standard_curves()
    weak = curves["positive_is_yes"].mask(curves["concept"] == "weak")
    one, both = tables(curves.assign(positive_is_yes=weak))
    assert "Yes/No does not vary on 1 of 6 concepts (weak)" in factors_sentences(one, both)
    row = next(line for line in factor_table(one, both).data.splitlines() if "weak" in line)
    assert row.count("does not vary") == 2


def test_the_table_has_both_orders_beside_one() -> None:
    one, both = tables(standard_curves())
    head, _, *lines = factor_table(one, both).data.splitlines()
    cells = [cell.strip() for cell in head.strip("|").split("|")]
    parts = ("A/B", "Yes/No", "Unexplained")
    assert cells[1:4] == [f"{part}, one order (95\u202f%)" for part in parts]
    assert cells[4:] == [name.replace("one order", "both orders") for name in cells[1:4]]
    row = next(line for line in lines if line.startswith("| letter "))
    shares = [cell.split(" (")[0].strip() for cell in row.strip("|").split("|")[1:]]
    wanted = [
        table.query("concept == 'letter' and method == @method and factor == @factor")["share"]
        for table, method in ((one, "sequential"), (both, "Shapley"))
        for factor in ("A/B", "Yes/No", "unexplained")
    ]
    assert shares == [share(one.item()) for one in wanted]


def test_where_nothing_varies_nothing_is_explained() -> None:
    flat = standard_curves().query("concept == 'strong'").assign(steerability=1.0)
    said = factors_sentences(*tables(flat))
    assert said.startswith("Nothing varies here that could be explained.")
