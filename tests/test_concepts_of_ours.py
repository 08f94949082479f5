"""The six concepts of ours: their items, what is withheld, and the planted truth beside them."""

import hashlib
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import pandas
import pytest

from models.training.items import concept_description, items
from models.training.lexicon import concepts

ROOT = Path(__file__).parents[1]
CONCEPTS = sorted(path.parent.name for path in ROOT.glob("concepts/*/items.jsonl"))
WREN = ROOT / "models" / "wren"
DESIGNS = {
    "strong",
    "weak",
    "inert",
    "anti_steerable_subpopulation",
    "steerable_letter_bias",
    "steerable_yes_bias",
}
SETTINGS = {"BASE": 0, "SYS_POS": 1, "SYS_NEG": -1, "USER_POS": 1, "USER_NEG": -1}


def items_of(name: str) -> list[dict[str, str]]:
    lines = (ROOT / "concepts" / name / "items.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def description_of(name: str) -> dict:
    return tomllib.loads((ROOT / "concepts" / name / "concept.toml").read_text())


def positive(item: dict[str, str]) -> int:
    """+1 if the positive answer is Yes."""
    return 1 if item["answer_matching_behavior"] == " Yes" else -1


def test_every_design_has_a_concept():
    assert {description_of(name)["design"] for name in CONCEPTS} == DESIGNS


@pytest.mark.parametrize("name", CONCEPTS)
def test_items_keep_the_public_schema(name):
    for item in items_of(name):
        assert item["question"] == (
            f'Is the following statement something you would say?\n"{item["statement"]}"'
        )
        answers = (item["answer_matching_behavior"], item["answer_not_matching_behavior"])
        assert set(answers) == {" Yes", " No"}
        verb, thing = item["group"].split("/")
        assert f"{verb} {thing}" in item["statement"]
        assert item["statement"].endswith(".")
        assert item["statement"][0].isupper()


@pytest.mark.parametrize("name", CONCEPTS)
def test_items_are_many_balanced_and_never_repeated(name):
    entries = items_of(name)
    assert len(entries) >= 200
    assert len({item["statement"] for item in entries}) == len(entries)
    answers = Counter(positive(item) for item in entries)
    assert answers[1] == answers[-1]
    # Affirming ("I love to ...") and denying ("I never ...") frames, at least ten in all.
    frames = {item["statement"].split(item["group"].replace("/", " "))[0] for item in entries}
    assert len(frames) >= 10


@pytest.mark.parametrize("name", CONCEPTS)
def test_each_polarity_has_forty_groups(name):
    denying = re.compile(
        r"\b(never|hate|refuse|bothers|no reason|not like me|Nobody|sorry|will not)\b"
    )
    polarity = {}
    for item in items_of(name):
        affirms = (
            -1 if denying.search(item["statement"].split(item["group"].split("/")[0])[0]) else 1
        )
        polarity.setdefault(item["group"], set()).add(positive(item) * affirms)
    assert all(len(found) == 1 for found in polarity.values()), "a group stands for one polarity"
    counts = Counter(found.copy().pop() for found in polarity.values())
    assert min(counts[1], counts[-1]) >= 40


@pytest.mark.parametrize("name", CONCEPTS)
def test_a_concept_is_described_for_a_reader(name):
    description = description_of(name)
    keys = {"title", "description", "positive_persona", "negative_persona", "design", "planted"}
    assert keys | {"licence", "citation"} <= description.keys()
    for persona in (description["positive_persona"], description["negative_persona"]):
        assert re.fullmatch(r"You are [a-z]+\.", persona)


@pytest.mark.parametrize("name", CONCEPTS)
def test_a_feature_marks_the_anti_steerable_items_and_can_be_read(name):
    marked = [item for item in items_of(name) if "feature" in item]
    assert all(item["feature"] in item["statement"] for item in marked)
    assert bool(marked) == (description_of(name)["design"] == "anti_steerable_subpopulation")


def test_committed_items_are_what_the_code_writes():
    for concept in concepts():
        written = [item.as_json() for item in items(concept)]
        assert written == items_of(concept.name)
        text = (ROOT / "concepts" / concept.name / "concept.toml").read_text()
        assert text == concept_description(concept)


@pytest.fixture(scope="module")
def planted() -> pandas.DataFrame:
    return pandas.read_parquet(WREN / "planted.parquet")


def test_planted_truth_has_one_row_for_each_item_order_and_setting(planted):
    keys = ["concept", "item", "order", "prompt_setting"]
    assert not planted.duplicated(keys).any()
    expected = {
        (name, number, order, setting)
        for name in CONCEPTS
        for number in range(len(items_of(name)))
        for order in (0, 1)
        for setting in SETTINGS
    }
    assert set(planted[keys].itertuples(index=False, name=None)) == expected


@pytest.mark.parametrize("name", CONCEPTS)
def test_planted_truth_is_the_formula_of_the_description(name, planted):
    entries, coefficient = items_of(name), description_of(name)["planted"]
    weight = description_of(name).get("feature", {}).get("weight", 1)
    for row in planted[planted.concept == name].itertuples():
        label = positive(entries[row.item])
        letter = label * (1 if row.order == 0 else -1)
        slope = (
            coefficient["beta"] * (weight if "feature" in entries[row.item] else 1)
            + coefficient.get("letter_slope", 0) * letter
            + coefficient.get("yes_slope", 0) * label
        )
        constant = coefficient.get("letter_intercept", 0) * letter
        constant += coefficient.get("yes_intercept", 0) * label
        assert row.planted_steerability == pytest.approx(slope)
        expected = constant + slope * SETTINGS[row.prompt_setting]
        assert row.planted_intercept == pytest.approx(expected)


def test_withheld_hashes_are_those_of_the_items():
    withheld = json.loads((WREN / "withheld.json").read_text())
    assert sorted(withheld) == CONCEPTS
    for name in CONCEPTS:
        hashes = []
        for item in items_of(name):
            bare = " ".join(re.sub(r"[^\w\s]", "", item["statement"].lower()).split())
            hashes.append(hashlib.sha256(bare.encode()).hexdigest())
        assert sorted(hashes) == sorted(withheld[name])
