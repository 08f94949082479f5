"""How strongly a vector may be applied: where its curve bends, and which λ is chosen.

Beside what the vector costs (`measuring.costs`), two stages of a run at its chosen layer. *Wide*:
the validation items under λ up to a dose of one. *Operating*: the test items at the λ that costs no
more than the plan allows, under the vector and under its controls.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from steering.measuring import interventions
from steering.measuring.costs import kept_costs, mean_losses
from steering.measuring.doses import ladder, operating_point
from steering.measuring.plan import Plan
from steering.measuring.run import RenderedPrompts, Run
from steering.measuring.stages_of_strength import (
    WIDE,
    operating_task,
    vectors_at_point,
    wide_scores,
)
from steering.measuring.sweeps import SweepTask, kept_table, sweeps
from steering.prompts.rendering import Prompt
from steering.records.strength import CONTRACTS, OPERATING, SWEPT
from steering.records.tables import TODAY
from steering.vectors.makers import MAKERS, Contrast


@dataclass(frozen=True)
class Strength:
    """What is known of a vector's strength before the test items are measured.

    Attributes:
        costs: the table `costs` of `steering.records.strength`.
        wide: the rows of its table `wide` that the validation items give.
        unit: the dose of λ = 1.
        operating: the λ that was chosen; 0 where even the smallest dose leaves no numbers.
        limit: the cost that was allowed, in nats of log-likelihood a token.
    """

    costs: pd.DataFrame
    wide: pd.DataFrame
    unit: float
    operating: float
    limit: float


def measured_strength(
    run: Run, rendered: RenderedPrompts, base: Contrast, layer: int
) -> Strength | None:
    """Return what the vector of a layer costs and where it leads; None if the plan asks for none.

    A vector of length zero has no dose, and a context that no neutral text fits shows no cost: then
    there is nothing to measure either.
    """
    vectors = MAKERS[run.plan.maker].make(base)
    unit = float(vectors[layer].norm() / base.residual_norm[layer])
    if not run.plan.neutral_texts or not unit > 0:
        return None
    costs = kept_costs(run, rendered, base, layer)
    if costs.empty:
        return None
    task = SweepTask(
        WIDE,
        WIDE,
        interventions.contrastive(base, [layer], run.plan),
        ladder(unit),
        wide_scores(run.plan),
    )
    prompts = wide_prompts(run.plan, rendered)
    (swept,) = sweeps(run, [task], {WIDE: prompts})
    wide = _wide_rows(swept, SWEPT, run, unit)
    losses = mean_losses(costs)
    means = wide.groupby("multiplier")["propensity"].mean()
    effects = {float(one): float(means[one] - means[0.0]) for one in means.index}
    limit = run.plan.cost_limit
    return Strength(costs, wide, unit, operating_point(losses, effects, limit), limit)


def wide_prompts(plan: Plan, rendered: RenderedPrompts) -> list[Prompt]:
    """Return the prompts of the wide sweep: validation items of a few groups, in BASE."""
    prompts = rendered.prompts["validation", "BASE"]
    groups = {item.item: item.group for item in rendered.items["validation"]}
    some = [*dict.fromkeys(groups[one.item] for one in prompts)][: plan.wide_groups]
    return [one for one in prompts if groups[one.item] in some]


def operating_tasks(
    run: Run, strength: Strength | None, base: Contrast, layer: int
) -> list[SweepTask]:
    """Return the sweeps of the test items at the operating point; they join no table of slopes."""
    if strength is None or not strength.operating:
        return []
    plan, scores = run.plan, wide_scores(run.plan)[:1]
    (own,) = interventions.contrastive(base, [layer], plan)
    # Whatever the operator does at λ = 0, the effect is counted from the model without a vector.
    plain = replace(own, operator=TODAY["operator"])
    tasks = [
        SweepTask(operating_task("none"), "BASE", [plain], (0.0,), scores, apart=True),
        SweepTask(operating_task("own"), "BASE", [own], (strength.operating,), scores, apart=True),
    ]
    tried = interventions.controls(base, layer, plan)
    for kind, count in vectors_at_point(plan).items():
        name, by = operating_task(kind), (strength.operating,)
        tasks.append(SweepTask(name, "BASE", tried[kind][:count], by, scores, apart=True))
    return tasks


def operating_rows(run: Run, strength: Strength, tasks: list[SweepTask]) -> pd.DataFrame:
    """Return the rows of the table `wide` that the sweeps of `operating_tasks` have given."""
    tables = [kept_table(run, task.name) for task in tasks]
    rows = [_wide_rows(table, OPERATING, run, strength.unit) for table in tables]
    return pd.concat(rows, ignore_index=True) if rows else strength.wide[:0]


def card_of_strength(strength: Strength | None) -> dict[str, Any]:
    """Return what the card of a run says of its operating point; nothing if none was measured."""
    if strength is None:
        return {}
    return {
        "operating": {
            "multiplier": strength.operating,
            "dose": strength.operating * strength.unit,
            "cost_limit": strength.limit,
        }
    }


def _wide_rows(swept: pd.DataFrame, role: str, run: Run, unit: float) -> pd.DataFrame:
    """Return a sweep's rows as those of the table `wide`."""
    table = swept.rename(columns={run.plan.fitted_score: "propensity"})
    mass = table["letter_mass"] if "letter_mass" in table else float("nan")
    dose = table["multiplier"].abs() * unit
    table = table.assign(form=run.plan.form, role=role, dose=dose, letter_mass=mass)
    table = table.astype({"number": "int64", "layer": "int64", "item": "int64", "order": "int64"})
    return table[list(CONTRACTS["wide"].columns)].reset_index(drop=True)
