"""The built-in replies, which answer if the user gives no program.

Rules of this file:
- A reply uses the public `Worker` only: a program can do the same.
- A new reply is one function here and one line in `REPLIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuiserver.engine.connection import Connection
from tuiserver.protocols.http.messages import Request
from tuiserver.protocols.registry import SNIFFER
from tuiserver.worker import Worker

HELLO = b"hello world~"


def hello(worker: Worker) -> None:
    """Answer an HTTP request with `hello world~`; leave everything else to the operator."""
    worker.use_protocol(SNIFFER)

    def answer(connection: Connection, message: Any) -> None:
        if type(message) is Request:
            connection.send(HELLO)

    worker.on_message = answer


def echo(worker: Worker) -> None:
    """Send each message back; to an HTTP client, the body of its request."""

    def answer(connection: Connection, message: Any) -> None:
        connection.send(message.body if type(message) is Request else message)

    worker.on_message = answer


def none(worker: Worker) -> None:
    """Leave everything to the operator."""


REPLIES: dict[str, Callable[[Worker], None]] = {"hello": hello, "echo": echo, "none": none}


def install(worker: Worker, name: str) -> None:
    """Install the reply `name` of `REPLIES` in `worker`; raises `KeyError` for an unknown name."""
    REPLIES[name](worker)
    worker.program = name
