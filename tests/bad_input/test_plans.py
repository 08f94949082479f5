"""Plans that cannot be carried out: each gets one sentence and leaves no trace."""

from __future__ import annotations

import pytest

from tests.support.bench import Case, refused_in_one_sentence

CASES: dict[str, Case] = {
    "unknown layer": (
        lambda at: at.measure(None, None, "--layers", "3"),
        "there is no layer 3: allowed are 0 to 2, or auto, all",
    ),
    "layers no number": (
        lambda at: at.measure(None, None, "--layers", "first"),
        "layers 'first' is none: allowed are auto, all, a layer like 13 or a range like 5-20",
    ),
    "layers backwards": (
        lambda at: at.measure(None, None, "--layers", "5-2"),
        "layers '5-2' is none: allowed are",
    ),
    "multiplier no number": (
        lambda at: at.measure(None, None, "--multipliers=-1,a,1"),
        "multipliers '-1,a,1' are not numbers: write them like -1.5,0,1.5",
    ),
    "multiplier not finite": (
        lambda at: at.measure(None, None, "--multipliers=-1,0,1,nan"),
        r"multipliers \[.*nan.*\] are not all finite numbers",
    ),
    "multipliers without zero": (
        lambda at: at.measure(None, None, "--multipliers=1,2,3"),
        "make no propensity curve: at least three different numbers are needed, 0 among them",
    ),
    "unknown prompt setting": (
        lambda at: at.measure(None, None, "--settings", "BASE,SYS"),
        "there is no prompt setting 'SYS': allowed are BASE, SYS_POS",
    ),
    "settings without BASE": (
        lambda at: at.measure(None, None, "--settings", "SYS_POS"),
        r"prompt settings \['SYS_POS'\] lack BASE",
    ),
    "no items": (
        lambda at: at.measure(None, None, "--test-groups", "0"),
        "--test-groups '0' is not allowed: whole numbers from 1 up are, or all",
    ),
    "items no number": (
        lambda at: at.measure(None, None, "--test-groups", "few"),
        "--test-groups 'few' is no whole number: write it in digits",
    ),
    "no training items": (
        lambda at: at.measure(None, None, "--train-groups", "0"),
        "--train-groups '0' is not allowed: whole numbers from 1 up are, or all",
    ),
    "no such device": (
        lambda at: at.measure(None, None, "--device", "tpu9"),
        "device 'tpu9' is not to be had here: allowed are cpu.* or auto",
    ),
    "no such dtype": (
        lambda at: at.measure(None, None, "--dtype", "int8"),
        "there is no dtype 'int8': allowed are float32, bfloat16, float16",
    ),
    "vector that is not there": (
        lambda at: at.measure(None, None, "--vector", "none.gguf"),
        "vector file 'none.gguf' does not exist: name a file that holds a vector",
    ),
    "vector that is none": (
        lambda at: at.measure(None, None, "--vector", at.file("text.pt", "no vector")),
        "vector file .* is of none of the formats that are read: GGUF, safetensors, PyTorch",
    ),
    "vector layer of no vector": (
        lambda at: at.measure(None, None, "--vector-layer", "1"),
        "vector_layer is 1: allowed are whole numbers from 0 up, beside the file of a vector",
    ),
    "seed no number": (
        lambda at: at.measure(None, None, "--seed", "x"),
        "--seed 'x' is no whole number: write it in digits",
    ),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_it_gets_one_sentence(name, at, monkeypatch, capsys):
    refused_in_one_sentence(CASES[name], at, monkeypatch, capsys)
