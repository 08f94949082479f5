"""Wordings: each names its family, and the published one leaves a question as it is."""

from __future__ import annotations

from steering.concepts import load_concept
from steering.prompts.rendering import render
from steering.prompts.wordings import WORDINGS, Wording
from steering.records.tables import TODAY
from tests.support import tiny


def test_the_published_wording_changes_nothing() -> None:
    wording = WORDINGS[TODAY["wording"]]
    assert (wording.family, wording.name) == (TODAY["wording_family"], TODAY["wording"])
    question = load_concept("tidy").items[0].user_turn(1)
    assert wording.put(question) == question


def test_a_wording_reaches_the_model_and_the_prompt_says_which_it_was() -> None:
    concept, tokenizer = load_concept("tidy"), tiny.tokenizer()
    loud = Wording("case", "upper", str.upper)
    prompt = render(concept, concept.items[0], "BASE", 0, tokenizer, wording=loud)
    assert concept.items[0].user_turn(0).upper() in prompt.text
    assert (prompt.wording_family, prompt.wording) == ("case", "upper")
