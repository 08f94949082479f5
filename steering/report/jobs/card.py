"""A job of the grid: the reliability cards of one model, to which pages of concepts lead."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from steering.report.cards import ENDINGS, cards_of, write_card
from steering.report.grid import Grid
from steering.report.progress import run_job


def make_cards(grid: Grid, model: str) -> None:
    """Write the cards of a model's concepts into a folder of its own, by the report's verdicts.

    A concept whose run is missing has none: its page says why.
    """
    folder = grid.cards(model)
    shutil.rmtree(folder, ignore_errors=True)
    runs = {concept: grid.run(model, concept) for concept in grid.carded(model)}
    there = {concept: run for concept, run in runs.items() if (run / "card.json").is_file()}
    made = cards_of(list(there.values()), grid.verdicts(model))
    for concept, card in zip(there, made, strict=True):
        for end in ENDINGS:
            write_card(card, folder / f"{concept}{end}")


def main(config: str, model: str) -> int:
    """Make a model's reliability cards; return the exit code."""
    grid = Grid.of(Path(config))
    return run_job(grid.events, f"cards of {model}", lambda: make_cards(grid, model))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
