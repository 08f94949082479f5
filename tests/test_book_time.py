"""Where the time of the book goes: every job counts once, under its kind."""

from __future__ import annotations

import json

import pytest

from experiments.book_time import by_kind, jobs
from tests.support.grids import grid


def lines(names: list[str]) -> list[str]:
    """What jobs tell that took two seconds each, one after the other, and three of processors."""
    told = []
    for number, name in enumerate(names):
        told.append({"page": name, "event": "started", "time": 2.0 * number})
        end = {"page": name, "event": "done", "time": 2.0 * number + 2, "processor_seconds": 3.0}
        told.append(end)
    return [json.dumps(one) for one in told]


def test_every_job_counts_under_its_kind() -> None:
    measuring = ["measuring wren", "measuring finch", "measuring wren, each vector on all concepts"]
    pages = [page.name for page in grid(2).pages()]
    table = jobs(lines([*measuring, *pages, "verdicts on wren", "book"]))
    kinds = {row["kind"]: row for row in by_kind(table, grid(2))}
    assert kinds["measuring"] == {
        "kind": "measuring", "jobs": 2, "seconds": 4.0, "processor_seconds": 6.0,
    }  # fmt: skip
    assert kinds["measuring, each vector on all concepts"]["jobs"] == 1
    assert kinds["verdicts on"]["jobs"] == kinds["book"]["jobs"] == 1
    assert kinds["pages: concept"]["jobs"] == 2
    assert sum(row["jobs"] for row in kinds.values()) == len(table)


def test_a_book_that_lacks_a_page_is_not_timed() -> None:
    with pytest.raises(KeyError, match="not made: across"):
        by_kind(
            jobs(lines([page.name for page in grid().pages() if page.name != "across"])), grid()
        )


def test_a_job_that_failed_is_none() -> None:
    failed = json.dumps({"page": "cost", "event": "failed", "time": 1.0, "reason": "no kernel"})
    started = json.dumps({"page": "cost", "event": "started", "time": 0.0})
    assert jobs([started, failed]).empty
