"""Pretrained: loads weights and tokenizer by transformers, and refuses those that do not fit."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES
from transformers.utils.peft_utils import find_adapter_config_file

from steering.errors import Refused
from steering.models.checkpoint import adapter_refused, quantisation, require_complete

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
    real = precision(dtype)
    placed = placement(device)
    _require_no_adapter(name, where, revision)
    config, tokenizer = outlined(
        name, where, revision=revision, trust_remote_code=trust_remote_code
    )
    _require_plain_weights(name, config)
    plain = _dequantising(config)
    source: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
    with refusing_load_errors(name, "could not be loaded"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whatever it warns of is refused below
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            where,
            **source,
            dtype=real,
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            device_map=AUTO if placed is None else None,
            **plain,
        )
    module, report = loaded
    require_complete(name, module.config, report)
    if plain:
        _in_one_precision(module, real)
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
    """Raise Refused where a tokenizer, or its chat template, uses tokens without embeddings."""
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
    # A token added to the tokenizer may lack an embedding, which matters only where it is used.
    for number in _asked(tokenizer):
        if number >= rows:
            raise Refused(
                f"model {name!r} has embeddings for {rows} tokens, but its prompts hold the token "
                f"{tokenizer.convert_ids_to_tokens(number)!r}, whose number is {number}: bring the "
                "tokenizer or chat template that the model was trained with."
            )


def _asked(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Return the token ids of a few words, as plain text and as the chat template writes them."""
    user = [{"role": "user", "content": "question"}]
    system = [{"role": "system", "content": "persona"}]
    answer = [{"role": "assistant", "content": "answer"}]
    texts = [f"{tokenizer.bos_token or ''}question"]
    for messages in (user, system + user, user + answer) if tokenizer.chat_template else ():
        # Templates raise whatever they like; whoever asks by them says so in a better sentence.
        with suppress(Exception):
            said: Any = tokenizer.apply_chat_template(
                messages,
                tokenize=False,
                add_generation_prompt=messages[-1]["role"] == "user",
                enable_thinking=False,
            )
            texts.append(str(said))
    return [one for text in texts for one in tokenizer.encode(text, add_special_tokens=False)]


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


def precision(name: str) -> torch.dtype:
    """Return the dtype of a name. Raises Refused where it is none of `DTYPES`."""
    if name not in DTYPES:
        raise Refused(f"there is no dtype {name!r}: allowed are {', '.join(DTYPES)}.")
    return DTYPES[name]


def placement(name: str | None) -> torch.device | None:
    """Return the device of a name; None where accelerate spreads the blocks over all devices.

    Raises Refused where the machine does not have it.
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
    # A folder's adapters were refused already; a Hugging Face id may be one as well.
    found = None
    with suppress(Exception):  # whatever keeps an id from being read is said when it is loaded
        found = find_adapter_config_file(where, revision=revision)
    if found:
        alone = not (Path(found).parent / "config.json").is_file()
        raise adapter_refused(f"model {name!r}", Path(found), alone=alone)


def _require_plain_weights(name: str, config: PretrainedConfig) -> None:
    method = quantisation(config.to_dict())
    if method is not None:
        raise Refused(
            f"model {name!r} is quantised with {method!r}, and would not be measured as it is: "
            "name the unquantised model."
        )


def _dequantising(config: PretrainedConfig) -> dict[str, Any]:
    # On a GPU, transformers would leave weights as they are and quantise activations too.
    about = getattr(config, "quantization_config", None)
    if not about:
        return {}
    config.quantization_config = {**about, "dequantize": True}
    return {"config": config}


def _in_one_precision(module: PreTrainedModel, dtype: torch.dtype) -> None:
    # Some weights are turned back in bfloat16, whatever was asked for.
    for weight in module.parameters():
        if weight.dtype == torch.bfloat16:
            weight.data = weight.data.to(dtype)


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
