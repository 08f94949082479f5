"""The process that forks for jobs: what it has imported, and that it may be forked at all."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from steering.report.environment import ONE_THREAD
from steering.report.forking import imports

LOOKING = """
import os, sys
from steering.report.forking import import_all, read_code
import_all()
read_code()
print(len(os.listdir("/proc/self/task")), sorted({"torch", "transformers"} & {*sys.modules}))
for name in ("ipykernel.ipkernel", "papermill", "matplotlib.pyplot", "steering.figures.layers"):
    assert name in sys.modules, name
assert "matplotlib_inline.backend_inline" in os.environ["MPLBACKEND"]
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_it_has_one_thread_and_no_torch() -> None:
    """A fork has the thread that forks alone: locks that others hold would stay locked."""
    environment = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"} | ONE_THREAD
    said = subprocess.run(
        [sys.executable, "-c", LOOKING], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "1 []"


def test_it_imports_what_the_notebooks_do(clone: Path) -> None:
    found = list(imports())
    assert "from steering.records.results import read_results" in found
    assert "from IPython.display import Markdown" in found
    cells = [
        cell.source
        for notebook in (clone / "notebooks").glob("*.ipynb")
        for cell in nbformat.read(notebook, as_version=4).cells
        if cell.cell_type == "code"
    ]
    nodes = [node for cell in cells for node in ast.parse(cell).body]
    assert len(found) == sum(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes)


SERVING = """
import os, socket, sys
from steering.report.forking import serve
with socket.socket(fileno=int(sys.argv[1])) as listener:
    serve(listener, 0)
"""


def test_it_ends_when_the_report_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)
        listener.bind("socket")
        listener.listen()
        process = subprocess.Popen(
            [sys.executable, "-c", SERVING, str(listener.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        process.communicate(timeout=60)
        assert process.returncode == 0
