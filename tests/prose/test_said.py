"""Sentences and tables about what a model says: counts, names and numbers that were put in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from steering.analysis.verdict.outcomes import (
    MOVES,
    NO_ANSWER,
    STEERING,
    TOO_LITTLE,
    WRONG_WAY,
)
from steering.prose.said import (
    example,
    forms_sentences,
    forms_table,
    planted_sentence,
)
from tests.support.many import MANY, both_forms
from tests.support.spoken import PARTNER, spoken_curves, spoken_results


def answers_of(table: pd.DataFrame) -> pd.DataFrame:
    """What personas do, in either form."""
    rows = table[["model", "concept", "kind", "form"]]
    size = rows["form"].map({"chosen": 1.0, "said": 30.0})
    return rows.assign(persona=size, persona_low=size - 0.5, persona_high=size + 0.5)


def test_concepts_are_counted_by_the_form_in_which_they_are_answered() -> None:
    table = both_forms({"tidy": NO_ANSWER, "openness": MOVES}, {"frugal": NO_ANSWER})
    ours, public = forms_sentences(table).split("**Public data sets:** ")
    assert ours.startswith("**Concepts of ours:** ")
    assert "it does not answer through letters, but says it on 1 of 2 (tidy)" in ours
    assert "it answers through letters, but does not say it on 1 of 2 (frugal)" in ours
    assert "neither" not in ours
    assert public == "it answers in both forms on 1 of 1."


def test_a_concept_of_one_form_and_one_with_too_little_data_do_not_count() -> None:
    table = both_forms({"tidy": TOO_LITTLE}, {"frugal": NO_ANSWER})
    alone = table[(table["concept"] != "openness") | (table["form"] == "said")]
    text = forms_sentences(alone)
    assert "Public" not in text
    assert text == (
        "**Concepts of ours:** it answers through letters, but does not say it on 1 of 1."
    )
    assert forms_sentences(alone[alone["form"] == "said"]) == ""


def test_of_many_concepts_none_is_named() -> None:
    silent = dict.fromkeys(list(MANY)[:10], NO_ANSWER)
    text = forms_sentences(both_forms({}, silent, MANY))
    assert "it answers in both forms on 17 of 27; " in text
    assert "does not say it on 10 of 27." in text
    assert "(" not in text


def test_the_table_has_both_forms_and_a_dash_where_one_was_not_tried() -> None:
    table = both_forms({"tidy": MOVES}, {"tidy": WRONG_WAY, "frugal": NO_ANSWER})
    answers = answers_of(table)
    gone = (answers["concept"] == "openness") & (answers["form"] == "chosen")
    text = forms_table(answers[~gone], table).data
    assert "Personas apart through letters, logits" in text
    assert "Personas apart in free text, nats" in text
    rows = {row.split(" | ")[0].strip("| "): row for row in text.splitlines()[2:]}
    # Their means in `verdicts` are 3, 2, 1.
    for part in ("1.00 (0.50\u00a0to\u00a01.50)", "30.00 (29.50\u00a0to\u00a030.50)"):
        assert part in rows["tidy"]
    assert rows["tidy"].count("3.00 (2.90\u00a0to\u00a03.10), moves") == 2
    assert "moves the wrong way" in rows["tidy"]
    assert rows["frugal"].rstrip("| ").endswith("no answer")
    assert rows["openness"].count(" – ") == 2


def test_one_question_is_shown_in_full_with_both_replies() -> None:
    results = spoken_results()
    tested = results.items[results.items["split"] == "test"]
    partners = tested.assign(item=tested["item"] + PARTNER, statement=tested["statement"] + "!")
    items = pd.concat([results.items, partners], ignore_index=True)
    text = example(replace(results, items=items))
    first = tested.iloc[0]
    assert f"({first['concept']})" in text
    assert f"“{first['statement']}” (positive)" in text
    assert f"“{first['statement']}&#33;” (negative)" in text
    # At λ = 0 every curve is at 0.5.
    assert (
        "log p(positive) − log p(negative) is 0.50 nats: the positive one is the likelier" in text
    )
    sweep = results.sweep.assign(propensity=-results.sweep["propensity"])
    text = example(replace(results, items=items, sweep=sweep))
    assert "−0.50 nats: the negative one is the likelier" in text


def test_results_without_words_show_no_question() -> None:
    results = spoken_results()
    assert example(results) == "The words of these data sets are not part of the report."
    silent = replace(results, items=results.items.assign(statement=""))
    assert example(silent) == "The words of these data sets are not part of the report."


def test_planted_signs_are_counted_under_either_vector() -> None:
    curves = spoken_curves()
    names = sorted(map(str, curves["concept"].unique()))[:3]
    signs = dict(zip(names, (1.0, -1.0, 0.0), strict=True))
    planted = curves.assign(planted_steerability=curves["concept"].map(signs))

    def slopes(direction: str, *ends: tuple[float, float]) -> pd.DataFrame:
        table = pd.DataFrame({"concept": names, "claim": STEERING, "direction": direction})
        low, high = zip(*ends, strict=True)
        return table.assign(low=low, high=high, estimate=(np.add(low, high)) / 2)

    claims = pd.concat(
        [
            slopes("planted", (0.5, 1.0), (-2.0, -1.0), (-0.1, 0.2)),
            slopes("contrastive", (0.1, 0.3), (0.1, 0.3), (0.1, 0.2)),
        ]
    )
    along, under = planted_sentence(planted, claims).split("; under the vector that is made from ")
    assert along.startswith("**Beside planted truth:** along the planted direction the interval")
    assert "on 2 of 2 concepts whose truth has a sign, and that of" in along
    assert f"{names[2]}, which is inert, holds zero" in along
    assert f"on 1 of 2 concepts whose truth has a sign (not {names[1]})" in under
    assert "leaves out zero" in under
    assert planted_sentence(curves.assign(planted_steerability=np.nan), claims) == ""
