"""tuiserver: the operator's console for TCP servers.

    from tuiserver import Worker

    worker = Worker("tcp://127.0.0.1:9999")

    @worker.on_message
    def shout(connection, message):
        connection.send(message.upper())

    worker.run()

An *event* is a fact (`core.events`), a *command* is a request (`core.commands`), a *link* carries events one way and commands
the other between a server and a watcher (`links.base`).

Each folder is a floor, and imports only go down:

    cli/                               the command line
    console/                           the screen; the only folder that imports textual and rich
    programs/                          the programs that answer messages
    outputs/       automation/         where events go; what is sent in the background
    links/                             ways from a watcher to a server
    worker.py                          `Worker`, the public server
    engine/                            the loop, sockets and connections
    protocols/     decoders/           bytes to messages; messages to named fields
    views/         config/             folds over events; settings
    core/                              plain data and pure functions

From a socket to the screen: the `Loop` finds a socket readable, its `Connection` reads once, the protocol makes messages, and
the callback of the program answers. At the end of the turn the `Feed` hands the events to the sinks; the console takes them
once per frame and draws the lines that are visible.

From a key to a socket: the console passes a command to `link.send`, and its handler runs in the thread of the loop. The result
comes back as events only: the screen shows what happened, never what was requested.
"""

__version__ = "0.1.0"

from tuiserver.core.address import Address, AddressError
from tuiserver.core.limits import Limits, SocketOptions
from tuiserver.engine.connection import Connection
from tuiserver.engine.tcp_info import TcpInfo
from tuiserver.engine.transports.base import ListenError
from tuiserver.protocols.base import Closing, LocalProtocolError, ProtocolBase
from tuiserver.protocols.http.messages import Request, Response
from tuiserver.worker import Worker

__all__ = [
    "Address",
    "AddressError",
    "Closing",
    "Connection",
    "Limits",
    "ListenError",
    "LocalProtocolError",
    "ProtocolBase",
    "Request",
    "Response",
    "SocketOptions",
    "TcpInfo",
    "Worker",
]
