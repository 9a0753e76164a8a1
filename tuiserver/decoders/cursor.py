"""Read the bytes of a message in order, within its bounds.

Rules of this file:
- Whatever a message says about its length, nothing beyond its end is read or allocated: `Short` is raised instead.
"""

from __future__ import annotations

from typing import Literal

from tuiserver.decoders.base import Field, Value
from tuiserver.decoders.sequence import Short


class Cursor:
    """Reads `data` from `at` until `end`, by default its own end, and collects `fields`."""

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.data, self.at = data, at
        self.end = len(data) if end is None else end
        self.fields: list[Field] = []

    @property
    def left(self) -> int:
        """Bytes that have not been read."""
        return self.end - self.at

    def take(self, size: int) -> bytes:
        """The next `size` bytes; raises `Short`."""
        end = self.at + size
        if end > self.end:
            raise Short(end - self.end)
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def number(self, size: int, byteorder: Literal["big", "little"] = "big") -> int:
        """The next unsigned number of `size` bytes; raises `Short`."""
        return int.from_bytes(self.take(size), byteorder)

    def add(self, name: str, value: Value, start: int, note: str = "", code: str = "") -> None:
        """A field from `start` up to here."""
        self.fields.append(Field(name, value, start, self.at - start, note, code))

    def add_number(self, name: str, size: int, note: str = "", code: str = "") -> int:
        """Read a number into a field; raises `Short`."""
        value = self.number(size)
        self.add(name, value, self.at - size, note, code)
        return value

    def add_bytes(self, name: str, size: int, note: str = "", code: str = "") -> bytes:
        """Read bytes into a field; raises `Short`."""
        value = self.take(size)
        self.add(name, value, self.at - size, note, code)
        return value
