"""The commands that measure, check, report and generate, and the entry point `steering`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from steering.cli import printed
from steering.cli.asking import with_protocol
from steering.cli.cards import app as cards_app
from steering.cli.catalogue import app as catalogue_app
from steering.cli.exporting import app as exporting_app
from steering.cli.home import some_home
from steering.cli.making import app as making_app
from steering.cli.options import (
    ALL_MULTIPLIERS,
    ALL_SETTINGS,
    ConceptName,
    CostLimit,
    DataDir,
    Device,
    DryRun,
    Dtype,
    FormName,
    Full,
    Host,
    MakerName,
    ModelName,
    Multipliers,
    OperatorName,
    OtherConcept,
    OwnNorm,
    QueueLimit,
    Remote,
    RemoteCode,
    Seed,
    Settings,
    Submit,
    TestGroups,
    Time,
    TimeLimit,
    TrainGroups,
    Vector,
    VectorLayer,
    Version,
    WholeAnswers,
    Wordings,
    by_new_names,
    count,
    numbers_joined,
    terms,
)
from steering.cli.predicting import app as predicting_app
from steering.cli.price import announced, planned
from steering.cli.signs import spell_out
from steering.cli.values import numbers, settings_of
from steering.concepts import load_concept, own_concepts
from steering.errors import Pending, Refused
from steering.measuring.allowed import AUTO
from steering.measuring.measure import Access
from steering.measuring.measure import measure as measure_concept
from steering.measuring.plan import Plan
from steering.measuring.sizes import of_form, sizes
from steering.measuring.submit import collect as collect_results
from steering.measuring.submit import submit as submit_concept
from steering.records.results import Results
from steering.records.tables import TODAY

app = typer.Typer(
    help="Can a steering vector be trusted? Measure one, or make the whole report.",
    epilog="Bad input ends in one sentence and exit code 2; --debug shows where it was found.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for more in (making_app, predicting_app, cards_app, exporting_app, catalogue_app):
    app.add_typer(more)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)
_out = Console(highlight=False, markup=False)


@app.callback()
def steering(*, version: Version = False) -> None:
    """Can a steering vector be trusted? Measure one, or make the whole report."""


@app.command()
@with_protocol
def measure(
    model: ModelName,
    concept: ConceptName,
    *,
    out: Annotated[Path, typer.Option(help="Folder for the tables, the vectors and the card.")],
    form: FormName = TODAY["form"],
    multipliers: Multipliers = ALL_MULTIPLIERS,
    settings: Settings = ALL_SETTINGS,
    test_groups: TestGroups = None,
    train_groups: TrainGroups = AUTO,
    full: Full = False,
    vector: Vector = None,
    vector_layer: VectorLayer = None,
    other_concept: OtherConcept = "none",
    own_norm: OwnNorm = False,
    wordings: Wordings = 0,
    operator: OperatorName = TODAY["operator"],
    maker: MakerName = TODAY["maker"],
    cost_limit: CostLimit = Plan.cost_limit,
    seed: Seed = 0,
    device: Device = None,
    dtype: Dtype = "float32",
    whole_answers: WholeAnswers = False,
    data_dir: DataDir = None,
    trust_remote_code: RemoteCode = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Replace another plan's results.")] = False,
    remote: Remote = False,
    host: Host = None,
    submit: Submit = False,
    time_limit: TimeLimit = 3600,
    queue_limit: QueueLimit = 100,
    time: Time = None,
    dry_run: DryRun = False,
    asked: dict[str, Any],
) -> None:
    """Measure one concept on one model: writes tables, vectors and a card into a folder."""
    service = terms(remote=remote, host=host, submit=submit, time_limit=time_limit,
                    queue_limit=queue_limit)  # fmt: skip
    plan = Plan(
        settings=settings_of(settings), multipliers=numbers(multipliers),
        other_concept="" if other_concept == "none" else other_concept, seed=seed, dtype=dtype,
        whole_answers=whole_answers, vector=str(vector or ""), vector_layer=vector_layer,
        operator=operator, maker=maker, cost_limit=cost_limit, **asked,
        **of_form(form, sizes(test_groups, train_groups, full=full, own_norm=own_norm,
                              wordings=wordings)),
    )  # fmt: skip
    plan = planned(model, concept, plan, out, Access(device, trust_remote_code, service),
                   data_dir=data_dir, time=time, dry_run=dry_run, console=_out)  # fmt: skip
    run = {"fresh": fresh, "device": device, "data_dir": data_dir,
           "trust_remote_code": trust_remote_code}  # fmt: skip
    measuring: Callable[..., Results] = partial(
        measure_concept, remote=service or False, announce=announced(_errors))  # fmt: skip
    if service is not None and service.submit:
        measuring = partial(submit_concept, terms=service)
    _print_results(partial(measuring, model, concept, plan, out, **run), out)


def _print_results(measuring: Callable[[], Results], out: Path) -> None:
    """Print what a measurement finds, or how it goes on where it has not ended."""
    try:
        results = measuring()
    except Pending as pending:
        _out.print(str(pending), markup=False, soft_wrap=True)
        return
    except KeyboardInterrupt:
        _errors.print(f"interrupted: the same command goes on from what is kept in {str(out)!r}.")
        raise typer.Exit(130) from None
    _out.print(printed.results(results))


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
    _out.print(printed.results(results))


@app.command()
def check(
    model: ModelName,
    *,
    concept: Annotated[str | None, typer.Option(help="Whose first item is tried.")] = None,
    device: Device = None,
    dtype: Dtype = "float32",
    data_dir: DataDir = None,
    trust_remote_code: RemoteCode = False,
) -> None:
    """Prove on one model, in seconds, that what is measured equals plain PyTorch hooks."""
    from steering.measuring.check import check as prove, lines  # noqa: I001, PLC0415 - imports PyTorch

    tried = load_concept(concept or own_concepts()[0], data_dir)
    proven = prove(model, tried, device=device, dtype=dtype, trust_remote_code=trust_remote_code)
    typer.echo("\n".join(lines(proven)))


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
    train_groups: TrainGroups = AUTO,
    device: Device = None,
    dtype: Dtype = "float32",
    data_dir: DataDir = None,
    trust_remote_code: RemoteCode = False,
    remote: Remote = False,
    host: Host = None,
) -> None:
    """Show replies side by side over λ: every decoded token is steered."""
    from steering.measuring.replies import generate as generate_replies  # noqa: PLC0415 - imports PyTorch

    replies = generate_replies(
        model, load_concept(concept, data_dir), prompt, numbers(multipliers), run=run,
        layer=layer, tokens=tokens, device=device, trust_remote_code=trust_remote_code,
        plan=Plan(settings=("BASE",), dtype=dtype, **sizes(train_groups=train_groups)),
        remote=terms(remote=remote, host=host) or False,
    )  # fmt: skip
    _out.print(f"layer {replies.layer}")
    _out.print(printed.replies(replies.multipliers, replies.prompts, replies.texts))


def main() -> None:
    """Run the command line; bad input ends in one sentence and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        spell_out(stream)
    debug = "--debug" in sys.argv
    arguments, renamed = by_new_names([a for a in sys.argv[1:] if a != "--debug"])
    for sentence in renamed:
        _errors.print(sentence, markup=False)
    try:
        with some_home():
            app(numbers_joined(arguments), standalone_mode=True)
    except Refused as refused:
        if debug:
            raise
        _errors.print("[bold red]refused:[/]", end=" ")
        _errors.print(str(refused), markup=False)
        sys.exit(2)
