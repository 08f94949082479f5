"""How often the 95 % intervals hold the truth, simulated: `make coverage`.

Curves are drawn whose mean slope, or whose share of slopes below zero, is known; the report's own
functions give each sample its interval; how often that holds the truth is its coverage. Samples are
of 100 curves in groups like those of the data: statements of our generator come in groups of three
items, those of a public set alone, and every item is asked in both orders.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from steering.analysis import intervals
from steering.folders import measured_folder
from steering.tables import write_json

DRAWS = 2000
REPEATED = 50  # the draws of each setting that a test repeats
CURVES = 100
ORDERS = 2
SEED = 7
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99)

# What part of the variance of slopes groups share, and what part the two orders of one item.
SPREADS = {
    "curves independent": (0.0, 0.0),
    "orders alike": (0.0, 0.9),
    "groups alike": (0.4, 0.3),
}
# How the slopes are spread about their mean.
SHAPES = ("normal", "anti-steerable fifth", "heavy tails")


@dataclass(frozen=True)
class Setting:
    """What is drawn: `quantity` is mean or share, `truth` its true value."""

    number: int
    quantity: str
    spread: str
    shape: str
    items_per_group: int
    truth: float


def settings() -> Iterator[Setting]:
    """Yield every setting of the simulation."""
    kinds = [
        *[("mean", shape, 0.8) for shape in SHAPES],
        *[("share", "normal", truth) for truth in SHARES],
    ]
    number = 0
    for items_per_group in (3, 1):
        for spread in SPREADS:
            for quantity, shape, truth in kinds:
                yield Setting(number, quantity, spread, shape, items_per_group, truth)
                number += 1


def sample(setting: Setting, draw: int) -> pd.DataFrame:
    """Return one sample of curves: `group`, `value` (a slope, or whether it is below zero)."""
    random = np.random.default_rng([SEED, setting.number, draw])
    item = np.arange(CURVES) // ORDERS
    group = item // setting.items_per_group
    of_group, of_item = SPREADS[setting.spread]
    parts = ((of_group, group), (of_item, item), (1 - of_group - of_item, np.arange(CURVES)))
    slope = np.zeros(CURVES)
    for part, unit in parts:
        slope += np.sqrt(part) * _drawn(setting.shape, random, int(unit[-1]) + 1)[unit]
    if setting.quantity == "mean":
        return pd.DataFrame({"group": group, "value": setting.truth + slope})
    return pd.DataFrame({"group": group, "value": slope < stats.norm.ppf(setting.truth)})


def interval(setting: Setting, curves: pd.DataFrame) -> tuple[float, float]:
    """Return the interval that the report would show of these curves."""
    of = intervals.means if setting.quantity == "mean" else intervals.shares
    row = of(curves, "value", []).iloc[0]
    return float(row["low"]), float(row["high"])


def coverage(setting: Setting, draws: int = DRAWS) -> dict[str, object]:
    """Return the setting with how often its intervals held the truth."""
    found = np.array([interval(setting, sample(setting, draw)) for draw in range(draws)])
    held = (found[:, 0] <= setting.truth) & (setting.truth <= found[:, 1])
    low, high = intervals.share_interval(int(held.sum()), draws)
    return {
        **asdict(setting),
        "curves": CURVES,
        "groups": sample(setting, 0)["group"].nunique(),
        "draws": draws,
        "coverage": held.mean(),
        "low": round(low, 5),
        "high": round(high, 5),
        "width": round(float(np.median(found[:, 1] - found[:, 0])), 4),
        "held_at_first": int(held[:REPEATED].sum()),
    }


def code_hash() -> str:
    """Return the hash of the code whose coverage this is, and of this file."""
    files = (Path(intervals.__file__), Path(__file__))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def make() -> Path:
    """Simulate all settings, which takes minutes, and write them with their provenance."""
    began = code_hash()
    table = pd.DataFrame([coverage(setting) for setting in settings()])
    file = measured_folder() / "coverage.csv"
    table.to_csv(file, index=False)
    versions = {name: importlib.metadata.version(name) for name in ("numpy", "pandas", "scipy")}
    told = {
        "code": began,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, one thread",
        "python": platform.python_version(),
        "versions": versions,
    }
    write_json(told, file.with_suffix(".json"))
    return file


def _drawn(shape: str, random: np.random.Generator, count: int) -> np.ndarray:
    """Return independent values with mean zero and variance one."""
    if shape == "anti-steerable fifth":
        against = random.random(count) < 0.2
        return np.where(against, -2.0, 0.5)
    if shape == "heavy tails":
        return random.standard_t(5, count) / np.sqrt(5 / 3)
    return random.standard_normal(count)


if __name__ == "__main__":
    print(make())
