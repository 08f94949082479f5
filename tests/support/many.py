"""Tables of many concepts and of several kinds, for what looks different then."""

from __future__ import annotations

import pandas as pd

from steering.records.kinds import OURS, PUBLIC, YOURS

# Concepts of several kinds, and so many that texts name only a few of them.
MIXED = {"openness": PUBLIC, "mine": YOURS, "tidy": OURS, "narcissism": PUBLIC, "frugal": OURS}
MANY = {f"c{number:02d}": YOURS for number in range(27)}

NAMES = {  # other names for the same concepts, and kinds, so that some are of each kind
    "strong": ("tidy", OURS),
    "weak": ("openness", PUBLIC),
    "inert": ("poetic", OURS),
    "reversed": ("narcissism", PUBLIC),
    "letter": ("frugal", OURS),
    "yes": ("mine", YOURS),
}


def verdicts(kinds: dict[str, str], beyond: int, *, model: str = "wren") -> pd.DataFrame:
    """Rows like those of `by_concept`: so many concepts are steered, the others are not."""
    count = len(kinds)
    return pd.DataFrame(
        {
            "model": model,
            "concept": list(kinds),
            "kind": list(kinds.values()),
            "mean": [float(count - place) for place in range(count)],
            "beyond_chance": pd.array([place < beyond for place in range(count)], "boolean"),
        }
    )


def several(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with twice as many concepts, of three kinds."""
    second = table.assign(concept=table["concept"] + "-again", kind=YOURS)
    names, kinds = (
        table["concept"].map({old: new[at] for old, new in NAMES.items()}).astype("str")
        for at in (0, 1)
    )
    return pd.concat([table.assign(concept=names, kind=kinds), second], ignore_index=True)
