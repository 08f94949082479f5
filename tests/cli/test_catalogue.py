"""The command line's lists and checks; measuring, replies and bad input have tests of their own."""

from __future__ import annotations

from pathlib import Path

from steering.cli import catalogue
from steering.concepts import load_concept, own_concepts
from steering.concepts.checks import check
from steering.concepts.public import public_sets
from steering.models.catalogue import described, own_models
from tests.support import tiny
from tests.support.written import by_themselves, file_of, habits


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
    monkeypatch.setattr(catalogue, "fetch_set", lambda one: asked.append(one.name) or Path("here"))
    assert printed("fetch", "openness", "narcissism") == ["openness: here", "narcissism: here"]
    assert asked == ["openness", "narcissism"]
    for names in ([], ["all"]):
        asked.clear()
        printed("fetch", *names)
        assert len(asked) == 39


def test_a_check_prints_what_is_to_be_put_right(tmp_path, printed):
    rows = by_themselves(habits())
    file = file_of(tmp_path, [*rows, rows[0]], "habits.jsonl")
    leaks = sum(pair.leaks for pair in check(load_concept(file)).near)
    text = " ".join(" ".join(printed("concepts", "check", file)).split())
    assert "positive answer is Yes in 40 of 60 items" in text
    assert "1 of 60 items have more than 2000 characters" in text
    assert "1 of 61 rows repeat another and are left out" in text
    assert leaks > 0
    assert f"{leaks} pairs of nearly equal statements lie in different splits" in text


def test_with_a_model_the_training_pairs_are_checked_too(tmp_path, printed):
    model, file = (
        tiny.save(tmp_path / "tiny"),
        file_of(tmp_path, by_themselves(habits()), "habits.jsonl"),
    )
    without = printed("concepts", "check", file)
    text = printed("concepts", "check", file, "--model", model)
    assert text[: len(without)] == without
    assert [line.removeprefix("Note: ").split(":")[0] for line in text[len(without) :]] == [
        "Length", "Refusal", "Side", "Direction",
    ]  # fmt: skip
