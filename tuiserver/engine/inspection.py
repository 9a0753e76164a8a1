"""What is known about one connection, from the network interface to its protocol.

Rules of this file:
- It answers an `Inspect`: nothing here is on the path of a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuiserver.engine.socket_info import SocketInfo
from tuiserver.protocols.base import describe

if TYPE_CHECKING:
    from tuiserver.engine.connection import Connection


def inspect_connection(connection: Connection) -> SocketInfo:
    """Everything known about `connection`; raises `OSError` if it is closed."""
    info = connection.transport.inspect(connection.socket)
    info["unsent"], info["max_unsent"] = connection.unsent, connection.output.max_buffer
    info["unfinished"] = connection.wire_protocol.buffered
    if why := connection.reading.why:
        info["held"] = why
    info.update(describe(connection.wire_protocol))
    return info
