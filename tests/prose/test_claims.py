"""Claims: each sentence holds its number, and each has an address that stays."""

from __future__ import annotations

from steering.analysis.findings import BY_LETTER, LEFT, MOVED, PROMPTED, REVERSED, WRONG
from steering.prose.claims import claims_of, slug_of, value_of
from steering.records.kinds import OURS, PUBLIC
from tests.support.found import row, table

ROWS = table(
    row(MOVED, count=12, of=12, value=1),
    row(MOVED, count=14, of=15, value=14 / 15, kind=OURS),
    row(WRONG, count=20, of=600, value=20 / 600),
    row(REVERSED, count=47, of=600, value=0.078, low=0.059, high=0.103, expected=5.64),
    row(PROMPTED, count=48, of=48, value=1.224, low=1.06, high=1.46),
    row(LEFT, count=0, of=48, value=1.157, low=0.96, high=1.27),
    row(BY_LETTER, count=1, of=14, value=0.034, low=0.003, high=0.062),
)


def test_sentences_hold_their_numbers_and_their_model() -> None:
    claims = {claim.slug: claim for claim in claims_of(ROWS, planted=["wren"])}
    reversed_ = claims["reversed-wren-public"]
    assert reversed_.sentence.startswith("In wren, 47 of 600 questions of public data sets reverse")
    assert "(8\u202f%, 6 to 10\u202f%)" in reversed_.sentence
    assert "about 5.6 would" in reversed_.sentence
    assert value_of(reversed_) == "8\u202f% (6 to 10\u202f%)"
    assert value_of(claims["prompted-wren-public"]) == "1.22 (1.06 to 1.46) logits"
    assert value_of(claims["moved-wren-public"]) == "100\u202f%"
    assert "48 of 48 cases" in claims["prompted-wren-public"].sentence
    assert all(claim.sentence.endswith(".") and claim.n for claim in claims.values())


def test_what_is_built_in_is_said_only_where_it_is() -> None:
    (ours,) = (one for one in claims_of(ROWS, planted=["wren"]) if one.kind == OURS)
    assert "built in" in ours.sentence
    assert not any("built in" in one.sentence for one in claims_of(ROWS))
    assert not any(
        "built in" in one.sentence
        for one in claims_of(ROWS, planted=["wren"])
        if one.kind == PUBLIC
    )


def test_pages_are_those_that_there_are() -> None:
    (left,) = (one for one in claims_of(ROWS) if one.finding == LEFT)
    assert left.page == "models/wren/brittleness.html"
    (alone,) = (one for one in claims_of(ROWS, one_page=["wren"]) if one.finding == LEFT)
    assert alone.page == "models/wren/variability.html"
    assert left.figure == "index.html#figure-left"
    assert left.link == "claims.html#left-wren-public"


def test_addresses_are_words_and_no_two_are_alike() -> None:
    assert slug_of(LEFT, "Qwen/2.5_B", PUBLIC) == "left-qwen-2-5-b-public"
    models = [row(MOVED, model=name, count=1, of=1, value=1) for name in ("a.b", "a-b", "a_b")]
    slugs = [claim.slug for claim in claims_of(table(*models))]
    assert slugs == ["moved-a-b-public", "moved-a-b-public-2", "moved-a-b-public-3"]
