"""What of remote measuring needs no service: requests by name and size, the ledger, the page."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import torch

from steering.batches import FORWARDS_A_REQUEST, RESULT_BYTES, Batches, requests
from steering.errors import Pending, Refused
from steering.models import BLOCKS  # noqa: F401 - beartype must come before nnsight
from steering.remote.faults import Unreachable
from steering.remote.ledger import Ledger, name_of
from steering.remote.request import Request
from steering.report.remote import through_a_server
from steering.terms import Terms, terms_of, together

ONES = torch.ones(2, 3)


@pytest.mark.parametrize(
    "other",
    [
        [ONES, {1: (slice(0, 2), 3)}, False],
        [ONES, {1: (slice(0, 2), 2)}, None],
        [ONES, {2: (slice(0, 2), 2)}, False],
        [ONES, {1: (slice(0, 3), 2)}, False],
        [ONES.T, {1: (slice(0, 2), 2)}, False],
        [ONES.bfloat16(), {1: (slice(0, 2), 2)}, False],
        [2 * ONES, {1: (slice(0, 2), 2)}, False],
        [ONES, {1: (slice(0, 2), 2)}],
        [[ONES, {1: (slice(0, 2), 2)}, False]],
    ],
)
def test_a_name_stands_for_all_that_was_asked(other):
    asked = [ONES, {1: (slice(0, 2), 2)}, False]
    assert name_of(*asked) == name_of(*[ONES.clone(), {1: (slice(0, 2), 2)}, False])
    assert name_of(*other) != name_of(*asked)


def test_what_is_no_part_of_a_request_is_not_passed_over():
    with pytest.raises(TypeError, match="Path cannot be part of a request"):
        name_of([Path()])


def test_the_ledger_gives_back_what_was_kept(tmp_path):
    ledger = Ledger(tmp_path)
    whole = torch.arange(12.0).view(3, 4)
    found = {"results": [[whole[:, 1], torch.tensor([True])] for _ in range(11)], "last": whole}
    ledger.sent("a", "http://here", "job")
    assert ledger.job("a", "http://here") == "job"
    assert ledger.job("a", "http://there") is None
    assert (ledger.waiting(), ledger.answered()) == (1, 0)
    ledger.keep("a", found)
    assert (ledger.waiting(), ledger.answered()) == (0, 1)
    kept = Ledger(tmp_path).result("a")
    assert kept is not None
    torch.testing.assert_close(kept, found, rtol=0, atol=0)
    assert ledger.result("b") is None
    with pytest.raises(Refused, match="sent a str where only tensors were asked for"):
        ledger.keep("b", {"results": "x"})


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ledger = Ledger()
    ledger.sent("a", "http://here", "job")
    ledger.keep("a", {"results": ONES})
    assert ledger.result("a") is None
    assert ledger.job("a", "http://here") is None
    assert list(tmp_path.iterdir()) == []


def test_requests_are_a_few_forwards_and_bounded():
    groups = [tuple(range(at, at + 8)) for at in range(0, 80, 8)]
    work = Batches(tuple(groups), (slice(0, 5),), 4)
    asked = requests(work, groups, 100)
    assert [len(one) for one in asked] == [FORWARDS_A_REQUEST] * 2 + [2]
    assert [at for one in asked for group in one for at in group] == list(range(80))
    # Copies that are cut into many forwards leave room for one group in a request.
    many = Batches(tuple(groups), tuple(slice(at, at + 1) for at in range(9)), 4)
    assert [len(one) for one in requests(many, groups, 100)] == [1] * 10
    # A result that is too large for two rows of four comes in more, each of whole rows.
    large = requests(work, groups, RESULT_BYTES // 7)
    assert [[len(group) for group in one] for one in large] == [[4]] * 20


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


def test_terms_are_true_an_address_or_themselves():
    assert terms_of(False) is None
    assert terms_of(True) == Terms()
    assert terms_of("http://127.0.0.1:1/") == Terms(host="http://127.0.0.1:1")
    assert terms_of(Terms(submit=True)).submit


def test_the_page_says_what_was_measured_and_by_whom(tmp_path):
    file = tmp_path / "ndif.json"
    assert "`make test-ndif`" in through_a_server(file)
    figures = {
        "requests": 18,
        "seconds_a_request": 0.25,
        "longest_request_seconds": 9.5,
        "bytes_sent": 123456,
        "differences": {"propensity": 4e-6},
    }
    about = {
        "date": "2026-01-01",
        "machine": {"processor": "Toy", "load": 1},
        "versions": {"nnsight": "1.0"},
        "server_versions": {"ndif": "2.0"},
        "model": "wren",
        "concept": "tidy",
        "server_start_seconds": 61.0,
        "deploy_seconds": 12.0,
        "seconds_here": 33.0,
        "trusted": {**figures, "seconds_a_concept": 49.0},
        "sandbox": {**figures, "seconds": 5.0},
    }
    file.write_text(json.dumps(about))
    said = through_a_server(file)
    assert said.startswith("**Measured by us** on 2026-01-01, on Toy, with nnsight 1")
    for part in ("took 49 seconds in 18 requests", "| 4.0e-06 | 4.0e-06 |", "ndif 2", "| 123 |"):
        assert part in said


def test_what_waits_keeps_nothing_else_from_being_sent():
    sent = []

    def waits(name: str) -> None:
        sent.append(name)
        raise Pending(f"{len(sent)} are with the service")

    def answered() -> int:
        sent.append("answered")
        return 3

    with pytest.raises(Pending, match="3 are with the service"):
        together(lambda: waits("one"), answered, lambda: waits("another"))
    assert sent == ["one", "answered", "another"]
    assert together(answered, answered) == [3, 3]

    def refused() -> None:
        raise Refused("no such model")

    with pytest.raises(Refused, match="no such model"):
        together(lambda: waits("one"), refused, answered)
    assert sent[-1] == "one"
