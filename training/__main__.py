"""Command line: `python -m training` trains, exports and measures an embedded model.

Without arguments it does everything for both models, one after the other, going on from the
checkpoints that are there. `--name` says which model. The public sets are taken from
`STEERING_DATA` or the cache of `steering fetch`; `--without-real` leaves them out. `--seeds` trains
a smaller model several times instead, and writes what came out to `measured/`.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
STAGES = (
    "concepts",
    "persona",
    "real",
    "clean",
    "together",
    "rules",
    "level",
    "saying",
    "fluent",
    "export",
    "evaluate",
)
NAMES = ("wren", "linnet")
# By default the C library returns the memory of every batch to the system and asks for it again,
# which doubles the time of a step. These settings keep it; only a new process reads them.
ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 32),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
    "MALLOC_TOP_PAD_": str(1 << 28),
    "TOKENIZERS_PARALLELISM": "false",
}


def main() -> None:
    """Run the stages that are asked for, all if none are."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--name", choices=NAMES, help="only this model")
    parser.add_argument("--out", type=Path, help="the model's folder (default: models/NAME)")
    parser.add_argument("--checkpoints", type=Path, help="default: models/checkpoints/NAME")
    parser.add_argument(
        "--stage", action="append", choices=STAGES, help="only this stage (can be repeated)"
    )
    parser.add_argument("--seed", type=int, help="default: the model's own")
    parser.add_argument(
        "--without-real", action="store_true", help="learn our concepts only, no public sets"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--miniature", action="store_true", help="a few steps of a narrow model, not evaluated"
    )
    arguments = parser.parse_args()
    start_with_settings("training")
    if arguments.out and not (arguments.name or arguments.miniature):
        parser.error("--out is for one model: name it with --name")
    left_out = ("concepts", "evaluate") if arguments.miniature else ()
    stages = arguments.stage or [stage for stage in STAGES if stage not in left_out]
    for name in (arguments.name,) if arguments.name else NAMES[: 1 if arguments.miniature else 2]:
        make(name, stages, arguments, parser)


def start_with_settings(module: str) -> None:
    """Start the process anew with the settings of its memory, unless it has them already."""
    if any(name not in os.environ for name in ENVIRONMENT):
        command = [sys.executable, "-m", module, *sys.argv[1:]]
        os.execvpe(command[0], command, {**ENVIRONMENT, **os.environ})


def make(
    name: str,
    stages: list[str],
    arguments: argparse.Namespace,
    parser: argparse.ArgumentParser,
) -> None:
    """Make one model as the arguments say."""
    # A miniature is no model of the project: it stays among the checkpoints, which git ignores.
    own = ROOT / "models" / ("checkpoints/miniature" if arguments.miniature else name)
    out = arguments.out or own
    checkpoints = arguments.checkpoints or ROOT / "models" / "checkpoints" / out.name
    # Only now, in the process that has the settings: torch takes seconds to import.
    from steering.errors import Refused  # noqa: PLC0415
    from training.pipeline import run_stages  # noqa: PLC0415
    from training.real import real_names  # noqa: PLC0415
    from training.run import MODELS  # noqa: PLC0415

    run = MODELS[name]
    if arguments.seed is not None:
        run = replace(run, seed=arguments.seed)
    if arguments.miniature:
        run = run.miniature()
    elif not arguments.without_real:
        run = replace(run, real=real_names())
    try:
        run_stages(stages, out, checkpoints, run, threads=arguments.threads)
    except Refused as refused:
        parser.exit(2, f"{refused}\n")


if __name__ == "__main__":
    main()
