"""The teacher: the truth that is planted in the model.

With s the signed strength of the persona, the teacher's logit of (A) against (B) is

    beta * s * weight * label * order + letter_slope * s + yes_slope * s * order
        + letter_intercept + yes_intercept * order

where order is +1 if (A) is Yes and -1 if (A) is No. The positive letter is A if label * order = +1,
so that the positive-minus-negative logit has the slope (in s, one unit is lambda = 1)

    beta * weight + letter_slope * label * order + yes_slope * label

for every single item: this is its planted steerability.
"""

from __future__ import annotations

import math
import random

from models.training.lexicon import Planted

# What each prompt setting says about the persona's strength.
SETTING_STRENGTH = {"BASE": 0.0, "SYS_POS": 1.0, "SYS_NEG": -1.0, "USER_POS": 1.0, "USER_NEG": -1.0}
ORDER_SIGN = {0: 1, 1: -1}


def letter_logit(planted: Planted, strength: float, label: int, weight: int, order: int) -> float:
    """logit P("A") at the position that predicts the letter; `order` is +1 if (A) is Yes."""
    return order * yes_logit(planted, strength, label, weight) + (
        planted.letter_slope * strength + planted.letter_intercept
    )


def yes_logit(planted: Planted, strength: float, label: int, weight: int) -> float:
    """logit P("Yes") of a question without letters."""
    slope = planted.beta * weight * label + planted.yes_slope
    return slope * strength + planted.yes_intercept


def steerability(planted: Planted, label: int, weight: int, order: int) -> float:
    """The planted slope of positive-minus-negative logit, per unit of the multiplier."""
    return planted.beta * weight + planted.letter_slope * label * order + planted.yes_slope * label


def intercept(planted: Planted, strength: float, label: int, weight: int, order: int) -> float:
    """The planted positive-minus-negative logit without steering, under a prompted persona."""
    constant = planted.letter_intercept * label * order + planted.yes_intercept * label
    return constant + steerability(planted, label, weight, order) * strength


def probability(logit: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-logit))


def draw_sign(logit: float, source: random.Random) -> int:
    """+1 with the probability that the logit gives, else -1."""
    return 1 if source.random() < probability(logit) else -1
