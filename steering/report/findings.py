"""Sentences that say what was found, made from the results: no number is typed."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from steering.concepts.kinds import by_kind
from steering.report.words import (
    MOST,
    NARROW,
    UNIT,
    Row,
    counted,
    interval,
    listed,
    named,
    number,
    records,
    share,
    span,
    three,
    within,
)

BEYOND = (
    "anti_steerable_beyond_chance",
    "anti_steerable_beyond_chance_low",
    "anti_steerable_beyond_chance_high",
)


def concept_found(row: Row) -> str:
    """What one concept's vector did, in three sentences. `row` is one of `by_concept`."""
    effect = (
        f"Adding the vector once (λ = 1) moves the propensity by **{number(row['mean'])} logits** "
        f"on average (95{NARROW}% interval {interval(row['low'], row['high'])})."
    )
    return " ".join([effect, chance_found(row), anti_steerable_found(row)])


def chance_found(row: Row) -> str:
    if pd.isna(row["beyond_chance"]):
        return "There are too few random vectors here to say what chance would do."
    width = f"95{NARROW}% of random vectors stay within ±{number(row['chance_high'])}"
    if not row["beyond_chance"]:
        return f"That is **no more than chance**: {width}."
    towards = "" if row["mean"] > 0 else ", and it goes the wrong way"
    return f"That is **beyond chance**: {width}{towards}."


def anti_steerable_found(row: Row) -> str:
    band = interval(row["anti_steerable_low"], row["anti_steerable_high"], share)
    text = f"**{share(row['anti_steerable'])}** of the curves are anti-steerable ({band})"
    if pd.isna(row["chance_anti_low"]):
        return f"{text}."
    by_chance = interval(row["chance_anti_low"], row["chance_anti_high"], share)
    beyond = within(row, BEYOND, share)
    return (
        f"{text}; with random vectors it is {by_chance}. Of the curves, {beyond} fall by more than "
        "chance explains."
    )


def answer_found(bias: Row, mean: float) -> str:
    """What the letter of the positive answer does, beside the mean slope.

    `bias` is a row of `position_bias`.
    """
    size = f"{number(bias['mean'])} {UNIT} ({interval(bias['low'], bias['high'])})"
    beside = f"The mean slope is {number(mean)}."
    if bias["low"] <= 0 <= bias["high"]:
        return (
            "The vector does not push towards either letter as far as these items can show: half "
            f"the difference between slopes with the positive answer at A and at B is {size}. "
            f"{beside}"
        )
    letter = "A" if bias["mean"] > 0 else "B"
    return (
        f"The vector also pushes towards the letter {letter}, whatever {letter} says: half the "
        f"difference between slopes with the positive answer at A and at B is **{size}**. {beside}"
    )


def steerable_found(rows: pd.DataFrame) -> str:
    """How many concepts a model can be steered on, beyond chance. `rows` are of `by_concept`."""
    tested = rows[rows["beyond_chance"].notna()]
    if tested.empty:
        return "Too few random vectors were measured to say what lies beyond chance."
    beyond = tested[tested["beyond_chance"].astype(bool)]
    right = sorted(beyond.loc[beyond["mean"] > 0, "concept"])
    wrong = beyond[beyond["mean"] < 0]
    none = tested[~tested["concept"].isin(beyond["concept"])]
    text = (
        "The mean slope is positive and beyond chance on "
        f"{counted(right, len(tested), 'concept')}{_of_each_kind(right, tested['concept'])}."
    )
    if len(wrong):
        text += f" It goes the wrong way, beyond chance, on {named(wrong)}."
    if len(none):
        comma = "," if len(none) > MOST else ""
        text += f" On {named(none)}{comma} the vector does no more than a random one."
    return text


def _of_each_kind(chosen: list[str], of: Iterable[str]) -> str:
    kinds = by_kind(of)
    if len(kinds) < 2:
        return ""
    return ": " + listed(
        f"{len(set(names) & set(chosen))} of {len(names)} {kind}" for kind, names in kinds.items()
    )


def spread_found(rows: pd.DataFrame) -> str:
    """How far items of one concept differ, over the concepts of a model."""
    text = (
        "Slopes of one concept differ between items with a standard deviation of "
        f"{span(rows['sd'])} {UNIT}, around means of {span(rows['mean'])}."
    )
    steered = rows[rows["beyond_chance"].fillna(False).astype(bool) & (rows["mean"] > 0)]
    if len(steered):
        most = records(steered.sort_values("anti_steerable"))[-1]
        band = interval(most["anti_steerable_low"], most["anti_steerable_high"], share)
        text += (
            f" Among the concepts steered beyond chance, {most['concept']} has the largest share "
            f"of anti-steerable curves: {share(most['anti_steerable'])} ({band})."
        )
    return text


