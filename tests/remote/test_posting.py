"""Posting: the id travels in the envelope, and no answer is told from a refusal."""

from __future__ import annotations

import json

import httpx
import pytest
from nnsight.intervention.backends.remote import RemoteError
from nnsight.schema.response import ResponseModel, Status

from steering.errors import Interrupted
from steering.remote.faults import TooLarge, Unreachable
from steering.remote.posting import Identified, NotTaken, posted
from steering.remote.service import Service
from steering.remote.terms import Terms

SERVICE = Service(Terms(host="http://127.0.0.1:1"))


def failing(cause: Exception):
    def post() -> ResponseModel:
        raise RemoteError("Failed to send request") from cause

    return post


def answered(code: int) -> httpx.HTTPStatusError:
    answer = httpx.Response(code, json={"detail": "no"}, request=httpx.Request("POST", "http://h"))
    return httpx.HTTPStatusError("no", request=answer.request, response=answer)


def test_the_id_stands_in_the_envelope():
    envelope = json.loads(Identified(id="mine", model_key="m", compress=True).metadata())
    assert envelope["id"] == "mine"
    assert (envelope["model_key"], envelope["compress"], envelope["session_id"]) == ("m", True, "")


def test_the_id_that_counts_is_the_one_of_the_answer():
    def post() -> ResponseModel:
        return ResponseModel(id="theirs", status=Status.RECEIVED, description="")

    assert posted(post, SERVICE) == "theirs"


@pytest.mark.parametrize(("code", "why"), [(401, Interrupted), (413, TooLarge)])
def test_a_refusal_says_that_it_was_not_taken(code, why):
    with pytest.raises(NotTaken) as refused:
        posted(failing(answered(code)), SERVICE)
    assert isinstance(refused.value.why, why)


@pytest.mark.parametrize("cause", [answered(503), httpx.ReadError("broken off")])
def test_without_an_answer_it_may_have_been_taken(cause):
    with pytest.raises(Unreachable):
        posted(failing(cause), SERVICE)


def test_what_is_no_matter_of_http_is_raised_as_it_is():
    with pytest.raises(RemoteError):
        posted(failing(ValueError("other")), SERVICE)
