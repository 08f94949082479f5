"""The commands: what they hand on, what they print, and the code that they end with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from steering.cli import main
from steering.errors import Pending, Refused
from steering.measuring.plan import Plan
from steering.models.catalogue import own_models
from steering.report import runner


@pytest.mark.parametrize("given", ["--data-dir", "STEERING_DATA"])
def test_the_report_hands_the_data_folder_on_whole(
    given: str, printed: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        runner, "report", lambda *named, **_: seen.append((*named, os.environ["STEERING_DATA"]))
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sets").mkdir()
    monkeypatch.setenv("STEERING_DATA", "sets")
    printed("report", "mine", *(["--data-dir", "sets"] if given == "--data-dir" else []))
    printed("report", "mine", "--alone", "--concepts", "a,b", "--out", "there")
    whole = str(tmp_path / "sets")
    assert seen[0] == (("mine", *own_models()), (), None, whole)
    assert seen[1] == (("mine",), ["a", "b"], Path("there"), whole)


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
