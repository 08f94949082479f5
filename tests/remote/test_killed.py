"""`steering measure --remote` killed at every moment, and its server: one table, nothing twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from tests.support import serving
from tests.support.bench import lines
from tests.support.commands import STEERING, Command, prepared
from tests.support.serving import NAME

Process = subprocess.Popen[str] | Command
ELSE = "owner/else"
CWD = Path.cwd()
PLAN = ("--settings", "BASE", "--test-groups", "4", "--train-groups", "6", "--layers", "1")
PATIENCE = 300


# What a shell runs in the background does not hear an interrupt, and neither do its children: the
# tests themselves may run so, but a user does not.
HEARING = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass
class Desk:
    """A service, a concept, and how a user calls it."""

    double: serving.Double
    environment: dict[str, str]
    concept: str
    folder: Path

    def measuring(self, out: Path) -> list[str]:
        asked = ["measure", NAME, self.concept, "--out", str(out), "--remote"]
        return [*asked, "--host", self.double.url, *PLAN]

    def start(self, out: Path) -> Command:
        return self.command(self.measuring(out))

    def command(self, arguments: list[str], code: str = STEERING, cwd: Path = CWD) -> Command:
        """A command in a process that is forked: its imports would take most of its time."""
        return Command(arguments, Path(tempfile.mkdtemp(dir=self.folder)), code, cwd)

    def start_installed(self, out: Path) -> subprocess.Popen[str]:
        """The same as the program that is installed, which a user calls."""
        return subprocess.Popen(
            [sys.executable, "-c", HEARING, str(Path(sys.executable).with_name("steering")),
             *self.measuring(out)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment,
        )  # fmt: skip

    def finish(self, process: Process) -> str:
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        return out

    def measured(self, out: Path, *, installed: bool = False) -> tuple[pd.DataFrame, int]:
        """The sweep of a run, and how many requests it made."""
        before = len(self.double.requests())
        self.finish(self.start_installed(out) if installed else self.start(out))
        return pd.read_parquet(out / "sweep.parquet"), len(self.double.requests()) - before


def until(happened: Callable[[], object], process: Process | None = None) -> None:
    """Wait for something, which will not happen any more once the process has ended."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert process is None or process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def desk(folder, named, tmp_path_factory) -> Iterator[Desk]:
    place = tmp_path_factory.mktemp("desk")
    concept = place / "counting.jsonl"
    concept.write_text(lines())
    for name in (NAME, ELSE):
        environment = serving.known_without_weights(place / "home", folder, name)
    environment["NDIF_API_KEY"] = "secret-key"
    with prepared(environment):
        yield Desk(named, environment, str(concept), place)
    named.faults()


@pytest.fixture(scope="module")
def whole(desk) -> tuple[pd.DataFrame, int]:
    return desk.measured(desk.folder / "whole", installed=True)


def answered(out: Path) -> int:
    return len(list(out.glob("parts/request-*.safetensors")))


