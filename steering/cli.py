"""The command line: each command is a few lines over the package's own calls."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from steering import shown
from steering.catalogue import own_models
from steering.cli_catalogue import app as catalogue_app
from steering.collected import collect as collect_results
from steering.collected import submit as submit_concept
from steering.concepts import load_concept, own_concepts
from steering.errors import Pending, Refused
from steering.folders import DATA_VARIABLE, data_folder
from steering.measurement import measure as measure_concept
from steering.options import (
    ALL_MULTIPLIERS,
    ALL_SETTINGS,
    ConceptName,
    DataDir,
    Device,
    Dtype,
    Full,
    Host,
    Layers,
    ModelName,
    Multipliers,
    Other,
    QueueLimit,
    Remote,
    RemoteCode,
    Settings,
    Submit,
    TestItems,
    TimeLimit,
    TrainItems,
    Unscaled,
    count,
    layers_of,
    numbers,
    terms,
)
from steering.plan import Plan
from steering.report.sizes import sizes

app = typer.Typer(
    help="Can a steering vector be trusted? Measure one, or make the whole report.",
    epilog="Bad input ends in one sentence and exit code 2; --debug shows where it was found.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(catalogue_app)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)
_out = Console(highlight=False)


@app.command()
def measure(
    model: ModelName,
    concept: ConceptName,
    *,
    out: Annotated[Path, typer.Option(help="Folder for the tables, the vectors and the card.")],
    layers: Layers = "auto",
    multipliers: Multipliers = ALL_MULTIPLIERS,
    settings: Settings = ALL_SETTINGS,
    items: TestItems = None,
    train_items: TrainItems = None,
    full: Full = False,
    other: Other = "auto",
    unscaled: Unscaled = False,
    seed: Annotated[int, count("--seed", "Seed of the random vectors.")] = 0,
    device: Device = None,
    dtype: Dtype = "float32",
    answer_score: Annotated[
        bool, typer.Option("--answer-score", help="Score whole answers too, like steering-bench.")
    ] = False,
    data_dir: DataDir = None,
    trust_remote_code: RemoteCode = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Replace another plan's results.")] = False,
    remote: Remote = False,
    host: Host = None,
    submit: Submit = False,
    time_limit: TimeLimit = 3600,
    queue_limit: QueueLimit = 100,
) -> None:
    """Measure one concept on one model: writes tables, vectors and a card into a folder."""
    asked = terms(
        remote=remote, host=host, submit=submit, time_limit=time_limit, queue_limit=queue_limit
    )
    plan = Plan(
        settings=tuple(dict.fromkeys(settings.replace(" ", "").split(","))),
        multipliers=numbers(multipliers),
        layers=layers_of(layers),
        train_items=train_items,
        other="" if other == "none" else other,
        seed=seed,
        dtype=dtype,
        answers=answer_score,
        **sizes(items=items, full=full, unscaled=unscaled),
    )
    given: dict[str, Any] = {
        "fresh": fresh,
        "device": device,
        "data_dir": data_dir,
        "trust_remote_code": trust_remote_code,
    }
    try:
        if asked is not None and asked.submit:
            results = submit_concept(model, concept, plan, out, terms=asked, **given)
        else:
            results = measure_concept(model, concept, plan, out, remote=asked or False, **given)
    except Pending as pending:
        _out.print(str(pending), markup=False, soft_wrap=True)
        return
    except KeyboardInterrupt:
        _errors.print(f"interrupted: the same command goes on from what is kept in {str(out)!r}.")
        raise typer.Exit(130) from None
    _out.print(shown.results(results))


@app.command()
def collect(
    out: Annotated[Path, typer.Argument(help="Folder of a measurement begun with --submit.")],
) -> None:
    """Fetch what a service has done of a measurement, and ask for what comes next.

    The exit code is 3 as long as something is still waited for.
    """
    try:
        results = collect_results(out)
    except Pending as pending:
        _out.print(str(pending), markup=False, soft_wrap=True)
        raise typer.Exit(3) from None
    _out.print(shown.results(results))


@app.command()
def check(
    model: ModelName,
    *,
    concept: Annotated[str | None, typer.Option(help="Whose first item is tried.")] = None,
    device: Device = None,
    dtype: Dtype = "float32",
    data_dir: DataDir = None,
) -> None:
    """Prove on one model, in seconds, that what is measured equals plain PyTorch hooks."""
    from steering.check import check as prove, lines  # noqa: I001, PLC0415 - imports PyTorch

    tried = load_concept(concept or own_concepts()[0], data_dir)
    typer.echo("\n".join(lines(prove(model, tried, device=device, dtype=dtype))))


@app.command()
def report(
    models: Annotated[list[str] | None, typer.Argument(help="Models; the embedded ones.")] = None,
    *,
    concepts: Annotated[str | None, typer.Option(help="Concepts, separated by commas.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the book; book/ of the clone.")
    ] = None,
    items: TestItems = None,
    full: Full = False,
    unscaled: Unscaled = False,
    cores: Annotated[int | None, count("--cores", "Processor cores to use; all.")] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Leave the embedded models out of the comparison.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Make the whole report: measure, execute the notebooks, build the book.

    REPORT=full in the environment is the same as --full.
    """
    from steering.report.runner import report as make_report  # noqa: PLC0415 - imports Snakemake

    if folder := data_folder(data_dir):
        # The notebooks run elsewhere, each in a process of its own.
        os.environ[DATA_VARIABLE] = str(folder.resolve())
    named = tuple(dict.fromkeys([*(models or ()), *(() if alone else own_models())]))
    make_report(
        named,
        concepts.split(",") if concepts else (),
        out,
        cores=cores,
        options=sizes(items=items, full=full, unscaled=unscaled),
    )


@app.command()
def generate(
    model: ModelName,
    concept: ConceptName,
    *,
    prompt: Annotated[list[str], typer.Option(help="What the user says; may be given often.")],
    multipliers: Multipliers = "-1.5,0,1.5",
    run: Annotated[
        Path | None, typer.Option(help="Run folder of `measure`, whose vector is taken.")
    ] = None,
    layer: Annotated[int | None, count("--layer", "Another layer than the chosen one.")] = None,
    tokens: Annotated[int, count("--tokens", "Most tokens of a reply.")] = 48,
    train_items: TrainItems = None,
    device: Device = None,
    dtype: Dtype = "float32",
    data_dir: DataDir = None,
    trust_remote_code: RemoteCode = False,
    remote: Remote = False,
    host: Host = None,
) -> None:
    """Show replies side by side over λ: every decoded token is steered."""
    from steering.steered import generate as generate_replies  # noqa: PLC0415 - imports PyTorch

    replies = generate_replies(
        model, load_concept(concept, data_dir), prompt, numbers(multipliers), run=run,
        layer=layer, tokens=tokens, device=device, trust_remote_code=trust_remote_code,
        plan=Plan(settings=("BASE",), train_items=train_items, dtype=dtype),
        remote=terms(remote=remote, host=host) or False,
    )  # fmt: skip
    _out.print(f"layer {replies.layer}")
    _out.print(shown.replies(replies.multipliers, replies.prompts, replies.texts))


def main() -> None:
    """Run the command line; bad input ends in one sentence and exit code 2."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        app(arguments, standalone_mode=True)
    except Refused as refused:
        if debug:
            raise
        _errors.print("[bold red]refused:[/]", end=" ")
        _errors.print(str(refused), markup=False)
        sys.exit(2)
