"""MQTT 3.1.1 and 5: all control packets, and the properties of version 5.

Sources: MQTT Version 3.1.1 and MQTT Version 5.0 (OASIS), chapters 2 and 3; the names are those of the specifications.

Rules of this file:
- The version is that of the last CONNECT of the connection. Before one, a packet is read as 3.1.1 if it can be, else as 5.
- A length is bounded by its packet: a packet that ends inside a field is malformed, not incomplete.
- A payload that is a JSON object or array has its fields below `payload`.
"""

from __future__ import annotations

from collections.abc import Callable

from tuiserver.decoders.base import (
    MAX_FIELDS,
    Decoded,
    DecodeError,
    Field,
    FieldCode,
    NeedsMore,
    decoded,
    nested,
    text_or_bytes,
)
from tuiserver.decoders.cursor import Cursor
from tuiserver.decoders.json import JsonDecoder
from tuiserver.decoders.mqtt_names import PACKETS, PROPERTIES, QOS, RETURN_CODES, reason
from tuiserver.decoders.sequence import Short, decode_sequence

V3, V5 = 4, 5
"""Protocol levels: that of 3.1.1, and that of 5."""


class MqttDecoder:
    """Decodes the control packets of one connection."""

    name = "mqtt"

    def __init__(self) -> None:
        self._level = 0

    def decode(self, data: bytes, sent: bool = False) -> Decoded | NeedsMore:
        """As `Decoder.decode`."""
        return decode_sequence(data, self._packet)

    def _packet(self, data: bytes, at: int) -> tuple[Decoded, int]:
        """The packet at `at` and where it ends."""
        head = Cursor(data, at)
        first = head.number(1)
        kind = first >> 4
        if kind not in PACKETS:
            raise DecodeError(f"the packet type at byte {at} is 0")
        length = _variable(head, f"the length at byte {at + 1}")
        end = head.at + length
        if end > len(data):
            raise Short(end - len(data))
        levels = [self._level] if self._level else [V3, V5]
        for level in levels:
            body = Cursor(data, head.at, end)
            try:
                found = _READERS[kind](body, first & 0x0F, level)
                if body.left:
                    raise DecodeError(f"the {PACKETS[kind]} at byte {at} is longer than its fields")
            except (Short, DecodeError) as error:
                if level == levels[-1]:
                    words = f"the {PACKETS[kind]} at byte {at} ends inside a field"
                    raise error if isinstance(error, DecodeError) else DecodeError(words) from None
                continue
            if kind == 1 and found:
                self._level = found
            break
        name = PACKETS[kind]
        expected = 2 if kind in (6, 8, 10) else 0
        fields = body.fields
        if kind != 3 and first & 0x0F != expected:
            note = f"{first & 0x0F:04b}, expected {expected:04b}"
            fields = [Field("flags", first & 0x0F, at, 1, note, FieldCode.WRONG), *fields]
        return decoded(name, fields), end


def _variable(cursor: Cursor, what: str) -> int:
    """A variable byte integer (version 5, 1.5.5): seven bits a byte, at most four bytes."""
    value = 0
    for shift in (0, 7, 14, 21):
        byte = cursor.number(1)
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise DecodeError(f"{what} has more than four bytes")


def _text(cursor: Cursor, name: str) -> str:
    """A UTF-8 encoded string (1.5.3) into a field."""
    start = cursor.at
    data = cursor.take(cursor.number(2))
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise DecodeError(f"the {name} at byte {start} is not valid UTF-8") from None
    cursor.add(name, text, start)
    return text


def _data(cursor: Cursor, name: str) -> None:
    """Binary data (1.5.6) into a field."""
    start = cursor.at
    cursor.add(name, text_or_bytes(cursor.take(cursor.number(2))), start)


def _properties(cursor: Cursor, level: int, prefix: str = "property") -> None:
    """The properties of version 5 (2.2.2)."""
    if level < V5:
        return
    length = _variable(cursor, f"the length of the properties at byte {cursor.at}")
    end = cursor.at + length
    if end > cursor.end:
        raise Short(end - cursor.end)
    while cursor.at < end:
        start = cursor.at
        identifier = _variable(cursor, f"the property at byte {start}")
        if identifier not in PROPERTIES:
            raise DecodeError(f"the property at byte {start} is unknown: {identifier}")
        name, kind = PROPERTIES[identifier]
        inner = Cursor(cursor.data, cursor.at, end)
        if kind == "pair":
            key = _text(inner, "name")
            _text(inner, f"{prefix}.{key}" if key else prefix)
            inner.fields = inner.fields[1:]
        elif kind == "text":
            _text(inner, f"{prefix}.{name}")
        elif kind == "data":
            _data(inner, f"{prefix}.{name}")
        elif kind == "variable":
            begin = inner.at
            inner.add(f"{prefix}.{name}", _variable(inner, f"the {name} at byte {begin}"), begin)
        else:
            inner.add_number(f"{prefix}.{name}", int(kind))
        cursor.fields += inner.fields
        cursor.at = inner.at


def _connect(cursor: Cursor, flags: int, level: int) -> int:
    """CONNECT (3.1)."""
    start = cursor.at
    name = _text(cursor, "protocol_name")
    if name not in ("MQTT", "MQIsdp"):
        raise DecodeError(f"the protocol name at byte {start} is not MQTT")
    level = cursor.add_number("level", 1)
    if level not in (3, V3, V5):
        cursor.fields[-1] = cursor.fields[-1]._replace(note=f"{level}, expected 4 or 5", code=FieldCode.WRONG)
    at = cursor.at
    bits = cursor.number(1)
    for bit, each in ((1, "clean"), (2, "will"), (5, "will_retain"), (6, "has_password"), (7, "has_username")):
        cursor.add(each, bool(bits >> bit & 1), at)
    cursor.add("will_qos", bits >> 3 & 3, at, QOS[bits >> 3 & 3], FieldCode.WRONG if bits >> 3 & 3 == 3 else "")
    cursor.add_number("keep_alive", 2, "s")
    _properties(cursor, level)
    _text(cursor, "client_id")
    if bits & 4:
        _properties(cursor, level, "will_property")
        _text(cursor, "will_topic")
        _data(cursor, "will_payload")
    if bits & 0x80:
        _text(cursor, "username")
    if bits & 0x40:
        _data(cursor, "password")
    return min(V5, max(V3, level))


