"""The runs of a specificity matrix: whose questions are asked, and whose vectors are tried.

Questions and vectors are taken from finished runs. A committed run has vectors, but no tokens of
its questions, so nothing can be asked of it again. What is measured goes by two identities: one of
the questions asked, with all that every vector tried on them depends on, and one of each vector.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors import safe_open

from steering.errors import Refused
from steering.forward.scores import PROPENSITIES, SCORES
from steering.measuring.entries import entry_hash
from steering.measuring.identity import READERS
from steering.prompts import said
from steering.prompts.positions import Positions
from steering.prompts.rendering import LETTERS, Prompt
from steering.records.directions import GIVEN, ORIGIN
from steering.records.reading import read
from steering.records.run_card import RunCard, read_card
from steering.records.tables import TODAY
from steering.source import code_hash, value_hash
from steering.vectors.operators import OPERATORS

# The code that slopes under given vectors depend on, less the registries.
_CODE = (
    *("prompts", "vectors", "models", "forward", "steerability"),
    *("measuring/matrix", "measuring/matrix_runs", "records/matrix"),
)
_REGISTRIES = (
    *READERS,
    *("prompts/forms", "prompts/wordings", "prompts/settings", "vectors/controls"),
    *("vectors/operators", "vectors/makers", "vectors/probes", "forward/scores"),
)
_ASKED = ("protocol", "form", "request", "wording_family", "wording", "item", "partner", "order")
_TOKENS = (
    *("token_ids", "read_position", "steered_from", "positive_letter"),
    *("positive_letter_id", "negative_letter_id"),
)
_REPLIES = ("positive_reply", "negative_reply")


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """One finished measurement of a concept, as the matrix reads it.

    Attributes:
        folder: the run folder.
        card: its card.
        items: its items, with the hash of the statement, the group and the split of each.
    """

    folder: Path
    card: RunCard
    items: pd.DataFrame

    @property
    def concept(self) -> str:
        """Return the name of the concept."""
        return str(self.card["concept"]["name"])

    @property
    def form(self) -> str:
        """Return the form of its questions."""
        return self.card.get("form", TODAY["form"])

    @property
    def layer(self) -> int:
        """Return the layer at which the concept is steered."""
        return int(self.card["layer"])

    @property
    def added(self) -> tuple[str, str, str, str]:
        """Return the weights, the form, the operator and the maker, which two runs have to share.

        A given vector is held to made ones as they are made today.
        """
        plan = self.card["plan"]
        maker = TODAY["maker"] if plan["maker"] == GIVEN else plan["maker"]
        return self.card["model"]["revision"], self.form, plan["operator"], maker

    @property
    def maker(self) -> str:
        """Return how the run's vectors were made."""
        return str(self.card["plan"]["maker"])

    def beside(self, asked: FinishedRun) -> bool:
        """Return whether the BASE vector of another run can be tried on the questions asked.

        It is of another concept, and made alike. One that was given need not have the layer, and
        may be the very one that was given for the concept asked.
        """
        given, same = self.card.get("given"), asked.card.get("given")
        if self.concept == asked.concept or self.added != asked.added:
            return False
        if given is None:
            return True
        alike = same is not None and same["sha256"] == given["sha256"]
        return asked.layer in given["layers"] and not alike

    @cached_property
    def questions(self) -> pd.DataFrame:
        """Return the prompts of the test items in BASE; none where their tokens are not kept."""
        prompts = read(self.folder, "prompts")
        tested = self.items.loc[self.items["split"] == "test", "item"]
        asked = (prompts["prompt_setting"] == "BASE") & prompts["item"].isin(tested)
        there = asked & (prompts["token_ids"].map(len) > 0)
        return prompts.loc[there].reset_index(drop=True)

    @cached_property
    def trained(self) -> list[list[str]]:
        """Return the hash of the statement and the group of each training item, sorted."""
        pairs = self.items.loc[self.items["split"] == "train", ["statement_hash", "group"]]
        return sorted([str(statement), str(group)] for statement, group in pairs.to_numpy())

    def vector(self, layer: int) -> np.ndarray:
        """Return the BASE vector of a layer. Raises Refused where the run's file has none."""
        return self._tensor(f"BASE/{layer}", layer)

    def origin(self, layer: int) -> np.ndarray | None:
        """Return the mean of the negative answers at a layer; None where the operator needs none.

        Raises Refused where the operator needs it and the run's file has none.
        """
        needed = OPERATORS[self.card["plan"]["operator"]].needs_origin
        return self._tensor(f"{ORIGIN}/{layer}", layer) if needed else None

    def _tensor(self, name: str, layer: int) -> np.ndarray:
        file = self.folder / "vector.safetensors"
        try:
            with safe_open(file, framework="np") as tensors:
                vector: np.ndarray = tensors.get_tensor(name)
        except Exception as error:
            raise Refused(
                f"{str(file)!r} holds no readable vector of layer {layer} ({error}): "
                "measure the concept again."
            ) from error
        return vector


