"""What a report makes of a model's measurements as a whole: verdicts, the explorer's data, cards.

Each has a place, and a version that says when it is made again: its code, the runs, what it reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steering.clone import clone, measured_folder
from steering.report.measurements import Measurements
from steering.report.staleness import data_hash
from steering.source import files_hash, modules_used, value_hash

# What the job of verdicts imports: it is run again when any of it changes.
_VERDICTS = "from steering.report.jobs import verdict"
# And what that of the explorer does.
_EXPLORED = "from steering.report.jobs import explore"
EXPLORER = "explore"
# And what that of the reliability cards does. They are called the same beside the bound book.
_CARDED = "from steering.report.jobs import card"
CARDS = "cards"
_STYLE = "prose/reliability.css"


@dataclass(frozen=True)
class Products(Measurements):
    """Where verdicts, the explorer's data and reliability cards of a report lie, and how old."""

    def verdicts(self, model: str) -> Path:
        """Return the table of verdicts on a model's concepts."""
        return self.out / "_build" / "verdicts" / f"{model}.parquet"

    def explored(self, model: str) -> Path:
        """Return the folder of what the explorer shows of a model."""
        return self.out / "_build" / EXPLORER / model

    def explorer_version(self, model: str) -> str:
        """Return what decides whether that is made again: its code, the runs, and the verdicts."""
        titles = [self.concepts[concept]["title"] for concept in self.concepts_of(model)]
        return value_hash(
            [files_hash(modules_used(_EXPLORED)), titles, self.verdict_version(model)]
        )

    def cards(self, model: str) -> Path:
        """Return the folder of a model's reliability cards."""
        return self.out / "_build" / CARDS / model

    def cards_version(self, model: str) -> str:
        """Return what decides whether those are made again: their code, the runs, the verdicts."""
        read = [*sorted(measured_folder().glob("predictors.*")), clone() / "steering" / _STYLE]
        code = files_hash(modules_used(_CARDED))
        return value_hash([code, data_hash(read), self.verdict_version(model)])

    def verdict_version(self, model: str) -> str:
        """Return what decides whether verdicts are made again: the code that makes them, the runs.

        The runs are those of all concepts of the report, which are a family.
        """
        return value_hash([files_hash(modules_used(_VERDICTS)), self.identities(model)])
