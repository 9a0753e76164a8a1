"""What all protocols with message boundaries have in common."""

from __future__ import annotations

import pytest

from tests.support.framing import create, feed
from tuiserver.core.codes import CloseCode, ReceivedKind

FRAMINGS = {
    # spec: a whole message on the wire, the beginning of another one
    "line": (b"hello\n", b"hel"),
    r"delimiter:\r\n": (b"hello\r\n", b"hel"),
    "u16": (b"\0\5hello", b"\0\5hel"),
    "u16:at=4": (b"\0\1\0\0\0\1h", b"\0\1\0\0\0"),
    r"u8:start=xx": (b"xx\1h", b"xx"),
    "fixed:5": (b"hello", b"hel"),
    "stx": (b"\2hello\3", b"\2hel"),
    "stx:dle": (b"\x10\2hello\x10\3", b"\x10\2hel\x10"),
    "slip": (b"\xc0hello\xc0", b"hel"),
    "cobs": (b"\6hello\0", b"\6hel"),
}


@pytest.mark.parametrize("spec", FRAMINGS)
def test_a_whole_message_needs_no_service(spec: str) -> None:
    """It costs the connection nothing but the call."""
    protocol = create(spec)
    assert len(protocol.receive(FRAMINGS[spec][0])) == 1
    assert (protocol.needs_service, protocol.mid_message, protocol.buffered) == (False, False, 0)


@pytest.mark.parametrize("spec", FRAMINGS)
def test_an_unfinished_message_is_bounded_in_time(spec: str) -> None:
    """After `request_timeout` there is one reason, and all that was received of it is shown as refused."""
    whole, part = FRAMINGS[spec]
    protocol = create(spec, request_timeout=7.0)
    assert len(protocol.receive(whole + part)) == 1
    assert (protocol.needs_service, protocol.deadline, protocol.buffered) == (True, 7.0, len(part))
    protocol.deadline = None
    assert not protocol.on_deadline()
    assert protocol.closing is not None
    assert protocol.closing.code == CloseCode.REQUEST_TIMEOUT
    assert protocol.closing.reason.endswith("did not end within 7 s")
    assert list(protocol.take_undelivered()) == [(part, ReceivedKind.REFUSED, CloseCode.REQUEST_TIMEOUT)]
    assert (protocol.buffered, protocol.deadline, protocol.take_unfinished()) == (0, 0.0, b"")


@pytest.mark.parametrize("spec", FRAMINGS)
def test_after_closing_nothing_is_delivered(spec: str) -> None:
    """What still comes is shown as discarded."""
    whole, part = FRAMINGS[spec]
    protocol = create(spec)
    protocol.receive(part)
    protocol.on_deadline()
    protocol.take_undelivered()
    assert feed(protocol, [whole]).messages == []


@pytest.mark.parametrize("spec", FRAMINGS)
def test_the_end_of_the_stream(spec: str) -> None:
    """An unfinished message is shown once: when the peer finishes sending, or when the connection ends otherwise."""
    whole, part = FRAMINGS[spec]
    outcome = feed(create(spec), [whole, part])
    assert (len(outcome.messages), outcome.undelivered, outcome.code, outcome.unfinished) == (1, [], "", part)
    assert feed(create(spec), [whole, part], eof=False) == outcome
    protocol = create(spec)
    protocol.receive(part)
    assert protocol.receive_eof() == ()
    assert protocol.take_undelivered() == [(part, ReceivedKind.UNFINISHED, CloseCode.PEER_CLOSED)]
    assert protocol.needs_service
    assert protocol.take_unfinished() == b""


@pytest.mark.parametrize("spec", FRAMINGS)
def test_without_a_request_timeout_a_message_may_take_for_ever(spec: str) -> None:
    """0 sets no deadline."""
    protocol = create(spec, request_timeout=0.0)
    protocol.receive(FRAMINGS[spec][1])
    assert not protocol.deadline
