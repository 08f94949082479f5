"""The prices of several measurements: prompts are rendered once, and what is refused says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steering.concepts import load_concept
from steering.errors import Refused
from steering.measuring import prices, steps
from steering.measuring.job import job_of
from steering.measuring.measure import Access, measure, run_jobs
from steering.measuring.price import Speed
from steering.measuring.priced import priced
from steering.measuring.prices import prepared
from steering.measuring.run import render_prompts
from tests.support.small import LEAST

PLAN = replace(LEAST, other_concept="", replies=0)


@pytest.fixture
def rendered(monkeypatch):
    """The names of concepts, each time that the prompts of one are rendered; speed is given."""
    names = []

    def noted(run):
        names.append(run.concept.name)
        return render_prompts(run)

    for module in (prices, steps):
        monkeypatch.setattr(module, "render_prompts", noted)
    monkeypatch.setattr(prices, "speed_of", lambda *_: Speed(0.0, 1e6))
    return names


def jobs(model, top, *concepts):
    return [job_of(model, one, PLAN, top / getattr(one, "name", one)) for one in concepts]


def test_each_is_told_what_it_would_be_told_alone(model, tmp_path, monkeypatch, rendered):
    monkeypatch.setattr("steering.measuring.priced.speed_of", lambda *_: Speed(0.0, 1e6))
    found = prepared(Access().load(model, PLAN, tmp_path), jobs(model, tmp_path, "frugal", "tidy"))
    for folder, one in found.items():
        alone = priced(model, folder.name, PLAN, folder, Access()).price
        assert one.price.parts == alone.parts
        assert one.price.seconds == alone.seconds
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_refused_says_why_and_stops_no_other(model, tmp_path, rendered):
    tidy = load_concept("tidy")
    items = tuple(
        replace(one, layout=("word " * 2500 + one.layout[0], *one.layout[1:])) for one in tidy.items
    )
    endless = replace(tidy, name="endless", items=items)
    found = prepared(Access().load(model, PLAN, tmp_path), jobs(model, tmp_path, endless, "frugal"))
    assert isinstance(found[tmp_path / "endless"], Refused)
    assert found[tmp_path / "frugal"].price.seconds > 0


def test_all_are_announced_before_any_is_measured(model, tmp_path, rendered):
    told = []

    def announce(prices):
        assert not any(folder.joinpath("stages").exists() for folder in prices)
        told.append({folder.name: price.seconds > 0 for folder, price in prices.items()})

    run_jobs(jobs(model, tmp_path, "frugal", "tidy"), Access(), announce=announce)
    assert told == [{"frugal": True, "tidy": True}]
    assert rendered == ["frugal", "tidy"], "once each"


def test_where_nobody_asks_nothing_is_priced(model, tmp_path, rendered, monkeypatch):
    monkeypatch.setattr(prices, "price_of", lambda *_: pytest.fail("nobody asked"))
    measure(model, "frugal", PLAN, tmp_path / "run")
    told = []
    measure(model, "frugal", PLAN, tmp_path / "run", announce=told.append)
    assert told == [], "nothing is missing"
