"""Make .venv-ndif: NDIF needs Python 3.12, while the report runs with other versions as well."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE.parents[1] / ".venv-ndif"
NONE = (
    "No Python 3.12, which NDIF asks for, was found on the PATH, by uv, pyenv or conda: install "
    "one, for example by `uv python install 3.12`, and try again."
)


def output_of(*command: str) -> str:
    """Return what a command prints; nothing where it fails or is not there."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def candidates() -> Iterator[str]:
    """Yield every place where a Python 3.12 may be."""
    yield from filter(None, [shutil.which("python3.12"), output_of("uv", "python", "find", "3.12")])
    roots = [Path(output_of("pyenv", "root") or Path.home() / ".pyenv") / "versions"]
    roots += [Path(base) / "envs" for base in [output_of("conda", "info", "--base")] if base]
    for root in roots:
        yield from map(str, sorted(root.glob("*/bin/python3.12"), reverse=True))


def fits(python: str) -> bool:
    """Return whether an interpreter is a Python 3.12 with which the environment can be made."""
    return output_of(python, "-c", "import sys, venv, ensurepip; print(sys.version_info[:2])") == (
        "(3, 12)"
    )


def main() -> None:
    """Make the environment of the server, unless it is there already."""
    python = next(filter(fits, candidates()), None)
    if python is None:
        sys.exit(NONE)
    print(f"making .venv-ndif with {python} (some minutes)", flush=True)
    subprocess.run([python, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
    pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    done = subprocess.run(
        [*pip, "--disable-pip-version-check", "-r", str(HERE / "server.txt")], check=False
    )
    if done.returncode:
        sys.exit("the server's environment was not made (see above).")
    (ENVIRONMENT / "installed").touch()


if __name__ == "__main__":
    main()
