"""Our parser compared with others: h11 on anything, and the facts that llhttp's own fixtures establish.

The property is the same everywhere: the same requests with the same boundaries, or a refusal; however the bytes are split.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.h11_oracle import disagreement, opinion, seen
from tests.support.http import GET, GOOD, codes, protocol, talk
from tests.support.http_cases import FACTS, SAMPLES, Fact, Sample


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.source)
def test_a_fact_of_llhttp_holds_at_every_split(fact: Fact) -> None:
    """The same requests, then the same refusal or none: in one piece, byte by byte, and cut anywhere."""
    cuts = [[fact.data], [fact.data[at : at + 1] for at in range(len(fact.data))]]
    cuts += [[fact.data[:at], fact.data[at:]] for at in range(1, len(fact.data))]
    for pieces in cuts:
        requests, out = talk(protocol(), pieces)
        assert tuple(request.body for request in requests) == fact.bodies
        assert [code for code in codes(out) if code != 200] == [fact.refused][: fact.refused]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.source)
def test_h11_agrees_about_the_facts(fact: Fact) -> None:
    """On the boundaries of all that we serve."""
    assert disagreement(fact.data) == ""


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.client)
def test_real_requests(sample: Sample) -> None:
    """Method, path, headers and body are those of the client, and h11 sees the same."""
    (request, after), _ = talk(protocol(), [sample.data + GET])
    assert (request.method, request.path, request.body) == (sample.method, sample.path, sample.body)
    assert {name: request.header(name) for name in sample.headers} == sample.headers
    assert after.data == GET
    assert opinion(sample.data).requests == [seen(request)]


LINES = st.sampled_from(
    [
        "GET / HTTP/1.1",
        "POST /a?b=c HTTP/1.1",
        "HEAD http://h.test/ HTTP/1.1",
        "GET / HTTP/1.0",
        "OPTIONS * HTTP/1.1",
        "PUT  / HTTP/1.1",
        "get / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /\tx HTTP/1.1",
    ]
)
HEADERS = st.sampled_from(
    [
        "Host: h.test",
        "Content-Length: 3",
        "Content-Length: 03",
        "Content-Length: +3",
        "Content-Length: 3, 3",
        "Content-Length:\t3 ",
        "content-length: 5",
        "Content-Length : 3",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: Chunked ",
        "Transfer-Encoding:\x0bchunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding : chunked",
        " Transfer-Encoding: chunked",
        "Connection: close",
        "Connection: keep-alive, Close",
        "Connection: upgrade\r\nUpgrade: h2c",
        "Expect: 100-continue",
        "A: b\rContent-Length: 3",
        "A: b\nContent-Length: 3",
        "A:",
        "A: \xff\t ",
        "A: b\0c",
        "A",
    ]
)
BODIES = st.sampled_from(
    [
        "",
        "abc",
        "abcde",
        "3\r\nabc\r\n0\r\n\r\n",
        "3;a=b\r\nabc\r\n0\r\nT: x\r\n\r\n",
        "0\r\n\r\n",
        "3\nabc\n0\n\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
    ]
    + ["3 \r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "-1\r\n", "00003\r\nabc\r\n000\r\n\r\n", "\r\n", "G"]
)
ENDS = st.sampled_from(["\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r"])


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A request that a client would not send, but somebody might."""
    end = draw(ENDS)
    headers = ["Host: h.test", *draw(st.lists(HEADERS, max_size=4))]
    return (draw(LINES) + "\r\n" + "".join(each + end for each in headers) + "\r\n" + draw(BODIES)).encode("latin-1")


STREAMS = st.lists(st.one_of(messages(), st.sampled_from([*GOOD.values()])), min_size=1, max_size=3).map(b"".join)


@settings(max_examples=200, deadline=None)
@given(STREAMS)
def test_h11_finds_the_same_requests(data: bytes) -> None:
    """Whatever mixture of lengths, codings, line endings and bodies comes."""
    assert disagreement(data) == ""


@settings(max_examples=100, deadline=None)
@given(STREAMS, st.lists(st.integers(0, 200), max_size=6))
def test_no_split_changes_what_comes_of_it(data: bytes, cuts: list[int]) -> None:
    """Requests and status codes are those of the stream in one piece."""
    whole, out = talk(protocol(), [data])
    bounds = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    requests, out_in_pieces = talk(protocol(), [data[start:end] for start, end in pairwise(bounds)])
    assert requests == whole
    assert [code for code in codes(out_in_pieces) if code != 100] == [code for code in codes(out) if code != 100]
