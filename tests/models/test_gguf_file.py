"""A GGUF file says what it holds without being loaded, and without PyTorch."""

from __future__ import annotations

import shutil
import subprocess
import sys

import gguf
import numpy as np
import pytest
from gguf import GGUFReader

from steering.errors import Refused
from steering.models.gguf_file import (
    gguf_at,
    gguf_described,
    is_quantised,
    read_gguf,
    read_once,
    stored_types,
    tokens_in,
    value_in,
)
from tests.support import gguf_files


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    here = tmp_path_factory.mktemp("gguf")
    for kind in ("F32", "Q4_1"):
        gguf_files.write(here / kind / f"tiny-{kind}.gguf", kind)
    return here


def test_a_file_goes_by_its_path_and_a_folder_by_its_only_file(folder, tmp_path):
    file = folder / "F32" / "tiny-F32.gguf"
    assert gguf_at("m", file) == gguf_at("m", file.parent) == file
    assert gguf_at("m", tmp_path) is None
    assert gguf_at("m", tmp_path / "none") is None
    # By what it begins with, whatever it is called; and under the name of a link.
    blob = shutil.copy(file, tmp_path / "0123abcd")
    assert gguf_at("m", blob) == blob
    (tmp_path / "linked").mkdir()
    link = tmp_path / "linked" / "tiny.gguf"
    link.symlink_to(blob)
    assert gguf_at("m", link) == link
    assert gguf_at("m", link.parent) == link
    (tmp_path / "notes.txt").write_text("no model")
    assert gguf_at("m", tmp_path / "notes.txt") is None


def test_beside_a_transformers_model_it_is_not_taken(folder, tmp_path):
    shutil.copy(folder / "F32" / "tiny-F32.gguf", tmp_path)
    (tmp_path / "model.safetensors").touch()
    assert gguf_at("m", tmp_path) is None


def test_of_several_one_must_be_named(folder, tmp_path):
    for name in ("b.gguf", "a.gguf"):
        shutil.copy(folder / "F32" / "tiny-F32.gguf", tmp_path / name)
    with pytest.raises(Refused, match=r"folder 'm' holds 2 GGUF files: name one .*/a\.gguf'\.$"):
        gguf_at("m", tmp_path)


@pytest.mark.parametrize("size", [8, 100, 30_000])
def test_a_damaged_file_is_refused(size, folder, tmp_path):
    whole = (folder / "F32" / "tiny-F32.gguf").read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[:size])
    with pytest.raises(Refused, match=r"'m' is a GGUF file that is damaged, cut .*: bring the"):
        read_gguf("m", tmp_path / "cut.gguf")


def test_one_of_several_parts_is_refused(tmp_path):
    gguf_files.write(tmp_path / "part.gguf", said={"split.count": 3})
    with pytest.raises(Refused, match="'m' is one of 3 parts of a GGUF file: join its parts into"):
        read_gguf("m", tmp_path / "part.gguf")


def test_it_says_how_it_is_quantised(folder):
    plain, few = (GGUFReader(folder / kind / f"tiny-{kind}.gguf") for kind in ("F32", "Q4_1"))
    assert stored_types(plain) == "F32 (30 F32)"
    assert stored_types(few) == "Q4_1 (23 Q4_1, 7 F32)"
    assert (is_quantised(plain), is_quantised(few)) == (False, True)
    # Where the file names no type, that of most of its numbers stands.
    del few.fields["general.file_type"]
    assert stored_types(few) == "Q4_1 (23 Q4_1, 7 F32)"


def test_its_special_tokens_are_those_of_their_numbers(folder):
    reader = GGUFReader(folder / "F32" / "tiny-F32.gguf")
    tokens = {"bos_token": "<|user|>", "eos_token": "<|end|>"}
    tokens |= {"unk_token": "<|pad|>", "pad_token": "<|pad|>"}
    assert tokens_in(reader) == tokens
    assert value_in(reader, "llama.block_count") == 3
    assert value_in(reader, "llama.nothing") is None


def test_it_is_described_without_loading_it(folder):
    about = gguf_described("m", folder / "Q4_1" / "tiny-Q4_1.gguf")
    parameters = sum(one.numel() for one in gguf_files.llama().parameters())
    assert about == {
        "architecture": "llama (GGUF)", "layers": 3, "width": 32, "parameters": parameters,
        "planted": False,
    }  # fmt: skip


def test_a_file_that_changes_is_read_again(tmp_path):
    file = tmp_path / "tiny.gguf"
    gguf_files.write(file)
    assert stored_types(read_gguf("m", file)) == "F32 (30 F32)"
    gguf_files.write(file, "Q8_0")
    assert stored_types(read_gguf("m", file)) == "Q8_0 (23 Q8_0, 7 F32)"


def test_what_was_read_is_what_the_library_reads(folder):
    file = folder / "Q4_1" / "tiny-Q4_1.gguf"
    ours, theirs = read_gguf("m", file), GGUFReader(file)
    assert [*ours.fields] == [*theirs.fields]
    for name, field in theirs.fields.items():
        assert ours.fields[name].contents() == field.contents()
    assert len(ours.tensors) == len(theirs.tensors)
    for one, other in zip(ours.tensors, theirs.tensors, strict=True):
        assert (one.name, one.tensor_type, [*one.shape]) == (
            other.name, other.tensor_type, [*other.shape],
        )  # fmt: skip
        assert np.array_equal(one.data, other.data)


def test_transformers_has_the_file_as_it_was_read_and_later_reads_for_itself(folder):
    reader, before = read_gguf("m", folder / "F32" / "tiny-F32.gguf"), gguf.get_tensor_name_map
    with read_once(reader):
        assert gguf.GGUFReader("of no account") is reader
        one, again = (gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 2) for _ in range(2))
        assert one is again
        assert one.mapping == before(gguf.MODEL_ARCH.LLAMA, 2).mapping
    assert gguf.GGUFReader is GGUFReader
    assert gguf.get_tensor_name_map is before


def test_it_is_read_without_torch():
    code = "import sys, steering.models.gguf_file, gguf; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
