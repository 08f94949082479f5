"""Reading the rows of a JSONL, JSON or CSV file, with a plain refusal where that fails."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from steering.errors import Refused

SUFFIXES = (".jsonl", ".json", ".csv")
Row = tuple[int, str, dict[str, Any]]


def rows_of(file: Path) -> list[Row]:
    """Return the rows of a file: number from 0, the words that name it in a sentence, its fields.

    Raises Refused where the file is missing, empty, not UTF-8, or not what its suffix says.
    """
    if file.suffix not in SUFFIXES:
        raise Refused(
            f"concept file {str(file)!r} has the suffix {file.suffix!r}: "
            f"allowed are {', '.join(SUFFIXES)}."
        )
    text = _text(file)
    if not text.strip():
        raise Refused(f"{str(file)!r} is empty: it needs one JSON object a line, or rows of CSV.")
    read = {".jsonl": _lines, ".json": _list, ".csv": _csv}[file.suffix]
    rows = read(text, file)
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


def _text(file: Path) -> str:
    try:
        # Spreadsheets put a byte order mark before the first column's name.
        return file.read_text(encoding="utf-8-sig")
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
        raise Refused(f"{str(file)!r} is JSON, but no list: a list of objects is needed.")
    return [
        (number, f"entry {number + 1} of {str(file)!r}", fields)
        for number, fields in enumerate(value)
    ]


def _csv(text: str, file: Path) -> list[Row]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
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
        raise Refused(
            f"{str(file)!r} is not CSV after its row {len(rows)} ({error}): "
            "columns separated by commas are needed, texts with commas or breaks in double quotes."
        ) from error
    return rows


def _parsed(text: str, where: str, needed: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        raise Refused(f"{where} is not JSON ({reason}): {needed}.") from error
