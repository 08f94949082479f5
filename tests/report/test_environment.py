"""The environment of a report's processes: what is set for them, and what the user's own says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from steering.report.environment import MEMORY, ONE_THREAD, of_jobs, of_warm_process


def test_the_users_own_settings_of_snakemake_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAKEMAKE_PROFILE", "the user's")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    around = of_jobs()
    assert "SNAKEMAKE_PROFILE" not in around
    assert (around["OMP_NUM_THREADS"], around["PYTHONSAFEPATH"]) == ("3", "1")


def test_what_the_user_says_of_memory_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in MEMORY:
        monkeypatch.delenv(name, raising=False)
    assert MEMORY.items() <= of_jobs().items()
    assert MEMORY.items() <= of_warm_process().items()
    monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", "mimalloc")
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    assert of_jobs()["ARROW_DEFAULT_MEMORY_POOL"] == "mimalloc"
    assert of_warm_process()["ARROW_DEFAULT_MEMORY_POOL"] == "mimalloc"
    assert of_jobs()["OMP_WAIT_POLICY"] == "active"


def test_the_process_that_forks_has_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert ONE_THREAD.items() <= of_warm_process().items()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems free memory otherwise")
def test_memory_that_is_freed_is_not_fetched_again_page_by_page() -> None:
    code = (
        "import resource, numpy, pyarrow\n"
        "def made(): numpy.ones(20_000_000)\n"
        "made()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "for _ in range(5): made()\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)\n"
        "print(pyarrow.default_memory_pool().backend_name)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], env=of_jobs(), capture_output=True, text=True, check=True
    )
    faults, pool = told.stdout.split()
    # Each of the arrays fills nearly forty thousand pages of 4 kB.
    assert int(faults) < 20_000
    assert pool == "system"
