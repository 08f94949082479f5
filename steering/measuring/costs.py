"""What a vector costs: what it does to neutral texts, which have nothing to do with its concept.

They are read under the vector over all doses, under random vectors of its norm, at the other layers
at a few doses, and behind the positive personas of the prompt settings, without any vector. And of
some it is written down what the steered model itself replies: whether it ends at once, or loops.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from steering.forward.copies import Intervention
from steering.forward.disturbance import Push, disturbance
from steering.forward.generation import sampled_replies
from steering.measuring import interventions
from steering.measuring.doses import FEW_DOSES, LEAST_REPLY_DOSE, ladder, multiplier_of
from steering.measuring.run import RenderedPrompts, Run
from steering.measuring.sampled import TOKENS, repeated_share
from steering.measuring.stages_of_strength import COSTS, MAP_TEXTS, RANDOM_VECTORS
from steering.prompts.neutral import NEUTRAL, NeutralText, render_neutral
from steering.prompts.rendering import opening
from steering.prompts.settings import PROMPT_SETTINGS
from steering.records.directions import CONTRASTIVE, RANDOM
from steering.records.strength import CONTRACTS
from steering.remote.deferred import all_or_pending
from steering.storage import replaced
from steering.vectors.makers import Contrast

# The settings whose personas stand beside the vector.
PERSONAS = ("SYS_POS", "USER_POS")
_COLUMNS = list(CONTRACTS["costs"].columns)
_READ = ("first", "divergence", "log_likelihood")
_OF_REPLIES = ["reply_tokens", "repeated"]
_REPLIED = ["text", "multiplier", "direction", "layer", "prompt_setting"]
_NO_REPLY = dict.fromkeys(_OF_REPLIES, float("nan"))
_OF_VECTOR = ("direction", "number", "layer", "operator", "maker")

# An intervention, its λ and the dose of it.
Dosed = tuple[Intervention, float, float]


def kept_costs(run: Run, rendered: RenderedPrompts, base: Contrast, layer: int) -> pd.DataFrame:
    """Return the table `costs` of `steering.records.strength`, measured unless it is kept."""
    path = run.kept.path(COSTS, "parquet")
    if not run.kept.has(COSTS):
        table = _costs(run, rendered, base, layer)
        with replaced(path) as temporary:
            table.to_parquet(temporary, index=False)
        run.kept.add(COSTS)
    return pd.read_parquet(path)


def neutral_texts(run: Run) -> list[NeutralText]:
    """Return the neutral texts of a plan that fit the model's context, under BASE's prompt."""
    some = NEUTRAL[: run.plan.neutral_texts]
    texts = [render_neutral(one, run.model.tokenizer) for one in some]
    return [one for one in texts if len(one.token_ids) <= run.model.context]


def mean_losses(costs: pd.DataFrame) -> dict[float, float]:
    """Return the mean log-likelihood that a token loses under each λ of the vector, in nats.

    It is that of the chosen layer, where the unsteered model's rows stand as λ = 0.
    """
    own = costs[(costs["direction"] == CONTRASTIVE) & (costs["prompt_setting"] == "BASE")]
    own = own[own["layer"] == own.loc[own["multiplier"] == 0, "layer"].iloc[0]]
    means = own.groupby("multiplier")["log_likelihood"].mean()
    return {float(one): float(means[0.0] - means[one]) for one in means.index}


def _costs(run: Run, rendered: RenderedPrompts, base: Contrast, layer: int) -> pd.DataFrame:
    texts = neutral_texts(run)
    pushes = _pushes_of(run, base, layer)
    pushed, written, elsewhere, personas = all_or_pending(
        partial(_pushed, run, texts, pushes),
        partial(_written, run, texts[:MAP_TEXTS], pushes),
        partial(_pushed, run, texts[:MAP_TEXTS], _at_other_layers(run, base, layer)),
        partial(_personas, run, rendered, texts, layer),
    )
    # Layers have the unsteered model in common: its rows stand at the chosen layer alone.
    other = elsewhere[elsewhere["multiplier"] != 0]
    table = pd.concat([pushed, other, personas], ignore_index=True)
    return table.drop(columns=_OF_REPLIES).merge(written, how="left")[_COLUMNS]


def _pushes_of(run: Run, base: Contrast, layer: int) -> list[Dosed]:
    """Return the vector under every λ of the ladder but 0, and a few random vectors of its norm."""
    (own,) = interventions.contrastive(base, [layer], run.plan)
    unit = float(own.vector.norm() / base.residual_norm[layer])
    drawn = interventions.controls(base, layer, run.plan).get(RANDOM, [])[:RANDOM_VECTORS]
    pushes = [(own, one, abs(one) * unit) for one in ladder(unit) if one]
    few = [multiplier_of(dose, unit) for dose in FEW_DOSES]
    return pushes + [(one, each, each * unit) for one in drawn for each in few]


def _at_other_layers(run: Run, base: Contrast, layer: int) -> list[Dosed]:
    pushes = []
    for own in interventions.contrastive(base, range(run.model.depth), run.plan):
        unit = float(own.vector.norm() / base.residual_norm[own.layer])
        if own.layer != layer and unit > 0:
            few = [multiplier_of(dose, unit) for dose in FEW_DOSES]
            pushes += [(own, each, each * unit) for each in few]
    return pushes


def _pushed(run: Run, texts: list[NeutralText], pushes: list[Dosed]) -> pd.DataFrame:
    """Return the rows of `costs` for some pushes of some texts, and for the unsteered model."""
    if not texts or not pushes:
        return pd.DataFrame(columns=_COLUMNS)
    each = [Push(one.layer, one.vector, by, one.operator, one.origin) for one, by, _ in pushes]
    read = disturbance(run.model, texts, each)
    none = (pushes[0][0], 0.0, 0.0)
    rows = []
    for row, text in enumerate(texts):
        for column, (one, multiplier, dose) in enumerate([none, *pushes]):
            values = {name: float(getattr(read, name)[row, column]) for name in _READ}
            vector = {name: getattr(one, name) for name in _OF_VECTOR}
            place = {"multiplier": multiplier, "dose": dose, **_NO_REPLY}
            rows.append({**_of_text(run, text, "BASE"), **vector, **place, **values})
    return pd.DataFrame(rows)[_COLUMNS]


def _written(run: Run, texts: list[NeutralText], pushes: list[Dosed]) -> pd.DataFrame:
    """Return how long the reply to each text's request is under the vector, and how much repeats.

    Replies are drawn with the plan's seed, one for each text and strong λ, and one without any
    vector.
    """
    strong = [one for one in pushes if one[2] > LEAST_REPLY_DOSE * 0.99]
    own = [(one, by) for one, by, _ in strong if one.direction == CONTRASTIVE]
    if not texts or not own:
        return pd.DataFrame(columns=[*_REPLIED, *_OF_REPLIES])
    vector, seed = own[0][0], run.plan.seed
    by_name = {one.name: one for one in NEUTRAL}
    asked = [opening(by_name[text.name].request, run.model.tokenizer) for text in texts]
    drawn = partial(sampled_replies, run.model, asked, vector.layer, seed=seed, tokens=TOKENS)
    plain, steered = all_or_pending(
        lambda: drawn([(vector.vector, 0.0)]),
        lambda: drawn(
            [(one.vector, by) for one, by in own],
            operator=vector.operator,
            origin=vector.origin,
        ),
    )
    multipliers = [0.0, *(by for _, by in own)]
    rows = [
        {
            "text": text.name, "multiplier": by, "direction": CONTRASTIVE,
            "layer": vector.layer, "prompt_setting": "BASE",
            "reply_tokens": float(len(reply)), "repeated": repeated_share(reply),
        }
        for text, of_text in zip(texts, map(list.__add__, plain, steered), strict=True)
        for by, reply in zip(multipliers, of_text, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _personas(
    run: Run, rendered: RenderedPrompts, texts: list[NeutralText], layer: int
) -> pd.DataFrame:
    """Return what the personas of the prompt settings do to neutral texts, without any vector."""
    rows = []
    kinds = {"direction": CONTRASTIVE, "number": 0, "layer": layer}
    vector = {**kinds, "operator": run.plan.operator, "maker": run.plan.maker}
    by_name = {one.name: one for one in NEUTRAL}
    for setting in (name for name in rendered.settings if name in PERSONAS):
        behind = []
        for text in texts:
            request = by_name[text.name].request
            messages = PROMPT_SETTINGS[setting].messages(run.concept, request)
            behind.append(render_neutral(by_name[text.name], run.model.tokenizer, messages))
        behind = [one for one in behind if len(one.token_ids) <= run.model.context]
        read = disturbance(run.model, behind, []).log_likelihood[:, 0]
        for text, value in zip(behind, read, strict=True):
            numbers = {"multiplier": 0.0, "dose": 0.0, "log_likelihood": float(value)}
            missing = {"first": float("nan"), "divergence": float("nan")}
            rows.append(
                {**_of_text(run, text, setting), **vector, **numbers, **missing, **_NO_REPLY}
            )
    return pd.DataFrame(rows, columns=_COLUMNS)


def _of_text(run: Run, text: NeutralText, setting: str) -> dict[str, Any]:
    names = {"model": run.model.name, "concept": run.concept.name, "form": run.plan.form}
    return {**names, "prompt_setting": setting, "text": text.name, "tokens": text.tokens}
