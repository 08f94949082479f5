"""The configuration of a report: its models and concepts, and hashes of what it is made from."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from steering.clone import book_folder, clone, measured_folder, notebooks_folder
from steering.concepts import Concept, is_path, load_concept
from steering.concepts.pairs import no_pairs
from steering.concepts.public import public_sets
from steering.errors import Refused
from steering.measuring.identity import identity_hash
from steering.measuring.job import job_of
from steering.measuring.matrix_runs import matrix_code
from steering.measuring.plan import Plan
from steering.measuring.sizes import of_form
from steering.measuring.stand_ins import stand_in
from steering.models.catalogue import described, folders_of, label, model_folder, own_models
from steering.models.labels import labelled
from steering.prompts import said
from steering.records.crossed import CROSSED_FOLDER
from steering.records.kinds import PUBLIC, kind_of_source
from steering.records.matrix import MATRIX
from steering.records.tables import TODAY
from steering.report.machine import KERNEL_MB, cores_here, memory_mb
from steering.report.measurements import COMMITTED, IDENTITIES
from steering.report.on_service import entry_there, runs_there
from steering.report.ours import own_runs
from steering.report.staleness import data_hash, run_hash

SMALL_MB = 1000  # weights below this size leave the other cores to other pages


def configuration(
    models: Sequence[str],
    concepts: Sequence[str],
    out: Path | str,
    options: dict[str, Any],
    cores: int | None = None,
    *,
    access: dict[str, Any] | None = None,
    vectors: Mapping[str, dict[str, Any]] | None = None,
    letters_only: bool = False,
) -> dict[str, Any]:
    """Return all that Snakemake and its jobs need to know. Raises Refused for bad input.

    Embedded models that lack a layer of the options are measured at those that they choose.
    `vectors` holds the fields of `Plan` about a given vector, by concept; "" stands for all. With
    `letters_only` it is not measured what the models say.
    """
    vectors, access = vectors or {}, access or {}
    if unknown := sorted({*vectors} - {"", *concepts}):
        raise Refused(
            f"a vector is given for concept {unknown[0]!r}, which the report is not about: it is "
            f"about {', '.join(concepts)}."
        )
    if not models:
        raise Refused("there is no embedded model yet, and none was named: name a model folder.")
    folder = str(Path(out).expanduser().resolve())
    if re.search(r"[][*?]", folder):
        raise Refused(
            f"no book can be built in {folder!r}, since Sphinx takes [, ], * and ? in a path for "
            "patterns: name another folder by --out."
        )
    memory, load = memory_mb(), functools.cache(load_concept)
    named: dict[str, dict[str, dict[str, Any]]] = {"models": {}, "concepts": {}}
    for reference in models:
        entry = {**model_entry(reference, memory), "options": applicable(options, reference)}
        if runs_there(reference, access):
            entry |= entry_there(reference, entry["options"], access.get("device"))
        enter(named["models"], "model", reference, entry)
    for reference in concepts:
        given = vectors.get(reference, vectors.get(""))
        entry = concept_entry(reference, models if given is None else (), load)
        if given is None and not options and not letters_only:
            entry |= own_runs(entry, models, load)
        enter(named["concepts"], "concept", reference, entry | ({"vector": given} if given else {}))
    code = matrix_code()
    share = max(1, (cores or cores_here()) // len(models))
    require_placement(options, access)
    for entry in named["models"].values():
        entry["threads"] = 10**3 if entry.pop("large") else share
        own = entry["options"]
        for form, name in list(IDENTITIES.items())[: 1 if letters_only else None]:
            entry[name] = identities(entry["reference"], named["concepts"], own, load, form=form)
        entry["matrix"] = code
    return {
        "out": folder,
        "models": named["models"],
        "concepts": named["concepts"],
        "options": options,
        "access": access,
        "memory_mb": memory,
        "static": data_hash(static_files()),
        "concepts_per_job": None,
    }


def applicable(options: dict[str, Any], reference: str) -> dict[str, Any]:
    """Return the options for one model: an embedded one that lacks a layer of them chooses its own.

    Raises Refused where another model on this machine lacks one.
    """
    layers, folder = options.get("layers", "auto"), model_folder(reference)
    if isinstance(layers, str) or folder is None or not (folder / "config.json").is_file():
        return options
    depth = described(reference)["layers"]
    if not isinstance(depth, int) or max(layers, default=0) < depth:
        return options
    if reference in own_models():
        return {name: value for name, value in options.items() if name != "layers"}
    raise Refused(
        f"model {reference!r} has no layer {max(layers)}: allowed are 0 to {depth - 1}, or auto, "
        "all."
    )


def require_placement(options: dict[str, Any], access: dict[str, Any]) -> None:
    """Raise Refused where no model can be loaded in the precision or on the device asked for."""
    dtype, device = options.get("dtype", Plan.dtype), access.get("device")
    if dtype != Plan.dtype or device is not None:
        from steering.models.pretrained import placement, require_dtype  # noqa: PLC0415 - PyTorch

        require_dtype(dtype)
        placement(device)


def enter(entries: dict[str, Any], kind: str, reference: str, entry: dict[str, Any]) -> None:
    """Add an entry under a name that can name a folder. Raises Refused if it is taken."""
    name = re.sub(r"[^\w.-]+", "-", entry.pop("name")).strip("-.")
    if kind == "concept" and name in (MATRIX, CROSSED_FOLDER):
        raise Refused(
            f"concept {reference!r} would be called {name!r} in the book, and the folder of that "
            "name is that of what vectors do on other questions: give it another name."
        )
    # Some file systems do not tell capital letters from small ones.
    taken = {each.casefold(): other["reference"] for each, other in entries.items()}
    if name.casefold() in taken:
        how = f"as in NAME={labelled(reference)[1]}" if kind == "model" else "by renaming a file"
        raise Refused(
            f"{kind} {reference!r} would be called {name!r} in the book, like "
            f"{taken[name.casefold()]!r}: give one of them another name, {how}."
        )
    entries[name] = entry


def model_entry(reference: str, memory: int) -> dict[str, Any]:
    """Return what a configuration says of a model; `memory` is what the machine has, in MB."""
    own, model = labelled(reference)
    folder = model_folder(model)
    files: list[str] = []
    planted: list[str] = []
    if folder is None:
        size = memory  # that of a Hugging Face model is not known yet
    elif folder.is_file():
        # Four bits of a GGUF file become 32.
        size, files = 8 * folder.stat().st_size // 10**6, [str(folder)]
    else:
        found = [file for place in folders_of(folder) for file in place.iterdir() if file.is_file()]
        files = sorted(map(str, found))
        size = sum(file.stat().st_size for file in found if file.suffix == ".safetensors") // 10**6
        truth = folder / "planted.parquet"
        rows = pd.read_parquet(truth, columns=["concept"])["concept"] if truth.is_file() else ()
        planted = sorted(set(rows))
    place = str(folder) if folder and model not in own_models() else model
    return {
        "name": own or (label(folder) if folder else model),
        "reference": f"{own}={place}" if own else place,
        "files": files,
        "planted": planted,
        "mem_mb": min(memory, KERNEL_MB + 3 * size),
        "large": size > SMALL_MB,
    }


def concept_entry(
    reference: str, models: Sequence[str], load: Callable[[str], Concept] = load_concept
) -> dict[str, Any]:
    """Return what a configuration says of a concept, which `load` loads.

    Committed runs stand in for a public data set that is not at hand, if there is one for each
    model. None does for no model.
    """
    runs = {model: stand_in(model, reference) for model in models}
    committed = {model: str(run) for model, run in runs.items() if run}
    if models and len(committed) == len(models):
        one = public_sets()[reference]
        entry = {"name": one.name, "title": one.title, "kind": PUBLIC, "reference": reference}
        saying = {model: stand_in(model, reference, form=said.NAME) for model in models}
        beside = {model: str(run) for model, run in saying.items() if run}
        return {**entry, "committed": committed, "committed_said": beside}
    concept = load(reference)
    place = str(Path(reference).expanduser().resolve())
    return {
        "name": concept.name,
        "title": concept.title,
        "kind": kind_of_source(concept.source),
        "reference": place if is_path(reference) else reference,
        "unsaid": no_pairs(concept),
    }


def identities(
    model: str,
    concepts: dict[str, dict[str, Any]],
    options: dict[str, Any],
    load: Callable[[str], Concept] = load_concept,
    *,
    form: str = TODAY["form"],
) -> dict[str, str]:
    """Return for each concept the hash that decides if its page and measurement are made again.

    Concepts that cannot be put in a form have none: those without pairs of texts have no form
    `said`, nor do those of which a committed run is shown without one of that form beside it.
    """
    hashes = {}
    for name, entry in concepts.items():
        if folder := entry.get(COMMITTED[form], {}).get(model):
            hashes[name] = run_hash(Path(folder))
            continue
        if model in entry.get("committed", {}):
            continue
        concept = load(entry["reference"])
        if form == said.NAME and (entry.get("vector") or entry["unsaid"]):
            continue
        plan = Plan(**of_form(form, {**options, **entry.get("vector", {})}))
        hashes[name] = identity_hash(job_of(model, concept, plan, "").identity)
    return hashes


def static_files() -> list[Path]:
    """Return what the book is made of besides its executed notebooks.

    Those are the pages of text, and the code of this package, which the method page shows.
    """
    written = [f for f in book_folder().rglob("*") if f.is_file() and "_build" not in f.parts]
    code = [f for f in (clone() / "steering").rglob("*") if f.suffix in {".py", ".toml"}]
    notebooks = notebooks_folder().glob("*.ipynb")
    profiles = (clone() / "profiles").rglob("*.yaml")
    others = [clone() / name for name in ("pyproject.toml", "CITATION.cff")]
    told = [measured_folder() / f"{name}.json" for name in ("ndif", "slurm")]
    files = [*written, *code, *notebooks, *profiles, *others, *told]
    return sorted(f for f in files if f.is_file())
