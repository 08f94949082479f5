"""Adapters: what PEFT saves beside or instead of a model, found, and merged into its base."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from steering.errors import Refused

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
_BESIDE = "adapter_"
NAME_BASE = "name the base in it (base_model_name_or_path), a folder or a Hugging Face id"
_MERGE = (
    "merge it into its base model first (peft: merge_and_unload, save_pretrained), and name the "
    "folder of the result"
)
_TOKENS = 3  # of the text on which the merged model is held to the adapter on its base


@dataclass(frozen=True)
class Adapter:
    """An adapter as PEFT saves it, and the model that it belongs to.

    Attributes:
        folder: where its configuration and weights lie.
        kind: PEFT's name of its kind, like LORA.
        base: the folder of its base, which may be the same one, or a Hugging Face id.
        revision: the commit or branch of an id; empty for a folder.
    """

    folder: Path
    kind: str
    base: str
    revision: str = ""

    @property
    def beside(self) -> bool:
        """Return whether the base lies in the adapter's own folder."""
        return self.base == str(self.folder)

    @property
    def local(self) -> bool:
        """Return whether the base is a folder."""
        return not self.revision

    @property
    def has_tokenizer(self) -> bool:
        """Return whether a tokenizer lies beside the adapter."""
        names = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json")
        return any((self.folder / name).is_file() for name in names)


def adapter_in(name: str, folder: Path) -> Adapter | None:
    """Return the adapter in a folder, or None where there is none.

    Raises Refused where its configuration or weights are damaged or pickled, or its base is not
    named or cannot be one.
    """
    file = folder / CONFIG
    if not file.is_file():
        return None
    what = f"model folder {name!r}"
    try:
        about = dict(json.loads(file.read_text(encoding="utf-8")))
        kind, base = str(about["peft_type"]), about.get("base_model_name_or_path")
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Refused(
            f"{what} holds an adapter whose {CONFIG} names no kind (peft_type): save it again by "
            "peft's save_pretrained."
        ) from error
    if not (folder / WEIGHTS).is_file():
        raise Refused(
            f"{what} holds an adapter without {WEIGHTS}: save it again by peft's save_pretrained, "
            "since pickle is not read."
        )
    if (folder / "config.json").is_file() and _has_weights(folder):
        return Adapter(folder, kind, str(folder))
    if not base or not isinstance(base, str):
        raise Refused(f"{what} is an adapter that names no base model: {NAME_BASE}.")
    for place in (folder / Path(base).expanduser(), Path(base).expanduser()):
        if place.is_dir():
            return Adapter(folder, kind, _whole(what, base, place.resolve()))
    if base.startswith((".", "/", "~")) or base.count("/") != 1:
        raise Refused(
            f"{what} is an adapter for {base!r}, which is not on this machine: {NAME_BASE}."
        )
    return Adapter(folder, kind, base, str(about.get("revision") or "main"))


@contextmanager
def base_alone(adapter: Adapter) -> Iterator[str]:
    """Yield where an adapter's base is loaded from: a folder without the adapter, or an id.

    transformers would look at an adapter that it finds beside a model, each version in its own way.
    """
    if not adapter.beside:
        yield adapter.base
        return
    with TemporaryDirectory() as alone:
        for file in adapter.folder.iterdir():
            if not file.name.startswith(_BESIDE):
                (Path(alone) / file.name).symlink_to(file)
        yield alone


def require_peft(name: str) -> None:
    """Raise Refused where the package is missing that loads adapters."""
    if find_spec("peft") is None:
        raise Refused(
            f"model {name!r} is an adapter, for which the package peft is needed: "
            "`pip install '.[adapters]'`."
        )


