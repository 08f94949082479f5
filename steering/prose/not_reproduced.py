"""What of the paper does not hold here, and what could not be checked: the page that says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pandas as pd

from steering.analysis import published
from steering.analysis.across import HOME
from steering.analysis.findings import BY_LETTER, BY_WORD, LEFT
from steering.prose.published import anti_steerable_ours, ours_finding, ours_table
from steering.prose.words import escaped, interval, listed, number, plural, records, share
from steering.records.kinds import OURS, PUBLIC, kind_of_source
from steering.records.run_card import RunCard

NONE = "No data set of the paper was measured here, so that there is nothing to compare with it."
_REPOSITORY = "https://github.com/dtch1997/repepo/blob"
_RUNS = (
    f"{_REPOSITORY}/05cd4e302b16ddf0192fd25c1df45d508f9cfb7d"
    "/repepo/experiments/persona_generalization.py"
)
_EARLIER = f"{_REPOSITORY}/c1ae7f1ea12afad94c30178220586ea379ca08c0/repepo/data/make_dataset.py"
# What a finding's number is, in a sentence that holds ours against the paper's.
_WHAT = {
    LEFT: "What a persona in the prompt leaves of a vector's mean slope",
    BY_LETTER: "The share of the variance of slopes that goes with the letter",
    BY_WORD: "What the word of the answer, Yes or No, adds to that share",
}


def scope(shared: Sequence[str], cards: Iterable[RunCard]) -> str:
    """Return what of this report can be held against the paper, as Markdown.

    `shared` are the data sets that both have, `cards` those of all runs.
    """
    if not shared:
        return NONE
    public = [card for card in cards if kind_of_source(card["concept"].get("source")) != OURS]
    sizes = {str(card["model"]["name"]): card["model"].get("parameters") for card in public}
    told = [
        f"{escaped(name)} ({number(size / 1e6, 1)} million parameters)" if size else escaped(name)
        for name, size in sizes.items()
    ]
    verb = "was" if len(shared) == 1 else "were"
    return (
        f"{plural(len(shared), 'data set')} of the paper {verb} measured here as well, in "
        f"{listed(told)}. The paper's models are {published.LLAMA} and {published.QWEN}. Ours are "
        "other models, so that a difference may come from the models and be no fault of anybody; "
        "and where there is a difference, our models do not tell what the paper's would do."
    )


def order(agreement: pd.DataFrame, paper: list[str], silent: Collection[str]) -> str:
    """Return whether the models here order the data sets as the published ones do, as Markdown.

    Takes the table of `across.model_agreement`, the names of the published models, and those of
    models that answer nearly nothing (`headline.silent_models`).
    """
    home = agreement[agreement["shift"] == HOME]
    found, beside = ours_finding(home, paper), ours_table(home, paper)
    if beside is None:
        return NONE
    told = f"{found}\n\n{beside.data}"
    quiet = sorted(set(silent) & {*agreement["model_x"], *agreement["model_y"]})
    if not quiet:
        return told
    return (
        f"{told}\n\n{listed(map(escaped, quiet))} {'do' if len(quiet) > 1 else 'does'} not "
        "answer most questions: slopes are close to zero there, so that their order says little."
    )


def reversed_inputs(shares: pd.DataFrame) -> str:
    """Return the shares of inputs that reverse, ours beside the published, as Markdown.

    Takes the table of `published.share_agreement`, of vectors that move the answer.
    """
    told = anti_steerable_ours(shares)
    if told is None:
        return NONE
    return (
        f"{told.data} So that some inputs reverse is reproduced. Whether it is as many, and in the "
        "same data sets, is for these numbers to say: where the interval of ρ holds zero, the "
        "published shares do not tell in which data sets many inputs reverse here."
    )


def prompts_and_letters(found: pd.DataFrame, theirs: pd.DataFrame) -> str:
    """Return the other numbers of the paper beside ours, a line for each, as Markdown.

    Takes the tables of `analysis.findings.findings` and `published_findings`.
    """
    lines = []
    for finding, what in _WHAT.items():
        own = found[(found["finding"] == finding) & (found["kind"] == PUBLIC)]
        paper = theirs[theirs["finding"] == finding]
        if len(own):
            lines.append(f"- {what}: here {_each(own)}; published {_each(paper)}.")
    if not lines:
        return NONE
    return "\n".join(
        [
            "Medians, with quartiles in brackets, over the data sets whose vector moves the answer."
            " The persona sentences are ours, and each question was asked in both orders: the two "
            "numbers of a line have the same name, but they were not measured in the same way.",
            "",
            *lines,
        ]
    )


def _each(rows: pd.DataFrame) -> str:
    return listed(
        f"{share(row['value'])} ({interval(row['low'], row['high'], share)}) in "
        f"{escaped(row['model'])}"
        for row in records(rows)
    )


def not_computed(readings: pd.DataFrame, quoted: pd.DataFrame) -> str:
    """Return which numbers of the paper's text its figures do not give, as Markdown.

    Takes the tables of `published.readings` and of `published.not_computed`.
    """
    return (
        "The paper sums up in one ρ for each model how well data sets keep their order out of "
        "distribution, and does not say how four shifts became one number. We tried "
        f"{plural(len(readings), 'reading')} of its figures; none gives the numbers of both models."
        f" {plural(len(quoted), 'further ρ')} of the text cannot be computed, since the figures "
        "hold no variance out of distribution and no unsteered propensities. All of it is on the "
        "page [Published beside ours](published.ipynb)."
    ).replace("ρs of", "ρ of")


def overlap(items: pd.DataFrame) -> str:
    """Return what we read in the published code about training and test items, as Markdown.

    Takes the table of `published.items`, whose shares are counted out of the items tested.
    """
    return "\n".join(
        [
            "## Which items were tested: a reading of the published code",
            "",
            "We have not run the paper's experiments. What follows is what we read in its public "
            "code; the authors may know more, and we would gladly be corrected.",
            "",
            "- The runs are configured in [`persona_generalization.py`]"
            f'({_RUNS}), by the lines `train_split: str = "0:50%"` and '
            '`test_split: str = "50:100%"`.',
            "- How such a text is read has changed. In [an earlier `make_dataset.py`]"
            f"({_EARLIER}) both ends are percentages, and the halves lie apart. In the later one "
            "the start is `int(element)` unless it ends in a percent sign "
            "(`DatasetSplit._parse_start_idx`), so that `50:100%` begins at item number `50`, while"
            " `0:50%` still ends in the middle. Then nearly half of the test items are training "
            "items too.",
            "- Which of the two made the figures is not said. The published shares of "
            f"anti-steerable items, in {plural(len(items), 'data set')}, are whole numbers out of "
            "all items less `50`, as the later one would have it.",
            "",
            "What this would change: numbers in distribution are then not wholly on unseen items. "
            "A vector is the mean over hundreds of pairs and hardly depends on any one of them, so "
            "the difference may be small. If it matters, it makes vectors look better than they "
            "are; that single inputs differ and many reverse, which is what the paper concludes, "
            "would stand. In this report no statement is in two splits, nor are nearly equal ones.",
        ]
    )
