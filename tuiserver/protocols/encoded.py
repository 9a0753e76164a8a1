"""Messages between delimiters that their encoding keeps free of the delimiter: SLIP and COBS.

    slip     RFC 1055: messages end with C0; in them C0 is sent as DB DC, and DB as DB DD
    cobs     consistent overhead byte stuffing (Cheshire and Baker, 1999): messages end with 00, which is in none of them

Rules of this file:
- What is not a valid encoding is skipped up to the next delimiter, where a message begins for certain.
- Two delimiters in a row have no message between them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from tuiserver.core.codes import GARBAGE, ReceivedKind
from tuiserver.core.limits import Limits
from tuiserver.protocols.base import Factory, LocalProtocolError, SimpleFactory, Undelivered
from tuiserver.protocols.delimited import Delimited

END, ESC, ESC_END, ESC_ESC = b"\xc0", b"\xdb", b"\xdb\xdc", b"\xdb\xdd"
ZERO = b"\0"
MAX_BLOCK = 254
"""Bytes of a block of COBS that no zero follows."""


class Encoded(Delimited):
    """Messages that are encoded between delimiters. The limit is that of their encoded size."""

    def _decoded(self, messages: list[bytes]) -> Sequence[bytes | Undelivered]:
        decoded: list[bytes | Undelivered] = []
        for each in messages:
            message = self._decode(each) if each else None
            if message is not None:
                decoded.append(message)
            elif each:
                decoded.append(Undelivered(each + self._delimiter, ReceivedKind.DISCARDED, GARBAGE))
                self.needs_service = True
        return decoded

    @abstractmethod
    def _decode(self, data: bytes) -> bytes | None:
        """The message; None if this is not a valid encoding."""


class Slip(Encoded):
    """SLIP, RFC 1055."""

    def _decode(self, data: bytes) -> bytes | None:
        if ESC not in data:
            return data
        if data.count(ESC) != data.count(ESC_END) + data.count(ESC_ESC):
            return None
        return data.replace(ESC_END, END).replace(ESC_ESC, ESC)

    def _frame(self, data: bytes) -> bytes:
        if not data:
            raise LocalProtocolError("SLIP has no empty messages")
        return END + data.replace(ESC, ESC_ESC).replace(END, ESC_END) + END


class Cobs(Encoded):
    """COBS. Each block begins with its size, and a zero follows it unless it has the largest size or is the last."""

    def _decode(self, data: bytes) -> bytes | None:
        message = bytearray()
        position, size = 0, len(data)
        while position < size:
            code = data[position]
            end = position + code
            if end > size:
                return None
            message += data[position + 1 : end]
            position = end
            if code <= MAX_BLOCK and position < size:
                message += ZERO
        return bytes(message)

    def _frame(self, data: bytes) -> bytes:
        encoded = bytearray()
        blocks = data.split(ZERO)
        for number, block in enumerate(blocks, 1):
            position = 0
            while len(block) - position >= MAX_BLOCK:
                encoded.append(MAX_BLOCK + 1)
                encoded += block[position : position + MAX_BLOCK]
                position += MAX_BLOCK
            if position < len(block) or not position or number < len(blocks):
                encoded.append(len(block) - position + 1)
                encoded += block[position:]
        return bytes(encoded) + ZERO


def create_slip(limits: Limits) -> Factory:
    """The factory of `slip`."""
    return SimpleFactory(lambda: Slip("slip", limits, END, 0), "slip")


def create_cobs(limits: Limits) -> Factory:
    """The factory of `cobs`."""
    return SimpleFactory(lambda: Cobs("cobs", limits, ZERO, 0), "cobs")
