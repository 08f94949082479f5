"""Tables on the pages, made from the results."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd
from IPython.display import Markdown

from steering.report.committed import WORDLESS
from steering.report.words import (
    Column,
    Row,
    by_kind,
    escaped,
    interval,
    markdown,
    number,
    records,
    share,
    table,
    three,
    within,
)

MEAN = ("mean", "low", "high")
SD = ("sd", "sd_low", "sd_high")
ANTI = ("anti_steerable", "anti_steerable_low", "anti_steerable_high")


def verdict(row: Row) -> str:
    if pd.isna(row["beyond_chance"]):
        return "not tested"
    return "yes" if row["beyond_chance"] else "no"


def concept_table(found: pd.DataFrame, *, page: str) -> Markdown:
    """A row for each concept: its slope, chance, and how many curves fall. `page` is its link."""
    columns: dict[str, Column] = {
        "Concept": lambda row: f"[{row['concept']}]({page.format(row['concept'])})",
        "Mean slope (95\u202f%)": lambda row: within(row, MEAN),
        "Chance, 95\u202f%": lambda row: f"±{number(row['chance_high'])}",
        "Beyond chance": verdict,
        "SD of slopes (95\u202f%)": lambda row: within(row, SD),
        "Anti-steerable (95\u202f%)": lambda row: within(row, ANTI, share),
        "With random vectors": lambda row: interval(
            row["chance_anti_low"], row["chance_anti_high"], share
        ),
        "Curves (groups)": lambda row: f"{row['n']} ({row['groups']})",
    }
    return table(by_kind(found.sort_values("mean", ascending=False)), columns)


def bias_table(bias: pd.DataFrame) -> Markdown:
    """A row for each concept: how far the slope depends on the letter of the positive answer."""
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Push towards A (95\u202f%)": lambda row: within(row, MEAN),
        "SD over items (95\u202f%)": lambda row: within(row, SD),
        "Items (groups)": lambda row: f"{row['n']} ({row['groups']})",
    }
    return table(by_kind(bias), columns)


def shift_table(shifted: pd.DataFrame) -> Markdown:
    """A row for each concept: slope in distribution, and by how much it differs in each shift."""
    difference = ("difference", "difference_low", "difference_high")
    cells = shifted.assign(
        inside=[within(row, ("in_distribution", "in_low", "in_high")) for row in records(shifted)],
        cell=[within(row, difference) for row in records(shifted)],
    )
    wide = cells.pivot_table(index="concept", columns="shift", values="cell", aggfunc="first")
    wide = wide.fillna("–").assign(inside=cells.groupby("concept")["inside"].first())
    columns: dict[str, Column] = {"Concept": "concept", "BASE→BASE (95\u202f%)": "inside"}
    # A header may break at its arrow.
    shifts = dict.fromkeys(shifted["shift"])
    columns |= {f"{shift.replace('→', '→ ')}, difference (95\u202f%)": shift for shift in shifts}
    return table(by_kind(wide.reset_index()), columns)


def planted_as(cards: Iterable[Row]) -> dict[str, str]:
    """What each concept was planted as, in words: "anti-steerable subpopulation"."""
    designs = {card["concept"]["name"]: card["concept"]["design"] for card in cards}
    words = {name: design.replace("_", " ") for name, design in designs.items() if design}
    return {name: re.sub(r"^(anti|near) ", r"\1-", design) for name, design in words.items()}


def recovery_table(recovered: pd.DataFrame, cards: Iterable[Row]) -> Markdown:
    """A row for each concept: planted and recovered means along both directions."""
    cosines = {card["concept"]["name"]: card["cosine_planted"] for card in cards}
    designs = planted_as(cards)
    key = ["model", "concept"]
    made = recovered[recovered["direction"] == "contrastive"]
    truth = recovered[recovered["direction"] == "planted"]
    both = made.merge(truth[[*key, "recovered"]], on=key, how="left", suffixes=("", "_truth"))
    slope = ("recovered", "recovered_low", "recovered_high")
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Planted as": lambda row: designs.get(row["concept"], "–"),
        "Planted mean": lambda row: number(row["planted"]),
        "Along the planted direction": lambda row: number(row["recovered_truth"]),
        "Along the contrastive vector (95\u202f%)": lambda row: within(row, slope),
        "Correlation": lambda row: three(row["correlation"]),
        "Planted, recovered anti-steerable": lambda row: (
            f"{share(row['anti_steerable_planted'])}, {share(row['anti_steerable_recovered'])}"
        ),
        "Cosine of the two": lambda row: number(cosines[row["concept"]]),
    }
    return table(by_kind(both), columns)


def model_table(found: pd.DataFrame, cards: Iterable[Row] = ()) -> Markdown:
    """A row for each concept, a column for each model: mean slope with its interval.

    Where the `cards` know of a planted direction, what each concept was planted as comes first.
    """
    designs = planted_as(card for card in cards if card["cosine_planted"] is not None)
    models = list(dict.fromkeys(found["model"]))
    cells = found.assign(cell=[within(row, MEAN) for row in records(found)])
    wide = cells.pivot_table(index="concept", columns="model", values="cell", aggfunc="first")
    columns: dict[str, Column] = {"Concept": "concept"}
    if designs:
        columns["Planted as"] = lambda row: designs.get(row["concept"], "–")
    for model in models:
        columns[escaped(model)] = lambda row, model=model: str(row[model])  # type: ignore[misc]
    return table(by_kind(wide.reset_index()), columns)


def models_described(cards: Iterable[Row]) -> Markdown:
    """A row for each model: what it is, and on what machine it was measured."""
    rows = pd.DataFrame(
        [{**card["model"], **card} | {"name": card["model"]["name"]} for card in cards]
    )
    columns: dict[str, Column] = {
        "Model": lambda row: escaped(row["name"]),
        "Architecture": lambda row: escaped(row["architecture"]),
        "Parameters": lambda row: f"{row['parameters'] / 1e6:.1f} million",
        "Blocks": lambda row: str(row["model"]["layers"]),
        "Width": lambda row: str(row["width"]),
        "Measured on": lambda row: f"{escaped(row['device'])}, {escaped(row['dtype'])}",
    }
    return table(rows.drop_duplicates("name"), columns)


def replies(card: Row) -> Markdown:
    """Replies side by side: a row for each multiplier, a column for each item."""
    written = pd.DataFrame(card.get("generations", []))
    if written.empty and card.get("committed"):
        return markdown(f"Replies are left out: {WORDLESS}.")
    if written.empty:
        return markdown("No replies were written in this run.")
    written["column"] = [f"“{escaped(text)}”" for text in written["statement"]]
    columns: dict[str, Column] = {"λ": lambda row: number(row["multiplier"])}
    columns |= {name: name for name in written["column"].unique()}
    written["text"] = written["text"].map(escaped)
    key = ["multiplier", "column"]
    side = written.drop_duplicates(key).set_index(key)["text"].unstack().fillna("–")
    return table(side.reset_index(), columns)
