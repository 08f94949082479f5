"""Checkpoints: what lies at a model's place, and is refused where it is not one whole model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steering.errors import Refused
from steering.models.adapters import adapter_in

if TYPE_CHECKING:
    from transformers import PretrainedConfig

# Methods whose weights transformers can turn back into plain ones on any device.
DEQUANTISED = ("fp8", "mxfp4")

# Names of tensors without which the weights beside them mean something else.
_NOT_PLAIN = re.compile(
    r"((weight|input)_scale(_inv|_2)?|weight_packed|zero_point|_(blocks|scales)|\.(qweight|qzeros|scales|g_idx|SCB)"
    r"|\.(absmax|quant_map|quant_state\..*)|\.lora_[AB]\.?.*)$"
)


def require_model_folder(name: str, path: Path) -> None:
    """Raise Refused where a path is no folder with a whole model in it, or an adapter with a base.

    GGUF files are looked for before: see `gguf_at`.
    """
    if path.is_file():
        raise Refused(f"model {name!r} is a file: name the folder that it lies in.")
    if not path.is_dir():
        raise Refused(f"model folder {name!r} does not exist: name a folder with a model in it.")
    if adapter_in(name, path) is not None:
        return
    if not (path / "config.json").is_file():
        raise Refused(f"model folder {name!r} has no config.json: name a transformers folder.")
    if not any(path.glob("*.safetensors")):
        raise Refused(f"model folder {name!r} has no safetensors weights: pickle is not read.")


def quantisation(config: dict[str, Any]) -> str | None:
    """Return the name of the method by which a configuration says that weights are quantised.

    None where they are not, or where they can be turned back into plain ones.
    """
    method = quantisation_method(config)
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


def quantisation_method(config: dict[str, Any]) -> str | None:
    """Return the name of the method by which a configuration says that weights are quantised."""
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


def _block(key: str) -> int:
    number = re.search(r"\.(\d+)\.", key)
    return int(number.group(1)) if number else -1


def _more(keys: Iterable[str]) -> str:
    more = len([*keys]) - 1
    return f" and {more} more" if more else ""
