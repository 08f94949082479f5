"""Sentences and tables about the protocols: what each says, and what each difference does."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.analysis.protocols import claimed
from steering.figures.protocols import title_of
from steering.prose.words import (
    Column,
    Row,
    escaped,
    interval,
    listed,
    markdown,
    number,
    plural,
    probability,
    records,
    share,
    table,
    within,
)
from steering.records.protocol_effects import ALL, MEAN, NUMBERS, OOD, RANKS, REVERSED, SPREAD
from steering.records.protocols import CLEAN, OPTIONS, PROTOCOLS, TAN2024

# What is said of a number that a difference changes.
_SAID = {
    MEAN: "the mean slope",
    REVERSED: "the share of slopes below zero",
    SPREAD: "the standard deviation of slopes",
    OOD: "what is left of the mean slope under USER_NEG",
}
_SHARES = (REVERSED, OOD)
NONE = "No difference between the protocols was measured."


def protocols_table() -> Markdown:
    """Return the table of the protocols, an option a row, with where the published one is read."""
    lines = [
        f"| Option | `{CLEAN}` ({PROTOCOLS[CLEAN].title}) | `{TAN2024}` "
        f"({PROTOCOLS[TAN2024].title}) | Read in repepo's |",
        "|---|---|---|---|",
    ]
    for name, option in OPTIONS.items():
        said = [
            f"`{value}`: {option.means[value]}"
            for value in (one.options[name] for one in PROTOCOLS.values())
        ]
        lines.append(f"| {option.title} (`--{name}`) | {said[0]} | {said[1]} | {option.source} |")
    return markdown("\n".join(lines))


def effects_sentences(effects: pd.DataFrame, protocol: str) -> str:
    """Return which differences change which number beyond chance, and by how much, as Markdown.

    Takes the rows of `analysis.protocols.effects` of all models, and the protocol that is begun at;
    `claimed`, of all rows, is the rule.
    """
    said = claimed(effects)
    effects = effects[effects["protocol"] == protocol]
    said = said[effects.index]
    if effects.empty:
        return NONE
    told = []
    for model, rows in effects[said].groupby("model", sort=False):
        each = [_of_option(option, part) for option, part in rows.groupby("option", sort=False)]
        told.append(f"- **{escaped(model)}:** {'; '.join(each)}.")
    spoken = {*effects[said]["model"]}
    silent = [name for name in dict.fromkeys(effects["model"]) if name not in spoken]
    begun = _counted(effects, said, f"`{protocol}`")
    nothing = f" In {listed(map(escaped, silent))} none is." if silent else ""
    return "\n".join([f"{begun}{nothing}", "", *told])


def effects_finding(effects: pd.DataFrame, protocol: str) -> str:
    """Return in one sentence, as plain text, how many changes are claimed that begin at a protocol.

    Takes the rows of `analysis.protocols.effects` of all models; `claimed`, of all, is the rule.
    """
    own = effects[effects["protocol"] == protocol]
    return NONE if own.empty else _counted(own, claimed(effects)[own.index], protocol)


def _counted(effects: pd.DataFrame, said: pd.Series, protocol: str) -> str:
    tested = effects["p"].notna()
    rest = plural(int((tested & ~said).sum()), "change")
    return (
        f"Beginning at {protocol}, {int(said.sum())} of {int(tested.sum())} changes are beyond "
        f"what other questions would give; the {rest} left cannot be told apart from none."
    )


def _of_option(option: object, rows: pd.DataFrame) -> str:
    changes = [
        f"{_SAID[row['number']]} from {_text(row, 'before')} to {_text(row, 'after')}"
        for row in records(rows)
    ]
    return f"{_name(option)}: {listed(changes)}"


def _name(option: object) -> str:
    return title_of(ALL) if option == ALL else f"`{option}`"


def ranks_sentence(effects: pd.DataFrame) -> str:
    """Return which difference changes the order of questions most in each model, as Markdown."""
    rows = effects[(effects["number"] == RANKS) & effects["after"].notna()]
    if rows.empty:
        return NONE
    lowest = rows.loc[rows.groupby("model", sort=False)["after"].idxmin()]
    told = [
        f"{escaped(row['model'])}, {_name(row['option'])} (ρ {number(row['after'])}, "
        f"{interval(row['low'] + 1, row['high'] + 1)})"
        for row in records(lowest)
    ]
    return f"The order of single questions changes most by this: {'; '.join(told)}."


def effects_table(effects: pd.DataFrame) -> Markdown:
    """Return a table with a row for each model, difference and number."""
    columns: dict[str, Column] = {
        "Model": "model",
        "Changed": lambda row: title_of(str(row["option"])),
        "Number": lambda row: NUMBERS[str(row["number"])],
        "Before": lambda row: _text(row, "before"),
        "After": lambda row: _text(row, "after"),
        "Change (95\u202f%)": lambda row: within(row, ("difference", "low", "high")),
        "p": lambda row: "" if row["p"] != row["p"] else probability(row["p"]),
        "Questions": lambda row: str(row["questions"]),
        "Concepts": lambda row: str(row["concepts"]),
    }
    return table(effects, columns)


def counts_of(effects: pd.DataFrame) -> str:
    """Return of how many questions and concepts the effects are, by model: the n of a caption."""
    most = effects.groupby("model", sort=False)[["questions", "concepts"]].agg(["min", "max"])
    told = [
        f"{model}: {_span(row['questions'])} questions of "
        f"{plural(int(row['concepts']['max']), 'concept')}"
        for model, row in most.iterrows()
    ]
    return "; ".join(told)


def _span(of: pd.Series) -> str:
    low, high = int(of["min"]), int(of["max"])
    return str(low) if low == high else f"{low} to {high}"


def _text(row: Row, name: str) -> str:
    value = float(row[name])
    return share(value) if row["number"] in _SHARES else number(value)
