"""A few tokens through a model show whether it can be steered, and whether it is causal."""

from __future__ import annotations

import pytest

from steering.errors import Refused
from steering.models.loading import wrap
from steering.models.trial import require_residual_stream
from tests.support import multimodal, tiny


def test_a_decoder_alone_and_one_within_pass():
    require_residual_stream(wrap(tiny.model("Llama"), tiny.tokenizer(), name="m"))
    require_residual_stream(wrap(multimodal.model("Llava"), tiny.tokenizer(), name="m"))


def test_a_token_that_sees_what_comes_after_it_is_refused():
    with pytest.raises(
        Refused, match=r"\(PaliGemma\w+\) lets a token see what comes after it wher"
    ):
        wrap(multimodal.model("PaliGemma"), tiny.tokenizer(), name="odd")


def test_logits_that_are_changed_word_by_word_behind_the_head_are_refused(monkeypatch):
    module = multimodal.model("Llava")
    whole = type(module).forward

    def masked(self, *args, **options):
        output = whole(self, *args, **options)
        output.logits[:, :, [400]] = 0
        return output

    monkeypatch.setattr(type(module), "forward", masked)
    with pytest.raises(
        Refused, match=r"\(Llava\w+\) changes the logits of single words behind its"
    ):
        wrap(module, tiny.tokenizer(), name="odd")


def test_blocks_that_see_an_image_only_are_refused():
    with pytest.raises(
        Refused, match=r"\(Mllama\w+\) leaves out block 1 where a text stands alone"
    ):
        wrap(multimodal.model("Mllama"), tiny.tokenizer(), name="odd")
