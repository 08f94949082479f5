"""The reliability card on disk: its schema, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from steering.errors import Refused
from steering.records.reliability import (
    SCHEMA_FILE,
    VERSION,
    Number,
    card_json,
    read_reliability,
    schema,
    write_reliability,
)
from tests.support import carded


def test_a_card_is_read_as_it_was_written(tmp_path: Path) -> None:
    card = carded.card()
    path = write_reliability(card_json(card), tmp_path / "new" / "card.json")
    assert read_reliability(path) == card
    assert [file.name for file in path.parent.iterdir()] == ["card.json"]


def test_the_committed_schema_is_that_of_the_code() -> None:
    """Write it anew by `json.dumps(schema(), indent=1, ensure_ascii=False)` and a new line."""
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == schema()


def test_cards_follow_the_schema_and_others_do_not() -> None:
    found = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    for name in ("strong", "inert"):
        jsonschema.validate(json.loads(card_json(carded.card(name))), found)
    raw = json.loads(card_json(carded.card()))
    for wrong in ({**raw, "more": 1}, {**raw, "steering": None}, {**raw, "untested": [1]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, found)


def test_what_is_no_number_is_not_written() -> None:
    with pytest.raises(ValueError, match="finite number"):
        Number(value=float("nan"), low=None, high=None, unit="logits")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no readable JSON"),
        ("[1]", "is no reliability card"),
        ('{"model": {"name": "wren"}}', "is no reliability card"),
        (carded.changed(carded.card(), ("version",), VERSION + 1), f"is a card of version {2}"),
        (carded.changed(carded.card(), ("steering", "p"), "small"), r"damaged card \(steering.p"),
        (carded.changed(carded.card(), ("about", "layer"), 1.5), r"damaged card \(about.layer"),
        (carded.changed(carded.card(), ("pairs",), {"groups": 1}), r"damaged card \(pairs"),
        (card_json(carded.card())[:-40], "is no readable JSON"),
    ],
)
def test_what_is_no_whole_card_is_refused_in_one_sentence(
    text: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "card.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=said) as refused:
        read_reliability(path)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_or_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="could not be read"):
        read_reliability(tmp_path / "none.json")
    with pytest.raises(Refused, match="could not be read"):
        read_reliability(tmp_path)
    (tmp_path / "x.json").mkdir()
    with pytest.raises(Refused, match="could not be written"):
        write_reliability("{}", tmp_path / "x.json")
    kept: list[Any] = list((tmp_path / "x.json").iterdir())
    assert kept == []
