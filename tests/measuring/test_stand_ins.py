"""Committed runs: they stand in for a data set that is not here, and hold none of its words."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from steering.analysis.curves import curve_table
from steering.analysis.variability import by_concept
from steering.clone import DATA_VARIABLE
from steering.concepts import normalised
from steering.concepts.public import public_sets
from steering.errors import Refused
from steering.measuring import stand_ins
from steering.measuring.identity import revision_of
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.measuring.stand_ins import commit, learned_sets, own_stand_in, shortened, stand_in
from steering.prose.notes import notes, stands_in
from steering.prose.stand_ins import sets_by_us
from steering.records.matrix import About, empty, write_matrix
from steering.records.replies import read_run_replies
from steering.records.results import read_results
from steering.records.run_card import read_card
from steering.records.strength import CONTRACTS, read_strength
from steering.report.configuration import configuration
from steering.report.grid import Grid
from steering.storage import write_json
from tests.support import tiny

NAME = "interest-in-music"
PLAN = Plan(
    test_groups=6, train_groups=6, map_items=2, random_vectors=12, resampled_vectors=3,
    shuffled_vectors=2, perturbed_vectors=1, replies=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A data folder with sentences of ours under a public data set's name, a model, and its run."""
    top = tmp_path_factory.mktemp("here")
    place = top / "data" / public_sets()[NAME].place
    place.parent.mkdir(parents=True)
    rows = [
        {
            "question": item.question,
            "statement": item.statement,
            "answer_matching_behavior": item.options[item.positive],
            "answer_not_matching_behavior": item.options[1 - item.positive],
        }
        for item in tiny.concept().items
    ]
    place.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    model = tiny.save(top / "models" / "small")
    return top, measure(str(model), NAME, PLAN, top / "run", data_dir=top / "data")


@pytest.fixture
def apart(here, tmp_path, monkeypatch):
    """The model is an embedded one, its run is committed, and the data set is nowhere."""
    top, _ = here
    shutil.copytree(top / "models", tmp_path / "models")
    monkeypatch.setattr("steering.models.catalogue.models_folder", lambda: tmp_path / "models")
    monkeypatch.setattr(stand_ins, "measured_folder", lambda: tmp_path / "measured")
    monkeypatch.setattr(stand_ins, "cached", lambda _: False)
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    return commit(top / "run", tmp_path / "measured" / "runs" / "small" / NAME)


def test_no_word_of_the_data_set_is_kept(here, apart):
    _, results = here
    statements = set(results.items["statement"])
    statements |= set(map(normalised, statements))
    assert len(statements) > 10
    kept = read_results([apart])
    text = " ".join(
        [kept.items.to_csv(), kept.prompts.to_csv(), kept.sweep.to_csv(), json.dumps(kept.cards[0])]
    )
    assert not [statement for statement in statements if statement in text]
    assert not kept.prompts["token_ids"].map(len).any()
    raw = b"".join(file.read_bytes() for file in apart.iterdir())
    assert not [statement for statement in statements if statement.encode() in raw]


def test_its_numbers_are_those_of_the_run(here, apart):
    _, results = here
    kept = read_results([apart])
    ours, theirs = (by_concept(curve_table(one)) for one in (kept, results))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-5, atol=1e-6)
    assert (kept.sweep["direction"] == "contrastive").any()


@pytest.mark.parametrize("name", CONTRACTS)
def test_its_tables_of_strength_are_those_of_the_run(here, apart, name):
    top, _ = here
    kept, own = read_strength([apart], name), read_strength([top / "run"], name)
    assert len(own)
    pd.testing.assert_frame_equal(kept, own, rtol=1e-6)
    assert kept["multiplier"].equals(own["multiplier"]), "the card names one of them"


def test_it_stands_in_where_the_data_set_is_not_at_hand_and_says_so(apart, tmp_path):
    results = measure("small", NAME, PLAN, tmp_path / "out", committed=True)
    assert not (tmp_path / "out").exists()
    (said,) = stands_in(results.cards[0])
    assert said not in notes(results.cards[0])
    assert said.startswith(f"Measured by the authors on {results.cards[0]['date']}")
    assert f"`steering fetch {NAME}` brings them" in said


def test_where_the_data_set_is_at_hand_it_is_measured(here, apart, tmp_path):
    top, _ = here
    results = measure("small", NAME, PLAN, tmp_path / "out", data_dir=top / "data", committed=True)
    assert (tmp_path / "out" / "card.json").is_file()
    assert "committed" not in results.cards[0]
    assert results.items["statement"].str.len().min() > 0


def test_it_is_of_these_very_weights(here, apart, tmp_path):
    top, _ = here
    assert stand_in("small", NAME) == apart
    assert stand_in(str(top / "models" / "small"), NAME) is None
    assert stand_in("small", "frugal") is None
    config = tmp_path / "models" / "small" / "config.json"
    config.write_text(config.read_text() + "\n")
    assert stand_in("small", NAME) is None


