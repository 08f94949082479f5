"""Sentences and tables about how often the report's own claims are wrong."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.prose.words import NARROW, PERCENT, number, plural, records, table

POWER = 0.8
NEAR = 0.02  # from 95 %: how far coverage may be off before the page says so
FEW_GROUPS = 20


def false_claims(claims: pd.DataFrame) -> pd.DataFrame:
    """Return the cases in which a claim is false, with whether its rate is above what is nominal.

    Takes the table of measured/calibration.csv. `above`: the lower end of the rate's 95 % interval
    is above the nominal rate.
    """
    false = claims[~claims["true"]]
    return false.assign(above=false["low"] > false["nominal"])


def claims_sentences(claims: pd.DataFrame) -> str:
    """Return how often claims may be made where they are false, and how often they are."""
    false = false_claims(claims)
    worst = false.iloc[int((false["made"] / false["nominal"]).argmax())]
    above = false[false["above"]]
    nominal = _percent(false["nominal"].max())
    text = (
        f"A single test may be wrong in {nominal} of cases. Where a claim has a side, such as "
        "*loses part of its effect*, it is tried where the truth lies exactly at the edge of the "
        "margin, and may be wrong half as often. For concepts or questions that are tested "
        f"together, the share of false ones among the claims is held at {nominal}.\n\n"
        f"Of {plural(len(false), 'case')} in which a claim is false, each drawn"
        f" {int(false['replicates'].min()):,} times or more, the rate of false claims is"
    )
    if above.empty:
        text += " nowhere above what is nominal by more than chance gives."
    else:
        text += f" above what is nominal, by more than chance gives, in {len(above)}: " + "; ".join(
            f"{row['claim']} ({row['case']}, {row['setting']})" for _, row in above.iterrows()
        )
        text += "."
    return (
        f"{text} The highest, as a multiple of its nominal rate, is that of “{worst['claim']}”"
        f" ({worst['case']}; {worst['setting']}): {_percent(worst['made'])}, where"
        f" {_percent(worst['nominal'])} are nominal."
    )


def claims_table(claims: pd.DataFrame) -> Markdown:
    """Return a table of every claim where it is false, with the highest rate over settings."""
    rows = []
    false = false_claims(claims)
    for (claim, case, rate, nominal), part in false.groupby(
        ["claim", "case", "rate", "nominal"], sort=False
    ):
        worst = part.iloc[int(part["made"].argmax())]
        rows.append(
            {
                "claim": claim,
                "case": case,
                "rate": rate if int(worst["family"]) > 1 else "tests",
                "family": int(worst["family"]),
                "nominal": nominal,
                "settings": len(part),
                "lowest": part["made"].min(),
                "highest": worst["made"],
                "low": worst["low"],
                "high": worst["high"],
                "replicates": int(part["replicates"].min()),
            }
        )
    return table(
        _in_order(pd.DataFrame(rows)),
        {
            "claim": "claim",
            "false here because": "case",
            "settings": "settings",
            "times drawn": lambda row: f"{row['replicates']:,}",
            "what is counted": lambda row: (
                f"false ones among the claims on {row['family']} together"
                if row["family"] > 1
                else "claims"
            ),
            "nominal, at most": lambda row: _percent(row["nominal"]),
            "made (highest of the settings)": lambda row: (
                f"{_percent(row['highest'])} ({_tenths(row['low'])} to {_percent(row['high'])})"
            ),
        },
    )


def power_table(claims: pd.DataFrame) -> Markdown:
    """Return a table of the smallest size at which a true claim is made in four of five cases.

    Of the sizes that were tried; where none is found so often, the one that is found most often.
    """
    return table(
        _in_order(_first_made(claims)),
        {
            "claim": "claim",
            "true because": "case",
            f"size from which it is made in {_percent(POWER)}": lambda row: (
                number(row["size"]) if row["made"] >= POWER else f"none tried ({row['size']:g})"
            ),
            "made there": lambda row: (
                f"{_percent(row['made'])} ({_tenths(row['low'])} to {_percent(row['high'])})"
            ),
        },
    )


def power_finding(claims: pd.DataFrame) -> str:
    """Return in one sentence which true effects are found in four of five cases.

    Takes the table of measured/calibration.csv.
    """
    first = _first_made(claims)
    often = first["made"] >= POWER
    text = (
        f"{int(often.sum())} of {plural(len(first), 'kind')} of true effect are claimed in "
        f"{_percent(POWER)} of cases or more at some size that was tried"
    )
    if often.all():
        return f"{text}."
    rare = "; ".join(
        f"{row['claim']} ({row['case']}): {_percent(row['made'])} at most"
        for row in records(first[~often])
    )
    return f"{text}; rarer is: {rare}."


def _first_made(claims: pd.DataFrame) -> pd.DataFrame:
    """Return, of each true claim and case, the smallest size at which it is made often enough.

    Where it is nowhere made so often, the size at which it is made most often.
    """
    rows = []
    for (claim, case), part in claims[claims["true"]].groupby(["claim", "case"], sort=False):
        found = part[part["made"] >= POWER]
        # An effect that is left gets smaller towards 1, from either side.
        away = (found["size"] - 1).abs() if "left" in str(case) else found["size"]
        best = part.iloc[int(part["made"].argmax())]
        first = found.iloc[int(away.argmin())] if len(found) else best
        rows.append({"claim": claim, "case": case, **first[["size", "made", "low", "high"]]})
    return pd.DataFrame(rows)


def interval_sentences(held: pd.DataFrame) -> str:
    """Return where simulated intervals hold the truth, and where they fall short.

    Takes the table of measured/calibration-intervals.csv.
    """
    lines = []
    for quantity, part in held.groupby("quantity", sort=False):
        lines.append(f"- {quantity}: {_covered(part)}")
    return "\n".join(lines)


def few_groups_sentence(held: pd.DataFrame) -> str:
    """Return what an interval over fewer than twenty groups of questions is worth."""
    few = held[(held["groups"] < FEW_GROUPS) & held["size"].isna()]
    lowest = few.groupby("quantity", sort=False)["coverage"].min()
    short = lowest[lowest < 0.95 - NEAR]
    said = ", ".join(f"{name} in {_percent(value)}" for name, value in short.items())
    return (
        f"Below {FEW_GROUPS} groups of questions, intervals that say 95{PERCENT} hold the truth"
        f" less often; at the worst, with {int(few['groups'].min())} to {int(few['groups'].max())}"
        f" groups, those of the {said}. No verdict is given on fewer than ten groups."
    )


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with those of one claim together, claims in the order in which they come."""
    places = {claim: place for place, claim in enumerate(dict.fromkeys(rows["claim"]))}
    return rows.sort_values("claim", key=lambda claim: claim.map(places), kind="stable")


def _covered(part: pd.DataFrame) -> str:
    short = part[part["coverage"] < 0.95 - NEAR]
    text = (
        f"the truth is inside for {_tenths(part['coverage'].min())} to"
        f" {_percent(part['coverage'].max())} of the draws"
    )
    if short.empty:
        return f"{text}, in {plural(len(part), 'setting')}"
    worst = short.iloc[int(short["coverage"].argmin())]
    vectors = f", {int(worst['resampled'])} resampled vectors" if worst["resampled"] else ""
    return (
        f"{text}; less than {_percent(0.95 - NEAR)} in {len(short)} of"
        f" {plural(len(part), 'setting')}, least with {worst['setting']}{vectors}"
    )


def _percent(value: float) -> str:
    return f"{_tenths(value)}{NARROW}%"


def _tenths(value: float) -> str:
    return number(100 * value, 1)
