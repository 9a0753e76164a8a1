"""SLIP and COBS: samples, in every split, with a tail, invalid encodings, and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.framing import at_every_split, create, feed, sent
from tuiserver.core.codes import GARBAGE, CloseCode, ReceivedKind
from tuiserver.protocols.registry import check

UP_TO = bytes(range(256))
SAMPLES = [
    # protocol, message as hex, its encoding as hex, the source
    ("slip", "c0", "c0 dbdc c0", "RFC 1055: END is sent as ESC ESC_END"),
    ("slip", "db", "c0 dbdd c0", "RFC 1055: ESC is sent as ESC ESC_ESC"),
    ("slip", "dbdc dddb c0", "c0 dbdddc dddbdd dbdc c0", "RFC 1055: escapes next to what looks like one"),
    ("slip", "4500 001c", "c0 4500001c c0", "RFC 1055: the beginning of an IP packet needs none"),
    ("cobs", "", "01 00", "Cheshire and Baker: a message of no bytes"),
    ("cobs", "00", "01 01 00", "Wikipedia, Consistent Overhead Byte Stuffing, example 1"),
    ("cobs", "00 00", "01 01 01 00", "example 2"),
    ("cobs", "00 11 00", "01 02 11 01 00", "example 3"),
    ("cobs", "11 22 00 33", "03 11 22 02 33 00", "example 4"),
    ("cobs", "11 22 33 44", "05 11 22 33 44 00", "example 5"),
    ("cobs", "11 00 00 00", "02 11 01 01 01 00", "example 6"),
    ("cobs", UP_TO[1:255].hex(), "ff" + UP_TO[1:255].hex() + "00", "example 7"),
    ("cobs", UP_TO[:255].hex(), "01ff" + UP_TO[1:255].hex() + "00", "example 8"),
    ("cobs", UP_TO[1:].hex(), "ff" + UP_TO[1:255].hex() + "02ff00", "example 9"),
    ("cobs", UP_TO[2:].hex() + "00", "ff" + UP_TO[2:].hex() + "0101 00", "example 10"),
    ("cobs", UP_TO[3:].hex() + "0001", "fe" + UP_TO[3:].hex() + "0201 00", "example 11"),
]


@pytest.mark.parametrize(("spec", "message", "wire", "source"), SAMPLES)
def test_samples(spec: str, message: str, wire: str, source: str) -> None:
    """Encoded as in the sources; received in every split, with a tail."""
    data, encoded = bytes.fromhex(message), bytes.fromhex(wire)
    assert sent(spec, data) == encoded
    assert at_every_split(spec, encoded + b"tail") == ([data], [], "", b"tail")
    assert feed(create(spec), [encoded * 3]).messages == [data] * 3


@pytest.mark.parametrize(
    ("spec", "stream", "messages", "garbage"),
    [
        ("slip", b"\xc0\xc0a\xc0\xc0", [b"a"], []),
        ("slip", b"a\xdbb\xc0ok\xc0", [b"ok"], [b"a\xdbb\xc0"]),
        ("slip", b"a\xdb\xc0ok\xc0", [b"ok"], [b"a\xdb\xc0"]),
        ("slip", b"\xdb\xdb\xdc\xc0ok\xc0", [b"ok"], [b"\xdb\xdb\xdc\xc0"]),
        ("cobs", b"\0\0\2a\0", [b"a"], []),
        ("cobs", b"\x05abc\0\3ok\0", [b"ok"], [b"\x05abc\0"]),
        ("cobs", b"\3ok\0hello\0\3ok\0", [b"ok", b"ok"], [b"hello\0"]),
    ],
)
def test_what_is_no_valid_encoding_is_skipped(
    spec: str, stream: bytes, messages: list[bytes], garbage: list[bytes]
) -> None:
    """Up to the next delimiter, and shown as garbage; nothing between two delimiters is nothing at all."""
    outcome = at_every_split(spec, stream)
    assert outcome == (messages, [(data, ReceivedKind.DISCARDED, GARBAGE) for data in garbage], "", b"")


@pytest.mark.parametrize("spec", ["slip", "cobs"])
def test_a_message_over_the_limit(spec: str) -> None:
    """The limit is that of the encoded size; what came before is delivered."""
    for stream in (sent(spec, b"ok", b"x" * 20), sent(spec, b"ok") + b"\x15" + b"x" * 30):
        outcome = feed(create(spec, max_message=10), [stream])
        assert (outcome.messages, outcome.code) == ([b"ok"], CloseCode.PROTOCOL_ERROR)


def test_slip_has_no_empty_messages() -> None:
    """One cannot be sent."""
    assert check("slip", b"") == "SLIP has no empty messages"
    assert check("cobs", b"") == ""


@given(st.sampled_from(["slip", "cobs"]), st.lists(st.binary(min_size=1, max_size=600)), st.data())
def test_messages_come_back(spec: str, messages: list[bytes], data: st.DataObject) -> None:
    """Any bytes can be sent, and are received as they were sent, however they are split."""
    stream = sent(spec, *messages)
    assert (b"\0" if spec == "cobs" else b"\xc0") not in b"".join(create(spec).encode(m, 0)[0][1:-1] for m in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert feed(create(spec), pieces) == (messages, [], "", b"")
