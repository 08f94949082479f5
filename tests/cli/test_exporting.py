"""`steering export` writes a file, says what is in it, and how the tool takes it."""

from __future__ import annotations

from steering.vectors.given import read_given


def test_it_says_what_was_written_and_how_it_is_used(printed, clone, tmp_path):
    run, file = clone / "measured" / "runs" / "wren" / "openness", tmp_path / "v.gguf"
    said = printed("export", run, "--to", "gguf", "--out", file, "--multiplier", "-1")
    (layer,) = read_given(file).layers
    assert said[0].endswith(f"v.gguf: layer {layer}, times -1, by add.")
    assert said[1] == f"Use: llama-cli --model MODEL.gguf --control-vector {file}"
    assert said[2].startswith("It is added at every token; what was measured here steers from the ")
    assert "token '(' on" in said[2]


def test_lm_eval_is_told_where_the_model_is(printed, clone, tmp_path):
    run = clone / "measured" / "runs" / "wren" / "openness"
    said = printed("export", run, "--to", "lm-eval", "--out", tmp_path / "v.pt", "--model", "here")
    assert said[1] == f"Use: lm-eval run --config {tmp_path / 'v.yaml'} --tasks TASK"
    assert '"pretrained": "here"' in (tmp_path / "v.yaml").read_text()
