"""A real NDIF server on loopback: redis, an object store, Ray, the controller, the API.

It runs in an environment of its own, from a folder in which our package cannot be found.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).parent
MARK = "STEERING_NDIF_STACK"
PATIENCE = 900


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Stack:
    """The processes of one server."""

    def __init__(self, python: Path, scratch: Path, hub: str, dtype: str) -> None:
        self.bin, self.scratch = python.parent, scratch
        self.redis, self.store, self.api, *ray = free_ports(7)
        self.gcs, self.client, self.board, self.agent = ray
        self.url = f"http://127.0.0.1:{self.api}"
        self.mark = uuid.uuid4().hex
        self.children: list[subprocess.Popen[bytes]] = []
        for name in ("log", "cwd", "redis"):
            (scratch / name).mkdir(parents=True)
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        self.environment = {
            **kept,
            MARK: self.mark,
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "PYTHONPATH": str(scratch / "actors"),
            "HF_ENDPOINT": hub,
            "HF_HOME": str(scratch / "hub"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            # Loopback only: Ray would take the machine's own address.
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
            "RAY_USAGE_STATS_ENABLED": "0",
            # A machine that is busy takes longer to start them than Ray waits by itself.
            "RAY_DASHBOARD_STARTUP_TIMEOUT_S": "240",
            "RAY_NUM_REDIS_GET_RETRIES": "120",
            "GRPC_ENABLE_FORK_SUPPORT": "0",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NDIF_REDIS_URL": f"redis://127.0.0.1:{self.redis}",
            "NDIF_OBJECT_STORE_URL": f"http://127.0.0.1:{self.store}",
            "NDIF_OBJECT_STORE_ACCESS_KEY": "test",
            "NDIF_OBJECT_STORE_SECRET_KEY": "testtest",
            "NDIF_RAY_ADDRESS": f"ray://127.0.0.1:{self.client}",
            "NDIF_RAY_HEAD_PORT": str(self.gcs),
            "NDIF_API_PORT": str(self.api),
            "NDIF_API_URL": self.url,
            "NDIF_MODEL_IMPORT_PATH": "actors.OnProcessor",
            "NDIF_DEFAULT_DTYPE": dtype,
            "NDIF_DEFAULT_PADDING_BIAS": "0",
            "NDIF_SANDBOX_POOL_SIZE": "1",
            "NDIF_AUTOSCALING_MAX_REPLICAS": "1",
        }
        (scratch / "actors").mkdir()
        shutil.copy(HERE / "actors.py", scratch / "actors")

    def start(self) -> float:
        """Return the seconds until the server says that it is ready, having started everything."""
        begun = time.monotonic()
        self.spawn(
            "redis", "redis-server", "--port", str(self.redis), "--bind", "127.0.0.1",
            "--save", "", "--appendonly", "no", "--dir", str(self.scratch / "redis"),
        )  # fmt: skip
        self.spawn("store", self.bin / "moto_server", "-H", "127.0.0.1", "-p", str(self.store))
        self.run(
            "ray", self.bin / "ray", "start", "--head", "--node-ip-address=127.0.0.1",
            f"--port={self.gcs}", f"--ray-client-server-port={self.client}",
            "--min-worker-port=30000", "--max-worker-port=30999", "--num-cpus=8", "--num-gpus=1",
            '--resources={"head":10,"cuda_memory_bytes":4000000000,"cpu_memory_bytes":4000000000}',
            "--object-store-memory=200000000", "--include-dashboard=true",
            "--dashboard-host=127.0.0.1", f"--dashboard-port={self.board}",
            f"--dashboard-agent-listen-port={self.agent}",
            "--disable-usage-stats", f"--temp-dir={self.scratch / 'ray'}",
        )  # fmt: skip
        controller = "ndif.services.ray.deployments.controller.controller"
        self.run("controller", self.bin / "python", "-m", controller,
                 RAY_ADDRESS=f"127.0.0.1:{self.gcs}")  # fmt: skip
        self.spawn(
            "api", self.bin / "gunicorn", "--config", "python:ndif.services.api.gunicorn_conf",
            "--bind", f"127.0.0.1:{self.api}", "ndif.services.api.app:app", NDIF_SERVICE="api",
        )  # fmt: skip
        while not self.connected():
            if time.monotonic() - begun > PATIENCE:
                sys.exit(f"the NDIF server is not up after {PATIENCE} s: see {self.scratch}/log")
            time.sleep(0.5)
        return time.monotonic() - begun

    def spawn(self, name: str, *command: str | Path, **more: str) -> None:
        """Start a program of the server that goes on beside this process."""
        with (self.scratch / "log" / name).open("ab") as log:
            self.children.append(subprocess.Popen(
                [str(part) for part in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                cwd=self.scratch / "cwd", env={**self.environment, **more},
                start_new_session=True,
            ))  # fmt: skip

    def run(self, name: str, *command: str | Path, **more: str) -> None:
        """Run a command of the server to its end. Exit where it fails."""
        with (self.scratch / "log" / name).open("ab") as log:
            done = subprocess.run(
                [str(part) for part in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                cwd=self.scratch / "cwd", env={**self.environment, **more}, check=False,
            )  # fmt: skip
        if done.returncode:
            sys.exit(f"{name} of the NDIF server did not start: see {self.scratch}/log/{name}")

    def connected(self) -> bool:
        """Return whether the server answers."""
        with (
            suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(f"{self.url}/connected", timeout=5) as answer,
        ):
            return bool(answer.status == 200)
        return False

    def processes(self) -> set[int]:
        """Return the processes that this stack started and that have not ended.

        They are known by a mark in their environment, or by descent: redis and Ray write titles
        over their environment, and with it the mark.
        """
        parents: dict[int, int] = {}
        numbers = {child.pid for child in self.children if child.poll() is None}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, ValueError):
                number = int(folder.name)
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                if state == "Z":
                    continue
                parents[number] = int(parent)
                marks = (folder / "environ").read_bytes().split(b"\0")
                if f"{MARK}={self.mark}".encode() in marks:
                    numbers.add(number)
        while more := {one for one, parent in parents.items() if parent in numbers} - numbers:
            numbers |= more
        return numbers

    def stop(self) -> None:
        """End every process of this stack, and no other."""
        ours = self.processes()
        for kind, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            end = time.monotonic() + seconds
            for number in ours:
                with suppress(ProcessLookupError):
                    os.kill(number, kind)
            while (ours := {*filter(alive, ours)} | self.processes()) and time.monotonic() < end:
                time.sleep(0.2)


def alive(number: int) -> bool:
    """Return whether a process is there that has not ended."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@contextmanager
def stack(python: Path, scratch: Path, hub: str, dtype: str = "float32") -> Iterator[Stack]:
    """Yield a server that is not started yet; at the end of the block nothing of it is left."""
    made = Stack(python, scratch, hub, dtype)
    try:
        yield made
    finally:
        made.stop()
        if left := made.processes():
            sys.exit(f"processes of the NDIF server are left: {sorted(left)}")
