"""Tables of many concepts and of several kinds, for what looks different then."""

from __future__ import annotations

import pandas as pd

from steering.analysis.verdict.outcomes import CHANCE, MOVES, STEERING
from steering.records.kinds import OURS, PUBLIC, YOURS

# Concepts of several kinds, and so many that texts name only a few of them.
MIXED = {"openness": PUBLIC, "mine": YOURS, "tidy": OURS, "narcissism": PUBLIC, "frugal": OURS}
SOME = {"tidy": OURS, "frugal": OURS, "openness": PUBLIC}
MANY = {f"c{number:02d}": YOURS for number in range(27)}

NAMES = {  # other names for the same concepts, and kinds, so that some are of each kind
    "strong": ("tidy", OURS),
    "weak": ("openness", PUBLIC),
    "inert": ("poetic", OURS),
    "reversed": ("narcissism", PUBLIC),
    "letter": ("frugal", OURS),
    "yes": ("mine", YOURS),
}


def verdicts(kinds: dict[str, str], moved: int, *, model: str = "wren") -> pd.DataFrame:
    """Verdicts on steering: so many vectors move the answer, the others can't be told from chance.

    The rows have a `mean` too, as those of `by_concept` have.
    """
    count = len(kinds)
    means = [float(count - place) for place in range(count)]
    rows = pd.DataFrame(
        {
            "model": model,
            "concept": list(kinds),
            "kind": list(kinds.values()),
            "form": "chosen",
            "direction": "contrastive",
            "outcome": [MOVES if place < moved else CHANCE for place in range(count)],
            "estimate": means,
            "mean": means,
            "family": count,
        }
    )
    ends = {"low": rows["mean"] - 0.1, "high": rows["mean"] + 0.1}
    return rows.assign(claim=STEERING, subject="", reason="", p=0.01, q=0.02, least=0.3, **ends)


def both_forms(
    letters: dict[str, str], said: dict[str, str], kinds: dict[str, str] | None = None
) -> pd.DataFrame:
    """Verdicts on steering in either form, with these outcomes."""
    parts = []
    for form, told in (("chosen", letters), ("said", said)):
        table = verdicts(kinds or SOME, 0).assign(form=form)
        parts.append(table.assign(outcome=[told.get(one, CHANCE) for one in table["concept"]]))
    return pd.concat(parts, ignore_index=True)


def several(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with twice as many concepts, of three kinds."""
    second = table.assign(concept=table["concept"] + "-again", kind=YOURS)
    names, kinds = (
        table["concept"].map({old: new[at] for old, new in NAMES.items()}).astype("str")
        for at in (0, 1)
    )
    return pd.concat([table.assign(concept=names, kind=kinds), second], ignore_index=True)
