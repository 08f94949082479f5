"""Every fault that a service can have, one by one: survived, or said in one sentence."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cases
import pytest
import serving
import tiny
import torch
from nnsight import TransformersModel
from nnsight.modeling import huggingface

from steering import batches, passes
from steering.activations import contrast
from steering.errors import Interrupted, Pending, Refused
from steering.models import BLOCKS, Model
from steering.packing import Tails, lay_out
from steering.remote.faults import BlockFailed, Lost, NotDeployed, TooLarge, fault, last_line
from steering.remote.ledger import Ledger
from steering.remote.request import Holding, Remote
from steering.remote.service import Service
from steering.terms import Terms

KEY = "11111111-2222-3333-4444-555555555555"
QUICK = Terms(silence=3.0, unknown=0.3, time_limit=60.0, at_once=0.0)
Ask = Callable[..., Model]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny.save(tmp_path_factory.mktemp("served") / "Llama")


@pytest.fixture(scope="module")
def running(folder) -> Iterator[serving.Double]:
    with serving.double(folder, "--key", KEY) as double:
        yield double


@pytest.fixture
def double(running, monkeypatch) -> Iterator[serving.Double]:
    monkeypatch.setenv("NDIF_API_KEY", KEY)
    running.faults()
    yield running
    running.faults()


@pytest.fixture(scope="module")
def traced(folder) -> TransformersModel:
    huggingface._ID_CACHE[str(folder)] = str(folder)
    return TransformersModel(str(folder), task="text-generation", rename=BLOCKS)


@pytest.fixture
def asking(double, traced, tmp_path) -> Ask:
    """A model on the double, on terms of a test's own; all of a test's keep one ledger."""

    def model(**terms: object) -> Model:
        service = Service(replace(QUICK, **{"host": double.url, **terms}))
        made = Model(
            "served", traced, tiny.tokenizer(), "r", remote=Remote(service, Ledger(tmp_path))
        )
        # Else a request of its own would ask for that first.
        made.__dict__["holding"] = Holding(torch.float32)
        return made

    return model


def ask(model: Model, token: int = 5) -> torch.Tensor:
    """The result of one small request."""
    packed = lay_out([[6, 7, 8]], Tails([[[token]]]))
    return passes.residuals(model, [packed])[0][0]


def test_what_was_answered_is_not_asked_again(asking, double):
    before = len(double.requests())
    first = ask(asking())
    assert len(double.requests()) == before + 1
    torch.testing.assert_close(ask(asking()), first, atol=0, rtol=0)
    assert len(double.requests()) == before + 1
    ask(asking(), token=9)
    assert len(double.requests()) == before + 2


@pytest.mark.parametrize("kind", ["busy", "cut"])
def test_what_is_safe_to_repeat_is_repeated(kind, asking, double):
    before = len(double.requests())
    double.faults(**{kind: 3})
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


def test_a_download_that_always_breaks_off_is_said(asking, double):
    before = len(double.requests())
    double.faults(cut=99)
    with pytest.raises(Interrupted, match=r"does not answer \(.*\): see that it is up"):
        ask(asking(silence=0.5))
    double.faults()
    ask(asking())
    assert len(double.requests()) == before + 1


def test_a_server_that_is_down_is_said(asking):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(Interrupted, match=r"127\.0\.0\.1:\d+ does not answer \(.*refused.*\)"):
        ask(asking(host=url, silence=0.5))


@pytest.mark.parametrize(("key", "sentence"), [("", "accept no key"), ("mine", "accept this key")])
def test_a_key_that_is_not_accepted_is_said_and_not_shown(key, sentence, asking, monkeypatch):
    monkeypatch.setenv("NDIF_API_KEY", key)
    with pytest.raises(Refused, match=sentence) as refused:
        ask(asking())
    assert "'mine'" not in str(refused.value)


def test_the_key_is_kept_nowhere(asking, double, tmp_path):
    model = asking()
    ask(model)
    double.faults(slow=0.3)
    with pytest.raises(Pending):
        ask(asking(submit=True), token=9)
    kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert len(kept) == 2
    assert not any(KEY.encode() in content for content in kept)
    assert KEY not in repr(model.remote)
    assert KEY not in str(model.about())


def test_a_model_that_is_not_there_is_said_with_those_that_are(asking, traced, folder, monkeypatch):
    monkeypatch.setitem(huggingface._ID_CACHE, str(folder), "nobody/nothing")
    with pytest.raises(Refused, match=r"has no model 'served' \(Could not deploy.*Repository Not"):
        ask(asking())
    with pytest.raises(Refused, match=rf"running are {folder}\."):
        ask(asking())


def test_another_version_is_said_with_both(asking, double):
    double.faults(versions=1)
    with pytest.raises(Refused, match=r"below the minimum.*here are Python 3.*nnsight.*there Pyth"):
        ask(asking())
    double.faults(protocol=1)
    with pytest.raises(Refused, match=r"nnsight 0\.7 is another protocol.*there.*nnsight 0\.7\.3"):
        asking().remote.service.fits()
    double.faults()
    asking().remote.service.fits()


def test_a_queue_that_is_too_long_is_left_and_the_place_kept(asking, double):
    before = len(double.requests())
    double.faults(queue=250)
    with pytest.raises(Interrupted, match=r"number 250 in the queue of .*--queue-limit are 100"):
        ask(asking())
    double.faults()
    ask(asking())
    assert len(double.requests()) == before + 1


def test_a_request_that_never_ends_is_given_up(asking, double):
    before = len(double.requests())
    double.faults(stuck=1)
    with pytest.raises(Interrupted, match=r"has not ended after \d+ seconds, allowed by --time-li"):
        ask(asking(time_limit=0.5))
    double.faults()
    ask(asking())
    assert len(double.requests()) == before + 2


def test_a_server_that_forgot_is_asked_anew(asking, double):
    before = len(double.requests())
    double.faults(slow=0.5)
    with pytest.raises(Pending):
        ask(asking(submit=True))
    double.faults(restart=1)
    ask(asking())
    assert len(double.requests()) == before + 2


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
    torch.testing.assert_close(halved.vectors, whole.vectors, atol=1e-5, rtol=0)


def test_what_is_submitted_is_collected(asking, double):
    before = len(double.requests())
    double.faults(slow=0.3)
    with pytest.raises(Pending, match=r"1 requests are with the service .*, 0 are answered"):
        ask(asking(submit=True))
    with pytest.raises(Pending, match=r"2 requests are with the service"):
        ask(asking(submit=True), token=9)
    ask(asking())
    ask(asking(), token=9)
    assert len(double.requests()) == before + 2


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
