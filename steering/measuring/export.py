"""An export: the vector of a run folder, written as the file that another tool reads."""

from __future__ import annotations

from pathlib import Path

from steering.errors import Refused
from steering.models.architecture import architecture_named
from steering.records.directions import ORIGIN
from steering.records.run_card import RunCard, read_card
from steering.records.tables import TODAY
from steering.vectors.exports.exported import Exported
from steering.vectors.files import load_vectors
from steering.vectors.operators import OPERATORS
from steering.vectors.tools import tool_named, write_for


def export(
    run: Path | str,
    tool: str,
    out: Path | str | None = None,
    *,
    layer: int | None = None,
    setting: str = "BASE",
    multiplier: float = 1.0,
    model: str | None = None,
) -> tuple[Path, Exported]:
    """Return the path of the file for `tool`, and what is in it: a vector of the run folder `run`.

    Without `out` it is written into the current folder, named after model, concept and layer. The
    layer is the one that the run chose, unless another is named. `model` is where the tool finds
    the model, which lm-eval alone is told; without it, it is told the model's name.

    Raises Refused where the folder is of no run, has no such vector, or where the tool cannot apply
    it as it was measured.
    """
    ending, folder = tool_named(tool).ending, Path(run)
    card = read_card(folder)
    at = card["layer"] if layer is None else layer
    exported = vector_of(folder, card, f"{setting}/{at}", multiplier, named=model)
    names = card["model"]["name"], card["concept"]["name"], f"layer-{exported.layer}"
    path = Path(out) if out is not None else Path("-".join(names).replace("/", "-") + ending)
    if path.suffix != ending:
        raise Refused(f"{tool} reads files whose names end in {ending}, and not {str(path)!r}.")
    return write_for(tool, exported, path), exported


def vector_of(
    run: Path, card: RunCard, name: str, multiplier: float, *, named: str | None = None
) -> Exported:
    """Return a vector of a run folder times λ, by its name there, such as "BASE/13".

    `named` is what the model is called in the export, if not by its own name. Raises Refused where
    the folder has no such vector, or where nothing would be left of it.
    """
    if multiplier == 0:
        raise Refused("--multiplier 0 leaves nothing of a vector: give it a size, like 1.")
    tensors, about = load_vectors(run / "vector.safetensors")
    if name not in tensors:
        known = ", ".join(one for one in tensors if not one.startswith(f"{ORIGIN}/"))
        raise Refused(f"run folder {str(run)!r} has no vector {name!r}: it has {known}.")
    setting, _, layer = name.partition("/")
    operator = about.get("operation", TODAY["operator"])
    told = {
        "model": named or card["model"]["name"],
        "revision": card["model"]["revision"],
        "concept": card["concept"]["name"],
        "setting": setting,
        "layer": layer,
        "multiplier": f"{multiplier:g}",
    }
    known_as = architecture_named(card["model"]["architecture"])
    return Exported(
        layer=int(layer),
        vector=(multiplier * tensors[name].float()).contiguous(),
        operator=operator,
        family=known_as.family,
        block=f"{known_as.blocks}.{layer}",
        origin=tensors[f"{ORIGIN}/{layer}"] if OPERATORS[operator].needs_origin else None,
        about=told,
    )