def _connack(cursor: Cursor, flags: int, level: int) -> int:
    """CONNACK (3.2)."""
    cursor.add("session_present", bool(cursor.number(1) & 1), cursor.at - 1)
    if level < V5:
        code = cursor.number(1)
        cursor.add("return_code", code, cursor.at - 1, RETURN_CODES.get(code, "unknown"))
    else:
        _reason(cursor, 2)
        _properties(cursor, level)
    return 0


def _publish(cursor: Cursor, flags: int, level: int) -> int:
    """PUBLISH (3.3)."""
    before = cursor.at
    qos = flags >> 1 & 3
    _text(cursor, "topic")
    if qos:
        cursor.add_number("packet_id", 2)
    _properties(cursor, level)
    if flags & 8:
        cursor.fields.append(Field("duplicate", True, before, 0))
    cursor.fields.append(Field("qos", qos, before, 0, QOS[qos], FieldCode.WRONG if qos == 3 else ""))
    cursor.fields.append(Field("retain", bool(flags & 1), before, 0))
    start = cursor.at
    payload = cursor.take(cursor.left)
    fields: list[Field] = []
    if payload[:1] in (b"{", b"["):
        try:
            result = JsonDecoder().decode(payload)
        except DecodeError:
            pass
        else:
            fields = list(nested(result.fields, "payload", start)) if isinstance(result, Decoded) else []
    if fields:
        cursor.fields += fields
    else:
        cursor.add("payload", text_or_bytes(payload), start)
    return 0


def _acknowledge(kind: int) -> Callable[[Cursor, int, int], int]:
    """PUBACK, PUBREC, PUBREL, PUBCOMP (3.4 to 3.7)."""

    def read(cursor: Cursor, flags: int, level: int) -> int:
        cursor.add_number("packet_id", 2)
        if level >= V5 and cursor.left:
            _reason(cursor, kind)
            if cursor.left:
                _properties(cursor, level)
        return 0

    return read


def _subscribe(cursor: Cursor, flags: int, level: int) -> int:
    """SUBSCRIBE (3.8)."""
    cursor.add_number("packet_id", 2)
    _properties(cursor, level)
    index = 0
    while cursor.left and index < MAX_FIELDS:
        _text(cursor, f"filter.{index}")
        options = cursor.number(1)
        qos = options & 3
        limit = 0x3F if level >= V5 else 3
        wrong = qos == 3 or options & ~limit
        cursor.add(f"qos.{index}", qos, cursor.at - 1, QOS[qos], FieldCode.WRONG if wrong else "")
        if options & 0x3C and level >= V5:
            cursor.add(
                f"options.{index}", options >> 2, cursor.at - 1, "no local, retain as published, retain handling"
            )
        if wrong and level < V5:
            raise DecodeError(f"the options at byte {cursor.at - 1} are not those of MQTT 3.1.1")
        index += 1
    if not index:
        raise DecodeError(f"the SUBSCRIBE at byte {cursor.at} names no topic")
    cursor.at = cursor.end
    return 0


def _suback(kind: int) -> Callable[[Cursor, int, int], int]:
    """SUBACK and UNSUBACK (3.9, 3.11)."""

    def read(cursor: Cursor, flags: int, level: int) -> int:
        cursor.add_number("packet_id", 2)
        _properties(cursor, level)
        index = 0
        while cursor.left and index < MAX_FIELDS:
            _reason(cursor, kind, f"reason.{index}")
            index += 1
        cursor.at = cursor.end
        return 0

    return read


def _unsubscribe(cursor: Cursor, flags: int, level: int) -> int:
    """UNSUBSCRIBE (3.10)."""
    cursor.add_number("packet_id", 2)
    _properties(cursor, level)
    index = 0
    while cursor.left and index < MAX_FIELDS:
        _text(cursor, f"filter.{index}")
        index += 1
    cursor.at = cursor.end
    return 0


def _empty(cursor: Cursor, flags: int, level: int) -> int:
    """PINGREQ and PINGRESP (3.12, 3.13)."""
    return 0


def _final(kind: int) -> Callable[[Cursor, int, int], int]:
    """DISCONNECT and AUTH (3.14, 3.15)."""

    def read(cursor: Cursor, flags: int, level: int) -> int:
        if cursor.left and level >= V5:
            _reason(cursor, kind)
            if cursor.left:
                _properties(cursor, level)
        return 0

    return read


def _reason(cursor: Cursor, kind: int, name: str = "reason") -> None:
    """A reason code (version 5, 2.4)."""
    code = cursor.number(1)
    cursor.add(name, code, cursor.at - 1, reason(kind, code))


_READERS: dict[int, Callable[[Cursor, int, int], int]] = {
    1: _connect,
    2: _connack,
    3: _publish,
    **{kind: _acknowledge(kind) for kind in (4, 5, 6, 7)},
    8: _subscribe,
    9: _suback(9),
    10: _unsubscribe,
    11: _suback(11),
    12: _empty,
    13: _empty,
    14: _final(14),
    15: _final(15),
}
"""What reads the body of each packet with the flags of its header and the version; returns the version if it says one, or 0."""
