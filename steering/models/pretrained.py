"""Pretrained: loads weights and tokenizer by transformers, and refuses those that do not fit."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

from steering.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
AUTO = "auto"


def pretrained(
    name: str, where: str, *, revision: str, dtype: str, device: str | None, trust_remote_code: bool
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
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
    if dtype not in DTYPES:
        raise Refused(f"there is no dtype {dtype!r}: allowed are {', '.join(DTYPES)}.")
    placed = _placement(device)
    _, tokenizer = outlined(name, where, revision=revision, trust_remote_code=trust_remote_code)
    source: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
    with refusing_load_errors(name, "could not be loaded"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whatever it warns of is refused below
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            where,
            **source,
            dtype=DTYPES[dtype],
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            device_map=AUTO if placed is None else None,
        )
    module, report = loaded
    _require_complete(name, module.config, report)
    require_same_vocabulary(name, tokenizer, module)
    return (module if placed is None else module.to(placed)), tokenizer


def outlined(
    name: str, where: str, *, revision: str | None, trust_remote_code: bool
) -> tuple[PretrainedConfig, PreTrainedTokenizerBase]:
    """Return a model's configuration and tokenizer, without loading its weights.

    Raises Refused where one of them is missing or damaged, or it is no causal language model.
    """
    source: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
    with refusing_load_errors(name, "could not be loaded"):
        config = AutoConfig.from_pretrained(where, **source)
    _require_decoder(name, config)
    with refusing_load_errors(name, "has no tokenizer that could be loaded"):
        tokenizer = AutoTokenizer.from_pretrained(where, **source)
    return config, tokenizer


def require_same_vocabulary(
    name: str, tokenizer: PreTrainedTokenizerBase, module: PreTrainedModel
) -> None:
    """Raise Refused where a tokenizer has tokens without embeddings."""
    embeddings: Any = module.get_input_embeddings()
    rows = embeddings.num_embeddings
    if not tokenizer.vocab_size:
        raise Refused(
            f"model {name!r} has no tokenizer: a tokenizer.json beside its weights is needed."
        )
    if tokenizer.vocab_size > rows:
        raise Refused(
            f"model {name!r} has embeddings for {rows} tokens, but its tokenizer has "
            f"{tokenizer.vocab_size}: bring the tokenizer that the model was trained with."
        )


@contextmanager
def refusing_load_errors(name: str, what: str) -> Iterator[None]:
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
        raise Refused(
            f"model {name!r} {what} ({reason}): a folder as transformers saves it, or a Hugging "
            "Face id, is needed, with safetensors weights and a tokenizer."
        ) from error


def _placement(name: str | None) -> torch.device | None:
    # None means that accelerate spreads the blocks over all devices.
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


def _require_decoder(name: str, config: PretrainedConfig) -> None:
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


def _require_complete(name: str, config: PretrainedConfig, report: dict[str, Any]) -> None:
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
    over = {key for key in report["unexpected_keys"] if depth <= _block(key)}
    if over:
        raise Refused(
            f"model {name!r} has weights for {min(over)!r}{_more(over)}, but its config.json says "
            f"that it has {depth} layers: bring weights and configuration of one model."
        )


def _block(key: str) -> int:
    number = re.search(r"\.(\d+)\.", key)
    return int(number.group(1)) if number else -1


def _more(keys: Iterable[str]) -> str:
    more = len([*keys]) - 1
    return f" and {more} more" if more else ""
