"""Real models in the report: those that people use, whose committed runs everyone can be shown.

Nobody needs their weights for it. Whoever names such a model measures it anew instead.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from steering.clone import measured_folder
from steering.measuring.kept import CARD_FILE
from steering.models.catalogue import own_models
from steering.models.packaged import PACKAGED
from steering.records.results import FOLDERS
from steering.records.run_card import read_card
from steering.records.tables import TODAY

# The concepts that have a page of their own of each such model; one page shows all of them.
WITH_PAGES = ("corrigible-neutral-HHH", "interest-in-music", "frugal")


def real_models() -> tuple[str, ...]:
    """Return the names of the models of which runs are committed, and that are none of ours."""
    folders = (measured_folder() / "runs").glob("*/*/card.json")
    names = {folder.parent.parent.name for folder in folders} - set(own_models())
    return tuple(sorted(names & set(PACKAGED)))


def committed_runs(
    model: str, concepts: Collection[str] = (), form: str = TODAY["form"]
) -> dict[str, Path]:
    """Return by concept the folders of a model's committed runs, of these concepts if any is named.

    They are those of one form of the question. Only runs on exactly the weights that we know count.
    Those with a page of their own come first.
    """
    cards = (measured_folder() / FOLDERS[form] / model).glob(f"*/{CARD_FILE}")
    folders = {file.parent.name: file.parent for file in cards}
    order = sorted(folders, key=lambda name: (name not in WITH_PAGES, name))
    return {
        name: folders[name]
        for name in order
        if (not concepts or name in concepts) and _same_weights(model, folders[name])
    }


def committed_at(out: Path | str) -> Path | None:
    """Return the folder if it is that of a real model's committed run; None where it is not."""
    folder = Path(out).resolve()
    place = measured_folder().resolve() / "runs"
    if folder.parent.parent != place or folder.parent.name not in real_models():
        return None
    return folder if (folder / CARD_FILE).is_file() else None


def _same_weights(model: str, folder: Path) -> bool:
    return bool(read_card(folder)["model"]["revision"] == PACKAGED[model].revision)