def brittle_found(shifted: pd.DataFrame, found: pd.DataFrame) -> str:
    """How the slope changes out of distribution.

    `shifted` is the table of `in_and_out`; `found` that of `by_concept`, which says where the
    vector steers beyond chance: elsewhere there is nothing that could be left.
    """
    if shifted.empty:
        return "No shift of the prompt was measured here."
    lower, higher = shifted["difference_high"] < 0, shifted["difference_low"] > 0
    pairs = "pairs of a concept and a shift" if shifted["concept"].nunique() > 1 else "shifts"
    text = (
        f"Out of distribution the mean slope is lower in {lower.sum()} of {len(shifted)} {pairs} "
        f"and higher in {higher.sum()} (counted where the 95{NARROW}% interval of the paired "
        "difference leaves out zero)."
    )
    beyond = found["beyond_chance"].fillna(False).astype(bool) & (found["mean"] > 0)
    key = ["model", "concept"]
    steered = shifted.merge(found.loc[beyond, key], on=key)
    if steered.empty:
        return f"{text} In distribution no vector steers beyond chance here."
    ratio = steered["out_of_distribution"] / steered["in_distribution"]
    row = records(steered.assign(ratio=ratio).sort_values("ratio"))[0]
    least = f"{row['concept']} under {row['shift']}" if "pairs" in pairs else row["shift"]
    before, after = number(row["in_distribution"]), number(row["out_of_distribution"])
    return (
        f"{text} Where the vector steers beyond chance in distribution, {share(ratio.min())} to "
        f"{share(ratio.max())} of its mean slope is left out of distribution; least for {least} "
        f"({before} before, {after} after)."
    )


def agreement_found(agreement: pd.DataFrame) -> str:
    """Whether concepts keep their order out of distribution. Takes `rank_agreement`'s table."""
    known = agreement[agreement["rho"].notna()]
    if known.empty:
        return "With fewer than four concepts, their order in and out of distribution says nothing."
    shown = [
        f"{row['shift']} {number(row['rho'])} ({interval(row['low'], row['high'])})"
        for row in records(known)
    ]
    return (
        "Rank correlation over concepts, in against out of distribution (Spearman's ρ, "
        f"95{NARROW}% interval, {int(known['concepts'].iloc[0])} concepts): {'; '.join(shown)}."
    )


def recovery_found(pooled: pd.DataFrame) -> str:
    """How well the planted slopes were found. `pooled` is the table of `recovery(pooled=True)`."""
    words = {
        "planted": "Along the planted direction (what the model learned)",
        "contrastive": "Along the contrastive vector (what the pipeline finds of it)",
    }
    lines = []
    for row in records(pooled):
        r = interval(row["correlation_low"], row["correlation_high"], three)
        signs = interval(row["sign_low"], row["sign_high"], share)
        lines.append(
            f"- {words[row['direction']]}, measured slopes correlate with planted ones at "
            f"**{three(row['correlation'])}** ({r}) over {row['n']} curves of {row['groups']} "
            f"groups. The root mean square error is {number(row['rmse'])} {UNIT}. The sign is "
            f"right on {share(row['sign_agreement'])} ({signs}) of the {row['clear']} curves whose "
            "planted slope is clearly not zero."
        )
    return "\n".join(lines) or "Nothing is planted for these concepts."


def models_found(found: pd.DataFrame) -> str:
    """For each model, on how many concepts it can be steered."""
    lines = [
        f"- **{model}**: {steerable_found(rows)}"
        for model, rows in found.groupby("model", sort=False)
    ]
    if len(lines) == 1:
        lines.append("\nThis report has one model. Name several, and they are compared here.")
    return "\n".join(lines)


def letters_found(bias: pd.DataFrame) -> str:
    """On how many concepts the vector also pushes towards a letter. Takes `position_bias`."""
    biased = bias[(bias["low"] > 0) | (bias["high"] < 0)].sort_values("mean", key=abs)
    text = (
        "Besides the concept, the vector pushes towards a letter, A or B, on "
        f"{counted(sorted(biased['concept']), len(bias), 'concept')}"
    )
    if biased.empty:
        return f"{text}."
    *others, most = records(biased)
    push, band = number(most["mean"]), interval(most["low"], most["high"])
    text += f" (interval without zero), most on {most['concept']}: {push} {UNIT} towards A ({band})"
    rest = f"; on the others at most {number(abs(others[-1]['mean']))}" if others else ""
    return f"{text}{rest}."


def headlines(
    found: pd.DataFrame, shifted: pd.DataFrame, bias: pd.DataFrame, pooled: pd.DataFrame
) -> str:
    """What the report found in a model: a paragraph for each question."""
    lines = []
    for model, rows in found.groupby("model", sort=False):
        at = f"models/{model}"
        lines += [
            f"- {steerable_found(rows)} {spread_found(rows)} "
            f"[Variability in distribution]({at}/variability.ipynb)",
            f"- {brittle_found(shifted[shifted['model'] == model], rows)} "
            f"[Brittleness out of distribution]({at}/brittleness.ipynb)",
            f"- {letters_found(bias[bias['model'] == model])}",
        ]
        truth = pooled[(pooled["model"] == model) & (pooled["direction"] == "contrastive")]
        for row in records(truth):
            r = interval(row["correlation_low"], row["correlation_high"], three)
            lines.append(
                "- The true slopes of this model are known. Measured ones correlate with them at "
                f"{three(row['correlation'])} (95{NARROW}% interval {r}). "
                f"[Validation against planted truth]({at}/validation.ipynb)"
            )
        lines.append("")
    return "\n".join(lines)
