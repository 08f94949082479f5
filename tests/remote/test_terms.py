"""Terms: which service is asked, and how long it is waited for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from steering.errors import Refused
from steering.remote.terms import Terms, terms_of


def test_terms_are_true_an_address_or_themselves():
    assert terms_of(False) is None
    assert terms_of(True) == Terms()
    assert terms_of("http://127.0.0.1:1/") == Terms(host="http://127.0.0.1:1")
    assert terms_of(Terms(submit=True)).submit


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"host": "service.example"}, "host 'service.example' is no address of a service"),
        ({"host": "ftp://service.example"}, "is no address of a service: write it like https://"),
        ({"host": "http://me:secret@service.example"}, "has a user name or password in it"),
        ({"time_limit": 0}, "time_limit is 0: allowed are numbers above 0"),
        ({"queue_limit": -1}, "queue_limit is -1: allowed are numbers above 0"),
        ({"time_limit": float("nan")}, "time_limit is nan"),
    ],
)
def test_terms_that_make_no_sense_are_refused(terms, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        Terms(**terms)
    assert "secret" not in str(refused.value)


def test_terms_need_no_torch():
    code = "import sys, steering.remote.terms; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
