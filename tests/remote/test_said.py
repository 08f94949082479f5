"""What a model says, measured by a service: the same tables as here, with few requests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from steering.forward import routes
from steering.measuring import measure, sampled
from steering.measuring.plan import OF_THE_SERVICE
from steering.models.loading import load_model
from steering.records.replies import read_run_replies
from tests.support import tiny
from tests.support.small import LEAST

PLAN = replace(
    LEAST, form="said", settings=("BASE", "SYS_POS", "SYS_NEG"), multipliers=(-1.0, 0.0, 1.0),
    sampled_replies=2, random_vectors=1, other_concept="",
)  # fmt: skip


@pytest.fixture
def both(asking, folder, double, tmp_path, monkeypatch):
    """A measurement by the double and one here, their folders, and how many requests it took."""
    monkeypatch.setattr(sampled, "RANDOM_VECTORS", 1)
    there, here = asking(), load_model(str(folder))
    # The proof of a route is not counted: it is made once a model, for the lengths of all prompts.
    routes.route_of(there, [(1, 2, 3), tuple(range(1, 129))])
    before = len(double.requests())
    tables = []
    for name, model in (("there", there), ("here", here)):
        with monkeypatch.context() as patch:
            patch.setattr(measure.Access, "load", lambda *_, one=model: one)
            plan = PLAN if name == "here" else replace(PLAN, dtype=OF_THE_SERVICE)
            results = measure.measure(str(folder), tiny.concept(), plan, tmp_path / name)
        tables.append(results)
        if name == "there":
            requests = len(double.requests()) - before
    return *tables, tmp_path, requests


def test_it_is_what_is_measured_here_with_few_requests(both):
    there, here, folder, requests = both
    for name in ("sweep", "steerability"):
        one, other = getattr(there, name), getattr(here, name)
        numbers = [column for column in one if one[column].dtype.kind == "f"]
        rest = [column for column in one if column not in numbers and column != "model"]
        pd.testing.assert_frame_equal(one[rest], other[rest])
        np.testing.assert_allclose(one[numbers], other[numbers], atol=1e-4, rtol=1e-4)
    drawn, own = (read_run_replies(folder / name) for name in ("there", "here"))
    assert len(drawn) == 2 * (3 * 2 + 2)
    numbers = ["positive", "negative", "repeated"]
    rest = [column for column in drawn if column not in {*numbers, "model"}]
    pd.testing.assert_frame_equal(drawn[rest], own[rest])
    np.testing.assert_allclose(drawn[numbers], own[numbers], atol=1e-4, rtol=0)
    # Not one for each prompt, vector or reply.
    assert requests <= 20
