"""Kernels that need no start of their own: forks of a process that has imported what pages use.

A kernel in waiting is forked before its parent has any thread, and does nothing until it is told
where it shall listen. To Jupyter it is a kernel like any other: a process of its own, with a name
space of its own, that can be interrupted, killed, and found dead.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

NAME = "steering-forked"


@dataclass
class Waiting:
    """A forked process that becomes a kernel when it is told so; it ends if its parent does.

    It answers like `subprocess.Popen` to what Jupyter asks of the process of a kernel.
    """

    pid: int
    order: int  # the pipe that it listens at
    returncode: int | None = None
    stdin: None = None
    stdout: None = None
    stderr: None = None

    @classmethod
    def forked(cls) -> Waiting:
        """Return a kernel in waiting. The process that calls this may have one thread only."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            become_kernel(reading)
        os.close(reading)
        return cls(pid, writing)

    def start(self, arguments: list[str], folder: str, environment: dict[str, str]) -> None:
        """Let it become the kernel that these arguments of ipykernel ask for."""
        order = {"arguments": arguments, "folder": folder, "environment": environment}
        with os.fdopen(self.order, "w", encoding="utf-8") as pipe:
            json.dump(order, pipe)
        self.order = -1

    def give_up(self) -> None:
        """End it where no kernel was needed of it."""
        if self.order >= 0:
            os.close(self.order)
            self.order = -1
            self.wait()

    def poll(self) -> int | None:
        """Return its exit code, that of a signal being negative; None while it is running."""
        return self._ended(os.WNOHANG)

    def wait(self) -> int | None:
        """Return its exit code when it has ended."""
        return self._ended(0)

    def _ended(self, flags: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, flags)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it is running."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def become_kernel(order: int) -> None:
    """Wait for an order, and be the kernel that it asks for; this never returns."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # What the parent holds open is the parent's: its end is told by those that it talks to.
        os.closerange(3, order)
        os.closerange(order + 1, os.sysconf("SC_OPEN_MAX"))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        with os.fdopen(order, encoding="utf-8") as pipe:
            text = pipe.read()
        if text:
            asked = json.loads(text)
            os.environ.clear()
            os.environ.update(asked["environment"])
            os.chdir(asked["folder"])
            run_kernel(asked["arguments"])
        code = 0
    finally:
        os._exit(code)


def run_kernel(arguments: list[str]) -> None:
    """Be a kernel until it is told to end."""
    from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415 - it replaces some of the library

    parent = f"--IPKernelApp.parent_handle={os.getppid()}"
    IPKernelApp.launch_instance(argv=[*arguments, parent])


class Forked(LocalProvisioner):
    """Starts kernels from the one in waiting, and otherwise treats them as Jupyter does its own."""

    waiting: Waiting | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel in waiting with the arguments of a command that would start one."""
        kernel, Forked.waiting = Forked.waiting, None
        if kernel is None:
            return await super().launch_kernel(cmd, **kwargs)
        folder = str(kwargs.get("cwd") or Path.cwd())
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        kernel.start(arguments, folder, {**kwargs.get("env", os.environ)})
        self.process = kernel  # type: ignore[assignment]  # it answers like one
        self.pid = self.pgid = kernel.pid
        self.cwd = folder
        return self.connection_info


def offer(kernel: Waiting) -> None:
    """Let the next kernel that this process starts be the one in waiting."""
    Forked.waiting = kernel
    # As if it were among the entry points of an installed package.
    entry = EntryPoint(NAME, f"{__name__}:{Forked.__name__}", KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.instance().provisioners[NAME] = entry


def provisioned() -> dict[str, Any]:
    """Return what a kernel's specification says of how it is started."""
    return {"kernel_provisioner": {"provisioner_name": NAME}} if Forked.waiting else {}
