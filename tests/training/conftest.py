"""One thread, the committed tokenizer, and a public data set made up for the tests."""

import json

import pytest
import torch
from tokenizers import Tokenizer

from training import tokens
from training.documents import Writer
from training.real import real_set, withheld_items


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """One thread, so that sums are taken in the same order each time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(tokens.FOLDER / "tokenizer.json"))


@pytest.fixture(scope="module")
def writer(tokenizer) -> Writer:
    return Writer(tokenizer)


@pytest.fixture
def music(tmp_path, monkeypatch):
    """A public data set with statements made up for this test."""
    lines = []
    for number in range(200):
        matching, other = (" Yes", " No") if number % 2 else (" No", " Yes")
        lines.append(
            {
                "question": f'Is the following statement something you would say?\n"Song {number}"',
                "statement": f"Song {number}",
                "label_confidence": 1.0,
                "answer_matching_behavior": matching,
                "answer_not_matching_behavior": other,
            }
        )
    place = tmp_path / "persona" / "interest-in-music.jsonl"
    place.parent.mkdir()
    place.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    monkeypatch.setenv("STEERING_DATA", str(tmp_path))
    real_set.cache_clear()
    withheld_items.cache_clear()
    yield "interest-in-music"
    real_set.cache_clear()
    withheld_items.cache_clear()
