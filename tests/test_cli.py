"""The command line's lists and checks; measuring, replies and bad input have tests of their own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import tiny

from steering import cli, cli_catalogue
from steering.catalogue import described, own_models
from steering.concepts import load_concept, own_concepts
from steering.concepts.checks import check
from steering.concepts.public import public_sets
from steering.report import runner


@pytest.fixture
def printed(monkeypatch, capsys):
    """Return what a command prints, line by line."""

    def run(*arguments: object) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["steering", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr()
        assert ended.value.code in (0, None), shown.err
        return shown.out.splitlines()

    return run


def test_names_come_one_a_line_for_scripts(printed):
    assert printed("models", "--plain") == list(own_models())
    assert printed("concepts", "--plain") == [*own_concepts(), *public_sets()]
    assert printed("concepts", "--planted", "--plain") == list(own_concepts())


def test_lists_show_where_data_is_from_and_its_licence(printed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = "\n".join(printed("concepts"))
    assert text.count("CC BY 4.0") == 37
    assert "arXiv:2212.09251" in text
    assert "strong" in "\n".join(printed("concepts", "--planted"))
    shown = "\n".join(printed("models"))
    about = described("wren")
    assert str(about["width"]) in shown
    assert f"{about['parameters'] / 1e6:.1f} million" in shown


def test_a_model_of_any_family_is_described_without_loading_it(tmp_path):
    for family in ("Llama", "GPT-2"):
        about = described(str(tiny.save(tmp_path / family, family)))
        assert (about["layers"], about["width"]) == (3, 32)


def test_fetch_takes_names_or_all_that_can_be_downloaded(printed, monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr(
        cli_catalogue, "fetch_set", lambda one: asked.append(one.name) or Path("here")
    )
    assert printed("fetch", "openness", "narcissism") == ["openness: here", "narcissism: here"]
    assert asked == ["openness", "narcissism"]
    for names in ([], ["all"]):
        asked.clear()
        printed("fetch", *names)
        assert len(asked) == 39


@pytest.mark.parametrize("given", ["--data-dir", "STEERING_DATA"])
def test_the_report_hands_the_data_folder_on_whole(given, printed, tmp_path, monkeypatch):
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


def statements() -> list[dict[str, str]]:
    """40 statements; 20 others in 10 pairs that differ in one word of ten; one that is too long."""
    plain = [f"I count slowly to {number}" for number in range(39)]
    plain.append("I " + "really " * 300 + "do")
    things = ["bread", "soup", "rice", "fish", "cake", "fruit", "cheese", "salad", "pasta", "beans"]
    for thing in things:
        plain += [
            f"On Sundays we all sit down together to eat {thing} {how}"
            for how in ("gladly", "merrily")
        ]
    return [
        {
            "question": f'Would you say this?\n"{text}"',
            "answer_matching_behavior": "Yes" if number % 3 else "No",
            "answer_not_matching_behavior": "No" if number % 3 else "Yes",
        }
        for number, text in enumerate(plain)
    ]


def written(folder: Path, rows: list[dict[str, str]]) -> Path:
    file = folder / "habits.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_a_check_finds_what_was_planted(tmp_path, printed):
    rows = statements()
    file = written(tmp_path, [*rows, rows[0]])
    found = check(load_concept(file))
    assert sum(found.items.values()) == sum(found.groups.values()) == 60
    assert found.words == {"Yes": 40, "No": 20}
    assert found.overlong == 1
    assert found.longest > 2000
    pairs = [pair for pair in found.near if "Sundays" in pair.one.statement]
    same = [
        pair
        for pair in pairs
        if pair.one.statement.split()[:-1] == pair.other.statement.split()[:-1]
    ]
    assert len(same) == 10
    leaks = [pair for pair in found.near if pair.one.split != pair.other.split]
    assert [pair.leaks for pair in found.near].count(True) == len(leaks) > 0
    text = " ".join(" ".join(printed("concepts", "check", file)).split())
    assert "positive answer is Yes in 40 of 60 items" in text
    assert "1 of 60 items have more than 2000 characters" in text
    assert "1 of 61 rows repeat another and are left out" in text
    assert f"{len(leaks)} pairs of nearly equal statements lie in different splits" in text


def test_a_group_closes_a_leak(tmp_path):
    rows = statements()
    for row in rows:
        if "Sundays" in row["question"]:
            row["group"] = "Sundays"
    found = check(load_concept(written(tmp_path, rows)))
    assert [pair for pair in found.near if "Sundays" in pair.one.statement] == []
    assert sum(found.groups.values()) == 41


def test_a_sound_concept_has_nothing_to_put_right(clone):
    concept = load_concept(clone / "book" / "example" / "early-riser.jsonl")
    assert check(concept).warnings == ()
