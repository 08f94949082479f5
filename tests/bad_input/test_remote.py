"""What cannot be asked of a service: each gets one sentence and leaves no trace."""

from __future__ import annotations

import pytest

from tests.support.bench import Case, refused_in_one_sentence

CASES: dict[str, Case] = {
    "a folder": (
        lambda at: at.measure(None, None, "--remote"),
        r"model '.*' lies on this machine, .*: name the Hugging Face id under which it serves",
    ),
    "an embedded model": (
        lambda at: at.measure("wren", None, "--remote"),
        "model 'wren' lies on this machine, and a service has only what it has itself",
    ),
    "a device": (
        lambda at: at.measure("owner/name", None, "--remote", "--device", "cpu"),
        "device 'cpu' is on this machine, but --remote computes on the service: leave one of",
    ),
    "a dtype": (
        lambda at: at.measure("owner/name", None, "--remote", "--dtype", "bfloat16"),
        "dtype 'bfloat16' cannot be asked of a service, which has its own: leave --dtype or",
    ),
    "a host alone": (
        lambda at: at.measure("owner/name", None, "--host", "http://127.0.0.1:1"),
        "--host asks a service: add --remote",
    ),
    "nobody waits": (
        lambda at: at.measure("owner/name", None, "--submit"),
        "--submit asks a service: add --remote",
    ),
    "a host that is none": (
        lambda at: at.measure("owner/name", None, "--remote", "--host", "service.example"),
        "host 'service.example' is no address of a service: write it like https://",
    ),
    "a key in the host": (
        lambda at: at.measure("owner/name", None, "--remote", "--host", "http://me:secret@a.b"),
        "the host has a user name or password in it, .*: write the address alone",
    ),
    "no time": (
        lambda at: at.measure("owner/name", None, "--remote", "--time-limit", "0"),
        "time_limit is 0: allowed are numbers above 0",
    ),
    "an id that is not here": (
        lambda at: at.measure("nobody/nothing", None, "--remote"),
        r"model 'nobody/nothing' could not be loaded \(.*\): a folder as transformers saves it, or",
    ),
    "nothing to collect": (
        lambda at: ["collect", str(at.folder)],
        "'.*' waits for nothing: name the folder of a measurement that was begun with --submit",
    ),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_it_gets_one_sentence(name, at, monkeypatch, capsys):
    refused_in_one_sentence(CASES[name], at, monkeypatch, capsys)
