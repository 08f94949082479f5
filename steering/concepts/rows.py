"""Rows: items split by their place in the file, as in published code, instead of by a hash."""

from __future__ import annotations

from dataclasses import replace

from steering.concepts.items import SHARES, Concept
from steering.errors import Refused

# In the published code of Tan et al. `50:100%` begins at the item of this number, where it reads
# like half of all items; `0:50%` ends at half of them.
FIRST_TESTED = 50


def split_by_rows(concept: Concept, *, overlapping: bool) -> Concept:
    """Return a concept whose items are trained on, validated on and tested in the file's order.

    The first 40 % train, the next 10 % validate and the rest are tested. `overlapping` is as the
    published code reads its own fractions: the first half trains, and all items but the first 50
    are tested, so that many are both. The published code has no validation items; those of the last
    tenth of the first half, which choose the layer here, are training items as well. An item in a
    second split is there under a number of its own, beyond the file's rows.

    Raises Refused where no item is left to test.
    """
    items, half = concept.items, len(concept.items) // 2
    trained = int(SHARES[0][1] * len(items))
    tested = FIRST_TESTED if overlapping else half
    if not 0 < trained < half or tested >= len(items):
        raise Refused(
            f"concept {concept.name!r} has {len(items)} items, and this split tests those behind "
            f"the first {tested}: more items are needed, or the split 'hashed'."
        )
    beyond = max(item.item for item in items) + 1
    placed = [replace(item, placed="train") for item in items[: half if overlapping else trained]]
    validated = [replace(item, placed="validation") for item in items[trained:half]]
    tests = [replace(item, placed="test") for item in items[tested:]]
    known: set[int] = set()
    chosen = []
    # A test item keeps its row, so that questions are the same ones whatever the split.
    for item in (*tests, *placed, *validated):
        number = item.item
        while number in known:
            number += beyond
        known.add(number)
        chosen.append(replace(item, item=number))
    return replace(concept, items=tuple(sorted(chosen, key=lambda one: one.item)))
