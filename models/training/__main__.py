"""Command line: `python -m models.training` trains, exports and measures an embedded model.

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

ROOT = Path(__file__).parents[2]
STAGES = (
    "concepts",
    "persona",
    "real",
    "clean",
    "together",
    "rules",
    "level",
    "export",
    "evaluate",
)
NAMES = ("wren", "linnet")
# One core's matrix units are busy with one batch; glibc giving memory back and faulting it in
# again would double the time, and only a fresh process reads these settings.
ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 32),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
    "MALLOC_TOP_PAD_": str(1 << 28),
    "TOKENIZERS_PARALLELISM": "false",
}


def main() -> None:
    """Runs the stages that are asked for, all if none are."""
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
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
    parser.add_argument(
        "--seeds", action="store_true", help="train smaller models with several seeds instead"
    )
    arguments = parser.parse_args()
    if any(name not in os.environ for name in ENVIRONMENT):
        command = [sys.executable, "-m", "models.training", *sys.argv[1:]]
        os.execvpe(command[0], command, {**ENVIRONMENT, **os.environ})
    if arguments.out and not (arguments.name or arguments.miniature):
        parser.error("--out is for one model: name it with --name")
    if arguments.seeds:
        from models.training.seeds import train_seeds  # noqa: PLC0415 - imports PyTorch

        checkpoints = arguments.checkpoints or ROOT / "models" / "checkpoints" / "seeds"
        names = (arguments.name,) if arguments.name else NAMES
        train_seeds(names, checkpoints, ROOT / "measured", arguments.threads)
        return
    left_out = ("concepts", "evaluate") if arguments.miniature else ()
    stages = arguments.stage or [stage for stage in STAGES if stage not in left_out]
    for name in (arguments.name,) if arguments.name else NAMES[: 1 if arguments.miniature else 2]:
        make(name, stages, arguments, parser)


def make(
    name: str,
    stages: list[str],
    arguments: argparse.Namespace,
    parser: argparse.ArgumentParser,
) -> None:
    """Makes one model as the arguments say."""
    # A miniature is no model of the project: it stays among the checkpoints, which git ignores.
    own = ROOT / "models" / ("checkpoints/miniature" if arguments.miniature else name)
    out = arguments.out or own
    checkpoints = arguments.checkpoints or ROOT / "models" / "checkpoints" / out.name
    # Only now, in the process that has the settings: torch takes seconds to import.
    from models.training.pipeline import run_stages  # noqa: PLC0415
    from models.training.real import real_names  # noqa: PLC0415
    from models.training.run import MODELS  # noqa: PLC0415
    from steering.errors import Refused  # noqa: PLC0415

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
