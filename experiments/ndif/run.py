"""`make test-ndif`: a real NDIF server here, a concept measured through it, and measured/ndif.json.

    python -m experiments.ndif.run SERVER_PYTHON [--quick] [--live]

Nothing goes beyond this machine: the server, its hub and its store listen on loopback.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
CLONE = HERE.parents[1]
NAME, CONCEPT = "steering/wren", "tidy"
SMALL = ("--test-groups", "3", "--train-groups", "6", "--settings", "BASE", "--layers", "2")
# float32 on both sides, other threads and other shapes: rounding, and nothing else.
BOUND = 1e-3


def main() -> None:
    """Start a server, measure a concept through it, and write what that took."""
    given = argparse.ArgumentParser(prog="python -m experiments.ndif.run")
    given.add_argument("python", type=Path, help="the Python of the server's environment")
    given.add_argument("--quick", action="store_true", help="few items: a try-out, not written")
    given.add_argument("--keep", type=Path, help="a folder to work in, which is kept")
    options = given.parse_args()
    if shutil.which("redis-server") is None:
        sys.exit("redis-server is not here: install it (`apt install redis-server`) and try again.")
    with tempfile.TemporaryDirectory(prefix="steering-ndif-") as made:
        scratch = (options.keep or Path(made)).resolve()
        # The server starts in another folder; a link to a Python is what makes an environment.
        about = tried(options.python.absolute(), scratch, SMALL if options.quick else ())
    if not options.quick:
        from steering.clone import measured_folder  # noqa: PLC0415
        from steering.storage import write_json  # noqa: PLC0415

        print(write_json(about, measured_folder() / "ndif.json"))


def tried(python: Path, scratch: Path, plan: tuple[str, ...]) -> dict[str, Any]:
    """Return what everything took, done once, and how far it is from the same without a server."""
    from experiments.ndif.hub import hub  # noqa: PLC0415
    from experiments.ndif.stack import stack  # noqa: PLC0415

    before = machine()
    with hub(NAME, CLONE / "models" / "wren") as address:
        # Read when transformers and nnsight are imported, which is further down.
        os.environ |= {"HF_ENDPOINT": address, "HF_HOME": str(scratch / "client")}
        os.environ |= {"NDIF_API_KEY": "none", "HF_HUB_DISABLE_TELEMETRY": "1"}
        os.environ.pop("HF_HUB_OFFLINE", None)
        print("the same without a server", flush=True)
        # The small one first: what happens only once, as importing, is no part of the other.
        measured(scratch / "here-small", *SMALL)
        here = timed(lambda: measured(scratch / "here", *plan))
        with stack(python, scratch / "server", address) as server:
            print("starting the server", flush=True)
            start = server.start()
            print(f"up after {start:.0f} s; deploying", flush=True)
            remote = ("--remote", "--host", server.url)
            with watched() as first:
                measured(scratch / "first", *SMALL, "--seed", "1", *remote)
            print(f"deployed in {first[0]['seconds']:.0f} s; a concept", flush=True)
            with watched() as asked:
                there = timed(lambda: measured(scratch / "there", *plan, *remote))
            print(f"{there:.0f} s, {len(asked)} requests; in the sandbox", flush=True)
            with watched() as boxed, untrusted():
                box = timed(lambda: measured(scratch / "sandbox", *SMALL, *remote))
            versions = installed(python)
    trusted = differences(scratch / "here", scratch / "there")
    sandbox = differences(scratch / "here-small", scratch / "sandbox")
    said = {
        "server_start_seconds": start,
        "deploy_seconds": first[0]["seconds"],
        "trusted": {**figures(asked), "seconds_a_concept": there, "differences": trusted},
        "sandbox": {**figures(boxed), "seconds": box, "differences": sandbox},
        "seconds_here": here,
    }
    print(said, flush=True)
    if max(*trusted.values(), *sandbox.values()) > BOUND:
        sys.exit(f"through the server it is not the same: {trusted}, {sandbox}")
    from steering.measuring.identity import measuring_code  # noqa: PLC0415

    return {
        **said,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": before,
        "model": "wren",
        "concept": CONCEPT,
        "versions": {"python": platform.python_version(), **ours()},
        "server_versions": versions,
        "code": measuring_code(),
    }


def measured(out: Path, *options: str) -> None:
    """Run `steering measure` as a user types it, in this process."""
    from steering.cli import main  # noqa: PLC0415

    sys.argv = ["steering", "measure", NAME, CONCEPT, "--out", str(out), *options]
    try:
        main.main()
    except SystemExit as ended:
        if ended.code:
            raise


def timed(run: Any) -> float:
    """Return how many seconds a call takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


