"""All verdicts on the concepts of one report."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from steering.analysis.variability import by_concept
from steering.analysis.verdict import outcomes
from steering.analysis.verdict.table import over_forms, verdicts, verdicts_of, with_outcomes
from steering.clone import measured_folder
from steering.records.matrix import read_matrix
from steering.records.results import read_results
from steering.records.verdicts import write_verdicts
from tests.support.spoken import crossed_of, replies_of, spoken_curves, spoken_results
from tests.support.synthetic import DESIGNS, results, standard, standard_curves, standard_verdicts


def test_a_run_reads_its_verdicts_from_the_table_of_its_report(tmp_path: Path) -> None:
    file = write_verdicts(standard_verdicts(), tmp_path / "wren.parquet")
    of_report = outcomes.of_claim(verdicts_of(standard(), [file]), outcomes.STEERING)
    assert set(of_report["family"]) == {6}
    one = results({"weak": DESIGNS["weak"]})
    alone = outcomes.of_claim(verdicts_of(one), outcomes.STEERING)
    assert alone["family"].to_list() == [1]
    in_report = outcomes.of_claim(verdicts_of(one, [file]), outcomes.STEERING)
    assert in_report["family"].to_list() == [6]
    assert in_report["concept"].to_list() == ["weak"]
    assert in_report["q"].iloc[0] >= in_report["p"].iloc[0]


def test_without_a_table_of_the_report_the_matrix_says_whether_a_vector_is_specific() -> None:
    run = measured_folder() / "runs" / "wren" / "openness"
    results, matrix = read_results([run]), read_matrix([run])
    assert len(matrix)
    with_matrix, without = (
        outcomes.of_claim(verdicts_of(results, matrix=one), outcomes.SPECIFIC)
        for one in (matrix, None)
    )
    assert len(with_matrix) == 1
    assert outcomes.NOT_TESTED not in set(with_matrix["outcome"])
    assert set(without["outcome"]) <= {outcomes.NOT_TESTED}


def test_verdicts_of_several_forms_are_summed_up_in_one_line() -> None:
    table = standard_verdicts()
    said = table.assign(form="said")
    said["outcome"] = said["outcome"].mask(said["outcome"] == outcomes.MOVES, outcomes.CHANCE)
    both = over_forms(pd.concat([table, said])).set_index("concept")
    assert both.loc["inert", "outcome"] == outcomes.CHANCE
    assert both.loc["strong", "outcome"] == f"{outcomes.CHANCE}; {outcomes.MOVES}"
    assert both.loc["strong", "forms"] == "chosen, said"


def test_a_table_of_concepts_gets_the_verdict_of_each() -> None:
    concepts = with_outcomes(by_concept(standard_curves()), standard_verdicts())
    found = concepts.set_index("concept")["outcome"]
    assert found["strong"] == outcomes.MOVES
    assert found["inert"] == outcomes.CHANCE
    assert concepts.columns.is_unique


def test_of_what_is_said_crossed_vectors_and_replies_are_judged_where_they_were_tried() -> None:
    crossed = crossed_of(spoken_curves(), {"strong": (0.5, 0.0)})
    replies = pd.concat([replies_of("strong", 0.3), replies_of("weak", 0.0)], ignore_index=True)
    table = verdicts(spoken_results(), crossed=crossed, replies=replies)
    assert set(table["form"]) == {"said"}
    concepts = table.groupby("claim")["concept"].agg(set)
    assert concepts[outcomes.STEERING] == set(DESIGNS)
    assert concepts[outcomes.CROSSED] == {"strong"}
    assert concepts[outcomes.REPLIES] == {"strong", "weak"}
    assert outcomes.LETTER not in concepts
    plain = verdicts(spoken_results())
    extra = [outcomes.CROSSED, outcomes.REPLIES]
    assert len(plain) == (~table["claim"].isin(extra)).sum()
    assert not plain["claim"].isin(extra).any()


def test_a_run_reads_the_verdicts_of_its_own_form(tmp_path: Path) -> None:
    both = pd.concat([standard_verdicts(), verdicts(spoken_results())], ignore_index=True)
    file = write_verdicts(both, tmp_path / "wren.parquet")
    assert set(verdicts_of(spoken_results(), [file])["form"]) == {"said"}
    assert set(verdicts_of(standard(), [file])["form"]) == {"chosen"}
    assert len(verdicts_of(standard(), [file])) == len(standard_verdicts())
