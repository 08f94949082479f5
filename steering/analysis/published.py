"""The paper's figures as tables in the columns of ours, and what can be computed from them.

Where they come from is said in measured/published/README.md. They have no intervals: the paper
gives none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis.across import HOME, SLOPE
from steering.analysis.brittleness import shift_name
from steering.analysis.curves import RUN_KEY
from steering.analysis.similarity import THRESHOLD
from steering.analysis.statistics.groups import each, rank_correlation
from steering.clone import measured_folder
from steering.records.kinds import PUBLIC
from steering.records.tables import SHIFTS

LLAMA, QWEN = "Llama-2-7b-chat", "Qwen1.5-14B-Chat"
AWAY = tuple(shift_name(*shift) for shift in SHIFTS)
FOLDER = "published"
RHO = ("rho", "low", "high")
NOTHING = 0.01  # of the variance: a share below it is nothing


def steerability() -> pd.DataFrame:
    """Return the published mean steerability: the columns of `across.concept_means`."""
    wide = pd.read_csv(_file("steerability"))
    long = wide.melt(["model", "concept"], [HOME, *AWAY], var_name="shift", value_name="mean")
    none = long.assign(kind=PUBLIC, low=np.nan, high=np.nan, vectors_resampled=np.nan)
    return none[[*RUN_KEY, "shift", *SLOPE, "vectors_resampled"]]


def in_and_out(means: pd.DataFrame) -> pd.DataFrame:
    """Return one row a model, concept and shift: its mean in distribution beside that out of it.

    Takes the table of `steerability`, or of `across.concept_means`. Columns: model, concept, kind,
    shift, `in_distribution`, `in_low`, `in_high`, `out_of_distribution`, `out_low`, `out_high`.
    """
    home = means[means["shift"] == HOME].drop(columns="shift")
    away = means[means["shift"] != HOME]
    both = home.merge(away, on=RUN_KEY, suffixes=("_in", "_out"))
    names = {f"{name}_{side}": f"{side}_{name}" for name in SLOPE[1:] for side in ("in", "out")}
    names |= {"mean_in": "in_distribution", "mean_out": "out_of_distribution"}
    return both.rename(columns=names)


def shares_left(means: pd.DataFrame, *, least: float = THRESHOLD) -> pd.DataFrame:
    """Return the mean slope under each shift as a share of that in distribution.

    Takes the table of `steerability`. Columns: model, concept, shift, `share`. Only data sets whose
    mean slope in distribution is above `least`, the paper's own bound below which it divides by
    none: of next to nothing, no share says anything.
    """
    both = in_and_out(means)
    both = both[both["in_distribution"] > least]
    both = both.assign(share=both["out_of_distribution"] / both["in_distribution"])
    return both[["model", "concept", "shift", "share"]].reset_index(drop=True)


def quartiles_left(shares: pd.DataFrame) -> pd.DataFrame:
    """Return the quartiles over data sets of `shares_left`, per model and shift.

    Columns: model, shift, `lower`, `median`, `upper` (quartiles of `share`), `concepts`.
    """
    by = shares.groupby(["model", "shift"], sort=False)["share"]
    ends = {"lower": by.quantile(0.25), "median": by.median(), "upper": by.quantile(0.75)}
    return pd.DataFrame(ends).assign(concepts=by.size()).reset_index()


def items() -> pd.DataFrame:
    """Return what is published of Llama's items: a row for each data set.

    Columns: `short_name` (in the figure), `concept` (missing where the figure does not say which),
    `anti_steerable` (share), and the variance of steerability: `a_b`, `yes_no`, `unexplained`, and
    `variance`, their sum.
    """
    sets = pd.read_csv(_file("llama2_items"))
    short = pd.read_csv(_file("short_names")).set_index("short_name")["concept"]
    names = sets["short_name"]
    concept = names.map(short).where(names.isin(short.index), names)
    total = sets[["a_b", "yes_no", "unexplained"]].sum(axis=1)
    return sets.assign(concept=concept, variance=total)


def without_yes_no(items: pd.DataFrame) -> pd.Series:
    """Return for which data sets Yes and No explain next to nothing: below 1 % of the variance.

    Takes the table of `items`. In most of them the published code cannot find the two words: its
    pattern asks for "(A):", and these data sets print "(A)" without a colon.
    """
    return items["yes_no"] / items["variance"] < NOTHING


def beside(items: pd.DataFrame, concepts: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of anti-steerable curves measured here, on the rows of the paper's figure.

    Takes the tables of `items` and of `variability.by_concept`. Columns: model, concept,
    `short_name`, `anti_steerable` with its interval, and `published`.
    """
    shares = ["anti_steerable", "anti_steerable_low", "anti_steerable_high"]
    theirs = items[["concept", "short_name", "anti_steerable"]]
    theirs = theirs.rename(columns={"anti_steerable": "published"})
    return concepts[["model", "concept", *shares]].merge(theirs, on="concept")


