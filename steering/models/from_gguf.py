"""From GGUF: a model out of one file of llama.cpp, by transformers' reader, its weights made plain.

That reader passes over whatever it has no place for. Here it is refused instead: a scaling of the
rotary angles that is left out would change every number, and nothing would show it.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast
from transformers.integrations.ggml import GGUF_CONFIG_MAPPING, convert_gguf_tokenizer
from transformers.modeling_gguf_pytorch_utils import (
    TENSOR_PROCESSORS,
    TensorProcessor,
    get_gguf_hf_weights_map,
    load_gguf_checkpoint,
)

from steering.errors import Refused
from steering.models.checkpoint import require_complete
from steering.models.gguf_file import (
    is_quantised,
    read_gguf,
    read_once,
    stored_types,
    tokens_in,
    value_in,
)
from steering.models.pretrained import (
    AUTO,
    Loaded,
    placement,
    refusing_load_errors,
    require_decoder,
    require_dtype,
)
from steering.models.vocabulary import require_same_vocabulary

if TYPE_CHECKING:
    from gguf import GGUFReader
    from transformers import PretrainedConfig

_INSTEAD = "name the model that it was made from"
# The factors by which the rotary angles of Llama 3.1 and its successors are slowed down.
_SLOWED = "rope_freqs.weight"
# What a file may say beside what transformers reads: what the configuration must agree with, and
# what changes no number, or shows in the shape of a weight.
_AGREEING = {
    "attention.key_length": "head_dim",
    "attention.value_length": "head_dim",
    "attention.sliding_window": "sliding_window",
    "attn_logit_softcapping": "attn_logit_softcapping",
    "final_logit_softcapping": "final_logit_softcapping",
}
_HARMLESS = {
    "attention.causal", "expert_feed_forward_length", "expert_shared_feed_forward_length",
    "feed_forward_length", "rope.dimension_count", "tensor_data_layout", "use_parallel_residual",
    "vocab_size",
}  # fmt: skip
_SCALING = "rope.scaling."
# Gemma's largest models scale attention otherwise, which only their number of blocks tells.
_UNTOLD = {("gemma2", 46), ("gemma3", 62)}


def from_gguf(name: str, path: Path, *, dtype: str, device: str | None) -> Loaded:
    """Return a causal language model and its tokenizer from a GGUF file, the model on its device.

    The arguments are those of `pretrained`. Nothing but the file is read.

    Raises Refused where it is damaged or incomplete, of an architecture that transformers does not
    read from GGUF, or says of the model what transformers' reader leaves out.
    """
    placed, precision = placement(device), require_dtype(dtype)
    reader = read_gguf(name, path)
    family = _family(name, reader)
    unread = refusing_load_errors(name, "could not be read from GGUF", needed=_INSTEAD)
    with unread, _quiet(), read_once(reader):
        parsed = load_gguf_checkpoint(str(path))
        config = AutoConfig.for_model(**parsed["config"])
    require_decoder(name, config)
    if (family, config.num_hidden_layers) in _UNTOLD:
        raise Refused(
            f"model {name!r} is a GGUF file of {family} with {config.num_hidden_layers} blocks, "
            f"whose scale of attention transformers' reader does not know: {_INSTEAD}."
        )
    _require_all_read(name, reader, family, config)
    with refusing_load_errors(name, "has no tokenizer that could be read", needed=_INSTEAD):
        tokenizer = _tokenizer(reader, config, parsed)
    unread = refusing_load_errors(name, "could not be read from GGUF", needed=_INSTEAD)
    with unread, _quiet(), read_once(reader, vocabulary=False):
        with torch.device("meta"):
            outline = AutoModelForCausalLM.from_config(config)
        _require_all_placed(name, reader, outline, parsed["config"])
        weights = load_gguf_checkpoint(
            str(path), return_tensors=True, model_to_load=outline, torch_dtype=precision
        )["tensors"]
        module, report = type(outline).from_pretrained(
            None,
            config=config,
            state_dict=weights,
            dtype=precision,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            device_map=None if placed else AUTO,
        )
    require_complete(name, module.config, report)
    _slow_down(name, reader, module)
    require_same_vocabulary(name, tokenizer, module)
    held = "undone: the weights are" if is_quantised(reader) else "not quantised; the weights are"
    weights = {"quantisation": f"GGUF, {stored_types(reader)}, {held} held in {dtype}"}
    return Loaded(module if placed is None else module.to(placed), tokenizer, weights)


def _quiet() -> warnings.catch_warnings[None]:
    return warnings.catch_warnings(action="ignore")  # whatever it warns of is refused


def _family(name: str, reader: GGUFReader) -> str:
    """Return the name by which transformers knows a file's architecture."""
    written = str(value_in(reader, "general.architecture"))
    known = {one.replace("_", ""): one for one in GGUF_CONFIG_MAPPING}
    family = known.get(written.replace("-", "").replace("_", ""))
    if family is None:
        raise Refused(
            f"model {name!r} is a GGUF file of the architecture {written!r}, which transformers "
            f"does not read from GGUF: {_INSTEAD}."
        )
    return family


