"""The choice of the layer at which a concept is steered. It is made here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from steering.errors import Refused
from steering.steerability import slopes


def candidate_layers(layers: str | tuple[int, ...], depth: int) -> tuple[int, ...]:
    """Return the layers to choose from. Raises Refused for a layer that the model does not have."""
    if isinstance(layers, str):
        return tuple(range(depth))
    for layer in layers:
        if not 0 <= layer < depth:
            raise Refused(f"there is no layer {layer}: allowed are 0 to {depth - 1}, or auto, all.")
    return layers


def layer_slopes(sweep: pd.DataFrame) -> dict[int, float]:
    """Return the mean slope on validation items by layer, BASE→BASE, in logits per unit of λ."""
    by_layer = slopes(sweep).groupby("layer")["steerability"].mean()
    return {int(str(layer)): float(slope) for layer, slope in by_layer.items()}


def choose_layer(slopes_by_layer: Mapping[int, float]) -> int:
    """Return the layer with the largest mean slope on validation items; the first of equal ones.

    Tan et al. chose one layer for each model, by the same sweep over a few data sets (appendix).
    Here one is chosen for each concept, and test items play no part in the choice.
    """
    return max(slopes_by_layer, key=lambda layer: (slopes_by_layer[layer], -layer))
