"""The claims that the report makes, and the closed set of outcomes that each of them can have.

A claim is a question with a rule that answers it, such as whether the vector moves the answer. Each
rule stands in one module beside this one, and nothing else decides: sentences, marks of figures,
tables and cards read the outcome. How often each rule is wrong is measured in
`experiments/calibration.py` and shown on the page "How often is this report wrong?".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from steering.analysis.statistics.chance import RATE, false_discovery
from steering.records.verdicts import COLUMNS

# The claims, by what they are about.
STEERING = "steering"  # does the vector move the answer?
LETTER = "letter"  # does it push towards a letter, A or B, whatever the letter says?
SHIFT = "shift"  # does it keep its effect when the prompt changes?
QUESTION = "question"  # does it move the answer to this question the wrong way?
SPECIFIC = "specific"  # does it do more than the vectors of other concepts?
PROMPTING = "prompting"  # does a persona in the prompt do more than the vector?
REPLIES = "replies"  # do the replies that a steered model writes suit the persona more?
OPERATING = "operating"  # does it move the answer at the strongest push under a cost?
WORDING = "wording"  # does it keep its effect in other words?
CROSSED = "crossed"  # does the vector that is read in the other form move these answers?

# Outcomes that several claims share.
CHANCE = "cannot be told apart from chance"
TOO_LITTLE = "too little data"
NO_ANSWER = "does not answer the question"
NOT_TESTED = "not tested"

# The reason beside an outcome that rests on fewer controls: see `verdict.nulls`.
PAIRS_UNKNOWN = "the training pairs are unknown"

MOVES = "moves the answer"
WRONG_WAY = "moves it the wrong way"

TOWARDS_A = "pushes towards A"
TOWARDS_B = "pushes towards B"

BRITTLE = "loses part of its effect"
STRONGER = "gains effect"
KEPT = "keeps its effect"
UNDECIDED = "cannot be decided"
TURNED = "reverses"
NOT_STEERED = "not judged, since the vector does not move the answer in distribution"

REVERSED = "moves this question the wrong way"
FOLLOWS = "moves this question the right way"

OWN_FIRST = "does more than other concepts' vectors"
OTHER_FIRST = "another concept's vector does more"

PROMPT_FIRST = "the prompt does more"
VECTOR_FIRST = "the vector does more"
ALIKE = "neither clearly does more"

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    STEERING: (NO_ANSWER, TOO_LITTLE, CHANCE, MOVES, WRONG_WAY),
    LETTER: (TOO_LITTLE, CHANCE, TOWARDS_A, TOWARDS_B),
    SHIFT: (TOO_LITTLE, NOT_STEERED, UNDECIDED, KEPT, BRITTLE, STRONGER),
    QUESTION: (NO_ANSWER, TOO_LITTLE, CHANCE, FOLLOWS, REVERSED),
    SPECIFIC: (NOT_TESTED, NOT_STEERED, CHANCE, OTHER_FIRST, OWN_FIRST),
    PROMPTING: (TOO_LITTLE, ALIKE, PROMPT_FIRST, VECTOR_FIRST),
    REPLIES: (TOO_LITTLE, CHANCE, MOVES, WRONG_WAY),
    OPERATING: (NO_ANSWER, TOO_LITTLE, CHANCE, MOVES, WRONG_WAY),
    CROSSED: (NO_ANSWER, TOO_LITTLE, CHANCE, MOVES, WRONG_WAY),
    WORDING: (TOO_LITTLE, NOT_STEERED, NO_ANSWER, UNDECIDED, KEPT, BRITTLE, TURNED),
}


def adjusted(tests: pd.DataFrame, family: Sequence[str]) -> pd.DataFrame:
    """Return the tests with `q` and `family`: p adjusted for the false discoveries of a family.

    Rows that agree in the columns of `family` are one family (Benjamini and Hochberg, 1995). The
    size of a family counts the tests in it, that is the rows that have a p.
    """
    if tests.empty:
        return tests.assign(q=pd.Series(dtype=float), family=pd.Series(dtype=int))
    within = [tests[name] for name in family]
    counts = tests["p"].notna().groupby(within, dropna=False).transform("sum")
    return tests.assign(q=false_discovery(tests["p"], within=within), family=counts.astype(int))


def is_discovery(tests: pd.DataFrame) -> pd.Series:
    """Return which tests are discoveries: q is at most the rate of false discoveries, 5 %."""
    return (tests["q"] <= RATE).fillna(False).astype(bool)


def verdict_table(tests: pd.DataFrame, claim: str) -> pd.DataFrame:
    """Return tests with an `outcome` as rows of the table of verdicts.

    Raises ValueError for an outcome that the claim cannot have, which would be a fault of ours.
    """
    unknown = set(tests["outcome"]) - set(OUTCOMES[claim])
    if unknown:
        raise ValueError(f"claim {claim!r} cannot have the outcomes {sorted(unknown)}")
    missing: dict[str, Any] = {"subject": "", "reason": "", "least": math.nan}
    columns = {name: value for name, value in missing.items() if name not in tests}
    texts = ["form", "subject", "outcome", "reason"]
    table = tests.assign(claim=claim, **columns)[COLUMNS].reset_index(drop=True)
    return table.astype(dict.fromkeys(texts, "str"))


def is_moved(outcomes: pd.Series) -> pd.Series:
    """Return where the outcome on steering is that the vector moves the answer, either way.

    Marks of figures are full there, and hollow elsewhere.
    """
    return outcomes.isin([MOVES, WRONG_WAY])


def of_claim(verdicts: pd.DataFrame, claim: str, *, direction: str = "contrastive") -> pd.DataFrame:
    """Return the verdicts on one claim about one vector."""
    chosen = (verdicts["claim"] == claim) & (verdicts["direction"] == direction)
    return verdicts[chosen].reset_index(drop=True)


def counts(verdicts: pd.DataFrame, claim: str) -> dict[str, int]:
    """Return how many verdicts on a claim have each outcome, in the order of `OUTCOMES`."""
    found = of_claim(verdicts, claim)["outcome"].value_counts()
    return {name: int(found.get(name, 0)) for name in OUTCOMES[claim]}