def _require_all_read(name: str, reader: GGUFReader, family: str, config: PretrainedConfig) -> None:
    """Raise Refused where a file's metadata says what is left out, or holds otherwise."""
    begins = f"{value_in(reader, 'general.architecture')}."
    keys = [key.removeprefix(begins) for key in reader.fields if key.startswith(begins)]
    said = {key: value_in(reader, begins + key) for key in keys}
    left = {key: value for key, value in said.items() if not _is_read(key, family)}
    width, heads = config.hidden_size, getattr(config, "num_attention_heads", None) or 1
    for key, value in left.items():
        if key.startswith(_SCALING):
            agreed = not _stretched(left)
        elif key in _AGREEING:
            ours = getattr(config, _AGREEING[key], None)
            agreed = value == (width // heads if ours is None and "length" in key else ours)
        else:
            agreed = key in _HARMLESS
        if not agreed:
            raise Refused(
                f"model {name!r} is a GGUF file that says {begins + key} = {value!r}, which "
                f"transformers' reader leaves out: {_INSTEAD}."
            )


def _is_read(key: str, family: str) -> bool:
    read: Any = GGUF_CONFIG_MAPPING[family]
    return read.get(key) is not None


def _stretched(said: Mapping[str, Any]) -> bool:
    """Return whether rotary angles are scaled by a rule, and not by factors in a tensor."""
    kind, factor = said.get(f"{_SCALING}type"), said.get(f"{_SCALING}factor")
    return kind not in (None, "none") or (kind is None and factor not in (None, 1.0))


def _require_all_placed(
    name: str, reader: GGUFReader, outline: Any, config: dict[str, Any]
) -> None:
    """Raise Refused where a tensor of the file has no place in the model."""
    written = str(value_in(reader, "general.architecture"))
    processor = TENSOR_PROCESSORS.get(written, TensorProcessor)(config=config)
    places = get_gguf_hf_weights_map(outline, processor)
    left = sorted(one.name for one in reader.tensors if one.name not in {*places, _SLOWED})
    if left:
        more = f" and {len(left) - 1} more" if left[1:] else ""
        raise Refused(
            f"model {name!r} is a GGUF file with the tensor {left[0]!r}{more}, for which "
            f"transformers' {type(outline).__name__} has no place: {_INSTEAD}."
        )


def _slow_down(name: str, reader: GGUFReader, module: Any) -> None:
    """Divide the rotary frequencies by the factors in the file, as llama.cpp does."""
    factors = next((one.data for one in reader.tensors if one.name == _SLOWED), None)
    if factors is None:
        return
    rotary = getattr(module.get_decoder(), "rotary_emb", None)
    known = getattr(rotary, "inv_freq", None)
    if known is None or known.shape != factors.shape:
        raise Refused(
            f"model {name!r} is a GGUF file with factors for rotary angles ({_SLOWED}) that fit "
            f"none of transformers' {type(module).__name__}: {_INSTEAD}."
        )
    slowed = known / torch.from_numpy(factors.copy()).to(known)
    for buffer in ("inv_freq", "original_inv_freq"):
        setattr(rotary, buffer, slowed.clone())


def _tokenizer(
    reader: GGUFReader, config: PretrainedConfig, parsed: dict[str, Any]
) -> PreTrainedTokenizerFast:
    backend, _ = convert_gguf_tokenizer(config.model_type, parsed["tokenizer"])
    # transformers takes the first token for the last one in some families: the file is asked.
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        chat_template=value_in(reader, "tokenizer.chat_template"),
        clean_up_tokenization_spaces=False,
        **tokens_in(reader),
    )
