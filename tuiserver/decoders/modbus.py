"""Modbus/TCP: requests and responses, with the names of their fields.

Sources: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, section 3.1.3 (header); MODBUS Application Protocol Specification
V1.1b3, chapters 6 and 7 (functions, exceptions).

Rules of this file:
- Whether a message is a request or a response follows from its length where only one fits; where both do, what the server
  received is a request. An exception is a response.
- What the specification forbids is judged, and read all the same.
"""

from __future__ import annotations

from tuiserver.decoders.base import Decoded, DecodeError, Field, FieldCode, NeedsMore, decoded
from tuiserver.decoders.cursor import Cursor
from tuiserver.decoders.sequence import Short, decode_sequence

HEADER = 7
"""Bytes before the function code: transaction, protocol, length, unit."""
MAX_LENGTH = 254
"""The largest length in a header: the unit and 253 bytes."""

FUNCTIONS: dict[int, tuple[str, str, str]] = {
    1: ("read coils", "address quantity", "count coils"),
    2: ("read discrete inputs", "address quantity", "count inputs"),
    3: ("read holding registers", "address quantity", "count registers"),
    4: ("read input registers", "address quantity", "count registers"),
    5: ("write single coil", "address value", "address value"),
    6: ("write single register", "address value", "address value"),
    7: ("read exception status", "", "status/1"),
    8: ("diagnostics", "subfunction data", "subfunction data"),
    11: ("get comm event counter", "", "status event_count"),
    12: ("get comm event log", "", "count status event_count message_count events"),
    15: ("write multiple coils", "address quantity count coils", "address quantity"),
    16: ("write multiple registers", "address quantity count registers", "address quantity"),
    17: ("report server id", "", "count data"),
    20: ("read file record", "count data", "count data"),
    21: ("write file record", "count data", "count data"),
    22: ("mask write register", "address and_mask or_mask", "address and_mask or_mask"),
    23: (
        "read and write registers",
        "read_address read_quantity write_address write_quantity count registers",
        "count registers",
    ),
    24: ("read fifo queue", "address", "byte_count fifo_count registers"),
    43: ("encapsulated interface", "mei_type/1 data", "mei_type/1 data"),
}
"""For each function its name, and the fields of request and response: numbers of two bytes, or of `/1`; `count` is the number of
bytes that follow, and `coils`, `inputs`, `registers`, `events` and `data` are all of them."""

EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge",
    6: "server device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target device failed to respond",
}
QUANTITIES = {1: 2000, 2: 2000, 3: 125, 4: 125, 15: 1968, 16: 123}
"""The largest quantity of each function."""


class ModbusDecoder:
    """Decodes the requests and responses of one message."""

    name = "modbus"

    def decode(self, data: bytes, sent: bool = False) -> Decoded | NeedsMore:
        """As `Decoder.decode`."""
        return decode_sequence(data, lambda data, at: _message(data, at, sent))


def _message(data: bytes, at: int, sent: bool) -> tuple[Decoded, int]:
    """The message at `at` and where it ends."""
    head = Cursor(data, at)
    head.add_number("transaction", 2)
    if head.add_number("protocol", 2):
        raise DecodeError(f"the protocol at byte {at + 2} is not 0: this is not Modbus")
    length = head.add_number("length", 2)
    if not 2 <= length <= MAX_LENGTH:
        raise DecodeError(f"the length at byte {at + 4} is not from 2 to {MAX_LENGTH}")
    end = head.at + length
    if end > len(data):
        raise Short(end - len(data))
    head.add_number("unit", 1)
    function = head.number(1)
    name = FUNCTIONS[function & 0x7F][0] if function & 0x7F in FUNCTIONS else f"function {function & 0x7F}"
    head.add("function", function & 0x7F, head.at - 1, name)
    if function & 0x80:
        kind, fields = "exception", _exception(data, head.at, end)
    else:
        kind, fields = _body(data, head.at, end, function, sent)
    result = decoded(f"{name} {kind}", (*head.fields, *fields))
    return result._replace(summary=decoded(f"{name} {kind}", (head.fields[3], *fields)).summary), end


def _exception(data: bytes, at: int, end: int) -> list[Field]:
    code = data[at] if at < end else 0
    known = EXCEPTIONS.get(code, "unknown")
    fields = [Field("exception", code, at, min(1, end - at), known, "" if code in EXCEPTIONS else FieldCode.WRONG)]
    if end - at > 1:
        fields.append(Field("extra", data[at + 1 : end], at + 1, end - at - 1, "", FieldCode.EXTRA))
    return fields


def _body(data: bytes, at: int, end: int, function: int, sent: bool) -> tuple[str, list[Field]]:
    """`request` or `response`, and the fields after the function code."""
    kinds = ("response", "request") if sent else ("request", "response")
    for kind in kinds:
        if function in FUNCTIONS:
            try:
                return kind, _read(Cursor(data, at, end), function, FUNCTIONS[function][1 if kind == "request" else 2])
            except Short:
                pass
    code = FieldCode.WRONG if function in FUNCTIONS else ""
    note = "its length fits neither a request nor a response" if code else ""
    return kinds[0], [Field("data", data[at:end], at, end - at, note, code)] if end > at else []


def _read(cursor: Cursor, function: int, layout: str) -> list[Field]:
    """The fields of a body by its layout; raises `Short` where its length does not fit."""
    numbers: dict[str, int] = {}
    for item in layout.split():
        name, _, size = item.partition("/")
        if item == "count":
            numbers[name] = cursor.add_number("count", 1)
            if numbers[name] != cursor.left:
                raise Short
        elif item in ("coils", "inputs"):
            _bits(cursor, item[:-1], numbers)
        elif item == "registers":
            if cursor.left % 2 or ("quantity" in numbers and cursor.left != 2 * numbers["quantity"]):
                raise Short
            first = numbers.get("address", numbers.get("write_address", 0))
            for index in range(cursor.left // 2):
                cursor.add_number(f"register.{first + index}", 2)
        elif item in ("data", "events"):
            cursor.add_bytes(item, cursor.left)
        else:
            numbers[name] = cursor.number(int(size or 2))
            note, code = _judge(function, name, numbers[name])
            cursor.add(name, numbers[name], cursor.at - int(size or 2), note, code)
    if cursor.left:
        raise Short
    return cursor.fields


def _bits(cursor: Cursor, name: str, numbers: dict[str, int]) -> None:
    """A field for each coil, the lowest bit first; a response says no number of them, so that the last may mean nothing."""
    quantity = numbers.get("quantity", cursor.left * 8)
    if cursor.left != (quantity + 7) // 8:
        raise Short
    first, start = numbers.get("address", 0), cursor.at
    data = cursor.take(cursor.left)
    for index in range(quantity):
        on = bool(data[index // 8] >> index % 8 & 1)
        cursor.fields.append(Field(f"{name}.{first + index}", on, start + index // 8, 1))


def _judge(function: int, name: str, number: int) -> tuple[str, str]:
    """Note and code of a number that may be wrong."""
    if name == "quantity" and function in QUANTITIES and not 1 <= number <= QUANTITIES[function]:
        return f"{number}, expected 1 to {QUANTITIES[function]}", FieldCode.WRONG
    if name == "value" and function == 5:
        if number in (0, 0xFF00):
            return "on" if number else "off", ""
        return f"{number:04X}, expected 0000 or FF00", FieldCode.WRONG
    return "", ""