def require_weights(run: FinishedRun, revision: str) -> None:
    """Raise Refused where a run was measured on other weights than those of this revision."""
    if revision != (own := run.card["model"]["revision"]):
        raise Refused(
            f"{str(run.folder)!r} was measured on other weights than those that are here "
            f"({own}, not {revision}): measure it again."
        )


def finished_run(folder: Path) -> FinishedRun:
    """Return a finished run. Raises Refused where its folder lacks a table or the card."""
    card = read_card(folder)
    items = read(folder, "items")[["item", "statement_hash", "group", "split"]]
    return FinishedRun(folder, card, items)


def prompts_of(run: FinishedRun) -> list[Prompt]:
    """Return the questions of a run as a model sees them, without their words."""
    rows: list[dict[str, Any]] = run.questions.to_dict("records")  # type: ignore[assignment]
    return [_prompt(run.concept, row) for row in rows]


def asked_hash(run: FinishedRun) -> str:
    """Return the identity of a run's questions, and of what every vector tried depends on."""
    plan, items = run.card["plan"], run.items
    columns = [*_ASKED, *_TOKENS, *(name for name in _REPLIES if name in run.questions)]
    questions = run.questions[columns].astype({"token_ids": "object"})
    rows = [
        [value.tolist() if isinstance(value, np.ndarray) else value for value in row]
        for row in questions.astype("object").itertuples(index=False)
    ]
    entries = [entry_hash(OPERATORS[plan["operator"]]), entry_hash(SCORES[PROPENSITIES[run.form]])]
    of_plan = [plan["multipliers"], plan["dtype"], plan["operator"], plan["maker"]]
    read_from = [items.astype("object").to_numpy().tolist(), rows]
    own = [run.concept, run.layer, _bytes_hash(run.vector(run.layer))]
    return value_hash([matrix_code(), entries, of_plan, run.card["model"], own, read_from])


def vector_hash(run: FinishedRun, layer: int) -> str:
    """Return the identity of a run's vector of a layer, and of the items it was made from.

    The origin, if there is one, is a part of it.
    """
    origin = run.origin(layer)
    hashes = [_bytes_hash(one) for one in (run.vector(layer), origin) if one is not None]
    return value_hash([run.concept, *hashes, run.trained])


def matrix_code() -> str:
    """Return a hash of the code that measures the matrix, registries aside."""
    return code_hash(_CODE, _REGISTRIES)


def trained_on(asked: FinishedRun, other: FinishedRun) -> set[int]:
    """Return the items of one run that the other's vector was trained on, or others of their group.

    A question is one of them where its statement or its group stands in the other's training
    split, or where that is so of another item of its group.
    """
    items = asked.items
    statements, groups = ({pair[part] for pair in other.trained} for part in (0, 1))
    seen = items["statement_hash"].isin(statements) | items["group"].isin(groups)
    return set(items.loc[items["group"].isin(items.loc[seen, "group"]), "item"])


def _prompt(concept: str, row: dict[str, Any]) -> Prompt:
    letters: tuple[int, int] = (row["positive_letter_id"], row["negative_letter_id"])
    replies = row["form"] == said.NAME
    if replies:
        answers = tuple(tuple(map(int, row[name])) for name in _REPLIES)
    else:
        letters = letters if row["positive_letter"] == LETTERS[0] else letters[::-1]
        answers = tuple((letter,) for letter in letters)
    read, steered = int(row["read_position"]), int(row["steered_from"])
    return Prompt(
        concept=concept,
        prompt_setting="BASE",
        text="",
        token_ids=tuple(map(int, row["token_ids"])),
        positions=Positions(read, steered, to_the_end=replies),
        letter_ids=letters,
        answer_ids=(answers[0], answers[1]),
        positive_letter="" if replies else row["positive_letter"],
        positive_is_yes=None,
        **{name: row[name] for name in _ASKED},
    )


def _bytes_hash(vector: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(vector).tobytes()).hexdigest()
