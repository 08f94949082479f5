"""Storage: writes files that appear whole or not at all, in folders that one process holds."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from safetensors import SafetensorError

from steering.errors import Refused, Unwritable

LOCK_FILE = ".lock"
# How the name of a file ends that is being written. Where a process was killed, it stays behind.
UNFINISHED = ".unfinished"
ROOM = 2**16  # bytes: a disk with less room is full


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place only if the block succeeds.

    Raises Refused where the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=UNFINISHED, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise unwritable(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    # safetensors has an error of its own for a full disk.
    except (OSError, SafetensorError) as error:
        raise unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def unwritable(path: Path, error: Exception) -> Unwritable:
    """Return the sentence for a path that the operating system would not let us write."""
    reason = getattr(error, "strerror", None) or str(error)
    return Unwritable(
        f"{str(path)!r} could not be written ({reason}): "
        "name a folder with room that you may write to."
    )


def require_room(folder: Path) -> None:
    """Raise Refused where nothing more can be written in a folder, as on a full disk."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, suffix=UNFINISHED) as file:
            file.write(bytes(ROOM))
            file.flush()
    except OSError as error:
        raise unwritable(folder, error) from error


def _umask() -> int:
    # mkstemp makes files private; results are meant to be read by others like any other file.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_json(value: Any, path: Path) -> Path:
    """Return the path of a JSON file that appears whole or not at all."""
    return write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", path)


def write_text(text: str, path: Path) -> Path:
    """Return the path of a text file that appears whole or not at all."""
    with replaced(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def is_unfinished(file: Path) -> bool:
    """Return whether a file is one of those that `replaced` has not put in their place."""
    return file.name.startswith(".") and file.name.endswith(UNFINISHED)


def remove_unfinished(files: Iterable[Path]) -> None:
    """Remove those of some files that a killed process was writing.

    Raises Refused where the folder cannot be written.
    """
    for file in filter(is_unfinished, files):
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(file, error) from error


@contextmanager
def locked(folder: Path, sentence: str, *, orphaned: str = "") -> Iterator[IO[str]]:
    """Hold a folder for this process during the block; it is made if need be.

    The lock is yielded: a process that inherits it holds the folder too. What is made for it is
    gone afterwards: its file, and folders that are empty then. A process that is killed holds
    nothing, and what it was writing in the folder, or in one inside it, is removed. Raises Refused
    with the sentence where the folder is held already, and leaves it as it was; with `orphaned`,
    if one is given, where the process that took the lock has ended and one that inherited it lives.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        filled = folder.is_dir() and any(folder.iterdir())
        lock = _held(folder, sentence, orphaned or sentence)
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        remove_unfinished([*folder.glob(f".*{UNFINISHED}"), *folder.glob(f"*/.*{UNFINISHED}")])
        yield lock
    finally:
        # The file goes before the lock is given up: nobody else can have made it anew by then.
        with lock, suppress(OSError):
            (folder / LOCK_FILE).unlink()
        with suppress(OSError):
            for each in [folder] if filled else missing:
                each.rmdir()


@contextmanager
def held_by_job(folder: Path, file: str) -> Iterator[None]:
    """Hold a file of a folder during the block, beside other jobs that hold it: see `no_job`."""
    with _opened(folder, file) as lock:
        if lock is not None:
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def no_job(folder: Path, file: str) -> bool:
    """Return whether no job holds this file of a folder; jobs that were killed hold nothing."""
    with _opened(folder, file) as lock:
        try:
            if lock is not None:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system without locks, as below
    return True


@contextmanager
def _opened(folder: Path, file: str) -> Iterator[IO[str] | None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / file).open("a", encoding="utf-8")
    except OSError:
        # Whatever is to be written there says so itself.
        yield None
        return
    with lock:
        yield lock


def _held(folder: Path, sentence: str, orphaned: str) -> IO[str]:
    file = folder / LOCK_FILE
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            lock = file.open("a", encoding="utf-8")
            if _taken(lock, file, sentence, orphaned):
                return lock
            lock.close()


def _taken(lock: IO[str], file: Path, sentence: str, orphaned: str) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Refused(orphaned if _taker_has_ended(file) else sentence) from None
    except OSError:
        # Some file systems have no locks: there is nothing to hold, and nothing that could wait.
        return True
    # Whoever held it before may have removed the file since it was opened here.
    if not (file.exists() and os.path.samestat(os.fstat(lock.fileno()), file.stat())):
        return False
    # A full disk may have no room for this; what is to be written there says so itself.
    with suppress(OSError):
        os.ftruncate(lock.fileno(), 0)
        os.write(lock.fileno(), json.dumps(_this_process()).encode())
    return True


def _this_process() -> list[Any]:
    return [socket.gethostname(), os.getpid()]


def _taker_has_ended(file: Path) -> bool:
    """Return whether the process that took a lock is known to have ended, on this machine."""
    try:
        host, process = json.loads(file.read_text(encoding="utf-8"))
        if host == socket.gethostname():
            os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, TypeError):
        return False
    return False
