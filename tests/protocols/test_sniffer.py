"""Identifying HTTP by the first bytes, at every length of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.core.limits import Limits
from tuiserver.protocols.registry import SNIFFER, Factories
from tuiserver.protocols.sniffer import MAX_LINE, SNIFF_TIMEOUT, identify


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\r\n",
        b"POST /a b HTTP/1.0\n",
        b"BREW  / HTTP/9\r\n",
        b"OPTIONS * HTTP/1.1 \r\n",
        b"PRI * HTTP/2.0\r\n",
        b"GET http://x/ HTTP/1.1\r\n",
        b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n",
    ],
)
def test_http_is_identified_by_its_first_line(line):
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
        b"LOGIN 0",
        b"SET -",
        b"GET 0 HTTP/1.1\r\n",
        b"GET / HTTP\n",
        b"Get / HTTP/1.1\r\n",
    ]
    + [b"A" * 33],
)
def test_raw_is_identified_at_once(data):
    """What cannot become a request any more is raw, without waiting."""
    assert identify(data) == "raw"


def test_an_endless_first_line_is_for_http_to_refuse():
    """A line that began like a request and does not end is passed to HTTP, which answers that it is too long."""
    assert identify(b"GET /" + b"a" * 1000) == ""
    assert identify(b"GET /" + b"a" * (MAX_LINE - 5)) == ""
    assert identify(b"GET /" + b"a" * (MAX_LINE - 4)) == "http"


@given(st.binary(max_size=40))
def test_a_verdict_is_final(data):
    """Once decided, more bytes do not change it."""
    verdict = ""
    for end in range(1, len(data) + 1):
        now = identify(data[:end])
        assert now == verdict or not verdict
        verdict = now


def test_the_sniffer_hands_over_every_byte():
    """Until the first line is complete each read is shown at once; then the successor gets all bytes, once."""
    sniffer = Factories(Limits()).get(SNIFFER).create()
    assert not sniffer.needs_service
    assert sniffer.receive(b"GET / HT") == ()
    assert sniffer.needs_service
    assert (sniffer.name, sniffer.successor, sniffer.deadline) == ("", None, SNIFF_TIMEOUT)
    assert sniffer.take_undelivered() == ((b"GET / HT", "unidentified", ""),)
    assert sniffer.encode("é", 0.0) == (b"\xc3\xa9", b"\xc3\xa9")
    assert sniffer.receive(b"TP/1.1\r\n") == ()
    assert sniffer.successor is not None
    protocol, received, shown, finding = sniffer.successor
    assert (protocol.name, shown, received) == ("http", (b"GET / HT",), b"TP/1.1\r\n")
    assert finding == ("http", "HTTP: GET /, version 1.1")
    assert sniffer.take_undelivered() == ()
    assert sniffer.needs_service


@pytest.mark.parametrize("end", ["deadline", "eof"])
def test_an_unfinished_first_line_is_raw(end):
    """If the line does not end in time, or the client stops sending, the bytes received so far are raw."""
    sniffer = Factories(Limits()).get(SNIFFER).create()
    sniffer.receive(b"GET / HT")
    if end == "eof":
        assert sniffer.receive_eof() == ()
    else:
        sniffer.on_deadline()
    assert sniffer.successor is not None
    protocol, received, shown, finding = sniffer.successor
    assert (protocol.name, protocol.passthrough, shown, received) == ("raw", True, (b"GET / HT",), b"")
    assert finding is None


def test_a_silent_client_stays_unidentified():
    """Without a byte there is nothing to hand over, also at the end."""
    sniffer = Factories(Limits()).get(SNIFFER).create()
    assert sniffer.receive_eof() == ()
    assert sniffer.successor is None


@given(st.sampled_from([b"GET /", b"CONNECT x", b"GE", b"A" * 40]), st.lists(st.binary(max_size=5), max_size=20))
def test_the_verdict_does_not_depend_on_how_the_bytes_were_split(start, pieces):
    """Read by read, the sniffer decides what `identify` decides about all bytes together, and counts what it keeps."""
    sniffer = Factories(Limits()).get(SNIFFER).create()
    received = b""
    for piece in (start, *pieces):
        sniffer.receive(piece)
        received += piece
        name = identify(received)
        assert (sniffer.successor.protocol.name if sniffer.successor is not None else "") == name
        if name:
            return
        assert sniffer.buffered >= len(received)
