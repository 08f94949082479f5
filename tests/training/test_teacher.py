"""The teacher: its logit is a line in the strength of the persona."""

import pytest

from training import teacher
from training.lexicon import concepts


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("label", [1, -1])
@pytest.mark.parametrize("weight", [1, 0.1, -1])
def test_teacher_is_a_line_in_the_strength_for_every_item(order, label, weight):
    for concept in concepts():
        planted = concept.planted
        slope = teacher.per_strength(planted, label, weight, order)
        rest = teacher.constant(planted, label, order)
        for strength in (-2.0, -0.3, 0.0, 1.0):
            logit = teacher.letter_logit(planted, strength, label, weight, order)
            assert logit * label * order == pytest.approx(rest + slope * strength)


def test_planted_lines_are_fitted_to_the_teachers_own_curve():
    by = {concept.name: concept.planted for concept in concepts()}
    for planted in by.values():
        assert teacher.line(planted, "BASE", "BASE") == pytest.approx((1, 0))
    assert teacher.line(by["diligent"], "BASE", "USER_NEG") == pytest.approx((1, -1))
    assert teacher.line(by["honest"], "BASE", "USER_POS") == pytest.approx((0.2, 1))
    assert teacher.line(by["honest"], "BASE", "SYS_POS") == pytest.approx((1, 1))
    # Strengths -0.5, 0, 0.5, 1, 1.5, 1.5, 1.5 over the seven multipliers.
    assert teacher.line(by["playful"], "BASE", "SYS_POS") == pytest.approx((5 / 7, 5.5 / 7))
    assert teacher.line(by["sporty"], "USER_POS", "BASE")[0] == pytest.approx(0.6)
    assert teacher.line(by["sporty"], "SYS_POS", "BASE")[0] == pytest.approx(1)
    assert teacher.line(by["bookish"], "SYS_NEG", "BASE")[0] == pytest.approx(1.2)
