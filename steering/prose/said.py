"""Sentences and tables about what a model says: replies in free text beside lettered answers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from IPython.display import Markdown

from steering.analysis.crossed import HOME
from steering.analysis.curves import select
from steering.analysis.verdict.outcomes import (
    CHANCE,
    MOVES,
    NO_ANSWER,
    STEERING,
    TOO_LITTLE,
    WRONG_WAY,
    of_claim,
)
from steering.prose.words import (
    MOST,
    Column,
    Row,
    escaped,
    listed,
    number,
    records,
    table_by_kind,
    within,
)
from steering.records.directions import CONTRASTIVE, PLANTED
from steering.records.kinds import KINDS
from steering.records.results import Results
from steering.records.tables import NO_PARTNER, SAID, TODAY

CHOSEN = TODAY["form"]
IN_FORM = {CHOSEN: "through letters", SAID: "in free text"}
QUIET = {
    (True, True): "it answers in both forms",
    (False, True): "it does not answer through letters, but says it",
    (True, False): "it answers through letters, but does not say it",
    (False, False): "it answers in neither form",
}
READ_AT = {CHOSEN: "at the letter", SAID: "over the reply"}
IN_A_WORD = {
    MOVES: "moves",
    WRONG_WAY: "moves the wrong way",
    CHANCE: "as chance",
    NO_ANSWER: "no answer",
    TOO_LITTLE: TOO_LITTLE,
}
_NONE = ("", "", "")
PLANTED_SIGN = 0.1  # a mean of planted signs that is nearer to zero has none
_VECTORS = {
    PLANTED: "along the planted direction",
    CONTRASTIVE: "under the vector that is made from training pairs",
}
PERSONA = ("persona", "persona_low", "persona_high")


def example(results: Results) -> str:
    """Return one question of the form `said` in full, with what the model makes of it unsteered.

    Results of public data sets that stand in for the reader's own have no words: then it says so.
    """
    tested = results.items[results.items["split"] == "test"]
    words = {
        (str(row["concept"]), int(row["item"])): (
            str(row["statement"]),
            str(row["positive_answer"]),
            str(row["negative_answer"]),
        )
        for row in records(tested)
    }
    asked = results.prompts[
        (results.prompts["prompt_setting"] == HOME) & results.prompts["item"].isin(tested["item"])
    ]
    for row in records(asked):
        one, other = (words.get((row["concept"], row[at]), _NONE) for at in ("item", "partner"))
        # The two answers to one question, or the statements of two items.
        pair = [*one[1:]] if row["partner"] == NO_PARTNER else [one[0], other[0]]
        if row["text"] and all(pair):
            break
    else:
        return "The words of these data sets are not part of the report."
    still = results.sweep[
        (results.sweep["multiplier"] == 0)
        & (results.sweep["concept"] == row["concept"])
        & (results.sweep["item"] == row["item"])
        & (results.sweep["prompt_setting"] == HOME)
    ]
    propensity = float(still["propensity"].iloc[0])
    side = "positive" if propensity > 0 else "negative"
    prompt = escaped(str(row["text"])).replace("\n", "<br>")
    return (
        f"**One question in full** ({escaped(row['concept'])}). The prompt is\n\n> {prompt}\n\n"
        f"and the two replies that are compared are “{escaped(pair[0])}” (positive) and "
        f"“{escaped(pair[1])}” (negative). Without a vector, log p(positive) − log p(negative) is "
        f"{number(propensity)} nats: the {side} one is the likelier."
    )


def forms_sentences(verdicts: pd.DataFrame) -> str:
    """Return in which form the model answers how many concepts, a sentence for each kind.

    Takes the verdicts of one model in both forms. Concepts that have one form only do not count.
    """
    told = []
    wide = _answers(verdicts)
    for kind in KINDS:
        part = wide[wide["kind"] == kind]
        if part.empty:
            continue
        texts = []
        for both, phrase in QUIET.items():
            there = part[(part[CHOSEN] == both[0]) & (part[SAID] == both[1])]
            if len(there):
                few = len(there) < len(part) and len(there) <= MOST
                names = f" ({listed(map(escaped, sorted(there['concept'])))})" if few else ""
                texts.append(f"{phrase} on {len(there)} of {len(part)}{names}")
        told.append(f"**{kind.capitalize()}:** {'; '.join(texts)}.")
    return " ".join(told)


def _answers(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return for each concept whether the model answers in either form; both have to be known."""
    steering = of_claim(verdicts, STEERING)
    steering = steering[steering["outcome"] != TOO_LITTLE]
    answers = steering.assign(answers=steering["outcome"] != NO_ANSWER)
    wide = answers.pivot(index=["concept", "kind"], columns="form", values="answers")
    wide = wide.reindex(columns=[CHOSEN, SAID]).dropna().astype(bool)
    return wide.reset_index()


