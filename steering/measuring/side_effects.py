"""Side effects over layers: every vector on the questions of every concept, at a few doses.

Vectors are taken from finished runs, and so are the questions: the first test items in BASE. At
each of a few layers a vector is brought to the same doses on the questions of all concepts. Random
directions beside it are the same for all of them. What has been measured from the same questions
and vectors is kept, concept by concept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from steering.errors import Refused
from steering.forward.scores import PROPENSITIES
from steering.measuring.doses import FEW_DOSES
from steering.measuring.matrix_runs import (
    FinishedRun,
    asked_hash,
    finished_run,
    prompts_of,
    require_weights,
    trained_on,
    vector_hash,
)
from steering.measuring.measure import Access
from steering.measuring.plan import Plan
from steering.prompts.rendering import Prompt
from steering.records.beside import joined, without_rows
from steering.records.directions import CONTRASTIVE, RANDOM
from steering.records.side_effects import CONTRACT, KEY
from steering.records.strength import read_strength
from steering.records.told import read_told, write_told
from steering.source import code_hash, value_hash

if TYPE_CHECKING:
    from steering.forward.copies import Intervention
    from steering.measuring.price import Price
    from steering.models.model import Model

    Announce = Callable[[Price], None]

# So many layers are tried, evenly spread, so many groups of test items asked, each by one item, and
# so many random directions drawn.
LAYERS, GROUPS, RANDOM_VECTORS = 8, 10, 20
_METADATA = b"steering.side_effects"
_CODE = ("measuring/side_effects", "measuring/doses")


@dataclass(frozen=True)
class Asked:
    """One concept whose questions are asked: its run, the vectors tried, and where rows are kept.

    Attributes:
        run: its run.
        tried: the runs whose vectors are tried on it, its own among them.
        norms: the norm of the residual stream at each layer that is tried.
        file: holds its rows.
        about: the identity of what they are measured from.
    """

    run: FinishedRun
    tried: tuple[FinishedRun, ...]
    norms: dict[int, float]
    file: Path
    about: str

    def rows(self) -> pd.DataFrame:
        """Return its rows; none where they are not there, or of something else."""
        with suppress(Exception):
            table, about = read_told(self.file, _METADATA)
            if about["made_from"] == self.about:
                return table
        return without_rows(CONTRACT)


def measure_side_effects(
    model: str,
    runs: Sequence[Path],
    kept: Path,
    access: Access | None = None,
    *,
    announce: Announce | None = None,
) -> tuple[pd.DataFrame, dict[Path, str]]:
    """Return what every vector does to the answers about every concept, and what was refused.

    Args:
        model: the name of the model, or its folder.
        runs: the run folders of one model.
        kept: the folder in which the rows of each concept are kept.
        access: where the model runs.
        announce: is told the price of what is missing, before it is measured on this machine.

    The table is that of `records.side_effects`. A run that is refused keeps no other from being
    measured: there is a sentence for its folder. Of fewer than two runs there are no rows. The
    model is loaded once, and not at all where nothing is missing. Raises Refused where it is.
    """
    refused: dict[Path, str] = {}
    finished: list[FinishedRun] = []
    for folder in runs:
        try:
            run = finished_run(folder)
            residual_norms(run)
            finished.append(run)
        except Refused as error:
            refused[folder] = str(error)
    everything = [asked for run in finished if (asked := _asked(run, finished, kept))]
    missing = [asked for asked in everything if asked.rows().empty]
    if missing:
        plan = Plan(dtype=missing[0].run.card["plan"]["dtype"])
        loaded = (access or Access()).load(model, plan, kept)
        if announce is not None and loaded.remote is None:
            asked_of = [first_questions(one.run) for one in missing]
            announce(price_of_layers(loaded, asked_of, len(finished)))
        for asked in missing:
            try:
                table = _measured(loaded, asked)
                write_told(table, {"made_from": asked.about}, asked.file, _METADATA)
            except Refused as error:
                if error.passing:
                    raise
                refused[asked.run.folder] = str(error)
    return joined((one.rows() for one in everything), CONTRACT), refused


def layers_tried(depth: int) -> tuple[int, ...]:
    """Return a few layers of a model, evenly spread over its depth, the last one among them."""
    count = min(LAYERS, depth)
    return tuple(round(depth * (at + 1) / count) - 1 for at in range(count))


def residual_norms(run: FinishedRun) -> dict[int, float]:
    """Return the norm of the residual stream of a run at each layer that is tried.

    They follow from the doses of its table of costs: a dose is ‖λv‖ over that norm. Raises Refused
    where a layer has none there.
    """
    costs = read_strength([run.folder], "costs")
    own = costs[(costs["direction"] == CONTRASTIVE) & (costs["multiplier"] > 0)]
    units = (own["dose"] / own["multiplier"]).groupby(own["layer"]).median()
    layers = layers_tried(int(run.card["model"]["layers"]))
    if missing := [layer for layer in layers if layer not in units.index]:
        raise Refused(
            f"{str(run.folder)!r} does not say how long the residual stream is at layer "
            f"{missing[0]}: measure it with neutral texts."
        )
    return {at: float(np.linalg.norm(run.vector(at))) / float(units[at]) for at in layers}


def price_of_layers(model: Model, asked: Sequence[Sequence[Prompt]], vectors: int) -> Price:
    """Return the price of trying so many vectors, and random ones, on questions of each concept."""
    from steering.measuring.matrix_price import Asking, price_of_others  # noqa: PLC0415 - PyTorch

    tried = len(layers_tried(model.depth)) * (vectors + RANDOM_VECTORS)
    return price_of_others(model, [Asking(some, tried) for some in asked], len(FEW_DOSES))


def first_questions(run: FinishedRun) -> list[Prompt]:
    """Return the questions of a run that are asked: of one item of each of its first groups."""
    groups = run.items.set_index("item")["group"]
    prompts = prompts_of(run)
    chosen: dict[str, int] = {}
    for one in prompts:
        chosen.setdefault(groups[one.item], one.item)
    items = [*chosen.values()][:GROUPS]
    return [one for one in prompts if one.item in items]


def _asked(run: FinishedRun, runs: Sequence[FinishedRun], kept: Path) -> Asked | None:
    """Return a concept with what is tried on its questions; None where there is no other vector."""
    tried = tuple(one for one in runs if one is run or one.beside(run))
    if len(tried) < 2 or not len(run.questions):
        return None
    norms = residual_norms(run)
    vectors = [[vector_hash(one, layer) for layer in norms] for one in tried]
    sizes = [GROUPS, RANDOM_VECTORS, FEW_DOSES, run.card["plan"]["seed"]]
    about = value_hash([asked_hash(run), code_hash(_CODE), vectors, [*norms.items()], sizes])
    return Asked(run, tried, norms, kept / f"{run.folder.name}.parquet", about)


def _interventions(asked: Asked, layer: int) -> list[tuple[Intervention, float]]:
    """Return what is tried at a layer, each of the residual stream's length, and its own length."""
    import torch  # noqa: PLC0415 - slow to import, and not needed where nothing is missing

    from steering.forward.copies import Intervention  # noqa: PLC0415
    from steering.vectors.controls import random_vectors  # noqa: PLC0415

    plan, norm, found = asked.run.card["plan"], asked.norms[layer], []
    own = torch.from_numpy(asked.run.vector(layer))
    drawn = random_vectors(RANDOM_VECTORS, own, plan["seed"])
    tried: list[tuple[str, int, str, torch.Tensor, FinishedRun]] = [
        *((CONTRASTIVE, 0, one.concept, torch.from_numpy(one.vector(layer)), one)
          for one in asked.tried),
        *((RANDOM, number, "", vector, asked.run) for number, vector in enumerate(drawn)),
    ]  # fmt: skip
    for direction, number, concept, vector, run in tried:
        if (length := float(vector.norm())) > 0:
            origin = None if (at := run.origin(layer)) is None else torch.from_numpy(at)
            one = Intervention(
                "BASE", direction, layer, vector * (norm / length), number, concept,
                operator=plan["operator"], maker=run.maker, origin=origin,
            )  # fmt: skip
            found.append((one, length))
    return found


