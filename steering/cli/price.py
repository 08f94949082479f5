"""What a measurement takes, told before it is run: `--dry-run`, `--time`, and unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from steering.errors import Refused
from steering.measuring.affordable import seconds_of
from steering.measuring.measure import Access
from steering.measuring.plan import Plan
from steering.measuring.told import PATIENCE, told
from steering.prose.words import listed

if TYPE_CHECKING:
    from steering.measuring.price import Price

_SIZES = {
    "wordings": "groups of test items in other words",
    "train_groups": "groups of training items",
    "resampled_shift_vectors": "resampled vectors in each shift",
    "subset_vectors": "vectors of fewer training groups",
    "validation_groups": "groups of validation items",
    "map_items": "items of the layer map",
    "neutral_texts": "neutral texts",
    "resampled_vectors": "resampled vectors",
    "random_vectors": "random vectors",
    "test_groups": "groups of test items",
}


def announced(console: Console) -> Callable[[Price], None]:
    """Return the function that tells a price on a console, where there is long to wait."""

    def tell(price: Price) -> None:
        if price.seconds > PATIENCE:
            console.print(told(price), markup=False, soft_wrap=True)

    return tell


def planned(
    model: str,
    concept: str,
    plan: Plan,
    out: Path,
    access: Access,
    *,
    data_dir: Path | None,
    time: str | None,
    dry_run: bool,
    console: Console,
) -> Plan:
    """Return the plan to be measured: with `time`, of sizes that fit it, which are told.

    Ends the command with `dry_run`, once the price is told. Raises Refused where a service is to
    measure, whose speed is not known here, and where nothing fits the time.
    """
    if time is None and not dry_run:
        return plan
    if access.terms is not None:
        raise Refused(
            "--dry-run and --time tell how long this machine takes: leave them or --remote out."
        )
    from steering.measuring.priced import priced  # noqa: PLC0415 - imports PyTorch

    seconds = None if time is None else seconds_of(time)
    found = priced(model, concept, plan, out, access, data_dir=data_dir, seconds=seconds)
    if time is not None:
        sizes = [f"{size} {_SIZES[name]}" for name, size in found.chosen.items()]
        chosen = listed(sizes) if sizes else "all that was asked for"
        console.print(f"For --time {time}: {chosen}.", soft_wrap=True)
    if dry_run:
        console.print(told(found.price), markup=False, soft_wrap=True)
        raise typer.Exit
    return found.plan
