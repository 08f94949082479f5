"""The measurements of a report: which there are, in which batches, and when they are made again.

The concepts of each model are measured in batches, in every form of the question that they can be
put in. Then each one's questions are asked under the vectors of all others, and under the vector
that is read in the other form. A committed run is shown as it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from steering.measuring.measure import Access
from steering.measuring.sizes import is_full, of_form
from steering.prompts import said
from steering.records.crossed import crossed_file
from steering.records.matrix import matrix_file
from steering.records.results import FOLDERS
from steering.records.side_effects import FILE as SIDE_EFFECTS
from steering.records.tables import TODAY
from steering.remote.terms import Terms
from steering.report.progress import EVENTS
from steering.source import code_hash, value_hash

CHOSEN = TODAY["form"]
# What a configuration calls the identities of each form, and the runs that stand in for them.
IDENTITIES = {CHOSEN: "identities", said.NAME: "identities_said"}
COMMITTED = {CHOSEN: "committed", said.NAME: "committed_said"}

# The code of what only the full report measures.
_FURTHER = ("measuring/ways", "measuring/side_effects", "report/jobs/further")
# What a configuration calls the terms of a service, and a model that runs there.
TERMS = "terms"
ON_SERVICE = "remote"


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

    def forms_of(self, model: str, concept: str) -> list[str]:
        """Return the forms of the question in which a concept is measured on a model, or shown."""
        return [form for form in FOLDERS if form == CHOSEN or self.identity(model, concept, form)]

    def measured_in(self, model: str, form: str) -> list[str]:
        """Return the concepts that are measured on a model in one form: no run stands in there."""
        names = [concept for batch in self.batches(model) for concept in batch]
        return [
            name
            for name in names
            if form in self.forms_of(model, name)
            and model not in self.concepts[name].get(COMMITTED[form], {})
        ]

    def measured_forms(self, model: str, concept: str) -> list[str]:
        """Return the forms of the question in which a concept is measured on a model."""
        return [form for form in FOLDERS if concept in self.measured_in(model, form)]

    def said_of(self, model: str) -> list[str]:
        """Return the concepts of which it is measured on a model, or shown, what the model says."""
        return [name for name in self.concepts_of(model) if said.NAME in self.forms_of(model, name)]

    def run(self, model: str, concept: str, form: str = CHOSEN) -> Path:
        """Return the folder of one concept's results in a model, or of what stands in for them."""
        committed = self.concepts[concept].get(COMMITTED[form], {})
        if model in committed:
            return Path(committed[model])
        return self.out / "_build" / FOLDERS[form] / model / concept

    def said_run(self, model: str, concept: str) -> str:
        """Return the folder of what a model says of one concept; empty where it was not asked."""
        there = concept in self.said_of(model)
        return str(self.run(model, concept, said.NAME)) if there else ""

    def options_of(self, model: str, concept: str, form: str = CHOSEN) -> dict[str, Any]:
        """Return the options of the plan of one concept on one model.

        A model may lack some of the report's, and a vector may be given for the concept.
        """
        options: dict[str, Any] = self.models[model].get("options", self.options)
        return of_form(form, {**options, **self.concepts[concept].get("vector", {})})

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
        runs = [
            self.identity(model, concept, form)
            for concept in self.batches(model)[batch]
            for form in self.measured_forms(model, concept)
        ]
        where = [f"{name} {value}" for name, value in self.here.items()]
        there = self.service_of(model)
        return ",".join([*runs, *where, *[f"service {there}"] * bool(there)])

    @property
    def here(self) -> dict[str, Any]:
        """Return where models run that run on this machine, as `Access` takes it."""
        return {name: value for name, value in self.access.items() if name != TERMS}

    def access_of(self, model: str, part: str) -> Access:
        """Return where a model runs, for a part of what is measured: here, or on a service."""
        if not self.service_of(model):
            return Access(**self.here)
        kept = self.answers(model, part)
        return Access(**self.here, terms=Terms(**self.access[TERMS]), answers=kept)

    def answers(self, model: str, part: str) -> Path:
        """Return the folder of what a service has answered of a part that is not whole yet."""
        return self.out / "_build" / "answers" / model / part

    def service_of(self, model: str) -> str | bool:
        """Return the address of the service that runs a model: True for NDIF's own, False if none.

        It is what `measure` takes as `remote`.
        """
        if not self.models[model].get(ON_SERVICE):
            return False
        return self.access[TERMS].get("host") or True

    def compared(self, model: str, form: str = CHOSEN) -> list[str]:
        """Return the concepts on whose questions the vectors of all others are tried, in one form.

        None where the report has one concept only. A committed run cannot be asked anything, and
        brings what other vectors do on its questions.
        """
        return self.measured_in(model, form) if len(self.concepts_of(model)) > 1 else []

    def further_of(self, model: str) -> list[str]:
        """Return the concepts of which a full report measures other operations and side effects.

        None in another report. Of a given vector there are no others to be made.
        """
        if not is_full(self.models[model].get("options", self.options)):
            return []
        return [one for one in self.compared(model) if "vector" not in self.concepts[one]]

    def further(self, model: str) -> Path:
        """Return the folder of what only the full report measures of a model."""
        return self.out / "_build" / "further" / model

    def crossed(self, model: str) -> list[str]:
        """Return the concepts on which the vector of one form is tried in the other form."""
        return self.measured_in(model, said.NAME)

    def matrix_version(self, model: str) -> str:
        """Return what decides whether other concepts' vectors are tried again: all that it reads.

        That is the code, and the runs of all concepts of the report.
        """
        code = self.models[model].get("matrix", "")
        further = [code_hash(_FURTHER)] if self.further_of(model) else []
        return value_hash([code, self.identities(model), self.compared(model), *further])

    def matrix_missing(self, model: str) -> bool:
        """Return whether a concept has no file that says what others' vectors do, or why not."""
        compared = self.compared(model)
        files = [matrix_file(self.run(model, concept)) for concept in compared]
        runs = {name: self.run(model, name, said.NAME) for name in self.crossed(model)}
        files += [crossed_file(run) for run in runs.values()]
        files += [matrix_file(runs[name]) for name in self.compared(model, said.NAME)]
        files += [self.further(model) / SIDE_EFFECTS] if self.further_of(model) else []
        return not all(file.is_file() for file in files)

    def identity(self, model: str, concept: str, form: str = CHOSEN) -> str:
        """Return the identity of one measurement; empty where a configuration has none."""
        identity: str = self.models[model].get(IDENTITIES[form], {}).get(concept, "")
        return identity

    def identities(self, model: str) -> dict[str, list[str]]:
        """Return the identities of all runs that the report shows of a model, by concept."""
        return {
            concept: [self.identity(model, concept, form) for form in FOLDERS]
            for concept in self.concepts_of(model)
        }

    def runs(self, model: str, form: str = CHOSEN) -> list[str]:
        """Return the folders of all results of a model in one form of the question."""
        names = self.concepts_of(model) if form == CHOSEN else self.said_of(model)
        return [str(self.run(model, concept, form)) for concept in names]
