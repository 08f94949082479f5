"""The command that makes the whole report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer

from steering.cli.asking import with_protocol
from steering.cli.options import (
    ALL_MULTIPLIERS,
    ALL_SETTINGS,
    Alone,
    BookFolder,
    ConceptNames,
    ConceptsPerJob,
    Cores,
    DataDir,
    Device,
    DryRun,
    Dtype,
    Full,
    Host,
    LettersOnly,
    ModelNames,
    Multipliers,
    OwnNorm,
    Profile,
    QueueLimit,
    Remote,
    RemoteCode,
    Seed,
    Settings,
    TestGroups,
    TimeLimit,
    TrainGroups,
    VectorLayer,
    VectorOf,
    WholeAnswers,
    Wordings,
    terms,
)
from steering.cli.values import changed, concepts_of, numbers, settings_of, vectors_of
from steering.clone import DATA_VARIABLE, clone, data_folder
from steering.errors import Refused
from steering.measuring.allowed import AUTO
from steering.measuring.plan import Plan, plan_of_service
from steering.measuring.real_models import real_models
from steering.measuring.sizes import sizes
from steering.models.catalogue import own_models

app = typer.Typer()


@app.command()
@with_protocol
def report(
    models: ModelNames = None,
    *,
    concepts: ConceptNames = None,
    out: BookFolder = None,
    multipliers: Multipliers = ALL_MULTIPLIERS,
    settings: Settings = ALL_SETTINGS,
    test_groups: TestGroups = None,
    train_groups: TrainGroups = AUTO,
    full: Full = False,
    letters_only: LettersOnly = False,
    own_norm: OwnNorm = False,
    wordings: Wordings = 0,
    seed: Seed = 0,
    device: Device = None,
    dtype: Dtype = "float32",
    whole_answers: WholeAnswers = False,
    cores: Cores = None,
    concepts_per_job: ConceptsPerJob = None,
    alone: Alone = False,
    vector: VectorOf = None,
    vector_layer: VectorLayer = None,
    profile: Profile = None,
    data_dir: DataDir = None,
    trust_remote_code: RemoteCode = False,
    remote: Remote = False,
    host: Host = None,
    time_limit: TimeLimit = 3600,
    queue_limit: QueueLimit = 100,
    dry_run: DryRun = False,
    asked: dict[str, Any],
) -> None:
    """Make the whole report: measure, execute the notebooks, build the book.

    Embedded models that lack a layer of --layers choose their own. REPORT=full in the environment
    is the same as --full. With --remote the models that are named run on a service, one request at
    a time, and the embedded ones beside them here.
    """
    _hand_on(data_dir)
    from steering.report import runner  # noqa: PLC0415 - imports what reads and measures

    options = changed(
        multipliers=numbers(multipliers), settings=settings_of(settings), seed=seed, dtype=dtype,
        whole_answers=whole_answers, **asked,
    )  # fmt: skip
    named = _named(models or [], alone=alone, given=bool(vector))
    access = {"device": device, "trust_remote_code": trust_remote_code}
    access |= _service(models or [], remote=remote, host=host, time_limit=time_limit,
                       queue_limit=queue_limit)  # fmt: skip
    sought: dict[str, Any] = {
        "cores": cores,
        "options": sizes(test_groups, train_groups, full=full, own_norm=own_norm, wordings=wordings)
        | options,
        "access": {name: value for name, value in access.items() if value},
        "vectors": vectors_of(vector or (), vector_layer),
        "real": () if alone or vector else real_models(),
        "letters_only": letters_only,
    }
    about = concepts_of(concepts) if concepts else ()
    if dry_run:
        from steering.report.beforehand import foretold  # noqa: PLC0415 - as above

        typer.echo(foretold(runner.asked_for(named, about, out, **sought)))
        return
    placed: dict[str, Any] = {"concepts_per_job": concepts_per_job, "profile": profile}
    runner.report(named, about, out, **placed, **sought)


def _hand_on(data_dir: Path | None) -> None:
    """Name the folder of public data sets to the notebooks, each in a process of its own.

    Raises Refused without a clone, whose notebooks and pages the book is made of.
    """
    clone()
    if folder := data_folder(data_dir):
        os.environ[DATA_VARIABLE] = str(folder.resolve())


def _service(models: list[str], **asked: Any) -> dict[str, Any]:
    """Return what a configuration says of the service that runs the named models; {} for none.

    Raises Refused where no model is named, or one that a service cannot run.
    """
    from steering.report.on_service import access_to  # noqa: PLC0415 - imports what measures

    service = terms(**asked)
    if service is not None and not models:
        raise Refused("--remote runs models on a service: name the ids under which it serves them.")
    for model in models if service is not None else ():
        plan_of_service(model, Plan(), None)
    return access_to(service)


def _named(models: list[str], *, alone: bool, given: bool) -> tuple[str, ...]:
    """Return the models of a report. A given vector is of one: no others stand beside it."""
    if given and len(models) != 1:
        raise Refused(
            f"a vector is of one model, and {len(models)} are named: name the model that --vector "
            "is of."
        )
    beside = () if alone or given else own_models()
    return tuple(dict.fromkeys([*models, *beside]))
