"""The commands that write reliability cards, and measure again what one claims."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from steering.cli.options import DataDir, Device, RemoteCode
from steering.cli.price import announced
from steering.errors import Refused
from steering.prose.reliability import headline
from steering.records.reliability import read_reliability

# Exit codes of `steering verify`; 2 is that of bad input.
DIFFERS = 4
ANOTHER = 5
NAME = "reliability"

app = typer.Typer()
_out = Console(highlight=False, markup=False)
_errors = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


@app.command()
def card(
    results: Annotated[
        Path, typer.Argument(metavar="DIR", help="Run folder, or folder of a report: all its runs.")
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            help="A .json or .html file for the card of one run, or a folder for both; "
            "the run folder, or cards/ in the report's folder."
        ),
    ] = None,
) -> None:
    """Write the reliability card of each run: what may be claimed of its vector, on one page."""
    from steering.report import cards  # noqa: PLC0415 - imports what measures

    runs = cards.runs_in(results)
    single = len(runs) == 1 and runs[0].folder == results
    named = out is not None and out.suffix in cards.ENDINGS
    if named and not single:
        raise Refused(
            f"--out {str(out)!r} is one file, and {str(results)!r} holds {len(runs)} runs: name a "
            "folder, or one run."
        )
    for run in runs:
        made = cards.card_of(run)
        if named and out is not None:
            written = [cards.write_card(made, out)]
        else:
            folder = out or (results if single else results / "cards")
            stem = folder / (NAME if single else run.name)
            files = [stem.with_name(stem.name + end) for end in cards.ENDINGS]
            written = [cards.write_card(made, file) for file in files]
        _out.print(f"{run.name}: {headline(made)}", soft_wrap=True)
        _out.print(f"  {', '.join(map(str, written))}", soft_wrap=True)


@app.command()
def verify(
    card: Annotated[Path, typer.Argument(help="A .json file that `steering card` wrote.")],
    *,
    model: Annotated[
        str, typer.Option(help="Where the model lies, if the card does not say it.")
    ] = "",
    concept: Annotated[
        str, typer.Option(help="Path of the concept's file, if the card does not say it.")
    ] = "",
    vector: Annotated[
        str, typer.Option(help="File of the vector, if the card is about a given one.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Folder that keeps what is measured; a temporary one.")
    ] = None,
    device: Device = None,
    data_dir: DataDir = None,
    trust_remote_code: RemoteCode = False,
) -> None:
    """Measure again what a card claims, and say what differs.

    The exit code is 0 where the card holds, 4 where something differs, and 5 where the model, the
    questions or the vector are not those of the card.
    """
    from steering.prose.verified import verified_sentences  # noqa: PLC0415 - for this alone
    from steering.report.verify import Another, measured_again  # noqa: PLC0415 - measures

    claimed = read_reliability(card)
    with ExitStack() as kept:
        folder = out or Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="steering-")))
        try:
            found = measured_again(
                claimed, folder, model=model, concept=concept, vector=vector, device=device,
                data_dir=data_dir, trust_remote_code=trust_remote_code,
                announce=announced(_errors),
            )  # fmt: skip
        except Another as other:
            _errors.print(f"another model or data: {other}")
            raise typer.Exit(ANOTHER) from None
    here, alike = found.found.about, found.same_place
    for sentence in verified_sentences(claimed, here, found.rows, same_place=alike):
        _out.print(sentence, soft_wrap=True)
    if found.differing:
        raise typer.Exit(DIFFERS)
