"""Quantised: weights in fewer bits, made plain where they can be, or held as they are stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch
from transformers.quantizers.auto import AUTO_QUANTIZER_MAPPING

from steering.errors import Refused
from steering.models.checkpoint import DEQUANTISED, quantisation, quantisation_method

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel

# What transformers needs for a method: the package's name, and that of its module.
_PACKAGES = {
    "awq": {"gptqmodel": "gptqmodel", "accelerate": "accelerate"},
    "bitsandbytes": {"bitsandbytes": "bitsandbytes", "accelerate": "accelerate"},
    "compressed-tensors": {"compressed-tensors": "compressed_tensors"},
    "gptq": {"gptqmodel": "gptqmodel", "optimum": "optimum", "accelerate": "accelerate"},
}
_OR = "or name the unquantised model"


def require_loadable(name: str, config: PretrainedConfig) -> None:
    """Raise Refused where transformers does not know a method, or lacks the package for it.

    transformers takes weights of a method that it does not know for plain ones.
    """
    method = quantisation(config.to_dict())
    if method is None:
        return
    known = {one.removesuffix("_4bit").removesuffix("_8bit") for one in AUTO_QUANTIZER_MAPPING}
    if method not in known:
        raise Refused(
            f"model {name!r} is quantised with {method!r}, and would not be measured as it is: "
            "name the unquantised model."
        )
    wanted = _PACKAGES.get(method, {})
    missing = [package for package, module in wanted.items() if find_spec(module) is None]
    if missing:
        raise Refused(
            f"model {name!r} is quantised with {method!r}, for which transformers needs "
            f"{' and '.join(missing)}: `pip install {' '.join(missing)}`, {_OR}."
        )


def loading_options(config: PretrainedConfig, placed: torch.device | None) -> dict[str, Any]:
    """Return what transformers is told about a configuration's quantisation.

    Weights that can be made plain are: on a GPU, transformers would leave them as they are, and
    quantise what passes through too. Others are loaded where they will lie, since some cannot move.
    """
    method = quantisation_method(config.to_dict())
    if method is None:
        return {}
    if method in DEQUANTISED:
        for place in (config, config.get_text_config()):
            if about := getattr(place, "quantization_config", None):
                place.quantization_config = {**about, "dequantize": True}
        return {"config": config}
    if placed is None or "accelerate" not in _PACKAGES.get(method, {}):
        return {}
    return {"device_map": {"": placed}}


@contextmanager
def naming_packages(name: str, config: PretrainedConfig) -> Iterator[None]:
    """Turn the lack of a package, which shows only on loading, into one Refused."""
    method = quantisation(config.to_dict())
    try:
        yield
    except ImportError as error:
        if method is None:
            raise
        reason = " ".join(str(error).split()).partition(". ")[0].rstrip(".")
        raise Refused(
            f"model {name!r} is quantised with {method!r}, for which transformers lacks what it "
            f"needs ({reason}): install that, {_OR}."
        ) from error


def settle(
    name: str, config: PretrainedConfig, module: PreTrainedModel, dtype: torch.dtype
) -> None:
    """Bring weights that were made plain to one precision, and see that others are what they are.

    Raises Refused where transformers has loaded quantised weights as if they were plain, or the
    output head, whose weights are read, is quantised too.
    """
    method = quantisation_method(config.to_dict())
    if method in DEQUANTISED:
        for weight in module.parameters():
            # Some weights are turned back in bfloat16, whatever was asked for.
            if weight.dtype == torch.bfloat16:
                weight.data = weight.data.to(dtype)
    elif method is not None:
        if getattr(module, "hf_quantizer", None) is None:
            raise Refused(
                f"model {name!r} is quantised with {method!r}, and would be measured as if it were "
                "not: name the unquantised model."
            )
        if method == "compressed-tensors":
            # Unpacked in its first forward pass, which must come before nnsight wraps it.
            with torch.inference_mode():
                module(input_ids=torch.zeros(1, 1, dtype=torch.long, device=module.device))
        head: Any = module.get_output_embeddings()
        held = getattr(head, "weight", None)
        if head is not None and (held is None or not held.is_floating_point()):
            raise Refused(
                f"model {name!r} is quantised with {method!r} up to its output head, whose weights "
                "are needed as they are: name the unquantised model, or one with a plain head."
            )


def quantised_weights(config: PretrainedConfig, module: PreTrainedModel) -> dict[str, str]:
    """Return what the run card says of quantised weights; nothing where they are plain."""
    method = quantisation_method(config.to_dict())
    if method is None:
        return {}
    dtype = str(module.dtype).removeprefix("torch.")
    how = f"undone: the weights are held in {dtype}" if method in DEQUANTISED else "held as it is"
    return {"quantisation": f"{method}, {how}"}
