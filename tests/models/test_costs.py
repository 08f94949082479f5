"""What a block spends on a row of tokens."""

from __future__ import annotations

from steering.models.costs import A_PASS_ON_CPU, Costs
from tests.support import cases


def test_a_row_costs_each_token_and_each_pair_of_them():
    costs = Costs(alone=10.0, seen=2.0)
    assert costs.of_row(1) == 12
    assert costs.of_row(3) == 3 * 10 + 9 * 2
    # One row of two prompts costs more attention than two rows of one.
    assert costs.of_row(8) > 2 * costs.of_row(4)


def test_a_models_costs_are_those_of_its_blocks_without_its_words():
    model = cases.case("Llama").model
    inner = sum(one.numel() for one in model.module.model.layers.parameters())
    norm = model.module.model.norm.weight.numel()
    assert model.costs == Costs(2 * (inner + norm) / 3, seen=4 * 32, of_pass=A_PASS_ON_CPU)
