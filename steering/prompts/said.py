"""The form `said`: not which letter a model answers with, but which of two texts it would reply.

Both texts of a pair stand behind one request. They are scored as a whole and never generated; a
model that gives the positive text the higher likelihood says more of the concept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from steering.concepts import Concept
from steering.errors import Refused
from steering.prompts.beginnings import shared
from steering.prompts.positions import over_the_reply
from steering.prompts.rendering import Prompt
from steering.prompts.requests import Asked
from steering.prompts.settings import PROMPT_SETTINGS
from steering.prompts.template import templated
from steering.records.tables import NO_LETTER, SAID

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

NAME = SAID


def said_prompts(
    concept: Concept, asked: Asked, setting: str, tokenizer: PreTrainedTokenizerBase
) -> Iterator[Prompt]:
    """Return the prompt of a pair and its request, of which there is one: texts have no order."""
    yield render_said(concept, asked, setting, tokenizer)


def render_said(
    concept: Concept, asked: Asked, setting: str, tokenizer: PreTrainedTokenizerBase
) -> Prompt:
    """Return a pair behind its request in one prompt setting, tokenised as the model itself would.

    The prompt is tokenised alone and with either text behind it. It ends where the three begin to
    differ: at its own end, unless the tokenizer joins the last of its signs with the first of a
    text; then such a token counts as the reply's, for both texts. The end of the turn is no part of
    the reply. Words that both texts begin with are, since a mean over tokens needs them.

    Raises Refused where the template drops what it was given, or the two texts have the same
    tokens, or none.
    """
    pair, request = asked.pair, asked.request
    text = templated(PROMPT_SETTINGS[setting].messages(concept, request.put(pair)), tokenizer)
    texts = [text, text + pair.positive, text + pair.negative]
    alone, *whole = tokenizer(texts, add_special_tokens=False)["input_ids"]
    start = min(shared(alone, one) for one in whole)
    positive, negative = (tuple(one[start:]) for one in whole)
    if positive == negative or not positive or not negative or not start:
        raise Refused(
            f"the tokenizer {tokenizer.name_or_path!r} does not tell the replies {pair.positive!r} "
            f"and {pair.negative!r} apart behind a prompt: two texts with different tokens are "
            "needed."
        )
    return Prompt(
        concept=concept.name,
        item=pair.item,
        partner=pair.partner,
        prompt_setting=setting,
        order=0,
        text=text,
        token_ids=tuple(alone[:start]),
        positions=over_the_reply(start),
        letter_ids=(NO_LETTER, NO_LETTER),
        answer_ids=(positive, negative),
        positive_letter="",
        positive_is_yes=None,
        form=NAME,
        request=request.name,
    )
