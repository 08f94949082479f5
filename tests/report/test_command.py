"""The command of Snakemake: where jobs run is said by cores of this machine, or by a profile."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from steering.clone import clone
from steering.errors import Refused
from steering.report import command
from steering.report.command import memory_of, profile_folder, snakemake_command
from steering.report.configuration import configuration
from steering.storage import write_json


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_json({"memory_mb": 1234}, tmp_path / "report.json")


def test_here_all_jobs_share_the_cores_and_the_memory_of_this_machine(config: Path) -> None:
    said = snakemake_command(config, config.parent, 3)
    assert memory_of(config) == 1234
    assert said[said.index("--cores") + 1] == said[said.index("--max-threads") + 1] == "3"
    assert said[said.index("--resources") + 1] == "mem_mb=1234"
    assert "--profile" not in said


def test_spare_jobs_run_beside_those_of_the_cores_and_none_has_more_threads(config: Path) -> None:
    said = snakemake_command(config, config.parent, 3, 1)
    assert said[said.index("--cores") + 1] == "4"
    assert said[said.index("--max-threads") + 1] == "3"


def test_elsewhere_a_profile_says_it(config: Path, tmp_path: Path) -> None:
    said = snakemake_command(config, config.parent, tmp_path / "mine")
    assert said[said.index("--profile") + 1] == str(tmp_path / "mine")
    assert not {"--cores", "--max-threads", "--resources", "--latency-wait"} & {*said}
    for always in ("--keep-going", "--rerun-incomplete"):
        assert always in said


def test_no_profile_is_none() -> None:
    assert profile_folder(None) is None


def profile(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "config.yaml").write_text(text)
    return folder


def test_a_profile_is_a_folder_or_a_name_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = profile(tmp_path / "mine", "jobs: 3\n")
    assert profile_folder(mine) == profile_folder(str(mine)) == mine
    monkeypatch.chdir(tmp_path)
    assert profile_folder("mine") == mine
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda _: object())
    assert profile_folder("slurm") == clone() / "profiles" / "slurm"


def test_one_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for named in ("pbs", tmp_path):
        with pytest.raises(Refused, match=r"there is no profile '.*': allowed are .*slurm.*folder"):
            profile_folder(named)


@pytest.mark.parametrize("executor", ["no-such", '"no-such"'])
def test_a_machine_without_its_plugin_gets_one_sentence(executor: str, tmp_path: Path) -> None:
    mine = profile(tmp_path / "mine", f"jobs: 3\nexecutor: {executor}\n")
    with pytest.raises(Refused) as refused:
        profile_folder(mine)
    assert str(refused.value) == (
        f"the profile {str(mine)!r} hands out jobs by Snakemake's plugin 'no-such', which is not "
        "installed: `pip install snakemake-executor-plugin-no-such` in the environment of "
        "`steering` brings it."
    )


def test_snakemake_takes_a_profile_and_plans_the_same_jobs(tmp_path: Path) -> None:
    """One without a plugin, in which no job runs."""
    config = configuration(["wren"], ["tidy"], tmp_path / "book", {}, letters_only=True)
    file = tmp_path / "report.json"
    write_json(config | {"file": str(file)}, file)
    mine = profile(tmp_path / "mine", "executor: dryrun\njobs: 3\nmax-threads: 8\n")
    planned = []
    for where in (1, mine):
        (build := tmp_path / "book" / "_build").mkdir(parents=True, exist_ok=True)
        asked = [*snakemake_command(file, build, where), "--dry-run"]
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
        planned.append({*re.findall(r"^ +output: (.+)$", done.stdout + done.stderr, re.M)})
    assert planned[0] == planned[1]
    assert "measured/wren/0" in planned[0]


def test_our_profiles_name_a_plugin_that_is_pinned(clone: Path) -> None:
    pins = (clone / "pins.txt").read_text()
    for folder in (clone / "profiles").iterdir():
        said = (folder / "config.yaml").read_text()
        assert f"executor: {folder.name}\n" in said
        assert f"snakemake-executor-plugin-{folder.name}==" in pins


def test_the_pod_of_a_report_runs_commands_that_there_are(clone: Path) -> None:
    """It was never applied to a cluster; its commands are those of a clone."""
    job = yaml.safe_load((clone / "book" / "kubernetes.yaml").read_text())
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    made, asked = container["args"][0].split(" && ")
    assert re.search(rf"^{made.removeprefix('make ')}:", (clone / "Makefile").read_text(), re.M)
    program, command, *options = asked.split()
    assert (program, command) == (".venv/bin/steering", "report")
    told = subprocess.run(
        [sys.executable, "-c", "from steering.cli.main import main; main()", "report", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert {one for one in options if one.startswith("--")} <= {*re.findall(r"--[\w-]+", told)}
    (mounted,) = container["volumeMounts"]
    assert [one["name"] for one in pod["volumes"]] == [mounted["name"]]
    for place in (container["workingDir"], options[-1]):
        assert place.startswith(f"{mounted['mountPath']}/")
