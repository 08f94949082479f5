"""GGUF files: what a file of llama.cpp says of itself, read as data and without PyTorch."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steering.errors import Refused

if TYPE_CHECKING:
    from gguf import GGUFReader

_ENDING = ".gguf"
_BEGINNING = b"GGUF"
_VOCABULARY = "tokenizer."
# Types whose numbers are stored as they are.
_PLAIN = {"F16", "F32", "F64", "BF16"}
_MERGE = "join its parts into one file first (llama-gguf-split --merge)"


def gguf_at(name: str, path: Path) -> Path | None:
    """Return the GGUF file that a path names: itself, or the only one of a folder without a model.

    None where a path names none. Raises Refused where a folder holds several.
    """
    if path.is_file():
        # Resolving a link might lose the file's name: caches call files by their hashes.
        return path.parent.resolve() / path.name if _is_gguf(path) else None
    if not path.is_dir() or any(path.glob("*.safetensors")):
        return None
    files = sorted(file for file in path.iterdir() if file.suffix.lower() == _ENDING)
    if len(files) > 1:
        raise Refused(
            f"model folder {name!r} holds {len(files)} GGUF files: name one of them, like "
            f"{str(path / files[0].name)!r}."
        )
    return files[0].parent.resolve() / files[0].name if files else None


def read_gguf(name: str, path: Path) -> GGUFReader:
    """Return gguf's reader of a file. Raises Refused where it is damaged, or a part of one."""
    about = path.stat()
    try:
        reader = _read(path, about.st_mtime_ns, about.st_size)
        parts = value_in(reader, "split.count") or 1
        if not value_in(reader, "general.architecture"):
            raise ValueError("it names no architecture")
    except Exception as error:  # the reader raises whatever it stumbles over
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise Refused(
            f"model {name!r} is a GGUF file that is damaged, cut short or of a version that is not "
            f"read ({reason}): bring the whole file."
        ) from error
    if parts > 1:
        raise Refused(f"model {name!r} is one of {parts} parts of a GGUF file: {_MERGE}.")
    return reader


def value_in(reader: GGUFReader, key: str) -> Any:
    """Return a value of a GGUF file's metadata, or None where it has none of that name."""
    field = reader.get_field(key)
    return None if field is None else field.contents()


def tokens_in(reader: GGUFReader) -> dict[str, str | None]:
    """Return the special tokens that a GGUF file names, by their roles in transformers."""
    field = reader.get_field("tokenizer.ggml.tokens")
    names = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
    tokens: dict[str, str | None] = {}
    for role, written in names.items():
        number = value_in(reader, f"tokenizer.ggml.{written}_token_id")
        known = field is not None and number is not None and 0 <= number < len(field.data)
        tokens[f"{role}_token"] = str(field.contents(number)) if field and known else None
    return tokens


def stored_types(reader: GGUFReader) -> str:
    """Return how a GGUF file is quantised, and how many of its tensors are held in which type.

    The name is that of its `general.file_type`, or of the type that holds most of its numbers.
    """
    from gguf import LlamaFileType  # noqa: PLC0415 - needed for GGUF files alone

    tensors, numbers = Counter[str](), Counter[str]()
    for tensor in reader.tensors:
        tensors[tensor.tensor_type.name] += 1
        numbers[tensor.tensor_type.name] += int(tensor.n_elements)
    said = value_in(reader, "general.file_type")
    known = {int(one): one.name for one in LlamaFileType if one.name != "GUESSED"}
    most = max(numbers, key=lambda kind: numbers[kind], default="no tensors")
    name = known.get(said, most).removeprefix("MOSTLY_").removeprefix("ALL_")
    return f"{name} ({', '.join(f'{count} {kind}' for kind, count in tensors.most_common())})"


def is_quantised(reader: GGUFReader) -> bool:
    """Return whether any tensor of a GGUF file is quantised."""
    return any(tensor.tensor_type.name not in _PLAIN for tensor in reader.tensors)


def gguf_described(name: str, path: Path) -> dict[str, Any]:
    """Return what a GGUF file says of its model, without loading it."""
    reader = read_gguf(name, path)
    family = value_in(reader, "general.architecture")
    return {
        "architecture": f"{family} (GGUF)",
        "layers": value_in(reader, f"{family}.block_count"),
        "width": value_in(reader, f"{family}.embedding_length"),
        "parameters": sum(int(tensor.n_elements) for tensor in reader.tensors),
        "planted": False,
    }


def _is_gguf(path: Path) -> bool:
    with path.open("rb") as stream:
        begins = stream.read(len(_BEGINNING)) == _BEGINNING
    return begins or path.suffix.lower() == _ENDING


@contextmanager
def read_once(reader: GGUFReader, *, vocabulary: bool = True) -> Iterator[None]:
    """Let transformers have a file as it was read already, and make its table of names once.

    Unless the `vocabulary` is wanted, it is left out: it is read word by word.

    Left alone it reads the file anew at each call, and makes the same table for every module of the
    model: for 135 million parameters, more than half of the time that loading takes.
    """
    import gguf  # noqa: PLC0415 - needed for GGUF files alone

    if not vocabulary:
        reader = copy(reader)
        kept = {key: one for key, one in reader.fields.items() if not key.startswith(_VOCABULARY)}
        reader.fields = OrderedDict(kept)
    ours = {
        "GGUFReader": lambda _path: reader,
        "get_tensor_name_map": lru_cache(gguf.get_tensor_name_map),
    }
    theirs = {name: getattr(gguf, name) for name in ours}
    try:
        for name, one in ours.items():
            setattr(gguf, name, one)
        yield
    finally:
        for name, one in theirs.items():
            setattr(gguf, name, one)


@lru_cache(maxsize=2)
def _read(path: Path, changed: int, size: int) -> GGUFReader:
    # Seconds go by over a large vocabulary, so a file that has not changed is read once.
    import numpy as np  # noqa: PLC0415 - needed for GGUF files alone
    from gguf import GGUFReader  # noqa: PLC0415 - needed for GGUF files alone

    class Reader(GGUFReader):
        """Reads from a plain array: a slice of a mapped one takes longer, by what it checks."""

        def _get(self, *place: Any, **order: Any) -> Any:
            if isinstance(self.data, np.memmap):
                self.data = self.data.view(np.ndarray)  # type: ignore[assignment]
            return super()._get(*place, **order)

    return Reader(path)
