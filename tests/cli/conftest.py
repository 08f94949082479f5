"""Commands run as in a shell, without a process of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from steering.cli import main


@pytest.fixture
def printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """Return what a command prints, line by line."""

    def run(*arguments: object) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["steering", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.main()
        shown = capsys.readouterr()
        assert ended.value.code in (0, None), shown.err
        return shown.out.splitlines()

    return run
