"""The sweeps of a run: tasks with the same prompts share forward passes; results are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from steering.forward.copies import Intervention
from steering.forward.sweep import sweep_table, swept
from steering.measuring.deferred import all_or_pending
from steering.measuring.run import Run
from steering.prompts.rendering import Prompt
from steering.source import value_hash
from steering.storage import replaced

# A sweep is saved after so many prompts: at most this much work is lost by an interruption.
PART = 100


@dataclass(frozen=True)
class SweepTask:
    """A set of prompts to be measured under a set of interventions.

    Attributes:
        name: the name of its stages, without the score.
        prompts: the name of the prompts. Tasks with the same prompts share their forward passes.
        interventions: the interventions.
        multipliers, scores: their λ and what is measured; where nothing is said, all of the plan's.
    """

    name: str
    prompts: str
    interventions: Sequence[Intervention]
    multipliers: tuple[float, ...] = ()
    scores: tuple[str, ...] = ()


def sweeps(
    run: Run, tasks: Sequence[SweepTask], prompts: Mapping[str, Sequence[Prompt]]
) -> list[pd.DataFrame]:
    """Return the sweep of each set of prompts, in the order in which the tasks name them.

    Kept results are not measured again. Tasks with the same prompts, λ and scores are measured
    together. Rows are sorted by prompt, and for each prompt by task and intervention; a score that
    a task does not have is missing in its rows.
    """
    by_prompts: dict[str, list[SweepTask]] = {}
    for task in tasks:
        by_prompts.setdefault(task.prompts, []).append(task)
    return all_or_pending(
        *[partial(_sweep, run, group, prompts[name]) for name, group in by_prompts.items()]
    )


def _sweep(run: Run, tasks: Sequence[SweepTask], prompts: Sequence[Prompt]) -> pd.DataFrame:
    alike: dict[tuple[tuple[float, ...], tuple[str, ...]], list[SweepTask]] = {}
    for task in tasks:
        same = task.multipliers or run.plan.multipliers, task.scores or run.plan.scores
        alike.setdefault(same, []).append(task)
    all_or_pending(
        *[
            partial(_complete, run, group, prompts, multipliers, scores)
            for (multipliers, scores), group in alike.items()
        ]
    )
    tables = [pd.read_parquet(run.kept.path(f"sweep/{task.name}", "parquet")) for task in tasks]
    if len(tables) == 1:
        return tables[0]
    prompt = np.concatenate(
        [np.arange(len(table)) // (len(table) // len(prompts)) for table in tables]
    )
    order = np.argsort(prompt, kind="stable")
    return pd.concat(tables, ignore_index=True).iloc[order].reset_index(drop=True)


def _complete(
    run: Run,
    tasks: Sequence[SweepTask],
    prompts: Sequence[Prompt],
    multipliers: tuple[float, ...],
    scores: tuple[str, ...],
) -> None:
    """Measure what is missing of tasks that have the same prompts, λ and scores, and keep it."""
    stages = {
        (task.name, score): f"sweep/{task.name}/{score}" for task in tasks for score in scores
    }
    missing = [key for key, stage in stages.items() if not run.kept.has(stage)]
    if missing:
        incomplete = [task for task in tasks if task.name in {name for name, _ in missing}]
        wanted = tuple(score for score in scores if score in {score for _, score in missing})
        measured = _measured(run, incomplete, prompts, multipliers, wanted)
        kept_scores = [score for score in scores if score not in wanted]
        for task, table in zip(incomplete, measured, strict=True):
            path = run.kept.path(f"sweep/{task.name}", "parquet")
            beside = pd.read_parquet(path)[kept_scores] if kept_scores else pd.DataFrame()
            whole = pd.concat([table, beside], axis="columns")
            with replaced(path) as temporary:
                whole.to_parquet(temporary, index=False)
        run.kept.add(*[stages[task.name, score] for task in incomplete for score in wanted])


def _measured(
    run: Run,
    tasks: Sequence[SweepTask],
    prompts: Sequence[Prompt],
    multipliers: tuple[float, ...],
    scores: tuple[str, ...],
) -> list[pd.DataFrame]:
    """Return the sweep table of each task, measured in common forward passes, part by part."""
    model = run.model
    interventions = [one for task in tasks for one in task.interventions]
    label = tasks[0].prompts
    stages = [f"sweep/{task.name}/{score}" for task in tasks for score in scores]
    of = [[run.kept.wanted[stage] for stage in stages], [one.layer for one in interventions]]
    name = f"{label}-{value_hash(of)[:12]}"
    bar = tqdm(total=len(prompts), desc=f"sweep {label}", unit="prompt", delay=2, leave=False)

    def part(start: int) -> np.ndarray:
        path = run.kept.parts / f"{name}-{start:05d}.safetensors"
        if not path.is_file():
            batch = prompts[start : start + PART]
            measured = swept(model, batch, interventions, multipliers, scores=scores, bar=bar)
            with replaced(path) as temporary:
                save_file({"values": torch.from_numpy(measured)}, temporary)
        of_part: np.ndarray = load_file(path)["values"].numpy()
        return of_part

    parts = all_or_pending(*[partial(part, start) for start in range(0, len(prompts), PART)])
    bar.close()
    values = np.concatenate(parts, axis=1)
    tables, first = [], 0
    for task in tasks:
        here = slice(first, first + len(task.interventions))
        one = values[:, :, here]
        tables.append(
            sweep_table(one, model.name, prompts, task.interventions, multipliers, scores=scores)
        )
        first = here.stop
    return tables
