"""What a report takes from the machine that it is made on."""

from __future__ import annotations

import os

from steering.report.machine import KERNEL_MB, cores_here, memory_mb


def test_only_cores_that_this_process_may_use_count(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3}, raising=False)
    assert cores_here() == 2
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert cores_here() == 5


def test_there_is_room_for_one_kernel_at_least(monkeypatch):
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 10**6
    assert KERNEL_MB <= memory_mb() < whole
    monkeypatch.setattr("pathlib.Path.read_text", lambda _: "MemAvailable: 1000 kB")
    assert memory_mb() == KERNEL_MB
