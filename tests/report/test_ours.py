"""Runs of ours: in a report of the default sizes they stand in for what the models say."""

from __future__ import annotations

from pathlib import Path

import pytest

from steering.analysis.curves import curve_table, select
from steering.analysis.verdict.outcomes import STEERING, of_claim
from steering.analysis.verdict.table import verdicts_of
from steering.concepts import load_concept, own_concepts
from steering.measuring.stand_ins import own_stand_in
from steering.models.catalogue import own_models
from steering.records.results import read_results
from steering.report.configuration import configuration
from steering.report.grid import Grid


@pytest.mark.parametrize("model", own_models())
def test_there_is_one_of_each_model_and_concept_as_they_are_now(model: str) -> None:
    """Whoever changes a model or a concept measures anew: `python -m experiments.public_runs`."""
    assert len(own_concepts()) == 15
    stale = [one for one in own_concepts() if own_stand_in(model, load_concept(one)) is None]
    assert stale == []


def of(tmp_path: Path, options: dict[str, object], **others: object) -> Grid:
    config = configuration(["wren"], ["tidy", "frugal"], tmp_path, options, **others)
    return Grid.of(config)


def test_they_stand_in_where_nothing_else_is_asked_for(tmp_path: Path) -> None:
    one = of(tmp_path, {})
    assert one.measured_in("wren", "said") == []
    assert one.said_of("wren") == ["tidy", "frugal"]
    assert one.run("wren", "tidy", "said") == own_stand_in("wren", load_concept("tidy"))
    assert one.measured_in("wren", "chosen") == ["tidy", "frugal"]
    identities = one.models["wren"]["identities_said"]
    assert len({*identities.values()}) == 2


@pytest.mark.parametrize("options", [{"seed": 1}, {"test_groups": None}])
def test_what_was_asked_for_otherwise_is_measured(
    options: dict[str, object], tmp_path: Path
) -> None:
    one = of(tmp_path, options)
    assert all("committed_said" not in entry for entry in one.concepts.values())


def test_letters_alone_leave_them_out(tmp_path: Path) -> None:
    assert of(tmp_path, {}, letters_only=True).said_of("wren") == []


@pytest.mark.parametrize("model", own_models())
def test_along_planted_directions_what_is_said_has_the_planted_sign(model: str) -> None:
    """On all but the inert concept; that one stays within chance, whichever vector is added."""
    runs = [own_stand_in(model, load_concept(name)) for name in own_concepts()]
    results = read_results([run for run in runs if run])
    curves = curve_table(results)
    signs = select(curves).groupby("concept")["planted_steerability"].mean()
    verdicts = verdicts_of(results)
    for direction in ("planted", "contrastive"):
        rows = of_claim(verdicts, STEERING, direction=direction).set_index("concept")
        assert rows.index.size == 15
        off_zero = rows[(rows["low"] > 0) | (rows["high"] < 0)].index
        right = [name for name in off_zero if signs[name] * rows.loc[name, "estimate"] > 0]
        assert len(right) == len(off_zero)
        assert "poetic" not in off_zero
        assert len(right) >= (14 if direction == "planted" else 12)
