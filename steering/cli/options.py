"""Options that several commands share, and the functions that read their values."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from steering.cli.values import most, most_or_auto, whole
from steering.concepts.files import KINDS
from steering.errors import Refused
from steering.measuring.plan import MULTIPLIERS
from steering.records.directions import GIVEN
from steering.records.tables import SETTINGS
from steering.remote.terms import Terms
from steering.vectors.makers import MAKERS
from steering.vectors.operators import OPERATORS


def count(name: str, help: str) -> Any:
    """Return an option that takes a whole number."""
    return typer.Option(help=help, parser=whole(name), metavar="<int>")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"steering {version('steering')}")
        raise typer.Exit


ALL_MULTIPLIERS = ",".join(map(str, MULTIPLIERS))
ALL_SETTINGS = ",".join(SETTINGS)

ModelName = Annotated[
    str,
    typer.Argument(
        help="Embedded name, local folder, or owner/name, with @revision if need be; "
        "NAME=MODEL calls it NAME."
    ),
]
ConceptName = Annotated[str, typer.Argument(help=f"Name of a concept, or path of a {KINDS} file.")]
ModelNames = Annotated[
    list[str] | None,
    typer.Argument(help="Models, each like MODEL of `measure`; embedded ones."),
]
ConceptNames = Annotated[str | None, typer.Option(help="Concepts, separated by commas.")]
BookFolder = Annotated[Path | None, typer.Option(help="Folder of the book; book/ of the clone.")]
Cores = Annotated[int | None, count("--cores", "Processor cores to use; all.")]
ConceptsPerJob = Annotated[
    int | None,
    count("--concepts-per-job", "Concepts measured in one process; all of a model's."),
]
Alone = Annotated[
    bool, typer.Option("--alone", help="Leave the embedded models out of the comparison.")
]
Profile = Annotated[
    str | None,
    typer.Option(help="Hand out jobs to a cluster: slurm, or a folder of your own."),
]
Multipliers = Annotated[str, typer.Option(help="λ, separated by commas: --multipliers=-1.5,0,1.5.")]
Settings = Annotated[str, typer.Option(help="Prompt settings, separated by commas.")]
Device = Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1 …, or auto for several GPUs.")]
Dtype = Annotated[str, typer.Option(help="float32, bfloat16 or float16.")]
TrainGroups = Annotated[
    str,
    typer.Option(
        help="Most groups of training items, or all; auto: all, or 100 for a large model.",
        parser=most_or_auto("--train-groups"),
        metavar="<int>",
    ),
]
TestGroups = Annotated[
    int | None,
    typer.Option(
        help="Most groups of test items, or all.", parser=most("--test-groups"), metavar="<int>"
    ),
]
Time = Annotated[
    str | None, typer.Option(help="Choose sizes that take no longer, like 90s, 10m or 2h.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be run and how long it takes, no more.")
]
OtherConcept = Annotated[
    str, typer.Option(help="Concept whose vector is tried as a control: a name, or none.")
]
OwnNorm = Annotated[
    bool, typer.Option("--own-norm", help="Try other settings' vectors at their own norm, too.")
]
Wordings = Annotated[
    int, count("--wordings", "Groups of test items that are measured in other words, too.")
]
FormName = Annotated[
    str,
    typer.Option(
        "--form",
        help="chosen: which letter the model answers with; said: which of two texts it says.",
    ),
]
OperatorName = Annotated[
    str, typer.Option("--operator", help=f"What is done with the vector: {', '.join(OPERATORS)}.")
]
MakerName = Annotated[
    str,
    typer.Option(
        "--maker",
        help=f"How the vector is made: {', '.join(name for name in MAKERS if name != GIVEN)}.",
    ),
]
CostLimit = Annotated[
    float,
    typer.Option(
        help="Log-likelihood, in nats, that a token of neutral text may lose at the strongest push."
    ),
]
LettersOnly = Annotated[
    bool, typer.Option("--letters-only", help="Leave out what the model says in free text.")
]
WholeAnswers = Annotated[
    bool, typer.Option("--whole-answers", help="Score whole answers too, like steering-bench.")
]
Full = Annotated[bool, typer.Option("--full", help="All test items, and more control vectors.")]
Seed = Annotated[int, count("--seed", "Seed of the random vectors.")]
Vector = Annotated[
    Path | None,
    typer.Option(help="File of a vector that is measured as it is: safetensors, GGUF or .pt."),
]
VectorLayer = Annotated[
    int | None, count("--vector-layer", "Layer of that vector, counted from 0; the file's own.")
]
VectorOf = Annotated[
    list[str] | None,
    typer.Option(
        "--vector", help="File of a vector that is measured as it is; of one concept: CONCEPT=FILE."
    ),
]
DataDir = Annotated[
    Path | None, typer.Option(help="Folder of public data sets, used instead of downloading.")
]
RemoteCode = Annotated[
    bool, typer.Option("--trust-remote-code", help="Run code that the model brings with it.")
]
Remote = Annotated[
    bool, typer.Option("--remote", help="Run the model on NDIF; MODEL is an id that it serves.")
]
Host = Annotated[
    str | None, typer.Option(help="With --remote: address of another service than NDIF's own.")
]
Submit = Annotated[
    bool, typer.Option("--submit", help="With --remote: don't wait; `steering collect` fetches.")
]
TimeLimit = Annotated[
    int, count("--time-limit", "With --remote: the most seconds that one request may take.")
]
QueueLimit = Annotated[
    int, count("--queue-limit", "With --remote: the farthest place in the queue to wait at.")
]
Version = Annotated[
    bool,
    typer.Option("--version", help="Say which version this is.", callback=_version, is_eager=True),
]
Plain = Annotated[bool, typer.Option("--plain", help="One name a line, for scripts.")]


# Options by their names in version 0.1.0, which still work in this version.
RENAMED = {
    "--items": "--test-groups",
    "--train-items": "--train-groups",
    "--other": "--other-concept",
    "--unscaled": "--own-norm",
    "--answer-score": "--whole-answers",
}


def by_new_names(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the arguments with options by their present names, and a sentence for each change."""
    sentences, renamed = [], []
    for argument in arguments:
        name, sign, value = argument.partition("=")
        if name in RENAMED:
            sentences.append(
                f"{name} is called {RENAMED[name]} now; the old name works in this version only."
            )
        renamed.append(RENAMED.get(name, name) + sign + value)
    return renamed, sentences


def numbers_joined(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with multipliers after a blank joined to their option.

    A minus at the beginning of the first number would be taken for that of another option.
    """
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--multipliers":
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def terms(*, remote: bool, host: str | None, **more: Any) -> Terms | None:
    """Return the terms on which a service is asked; None where the model runs here."""
    if remote:
        return Terms(host=host and host.rstrip("/"), **more)
    if host or more.get("submit"):
        raise Refused(f"{'--host' if host else '--submit'} asks a service: add --remote.")
    return None
