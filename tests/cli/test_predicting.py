"""`steering predict`: it says in whole sentences what training items tell, before any sweep."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

from steering.cli import main, predicting
from steering.records.predictors import write_predictors
from tests.support import tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny.save(tmp_path_factory.mktemp("model") / "tiny")


def test_all_layers_stand_in_a_table_and_one_of_them_in_sentences(model, printed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = printed("predict", model, "frugal")
    rows = [line for line in text if line.startswith("│")]
    assert len(rows) == 3
    (layer,) = (line for line in text if line.startswith("Layer "))
    assert "where both sides lie farthest apart: " in layer
    sentences = text[text.index(layer) + 1 :]
    assert len(sentences) == 9
    assert all(line.endswith(".") for line in sentences)
    assert "pooled standard deviations apart (d′)" in " ".join(sentences)
    assert "page “Can one know beforehand?”" in sentences[-1]


def test_one_layer_and_free_text_can_be_asked_for(model, printed, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = printed("predict", model, "frugal", "--form", "said", "--layer", 1)
    assert len([line for line in text if line.startswith("│")]) == 1
    assert "Layer 1 is told of: " in "\n".join(text)
    assert "same statement in both orders" not in "\n".join(text)


def test_a_value_is_placed_among_committed_runs_of_the_same_form(
    model, printed, monkeypatch, tmp_path
):
    key = {"layer": 1, "predictor": "dose", "pairs": 4, "groups": 2, "model": "m"}
    rows = [
        {**key, "concept": str(at), "form": form, "value": value}
        for form, values in (("chosen", (1e-9, 1e-8, 1e9)), ("said", (1e9,)))
        for at, value in enumerate(values)
    ]
    write_predictors(pd.DataFrame(rows), tmp_path)
    monkeypatch.setattr(predicting, "measured_folder", lambda: tmp_path)
    text = "\n".join(printed("predict", model, "frugal"))
    assert "That is more than in 2 of 3 committed runs." in text
    assert text.count("committed runs.") == 1


def test_bad_input_ends_in_one_sentence(model, monkeypatch, capsys):
    asked = ["steering", "predict", str(model), "frugal", "--layer", "7"]
    monkeypatch.setattr(sys, "argv", asked)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 2
    assert "there is no layer 7: allowed are 0 to 2" in capsys.readouterr().err
