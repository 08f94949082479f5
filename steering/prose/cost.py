"""Sentences and tables about what measuring costs, made from the benchmark."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from steering.analysis.cost import MANY
from steering.prose.stand_ins import measured_by_us
from steering.prose.words import NARROW, Column, Row, listed, number, plural, records, table
from steering.records.benchmark import read_benchmark

SIGNS = {">=": "at least", "<=": "at most"}
SIZES = {"items": "items", "prompt tokens": "its tokens", "layers": "layers"}


def reached_sentences(reached: pd.DataFrame) -> str:
    """Return how many of the goals are reached, and which are not.

    Takes the table of `analysis.cost.reached`.
    """
    if reached.empty:
        return "Nothing had to be reached in this run."
    missed = records(reached[~reached["reached"].astype(bool)])
    text = f"{len(reached) - len(missed)} of {plural(len(reached), 'goal')} are reached."
    if missed:
        named = [f"{row['measure']} ({row['model']})" for row in missed]
        text += f" Not reached: {listed(named)}."
    return text


def reached_table(reached: pd.DataFrame) -> Markdown:
    """Return a table with a row for each goal: what was to be reached, and what is.

    Takes the table of `analysis.cost.reached`.
    """
    columns: dict[str, Column] = {
        "Measure": "measure",
        "Model": "model",
        "To reach": _goal,
        "Reached": lambda row: f"**{_amount(row['value'], row['unit'])}**",
        "Lowest to highest round": _rounds,
        "Done": lambda row: "yes" if row["reached"] else "no",
    }
    return table(reached, columns)


def growth_sentences(rows: pd.DataFrame) -> str:
    """Return how much longer a hundred vectors take than one.

    Takes the whole table of the benchmark.
    """
    growth = rows[rows["measure"] == MANY]
    texts = [
        f"{number(row['value'], 1)} times as long on {row['model']}" for row in records(growth)
    ]
    if not texts:
        return ""
    return f"A hundred vectors, each at every λ, take {listed(texts)} as one vector does."


def precision_sentences(precision: pd.DataFrame) -> str:
    """Return what bfloat16 saves in time and loses in accuracy.

    Takes the table of `analysis.cost.precision`.
    """
    words = {
        "error of the mean slope": "the mean slope is off by {}",
        "mean error of a slope": "a single slope by {} on average",
        "largest error of a slope": "and by {} at most",
    }
    lines = []
    for model, part in precision.groupby("model", sort=False):
        values = dict(zip(part["quantity"], part["value"], strict=True))
        texts = [words[name].format(_tenths(values[name])) for name in words if name in values]
        errors = f" There {', '.join(texts)} (of the mean slope)." if texts else ""
        if (time := values.get("time, of float32's")) is not None:
            lines.append(f"On {model} it takes {_tenths(time)} of the time of float32.{errors}")
    return " ".join(lines) or "Other precisions were not measured."


def on_a_gpu(file: Path) -> Markdown:
    """Return the table measured on a GPU, marked as ours, or how to measure it where it is not."""
    if not file.is_file():
        return Markdown(
            "Not measured on a GPU yet: `make benchmark-gpu` does it where there is one."
        )
    rows, about = read_benchmark(file)
    columns: dict[str, Column] = {
        "Measure": "measure",
        "Model": "model",
        "Wall time": lambda row: _amount(row["value"], row["unit"]),
    }
    text = table(rows, columns).data
    mark = measured_by_us(about, "make benchmark-gpu", "the times on a GPU")
    return Markdown(f"{text}\n\n{mark}")


def on_a_real_model(file: Path) -> Markdown:
    """Return what whole concepts took on a real model, beside what was announced beforehand.

    Marked as measured by us; where nothing is measured, how to measure it.
    """
    if not file.is_file():
        return Markdown("Not measured here: `make concept-time` measures it.")
    about = json.loads(file.read_text(encoding="utf-8"))
    columns: dict[str, Column] = {
        "Model": "model",
        "Concept": "concept",
        "Tokens of a prompt (median)": lambda row: number(row["prompt_tokens"], 0),
        "Computed on": lambda row: f"{row['device']}, {plural(row['threads'], 'thread')}",
        "It took": lambda row: _time(row["seconds"]),
        "Announced": lambda row: _time(row["announced_seconds"]),
    }
    text = table(pd.DataFrame(about["rows"]), columns).data
    mark = measured_by_us(about, "make concept-time", "the times of whole concepts")
    return Markdown(f"{text}\n\n{mark}")


def _goal(row: Row) -> str:
    sign, _, bound = str(row["reach"]).partition(" ")
    text = f"{float(bound):g}×" if row["unit"] == "times" else _amount(float(bound), row["unit"])
    return f"{SIGNS[sign]} {text}"


def _rounds(row: Row) -> str:
    if pd.isna(row["low"]):
        return "–"
    return f"{_amount(row['low'], row['unit'])} to {_amount(row['high'], row['unit'])}"


def _amount(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:.0f}{NARROW}%"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{number(value, digits)}×" if unit == "times" else f"{number(value, digits)} {unit}"


def _tenths(value: float) -> str:
    return f"{100 * value:.1f}{NARROW}%"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{number(seconds, 0)} s"
    return f"{number(seconds / 60, 1)} min"


def ways_finding(times: pd.DataFrame) -> str:
    """Return in one sentence how many times as long the other ways take as this report's own.

    Takes the table of `analysis.cost.times`; compared are the procedure of steering-bench and hooks
    that are written by hand.
    """
    told = []
    for model, part in times.groupby("model", sort=False):
        value = dict(zip(part["way"], part["value"], strict=True))
        if {"ours", "peer", "by hand"} <= value.keys():
            peer, hand = (number(value[way] / value["ours"], 1) for way in ("peer", "by hand"))
            told.append(f"{peer} and {hand} times as long on {model}")
    if not told:
        return ""
    return (
        "Beside this report's own way, steering-bench's procedure and hooks by hand take "
        f"{listed(told)}."
    )


def sizes_finding(growth: pd.DataFrame) -> str:
    """Return in a sentence a model how the time a prompt grows with items, tokens and layers.

    Takes the table of `analysis.cost.growth`. Compared are the least and the largest size.
    """
    told = []
    for model, part in growth[growth["grown"].isin(SIZES)].groupby("model", sort=False):
        texts = []
        for grown, line in part.sort_values("x").groupby("grown", sort=False):
            (least, before), (most, after) = line[["x", "value"]].iloc[[0, -1]].to_numpy()
            texts.append(
                f"{number(after / before, 1)} times as long when {SIZES[str(grown)]} grow from "
                f"{least:.0f} to {most:.0f}"
            )
        told.append(f"On {model}, a prompt takes {listed(texts)}.")
    return " ".join(told)


def batches_finding(choices: pd.DataFrame) -> str:
    """Return in one sentence how near the sizes that the package takes come to the fastest tried.

    Takes the table of `analysis.cost.choices`. An empty text where no size is named as taken.
    """
    told = []
    for model, part in choices.groupby("model", sort=False):
        taken = part[part["x"] == part["chosen"]].set_index("grown")["value"]
        fastest = part.groupby("grown")["value"].min()
        if len(taken):
            told.append(f"{number(float((taken / fastest).max()))} (on {model})")
    if not told:
        return ""
    return (
        f"In the sizes that the package takes, a prompt takes at most {listed(told)} times as long "
        "as in the fastest size that was tried."
    )
