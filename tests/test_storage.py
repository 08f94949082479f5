"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from safetensors import SafetensorError

from steering import storage
from steering.errors import Refused
from steering.storage import replaced, unwritable, write_json


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
