"""The command by which Snakemake makes a report: on this machine or, with a profile, on a cluster.

A profile is Snakemake's own: a folder with a `config.yaml` that says by which plugin jobs are
handed out, how many at a time, and what they may take. Those in `profiles/` go by their name.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path

from steering.clone import clone
from steering.errors import Refused

FILE = "config.yaml"
# What Snakemake brings itself.
BUILT_IN = ("local", "dryrun", "touch")


def snakemake_command(config: Path, build: Path, where: Path | int, spare: int = 0) -> list[str]:
    """Return the command that makes what is missing or changed of a configuration's book.

    `where` is how many cores of this machine are used, or the folder of a profile, which says
    itself how many jobs run at a time and how much they may take. Here so many jobs run at a time
    as there are cores, and `spare` ones more: a job waits for its kernel now and then.
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(clone() / "Snakefile")]
    command += ["--directory", str(build), "--configfile", str(config)]
    if isinstance(where, Path):
        command += ["--profile", str(where)]
    else:
        command += ["--cores", str(where + spare), "--max-threads", str(where)]
        command += ["--latency-wait", "1"]
        # A service is asked by one job at a time, which sends one request at a time.
        command += ["--resources", f"mem_mb={memory_of(config)}", "service=1"]
    command += ["--scheduler", "greedy"]
    command += ["--keep-going", "--rerun-incomplete", "--nolock", "--nocolor"]
    command += ["--rerun-triggers", "mtime", "params", "input"]
    command += ["--max-checksum-file-size", "50MB"]
    return command


def memory_of(config: Path) -> int:
    """Return the memory, in MB, that a configuration gives to all jobs together."""
    return int(json.loads(config.read_text())["memory_mb"])


def profile_folder(named: Path | str | None) -> Path | None:
    """Return the folder of a profile: that of a name in `profiles/`, or the one that is named.

    Returns None for none. Raises Refused where it is not there, or where the plugin is missing
    that hands out its jobs.
    """
    if named is None:
        return None
    own = {folder.name: folder for folder in sorted((clone() / "profiles").glob("*/"))}
    folder = own.get(str(named), Path(named).expanduser().resolve())
    if not (folder / FILE).is_file():
        raise Refused(
            f"there is no profile {str(named)!r}: allowed are {', '.join(own)}, or a folder with a "
            f"{FILE} for Snakemake."
        )
    said = (folder / FILE).read_text(encoding="utf-8")
    found = re.search(r"^executor:\s*[\"']?([\w-]+)", said, re.MULTILINE)
    executor = found[1] if found else "local"
    plugin = f"snakemake_executor_plugin_{executor.replace('-', '_')}"
    if executor not in BUILT_IN and importlib.util.find_spec(plugin) is None:
        raise Refused(
            f"the profile {str(named)!r} hands out jobs by Snakemake's plugin {executor!r}, which "
            f"is not installed: `pip install {plugin.replace('_', '-')}` in the environment of "
            "`steering` brings it."
        )
    return folder
