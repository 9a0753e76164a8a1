"""Telling HTTP from raw by the first bytes, at every length of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.protocols.sniffer import LONGEST_LINE, Sniffer, identify


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\r\n",
        b"POST /a b HTTP/1.0\n",
        b"BREW  / HTTP/9\r\n",
        b"OPTIONS * HTTP/1.1 \r\n",
        b"PRI * HTTP/2.0\r\n",
    ],
)
def test_http_is_told_when_its_line_is_complete(line):
    """Well formed or not, a line that ends in an HTTP version is HTTP; before its end nothing is decided."""
    for end in range(1, len(line)):
        assert identify(line[:end]) == ""
    assert identify(line) == "http"
    assert identify(line + b"anything\x00") == "http"


@pytest.mark.parametrize(
    "data",
    [
        b"h",
        b"hi\n",
        b"\n",
        b"\r\n",
        b"\x16\x03\x01",
        b"GE\n",
        b"GET\r\n",
        b"GET foo\n",
        b"GET / HTTP\n",
        b"Get / HTTP/1.1\r\n",
    ]
    + [b"A" * 33],
)
def test_raw_is_told_at_once(data):
    """What cannot become a request any more is raw, without waiting."""
    assert identify(data) == "raw"


def test_an_endless_first_line_is_for_http_to_refuse():
    """A line that began like a request and does not end goes to HTTP, which answers that it is too long."""
    assert identify(b"GET /" + b"a" * 1000) == ""
    assert identify(b"GET /" + b"a" * LONGEST_LINE) == "http"


@given(st.binary(max_size=40))
def test_a_verdict_is_final(data):
    """Once decided, more bytes do not change it."""
    verdict = ""
    for end in range(1, len(data) + 1):
        now = identify(data[:end])
        assert now == verdict or not verdict
        verdict = now


def test_the_stand_in_keeps_every_byte():
    """Until the verdict there is no message; then the bytes are handed on, all of them, once."""
    sniffer = Sniffer()
    assert sniffer.receive(b"GET / HT") == ()
    assert (sniffer.verdict, sniffer.held) == ("", True)
    sniffer.receive(b"TP/1.1\r\n")
    assert sniffer.verdict == "http"
    assert sniffer.take() == b"GET / HTTP/1.1\r\n"
    assert not sniffer.held
    assert sniffer.encode("é", 0.0) == b"\xc3\xa9"
    assert (sniffer.take_answer(0.0), sniffer.end(), sniffer.timeout()) == (b"", True, None)
