"""A kernel in waiting: to Jupyter it is a kernel like any other, also where it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

Notebook = Callable[..., Path]

# Runs in a process of its own: what forks must have one thread.
EXECUTING = """
import os, sys
from pathlib import Path
import only_here
from steering.report.execute import Unpublished, execute
from steering.report.kernels import Forked, Waiting, offer, provisioned
assert provisioned() == {{}}
kernel = Waiting.forked()
offer(kernel)
assert provisioned()
try:
    execute(Path({template!r}), Path({target!r}), {{"value": 2}}, timeout={timeout})
except Unpublished as problem:
    print(problem)
assert Forked.waiting is None
assert kernel.poll() is not None, "the kernel is still there"
print("the kernel was", kernel.pid, "of", os.getpid())
"""


def executed(template: Path, timeout: int | None = None) -> tuple[str, Path]:
    """What is said by a process that executes a notebook in a kernel of its own."""
    target = template.parent / "page.ipynb"
    (template.parent / "only_here.py").write_text("value = 'of the process that forked'")
    code = EXECUTING.format(template=str(template), target=str(target), timeout=timeout)
    path = os.pathsep.join([str(template.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, target


@pytest.mark.notebook
def test_it_executes_a_notebook_in_a_process_of_its_own(notebook: Notebook) -> None:
    template = notebook(
        "import os, sys; print(os.getpid(), os.getppid())",
        "print('only_here' in sys.modules, sorted(n for n in globals() if n == 'execute'))",
        "print(value, os.getcwd(), os.getsid(0) == os.getpid())",
    )
    said, target = executed(template)
    kernel, process = said.split()[3], said.split()[5]
    printed = [
        cell.outputs[0].text.strip()
        for cell in nbformat.read(target, as_version=4).cells
        if cell.get("outputs")
    ]
    assert printed[0] == f"{kernel} {process}"
    assert printed[1] == "True []", "its modules are there, and no names of its parent"
    assert printed[2] == f"2 {template.parent} True"


@pytest.mark.notebook
@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("raise ValueError('no such concept')", "ValueError: no such concept"),
        ("import os; os._exit(0)", "its kernel died"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "its kernel died"),
        ("import time; time.sleep(60)", "a cell ran out of time"),
    ],
)
def test_how_it_fails_is_said(cell: str, reason: str, notebook: Notebook) -> None:
    said, target = executed(notebook("print('so far')", cell), timeout=5)
    assert f"was not published: {reason}" in said
    assert not target.exists()
    assert "so far" in target.with_suffix(".log").read_text()


def process_of(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def is_gone(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").is_file() and ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return True
        time.sleep(0.1)
    return False


def test_it_ends_when_it_is_not_needed() -> None:
    code = (
        "from steering.report.kernels import Waiting; kernel = Waiting.forked(); "
        "assert kernel.poll() is None; kernel.give_up(); print(kernel.returncode)"
    )
    said, _ = process_of(code).communicate(timeout=60)
    assert said.strip() == "0"


def test_it_can_be_killed_and_asked_to_end() -> None:
    code = (
        "from steering.report.kernels import Waiting; a, b = Waiting.forked(), Waiting.forked(); "
        "a.kill(); b.terminate(); print(a.wait(), b.wait()); a.kill()"
    )
    said, _ = process_of(code).communicate(timeout=60)
    assert said.split() == [str(-signal.SIGKILL), str(-signal.SIGTERM)]


def test_it_does_not_outlive_the_process_that_forked_it() -> None:
    code = (
        "import time; from steering.report.kernels import Waiting; "
        "print(Waiting.forked().pid, flush=True); time.sleep(60)"
    )
    with process_of(code) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert is_gone(pid)
