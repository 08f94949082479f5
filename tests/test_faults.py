"""A short version of `make test-faults`: a measurement killed, on a full disk, and two at once."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.faults import kills, limits
from experiments.faults.__main__ import borne
from experiments.faults.commands import Desk, Running, holds, one_line, until
from experiments.faults.kills import Measuring, killed_measurements
from experiments.faults.remains import half_written, pages, tables, unreadable
from steering.storage import UNFINISHED, locked
from tests.support import tiny
from tests.support.bench import lines
from tests.support.commands import STEERING, Command, prepared

FEW = (
    *("--layers", "1", "--settings", "BASE", "--multipliers=-1,0,1"),
    *("--test-groups", "3", "--train-groups", "4"),
)
# In a session of its own, with all that it says in one file.
CODE = "import os; os.setsid(); os.dup2(1, 2)\n" + STEERING


class Process:
    """A forked command, used as a Popen is."""

    def __init__(self, command: Command) -> None:
        self.command = command.process
        self.pid = command.process.pid

    @property
    def returncode(self) -> int | None:
        return self.command.exitcode

    def poll(self) -> int | None:
        return self.command.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self.command.join(timeout)
        return self.command.exitcode


class ForkedDesk(Desk):
    """A desk whose commands are forked: their imports would take most of their time."""

    def start(self, *arguments: str) -> Running:
        said = self.folder / f"said-{len(list(self.folder.glob('said-*')))}"
        command = Command(arguments, said, CODE, self.folder)
        return Running(Process(command), said / "out")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def measuring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measuring]:
    desk = ForkedDesk(tmp_path_factory.mktemp("faults"))
    model = tiny.save(desk.folder / "tiny")
    (concept := desk.folder / "counting.jsonl").write_text(lines())
    with prepared(desk.environment()):
        one = Measuring(desk, FEW, str(model), str(concept))
        one.unharmed()
        yield one


def test_a_measurement_that_is_killed_ends_with_the_same_tables(measuring: Measuring) -> None:
    found = killed_measurements(measuring, 3, random.Random(0))
    assert len(found) == 3
    assert all(line.startswith("killed after ") for line in found)
    # What they are compared with is no empty thing, and a difference would be seen.
    assert {"sweep.parquet", "steerability.parquet", "vector.safetensors"} <= {*measuring.expected}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(measuring.expected, "sweep.parquet", "another")
        with pytest.raises(AssertionError, match="sweep"):
            measuring.check(measuring.desk.folder / "unharmed")


def test_two_measurements_at_once_do_not_disturb_each_other(measuring: Measuring) -> None:
    assert "another measurement is running in" in limits.two_measurements(measuring)


@pytest.mark.skipif(not limits.can_mount(), reason="only root may mount a small disk")
def test_a_measurement_that_fills_its_disk_goes_on_when_there_is_room(measuring: Measuring) -> None:
    assert "No space left on device" in limits.full_disk(measuring, 40)


def test_what_is_half_written_is_found(tmp_path: Path) -> None:
    for name in ("a.json", "b.parquet", "c.safetensors", "d.ipynb"):
        (tmp_path / name).write_text('{"whole": ')
    (tmp_path / f".e.csv.x{UNFINISHED}").touch()
    (tmp_path / "f.partial.ipynb").touch()
    assert len(unreadable(tmp_path)) == 4
    assert len(half_written(tmp_path)) == 6
    (tmp_path / "whole.csv").write_text("a\n1\n")
    (tmp_path / "page.html").touch()
    assert tables(tmp_path.parent / "none") == {}
    assert pages(tmp_path) == ["page.html"]


def test_who_has_taken_a_folder_is_known(tmp_path: Path) -> None:
    assert not holds(os.getpid(), tmp_path)
    with locked(tmp_path / "a", "held"):
        assert holds(os.getpid(), tmp_path / "a")
        assert not holds(os.getpid() + 1, tmp_path / "a")


def test_a_command_is_held_to_how_it_ends(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    running = desk.start("--version")
    assert not until(lambda: False, running)
    assert "1." in running.succeed()
    with pytest.raises(AssertionError, match="exit code 0"):
        running.refuse(".*")
    assert {file.name for file in tmp_path.iterdir() if file.is_dir()} == {
        "home",
        "tmpdir",
        "xdg_cache_home",
    }
    assert one_line("a\n 10%  3it/s]\n b\n") == "a b"


def test_a_fault_that_is_not_borne_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> str:
        raise AssertionError("half a table")

    assert borne({"one": lambda: "fine", "two": fails, "three": fails}) == 2
    assert "NOT BORNE: half a table" in capsys.readouterr().out
    assert borne({"one": lambda: ["fine"], "two": fails}, "three") == 0
    assert kills.different({"a": "1", "b": "1"}, {"a": "2", "b": "1"}) == ["a"]
