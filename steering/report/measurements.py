"""The measurements of a report: which there are, in which batches, and when they are made again.

The concepts of each model are measured in batches, and then each one's questions are asked under
the vectors of all others. A committed run is shown as it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from steering.records.matrix import matrix_file
from steering.report.progress import EVENTS
from steering.source import files_hash, modules_used, value_hash

# What the job of verdicts imports: it is run again when any of it changes.
_VERDICTS = "from steering.report.jobs import verdict"


@dataclass(frozen=True)
class Measurements:
    """What a report is about, as `report.configuration` describes it, and what is measured for it.

    `options` are those of `Plan`, `access` those of `Access`, which say where a model runs.
    """

    out: Path
    models: dict[str, dict[str, Any]]
    concepts: dict[str, dict[str, Any]]
    options: dict[str, Any] = field(default_factory=dict)
    concepts_per_job: int | None = None
    access: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, config: dict[str, Any] | Path) -> Self:
        """Return those of a configuration file, or of what Snakemake has read of it."""
        values = json.loads(config.read_text()) if isinstance(config, Path) else config
        names = ("models", "concepts", "options", "concepts_per_job", "access")
        return cls(Path(values["out"]), **{name: values[name] for name in names})

    @property
    def source(self) -> Path:
        """Return the folder that Jupyter Book builds from."""
        return self.out / "_build" / "source"

    @property
    def events(self) -> Path:
        """Return the file to which jobs write what they begin and end."""
        return self.out / "_build" / EVENTS

    def concepts_of(self, model: str) -> list[str]:
        """Return the concepts that the report shows of a model: all, unless it says which."""
        shown: list[str] = self.models[model].get("concepts", list(self.concepts))
        return shown

    def run(self, model: str, concept: str) -> Path:
        """Return the folder of one concept's results in a model, or of what stands in for them."""
        committed = self.concepts[concept].get("committed", {})
        if model in committed:
            return Path(committed[model])
        return self.out / "_build" / "runs" / model / concept

    def options_of(self, model: str, concept: str) -> dict[str, Any]:
        """Return the options of the plan of one concept on one model.

        A model may lack some of the report's, and a vector may be given for the concept.
        """
        options: dict[str, Any] = self.models[model].get("options", self.options)
        return {**options, **self.concepts[concept].get("vector", {})}

    def batches(self, model: str) -> list[list[str]]:
        """Return the concepts that are measured on a model, in the batches of its jobs."""
        shown = self.concepts_of(model)
        names = [c for c in shown if model not in self.concepts[c].get("committed", {})]
        size = self.concepts_per_job or max(1, len(names))
        return [names[start : start + size] for start in range(0, len(names), size)]

    def batch_of(self, model: str, concept: str) -> int | None:
        """Return the number of the job that measures a concept; None where a stand-in is shown."""
        each = enumerate(self.batches(model))
        return next((number for number, names in each if concept in names), None)

    def batch_version(self, model: str, batch: int) -> str:
        """Return what decides whether a batch is measured again: its runs, where the model runs.

        What was refused may go well on another device; what is measured already stays as it is.
        """
        runs = [self.identity(model, concept) for concept in self.batches(model)[batch]]
        return ",".join([*runs, *(f"{name} {value}" for name, value in self.access.items())])

    def compared(self, model: str) -> list[str]:
        """Return the concepts on whose questions the vectors of all others are tried.

        None where the report has one concept only. A committed run cannot be asked anything, and
        brings what other vectors do on its questions.
        """
        measured = [concept for batch in self.batches(model) for concept in batch]
        return measured if len(self.concepts_of(model)) > 1 else []

    def matrix_version(self, model: str) -> str:
        """Return what decides whether other concepts' vectors are tried again: all that it reads.

        That is the code, and the runs of all concepts of the report.
        """
        runs = {concept: self.identity(model, concept) for concept in self.concepts_of(model)}
        return value_hash([self.models[model].get("matrix", ""), runs, self.compared(model)])

    def matrix_missing(self, model: str) -> bool:
        """Return whether a concept has no file that says what others' vectors do, or why not."""
        files = [matrix_file(self.run(model, concept)) for concept in self.compared(model)]
        return not all(file.is_file() for file in files)

    def identity(self, model: str, concept: str) -> str:
        """Return the identity of one measurement; empty where a configuration has none."""
        identity: str = self.models[model].get("identities", {}).get(concept, "")
        return identity

    def verdicts(self, model: str) -> Path:
        """Return the table of verdicts on a model's concepts."""
        return self.out / "_build" / "verdicts" / f"{model}.parquet"

    def verdict_version(self, model: str) -> str:
        """Return what decides whether verdicts are made again: the code that makes them, the runs.

        The runs are those of all concepts of the report, which are a family.
        """
        runs = {concept: self.identity(model, concept) for concept in self.concepts_of(model)}
        return value_hash([files_hash(modules_used(_VERDICTS)), runs])

    def runs(self, model: str) -> list[str]:
        """Return the folders of all results of a model."""
        return [str(self.run(model, concept)) for concept in self.concepts_of(model)]
