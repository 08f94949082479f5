"""What one concept takes on a model, and what was announced: `make concept-time`.

`python -m experiments.concept_time MODEL CONCEPT…` measures each concept at default sizes with all
cores, in a process that has imported what it needs, so let nothing else run on the machine.
"""

from __future__ import annotations

import json
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from steering.clone import measured_folder
from steering.measuring.identity import measuring_code
from steering.measuring.measure import measure
from steering.measuring.price import Price
from steering.storage import write_json

FILE = measured_folder() / "concept-time.json"
# A row takes the place of the one that is alike in these.
_SAME = ("model", "concept", "device")


def of_concept(model: str, concept: str, folder: Path) -> dict[str, Any]:
    """Return the seconds that a concept took on a model, and those that were announced.

    Loading the model and writing the tables is counted in what it took, but not announced.
    """
    announced: list[Price] = []
    began = time.monotonic()
    results = measure(model, concept, out=folder, announce=announced.append)
    seconds = time.monotonic() - began
    card = results.cards[0]
    return {
        "model": model,
        "concept": concept,
        "device": card["device"],
        "threads": torch.get_num_threads(),
        "seconds": round(seconds, 1),
        "announced_seconds": round(sum(price.seconds for price in announced), 1),
        "prompt_tokens": int(results.prompts["steered_from"].median()) + 1,
    }


def main(model: str, concepts: Sequence[str]) -> None:
    """Time the named concepts on a model, and add their rows to the committed table."""
    for concept in concepts:
        with tempfile.TemporaryDirectory(prefix="steering-concept-time-") as own:
            row = of_concept(model, concept, Path(own) / concept)
        about = {
            "code": measuring_code(),
            "date": datetime.now(UTC).date().isoformat(),
            "machine": platform.machine(),
            "versions": {name: version(name) for name in ("torch", "transformers", "nnsight")},
        }
        kept = json.loads(FILE.read_text(encoding="utf-8"))["rows"] if FILE.is_file() else []
        kept = [one for one in kept if any(one[name] != row[name] for name in _SAME)]
        write_json({**about, "rows": [*kept, row]}, FILE)
        print(row, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
