"""Slopes in other words, drawn from a truth that is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.verdict.outcomes import MOVES
from steering.analysis.verdict.wording import wording_verdicts
from steering.records.tables import TODAY
from steering.records.wordings import CONTRACT


def slopes_in_words(
    shares: dict[str, float] | None = None,
    *,
    wordings: int = 4,
    questions: int = 20,
    slope: float = 1.0,
    of_wordings: float = 0.05,
    of_questions: float = 0.3,
    left_over: float = 0.1,
    seed: int = 0,
    model: str = "m",
    concept: str = "c",
) -> pd.DataFrame:
    """Return a table of wordings: of each family the share of the slope that is left on average.

    Standard deviations are shares of the slope: between the wordings of a family, between
    questions, and of what is left over.
    """
    shares = {"labels": 1.0, "typos": 0.5} if shares is None else shares
    random = np.random.default_rng(seed)
    of_question = random.normal(0, of_questions, questions)
    rows = []
    for family, share in {TODAY["wording_family"]: 1.0, **shares}.items():
        published = family == TODAY["wording_family"]
        for at in range(1 if published else wordings):
            aside = 0.0 if published else random.normal(0, of_wordings)
            for item in range(questions):
                for order in (0, 1):
                    own = share + aside + of_question[item] + random.normal(0, left_over)
                    name = TODAY["wording"] if published else f"w{at}"
                    rows.append((family, name, item, order, slope * own))
    table = pd.DataFrame(rows, columns=["wording_family", "wording", "item", "order", "slope"])
    table = table.rename(columns={"slope": "steerability"}).assign(
        model=model, concept=concept, form=TODAY["form"], prompt_setting="BASE",
        direction="contrastive", number=0, layer=1, operator=TODAY["operator"],
        maker=TODAY["maker"], group="g" + table["item"].astype(str), intercept=0.1,
        letter_mass=0.9,
    )  # fmt: skip
    return table[list(CONTRACT.columns)]


def judged_in_words(shares: dict[str, float], outcome: str = MOVES) -> pd.DataFrame:
    """Return the verdicts on two concepts in a model, c and d, with these shares left."""
    concepts = "cd"
    table = pd.concat(
        [
            slopes_in_words(shares, wordings=5, concept=name, seed=at)
            for at, name in enumerate(concepts)
        ]
    )
    return wording_verdicts(table, steered_in_words(concepts, outcome))


def steered_in_words(concepts: str = "c", outcome: str = MOVES) -> pd.DataFrame:
    """Return verdicts on steering of some concepts in a model."""
    row = {"model": "m", "kind": "k", "form": TODAY["form"], "direction": "contrastive"}
    return pd.DataFrame([{**row, "concept": name, "outcome": outcome} for name in concepts])
