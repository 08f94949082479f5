"""What a report is asked for: the default sizes, or all of it; as said on the page."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from steering.cli import main
from steering.clone import book_folder
from steering.errors import Refused
from steering.measuring.capped import LARGE, MOST_OF_LARGE
from steering.measuring.plan import FULL, Plan
from steering.measuring.sizes import OF_PAIRS, VARIABLE, of_form, sizes
from steering.report import runner
from steering.report.configuration import configuration


@pytest.fixture(autouse=True)
def _nothing_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_the_default_leaves_all_to_the_plan() -> None:
    assert sizes() == {}
    assert Plan(**sizes(own_norm=True)) == Plan(own_norm=True)


def test_full_is_said_by_the_option_or_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    by_option = sizes(full=True)
    monkeypatch.setenv(VARIABLE, "full")
    assert sizes() == by_option == FULL
    plan = Plan(**by_option)
    assert (plan.test_groups, plan.per_group, plan.map_items) == (None, None, None)
    assert (plan.random_vectors, plan.resampled_vectors, plan.shuffled_vectors) == (200, 200, 100)
    monkeypatch.setenv(VARIABLE, "default")
    assert sizes() == {}


def test_items_that_are_named_come_before_the_rest() -> None:
    assert sizes(test_groups=7, full=True) == FULL | {"test_groups": 7}
    assert sizes(test_groups=0) == {"test_groups": None, "per_group": None}


def test_a_form_of_pairs_has_sizes_of_its_own_and_what_is_named_stays() -> None:
    named = {"seed": 3, "map_items": 9}
    letters = of_form("chosen", named)
    assert letters == named
    assert letters is not named
    assert of_form("said", {}) == OF_PAIRS | {"form": "said"}
    assert of_form("said", named) == OF_PAIRS | named | {"form": "said"}
    assert of_form("said", {"test_groups": None})["test_groups"] is None
    plan = Plan(**of_form("said", {}))
    assert plan.form == "said"
    for name, size in OF_PAIRS.items():
        assert size < getattr(Plan(), name)
    controls = ("random_vectors", "resampled_vectors", "shuffled_vectors")
    assert all(getattr(plan, name) == getattr(Plan(), name) for name in controls)
    assert of_form("said", FULL)["test_groups"] is None, "all that there is"


def test_another_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "all")
    with pytest.raises(Refused, match="REPORT is 'all': allowed are full, default"):
        sizes()


@pytest.mark.parametrize("said", [["--full"], []])
def test_the_command_line_makes_that_configuration(
    said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def instead(models: Any, concepts: Any, out: Any, **rest: Any) -> None:
        asked.update(configuration(models, concepts, out, rest["options"]))

    monkeypatch.setattr(runner, "report", instead)
    if not said:
        monkeypatch.setenv(VARIABLE, "full")
    words = [
        "report",
        "wren",
        "--alone",
        "--concepts",
        "tidy",
        "--out",
        str(tmp_path),
        "--own-norm",
    ]
    monkeypatch.setattr(sys, "argv", ["steering", *words, *said])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code in (0, None)
    assert asked["options"] == FULL | {"own_norm": True}
    assert Plan(**asked["options"]).random_vectors == 200


def test_the_page_says_these_sizes() -> None:
    text = (book_folder() / "rerun.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| (\w+) \|$", text, re.MULTILINE)
    default, full = Plan(), Plan(**FULL)
    names = (
        *("test_groups", "per_group", "validation_groups", "map_items"),
        *("random_vectors", "resampled_vectors", "resampled_shift_vectors", "shuffled_vectors"),
        *("subset_vectors", "neutral_texts", "wide_groups", "wordings"),
    )
    for (what, small, large), name in zip(rows, names, strict=True):
        assert small == str(getattr(default, name)), what
        assert large == str(getattr(full, name) or "all"), what
    changed = {name for name in FULL if FULL[name] != getattr(default, name)}
    assert changed == {*names, "train_groups"}
    told = re.search(
        r"more than `(\d+)` million parameters .* from `(\d+)`\s+groups", text, re.DOTALL
    )
    assert told is not None
    assert [int(number) for number in told.groups()] == [LARGE // 10**6, MOST_OF_LARGE]
