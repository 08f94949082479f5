"""Each concept's page says under which licence its questions are, and what to cite."""

from __future__ import annotations

import re
from typing import Any

import pytest

from steering.concepts.public import public_sets
from steering.prose.licences import licence_of


def card(**concept: Any) -> dict[str, Any]:
    return {"concept": {"name": "tidy", "source": "own", "licence": "MIT", **concept}}


def test_concepts_of_ours_are_under_the_licence_of_the_report() -> None:
    said = licence_of(card()).data
    assert "under its MIT licence" in said
    assert "cite.md" in said


@pytest.mark.parametrize("name", public_sets())
def test_a_public_set_names_licence_source_and_citation(name: str) -> None:
    one = public_sets()[name]
    said = licence_of(
        card(name=name, source="public", licence=one.licence, citation=one.citation)
    ).data
    assert one.licence.replace(".", "&#46;") in said
    assert f"](https://{one.repository})" in said
    (number,) = re.findall(r"arXiv:(\S+)", one.citation)
    assert f", [arXiv:{number}](https://arxiv.org/abs/{number})." in said
    if one.url is not None:
        folder, file = one.url.rsplit("/", 1)
        commit = re.search(r"[0-9a-f]{40}", folder)
        assert commit is not None
        assert f"/blob/{commit[0]}/" in said
        assert f"/{file})" in said


def test_a_data_set_of_the_readers_own_says_what_it_says_of_itself() -> None:
    own = card(source="file", licence=None, citation=None, origin="<b>mine</b>.jsonl")
    said = licence_of(own).data
    assert "No licence is named" in said
    assert "<b>" not in said
    assert "please cite" not in said
    cited = card(source="file", licence="CC0", citation="A. Author (1999).", origin="mine.jsonl")
    assert "under the licence CC0." in licence_of(cited).data
    assert licence_of(cited).data.endswith("please cite A&#46; Author &#40;1999&#41;.")


def test_another_file_than_the_published_one_is_not_linked_to() -> None:
    other = card(name="interest-in-music", source="public", as_published=False, citation="X.")
    assert "/blob/" not in licence_of(other).data
