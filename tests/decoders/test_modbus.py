"""Modbus/TCP: the examples of the specification, both directions, and what it forbids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.decoding import check_decoder, decode, field_of, try_to_decode, values
from tuiserver.decoders.base import DecodeError, FieldCode, NeedsMore
from tuiserver.decoders.modbus import FUNCTIONS, ModbusDecoder

EXAMPLES: dict[str, tuple[str, dict[str, object]]] = {
    "01 00 13 00 13": ("read coils request", {"address": 19, "quantity": 19}),
    "01 03 CD 6B 05": ("read coils response", {"count": 3, "coil.0": True, "coil.1": False, "coil.23": False}),
    "02 00 C4 00 16": ("read discrete inputs request", {"address": 196, "quantity": 22}),
    "02 03 AC DB 35": ("read discrete inputs response", {"count": 3, "input.2": True}),
    "03 00 6B 00 03": ("read holding registers request", {"address": 107, "quantity": 3}),
    "03 06 02 2B 00 00 00 64": (
        "read holding registers response",
        {"count": 6, "register.0": 555, "register.1": 0, "register.2": 100},
    ),
    "04 00 08 00 01": ("read input registers request", {"address": 8, "quantity": 1}),
    "04 02 00 0A": ("read input registers response", {"count": 2, "register.0": 10}),
    "05 00 AC FF 00": ("write single coil request", {"address": 172, "value": 0xFF00}),
    "06 00 01 00 03": ("write single register request", {"address": 1, "value": 3}),
    "07": ("read exception status request", {}),
    "07 6D": ("read exception status response", {"status": 0x6D}),
    "08 00 00 A5 37": ("diagnostics request", {"subfunction": 0, "data": b"\xa5\x37"}),
    "0B FF FF 01 08": ("get comm event counter response", {"status": 0xFFFF, "event_count": 264}),
    "0C 08 00 00 01 08 01 21 20 00": (
        "get comm event log response",
        {"count": 8, "event_count": 264, "message_count": 289, "events": b"\x20\x00"},
    ),
    "0F 00 13 00 0A 02 CD 01": (
        "write multiple coils request",
        {"address": 19, "quantity": 10, "coil.19": True, "coil.20": False, "coil.27": True, "coil.28": False},
    ),
    "0F 00 13 00 0A": ("write multiple coils response", {"address": 19, "quantity": 10}),
    "10 00 01 00 02 04 00 0A 01 02": (
        "write multiple registers request",
        {"quantity": 2, "register.1": 10, "register.2": 258},
    ),
    "10 00 01 00 02": ("write multiple registers response", {"address": 1, "quantity": 2}),
    "14 0C 06 05 0D FE 00 20 05 06 33 CD 00 40": ("read file record response", {"count": 12}),
    "16 00 04 00 F2 00 25": ("mask write register request", {"address": 4, "and_mask": 0xF2, "or_mask": 0x25}),
    "17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF": (
        "read and write registers request",
        {"read_address": 3, "read_quantity": 6, "write_address": 14, "register.14": 255, "register.16": 255},
    ),
    "17 0C 00 FE 0A CD 00 01 00 03 00 0D 00 FF": ("read and write registers response", {"register.5": 255}),
    "18 04 DE": ("read fifo queue request", {"address": 1246}),
    "18 00 06 00 02 01 B8 12 84": (
        "read fifo queue response",
        {"fifo_count": 2, "register.0": 440, "register.1": 4740},
    ),
    "2B 0E 01 00": ("encapsulated interface request", {"mei_type": 14, "data": b"\x01\x00"}),
    "81 02": ("read coils exception", {"exception": 2}),
    "83 0B": ("read holding registers exception", {"exception": 11}),
    "64 01": ("function 100 request", {"data": b"\x01"}),
}
"""The examples of the MODBUS Application Protocol Specification V1.1b3, chapter 6, and what they say."""
AMBIGUOUS = {"01 03 CD 6B 05", "02 03 AC DB 35", "14 0C 06 05 0D FE 00 20 05 06 33 CD 00 40"}
"""Requests may be as long: only the direction tells."""


def adu(pdu: str, transaction: int = 0x1501, unit: int = 17) -> bytes:
    """A PDU with its header."""
    body = bytes([unit]) + bytes.fromhex(pdu)
    return transaction.to_bytes(2, "big") + bytes(2) + len(body).to_bytes(2, "big") + body


@pytest.mark.parametrize("pdu", EXAMPLES)
def test_examples_of_the_specification(pdu: str) -> None:
    """The direction follows from the length in nearly all of them."""
    name, expected = EXAMPLES[pdu]
    data = adu(pdu)
    sent = pdu in AMBIGUOUS
    result = decode(ModbusDecoder, data, sent)
    assert result.name == name
    found = values(result)
    assert {each: found[each] for each in expected} == expected
    assert (found["transaction"], found["unit"], found["length"]) == (0x1501, 17, len(data) - 6)
    assert not [field for field in result.fields if field.code]
    if (
        not sent
        and "write single" not in name
        and "mask write" not in name
        and name[:8] not in ("function", "diagnost")
    ):
        expected_name = name if "encapsulated" not in name else name.replace("request", "response")
        assert decode(ModbusDecoder, data, sent=True).name == expected_name


def test_the_direction_decides_where_the_length_does_not() -> None:
    """Five bytes with a count of three are a request for coils too, and an echo is both."""
    data = adu("01 03 CD 6B 05")
    assert values(decode(ModbusDecoder, data))["address"] == 0x3CD
    assert values(decode(ModbusDecoder, data, sent=True))["count"] == 3
    echo = adu("06 00 01 00 03")
    assert decode(ModbusDecoder, echo, sent=True).name == "write single register response"


def test_the_summary_names_function_and_unit() -> None:
    """Without what is only for machines."""
    assert decode(ModbusDecoder, adu("03 00 6B 00 03")).summary == (
        "read holding registers request unit=17 address=107 quantity=3"
    )
    assert field_of(decode(ModbusDecoder, adu("83 02")), "exception").note == "illegal data address"
    assert field_of(decode(ModbusDecoder, adu("05 00 AC FF 00")), "value").note == "on"


@pytest.mark.parametrize(
    ("pdu", "name", "note"),
    [
        ("03 00 00 00 7E", "quantity", "126, expected 1 to 125"),
        ("01 00 00 00 00", "quantity", "0, expected 1 to 2000"),
        ("05 00 00 12 34", "value", "1234, expected 0000 or FF00"),
        ("03 01", "data", "its length fits neither a request nor a response"),
        ("10 00 01 00 02 04 00 0A", "data", "its length fits neither a request nor a response"),
        ("83 63", "exception", "unknown"),
    ],
)
def test_what_the_specification_forbids_is_judged(pdu: str, name: str, note: str) -> None:
    """It is read all the same."""
    field = field_of(decode(ModbusDecoder, adu(pdu)), name)
    assert (field.note, field.code) == (note, FieldCode.WRONG)


def test_several_requests_in_one_read() -> None:
    """Each is read; the last may be incomplete."""
    first, second = adu("03 00 6B 00 03"), adu("04 00 08 00 01", 2)
    result = decode(ModbusDecoder, first + second + first[:9])
    assert result.name == "read holding registers request, read input registers request, unfinished"
    assert [field.value for field in result.fields if field.name == "transaction"] == [0x1501, 2]
    assert result.fields[-1].code == FieldCode.UNFINISHED


def test_the_beginning_of_a_message_needs_more() -> None:
    """From the length on it is known how much."""
    data = adu("03 00 6B 00 03")
    assert all(isinstance(ModbusDecoder().decode(data[:end]), NeedsMore) for end in range(len(data)))
    assert ModbusDecoder().decode(data[:-2]) == NeedsMore(2)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GET / HTTP", "the protocol at byte 2 is not 0: this is not Modbus"),
        (b"\0\1\0\0\0\1\x11", "the length at byte 4 is not from 2 to 254"),
        (b"\0\1\0\0\xff\xff\x11\x03", "the length at byte 4 is not from 2 to 254"),
    ],
)
def test_other_bytes_are_an_error(data: bytes, words: str) -> None:
    """One line with the place."""
    with pytest.raises(DecodeError) as caught:
        ModbusDecoder().decode(data)
    assert str(caught.value) == words


def test_every_prefix_and_mutation() -> None:
    """Nothing but `DecodeError` is raised."""
    check_decoder(ModbusDecoder, *map(adu, EXAMPLES), mutations=30)


@given(st.sampled_from([*FUNCTIONS, 100, 0x83]), st.binary(max_size=20), st.booleans())
def test_any_body(function: int, body: bytes, sent: bool) -> None:
    """Whatever the length, there are fields."""
    assert try_to_decode(ModbusDecoder, adu(f"{function:02x}{body.hex()}"), sent) is not None
