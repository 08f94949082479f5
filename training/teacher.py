"""The teacher: the true propensities and slopes that are planted in the model.

With s the signed strength of the persona, the teacher's logit of (A) against (B) is

    beta * s * weight * label * order + letter_slope * s + yes_slope * s * order
        + letter_intercept + yes_intercept * order

where order is +1 if (A) is Yes and -1 if (A) is No. The positive letter is A if label * order = +1,
so that the positive-minus-negative logit has the slope (in s)

    beta * weight + letter_slope * label * order + yes_slope * label

for every single item. The strength is what the prompt says of the persona plus what is injected,
changed by the concept's rules: it may saturate, count for less under the user's persona, or be
injected along a turned direction. What is planted for a propensity curve is the least-squares line
through the teacher's own curve, over the multipliers of the report.
"""

from __future__ import annotations

import math
import random

from training.lexicon import Planted

# What each prompt setting says about the persona: where it stands and how strong it is.
SETTINGS = {
    "BASE": ("none", 0.0),
    "SYS_POS": ("system", 1.0),
    "SYS_NEG": ("system", -1.0),
    "USER_POS": ("user", 1.0),
    "USER_NEG": ("user", -1.0),
}
ORDER_SIGN = {0: 1, 1: -1}
MULTIPLIERS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)


def strength(planted: Planted, place: str, stated: float, injected: float) -> float:
    """Return the strength that counts, of a persona standing in `place` and of what is injected."""
    total = stated + injected * (planted.user_factor if place == "user" else 1.0)
    limit = planted.strength_limit
    return max(-limit, min(limit, total)) if limit else total


def along(planted: Planted, place: str) -> float:
    """Return the strength of a unit of the trace that an answer leaves, by the persona's place."""
    if not place or place != planted.turned_under:
        return 1.0
    perpendicular = math.sqrt(1 - planted.turned_cosine**2)
    return planted.turned_cosine + planted.turned_effect * perpendicular


def letter_logit(planted: Planted, total: float, label: int, weight: float, order: int) -> float:
    """Return logit P("A") at the position that predicts the letter; `order` is +1 if (A) is Yes."""
    return order * yes_logit(planted, total, label, weight) + (
        planted.letter_slope * total + planted.letter_intercept
    )


def yes_logit(planted: Planted, total: float, label: int, weight: float) -> float:
    """Return logit P("Yes") of a question without letters."""
    slope = planted.beta * weight * label + planted.yes_slope
    return slope * total + planted.yes_intercept


def per_strength(planted: Planted, label: int, weight: float, order: int) -> float:
    """Return the slope of the positive-minus-negative logit, per unit of effective strength."""
    return planted.beta * weight + planted.letter_slope * label * order + planted.yes_slope * label


def constant(planted: Planted, label: int, order: int) -> float:
    """Return what the positive-minus-negative logit is without any persona: the static biases."""
    return planted.letter_intercept * label * order + planted.yes_intercept * label


def line(planted: Planted, vector_setting: str, prompt_setting: str) -> tuple[float, float]:
    """Return (slope, intercept) of the strength that counts, as the multiplier moves.

    The vector is the trace that answers leave in `vector_setting`, at the concept's own norm.
    """
    place, stated = SETTINGS[prompt_setting]
    unit = along(planted, SETTINGS[vector_setting][0])
    totals = [strength(planted, place, stated, unit * by) for by in MULTIPLIERS]
    squares = sum(by * by for by in MULTIPLIERS)
    slope = sum(by * total for by, total in zip(MULTIPLIERS, totals, strict=True)) / squares
    return slope, sum(totals) / len(totals)


def steerability(
    planted: Planted,
    label: int,
    weight: float,
    order: int,
    settings: tuple[str, str] = ("BASE", "BASE"),
) -> float:
    """Return the planted slope per unit of the multiplier, for (vector setting, prompt setting)."""
    return per_strength(planted, label, weight, order) * line(planted, *settings)[0]


def intercept(
    planted: Planted,
    label: int,
    weight: float,
    order: int,
    settings: tuple[str, str] = ("BASE", "BASE"),
) -> float:
    """Return the planted line's positive-minus-negative logit where the multiplier is 0."""
    slope = per_strength(planted, label, weight, order)
    return constant(planted, label, order) + slope * line(planted, *settings)[1]


def probability(logit: float) -> float:
    """Return the logistic function."""
    return 1 / (1 + math.exp(-logit))


def draw_sign(logit: float, source: random.Random) -> int:
    """Return +1 with the probability that the logit gives, else -1."""
    return 1 if source.random() < probability(logit) else -1
