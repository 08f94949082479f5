"""A request: sent once, asked after, given up or left behind, and its result taken as it is."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import torch

from steering.errors import Interrupted, Pending
from steering.remote.faults import Unreachable
from steering.remote.request import Request
from tests.support.serving import ask


def test_what_was_answered_is_not_asked_again(asking, double):
    before = len(double.requests())
    first = ask(asking())
    assert len(double.requests()) == before + 1
    torch.testing.assert_close(ask(asking()), first, atol=0, rtol=0)
    assert len(double.requests()) == before + 1
    ask(asking(), token=9)
    assert len(double.requests()) == before + 2


def test_its_id_is_kept_before_it_is_posted(asking, double, tmp_path, monkeypatch):
    """A client that dies at the post, before or behind it, asks after the id that it had chosen."""
    post, died = Request._post, []

    def dying(self, asked, blob):
        (kept,) = tmp_path.glob("request-*.json")
        assert json.loads(kept.read_text())["job"] == asked.id
        died.append(post(self, asked, blob).id)
        raise KeyboardInterrupt

    before = len(double.requests())
    monkeypatch.setattr(Request, "_post", dying)
    with pytest.raises(KeyboardInterrupt):
        ask(asking())
    monkeypatch.setattr(Request, "_post", post)
    assert torch.isfinite(ask(asking())).all()
    assert [one["id"] for one in double.requests()[before:]] == died
    assert list(tmp_path.glob("request-*.json")) == []


def test_a_service_that_gives_ids_of_its_own_is_asked_after_these(asking, double, tmp_path):
    double.faults(own_ids=1, stuck=1)
    before = len(double.requests())
    with pytest.raises(Pending):
        ask(asking(submit=True))
    (kept,) = tmp_path.glob("request-*.json")
    assert json.loads(kept.read_text())["job"] == double.requests()[-1]["id"]
    double.faults()
    ask(asking())
    assert len(double.requests()) == before + 1


def test_what_was_never_taken_is_sent_again(asking, double, tmp_path, monkeypatch):
    before = len(double.requests())

    def refused(self, asked, blob):
        raise KeyboardInterrupt

    post = Request._post
    monkeypatch.setattr(Request, "_post", refused)
    with pytest.raises(KeyboardInterrupt):
        ask(asking())
    monkeypatch.setattr(Request, "_post", post)
    assert len(list(tmp_path.glob("request-*.json"))) == 1
    assert torch.isfinite(ask(asking())).all()
    assert len(double.requests()) == before + 1


def test_a_request_that_is_refused_leaves_no_record(asking, double, tmp_path, monkeypatch):
    monkeypatch.setenv("NDIF_API_KEY", "another")
    with pytest.raises(Interrupted, match="does not accept this key"):
        ask(asking())
    assert list(tmp_path.iterdir()) == []


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
    double.faults(stuck=1)
    with pytest.raises(Pending):
        ask(asking(submit=True))
    double.faults(restart=1)
    ask(asking())
    assert len(double.requests()) == before + 2


def test_what_is_submitted_is_collected(asking, double):
    before = len(double.requests())
    double.faults(stuck=1)
    with pytest.raises(Pending, match=r"1 requests are with the service .*, 0 are answered"):
        ask(asking(submit=True))
    with pytest.raises(Pending, match=r"2 requests are with the service"):
        ask(asking(submit=True), token=9)
    double.faults()
    ask(asking())
    ask(asking(), token=9)
    assert len(double.requests()) == before + 2


def test_a_result_cannot_bring_code(tmp_path):
    class Harm:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "harm",))

    content = io.BytesIO()
    torch.save({"results": Harm()}, content)
    request = object.__new__(Request)
    request.compress = False
    with pytest.raises(Unreachable, match="a result that cannot be read"):
        request._read(content.getvalue())
    assert not (tmp_path / "harm").exists()
