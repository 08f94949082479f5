"""Architectures: the names by which transformers' own modules are found, without weights."""

from __future__ import annotations

import pytest

from steering.errors import Refused
from steering.models.architecture import architecture_named
from tests.support import oracle, tiny


@pytest.mark.parametrize("family", ["Llama", "GPT-2", "GPT-NeoX"])
def test_blocks_are_named_as_they_lie_in_the_model_without_its_head(family: str) -> None:
    module = tiny.model(family)
    found = architecture_named(type(module).__name__)
    assert module.base_model.get_submodule(found.blocks) is oracle.blocks(module)
    assert found.family == module.config.model_type


def test_one_that_transformers_does_not_have_is_refused() -> None:
    with pytest.raises(Refused, match="no architecture 'WrenForCausalLM', so that its blocks"):
        architecture_named("WrenForCausalLM")
    with pytest.raises(Refused, match="no architecture 'pipeline'"):
        architecture_named("pipeline")
