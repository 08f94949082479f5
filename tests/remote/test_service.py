"""A service: that it is there, takes the key, speaks our version, and has the model."""

from __future__ import annotations

import socket

import pytest
from nnsight.modeling import huggingface

from steering.errors import Interrupted, Pending, Refused
from tests.support.serving import KEY, ask


def test_a_server_that_is_down_is_said(asking):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(Interrupted, match=r"127\.0\.0\.1:\d+ does not answer \(.*refused.*\)"):
        ask(asking(host=url, silence=0.5))


def test_a_download_that_always_breaks_off_is_said(asking, double):
    before = len(double.requests())
    double.faults(cut=99)
    with pytest.raises(Interrupted, match=r"does not answer \(.*\): see that it is up"):
        ask(asking(silence=0.5))
    double.faults()
    ask(asking())
    assert len(double.requests()) == before + 1


@pytest.mark.parametrize(("key", "sentence"), [("", "accept no key"), ("mine", "accept this key")])
def test_a_key_that_is_not_accepted_is_said_and_not_shown(key, sentence, asking, monkeypatch):
    monkeypatch.setenv("NDIF_API_KEY", key)
    with pytest.raises(Refused, match=sentence) as refused:
        ask(asking())
    assert "'mine'" not in str(refused.value)


def test_the_key_is_kept_nowhere(asking, double, tmp_path):
    model = asking()
    ask(model)
    double.faults(stuck=1)
    with pytest.raises(Pending):
        ask(asking(submit=True), token=9)
    kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert len(kept) == 2
    assert not any(KEY.encode() in content for content in kept)
    assert KEY not in repr(model.remote)
    assert KEY not in str(model.about())


def test_a_model_that_is_not_there_is_said_with_those_that_are(asking, traced, folder, monkeypatch):
    monkeypatch.setitem(huggingface._ID_CACHE, str(folder), "nobody/nothing")
    with pytest.raises(Refused, match=r"has no model 'served' \(Could not deploy.*Repository Not"):
        ask(asking())
    with pytest.raises(Refused, match=rf"running are {folder}\."):
        ask(asking())


def test_another_version_is_said_with_both(asking, double):
    double.faults(versions=1)
    with pytest.raises(Refused, match=r"below the minimum.*here are Python 3.*nnsight.*there Pyth"):
        ask(asking())
    double.faults(protocol=1)
    with pytest.raises(Refused, match=r"nnsight 0\.7 is another protocol.*there.*nnsight 0\.7\.3"):
        asking().remote.service.fits()
    double.faults()
    asking().remote.service.fits()
