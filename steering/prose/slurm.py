"""Sentences about a report whose jobs a Slurm ran, made from measured/slurm.json."""

from __future__ import annotations

from pathlib import Path

from steering.prose.stand_ins import measured_by_us, not_measured, read_about
from steering.prose.words import listed, plural

COMMAND = "make test-slurm"


def on_a_cluster(file: Path) -> str:
    """Return what became of a report on a Slurm of one node, of which jobs were lost.

    Where it was not measured, how to measure it.
    """
    if not file.is_file():
        return not_measured(COMMAND)
    about = read_about(file)
    first, second = (sum(about[name].values()) for name in ("first_jobs", "second_jobs"))
    models, concepts = listed(about["models"]), plural(len(about["concepts"]), "concept")
    tables, pages = plural(about["tables"], "table"), plural(about["pages"], "page")
    differing = about["different_tables"]
    return "\n".join(
        [
            f"On a Slurm {about['slurm']} of one node, a report of {models} with {concepts} handed "
            f"out {plural(first, 'job')}, {about['first_jobs']['measure']} of them for measuring. "
            "One of these was cancelled by `scancel`, and another was killed. The report named "
            "both, and went on with what needed neither. The same command then handed out "
            f"{plural(second, 'job')} more and was complete. Of its {tables}, {differing} differed "
            f"from those of the same report without Slurm, and it had the same {pages}.",
            "",
            measured_by_us(about, COMMAND, "what became of a report on a cluster"),
            "",
        ]
    )
