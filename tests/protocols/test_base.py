"""The defaults for simple protocols, and the factory over any callable."""

from __future__ import annotations

import pytest

from tuiserver.core.limits import Limits
from tuiserver.protocols.base import Protocol, ProtocolBase, SimpleFactory, describe, to_bytes
from tuiserver.protocols.registry import Factories


class Shouting(ProtocolBase):
    """Upper case, both ways."""

    name = "shouting"
    nouns = ("shouts", "replies")

    def receive(self, data: bytes) -> tuple[str, ...]:
        return (data.decode().upper(),)


def test_a_protocol_needs_only_a_name_and_its_messages() -> None:
    """Everything else has a default: no deadline, nothing sent on its own, nothing closed, messages sent as they are."""
    protocol: Protocol = Shouting()
    assert protocol.receive(b"hi") == ("HI",)
    assert protocol.receive_eof() == ()
    assert (protocol.shown("é"), protocol.shown(b"\xff")) == (b"\xc3\xa9", b"\xff")
    assert protocol.encode("é", 0.0) == (b"\xc3\xa9", b"\xc3\xa9")
    assert protocol.take_output(0.0) == (b"", b"")
    assert protocol.farewell(0.0) == b""
    protocol.on_deadline()
    assert (protocol.needs_service, protocol.passthrough, protocol.mid_message) == (False, False, False)
    assert (protocol.deadline, protocol.closing, protocol.successor) == (None, None, None)
    assert (protocol.idle_timeout, protocol.pending_requests) == (0.0, 0)
    assert (protocol.take_undelivered(), protocol.take_unfinished()) == ((), b"")


def test_without_a_receive_every_read_is_one_message() -> None:
    """Messages of other types are shown as their text; lone surrogates in it are escaped."""
    protocol = ProtocolBase()
    assert protocol.receive(b"ab\ncd") == (b"ab\ncd",)
    assert protocol.shown(12) == b"12"
    assert protocol.shown("\ud800") == b"\\ud800"


@pytest.mark.parametrize("message", ["é", b"\xc3\xa9", bytearray(b"\xc3\xa9"), memoryview(b"\xc3\xa9")])
def test_bytes_and_text_are_sent_as_they_are(message: object) -> None:
    """Text as UTF-8; the result is bytes whatever was given."""
    data = to_bytes(message)
    assert data == b"\xc3\xa9"
    assert type(data) is bytes


@pytest.mark.parametrize("message", [None, 5, ["a"]])
def test_other_types_are_refused(message: object) -> None:
    """The error names the type."""
    with pytest.raises(TypeError, match=type(message).__name__):
        to_bytes(message)


def test_a_class_of_a_program_is_a_factory() -> None:
    """Its name is that of the class; each connection gets an object of its own."""
    factory = SimpleFactory(Shouting)
    assert factory.name == "shouting"
    assert factory.create() is not factory.create()


def test_a_class_without_a_base_gets_the_defaults() -> None:
    """Whatever it does not define; its name is that of the class. One that delegates everything is left alone."""

    class Dots:
        """Only what is special."""

        __slots__ = ("rest",)

        def receive(self, data: bytes) -> list[bytes]:
            return data.split(b".")

    class Wrapper:
        """Everything is that of another protocol."""

        def __getattr__(self, name: str) -> object:
            return getattr(Shouting(), name)

    protocol = SimpleFactory(Dots).create()
    assert (protocol.name, protocol.receive(b"a.b")) == ("dots", [b"a", b"b"])
    assert (protocol.deadline, protocol.farewell(0.0), protocol.encode("é", 0.0)[0]) == (None, b"", b"\xc3\xa9")
    protocol.needs_service = True
    assert SimpleFactory(Shouting).create().__class__ is Shouting
    assert SimpleFactory(Wrapper).create().__class__ is Wrapper


def test_a_factory_without_a_name_is_named_after_its_callable() -> None:
    """In lower case, unless a name is given."""

    class Morse(ProtocolBase):
        """A protocol without a name."""

    assert SimpleFactory(Morse).name == "morse"
    assert SimpleFactory(Morse, "cw").name == "cw"
    assert SimpleFactory(lambda: Morse(), "cw").create().name == ""


def test_a_protocol_describes_itself() -> None:
    """The nouns always; what waits and what has begun where messages have boundaries; whether each gets an answer."""
    limits = Limits()
    assert describe(Factories(limits).get("raw").create()) == {"received_noun": "messages in", "sent_noun": "out"}
    assert describe(Shouting()) == {
        "received_noun": "shouts",
        "sent_noun": "replies",
        "pending_requests": 0,
        "mid_message": 0,
    }
    http = Factories(limits).get("http").create()
    http.receive(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET")
    assert describe(http) == {
        "received_noun": "requests",
        "sent_noun": "responses",
        "pending_requests": 1,
        "mid_message": 1,
        "request_response": 1,
    }
