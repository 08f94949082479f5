import dataclasses

import pandas as pd
import pytest

from steering.analysis.curves import at_own_norm, chosen_layers, joined, kind_of, of
from steering.errors import Refused
from tests.synthetic import CHOSEN, NORM, standard, standard_curves


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
    table = joined(dataclasses.replace(results, cards=cards))
    layers = of(table).groupby("concept")["layer"]
    assert layers.unique().map(list).to_dict()["weak"] == [6]
    assert layers.unique().map(list).to_dict()["strong"] == [CHOSEN]
    assert chosen_layers(cards).set_index("concept")["layer"]["weak"] == 6
    planted = of(table[table["concept"] == "weak"], direction="planted")
    assert set(planted["layer"]) == {CHOSEN}  # it has a layer of its own


def test_a_layer_and_a_split_can_be_asked_for() -> None:
    assert set(joined(standard(), layer=2)["layer"]) == {2}
    assert set(joined(standard(), split="validation")["split"]) == {"validation"}


def test_a_run_without_card_and_an_unknown_split_are_refused() -> None:
    results = standard()
    with pytest.raises(Refused, match=r"'strong' on model 'wren' has no card"):
        joined(dataclasses.replace(results, cards=results.cards[1:]))
    with pytest.raises(Refused, match=r"'all' is unknown.*train, validation, test"):
        joined(results, split="all")


def test_of_keeps_one_direction_and_pair_and_none_means_all() -> None:
    table = standard_curves()
    base = of(table)
    assert set(base["direction"]) == {"contrastive"}
    assert set(base["vector_setting"]) == set(base["prompt_setting"]) == {"BASE"}
    assert len(of(table, direction=None, vector_setting=None, prompt_setting=None)) == len(table)


def test_a_directions_kind_is_what_its_name_begins_with() -> None:
    names = pd.Series(["random-07", "resampled-012", "other:self-made", "contrastive", "random-07"])
    kinds = ["random", "resampled", "other", "contrastive", "random"]
    assert kind_of(names).to_list() == kinds
    table = standard_curves()
    assert table.loc[kind_of(table["direction"]) == "random", "direction"].nunique() == 20


def test_unscaled_vectors_take_the_place_of_the_rescaled() -> None:
    table = standard_curves()
    own = at_own_norm(table)
    assert set(own["direction"]) == {"contrastive"}
    key = ["vector_setting", "prompt_setting"]
    assert (
        own.groupby(key)
        .size()
        .equals(of(table, vector_setting=None, prompt_setting=None).groupby(key).size())
    )
    weak = {
        name: of(rows[rows["concept"] == "weak"], vector_setting="SYS_POS")["steerability"].mean()
        for name, rows in (("own", own), ("rescaled", table))
    }
    assert weak["own"] / weak["rescaled"] == pytest.approx(NORM["SYS_POS"], abs=0.02)
    base = of(table)["steerability"].to_list()
    assert of(own)["steerability"].to_list() == base
    assert at_own_norm(table[table["direction"] != "unscaled"]).empty
