"""The reliability cards of results that exist: of a run folder, or of all runs of a report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from steering.analysis.card_tables import ROWS
from steering.analysis.evidence import Evidence
from steering.analysis.reliability import reliabilities
from steering.analysis.verdict.table import verdicts
from steering.clone import measured_folder
from steering.errors import Refused
from steering.measuring.kept import CARD_FILE, PLAN_FILE
from steering.models.catalogue import own_models
from steering.models.labels import labelled
from steering.models.packaged import PACKAGED
from steering.prose.reliability import page
from steering.records.crossed import read_crossed
from steering.records.matrix import read_matrix
from steering.records.predictors import predictors_of_runs
from steering.records.reliability import ReliabilityCard, card_json, write_reliability
from steering.records.replies import read_replies
from steering.records.results import FOLDERS, Results, read_results, read_rows
from steering.records.run_card import read_card
from steering.records.strength import read_strength
from steering.records.tables import SAID, TODAY
from steering.records.verdicts import read_verdicts

# The files of a card: for programs, and a page for people.
ENDINGS = (".json", ".html")
# A Hugging Face id, with a revision or without.
_HOSTED = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")


@dataclass(frozen=True)
class CardedRun:
    """A run of which a card can be made, and the report's table of verdicts on it, if any."""

    folder: Path
    verdicts: Path | None

    @property
    def name(self) -> str:
        """Return what the card's files are called among those of a report: MODEL/CONCEPT."""
        card = read_card(self.folder)
        said = "-said" if card.get("form", TODAY["form"]) == SAID else ""
        return f"{card['model']['name']}/{card['concept']['name']}{said}"


def runs_in(folder: Path) -> list[CardedRun]:
    """Return the runs that a folder holds: itself where it is a run folder, or those of a report.

    A report's folder is the one named by `--out`, or what lies in its `_build`. Committed runs that
    the report shows are among them. Raises Refused where there are no results.
    """
    if (folder / CARD_FILE).is_file():
        # In a report it lies at runs/MODEL/CONCEPT, two folders beside that of the verdicts.
        return [_beside(folder, folder.resolve().parents[2])]
    for place in (folder / "_build", folder):
        runs = [run for form in FOLDERS.values() for run in sorted((place / form).glob("*/*"))]
        runs = list(dict.fromkeys([*runs, *_shown(place)]))
        found = [_beside(run, place) for run in runs if (run / CARD_FILE).is_file()]
        if found:
            return found
    raise Refused(
        f"{str(folder)!r} holds no results: name the folder that `steering measure` or "
        "`steering report` has written to."
    )


def card_of(run: CardedRun) -> ReliabilityCard:
    """Return the reliability card of one run.

    The verdicts are those of its report, where tests share a family with those of other concepts;
    without a report, those of the run alone. Raises Refused where a file is missing or damaged.
    """
    at = [run.folder]
    if run.verdicts is not None:
        (card,) = cards_of(at, run.verdicts)
        return card
    results, wide, crossed = read_results(at), read_strength(at, "wide"), read_crossed(at)
    judged = verdicts(results, read_matrix(at), crossed, read_replies(at), wide=wide)
    (card,) = _made(at, results, judged)
    return card


def cards_of(runs: Sequence[Path], verdicts: Path) -> list[ReliabilityCard]:
    """Return the reliability cards of runs of one model, by the table of verdicts of its report.

    All are in one form of the questions. Raises Refused where a file is missing or damaged.
    """
    if not runs:
        return []
    results = read_rows(runs, ROWS)
    try:
        return _made(runs, results, read_verdicts(verdicts))
    except Refused:
        # By itself, the run that is to blame says so.
        for run in runs if len(runs) > 1 else ():
            cards_of([run], verdicts)
        raise


def _made(runs: Sequence[Path], results: Results, judged: pd.DataFrame) -> list[ReliabilityCard]:
    evidence = Evidence(
        results,
        judged.reset_index(drop=True),
        read_strength(runs, "costs"),
        predictors_of_runs(runs, measured_folder()),
    )
    asked = [(_model_asked(run), _concept_asked(run)) for run in runs]
    try:
        made = reliabilities(evidence)
    except KeyError as error:
        raise Refused(
            f"{str(runs[0])!r} was written by an older version, whose card lacks {error}: "
            "measure it again."
        ) from error
    abouts = [
        replace(card.about, model_reference=model, concept_reference=concept)
        for card, (model, concept) in zip(made, asked, strict=True)
    ]
    return [replace(card, about=about) for card, about in zip(made, abouts, strict=True)]


def write_card(made: ReliabilityCard, path: Path) -> Path:
    """Return the file after writing a card to it: a page where it ends in .html, or else JSON."""
    if path.suffix == ENDINGS[1]:
        return write_reliability(page(made, file=path.with_suffix(ENDINGS[0]).name), path)
    return write_reliability(card_json(made), path)


def _beside(run: Path, place: Path) -> CardedRun:
    """Return a run with the table of verdicts of the report at `place`, if it has one on it."""
    card = read_card(run)
    file = place / "verdicts" / f"{card['model']['name']}.parquet"
    if not file.is_file():
        return CardedRun(run, None)
    table, form = read_verdicts(file), card.get("form", TODAY["form"])
    there = (table["concept"] == card["concept"]["name"]) & (table["form"] == form)
    return CardedRun(run, file if there.any() else None)


def _shown(place: Path) -> Iterator[Path]:
    """Return the committed runs that a report shows beside its own, by its configuration."""
    file = place / "report.json"
    if not file.is_file():
        return
    for concept in _json(file).get("concepts", {}).values():
        for name, runs in concept.items():
            if name.startswith("committed"):
                yield from (Path(run) for run in runs.values())


def _model_asked(run: Path) -> str:
    """Return what the model was asked for by; "" for a path, which is its owner's own affair."""
    file = run / PLAN_FILE
    name = read_card(run)["model"]["name"]
    asked = str(_json(file)["model"] if file.is_file() else name)
    _, model = labelled(asked)
    hosted = _HOSTED.fullmatch(model) and not Path(model).exists()
    return asked if model in (*own_models(), *PACKAGED) or hosted else ""


def _concept_asked(run: Path) -> str:
    concept = read_card(run)["concept"]
    return str(concept["name"]) if concept.get("source") in ("own", "public") else ""


def _json(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(
            f"{str(file)!r} is no readable JSON ({error}): run the command that wrote it again."
        ) from error
    return content
