"""One row per curve, with what is known of its item, its prompt and its vector."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from steering.analysis.curves import (
    at_own_norm,
    chosen_layers,
    concept_kinds,
    curve_table,
    drawn_groups,
    select,
    with_kind,
)
from steering.analysis.variability import by_concept
from steering.errors import Refused
from steering.records.kinds import OURS, PUBLIC, YOURS
from tests.support.spoken import spoken_curves
from tests.support.synthetic import CHOSEN, NORM, standard, standard_curves


def test_only_test_items_at_the_chosen_layer_are_joined() -> None:
    table, results = standard_curves(), standard()
    split = results.items.set_index(["concept", "item"])["split"]
    pairs = table[["concept", "item"]].drop_duplicates()
    assert set(split.loc[list(map(tuple, pairs.to_numpy()))]) == {"test"}
    assert set(table["layer"]) == {CHOSEN}
    assert len(pairs) == (split == "test").sum()


def test_letters_are_those_of_the_items_own_prompt() -> None:
    table = standard_curves()
    at_a = (table["item"] + table["order"]) % 2 == 0
    assert (table["positive_letter"].eq("A") == at_a).all()


def test_each_run_has_its_own_layer() -> None:
    results = standard()
    cards = tuple(
        {**card, "layer": 6 if card["concept"]["name"] == "weak" else card["layer"]}
        for card in results.cards
    )
    table = curve_table(dataclasses.replace(results, cards=cards))
    layers = select(table).groupby("concept")["layer"]
    assert layers.unique().map(list).to_dict()["weak"] == [6]
    assert layers.unique().map(list).to_dict()["strong"] == [CHOSEN]
    assert chosen_layers(cards).set_index("concept")["layer"]["weak"] == 6
    planted = select(table[table["concept"] == "weak"], direction="planted")
    assert set(planted["layer"]) == {CHOSEN}  # it has a layer of its own


def test_a_layer_and_a_split_can_be_asked_for() -> None:
    assert set(curve_table(standard(), layer=2)["layer"]) == {2}
    assert set(curve_table(standard(), split="validation")["split"]) == {"validation"}


def test_a_run_without_card_and_an_unknown_split_are_refused() -> None:
    results = standard()
    with pytest.raises(Refused, match=r"'strong' on model 'wren' has no card"):
        curve_table(dataclasses.replace(results, cards=results.cards[1:]))
    with pytest.raises(Refused, match=r"'all' is unknown.*train, validation, test"):
        curve_table(results, split="all")


def test_of_keeps_one_direction_and_pair_and_none_means_all() -> None:
    table = standard_curves()
    base = select(table)
    assert set(base["direction"]) == {"contrastive"}
    assert set(base["vector_setting"]) == set(base["prompt_setting"]) == {"BASE"}
    assert len(select(table, direction=None, vector_setting=None, prompt_setting=None)) == len(
        table
    )


def test_a_direction_is_a_kind_whose_vectors_are_numbered() -> None:
    table = standard_curves()
    random = select(table, direction="random")
    assert set(random["number"]) == set(range(20))
    assert random.groupby("number").size().nunique() == 1
    own = table["vector_concept"] == table["concept"]
    assert set(table.loc[~own, "direction"]) == {"other"}
    assert not (own & (table["direction"] == "other")).any()


def test_pairs_that_share_a_request_are_drawn_together() -> None:
    """Of letters the group of the item is; of replies the request, whatever the groups are."""
    spoken = spoken_curves()
    assert (spoken["group"] == spoken["request"]).all()
    assert spoken["group"].nunique() == 12
    lettered = standard_curves()
    groups = standard().items.set_index(["concept", "item"])["group"]
    key = pd.MultiIndex.from_frame(lettered[["concept", "item"]])
    assert (lettered["group"].to_numpy() == groups.loc[key].to_numpy()).all()
    table = pd.DataFrame({"group": ["a", "b"], "request": ["", "yourself"]})
    assert drawn_groups(table).to_list() == ["a", "yourself"]
    assert drawn_groups(table.astype("category")).to_list() == ["a", "yourself"]
    assert by_concept(spoken)["groups"].eq(12).all()


def test_unscaled_vectors_take_the_place_of_the_rescaled() -> None:
    table = standard_curves()
    own = at_own_norm(table)
    assert set(own["direction"]) == {"contrastive"}
    key = ["vector_setting", "prompt_setting"]
    assert (
        own.groupby(key)
        .size()
        .equals(select(table, vector_setting=None, prompt_setting=None).groupby(key).size())
    )
    weak = {
        name: select(rows[rows["concept"] == "weak"], vector_setting="SYS_POS")[
            "steerability"
        ].mean()
        for name, rows in (("own", own), ("rescaled", table))
    }
    assert weak["own"] / weak["rescaled"] == pytest.approx(NORM["SYS_POS"], abs=0.02)
    base = select(table)["steerability"].to_list()
    assert select(own)["steerability"].to_list() == base
    assert at_own_norm(table[table["direction"] != "own_norm"]).empty


def test_whose_a_concept_is_comes_from_the_card_of_its_run() -> None:
    sources = {"strong": "own", "weak": "public", "inert": "folder"}
    cards = [
        {**card, "concept": {**card["concept"], "source": sources.get(card["concept"]["name"])}}
        for card in standard().cards
    ]
    kinds = {"strong": OURS, "weak": PUBLIC} | dict.fromkeys(["inert", "letter"], YOURS)
    assert {name: concept_kinds(cards)[name] for name in kinds} == kinds
    table = curve_table(dataclasses.replace(standard(), cards=tuple(cards)))
    found = table.drop_duplicates("concept").set_index("concept")["kind"]
    assert {name: found[name] for name in kinds} == kinds
    # A concept of a name of ours that somebody else measured is theirs.
    assert with_kind(pd.DataFrame({"concept": ["tidy"]}), cards)["kind"].to_list() == [YOURS]
    assert set(by_concept(table)["kind"]) == {OURS, PUBLIC, YOURS}
