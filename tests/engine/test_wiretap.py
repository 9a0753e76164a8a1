"""Wire taps: every byte that crosses a socket, for a sink that asks for it, and nothing for the others."""

from __future__ import annotations

from tests.support.serving import RecordingSink, connect, in_loop, read_all, read_exactly, serving, wait_until
from tuiserver.core.events import Connected, Read, Received, Sent, Wrote
from tuiserver.worker import Worker

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"


class WireSink(RecordingSink):
    """A sink that asks for `Read` and `Wrote` too."""

    wire = True

    def __init__(self) -> None:
        super().__init__("everything")

    def bytes_of(self, kind: type[Read] | type[Wrote]) -> bytes:
        """All bytes of one direction."""
        return b"".join(event.data for event in list(self.events) if isinstance(event, kind))


def test_a_tap_sees_every_byte_in_order() -> None:
    """Also what a protocol sends on its own, and what is sent later because the socket was full."""
    worker = Worker("http://127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(b"x" * 15_000_000)
    wire = WireSink()
    worker.add_sink(wire)
    with serving(worker) as plain, connect(worker) as client:
        client.sendall(REQUEST)
        interim = b"HTTP/1.1 100 Continue\r\n\r\n"
        assert read_exactly(client, len(interim)) == interim
        client.sendall(b"ok")
        client.shutdown(1)
        answer = read_all(client)
        wait_until(lambda: len(wire.bytes_of(Wrote)) == len(interim) + len(answer), "all bytes")
    assert wire.bytes_of(Read) == REQUEST + b"ok"
    assert wire.bytes_of(Wrote) == interim + answer
    assert not plain.of(Read)
    assert not plain.of(Wrote)
    assert len(plain.of(Received)) == 1


def test_a_tap_may_be_added_and_removed_at_any_time() -> None:
    """Open connections are tapped from then on, and until the last such sink is removed."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message.upper())
    wire = WireSink()
    with serving(worker) as sink, connect(worker) as client:
        sink.wait_for(Connected)

        def exchange(data: bytes) -> None:
            client.sendall(data)
            assert read_exactly(client, len(data)) == data.upper()

        exchange(b"before")
        worker.add_sink(wire)
        in_loop(worker, lambda: True)
        exchange(b"while")
        wait_until(lambda: wire.bytes_of(Wrote), "the tapped bytes")
        worker.remove_sink(wire)
        in_loop(worker, lambda: True)
        exchange(b"after")
        sink.wait_for(Sent, 3)
    assert (wire.bytes_of(Read), wire.bytes_of(Wrote)) == (b"while", b"WHILE")
    assert not sink.of(Read)
