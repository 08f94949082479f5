"""A few questions of one run in full: every token of the prompt, and the answer at three λ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from steering.analysis.curves import select
from steering.analysis.variability import question_slopes
from steering.prompts.token_texts import token_texts
from steering.records.results import Results
from steering.records.tables import STEERABILITY_KEY, TODAY

MOST = 5  # questions shown of one run

# Where a question stands among all of its run, in the order of their slopes.
_PLACES = (
    (0.0, "lowest slope"),
    (0.25, "lower quartile of all slopes"),
    (0.5, "median slope"),
    (0.75, "upper quartile of all slopes"),
    (1.0, "highest slope"),
)


@dataclass(frozen=True)
class Question:
    """One question as a model sees it, and what its vector does to the answer.

    Attributes:
        model, concept, item: which question this is.
        place: why it is shown: its place among all questions of the run, by slope.
        slope: of the propensity, both orders of the answers together, in logits per unit of λ.
        outcome: the verdict on this question; "" where none is known.
        text, tokens: the prompt in the first order of its answers, and its tokens; without words
            in the run both are empty.
        own_tokens: whether these are the model's own tokens; words otherwise.
        steered: how many tokens at the end of the prompt are steered.
        steered_token: what the last token of every prompt says; "" where the card does not know it.
        prompt_tokens: how many tokens the prompt has.
        positive_letter: the letter of the answer that shows the concept, in the first order.
        answers: one row per order and multiplier: `order`, `positive_letter`, `multiplier`,
            `propensity` in logits; the lowest multiplier, that nearest to nought, the highest.
    """

    model: str
    concept: str
    item: int
    place: str
    slope: float
    outcome: str
    text: str
    tokens: tuple[str, ...]
    own_tokens: bool
    steered: int
    steered_token: str
    prompt_tokens: int
    positive_letter: str
    answers: pd.DataFrame


def questions_in_full(
    results: Results,
    curves: pd.DataFrame,
    *,
    tokenizer: Path | str | None = None,
    verdicts: pd.DataFrame | None = None,
    most: int = MOST,
) -> list[Question]:
    """Return up to `most` questions of one run, from the lowest slope to the highest.

    `results` are those of one run, with their sweep, `curves` their `curve_table`. Questions are
    test items of which both orders of the answers were measured, BASE→BASE; those shown stand at
    even places in the order of their slopes. `tokenizer` is the model's file, without which a
    prompt is divided into words. The list is empty where no question has letters or was measured.

    Raises ValueError where the results are of more than one run.
    """
    if len(results.cards) != 1:
        raise ValueError(f"questions are shown of one run, not of {len(results.cards)}.")
    lettered = curves[curves["form"].astype("str") == TODAY["form"]]
    base = select(lettered)
    if base.empty or base["positive_letter"].isna().all():
        return []
    slopes = question_slopes(lettered, verdicts).sort_values("steerability", kind="stable")
    chosen = _spread(slopes.reset_index(drop=True), most)
    prompts = _prompts(results, set(chosen["item"]), tokenizer)
    points = _points(results, base, set(chosen["item"]))
    steered_token = str(results.cards[0].get("prompting", {}).get("steered_token", ""))
    shown = []
    for _, row in chosen.iterrows():
        prompt = prompts.loc[[int(row["item"])]].iloc[0]
        outcome = str(row["outcome"]) if verdicts is not None and pd.notna(row["outcome"]) else ""
        shown.append(
            Question(
                model=str(row["model"]),
                concept=str(row["concept"]),
                item=int(row["item"]),
                place=str(row["place"]),
                slope=float(row["steerability"]),
                outcome=outcome,
                text=str(prompt["text"]),
                tokens=tuple(prompt["tokens"]),
                own_tokens=bool(prompt["own"]),
                steered=_length(prompt) - int(prompt["steered_from"]),
                steered_token=steered_token,
                prompt_tokens=_length(prompt),
                positive_letter=str(prompt["positive_letter"]),
                answers=points[points["item"] == row["item"]].drop(columns="item"),
            )
        )
    return shown


def with_words(concepts: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Return the rows of a table of concepts whose runs hold the words of their questions.

    Needs `model`, `concept`. Runs that come with the project hold none.
    """
    prompts = results.prompts
    worded = prompts.loc[prompts["text"] != "", ["model", "concept"]].drop_duplicates()
    return concepts.merge(worded, on=["model", "concept"])


def _spread(slopes: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return questions at even places of their order, each with what its place is called."""
    places = _PLACES if most >= len(_PLACES) else [_PLACES[0], _PLACES[2], _PLACES[4]][:most]
    named: dict[int, str] = {}
    for share, name in places:
        named.setdefault(round(share * (len(slopes) - 1)), name)
    return slopes.loc[list(named)].assign(place=list(named.values()))


def _prompts(results: Results, items: set[int], tokenizer: Path | str | None) -> pd.DataFrame:
    """Return the prompts of some items in BASE and the first order, with tokens, by item."""
    prompts = results.prompts
    asked = (prompts["prompt_setting"] == "BASE") & (prompts["order"] == 0)
    there = prompts[asked & prompts["item"].isin(items) & prompts["positive_letter"].notna()]
    ids = [[int(one) for one in row] for row in there["token_ids"]]
    worded = (there["text"] != "").all()
    texts, own = token_texts(there["text"].to_list(), ids, tokenizer) if worded else ([], False)
    tokens = pd.Series(texts if worded else [[]] * len(there), index=there.index, dtype=object)
    return there.assign(tokens=tokens, own=own).set_index("item")


def _length(prompt: pd.Series) -> int:
    """Return how many tokens a prompt has; without them, the letter comes just behind the last."""
    return len(prompt["token_ids"]) or int(prompt["read_position"])


def _points(results: Results, base: pd.DataFrame, items: set[int]) -> pd.DataFrame:
    """Return the propensity of some items at the lowest, the middle and the highest multiplier."""
    own = base.loc[base["item"].isin(items), [*STEERABILITY_KEY, "positive_letter"]]
    points = own.merge(results.sweep, on=list(STEERABILITY_KEY))
    values = sorted(points["multiplier"].unique())
    wanted = sorted({values[0], min(values, key=abs), values[-1]}) if values else []
    columns = ["item", "order", "positive_letter", "multiplier", "propensity"]
    points = points.loc[points["multiplier"].isin(wanted), columns]
    return points.sort_values(["item", "order", "multiplier"], ignore_index=True)
