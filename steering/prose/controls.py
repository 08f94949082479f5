"""Sentences and tables about controls: what other vectors and prompts do on the same items."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.analysis.controls import NULLS, VECTOR
from steering.figures.controls import NAMES
from steering.prose.words import (
    NARROW,
    Column,
    Row,
    counted,
    escaped,
    interval,
    number,
    plural,
    probability,
    records,
    share,
    table,
    table_by_kind,
    within,
)

MEAN = ("mean", "low", "high")
RATIO = ("ratio", "ratio_low", "ratio_high")
AHEAD = ("ahead", "ahead_low", "ahead_high")


def controls_sentences(rows: pd.DataFrame) -> str:
    """Return what other vectors do beside one concept's own.

    `rows` are those of `analysis.controls.controls` for that concept.
    """
    kinds = {row["control"]: row for row in records(rows)}
    nulls = [kinds[name] for name in ("random", "shuffled") if name in kinds]
    sentences = [_null_sentences(row) for row in nulls]
    if not nulls or not _steered(rows).any():
        return " ".join([*sentences, "Shares of a slope that may be chance are not given."])
    if "perturbed" in kinds:
        sentences.append(
            "With something as long as itself added at right angles, the vector keeps "
            f"{_share(kinds['perturbed'])} of its mean slope."
        )
    if "other" in kinds:
        row = kinds["other"]
        sentences.append(f"The vector of {escaped(row['other'])} does {_share(row)} of it.")
    if "planted" in kinds and kinds["planted"]["ratio_low"] > 0:
        sentences.append(
            "Of what was there to find, the mean slope along the true direction, the contrastive "
            f"vector reaches {_share(_reached(kinds['planted']))}."
        )
    return " ".join(sentences)


def controls_sentences_over(rows: pd.DataFrame) -> str:
    """Return what other vectors do, over the concepts of a model.

    Takes the table of `analysis.controls.controls`.
    """
    sentences = []
    for name, start, end in (
        ("random", "Beside random vectors, the effect is beyond chance on", ""),
        ("shuffled", "The labels matter on", ": with shuffled ones a vector rarely does as much"),
    ):
        tested = rows[(rows["control"] == name) & rows["beyond_chance"].notna()]
        if len(tested):
            beyond = sorted(tested.loc[tested["beyond_chance"].astype(bool), "concept"])
            sentences.append(f"{start} {counted(beyond, len(tested), 'concept')}{end}.")
    steered = rows[_steered(rows) & rows["ratio"].notna()]
    words = {
        "perturbed": "With something as long as itself added at right angles, the vector keeps",
        "other": "Another concept's vector does",
    }
    of = "of the mean slope"
    for name, start in words.items():
        part = steered[steered["control"] == name]
        if len(part):
            sentences.append(f"{start} {_span(part['ratio'])} {of}.")
            of = "of it"
    planted = steered[(steered["control"] == "planted") & (steered["ratio_low"] > 0)]
    if len(planted):
        least = records(planted.sort_values("ratio"))[-1]
        sentences.append(
            "Of what was there to find, along the true direction, the contrastive vector reaches "
            f"{_span(1 / planted['ratio'])}, least on {least['concept']}: "
            f"{_share(_reached(least))}."
        )
    if sentences and len(steered):
        sentences.append("Shares are those of concepts that are steered beyond chance.")
    return " ".join(sentences) or "No controls were measured here."


def control_table(rows: pd.DataFrame) -> Markdown:
    """Return a table with a row for each kind of vector of one concept.

    Takes the rows of `analysis.controls.controls` for that concept.
    """
    columns: dict[str, Column] = {
        "Vector": _named,
        "Vectors": lambda row: str(row["vectors"]),
        "Mean slope (95\u202f%)": lambda row: within(row, MEAN),
        "Typical size of one": lambda row: number(row["size"]),
        "Of the contrastive vector's (95\u202f%)": _of_it,
        "p of the contrastive vector": lambda row: probability(row["p"]),
    }
    return table(rows, columns)


def controls_table(rows: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept of a model.

    Takes the table of `analysis.controls.controls`.
    """
    cells = {
        "mean": ("contrastive", lambda row: within(row, MEAN)),
        "random": ("random", lambda row: probability(row["p"])),
        "shuffled": ("shuffled", lambda row: probability(row["p"])),
        "perturbed": ("perturbed", lambda row: within(row, RATIO, share)),
        "other": ("other", lambda row: f"{within(row, RATIO, share)}, {escaped(row['other'])}"),
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
        "Mean slope (95\u202f%)": "mean",
        "p, random vectors": "random",
        "p, shuffled labels": "shuffled",
        "Perturbed, of it (95\u202f%)": "perturbed",
    }
    if "other" in set(rows["control"]):
        columns["Another concept's, of it (95\u202f%)"] = "other"
    if "planted" in set(rows["control"]):
        columns["Of the true direction's (95\u202f%)"] = "planted"
    return table_by_kind(wide.reset_index().assign(kind=contrastive["kind"].to_list()), columns)


