"""Does the model answer the questions of a concept at all? What it does without any vector.

A vector cannot move an answer that the model does not give. A small model may put its probability
on other tokens than the two letters, or name the same letter whatever the two choices say. So
before anything is said about steering, the propensities at λ = 0 are looked at. That of a question
has two parts: the *content* part, the mean over both orders of its answers, and the *position*
part, half of the difference between the positive answer's standing at A and at B.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from steering.analysis.curves import CURVE_KEY, RUN_KEY, drawn_groups, with_kind
from steering.analysis.statistics.groups import (
    effective_number,
    percentiles,
    resampled,
    share_interval,
)
from steering.records.directions import UNSTEERED
from steering.records.results import Results

# The gate. The two letters hold at least this much of the probability, …
LEAST_MASS = 0.5
# … and the content part, or the difference between the personas, is at least this large, in logits:
# it moves an answer that is open between the two from 50 to 52.5 %.
LEAST_EFFECT = 0.1
# Each of the two is tested at half of 5 %, so that a model that ignores the choices passes the gate
# for at most 5 % of concepts.
LEVEL = 0.05
FLIPS = 9999
SEED = 20240717

_KEY = [*RUN_KEY, "form"]
_PERSONAS = (("SYS_POS", "SYS_NEG"), ("USER_POS", "USER_NEG"))


def unsteered(results: Results) -> pd.DataFrame:
    """Return what the model answers to every prompt without a vector.

    At λ = 0 no vector is left of a curve, unless its operator does something there: what the model
    answers by itself then stands in rows of its own.

    Columns: model, concept, kind, form, request, prompt_setting, item, order, `propensity` and
    `letter_mass`, the probability of the two letters; NaN in tables that lack it.
    """
    key = ["model", "concept", "form", "request", "prompt_setting", *CURVE_KEY]
    still = results.sweep[results.sweep["multiplier"] == 0]
    still = still.assign(steered=still["direction"] != UNSTEERED)
    still = still.reindex(columns=[*key, "propensity", "letter_mass", "steered"])
    # A vector's rows hold the letters' mass; those of controls do not.
    still = still.sort_values(["steered", "letter_mass"], na_position="last", kind="stable")
    still = still.drop(columns="steered").drop_duplicates(key).sort_index().reset_index(drop=True)
    return with_kind(still.astype({"form": "str", "request": "str"}), results.cards)


def unsteered_questions(results: Results) -> pd.DataFrame:
    """Return the propensity of each test question without a vector, in its two parts.

    One row per model, concept, kind, form, prompt_setting and item measured in both orders, or
    whose answers have no letters (the content part is then the propensity, and there is no other):
    `group`, `at_a` and `at_b` (the propensity with the positive answer at A, and at B), `content`,
    `position`, `letter_mass` (probability of the two letters) and `prefilled` (that of what is
    prefilled before the letter), both means over the orders and NaN where they are not known.
    """
    key = ["model", "concept", "form", "request", "prompt_setting", *CURVE_KEY]
    prompts = results.prompts.reindex(columns=[*key, "positive_letter", "prefilled_probability"])
    prompts = prompts.drop_duplicates(key).astype({"form": "str", "request": "str"})
    items = results.items.loc[results.items["split"] == "test", ["concept", "item", "group"]]
    table = unsteered(results).merge(prompts, on=key).merge(items, on=["concept", "item"])
    table = table.assign(group=drawn_groups(table))
    by = [*RUN_KEY, "form", "prompt_setting", "item", "group"]
    wide = table.pivot_table(index=by, columns="positive_letter", values="propensity")
    wide = wide.reindex(columns=["A", "B"]).rename(columns={"A": "at_a", "B": "at_b"})
    means = table.groupby(by)[["letter_mass", "prefilled_probability"]].mean()
    means = means.rename(columns={"prefilled_probability": "prefilled"})
    wide = wide.join(means).dropna(subset=["at_a", "at_b"]).reset_index().rename_axis(columns=None)
    wide = wide.assign(
        content=(wide["at_a"] + wide["at_b"]) / 2, position=(wide["at_a"] - wide["at_b"]) / 2
    )
    texts = table.loc[table["positive_letter"].isna(), [*by, "propensity"]]
    texts = texts.rename(columns={"propensity": "content"})
    parts = [part for part in (wide, texts) if len(part)]
    return pd.concat(parts, ignore_index=True).reindex(columns=wide.columns) if parts else wide


def answering(results: Results, *, flips: int = FLIPS) -> pd.DataFrame:
    """Return whether each model answers the questions of each concept, one row a run and form.

    All from propensities without a vector, on test questions, in BASE unless said otherwise; each
    with `_low` and `_high`, its 95 % interval over groups:

    - `letter_mass`, `prefilled`: probability of the two letters, and of what is prefilled
    - `alike`: share of questions whose preferred choice is the same in both orders
    - `content`, `position`: means of the two parts, in logits; `content_p`: that the content part
      has mean zero, by flipping the sign of whole groups at random (whoever ignores what the
      choices say is as likely to favour the one as the other)
    - `persona`: mean difference in the content part between the positive and the negative persona,
      of the system prompt, or of the user's turn where the template has no system role, in logits;
      `persona_p` alike; `personas` names the settings
    - `right_positive`, `right_negative`: shares of questions answered as the persona asks
    - `n` (questions), `groups`
    - `answers`: the gate. It fails where the letters hold less than half of the probability, and
      where neither `content` nor `persona` both is at least 0.1 logits in size and has a p of at
      most 2.5 %. `reason`: why it failed; empty where it did not

    Of replies in free text the persona is all that counts: the gate fails where `persona` is less
    than 0.1 nats in size, or has a p above 5 %.

    What was not measured is NaN and counts for nothing. `flips` is how many random changes of
    sign make a p.
    """
    questions = unsteered_questions(results)
    rows = []
    for key, part in questions.groupby(_KEY, sort=False, observed=True):
        rows.append(dict(zip(_KEY, key, strict=True)) | _of_run(part, flips))
    return pd.DataFrame(rows, columns=[*_KEY, *_COLUMNS])


_MEANS = ("letter_mass", "prefilled", "alike", "content", "position", "persona")
_SHARES = ("right_positive", "right_negative")
_COLUMNS = [
    *(f"{name}{end}" for name in (*_MEANS, *_SHARES) for end in ("", "_low", "_high")),
    *("content_p", "persona_p", "personas", "n", "groups", "answers", "reason"),
]


def _of_run(part: pd.DataFrame, flips: int) -> dict[str, float | str | bool]:
    base = part[part["prompt_setting"] == "BASE"]
    lettered = base[base["at_a"].notna()]
    alike = np.sign(lettered["at_a"]) == np.sign(lettered["at_b"])
    row: dict[str, float | str | bool] = {
        "n": len(base),
        "groups": int(base["group"].nunique()),
        **_share("alike", alike, lettered["group"]),
        **_persona(part, flips),
    }
    for name in ("letter_mass", "prefilled", "content", "position"):
        row |= _mean(name, base[name], base["group"])
    row["content_p"] = sign_flip_p(base["content"], base["group"], flips)
    reason = _failed(row) if len(lettered) else _says_the_same(row)
    return row | {"answers": reason == "", "reason": reason}


def _persona(part: pd.DataFrame, flips: int) -> dict[str, float | str]:
    """Return what the personas do, from the first pair of settings that was measured."""
    wide = part.pivot_table(index=["item", "group"], columns="prompt_setting", values="content")
    for positive, negative in _PERSONAS:
        if positive in wide and negative in wide:
            both = wide[[positive, negative]].dropna().reset_index()
            apart, group = both[positive] - both[negative], both["group"]
            return {
                **_mean("persona", apart, group),
                "persona_p": sign_flip_p(apart, group, flips),
                "personas": f"{positive} and {negative}",
                **_share("right_positive", both[positive] > 0, group),
                **_share("right_negative", both[negative] < 0, group),
            }
    names = [f"{name}{end}" for name in ("persona", *_SHARES) for end in ("", "_low", "_high")]
    return dict.fromkeys([*names, "persona_p"], math.nan) | {"personas": ""}


def _failed(row: dict[str, float | str | bool]) -> str:
    """Return why the gate fails, in words; an empty text where it does not."""
    if float(row["letter_mass"]) < LEAST_MASS:
        return "the two letters hold less than half of the probability"
    for name in ("content", "persona"):
        # Not known is not large: NaN compares as False.
        large = abs(float(row[name])) >= LEAST_EFFECT
        if large and float(row[f"{name}_p"]) <= LEVEL / 2:
            return ""
    if row["personas"]:
        return "neither what the choices say nor a persona in the prompt moves the answer"
    return "what the choices say does not move the answer, and no persona was tried"


def _says_the_same(row: dict[str, float | str | bool]) -> str:
    """Return why the gate of replies in free text fails, in words; empty where it does not.

    Which of two texts is the likelier one says nothing of whether a model answers: one of them has
    commoner words. So the personas alone count.
    """
    large = abs(float(row["persona"])) >= LEAST_EFFECT
    if large and float(row["persona_p"]) <= LEVEL:
        return ""
    if row["personas"]:
        return "no persona in the prompt moves what it says"
    return "no persona was tried, and without one nothing tells whether it says what it is asked to"


def sign_flip_p(values: Iterable[float], groups: Iterable[str], flips: int = FLIPS) -> float:
    """Return the two-sided p that values have mean zero, when whole groups change sign at random.

    The exact randomisation test where there are few groups, `flips` random ones otherwise. It is
    that of `scipy.stats.permutation_test`, which draws the same signs anew for every set of values.
    NaN where there are fewer than two groups.
    """
    sums = pd.Series(np.asarray(list(values), dtype=np.float64)).groupby(list(groups)).sum()
    if len(sums) < 2:
        return math.nan
    signs = _signs(len(sums), flips)
    turned, own = signs @ sums.to_numpy(), float(sums.sum())
    # As far apart, but for rounding, counts as no nearer to zero.
    rounding = 100 * np.finfo(np.float64).eps * abs(own)
    # Of random changes, none is one too.
    none = int(len(signs) < 2 ** len(sums))
    beyond = min((turned <= own + rounding).sum(), (turned >= own - rounding).sum()) + none
    return min(1.0, 2 * float(beyond) / (len(signs) + none))


@lru_cache(maxsize=16)
def _signs(groups: int, flips: int) -> NDArray[np.float64]:
    """Return the signs of so many groups: in every way that there is, or in `flips` random ones."""
    if 2**groups <= flips:
        return np.array([*product((1.0, -1.0), repeat=groups)])
    both = np.tile([1.0, -1.0], (flips, groups, 1))
    return np.random.default_rng(SEED).permuted(both, axis=-1)[..., 0].copy()


def _mean(name: str, values: pd.Series, group: pd.Series) -> dict[str, float]:
    known = values.notna()
    if not known.any():
        return dict.fromkeys([name, f"{name}_low", f"{name}_high"], math.nan)
    values, group = values[known], group[known]
    sums, groups = resampled(np.column_stack([np.ones(len(values)), values]), group)
    low, high = percentiles(sums[:, 1] / sums[:, 0], groups)
    return {name: float(values.mean()), f"{name}_low": low, f"{name}_high": high}


def _share(name: str, flags: pd.Series, group: pd.Series) -> dict[str, float]:
    number = effective_number(flags, group)
    share = float(flags.mean()) if len(flags) else math.nan
    low, high = share_interval(share * number, number) if len(flags) else (math.nan, math.nan)
    return {name: share, f"{name}_low": low, f"{name}_high": high}
