"""What pages say of a vector that was given: what it is, and what is missing beside it."""

from __future__ import annotations

from typing import Any

import pytest

from steering.prose.given import given_sentences, layer_sentences, origin
from steering.prose.notes import notes

CARD: dict[str, Any] = {
    "model": {"name": "wren", "revision": "abc"},
    "concept": {"name": "tidy"},
    "items": {"train": 40, "validation": 9},
    "layers": [4],
    "vector_norms": {"BASE": 18.0},
    "residual_norm": 90.0,
}
ABOUT: dict[str, Any] = {
    "file": "tidy.gguf", "format": "GGUF", "sha256": "0123456789abcdef", "layers": [4],
    "named": False, "about": {},
}  # fmt: skip


def given(**about: Any) -> dict[str, Any]:
    return CARD | {"given": ABOUT | about}


def test_of_a_vector_that_was_made_here_nothing_is_said() -> None:
    assert given_sentences(CARD) == []
    assert origin(CARD) == (
        "the vector comes from 40 training items",
        "; chosen on 9 validation items",
    )
    assert layer_sentences(CARD) == (
        "The layer was chosen by the mean slope on validation items before any test item was looked"
        " at."
    )


def test_the_file_its_length_and_what_is_not_known_are_said() -> None:
    first, second, *rest = given_sentences(given())
    assert "in the file tidy.gguf (GGUF; the hash of what was read" in first
    assert "begins with 0123456789ab)" in first
    assert "its length is 18.00, 20\u202f% of that of the residual stream there" in first
    assert second.startswith("From which training pairs it was made is unknown")
    assert rest[0].startswith("So there are no vectors of resampled pairs or of shuffled labels")
    assert "rest on random vectors alone" in rest[0]
    assert len(rest) == 1
    assert notes(given())[:3] == given_sentences(given())


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"model": "linnet"}, "was made for the model “linnet”, another one."),
        ({"model": "wren", "revision": "def"}, "“wren” in the revision def, another one."),
        ({"model_hint": "llama"}, "is for models of the kind “llama”."),
        ({"model": "wren", "revision": "abc"}, None),
        ({"model": "wren"}, None),
    ],
)
def test_another_model_that_the_file_names_is_said(about: dict[str, str], said: str | None) -> None:
    sentences = given_sentences(given(about=about))
    assert len(sentences) == (3 if said is None else 4)
    if said is not None:
        assert sentences[1].endswith(said)


def test_how_the_layer_came_about() -> None:
    assert layer_sentences(given()).endswith("One layer of it was tried, so that none was chosen.")
    named = layer_sentences(given(named=True))
    assert named.endswith("Its layer was named, so that none was chosen.")
    several = given() | {"layers": [1, 2, 3]}
    assert "among 3 layers of the file" in layer_sentences(several)
    assert origin(several) == (
        "the vector was given as a file",
        "; chosen on 9 validation items",
    )
    assert origin(given(named=True))[1] == "; the layer was named"


def test_where_a_given_vector_is_added_is_said_and_not_where_it_was_read() -> None:
    asked = {"letters_read": ["A", "B"], "steered_token": "(", "template": "chat",
             "system_role": True}  # fmt: skip
    said = notes(given() | {"prompting": asked})[-1]
    assert said == "The letter is “A” or “B”, and the vector is added at the token before it, “(”."