@contextmanager
def watched() -> Iterator[list[dict[str, float]]]:
    """Yield what each request of the block takes, from its block to its result."""
    from steering.remote.request import Request  # noqa: PLC0415

    seen: list[dict[str, float]] = []
    answered, serialize = Request._answered, Request._serialize

    def sized(self: Any, tracer: Any) -> bytes:
        blob: bytes = serialize(self, tracer)
        seen.append({"bytes": len(blob)})
        return blob

    def clocked(self: Any, tracer: Any) -> Any:
        started = time.perf_counter()
        result = answered(self, tracer)
        seen[-1]["seconds"] = time.perf_counter() - started
        seen[-1]["received"] = received(result)
        return result

    Request._answered, Request._serialize = clocked, sized  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        Request._answered, Request._serialize = answered, serialize  # type: ignore[method-assign]


def received(result: Any) -> int:
    """Return how many bytes the tensors of an answer hold, as they are kept."""
    if isinstance(result, dict):
        return sum(map(received, result.values()))
    if isinstance(result, list | tuple):
        return sum(map(received, result))
    return int(result.nbytes)


@contextmanager
def untrusted() -> Iterator[None]:
    """Yield while requests ask to be run in the sandbox.

    So do those of a key without the trusted tag.
    """
    from nnsight.schema.request import RequestModel  # noqa: PLC0415

    metadata = RequestModel.metadata
    RequestModel.metadata = lambda self: self.model_dump_json()[:-1] + ',"trusted":false}'
    try:
        yield
    finally:
        RequestModel.metadata = metadata


def figures(requests: list[dict[str, float]]) -> dict[str, float]:
    """Return what the requests took, in a few numbers."""
    return {
        "requests": len(requests),
        "seconds_a_request": median(one["seconds"] for one in requests),
        "longest_request_seconds": max(one["seconds"] for one in requests),
        "largest_request_bytes": max(one["bytes"] for one in requests),
        "bytes_sent": sum(one["bytes"] for one in requests),
        "bytes_received": sum(one["received"] for one in requests),
    }


def differences(here: Path, there: Path) -> dict[str, float]:
    """Return the largest differences between two runs of the same plan, in each kind of result."""
    from steering.records.results import read_results  # noqa: PLC0415
    from steering.records.tables import STEERABILITY_KEY  # noqa: PLC0415
    from steering.vectors.files import load_vectors  # noqa: PLC0415

    one, other = read_results([here]), read_results([there])
    largest = {}
    keys = {"sweep": [*STEERABILITY_KEY, "multiplier"], "steerability": [*STEERABILITY_KEY]}
    for table, value in (("sweep", "propensity"), ("steerability", "steerability")):
        pair = [getattr(each, table).set_index(keys[table])[value] for each in (one, other)]
        assert pair[0].index.sort_values().equals(pair[1].index.sort_values()), table
        largest[value] = float((pair[0] - pair[1]).abs().max())
    vectors = [load_vectors(folder / "vector.safetensors")[0] for folder in (here, there)]
    largest["vector"] = max(float((vectors[0][k] - vectors[1][k]).abs().max()) for k in vectors[0])
    texts = [[row["text"] for row in each.cards[0]["generations"]] for each in (one, other)]
    assert texts[0] == texts[1], "the replies are others"
    return largest


def installed(python: Path) -> dict[str, str]:
    """Return the versions that the server's environment has."""
    names = ("ndif", "nnsight", "ray", "torch", "transformers")
    code = f"import importlib.metadata as m\nfor n in {names}: print(n, m.version(n))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


def ours() -> dict[str, str]:
    """Return the versions of the packages that both sides have, in this environment."""
    return {name: version(name) for name in ("nnsight", "torch", "transformers")}


def machine() -> dict[str, Any]:
    """Return what this machine is, and how busy it is."""
    from experiments.benchmark.clock import machine as kind  # noqa: PLC0415

    cores = os.cpu_count() or 1
    about: dict[str, Any] = {**kind(), "cores": cores}
    if about["load"] > cores:
        about["note"] = f"{cores} cores shared with other work: nothing here is a speed"
    return about


if __name__ == "__main__":
    main()
