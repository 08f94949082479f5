"""Sentences and tables about the paper's numbers: computed from its tables, or only quoted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
from IPython.display import Markdown

from steering.analysis.across import HOME
from steering.analysis.published import without_yes_no
from steering.prose.quartiles import quartiles
from steering.prose.words import (
    MOST,
    PERCENT,
    Column,
    Row,
    escaped,
    interval,
    listed,
    number,
    plural,
    records,
    share,
    table,
    three,
    within,
)
from steering.records.kinds import OURS, kind_of_source
from steering.records.run_card import RunCard


def joined_sentences(shared: list[str], models: list[str]) -> str:
    """Return which of this report's concepts the paper has too, and so stand beside it."""
    if shared:
        return (
            f"Of this report's concepts, {len(shared)} are among the paper's data sets"
            f"{f' ({listed(shared)})' if len(shared) <= MOST else ''}. "
            f"There, {listed(models)} {'stand' if len(models) > 1 else 'stands'} beside the"
            " published models. Concepts whose truth was planted are left out of this page: what"
            " they do was decided before training."
        )
    return (
        "None of this report's concepts is among the paper's data sets, so its models are not in"
        " figure 6, nor are concepts of ours, whose truth was planted, in figure 5. Measure a data"
        " set of the paper by its name, and its models join both figures."
    )


def deviations(cards: Iterable[RunCard], items: pd.DataFrame) -> str:
    """Return what differs from the paper and matters where points stand beside its own, as a list.

    `cards` are those of all runs, and `items` the table of their items: those of concepts whose
    truth was planted do not stand there. An empty text where no other was measured.
    """
    cards = [card for card in cards if kind_of_source(card["concept"].get("source")) != OURS]
    if not cards:
        return ""
    names = {card["concept"]["name"] for card in cards}
    layers = sorted({int(card["layer"]) for card in cards})
    multipliers = sorted({float(value) for card in cards for value in card["multipliers"]})
    tested = items[(items["split"] == "test") & items["concept"].isin(names)]
    groups = tested.groupby("concept")["group"].nunique()
    sizes = {card["model"]["name"]: card["model"].get("parameters") for card in cards}
    known = [
        f"{escaped(name)} {number(size / 1e6, 1)}" for name, size in sorted(sizes.items()) if size
    ]
    size = f" ({listed(known)} million parameters)" if known else ""
    lines = [
        f"Other models{size}, which were asked in their own chat template. A unit of λ is not the"
        " same push in two models, so compare the order of points and their distance from the"
        " dashed line, not their size.",
        "The layer is chosen for each concept by itself, on validation items (here "
        f"{'layer' if len(layers) == 1 else 'layers'} {listed(map(str, layers))}, counted from "
        "nought); the paper has one layer for all data sets of a model.",
        "The persona sentences are ours, written from the statements of each data set. So a shift"
        " of the same name is another shift: figure 5 lays different prompts over each other.",
        "Fewer test items: each mean is over so many groups of test items here: "
        f"{quartiles(groups, whole)}. All of them are asked in both orders of their answers, where"
        " the paper asks each in one.",
        f"Slopes are fitted to {len(multipliers)} multipliers, from {number(multipliers[0], 1)} to "
        f"{number(multipliers[-1], 1)}; intervals hold for the layer that was chosen.",
        "The propensity is that of the letter alone, and only the position that predicts it is"
        " steered; the paper adds up the logits of the whole answer, and steers every token from"
        " the last one of the prompt on.",
    ]
    head = "What differs from the paper and matters for the points beside the published ones:\n"
    return "\n".join([head, *(f"- {line}" for line in lines)])


def whole(value: float) -> str:
    """Return a count as a whole number."""
    return number(value, 0)


def between_sentences(agreement: pd.DataFrame, quoted: Mapping[str, float]) -> str:
    """Return how far the two published models agree, as computed from the paper's table.

    `quoted` has the ρ that the paper's text gives, by shift.
    """
    texts = [
        f"{row['shift']} **{three(row['rho'])}** (the paper: {three(quoted[row['shift']])})"
        for row in records(agreement)
        if row["shift"] in quoted
    ]
    sets = plural(int(agreement["concepts"].iloc[0]), "data set")
    return (
        "Rank correlation between the two published models (Spearman's ρ), computed from the table"
        f" over the {sets} that both have: {listed(texts)}."
    )


def ours_finding(agreement: pd.DataFrame, paper: list[str]) -> str:
    """Return whether this report's models order the paper's data sets as its models do.

    Takes `across.model_agreement`. An empty text where they share too few data sets.
    """
    ours = _with_ours(agreement, paper)
    mixed = ours[(ours["published"] == 1) & (ours["shift"] == HOME)]
    if mixed.empty:
        return ""
    clear = int((mixed["low"] > 0).sum())
    text = (
        "In distribution, a model of this report orders the data sets like a published one in "
        f"{clear} of {plural(len(mixed), 'pair')} of models, counted where the "
        f"95{PERCENT} interval of ρ is above zero."
    )
    if not clear:
        text += (
            " So these models do not foretell which data sets steer well in the published ones, as"
            " far as so few data sets can show."
        )
    return text


