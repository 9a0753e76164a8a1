"""A message with placeholders: parsed once, filled in for each message that is sent.

    template = Template([b"\\x01\\x03", placeholder, b"\\n"])
    template.fill(counter); template.example(counter)

Rules of this file:
- Placeholders are filled in phases, each from left to right: values, then lengths, then checksums. So a length counts a
  checksum, and a checksum covers a length. Bytes that are not filled in yet are 0.
- Pure apart from the random numbers that a placeholder may draw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Literal, NamedTuple
from typing import Protocol as Interface

from tuiserver.core.charsets import UTF8, Charset
from tuiserver.core.payload import PayloadError

MAX_MEASURED = 64
"""Lengths and checksums in one message: each is computed over up to the whole message, at each key that is typed."""
_ROUNDS = 20
"""More than lengths in decimal need until none of them changes its number of digits any more."""


class Phase(IntEnum):
    """When a placeholder is filled in."""

    VALUE = 0
    LENGTH = 1
    CHECKSUM = 2


class Moment(NamedTuple):
    """What one message is filled with: its number, and the time in seconds since 1970; for a preview, an example of them."""

    number: int
    time: float
    example: bool = False


class Form(NamedTuple):
    """How a number is written: in decimal, as `size` bytes, or as two hex digits for each of these."""

    style: Literal["bytes", "hex", "dec"] = "dec"
    size: int = 0
    order: Literal["big", "little"] = "big"
    digits: int = 1
    """Minimum number of decimal digits."""

    def write(self, number: int) -> bytes | str:
        """The number in this form. Raises `OverflowError` if it does not fit."""
        if self.style == "dec":
            return f"{number:0{self.digits}}"
        data = number.to_bytes(self.size, self.order)
        return data if self.style == "bytes" else data.hex().upper()


class Span(NamedTuple):
    """What is measured: the bytes before the placeholder, after it, or all, and of these a slice as in Python."""

    where: Literal["before", "after", "all"] = "all"
    first: int | None = None
    last: int | None = None

    def of(self, message: bytes, start: int, end: int) -> bytes:
        """The bytes, where the placeholder is from `start` to `end`."""
        if self.where == "before":
            message = message[:start]
        elif self.where == "after":
            message = message[end:]
        return message[self.first : self.last]


class Placeholder(NamedTuple):
    """`compute` gets the moment and, except for a value, the bytes of `span`; a number is written in `form`."""

    source: str
    """What was typed between the braces."""
    position: int
    """Where that begins, for errors."""
    compute: Callable[[Moment, bytes], int | str]
    phase: Phase = Phase.VALUE
    form: Form = Form()
    span: Span = Span()
    numbered: bool = False
    """Whether each message takes a number; one that does not fit starts again at 0."""

    def write(self, moment: Moment, data: bytes) -> bytes | str:
        """What stands for it; text is not encoded yet. Raises `PayloadError`."""
        value = self.compute(moment, data)
        if isinstance(value, str):
            return value
        if self.numbered and self.form.size:
            value %= 1 << 8 * self.form.size
        try:
            return self.form.write(value)
        except OverflowError:
            raise PayloadError(self.position, f"{value:,} does not fit in u{8 * self.form.size}") from None


class Fillable(Interface):
    """What messages are made of."""

    constant: bool
    """Whether there are no placeholders."""
    varies: bool
    """Whether it differs from message to message."""
    numbered: bool
    """Whether each message takes a number."""

    def fill(self, moment: Moment) -> bytes:
        """The bytes of one message. Raises `PayloadError`."""


class Template:
    """A `Fillable` of the parts of a message; text is encoded in `charset`.

    Raises `PayloadError` if there is too much to compute.
    """

    def __init__(self, parts: Sequence[bytes | Placeholder], charset: Charset = UTF8) -> None:
        self.parts = tuple(parts)
        placeholders = [part for part in self.parts if isinstance(part, Placeholder)]
        measured = [placeholder for placeholder in placeholders if placeholder.phase]
        if len(measured) > MAX_MEASURED:
            raise PayloadError(measured[MAX_MEASURED].position, f"more than {MAX_MEASURED} lengths and checksums")
        self.constant = not placeholders
        self.varies = any(not placeholder.phase for placeholder in placeholders)
        self.numbered = any(placeholder.numbered for placeholder in placeholders)
        self._charset = charset

    def fill(self, moment: Moment) -> bytes:
        """As `Fillable.fill`."""
        filled = [part if isinstance(part, bytes) else self._initial(part, moment) for part in self.parts]
        for _ in range(_ROUNDS):
            if not self._measure(Phase.LENGTH, filled, moment):
                break
        else:
            raise PayloadError(0, "the lengths depend on each other: give them a size, as in {{len:u16}}")
        self._measure(Phase.CHECKSUM, filled, moment)
        return b"".join(filled)

    def _initial(self, placeholder: Placeholder, moment: Moment) -> bytes:
        """A value; for what is computed later, as many bytes as it has at least."""
        if placeholder.phase is Phase.VALUE:
            return self._encode(placeholder, placeholder.write(moment, b""))
        zero = placeholder.form.write(0)
        return bytes(len(zero if isinstance(zero, bytes) else self._encode(placeholder, zero)))

    def _measure(self, phase: Phase, filled: list[bytes], moment: Moment) -> bool:
        """Fill in the placeholders of a phase; returns whether any of them changed."""
        changed = False
        for index, part in enumerate(self.parts):
            if isinstance(part, Placeholder) and part.phase is phase:
                start = sum(map(len, filled[:index]))
                data = part.span.of(b"".join(filled), start, start + len(filled[index]))
                written = self._encode(part, part.write(moment, data))
                changed |= written != filled[index]
                filled[index] = written
        return changed

    def _encode(self, placeholder: Placeholder, written: bytes | str) -> bytes:
        if isinstance(written, bytes):
            return written
        try:
            return self._charset.encode(written)
        except UnicodeEncodeError:
            raise PayloadError(placeholder.position, f"{self._charset.name} cannot encode what it becomes") from None
