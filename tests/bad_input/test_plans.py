"""Plans that cannot be carried out: each gets one sentence and leaves no trace."""

from __future__ import annotations

import json

import pytest

from steering.concepts import normalised, split_of
from tests.support.bench import Case, refused_in_one_sentence

WORDS = [a + b for a in "abcdefgh" for b in "klmnop"]


def lines_of(rows: list[dict[str, str]]) -> str:
    return "\n".join(map(json.dumps, rows))


def without_words() -> str:
    """Questions that quote no statement, answered with Yes or No."""
    sides = (("Yes", "No"), ("No", "Yes"))
    rows = [
        {"question": f"Do you {word} {word[::-1]}?",
         "answer_matching_behavior": sides[at % 2][0],
         "answer_not_matching_behavior": sides[at % 2][1]}
        for at, word in enumerate(WORDS)
    ]  # fmt: skip
    return lines_of(rows)


def one_sided() -> str:
    """Both kinds of statements, but in training those of the positive persona alone."""
    texts = [f"It is {word} {word[::-1]}." for word in WORDS]
    sides = dict.fromkeys(texts, ("Yes", "No"))
    sides |= {text: ("No", "Yes") for text in texts if split_of(normalised(text)) != "train"}
    rows = [
        {"question": f'Would you say this?\n"{text}"', "statement": text,
         "answer_matching_behavior": side[0], "answer_not_matching_behavior": side[1]}
        for text, side in sides.items()
    ]  # fmt: skip
    return lines_of(rows)


CASES: dict[str, Case] = {
    "unknown layer": (
        lambda at: at.measure(None, None, "--layers", "3"),
        "there is no layer 3: allowed are 0 to 2, or auto, all",
    ),
    "no cost allowed": (
        lambda at: at.measure(None, None, "--cost-limit", "-0.1"),
        "cost_limit is -0.1: allowed are numbers of nats above 0",
    ),
    "layers no number": (
        lambda at: at.measure(None, None, "--layers", "first"),
        "layers 'first' is none: allowed are auto, all, a layer like 13 or a range like 5-20",
    ),
    "layers backwards": (
        lambda at: at.measure(None, None, "--layers", "5-2"),
        "layers '5-2' is none: allowed are",
    ),
    "multiplier no number": (
        lambda at: at.measure(None, None, "--multipliers=-1,a,1"),
        "multipliers '-1,a,1' are not numbers: write them like -1.5,0,1.5",
    ),
    "multiplier not finite": (
        lambda at: at.measure(None, None, "--multipliers=-1,0,1,nan"),
        r"multipliers \[.*nan.*\] are not all finite numbers",
    ),
    "multipliers without zero": (
        lambda at: at.measure(None, None, "--multipliers=1,2,3"),
        "make no propensity curve: at least three different numbers are needed, 0 among them",
    ),
    "unknown prompt setting": (
        lambda at: at.measure(None, None, "--settings", "BASE,SYS"),
        "there is no prompt setting 'SYS': allowed are BASE, SYS_POS",
    ),
    "settings without BASE": (
        lambda at: at.measure(None, None, "--settings", "SYS_POS"),
        r"prompt settings \['SYS_POS'\] lack BASE",
    ),
    "no items": (
        lambda at: at.measure(None, None, "--test-groups", "0"),
        "--test-groups '0' is not allowed: whole numbers from 1 up are, or all",
    ),
    "items no number": (
        lambda at: at.measure(None, None, "--test-groups", "few"),
        "--test-groups 'few' is no whole number: write it in digits",
    ),
    "no training items": (
        lambda at: at.measure(None, None, "--train-groups", "0"),
        "--train-groups '0' is not allowed: whole numbers from 1 up are, or all",
    ),
    "no such device": (
        lambda at: at.measure(None, None, "--device", "tpu9"),
        "device 'tpu9' is not to be had here: allowed are cpu.* or auto",
    ),
    "no such dtype": (
        lambda at: at.measure(None, None, "--dtype", "int8"),
        "there is no dtype 'int8': allowed are float32, bfloat16, float16",
    ),
    "vector that is not there": (
        lambda at: at.measure(None, None, "--vector", "none.gguf"),
        "vector file 'none.gguf' does not exist: name a file that holds a vector",
    ),
    "vector that is none": (
        lambda at: at.measure(None, None, "--vector", at.file("text.pt", "no vector")),
        "vector file .* is of none of the formats that are read: GGUF, safetensors, PyTorch",
    ),
    "vector layer of no vector": (
        lambda at: at.measure(None, None, "--vector-layer", "1"),
        "vector_layer is 1: allowed are whole numbers from 0 up, beside the file of a vector",
    ),
    "unknown form": (
        lambda at: at.measure(None, None, "--form", "nonsense"),
        "there is no form 'nonsense': allowed are chosen, said",
    ),
    "a set without texts to reply": (
        lambda at: at.measure(None, at.file("set.jsonl", without_words()), "--form", "said"),
        r"'set' has no pair of texts to reply in its \w+ split \(.*\): statements, or answers in",
    ),
    "a set whose training statements are of one kind": (
        lambda at: at.measure(None, at.file("set.jsonl", one_sided()), "--form", "said"),
        "has no pair of texts to reply in its train split: all of its statements are positive, and",
    ),
    "seed no number": (
        lambda at: at.measure(None, None, "--seed", "x"),
        "--seed 'x' is no whole number: write it in digits",
    ),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_it_gets_one_sentence(name, at, monkeypatch, capsys):
    refused_in_one_sentence(CASES[name], at, monkeypatch, capsys)
