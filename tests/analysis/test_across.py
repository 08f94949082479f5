"""Models side by side: the concepts that both have, and whether they order them alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from steering.analysis.across import between_models, concept_means, model_agreement
from steering.analysis.variability import by_concept
from steering.records.kinds import OURS, PUBLIC, YOURS
from tests.support.synthetic import DESIGNS, standard_curves


def two_models() -> pd.DataFrame:
    wren = standard_curves()
    robin = wren.assign(model="robin", steerability=2 * wren["steerability"] + 1)
    return pd.concat([wren, robin], ignore_index=True)


def test_every_model_has_its_means_in_and_out_of_distribution() -> None:
    found = concept_means(two_models()).set_index(["model", "shift", "concept"]).sort_index()
    assert len(found) == 2 * 5 * len(DESIGNS)
    base = by_concept(standard_curves()).set_index("concept")
    home = found.loc[("wren", "BASE→BASE")]
    assert home["mean"].to_dict() == pytest.approx(base["mean"].to_dict())
    assert home["low"].to_dict() == pytest.approx(base["low"].to_dict())


def test_models_are_compared_on_the_concepts_that_both_have() -> None:
    found = concept_means(two_models())
    found = found[(found["model"] == "wren") | (found["concept"] != "inert")]
    pairs = between_models(found)
    assert set(pairs["concept"]) == set(DESIGNS) - {"inert"}
    home = pairs[pairs["shift"] == "BASE→BASE"]
    assert home["y"].to_list() == pytest.approx((2 * home["x"] + 1).to_list())
    assert (home["x_low"] <= home["x"]).all()
    assert (home["y_high"] >= home["y"]).all()
    agreement = model_agreement(pairs).set_index("shift")
    assert agreement.loc["BASE→BASE", "rho"] == pytest.approx(1)
    assert agreement.loc["BASE→BASE", "concepts"] == 5
    assert agreement.loc["BASE→BASE", "low"] < 0.5


def test_agreement_is_spearmans() -> None:
    x = pd.DataFrame(
        {
            "model": "wren",
            "concept": list("abcdefgh"),
            "kind": YOURS,
            "shift": "BASE→BASE",
            "mean": [1, 5, 3, 2, 8, 6, 7, 4],
            "low": None,
            "high": None,
        }
    )
    y = x.assign(model="robin", mean=[2, 3, 5, 1, 6, 8, 7, 4])
    found = model_agreement(between_models(pd.concat([x, y]))).iloc[0]
    assert found["rho"] == pytest.approx(stats.spearmanr(x["mean"], y["mean"]).statistic)


def test_three_models_make_three_pairs_and_one_makes_none() -> None:
    found = concept_means(two_models())
    third = found[found["model"] == "wren"].assign(model="finch")
    pairs = between_models(pd.concat([found, third]))
    assert set(zip(pairs["model_x"], pairs["model_y"], strict=True)) == {
        ("wren", "robin"),
        ("wren", "finch"),
        ("robin", "finch"),
    }
    alone = between_models(third)
    assert alone.empty
    assert model_agreement(alone).empty


def test_kinds_are_never_pooled() -> None:
    """ρ was 0.99 over two models: one plan had built 15 concepts into both, beside 12 others."""
    draw = np.random.default_rng(2)
    ours = pd.DataFrame({"concept": [f"o{n}" for n in range(15)], "kind": OURS})
    ours = ours.assign(mean=np.linspace(5, 9, 15))
    public = pd.DataFrame({"concept": [f"p{n}" for n in range(12)], "kind": PUBLIC})
    public = public.assign(mean=draw.normal(0, 0.1, 12))
    x = pd.concat([ours, public]).assign(model="wren", shift="BASE→BASE", low=None, high=None)
    apart = draw.normal(0, 0.1, 12)
    y = x.assign(model="robin", mean=[*ours["mean"], *apart])
    pooled = stats.spearmanr(x["mean"], y["mean"]).statistic
    assert pooled > 0.85, "the old number says that the models agree"
    found = model_agreement(between_models(pd.concat([x, y]))).set_index("kind")
    assert found["concepts"].to_dict() == {OURS: 15, PUBLIC: 12}
    wanted = stats.spearmanr(public["mean"], apart).statistic
    assert found.loc[PUBLIC, "rho"] == pytest.approx(wanted)
    assert found.loc[PUBLIC, "low"] < 0 < found.loc[PUBLIC, "high"]
