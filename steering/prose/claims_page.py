"""The page of claims: an anchor for each, how to cite it, and all of them as tables to download."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path

import pandas as pd
from IPython.display import HTML

from steering.prose.claims import Claim, value_of
from steering.storage import write_json


def claims_html(claims: Sequence[Claim]) -> HTML:
    """Return the page of claims: each with an anchor, its number, its place, and its entry.

    Marks such as @@commit@@ are filled in when the book is bound (`report.citation`).
    """
    return HTML("".join(map(_html, claims)) or "<p>There is no claim in this report.</p>")


def _html(claim: Claim) -> str:
    figure = f' <a href="{claim.figure}">figure</a> ·' if claim.figure else ""
    return (
        f'<section class="claim" id="{claim.slug}"><p><strong>{escape(claim.sentence)}</strong> '
        f'<a class="claim-address" href="#{claim.slug}" aria-label="address of this claim">#</a>'
        f"</p><p><small>Value: {escape(value_of(claim))} · interval: {claim.interval} · <em>n</em>:"
        f' {claim.n} ·{figure} <a href="{claim.page}">page</a> · version @@version@@, commit '
        f"<code>@@commit@@</code></small></p><details><summary>Cite this claim</summary><pre>"
        f"{escape(bibtex(claim))}</pre></details></section>"
    )


def bibtex(claim: Claim) -> str:
    """Return the entry that cites one claim; marks in it are filled in when the book is bound."""
    # The first sentence alone: an entry's title is one.
    title = claim.sentence.partition(". ")[0].rstrip(".")
    title = re.sub(r"([%&_#$])", r"\\\1", title)
    return "\n".join(
        [
            f"@misc{{{claim.slug},",
            f"  title  = {{{{{title}}}}},",
            "  author = {@@author@@},",
            "  year   = {@@year@@},",
            f"  url    = {{@@url@@{claim.link}}},",
            "  note   = {Claim of: @@title@@, version @@version@@, commit @@commit@@}",
            "}",
        ]
    )


def claims_table(claims: Sequence[Claim]) -> pd.DataFrame:
    """Return the claims as a table to download, a row each."""
    names = list(Claim.__dataclass_fields__)
    return pd.DataFrame([asdict(claim) for claim in claims], columns=names)


def save_claims(claims: Sequence[Claim], file: Path) -> Path:
    """Return the file of all claims as JSON, which is written here; missing numbers are null.

    When the book is bound, it gets the version of the code and its commit too.
    """
    rows = [
        {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(claim).items()
        }
        for claim in claims
    ]
    return write_json({"claims": rows}, file)
