"""Concepts that cannot be measured: each gets one sentence and leaves no trace."""

from __future__ import annotations

import pytest

from tests.support.bench import YES_NO, Case, lines, refused_in_one_sentence

CASES: dict[str, Case] = {
    "missing file": (
        lambda at: at.measure(None, str(at.folder / "none.jsonl")),
        r"concept file '.*none\.jsonl' does not exist: name a JSONL, JSON, CSV, TSV or Par",
    ),
    "empty file": (
        lambda at: at.measure(None, at.file("a.jsonl", "")),
        r"'.*a\.jsonl' is empty: it",
    ),
    "truncated file": (
        lambda at: at.measure(None, at.file("a.jsonl", lines()[:-30])),
        r"line 60 of '.*a\.jsonl' is not JSON \(.*\): one object a line is needed",
    ),
    "truncated list": (
        lambda at: at.measure(None, at.file("a.json", "[" + lines(1))),
        r"'.*a\.json' is not JSON .*: a list of objects is needed",
    ),
    "another encoding": (
        lambda at: at.measure(None, at.file("a.jsonl", lines().encode("utf-16"))),
        r"'.*a\.jsonl' is not UTF-8 text .*: save it as UTF-8",
    ),
    "wrong fields": (
        lambda at: at.measure(None, at.file("a.csv", "question,answer\nWould you?,Yes\n")),
        r"row 1 of '.*' has no text field 'answer_matching_behavior', but 'question', 'answer': n",
    ),
    "ragged table": (
        lambda at: at.measure(None, at.file("a.csv", "question,answer\nWould you?\n")),
        r"row 1 of '.*' has not as many columns as the first line: needed are 2",
    ),
    "other answers": (
        lambda at: at.measure(None, at.file("a.jsonl", lines(answer_matching_behavior="maybe"))),
        r"line 1 of '.*' has the answers 'maybe' and 'Yes': allowed are Yes and No, or \(A\) and",
    ),
    "both answers equal": (
        lambda at: at.measure(None, at.file("a.jsonl", lines(**dict.fromkeys(YES_NO, "Yes")))),
        r"line 1 of '.*' has the same answer 'Yes' twice: they must differ",
    ),
    "lettered without choices": (
        lambda at: at.measure(
            None, at.file("a.jsonl", lines(**dict(zip(YES_NO, ("(A)", "(B)"), strict=True))))
        ),
        r"line 1 of '.*' has the answers \(A\) and \(B\), but its question does not end with",
    ),
    "too few items": (
        lambda at: at.measure(None, at.file("a.jsonl", lines(9))),
        r"'.*' has 9 different statements: at least 10 are needed",
    ),
    "one item many times": (
        lambda at: at.measure(None, at.file("a.jsonl", lines(1) * 50)),
        r"'.*' has 1 different statements: at least 10 are needed",
    ),
    "contradicting items": (
        lambda at: at.measure(None, at.file("a.jsonl", lines() + lines(1).replace("to 0", "to 1"))),
        r"line 61 of '.*' contradicts line 2: the statement 'I count to 1' has both answers",
    ),
    "one-sided labels": (
        lambda at: at.measure(
            None, at.file("a.jsonl", lines(**dict(zip(YES_NO, ("Yes", "No"), strict=True))))
        ),
        r"'.*' has the matching answer Yes in all of its 60 items: both Yes and No are needed",
    ),
    "folder without items": (
        lambda at: at.measure(None, str(at.folder)),
        r"concept folder '.*' has no items file \(items\.jsonl, .*\): exactly one",
    ),
    "file of another kind": (
        lambda at: ["concepts", "check", at.file("concepts/a.txt", lines())],
        r"concept file '.*a\.txt' has the suffix '\.txt': allowed are \.jsonl, \.json, \.csv",
    ),
    "name with a separator": (
        lambda at: at.measure(None, "../frugal"),
        r"concept file '\.\./frugal' does not exist: name a JSONL",
    ),
    "unknown name": (
        lambda at: at.measure(None, "frugall"),
        r"no concept 'frugall': allowed are bookish, .*or the path of .*; is 'frugal' meant\?",
    ),
    "no such data folder": (
        lambda at: at.measure(None, "openness", "--data-dir", str(at.folder / "none")),
        r"--data-dir names '.*none', which is not a folder of data sets",
    ),
    "data set not in the folder": (
        lambda at: at.measure(None, "openness", "--data-dir", str(at.folder)),
        r"data set 'openness' is not in the data folder '.*': .* as persona/openness\.jsonl",
    ),
    "data set unknown": (
        lambda at: ["fetch", "opennes"],
        "no data set 'opennes': allowed are all",
    ),
    "data set of the user's": (
        lambda at: ["fetch", "truthfulqa"],
        "'truthfulqa' is not downloaded",
    ),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_it_gets_one_sentence(name, at, monkeypatch, capsys):
    refused_in_one_sentence(CASES[name], at, monkeypatch, capsys)
