"""What is told of how far models of different seeds differ."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown, display

from steering.analysis.seeds import spread_over_seeds
from steering.analysis.trained import SHAPES
from steering.figures.caption import captioned
from steering.figures.model import seeds
from steering.report.scope import whole
from steering.report.words import Row, interval, listed, number, plural, records, share, span


def seeds_found(found: pd.DataFrame, about: Row) -> str:
    """How far runs of other seeds differ. Takes `seeds.read_seeds`'s table, and its `about`."""
    spread = spread_over_seeds(found)
    runs = found.drop_duplicates(["shape", "seed"])
    widest = records(spread.loc[[spread["range"].idxmax()]])[0]
    shapes = listed(SHAPES.get(name, name) for name in dict.fromkeys(runs["shape"]))
    kinds = f"of {shapes} shape differ in seed"
    if runs["shape"].nunique() > 1:
        kinds = f"of shapes {shapes} differ in shape and seed"
    right = found["accuracy"].min()
    least = "all" if right == 1 else f"at least {share(right)}"
    told = pd.DataFrame({name: about[name] for name in ("parameters", "tokens", "steps")})
    size, tokens = told["parameters"] / 1e6, told["tokens"] / 1e6
    apart = found["contrastive"] - found["planted"]
    return (
        f"{plural(len(runs), 'smaller model')} ({span(size)} million parameters, "
        f"{plural(about['concepts'], 'concept')}, {whole(told['steps'])} steps, {span(tokens)} "
        f"million tokens) {kinds} alone. Less the planted one, the mean slope along the "
        f"contrastive vector is {span(apart)}. Between runs it differs by "
        f"{number(spread['range'].median())} at the median of the concepts, and by "
        f"{number(widest['range'])} at most ({widest['concept']}: "
        f"{interval(widest['lowest'], widest['highest'])}, planted {number(widest['planted'])}). "
        f"Its vector has a cosine of {span(found['cosine'])} with the planted direction, and "
        f"{least} of the held-out prompts of each concept are answered as asked."
    )


def show_seeds(found: pd.DataFrame, about: Row) -> None:
    """Display the spread over seeds. Takes `seeds.read_seeds`'s table, and its `about`."""
    display(Markdown(seeds_found(found, about)))
    runs = len(found.drop_duplicates(["shape", "seed"]))
    drawn = captioned(
        seeds(found, list(spread_over_seeds(found)["concept"])),
        "Mean slope along the contrastive vector in smaller models that were trained from different"
        " seeds, a marker for each. The bar is the planted mean.",
        n=f"{plural(runs, 'model')}, {plural(found['concept'].nunique(), 'concept')}",
        interval="none; every marker is one model",
        alt="A row for each concept, with a marker for each model beside the planted mean.",
    )
    display(drawn)
