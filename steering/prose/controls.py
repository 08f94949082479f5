"""Sentences and tables about controls: what other vectors do on the same questions."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from IPython.display import Markdown
from scipy import stats

from steering.analysis.controls import NULLS
from steering.analysis.statistics.chance import RATE
from steering.analysis.statistics.groups import effective_number, share_interval
from steering.analysis.verdict.outcomes import is_moved
from steering.figures.controls import names_of
from steering.prose.quartiles import quartiles
from steering.prose.words import (
    UNIT,
    Column,
    Row,
    escaped,
    interval,
    listed,
    number,
    records,
    share,
    table,
    table_by_kind,
    within,
)
from steering.records.kinds import KINDS

MEAN = ("mean", "low", "high")
RATIO = ("ratio", "ratio_low", "ratio_high")
OTHERS = {"random": "random vectors", "shuffled": "vectors of shuffled labels"}


def controls_sentences(rows: pd.DataFrame) -> str:
    """Return what other vectors do beside one concept's own.

    `rows` are those of `analysis.controls.controls` for that concept, with the outcome on steering
    (`verdict.table.with_outcomes`): it alone says whether the vector does more.
    """
    kinds = {row["control"]: row for row in records(rows)}
    sizes = [
        f"{number(row['size'])} for {row['vectors']} {name}"
        for control, name in OTHERS.items()
        if (row := kinds.get(control)) is not None
    ]
    if not sizes:
        return "No random vectors and none of shuffled labels were measured here."
    given = bool(kinds["contrastive"]["given"])
    text = (
        f"The mean slope of the vector is {number(kinds['contrastive']['mean'])} {UNIT}. The "
        f"typical size of that of others is {listed(sizes)}."
    )
    if given:
        text += (
            " There are no vectors of shuffled labels here: the vector was given, and the training"
            " pairs that would be shuffled are unknown."
        )
    truth = kinds.get("planted")
    if truth is not None and is_moved(rows["outcome"]).all() and truth["ratio_low"] > 0:
        reached = _reached(truth)
        text += (
            " The mean slope along the true direction is what there was to find: the "
            f"{'given' if given else 'contrastive'} vector reaches **{share(reached['ratio'])}** "
            f"of it ({interval(reached['ratio_low'], reached['ratio_high'], share)})."
        )
    return text


def controls_sentences_over(rows: pd.DataFrame) -> str:
    """Return what other vectors do, over the concepts of a model, those of each kind apart.

    Takes the table of `analysis.controls.controls` with the outcome on steering
    (`verdict.table.with_outcomes`). Concepts whose vector does not move the answer do not count:
    of their slopes, no share can be given.
    """
    own = rows[(rows["control"] == "contrastive") & is_moved(rows["outcome"])]
    own = own[["model", "concept", "mean"]].rename(columns={"mean": "own"})
    beside = rows.merge(own, on=["model", "concept"])
    beside = beside.assign(size_of=beside["size"] / beside["own"].abs())
    told = []
    for kind in KINDS:
        part = beside[beside["kind"] == kind]
        sizes = [
            f"{quartiles(values, share)} for {name}"
            for control, name in OTHERS.items()
            if len(values := part.loc[part["control"] == control, "size_of"])
        ]
        if sizes:
            told.append(
                f"**{kind.capitalize()}:** where the vector moves the answer, the mean slopes of "
                f"other vectors have this typical size, as a share of its own: {listed(sizes)}."
            )
        truth = part[(part["control"] == "planted") & (part["ratio_low"] > 0)]
        if len(truth):
            told.append(
                "The mean slope along the true direction is what there was to find. The contrastive"
                f" vector reaches this share of it: {quartiles(1 / truth['ratio'], share)}."
            )
    if given := sorted(set(rows.loc[rows["given"], "concept"])):
        told.append(
            f"There are no vectors of shuffled labels for {listed(map(escaped, given))}: the vector"
            " was given, and its training pairs are unknown."
        )
    return " ".join(told) or "No share of a slope is given, since no vector moves the answer here."


def control_table(rows: pd.DataFrame) -> Markdown:
    """Return a table with a row for each kind of vector of one concept.

    Takes the rows of `analysis.controls.controls` for that concept.
    """
    names = names_of(rows)
    columns: dict[str, Column] = {
        "Vector": lambda row: _named(row, names),
        "Vectors": lambda row: str(row["vectors"]),
        "Mean slope (95\u202f%)": lambda row: within(row, MEAN),
        "Typical size of one": lambda row: number(row["size"]),
        f"Of the {names['contrastive']}'s (95\u202f%)": _of_it,
    }
    return table(rows, columns)


def controls_table(rows: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept of a model.

    Takes the table of `analysis.controls.controls` with the outcome on steering
    (`verdict.table.with_outcomes`).
    """
    cells = {
        "mean": ("contrastive", lambda row: within(row, MEAN)),
        "random": ("random", lambda row: number(row["size"])),
        "shuffled": ("shuffled", lambda row: number(row["size"])),
        "planted": ("planted", lambda row: within(_reached(row), RATIO, share)),
    }
    parts = {
        name: pd.Series(
            {row["concept"]: text(row) for row in records(rows[rows["control"] == control])}
        )
        for name, (control, text) in cells.items()
    }
    contrastive = rows[rows["control"] == "contrastive"].sort_values("mean", ascending=False)
    wide = pd.DataFrame(parts).reindex(contrastive["concept"]).fillna("–").rename_axis("concept")
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Verdict": "outcome",
        "Mean slope (95\u202f%)": "mean",
        "Typical size, random vectors": "random",
        "Typical size, shuffled labels": "shuffled",
    }
    if "planted" in set(rows["control"]):
        columns["Of the true direction's (95\u202f%)"] = "planted"
    told = {name: contrastive[name].to_list() for name in ("kind", "outcome")}
    return table_by_kind(wide.reset_index().assign(**told), columns)


def _reached(row: Row) -> dict[str, float]:
    """Return how much of the planted vector's slope the contrastive one reaches: 1 / `ratio`."""
    middle, low, high = (row[name] for name in RATIO)
    positive = low > 0
    turned = (1 / middle, 1 / high, 1 / low) if positive else (float("nan"),) * 3
    return dict(zip(RATIO, turned, strict=True))


def _of_it(row: Row) -> str:
    # The mean over random vectors is about nothing: what one of them does is its size.
    return "–" if row["control"] in ("contrastive", *NULLS) else within(row, RATIO, share)


def _named(row: Row, names: Mapping[str, str]) -> str:
    name = names[row["control"]]
    return f"{name} ({escaped(row['other'])})" if row["other"] else name


def normal_finding(quantiles: pd.DataFrame) -> str:
    """Return in one sentence how many random vectors lie further out than a normal has them.

    Takes the table of `analysis.statistics.chance.quantiles`. A normal has one in twenty beyond
    1.96 of its spread; the interval counts random vectors of one number, which concepts share, as
    one group.
    """
    known = quantiles.dropna(subset="observed")
    if known.empty:
        return "Random vectors do nothing here that could be compared with a normal."
    beyond = known["observed"].abs() > stats.norm.ppf(1 - RATE / 2)
    count = effective_number(beyond, known["number"])
    ends = share_interval(float(beyond.mean()) * count, count)
    text = (
        f"{share(float(beyond.mean()))} of random vectors' mean slopes ({interval(*ends, share)}) "
        f"lie further out than {share(1 - RATE)} of a normal distribution"
    )
    if ends[0] <= RATE <= ends[1]:
        return f"{text}, which is not told apart from the {share(RATE)} of a normal one."
    return f"{text}, where a normal one has {share(RATE)}."
