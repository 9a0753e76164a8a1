"""Messages that end with a pause; the pause on a real connection is in tests/engine/test_framed_messages.py."""

from __future__ import annotations

import pytest

from tests.support.framing import create, feed
from tuiserver.core.codes import CloseCode, ReceivedKind
from tuiserver.protocols.parameters import SpecError
from tuiserver.protocols.registry import check

MODBUS_RTU = bytes.fromhex("11 03 006b 0003 7687")
"""Modbus RTU: a request to read registers 107 to 109 of device 17, with its CRC (Wikipedia, Modbus)."""


def test_a_pause_ends_a_message() -> None:
    """However many reads it took; each read begins the pause anew."""
    protocol = create("gap:50ms")
    for byte in MODBUS_RTU:
        assert protocol.receive(bytes([byte])) == ()
        assert (protocol.needs_service, protocol.deadline) == (True, 0.05)
        protocol.deadline = None
    assert (protocol.mid_message, protocol.buffered) == (True, 8)
    assert protocol.on_deadline() == [MODBUS_RTU]
    assert (protocol.mid_message, protocol.buffered, protocol.deadline) == (False, 0, 0.0)
    assert protocol.on_deadline() == []


def test_the_end_of_the_stream_ends_a_message() -> None:
    """Nothing more can come."""
    assert feed(create("gap:1s"), [b"a", b"b"]) == ([b"ab"], [], "", b"")
    assert feed(create("gap:1s"), []).messages == []


def test_a_message_without_a_pause() -> None:
    """Its size is bounded; the reason names both limits."""
    protocol = create("gap:50ms", max_message=4)
    outcome = feed(protocol, [b"1234", b"5", b"6"])
    assert (outcome.messages, outcome.code) == ([], CloseCode.PROTOCOL_ERROR)
    assert outcome.undelivered[0] == (b"12345", ReceivedKind.REFUSED, CloseCode.PROTOCOL_ERROR)
    assert protocol.closing is not None
    assert protocol.closing.reason == "no pause of 0.05 s in 5 bytes: max_message is 4"
    assert not protocol.on_deadline()


def test_messages_are_sent_as_they_are() -> None:
    """Except for an empty one, which would be nothing."""
    assert create("gap:50ms").encode(MODBUS_RTU, 0.0) == (MODBUS_RTU, MODBUS_RTU)
    assert check("gap:50ms", b"") == "a message has at least one byte"


@pytest.mark.parametrize("spec", ["gap", "gap:0ms", "gap:x", "gap:0.5ms", "gap:2h", "gap:5000s"])
def test_parameters_that_are_refused(spec: str) -> None:
    """In one line that says what would be valid."""
    with pytest.raises(SpecError, match=r"gap:TIME|a time such as 50ms|between 1ms and 3600s"):
        create(spec)
