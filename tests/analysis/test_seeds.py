"""How far runs of several seeds differ."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from steering.analysis.seeds import spread_over_seeds
from steering.records.seeds import COLUMNS, read_seeds


def test_the_spread_over_seeds_is_the_range_of_each_concept(tmp_path: Path) -> None:
    rows = [
        (shape, seed, concept, "strong", planted, planted, planted * factor, 0.9, 1.0)
        for concept, planted in (("weak", 0.5), ("strong", 2.0))
        for shape, seed, factor in (("llama", 0, 1.0), ("llama", 1, 0.8), ("gpt2", 0, 1.1))
    ]
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(tmp_path / "seeds.csv", index=False)
    (tmp_path / "seeds.json").write_text('{"date": "2026-01-02"}')
    kept = read_seeds(tmp_path)
    assert kept is not None
    table, about = kept
    assert about == {"date": "2026-01-02"}
    found = spread_over_seeds(table)
    assert found["concept"].to_list() == ["strong", "weak"]
    assert found["runs"].to_list() == [3, 3]
    assert found["range"].to_list() == pytest.approx([2.0 * 0.3, 0.5 * 0.3])
    assert found.loc[0, ["lowest", "highest"]].to_list() == pytest.approx([1.6, 2.2])


def test_concepts_that_were_planted_alike_stand_in_the_order_of_their_names() -> None:
    rows = [
        ("llama", seed, name, "weak", 0.5, 0.5, 0.5 + seed, 0.9, 1.0)
        for name in "ba"
        for seed in (0, 1)
    ]
    found = spread_over_seeds(pd.DataFrame(rows, columns=list(COLUMNS)))
    assert found["concept"].to_list() == ["a", "b"]
    assert found["range"].to_list() == pytest.approx([1.0, 1.0])
    one = spread_over_seeds(pd.DataFrame(rows[:1], columns=list(COLUMNS)))
    assert one[["range", "runs"]].iloc[0].to_list() == [0, 1]
