"""A report on a service: which models run there, what is refused, and what is said beforehand."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from steering.errors import Interrupted, Refused
from steering.measuring.measure import Access
from steering.measuring.plan import OF_THE_SERVICE
from steering.remote.service import Service
from steering.remote.terms import Terms
from steering.report.beforehand import foretold
from steering.report.configuration import configuration
from steering.report.grid import Grid
from steering.report.machine import KERNEL_MB
from steering.report.on_service import (
    access_to,
    asks_service,
    require_service,
    runs_there,
    told_beforehand,
)

NAME = "owner/name"
HOST = "http://127.0.0.1:9"
TERMS = Terms(host=HOST, time_limit=60.0)


def asked(out: Path, *models: str, access: dict[str, Any] | None = None) -> dict[str, Any]:
    terms = access_to(TERMS) if access is None else access
    return configuration(models, ["tidy", "frugal"], out, {"test_groups": 9}, access=terms)


def test_the_models_that_are_named_run_there_and_embedded_ones_here(tmp_path: Path) -> None:
    grid = Grid.of(asked(tmp_path, NAME, "wren"))
    assert list(grid.models) == ["owner-name", "wren"]
    assert [grid.service_of(model) for model in grid.models] == [HOST, False]
    answers = tmp_path / "_build" / "answers" / "owner-name" / "0"
    there, here = (grid.access_of(model, "0") for model in grid.models)
    assert (there, here) == (Access(terms=TERMS, answers=answers), Access())
    page = grid.page("concepts/tidy").parameters
    assert page["access"] == {}
    assert [run.get("remote") for run in page["runs"]] == [HOST, None]
    # The service chooses the precision; what is asked of the embedded model is what it always is.
    options = [grid.options_of(model, "tidy") for model in grid.models]
    assert options == [{"test_groups": 9, "dtype": OF_THE_SERVICE}, {"test_groups": 9}]


def test_of_an_embedded_model_beside_it_nothing_is_another(tmp_path: Path) -> None:
    beside, alone = (
        Grid.of(asked(tmp_path, NAME, "wren")),
        Grid.of(asked(tmp_path, "wren", access={})),
    )
    assert beside.identity("wren", "tidy") == alone.identity("wren", "tidy")
    assert beside.batch_version("wren", 0) == alone.batch_version("wren", 0)
    assert "remote" not in alone.models["wren"]


def test_a_model_on_a_service_takes_no_more_than_a_process_here(tmp_path: Path) -> None:
    entry = asked(tmp_path, NAME)["models"]["owner-name"]
    assert (entry["mem_mb"], entry["threads"] < 10**3) == (KERNEL_MB, True)


def test_another_service_asks_again_and_another_patience_does_not(tmp_path: Path) -> None:
    versions = [
        Grid.of(asked(tmp_path, NAME, access={"terms": asdict(terms)})).batch_version(
            "owner-name", 0
        )
        for terms in (TERMS, Terms(host=HOST, time_limit=9.0), Terms(host="http://127.0.0.1:8"))
    ]
    assert versions[0] == versions[1] != versions[2]
    own = Grid.of(asked(tmp_path, NAME, access=access_to(Terms())))
    assert own.service_of("owner-name") is True


@pytest.mark.parametrize(
    ("model", "more", "options", "sentence"),
    [
        (NAME, {"device": "cpu"}, {}, "device 'cpu' is on this machine, but --remote computes on"),
        (NAME, {}, {"dtype": "bfloat16"}, "dtype 'bfloat16' cannot be asked of a service"),
    ],
)
def test_what_a_service_cannot_be_asked_is_refused(
    model: str, more: dict[str, Any], options: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match=sentence):
        configuration([model], ["tidy"], tmp_path, options, access=access_to(TERMS) | more)


def test_without_terms_nothing_runs_there() -> None:
    assert access_to(None) == {}
    assert not runs_there(NAME, {})
    assert runs_there(f"mine={NAME}", access_to(TERMS))
    assert not runs_there("wren", access_to(TERMS))


def test_ndif_is_not_asked_without_a_key_and_another_service_may_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NDIF_HOST", raising=False)
    monkeypatch.delenv("NDIF_API_KEY", raising=False)
    monkeypatch.setattr(Service, "key", property(lambda self: ""))
    looked: list[str] = []
    monkeypatch.setattr(Service, "fits", lambda self: looked.append(self.host))
    with pytest.raises(Refused, match="asks for a key: set yours as NDIF_API_KEY") as refused:
        require_service(Terms())
    assert "\n" not in str(refused.value)
    assert looked == []
    require_service(TERMS)
    assert looked == [HOST]


def test_a_service_that_does_not_answer_is_said_before_anything_is_measured() -> None:
    with pytest.raises(Interrupted, match=f"the service at {HOST} does not answer"):
        require_service(Terms(host=HOST, silence=0.2))


def test_what_is_asked_is_told_beforehand_and_nothing_is_asked_for_it(tmp_path: Path) -> None:
    config = asked(tmp_path / "book", NAME)
    grid = Grid.of(config)
    assert asks_service(grid)
    told = told_beforehand(grid)
    assert told[0].startswith("owner-name, to be measured on the service: tidy, tidy (said), ")
    assert told[0].endswith(", other concepts' vectors.")
    assert "one request at a time" in told[1]
    # Without measuring, too: the service is not even looked for.
    assert foretold(config).splitlines()[:2] == told
    assert not (tmp_path / "book").exists()
    here = Grid.of(asked(tmp_path / "book", "wren", access={}))
    assert (asks_service(here), told_beforehand(here)) == (False, [])
