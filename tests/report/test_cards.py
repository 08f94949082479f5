"""Which runs of a folder have cards, and by which verdicts."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from steering.analysis.verdict import outcomes
from steering.analysis.verdict.table import verdicts_of
from steering.clone import measured_folder
from steering.errors import Refused
from steering.records.results import read_results
from steering.records.verdicts import write_verdicts
from steering.report.cards import CardedRun, card_of, cards_of, runs_in

RUN = measured_folder() / "runs" / "wren" / "openness"


@pytest.fixture(scope="module")
def verdicts() -> pd.DataFrame:
    return verdicts_of(read_results([RUN]))


def report(folder: Path, *runs: Path) -> Path:
    for run in runs:
        shutil.copytree(RUN, folder / run)
    return folder


def test_a_run_is_itself_and_a_report_is_all_of_its_runs(tmp_path: Path) -> None:
    assert runs_in(RUN) == [CardedRun(RUN, None)]
    runs, said = Path("_build", "runs", "wren"), Path("_build", "said", "wren")
    out = report(tmp_path, runs / "openness", runs / "again", said / "openness")
    (out / runs / "empty").mkdir()
    found = [run.folder.relative_to(out) for run in runs_in(out)]
    assert found == [runs / "again", runs / "openness", said / "openness"]
    assert [run.folder for run in runs_in(out / "_build")] == [out / each for each in found]
    assert runs_in(out)[0].name == "wren/openness"


def test_committed_runs_that_a_report_shows_are_among_them(tmp_path: Path) -> None:
    config = {"concepts": {"openness": {"committed": {"wren": str(RUN)}, "title": "Openness"}}}
    (tmp_path / "_build").mkdir()
    (tmp_path / "_build" / "report.json").write_text(json.dumps(config))
    assert [run.folder for run in runs_in(tmp_path)] == [RUN]


def test_the_verdicts_are_those_of_the_report_where_it_has_any(
    tmp_path: Path, verdicts: pd.DataFrame
) -> None:
    out = report(tmp_path, Path("_build", "runs", "wren", "openness"))
    run = out / "_build" / "runs" / "wren" / "openness"
    assert runs_in(run)[0].verdicts is None
    file = out / "_build" / "verdicts" / "wren.parquet"
    write_verdicts(verdicts.assign(family=7, q=0.5), file)
    assert runs_in(run)[0].verdicts == runs_in(out)[0].verdicts == file
    card = card_of(runs_in(run)[0])
    assert (card.steering.family, card.steering.q) == (7, 0.5)
    # A table without this run says nothing of it.
    write_verdicts(verdicts.assign(concept="another"), file)
    assert runs_in(out)[0].verdicts is None


def test_a_committed_run_has_its_card_by_itself(verdicts: pd.DataFrame) -> None:
    card = card_of(runs_in(RUN)[0])
    steering = outcomes.of_claim(verdicts, outcomes.STEERING).iloc[0]
    assert card.steering.outcome == steering["outcome"]
    assert card.steering.number.value == pytest.approx(steering["estimate"])
    about = card.about
    assert (about.model_reference, about.concept_reference) == ("wren", "openness")
    assert about.committed
    assert card.specific is not None
    assert card.specific.outcome != outcomes.NOT_TESTED


def test_of_several_runs_the_one_that_is_damaged_is_named(
    tmp_path: Path, verdicts: pd.DataFrame
) -> None:
    whole, older = RUN.with_name("narcissism"), report(tmp_path, Path("older")) / "older"
    both = pd.concat([verdicts, verdicts.assign(concept=whole.name)])
    file = write_verdicts(both, tmp_path / "verdicts.parquet")
    told = json.loads((older / "card.json").read_text())
    del told["residual_norm"]
    (older / "card.json").write_text(json.dumps(told))
    assert cards_of([], file) == []
    with pytest.raises(Refused, match="older' was written by an older version"):
        cards_of([whole, older], file)


def test_paths_of_its_owner_do_not_stand_on_a_card(tmp_path: Path) -> None:
    run = report(tmp_path, Path("run")) / "run"
    model = tmp_path / "model"
    (run / "plan.json").write_text(json.dumps({"model": str(model)}))
    told = json.loads((run / "card.json").read_text())
    told["concept"]["source"] = "file"
    (run / "card.json").write_text(json.dumps(told))
    about = card_of(CardedRun(run, None)).about
    assert (about.model_reference, about.concept_reference) == ("", "")
    (run / "plan.json").write_text(json.dumps({"model": "owner/name@main"}))
    assert card_of(CardedRun(run, None)).about.model_reference == "owner/name@main"


def test_without_results_and_with_damaged_ones_one_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no results"):
        runs_in(tmp_path)
    with pytest.raises(Refused, match="holds no results"):
        runs_in(tmp_path / "none")
    run = report(tmp_path, Path("run")) / "run"
    told = json.loads((run / "card.json").read_text())
    del told["residual_norm"]
    (run / "card.json").write_text(json.dumps(told))
    with pytest.raises(Refused, match="older version, whose card lacks 'residual_norm'"):
        card_of(CardedRun(run, None))
    (run / "plan.json").write_text("{")
    with pytest.raises(Refused, match="no readable JSON"):
        card_of(CardedRun(run, None))
    (run / "card.json").write_text("{")
    with pytest.raises(Refused, match="no readable card"):
        runs_in(run)
    (run / "steerability.parquet").write_text("")
    shutil.copy(RUN / "card.json", run / "card.json")
    with pytest.raises(Refused, match="not a readable parquet table"):
        card_of(replace(runs_in(run)[0]))
