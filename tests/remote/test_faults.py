"""Faults of a service, told apart by what may be done: repeated, sent anew, halved, or said."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from steering.errors import Interrupted
from steering.forward import batches
from steering.forward.extraction import contrast
from steering.remote.faults import BlockFailed, Lost, NotDeployed, TooLarge, fault, last_line
from steering.remote.ledger import Ledger
from tests.support import cases
from tests.support.serving import ask


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Your job exceeded the execution timeout of 60.0s.", TooLarge),
        ("Traceback (most recent call last):\n  …\nRuntimeError: CUDA out of memory.", TooLarge),
        ("Traceback (most recent call last):\n  …\nValueError: no.", BlockFailed),
        ("Error provisioning model. Please try again later.", NotDeployed),
        ("Your job was cancelled or preempted by the server.", Lost),
        ("Critical server error occurred. Please try again later.", Lost),
        ("", Lost),
    ],
)
def test_faults_are_told_apart(said, kind):
    assert type(fault(said)) is kind


def test_a_message_comes_down_to_a_line():
    assert (
        last_line("Traceback (most recent call last):\n  File\nKeyError: 'x'\n") == "KeyError: 'x'"
    )
    assert last_line("No module here.\n\nThis usually means …") == "No module here"
    assert len(last_line("x" * 999)) < 400


@pytest.mark.parametrize("kind", ["busy", "cut"])
def test_what_is_safe_to_repeat_is_repeated(kind, asking, double):
    before = len(double.requests())
    double.faults(**{kind: 3})
    assert torch.isfinite(ask(asking())).all()
    assert len(double.requests()) == before + 1


def test_what_was_taken_without_an_answer_is_not_sent_twice(asking, double):
    before = len(double.requests())
    double.faults(unanswered=1)
    assert torch.isfinite(ask(asking())).all()
    assert len(double.requests()) == before + 1


@pytest.mark.parametrize("kind", ["evicted", "gone"])
def test_what_the_service_lost_is_sent_anew(kind, asking, double):
    before = len(double.requests())
    double.faults(**{kind: 2})
    assert torch.isfinite(ask(asking())).all()
    assert len(double.requests()) == before + 3


def test_what_is_lost_again_and_again_is_said(asking, double):
    double.faults(evicted=9)
    with pytest.raises(Interrupted, match=r"lost a request 3 times \(Replica was evicted"):
        ask(asking())


def test_an_error_in_the_block_is_one_sentence(asking, double):
    double.faults(block=1)
    with pytest.raises(BlockFailed) as failed:
        ask(asking())
    said = str(failed.value)
    assert "(RuntimeError: a block of the model failed)" in said
    assert "\n" not in said
    assert "Traceback" not in said


def test_where_memory_fails_half_of_it_goes_on(asking, double, monkeypatch):
    case = cases.case("Llama")
    whole = contrast(asking(), case.prompts)
    monkeypatch.setattr(batches, "TOKENS_ON_GPU", 2 * max(len(p.token_ids) for p in case.prompts))
    monkeypatch.setattr(batches, "FORWARDS_A_REQUEST", 2)
    before = len(double.requests())
    double.faults(memory=1)
    model = asking()
    halved = contrast(replace(model, remote=replace(model.remote, ledger=Ledger())), case.prompts)
    assert len(double.requests()) > before + 3
    torch.testing.assert_close(halved.mean, whole.mean, atol=1e-5, rtol=0)
