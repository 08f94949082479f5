"""What the figures of a concept's page show, as one sentence each: the first of their captions.

Every sentence counts or names outcomes of `analysis.verdict`; none compares by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from steering.analysis.concept_run import ConceptRun
from steering.analysis.verdict.outcomes import (
    CHANCE,
    LETTER,
    MOVES,
    NO_ANSWER,
    NOT_STEERED,
    PROMPT_FIRST,
    PROMPTING,
    REVERSED,
    SHIFT,
    STEERING,
    TOO_LITTLE,
    UNDECIDED,
    WRONG_WAY,
    counts,
    of_claim,
)
from steering.prose.words import escaped, listed, number, records

MOVEMENT = {
    MOVES: "moves the answer",
    WRONG_WAY: "moves the answer the wrong way",
    CHANCE: "cannot be told apart from chance",
}


def over_models(runs: Sequence[ConceptRun], told: Callable[[ConceptRun], str]) -> str:
    """Return what is told of each run, joined into one sentence that names the models if several.

    Models of which the same is told are named together.
    """
    texts: dict[str, list[str]] = {}
    for run in runs:
        texts.setdefault(told(run), []).append(escaped(run.model))
    if len(runs) == 1:
        return f"{_capital(next(iter(texts)))}."
    parts = [f"in {listed(models)} {text}" for text, models in texts.items()]
    return f"{_capital('; '.join(parts))}."


def moves(run: ConceptRun) -> str:
    """Return whether the vector moves the answer in one model, with its mean slope."""
    row = records(of_claim(run.claims, STEERING))[0]
    outcome = MOVEMENT.get(row["outcome"])
    if outcome is None:
        reason = "the model does not answer" if row["outcome"] != TOO_LITTLE else TOO_LITTLE
        return f"there is no verdict on the vector ({reason})"
    return f"the vector {outcome}, by {number(row['estimate'])} logits per unit of λ on average"


def questions(run: ConceptRun) -> str:
    """Return how many questions of one model are told to be moved the wrong way."""
    judged = run.questions["outcome"].dropna()
    if judged.empty or judged.isin([TOO_LITTLE, NO_ANSWER]).all():
        return "no single question can be judged"
    wrong, count = int((judged == REVERSED).sum()), len(judged)
    return f"{wrong} of {count} questions {'is' if wrong == 1 else 'are'} moved the wrong way"


def letters(run: ConceptRun) -> str:
    """Return whether the vector of one model also pushes towards a letter."""
    rows = records(of_claim(run.claims, LETTER))
    if not rows:
        return "no question was asked in both orders of its answers"
    outcome = str(rows[0]["outcome"])
    match outcome:
        case "cannot be told apart from chance":
            return "a push towards a letter cannot be told apart from that of other vectors"
        case "too little data":
            return "there is too little data to say whether the vector pushes towards a letter"
        case _:
            return f"the vector also {outcome}"


def shifts(run: ConceptRun) -> str:
    """Return what becomes of the effect in one model when the prompt changes."""
    judged = of_claim(run.claims, SHIFT)
    if judged.empty:
        return "no change of the prompt was measured"
    if (judged["outcome"] == NOT_STEERED).all():
        return "nothing can be kept, since the vector does not move the answer to begin with"
    numbers = {name: count for name, count in counts(run.claims, SHIFT).items() if count}
    undecided = f"{numbers.pop(UNDECIDED, 0)} of {len(judged)}"
    if not numbers:
        return (
            "under other prompts it cannot be decided whether the vector keeps its effect "
            f"({undecided})"
        )
    told = [f"{_outcome(name)} in {count} of {len(judged)}" for name, count in numbers.items()]
    text = f"under other prompts the vector {listed(told)}"
    decided = sum(numbers.values()) == len(judged)
    return text if decided else f"{text}, and in {undecided} this cannot be decided"


def _outcome(name: str) -> str:
    return "has too little data" if name == TOO_LITTLE else name.partition(",")[0]


def prompting(run: ConceptRun) -> str:
    """Return in how many cases a persona in the prompt does more than the vector in one model."""
    judged = of_claim(run.claims, PROMPTING)
    judged = judged[judged["estimate"].notna()]
    if judged.empty:
        return "no persona in the prompt was held against the vector"
    more = int((judged["outcome"] == PROMPT_FIRST).sum())
    cases = f"{more} of {len(judged)} cases"
    return f"a persona in the prompt does more than the vector in {cases}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
