"""Reading the rows of a JSONL, JSON, CSV, TSV or Parquet file, with a plain refusal where not."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from steering.errors import Refused

_TABLE = ".parquet"
_PACKED = ".gz"
_PLAIN = (".jsonl", ".json", ".csv", ".tsv")
SUFFIXES = (*_PLAIN, _TABLE, *(f"{suffix}{_PACKED}" for suffix in _PLAIN))
KINDS = "JSONL, JSON, CSV, TSV or Parquet"
_MOST_NAMED = 8
Row = tuple[int, str, dict[str, Any]]


def named(fields: Iterable[Any]) -> str:
    """Return the names of fields for a sentence, the first of them where they are many."""
    names = [repr(name) for name in fields if name is not None]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def suffix_of(file: Path) -> str | None:
    """Return the suffix of a concept file, like ".jsonl" or ".csv.gz"; None where it has none."""
    return next((one for one in SUFFIXES if file.name.lower().endswith(one)), None)


def stem_of(file: Path) -> str:
    """Return the name of a file without what says its kind."""
    return file.name[: -len(suffix)] if (suffix := suffix_of(file)) else file.stem


def rows_of(file: Path) -> list[Row]:
    """Return the rows of a file: number from 0, the words that name it in a sentence, its fields.

    Raises Refused where the file is missing, empty, not UTF-8, or not what its suffix says.
    """
    suffix = suffix_of(file)
    if suffix is None:
        raise Refused(
            f"concept file {str(file)!r} has the suffix {file.suffix!r}: "
            f"allowed are {', '.join(SUFFIXES)}."
        )
    if suffix == _TABLE:
        return _parquet(file)
    text = _text(file, packed=suffix.endswith(_PACKED))
    if not text.strip():
        raise Refused(f"{str(file)!r} is empty: it needs one JSON object a line, or rows of CSV.")
    read: dict[str, Callable[[str, Path], list[Row]]] = {
        ".jsonl": _lines,
        ".json": _list,
        ".csv": partial(_csv, separator=","),
        ".tsv": partial(_csv, separator="\t"),
    }
    rows = read[suffix.removesuffix(_PACKED)](text, file)
    if not rows:
        raise Refused(f"{str(file)!r} is empty: it holds no items.")
    if r"\ud" in text.lower():
        _require_whole_characters(rows)
    return rows


def _require_whole_characters(rows: list[Row]) -> None:
    # JSON may escape a character beyond the first plane as two halves, and lose one of them.
    for _, where, fields in rows:
        try:
            json.dumps(fields, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            half = ascii(error.object[error.start])[1:-1]
            raise Refused(
                f"{where} holds {half}, which is half of a character: write the whole of it."
            ) from error


def _text(file: Path, *, packed: bool) -> str:
    try:
        # Spreadsheets put a byte order mark before the first column's name.
        text = gzip.decompress(file.read_bytes()) if packed else file.read_bytes()
        return text.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Refused(
            f"{str(file)!r} is not packed by gzip, or not whole ({error}): pack it again, or bring "
            "it unpacked."
        ) from error
    except UnicodeDecodeError as error:
        raise Refused(
            f"{str(file)!r} is not UTF-8 text ({error.reason}): save it as UTF-8."
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refused(
            f"{str(file)!r} could not be read ({reason}): name a readable file."
        ) from error


def _lines(text: str, file: Path) -> list[Row]:
    rows: list[Row] = []
    # Not str.splitlines: it also breaks at separators that JSON allows within a text.
    for number, line in enumerate(text.split("\n")):
        if line.strip():
            where = f"line {number + 1} of {str(file)!r}"
            rows.append((number, where, _parsed(line, where, "one object a line is needed")))
    return rows


def _list(text: str, file: Path) -> list[Row]:
    value = _parsed(text, repr(str(file)), "a list of objects is needed")
    if not isinstance(value, list):
        about = f" of the fields {named(value)}" if isinstance(value, dict) and value else ""
        raise Refused(
            f"{str(file)!r} is JSON, but no list: a list of objects is needed, each with a "
            f"question and its two answers, and not one object{about}."
        )
    return [
        (number, f"entry {number + 1} of {str(file)!r}", fields)
        for number, fields in enumerate(value)
    ]


def _csv(text: str, file: Path, separator: str) -> list[Row]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    rows: list[Row] = []
    try:
        for number, fields in enumerate(reader):
            where = f"row {number + 1} of {str(file)!r}"
            if None in fields or None in fields.values():
                raise Refused(
                    f"{where} has not as many columns as the first line: "
                    f"needed are {len(reader.fieldnames or ())}."
                )
            rows.append((number, where, dict(fields)))
    except csv.Error as error:
        kind, signs = ("CSV", "commas") if separator == "," else ("TSV", "tabs")
        raise Refused(
            f"{str(file)!r} is not {kind} after its row {len(rows)} ({error}): columns separated "
            f"by {signs} are needed, texts with {signs} or breaks in double quotes."
        ) from error
    return rows


def _parquet(file: Path) -> list[Row]:
    import pyarrow as pa  # noqa: PLC0415 - takes a while, and few concepts need it
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        rows = pq.read_table(file).to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split()).rstrip(".")
        raise Refused(
            f"{str(file)!r} is not readable as Parquet ({reason}): write it anew."
        ) from error
    if not rows:
        raise Refused(f"{str(file)!r} is empty: it holds no items.")
    return [(n, f"row {n + 1} of {str(file)!r}", fields) for n, fields in enumerate(rows)]


def _parsed(text: str, where: str, needed: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        raise Refused(f"{where} is not JSON ({reason}): {needed}.") from error
