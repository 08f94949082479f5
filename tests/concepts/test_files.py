"""Rows of JSONL, JSON and CSV files, and the one sentence about a file that is none of them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest

from steering.concepts import load_concept
from steering.concepts.files import rows_of
from steering.errors import Refused
from tests.support.written import GOOD, as_csv, file_of, line


def test_csv_and_json_say_the_same_as_jsonl(tmp_path: Path) -> None:
    rows = [json.loads(text) for text in GOOD]
    (tmp_path / "counting.json").write_text(json.dumps(rows), encoding="utf-8")
    as_csv(tmp_path / "counting.csv", rows)
    items = load_concept(file_of(tmp_path, GOOD)).items
    assert load_concept(tmp_path / "counting.json").items == items
    assert load_concept(tmp_path / "counting.csv").items == items


TEXTS = {
    "empty.jsonl": ("", "is empty"),
    "blank.csv": (" \n", "is empty"),
    "cut.jsonl": ("\n".join([*GOOD, "{"]), "line 41 of .* is not JSON"),
    "list.json": ('{"question": "?"}', "is JSON, but no list"),
    "cut.json": (f"[{GOOD[0]}", "is not JSON"),
    "deep.json": ("[" * 100_000, "not JSON .nested too deeply"),
    "trait.json": (
        '{"instruction": [{"pos": "Lie.", "neg": "Say what is so."}], "questions": ["Why?"], '
        '"eval_prompt": "…"}',
        "needed, each with a question and its two answers, and not one object of the fields "
        "'instruction', 'questions', 'eval_prompt'.$",
    ),
    "quote.tsv": ('a\tb\n1\t2\n"3', "is not TSV after its row 1 .*separated by tabs are needed"),
    "text.parquet": ("a,b", "is not readable as Parquet"),
    "plain.csv.gz": ("a,b", "is not packed by gzip, or not whole"),
    "none.json": ("[]", "holds no items"),
    "ragged.csv": ("a,b\n1,2\n3\n", "row 2 of .* has not as many columns as the first line"),
    "quote.csv": ('a,b\n1,2\n"3', "is not CSV after its row 1"),
    "other.csv": ("a,b\n1,2\n", "row 1 of .* has no text field 'question'"),
    "items.txt": ("x", "has the suffix '.txt': allowed are .jsonl, .json, .csv, .tsv, .parquet, "),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_malformed_text_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    text, sentence = TEXTS[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=sentence) as refused:
        load_concept(tmp_path / name)
    assert "\n" not in str(refused.value)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "counting.jsonl"
    path.write_bytes(line(1).encode("utf-16"))
    with pytest.raises(Refused, match="not UTF-8 text"):
        load_concept(path)


def test_rows_are_numbered_and_named_by_their_place(tmp_path: Path) -> None:
    lines = file_of(tmp_path, ['{"a": "1"}', "", '{"a": "2\u2028"}'], "lines.jsonl")
    assert rows_of(lines) == [
        (0, f"line 1 of {str(lines)!r}", {"a": "1"}),
        (2, f"line 3 of {str(lines)!r}", {"a": "2\u2028"}),
    ]
    listed = tmp_path / "listed.json"
    listed.write_text('[{"a": "1"}]', encoding="utf-8")
    assert rows_of(listed) == [(0, f"entry 1 of {str(listed)!r}", {"a": "1"})]
    table = tmp_path / "table.csv"
    table.write_text('a\n"1, and\nmore"\n', encoding="utf-8")
    assert rows_of(table) == [(0, f"row 1 of {str(table)!r}", {"a": "1, and\nmore"})]


@pytest.mark.parametrize("suffix", ["jsonl", "json", "csv"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(suffix: str, tmp_path: Path) -> None:
    text = {"jsonl": '{"a": "1"}', "json": '[{"a": "1"}]', "csv": "a\n1\n"}[suffix]
    file = tmp_path / f"items.{suffix}"
    file.write_text(text, encoding="utf-8-sig")
    assert [fields for _, _, fields in rows_of(file)] == [{"a": "1"}]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"none\.csv' could not be read \(No such file"):
        rows_of(tmp_path / "none.csv")


@pytest.mark.parametrize("field", ["question", "group"])
def test_half_a_character_is_refused_with_its_line(field: str, tmp_path: Path) -> None:
    half = json.loads(GOOD[4]) | {field: "cut \ud83d"}
    path = file_of(tmp_path, [*GOOD[:4], json.dumps(half), *GOOD[5:]])
    with pytest.raises(Refused, match=r"^line 5 of '.*' holds \\ud83d, which is half of a char"):
        load_concept(path)
    whole = file_of(tmp_path, [json.dumps({"a": "whole \U0001f600"})], "whole.jsonl")
    assert rows_of(whole)[0][2] == {"a": "whole \U0001f600"}


def test_packed_files_and_tables_say_the_same(tmp_path: Path) -> None:
    rows = [json.loads(text) for text in GOOD]
    plain = file_of(tmp_path, GOOD)
    items = load_concept(plain).items
    table = pd.DataFrame(rows)
    table.to_parquet(tmp_path / "counting.parquet")
    table.to_csv(tmp_path / "counting.tsv", sep="\t", index=False)
    (tmp_path / "counting.jsonl.gz").write_bytes(gzip.compress(plain.read_bytes()))
    table.to_csv(tmp_path / "counting.csv.gz", index=False)
    for suffix in (".parquet", ".tsv", ".jsonl.gz", ".csv.gz"):
        concept = load_concept(tmp_path / f"counting{suffix}")
        assert (concept.items, concept.name) == (items, "counting"), suffix


def test_a_cut_packed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "counting.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(GOOD).encode())[:-20])
    with pytest.raises(Refused, match=r"counting\.jsonl\.gz' is not packed by gzip, or not whole"):
        load_concept(path)


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    pd.DataFrame({"question": []}).to_parquet(tmp_path / "empty.parquet")
    with pytest.raises(Refused, match="is empty: it holds no items"):
        load_concept(tmp_path / "empty.parquet")
