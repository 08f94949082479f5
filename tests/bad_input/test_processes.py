"""Bad input ends a process of its own with exit code 2, as it does in a shell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_input import test_concepts, test_models, test_outputs, test_plans
from tests.support.bench import Bench, contents, said

# One of each kind: all others end in this process, in the files above. They run all at once.
PROCESSES = {
    "concept: another encoding": test_concepts.CASES["another encoding"],
    "plan: multiplier no number": test_plans.CASES["multiplier no number"],
    "output: files of others": test_outputs.CASES["files of others"],
    "model: pickle weights": test_models.CASES["pickle weights"],
}


@pytest.fixture(scope="module")
def processes(source, tmp_path_factory) -> Iterator[dict[str, tuple[subprocess.Popen, Path, dict]]]:
    started = {}
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("STEERING_DATA", None)
    for name, (make, _) in PROCESSES.items():
        bench = Bench(tmp_path_factory.mktemp("process"), source)
        arguments = make(bench)
        before = contents(bench.folder)
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("steering")), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        started[name] = (process, bench.folder, before)
    yield started
    for process, _, _ in started.values():
        process.kill()
        process.communicate()


@pytest.mark.parametrize("name", PROCESSES)
def test_bad_input_ends_a_process_with_code_two(name, processes):
    process, folder, before = processes[name]
    out, err = process.communicate(timeout=300)
    assert process.returncode == 2
    assert out == ""
    assert re.search(PROCESSES[name][1], said(err)), err
    assert "Traceback" not in err
    assert contents(folder) == before
