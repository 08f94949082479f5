"""The command line: each command is a few lines over the package's own calls."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from steering.errors import Refused
from steering.measurement import measure as measure_concept
from steering.plan import MULTIPLIERS, Plan
from steering.tables import SETTINGS, Results

app = typer.Typer(
    help="Can a steering vector be trusted? Measure one, or make the whole report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)

Multipliers = Annotated[str, typer.Option(help="λ of the propensity curve, separated by commas.")]
Layers = Annotated[str, typer.Option(help="auto, all, a layer like 13, or a range like 5-20.")]
Settings = Annotated[str, typer.Option(help="Prompt settings, separated by commas.")]
DataDir = Annotated[Path | None, typer.Option(help="Folder of public data sets by name.")]

_ALL_MULTIPLIERS = ",".join(map(str, MULTIPLIERS))
_ALL_SETTINGS = ",".join(SETTINGS)


@app.command()
def measure(
    model: Annotated[str, typer.Argument(help="Embedded name, local folder, or owner/name.")],
    concept: Annotated[str, typer.Argument(help="Name of a concept, or path of its file.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the tables, the vectors and the card.")],
    layers: Layers = "auto",
    multipliers: Multipliers = _ALL_MULTIPLIERS,
    settings: Settings = _ALL_SETTINGS,
    items: Annotated[int | None, typer.Option(help="Most groups of test items.")] = 50,
    train_items: Annotated[int | None, typer.Option(help="Most groups of training items.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random vectors.")] = 0,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1 …")] = None,
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or float16.")] = "float32",
    data_dir: DataDir = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Replace another plan's results.")] = False,
) -> None:
    """Measure one concept on one model: writes tables, vectors and a card into a folder."""
    plan = Plan(
        settings=tuple(settings.split(",")),
        multipliers=_numbers(multipliers),
        layers=_layers(layers),
        items=items,
        train_items=train_items,
        seed=seed,
        dtype=dtype,
    )
    results = measure_concept(
        model, concept, plan, out, fresh=fresh, device=device, data_dir=data_dir
    )
    Console().print(_summary(results))


@app.command()
def report(
    models: Annotated[list[str] | None, typer.Argument(help="Models; the embedded ones.")] = None,
    *,
    concepts: Annotated[str | None, typer.Option(help="Concepts, separated by commas.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the book; book/ of the clone.")
    ] = None,
    items: Annotated[int | None, typer.Option(help="Most groups of test items.")] = None,
    cores: Annotated[int | None, typer.Option(help="Processor cores to use; all of them.")] = None,
) -> None:
    """Make the whole report: measure, execute the notebooks, build the book."""
    from steering.report.runner import report as make_report  # noqa: PLC0415 - imports Snakemake

    make_report(
        models or (),
        concepts.split(",") if concepts else (),
        out,
        cores=cores,
        options=None if items is None else {"items": items},
    )


def main() -> None:
    """Run the command line; bad input ends in one sentence and exit code 2."""
    try:
        app(standalone_mode=True)
    except Refused as refused:
        _errors.print(f"[bold red]refused:[/] {refused}", markup=True)
        sys.exit(2)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(sorted({float(part) for part in text.split(",")}))
    except ValueError as error:
        raise Refused(
            f"the multipliers {text!r} are not numbers: write them like -1.5,0,1.5."
        ) from error


def _layers(text: str) -> str | tuple[int, ...]:
    if text in {"auto", "all"}:
        return text
    try:
        first, _, last = text.partition("-")
        return tuple(range(int(first), int(last or first) + 1))
    except ValueError as error:
        raise Refused(
            f"layers {text!r} is none: allowed are auto, all, a layer like 13 or a range like 5-20."
        ) from error


def _summary(results: Results) -> Table:
    card = results.cards[0]
    table = Table("vector → test", "mean steerability", "anti-steerable", "items × orders")
    table.title = f"{card['concept']['name']} on {card['model']['name']}, layer {card['layer']}"
    curves = results.steerability
    test = results.items.loc[results.items["split"] == "test", "item"]
    chosen = curves[
        (curves["direction"] == "contrastive")
        & (curves["layer"] == card["layer"])
        & curves["item"].isin(test)
    ]
    for pair, some in chosen.groupby(["vector_setting", "prompt_setting"], sort=False):
        slope = some["steerability"]
        table.add_row(
            "→".join(map(str, pair)),
            f"{slope.mean():.2f}",
            f"{(slope < 0).mean():.0%}",
            str(len(slope)),
        )
    return table
