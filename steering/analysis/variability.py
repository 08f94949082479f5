"""How much the slopes of one concept's questions differ, beside what random vectors do."""

from __future__ import annotations

import pandas as pd

from steering.analysis.curves import RUN_KEY, SETTING_PAIR
from steering.analysis.letters import counterbalanced
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.chance import FEWEST, beside_random, null, spreads
from steering.analysis.statistics.groups import each, rank_correlation
from steering.analysis.verdict.outcomes import QUESTION, of_claim
from steering.records.directions import CONTRASTIVE, RANDOM

# Of chance, what does not depend on the pair of settings that was asked for.
_CHANCE = ["vectors", "chance_sd", "chance_low", "chance_high"]
_CHANCE += ["chance_anti_low", "chance_anti_high"]


def by_concept(
    table: pd.DataFrame,
    *,
    vector_setting: str = "BASE",
    prompt_setting: str = "BASE",
) -> pd.DataFrame:
    """Return one row per model, concept and kind: its mean slope and how far its questions differ.

    `table` is `curve_table(...)`. A curve is a question in one order of its answers; the slope of a
    question is the mean of both orders', so that a push towards a letter cancels.

    - `mean`, `low`, `high`: mean slope with its 95 % interval (bootstrap of groups of test items
      and, where they were measured, of training pairs: see `training_pairs`); `median`,
      `median_low`, `median_high` over curves
    - `sd`, `sd_low`, `sd_high`: standard deviation over questions
    - `reversed`, `reversed_low`, `reversed_high`: share of questions whose slope is below zero,
      with its 95 % interval (Wilson, on the effective number of observations)
    - `anti_steerable`, `anti_steerable_low`, `anti_steerable_high`: share of curves whose slope is
      below zero, as in the paper
    - `r_squared`: median share of a curve that its line explains
    - `n` (curves), `items`, `questions` (measured in both orders), `groups`, `vectors_resampled`
      (0: intervals are over test items alone)
    - `vectors`, `chance_sd`, `chance_low`, `chance_high`, `chance_anti_low`, `chance_anti_high`,
      `chance_reversed_low`, `chance_reversed_high`: where 95 % of random vectors fall (see
      `chance.null`). Whether the vector moves the answer is decided by `analysis.verdict` alone.

    Numbers of questions are NaN where one order only was measured.
    """
    pair = {"vector_setting": vector_setting, "prompt_setting": prompt_setting}
    rows = training_pairs.beside_resampled(table, **pair)
    rows = rows.assign(anti_steerable=rows["steerability"] < 0)
    concepts = training_pairs.means(rows, "steerability", RUN_KEY)
    concepts = concepts.drop(columns=["sd", "sd_low", "sd_high"])
    own = rows[rows["direction"] == CONTRASTIVE].groupby(RUN_KEY, as_index=False, sort=False)
    concepts = concepts.merge(own.agg(r_squared=("r_squared", "median"), items=("item", "nunique")))
    concepts = concepts.merge(training_pairs.medians(rows, "steerability", RUN_KEY), on=RUN_KEY)
    concepts = concepts.merge(_shares(rows, "anti_steerable"), on=RUN_KEY)
    questions = counterbalanced(rows)
    questions = questions.assign(reversed=questions["steerability"] < 0)
    spread = training_pairs.means(questions, "steerability", RUN_KEY)
    spread = spread[[*RUN_KEY, "sd", "sd_low", "sd_high", "n"]].rename(columns={"n": "questions"})
    concepts = concepts.merge(spread, how="left", on=RUN_KEY)
    concepts = concepts.assign(questions=concepts["questions"].fillna(0).astype(int))
    concepts = concepts.merge(_shares(questions, "reversed"), how="left", on=RUN_KEY)
    by_chance = beside_random(table, **pair)
    chance = null(by_chance)[[*RUN_KEY, *_CHANCE]]
    concepts = concepts.merge(chance, how="left", on=RUN_KEY)
    concepts = concepts.assign(vectors=concepts["vectors"].fillna(0).astype(int))
    return concepts.merge(_reversed_by_chance(by_chance), how="left", on=RUN_KEY)


