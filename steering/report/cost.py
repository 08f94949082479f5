"""Sentences and tables about what measuring costs, made from the benchmark."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from steering.analysis.cost import MANY, read_benchmark
from steering.report.committed import measured_by_us
from steering.report.words import NARROW, Column, Row, listed, number, plural, records, table

SIGNS = {">=": "at least", "<=": "at most"}


def reached_found(reached: pd.DataFrame) -> str:
    """How much of what was to be reached is reached. Takes `cost.reached`."""
    if reached.empty:
        return "Nothing had to be reached in this run."
    missed = records(reached[~reached["reached"].astype(bool)])
    text = f"{len(reached) - len(missed)} of {plural(len(reached), 'goal')} are reached."
    if missed:
        named = [f"{row['measure']} ({row['model']})" for row in missed]
        text += f" Not reached: {listed(named)}."
    return text


def reached_table(reached: pd.DataFrame) -> Markdown:
    """A row for each goal: what was to be reached, what is. Takes `cost.reached`."""
    columns: dict[str, Column] = {
        "Measure": "measure",
        "Model": "model",
        "To reach": _goal,
        "Reached": lambda row: f"**{_amount(row['value'], row['unit'])}**",
        "Lowest to highest round": _rounds,
        "Done": lambda row: "yes" if row["reached"] else "no",
    }
    return table(reached, columns)


def growth_found(rows: pd.DataFrame) -> str:
    """What a hundred vectors cost beside one. Takes the benchmark's table."""
    found = rows[rows["measure"] == MANY]
    said = [f"{number(row['value'], 1)} times as long on {row['model']}" for row in records(found)]
    if not said:
        return ""
    return f"A hundred vectors, each at every λ, take {listed(said)} as one vector does."


def precision_found(precision: pd.DataFrame) -> str:
    """What bfloat16 saves and spoils. Takes `cost.precision`."""
    words = {
        "error of the mean slope": "the mean slope is off by {}",
        "mean error of a slope": "a single slope by {} on average",
        "largest error of a slope": "and by {} at most",
    }
    lines = []
    for model, part in precision.groupby("model", sort=False):
        values = dict(zip(part["quantity"], part["value"], strict=True))
        said = [words[name].format(_tenths(values[name])) for name in words if name in values]
        errors = f" There {', '.join(said)} (of the mean slope)." if said else ""
        if (time := values.get("time, of float32's")) is not None:
            lines.append(f"On {model} it takes {_tenths(time)} of the time of float32.{errors}")
    return " ".join(lines) or "Other precisions were not measured."


def on_a_gpu(file: Path) -> Markdown:
    """The same on a GPU, marked as ours, where that was measured; else how to measure it."""
    if not file.is_file():
        return Markdown("No GPU was at hand for this: `make benchmark-gpu` measures it on one.")
    rows, about = read_benchmark(file)
    columns: dict[str, Column] = {
        "Measure": "measure",
        "Model": "model",
        "Wall time": lambda row: _amount(row["value"], row["unit"]),
    }
    shown = table(rows, columns).data
    return Markdown(f"{measured_by_us(about, 'make benchmark-gpu')}\n\n{shown}")


def _goal(row: Row) -> str:
    sign, _, bound = str(row["reach"]).partition(" ")
    shown = f"{float(bound):g}×" if row["unit"] == "times" else _amount(float(bound), row["unit"])
    return f"{SIGNS[sign]} {shown}"


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
