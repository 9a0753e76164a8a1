"""tuiserver: the operator's console for TCP servers.

    from tuiserver import Worker

    worker = Worker("tcp://127.0.0.1:9999")

    @worker.on_message
    def shout(connection, message):
        connection.send(message.upper())

    worker.run()

The house has three words. An *event* is a fact (`events`), a *command* is a wish (`commands`), a *link* is the way between
a server and whoever watches it (`link`). And it has floors; imports only go down:

    5  console/                                           the screen; the only place that knows textual
    4  link  headless  program  cli  settings  config     across threads and processes
    3  worker  replies  log  tail  capture                the server, the built-in programs, the log file
    2  loop  listener  connection  owner  feed  guards  tcp_info  facts     the loop's thread; sockets live only here
    1  roster  transcript  inspection                                 who is connected, what was said: folds over events
    0  events  commands  address  limits  payload  filters  themes  protocols/     pure: no socket, no clock, no thread

A message goes up: `Loop` says readable, `Connection` reads and its protocol makes messages, the program's callback answers;
at the end of the turn the `Feed` hands the events to the sinks, and the console takes them once per frame.
A command goes down: a key, `link.send`, and in the loop's thread `Worker.obey`. Its result comes back as events, nothing else.
"""

__version__ = "0.1.0"

from tuiserver.address import Address, AddressError
from tuiserver.connection import Connection
from tuiserver.limits import Limits, SocketOptions
from tuiserver.listener import ListenError
from tuiserver.protocols import Misuse
from tuiserver.protocols.http import Request, Response
from tuiserver.tcp_info import TcpInfo
from tuiserver.worker import Worker

__all__ = [
    "Address",
    "AddressError",
    "Connection",
    "Limits",
    "ListenError",
    "Misuse",
    "Request",
    "Response",
    "SocketOptions",
    "TcpInfo",
    "Worker",
]
