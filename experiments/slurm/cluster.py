"""A Slurm of one node on this machine: Debian's packages, started without systemd, and ended."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Jobs do not inherit SLURM_CONF, so the file lies where Slurm looks for it.
CONF = Path("/etc/slurm/slurm.conf")
MARK = "# Written by experiments/slurm/cluster.py, which removes it when it ends."
PROGRAMS = ("munged", "mungekey", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
PATIENCE = 60  # seconds until a daemon counts as not having started


def missing() -> str:
    """Return why there can be no Slurm here; empty where there can."""
    absent = [name for name in PROGRAMS if shutil.which(name, path=search_path()) is None]
    if absent:
        return f"{absent[0]} is not here: install Slurm (`apt install slurm-wlm munge`)."
    if os.geteuid() != 0:
        return "the daemons of Slurm run jobs for others, so that only root can start them."
    if CONF.is_file() and MARK not in CONF.read_text(encoding="utf-8"):
        return f"{CONF} is there already: this machine has a Slurm of its own."
    return ""


def search_path() -> str:
    """Return where programs are looked for: those of a system's own are not on everyone's path."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def configuration(folder: Path, cores: int, memory_mb: int) -> str:
    """Return the configuration of a Slurm of one node, this machine, that keeps no accounts."""
    host = socket.gethostname().partition(".")[0]
    return f"""{MARK}
ClusterName=steering
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory_mb}
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@contextmanager
def slurm(folder: Path, *, cores: int, memory_mb: int) -> Iterator[None]:
    """Run a Slurm during the block; all that it writes but one file lies in `folder`."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    CONF.parent.mkdir(parents=True, exist_ok=True)
    CONF.write_text(configuration(folder, cores, memory_mb), encoding="utf-8")
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        daemons.append(munge(folder))
        for name in ("slurmctld", "slurmd"):
            daemons.append(daemon(folder, name, "-D"))
        wait_for_node()
        yield
    finally:
        subprocess.run(["scancel", "--user", "root", "--full"], capture_output=True, check=False)
        for process in reversed(daemons):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        CONF.unlink(missing_ok=True)


def munge(folder: Path) -> subprocess.Popen[bytes]:
    """Return the running service by which Slurm knows who asks. Its key is made for this run."""
    key = folder / "munge.key"
    subprocess.run([program("mungekey"), "--create", f"--keyfile={key}"], check=True)
    socket_folder = Path("/run/munge")  # where Slurm looks for it
    socket_folder.mkdir(mode=0o755, exist_ok=True)
    places = {"key-file": key, "pid-file": folder / "munged.pid", "log-file": folder / "munged.log"}
    places["seed-file"] = folder / "munged.seed"
    options = [f"--{name}={place}" for name, place in places.items()]
    # Run by root where Debian's own belongs to another user: --force.
    process = daemon(folder, "munged", "--foreground", "--force", *options)
    until((socket_folder / "munge.socket.2").exists, "munged", process)
    return process


def daemon(folder: Path, name: str, *options: str) -> subprocess.Popen[bytes]:
    """Return a running daemon; what it says goes to a file."""
    with (folder / f"{name}.said").open("w", encoding="utf-8") as said:
        return subprocess.Popen([program(name), *options], stdout=said, stderr=said)


def program(name: str) -> str:
    """Return the path of a program."""
    return shutil.which(name, path=search_path()) or name


def wait_for_node() -> None:
    """Return when the node takes jobs. Raises TimeoutError where it does not."""

    def idle() -> bool:
        command = ["sinfo", "--noheader", "--format=%T"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        return found.stdout.strip() == "idle"

    until(idle, "the node")


def until(happened, what: str, process: subprocess.Popen[bytes] | None = None) -> None:  # type: ignore[no-untyped-def]
    """Wait until something is the case. Raises TimeoutError where it takes too long."""
    end = time.monotonic() + PATIENCE
    while not happened():
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > end:
            raise TimeoutError(f"{what} has not started.")
        time.sleep(0.2)
