"""Tables of runs are read as they were written, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from steering.errors import Refused
from steering.records.reading import WORDS, read, read_together
from steering.records.results import Results
from steering.records.tables import CONTRACTS, STEERABILITY_KEY, write
from tests.support.synthetic import DESIGNS, results


def made(*names: str) -> Results:
    """Small results of some concepts."""
    return results({name: DESIGNS[name] for name in names}, groups=6)


@pytest.mark.parametrize("name", CONTRACTS)
def test_tables_of_several_folders_are_those_of_each_in_turn(name: str, tmp_path: Path) -> None:
    folders = [tmp_path / concept for concept in ("strong", "reversed")]
    for folder in folders:
        folder.mkdir()
        write(getattr(made(folder.name), name), folder, name)
    both, each = read_together(folders, name), [read(folder, name) for folder in folders]
    words = dict.fromkeys(both.select_dtypes("category").columns, "str")
    if name == "items":
        words["feature"] = "str"  # of one concept alone it may be missing in all rows
    apart = pd.concat([one.astype(words) for one in each], ignore_index=True)
    pd.testing.assert_frame_equal(both.astype(words), apart)
    assert list(both["concept"].unique()) == ["strong", "reversed"]


def test_words_of_keys_are_categories_in_alphabetical_order(tmp_path: Path) -> None:
    write(made("strong", "reversed").steerability, tmp_path, "steerability")
    table = read(tmp_path, "steerability")
    assert {*table.select_dtypes("category").columns} == {*WORDS} < {*STEERABILITY_KEY}
    for word in WORDS:
        categories = list(table[word].cat.categories)
        assert categories == sorted(map(str, table[word].unique())), word
    by_word = table.groupby("concept")["steerability"].mean()
    by_text = table.astype({"concept": "str"}).groupby("concept")["steerability"].mean()
    assert list(by_word.index) == list(by_text.index) == ["reversed", "strong"]
    assert by_word.to_list() == by_text.to_list()


@pytest.mark.parametrize("name", ["sweep", "steerability"])
def test_a_table_of_an_older_version_is_refused_by_what_it_lacks(name: str, tmp_path: Path) -> None:
    old = getattr(made("strong"), name).drop(columns=["number", "vector_concept", "form"])
    old.to_parquet(tmp_path / f"{name}.parquet")
    with pytest.raises(Refused, match=r"lacks the columns form, number, vector_concept: run"):
        read(tmp_path, name)


def test_what_is_missing_or_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="has no table 'items'"):
        read(tmp_path, "items")
    (tmp_path / "items.parquet").write_text("no parquet")
    with pytest.raises(Refused, match="is not a readable parquet table"):
        read(tmp_path, "items")
