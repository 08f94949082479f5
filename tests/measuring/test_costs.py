"""Costs of neutral texts: the losses of a table whose numbers are known."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from steering.measuring.costs import mean_losses, neutral_texts
from tests.support import cases, tiny


def row(layer, multiplier, value, *, direction="contrastive", setting="BASE", text="bread"):
    return {
        "direction": direction, "prompt_setting": setting, "layer": layer, "text": text,
        "multiplier": multiplier, "log_likelihood": value,
    }  # fmt: skip


def test_losses_are_those_of_the_vector_at_its_layer():
    costs = pd.DataFrame(
        [
            row(2, 0.0, -2.0),
            row(2, 0.0, -3.0, text="river"),
            row(2, 1.0, -2.5),
            row(2, 1.0, -3.1, text="river"),
            row(2, -1.0, -1.5),
            row(2, -1.0, -3.0, text="river"),
            row(0, 1.0, -9.0),
            row(2, 1.0, -9.0, direction="random"),
            row(2, 0.0, -9.0, setting="SYS_POS"),
        ]
    )
    assert mean_losses(costs) == pytest.approx({0.0: 0.0, 1.0: 0.3, -1.0: -0.25})


def test_texts_that_do_not_fit_are_left_out():
    model = cases.case("Llama").model
    plan = SimpleNamespace(neutral_texts=3)
    every = neutral_texts(SimpleNamespace(model=model, plan=plan))
    assert len(every) == 3
    longest = max(len(one.token_ids) for one in every)
    short = SimpleNamespace(tokenizer=tiny.tokenizer(False), context=longest - 1)
    fewer = neutral_texts(SimpleNamespace(model=short, plan=plan))
    assert 0 < len(fewer) < 3
