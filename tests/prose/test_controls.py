"""Sentences about other vectors tell sizes; whether the own one does more says its verdict."""

from __future__ import annotations

import numpy as np
import pandas as pd

from steering.analysis.controls import controls
from steering.analysis.verdict.outcomes import CHANCE, NO_ANSWER
from steering.analysis.verdict.table import with_outcomes
from steering.prose import controls as told
from steering.prose.controls import normal_finding
from steering.prose.words import number, share
from steering.records.kinds import OURS, PUBLIC
from tests.support.synthetic import DESIGNS, OTHER, SHUFFLED, standard_curves, standard_verdicts


def rows_of(*concepts: str) -> pd.DataFrame:
    curves = standard_curves()
    chosen = curves[curves["concept"].isin(concepts)] if concepts else curves
    return with_outcomes(controls(chosen), standard_verdicts())


def test_sizes_of_other_vectors_are_told_beside_the_own_slope() -> None:
    rows = rows_of("strong")
    text = told.controls_sentences(rows)
    kinds = rows.set_index("control")
    assert f"is {number(kinds['mean']['contrastive'])} logits per unit of λ" in text
    assert f"{number(kinds['size']['random'])} for 20 random vectors" in text
    assert f"{number(kinds['size']['shuffled'])} for {SHUFFLED} vectors of shuffled labels" in text
    assert f"reaches **{share(1 / kinds['ratio']['planted'])}**" in text
    lines = told.control_table(rows).data.splitlines()
    assert len(lines) == 2 + len(rows)
    assert f"another concept's ({OTHER})" in "".join(lines)


def test_the_perturbed_vector_and_a_judgement_of_their_own_are_not_said() -> None:
    """It said "keeps 98 % with something as long added", as the random control had said."""
    text = told.controls_sentences(rows_of("strong"))
    for word in ("keeps", "perturbed", "beyond chance", "p =", "p <"):
        assert word not in text
    assert "perturbed" not in told.controls_table(rows_of()).data


def test_no_share_is_given_of_a_slope_that_the_verdict_does_not_stand_for() -> None:
    assert "reaches" not in told.controls_sentences(rows_of("inert"))
    strong = rows_of("strong")
    for outcome in (CHANCE, NO_ANSWER):
        assert "reaches" not in told.controls_sentences(strong.assign(outcome=outcome))
    bare = strong[strong["control"] == "contrastive"]
    assert "No random vectors" in told.controls_sentences(bare)


def test_over_concepts_medians_are_told_for_each_kind_where_the_answer_is_moved() -> None:
    rows = rows_of()
    kinds = rows["concept"].map({"strong": OURS, "weak": OURS, "yes": OURS}).fillna(PUBLIC)
    rows = rows.assign(kind=kinds)
    text = told.controls_sentences_over(rows)
    own = rows[rows["control"] == "contrastive"].set_index("concept")["mean"]
    sizes = rows[rows["control"] == "random"].set_index("concept")["size"]
    shares = (sizes / own)[["strong", "weak", "yes"]]
    assert f"**{OURS.capitalize()}:**" in text
    assert f"median {share(shares.median())}" in text
    letter = share(sizes["letter"] / own["letter"])
    assert f"{letter} for random vectors" in text, "of one value there is no median"
    none = told.controls_sentences_over(rows.assign(outcome=CHANCE))
    assert "no vector moves the answer here" in none


def test_the_table_has_a_row_for_each_concept_with_its_verdict() -> None:
    rows = rows_of()
    table = told.controls_table(rows).data.splitlines()
    assert len(table) == 2 + len(DESIGNS)
    assert sum(CHANCE in line for line in table) == 2
    bare = rows[rows["control"] == "contrastive"]
    assert "–" in told.controls_table(bare).data


def test_a_normal_is_not_told_apart_from_itself_and_heavy_tails_are() -> None:
    rng = np.random.default_rng(0)
    size = (50, 20)
    number_of = np.repeat(np.arange(size[0]), size[1])

    def told_of(values: np.ndarray) -> str:
        scaled = values / np.sqrt(np.mean(values**2))
        return normal_finding(pd.DataFrame({"number": number_of, "observed": scaled.ravel()}))

    assert "not told apart from the 5\u202f% of a normal one" in told_of(rng.normal(size=size))
    far = rng.choice([-3.0, 3.0, 0.1], p=[0.05, 0.05, 0.9], size=size)
    assert "where a normal one has 5\u202f%" in told_of(far)
    assert normal_finding(pd.DataFrame({"number": [1], "observed": [np.nan]})).startswith("Random")