def forms_table(answers: pd.DataFrame, verdicts: pd.DataFrame) -> Markdown:
    """Return a row for each concept: whether it is answered, and moved, in either form.

    Takes the tables of `analysis.answering.answering` of both forms, one below the other, and the
    verdicts of both, of one model.
    """
    judged = of_claim(verdicts, STEERING)[["concept", "form", "outcome", "estimate", "low", "high"]]
    rows = answers.merge(judged, on=["concept", "form"])
    of_form = {form: rows[rows["form"] == form].set_index("concept") for form in IN_FORM}
    names = rows[["concept", "kind"]].drop_duplicates()

    def persona(form: str, unit: str) -> tuple[str, Column]:
        return (
            f"Personas apart {IN_FORM[form]}, {unit} (95\u202f%)",
            lambda row: (
                within(_row(of_form[form], row), PERSONA) if _there(of_form[form], row) else "–"
            ),
        )

    def moved(form: str, unit: str) -> tuple[str, Column]:
        return (
            f"Vector {IN_FORM[form]}: {unit} per unit of λ (95\u202f%)",
            lambda row: _moved(_row(of_form[form], row)) if _there(of_form[form], row) else "–",
        )

    columns: dict[str, Column] = {"Concept": "concept"}
    columns |= dict([persona(CHOSEN, "logits"), persona(SAID, "nats")])
    columns |= dict([moved(CHOSEN, "logits"), moved(SAID, "nats")])
    return table_by_kind(names, columns)


def _there(rows: pd.DataFrame, row: Row) -> bool:
    return row["concept"] in rows.index


def _row(rows: pd.DataFrame, row: Row) -> Row:
    return {str(name): value for name, value in rows.loc[row["concept"]].items()}


def _moved(row: Row) -> str:
    return f"{within(row, ('estimate', 'low', 'high'))}, {IN_A_WORD[row['outcome']]}"


def planted_sentence(curves: pd.DataFrame, verdicts: pd.DataFrame) -> str:
    """Return on how many concepts what is said has the planted sign; "" where nothing is planted.

    `curves` is the table of `curve_table`, `verdicts` those in free text, of one model. Planted is
    a sign: a slope has it where its interval leaves out zero on that side. It is said of the
    planted direction, and of the vector that is made from training pairs.
    """
    signs = select(curves).groupby("concept")["planted_steerability"].mean().dropna()
    texts = []
    for direction, what in _VECTORS.items():
        rows = records(of_claim(verdicts, STEERING, direction=direction))
        steering = {str(row["concept"]): row for row in rows}
        known = {str(name): sign for name, sign in signs.items() if str(name) in steering}
        if known:
            texts.append(f"{what} {_with_sign(known, steering)}")
    return f"**Beside planted truth:** {'; '.join(texts)}." if texts else ""


def _with_sign(signs: Mapping[str, float], slopes: Mapping[str, Row]) -> str:
    """Return on how many concepts the slopes have the planted sign, and what inert ones do."""
    planted = [name for name, sign in signs.items() if abs(sign) > PLANTED_SIGN]
    missed = [
        name
        for name in planted
        if min(signs[name] * float(slopes[name][end]) for end in ("low", "high")) <= 0
    ]
    text = (
        f"the interval of the mean slope lies wholly on its side of zero on "
        f"{len(planted) - len(missed)} of {len(planted)} concepts whose truth has a sign"
    )
    if 0 < len(missed) <= MOST:
        text += f" (not {listed(missed)})"
    for name in sorted({*signs} - {*planted}):
        row = slopes[name]
        holds = row["low"] <= 0 <= row["high"]
        text += (
            f", and that of {name}, which is inert, {'holds' if holds else 'leaves out'} zero "
            f"({within(row, ('estimate', 'low', 'high'))} nats)"
        )
    return text
