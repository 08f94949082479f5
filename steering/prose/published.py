"""Sentences and tables about the paper's numbers: computed from its tables, or only quoted."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from IPython.display import Markdown

from steering.analysis.across import HOME
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


def joined_sentences(shared: list[str], models: list[str]) -> str:
    """Return which of this report's concepts the paper has too."""
    if shared:
        return (
            f"Of this report's concepts, {len(shared)} are among the paper's data sets"
            f"{f' ({listed(shared)})' if len(shared) <= MOST else ''}. "
            f"There, {listed(models)} {'stand' if len(models) > 1 else 'stands'} beside the"
            " published models."
        )
    return (
        "None of this report's concepts is among the paper's data sets, so its models are in figure"
        " 5, which compares each model with itself, and not in figure 6. Measure a data set of the"
        " paper by its name, and they join that figure too."
    )


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


def ours_sentences(agreement: pd.DataFrame, paper: list[str]) -> Markdown | None:
    """Return how this report's models order the paper's data sets; None where they share none.

    Beside the paper's models and beside each other. Takes `across.model_agreement`.
    """
    correlations = agreement.dropna(subset="rho")
    correlations = correlations.assign(
        published=correlations[["model_x", "model_y"]].isin(paper).sum(axis=1)
    )
    ours = correlations[correlations["published"] < 2]
    mixed = ours[(ours["published"] == 1) & (ours["shift"] == HOME)]
    if mixed.empty:
        return None
    clear = int((mixed["low"] > 0).sum())
    text = (
        "In distribution, a model of this report orders the data sets like a published one in "
        f"{clear} of {plural(len(mixed), 'pair')} of models, counted where the "
        f"95{PERCENT} interval of ρ is above zero."
    )
    columns: dict[str, Column] = {
        "Models": lambda row: f"{escaped(row['model_x'])}, {escaped(row['model_y'])}",
        "Shift": "shift",
        "Spearman's ρ (95 %)": lambda row: within(row, ("rho", "low", "high")),
        "Data sets": "concepts",
    }
    return Markdown(f"{text}\n\n{table(ours, columns).data}")


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
    shares = items["anti_steerable"]
    ordered = items.sort_values("anti_steerable")["short_name"]
    least, most = ordered.iloc[0], ordered.iloc[-1]
    return (
        f"Over {plural(len(items), 'data set')}, the published share of anti-steerable items is "
        f"{share(shares.mean())} on average (median {share(shares.median())}): from "
        f"{share(shares.min())} on {escaped(least)} to {share(shares.max())} on {escaped(most)}. "
        "Of the variance between items, summed over the data sets, "
        f"{share(items['a_b'].sum() / items['variance'].sum())} goes with the letter of the "
        f"positive answer and a further {share(items['yes_no'].sum() / items['variance'].sum())} "
        "with Yes and No."
    )


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
