"""Sentences and tables about what is left of the slope under other prompts."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from IPython.display import Markdown

from steering.analysis.brittleness import MARGIN
from steering.analysis.curves import RUN_KEY
from steering.analysis.statistics.chance import RATE
from steering.analysis.verdict.outcomes import (
    BRITTLE,
    KEPT,
    NOT_STEERED,
    PAIRS_UNKNOWN,
    SHIFT,
    STRONGER,
    TOO_LITTLE,
    UNDECIDED,
    of_claim,
)
from steering.prose.quartiles import quartiles
from steering.prose.words import (
    MOST,
    NARROW,
    Column,
    Row,
    escaped,
    interval,
    listed,
    number,
    plural,
    records,
    share,
    table_by_kind,
    within,
)
from steering.records.kinds import KINDS, OURS

LEFT = ("estimate", "low", "high")
# Each outcome in one word, for a cell of a table; and as the verb of several pairs in a sentence.
IN_ONE_WORD: Mapping[str, str] = {
    BRITTLE: "loses",
    STRONGER: "gains",
    KEPT: "keeps",
    UNDECIDED: "undecided",
    NOT_STEERED: "not judged",
    TOO_LITTLE: TOO_LITTLE,
}
OF_SEVERAL: Mapping[str, tuple[str, str]] = {
    BRITTLE: ("loses part of its effect", "lose part of their effect"),
    STRONGER: ("gains effect", "gain effect"),
    KEPT: ("keeps its effect", "keep their effect"),
    UNDECIDED: ("cannot be decided", "cannot be decided"),
    TOO_LITTLE: ("has too little data", "have too little data"),
    NOT_STEERED: (
        "is not judged, since the vector does not move the answer in distribution",
        "are not judged, since the vector does not move the answer in distribution",
    ),
}


def shift_sentences(verdicts: pd.DataFrame) -> str:
    """Return whether vectors keep their effect when the prompt changes, as sentences.

    `verdicts` is the table of verdicts on one concept or several, of one model: their rows about
    claim "shift" are told. One concept has a line for each shift. Several are counted, those of
    each kind apart: what was planted says nothing of what was not.
    """
    shifts = of_claim(verdicts, SHIFT)
    if shifts.empty:
        return "No shift of the prompt was measured here."
    if (shifts["outcome"] == NOT_STEERED).all():
        return (
            "Whether a vector keeps its effect when the prompt changes is not judged here, since no"
            " vector moves the answer in distribution: there is no effect to keep or to lose."
        )
    if shifts["concept"].nunique() == 1:
        lines = [_told(row) for row in records(shifts)]
    else:
        parts = [(kind, shifts[shifts["kind"] == kind]) for kind in KINDS]
        lines = [_counted(kind, part) for kind, part in parts if len(part)]
    return "\n".join([*(f"- {line}" for line in lines), "", _rule(shifts)])


def _told(row: Row) -> str:
    where = f"Under {row['subject']} the vector"
    match row["outcome"]:
        case "cannot be decided":
            verdict = "may keep its effect or not: this cannot be decided"
        case "too little data":
            verdict = "is not judged: there is too little data"
        case outcome:
            verdict = f"**{outcome}**"
    if pd.isna(row["estimate"]):
        return f"{where} {verdict}."
    return f"{where} {verdict}. Of its mean slope, {within(row, LEFT, share)} is left."


def _counted(kind: str, shifts: pd.DataFrame) -> str:
    planted = ", where what is left was planted" if kind == OURS else ""
    texts = []
    for outcome, (one, several) in OF_SEVERAL.items():
        part = shifts[shifts["outcome"] == outcome]
        if len(part) or outcome in (BRITTLE, STRONGER):
            verb = one if len(part) == 1 else several
            texts.append(f"{len(part) or 'none'} {verb}{_names(part, outcome)}")
    text = (
        f"{kind.capitalize()}{planted}: of {plural(len(shifts), 'pair')} of a concept and a shift, "
        f"{listed(texts)}."
    )
    left = shifts["estimate"].dropna()
    if left.empty:
        return text
    return f"{text} What is left of the mean slope: {quartiles(left, share)}."


def _names(part: pd.DataFrame, outcome: str) -> str:
    names = sorted(set(part["concept"]))
    if outcome in (KEPT, UNDECIDED) or not 0 < len(names) <= MOST:
        return ""
    return f" ({listed(escaped(name) for name in names)})"


def _rule(shifts: pd.DataFrame) -> str:
    """Return by which rule the verdicts are made, and over what their intervals are."""
    low, high = (share(end) for end in MARGIN)
    family = int(shifts["family"].max())
    text = (
        f"A vector loses or gains effect where the 95{NARROW}% interval of the share that is left "
        f"lies wholly below {low} or above {high}, and keeps it where the interval lies between "
        f"the two; false discoveries are held at {share(RATE)} over the "
        f"{plural(family, 'pair')} tested together."
    )
    judged = shifts[shifts["estimate"].notna()]
    unknown = judged["reason"] == PAIRS_UNKNOWN
    if unknown.any():
        text += (
            f" {'These vectors were' if unknown.all() else 'Some of these vectors were'} given, and"
            " their training pairs are unknown: they are called those of BASE, there are none made"
            " in another prompt setting, and their intervals, over test items alone, are about"
            " these very vectors."
        )
        judged = judged[~unknown]
    if (judged["reason"] != "").any():
        text += (
            " Training pairs were not resampled out of distribution in "
            f"{'these runs' if (judged['reason'] != '').all() else 'some of these runs'}, so that"
            " their intervals are over test items alone, and narrower than they should be."
        )
    return text


def agreement_sentences(agreement: pd.DataFrame, what: str = "the mean slope") -> str:
    """Return whether concepts keep their order out of distribution, a line for each kind of them.

    Takes the table of `rank_agreement`; `what` names that by which concepts are ordered.
    """
    correlations = agreement[agreement["rho"].notna()]
    if correlations.empty:
        return (
            "With fewer than four concepts of a kind, their order in and out of distribution says"
            " nothing."
        )
    lines = []
    for kind, part in correlations.groupby("kind", sort=False):
        texts = [
            f"{row['shift']} {number(row['rho'])} ({interval(row['low'], row['high'])})"
            for row in records(part)
        ]
        count = int(part["concepts"].iloc[0])
        lines.append(f"- {str(kind).capitalize()} ({count}): {'; '.join(texts)}.")
    return "\n".join(
        [
            f"Rank correlation over concepts of {what}, in against out of "
            f"distribution (Spearman's ρ with its 95{NARROW}% interval, for that number of "
            "concepts):",
            "",
            *lines,
        ]
    )


def shift_table(shifted: pd.DataFrame, verdicts: pd.DataFrame) -> Markdown:
    """Return a table with a row for each concept: its slope in BASE→BASE, and what shifts leave.

    Takes the tables of `in_and_out` and of verdicts, for one model.
    """
    judged = of_claim(verdicts, SHIFT).rename(columns={"subject": "shift"})
    cells = judged.assign(cell=[_cell(row) for row in records(judged)])
    inside = ("in_distribution", "in_low", "in_high")
    home = shifted.assign(inside=[within(row, inside) for row in records(shifted)])
    wide = cells.pivot_table(index=RUN_KEY, columns="shift", values="cell", aggfunc="first")
    wide = wide.fillna("–").reset_index()
    wide = wide.merge(home.drop_duplicates(RUN_KEY)[[*RUN_KEY, "inside"]], on=RUN_KEY)
    columns: dict[str, Column] = {"Concept": "concept", "BASE→BASE (95\u202f%)": "inside"}
    # A header may break at its arrow.
    shifts = dict.fromkeys(judged["shift"])
    columns |= {f"{shift.replace('→', '→ ')}, left (95\u202f%)": shift for shift in shifts}
    return table_by_kind(wide, columns)


def _cell(row: Row) -> str:
    word = IN_ONE_WORD[row["outcome"]]
    return word if pd.isna(row["estimate"]) else f"{within(row, LEFT, share)}, {word}"


def order_finding(agreement: pd.DataFrame, what: str = "mean slope") -> str:
    """Return in one sentence how well concepts keep their order over the shifts.

    Takes the table of `rank_agreement`. An empty text where no order was ranked.
    """
    told = []
    for kind, part in agreement[agreement["rho"].notna()].groupby("kind", sort=False):
        least, most = number(part["rho"].min()), number(part["rho"].max())
        told.append(f"{least} to {most} for {kind}" if len(part) > 1 else f"{most} for {kind}")
    if not told:
        return ""
    return f"Concepts' order by {what} is kept with a rank correlation of {listed(told)}."


def sides_finding(matrix: pd.DataFrame) -> str:
    """Return in one sentence for how many concepts the BASE vector has one sign in all prompts.

    Takes the table of `shift_matrix`. A mean slope has a sign where its interval leaves out zero.
    """
    told = []
    for kind, part in matrix[matrix["vector_setting"] == "BASE"].groupby("kind", sort=False):
        signs = (part["low"] > 0).astype(int) - (part["high"] < 0).astype(int)
        ends = signs.groupby(part["concept"]).agg(["min", "max"])
        same = (ends["min"] == ends["max"]) & (ends["min"] != 0)
        told.append(f"{int(same.sum())} of {len(same)} {kind}")
    return (
        "The interval of the mean slope lies on the same side of zero in every prompt setting for "
        f"{listed(told)}."
    )


def kept_finding(verdicts: pd.DataFrame) -> str:
    """Return in one sentence how often vectors keep their effect under a shift, for each kind."""
    shifts = of_claim(verdicts, SHIFT)
    told = []
    for kind in KINDS:
        outcomes = shifts.loc[shifts["kind"] == kind, "outcome"]
        kept, lost, gained = (int((outcomes == one).sum()) for one in (KEPT, BRITTLE, STRONGER))
        if len(outcomes):
            told.append(f"{kept} of {len(outcomes)} for {kind} ({lost} lose, {gained} gain)")
    return f"Pairs of a concept and a shift in which the vector keeps its effect: {listed(told)}."
