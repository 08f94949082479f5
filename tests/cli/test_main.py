"""The commands: what they hand on, what they print, and the code that they end with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version

import pytest
from rich.table import Table

from steering.cli import main, printed
from steering.errors import Pending, Refused
from steering.measuring.plan import Plan


def test_debug_shows_where_it_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sys, "argv", ["steering", "measure", "--debug", "none", "frugal", "--out", "o"]
    )
    with pytest.raises(main.Refused, match="no model 'none'"):
        main.main()


Ended = tuple[int | str | None, str, str]


@pytest.fixture
def ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Return the exit code of a command, and what it prints on either stream."""

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["steering", *arguments])
        with pytest.raises(SystemExit) as left:
            main.main()
        return left.value.code, *capsys.readouterr()

    return run


def raises(answer: BaseException) -> Callable[..., None]:
    def call(*_: object, **__: object) -> None:
        raise answer

    return call


MEASURE = ("measure", "wren", "frugal", "--out", "out")


def test_a_refusal_is_printed_as_it_is_and_ends_in_two(
    ended: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "measure_concept", raises(Refused("the folder [red] is full.")))
    assert ended(*MEASURE) == (2, "", "refused: the folder [red] is full.\n")


def test_what_is_waited_for_is_an_answer_to_measure_and_not_to_collect(
    ended: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "measure_concept", raises(Pending("2 requests are waited for.")))
    monkeypatch.setattr(main, "collect_results", raises(Pending("2 requests are waited for.")))
    assert ended(*MEASURE) == (0, "2 requests are waited for.\n", "")
    assert ended("collect", "out") == (3, "2 requests are waited for.\n", "")


def test_who_interrupts_is_told_that_nothing_is_lost(
    ended: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "measure_concept", raises(KeyboardInterrupt()))
    code, out, told = ended(*MEASURE)
    assert (code, out) == (130, "")
    assert "the same command goes on from what is kept in 'out'" in told


def planned(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """The plans that are measured from now on, without measuring anything."""
    plans: list[Plan] = []
    monkeypatch.setattr(main, "measure_concept", lambda *given, **_: plans.append(given[2]))
    monkeypatch.setattr(main.printed, "results", lambda _: "measured")
    monkeypatch.delenv("REPORT", raising=False)
    return plans


def test_options_are_the_plan_that_they_say(
    ended: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = planned(monkeypatch)
    assert ended(*MEASURE) == (0, "measured\n", "")
    more = "--settings=BASE, SYS_POS,BASE --multipliers=1,-1,0 --layers=1-2 --other-concept=none"
    ended(*MEASURE, *more.replace(", ", ",").split(), "--test-groups", "all", "--whole-answers")
    assert plans == [
        Plan(),
        Plan(
            settings=("BASE", "SYS_POS"),
            multipliers=(-1.0, 0.0, 1.0),
            layers=(1, 2),
            other_concept="",
            test_groups=None,
            per_group=None,
            whole_answers=True,
        ),
    ]


def test_an_operator_and_a_maker_are_named_and_what_there_is_none_of_is_refused(
    ended: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = planned(monkeypatch)
    ended(*MEASURE, "--operator", "affine", "--maker", "logistic")
    assert plans == [Plan(operator="affine", maker="logistic")]
    code, _, told = ended(*MEASURE, "--operator", "turn")
    assert code == 2
    assert "no operator 'turn': allowed are add, ablate_add, affine, clamp" in told
    code, _, told = ended(*MEASURE, "--maker", "guess")
    assert code == 2
    assert "no maker 'guess': allowed are mean, principal, logistic, mass_mean" in told
    assert len(plans) == 1


def test_old_names_of_options_still_work_and_are_told(
    ended: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = planned(monkeypatch)
    code, _, told = ended(*MEASURE, "--items", "3", "--other=honest", "--unscaled")
    assert code == 0
    assert plans == [Plan(test_groups=3, other_concept="honest", own_norm=True)]
    assert [sentence.split(";")[0] for sentence in told.splitlines()] == [
        "--items is called --test-groups now",
        "--other is called --other-concept now",
        "--unscaled is called --own-norm now",
    ]


def test_the_other_concept_is_not_chosen_for_the_user_any_more(
    ended: Callable[..., Ended],
) -> None:
    code, _, told = ended(*MEASURE, "--other", "auto")
    assert code == 2
    *renamed, refused = told.splitlines()
    assert [sentence.split(";")[0] for sentence in renamed] == [
        "--other is called --other-concept now"
    ]
    assert refused.startswith("refused: the other concept is 'auto', which is gone, since a report")


def test_multipliers_may_stand_after_a_blank(
    ended: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = planned(monkeypatch)
    assert ended(*MEASURE, "--multipliers", "-1.5,0,1.5")[0] == 0
    assert plans == [Plan(multipliers=(-1.5, 0.0, 1.5))]


def test_it_says_which_version_it_is(ended: Callable[..., Ended]) -> None:
    assert ended("--version") == (0, f"steering {version('steering')}\n", "")


@pytest.mark.parametrize("command", [(), ("measure",), ("report",), ("concepts", "check")])
def test_help_has_a_short_name(command: tuple[str, ...], ended: Callable[..., Ended]) -> None:
    code, out, _ = ended(*command, "-h")
    assert code == 0
    assert "Usage" in out
    assert ended(*command, "--help") == (0, out, "")


def test_what_stands_in_brackets_is_shown(
    ended: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder may be called like a word that the printing library takes for a style."""
    monkeypatch.setattr(
        printed, "results", lambda found: Table("a" * 40, title=f"{found} [v2] [red]x")
    )
    monkeypatch.setattr(main, "measure_concept", lambda *_, **__: "m")
    _, out, _ = ended(*MEASURE)
    assert "m [v2] [red]x" in out
