"""Storage: writes files that appear whole or not at all, in folders that one process holds."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from safetensors import SafetensorError

from steering.errors import Refused

LOCK_FILE = ".lock"


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place only if the block succeeds.

    Raises Refused where the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
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


def unwritable(path: Path, error: Exception) -> Refused:
    """Return the sentence for a path that the operating system would not let us write."""
    reason = getattr(error, "strerror", None) or str(error)
    return Refused(
        f"{str(path)!r} could not be written ({reason}): "
        "name a folder with room that you may write to."
    )


def _umask() -> int:
    # mkstemp makes files private; results are meant to be read by others like any other file.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_json(value: Any, path: Path) -> Path:
    """Return the path of a JSON file that appears whole or not at all."""
    with replaced(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


@contextmanager
def locked(folder: Path, sentence: str) -> Iterator[IO[str]]:
    """Hold a folder for this process during the block; it is made if need be.

    The lock is yielded: a process that inherits it holds the folder too. What is made for it is
    gone afterwards: its file, and folders that are empty then. A process that is killed holds
    nothing. Raises Refused with the sentence where the folder is held
    already, and leaves it as it was.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        filled = folder.is_dir() and any(folder.iterdir())
        lock = _held(folder, sentence)
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        yield lock
    finally:
        # The file goes before the lock is given up: nobody else can have made it anew by then.
        with lock, suppress(OSError):
            (folder / LOCK_FILE).unlink()
        with suppress(OSError):
            for each in [folder] if filled else missing:
                each.rmdir()


def _held(folder: Path, sentence: str) -> IO[str]:
    file = folder / LOCK_FILE
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            lock = file.open("a", encoding="utf-8")
            if _taken(lock, file, sentence):
                return lock
            lock.close()


def _taken(lock: IO[str], file: Path, sentence: str) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Refused(sentence) from None
    except OSError:
        # Some file systems have no locks: there is nothing to hold, and nothing that could wait.
        return True
    # Whoever held it before may have removed the file since it was opened here.
    return file.exists() and os.path.samestat(os.fstat(lock.fileno()), file.stat())
