"""The figures of other words: a cell for each verdict, and a point for each spread."""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.verdict.outcomes import BRITTLE, KEPT
from steering.analysis.wordings import variances
from steering.figures.wordings import MARKS, MOST_LEFT, family_matrix, spread_over_wordings
from tests.analysis.verdict.test_wording import SHARES
from tests.support.drawn import labels, points
from tests.support.worded import judged_in_words, slopes_in_words


def test_a_cell_for_every_family_with_what_is_left_and_the_verdict() -> None:
    claims = judged_in_words(SHARES)
    ax = family_matrix(claims)
    assert labels(ax) == ["m", "c", "d"]
    (mesh,) = [one for one in ax.collections if hasattr(one, "get_coordinates")]
    drawn = np.ma.filled(mesh.get_array(), np.nan).reshape(3, len(SHARES))
    assert np.isnan(drawn[0]).all()
    left = claims.set_index(["concept", "subject"])["estimate"].unstack()[[*SHARES]]
    np.testing.assert_allclose(drawn[1:], left.clip(-MOST_LEFT, MOST_LEFT))
    marks = {text.get_position(): text.get_text() for text in ax.texts}
    families = list(SHARES)
    for row in claims.to_dict("records"):
        place = (families.index(row["subject"]) + 0.5, "cd".index(row["concept"]) + 1.5)
        assert marks[place] == MARKS[row["outcome"]]
    assert {MARKS[KEPT], MARKS[BRITTLE]} <= {*marks.values()}
    weights = [label.get_fontweight() for label in ax.get_yticklabels()]
    assert weights == ["bold", "normal", "normal"]


def test_a_point_for_every_spread_with_its_interval() -> None:
    shares = {"labels": 1.0, "order": 0.5, "role": 1.2}
    both = pd.concat(
        [slopes_in_words(shares, concept=name, seed=at) for at, name in enumerate("cd")]
    )
    spreads = variances(both)
    ax = spread_over_wordings(spreads)
    assert labels(ax) == ["m", "c", "d"]
    assert sorted(x for x, _ in points(ax, "o")) == sorted(spreads["sd"])
    assert ax.get_xlim()[0] == 0
