"""Asking: in which respects questions may be put otherwise than this report puts them.

Each respect is an option of its own, whose default is ours; `steering.records.protocols` names
sets of them. What a concept says and how its items are split is changed before anything is rendered
(`asked_concept`), and orders and steered tokens are changed in the rendered prompts
(`asked_prompts`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from steering.concepts import Concept
from steering.concepts.published_personas import with_published_personas
from steering.concepts.rows import split_by_rows
from steering.errors import Refused
from steering.forward.scores import ANSWER_LOGITS, ANSWER_PROPENSITY, PROPENSITIES, PROPENSITY
from steering.prompts.beginnings import shared
from steering.prompts.rendering import Prompt
from steering.records.protocols import VALUES, protocol_of
from steering.records.tables import TODAY

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# The score of `steering.forward.scores` that slopes are fitted to, by the name of the option.
SCORES_OF = {"letter": PROPENSITY, "answer": ANSWER_PROPENSITY, "answer-logits": ANSWER_LOGITS}
# What each option may say, ours first; the layer is an option of the plan itself.
ALLOWED = {name: values for name, values in VALUES.items() if name != "layers"}
# What is of lettered answers, and of no reply in free text.
OF_LETTERS = ("steered", "orders", "score")


@dataclass(frozen=True, repr=False)
class Asking:
    """How questions are put and scored, where protocols differ.

    Attributes:
        steered: the first steered token: the one that predicts the letter, or the last one of the
            chat template's prompt. They differ where "(" is a token of its own.
        orders: in which orders the options of an item stand: in both, or as published alone.
        split: where items are trained on and tested: by the hash of their group, by row, or by row
            with the overlap of the published code (`steering.concepts.rows`).
        score: what slopes are fitted to: the letter's logits, the log-probability of whole answers,
            or the sum of their logits.
        personas: whose persona sentences are told: ours, or the published ones where there are any.
    """

    steered: str = "predicting"
    orders: str = "both"
    split: str = "hashed"
    score: str = "letter"
    personas: str = "ours"

    def __repr__(self) -> str:
        # As `Plan` takes it: a plan that is printed can be typed again.
        return repr(self.changed)

    @property
    def changed(self) -> dict[str, str]:
        """Return the options that are not ours."""
        return {name: value for name, value in asdict(self).items() if value != ALLOWED[name][0]}


OURS = Asking()


def asking_of(given: Any, form: str) -> Asking:
    """Return how questions are put, from JSON if need be.

    Raises Refused for an option or a value that does not exist, and where the form has no letters.
    """
    values = dict(given) if isinstance(given, dict) else asdict(given)
    for name, value in values.items():
        if name not in ALLOWED:
            raise Refused(f"there is no option {name!r} of asking: allowed are {_listed(ALLOWED)}.")
        if value not in ALLOWED[name]:
            raise Refused(f"{name} is {value!r}: allowed are {_listed(ALLOWED[name])}.")
    asking = Asking(**values)
    of_letters = [name for name in OF_LETTERS if name in asking.changed]
    if of_letters and form != TODAY["form"]:
        raise Refused(
            f"{of_letters[0]} {asking.changed[of_letters[0]]!r} is of lettered answers, and the "
            f"form {form!r} has none: leave one of the two out."
        )
    return asking


def fitted_score(form: str, asking: Asking) -> str:
    """Return the name of the score that curves are made of and slopes are fitted to."""
    return SCORES_OF[asking.score] if form == TODAY["form"] else PROPENSITIES[form]


def asked_concept(concept: Concept, asking: Asking) -> Concept:
    """Return a concept with the persona sentences and the split that are asked for.

    Raises Refused where it has too few items for that split.
    """
    if asking.personas == "published":
        concept = with_published_personas(concept)
    if asking.split == "hashed":
        return concept
    return split_by_rows(concept, overlapping=asking.split == "overlapping")


def asked_prompts(
    prompts: Iterable[Prompt], asking: Asking, tokenizer: PreTrainedTokenizerBase
) -> list[Prompt]:
    """Return the prompts in the orders that are asked for, with the tokens that are steered."""
    kept = [one for one in prompts if asking.orders == "both" or one.order == 0]
    named = table_name(asking)
    if named != TODAY["protocol"]:
        kept = [replace(one, protocol=named) for one in kept]
    if asking.steered == "predicting":
        return kept
    return [_from_prompt_end(one, tokenizer) for one in kept]


def table_name(asking: Asking) -> str:
    """Return what stands for a way of asking in the tables' column `protocol`.

    It is the protocol's name where nothing deviates from it. Otherwise it names every option that
    is not ours, so that curves of two ways of asking have two keys.
    """
    changed = ", ".join(f"{name} {value}" for name, value in asking.changed.items())
    return protocol_of(asdict(asking)) or changed


def _from_prompt_end(prompt: Prompt, tokenizer: PreTrainedTokenizerBase) -> Prompt:
    """Return a prompt that is steered from the last token of what the chat template writes on.

    Where the tokenizer joins that token with the answer's first sign, it is the last one before.
    """
    alone = tokenizer(prompt.text, add_special_tokens=False)["input_ids"]
    first = max(shared(alone, prompt.token_ids) - 1, 0)
    return replace(prompt, positions=replace(prompt.positions, steered_from=first))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
