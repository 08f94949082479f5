"""Without waiting: what was asked is written down, and `collect` asks it again."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from steering.errors import Pending, Refused
from steering.measuring import submit as submitting
from steering.measuring.plan import Plan
from steering.measuring.submit import collect, submit
from steering.remote.terms import Terms
from steering.storage import write_json

PLAN = Plan(settings=("BASE",), multipliers=(-1.0, 0.0, 1.0), layers=(1, 2), test_groups=3)
TERMS = Terms(host="http://127.0.0.1:1", time_limit=50.0)


@pytest.fixture
def service(monkeypatch):
    """A service that has nothing ready; what `measure` was asked for on its behalf."""
    asked = []

    def waits(model, concept, plan, out, **options):
        asked.append(((model, concept, plan, out), options))
        write_json({"plan": json.loads(json.dumps(asdict(plan)))}, out / "plan.json")
        raise Pending("3 requests are with the service.")

    monkeypatch.setattr(submitting, "measure", waits)
    return asked


def test_what_is_submitted_can_be_asked_after_from_anywhere(service, tmp_path, monkeypatch):
    concept = tmp_path / "counting.jsonl"
    concept.write_text("")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Pending):
        submit("owner/name", "counting.jsonl", PLAN, tmp_path / "out", terms=TERMS)
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(Pending):
        collect(tmp_path / "out")
    (first, _), (second, options) = service
    assert first == second == ("owner/name", str(concept), PLAN, tmp_path / "out")
    assert options["remote"] == Terms(host=TERMS.host, time_limit=50.0, submit=True)
    assert options["data_dir"] is None
    assert options["trust_remote_code"] is False


def test_a_name_stays_a_name_and_what_comes_back_is_handed_on(monkeypatch, tmp_path):
    found = object()
    monkeypatch.setattr(submitting, "measure", lambda *asked, **_: (asked[1], found))
    assert submit("owner/name", "frugal", PLAN, tmp_path, terms=TERMS) == ("frugal", found)
    # Complete at once: nothing is left to collect.
    with pytest.raises(Refused, match=r"waits for nothing: name the folder of a measurement"):
        collect(tmp_path)


def test_nothing_of_a_key_is_written_down(service, tmp_path, monkeypatch):
    monkeypatch.setenv("NDIF_API_KEY", "secret-key")
    with pytest.raises(Pending):
        submit("owner/name", "frugal", PLAN, tmp_path / "out", terms=TERMS)
    for file in (tmp_path / "out").rglob("*.json"):
        assert "secret-key" not in file.read_text()
