"""tuiserver: the operator's console for TCP servers.

    from tuiserver import Worker

    worker = Worker("tcp://127.0.0.1:9999")

    @worker.on_message
    def shout(connection, message):
        connection.send(message.upper())

    worker.run()

Three words: an *event* is a fact (`core.events`), a *command* is a request (`core.commands`), a *link* carries events one
way and commands the other between a server and a watcher (`links.base`).

The folders are floors; imports only go down:

    cli/                               the command line
    console/                           the screen; the only folder that imports textual
    programs/                          what answers messages
    automation/    outputs/            what is sent by itself; where events go besides the screen
    links/                             ways from a watcher to a server
    worker                             `Worker`, the public server
    engine/                            the loop, sockets and connections
    protocols/     views/    config/   bytes to messages; folds over events; settings
    core/                              plain data and pure functions

A message goes up: `Loop` says readable, `Connection` reads and its protocol makes messages, the program's callback answers;
at the end of the turn the `Feed` hands the events to the sinks, and the console takes them once per frame.
A command goes down: a key, `link.send`, and in the thread of the loop its handler. Its result comes back as events only.
"""

__version__ = "0.1.0"

from tuiserver.core.address import Address, AddressError
from tuiserver.core.limits import Limits, SocketOptions
from tuiserver.engine.connection import Connection
from tuiserver.engine.tcp_info import TcpInfo
from tuiserver.engine.transports.base import ListenError
from tuiserver.protocols.base import LocalProtocolError
from tuiserver.protocols.http.messages import Request, Response
from tuiserver.worker import Worker

__all__ = [
    "Address",
    "AddressError",
    "Connection",
    "Limits",
    "ListenError",
    "LocalProtocolError",
    "Request",
    "Response",
    "SocketOptions",
    "TcpInfo",
    "Worker",
]