def ours_table(agreement: pd.DataFrame, paper: list[str]) -> Markdown | None:
    """Return a table of how alike pairs of models order the data sets; None where none share any.

    The pairs are those with a model of this report. Takes `across.model_agreement`.
    """
    if not ours_finding(agreement, paper):
        return None
    ours = _with_ours(agreement, paper)
    columns: dict[str, Column] = {
        "Models": lambda row: f"{escaped(row['model_x'])}, {escaped(row['model_y'])}",
        "Shift": "shift",
        "Spearman's ρ (95 %)": lambda row: within(row, ("rho", "low", "high")),
        "Data sets": "concepts",
    }
    return table(ours, columns)


def _with_ours(agreement: pd.DataFrame, paper: list[str]) -> pd.DataFrame:
    """Return the correlations of pairs with a model of this report, and how many are published."""
    known = agreement.dropna(subset="rho")
    known = known.assign(published=known[["model_x", "model_y"]].isin(paper).sum(axis=1))
    return known[known["published"] < 2]


def anti_steerable_ours(agreement: pd.DataFrame) -> Markdown | None:
    """Return each model's anti-steerable share beside the published; None without shared sets.

    Takes `analysis.published.share_agreement`.
    """
    if agreement.empty:
        return None
    texts = [
        f"{escaped(row['model'])} {share(row['anti_steerable'])}, where {share(row['published'])} "
        f"are published{_ranks(row)}"
        for row in records(agreement)
    ]
    few, sets = agreement["rho"].isna().all(), plural(int(agreement["concepts"].max()), "data set")
    ranks = f", with Spearman's ρ between them and its 95{PERCENT} interval"
    return Markdown(
        f"Mean share on the {sets} measured here as well{'' if few else ranks}: {'; '.join(texts)}."
    )


def _ranks(row: Row) -> str:
    if pd.isna(row["rho"]):
        return ""
    return f" (ρ {number(row['rho'])}, {interval(row['low'], row['high'])})"


def anti_steerable_published(items: pd.DataFrame) -> str:
    """Return what is known of Llama's anti-steerable shares.

    Takes the table of `analysis.published.items`.
    """
    none = without_yes_no(items)
    rest = items[~none]
    return (
        f"Over {plural(len(items), 'data set')}, the published share of anti-steerable items is "
        f"{share(items['anti_steerable'].mean())} on average: "
        f"{quartiles(items['anti_steerable'], share)}. Of the variance between items, summed over "
        f"the data sets, {_of_variance(items, 'a_b')} goes with the letter of the positive answer, "
        f"which enters first, and a further {_of_variance(items, 'yes_no')} with Yes and No. But in"
        f" {int(none.sum())} of the {len(items)} data sets Yes and No explain next to nothing. As "
        "we read the published code, it cannot find them in most of those: its pattern asks for "
        '"(A):", and these data sets print "(A)" without a colon. On the other '
        f"{len(rest)} the share of Yes and No is {_of_variance(rest, 'yes_no')}."
    )


def _of_variance(items: pd.DataFrame, part: str) -> str:
    return share(float(items[part].sum() / items["variance"].sum()))


def readings_table(readings: pd.DataFrame, quoted: Mapping[str, float]) -> Markdown:
    """Return a table of the ways tried to reach the paper's ρ, below the paper's own row."""
    models = [str(name) for name in readings.columns if name != "reading"]
    paper: dict[str, object] = {"reading": "**the paper's text**", **quoted}
    rows = pd.concat([pd.DataFrame([paper]), readings], ignore_index=True)
    return table(rows, {"Reading": "reading"} | _columns(models))


def only_quoted(quoted: pd.DataFrame) -> Markdown:
    """Return a table of the quoted ρ of which the paper's tables hold nothing, a column a model."""
    wide = quoted.pivot_table(index="quantity", columns="model", values="value").reset_index()
    models = [str(name) for name in wide.columns if name != "quantity"]
    texts = {name: wide[name].map(lambda value: f"{value:g}".replace("-", "−")) for name in models}
    columns: dict[str, Column] = {"Spearman's ρ, as the paper gives it": "quantity"}
    return table(wide.assign(**texts), columns | {escaped(name): name for name in models})


def _columns(models: list[str]) -> dict[str, Column]:
    def of(model: str) -> Column:
        return lambda row: _shown(row, model)

    return {escaped(model): of(model) for model in models}


def _shown(row: Row, model: str) -> str:
    return three(float(row[model]))
