"""The command that says what training items alone tell of a vector, before any sweep."""

from __future__ import annotations

from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from steering.cli.options import (
    ConceptName,
    DataDir,
    Device,
    Dtype,
    FormName,
    ModelName,
    RemoteCode,
    TrainGroups,
    count,
)
from steering.clone import measured_folder
from steering.concepts import load_concept
from steering.measuring.allowed import AUTO
from steering.measuring.plan import Plan
from steering.measuring.sizes import sizes
from steering.prose.predictors import foretold_sentences
from steering.prose.words import number
from steering.records.predictors import D_PRIME, read_predictors
from steering.records.tables import TODAY

app = typer.Typer()
_out = Console(highlight=False, markup=False)


@app.command()
def predict(
    model: ModelName,
    concept: ConceptName,
    *,
    form: FormName = TODAY["form"],
    layer: Annotated[
        int | None, count("--layer", "Layer that is told of; that of the largest separation.")
    ] = None,
    train_groups: TrainGroups = AUTO,
    device: Device = None,
    dtype: Dtype = "float32",
    data_dir: DataDir = None,
    trust_remote_code: RemoteCode = False,
) -> None:
    """Say what training items alone tell of a vector, at every layer, before any sweep."""
    from steering.measuring.predictors import measured  # noqa: PLC0415 - imports PyTorch
    from steering.models.loading import load_model  # noqa: PLC0415 - the same

    plan = Plan(form=form, dtype=dtype, **sizes(train_groups=train_groups))
    wanted = load_concept(concept, data_dir)
    loaded = load_model(model, device=device, dtype=dtype, trust_remote_code=trust_remote_code)
    asked = "auto" if layer is None else (layer,)
    found = measured(loaded, wanted, form=form, plan=plan, layers=asked)
    told = layer if layer is not None else separated(found)
    _out.print(by_layer(found))
    first, why = found.iloc[0], ", where both sides lie farthest apart" if layer is None else ""
    counts = f"{first['pairs']} pairs of {first['groups']} training groups"
    _out.print(f"Layer {told} is told of{why}: {counts}.", soft_wrap=True)
    here = found[found["layer"] == told]
    for sentence in foretold_sentences(here, read_predictors(measured_folder())):
        _out.print(sentence, soft_wrap=True)
    _out.print(
        "Which of these are worth anything is measured on the page “Can one know beforehand?”.",
        soft_wrap=True,
    )


def separated(found: pd.DataFrame) -> int:
    """Return the layer at which both sides lie farthest apart; the first one if none is known."""
    apart = found[found["predictor"] == D_PRIME].set_index("layer")["value"]
    return int(str(apart.idxmax())) if apart.notna().any() else int(found["layer"].iloc[0])


def by_layer(found: pd.DataFrame) -> Table:
    """Return the predictors as a table for the terminal, a row for each layer."""
    names = list(dict.fromkeys(found["predictor"]))
    wide = found.pivot(index="layer", columns="predictor", values="value")
    table = Table("layer", *(name.replace("_", " ") for name in names))
    for layer, row in wide.iterrows():
        table.add_row(str(layer), *(number(row[name]) for name in names))
    return table