def question_slopes(table: pd.DataFrame, verdicts: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the slope of every question, both orders together, beside chance, BASE→BASE.

    `table` is `curve_table(...)`. One row per model, concept, kind, form and item of which both
    orders were measured: `group`, `steerability` and `chance_sd`, the root mean square of the
    slopes that random vectors give the same question (NaN with fewer than ten of them). Given the
    table of verdicts, also the `outcome` of each question.
    """
    items = counterbalanced(beside_random(table))
    key = [*RUN_KEY, "form", "item"]
    own = items.loc[items["direction"] == CONTRASTIVE, [*key, "group", "steerability"]]
    spread = spreads(items, "steerability", key, RANDOM)
    spread["chance_sd"] = spread[f"{RANDOM}_spread"].where(spread[RANDOM] >= FEWEST)
    slopes = own.merge(spread[[*key, "chance_sd"]], how="left", on=key).reset_index(drop=True)
    if verdicts is None:
        return slopes
    judged = of_claim(verdicts, QUESTION)[[*RUN_KEY, "form", "subject", "outcome"]]
    judged = judged.astype({"subject": int}).rename(columns={"subject": "item"})
    return slopes.astype({"form": "str"}).merge(judged, how="left", on=key)


def spread_by_concept(table: pd.DataFrame) -> pd.DataFrame:
    """Return the variance of steerability between curves, beside its mean.

    `table` is `curve_table(...)`. One row per model, concept, kind, vector_setting and
    prompt_setting: `mean`, `mean_low`, `mean_high`, `variance`, `variance_low`, `variance_high` (95
    %; of BASE→BASE over training pairs as well: see `training_pairs`), `n` (curves), `groups`,
    `vectors_resampled`.
    """
    by = [*RUN_KEY, *SETTING_PAIR]
    curves = training_pairs.beside_resampled(table, vector_setting=None, prompt_setting=None)
    spreads = training_pairs.means(curves, "steerability", by)
    squared = {f"variance{end}": spreads[f"sd{end}"] ** 2 for end in ("", "_low", "_high")}
    spreads = spreads.rename(columns={"low": "mean_low", "high": "mean_high"}).assign(**squared)
    counts = ["n", "groups", "vectors_resampled"]
    return spreads[[*by, "mean", "mean_low", "mean_high", *squared, *counts]]


def spread_agreement(spreads: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman's ρ over concepts of the size of the mean slope with the variance of slopes.

    Takes rows of `spread_by_concept` for one pair of settings. Per model and kind: `rho`, `low`,
    `high` and `n` (concepts); NaN with fewer than four of them.
    """
    rows = [
        dict(zip(["model", "kind"], key, strict=True))
        | rank_correlation(part["mean"].abs(), part["variance"])
        for key, part in each(spreads, ["model", "kind"])
    ]
    return pd.DataFrame(rows, columns=["model", "kind", "rho", "low", "high", "n"])


def _shares(rows: pd.DataFrame, flag: str) -> pd.DataFrame:
    """Return the share of rows with a flag, and its interval, in columns that are named by it."""
    names = {"share": flag, "low": f"{flag}_low", "high": f"{flag}_high"}
    shares = training_pairs.shares(rows, flag, RUN_KEY).rename(columns=names)
    return shares[[*RUN_KEY, *names.values()]]


def _reversed_by_chance(table: pd.DataFrame) -> pd.DataFrame:
    """Return where 95 % of the random vectors' shares of reversed questions lie."""
    drawn = counterbalanced(table[table["direction"] == RANDOM])
    below = (drawn["steerability"] < 0).groupby([drawn[name] for name in [*RUN_KEY, "number"]])
    shares = below.mean().groupby(RUN_KEY)
    ends = {"chance_reversed_low": 0.025, "chance_reversed_high": 0.975}
    bands = pd.DataFrame({name: shares.quantile(at) for name, at in ends.items()})
    return bands.where(shares.size() >= FEWEST).reset_index()
