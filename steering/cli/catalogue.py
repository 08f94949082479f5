"""The commands that list, check and fetch models, concepts, data sets and vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from steering.cli import printed
from steering.cli.options import DataDir, Device, Dtype, FormName, Plain, RemoteCode
from steering.concepts import load_concept
from steering.concepts.checks import check as check_concept
from steering.concepts.public import fetch as fetch_set
from steering.concepts.public import public_sets
from steering.errors import Refused
from steering.models.catalogue import own_models
from steering.records.tables import TODAY

app = typer.Typer()
concepts_app = typer.Typer(help="List the concepts, or check a new one.")
vectors_app = typer.Typer(help="Look into vector files.", no_args_is_help=True)
app.add_typer(concepts_app, name="concepts")
app.add_typer(vectors_app, name="vectors")
_out = Console(highlight=False, markup=False)


@app.command()
def models(*, plain: Plain = False) -> None:
    """List the embedded models, and those that come with a package."""
    _out.print("\n".join(own_models()) if plain else printed.models())


@concepts_app.callback(invoke_without_command=True)
def concepts(
    context: typer.Context,
    *,
    planted: Annotated[
        bool, typer.Option("--planted", help="Only those with a known truth in our model.")
    ] = False,
    plain: Plain = False,
) -> None:
    """List the concepts that have a name, with their licences; or check a new one."""
    if context.invoked_subcommand is None:
        names = "\n".join(printed.concept_names(planted=planted))
        _out.print(names if plain else printed.concepts(planted=planted), soft_wrap=plain)


@concepts_app.command("check")
def concepts_check(
    concept: Annotated[str, typer.Argument(help="Path of a concept's file or folder, or a name.")],
    *,
    model: Annotated[
        str | None, typer.Option(help="Model on which the training pairs are checked, too.")
    ] = None,
    form: FormName = TODAY["form"],
    device: Device = None,
    dtype: Dtype = "float32",
    data_dir: DataDir = None,
    trust_remote_code: RemoteCode = False,
) -> None:
    """Say what is in a concept: items, groups, balance, duplicates, overlong items, leaks.

    With --model also what its training pairs would teach a vector besides the concept: length,
    refusal, the side that the model takes by itself, and questions that point against all others.
    """
    loaded = load_concept(concept, data_dir)
    _out.print(printed.findings(loaded, check_concept(loaded)))
    if model is None:
        return
    from steering.measuring.training_check import checked_pairs  # noqa: PLC0415 - imports PyTorch
    from steering.models.loading import load_model  # noqa: PLC0415 - the same

    tried = load_model(model, device=device, dtype=dtype, trust_remote_code=trust_remote_code)
    for finding in checked_pairs(tried, loaded, form=form):
        _out.print(f"{'Note: ' if finding.alarm else ''}{finding.sentence}", soft_wrap=True)


@app.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of public data sets; all.")
    ] = None,
) -> None:
    """Download public data sets once, each checked against its published hash."""
    sets = public_sets()
    wanted = [name for name in names or ["all"] if name != "all"]
    if unknown := [name for name in wanted if name not in sets]:
        raise Refused(f"there is no data set {unknown[0]!r}: allowed are all, {', '.join(sets)}.")
    for name in wanted or [name for name, one in sets.items() if one.url]:
        _out.print(f"{name}: {fetch_set(sets[name])}", soft_wrap=True)


@vectors_app.callback()
def vectors() -> None:
    """Look into vector files."""


@vectors_app.command("show")
def vectors_show(
    file: Annotated[Path, typer.Argument(help="A vector.safetensors of a run folder.")],
) -> None:
    """Show what is in a vector file: settings, layers, norms, and what it says of itself."""
    from steering.vectors.files import load_vectors  # noqa: PLC0415 - imports PyTorch

    _out.print(printed.vectors(*load_vectors(file)))
