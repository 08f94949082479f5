"""Sentences and tables about what a model says: replies in free text beside lettered answers."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown

from steering.analysis.crossed import HOME, SAID, of_both_vectors
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.outcomes import (
    CHANCE,
    MOVES,
    NO_ANSWER,
    STEERING,
    TOO_LITTLE,
    WRONG_WAY,
    of_claim,
)
from steering.prose.quartiles import quartiles
from steering.prose.words import (
    MOST,
    Column,
    Row,
    escaped,
    interval,
    listed,
    number,
    probability,
    records,
    share,
    table_by_kind,
    within,
)
from steering.records.kinds import KINDS
from steering.records.results import Results
from steering.records.tables import TODAY

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
PERSONA = ("persona", "persona_low", "persona_high")


def example(results: Results) -> str:
    """Return one question of the form `said` in full, with what the model makes of it unsteered.

    Results of public data sets that stand in for the reader's own have no words: then it says so.
    """
    tested = results.items[results.items["split"] == "test"]
    words = {
        (str(row["concept"]), int(row["item"])): str(row["statement"]) for row in records(tested)
    }
    asked = results.prompts[
        (results.prompts["prompt_setting"] == HOME) & results.prompts["item"].isin(tested["item"])
    ]
    for row in records(asked):
        pair = [words.get((row["concept"], row[side]), "") for side in ("item", "partner")]
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


def crossed_sentences(verdicts: pd.DataFrame, agreements: pd.DataFrame) -> str:
    """Return whether a vector read in one form moves the answers in the other, as sentences.

    Takes the verdicts of one model in both forms, and the table of `analysis.crossed.agreement`.
    """
    both = of_both_vectors(verdicts)
    told = []
    for kind in KINDS:
        lines = []
        for vector, form in ((CHOSEN, SAID), (SAID, CHOSEN)):
            cell = both[
                (both["kind"] == kind) & (both["vector"] == vector) & (both["form"] == form)
            ]
            judged = cell[~cell["outcome"].isin([NO_ANSWER, TOO_LITTLE])]
            if judged.empty:
                continue
            moves = int((judged["outcome"] == MOVES).sum())
            what = "what is said" if form == SAID else "the lettered answer"
            lines.append(
                f"a vector read {READ_AT[vector]} moves {what} on **{moves} of {len(judged)}** "
                "concepts that are answered there"
            )
        if lines:
            told.append(f"**{kind.capitalize()}:** {'; '.join(lines)}.")
    home = agreements[agreements["prompt_setting"] == HOME]
    away = agreements[agreements["prompt_setting"] != HOME]
    for form, how in IN_FORM.items():
        inside = home.loc[home["form"] == form, "rho"].dropna()
        outside = away.loc[away["form"] == form, "rho"].dropna()
        if inside.empty:
            continue
        text = (
            f"Whether the two vectors move the same questions the same way {how} is told "
            f"by the rank correlation of their slopes over a concept's questions: "
            f"{quartiles(inside)} in distribution"
        )
        if len(outside):
            text += f", and {quartiles(outside)} out of it"
        told.append(f"{text}.")
    return "\n\n".join(told)


def crossed_table(verdicts: pd.DataFrame, agreements: pd.DataFrame) -> Markdown:
    """Return a row for each concept and form of the questions: what both vectors do there.

    Takes what `crossed_sentences` takes.
    """
    both = of_both_vectors(verdicts)
    words = {
        (row["concept"], row["form"], row["vector"]): IN_A_WORD[row["outcome"]]
        for row in records(both)
    }
    other = {CHOSEN: SAID, SAID: CHOSEN}
    home = agreements[agreements["prompt_setting"] == HOME]

    def of_vector(row: Row, name: str) -> str:
        vector = row["form"] if name == "own" else other[row["form"]]
        word = words.get((row["concept"], row["form"], vector), "–")
        return f"{within(row, (name, f'{name}_low', f'{name}_high'))}, {word}"

    columns: dict[str, Column] = {
        "Concept": "concept",
        "Asked": lambda row: IN_FORM[row["form"]],
        "Vector of this form (95\u202f%)": lambda row: of_vector(row, "own"),
        "Vector of the other form (95\u202f%)": lambda row: of_vector(row, "crossed"),
        "Rank correlation over questions (95\u202f%)": lambda row: within(
            row, ("rho", "rho_low", "rho_high")
        ),
        "Questions (groups)": lambda row: f"{row['n']} ({row['groups']})",
    }
    return table_by_kind(home.sort_values(["concept", "form"]), columns)


def reply_sentences(verdicts: pd.DataFrame, slopes: pd.DataFrame) -> str:
    """Return whether what a steered model writes suits the persona more, as sentences.

    Takes the verdicts of one model and the table of `analysis.replies.score_slopes` with `kind`.
    """
    rows = of_claim(verdicts, outcomes.REPLIES)
    told = []
    for kind in KINDS:
        part, own = rows[rows["kind"] == kind], slopes[slopes["kind"] == kind]
        if part.empty:
            continue
        counts = {name: int((part["outcome"] == name).sum()) for name in part["outcome"].unique()}
        texts = [f"the score rises with λ on {counts.get(MOVES, 0)} of {len(part)} concepts"]
        phrases = {
            WRONG_WAY: "it falls on",
            CHANCE: "it cannot be told apart from chance on",
            TOO_LITTLE: "there is too little data on",
        }
        texts += [f"{text} {counts[name]}" for name, text in phrases.items() if name in counts]
        told.append(
            f"**{kind.capitalize()}:** {'; '.join(texts)}. Slopes, {quartiles(own['slope'])} "
            "nats a token per unit of λ."
        )
    return " ".join(told)


def fooled_sentence(slopes: pd.DataFrame) -> str:
    """Return of how many replies the score says little, since they are empty or go in circles."""
    if slopes.empty:
        return "No replies were sampled."
    empty, loops = slopes["empty"].mean(), slopes["loops"].mean()
    return (
        f"Of all sampled replies under the own vectors {share(empty)} are empty, which have no "
        f"score, and {share(loops)} repeat at least half of their pairs of neighbouring tokens. "
        "Those are scored like any other: a loop on a word that fits the persona scores high."
    )


def reply_table(verdicts: pd.DataFrame, slopes: pd.DataFrame) -> Markdown:
    """Return a row for each concept: how the score of its sampled replies goes with λ.

    Takes what `reply_sentences` takes.
    """
    judged = of_claim(verdicts, outcomes.REPLIES)[["model", "concept", "outcome", "q"]]
    rows = slopes.merge(judged, on=["model", "concept"])
    columns: dict[str, Column] = {
        "Concept": "concept",
        "Verdict": lambda row: IN_A_WORD[row["outcome"]],
        "Slope, nats a token (95\u202f%)": lambda row: within(row, ("slope", "low", "high")),
        "95\u202f% of random vectors": lambda row: interval(
            -1.96 * row["random_spread"], 1.96 * row["random_spread"]
        ),
        "Adjusted p": lambda row: probability(row["q"]),
        "Replies (questions)": lambda row: f"{row['replies']} ({row['questions']})",
        "Empty": lambda row: share(row["empty"]),
        "In circles": lambda row: share(row["loops"]),
    }
    return table_by_kind(rows.sort_values("slope", ascending=False), columns)
