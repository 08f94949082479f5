"""What became of a report on a cluster is told as its file says, and marked as ours."""

from __future__ import annotations

import json
from pathlib import Path

from steering.clone import measured_folder
from steering.prose.slurm import COMMAND, on_a_cluster

ABOUT = {
    "models": ["wren", "linnet"],
    "concepts": ["tidy"],
    "lost_jobs": 2,
    "first_jobs": {"measure": 4, "concept": 1},
    "second_jobs": {"measure": 2, "book": 1},
    "tables": 80,
    "different_tables": 0,
    "pages": 21,
    "slurm": "22.05",
    "date": "2026-01-02",
    "machine": {"processor": "P"},
    "versions": {"snakemake": "9"},
}


def test_where_it_was_not_measured_it_is_said_how_to(tmp_path: Path) -> None:
    assert f"`{COMMAND}`" in on_a_cluster(tmp_path / "none.json")


def test_jobs_tables_and_pages_are_counted(tmp_path: Path) -> None:
    (file := tmp_path / "slurm.json").write_text(json.dumps(ABOUT))
    said = on_a_cluster(file)
    assert "On a Slurm 22.05 of one node, a report of wren and linnet with 1 concept" in said
    assert "handed out 5 jobs, 4 of them for measuring" in said
    assert "then handed out 3 jobs more" in said
    assert "Of its 80 tables, 0 differed" in said
    assert "the same 21 pages." in said
    assert "\n\nMeasured on 2026-01-02, on P, with snakemake 9." in said


def test_what_was_measured_by_us_is_told_and_no_table_differs() -> None:
    file = measured_folder() / "slurm.json"
    about, said = json.loads(file.read_text()), on_a_cluster(file)
    assert about["lost_jobs"] == 2
    assert about["second_jobs"]["measure"] >= about["lost_jobs"]
    assert f"Of its {about['tables']} tables, 0 differed" in said
    assert about["date"] in said
