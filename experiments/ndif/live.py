"""`make test-ndif-live`: a small measurement on NDIF itself, with your key.

NDIF_API_KEY=… python -m experiments.ndif.live [MODEL]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from steering import Plan, Refused, measure
from steering.remote.service import Service
from steering.remote.terms import Terms

MODEL = "openai-community/gpt2"


def main() -> None:
    """Measure a small part of a concept on NDIF itself."""
    model = sys.argv[1] if len(sys.argv) > 1 else MODEL
    if not Service(Terms()).key:
        sys.exit("no key: set NDIF_API_KEY, or run `nnsight login` once.")
    plan = Plan(settings=("BASE",), test_groups=5, train_groups=10, map_items=2)
    with tempfile.TemporaryDirectory() as folder:
        try:
            results = measure(model, "tidy", plan, Path(folder) / "out", remote=True)
        except Refused as refused:
            sys.exit(str(refused))
    card = results.cards[0]
    print(f"{model} on {card['device']} in {card['dtype']}, layer {card['layer']}:")
    print(f"{len(results.sweep)} propensities in {card['seconds']} seconds")


if __name__ == "__main__":
    main()
