"""A card is measured again on the embedded model: what holds, what differs, and what is refused."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from steering.cli import main
from steering.errors import Refused
from steering.measuring.measure import measure
from steering.measuring.plan import Plan
from steering.records.reliability import ReliabilityCard, card_json, read_reliability
from steering.records.results import Results, read_results
from steering.report import verify
from steering.report.cards import card_of, runs_in
from tests.support import carded

PLAN = Plan(
    settings=("BASE", "USER_NEG"), multipliers=(-1.0, 0.0, 1.0), layers=(4,), test_groups=10,
    train_groups=6, validation_groups=2, map_items=1, random_vectors=10, resampled_vectors=10,
    resampled_shift_vectors=2, shuffled_vectors=10, subset_vectors=3, replies=0, neutral_texts=1,
    wide_groups=1,
)  # fmt: skip

Ended = tuple[int | str | None, str, str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "frugal"
    measure("wren", "frugal", PLAN, folder, device="cpu")
    return folder


@pytest.fixture(scope="module")
def card(run: Path) -> ReliabilityCard:
    return card_of(runs_in(run)[0])


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return the exit code of a command, and what it prints on either stream."""

    def give(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["steering", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main.main()
        return left.value.code, *capsys.readouterr()

    return give


@pytest.fixture
def as_before(run: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What is asked of `measure`, which from now on finds what it has found before."""
    asked = []

    def found(*given: Any, **named: Any) -> Results:
        asked.append((*given, named))
        shutil.copytree(run, given[3], dirs_exist_ok=True)
        return read_results([given[3]])

    monkeypatch.setattr(verify, "measure", found)
    return asked


def written(folder: Path, text: str) -> Path:
    file = folder / "card.json"
    file.write_text(text, encoding="utf-8")
    return file


def about(card: ReliabilityCard, **changes: Any) -> ReliabilityCard:
    fields = {name: getattr(card.about, name) for name in type(card.about).__annotations__}
    return replace(card, about=type(card.about)(**{**fields, **changes}))


def test_an_unchanged_card_holds(
    card: ReliabilityCard, tmp_path: Path, ended: Callable[..., Ended]
) -> None:
    file, out = written(tmp_path, card_json(card)), tmp_path / "again"
    code, told, _ = ended("verify", file, "--out", out)
    assert code == 0, told
    assert "The card of frugal in wren holds: " in told
    found = card_of(runs_in(out)[0])
    assert found.steering.number.value == pytest.approx(card.steering.number.value, abs=1e-3)
    # It would otherwise be compared with itself.
    code, _, told = ended("verify", file, "--out", out)
    assert code == 2
    assert "holds results already" in told


@pytest.mark.parametrize(
    "path",
    [
        ("steering", "number", "value"), ("prompting", 0, "number", "low"),
        ("questions", "wrong_way"),
        ("operating", "multiplier"), ("predictors", 0, "value"),
    ],
)  # fmt: skip
def test_one_number_that_was_changed_ends_in_four(
    path: tuple[Any, ...],
    card: ReliabilityCard,
    tmp_path: Path,
    ended: Callable[..., Ended],
    as_before: list[tuple[Any, ...]],
) -> None:
    code, told, _ = ended("verify", written(tmp_path, carded.changed(card, path)))
    assert code == 4
    assert "the card says" in told
    assert "The card of frugal in wren differs in 1 of " in told


def test_the_model_the_plan_and_the_place_are_those_of_the_card(
    card: ReliabilityCard, tmp_path: Path, as_before: list[tuple[Any, ...]]
) -> None:
    verify.measured_again(card, tmp_path / "out")
    ((model, concept, plan, _, named),) = as_before
    assert (model, concept.name, plan, named["device"]) == ("wren", "frugal", PLAN, "cpu")
    of_gpu = about(card, device="cuda NVIDIA H100")
    found = verify.measured_again(of_gpu, tmp_path / "other")
    assert as_before[1][-1]["device"] is None
    assert not found.same_place
    assert found.differing == []


@pytest.mark.parametrize(
    ("changes", "options", "said"),
    [
        ({}, {"model": "linnet"}, "the revision of 'linnet' is not what the card is about"),
        ({"revision": "0" * 16}, {}, "the revision of 'wren' is not"),
        ({}, {"concept": "tidy"}, "the file of questions of 'tidy' is not"),
        ({"sha256": "0" * 64}, {}, "the file of questions of 'frugal' is not"),
        ({"positive_persona": "You are rich."}, {}, "the sentence of the positive persona"),
    ],
)
def test_another_model_or_other_data_end_in_five_before_anything_is_measured(
    changes: dict[str, Any],
    options: dict[str, str],
    said: str,
    *,
    card: ReliabilityCard,
    tmp_path: Path,
    ended: Callable[..., Ended],
    as_before: list[tuple[Any, ...]],
) -> None:
    file = written(tmp_path, card_json(about(card, **changes)))
    named = [part for name, value in options.items() for part in (f"--{name}", value)]
    code, out, told = ended("verify", file, *named)
    assert (code, out) == (5, "")
    assert told.startswith("another model or data: ")
    assert said in told
    assert as_before == []


def test_what_cannot_be_measured_again_is_refused(
    card: ReliabilityCard, tmp_path: Path, as_before: list[tuple[Any, ...]]
) -> None:
    def refused(said: str, changed: ReliabilityCard, **named: Any) -> None:
        with pytest.raises(Refused, match=said) as error:
            verify.measured_again(changed, tmp_path / "out", **named)
        assert not isinstance(error.value, verify.Another)

    refused("where model 'wren' lies: name it by --model", about(card, model_reference=""))
    refused("came from a file 'items.jsonl'", about(card, concept_reference=""))
    refused("measured on a service", about(card, dtype="of the service"))
    refused("about no given vector", card, vector="v.gguf")
    plan = card.about.plan
    refused("that this version does not know", about(card, plan={**plan, "colour": 1}))
    given = {**plan, "vector": "v.gguf", "maker": "given", "vector_sha256": "ab"}
    refused("does not say where that lies: name it by --vector", about(card, plan=given))
    assert as_before == []


def test_another_vector_than_the_cards_is_other_data(
    card: ReliabilityCard, run: Path, tmp_path: Path, as_before: list[tuple[Any, ...]]
) -> None:
    file = str(run / "vector.safetensors")
    given = {**card.about.plan, "vector": "v", "maker": "given", "vector_sha256": "ab"}
    with pytest.raises(verify.Another, match="the vector of "):
        verify.measured_again(about(card, plan=given), tmp_path / "out", vector=file)


def test_a_hugging_face_id_is_asked_for_at_the_cards_commit(
    card: ReliabilityCard, tmp_path: Path, as_before: list[tuple[Any, ...]]
) -> None:
    commit = "0123456789" * 4
    hosted = about(card, model_reference="owner/name", revision=commit)
    with pytest.raises(verify.Another, match=f"the revision of 'owner/name@{commit}'"):
        verify.measured_again(hosted, tmp_path / "out")
    assert as_before[0][0] == f"owner/name@{commit}"


def test_damaged_cards_end_in_two_and_nothing_is_written(
    card: ReliabilityCard, run: Path, tmp_path: Path, ended: Callable[..., Ended]
) -> None:
    for text, said in (
        ((run / "card.json").read_text(), "is no reliability card"),
        (carded.changed(card, ("version",), 99), "is a card of version 99"),
        (card_json(card)[:100], "is no readable JSON"),
    ):
        code, out, told = ended("verify", written(tmp_path, text), "--out", tmp_path / "out")
        assert (code, out) == (2, "")
        assert said in told
    assert not (tmp_path / "out").exists()
    assert read_reliability(written(tmp_path, card_json(card))) == card
