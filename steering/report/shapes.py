"""Sentences and tables about layers, strengths, factors and similarity, made from the results."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown, display

from steering.analysis.across import HOME
from steering.figures.across import PANELS, model_panels
from steering.figures.caption import captioned
from steering.report.scope import marks
from steering.report.words import (
    NARROW,
    PERCENT,
    UNIT,
    Column,
    by_kind,
    counted,
    escaped,
    interval,
    number,
    plural,
    records,
    share,
    span,
    table,
    within,
)

SIZE = "|\u2060λ\u2060|"  # with joiners: no line breaks inside it
MONOTONE = ("monotone", "monotone_low", "monotone_high")
SIGN = ("sign_depends", "sign_depends_low", "sign_depends_high")
CURVATURE = ("curvature", "curvature_low", "curvature_high")
SHARE = ("share", "low", "high")


def pushed(bias: pd.DataFrame) -> pd.DataFrame:
    """The rows of `position_bias` whose interval is without zero, the furthest from it last."""
    clear = (bias["low"] > 0) | (bias["high"] < 0)
    return bias[clear].sort_values("mean", key=abs)


def bias_found(bias: pd.DataFrame) -> str:
    """On how many concepts the vectors also push towards a letter. Takes `position_bias`."""
    found = records(pushed(bias))
    said = (
        f"On {len(found)} of {plural(len(bias), 'concept')} the vector also pushes towards a "
        f"letter, whatever it says (95{PERCENT} interval of half the difference between slopes "
        "with the positive answer at A and at B without zero)."
    )
    if not found:
        return said
    most = found[-1]
    letter = "A" if most["mean"] > 0 else "B"
    size = interval(*sorted((abs(most["low"]), abs(most["high"]))))
    return (
        f"{said} The push is largest on {escaped(most['concept'])}: {number(abs(most['mean']))} "
        f"{UNIT} towards {letter} ({size})."
    )


def range_found(ranges: pd.DataFrame) -> str:
    """Whether the range of λ matters. Takes `linearity.by_range` of one model."""
    narrow = ranges[ranges["reach"] == ranges["reach"].min()]
    wide = ranges[ranges["reach"] == ranges["reach"].max()]
    both = narrow.merge(wide, on="concept", suffixes=("_narrow", "_wide"))
    least, most = (number(part["reach"].iloc[0], 1) for part in (narrow, wide))
    change = both["mean_narrow"] - both["mean_wide"]
    text = f"Fitted to {SIZE} ≤ {least} instead of {most}, mean slopes change by {span(change)}."
    rho = narrow.iloc[0]
    if pd.isna(rho["rho"]):
        return f"{text} With fewer than four concepts, their order says nothing."
    band = interval(rho["rho_low"], rho["rho_high"])
    return f"{text} The concepts' order agrees at ρ = {number(rho['rho'])} ({band})."


def dose_found(doses: pd.DataFrame) -> str:
    """How large a dose is. Takes `geometry.doses` of one model."""
    largest = doses["multiplier"].abs().max()
    one = doses.loc[doses["multiplier"] == 1, "dose"]
    most = doses.loc[doses["multiplier"].abs() == largest, "dose"]
    at_one = f"At λ = 1 the vector is {span(one)} times as long as " if len(one) else ""
    start = f"{at_one}what it is added to" if at_one else "The dose is ‖λv‖ over ‖h‖"
    return (
        f"{start}; at the largest {SIZE}, {number(largest, 1)}, it is {span(most)} times as long."
    )


def shape_table(shaped: pd.DataFrame, doses: pd.DataFrame) -> Markdown:
    """A row for each concept. Takes `linearity.by_concept`, and `geometry.doses`."""
    one = doses.loc[doses["multiplier"] == doses["multiplier"].max(), ["model", "concept", "dose"]]
    rows = shaped.merge(one, on=["model", "concept"], how="left")
    largest = number(doses["multiplier"].max(), 1)
    columns: dict[str, Column] = {
        "Concept": "concept",
        f"‖λv‖/‖h‖ at λ = {largest}": lambda row: number(row["dose"]),
        "Monotone over all λ (95 %)": lambda row: within(row, MONOTONE, share),
        "Sign depends on the range (95 %)": lambda row: within(row, SIGN, share),
        "Mean curvature (95 %)": lambda row: within(row, CURVATURE),
        "Median R²": lambda row: number(row["r_squared"], 3),
    }
    return table(by_kind(rows), columns)


def factors_found(shares: pd.DataFrame) -> str:
    """How much goes with letter and word. Takes `decomposition` of one model."""
    first = shares[shares["method"] == "Shapley"]
    lacking = first[first["share"].isna() & first["factor"].isin(["A/B", "Yes/No"])]
    known = first[(first["factor"] == "explained") & first["share"].notna()]
    text = "Nothing varies here that could be explained."
    if len(known):
        most = records(known.sort_values("share"))[-1]
        band = interval(most["low"], most["high"], share)
        text = (
            f"Letter and word together explain most of the variance on {most['concept']}: "
            f"{share(most['share'])} ({band})."
        )
    for factor, part in lacking.groupby("factor", sort=False):
        names = counted(sorted(part["concept"]), first["concept"].nunique(), "concept")
        text += f" There is no {factor} in the format of {names}: it has no share there, not 0."
    return text


def factor_table(shares: pd.DataFrame) -> Markdown:
    """A row for each concept: the shares by both methods. Takes `decomposition` of one model."""
    rows = shares.assign(
        column=[f"{row['factor']}, {row['method']}" for row in records(shares)],
        cell=[_part(row) for row in records(shares)],
    )
    wanted = ["A/B, sequential", "Yes/No, sequential", "A/B, Shapley", "Yes/No, Shapley"]
    last = "unexplained, Shapley"
    wide = rows.pivot_table(index="concept", columns="column", values="cell", aggfunc="first")
    columns: dict[str, Column] = {"Concept": "concept"}
    columns |= {f"{name} (95 %)": name for name in wanted}
    columns["Unexplained (95 %)"] = last
    return table(by_kind(wide.reset_index()), columns)


def _part(row: dict[str, float]) -> str:
    return "none in this format" if pd.isna(row["share"]) else within(row, SHARE, share)


def similarity_found(agreement: pd.DataFrame) -> str:
    """Whether vectors carry over better between alike prompts. Takes `similarity_agreement`."""
    known = agreement[agreement["rho"].notna()]
    if known.empty:
        return (
            "This relation cannot be judged here: there are fewer than four concepts above the "
            "threshold, or the model's own answers do not differ between the prompts."
        )
    row = known.iloc[0]
    return (
        "Rank correlation of relative steerability with the change of the unsteered propensity "
        f"(Spearman's ρ): {number(row['rho'])} (95{NARROW}% interval "
        f"{interval(row['low'], row['high'])}, for {int(row['concepts'])} concepts)."
    )


def variance_found(agreement: pd.DataFrame) -> str:
    """Whether concepts that vary much also do so elsewhere. Takes `rank_agreement` of variances."""
    known = records(agreement[agreement["rho"].notna()])
    if not known:
        return "With fewer than four concepts, the order of their variances says nothing."
    said = [
        f"{row['shift']} {number(row['rho'])} ({interval(row['low'], row['high'])})"
        for row in known
    ]
    return (
        "Rank correlation over concepts of the variance between items, in against out of "
        f"distribution (Spearman's ρ, 95{NARROW}% interval): {'; '.join(said)}."
    )


def coverage_found(coverage: pd.DataFrame) -> str:
    """How often simulated intervals hold the truth. Takes measured/coverage.csv."""
    draws, curves = int(coverage["draws"].min()), int(coverage["curves"].iloc[0])
    start = f"In each setting there were {draws} draws of {curves} curves."
    alone = _covered(coverage[coverage["training"] == 0])
    both = _covered(coverage[coverage["training"] > 0])
    return "\n".join(
        [
            f"{start} Along the true vector:",
            "",
            *alone,
            "",
            "Along vectors made from training pairs that differ, where the truth is still that of"
            " the true vector:",
            "",
            *both,
        ]
    )


def _covered(simulated: pd.DataFrame) -> list[str]:
    shares = simulated["quantity"] == "share"
    inner = simulated["truth"].between(0.05, 0.95)
    lines = []
    for name, part, column in (
        ("Mean slopes", simulated[~shares], "coverage"),
        ("Shares between 5 and 95 %", simulated[shares & inner], "coverage"),
        ("Shares nearer to 0 or 1", simulated[shares & ~inner], "coverage"),
        ("Standard deviations of slopes", simulated[~shares], "sd_coverage"),
    ):
        near = int(((part[column] - 0.95).abs().round(6) <= 0.02).sum())
        text = (
            f"- {name}: the truth is inside for {_tenths(part[column])} of the draws, and"
            f" within two points of 95{NARROW}% in {near} of {plural(len(part), 'setting')}"
        )
        if column == "coverage" and part["items_alone"].notna().any():
            text += f"; of intervals over test items alone for {_tenths(part['items_alone'])}"
        lines.append(text)
    return lines


def _tenths(values: pd.Series[float]) -> str:
    low, high = (f"{100 * value:.1f}" for value in (values.min(), values.max()))
    return f"{low} to {high}{NARROW}%"


def show_pairs(pairs: pd.DataFrame, agreement: pd.DataFrame, n: str, interval: str) -> None:
    """Display figure 6 for each pair of the report's models, or say that there is none.

    `interval` says what the means' intervals resample.
    """
    if pairs[pairs["shift"] == HOME].empty:
        display(Markdown("No two models of this report share a concept."))
    for key, part in pairs.groupby(["model_x", "model_y"], sort=False):
        same = (agreement["model_x"] == key[0]) & (agreement["model_y"] == key[1])
        drawn = captioned(
            model_panels(part, agreement[same], PANELS),
            f"Figure 6: mean steerability of each concept in {key[0]} and in {key[1]}, in and out "
            "of distribution. On the dashed line both are alike."
            + marks(part, "furthest from the dashed line"),
            n=n,
            interval=f"whiskers: {interval}; ρ: 95 %, for that number of concepts",
            alt=f"Scatter plots of mean slopes in {key[1]} against those in {key[0]}.",
        )
        display(drawn)
