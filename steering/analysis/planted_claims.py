"""The report's claims held against what was planted: how many are made, true, and missed."""

from __future__ import annotations

import pandas as pd

from steering.analysis.brittleness import MARGIN, shift_name
from steering.analysis.curves import select
from steering.analysis.letters import counterbalanced
from steering.analysis.statistics.groups import each, effective_number, share_interval
from steering.analysis.validation import CLEAR
from steering.analysis.verdict.outcomes import (
    BRITTLE,
    LETTER,
    MOVES,
    QUESTION,
    REVERSED,
    SHIFT,
    STEERING,
    STRONGER,
    TOWARDS_A,
    TOWARDS_B,
    WRONG_WAY,
    of_claim,
)
from steering.records.tables import SHIFTS

# What each outcome says of the sign of what was planted; other outcomes say nothing of it.
_SAYS = {
    STEERING: {MOVES: 1, WRONG_WAY: -1},
    LETTER: {TOWARDS_A: 1, TOWARDS_B: -1},
    SHIFT: {STRONGER: 1, BRITTLE: -1},
    QUESTION: {REVERSED: -1},
}
# A planted mean nearer to zero than this, in logits per unit of λ, is rounding.
NOUGHT = 0.01


def planted_signs(curves: pd.DataFrame) -> pd.DataFrame:
    """Return what was planted for each claim: 1, −1, or 0 where there is nothing to be found.

    `curves` is the table of `curve_table`. One row per model, concept, claim and subject, with
    `truth`: of claim "steering" the sign of the mean planted slope, of "letter" that of the mean
    planted push towards A, of "question" −1 where the planted slope of the question is below zero.
    Of "shift" −1 where the planted ratio of the slopes lies below the margin, and 1 where it lies
    above; 0 also where the planted slope in distribution is nearer to zero than `CLEAR`.
    """
    known = select(curves, vector_setting=None, prompt_setting=None)
    known = known[known["planted_steerability"].notna()]
    items = counterbalanced(select(known))
    by = ["model", "concept"]
    slope = items.groupby(by)["planted_steerability"].mean()
    push = items.groupby(by)["planted_position_bias"].mean()
    asked = items.assign(subject=items["item"].astype(str))
    question = asked.set_index([*by, "subject"])["planted_steerability"]
    parts = [
        _signs(slope, NOUGHT).assign(claim=STEERING, subject=""),
        _signs(push, NOUGHT).assign(claim=LETTER, subject=""),
        _signs(question.clip(upper=0), NOUGHT).assign(claim=QUESTION),
    ]
    home = slope.where(slope.abs() > CLEAR)
    for vector_setting, prompt_setting in SHIFTS:
        pair = {"vector_setting": vector_setting, "prompt_setting": prompt_setting}
        away = select(known, **pair).groupby(by)["planted_steerability"].mean()
        ratio = away / home.reindex(away.index)
        sign = (ratio > MARGIN[1]).astype(int) - (ratio < MARGIN[0]).astype(int)
        table = sign.rename("truth").reset_index()
        parts.append(table.assign(claim=SHIFT, subject=shift_name(vector_setting, prompt_setting)))
    return pd.concat(parts, ignore_index=True)[[*by, "claim", "subject", "truth"]]


def claims_on_truth(verdicts: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Return how many claims are made, how many of them are true, and how many truths are missed.

    `verdicts` is the table of verdicts, `curves` that of `curve_table`. Only concepts with planted
    truth count. One row per model and claim:

    - `judged`: verdicts; `planted`: those in which something is planted
    - `made`: claims, of which `true` have the sign that was planted; `false`, `false_low`,
      `false_high`: share of the claims that are not so
    - `found`, `found_low`, `found_high`: share of what is planted that a true claim is made of;
      `missed`: how many others

    Intervals are 95 %, Wilson's, on an effective number that counts concepts: the questions or the
    shifts of one concept are not independent. Where nothing was planted or claimed, they are NaN.
    """
    truth = planted_signs(curves)
    rows = []
    for claim, says in _SAYS.items():
        judged = of_claim(verdicts, claim).merge(truth, on=["model", "concept", "claim", "subject"])
        said = judged["outcome"].map(says).fillna(0).astype(int)
        judged = judged.assign(made=said != 0, planted=judged["truth"] != 0)
        judged = judged.assign(true=judged["made"] & (said == judged["truth"]))
        for key, part in each(judged, ["model", "claim"]):
            made, planted = part[part["made"]], part[part["planted"]]
            wrong = _share(~made["true"], made["concept"])
            found = _share(planted["true"], planted["concept"])
            counts = (len(part), len(planted), len(made), int(part["true"].sum()))
            rows.append((*key, *counts, *wrong, *found, int((~planted["true"]).sum())))
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = [
    *("model", "claim", "judged", "planted", "made", "true"),
    *("false", "false_low", "false_high"),
    *("found", "found_low", "found_high", "missed"),
]


def _signs(values: pd.Series, nought: float) -> pd.DataFrame:
    sign = (values > nought).astype(int) - (values < -nought).astype(int)
    return sign.rename("truth").reset_index()


def _share(flags: pd.Series, concepts: pd.Series) -> tuple[float, float, float]:
    if flags.empty:
        return float("nan"), float("nan"), float("nan")
    number = effective_number(flags, concepts)
    share = float(flags.mean())
    return share, *share_interval(share * number, number)
