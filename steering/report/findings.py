"""Sentences that say what was found, made from the results: no number is typed."""

from __future__ import annotations

import pandas as pd

from steering.report.words import (
    UNIT,
    Row,
    counted,
    escaped,
    interval,
    listed,
    number,
    plural,
    share,
    span,
    three,
)
from steering.tables import Results


def observed(curves: pd.DataFrame) -> str:
    """How much was looked at: "80 items in both orders, of 20 groups", of one or more concepts."""
    per_concept = curves.groupby(["model", "concept"]).agg(
        items=("item", "nunique"), orders=("order", "nunique"), groups=("group", "nunique")
    )
    items, groups = whole(per_concept["items"]), whole(per_concept["groups"])
    orders = "in both orders" if per_concept["orders"].min() == 2 else "in one order"
    several = plural(curves["concept"].nunique(), "concept") + ", each with "
    return f"{several if len(per_concept) > 1 else ''}{items} items {orders}, of {groups} groups"


def whole(values: pd.Series[int]) -> str:
    low, high = values.min(), values.max()
    return str(low) if low == high else f"{low} to {high}"


def observed_on(results: Results, split: str) -> str:
    """How many items of a split there are, for each concept."""
    part = results.items[results.items["split"] == split]
    counts = part.groupby("concept").agg(items=("item", "nunique"), groups=("group", "nunique"))
    items, groups = whole(counts["items"]), whole(counts["groups"])
    return f"{items} {split} items in both orders, of {groups} groups"


def about(card: Row) -> str:
    """What the concept is, what it was asked of, and how. `card` is a run's card."""
    model, items, concept = card["model"], card["items"], card["concept"]
    personas = [f"“{escaped(concept[f'{sign}_persona'])}”" for sign in ("positive", "negative")]
    text = (
        f"**{escaped(concept['description'])}** The personas are {' and '.join(personas)}\n\n"
        f"Measured in {escaped(model['name'])}: the vector comes from {items['train']} training "
        f"items and is added to the output of decoder block {card['layer']} (counted from 0, of "
        f"{model['layers']} blocks; chosen on {items['validation']} validation items). It is "
        f"tested on {items['test']} items of {items['groups_test']} groups, each in both orders."
    )
    if card.get("skipped"):
        text += f" Left out: {escaped(str(card['skipped']))}."
    return text


def concept_found(row: Row) -> str:
    """What one concept's vector did, in three sentences. `row` is one of `by_concept`."""
    effect = (
        f"Adding the vector once (λ = 1) moves the propensity by **{number(row['mean'])} logits** "
        f"on average (95 % interval {interval(row['low'], row['high'])})."
    )
    return " ".join([effect, chance_found(row), anti_steerable_found(row)])


def chance_found(row: Row) -> str:
    if pd.isna(row["beyond_chance"]):
        return "There are too few random vectors here to say what chance would do."
    width = f"95 % of random vectors stay within ±{number(row['chance_high'])}"
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
    beyond = share(row["anti_steerable_beyond_chance"])
    return (
        f"{text}; with random vectors it is {by_chance}. {beyond} of the curves fall by more than "
        "chance explains."
    )


def answer_found(bias: Row) -> str:
    """What the letter of the positive answer does. `bias` is a row of `position_bias`."""
    band = interval(bias["low"], bias["high"])
    if bias["low"] <= 0 <= bias["high"]:
        return (
            "Whether the positive answer stands at A or at B makes no difference that these items "
            f"could show: half the difference of the two slopes is {number(bias['mean'])} ({band})."
        )
    letter = "A" if bias["mean"] > 0 else "B"
    return (
        f"Part of what the vector does is not about the concept: it pushes towards the letter "
        f"{letter}. Half the difference between slopes with the positive answer at A and at B is "
        f"**{number(bias['mean'])}** {UNIT} ({band})."
    )


def steerable_found(rows: pd.DataFrame) -> str:
    """How many concepts a model can be steered on, beyond chance. `rows` are of `by_concept`."""
    tested = rows[rows["beyond_chance"].notna()]
    if tested.empty:
        return "Too few random vectors were measured to say what lies beyond chance."
    beyond = tested[tested["beyond_chance"].astype(bool)]
    right = sorted(beyond.loc[beyond["mean"] > 0, "concept"])
    wrong = sorted(beyond.loc[beyond["mean"] < 0, "concept"])
    none = sorted(set(tested["concept"]) - set(beyond["concept"]))
    text = (
        f"The mean slope is positive and beyond chance on {counted(right, len(tested), 'concept')}."
    )
    if wrong:
        text += f" It goes the wrong way, beyond chance, on {listed(wrong)}."
    if none:
        text += f" On {listed(none)} the vector does no more than a random one."
    return text


