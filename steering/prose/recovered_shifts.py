"""Sentences and tables about slopes in other settings, against what was planted for them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from IPython.display import Markdown, display

from steering.analysis.statistics.groups import effective_number, share_interval
from steering.analysis.validation import CLEAR
from steering.figures.caption import captioned
from steering.figures.recovered_shifts import extraction_panels, ratio_panels
from steering.prose.findings import parted
from steering.prose.quartiles import quartiles
from steering.prose.scope import ITEMS_ALONE
from steering.prose.words import (
    NARROW,
    Column,
    Row,
    interval,
    listed,
    number,
    plural,
    records,
    share,
    table,
    within,
)

RATIO = ("ratio", "low", "high")
NONE = "No other setting was measured here that a planted ratio is known for."


def ratios_sentences(ratios: pd.DataFrame) -> str:
    """Return how well planted ratios are recovered.

    Takes the rows of `analysis.recovered_shifts.setting_ratios` for one model.
    """
    held, far = ratios["holds"], ratios["distance"].abs()
    number_of = effective_number(held, ratios["concept"])
    ends = share_interval(float(held.mean()) * number_of, number_of)
    text = (
        f"In size, the measured ratio differs from the planted one by {quartiles(far)}. The "
        f"95{NARROW}% interval holds what is planted for {int(held.sum())} of "
        f"{plural(len(ratios), 'pair')} of a concept and a setting "
        f"({interval(*ends, share)}, settings of a concept counted together)."
    )
    changed = [
        f"{name} (planted {quartiles(part['planted'])}; measured {quartiles(part['ratio'])})"
        for name, part in ratios[ratios["moved"]].groupby("concept", sort=True)
    ]
    if changed:
        text += f" A ratio other than 1 was planted for {listed(changed)}."
    return text


def left_out(concepts: Sequence[str]) -> str:
    """Return which concepts have no ratio, and why; an empty text where all have one."""
    if not concepts:
        return ""
    return (
        f"{listed(concepts).capitalize()} {'is' if len(concepts) == 1 else 'are'} left out, because"
        f" the planted mean slope in BASE is within {CLEAR:g} logits of zero, or the "
        "interval of the measured one holds zero: where there is no effect, no share of it is left."
    )


def ratio_table(ratios: pd.DataFrame) -> Markdown:
    """Return a table of measured and planted ratios: a row per concept, a column per setting."""
    settings = list(dict.fromkeys(ratios["setting"]))
    cells = ratios.assign(cell=[_cell(row) for row in records(ratios)])
    wide = cells.pivot_table(index="concept", columns="setting", values="cell", aggfunc="first")
    columns: dict[str, Column] = {"Concept": "concept"}
    columns |= {name: lambda row, name=name: str(row[name]) for name in settings}
    return table(wide.reset_index().fillna("–"), columns)


def show_prompts(ratios: pd.DataFrame, lacking: Sequence[str], n: str) -> None:
    """Display what is left under other prompts: sentences, figure, table; or that there is none.

    `lacking` names the concepts without a ratio, from `analysis.recovered_shifts.left_out`.
    """
    prompts = ratios[ratios["shifted"] == "prompt"]
    if prompts.empty:
        display(Markdown(NONE))
        return
    told = parted(ratios_sentences(prompts))
    display(Markdown(f"{told.rest} {left_out(lacking)}".strip()))
    drawn = captioned(
        ratio_panels(prompts),
        "Mean slope of the BASE vector under each other prompt setting, as a share of that in BASE:"
        " measured against planted, a dot for each concept. On the dashed line the two agree. Full"
        " dots: a change was planted. Concepts far from the line are named.",
        n=n,
        interval=f"whiskers: {ITEMS_ALONE}, paired and given the layer",
        alt="A panel for each prompt setting with measured against planted ratios.",
        finding=told.finding,
        name="other-prompts",
    )
    display(drawn, ratio_table(prompts))


def show_vectors(vectors: pd.DataFrame, n: str) -> None:
    """Display what vectors of other settings do, in the same way. Takes `with_cosines`'s table."""
    if vectors.empty:
        display(Markdown(NONE))
        return
    told = parted(ratios_sentences(vectors))
    display(Markdown(" ".join([told.rest, *_turned(vectors)]).strip()))
    drawn = captioned(
        extraction_panels(vectors),
        "Vectors made in other settings, used in BASE at the length of the BASE vector. Left: their"
        " mean slope as a share of the BASE vector's, measured against planted. Right: their cosine"
        " with the BASE vector, at the chosen layer, against the cosine of what was trained there."
        " Full dots: a change was planted.",
        n=n,
        interval=f"whiskers: {ITEMS_ALONE}, paired and given the layer; none for cosines",
        alt="Measured against planted ratios of slopes, and measured against planted cosines.",
        finding=told.finding,
        name="other-vectors",
    )
    display(drawn, ratio_table(vectors))


def _turned(vectors: pd.DataFrame) -> list[str]:
    """Return the sentence on the cosines of vectors planted to turn, and of all others."""
    cosines = vectors.dropna(subset=["cosine", "planted_cosine"])
    turns = cosines["moved"]
    texts = [
        f"{name} (cosine with the BASE vector: {quartiles(part['cosine'])}; planted:"
        f" {quartiles(part['planted_cosine'])})"
        for name, part in cosines[turns].groupby("concept")
    ]
    if not texts:
        return []
    rest = cosines.loc[~turns, "cosine"]
    others = f" The cosine of all other vectors with it: {quartiles(rest)}." if len(rest) else ""
    return [f"Vectors that were planted to turn are those of {listed(texts)}.{others}"]


def _cell(row: Row) -> str:
    return f"{within(row, RATIO)}, planted {number(row['planted'])}"
