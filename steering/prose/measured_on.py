"""On what a report was measured, in plain words: toys with a truth built in, and other models."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import pandas as pd

from steering.prose.words import escaped, interval, listed, number, plural, records, three
from steering.records.kinds import OURS, PUBLIC, YOURS, kind_of_source
from steering.records.run_card import RunCard


def planted_models(curves: pd.DataFrame) -> list[str]:
    """Return the models in which the true slope of some curve is known, by `curve_table`."""
    known = curves[curves["planted_steerability"].notna()]
    return [str(name) for name in known["model"].drop_duplicates()]


def measured_on(cards: Iterable[RunCard], pooled: pd.DataFrame, *, planted: Collection[str]) -> str:
    """Return what the models and the questions of this report are, as a list in Markdown.

    `cards` are those of all runs, `pooled` is the table of `validation.recovery(pooled=True)`, and
    `planted` names the models in which effects were planted.
    """
    cards = list(cards)
    sizes = {str(card["model"]["name"]): card["model"].get("parameters") for card in cards}
    toys = [name for name in sizes if name in planted]
    others = [name for name in sizes if name not in planted]
    lines = []
    if toys:
        lines.append(_toys(toys, sizes, pooled))
    if others:
        verb = "are models" if len(others) > 1 else "is a model"
        lines.append(
            f"**{listed(_named(others, sizes))}** {verb} for which no true slopes are known."
        )
    lines.append(_questions(cards, built_in=bool(toys)))
    return "\n".join(f"- {line}" for line in lines if line)


def _toys(toys: list[str], sizes: Mapping[str, int | None], pooled: pd.DataFrame) -> str:
    many = len(toys) > 1
    own = pooled[(pooled["direction"] == "contrastive") & pooled["model"].isin(toys)]
    told = [
        f"{three(row['correlation'])} in {escaped(row['model'])} "
        f"({interval(row['correlation_low'], row['correlation_high'], three)})"
        for row in records(own.dropna(subset="correlation"))
    ]
    found = f" Measured slopes correlate with the true ones at {listed(told)}." if told else ""
    return (
        f"**{listed(_named(toys, sizes))}** {'are toys' if many else 'is a toy'}, trained for this "
        "report: on concepts of ours the true effect of a vector is known, which tests the ruler."
        f"{found} A model that was trained to be steered proves nothing by being steered."
    )


def _named(names: list[str], sizes: Mapping[str, int | None]) -> list[str]:
    """Return the names of models, each with its size where that is known."""
    told = {name: number((sizes[name] or 0) / 1e6, 1) for name in names}
    if len(names) > 1 and len(set(told.values())) == 1 and all(map(sizes.get, names)):
        each = f" ({told[names[0]]} million parameters each)"
        return [*map(escaped, names[:-1]), f"{escaped(names[-1])}{each}"]
    return [
        f"{escaped(name)} ({told[name]} million parameters)" if sizes[name] else escaped(name)
        for name in names
    ]


def _questions(cards: list[RunCard], *, built_in: bool) -> str:
    """Return how many concepts of each kind are asked about, and what is known of each kind."""
    kinds: dict[str, set[str]] = {}
    for card in cards:
        kind = kind_of_source(card["concept"].get("source"))
        kinds.setdefault(kind, set()).add(str(card["concept"]["name"]))
    only = " Of these the toys were trained to read out the answer, and no slope was planted."
    told = []
    if PUBLIC in kinds:
        text = f"{plural(len(kinds[PUBLIC]), 'public data set')}, as others published them"
        told.append(f"{text}.{only if built_in else ''}")
    if OURS in kinds:
        text = f"{plural(len(kinds[OURS]), 'concept')} written for this report"
        told.append(f"{text}{', whose effect is built into the toys' if built_in else ''}.")
    if YOURS in kinds:
        told.append(f"{plural(len(kinds[YOURS]), 'concept')} that this report was asked for.")
    return f"**Questions:** {' '.join(told)}" if told else ""
