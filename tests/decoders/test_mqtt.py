"""MQTT 3.1.1 and 5: every control packet, with the version of the connection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.decoding import check_decoder, decode, field_of, try_to_decode, values
from tuiserver.decoders.base import Decoded, DecodeError, FieldCode, NeedsMore
from tuiserver.decoders.mqtt import MqttDecoder

CONNECT_3 = (
    bytes.fromhex("10 1C 00 04 4D 51 54 54 04 C2 00 3C 00 06") + b"sensor" + b"\x00\x02me\x00\x04\x01\x02\x03\xff"
)
"""CONNECT with the flags of MQTT 3.1.1, figure 3.6: user name, password, clean session."""
CONNECT_5 = (
    bytes.fromhex("10 24 00 04 4D 51 54 54 05 06 00 0A 05 11 00 00 00 0A 00 01 61 05 18 00 00 00 05 00 04")
    + b"will"
    + bytes.fromhex("00 03 62 79 65")
)
"""CONNECT with the flags and the property of MQTT 5, section 3.1.2.11.2 (session expiry of 10 s), and a will."""
PUBLISH = bytes.fromhex("32 0C 00 03 61 2F 62 00 0A") + b"hello"
"""PUBLISH with the topic `a/b` and the packet identifier 10 of MQTT 3.1.1, figure 3.11."""
SUBSCRIBE = bytes.fromhex("82 0E 00 0A 00 03 61 2F 62 01 00 03 63 2F 64 02")
"""SUBSCRIBE of MQTT 3.1.1, figure 3.23: `a/b` with QoS 1, `c/d` with QoS 2."""

PACKETS_3: dict[bytes, tuple[str, dict[str, object]]] = {
    CONNECT_3: (
        "CONNECT",
        {
            "level": 4,
            "clean": True,
            "will": False,
            "keep_alive": 60,
            "client_id": "sensor",
            "username": "me",
            "password": b"\1\2\3\xff",
        },
    ),
    bytes.fromhex("20 02 01 00"): ("CONNACK", {"session_present": True, "return_code": 0}),
    PUBLISH: ("PUBLISH", {"topic": "a/b", "packet_id": 10, "qos": 1, "retain": False, "payload": "hello"}),
    bytes.fromhex("31 04 00 01 74 FF"): ("PUBLISH", {"topic": "t", "qos": 0, "retain": True, "payload": b"\xff"}),
    bytes.fromhex("40 02 00 0A"): ("PUBACK", {"packet_id": 10}),
    bytes.fromhex("50 02 00 0A"): ("PUBREC", {"packet_id": 10}),
    bytes.fromhex("62 02 00 0A"): ("PUBREL", {"packet_id": 10}),
    bytes.fromhex("70 02 00 0A"): ("PUBCOMP", {"packet_id": 10}),
    SUBSCRIBE: (
        "SUBSCRIBE",
        {"packet_id": 10, "filter.0": "a/b", "qos.0": 1, "filter.1": "c/d", "qos.1": 2},
    ),
    bytes.fromhex("90 05 00 0A 00 02 80"): (
        "SUBACK",
        {"packet_id": 10, "reason.0": 0, "reason.1": 2, "reason.2": 0x80},
    ),
    bytes.fromhex("A2 0C 00 0A 00 03 61 2F 62 00 03 63 2F 64"): ("UNSUBSCRIBE", {"filter.0": "a/b", "filter.1": "c/d"}),
    bytes.fromhex("B0 02 00 0A"): ("UNSUBACK", {"packet_id": 10}),
    bytes.fromhex("C0 00"): ("PINGREQ", {}),
    bytes.fromhex("D0 00"): ("PINGRESP", {}),
    bytes.fromhex("E0 00"): ("DISCONNECT", {}),
}
"""Packets of MQTT 3.1.1, chapter 3, and what they say."""

PACKETS_5: dict[bytes, tuple[str, dict[str, object]]] = {
    CONNECT_5: (
        "CONNECT",
        {
            "level": 5,
            "property.session_expiry": 10,
            "client_id": "a",
            "will_property.will_delay": 5,
            "will_topic": "will",
            "will_payload": "bye",
        },
    ),
    bytes.fromhex("20 09 00 00 06 21 00 14 12 00 00"): (
        "CONNACK",
        {"reason": 0, "property.receive_maximum": 20, "property.assigned_client_id": ""},
    ),
    bytes.fromhex("30 15 00 01 74 0A 26 00 01 6B 00 01 76 23 00 01 7B 22 78 22 3A 31 7D"): (
        "PUBLISH",
        {"topic": "t", "property.k": "v", "property.topic_alias": 1, "payload.x": 1},
    ),
    bytes.fromhex("40 04 00 0A 10 00"): ("PUBACK", {"packet_id": 10, "reason": 0x10}),
    bytes.fromhex("62 03 00 0A 92"): ("PUBREL", {"reason": 0x92}),
    bytes.fromhex("82 0B 00 0A 02 0B 07 00 03 61 2F 62 2D"): (
        "SUBSCRIBE",
        {"property.subscription_id": 7, "filter.0": "a/b", "qos.0": 1, "options.0": 11},
    ),
    bytes.fromhex("90 05 00 0A 00 00 80"): ("SUBACK", {"reason.0": 0, "reason.1": 0x80}),
    bytes.fromhex("A2 08 00 0A 00 00 03 61 2F 62"): ("UNSUBSCRIBE", {"filter.0": "a/b"}),
    bytes.fromhex("B0 04 00 0A 00 11"): ("UNSUBACK", {"reason.0": 0x11}),
    bytes.fromhex("E0 0A 8B 08 1F 00 05 63 6C 6F 73 65"): ("DISCONNECT", {"reason": 0x8B, "property.reason": "close"}),
    bytes.fromhex("F0 0E 18 0C 15 00 05 53 43 52 41 4D 16 00 01 78"): (
        "AUTH",
        {"reason": 0x18, "property.authentication_method": "SCRAM", "property.authentication_data": "x"},
    ),
}
"""Packets of MQTT 5, chapter 3, and what they say."""


def of_version(level: int) -> MqttDecoder:
    """A decoder that has seen the CONNECT of this version."""
    decoder = MqttDecoder()
    assert isinstance(decoder.decode(CONNECT_5 if level == 5 else CONNECT_3), Decoded)
    return decoder


@pytest.mark.parametrize("data", PACKETS_3)
def test_packets_of_version_3(data: bytes) -> None:
    """After a CONNECT, and without one."""
    name, expected = PACKETS_3[data]
    for factory in (MqttDecoder, lambda: of_version(4)):
        result = decode(factory, data)
        assert result.name == name
        found = values(result)
        assert {each: found[each] for each in expected} == expected
        assert not [field for field in result.fields if field.code]


@pytest.mark.parametrize("data", PACKETS_5)
def test_packets_of_version_5(data: bytes) -> None:
    """After a CONNECT that says so."""
    name, expected = PACKETS_5[data]
    result = decode(lambda: of_version(5), data)
    assert result.name == name
    found = values(result)
    assert {each: found[each] for each in expected} == expected
    assert not [field for field in result.fields if field.code]


def test_reasons_have_names() -> None:
    """Zero means something else in some packets."""
    assert field_of(decode(lambda: of_version(5), b"\xe0\x01\x8b"), "reason").note == "server shutting down"
    assert field_of(decode(lambda: of_version(5), b"\xe0\x01\x00"), "reason").note == "normal disconnection"
    assert field_of(decode(MqttDecoder, bytes.fromhex("20 02 00 05")), "return_code").note == "not authorized"


def test_a_packet_of_version_5_alone() -> None:
    """Without the CONNECT, what cannot be 3.1.1 is read as 5."""
    assert values(decode(MqttDecoder, bytes.fromhex("40 04 00 0A 10 00")))["reason"] == 0x10
    assert values(decode(MqttDecoder, bytes.fromhex("E0 01 8B")))["reason"] == 0x8B


def test_several_packets_in_one_read() -> None:
    """A CONNECT says the version of what follows it, in the same read, too."""
    publish = bytes.fromhex("30 05 00 01 74 00 78")
    result = decode(MqttDecoder, CONNECT_5 + publish + publish[:3])
    assert result.name == "CONNECT, PUBLISH, unfinished"
    assert field_of(result, "payload")[1:4] == ("x", len(CONNECT_5) + 6, 1)
    assert field_of(decode(MqttDecoder, CONNECT_3 + publish), "payload").value == b"\0x"


def test_what_the_specification_forbids_is_judged() -> None:
    """Flags that are reserved, and a QoS of 3."""
    flags = field_of(decode(MqttDecoder, b"\xc1\x00"), "flags")
    assert (flags.note, flags.code) == ("0001, expected 0000", FieldCode.WRONG)
    assert field_of(decode(MqttDecoder, bytes.fromhex("36 05 00 01 74 00 01")), "qos").code == FieldCode.WRONG
    level = field_of(decode(MqttDecoder, CONNECT_3.replace(b"MQTT\x04", b"MQTT\x02")), "level")
    assert (level.note, level.code) == ("2, expected 4 or 5", FieldCode.WRONG)


@pytest.mark.parametrize("data", [CONNECT_3, CONNECT_5, PUBLISH, SUBSCRIBE])
def test_the_beginning_of_a_packet_needs_more(data: bytes) -> None:
    """Every prefix; from the length on it is known how much."""
    assert all(isinstance(MqttDecoder().decode(data[:end]), NeedsMore) for end in range(len(data)))
    assert MqttDecoder().decode(data[:-3]) == NeedsMore(3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("00 00", "the packet type at byte 0 is 0"),
        ("30 80 80 80 80 01", "the length at byte 1 has more than four bytes"),
        ("10 06 00 04 48 54 54 50", "the protocol name at byte 2 is not MQTT"),
        ("30 03 00 FF 74", "the PUBLISH at byte 0 ends inside a field"),
        ("30 03 00 01 FF", "the topic at byte 2 is not valid UTF-8"),
        ("C0 01 00", "the PINGREQ at byte 0 is longer than its fields"),
        ("82 02 00 0A", "the SUBSCRIBE at byte 0 ends inside a field"),
        ("40 04 00 0A 00 FF", "the PUBACK at byte 0 ends inside a field"),
        ("40 06 00 0A 00 02 7F 00", "the property at byte 6 is unknown: 127"),
    ],
)
def test_a_malformed_packet_is_an_error(data: str, words: str) -> None:
    """One line with the place."""
    with pytest.raises(DecodeError) as caught:
        MqttDecoder().decode(bytes.fromhex(data))
    assert str(caught.value) == words


def test_every_prefix_and_mutation() -> None:
    """Nothing but `DecodeError` is raised, in both versions."""
    check_decoder(MqttDecoder, *PACKETS_3, *PACKETS_5, mutations=30)
    check_decoder(lambda: of_version(5), *PACKETS_5, mutations=30)


@given(st.integers(0, 255), st.binary(max_size=30), st.booleans())
def test_any_packet(first: int, body: bytes, version_5: bool) -> None:
    """Fields, or what is wrong."""
    try_to_decode((lambda: of_version(5)) if version_5 else MqttDecoder, bytes([first, len(body)]) + body)
