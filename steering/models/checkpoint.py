"""Checkpoints: what lies at a model's place, and is refused where it is not one whole model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steering.errors import Refused

if TYPE_CHECKING:
    from transformers import PretrainedConfig

ADAPTER = "adapter_config.json"
_MERGE = (
    "merge it into its base model first (peft: merge_and_unload, save_pretrained), and name the "
    "folder of the result"
)
_CONVERT = (
    "convert it into a transformers folder (from_pretrained with gguf_file, save_pretrained), or "
    "name the model that it was made from"
)
# Methods whose weights transformers can turn back into plain ones on any device.
DEQUANTISED = ("fp8", "mxfp4")

# Names of tensors without which the weights beside them mean something else.
_NOT_PLAIN = re.compile(
    r"((weight|input)_scale(_inv|_2)?|weight_packed|zero_point|_(blocks|scales)|\.(qweight|qzeros|scales|g_idx|SCB)"
    r"|\.(absmax|quant_map|quant_state\..*)|\.lora_[AB]\.?.*)$"
)


def require_model_folder(name: str, path: Path) -> None:
    """Raise Refused where a path is no folder with a whole model in it, as transformers saves it.

    An adapter beside its base is refused too: transformers would leave it out without a word.
    """
    if path.is_file():
        _refuse_file(name, path)
    if not path.is_dir():
        raise Refused(f"model folder {name!r} does not exist: name a folder with a model in it.")
    configured = (path / "config.json").is_file()
    if (path / ADAPTER).is_file():
        raise adapter_refused(f"model folder {name!r}", path / ADAPTER, alone=not configured)
    weights = any(path.glob("*.safetensors"))
    gguf = min((file.name for file in path.glob("*.[gG][gG][uU][fF]")), default=None)
    if gguf and not (configured and weights):
        raise Refused(
            f"model folder {name!r} holds a GGUF file ({gguf}), which is not read: {_CONVERT}."
        )
    if not configured:
        raise Refused(f"model folder {name!r} has no config.json: name a transformers folder.")
    if not weights:
        raise Refused(f"model folder {name!r} has no safetensors weights: pickle is not read.")


def adapter_refused(what: str, file: Path, *, alone: bool) -> Refused:
    """Return the refusal of an adapter, which is alone or lies beside a model's configuration."""
    about = _adapter(file)
    if alone:
        return Refused(f"{what} is an adapter{about}, which is no whole model: {_MERGE}.")
    return Refused(
        f"{what} holds an adapter ({file.name}){about} beside a model, which would be measured "
        f"without it: {_MERGE}."
    )


def quantisation(config: dict[str, Any]) -> str | None:
    """Return the name of the method by which a configuration says that weights are quantised.

    None where they are not, or where they can be turned back into plain ones.
    """
    method = _method(config)
    return None if method in DEQUANTISED else method


def require_complete(name: str, config: PretrainedConfig, report: dict[str, Any]) -> None:
    """Raise Refused where weights are missing, of another shape, or more than the model has.

    `report` is what transformers says of the weights that it has loaded.
    """
    # transformers fills missing weights with random numbers and drops surplus ones, and only warns
    # of either.
    mismatched = {key if isinstance(key, str) else key[0] for key in report["mismatched_keys"]}
    if mismatched:
        raise Refused(
            f"model {name!r} has weights of another shape than its config.json says for "
            f"{min(mismatched)!r}{_more(mismatched)}: bring weights and configuration of one model."
        )
    if missing := {*report["missing_keys"]}:
        raise Refused(
            f"model {name!r} lacks weights for {min(missing)!r}{_more(missing)}: they would be "
            "random; bring the complete safetensors files."
        )
    depth = int(getattr(config.get_text_config(), "num_hidden_layers", 0) or 0)
    if foreign := {key for key in report["unexpected_keys"] if _NOT_PLAIN.search(key)}:
        raise Refused(
            f"model {name!r} has {min(foreign)!r}{_more(foreign)} beside its weights, which are "
            "those of a quantised model or of an adapter and would be left out: name the "
            "unquantised model, or merge the adapter into it first."
        )
    over = {key for key in report["unexpected_keys"] if depth <= _block(key)}
    if over:
        raise Refused(
            f"model {name!r} has weights for {min(over)!r}{_more(over)}, but its config.json says "
            f"that it has {depth} layers: bring weights and configuration of one model."
        )


def _method(config: dict[str, Any]) -> str | None:
    inner = config.get("text_config")
    places = [config, inner] if isinstance(inner, dict) else [config]
    for place in places:
        # compressed-tensors had a place of its own.
        about = place.get("quantization_config") or place.get("compression_config")
        if not about:
            continue
        if not isinstance(about, dict):
            return str(about)
        if about.get("load_in_4bit") or about.get("load_in_8bit"):
            return "bitsandbytes"
        return str(about.get("quant_method") or about.get("quant_algo") or "no method named")
    return None


def _adapter(file: Path) -> str:
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
        kind, base = about.get("peft_type"), about.get("base_model_name_or_path")
    except (OSError, ValueError, AttributeError):
        return ""
    return f" for {base!r}" if base else f" of kind {kind!r}" if kind else ""


def _refuse_file(name: str, path: Path) -> None:
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic == b"GGUF" or path.suffix.lower() == ".gguf":
        raise Refused(f"model {name!r} is a GGUF file, which is not read: {_CONVERT}.")
    raise Refused(f"model {name!r} is a file: name the folder that it lies in.")


def _block(key: str) -> int:
    number = re.search(r"\.(\d+)\.", key)
    return int(number.group(1)) if number else -1


def _more(keys: Iterable[str]) -> str:
    more = len([*keys]) - 1
    return f" and {more} more" if more else ""