MOMENTS = {
    "sent, and not told that it was taken": {"mute": 1.0},
    "waiting": {"stuck": 1.0},
    "receiving": {"drip": 60.0},
    "between two requests": {"slow": 1.0},
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_client_goes_on(moment, desk, whole, tmp_path):
    table, count = whole
    before = len(desk.double.requests())
    desk.double.faults(**MOMENTS[moment])
    process = desk.start(tmp_path / "out")
    if moment == "between two requests":
        until(lambda: answered(tmp_path / "out") >= 3, process)
    elif moment == "sent, and not told that it was taken":
        until(lambda: len(desk.double.requests()) > before, process)
    elif moment == "receiving":
        until(lambda: any(one["fetched"] for one in desk.double.requests()[before:]), process)
    else:
        until(lambda: list(tmp_path.glob("out/parts/request-*.json")), process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "out" / "card.json").exists()
    desk.double.faults()
    found, _ = desk.measured(tmp_path / "out")
    pd.testing.assert_frame_equal(found, table)
    # Its id is written down before it is sent, so that nothing is paid for twice.
    assert len(desk.double.requests()) - before == count


def test_a_killed_server_is_asked_anew(desk, whole, folder, tmp_path):
    table, count = whole
    with serving.double(folder, "--as", NAME) as first:
        first.faults(slow=0.3)
        own = Desk(first, desk.environment, desk.concept, desk.folder)
        process = own.start(tmp_path / "out")
        until(lambda: answered(tmp_path / "out") >= 3, process)
        first.kill()
        kept = answered(tmp_path / "out")
        again = serving.double(folder, "--as", NAME, "--port", str(first.port))
        with again as second:
            own.finish(process)
            pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out/sweep.parquet"), table)
            assert kept + len(second.requests()) == count


def test_an_interrupt_says_how_to_go_on(desk, whole, tmp_path):
    before = len(desk.double.requests())
    desk.double.faults(stuck=1)
    process = desk.start_installed(tmp_path / "out")
    # From then on it waits for a result.
    until(lambda: list(tmp_path.glob("out/parts/request-*.json")), process)
    until(lambda: len(desk.double.requests()) > before, process)
    process.send_signal(signal.SIGINT)
    try:
        _, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        desk.double.faults()
    assert process.returncode == 130, err
    assert "the same command goes on from what is kept in" in err
    assert "Traceback" not in err
    assert not list(tmp_path.rglob(".request*"))


def test_replies_come_from_the_service_too(desk, folder):
    def replies(model: str, *more: str) -> str:
        asked = ["--prompt", "Hello", "--layer", "1", "--train-groups", "5", "--tokens", "4"]
        return desk.finish(desk.command(["generate", model, desk.concept, *asked, *more]))

    there = replies(NAME, "--remote", "--host", desk.double.url)
    assert "reply" in there
    assert there == replies(str(folder))


def test_a_model_that_the_service_lacks_leaves_no_folder(desk, tmp_path):
    asked = ["measure", ELSE, desk.concept, "--out", str(tmp_path / "out"), "--remote"]
    process = desk.command([*asked, "--host", desk.double.url])
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert f"has no model '{ELSE}' (Could not deploy this model. Reposi" in err
    assert f"running are {NAME}." in err
    assert not (tmp_path / "out").exists()


SUBMIT = """
import sys
from steering.errors import Pending
from steering.measuring.plan import Plan
from steering.measuring.submit import submit
from steering.remote.terms import Terms
kind, model, concept, out, url = sys.argv[1:]
plan = Plan(settings=("BASE",), test_groups=4, train_groups=6, layers=(1,))
try:
    submit(model, concept, plan, out, terms=Terms(host=url, at_once=0.0))
except Pending as pending:
    print(pending)
"""


def test_what_is_submitted_is_collected_piece_by_piece(desk, whole, tmp_path):
    out, before = tmp_path / "out", len(desk.double.requests())
    desk.double.faults(stuck=1)
    arguments = ["submit", NAME, desk.concept, str(out), desk.double.url]
    first = desk.finish(desk.command(arguments, SUBMIT))
    assert "1 requests are with the service" in first
    assert json.loads((out / "parts/asked.json").read_text())["model"] == NAME
    # What was asked for is answered, and what is asked for next is not.
    desk.double.faults()
    until(lambda: all(one["done"] for one in desk.double.requests()[before:]))
    desk.double.faults(stuck=1)
    # From another folder, with nothing said but where it is.
    collected = desk.command(["collect", str(out)], cwd=tmp_path)
    said, err = collected.communicate(timeout=PATIENCE)
    assert collected.returncode == 3, err
    assert "requests are with the service" in said
    desk.double.faults()
    # Whoever has waited enough says it without --submit: the rest is waited for.
    table, count = whole
    found, _ = desk.measured(out)
    pd.testing.assert_frame_equal(found, table)
    assert len(desk.double.requests()) - before == count
    for file in out.rglob("*"):
        assert file.is_dir() or b"secret-key" not in file.read_bytes()
