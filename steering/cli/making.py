"""The command that makes the whole report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from steering.cli.options import (
    DataDir,
    Dtype,
    Full,
    OwnNorm,
    TestGroups,
    VectorLayer,
    VectorOf,
    count,
    vectors_of,
)
from steering.clone import DATA_VARIABLE, data_folder
from steering.errors import Refused
from steering.measuring.sizes import sizes
from steering.models.catalogue import own_models

app = typer.Typer()


@app.command()
def report(
    models: Annotated[list[str] | None, typer.Argument(help="Models; the embedded ones.")] = None,
    *,
    concepts: Annotated[str | None, typer.Option(help="Concepts, separated by commas.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the book; book/ of the clone.")
    ] = None,
    test_groups: TestGroups = None,
    full: Full = False,
    own_norm: OwnNorm = False,
    cores: Annotated[int | None, count("--cores", "Processor cores to use; all.")] = None,
    concepts_per_job: Annotated[
        int | None,
        count("--concepts-per-job", "Concepts measured in one process; all of a model's."),
    ] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Leave the embedded models out of the comparison.")
    ] = False,
    dtype: Dtype = "float32",
    vector: VectorOf = None,
    vector_layer: VectorLayer = None,
    data_dir: DataDir = None,
) -> None:
    """Make the whole report: measure, execute the notebooks, build the book.

    REPORT=full in the environment is the same as --full.
    """
    from steering.report.runner import report as make_report  # noqa: PLC0415 - imports Snakemake

    if folder := data_folder(data_dir):
        # The notebooks run elsewhere, each in a process of its own.
        os.environ[DATA_VARIABLE] = str(folder.resolve())
    # A vector is of one model: the embedded ones have no place beside it.
    if vector and len(models or ()) != 1:
        raise Refused(
            f"a vector is of one model, and {len(models or ())} are named: name the model that "
            "--vector is of."
        )
    beside = () if alone or vector else own_models()
    named = tuple(dict.fromkeys([*(models or ()), *beside]))
    options = sizes(test_groups=test_groups, full=full, own_norm=own_norm)
    make_report(
        named,
        concepts.split(",") if concepts else (),
        out,
        cores=cores,
        # In float32 the options, and so the pages, are those that were made before there was one.
        options=options if dtype == "float32" else {**options, "dtype": dtype},
        concepts_per_job=concepts_per_job,
        vectors=vectors_of(vector or (), vector_layer),
    )
