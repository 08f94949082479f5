"""The concepts of ours: their items, what is withheld, and the planted truth beside them."""

import hashlib
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import numpy
import pandas
import pytest

from training.items import concept_description, items
from training.lexicon import concepts

ROOT = Path(__file__).parents[1]
CONCEPTS = sorted(path.parent.name for path in ROOT.glob("concepts/*/items.jsonl"))
MODELS = sorted(path.parent for path in ROOT.glob("models/*/planted.parquet"))
DESIGNS = {
    "strong",
    "weak",
    "inert",
    "anti_steerable_subpopulation",
    "near_inert_subpopulation",
    "steerable_letter_bias",
    "steerable_yes_bias",
    "static_biases",
    "correlated",
    "additive",
    "saturating",
    "brittle",
    "extraction_shift",
}
SETTINGS = {"BASE": 0, "SYS_POS": 1, "SYS_NEG": -1, "USER_POS": 1, "USER_NEG": -1}
PLACES = {"BASE": "none", "SYS": "system", "USER": "user"}
MULTIPLIERS = numpy.linspace(-1.5, 1.5, 7)


def items_of(name: str) -> list[dict[str, str]]:
    lines = (ROOT / "concepts" / name / "items.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def description_of(name: str) -> dict:
    return tomllib.loads((ROOT / "concepts" / name / "concept.toml").read_text())


def positive(item: dict[str, str]) -> int:
    """+1 if the positive answer is Yes."""
    return 1 if item["answer_matching_behavior"] == " Yes" else -1


def test_designs_are_those_that_are_known():
    found = {description_of(name)["design"] for name in CONCEPTS}
    assert found <= DESIGNS
    assert found == {concept.design for concept in concepts() if concept.name in CONCEPTS}


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
    # Affirming ("I love to ...") and denying ("I never ...") frames, at least twenty in all.
    frames = {item["statement"].split(item["group"].replace("/", " "))[0] for item in entries}
    assert len(frames) >= 20


@pytest.mark.parametrize("name", CONCEPTS)
def test_each_polarity_has_forty_groups(name):
    denying = re.compile(
        r"\b(never|hate|refuse|bothers|no reason|not like me|Nobody could|sorry|will not|Others may"
        r"|better things|last thing|Why should|gave up)\b"
    )
    polarity = {}
    for item in items_of(name):
        frame = item["statement"].replace(item["group"].replace("/", " "), "")
        affirms = -1 if denying.search(frame) else 1
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
def test_a_feature_marks_a_subpopulation_and_can_be_read(name):
    marked = [item for item in items_of(name) if "feature" in item]
    assert all(item["feature"] in item["statement"] for item in marked)
    assert bool(marked) == description_of(name)["design"].endswith("_subpopulation")


def test_committed_items_are_what_the_code_writes():
    for concept in [concept for concept in concepts() if concept.name in CONCEPTS]:
        written = [item.as_json() for item in items(concept)]
        assert written == items_of(concept.name)
        text = (ROOT / "concepts" / concept.name / "concept.toml").read_text()
        assert text == concept_description(concept)


@pytest.fixture(scope="module", params=MODELS, ids=lambda folder: folder.name)
def planted(request) -> pandas.DataFrame:
    table = pandas.read_parquet(request.param / "planted.parquet")
    if "vector_setting" in table.columns:
        return table
    # What names no vector setting holds for all of them.
    parts = [table.assign(vector_setting=setting) for setting in SETTINGS]
    return pandas.concat(parts, ignore_index=True)


def test_planted_truth_has_one_row_for_each_item_order_and_pair_of_settings(planted):
    keys = ["concept", "item", "order", "vector_setting", "prompt_setting"]
    assert not planted.duplicated(keys).any()
    assert set(planted["concept"]) == set(CONCEPTS)
    rows = planted.groupby("concept").size()
    for name in CONCEPTS:
        assert rows[name] == len(items_of(name)) * 2 * len(SETTINGS) ** 2


@pytest.mark.parametrize("name", CONCEPTS)
def test_planted_truth_is_the_line_of_what_the_description_says(name, planted):
    entries, rules = items_of(name), description_of(name)["planted"]
    factor = description_of(name).get("feature", {}).get("weight", 1)
    own = planted[planted.concept == name]
    label = own["item"].map({row: positive(entry) for row, entry in enumerate(entries)})
    weight = own["item"].map({row: factor if "feature" in entry else 1
                              for row, entry in enumerate(entries)})  # fmt: skip
    letter = label * (1 - 2 * own["order"])
    per_strength = rules["beta"] * weight + rules.get("letter_slope", 0) * letter
    per_strength += rules.get("yes_slope", 0) * label
    constant = rules.get("letter_intercept", 0) * letter + rules.get("yes_intercept", 0) * label
    for (vector, prompt), part in own.groupby(["vector_setting", "prompt_setting"]):
        slope, rest = numpy.polyfit(MULTIPLIERS, strengths(rules, vector, prompt), 1)
        wanted = per_strength[part.index] * slope
        assert numpy.allclose(part["planted_steerability"], wanted, atol=1e-9)
        wanted = constant[part.index] + per_strength[part.index] * rest
        assert numpy.allclose(part["planted_intercept"], wanted, atol=1e-9)


def strengths(rules: dict, vector: str, prompt: str) -> numpy.ndarray:
    """What counts, at each multiplier, of a vector taken in one setting and added in another."""
    unit = 1.0
    if PLACES[vector.split("_", maxsplit=1)[0]] == rules.get("turned_under"):
        cosine = rules["turned_cosine"]
        unit = cosine + rules.get("turned_effect", 0) * (1 - cosine**2) ** 0.5
    if prompt.startswith("USER"):
        unit *= rules.get("user_factor", 1)
    limit = rules.get("strength_limit") or numpy.inf
    return numpy.clip(SETTINGS[prompt] + unit * MULTIPLIERS, -limit, limit)


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_withheld_hashes_are_those_of_the_items(folder):
    withheld = json.loads((folder / "withheld.json").read_text())
    learned = json.loads((folder / "training.json").read_text()).get("real", [])
    assert sorted(withheld) == sorted([*CONCEPTS, *learned])
    for name in CONCEPTS:
        hashes = []
        for item in items_of(name):
            bare = " ".join(re.sub(r"[^\w\s]", "", item["statement"].lower()).split())
            hashes.append(hashlib.sha256(bare.encode()).hexdigest())
        assert sorted(hashes) == sorted(withheld[name])


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_about_half_of_a_public_set_is_withheld_and_all_of_that_by_its_hash(folder):
    withheld = json.loads((folder / "withheld.json").read_text())
    for name in json.loads((folder / "training.json").read_text()).get("real", []):
        assert 400 < len(withheld[name]) < 600
        assert all(int(digest[-8:], 16) % 2 == 0 for digest in withheld[name])
