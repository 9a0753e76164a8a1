"""Messages whose size is known before they end: whole, in every split, with a tail, garbage, wrong lengths, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.framing import at_every_split, create, feed, sent
from tuiserver.core.codes import GARBAGE, CloseCode, ReceivedKind
from tuiserver.protocols.base import LocalProtocolError
from tuiserver.protocols.parameters import SpecError
from tuiserver.protocols.registry import check

SAMPLES = [
    # protocol, one message on the wire as hex, where the message begins in it, the source
    (
        "u16:at=4",
        "0001 0000 0006 11 03 006b 0003",
        0,
        "Modbus/TCP: the request of Wikipedia, Modbus, with an MBAP header",
    ),
    (
        "u16:at=4",
        "1501 0000 0006 ff 04 0001 0001",
        0,
        "MODBUS Messaging on TCP/IP Implementation Guide V1.0b, section 4.4.2.2",
    ),
    (
        "u16",
        "001d 7a1a 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001",
        2,
        "DNS over TCP, RFC 1035 section 4.2.2: a query for example.com",
    ),
    (r"u8:start=\x78\x78,add=2", "7878 0d 01 0123456789012345 0001 8cdd 0d0a", 0, "GT06 protocol V1.8.1, 5.1.1: login"),
    (r"u8:start=\x78\x78,add=2", "7878 05 01 0001 d9dc 0d0a", 0, "GT06 protocol V1.8.1, 5.1.2: answer to the login"),
    (r"u8:start=\x68", "68 04 07 00 00 00", 0, "IEC 60870-5-104 section 5.3: STARTDT act"),
    (
        "u16:at=2,add=-4",
        "0300 0016 11e00000000100c0010ac1020100c2020102",
        0,
        "TPKT, RFC 2126 section 4.3, with an ISO-COTP CR",
    ),
    (
        "u16le:at=2,add=20",
        "6500 0400 00000000 00000000 0000000000000000 00000000 0100 0000",
        0,
        "EtherNet/IP RegisterSession",
    ),
    ("u32:at=1,self", "51 0000000d 53454c454354203100", 0, "PostgreSQL, message formats: Query 'SELECT 1'"),
    ("u32le:self,whole", "14000000 01000000 00000000 d4070000 00000000", 0, "MongoDB wire protocol, MsgHeader"),
    ("fixed:20", "14000000 01000000 00000000 d4070000 00000000", 0, "the same, as twenty bytes"),
]


@pytest.mark.parametrize(("spec", "wire", "begin", "source"), SAMPLES)
def test_samples(spec: str, wire: str, begin: int, source: str) -> None:
    """Real messages, in every split; a tail is what is unfinished at the end. What is sent is the same bytes."""
    data = bytes.fromhex(wire)
    message = data[begin:]
    assert at_every_split(spec, data * 2) == ([message] * 2, [], "", b"")
    assert at_every_split(spec, data + data[:-1]) == ([message], [], "", data[:-1])
    assert sent(spec, message) == data


@pytest.mark.parametrize(
    ("spec", "wire"),
    [
        ("u8", b"\5hello"),
        ("u16", b"\0\5hello"),
        ("u32", b"\0\0\0\5hello"),
        ("u16le", b"\5\0hello"),
        ("u32le", b"\5\0\0\0hello"),
        ("u16:self", b"\0\7hello"),
        ("u16:add=2", b"\0\3hello"),
        ("u16:self,add=-1", b"\0\x08hello"),
    ],
)
def test_the_length_is_removed_and_put_back(spec: str, wire: bytes) -> None:
    """In each width and byte order; a message may be empty."""
    assert at_every_split(spec, wire * 3).messages == [b"hello"] * 3
    assert sent(spec, b"hello") == wire
    if spec != "u16:add=2":
        assert feed(create(spec), [sent(spec, b"", b"")]).messages == [b"", b""]


def test_with_whole_the_length_is_part_of_the_message() -> None:
    """What is sent must have the right one."""
    assert at_every_split("u16:whole", b"\0\2hi").messages == [b"\0\2hi"]
    assert sent("u16:whole", b"\0\2hi") == b"\0\2hi"


@pytest.mark.parametrize(
    ("spec", "stream", "messages", "garbage"),
    [
        (r"u8:start=xx", b"noise..xx\2hi", [b"xx\2hi"], [b"noise.."]),
        (r"u8:start=xx", b"xx\2hixnoise xx\1a", [b"xx\2hi", b"xx\1a"], [b"xnoise "]),
        (r"u8:start=aab", b"aaab\1z", [b"aab\1z"], [b"a"]),
        (r"u8:start=xx", b"only noise", [], [b"only noise"]),
    ],
)
def test_what_comes_before_the_start_bytes_is_skipped(
    spec: str, stream: bytes, messages: list[bytes], garbage: list[bytes]
) -> None:
    """All of it is shown, also where a beginning of the start bytes turns out to be none."""
    outcome = at_every_split(spec, stream)
    assert outcome == (messages, [(data, ReceivedKind.DISCARDED, GARBAGE) for data in garbage], "", b"")


def test_garbage_is_shown_in_its_place() -> None:
    """Between the messages of one read."""
    protocol = create(r"u8:start=\x02")
    shown = protocol.receive(b"..\x02\1a.\x02\1b...")
    assert [each if type(each) is bytes else each.data for each in shown] == [
        b"..",
        b"\x02\1a",
        b".",
        b"\x02\1b",
        b"...",
    ]
    assert protocol.needs_service
    assert not protocol.mid_message


@pytest.mark.parametrize(
    ("spec", "stream", "reason"),
    [
        ("u16", b"\0\2hi\0\x0bmore of it", "a message of 11 bytes: max_message is 10"),
        ("u32", b"\0\0\0\2hi\xff\xff\xff\xff", "a message of 4294967295 bytes: max_message is 10"),
        ("u8:start=x", b"x\1ax\x09", "a message of 11 bytes: max_message is 10"),
        ("u16:self", b"\0\4hi\0\1more", "a length of 1: the least is 2"),
        ("u16:at=1,add=-3", b"a\0\3b\0\2", "a length of 2: the least is 3"),
    ],
)
def test_a_wrong_length_is_refused_at_once(spec: str, stream: bytes, reason: str) -> None:
    """As soon as it is known: the connection is closed with one reason, and nothing is allocated for it."""
    for pieces in ([stream], [stream[at : at + 1] for at in range(len(stream))]):
        protocol = create(spec, max_message=10)
        outcome = feed(protocol, pieces)
        assert len(outcome.messages) == 1
        assert protocol.closing == (CloseCode.PROTOCOL_ERROR, reason)
        assert outcome.undelivered[0][1:] == (ReceivedKind.REFUSED, CloseCode.PROTOCOL_ERROR)
        assert stream.endswith(b"".join(data for data, _, _ in outcome.undelivered))


@pytest.mark.parametrize(
    ("spec", "message", "says"),
    [
        ("u8", bytes(256), "a message has at most 255 bytes, not 256"),
        ("u8:self", bytes(255), "a message has at most 254 bytes, not 255"),
        ("u16", bytes(1 << 16), "a message has at most 65535 bytes, not 65536"),
        ("u8:add=2", b"a", "a message has at least 2 bytes, not 1"),
        ("fixed:26", b"hi", "a message has 26 bytes, not 2"),
        ("u16:at=4", b"\0\1\0\0\0\6\1", "the length in this message says 12 bytes, and it has 7"),
        ("u16:at=4", b"\0\1\0\0\0", "a message has a header of 6 bytes, and this one has 5 bytes"),
        (r"u8:start=\x02", b"hi", r"a message begins with \x02"),
    ],
)
def test_what_cannot_be_sent(spec: str, message: bytes, says: str) -> None:
    """The error says what the message has to be; `check` says so without a connection."""
    with pytest.raises(LocalProtocolError) as error:
        create(spec).encode(message, 0.0)
    assert str(error.value) == says == check(spec, message)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("u16:at=x", 'at must be a number from 0 to 4096, not "x"'),
        ("u16:start=ab,at=1", 'at must be a number from 2 to 4096, not "1"'),
        ("u16:add=-5000", "add must be a number from -4096"),
        ("u16:sel", r"u16: unknown option .sel. \(did you mean self\?\): use at=N, add=N, self, start=BYTES, whole"),
        ("u16:start=", "start is written start=BYTES"),
        ("u16:start=" + "a" * 65, "start has more than 64 bytes"),
        ("fixed:0", "the number of bytes must be a number from 1"),
        ("fixed:99999999", "over the limit: max_message is 10485760"),
        ("fixed", "needs a parameter: fixed:N"),
    ],
)
def test_parameters_that_are_refused(spec: str, says: str) -> None:
    """In one line that says what would be valid."""
    with pytest.raises(SpecError, match=says):
        create(spec)


@given(
    st.sampled_from(["u8", "u16", "u32le", "u16:self", "u16le:add=1"]),
    st.lists(st.binary(min_size=1, max_size=300)),
    st.data(),
)
def test_messages_come_back(spec: str, messages: list[bytes], data: st.DataObject) -> None:
    """All that can be sent is received as it was sent, however it is split."""
    messages = [message for message in messages if not check(spec, message)]
    stream = sent(spec, *messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert feed(create(spec), pieces) == (messages, [], "", b"")


@given(st.binary(max_size=60), st.sampled_from([r"u8:start=\0\x01", "u8:start=a", "u16:at=1", "fixed:7"]))
def test_every_byte_is_in_one_place(stream: bytes, spec: str) -> None:
    """Where messages are whole frames, messages, garbage, what is refused and what is unfinished are the stream, in order."""
    protocol = create(spec, max_message=20)
    shown = [each if isinstance(each, bytes) else each.data for each in protocol.receive(stream)]
    shown += [each.data for each in protocol.take_undelivered()] + [protocol.take_unfinished()]
    assert b"".join(shown) == stream