def merged(name: str, adapter: Adapter, module: PreTrainedModel) -> PreTrainedModel:
    """Return a base model with an adapter merged into its weights.

    Raises Refused where the adapter is of a kind that cannot be merged, its weights do not fit the
    base, or the merged model computes something else than the adapter on its base.
    """
    import torch  # noqa: PLC0415 - folders are looked at without it
    from peft import PEFT_TYPE_TO_CONFIG_MAPPING, PeftModel  # noqa: PLC0415 - an optional extra
    from peft.mapping import PEFT_TYPE_TO_TUNER_MAPPING  # noqa: PLC0415 - likewise

    from steering.models.rounding import explained  # noqa: PLC0415 - imports PyTorch

    tuner = PEFT_TYPE_TO_TUNER_MAPPING.get(adapter.kind)  # type: ignore[call-overload]
    if not hasattr(tuner, "merge_and_unload"):
        raise Refused(
            f"model {name!r} has an adapter of the kind {adapter.kind!r}, which cannot be merged "
            "into weights: name the base model alone, or an adapter that changes weights, like "
            "LORA."
        )
    ids = torch.arange(_TOKENS, device=module.device)[None]

    def logits(model: Any) -> Any:
        with torch.inference_mode():
            return model(input_ids=ids, use_cache=False).logits.float()

    with _strict():
        config = PEFT_TYPE_TO_CONFIG_MAPPING[adapter.kind].from_pretrained(str(adapter.folder))  # type: ignore[index]
        config.inference_mode = True
        adapted: Any = PeftModel(module, config).eval()
        mapping = getattr(module, "_checkpoint_conversion_mapping", {})
        report = adapted.load_adapter(
            str(adapter.folder), "default", torch_device=str(module.device), key_mapping=mapping
        )
        if lost := [*report.missing_keys, *report.unexpected_keys]:
            raise Refused(
                f"model {name!r} has an adapter that does not fit its base model, which differs in "
                f"{min(lost)!r}{_more(lost)}: name the base that it was trained on."
            )
        expected = logits(adapted)
        whole: PreTrainedModel = adapted.merge_and_unload(safe_merge=True)
    difference = float((logits(whole) - expected).abs().max())
    if not difference <= explained(module.dtype, expected):
        raise Refused(
            f"model {name!r} has an adapter ({adapter.kind}) that is another model when merged, by "
            f"{difference:.2g} in its logits: {_MERGE}."
        )
    return whole


def adapter_weights(adapter: Adapter, revision: str) -> dict[str, str]:
    """Return what the run card says of an adapter: its name and kind, and its base."""
    base = "the model beside it" if adapter.beside else Path(adapter.base).name
    base = base if adapter.local else adapter.base
    known = "" if adapter.beside else f"@{revision}"
    return {
        "adapter": f"{adapter.folder.name} ({adapter.kind}), merged into its base",
        "base": f"{base}{known}",
    }


def adapter_refused(what: str, file: Path) -> Refused:
    """Return the refusal of an adapter that lies on the Hugging Face hub."""
    try:
        base = json.loads(file.read_text(encoding="utf-8")).get("base_model_name_or_path")
    except (OSError, ValueError, AttributeError):
        base = None
    about = f" for {base!r}" if base else ""
    return Refused(
        f"{what} is or holds an adapter{about}: download it into a folder, and name that, so that "
        "it is loaded with its base."
    )


def _has_weights(folder: Path) -> bool:
    return any(not file.name.startswith(_BESIDE) for file in folder.glob("*.safetensors"))


def _whole(what: str, base: str, place: Path) -> str:
    if (place / CONFIG).is_file():
        raise Refused(
            f"{what} is an adapter for {base!r}, which is one itself or holds one: {_MERGE}."
        )
    if not (place / "config.json").is_file() or not _has_weights(place):
        raise Refused(
            f"{what} is an adapter for {base!r}, which is no folder with a model in safetensors "
            f"files: {NAME_BASE}."
        )
    return str(place)


@contextmanager
def _strict() -> Iterator[None]:
    """Turn into errors what PEFT only warns of though the model would be another one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message="Unexpected keyword arguments")
        yield


def _more(keys: list[str]) -> str:
    return f" and {len(keys) - 1} more" if keys[1:] else ""
