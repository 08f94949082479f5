"""Tools: what one cannot do is refused by name, and everything else is written."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from steering.errors import Refused
from steering.vectors.exports.exported import Exported
from steering.vectors.operators import OPERATORS
from steering.vectors.tools import TOOLS, tool_named, write_for


def exported(operator: str = "add", layer: int = 1) -> Exported:
    return Exported(
        layer, torch.ones(4), operator, "llama", f"layers.{layer}", origin=torch.ones(4)
    )


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_an_operator_is_written_or_refused(name: str, operator: str, tmp_path: Path) -> None:
    path = tmp_path / f"v{TOOLS[name].ending}"
    if operator in TOOLS[name].operators:
        assert write_for(name, exported(operator), path).stat().st_size > 100
        return
    with pytest.raises(Refused, match=f"operator '{operator}', and {name} can only apply add"):
        write_for(name, exported(operator), path)
    assert not path.exists()


def test_the_sentence_names_tools_that_can() -> None:
    with pytest.raises(Refused, match="export it to steering-vectors or safetensors"):
        write_for("gguf", exported("ablate_add"), Path("v.gguf"))
    with pytest.raises(Refused, match="export it to safetensors"):
        write_for("steering-vectors", exported("clamp"), Path("v.safetensors"))


def test_llama_cpp_cannot_steer_its_first_block(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"layer 0, and llama\.cpp cannot steer layers before 1"):
        write_for("gguf", exported(layer=0), tmp_path / "v.gguf")
    assert write_for("repeng", exported(layer=0), tmp_path / "v.gguf").exists()


def test_a_tool_that_is_not_known() -> None:
    with pytest.raises(Refused, match="no tool 'vllm' to export to: allowed are gguf, repeng, "):
        tool_named("vllm")


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_says_how_it_takes_the_file(name: str) -> None:
    said = TOOLS[name].use.format(file="v.file", config="v.yaml", layer=7)
    assert "v.yaml" in said or "v.file" in said
    assert "{" not in said.replace("({7:", "")