def share_agreement(beside: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's ρ of the shares measured in each model with the published ones.

    Takes the table of `beside`. Columns: model, `anti_steerable` and `published` (means over
    concepts), `rho`, `low`, `high`, `concepts`.
    """
    rows = []
    for key, part in each(beside, ["model"]):
        ours, theirs = part["anti_steerable"], part["published"]
        correlation = rank_correlation(ours, theirs)
        rows.append((*key, ours.mean(), theirs.mean(), *(correlation[k] for k in RHO), len(part)))
    return pd.DataFrame(rows, columns=["model", "anti_steerable", "published", *RHO, "concepts"])


def quoted(quantity: str) -> pd.Series:
    """Return the ρ that the paper's text gives, by model."""
    quotes = pd.read_csv(_file("quoted"))
    return quotes[quotes["quantity"] == quantity].set_index("model")["value"]


def quoted_by(quantities: dict[str, str]) -> dict[str, float]:
    """Return the ρ of quantities that are of no one model, by whatever names are given them."""
    return {name: float(quoted(quantity).iloc[0]) for name, quantity in quantities.items()}


def not_computed() -> pd.DataFrame:
    """Return the ρ of the paper's text of which its tables hold nothing: quantity, model, value."""
    quotes = pd.read_csv(_file("quoted"))
    return quotes[quotes["quantity"].str.contains("variance|propensity")]


def readings(means: pd.DataFrame) -> pd.DataFrame:
    """Return the ways tried to make one ρ, in against out of distribution, of the table.

    One row per reading, with a column a model. The paper gives one number a model and does not say
    how four shifts became one; none of these gives both of its numbers.
    """
    values: dict[str, dict[str, float]] = {}
    shifted = in_and_out(means)
    for (model,), part in each(shifted, ["model"]):
        wide = part.pivot_table(index="concept", columns="shift", values="out_of_distribution")
        home = part.drop_duplicates("concept").set_index("concept")["in_distribution"]
        home = home.reindex(wide.index)
        base = [name for name in AWAY if name.startswith("BASE")]
        other = [name for name in AWAY if name not in base]
        x, y = part["in_distribution"], part["out_of_distribution"]
        each_shift = [_spearman(home, wide[name]) for name in AWAY]
        tried = {f"Spearman, {name}": rho for name, rho in zip(AWAY, each_shift, strict=True)}
        tried |= {
            "Spearman, mean of the four": float(np.mean(each_shift)),
            "Spearman, all points of the four shifts together": _spearman(x, y),
            "Spearman, mean slope of the four shifts": _spearman(home, wide.mean(axis=1)),
            "Spearman, mean slope of the shifts from BASE": _spearman(
                home, wide[base].mean(axis=1)
            ),
            "Spearman, mean slope of the other two": _spearman(home, wide[other].mean(axis=1)),
        }
        tried |= {f"Pearson, {name}": _pearson(home, wide[name]) for name in AWAY}
        tried |= {
            "Pearson, all points of the four shifts together": _pearson(x, y),
            "Pearson, mean slope of the four shifts": _pearson(home, wide.mean(axis=1)),
        }
        for name, value in tried.items():
            values.setdefault(name, {})[str(model)] = value
    return pd.DataFrame(values).T.rename_axis("reading").reset_index()


def shared(means: pd.DataFrame, measured: pd.DataFrame) -> list[str]:
    """Return the concepts of `measured` that the paper has numbers for too."""
    return sorted(set(measured["concept"]) & set(means["concept"]))


def _spearman(x: pd.Series, y: pd.Series) -> float:
    return float(stats.spearmanr(x, y).statistic)


def _pearson(x: pd.Series, y: pd.Series) -> float:
    return float(stats.pearsonr(x, y).statistic)


def _file(name: str) -> str:
    return str(measured_folder() / FOLDER / f"{name}.csv")
