"""Sentences and a figure about how far models trained from different seeds differ."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown, display

from steering.analysis.seeds import spread_over_seeds
from steering.figures.caption import captioned
from steering.figures.embedded_model import seeds
from steering.prose.quartiles import quartiles
from steering.prose.scope import whole
from steering.prose.words import Row, listed, plural, share, span
from steering.records.training import SHAPES


def seeds_sentences(table: pd.DataFrame, about: Row) -> str:
    """Return how far runs of other seeds differ.

    Takes the table of `records.seeds.read_seeds`, and what its file says of itself.
    """
    spread = spread_over_seeds(table)
    runs = table.drop_duplicates(["shape", "seed"])
    shapes = listed(SHAPES.get(name, name) for name in dict.fromkeys(runs["shape"]))
    kinds = f"of {shapes} shape differ in seed"
    if runs["shape"].nunique() > 1:
        kinds = f"of shapes {shapes} differ in shape and seed"
    right = table["accuracy"].min()
    least = "all" if right == 1 else f"at least {share(right)}"
    sizes = pd.DataFrame({name: about[name] for name in ("parameters", "tokens", "steps")})
    size, tokens = sizes["parameters"] / 1e6, sizes["tokens"] / 1e6
    apart = table["contrastive"] - table["planted"]
    return (
        f"{plural(len(runs), 'smaller model')} ({span(size)} million parameters, "
        f"{plural(about['concepts'], 'concept')}, {whole(sizes['steps'])} steps, {span(tokens)} "
        f"million tokens) {kinds} alone. How far is the mean slope along the contrastive vector "
        f"from the planted one? {quartiles(apart).capitalize()}. How far apart are the runs of a "
        f"concept, the highest from the lowest? {quartiles(spread['range']).capitalize()}. The "
        f"cosine of the vector with the planted direction: {quartiles(table['cosine'])}. And "
        f"{least} of the held-out prompts of each concept are answered as asked."
    )


def seeds_finding(table: pd.DataFrame) -> str:
    """Return in one sentence how far runs are from what was planted."""
    apart = table["contrastive"] - table["planted"]
    return (
        "The mean slope along the contrastive vector differs from the planted one by "
        f"{quartiles(apart)} logits per unit of λ."
    )


def show_seeds(table: pd.DataFrame, about: Row) -> None:
    """Display how far runs of other seeds differ.

    Takes the table of `records.seeds.read_seeds`, and what its file says of itself.
    """
    display(Markdown(seeds_sentences(table, about)))
    runs = len(table.drop_duplicates(["shape", "seed"]))
    drawn = captioned(
        seeds(table, list(spread_over_seeds(table)["concept"])),
        "Mean slope along the contrastive vector in smaller models that were trained from different"
        " seeds, a marker for each. The bar is the planted mean.",
        n=f"{plural(runs, 'model')}, {plural(table['concept'].nunique(), 'concept')}",
        interval="none; every marker is one model",
        alt="A row for each concept, with a marker for each model beside the planted mean.",
        finding=seeds_finding(table),
        name="seeds",
    )
    display(drawn)
