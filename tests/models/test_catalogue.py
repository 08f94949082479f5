"""The catalogue: which models there are by name, and what their files say unloaded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from steering.errors import Refused
from steering.models import catalogue
from steering.models.catalogue import (
    described,
    fingerprint,
    label,
    model_folder,
    own_models,
    withheld,
)
from tests.support import gguf_files, multimodal, tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.save(tmp_path_factory.mktemp("models") / "tiny")


def test_the_embedded_models_go_by_their_names(clone):
    assert own_models() == ("linnet", "wren")
    for name in own_models():
        assert model_folder(name) == clone / "models" / name


def test_a_folder_goes_by_its_path_and_an_id_has_none(folder, monkeypatch):
    assert model_folder(str(folder)) == folder
    monkeypatch.chdir(folder.parent)
    assert model_folder("./tiny") == model_folder("tiny") == folder
    assert model_folder("owner/name") is None
    assert model_folder("owner/name@v2") is None


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("wrenn", r"there is no model 'wrenn': allowed are the embedded ones \(linnet, wren\)"),
        ("./none", "model folder './none' does not exist"),
        ("{file}", "is a file: name the folder that it lies in"),
        ("{empty}", r"has no config\.json: name a transformers folder"),
        ("{pickled}", "has no safetensors weights: pickle is not read"),
    ],
)
def test_what_holds_no_model_is_refused(name, sentence, tmp_path):
    places = {kind: tmp_path / kind for kind in ("file", "empty", "pickled")}
    places["file"].write_text("")
    places["empty"].mkdir()
    places["pickled"].mkdir()
    (places["pickled"] / "config.json").write_text("{}")
    (places["pickled"] / "pytorch_model.bin").write_text("")
    with pytest.raises(Refused, match=sentence):
        model_folder(name.format(**{kind: str(place) for kind, place in places.items()}))


def test_a_model_says_what_it_has_never_seen(tmp_path):
    assert withheld(None) == {}
    assert withheld(tmp_path) == {}
    (tmp_path / "withheld.json").write_text(json.dumps({"tidy": ["a", "b", "a"]}))
    assert withheld(tmp_path) == {"tidy": frozenset({"a", "b"})}


def test_the_fingerprint_is_of_all_that_a_model_is_made_of(tmp_path, monkeypatch):
    folder = tiny.save(tmp_path / "tiny")
    seen = {fingerprint(folder)}
    (folder / "README.txt").write_text("no part of it")
    assert fingerprint(folder) in seen
    weights = folder / "model.safetensors"
    content = weights.read_bytes()
    for name, bytes_ in {
        "config.json": (folder / "config.json").read_bytes() + b" ",
        "chat_template.jinja": b"another",
        "tokenizer_config.json": b"{}",
        "merges.txt": b"a b",
        "modeling_mine.py": b"pass",
        "model.safetensors": content[:-1] + bytes([content[-1] ^ 1]),
    }.items():
        (folder / name).write_bytes(bytes_)
        assert fingerprint(folder) not in seen
        seen.add(fingerprint(folder))
    # Of large files the two ends count.
    monkeypatch.setattr(catalogue, "_END", 100)
    before = fingerprint(folder)
    middle = len(content) // 2
    weights.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    weights.write_bytes(weights.read_bytes()[:-1] + bytes([content[-1] ^ 1]))
    assert fingerprint(folder) == before


@pytest.mark.parametrize("family", ["Llama", "GPT-2"])
def test_a_model_of_any_family_is_described_without_loading_it(family, tmp_path):
    folder = tiny.save(tmp_path / family, family)
    about = described(str(folder))
    assert (about["layers"], about["width"]) == (3, 32)
    stored = sum(one.numel() for name, one in _weights(folder).items())
    assert about["parameters"] == stored
    assert about["planted"] is False
    assert described("wren")["planted"] is True


def test_a_gguf_file_goes_by_its_path_and_its_name(tmp_path):
    file = tmp_path / "models" / "tiny.v2.gguf"
    gguf_files.write(file, "Q8_0")
    assert model_folder(str(file)) == model_folder(str(file.parent)) == file
    assert (label(file), label(file.parent)) == ("tiny.v2", "models")
    assert withheld(file) == {}
    assert described(str(file.parent))["architecture"] == "llama (GGUF)"
    before = fingerprint(file)
    (file.parent / "config.json").write_text("{}")
    assert fingerprint(file) == before
    renamed = file.rename(file.with_name("other.gguf"))
    assert fingerprint(renamed) != before
    gguf_files.write(file, "Q4_0")
    assert fingerprint(file) != before


def test_a_multimodal_model_is_described_by_its_text_decoder(tmp_path):
    about = described(str(multimodal.save(tmp_path / "many", "Llava")))
    assert about["architecture"] == "LlavaForConditionalGeneration"
    assert (about["layers"], about["width"]) == (3, 32)


def test_weights_in_several_files_are_one_model(tmp_path):
    whole = described(str(tiny.save(tmp_path / "whole")))
    tiny.model("Llama").save_pretrained(tmp_path / "shards", max_shard_size="60KB")
    assert len([*(tmp_path / "shards").glob("*.safetensors")]) > 2
    assert described(str(tmp_path / "shards")) == whole


def _weights(folder):
    from safetensors.torch import load_file  # noqa: PLC0415

    return load_file(folder / "model.safetensors")


def test_a_model_that_is_elsewhere_cannot_be_described():
    with pytest.raises(Refused, match="is not on this machine: its files cannot be looked at"):
        described("owner/name")


def test_the_catalogue_needs_no_torch():
    code = "import sys, steering.models.catalogue; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
