"""STX, ETX and DLE stuffing: samples, in every split, with a tail, garbage, and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.framing import at_every_split, create, feed, sent
from tuiserver.core.codes import GARBAGE, CloseCode, ReceivedKind
from tuiserver.protocols.parameters import SpecError

SAMPLES = [
    # protocol, message, its form on the wire, the source
    ("stx", b"A007", b"\2A007\3", "made by hand: a scale answers with its weight"),
    ("stx", b"\2\3\x10", b"\2\x10\2\x10\3\x10\x10\3", "made by hand: each control character is marked"),
    (
        "stx:dle",
        b"ABC",
        b"\x10\2ABC\x10\3",
        "Tanenbaum, Computer Networks, 3rd edition, section 3.1.2: DLE STX A B C DLE ETX",
    ),
    ("stx:dle", b"A\x10B", b"\x10\2A\x10\x10B\x10\3", "the same, figure 3-5: a DLE in the data is doubled"),
    ("stx:dle", b"\2\3", b"\x10\2\2\3\x10\3", "ISO 1745 transparent mode: STX and ETX are data"),
]


@pytest.mark.parametrize(("spec", "message", "wire", "source"), SAMPLES)
def test_samples(spec: str, message: bytes, wire: bytes, source: str) -> None:
    """Sent as in the sources; received in every split; a tail is unfinished."""
    assert sent(spec, message) == wire
    assert at_every_split(spec, wire * 2 + wire[:-1]) == ([message] * 2, [], "", wire[:-1])


@pytest.mark.parametrize(
    ("spec", "stream", "messages", "garbage"),
    [
        ("stx", b"noise\2a\3\r\n\2b\3", [b"a", b"b"], [b"noise", b"\r\n"]),
        ("stx", b"\2unfin\2whole\3", [b"whole"], [b"\2unfin"]),
        ("stx", b"\2bad\x10x\2ok\3", [b"ok"], [b"\2bad\x10x"]),
        ("stx", b"\2a\x10x\x10\2b\3\2ok\3", [b"ok"], [b"\2a\x10x\x10\2b\3"]),
        ("stx", b"\3\3\2\3", [b""], [b"\3\3"]),
        ("stx:dle", b"noise\2\x10\2a\x10\3\r\n", [b"a"], [b"noise\2", b"\r\n"]),
        ("stx:dle", b"\x10\2unfin\x10\2whole\x10\3", [b"whole"], [b"\x10\2unfin"]),
        ("stx:dle", b"\x10\2bad\x10x\x10\2ok\x10\3", [b"ok"], [b"\x10\2bad\x10x"]),
        ("stx:dle", b"\x10\x10\2\x10\2ok\x10\3", [b"ok"], [b"\x10\x10\2"]),
    ],
)
def test_what_is_no_message_is_skipped(spec: str, stream: bytes, messages: list[bytes], garbage: list[bytes]) -> None:
    """Noise, a message in which another one begins, and an invalid DLE, up to the next STX that is not data."""
    outcome = at_every_split(spec, stream)
    assert b"".join(data for data, _, _ in outcome.undelivered) == b"".join(garbage)
    assert {each[1:] for each in outcome.undelivered} <= {(ReceivedKind.DISCARDED, GARBAGE)}
    assert (outcome.messages, outcome.code, outcome.unfinished) == (messages, "", b"")


@pytest.mark.parametrize("spec", ["stx", "stx:dle"])
def test_a_message_over_the_limit(spec: str) -> None:
    """Finished or not: what came before is delivered, and the rest is refused."""
    stream = sent(spec, b"ok", b"x" * 20)
    for pieces in ([stream], [stream[:-3]], [stream[at : at + 1] for at in range(len(stream))]):
        outcome = feed(create(spec, max_message=10), pieces)
        assert (outcome.messages, outcome.code) == ([b"ok"], CloseCode.PROTOCOL_ERROR)


def test_a_parameter_that_does_not_exist() -> None:
    """The error shows both forms."""
    with pytest.raises(SpecError, match="use stx or stx:dle"):
        create("stx:etx")


@given(st.sampled_from(["stx", "stx:dle"]), st.lists(st.text(st.sampled_from("\2\3\x10ab")).map(str.encode)), st.data())
def test_messages_come_back(spec: str, messages: list[bytes], data: st.DataObject) -> None:
    """Any bytes can be sent, and are received as they were sent, however they are split."""
    stream = sent(spec, *messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert feed(create(spec), pieces) == (messages, [], "", b"")


@given(st.text(st.sampled_from("\2\3\x10a")).map(str.encode), st.sampled_from(["stx", "stx:dle"]))
def test_any_stream_gives_the_same_however_it_is_split(stream: bytes, spec: str) -> None:
    """Messages, garbage and what is unfinished."""
    at_every_split(spec, stream)
