"""A wrapped model: its parts by one name in every family, and what is said of it."""

from __future__ import annotations

import pytest
import torch
from cloudpickle.cloudpickle import _PICKLE_BY_VALUE_MODULES

from steering.models.loading import wrap
from steering.models.model import hidden_of, home_of, refitted
from tests.support import cases, oracle, tiny

FAMILIES = ["Llama", "GPT-2", "GPT-NeoX", "OPT", "MPT", "Mamba"]


@pytest.mark.parametrize("family", FAMILIES)
def test_blocks_and_head_are_found_in_every_family(family):
    model = cases.case(family).model
    assert (model.depth, model.width) == (3, 32)
    for layer, block in enumerate(oracle.blocks(model.module)):
        assert model.traced.layers[layer]._module is block
    assert model.head._module is model.module.get_output_embeddings()


def test_windows_are_those_of_each_block():
    assert cases.case("Llama").model.windows == (None, None, None)
    assert cases.case("Mistral").model.windows == (16, 16, 16)
    gemma = cases.case("Gemma3").model
    kinds = gemma.module.config.layer_types
    assert gemma.windows == tuple(16 if kind == "sliding_attention" else None for kind in kinds)


def test_the_context_is_what_the_model_was_made_for():
    model = wrap(tiny.model("Llama", max_position_embeddings=77), tiny.tokenizer(), name="m")
    assert model.context == 77
    # A recurrent model has no end of it.
    assert cases.case("Mamba").model.context > 10**6


def test_what_a_card_says_of_a_model():
    model = wrap(tiny.model("GPT-2"), tiny.tokenizer(), name="mine", revision="r")
    assert model.about() == {
        "name": "mine", "revision": "r", "architecture": "GPT2LMHeadModel", "layers": 3,
        "width": 32, "parameters": sum(one.numel() for one in model.module.parameters()),
    }  # fmt: skip
    told = {"quantisation": "fp8, undone"}
    other = wrap(tiny.model("GPT-2"), tiny.tokenizer(), name="mine", revision="r", weights=told)
    assert other.about() == model.about() | told
    assert (model.place, model.dtype, model.holding.secluded) == ("cpu", torch.float32, False)
    assert model.block("logits", 1) is None


class Elsewhere:
    """A place that runs the passes of a model, and notes what it is asked for."""

    address = "http://there"

    def __init__(self):
        self.asked = []

    def holding(self, traced, head, model):
        self.asked.append(("holding", model))
        return "as it is there"

    def request(self, traced, model, block, *asked):
        self.asked.append((block, model, *asked))
        return "a backend"


def test_a_model_that_is_elsewhere_is_asked_there():
    case, there = cases.case("Llama"), Elsewhere()
    here = case.model
    model = type(here)("m", here.traced, here.tokenizer, "r", remote=there)
    assert model.block("logits", 1, 2) == "a backend"
    assert model.holding == model.holding == "as it is there"
    assert model.place == "NDIF, http://there"
    assert there.asked == [("logits", "m", 1, 2), ("holding", "m")]


def test_code_of_this_package_travels_with_what_is_asked():
    assert "steering" in _PICKLE_BY_VALUE_MODULES


def test_the_residual_stream_is_the_output_or_begins_it():
    hidden = torch.ones(1, 2, 3)
    assert hidden_of(hidden) is hidden
    assert hidden_of((hidden, "cache")) is hidden


def test_inputs_stay_here_where_no_weights_are():
    assert home_of(torch.ones(1)) == torch.device("cpu")
    assert home_of(torch.ones(1, device="meta")) == torch.device("cpu")


def test_what_stands_beside_tokens_is_taken_for_those_that_are_there():
    hidden, mask = torch.zeros(1, 5, 8), torch.full((1, 1, 5, 5), -1.0)
    angles = torch.arange(3.0)[None, :, None].expand(1, 3, 2)
    begun = torch.tensor([0, 1, 2, 2, 1])
    named = {
        "attention_mask": torch.zeros(1, 1, 3, 3),
        "position_ids": torch.arange(3)[None],
        "position_embeddings": (angles, -angles),
        "use_cache": False,
    }
    (first,), found = refitted(((hidden,), named), mask, 3, begun)
    assert first is hidden
    assert found["attention_mask"] is mask
    assert found["position_ids"].tolist() == [[0, 1, 2, 2, 1]]
    assert found["position_embeddings"][0][0, :, 0].tolist() == [0, 1, 2, 2, 1]
    assert found["position_embeddings"][1][0, :, 1].tolist() == [0, -1, -2, -2, -1]
    assert found["use_cache"] is False
    # Whether the residual stream comes by its place or by its name.
    _, found = refitted(((), {"hidden_states": hidden, **named}), mask, 3, begun)
    assert found["hidden_states"] is hidden
