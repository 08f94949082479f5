"""The data of the explorer: what the page puts together from them is what the tables hold."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from steering.analysis.explored import chance_of_questions, curves_of_questions, explorable
from steering.analysis.verdict.outcomes import QUESTION, of_claim
from steering.analysis.verdict.table import verdicts
from steering.concepts import load_concept, statement_hash
from steering.records.results import Results
from steering.report.explorer import (
    bent,
    digits_of,
    index_script,
    ordered,
    question_set,
    script,
    whole,
    words_of,
)
from tests.support.designs import DESIGNS, MULTIPLIERS
from tests.support.synthetic import results

ABOUT = {"title": "Reversed", "kind": "concepts of yours"}


@pytest.fixture(scope="module")
def run() -> Results:
    return results({"reversed": DESIGNS["reversed"]})


def made(run: Results, judged: pd.DataFrame | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    tested = run.items[run.items["split"] == "test"]
    return question_set(run, judged, words=words_of(tested, None), tokens=None, about=ABOUT)


def points(pair: dict[str, Any], row: int) -> list[int]:
    """The points of a curve as whole numbers, put together as the page does it."""
    first, step, *second = pair["points"][row]
    found = [first, first + step]
    for bend in second:
        step += bend
        found.append(found[-1] + step)
    return found


def test_quantised_numbers_are_those_of_the_tables(run: Results) -> None:
    data, _ = made(run)
    curves = explorable(run)
    rows = curves_of_questions(curves, run.sweep)
    rows = rows.set_index(["vector_setting", "prompt_setting", "item", "order"])
    assert data["multipliers"] == list(MULTIPLIERS)
    assert len(data["pairs"]) == 25
    planted: list[int | None] = []
    for pair in data["pairs"]:
        planted = pair.get("planted", planted)
        for at, item in enumerate(data["items"]):
            for order in (0, 1):
                row = rows.loc[(pair["vector"], pair["prompt"], item, order)]
                place, half = 2 * at + order, data["step"] / 2 + 1e-12
                assert abs(pair["slopes"][place] * data["step"] - row["steerability"]) <= half
                assert abs(pair["r_squared"][place] * 1e-3 - row["r_squared"]) <= 0.0005 + 1e-12
                known = planted[place]
                assert known is not None
                assert abs(known * data["step"] - row["planted_steerability"]) <= half
                shown = np.array(points(pair, place)) * data["step"]
                assert np.abs(shown - row[list(MULTIPLIERS)].astype(float)).max() <= half
    assert data["step"] / 2 <= 0.0005


def test_chance_and_letters_stand_at_their_question(run: Results) -> None:
    data, line = made(run)
    chance = chance_of_questions(explorable(run)).set_index(["prompt_setting", "item", "order"])
    for at, item in enumerate(data["items"]):
        for place, order in enumerate((0, 1, -1)):
            reach = data["reach"]["BASE"][3 * at + place] * data["step"]
            assert reach == pytest.approx(chance.loc[("BASE", item, order), "reach"], abs=0.0005)
        assert data["letters"][at] == ("A" if item % 2 == 0 else "B")
    assert line["questions"] == len(data["items"])
    assert 0 < line["fall"] < line["questions"]


def test_verdicts_stand_at_their_question(run: Results) -> None:
    judged = verdicts(run)
    data, line = made(run, judged)
    outcomes = of_claim(judged, QUESTION).set_index("subject")["outcome"]
    assert data["outcomes"] == [outcomes[str(item)] for item in data["items"]]
    assert line["moved"] is False
    strong = results({"strong": DESIGNS["strong"]})
    assert made(strong, verdicts(strong))[1]["moved"] is True
    assert made(run)[0]["outcomes"] is None
    assert made(run)[1]["moved"] is None
    assert made(run, judged[judged["concept"] == "another"])[1]["moved"] is None


def test_what_was_not_measured_is_missing(run: Results) -> None:
    item = int(run.items.loc[run.items["split"] == "test", "item"].iloc[0])
    lost = (run.steerability["item"] == item) & (run.steerability["order"] == 1)
    lost &= run.steerability["vector_setting"] == "SYS_POS"
    data, _ = made(replace(run, steerability=run.steerability[~lost]))
    pair = next(p for p in data["pairs"] if (p["vector"], p["prompt"]) == ("SYS_POS", "BASE"))
    place = 2 * data["items"].index(item)
    assert pair["slopes"][place] is not None
    assert pair["slopes"][place + 1] is None
    assert pair["points"][place + 1] is None


def test_weak_vectors_have_finer_steps() -> None:
    assert digits_of(pd.Series([-2.5, 0.1])) == 3
    assert digits_of(pd.Series([0.2])) == 3
    assert digits_of(pd.Series([0.012])) == 4
    assert digits_of(pd.Series([0.0012])) == 5
    assert digits_of(pd.Series([1e-9])) == 6
    assert digits_of(pd.Series([0.0])) == 3


def test_differences_give_the_numbers_back() -> None:
    rows = np.array([[1.0, 2.5, 3.0, 7.25], [0.0, np.nan, 1.0, 1.0], [-4.0, 0.0, 0.0, 2.0]])
    found = bent(rows, 0.25)
    assert found[1] is None
    for row, expected in ((0, [4, 10, 12, 29]), (2, [-16, 0, 0, 8])):
        assert points({"points": found}, row) == expected
    assert whole([0.1, math.nan, -0.26], 0.1) == [1, None, -3]


def test_words_are_those_of_the_run_or_of_our_own_concept() -> None:
    concept = load_concept("tidy")
    some = concept.items[:3]
    items = pd.DataFrame(
        {
            "item": [one.item for one in some],
            "question": "",
            "positive_answer": "",
            "negative_answer": "",
            "statement_hash": [statement_hash(one.statement) for one in some],
        }
    )
    assert words_of(items, None) is None
    held = words_of(items, concept)
    assert held is not None
    assert held["question"].tolist() == [one.question for one in some]
    assert held["positive_answer"].tolist() == [one.options[one.positive] for one in some]
    assert words_of(items.assign(statement_hash="another"), concept) is None
    own = words_of(items.assign(question="Is it so?"), concept)
    assert own is not None
    assert set(own["question"]) == {"Is it so?"}


def test_a_run_without_words_holds_its_hashes_alone(run: Results) -> None:
    words = ["statement", "question", "positive_answer", "negative_answer"]
    silent = replace(
        run,
        items=run.items.assign(**dict.fromkeys(words, "")),
        prompts=run.prompts.assign(text=""),
    )
    data, line = made(silent)
    assert (data["words"], line["words"], data["tokens"]) == (None, False, None)
    assert data["hashes"] == [f"reversed{item:04d}" for item in data["items"]]
    # The statements of the run with words are nowhere in the data of the one without.
    texts = run.items["statement"].tolist()
    assert not [text for text in texts if text in json.dumps(data, ensure_ascii=False)]
    spoken, _ = made(run)
    assert spoken["hashes"] is None
    assert len(spoken["words"]) == len(spoken["items"])


def test_scripts_hold_json_that_ends_no_script(run: Results) -> None:
    data, line = made(run)
    text = script("m/a", {**data, "title": "</script><b>"})
    held = re.fullmatch(r"explorerData\(\"m/a\",(.*)\);\n", text, re.DOTALL)
    assert held
    assert "</script>" not in text
    assert json.loads(held[1])["title"] == "</script><b>"
    listed = re.fullmatch(r"explorerSets\((.*)\);\n", index_script([line]), re.DOTALL)
    assert listed
    assert json.loads(listed[1]) == [line]


def test_sets_whose_vector_moves_come_first_then_those_that_fall_most() -> None:
    rows = [("a", 5, True), ("b", 9, False), ("c", 7, True), ("d", 10, None)]
    lines = [
        {"model": "m", "concept": name, "fall": fall, "questions": 10, "moved": moved}
        for name, fall, moved in rows
    ]
    assert [one["concept"] for one in ordered(lines)] == ["c", "a", "d", "b"]
    none = {"model": "m", "concept": "e", "fall": 0, "questions": 0, "moved": None}
    assert ordered([none]) == [none]
