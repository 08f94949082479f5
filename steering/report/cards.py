"""The reliability cards of results that exist: of a run folder, or of all runs of a report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from steering.analysis.evidence import Evidence
from steering.analysis.reliability import reliability
from steering.analysis.verdict.table import verdicts, verdicts_of
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
from steering.records.results import FOLDERS, read_results
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
    results, wide = read_results(at), read_strength(at, "wide")
    if run.verdicts is None:
        crossed = read_crossed(at)
        judged = verdicts(results, read_matrix(at), crossed, read_replies(at), wide=wide)
    else:
        both = read_verdicts(run.verdicts)
        own = verdicts_of(results, [run.verdicts])
        key = {name: own[name].iloc[0] for name in ("model", "concept")}
        judged = both[(both["model"] == key["model"]) & (both["concept"] == key["concept"])]
    evidence = Evidence(
        results,
        judged.reset_index(drop=True),
        wide,
        read_strength(at, "costs"),
        predictors_of_runs(at, measured_folder()),
        model=_model_asked(run.folder),
        concept=_concept_asked(run.folder),
    )
    try:
        return reliability(evidence)
    except KeyError as error:
        raise Refused(
            f"{str(run.folder)!r} was written by an older version, whose card lacks {error}: "
            "measure it again."
        ) from error


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
