"""Tools: the programs that a vector can be written for, and what each of them can express.

Each entry of `TOOLS` names the operators that the tool can apply. One that it cannot is refused by
name: a file that is applied as something else than what was measured would mislead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from steering.errors import Refused
from steering.vectors.exports import control_vector, lm_eval, tensors
from steering.vectors.exports.exported import Exported
from steering.vectors.operators import OPERATORS


@dataclass(frozen=True)
class Tool:
    """A program that reads vectors.

    Attributes:
        ending: how the name of its file ends.
        write: returns the path of the file that it has written.
        operators: which of ours it can apply.
        first_layer: the first decoder block, counted from 0, that it can steer.
        use: how it takes the file, where {file} is its path, {config} that of the configuration
            beside it, and {layer} the layer.
    """

    ending: str
    write: Callable[[Exported, Path], Path]
    operators: tuple[str, ...]
    use: str
    first_layer: int = 0


_ADD = ("add",)
TOOLS = {
    "gguf": Tool(
        ".gguf",
        control_vector.write,
        _ADD,
        "llama-cli --model MODEL.gguf --control-vector {file}",
        first_layer=1,
    ),
    "repeng": Tool(
        ".gguf",
        control_vector.write,
        _ADD,
        "ControlModel(model, [{layer}]).set_control(ControlVector.import_gguf({file!r}), 1.0)",
    ),
    "steering-vectors": Tool(
        ".safetensors",
        tensors.write_for_steering_vectors,
        tuple(tensors.OPERATORS_OF_STEERING_VECTORS),
        "SteeringVector({{{layer}: load_file({file!r})['{layer}']}}, 'decoder_block')",
    ),
    "safetensors": Tool(
        ".safetensors", tensors.write, tuple(OPERATORS), "safetensors.torch.load_file({file!r})"
    ),
    "lm-eval": Tool(".pt", lm_eval.write, _ADD, "lm-eval run --config {config} --tasks TASK"),
}


def tool_named(name: str) -> Tool:
    """Return the tool of a name. Raises Refused where there is none."""
    if name not in TOOLS:
        raise Refused(f"there is no tool {name!r} to export to: allowed are {', '.join(TOOLS)}.")
    return TOOLS[name]


def write_for(name: str, exported: Exported, path: Path) -> Path:
    """Return the path of a vector's file for a tool.

    Raises Refused where the tool cannot do what the vector was measured with: its operator, or
    steering at its layer.
    """
    tool = tool_named(name)
    if exported.operator not in tool.operators:
        able = [one for one in TOOLS if exported.operator in TOOLS[one].operators]
        raise Refused(
            f"the vector was measured with the operator {exported.operator!r}, and {name} can only "
            f"apply {' or '.join(tool.operators)}: export it to {' or '.join(able)}."
        )
    if exported.layer < tool.first_layer:
        raise Refused(
            f"the vector is of layer {exported.layer}, and llama.cpp cannot steer layers before "
            f"{tool.first_layer}: name another one by --layer, or export it to another tool."
        )
    return tool.write(exported, path)
