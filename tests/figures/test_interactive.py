"""The interactive figure: a line for each item, and what stands under the pointer."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from steering.analysis.curves import select
from steering.figures import interactive
from steering.figures.interactive import FALLING, MARK, RISING, drawn, show_curves
from steering.records.tables import STEERABILITY_KEY
from tests.support.synthetic import standard, standard_curves


def points(concept: str) -> pd.DataFrame:
    """The points of all curves of a concept in BASE."""
    curves = select(standard_curves()).query("concept == @concept")
    return curves.merge(standard().sweep, on=list(STEERABILITY_KEY))


def items(concept: str) -> pd.DataFrame:
    return standard().items.query("concept == @concept")


def test_statements_stand_under_the_pointer_or_the_items_number() -> None:
    table = points("strong")
    for statement, begin in (("<I> tidy", "&lt;I&gt; tidy<br>"), ("", "item ")):
        lines = drawn(table, items("strong").assign(statement=statement))["data"]
        assert len(lines) == table["item"].nunique()
        assert all(line["hovertemplate"].startswith(begin) for line in lines)


def test_a_line_is_the_mean_over_both_orders_coloured_by_its_sign() -> None:
    table = points("reversed")
    lines = drawn(table, items("reversed"))["data"]
    mean = table.groupby(["item", "multiplier"])[["propensity", "steerability"]].mean()
    falling = 0
    for line, (_, curve) in zip(lines, mean.groupby("item"), strict=True):
        assert line["x"] == sorted(table["multiplier"].unique())
        assert line["y"] == pytest.approx(curve["propensity"].to_list(), abs=0.0005)
        slope = curve["steerability"].iloc[0]
        assert f"slope {slope:.2f} logits" in line["hovertemplate"]
        assert line["line"]["color"] == (FALLING if slope < 0 else RISING)
        falling += slope < 0
    assert 0 < falling < len(lines)


def test_the_page_holds_the_figure_and_its_caption(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(interactive, "display", lambda bundle, raw: shown.append(bundle))
    worded = replace(standard(), items=items("weak").assign(statement="</script><b>"))
    show_curves(select(standard_curves()).query("concept == 'weak'"), worded, 'All "curves" & more')
    (bundle,) = shown
    page = bundle["text/html"]
    assert bundle["text/plain"] == 'All "curves" & more'
    assert page.startswith(f'<figure class="{MARK}">')
    assert 'aria-label="All &quot;curves&quot; &amp; more"' in page
    # What a statement says can end neither the script nor the page.
    assert page.count("</script>") == 1
    held = re.search(r'<script type="application/json">(.*)</script>', page)
    assert held
    assert json.loads(held[1]) == bundle["application/vnd.plotly.v1+json"]
