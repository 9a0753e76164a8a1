"""What an `Inspect` tells about a connection."""

from __future__ import annotations

import pytest

from tests.support.serving import connect, in_loop, read_exactly, serving
from tuiserver.engine.inspection import inspect_connection
from tuiserver.worker import Worker


def test_it_joins_what_system_engine_and_protocol_know() -> None:
    """The socket, the send buffer, why it is not read, and the protocol; a closed connection raises `OSError`."""
    worker = Worker("127.0.0.1:0")
    worker.on_message = lambda connection, message: connection.send(message)
    with serving(worker), connect(worker) as client:
        client.sendall(b"x")
        assert read_exactly(client, 1) == b"x"
        connection = worker.connections[1]
        in_loop(worker, connection.pause_reading)
        info = in_loop(worker, lambda: inspect_connection(connection))
        assert (info["family"], info["unsent"], info["held"], info["received_noun"]) == (
            "IPv4",
            0,
            "program",
            "messages in",
        )
        assert (info["max_unsent"], info["unfinished"]) == (1 << 20, 0)
        in_loop(worker, connection.abort)
    with pytest.raises(OSError, match="descriptor"):
        inspect_connection(connection)
