"""Options that several commands share: how their texts are read, and what is refused."""

from __future__ import annotations

import pytest
from typer.main import get_command

from steering.cli.main import app
from steering.cli.options import (
    RENAMED,
    by_new_names,
    numbers_joined,
    terms,
)
from steering.errors import Refused
from steering.remote.terms import Terms


def test_old_names_become_new_ones_whatever_is_given_with_them() -> None:
    given = ["measure", "wren", "--items", "3", "--other=a=b", "--seed", "1"]
    renamed, told = by_new_names(given)
    assert renamed == [
        "measure",
        "wren",
        "--test-groups",
        "3",
        "--other-concept=a=b",
        "--seed",
        "1",
    ]
    assert told == [
        "--items is called --test-groups now; the old name works in this version only.",
        "--other is called --other-concept now; the old name works in this version only.",
    ]


def test_what_has_no_old_name_is_left_alone() -> None:
    given = ["report", "items", "--itemised", "--test-groups=3", "-items"]
    assert by_new_names(given) == (given, [])


def test_every_new_name_is_an_option_and_no_old_one_is() -> None:
    command = get_command(app)
    commands = command.commands.values()  # type: ignore[attr-defined]
    known = {name for one in commands for option in one.params for name in option.opts}
    assert known >= {*RENAMED.values()}
    assert not known & {*RENAMED}


def test_a_service_is_asked_on_terms_and_only_where_it_is_meant() -> None:
    assert terms(remote=False, host=None, submit=False, time_limit=5) is None
    asked = terms(remote=True, host="https://here.example/", submit=True, time_limit=5)
    assert asked == Terms(host="https://here.example", submit=True, time_limit=5)
    assert terms(remote=True, host=None) == Terms()
    with pytest.raises(Refused, match="--host asks a service: add --remote"):
        terms(remote=False, host="https://here.example")
    with pytest.raises(Refused, match="--submit asks a service: add --remote"):
        terms(remote=False, host=None, submit=True)


@pytest.mark.parametrize(
    ("given", "joined"),
    [
        (
            ["m", "--multipliers", "-1,0,1", "--seed", "1"],
            ["m", "--multipliers=-1,0,1", "--seed", "1"],
        ),
        (["--multipliers=-1,0,1", "-1"], ["--multipliers=-1,0,1", "-1"]),
        (["--multipliers"], ["--multipliers"]),
    ],
)
def test_numbers_after_a_blank_belong_to_their_option(given: list[str], joined: list[str]) -> None:
    assert numbers_joined(given) == joined
