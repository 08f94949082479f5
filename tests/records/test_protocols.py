"""Protocols by name: what they say, and that a name is lost where anything deviates."""

from __future__ import annotations

import pytest

from steering.errors import Refused
from steering.records.protocols import (
    CLEAN,
    OPTIONS,
    PROTOCOLS,
    TAN2024,
    VALUES,
    protocol,
    protocol_of,
)


def test_there_are_two_and_they_differ_in_every_option():
    assert [*PROTOCOLS] == [CLEAN, TAN2024] == ["clean", "tan2024"]
    for name in OPTIONS:
        assert protocol(CLEAN).options[name] != protocol(TAN2024).options[name]


def test_every_value_is_one_that_the_option_has_and_ours_is_the_first():
    for name, values in VALUES.items():
        assert protocol(CLEAN).options[name] == values[0]
        assert protocol(TAN2024).options[name] in values


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_set_of_options_has_the_name_only_as_long_as_nothing_deviates(name):
    options = dict(protocol(name).options)
    assert protocol_of(options) == name
    assert protocol_of({**options, "seed": 3}) == name
    for option, values in VALUES.items():
        other = next(value for value in values if value != options[option])
        assert protocol_of({**options, option: other}) == ""
    assert protocol_of({}) == ""


def test_an_unknown_name_is_refused():
    with pytest.raises(Refused, match="there is no protocol 'tan': allowed are clean, tan2024"):
        protocol("tan")