def prompting_sentences(rows: pd.DataFrame) -> str:
    """Return whether prompting moves the answer further than steering.

    Takes the table of `analysis.controls.prompting`.
    """
    prompts = rows[rows["means"] != VECTOR]
    if prompts.empty:
        return "No prompt setting but BASE was measured, so the prompt has nothing to say here."
    compared = prompts[prompts["ahead"].notna()]
    if compared.empty:
        return "The vector was not measured at λ = 1 and −1, so it cannot be held against a prompt."
    more, less = int((compared["ahead_low"] > 0).sum()), int((compared["ahead_high"] < 0).sum())
    concepts = rows["concept"].nunique()
    of = plural(len(compared), "case") + (
        f" of {plural(concepts, 'concept')}" if concepts > 1 else ""
    )
    return (
        f"**A persona in the prompt, without any vector, moves the propensity further than the "
        f"vector does at λ = 1 (or −1, for the negative persona) in {more} of {of}**, and less far "
        f"in {less}. A case is one persona, in the system prompt or in the user's turn; those are "
        f"counted whose paired difference has a 95{NARROW}% interval without zero."
    )


def prompting_table(rows: pd.DataFrame) -> Markdown:
    """Return a table with a row for each persona setting and for the vector.

    Takes the rows of `analysis.controls.prompting` for one concept.
    """
    columns: dict[str, Column] = {
        "Moved by": _means,
        "Change of the propensity (95\u202f%)": lambda row: within(row, MEAN),
        "Further than the vector (95\u202f%)": lambda row: (
            "–" if row["means"] == VECTOR else within(row, AHEAD)
        ),
    }
    return table(rows.sort_values("towards", ascending=False, kind="stable"), columns)


def _means(row: Row) -> str:
    sign = "" if row["towards"] > 0 else "−"
    return f"the vector, λ = {sign}1" if row["means"] == VECTOR else f"{row['means']}, no vector"


def _null_sentences(row: Row) -> str:
    what = {
        "random": f"{plural(row['vectors'], 'random vector')} of the same length",
        "shuffled": f"{plural(row['vectors'], 'vector')} of the same pairs with shuffled labels",
    }[row["control"]]
    # Vectors of shuffled labels are shorter: what lies beyond them is not yet beyond chance.
    words = {
        "random": ("beside them the effect is beyond chance", "the effect is no more than chance"),
        "shuffled": ("they rarely do as much as the vector", "the vector does no more than they"),
    }
    verdict = "too few for a test"
    if pd.notna(row["beyond_chance"]):
        finding = words[row["control"]][0 if row["beyond_chance"] else 1]
        verdict = f"{finding}, p = {probability(row['p'])}"
    verdict = verdict.replace("p = <", "p <")
    return f"{what} typically have a mean slope of ±{number(row['size'])} ({verdict})."


def _steered(rows: pd.DataFrame) -> pd.Series:
    """Return where the row's concept is steered beyond chance, judged by random vectors."""
    key = ["model", "concept"]
    random = rows.loc[rows["control"] == "random", [*key, "beyond_chance"]]
    verdict = rows[key].merge(random, how="left", on=key)["beyond_chance"]
    return verdict.fillna(False).astype(bool).set_axis(rows.index)


def _reached(row: Row) -> dict[str, float]:
    """Return how much of the planted vector's slope the contrastive one reaches: 1 / `ratio`."""
    middle, low, high = (row[name] for name in RATIO)
    positive = low > 0
    turned = (1 / middle, 1 / high, 1 / low) if positive else (float("nan"),) * 3
    return dict(zip(RATIO, turned, strict=True))


def _share(row: Row) -> str:
    return f"**{share(row['ratio'])}** ({interval(row['ratio_low'], row['ratio_high'], share)})"


def _span(ratios: pd.Series) -> str:
    low, high = share(float(ratios.min())), share(float(ratios.max()))
    return low if low == high else f"{low} to {high}"


def _of_it(row: Row) -> str:
    # The mean over random vectors is about nothing: what one of them does is its size.
    return "–" if row["control"] in ("contrastive", *NULLS) else within(row, RATIO, share)


def _named(row: Row) -> str:
    name = NAMES[row["control"]]
    return f"{name} ({escaped(row['other'])})" if row["other"] else name
