"""How much of the variance between items goes with the letter, or with Yes and No (figure 4).

Tan et al. regress the items' slopes on whether the positive answer is (A), then also on whether it
is Yes: what the first explains is the share of A/B, what the second adds that of Yes/No. Which of
two correlated factors comes first decides what each gets, so beside that stand Shapley's shares,
the mean over both orders of entering.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.curves import RUN_KEY
from steering.analysis.statistics import training_pairs
from steering.analysis.statistics.groups import DRAWS, Array, each, percentiles

FACTORS = ("A/B", "Yes/No", "explained", "unexplained")
METHODS = ("sequential", "Shapley")


def decomposition(
    table: pd.DataFrame,
    *,
    vector_setting: str = "BASE",
    prompt_setting: str = "BASE",
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Return the share of the variance of slopes that each factor explains, per model and concept.

    `table` is `curve_table(...)`; its rows with order 0 alone give the paper's figure. One row per
    model, concept, kind, `method` ("sequential": A/B enters first; "Shapley") and `factor` ("A/B",
    "Yes/No", "explained" by both, "unexplained"): `share`, `low`, `high` (95 %, bias-corrected
    bootstrap of groups of test items and, BASE→BASE, of training pairs), `variance` (share of the
    variance of slopes, in (logits per unit of λ)²), `n` (curves), `groups`, `vectors_resampled`. A
    factor that does not vary has no share, NaN: where the choices hold no Yes and No there is
    nothing that it could explain.
    """
    curves = training_pairs.beside_resampled(
        table, vector_setting=vector_setting, prompt_setting=prompt_setting
    )
    rows = []
    for run, part in each(curves, RUN_KEY):
        slope = part["steerability"].to_numpy(dtype=np.float64)
        own = slope[~training_pairs.is_resampled(part["direction"]).to_numpy()]
        letter = np.where(part["positive_letter"] == "A", 1.0, -1.0)
        has_words = bool(part["positive_is_yes"].notna().all())
        yes = np.where(part["positive_is_yes"].fillna(False).astype(bool), 1.0, -1.0)
        columns = _products(np.column_stack([slope - own.mean(), letter, yes * has_words]))
        sums = training_pairs.drawn(part, columns, draws=draws)
        shares, drawn = _shares(sums.own), _shares(sums.sums)
        counts = (sums.n, sums.groups, sums.vectors)
        for (method, factor), share in shares.items():
            value = float(share[0])
            ends = percentiles(drawn[method, factor], sums.groups, estimate=value)
            rows.append((*run, method, factor, value, *ends, value * own.var(), *counts))
    columns_of = [*RUN_KEY, "method", "factor", "share", "low", "high", "variance"]
    return pd.DataFrame(rows, columns=[*columns_of, *training_pairs.COUNTS])


def _products(values: Array) -> Array:
    """Return 1, all columns, and all their products: what a regression needs to know."""
    ones = np.column_stack([np.ones(len(values)), values])
    return (ones[:, :, None] * ones[:, None, :]).reshape(len(values), -1)


def _shares(sums: Array) -> dict[tuple[str, str], Array]:
    """Return each method's share of each factor, from sums of `_products`, one value per row."""
    size = int(np.sqrt(sums.shape[1]))
    moments = sums.reshape(-1, size, size) / sums[:, :1, None]
    mean = moments[:, 0, 1:]
    spread = moments[:, 1:, 1:] - mean[:, :, None] * mean[:, None, :]
    variance = np.einsum("bii->bi", spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = spread / np.sqrt(variance[:, :, None] * variance[:, None, :])
    varies = variance > 1e-12
    r_letter, r_yes, r_both = r[:, 0, 1], r[:, 0, 2], r[:, 1, 2]
    alone_letter = np.where(varies[:, 1], r_letter**2, np.nan)
    alone_yes = np.where(varies[:, 2], r_yes**2, np.nan)
    # Where the two factors say the same, the second adds nothing.
    apart = np.where(1 - r_both**2 > 1e-9, 1 - r_both**2, np.inf)
    added = np.where(np.isnan(alone_yes), 0.0, (r_yes - r_letter * r_both) ** 2 / apart)
    both = np.where(np.isnan(alone_letter), alone_yes, alone_letter + added)
    flat = ~(variance[:, 0] > 0)
    last_yes = np.where(np.isnan(alone_yes), np.nan, both - np.nan_to_num(alone_letter))
    last_letter = both - np.nan_to_num(alone_yes)
    first = {"A/B": alone_letter, "Yes/No": last_yes}
    shapley = {"A/B": (alone_letter + last_letter) / 2, "Yes/No": (alone_yes + last_yes) / 2}
    by_factor = {}
    for method, parts in zip(METHODS, (first, shapley), strict=True):
        shares = {**parts, "explained": both, "unexplained": 1 - both}
        for factor in FACTORS:
            by_factor[method, factor] = np.where(flat, np.nan, shares[factor])
    return by_factor