def _measured(model: Model, asked: Asked) -> pd.DataFrame:
    """Return the rows of the questions of one concept."""
    from steering.forward.apart import swept_apart  # noqa: PLC0415 - PyTorch, as above
    from steering.forward.copies import Curves  # noqa: PLC0415

    run = asked.run
    require_weights(run, model.revision)
    tried = [one for layer in asked.norms for one in _interventions(asked, layer)]
    prompts, label = first_questions(run), f"side effects {run.concept}"
    curves = Curves([one for one, _ in tried], (0.0, *FEW_DOSES), (PROPENSITIES[run.form],))
    with tqdm(total=len(prompts), desc=label, unit="prompt", delay=2, leave=False) as bar:
        (values,), _ = swept_apart(model, prompts, [curves], bar)
    changes = values[0, :, :, 1:] - values[0, :, :, :1]  # prompt, vector, dose
    rows = []
    for place, (one, length) in enumerate(tried):
        counted = _unseen(asked, one, prompts)
        if not counted.any():
            continue
        key: dict[str, Any] = {name: getattr(one, name) for name in KEY if hasattr(one, name)}
        items = {prompt.item for prompt, there in zip(prompts, counted, strict=True) if there}
        for at, dose in enumerate(FEW_DOSES):
            push = {"dose": dose, "multiplier": dose * asked.norms[one.layer] / length}
            change = float(changes[counted, place, at].mean())
            of = {"model": model.name, "concept": run.concept, "form": run.form}
            rows.append(key | of | push | {"change": change, "questions": len(items)})
    return CONTRACT.validate(pd.DataFrame(rows)[list(CONTRACT.columns)])


def _unseen(asked: Asked, one: Intervention, prompts: Sequence[Prompt]) -> np.ndarray:
    """Return which prompts a vector was not trained on."""
    of = [run for run in asked.tried if run.concept == one.vector_concept and run is not asked.run]
    seen = trained_on(asked.run, of[0]) if of else set()
    return np.array([not {prompt.item, prompt.partner} & seen for prompt in prompts])
