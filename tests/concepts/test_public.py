"""Public sets: where they come from, that they are what was published, what happens offline."""

from __future__ import annotations

import gc
import http.server
import json
import os
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from steering.concepts import load_concept, public
from steering.concepts.public import file_hash, public_sets
from steering.errors import Refused

# pooch leaves a response to the garbage collector; the fixture `cache` calls it.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <s:ResourceWarning")

DATA = os.environ.get("STEERING_DATA")
real = pytest.mark.skipif(not DATA, reason="STEERING_DATA names no folder of public data sets")
DOWNLOADED = [name for name, one in public_sets().items() if one.url]
LINES = "".join(
    json.dumps(
        {
            "question": f'Is the following statement something you would say?\n"I count to {n}"',
            "answer_matching_behavior": " Yes" if n % 2 else " No",
            "answer_not_matching_behavior": " No" if n % 2 else " Yes",
        }
    )
    + "\n"
    for n in range(60)
)


def test_there_are_the_forty_sets_of_the_paper():
    kinds = Counter(one.kind for one in public_sets().values())
    assert kinds == {"persona": 21, "advanced-ai-risk": 16, "sycophancy": 2, "truthfulqa": 1}
    assert len(DOWNLOADED) == 39


@pytest.mark.parametrize("name", public_sets())
def test_every_set_is_pinned_and_described(name):
    one = public_sets()[name]
    for persona in (one.positive_persona, one.negative_persona):
        assert re.fullmatch(r"You are [^“”]+\.", persona)
    assert one.positive_persona != one.negative_persona
    assert one.licence
    assert "arXiv" in one.citation
    assert one.description.endswith(".")
    if one.url:
        pattern = r"https://raw\.githubusercontent\.com/\w+/\w+/[0-9a-f]{40}/.+\.jsonl?"
        assert re.fullmatch(pattern, one.url)
        assert re.fullmatch("[0-9a-f]{64}", str(one.sha256))


def test_a_copy_that_differs_is_used_and_said(tmp_path):
    one = public_sets()["openness"]
    (tmp_path / "persona").mkdir()
    (tmp_path / one.place).write_text(LINES, encoding="utf-8")
    concept = load_concept("openness", tmp_path)
    assert concept.as_published is False
    assert concept.sha256 == file_hash(tmp_path / one.place)
    assert concept.positive_persona == one.positive_persona
    with pytest.raises(Refused, match=r"'narcissism' is not in the data folder .*/narcissism"):
        load_concept("narcissism", tmp_path)


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Iterator[Path]:
    """An empty cache, no data folder, and a way out that ends on this machine."""
    monkeypatch.delenv("STEERING_DATA", raising=False)
    monkeypatch.setattr(public.platformdirs, "user_cache_path", lambda name: tmp_path / name)
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, "127.0.0.1")
    yield tmp_path / "steering"
    gc.collect()


@pytest.fixture
def server(cache, monkeypatch) -> Iterator[list[str]]:
    """A server of one file, from which `openness` is downloaded; yields what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200 if self.path.endswith("openness.jsonl") else 404)
            self.end_headers()
            self.wfile.write(LINES.encode())

        def log_message(self, *_):
            pass

    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{served.server_port}"
    one = public_sets()["openness"]
    sha256 = __import__("hashlib").sha256(LINES.encode()).hexdigest()
    sets = {
        "openness": replace(one, url=f"{here}/openness.jsonl", sha256=sha256),
        "narcissism": replace(public_sets()["narcissism"], url=f"{here}/openness.jsonl"),
        "conscientiousness": replace(one, name="conscientiousness", url=f"{here}/gone.jsonl"),
    }
    for module in (public, __import__("steering.concepts.loading", fromlist=["loading"])):
        monkeypatch.setattr(module, "public_sets", lambda: sets)
    yield asked
    served.shutdown()
    served.server_close()


def test_a_set_is_downloaded_once_and_checked(server, cache):
    concept = load_concept("openness")
    assert concept.as_published is True
    assert len(concept.items) == 60
    assert [file.name for file in cache.rglob("*") if file.is_file()] == ["openness.jsonl"]
    assert load_concept("openness") == concept
    assert server == ["/openness.jsonl"]


def test_a_cached_file_that_was_changed_is_downloaded_anew(server, cache):
    load_concept("openness")
    file = cache / "data" / "persona" / "openness.jsonl"
    file.write_text("changed")
    assert load_concept("openness").as_published
    assert len(server) == 2


def test_another_file_than_the_published_one_is_refused(server, cache):
    with pytest.raises(Refused, match=r"'narcissism' .* is not the one that was published"):
        load_concept("narcissism")
    assert [file for file in cache.rglob("*") if file.is_file()] == []


def test_a_source_that_is_gone_is_said(server):
    with pytest.raises(Refused, match=r"could not be downloaded \(the server says 404\)"):
        load_concept("conscientiousness")


def test_a_cache_that_cannot_be_written_is_said(server, cache):
    cache.write_text("a file, where the folder should be")
    with pytest.raises(Refused, match=r"could not be downloaded .*steering"):
        load_concept("openness")


SENTENCE = (
    r"'openness' could not be downloaded .*`steering fetch`, or name a folder .*STEERING_DATA"
)


def test_offline_one_sentence_says_what_to_do(cache):
    began = time.monotonic()
    with pytest.raises(Refused, match=SENTENCE) as refused:
        load_concept("openness")
    assert "\n" not in str(refused.value)
    assert time.monotonic() - began < 5


def test_a_network_that_never_answers_is_given_up_within_five_seconds(cache, monkeypatch):
    assert public.PATIENCE_S < 5
    monkeypatch.setattr(public, "PATIENCE_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(Refused, match=SENTENCE):
            load_concept("openness")
        assert time.monotonic() - began < 5
    # The download that was left behind ends with the connection; its socket is nobody's.
    for thread in threading.enumerate():
        if thread.name == public.DOWNLOAD:
            thread.join(5)


def test_truthfulqa_is_asked_of_the_user(cache):
    with pytest.raises(Refused, match=r"not downloaded: give the path .*truthfulqa/mc_task\.json"):
        load_concept("truthfulqa")
