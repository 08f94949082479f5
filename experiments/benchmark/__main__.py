"""`make benchmark`: time everything side by side and write measured/benchmark.json.

python -m experiments.benchmark [--quick]     the embedded model and a Llama of 120M parameters
python -m experiments.benchmark --gpu         a Llama shape of 7B parameters in bfloat16, on a GPU
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from experiments.benchmark import fixture, gpu, measures, said
from experiments.benchmark.clock import machine
from experiments.benchmark.measures import Row, Size
from experiments.benchmark.rival import Rival
from experiments.benchmark.subjects import SUBJECTS, subject, subject_folder
from steering.clone import measured_folder
from steering.measuring.identity import measuring_code
from steering.storage import write_json

SIZES = {"wren": Size(32, 1, 7), "Llama 120M": Size(4, 1, 3), "Llama tiny": Size(4, 1, 2)}
PACKAGES = ("torch", "transformers", "nnsight", "numpy")


def on_processor(names: tuple[str, ...], scratch: Path, *, quick: bool) -> Iterator[Row]:
    """Yield the table of some models on one thread of the processor."""
    for name in names:
        size = Size(4, 1, 2) if quick else SIZES[name]
        model = subject(name, scratch)
        rival = Rival(subject_folder(name, scratch))
        yield from with_prints(measures.against_others(model, rival, size))
        rival.close()
        yield from with_prints(measures.against_the_processor(model, size))
        yield from with_prints(measures.choices(model, size))
        half = subject(name, scratch, dtype="bfloat16")
        yield from with_prints(measures.lower_precision(model, half, size))
        yield from with_prints(measures.growth(model, size))
        yield from with_prints(said.rows(model, size))
        if name == "wren":
            counts = (10, 20) if quick else (100, 1000)
            yield from with_prints(measures.memory(model, *counts))
            yield from with_prints(said.of_concept(model, size))


def on_gpu(name: str, scratch: Path) -> Iterator[Row]:
    """Yield wall times of a large shape in bfloat16, and of a concept on a real chat model."""
    model = subject(name, scratch, dtype="bfloat16")
    size = Size(128, 1, 3) if model.device.type == "cuda" else Size(4, 1, 2)
    yield from with_prints(gpu.rows(model, size))
    yield from with_prints(gpu.concepts(scratch))


def with_prints(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield rows, and print each as it comes."""
    for one in rows:
        reach = f"  (reach {one['reach']})" if one.get("reach") else ""
        x = f" {one['x']}" if "x" in one else ""
        where = f"{one['model']:<10} {one['measure']}{x}"
        print(f"{where:<74} {one['value']:9.3f} {one['unit']}{reach}", flush=True)
        yield one


def main() -> None:
    """Run what is asked for and write it down."""
    given = argparse.ArgumentParser(prog="python -m experiments.benchmark")
    given.add_argument("--quick", action="store_true", help="few items: a try-out, not written")
    given.add_argument("--gpu", action="store_true", help="a 7B shape in bfloat16")
    given.add_argument("--model", action="append", help="only these models")
    options = given.parse_args()
    torch.set_num_threads(1)
    table: list[Row] = []
    about: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
            **{f"peer: {name}": number for name, number in peer_pins().items()},
        },
        "code": measuring_code(),
        "table": table,
    }
    if torch.cuda.is_available():
        about["machine"]["gpu"] = torch.cuda.get_device_name()
    file = measured_folder() / ("benchmark-gpu.json" if options.gpu else "benchmark.json")
    with tempfile.TemporaryDirectory() as scratch:
        if options.gpu:
            rows = on_gpu((options.model or ["Llama 7B"])[0], Path(scratch))
        else:
            names = tuple(options.model or SUBJECTS)
            rows = on_processor(names, Path(scratch), quick=options.quick)
        for one in rows:
            table.append(one)
            about["machine"]["load_at_the_end"] = machine()["load"]
            if not options.quick:
                # Row by row: a run that is ended leaves what it has measured.
                write_json(about, file)
    if not (options.quick or options.gpu):
        fixture.make()


def peer_pins() -> dict[str, str]:
    """Return the peer's packages with their versions."""
    lines = Path(__file__).with_name("peer.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition("==") for line in lines if "==" in line]
    return {name: number for name, _, number in pairs}


if __name__ == "__main__":
    main()
