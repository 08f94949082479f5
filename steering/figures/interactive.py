"""The one interactive figure: every item's propensity curve, its statement under the pointer."""

from __future__ import annotations

import html
import json
from typing import Any

import pandas as pd
from IPython.display import display

from steering.records.results import Results
from steering.records.tables import STEERABILITY_KEY

MARK = "interactive-figure"
RISING, FALLING = (
    "#0072B2",
    "#D55E00",
)  # Okabe and Ito's blue and vermilion, which colour-blind readers can tell apart


def show_curves(base: pd.DataFrame, results: Results, caption: str) -> None:
    """Display the curve of every item in `base`, the mean over the two orders of its answers.

    `base` has one row per curve of one concept (`analysis.curves.curve_table`). In the book the
    figure comes with its caption; in Jupyter plotly shows it.
    """
    points = base.merge(results.sweep, on=list(STEERABILITY_KEY), validate="one_to_many")
    figure = drawn(points, results.items)
    data = json.dumps({"data": figure["data"], "layout": figure["layout"]}).replace("</", "<\\/")
    page = (
        f'<figure class="{MARK}"><div class="plotly-place" role="img" '
        f'aria-label="{html.escape(caption, quote=True)}"></div>'
        f'<script type="application/json">{data}</script>'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )
    bundle = {"application/vnd.plotly.v1+json": figure, "text/html": page, "text/plain": caption}
    display(bundle, raw=True)


def drawn(curves: pd.DataFrame, items: pd.DataFrame) -> dict[str, Any]:
    """Return the figure as plotly's JSON: a line per item, coloured by the sign of its slope."""
    # The JSON is written by hand, since importing plotly takes longer than making the figure.
    values = ["propensity", "steerability"]
    mean = curves.groupby(["item", "multiplier"], as_index=False)[values].mean()
    own = items[items["concept"].isin(curves["concept"])]
    statements = own.set_index("item")["statement"]
    lines = []
    for item, curve in mean.groupby("item"):
        slope = float(curve["steerability"].iloc[0])
        name = html.escape(str(statements[item])) or f"item {item}"
        text = f"{name}<br>slope {slope:.2f} logits per unit of λ"
        lines.append(
            {
                "type": "scatter",
                "x": curve["multiplier"].tolist(),
                "y": [round(value, 3) for value in curve["propensity"]],
                "mode": "lines",
                "line": {"color": FALLING if slope < 0 else RISING, "width": 1.5},
                "opacity": 0.5,
                "hovertemplate": text + "<extra></extra>",
            }
        )
    layout = {
        "showlegend": False,
        "hovermode": "closest",
        "hoverdistance": 60,
        "height": 420,
        "margin": {"l": 56, "r": 12, "t": 8, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {"title": {"text": "multiplier λ"}, "zeroline": True},
        "yaxis": {"title": {"text": "propensity (logits)"}, "zeroline": True},
    }
    return {"data": lines, "layout": layout}
