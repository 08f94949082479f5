"""The length switch: as a configuration says it, and which lengths are on one side of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steering.models.length_switch import LengthSwitch, length_switch_of


@pytest.mark.parametrize(
    ("scaling", "switch"),
    [
        ({"rope_parameters": {"rope_type": "default", "rope_theta": 1e4}}, None),
        ({"rope_parameters": {"rope_type": "yarn", "factor": 2.0}}, None),
        ({"rope_parameters": None}, None),
        ({"rope_scaling": {"type": "su", "long_factor": [2.0]}}, LengthSwitch(100, False)),
        ({"rope_scaling": {"type": "dynamic"}}, LengthSwitch(900, True)),
        (
            {"rope_parameters": {"rope_type": "longrope", "original_max_position_embeddings": 60}},
            LengthSwitch(60, False),
        ),
        (
            {
                "rope_parameters": {
                    "full_attention": {"rope_type": "longrope"},
                    "sliding_attention": {"rope_type": "dynamic"},
                }
            },
            LengthSwitch(100, True),
        ),
    ],
)
def test_the_switch_is_read_from_the_configuration(scaling, switch):
    given = {"max_position_embeddings": 900, "original_max_position_embeddings": 100, **scaling}
    assert length_switch_of(SimpleNamespace(**given), 900) == switch


def test_lengths_on_one_side_share_their_angles():
    once, gradual = LengthSwitch(9, False), LengthSwitch(9, True)
    assert [once.side(length) for length in (3, 9, 10, 20)] == [0, 0, 1, 1]
    assert [gradual.side(length) for length in (3, 9, 10, 20)] == [9, 9, 10, 20]
