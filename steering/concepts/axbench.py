"""AxBench's replies: those with a concept beside those without it, paired into two-choice items."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from steering.concepts.files import Row, named
from steering.errors import Refused

COLUMNS = ("input", "output", "output_concept", "category")
# What a row is called whose reply has the concept; and a row of a pair, as AxBench itself has it
# where it trains by preferences.
_WITH, _WITHOUT = "positive", "negative"
PAIR = ("input", "output", "output_negative")


def of_axbench(rows: list[Row]) -> bool:
    """Return whether rows have AxBench's columns, and replies one by one rather than in pairs."""
    first = rows[0][2] if rows else None
    return isinstance(first, dict) and {*COLUMNS} <= {*first} and PAIR[-1] not in first


def paired(rows: list[Row]) -> tuple[list[Row], int]:
    """Return a row for each pair of replies to one input, and how many replies have the concept.

    The first is a reply with the concept, the second one without it, of the same genre where the
    rows say one; a reply that has no partner is left out. Raises Refused where the rows are about
    several concepts, or no two replies are to the same input.
    """
    found: dict[str, list[Row]] = {_WITH: [], _WITHOUT: []}
    for row in rows:
        _, where, fields = row
        if not isinstance(fields, dict) or not all(
            isinstance(fields.get(name), str) for name in COLUMNS
        ):
            raise Refused(f"{where} is no row of AxBench: needed are texts in {named(COLUMNS)}.")
        if fields["category"] not in found:
            raise Refused(
                f"{where} has the category {fields['category']!r}: allowed are {_WITH} and "
                f"{_WITHOUT}."
            )
        found[fields["category"]].append(row)
    place = rows[0][1].partition(" of ")[2]
    names = sorted({fields["output_concept"] for _, _, fields in found[_WITH]})
    if len(names) != 1:
        raise Refused(
            f"{place} has replies with {len(names)} concepts of AxBench: a file for each concept "
            f"is needed, with its {_WITH} rows and the {_WITHOUT} ones to the same inputs."
        )
    without: dict[tuple[str, Any], list[Row]] = defaultdict(list)
    for row in reversed(found[_WITHOUT]):
        without[_asked(row)].append(row)
    pairs = [
        (number, where, dict(zip(PAIR, _texts(fields, partners.pop()[2]), strict=True)))
        for number, where, fields in found[_WITH]
        if (partners := without[_asked((number, where, fields))])
    ]
    if not pairs:
        raise Refused(
            f"{place} has {len(found[_WITH])} {_WITH} and {len(found[_WITHOUT])} {_WITHOUT} rows "
            "of AxBench, but no input has one of both: two replies to one input are needed."
        )
    return pairs, len(found[_WITH])


def _asked(row: Row) -> tuple[str, Any]:
    return row[2]["input"].strip(), row[2].get("concept_genre")


def _texts(one: dict[str, Any], other: dict[str, Any]) -> tuple[str, str, str]:
    return one["input"], one["output"], other["output"]
