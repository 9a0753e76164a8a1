"""The fields of messages: which decoder each connection has, and what it makes of a message.

    decoding = Decoding("nmea", protocol_of, report)     # `auto`: the decoder of the protocol; `none`: no decoder
    decoding.choose(12, "tracker.h:Login")               # of one connection; raises `SpecError`
    decoding.result(entry)                               # Decoded, NeedsMore or Undecodable; None without a decoder
    decoding.fields(entry, "temp")                       # the fields of that name

Rules of this file:
- A message is decoded when somebody asks for its fields: a visible line, a filter, a column. Results are kept within a bound.
- A decoder that is switched off is reported once. What decoders return is untrusted: it is escaped where it is drawn.
- Decoders are imported when the first message is decoded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from tuiserver.core.codes import ReceivedKind
from tuiserver.core.events import Received, Sent, Skipped
from tuiserver.views.transcript import Entry

if TYPE_CHECKING:
    from tuiserver.decoders.base import Encoder, Factory, Field
    from tuiserver.decoders.guarded import Guarded, Result

AUTO, NONE = "auto", "none"
"""Specs: the decoder that belongs to the protocol of the connection, and no decoder."""
MAX_SIZE = 1 << 20
"""Bytes of a message that is decoded."""
CACHE_SIZE = 1 << 17
"""How much is kept: each field counts one, and so do 64 bytes of a message."""
MAX_GUARDS = 2000
"""Connections whose decoder is kept."""
FIRST_MESSAGES = 8
"""Messages at the beginning of a connection that its decoder gets first: they may say what later ones mean."""


class Decoding:
    """`protocol_of` returns the protocol of a connection, `first` its oldest messages; `report` gets the id of a connection
    and why its decoder was switched off. `version` grows when other decoders are chosen."""

    def __init__(
        self,
        default: str = AUTO,
        protocol_of: Callable[[int], str] = lambda connection: "",
        report: Callable[[int, str], object] = lambda connection, text: None,
        first: Callable[[int], Iterable[Entry]] = lambda connection: (),
    ) -> None:
        self.default = default
        self.version = 0
        self._protocol_of, self._report, self._first = protocol_of, report, first
        self._chosen: dict[int, str] = {}
        self._factories: dict[str, Factory | None] = {}
        self._encoders: dict[str, Encoder | None] = {}
        self._modified: dict[str, int] = {}
        self._guards: dict[int, Guarded] = {}
        self._results: dict[int, tuple[Entry, Result]] = {}
        self._size = 0

    # -- which decoder ------------------------------------------------------------------------------------------------

    def spec_of(self, connection: int) -> str:
        """The decoder that was chosen for a connection: a spec, `auto` or `none`."""
        return self._chosen.get(connection, self.default)

    def chosen(self, connection: int) -> bool:
        """Whether somebody chose a decoder for a connection; for 0, for any of them."""
        if connection:
            return self.spec_of(connection) not in (AUTO, NONE)
        return any(spec not in (AUTO, NONE) for spec in (self.default, *self._chosen.values()))

    @property
    def specs(self) -> tuple[str, ...]:
        """The decoders that were chosen so far."""
        return tuple(dict.fromkeys((self.default, *self._factories)))

    def may_decode(self, protocols: Iterable[str]) -> bool:
        """Whether messages of connections with these protocols may have fields."""
        if self.chosen(0):
            return True
        if self.default != AUTO:
            return False
        from tuiserver.decoders.registry import BY_PROTOCOL

        return not BY_PROTOCOL.keys().isdisjoint(protocols)

    @property
    def active(self) -> bool:
        """Whether any message may have fields."""
        return self.default != NONE or bool(self._chosen)

    def choose(self, connection: int, spec: str) -> None:
        """Use another decoder for a connection, for all of them if it is 0; raises `SpecError` where there is none such."""
        if spec not in (AUTO, NONE):
            from tuiserver.decoders.registry import find

            self._factories[spec] = find(spec)
        if connection:
            self._chosen[connection] = spec
        else:
            self.default = spec
            self._chosen.clear()
        self.reset()

    def encoder(self, connections: Iterable[int]) -> Encoder | None:
        """What makes messages of fields for these connections; None where their decoders only decode, or differ."""
        specs = {self.spec_of(connection) for connection in connections}
        spec = specs.pop() if specs else self.default
        if specs or spec in (AUTO, NONE):
            return None
        if spec not in self._encoders:
            from tuiserver.decoders.registry import SpecError, find_encoder

            try:
                self._encoders[spec] = find_encoder(spec)
            except SpecError:  # the decoder reports it
                return None
        return self._encoders[spec]

    def reset(self) -> None:
        """Decode everything anew."""
        self.version += 1
        self._guards.clear()
        self._results.clear()
        self._size = 0

    def check_files(self) -> None:
        """Decode everything anew if a file that defines messages has changed. To be called about once a second."""
        for spec in self._factories:
            changed = _modified(spec)
            if self._modified.setdefault(spec, changed) != changed:
                self._modified[spec] = changed
                self.reset()

    def _factory(self, connection: int) -> Factory | None:
        spec = self.spec_of(connection)
        if spec == AUTO:
            from tuiserver.decoders.registry import BY_PROTOCOL

            spec = BY_PROTOCOL.get(self._protocol_of(connection), NONE)
        if spec == NONE:
            return None
        if spec not in self._factories:
            from tuiserver.decoders.registry import SpecError, find

            try:
                self._factories[spec] = find(spec)
            except SpecError as error:
                self._factories[spec] = None
                self._report(0, str(error))
        return self._factories[spec]

    # -- messages -----------------------------------------------------------------------------------------------------

    def result(self, entry: Entry) -> Result | None:
        """What the decoder of its connection makes of a message; None without one, and for a gap."""
        if isinstance(entry, Skipped) or not self.active:
            return None
        if isinstance(entry, Received) and entry.kind not in ("", ReceivedKind.UNIDENTIFIED):
            return None  # It is not a message.
        kept = self._results.get(id(entry))
        if kept is not None and kept[0] is entry:
            return kept[1]
        guard = self._guards.get(entry.id) or self._new_guard(entry.id)
        if guard is None:
            return None
        result = _decode(guard, entry)
        if note := guard.take_note():
            self._report(entry.id, note)
        self._store(entry, result)
        return result

    def _new_guard(self, connection: int) -> Guarded | None:
        factory = self._factory(connection)
        if factory is None:
            return None
        from tuiserver.decoders.guarded import Guarded

        guard = Guarded(factory)
        if len(self._guards) >= MAX_GUARDS:
            del self._guards[next(iter(self._guards))]
        self._guards[connection] = guard
        for entry in islice(self._first(connection), FIRST_MESSAGES):
            if not isinstance(entry, Skipped):
                self._store(entry, _decode(guard, entry))
        return guard

    def _store(self, entry: Received | Sent, result: Result) -> None:
        if id(entry) in self._results:
            return
        self._size += _cost(entry, result)
        self._results[id(entry)] = entry, result
        while self._size > CACHE_SIZE and len(self._results) > 1:
            self._size -= _cost(*self._results.pop(next(iter(self._results))))

    def fields(self, entry: Entry, name: str = "") -> Sequence[Field]:
        """The fields of a message, or those of a name: in lower case, whole or its last parts (`lat` of `position.lat`)."""
        fields: Sequence[Field] = getattr(self.result(entry), "fields", ())
        if not name:
            return fields
        end = f".{name}"
        return [field for field in fields if (lower := field.name.lower()) == name or lower.endswith(end)]

    def searchable(self, entry: Entry) -> bytes:
        """The fields of a message as text: its summary, and a line `name:value` for each."""
        summary = getattr(self.result(entry), "summary", "")
        lines = (f"{field.name}:{_text(field.value)}" for field in self.fields(entry))
        return "\n".join(("", summary, *lines)).encode("utf-8", "surrogatepass") if summary else b""


def _decode(guard: Guarded, entry: Received | Sent) -> Result:
    if len(entry.data) > MAX_SIZE:
        from tuiserver.decoders.guarded import Undecodable

        return Undecodable("too large to decode")
    return guard.decode(entry.data, isinstance(entry, Sent))


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _modified(spec: str) -> int:
    """When the file of a spec was last modified, in nanoseconds; 0 without one."""
    from tuiserver.decoders.registry import file_of

    try:
        return os.stat(path).st_mtime_ns if (path := file_of(spec)) else 0
    except OSError:
        return 0


def _cost(entry: Entry, result: Result) -> int:
    return 1 + len(getattr(result, "fields", ())) + len(getattr(entry, "data", b"")) // 64