def spread_found(rows: pd.DataFrame) -> str:
    """How far items of one concept differ, over the concepts of a model."""
    text = (
        "The same vector does different things to different items: slopes of one concept have a "
        f"standard deviation of {span(rows['sd'])} {UNIT}, around means of {span(rows['mean'])}."
    )
    steered = rows[rows["beyond_chance"].fillna(False).astype(bool) & (rows["mean"] > 0)]
    if len(steered):
        most = steered.loc[steered["anti_steerable"].idxmax()]
        band = interval(most["anti_steerable_low"], most["anti_steerable_high"], share)
        text += (
            f" Among the concepts steered beyond chance, {most['concept']} has the largest share "
            f"of anti-steerable curves: {share(most['anti_steerable'])} ({band})."
        )
    return text


def brittle_found(shifted: pd.DataFrame) -> str:
    """How the slope changes out of distribution. `shifted` is the table of `in_and_out`."""
    if shifted.empty:
        return "No shift of the prompt was measured here."
    lower, higher = shifted["difference_high"] < 0, shifted["difference_low"] > 0
    worst = shifted.sort_values("difference").to_dict("records")[0]
    band = interval(worst["difference_low"], worst["difference_high"])
    name = f"{worst['concept']} under " if shifted["concept"].nunique() > 1 else ""
    pairs = "pairs of a concept and a shift" if name else "shifts"
    ends = (
        f"The largest drop is {name}{worst['shift']}: from {number(worst['in_distribution'])} to "
        f"{number(worst['out_of_distribution'])} "
        f"(difference {number(worst['difference'])}, {band})."
    )
    return (
        f"Out of distribution the mean slope is lower in {lower.sum()} of {len(shifted)} {pairs} "
        f"and higher in {higher.sum()} (counted where the 95 % interval of the paired difference "
        f"leaves out zero). {ends if worst['difference'] < 0 else ''}"
    ).strip()


def agreement_found(agreement: pd.DataFrame) -> str:
    """Whether concepts keep their order out of distribution. Takes `rank_agreement`'s table."""
    known = agreement[agreement["rho"].notna()]
    if known.empty:
        return "With fewer than four concepts, their order in and out of distribution says nothing."
    shown = [
        f"{row['shift']} {number(row['rho'])} ({interval(row['low'], row['high'])})"
        for row in known.to_dict("records")
    ]
    return (
        "Rank correlation over concepts, in against out of distribution (Spearman's ρ, 95 % "
        f"interval, {int(known['concepts'].iloc[0])} concepts): {'; '.join(shown)}."
    )


def recovery_found(pooled: pd.DataFrame) -> str:
    """How well the planted slopes were found. `pooled` is the table of `recovery(pooled=True)`."""
    words = {
        "planted": "Along the planted direction (what the model learned)",
        "contrastive": "Along the contrastive vector (what the pipeline finds of it)",
    }
    lines = []
    for row in pooled.to_dict("records"):
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


def headlines(
    found: pd.DataFrame, shifted: pd.DataFrame, bias: pd.DataFrame, pooled: pd.DataFrame
) -> str:
    """What the report found, a paragraph for each question, for each model."""
    several = found["model"].nunique() > 1
    lines = []
    for model, rows in found.groupby("model", sort=False):
        if several:
            lines.append(f"**{model}**\n")
        biased = bias[(bias["model"] == model) & ((bias["low"] > 0) | (bias["high"] < 0))]
        at = f"models/{model}"
        lines += [
            f"- {steerable_found(rows)} {spread_found(rows)} [More]({at}/variability.ipynb)",
            f"- {brittle_found(shifted[shifted['model'] == model])} [More]({at}/brittleness.ipynb)",
            f"- A push towards a letter instead of the concept shows on "
            f"{counted(sorted(biased['concept']), len(rows), 'concept')}.",
        ]
        truth = pooled[(pooled["model"] == model) & (pooled["direction"] == "contrastive")]
        for row in truth.to_dict("records"):
            r = interval(row["correlation_low"], row["correlation_high"], three)
            lines.append(
                "- The true slopes of this model are known. Measured ones correlate with them at "
                f"{three(row['correlation'])} ({r}). [More]({at}/validation.ipynb)"
            )
        lines.append("")
    return "\n".join(lines)
