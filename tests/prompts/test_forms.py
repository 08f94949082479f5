"""Forms of the question: one asks each item in both orders, the other each pair of texts once."""

from __future__ import annotations

from steering.concepts import load_concept
from steering.concepts.pairs import pairs_of
from steering.prompts.forms import CHOSEN, FORMS, SAID
from steering.prompts.requests import asked
from steering.records.tables import NO_PARTNER, TODAY
from tests.support import tiny


def test_the_form_of_today_asks_both_orders() -> None:
    concept = load_concept("tidy")
    item = concept.items[0]
    prompts = list(CHOSEN.prompts(concept, item, "BASE", tiny.tokenizer()))
    assert [one.order for one in prompts] == [0, 1]
    assert {one.positive_letter for one in prompts} == {"A", "B"}
    assert {one.form for one in prompts} == {CHOSEN.name} == {TODAY["form"]}
    assert {one.partner for one in prompts} == {NO_PARTNER}


def test_a_pair_of_texts_is_asked_once() -> None:
    concept = load_concept("tidy")
    (one,) = asked(pairs_of(concept, "test", 1))
    (prompt,) = SAID.prompts(concept, one, "BASE", tiny.tokenizer())
    assert (prompt.form, prompt.order) == (SAID.name, 0)
    assert (prompt.item, prompt.partner) == (one.pair.item, one.pair.partner)


def test_forms_go_by_their_names() -> None:
    assert all(form.name == name for name, form in FORMS.items())
