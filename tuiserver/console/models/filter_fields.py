"""The fields of the filter language: of a connection, of a message, of a line of the log.

Rules of this file:
- A name means the same everywhere: `id` of a message is that of its connection. A field that an item cannot have is left
  out of its table.
- Bare words are searched in what the screen shows of an item.
- Where messages are decoded, any other name is that of a decoded field; in a message without it, the condition is text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from tuiserver.console.models.concerns import state_words
from tuiserver.console.models.decoding import Decoding
from tuiserver.console.models.row_texts import latest_of, protocol_of
from tuiserver.console.text.log_lines import connection_of, level_of
from tuiserver.core.charsets import UTF8, Charset
from tuiserver.core.events import Received
from tuiserver.core.filters import Condition, Field, Filter, parse, value_test
from tuiserver.core.payload import to_text
from tuiserver.views.roster import Client
from tuiserver.views.transcript import Entry

CharsetOf = Callable[[int], Charset]
"""Returns the character set of a connection."""
Now = Callable[[], float]
"""Returns the present time in Unix seconds."""


def _searchable_text(client: Client, charset: Charset) -> str:
    last = latest_of(client)
    text = last if isinstance(last, str) else to_text(last, charset)
    return (
        f"#{client.id} {client.peer} {client.name} {client.local} {protocol_of(client)} {client.state} {text}".lower()
    )


def _client_fields(now: Now) -> dict[str, Field[Client]]:
    return {
        "id": Field("number", lambda client: client.id),
        "peer": Field("text", lambda client: client.peer),
        "name": Field("text", lambda client: client.name),
        "local": Field("text", lambda client: client.local),
        "state": Field("words", lambda client: state_words(client, now())),
        "proto": Field("words", lambda client: f"{client.protocol} {client.looks_like}"),
        "in": Field("size", lambda client: client.bytes_in),
        "out": Field("size", lambda client: client.bytes_out),
        "size": Field("size", lambda client: client.bytes_in + client.bytes_out),
        "queue": Field("size", lambda client: client.queued),
        "idle": Field("time", lambda client: now() - client.received_at if client.open else None),
        "sent": Field("time", lambda client: now() - client.sent_at if client.open and client.sent_at else None),
        "age": Field("time", lambda client: (client.closed_at or now()) - client.since),
    }


def of_client(text: str, now: Now = time.time, charset_of: CharsetOf = lambda connection: UTF8) -> Filter[Client]:
    """A filter of connections; raises `FilterError`."""
    return parse(
        text,
        _client_fields(now),
        lambda literal: lambda client: literal in _searchable_text(client, charset_of(client.id)),
    )


def of_message(
    text: str,
    clients: Mapping[int, Client],
    now: Now = time.time,
    charset_of: CharsetOf = lambda connection: UTF8,
    decoding: Decoding | None = None,
    limit: int | None = None,
    any_field: bool = False,
) -> Filter[Entry]:
    """A filter of messages; raises `FilterError`. A gap is not a message: no filter matches it. Only the first `limit` bytes
    of a message are searched. `any_field`: messages may have fields later."""

    def of_its_client(field: Field[Client]) -> Field[Entry]:
        def value(entry: Entry) -> str | float | None:
            client = clients.get(getattr(entry, "id", 0))
            return None if client is None else field.get(client)

        return Field(field.kind, value)

    def data(entry: Entry) -> bytes:
        return getattr(entry, "data", b"")[:limit]

    fields: dict[str, Field[Entry]] = {
        **{name: of_its_client(field) for name, field in _client_fields(now).items()},
        "id": Field("number", lambda entry: getattr(entry, "id", None)),
        "size": Field("size", lambda entry: getattr(entry, "size", None)),
        "age": Field("time", lambda entry: now() - entry.at),
        "dir": Field("text", lambda entry: "in" if isinstance(entry, Received) else "out"),
        "by": Field("text", lambda entry: getattr(entry, "by", "")),
        "kind": Field("text", lambda entry: getattr(entry, "kind", "")),
        "hex": Field("text", lambda entry: data(entry).hex()),
    }

    def contains(literal: str) -> Callable[[Entry], bool]:
        encoded = literal.encode() if literal.isascii() else None

        def test(entry: Entry) -> bool:
            charset = charset_of(getattr(entry, "id", 0))
            if encoded is not None and charset is UTF8:  # bytes.lower() knows only the letters of ASCII
                return encoded in data(entry).lower()
            return literal in charset.decode(data(entry)).lower()

        return test

    def decoded(condition: Condition) -> Callable[[Entry], bool]:
        assert decoding is not None
        fields, name = decoding.fields, condition.name.lower()
        test, is_text = value_test(condition), contains(condition.text.lower())

        def matches(entry: Entry) -> bool:
            found = fields(entry, name)
            if not found:
                return is_text(entry)
            return any(test(each.value, each.note) or test(each.code, "") for each in found)

        return matches

    protocols = (each.looks_like or each.protocol for each in clients.values())
    known = decoding is not None and (any_field or decoding.may_decode(protocols))
    return parse(text, fields, contains, decoded if known else None)


RULE_LIMIT = 4096
"""Bytes of a message that rules examine."""


def message_rule(
    text: str,
    clients: Mapping[int, Client],
    charset_of: CharsetOf = lambda connection: UTF8,
    decoding: Decoding | None = None,
    any_field: bool = False,
) -> Filter[Entry]:
    """The same for a rule that is applied to each message that is drawn."""
    return of_message(text, clients, charset_of=charset_of, decoding=decoding, limit=RULE_LIMIT, any_field=any_field)


def of_line(text: str) -> Filter[str]:
    """A filter of lines of a log; raises `FilterError`."""
    fields: dict[str, Field[str]] = {
        "id": Field("number", lambda line: connection_of(line) or None),
        "level": Field("text", level_of),
        "size": Field("size", len),
    }
    return parse(text, fields, lambda literal: lambda line: literal in line.lower())


_FOLDED_TO_ASCII = (b"\xe2\x84\xaa", b"\xc4\xb0", b"\xc4\xb1")
"""The Kelvin sign and the Turkish i's in UTF-8: ignoring case, they equal ASCII letters, but their bytes do not."""
_ERROR_WORDS = (b"err", b"crit", b"fatal", b"alert", b"emerg")


def lacking(literals: Iterable[str]) -> Callable[[bytes], bool]:
    """A test of a piece of a log: True if certainly no line of it has all of these literals."""
    wanted = [literal.lower().encode() for literal in literals if literal.isascii()]

    def test(piece: bytes) -> bool:
        lower = piece.lower()
        return any(literal not in lower for literal in wanted) and not any(
            letter in piece for letter in _FOLDED_TO_ASCII
        )

    return test


def without_errors(piece: bytes) -> bool:
    """A test of a piece of a log: True if certainly no line of it is an error."""
    lower = piece.lower()
    return not any(name in lower for name in (*_ERROR_WORDS, *_FOLDED_TO_ASCII))
