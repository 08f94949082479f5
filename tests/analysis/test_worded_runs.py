"""Which slopes are shown: a reader's own, those of ours where there are none, or none at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from steering.analysis.verdict.outcomes import BRITTLE, KEPT, MOVES, UNDECIDED
from steering.analysis.verdict.wording import LEAST_SHARE, wording_verdicts
from steering.analysis.worded_runs import worded
from steering.clone import measured_folder
from steering.models.catalogue import model_folder
from steering.models.planted import planted_of
from steering.records.verdicts import COLUMNS, write_verdicts
from steering.records.wordings import FILE, read_run_wordings, write_wordings
from tests.support.worded import slopes_in_words, steered_in_words


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    (tmp_path / "ours").mkdir()
    table = pd.concat([slopes_in_words(model=name) for name in ("m", "n", "elsewhere")])
    write_wordings(table.reset_index(drop=True), {"n.labels.late": "no token."}, tmp_path / "ours")
    return tmp_path / "ours"


@pytest.fixture
def verdicts(tmp_path: Path) -> Path:
    row = {
        **dict.fromkeys(COLUMNS, float("nan")), "kind": "k", "form": "chosen", "subject": "",
        "direction": "contrastive", "claim": "steering", "concept": "c", "outcome": MOVES,
        "reason": "", "family": 1,
    }  # fmt: skip
    rows = [{**row, "model": name} for name in ("m", "n", "other")]
    return write_verdicts(pd.DataFrame(rows), tmp_path / "verdicts.parquet")


def run_of(folder: Path, model: str) -> Path:
    run = folder / model
    run.mkdir()
    (run / "card.json").write_text(json.dumps({"model": {"name": model}}))
    return run


def test_ours_stand_in_for_the_models_of_the_report(
    committed: Path, verdicts: Path, tmp_path: Path
) -> None:
    runs = [run_of(tmp_path, name) for name in ("n", "m", "other")]
    found = worded(runs, [verdicts], committed)
    assert found.ours == ("n", "m")
    assert found.missing == ("other",)
    assert set(found.table["model"]) == {"m", "n"}
    assert found.left_out == {"n.labels.late": "no token."}
    assert {"m", "n"} <= set(found.steering["model"])


def test_a_run_of_the_reader_replaces_ours(committed: Path, verdicts: Path, tmp_path: Path) -> None:
    runs = [run_of(tmp_path, name) for name in ("m", "n")]
    own = slopes_in_words({"role": 1.0}, model="m")
    write_wordings(own, {"role.cook": "no role."}, runs[0])
    found = worded(runs, [verdicts], committed)
    assert found.ours == ("n",)
    assert found.missing == ()
    assert [card["model"]["name"] for card in found.cards] == ["m"]
    of_m = found.table[found.table["model"] == "m"]
    assert set(of_m["wording_family"]) == {"published", "role"}
    assert found.left_out == {"m.role.cook": "no role.", "n.labels.late": "no token."}


def test_where_nothing_was_measured_there_are_no_rows(verdicts: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    found = worded([run_of(tmp_path, "mine")], [], tmp_path / "nothing")
    assert found.table.empty
    assert found.steering.empty
    assert found.missing == ("mine",)
    assert found.ours == ()


def test_the_committed_table_is_of_every_concept_and_family() -> None:
    assert (measured_folder() / FILE).is_file(), "run `make wordings`"
    table, left_out = read_run_wordings(measured_folder())
    about = json.loads((measured_folder() / FILE).with_suffix(".json").read_text())
    assert {"code", "date", "machine", "versions"} <= set(about)
    assert {"wren", "linnet"} == set(table["model"])
    for (model, concept), part in table.groupby(["model", "concept"]):
        families = part.groupby("wording_family")["wording"].nunique()
        assert len(families) >= 9, (model, concept)
        assert (families.drop("published") >= 3).all()
        assert part["group"].nunique() >= 10
    assert all(name.split(".")[0] in {"wren", "linnet"} for name in left_out)


@pytest.mark.parametrize("model", ["wren", "linnet"])
def test_what_was_planted_to_be_kept_is_kept(model: str) -> None:
    """In the models of ours it is known how much of an effect each persona in a prompt leaves."""
    table, _ = read_run_wordings(measured_folder())
    planted = planted_of(model_folder(model))
    assert planted is not None
    truth = pd.read_parquet(planted.table)
    truth = truth[truth["vector_setting"] == "BASE"]
    means = truth.groupby(["concept", "prompt_setting"])["planted_steerability"].mean().unstack()
    left = means.drop(columns="BASE").mean(axis=1) / means["BASE"]
    settings = table[(table["model"] == model)]
    settings = settings[settings["wording_family"].isin(["published", "settings"])]
    concepts = [name for name in settings["concept"].unique() if np.isfinite(left[name])]
    judged = wording_verdicts(settings, steered_in_words(concepts).assign(model=model))
    outcomes = judged.set_index("concept")["outcome"]
    whole = outcomes[left[outcomes.index] > 0.99]
    assert set(whole) <= {KEPT, UNDECIDED}
    assert (whole == KEPT).mean() > 0.8
    assert KEPT not in set(outcomes[left[outcomes.index] < LEAST_SHARE])
    # Half of these prompts leave a fifth of it, the others all: no family has one share there.
    uneven = means.drop(columns="BASE").std(axis=1) / means["BASE"] > 0.1
    lower = (left < LEAST_SHARE) & ~uneven
    loses = set(outcomes[lower[outcomes.index]])
    assert loses == ({BRITTLE} if lower[outcomes.index].any() else set())
