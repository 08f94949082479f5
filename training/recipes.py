"""Recipes: what a training document of each kind is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """What kind of document to draw.

    `kind` is "choice" (the multiple choice that is measured), "direct" (Yes or No), "describe"
    (what is someone like who says this), "choose" (multiple choice with the answer asked for) or
    "state" (a neutral request, to which the reply is a statement in character);
    `persona` says where the persona is: "system", "user", "injected" or "none".
    `both` adds an injected strength to a persona in the text. `short_reply_share` of the replies
    don't name the act; `own_form_share` of the others take the form that belongs to the
    statement's frame, so that the likeliest reply is not always of the same form.
    """

    kind: str
    persona: str
    positive_share: float = 0.5
    first_is_yes_share: float = 0.5
    affirming_share: float = 0.5
    other_persona_share: float = 0.15
    both: bool = False
    short_reply_share: float = 0.3
    own_form_share: float = 0.0
