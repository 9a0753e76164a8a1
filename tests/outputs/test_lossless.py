"""A burst while the reader of stdout stalls: without `--lossless` the gap is counted, with it nothing is missing."""

from __future__ import annotations

import base64
import os
import socket
import threading
from typing import Any

from tests.support.processes import Headless
from tests.support.serving import LIMIT

ANY = "127.0.0.1:0"
BURST = os.urandom(1 << 20) * 20
"""20 MiB: more than the memory of a view and the buffers of two sockets and a pipe together."""


def send_all(client: socket.socket) -> None:
    """Send the burst and say that it was all."""
    client.settimeout(60)
    client.sendall(BURST)
    client.shutdown(socket.SHUT_WR)


def received(events: list[dict[str, Any]]) -> bytes:
    """The bytes of all messages that were printed."""
    return b"".join(base64.b64decode(event["data"]) for event in events if event["event"] == "received")


def test_nothing_is_skipped_and_the_client_waits() -> None:
    """The client cannot finish before the reader reads; then every byte arrives, once and in order."""
    with Headless(
        "--json", "--lossless", "--view-memory", "1M", "--reply", "none", "--half-close", "0", f"raw://{ANY}"
    ) as server:
        with server.connect() as client:
            sender = threading.Thread(target=send_all, args=(client,))
            sender.start()
            first = server.events_until("received")
            sender.join(0.5)
            assert sender.is_alive()
            events = first + server.events_until("closed")
            sender.join(LIMIT)
        assert server.stop() == (0, "")
    assert received(events) == BURST
    assert not [event for event in events if event["event"] == "skipped"]
    assert [event["code"] for event in events if event["event"] == "noted"] == ["reader_slow"]
    assert events[-1]["bytes_in"] == len(BURST)


def test_without_it_the_server_goes_on_and_says_what_is_missing() -> None:
    """The client is not held up; what was printed and what was skipped add up to what came."""
    with Headless("--json", "--reply", "none", "--half-close", "0", f"raw://{ANY}") as server:
        with server.connect() as client:
            send_all(client)
            events = server.events_until("closed")
        assert server.stop() == (0, "")
    skipped = [event for event in events if event["event"] == "skipped"]
    assert skipped
    printed = received(events)
    assert len(printed) + sum(event["bytes"] for event in skipped) == len(BURST) == events[-1]["bytes_in"]
    messages = sum(event["event"] == "received" for event in events)
    assert messages + sum(event["messages"] for event in skipped) == events[-1]["messages_in"]
