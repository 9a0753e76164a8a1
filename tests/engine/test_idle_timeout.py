"""How long a connection may be idle: what the protocol says, unless a limit says otherwise."""

from __future__ import annotations

import pytest

from tests.support.serving import connect, serving, wait_until
from tuiserver.core.limits import Limits
from tuiserver.protocols.http.protocol import HTTP_KEEP_ALIVE
from tuiserver.worker import Worker


@pytest.mark.parametrize(
    ("protocol", "limit", "expected"),
    [("raw", None, 0.0), ("http", None, HTTP_KEEP_ALIVE), ("raw", 9.0, 9.0), ("http", 9.0, 9.0), ("http", 0.0, 0.0)],
)
def test_a_limit_replaces_the_timeout_of_the_protocol(protocol: str, limit: float | None, expected: float) -> None:
    """HTTP has a timeout of its own and raw has none; a limit holds for both, and 0 switches it off."""
    worker = Worker(f"{protocol}://127.0.0.1:0", limits=Limits(idle_timeout=limit))
    with serving(worker), connect(worker):
        wait_until(lambda: worker.connections, "the connection")
        assert worker.connections[1].idle_timeout == expected
