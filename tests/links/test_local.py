"""The local link: the way of a console to a server in the same process."""

from __future__ import annotations

import threading

from tests.support.serving import connect, read_exactly, serving, wait_until
from tuiserver.core import commands
from tuiserver.core.events import AnyEvent, Closed, Connected, Received, Sent
from tuiserver.links.local import LocalLink
from tuiserver.worker import Worker


def test_a_conversation_over_a_local_link() -> None:
    """The console sees the listener, a client, its message, the answer of the operator, and the close."""
    worker = Worker("127.0.0.1:0")
    link = LocalLink(worker)
    woken = threading.Event()
    link.open(woken.set)
    seen: list[AnyEvent] = []

    def saw(kind: type) -> list[AnyEvent]:
        seen.extend(link.take())
        return [event for event in seen if isinstance(event, kind)]

    with serving(worker), connect(worker) as client:
        assert woken.wait(5)
        wait_until(lambda: saw(Connected), "a client")
        client.sendall(b"hi")
        wait_until(lambda: saw(Received), "the message")
        link.send(commands.Send(1, b"who is there?"))
        assert read_exactly(client, 13) == b"who is there?"
        wait_until(lambda: saw(Sent), "the answer")
        link.send(commands.Close(1))
        assert client.recv(1) == b""
        client.close()
        wait_until(lambda: saw(Closed), "the close")
        link.close()
        connect(worker).close()
    assert link.take() == []
    assert [type(e).__name__ for e in seen if type(e).__name__ != "Traffic"] == [
        "Listening",
        "Connected",
        "Received",
        "Sent",
        "Closed",
    ]
