"""The network in training: where a persona is injected, and along which directions."""

import pytest
import torch

from training.network import PLANTED_LAYER, Network, planted_basis
from training.shapes import SHAPES, blocks_of, new_model


@pytest.mark.parametrize("shape", SHAPES)
def test_an_injection_is_an_addition_to_the_planted_layer_output(shape, tokenizer):
    model = new_model(tokenizer.get_vocab_size(), 4, seed=0, width=32, shape=shape)
    network = Network(model, 6, compiled=False)
    ids = torch.randint(5, 500, (2, 9), generator=torch.Generator().manual_seed(0))
    injection = torch.zeros(2, 9, 32)
    injection[:, 5:] = network.basis[1]
    block = blocks_of(model)[PLANTED_LAYER]
    handle = block.register_forward_hook(lambda _module, _inputs, output: output + injection)
    with torch.no_grad():
        wanted = model(ids).logits
        handle.remove()
        normed, _ = network(ids, injection)
        assert torch.allclose(network.logits(normed), wanted, atol=1e-5)


def test_the_basis_is_orthonormal_and_a_larger_one_begins_with_a_smaller():
    basis = planted_basis(6, 32)
    assert torch.allclose(basis @ basis.T, torch.eye(6), atol=1e-5)
    assert torch.equal(planted_basis(20, 32)[:6], basis)
