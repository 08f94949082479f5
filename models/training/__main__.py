"""Command line: `python -m models.training` trains, exports and measures the embedded model.

Without arguments it does everything, going on from the checkpoints that are there.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STAGES = ("concepts", "persona", "clean", "together", "export", "evaluate")
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
    parser.add_argument("--out", type=Path, help="the model's folder (default: models/wren)")
    parser.add_argument("--checkpoints", type=Path, help="default: models/checkpoints/NAME")
    parser.add_argument(
        "--stage", action="append", choices=STAGES, help="only this stage (can be repeated)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--miniature", action="store_true", help="a few steps of a narrow model, not evaluated"
    )
    arguments = parser.parse_args()
    if any(name not in os.environ for name in ENVIRONMENT):
        command = [sys.executable, "-m", "models.training", *sys.argv[1:]]
        os.execvpe(command[0], command, {**ENVIRONMENT, **os.environ})
    name = "miniature" if arguments.miniature else "wren"
    # A miniature is no model of the project: it stays among the checkpoints, which git ignores.
    place = ROOT / "models" / "checkpoints" if arguments.miniature else ROOT / "models"
    out = arguments.out or place / name
    checkpoints = arguments.checkpoints or ROOT / "models" / "checkpoints" / out.name
    left_out = ("concepts", "evaluate") if arguments.miniature else ()
    stages = arguments.stage or [stage for stage in STAGES if stage not in left_out]
    # Only now, in the process that has the settings: torch takes seconds to import.
    from models.training.pipeline import run_stages  # noqa: PLC0415
    from models.training.run import RefusedError  # noqa: PLC0415

    try:
        run_stages(
            stages,
            out,
            checkpoints,
            seed=arguments.seed,
            threads=arguments.threads,
            miniature=arguments.miniature,
        )
    except RefusedError as refused:
        parser.exit(2, f"{refused}\n")


if __name__ == "__main__":
    main()
