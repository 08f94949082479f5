"""Pretrained: loads weights and tokenizer by transformers, and refuses those that do not fit."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoTokenizer,
)
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
)
from transformers.utils.peft_utils import find_adapter_config_file

from steering.errors import Refused
from steering.models.adapters import adapter_refused
from steering.models.checkpoint import require_complete
from steering.models.quantised import (
    loading_options,
    naming_packages,
    quantised_weights,
    require_loadable,
    settle,
)
from steering.models.vocabulary import require_same_vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
AUTO = "auto"
_NEEDED = (
    "a folder as transformers saves it, or a Hugging Face id, is needed, with safetensors weights "
    "and a tokenizer"
)


class Loaded(NamedTuple):
    """A model and its tokenizer, and what the run card says of weights that are not plain."""

    module: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    weights: dict[str, str]


def pretrained(
    name: str, where: str, *, revision: str, dtype: str, device: str | None, trust_remote_code: bool
) -> Loaded:
    """Return a causal language model and its tokenizer, the model on its device.

    Args:
        name: what the user calls the model, for messages.
        where: the folder or Hugging Face id to load from.
        revision: the commit or branch of an id.
        dtype: a name in `DTYPES`.
        device: a device, "auto" to spread the model over all GPUs, or None for a GPU or the CPU.
        trust_remote_code: run code that the model brings with it.

    Raises Refused where it is no causal language model, or its files are missing, damaged,
    incomplete or of another model.
    """
    placed = placement(device)
    precision = require_dtype(dtype)
    _require_no_adapter(name, where, revision)
    config, tokenizer = outlined(
        name, where, revision=revision, trust_remote_code=trust_remote_code
    )
    require_loadable(name, config)
    source: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
    source["device_map"] = AUTO if placed is None else None
    source |= loading_options(config, placed)
    with (
        refusing_load_errors(name, "could not be loaded"),
        naming_packages(name, config),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # whatever it warns of is refused below
        loaded: Any = _class_for(config).from_pretrained(
            where,
            **source,
            dtype=precision,
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
        )
    module, report = loaded
    require_complete(name, module.config, report)
    settle(name, config, module, precision)
    require_same_vocabulary(name, tokenizer, module)
    if source["device_map"] is None:
        module = module.to(placed)
    return Loaded(module, tokenizer, quantised_weights(config, module))


def require_dtype(name: str) -> torch.dtype:
    """Return a precision by its name. Raises Refused where there is none of that name."""
    if name not in DTYPES:
        raise Refused(f"there is no dtype {name!r}: allowed are {', '.join(DTYPES)}.")
    return DTYPES[name]


def outlined(
    name: str, where: str, *, revision: str | None, trust_remote_code: bool
) -> tuple[PretrainedConfig, PreTrainedTokenizerBase]:
    """Return a model's configuration and tokenizer, without loading its weights.

    Raises Refused where one of them is missing or damaged, or it is no causal language model.
    """
    source: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
    with refusing_load_errors(name, "could not be loaded"):
        config = AutoConfig.from_pretrained(where, **source)
    require_decoder(name, config)
    return config, own_tokenizer(name, where, **source)


def own_tokenizer(name: str, where: str, **source: Any) -> PreTrainedTokenizerBase:
    """Return the tokenizer of a folder or id. Raises Refused where it is missing or damaged."""
    with refusing_load_errors(name, "has no tokenizer that could be loaded"):
        return AutoTokenizer.from_pretrained(where, **source)


@contextmanager
def refusing_load_errors(name: str, what: str, needed: str = _NEEDED) -> Iterator[None]:
    """Turn any error in the block, in which a model's files are loaded, into one Refused."""
    try:
        yield
    except Refused:
        raise
    except Exception as error:
        # transformers raises a dozen types of errors here, so the message has to be looked at.
        text = " ".join(str(error).split())
        if "trust_remote_code" in text:
            raise Refused(
                f"model {name!r} brings code of its own, which is not run unasked: read it, and "
                "allow it with --trust-remote-code, or bring a model that transformers knows."
            ) from error
        if isinstance(error, torch.OutOfMemoryError):
            text = "it does not fit into the memory of the device"
        reason = re.split(r"(?<=[.!?])\s", text)[0].rstrip(".") or type(error).__name__
        raise Refused(f"model {name!r} {what} ({reason}): {needed}.") from error


def placement(name: str | None) -> torch.device | None:
    """Return a device by its name; None if accelerate is to spread the blocks over all devices.

    Raises Refused where it is not to be had.
    """
    if name == AUTO:
        if find_spec("accelerate") is None:
            raise Refused(
                "device 'auto' needs the package accelerate: `pip install '.[gpus]'`, or name one "
                "device like cuda."
            )
        return None
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        cuda = ", cuda" if torch.cuda.is_available() else ""
        raise Refused(
            f"device {name!r} is not to be had here: allowed are cpu{cuda} or auto."
        ) from error
    return device


def _require_no_adapter(name: str, where: str, revision: str) -> None:
    # A folder's adapter is loaded by `merged`; a Hugging Face id may be one as well.
    found = None
    with suppress(Exception):  # whatever keeps an id from being read is said when it is loaded
        found = find_adapter_config_file(where, revision=revision)
    if found:
        raise adapter_refused(f"model {name!r}", Path(found))


def _class_for(config: PretrainedConfig) -> Any:
    """Return the class by which transformers loads a model: a text decoder, alone or within.

    Where a family has both, the configuration says which of them was saved.
    """
    if "AutoModelForCausalLM" in (getattr(config, "auto_map", None) or {}):
        return AutoModelForCausalLM
    written = config.architectures or ()
    alone = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(config.model_type)
    within = MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES.get(config.model_type)
    multimodal = within and (alone is None or (within in written and alone not in written))
    return AutoModelForImageTextToText if multimodal else AutoModelForCausalLM


def require_decoder(name: str, config: PretrainedConfig) -> None:
    """Raise Refused where a configuration is that of an encoder, or of an encoder and a decoder."""
    written = ", ".join(config.architectures or ()) or config.model_type
    if config.is_encoder_decoder:
        raise Refused(
            f"model {name!r} ({written}) is an encoder-decoder model: "
            "a causal language model, which is a decoder alone, is needed."
        )
    masked = config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES
    if masked and not getattr(config, "is_decoder", False):
        raise Refused(
            f"model {name!r} ({written}) is an encoder, which sees what comes after a token too: "
            "a causal language model is needed."
        )