def test_nothing_stands_in_unasked(apart, tmp_path, monkeypatch):
    refused = Refused("it is not here")

    def nowhere(_):
        raise refused

    monkeypatch.setattr("steering.concepts.loading.fetch", nowhere)
    with pytest.raises(Refused, match="it is not here"):
        measure("small", NAME, PLAN, tmp_path / "out")


def test_a_shortened_run_keeps_every_slope_at_single_precision(here):
    _, results = here
    kept = shortened(results)
    slopes = results.steerability["steerability"]
    assert (kept.steerability["steerability"] == slopes.astype("float32")).all()
    straight = kept.steerability.groupby("direction")["r_squared"].count()
    assert set(straight[straight > 0].index) == {"contrastive"}
    assert set(kept.sweep["direction"]) == {"contrastive"}


def test_a_report_takes_in_what_its_models_have_learned_and_shows_ours_where_it_must(
    here, apart, tmp_path, monkeypatch
):
    top, _ = here
    assert learned_sets(["small"]) == ()
    run = read_card(apart)["model"]["revision"]
    (tmp_path / "models" / "small" / "withheld.json").write_text(json.dumps({NAME: [], "tidy": []}))
    # Another list, other weights to the report: what was committed of the old ones is no longer it.
    assert learned_sets(["small"]) == ()
    card = read_card(apart)
    card["model"]["revision"] = revision_of("small")
    assert card["model"]["revision"] != run
    write_json(card, apart / "card.json")
    assert learned_sets(["small"]) == (NAME,)
    config = configuration(["small"], learned_sets(["small"]), tmp_path / "book", {})
    grid = Grid(tmp_path / "book", config["models"], config["concepts"], {})
    page = grid.page(f"concepts/{NAME}")
    assert [run["out"] for run in page.parameters["runs"]] == [str(apart)]
    assert grid.runs("small") == [str(apart)]
    assert grid.batches("small") == []
    # The page is made again when what was committed is another.
    identities = config["models"]["small"]["identities"]
    assert page.measured == (identities[NAME],)
    (apart / "sweep.parquet").write_bytes((apart / "sweep.parquet").read_bytes() + b" ")
    anew = configuration(["small"], learned_sets(["small"]), tmp_path / "book", {})
    assert anew["models"]["small"]["identities"] != identities
    # So it is when what other vectors do on its questions is another.
    write_matrix(empty(), About(refused="not yet."), apart)
    beside = configuration(["small"], learned_sets(["small"]), tmp_path / "book", {})
    assert beside["models"]["small"]["identities"] != anew["models"]["small"]["identities"]
    # With the data set at hand nothing stands in for it.
    monkeypatch.setenv(DATA_VARIABLE, str(top / "data"))
    config = configuration(["small"], learned_sets(["small"]), tmp_path / "book", {})
    assert "committed" not in config["concepts"][NAME]


def test_a_run_from_a_gpu_names_it(here, monkeypatch):
    _, results = here
    card = results.cards[0]
    assert "gpu" not in shortened(results).cards[0]["committed"]["machine"]
    monkeypatch.setattr("torch.cuda.get_device_name", lambda device: f"the card at {device}")
    on_gpu = replace(results, cards=({**card, "device": "cuda:1"},))
    (marked,) = shortened(on_gpu).cards
    assert marked["committed"]["machine"]["gpu"] == "the card at cuda:1"


@pytest.fixture
def spoken(apart, tmp_path, monkeypatch):
    """A concept, and the committed run of what a model says of it, with all of its words."""
    concept = replace(tiny.concept(), source="own")
    monkeypatch.setattr(stand_ins, "own_models", lambda: ["small"])
    plan = replace(PLAN, form="said", sampled_replies=1, settings=("BASE", "SYS_POS", "SYS_NEG"))
    results = measure(str(tmp_path / "models" / "small"), concept, plan, tmp_path / "said")
    kept = tmp_path / "measured" / "said" / "small" / concept.name
    return concept, results, commit(tmp_path / "said", kept, words=True)


def test_our_own_concepts_keep_their_words(spoken):
    _, results, kept = spoken
    again = read_results([kept])
    assert again.items["statement"].tolist() == results.items["statement"].tolist()
    assert again.prompts["text"].tolist() == results.prompts["text"].tolist()
    assert read_run_replies(kept)["text"].str.len().sum() > 0
    assert "committed" in again.cards[0]


def test_a_run_of_ours_stands_in_for_the_very_model_and_concept(spoken, tmp_path):
    concept, _, kept = spoken
    assert own_stand_in("small", concept) == kept
    assert own_stand_in("another", concept) is None
    assert own_stand_in("small", replace(concept, name="nowhere")) is None
    reworded = replace(concept, positive_persona="You are thrifty to the bone.")
    assert own_stand_in("small", reworded) is None
    (tmp_path / "models" / "small" / "withheld.json").write_text("{}")
    assert own_stand_in("small", concept) is None, "other weights"


def test_it_is_marked_as_measured_by_us(spoken):
    _, _, kept = spoken
    card = read_card(kept)
    for text in (" ".join(stands_in(card)), sets_by_us([card]).data):
        assert "Measured by the authors" in text
        assert "steering report --full" in text
        assert "fetch" not in text
