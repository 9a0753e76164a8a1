"""Lines, and messages that end with any other bytes: whole, in every split, with a tail, too long, and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.framing import at_every_split, create, feed, sent
from tuiserver.core.codes import CloseCode, ReceivedKind
from tuiserver.protocols.base import LocalProtocolError
from tuiserver.protocols.parameters import SpecError
from tuiserver.protocols.registry import check

SAMPLES = [
    # protocol, bytes on the wire, messages, the source
    (
        "line",
        b"$GPGGA,092750.000,5321.6802,N,00630.3372,W,1,8,1.03,61.7,M,55.2,M,,*76\r\n"
        b"$GPGSA,A,3,10,07,05,02,29,04,08,13,,,,,1.72,1.03,1.38*0A\r\n",
        [
            b"$GPGGA,092750.000,5321.6802,N,00630.3372,W,1,8,1.03,61.7,M,55.2,M,,*76",
            b"$GPGSA,A,3,10,07,05,02,29,04,08,13,,,,,1.72,1.03,1.38*0A",
        ],
        "NMEA 0183, the sample of the Wikipedia article of that name",
    ),
    ("line", b"EHLO bar.com\r\nQUIT\r\n", [b"EHLO bar.com", b"QUIT"], "RFC 5321 section D.1"),
    ("line:nul", b"CONNECTED\nversion:1.2\n\n\0", [b"CONNECTED\nversion:1.2\n\n"], "STOMP 1.2, CONNECTED Frame"),
    ("line:cr", b"AT+CGMI\rAT+CSQ\r", [b"AT+CGMI", b"AT+CSQ"], "3GPP TS 27.007 sections 5.1, 8.5; V.250 section 5.2.1"),
    (
        r"delimiter:\r\n\r\n",
        b"OPTIONS sip:carol@chicago.com SIP/2.0\r\nCall-ID: a84b4c76e66710\r\n\r\n",
        [b"OPTIONS sip:carol@chicago.com SIP/2.0\r\nCall-ID: a84b4c76e66710"],
        "RFC 3261 section 11.1",
    ),
    (r"delimiter:\x03", b"\x02R01\x03\x02R02\x03", [b"\x02R01", b"\x02R02"], "made by hand"),
]


@pytest.mark.parametrize(("spec", "stream", "messages", "source"), SAMPLES)
def test_samples(spec: str, stream: bytes, messages: list[bytes], source: str) -> None:
    """Real messages, in every split; a tail is what is unfinished at the end."""
    assert at_every_split(spec, stream) == (messages, [], "", b"")
    assert at_every_split(spec, stream + b"tail") == (messages, [], "", b"tail")


def test_lines_end_with_lf_or_crlf() -> None:
    """A CR elsewhere belongs to the line; empty lines are messages."""
    assert at_every_split("line", b"a\r\n\nb\rc\r\r\n\r\n").messages == [b"a", b"", b"b\rc\r", b""]
    assert at_every_split("line:crlf", b"a\r\nb\n").messages == [b"a", b"b"]


@pytest.mark.parametrize(
    ("spec", "wire"),
    [("line", b"hi\n"), ("line:lf", b"hi\n"), ("line:CRLF", b"hi\r\n"), ("line:cr", b"hi\r"), ("line:nul", b"hi\0")],
)
def test_the_ending_is_put_back(spec: str, wire: bytes) -> None:
    """Once, also if the message has it already; text is sent as UTF-8."""
    assert sent(spec, b"hi") == wire
    assert sent(spec, wire) == wire
    assert create(spec).encode("hi", 0.0) == (wire, b"hi")


@pytest.mark.parametrize(
    ("spec", "message", "says"),
    [
        ("line", b"a\nb", r"a line cannot contain \n: see byte 2"),
        ("line", b"\n\n", r"a line cannot contain \n: see byte 1"),
        ("line", b"a\r", r"a line cannot end with \r, which is part of the line ending"),
        ("line:nul", b"a\0b\0", r"a line cannot contain \0: see byte 2"),
        (r"delimiter:\x03", b"a\x03", r"a message ends with \x03 and cannot contain it: see byte 2"),
        ("delimiter:aa", b"xa", "a message ends with aa and cannot contain it: see byte 2"),
    ],
)
def test_what_cannot_be_sent(spec: str, message: bytes, says: str) -> None:
    """A message that the peer would read as several, or as another one; `check` says so without a connection."""
    with pytest.raises(LocalProtocolError) as error:
        create(spec).encode(message, 0.0)
    assert str(error.value) == says == check(spec, message)
    assert check(spec, b"hi") == ""


@pytest.mark.parametrize("spec", ["line", r"delimiter:\r\n", "delimiter:abc"])
def test_a_message_over_the_limit(spec: str) -> None:
    """What came before is delivered; then one reason, and views show the rest. At the limit it is a message."""
    ending = sent(spec, b"")
    assert at_every_split(spec, b"1234" + ending, max_message=4).messages == [b"1234"]
    for stream in (b"12345", b"12345" + ending, b"12345678" + ending + b"more"):
        protocol = create(spec, max_message=4)
        outcome = feed(protocol, [b"ok" + ending + stream])
        assert (outcome.messages, outcome.code) == ([b"ok"], CloseCode.PROTOCOL_ERROR if ending in stream else "")
        for whole in (
            [b"ok" + ending + stream + b"123456"],
            list(map(bytes, zip(b"ok" + ending + stream + b"123456"))),
        ):
            protocol = create(spec, max_message=4)
            outcome = feed(protocol, whole)
            assert (outcome.messages, outcome.code, outcome.unfinished) == ([b"ok"], CloseCode.PROTOCOL_ERROR, b"")
            assert b"".join(data for data, _, _ in outcome.undelivered) == stream + b"123456"
            assert outcome.undelivered[0][1:] == (ReceivedKind.REFUSED, CloseCode.PROTOCOL_ERROR)
            assert "max_message is 4" in str(protocol.closing)


def test_a_line_has_a_time_in_which_it_must_end() -> None:
    """It begins with the first byte of the line; a complete line ends it."""
    protocol = create("line", request_timeout=30.0)
    protocol.receive(b"whole\n")
    assert (protocol.needs_service, protocol.deadline) == (False, None)
    protocol.receive(b"part")
    assert (protocol.needs_service, protocol.deadline, protocol.mid_message, protocol.buffered) == (True, 30.0, True, 4)
    protocol.deadline = None
    protocol.receive(b"ial")
    assert protocol.deadline is None
    protocol.receive(b"\nnext")
    assert protocol.deadline == 30.0
    assert protocol.on_deadline() == ()
    assert protocol.closing == (CloseCode.REQUEST_TIMEOUT, "a line did not end within 30 s")
    assert protocol.take_undelivered() == [(b"next", ReceivedKind.REFUSED, CloseCode.REQUEST_TIMEOUT)]
    assert protocol.take_unfinished() == b""


def test_nothing_is_due_after_a_complete_line() -> None:
    """The deadline is removed."""
    protocol = create("line")
    protocol.receive(b"a")
    protocol.receive(b"\n")
    assert (protocol.deadline, protocol.mid_message, protocol.buffered) == (0.0, False, 0)
    assert protocol.on_deadline() == ()
    assert protocol.closing is None


@pytest.mark.parametrize("spec", ["line:xx", "line:", "delimiter", "delimiter:", r"delimiter:\x", "delimiter:a\x03"])
def test_parameters_that_are_refused(spec: str) -> None:
    """In one line that says what would be valid."""
    with pytest.raises(SpecError, match=r"use one of lf|nothing after|needs a parameter|two hex digits|write it as"):
        create(spec)


@given(
    st.sampled_from(["line", "line:cr", "delimiter:ab", "delimiter:aaa"]), st.lists(st.binary(max_size=9)), st.data()
)
def test_messages_come_back(spec: str, messages: list[bytes], data: st.DataObject) -> None:
    """All that can be sent is received as it was sent, however it is split."""
    messages = [message for message in messages if not check(spec, message) and not message.endswith((b"\n", b"\r"))]
    stream = sent(spec, *messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert feed(create(spec), pieces) == (messages, [], "", b"")


@given(st.lists(st.sampled_from([b"a", b"b", b"\r", b"\n", b"aa", b"\r\n", b"xyz"]), max_size=30), st.integers(1, 5))
def test_any_stream_gives_the_same_however_it_is_split(pieces: list[bytes], limit: int) -> None:
    """Messages, refusals and what is unfinished."""
    stream = b"".join(pieces)
    for spec in ("line", "line:nul", "delimiter:aa", r"delimiter:\r\n"):
        whole = feed(create(spec, max_message=limit), [stream])
        split = feed(create(spec, max_message=limit), pieces)
        assert (split.messages, split.code) == (whole.messages, whole.code)
