"""The built-in programs: what answers when no program of yours does.

Rules of this file:
- Written against the public `Worker` alone: everything here, a program of yours can do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuiserver.engine.connection import Connection
from tuiserver.protocols.http.protocol import Request
from tuiserver.worker import Worker

HELLO = b"hello world~"


def hello(worker: Worker) -> None:
    """An HTTP request gets `hello world~`; bytes that are not HTTP are left to the operator."""
    worker.sniff = True

    def answer(connection: Connection, message: Any) -> None:
        if type(message) is Request:
            connection.send(HELLO)

    worker.on_message = answer


def echo(worker: Worker) -> None:
    """The bytes back; to an HTTP client, the body of its request."""

    def answer(connection: Connection, message: Any) -> None:
        connection.send(message if type(message) is bytes else message.body)

    worker.on_message = answer


def none(worker: Worker) -> None:
    """Everything is left to the operator."""


REPLIES: dict[str, Callable[[Worker], None]] = {"hello": hello, "echo": echo, "none": none}


def install(worker: Worker, name: str) -> None:
    """Let `worker` answer as `name` of `REPLIES` says; raises `KeyError` for another name."""
    REPLIES[name](worker)
    worker.program = name
