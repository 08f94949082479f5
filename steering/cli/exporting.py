"""The command that writes a measured vector as a file of another tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from steering.cli.options import count

app = typer.Typer()
_out = Console(highlight=False, markup=False)
# What every tool but our own passes over, so that it is said where a vector leaves the house.
_EVERYWHERE = (
    "It is added at every token; what was measured here steers from the token {token!r} on, which "
    "is the last one before the answer."
)


@app.command()
def export(
    run: Annotated[Path, typer.Argument(metavar="DIR", help="Run folder of `measure`.")],
    *,
    to: Annotated[
        str,
        typer.Option(help="The tool: gguf, steering-vectors, safetensors, repeng or lm-eval."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="File to write; named after model, concept and layer.")
    ] = None,
    layer: Annotated[int | None, count("--layer", "Another layer than the chosen one.")] = None,
    setting: Annotated[str, typer.Option(help="Prompt setting whose vector is taken.")] = "BASE",
    multiplier: Annotated[float, typer.Option(help="λ: the vector is written times it.")] = 1.0,
    model: Annotated[
        str | None, typer.Option(help="For lm-eval: folder or id of the model; its name.")
    ] = None,
) -> None:
    """Write a measured vector as a file that another tool reads."""
    from steering.measuring.export import export as write  # noqa: PLC0415 - imports PyTorch
    from steering.records.run_card import read_card  # noqa: PLC0415 - beside it
    from steering.vectors.tools import TOOLS  # noqa: PLC0415 - imports PyTorch

    path, exported = write(
        run, to, out, layer=layer, setting=setting, multiplier=multiplier, model=model
    )
    use = TOOLS[to].use.format(
        file=str(path), config=path.with_suffix(".yaml"), layer=exported.layer
    )
    _out.print(
        f"{path}: layer {exported.layer}, times {multiplier:g}, by {exported.operator}.",
        soft_wrap=True,
    )
    _out.print(f"Use: {use}", soft_wrap=True)
    token = read_card(run).get("prompting", {}).get("steered_token", "")
    _out.print(_EVERYWHERE.format(token=token), soft_wrap=True)
