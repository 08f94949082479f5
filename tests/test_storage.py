"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from safetensors import SafetensorError

from steering import storage
from steering.errors import Refused
from steering.storage import (
    LOCK_FILE,
    UNFINISHED,
    held_by_job,
    is_unfinished,
    locked,
    no_job,
    remove_unfinished,
    replaced,
    require_room,
    unwritable,
    write_json,
)


def test_until_the_block_is_done_the_old_file_stands(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "a.txt"
    with replaced(path) as temporary:
        temporary.write_text("old")
        assert not path.exists()
    with replaced(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.parent == path.parent
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


FAULTS = [
    (ValueError("a fault"), ValueError),
    (KeyboardInterrupt(), KeyboardInterrupt),
    (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), Refused),
    (SafetensorError("I/O error: File too large"), Refused),
]


@pytest.mark.parametrize(("fault", "said"), FAULTS, ids=repr)
def test_a_block_that_fails_leaves_the_old_file_and_no_other(
    fault: BaseException, said: type[BaseException], tmp_path: Path
) -> None:
    def fails(path: Path) -> None:
        with replaced(path) as temporary:
            temporary.write_text("half of the n")
            raise fault

    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(said):
        fails(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "a.json", tmp_path / "file" / "folder" / "a.json"):
        with pytest.raises(Refused, match=r"a\.json' could not be written \(.+\): name a folder"):
            write_json(1, path)
    monkeypatch.setattr(storage.tempfile, "mkstemp", refuse)
    with pytest.raises(Refused, match=r"could not be written \(Permission denied\)") as refused:
        write_json(1, tmp_path / "a.json")
    assert "\n" not in str(refused.value)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_the_sentence_says_what_an_error_without_a_number_says() -> None:
    assert "(no room)" in str(unwritable(Path("a"), SafetensorError("no room")))


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_others_may_read_it_like_any_other_file(mask: int, mode: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        path = write_json({}, tmp_path / "a.json")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode


def test_json_is_sorted_and_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert write_json({"b": 1, "a": ["ä"]}, path) == path
    assert json.loads(path.read_text()) == {"a": ["ä"], "b": 1}
    one = path.read_bytes()
    assert write_json({"a": ["ä"], "b": 1}, path).read_bytes() == one
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_json({"a": 1, "b": object()}, path)
    assert path.read_bytes() == one
    assert list(tmp_path.iterdir()) == [path]


def test_room_is_asked_for_and_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_room(tmp_path)
    assert list(tmp_path.iterdir()) == []
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    monkeypatch.setattr(storage, "ROOM", 1000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400, hard))
    try:
        with pytest.raises(Refused, match=r"could not be written .*too large.*: name a folder"):
            require_room(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


HOLDS = """
import sys
from pathlib import Path
from steering.storage import locked
with locked(Path(sys.argv[1]), "it is held."):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which holds the folder `run`."""
    command = [sys.executable, "-c", HOLDS, str(tmp_path / "run")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_folder_belongs_to_one_process(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    run = tmp_path / "run"
    (run / "mine").touch()
    for _ in range(2):
        with pytest.raises(Refused, match=r"^another has it\.$"), locked(run, "another has it."):
            pass
        assert {file.name for file in run.iterdir()} == {"mine", LOCK_FILE}
    holder.communicate()
    assert [file.name for file in run.iterdir()] == ["mine"]
    with locked(run, "free"):
        pass


def test_a_process_that_was_killed_holds_nothing(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    holder.kill()
    holder.wait()
    assert [file.name for file in (tmp_path / "run").iterdir()] == [LOCK_FILE]
    with locked(tmp_path / "run", "free"):
        assert (tmp_path / "run" / LOCK_FILE).is_file()
    assert list(tmp_path.iterdir()) == []


WRITES = """
import os, signal, sys
from pathlib import Path
from steering.storage import replaced
with replaced(Path(sys.argv[1])) as temporary:
    temporary.write_text("half of the n")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_was_writing_is_removed_by_the_next_one(tmp_path: Path) -> None:
    for place in ("a.json", "stages/b.parquet"):
        command = [sys.executable, "-c", WRITES, str(tmp_path / "run" / place)]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    left = [file for file in (tmp_path / "run").rglob("*") if file.is_file()]
    assert len(left) == 2
    assert all(map(is_unfinished, left))
    mine = tmp_path / "run" / f"mine{UNFINISHED}"
    mine.touch()
    with locked(tmp_path / "run", "free"):
        assert [f for f in (tmp_path / "run").rglob("*") if f.is_file() and f != mine] == [
            tmp_path / "run" / LOCK_FILE
        ]
    assert mine.exists()


def test_what_cannot_be_removed_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "unlink", refuse)
    remove_unfinished([tmp_path / "a.json"])
    with pytest.raises(Refused, match=r"could not be written \(Read-only file system\)"):
        remove_unfinished([tmp_path / f".a.json.x{UNFINISHED}"])


INHERITED = """
import subprocess, sys
from pathlib import Path
from steering.storage import locked
with locked(Path(sys.argv[1]), "it is held.") as lock:
    wait = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    subprocess.Popen(wait, pass_fds=[lock.fileno()])
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_holds_a_folder_for_one_that_has_ended_is_told_apart(tmp_path: Path) -> None:
    command, pipe = [sys.executable, "-c", INHERITED, str(tmp_path / "run")], subprocess.PIPE

    def sentence() -> str:
        with (
            pytest.raises(Refused) as refused,
            locked(tmp_path / "run", "by it.", orphaned="by its child."),
        ):
            pass
        return str(refused.value)

    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert sentence() == "by it."
        process.kill()
        process.wait()
        assert sentence() == "by its child."
    for _ in range(100):  # the child ends with the pipe
        with suppress(Refused), locked(tmp_path / "run", "by it."):
            return
        time.sleep(0.05)
    pytest.fail("it is held by nobody, and yet refused")


JOB = HOLDS.replace("locked", "held_by_job").replace("it is held.", ".jobs")


def test_jobs_hold_a_file_together_until_they_end(tmp_path: Path) -> None:
    command, pipe = [sys.executable, "-c", JOB, str(tmp_path / "run")], subprocess.PIPE
    assert no_job(tmp_path / "run", ".jobs")
    with (
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as one,
        held_by_job(tmp_path / "run", ".jobs"),
    ):
        assert one.stdout is not None
        assert one.stdout.readline() == "held\n"
        assert not no_job(tmp_path / "run", ".jobs")
        one.kill()
        one.wait()
        assert not no_job(tmp_path / "run", ".jobs")
    assert no_job(tmp_path / "run", ".jobs")
    (tmp_path / "file").touch()
    with held_by_job(tmp_path / "file" / "a", ".jobs"):
        assert no_job(tmp_path / "file" / "a", ".jobs")


def test_what_a_lock_has_made_is_gone_with_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path / "a" / "b", "free"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "empty").mkdir()
    with locked(tmp_path / "empty", "free"):
        pass
    assert list((tmp_path / "empty").iterdir()) == []
    with locked(tmp_path / "a" / "b", "free"):
        (tmp_path / "a" / "b" / "result").touch()
    assert [file.name for file in (tmp_path / "a" / "b").iterdir()] == ["result"]


def test_a_lock_on_a_file_that_was_removed_meanwhile_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[object] = []
    flock = fcntl.flock

    def late(lock: object, how: int) -> None:
        # The process that held it ends between the opening of the file and the locking.
        if not taken:
            (tmp_path / LOCK_FILE).unlink()
        taken.append(lock)
        flock(lock, how)  # type: ignore[arg-type]

    monkeypatch.setattr(storage.fcntl, "flock", late)
    with locked(tmp_path, "free"):
        assert len(taken) == 2
        with pytest.raises(Refused, match="held"), locked(tmp_path, "held"):
            pass


def test_a_file_system_without_locks_is_no_reason_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(storage.fcntl, "flock", none)
    with locked(tmp_path / "run", "held"):
        (tmp_path / "run" / "result").touch()
        assert no_job(tmp_path / "run", "jobs")
    (tmp_path / "run" / "jobs").unlink()
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["result"]


def test_a_folder_that_cannot_be_made_is_not_locked(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="could not be written"), locked(tmp_path / "file" / "a", ""):
        pass
