"""Each way of asking does what it says: plain hooks give the same, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from steering.errors import Refused
from steering.forward.reference import reference_logits
from steering.measuring.asking import ALLOWED, OURS, Asking, asked_prompts, asking_of
from steering.measuring.identity import identity
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.measuring.sizes import of_form
from steering.models.loading import load_model
from steering.prompts.rendering import render
from steering.records.protocols import PROTOCOLS
from steering.vectors.files import load_vectors
from tests.support import tiny
from tests.support.small import LEAST, SMALL

TAN = {k: v for k, v in PROTOCOLS["tan2024"].options.items() if k in ALLOWED}
PLAN = replace(LEAST, settings=("BASE", "USER_NEG"), other_concept="")


def prompts(joined=False):
    concept, tokenizer = tiny.concept(), tiny.tokenizer(joined)
    each = [render(concept, item, "BASE", order, tokenizer)
            for item in concept.items[:3] for order in (0, 1)]  # fmt: skip
    return each, tokenizer


@pytest.mark.parametrize("joined", [False, True], ids=["( alone", "(A joined"])
def test_the_last_token_of_the_chat_template_is_the_first_that_is_steered(joined):
    each, tokenizer = prompts(joined)
    for before, after in zip(
        each, asked_prompts(each, Asking(steered="prompt-end"), tokenizer), strict=True
    ):
        alone = tokenizer(before.text, add_special_tokens=False)["input_ids"]
        assert after.steered_from == len(alone) - 1
        assert after.token_ids == before.token_ids
        assert after.read_position == before.read_position
        assert tokenizer.decode([*after.steered_ids[1:]]) == before.begun
        assert (after.steered_from == before.steered_from) == joined


def test_the_published_order_alone():
    each, tokenizer = prompts()
    kept = asked_prompts(each, Asking(orders="published"), tokenizer)
    assert [one.order for one in kept] == [0, 0, 0]
    assert [one.item for one in kept] == [0, 1, 2]
    assert {one.protocol for one in kept} == {"orders published"}
    assert asked_prompts(each, OURS, tokenizer) == each


@pytest.fixture(scope="module")
def tan(model, tmp_path_factory):
    """A run as in the published code, of a concept with enough rows for its split."""
    folder = tmp_path_factory.mktemp("tan") / "run"
    return folder, measure(model, tiny.concept(), replace(PLAN, asking=TAN), folder)


def answer_logits(loaded, row, tensors):
    """The score of a row by plain hooks: both answers' logits, summed, from the prompt's end on."""
    concept, tokenizer = tiny.concept(), loaded.tokenizer
    prompt = render(concept, concept.items[row.item], row.prompt_setting, row.order, tokenizer)
    vector = tensors[f"{row.vector_setting}/{row.layer}"]
    base = tensors[f"BASE/{row.layer}"]
    start = len(tokenizer(prompt.text, add_special_tokens=False)["input_ids"]) - 1
    sums = []
    for letter in "AB":
        ids = tokenizer(f"{prompt.text}({letter})", add_special_tokens=False)["input_ids"]
        logits = reference_logits(
            loaded, ids, row.layer, vector * base.norm() / vector.norm(), start,
            multiplier=row.multiplier,
        )  # fmt: skip
        sums.append(sum(float(logits[at - 1, ids[at]]) for at in range(start + 1, len(ids))))
    return sums[0] - sums[1] if prompt.positive_letter == "A" else sums[1] - sums[0]


def test_a_run_as_in_the_published_code_is_that_of_plain_hooks(model, tan):
    folder, found = tan
    tensors, _ = load_vectors(folder / "vector.safetensors")
    loaded = load_model(model)
    rows = found.sweep[found.sweep["direction"] == "contrastive"]
    rows = rows[rows["layer"] == found.cards[0]["layer"]]
    assert {*rows["order"]} == {0}
    assert {*rows["prompt_setting"]} == {"BASE", "USER_NEG"}
    tested = rows["item"].isin(found.items.loc[found.items["split"] == "test", "item"])
    expected = [answer_logits(loaded, row, tensors) for row in rows[tested].itertuples()]
    np.testing.assert_allclose(rows.loc[tested, "propensity"], expected, atol=2e-4)


def test_its_tables_and_card_say_how_it_was_asked(tan):
    _, found = tan
    assert {*found.sweep["protocol"]} == {*found.prompts["protocol"]} == {"tan2024"}
    assert found.cards[0]["plan"]["asking"] == TAN
    # Its layer is chosen by each concept, so that the run as a whole has no protocol's name.
    assert found.cards[0]["protocol"] == ""
    tested = set(found.items.loc[found.items["split"] == "test", "statement_hash"])
    trained = set(found.items.loc[found.items["split"] == "train", "statement_hash"])
    assert {item.item for item in tiny.concept().items[50:]} >= set(
        found.items.loc[found.items["split"] == "test", "item"]
    )
    assert tested
    assert trained


def test_every_default_is_ours_and_leaves_the_identity_alone(done):
    clean = {k: v for k, v in PROTOCOLS["clean"].options.items() if k in ALLOWED}
    assert Plan(asking=clean) == Plan()
    assert Asking(**clean) == OURS
    made = [
        identity("m", tiny.concept(), one, "r") for one in (SMALL, replace(SMALL, asking=clean))
    ]
    assert made[0] == made[1]
    assert "asking" not in made[0]["plan"]
    assert {*done[1].sweep["protocol"]} == {"clean"}
    assert done[1].cards[0]["protocol"] == "clean"


@pytest.mark.parametrize("name", ALLOWED)
def test_every_option_makes_another_run(name):
    for value in ALLOWED[name][1:]:
        made = identity("m", tiny.concept(), replace(SMALL, asking={name: value}), "r")
        kept = identity("m", tiny.concept(), SMALL, "r")
        assert not {*made["stages"].values()} & {*kept["stages"].values()}


def test_what_does_not_exist_is_refused():
    with pytest.raises(
        Refused, match="score is 'logits': allowed are letter, answer, answer-logits"
    ):
        Plan(asking={"score": "logits"})
    with pytest.raises(Refused, match="there is no option 'seed' of asking"):
        Plan(asking={"seed": "1"})


def test_a_reply_has_no_letters_to_ask_about():
    with pytest.raises(Refused, match="orders 'published' is of lettered answers"):
        asking_of({"orders": "published"}, "said")
    found = of_form("said", {"asking": TAN, "layers": "one"})
    assert found["asking"] == {"split": "overlapping", "personas": "published"}
    assert "layers" not in found
    assert Plan(**found).asking.split == "overlapping"


def test_a_plan_that_is_printed_can_be_typed_again() -> None:
    plan = Plan(asking={"orders": "published"})
    assert repr(plan.asking) == "{'orders': 'published'}"
    assert eval(repr(plan), {"Plan": Plan}) == plan
