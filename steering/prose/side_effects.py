"""What stands under the figure of side effects: how many vectors have any, and of how many."""

from __future__ import annotations

import pandas as pd

from steering.analysis.side_effects import BEYOND, UNKNOWN
from steering.prose.scope import whole
from steering.prose.words import plural


def side_effect_finding(effects: pd.DataFrame) -> str:
    """Return on how many vectors the verdict is that they do more to others than chance."""
    known = effects[effects["outcome"] != UNKNOWN]
    beyond = int((known["outcome"] == BEYOND).sum())
    return (
        f"{beyond} of {plural(len(known), 'vector')} do more to other concepts than random vectors "
        "of the same dose."
    )


def side_effects_observed(effects: pd.DataFrame) -> str:
    """Return how much side effects rest on, by `analysis.side_effects.side_effects`."""
    vectors, others = plural(len(effects), "vector"), whole(effects["others"])
    return (
        f"{vectors}, each tried on {others} other concepts, {whole(effects['vectors'])} random ones"
    )
