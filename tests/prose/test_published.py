"""The paper's numbers on the page, and who joins them."""

from __future__ import annotations

import pandas as pd
import pytest

from steering.analysis import published
from steering.analysis.across import between_models, model_agreement
from steering.prose import published as told
from tests.support.synthetic import standard


def test_the_published_page_says_who_joins() -> None:
    assert told.joined_sentences([], ["wren"]).startswith("None of this report's concepts")
    assert "(narcissism). There, wren stands" in told.joined_sentences(["narcissism"], ["wren"])
    means = published.steerability()
    agreement = model_agreement(between_models(means))
    said = told.between_sentences(agreement, {"BASE→BASE": 0.769, "SYS_POS→USER_NEG": 0.586})
    assert said.count("**0.769** (the paper: 0.769)") == 1
    assert said.count("**0.586** (the paper: 0.586)") == 1
    assert "38 data sets" in said
    items = told.anti_steerable_published(published.items())
    assert "21\u202f% on average: median 22\u202f% (quartiles 8 to 36\u202f%)" in items
    assert "myopic" not in items
    assert "a further 28\u202f% with Yes and No" in items
    assert "in 17 of the 38 data sets Yes and No explain next to nothing" in items
    assert "On the other 21 the share of Yes and No is 57\u202f%." in items
    quoted = published.quoted("in against out of distribution")
    table = told.readings_table(published.readings(means), quoted).data.splitlines()
    assert table[2] == "| **the paper's text** | 0.891 | 0.694 |"
    assert len(table) == 2 + 1 + 15
    assert "| −0.26 | −0.46 |" in told.only_quoted(published.not_computed()).data


def test_models_of_this_report_are_ranked_beside_the_published_ones() -> None:
    paper = [published.LLAMA, published.QWEN]
    theirs = published.steerability()
    like = theirs[theirs["model"] == published.LLAMA].assign(model="like")
    both = pd.concat([theirs, like])
    agreement = model_agreement(between_models(both))
    said = told.ours_finding(agreement, paper)
    assert "like a published one in 2 of 2 pairs" in said
    table = told.ours_table(agreement, paper)
    assert table is not None
    row = next(line for line in table.data.splitlines() if "like | BASE→BASE" in line)
    assert "1.00 (" in row
    assert f"| {like['concept'].nunique()} |" in row
    turned = like.assign(mean=-like["mean"])
    other_way = model_agreement(between_models(pd.concat([theirs, turned])))
    against = told.ours_finding(other_way, paper)
    assert "in 0 of 2 pairs" in against
    assert "do not foretell which data sets steer well" in against
    assert "do not foretell" not in said
    alone = model_agreement(between_models(theirs))
    assert told.ours_finding(alone, paper) == ""
    assert told.ours_table(alone, paper) is None


def test_shares_of_both_are_compared_over_the_same_data_sets() -> None:
    items = published.items()
    known = items.dropna(subset="concept").head(8)
    half = known["anti_steerable"] / 2
    bounds = {"anti_steerable_low": half, "anti_steerable_high": half}
    rows = known[["concept"]].assign(model="mine", anti_steerable=half, **bounds)
    stranger = rows.head(1).assign(concept="tidy")
    beside = published.beside(items, pd.concat([rows, stranger]))
    assert sorted(beside["concept"]) == sorted(known["concept"])
    assert beside["published"].to_numpy() == pytest.approx(2 * beside["anti_steerable"].to_numpy())
    agreement = published.share_agreement(beside)
    one = agreement.iloc[0]
    assert one["rho"] == pytest.approx(1)
    assert one["concepts"] == 8
    assert one["published"] == pytest.approx(known["anti_steerable"].mean())
    said = told.anti_steerable_ours(agreement)
    assert said is not None
    assert said.data.startswith("Mean share on the 8 data sets measured here as well, with")
    assert "(ρ 1.00, " in said.data
    one_set = published.share_agreement(published.beside(items, rows.head(1)))
    alone = told.anti_steerable_ours(one_set)
    assert alone is not None
    assert alone.data.startswith("Mean share on the 1 data set measured here as well: mine ")
    assert "ρ" not in alone.data
    none = published.share_agreement(published.beside(items, stranger))
    assert told.anti_steerable_ours(none) is None


def test_of_many_shared_data_sets_only_the_number_is_told() -> None:
    many = [f"c{number:02d}" for number in range(27)]
    said = told.joined_sentences(many, ["wren", "finch"])
    assert "c00" not in said
    assert "27 are among the paper's data sets. There, wren and finch stand beside" in said


def test_what_differs_from_the_paper_is_computed_from_the_runs() -> None:
    measured = standard()
    items = measured.items
    cards = [
        card | {"layer": layer, "concept": card["concept"] | {"source": "public"}}
        for card, layer in zip(measured.cards, (3, 5, 5, 5, 5, 5), strict=True)
    ]
    said = told.deviations(cards, items)
    assert "here layers 3 and 5, counted" in said
    assert "7 multipliers, from −1.5 to 1.5" in said
    assert "groups of test items here: 10." in said
    assert said.count("\n- ") == 6
    ours = [card | {"concept": card["concept"] | {"source": "own"}} for card in measured.cards]
    assert told.deviations(ours, items) == ""
    one = told.deviations([*ours, cards[0]], items)
    assert "here layer 3, counted" in one


def test_planted_concepts_do_not_stand_beside_the_paper() -> None:
    said = told.joined_sentences(["narcissism"], ["wren"])
    assert "Concepts whose truth was planted are left out" in said
