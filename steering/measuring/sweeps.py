"""The sweeps of a run: tasks with the same prompts share forward passes; results are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from steering.forward.apart import swept_apart
from steering.forward.copies import Curves, Intervention
from steering.forward.scores import PREFILLED, PROPENSITY
from steering.forward.sweep import sweep_table
from steering.measuring.run import Run
from steering.prompts.rendering import Prompt
from steering.remote.deferred import all_or_pending
from steering.source import value_hash
from steering.storage import replaced

# A sweep is saved after so many prompts: at most this much work is lost by an interruption.
PART = 100
# What says which prompt of a run one is.
PLACE = ["prompt_setting", "item", "order"]


@dataclass(frozen=True)
class SweepTask:
    """A set of prompts to be measured under a set of interventions.

    Attributes:
        name: the name of its stages, without the score.
        prompts: the name of the prompts. Tasks with the same prompts share their forward passes.
        interventions: the interventions. Where there are none, it is read of the prompts themselves
            how likely each begins its answer as it does.
        multipliers, scores: their λ and what is measured; where nothing is said, all of the plan's.
        apart: whether its rows are left out of the table of its prompts; `kept_table` returns them.
    """

    name: str
    prompts: str
    interventions: Sequence[Intervention]
    multipliers: tuple[float, ...] = ()
    scores: tuple[str, ...] = ()
    apart: bool = False


def sweeps(
    run: Run, tasks: Sequence[SweepTask], prompts: Mapping[str, Sequence[Prompt]]
) -> list[pd.DataFrame]:
    """Return the sweep of each set of prompts, in the order in which the tasks name them.

    Kept results are not measured again. Tasks with the same prompts are measured together. Rows are
    sorted by prompt, and for each prompt by task and intervention; a score that a task does not
    have is missing in its rows. What is read of the prompts themselves is kept, but no part of it.
    """
    by_prompts: dict[str, list[SweepTask]] = {}
    for task in tasks:
        by_prompts.setdefault(task.prompts, []).append(task)
    return all_or_pending(
        *[partial(_sweep, run, group, prompts[name]) for name, group in by_prompts.items()]
    )


def _sweep(run: Run, tasks: Sequence[SweepTask], prompts: Sequence[Prompt]) -> pd.DataFrame:
    _complete(run, tasks, prompts)
    # Whatever slopes are fitted to is the propensity.
    own = {run.plan.fitted_score: PROPENSITY}
    tables = [
        kept_table(run, task.name).rename(columns=own)
        for task in tasks
        if task.interventions and not task.apart
    ]
    if len(tables) < 2:
        return tables[0] if tables else pd.DataFrame()
    prompt = np.concatenate(
        [np.arange(len(table)) // (len(table) // len(prompts)) for table in tables]
    )
    order = np.argsort(prompt, kind="stable")
    return pd.concat(tables, ignore_index=True).iloc[order].reset_index(drop=True)


def kept_table(run: Run, task: str) -> pd.DataFrame:
    """Return what has been measured of a task."""
    return pd.read_parquet(run.kept.path(f"sweep/{task}", "parquet"))


def _complete(run: Run, tasks: Sequence[SweepTask], prompts: Sequence[Prompt]) -> None:
    """Measure what is missing of tasks that have the same prompts, and keep it."""
    missing: list[SweepTask] = []
    beside: dict[str, list[str]] = {}
    for task in tasks:
        scores = task.scores or run.plan.scores
        there = [score for score in scores if run.kept.has(_stage(task, score))]
        if len(there) < len(scores):
            lacking = tuple(score for score in scores if score not in there)
            missing.append(replace(task, scores=lacking))
            beside[task.name] = there
    if not missing:
        return
    for name, table in _measured(run, missing, prompts).items():
        path = run.kept.path(f"sweep/{name}", "parquet")
        kept = kept_table(run, name)[beside[name]] if beside[name] else pd.DataFrame()
        with replaced(path) as temporary:
            pd.concat([table, kept], axis="columns").to_parquet(temporary, index=False)
    run.kept.add(*[_stage(task, score) for task in missing for score in task.scores])


def _stage(task: SweepTask, score: str) -> str:
    return f"sweep/{task.name}/{score}"


def _measured(
    run: Run, tasks: Sequence[SweepTask], prompts: Sequence[Prompt]
) -> dict[str, pd.DataFrame]:
    """Return the sweep table of each task, measured in common forward passes, part by part."""
    steered = [task for task in tasks if task.interventions]
    of_prompts = [task.name for task in tasks if not task.interventions]
    curves = [
        Curves(task.interventions, task.multipliers or run.plan.multipliers, task.scores)
        for task in steered
    ]
    label = tasks[0].prompts
    stages = [_stage(task, score) for task in tasks for score in task.scores]
    layers = [[one.layer for one in each.interventions] for each in curves]
    of = [[run.kept.wanted[stage] for stage in stages], layers]
    name = f"{label}-{value_hash(of)[:12]}"
    bar = tqdm(total=len(prompts), desc=f"sweep {label}", unit="prompt", delay=2, leave=False)

    def part(start: int) -> dict[str, torch.Tensor]:
        path = run.kept.parts / f"{name}-{start:05d}.safetensors"
        if not path.is_file():
            results, probability = swept_apart(
                run.model, prompts[start : start + PART], curves, bar, following=bool(of_prompts)
            )
            tensors = {
                task.name: torch.from_numpy(one) for task, one in zip(steered, results, strict=True)
            }
            tensors |= {name: torch.from_numpy(probability) for name in of_prompts}
            with replaced(path) as temporary:
                save_file(tensors, temporary)
        return load_file(path)

    parts = all_or_pending(*[partial(part, start) for start in range(0, len(prompts), PART)])
    bar.close()
    swept = {
        task.name: sweep_table(
            np.concatenate([one[task.name].numpy() for one in parts], axis=1),
            run.model.name,
            prompts,
            each.interventions,
            each.multipliers,
            scores=each.scores,
        )
        for task, each in zip(steered, curves, strict=True)
    }
    places = pd.DataFrame({name: [getattr(one, name) for one in prompts] for name in PLACE})
    return swept | {
        name: places.assign(**{PREFILLED: np.concatenate([one[name].numpy() for one in parts])})
        for name in of_prompts
    }
