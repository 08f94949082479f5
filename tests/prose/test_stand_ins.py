"""The mark of a result of ours says whose it is, when, where and with what it was measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from steering.clone import measured_folder
from steering.prose.stand_ins import measured_by_us, read_about, sets_by_us


def test_runs_of_ours_are_named_once_and_none_where_there_is_none() -> None:
    plain = {"date": "2026-01-03", "concept": {"name": "tidy"}, "versions": {"torch": "2"}}
    sets = [
        {
            "date": "2026-01-02",
            "concept": {"name": name},
            "versions": {"torch": "2"},
            "committed": {"machine": {"processor": "P", "cores": 2}},
        }
        for name in ("music", "science", "music")
    ]
    assert sets_by_us([plain]) is None
    shown = sets_by_us([plain, *sets])
    assert shown is not None
    said = shown.data
    line, *details = said.split("\n\n")
    assert line == (
        '<details class="measured-by"><summary>Measured by the authors, not on this machine: '
        "2 public data sets</summary>"
    )
    assert details[0].startswith("Public data sets were measured on 2026-01-02, on P, with torch 2")
    real = [
        {
            **one,
            "model": {"name": "some-model"},
            "committed": {"machine": {"processor": "P"}, "again": "`make it`"},
        }
        for one in sets[:2]
    ]
    both = sets_by_us([plain, *sets, *real])
    assert both is not None
    line, first, second, end = both.data.split("\n\n")
    assert line.endswith("2 public data sets and some&#45;model on 2 concepts</summary>")
    assert first == details[0]
    assert "`make it` measures it here" in second
    assert end == "</details>"
    real[0]["committed"] = {"machine": {"processor": "P", "gpu": "G"}, "again": "`make it`"}
    on_both = sets_by_us(real)
    assert on_both is not None
    assert ", on G and P, with torch 2. It takes long" in on_both.data
    assert "later" not in on_both.data
    later = {"date": "2026-02-03", "machine": {"processor": "Q"}, "versions": {"torch": "3"}}
    real[1]["committed"] = {**real[1]["committed"], "later": later}
    in_two_steps = sets_by_us(real)
    assert in_two_steps is not None
    assert (
        "How strongly the vectors of 1 concept may be applied was measured later, on 2026-02-03, "
        "on Q, with torch 3." in in_two_steps.data
    )


@pytest.mark.parametrize("path", sorted(measured_folder().glob("*.json")), ids=lambda p: p.name)
def test_every_committed_result_says_when_and_where(path: Path) -> None:
    about = read_about(path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", about["date"])
    assert about["code"]
    said = measured_by_us(about, "make it", "the times")
    line, details, _ = said.split("\n\n")
    assert line.endswith("Measured by the authors, not on this machine: the times</summary>")
    assert details.startswith(f"Measured on {about['date']}, on ")
    assert "`make it` measures it on your machine and replaces it" in details


def test_the_mark_names_machine_versions_and_the_peer() -> None:
    about = {
        "date": "2026-01-02",
        "machine": {"processor": "P", "gpu": "G", "threads": 2, "note": "busy"},
        "versions": {"torch": "2", "peer: torch": "1"},
    }
    assert (
        "\n\nMeasured on 2026-01-02, on G, with P, 2 threads (busy), with torch 2; the other tool "
        "ran with torch 1. The result comes with the report; `make it` measures it"
    ) in measured_by_us(about, "make it", "the times")
    plain = measured_by_us({"date": "d", "machine": "x86", "versions": {"a": "1"}}, "make it", "x")
    assert "\n\nMeasured on d, on x86, with a 1. The result" in plain
