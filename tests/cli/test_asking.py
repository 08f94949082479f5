"""A protocol on the command line: it sets all of its options, and one beside it wins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from steering.cli import main
from steering.cli.asking import asked
from steering.errors import Refused
from steering.measuring.plan import Plan
from steering.records.protocols import OPTIONS, PROTOCOLS
from steering.report import runner

TAN = {"steered": "prompt-end", "orders": "published", "split": "overlapping",
       "score": "answer-logits", "personas": "published"}  # fmt: skip


def test_the_default_says_nothing_that_deviates() -> None:
    assert asked("clean", {}) == {"layers": "auto"}
    assert Plan(**asked("clean", {})) == Plan()


def test_a_protocol_sets_them_all() -> None:
    assert asked("tan2024", {}) == {"layers": "one", "asking": TAN}


def test_an_option_beside_a_protocol_wins_even_where_it_says_what_is_ours() -> None:
    found = asked("tan2024", {"orders": "both", "layers": "13", "score": None})
    assert found == {"layers": (13,), "asking": {k: v for k, v in TAN.items() if k != "orders"}}
    assert asked("tan2024", {"layers": "auto"})["layers"] == "auto"
    assert asked("clean", {"split": "rows"}) == {"layers": "auto", "asking": {"split": "rows"}}


def test_another_name_is_refused() -> None:
    with pytest.raises(Refused, match="there is no protocol 'tan'"):
        asked("tan", {})


def test_every_option_of_a_protocol_is_one_of_the_commands() -> None:
    import inspect  # noqa: PLC0415

    for command in (main.measure,):
        names = {*inspect.signature(command).parameters}
        assert {*OPTIONS, "protocol"} <= names
        assert "asked" not in names


def test_measure_hands_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[Plan] = []

    def planned(_: str, __: str, plan: Plan, *___: Any, **____: Any) -> Plan:
        plans.append(plan)
        raise Refused("seen.")

    monkeypatch.setattr(main, "planned", planned)
    tan = ("--protocol", "tan2024")
    for more in (tan, (*tan, "--steered", "predicting"), ()):
        given = ["steering", "measure", "wren", "frugal", "--out", "o", *more]
        monkeypatch.setattr("sys.argv", given)
        with pytest.raises(SystemExit):
            main.main()
    assert plans == [
        Plan(layers="one", asking=TAN),
        Plan(layers="one", asking=TAN | {"steered": "predicting"}),
        Plan(),
    ]


def test_the_report_hands_it_on(
    printed: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(runner, "report", lambda *_, **named: seen.append(named))
    monkeypatch.delenv("REPORT", raising=False)
    for name in PROTOCOLS:
        printed("report", "mine", "--protocol", name)
    assert seen[0]["options"] == {}
    assert seen[1]["options"] == {"layers": "one", "asking": TAN}
