"""The one function that touches a model: it writes keyed tables, resumes, returns at once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from safetensors import SafetensorError

from steering.catalogue import model_folder, withheld
from steering.committed import committed_run
from steering.concepts import Concept, load_concept, unseen
from steering.errors import Interrupted, Refused
from steering.folders import unwritable
from steering.plan import Plan, another, differences, identity, plan_hash, revision_of
from steering.planted import planted_of, with_truth
from steering.prompts import prompts_table
from steering.steerability import slopes
from steering.tables import CONTRACTS, Results, read_results, write, write_json
from steering.terms import Terms, of_service, terms_of, together

if TYPE_CHECKING:
    from steering.models import Model

PLAN_FILE = "plan.json"
_OURS = (*(f"{name}.parquet" for name in CONTRACTS), "vector.safetensors", "card.json", PLAN_FILE)


def measure(
    model: str,
    concept: str | Path | Concept,
    plan: Plan | None = None,
    out: Path | str = "run",
    *,
    fresh: bool = False,
    device: str | None = None,
    data_dir: Path | str | None = None,
    trust_remote_code: bool = False,
    committed: bool = False,
    remote: bool | str | Terms = False,
) -> Results:
    """Return the tables of one concept on one model, measuring what is not in `out` yet.

    An interrupted measurement goes on where it stopped. Where all is there it returns at once,
    without loading a model or even PyTorch.

    Args:
        model: an embedded name, a local folder, or a Hugging Face id with optional @revision.
        concept: a concept, its name, or the path of its folder or file (JSONL, JSON or CSV).
        plan: what to measure; the defaults are those of the report.
        out: the run folder. One that holds another plan's results is refused.
        fresh: replace the results of another plan instead of refusing.
        device: where to compute; a GPU where there is one, else the CPU; "auto" spreads the model
            over all GPUs.
        data_dir: a folder of public data sets by name.
        trust_remote_code: run code that the model brings with it.
        committed: where a public data set is not at hand, return what we measured on it, if we
            did; its card says so, and `out` is left alone.
        remote: run the model's passes on NDIF (True), or on the service of this address; nothing
            but code and token ids is sent, and no weights are loaded here.

    Raises Refused, with nothing written, for whatever is wrong with these, and Interrupted, with
    all kept that was measured, where a service gives no answer.
    """
    plan = plan or Plan()
    terms = terms_of(remote)
    if terms is not None:
        plan = of_service(model, plan, device)
    folder = Path(out)
    if committed and not isinstance(concept, Concept):
        kept = committed_run(model, concept, data_dir)
        if kept is not None:
            return read_results([kept])
    if not isinstance(concept, Concept):
        concept = load_concept(concept, data_dir)
    seen = withheld(model_folder(model))
    concept = unseen(concept, seen.get(concept.name))
    other = another(plan, concept, data_dir)
    if other is not None:
        other = unseen(other, seen.get(other.name))
    wanted = identity(model, concept, plan, revision_of(model), other)
    found = _identity_in(folder)
    if found == wanted and (folder / "card.json").is_file():
        return read_results([folder])
    if found not in (None, wanted) and not fresh:
        raise Refused(
            f"{str(folder)!r} holds results of another plan (other "
            f"{', '.join(differences(found or {}, wanted))}): name another folder, or replace "
            "them with --fresh."
        )

    from steering.models import load_model  # noqa: PLC0415 - imports PyTorch

    if terms is None:
        loaded = load_model(
            model, device=device, dtype=plan.dtype, trust_remote_code=trust_remote_code
        )
    else:
        from steering.served import served  # noqa: PLC0415

        loaded = served(model, terms, folder / "parts", trust_remote_code=trust_remote_code)
    _run(loaded, (concept, other), plan, folder, wanted)
    return read_results([folder])


def _run(
    model: Model,
    concepts: tuple[Concept, Concept | None],
    plan: Plan,
    folder: Path,
    wanted: dict[str, Any],
) -> None:
    from steering import directions, stages  # noqa: PLC0415 - imports PyTorch
    from steering.analysis.summary import summary  # noqa: PLC0415 - imports scipy
    from steering.card import card, vector_metadata  # noqa: PLC0415
    from steering.vectors import save_vectors  # noqa: PLC0415

    started = time.time()
    concept, other = concepts
    run = stages.Run(model, concept, plan, folder / "parts", other)
    planted = planted_of(model.folder)
    truth = directions.planted_direction(planted, concept)
    # All that can be refused is asked for before the folder is touched.
    asked, layers = stages.ask(run), stages.candidates(run)
    if _identity_in(folder) != wanted:
        _clear(folder)
    with _whole_or_gone(folder):
        write_json(wanted, folder / PLAN_FILE)
        found, elsewhere = together(
            lambda: stages.contrasts(run, asked), lambda: stages.other_contrast(run)
        )
        base = found["BASE"]
        validation = stages.swept(
            run,
            asked.prompts["validation", "BASE"],
            directions.contrastive(base, layers),
            "validation",
        )
        by_layer = stages.layer_slopes(validation)
        layer = max(by_layer, key=lambda at: (by_layer[at], -at))
        shifts = directions.shifts(found, layer, plan, truth)
        tried = (other.name, elsewhere) if other and elsewhere else None
        chosen = dict.fromkeys(asked.settings, shifts)
        chosen["BASE"] = shifts + directions.controls(base, layer, plan, tried)
        others = directions.contrastive(base, [at for at in range(model.depth) if at != layer])
        mapped = asked.prompts["test", "BASE"]
        few = None if plan.layers == "all" or plan.map_items is None else 2 * plan.map_items
        mapped = mapped[:few]
        asking = [("map", mapped, others)] if mapped else []
        asking += [
            (f"sweep-{setting}", asked.prompts["test", setting], some)
            for setting, some in chosen.items()
        ]
        *sweeps, replies = together(
            *[partial(stages.swept, run, prompts, some, name) for name, prompts, some in asking],
            lambda: stages.written_replies(run, asked, layer, base.vectors[layer]),
        )
        table = pd.concat([validation, *sweeps], ignore_index=True)

        tables = {
            "items": stages.items_table(concept, asked),
            "prompts": prompts_table(asked.every(), model.name),
            "sweep": table,
            "steerability": with_truth(slopes(table), planted),
        }
        for name, content in tables.items():
            write(content, folder, name)
        vectors = {setting: one.vectors for setting, one in found.items()}
        metadata = vector_metadata(run, layer)
        save_vectors(vectors, folder / "vector.safetensors", metadata)
        about = card(run, asked, found, by_layer, truth)
        about["summary"] = summary(Results(**tables, cards=(about,)))
        about["generations"] = replies
        about |= {"plan": wanted["plan"], "plan_hash": plan_hash(wanted), "code": wanted["code"]}
        about["seconds"] = round(time.time() - started, 1)
        # Last of all: a folder with a card is complete.
        write_json(about, folder / "card.json")
        _drop_parts(folder)


@contextmanager
def _whole_or_gone(folder: Path) -> Iterator[None]:
    # What was measured before the disk was full is kept for the next try; what a model cannot give
    # is not worth a folder.
    try:
        yield
    except Interrupted:
        # A service that never answered leaves nothing to go on from.
        if not any((folder / "parts").glob("*")):
            _clear(folder)
            with suppress(OSError):
                folder.rmdir()
        raise
    except Refused as refused:
        if not isinstance(refused.__cause__, OSError | SafetensorError):
            _clear(folder)
            with suppress(OSError):
                folder.rmdir()
        raise


def _identity_in(folder: Path) -> dict[str, Any] | None:
    file = folder / PLAN_FILE
    if not file.is_file():
        if folder.is_dir() and any(folder.iterdir()):
            raise Refused(
                f"{str(folder)!r} holds files that are no results of ours: name an empty folder."
            )
        if folder.exists() and not folder.is_dir():
            raise Refused(f"{str(folder)!r} is a file: name a folder for the results.")
        return None
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"{str(file)!r} is not readable ({error}): remove the folder.") from error
    return found


def _clear(folder: Path) -> None:
    try:
        for name in _OURS:
            (folder / name).unlink(missing_ok=True)
        _drop_parts(folder)
    except OSError as error:
        raise unwritable(folder, error) from error


def _drop_parts(folder: Path) -> None:
    parts = folder / "parts"
    for file in parts.glob("*") if parts.is_dir() else []:
        file.unlink()
    if parts.is_dir():
        parts.rmdir()
