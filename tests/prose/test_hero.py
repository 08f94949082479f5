"""The captions of the first page's figures say how many lines fall, and how many by verdict."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from steering.analysis import published
from steering.analysis.verdict.outcomes import CHANCE, QUESTION, REVERSED
from steering.prose.hero import one_vector, paper_beside, save_picture
from steering.records.kinds import OURS, PUBLIC
from tests.figures.test_hero import POINTS

CHOSEN = pd.Series(
    {"model": "wren", "concept": "tidy", "kind": PUBLIC, "among": 12, "middle_share": 0.06}
)
VERDICTS = pd.DataFrame(
    {
        "model": "wren",
        "concept": ["tidy", "tidy", "bookish"],
        "direction": "contrastive",
        "claim": QUESTION,
        "outcome": [CHANCE, REVERSED, REVERSED],
    }
)


def test_the_finding_counts_what_falls_and_what_is_told_from_chance() -> None:
    figure = one_vector(POINTS, CHOSEN, VERDICTS)
    assert figure.finding.startswith("One vector (tidy, in wren), 2 questions: the answers to 1 of")
    assert "1 of these are told apart from chance" in figure.finding
    assert "Of 12 vectors on public data sets" in figure.text
    assert "the median share is 6\u00a0%" in figure.text.replace("\u202f", "\u00a0")
    assert figure.name == "questions"


def test_what_may_be_built_in_is_said() -> None:
    ours = one_vector(POINTS, CHOSEN.replace(PUBLIC, OURS), VERDICTS)
    assert "built in" in ours.text
    alone = one_vector(POINTS, CHOSEN.replace(12, 1), VERDICTS)
    assert "the one with the most" not in alone.text


def test_the_paper_has_its_mean_and_ours_are_counted() -> None:
    rates = pd.DataFrame(
        {"model": ["wren"], "concept": ["narcissism"], "short_name": ["narcissism"]}
    ).assign(anti_steerable=0.2)
    figure = paper_beside(published.items(), rates)
    assert "21" in figure.finding
    assert figure.n == "38 published data sets, 1 of them measured here"


def test_the_picture_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        save_picture(POINTS, tmp_path / name)
    data = (tmp_path / "a.png").read_bytes()
    assert data == (tmp_path / "b.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = (int.from_bytes(data[at : at + 4]) for at in (16, 20))
    assert (width, height) == (1200, 630), "the size that other sites show whole"
