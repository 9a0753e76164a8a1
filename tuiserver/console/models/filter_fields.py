"""What the filter can ask: of a connection, of a message, of a line of the log.

Rules of this file:
- Names are the same everywhere: `id` of a message is that of its connection. What makes no sense for a thing is not there.
- Bare words are looked for in what the screen shows of a thing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from tuiserver.console.text.log_lines import connection_of, level_of
from tuiserver.core.events import Received
from tuiserver.core.filters import Field, Filter, parse
from tuiserver.core.payload import to_text
from tuiserver.views.roster import Client
from tuiserver.views.transcript import Entry

Now = Callable[[], float]


def _words(client: Client) -> str:
    last = client.last if client.open else client.reason
    text = last if isinstance(last, str) else to_text(last)
    return f"#{client.id} {client.peer} {client.name} {client.local} {client.protocol} {client.state} {text}".lower()


def _client_fields(now: Now) -> dict[str, Field[Client]]:
    return {
        "id": Field("number", lambda client: client.id),
        "peer": Field("text", lambda client: client.peer),
        "name": Field("text", lambda client: client.name),
        "local": Field("text", lambda client: client.local),
        "state": Field("text", lambda client: client.state),
        "proto": Field("text", lambda client: client.protocol),
        "in": Field("size", lambda client: client.bytes_in),
        "out": Field("size", lambda client: client.bytes_out),
        "size": Field("size", lambda client: client.bytes_in + client.bytes_out),
        "queue": Field("size", lambda client: client.queued),
        "idle": Field("time", lambda client: now() - client.active if client.open else None),
        "age": Field("time", lambda client: (client.closed_at or now()) - client.since),
    }


def of_client(text: str, now: Now = time.time) -> Filter[Client]:
    """A filter of connections; raises `FilterError`."""
    return parse(text, _client_fields(now), lambda word: lambda client: word in _words(client))


def of_message(text: str, clients: Mapping[int, Client], now: Now = time.time) -> Filter[Entry]:
    """A filter of messages; raises `FilterError`. A gap is no message: no filter matches it."""

    def of_its_client(field: Field[Client]) -> Field[Entry]:
        def value(entry: Entry) -> str | float | None:
            client = clients.get(getattr(entry, "id", 0))
            return None if client is None else field.get(client)

        return Field(field.kind, value)

    def data(entry: Entry) -> bytes:
        return getattr(entry, "data", b"")

    fields: dict[str, Field[Entry]] = {
        **{name: of_its_client(field) for name, field in _client_fields(now).items()},
        "id": Field("number", lambda entry: getattr(entry, "id", None)),
        "size": Field("size", lambda entry: getattr(entry, "size", None)),
        "age": Field("time", lambda entry: now() - entry.at),
        "dir": Field("text", lambda entry: "in" if isinstance(entry, Received) else "out"),
        "by": Field("text", lambda entry: getattr(entry, "by", "")),
        "hex": Field("text", lambda entry: data(entry).hex()),
    }

    def contains(word: str) -> Callable[[Entry], bool]:
        if not word.isascii():  # only letters of ASCII have small ones among bytes
            return lambda entry: word in data(entry).decode("utf-8", "replace").lower()
        encoded = word.encode()
        return lambda entry: encoded in data(entry).lower()

    return parse(text, fields, contains)


def of_line(text: str) -> Filter[str]:
    """A filter of lines of a log; raises `FilterError`."""
    fields: dict[str, Field[str]] = {
        "id": Field("number", lambda line: connection_of(line) or None),
        "level": Field("text", level_of),
        "size": Field("size", len),
    }
    return parse(text, fields, lambda word: lambda line: word in line.lower())


_ODD = (b"\xe2\x84\xaa", b"\xc4\xb0", b"\xc4\xb1")
"""The Kelvin sign and the Turkish i's: as small letters, or where case is the same, they are ASCII and bytes are not."""
_ERRORS = (b"err", b"crit", b"fatal", b"alert", b"emerg")


def lacking(words: Iterable[str]) -> Callable[[bytes], bool]:
    """A quick look at a piece of a log: True where surely no line of it has all of these words."""
    wanted = [word.lower().encode() for word in words if word.isascii()]

    def lacks(piece: bytes) -> bool:
        small = piece.lower()
        return any(word not in small for word in wanted) and not any(odd in piece for odd in _ODD)

    return lacks


def without_errors(piece: bytes) -> bool:
    """A quick look at a piece of a log: True where surely no line of it is an error."""
    small = piece.lower()
    return not any(word in small for word in (*_ERRORS, *_ODD))
