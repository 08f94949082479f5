"""The page of claims: an anchor and an entry for each, and the same as tables."""

from __future__ import annotations

import json
import re
from pathlib import Path

from steering.prose.claims import claims_of
from steering.prose.claims_page import bibtex, claims_html, claims_table, save_claims
from steering.report.citation import Citation, filled
from tests.prose.test_claims import ROWS

CLAIMS = claims_of(ROWS)


def test_every_claim_has_an_anchor_its_number_and_an_entry() -> None:
    html = str(claims_html(CLAIMS).data)
    assert re.findall(r'<section class="claim" id="([^"]+)"', html) == [one.slug for one in CLAIMS]
    assert html.count("<summary>Cite this claim</summary>") == len(CLAIMS)
    assert "8\u202f% (6 to 10\u202f%)" in html
    assert html.count('href="index.html#figure-reversed"') == 2, "also that of single questions"
    assert "no claim" in str(claims_html([]).data)


def test_an_entry_is_whole_with_and_without_an_address() -> None:
    about = Citation("A title", "Someone", "2026", "1.2", "abc", "https://example.org/")
    entry = filled(bibtex(CLAIMS[3]), about)
    assert "url    = {https://example.org/claims.html#reversed-wren-public}" in entry
    assert "version 1.2, commit abc" in entry
    assert "(8\u202f\\%" in entry, "a per cent sign would begin a comment"
    without = filled(bibtex(CLAIMS[3]), Citation("A title", "Someone", "2026", "1.2", "abc", ""))
    assert "url" not in without
    assert "@@" not in entry + without
    assert entry.count("{") == entry.count("}")


def test_the_downloads_hold_every_claim(tmp_path: Path) -> None:
    rows = json.loads(save_claims(CLAIMS, tmp_path / "claims.json").read_text())["claims"]
    assert [row["slug"] for row in rows] == claims_table(CLAIMS)["slug"].to_list()
    assert rows[0]["low"] is None, "JSON has no NaN"
    assert claims_table([]).columns.to_list()[0] == "slug"
