"""Forms of the question: today's asks each item in both orders of its options."""

from __future__ import annotations

from steering.concepts import load_concept
from steering.prompts.forms import CHOSEN, FORMS
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


def test_forms_go_by_their_names() -> None:
    assert all(form.name == name for name, form in FORMS.items())
