"""Which decoder reads the messages of a connection."""

from __future__ import annotations

import pytest

from tuiserver.core.codes import LooksLike, ReceivedKind
from tuiserver.core.events import Connected, Identified, Received, Sent
from tuiserver.decoders.base import Decoded, NeedsMore
from tuiserver.decoders.connections import ConnectionDecoders
from tuiserver.decoders.guarded import Undecodable
from tuiserver.decoders.registry import AUTO, DECODERS, SpecError


def received(data: bytes, connection: int = 1, kind: str = "") -> Received:
    """A message that was received."""
    return Received(0.0, connection, data, len(data), kind)


def test_one_decoder_for_all_connections() -> None:
    """Received and sent messages are read; what is not a message is not."""
    decoders = ConnectionDecoders("json")
    assert isinstance(decoders.decode(received(b'{"a":1}')), Decoded)
    assert isinstance(decoders.decode(received(b'{"a":1}', kind=ReceivedKind.UNIDENTIFIED)), Decoded)
    assert isinstance(decoders.decode(Sent(0.0, 2, b"[]", 2)), Decoded)
    assert decoders.decode(received(b"{")) == NeedsMore()
    assert decoders.decode(received(b"{}", kind=ReceivedKind.REFUSED)) is None


def test_auto_is_the_decoder_of_the_protocol() -> None:
    """Known at once, identified later, or what a client looks like; other protocols have none."""
    decoders = ConnectionDecoders(AUTO)
    decoders.apply(Connected(0.0, 1, "p", "l", "a", "http"))
    decoders.apply(Connected(0.0, 2, "p", "l", "a", ""))
    decoders.apply(Connected(0.0, 3, "p", "l", "a", "raw"))
    request = b"GET / HTTP/1.1\r\n\r\n"
    assert isinstance(decoders.decode(received(request, 1)), Decoded)
    assert decoders.decode(received(request, 2)) is None
    decoders.apply(Identified(0.0, 2, "http"))
    assert isinstance(decoders.decode(received(request, 2)), Decoded)
    assert decoders.decode(received(request, 3)) is None
    decoders.apply(Identified(0.0, 3, "raw", looks_like=LooksLike.NMEA))
    assert isinstance(decoders.decode(received(b"$GPGGA,*56\r\n", 3)), Decoded)
    decoders.forget(1)
    assert decoders.decode(received(request, 1)) is None


def test_none_decodes_nothing() -> None:
    """It turns a setting off again."""
    decoders = ConnectionDecoders("none")
    decoders.apply(Connected(0.0, 1, "p", "l", "a", "http"))
    assert decoders.decode(received(b"GET / HTTP/1.1\r\n\r\n")) is None


def test_what_is_switched_off_is_noted_once_for_each_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The decoder of another connection goes on."""

    class Fragile:
        """A decoder that fails at an empty message."""

        name = "fragile"

        def decode(self, data: bytes, sent: bool = False) -> NeedsMore:
            return NeedsMore(data[0])

    monkeypatch.setitem(DECODERS, "fragile", lambda: Fragile)
    decoders = ConnectionDecoders("fragile")
    assert decoders.decode(received(b"\x05")) == NeedsMore(5)
    off = decoders.decode(received(b""))
    assert isinstance(off, Undecodable)
    assert decoders.decode(received(b"\x05")) == off
    assert decoders.decode(received(b"\x05", 2)) == NeedsMore(5)
    assert decoders.take_notes() == [(1, off.reason)]
    assert decoders.take_notes() == []
    decoders.forget(1)
    assert decoders.decode(received(b"\x05")) == NeedsMore(5)


def test_an_unknown_decoder_is_an_error_at_the_start() -> None:
    """Before anything is opened."""
    with pytest.raises(SpecError):
        ConnectionDecoders("nothing")
