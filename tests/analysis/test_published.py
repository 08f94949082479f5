"""The published tables give what the paper's text says, to three decimals, where they can."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from steering.analysis import published
from steering.analysis.across import between_models, concept_means, model_agreement
from steering.analysis.brittleness import in_and_out
from steering.concepts.public import public_sets
from tests.support.synthetic import standard_curves


@pytest.fixture(scope="module")
def means() -> pd.DataFrame:
    return published.steerability()


def test_both_models_have_39_public_sets_and_share_38(means: pd.DataFrame) -> None:
    assert means.groupby("model")["concept"].nunique().to_dict() == {
        published.LLAMA: 39,
        published.QWEN: 39,
    }
    assert set(means["concept"]) <= set(public_sets())
    assert means["mean"].notna().all()
    assert len(means) == 2 * 39 * 5


def test_agreement_between_the_models_is_the_papers(means: pd.DataFrame) -> None:
    found = model_agreement(between_models(means)).set_index("shift")
    told = published.quoted("between models in distribution").iloc[0]
    assert round(found.loc["BASE→BASE", "rho"], 3) == told == 0.769
    told = published.quoted("between models out of distribution").iloc[0]
    assert round(found.loc["SYS_POS→USER_NEG", "rho"], 3) == told == 0.586
    assert set(found["concepts"]) == {38}


def test_agreement_of_each_shift(means: pd.DataFrame) -> None:
    tried = published.readings(means).set_index("reading")
    found = tried.loc[[f"Spearman, {shift}" for shift in published.AWAY]].round(3)
    assert found[published.LLAMA].to_list() == [0.902, 0.958, 0.917, 0.952]
    assert found[published.QWEN].to_list() == [0.814, 0.643, 0.662, 0.484]


def test_no_reading_of_the_table_gives_the_papers_agreement(means: pd.DataFrame) -> None:
    told = published.quoted("in against out of distribution")
    assert told.to_dict() == {published.LLAMA: 0.891, published.QWEN: 0.694}
    tried = published.readings(means).set_index("reading")[told.index.to_list()]
    assert len(tried) == tried.index.nunique() == 15
    assert not ((tried - told).abs() < 0.0015).all(axis=1).any()
    four = tried.filter(like="Spearman, ", axis="index").iloc[:4]
    assert tried.loc["Spearman, mean of the four"].to_list() == pytest.approx(four.mean().to_list())


def test_mean_steerability_in_distribution(means: pd.DataFrame) -> None:
    home = means[means["shift"] == "BASE→BASE"].groupby("model")["mean"].mean().round(2)
    assert home.to_dict() == {published.LLAMA: 1.52, published.QWEN: 1.97}


def test_llamas_anti_steerable_shares() -> None:
    found = published.items()
    share = found["anti_steerable"]
    assert (len(found), round(share.mean(), 3), round(share.median(), 3)) == (38, 0.215, 0.218)
    assert found.loc[share.idxmax(), ["short_name", "anti_steerable"]].to_list() == [
        "myopic-reward",
        0.4916,
    ]
    assert found.loc[share.idxmin(), "short_name"] == "corrigible-neutral-HHH"


def test_short_names_stand_for_sets_of_llama(means: pd.DataFrame) -> None:
    found = published.items()
    known = found.dropna(subset="concept")
    assert found.loc[found["concept"].isna(), "short_name"].to_list() == ["sycophancy"]
    llama = set(means.loc[means["model"] == published.LLAMA, "concept"])
    assert set(known["concept"]) == {name for name in llama if not name.startswith("sycophancy")}
    assert found["variance"].to_list() == pytest.approx(
        (found["a_b"] + found["yes_no"] + found["unexplained"]).to_list()
    )


def test_published_rows_have_the_columns_of_ours(means: pd.DataFrame) -> None:
    curves = standard_curves()
    ours = concept_means(curves)
    assert list(ours.columns) == list(means.columns)
    both = published.in_and_out(pd.concat([ours, means], ignore_index=True))
    theirs = in_and_out(curves).set_index(["concept", "shift"]).sort_index()
    told = both[both["model"] == "wren"].set_index(["concept", "shift"]).sort_index()
    names = ["in_distribution", "in_low", "in_high", "out_of_distribution", "out_low", "out_high"]
    assert np.allclose(told[names], theirs[names])
    assert both.loc[both["model"] == published.QWEN, "out_low"].isna().all()


def test_a_users_model_joins_on_the_sets_that_it_shares(means: pd.DataFrame) -> None:
    ours = means[means["model"] == published.QWEN].assign(model="mine", low=0.0, high=9.0)
    ours = pd.concat([ours.iloc[:50], ours.iloc[:5].assign(concept="tidy")])
    assert "tidy" not in published.shared(means, ours)
    pairs = between_models(pd.concat([means, ours]))
    mine = pairs[(pairs["model_y"] == "mine") & (pairs["model_x"] == published.QWEN)]
    assert len(mine)
    assert (mine["x"] == mine["y"]).all()


def test_shares_left_are_formed_where_the_paper_forms_ratios(means: pd.DataFrame) -> None:
    shares = published.shares_left(means)
    wide = means.pivot_table(index=["model", "concept"], columns="shift", values="mean")
    kept = wide[wide["BASE→BASE"] > 0.25]
    assert shares.groupby("shift").size().to_list() == [len(kept)] * 4
    one = shares[(shares["model"] == published.QWEN) & (shares["concept"] == "narcissism")]
    row = kept.loc[(published.QWEN, "narcissism")]
    assert one.set_index("shift")["share"].to_dict() == pytest.approx(
        {shift: row[shift] / row["BASE→BASE"] for shift in one["shift"]}
    )
    found = published.quartiles_left(shares).set_index(["model", "shift"])
    part = shares[(shares["model"] == published.LLAMA) & (shares["shift"] == "BASE→USER_NEG")]
    assert found.loc[
        (published.LLAMA, "BASE→USER_NEG"), ["lower", "median", "upper"]
    ].to_list() == (pytest.approx(part["share"].quantile([0.25, 0.5, 0.75]).to_list()))
    assert found.loc[(published.LLAMA, "BASE→USER_NEG"), "concepts"] == len(part)


def test_yes_and_no_explain_nothing_where_the_pattern_cannot_find_them() -> None:
    found = published.items()
    none = published.without_yes_no(found)
    assert (none.sum(), len(found)) == (17, 38)
    rest = found[~none]
    assert found["yes_no"].sum() / found["variance"].sum() == pytest.approx(0.28, abs=0.005)
    assert rest["yes_no"].sum() / rest["variance"].sum() == pytest.approx(0.57, abs=0.005)
