"""Checksums: published check values, names and aliases, and two other implementations as oracles."""

from __future__ import annotations

import anycrc
import pytest
from crccheck.crc import ALLCRCCLASSES
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.core.checksums import Checksum, UnknownChecksum, aliases, checksum, find, names

CHECK = b"123456789"
"""The data of the check values in the catalogue."""

CHECK_VALUES = {
    "crc16-modbus": 0x4B37,
    "crc16-arc": 0xBB3D,
    "crc16-xmodem": 0x31C3,
    "crc16-ibm-3740": 0x29B1,
    "crc16-kermit": 0x2189,
    "crc16-ibm-sdlc": 0x906E,
    "crc8-smbus": 0xF4,
    "crc8-maxim-dow": 0xA1,
    "crc32-iso-hdlc": 0xCBF43926,
    "crc32-iscsi": 0xE3069283,
    "crc32-mpeg-2": 0x0376E6E7,
    "crc24-openpgp": 0x21CF02,
    "crc64-xz": 0x995DC9BBDF1939FA,
    "crc5-usb": 0x19,
    "crc7-mmc": 0x75,
    "crc12-umts": 0xDAF,
    "crc82-darc": 0x09EA83F625023801FD612,
}
"""From the CRC RevEng catalogue."""

MODBUS_REQUEST = bytes.fromhex("11 03 00 6B 00 03")
"""Read holding registers, from the Modbus documentation; its CRC is sent as 76 87."""
GT06_LOGIN = bytes.fromhex("0D 01 01 23 45 67 89 01 23 45 00 01")
"""A login from the GT06 protocol document; its CRC (CRC-ITU, that is X.25) is sent as 8C DD."""


@pytest.mark.parametrize("name", CHECK_VALUES)
def test_published_check_values(name: str) -> None:
    """The value over `123456789`."""
    assert find(name).calculate(CHECK) == CHECK_VALUES[name]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("sum8", bytes([0xFF, 2]), b"\x01"),
        ("sum16", bytes([0xFF, 2]), b"\x01\x01"),
        ("xor8", b"GPGLL,5300.97914,N,00259.98174,E,125926,A", b"\x28"),
        ("lrc", bytes.fromhex("01 03 00 00 00 0A"), b"\xf2"),
        ("modbus", MODBUS_REQUEST, bytes.fromhex("76 87")),
    ],
)
def test_the_bytes_of_a_checksum(name: str, data: bytes, expected: bytes) -> None:
    """In the order that is usual for it: the XOR is that of NMEA 0183, `lrc` that of Modbus ASCII."""
    assert checksum(name, data) == expected


def test_the_order_of_the_bytes_can_be_given() -> None:
    """GT06 sends its CRC with the high byte first, unlike HDLC."""
    assert checksum("x-25", GT06_LOGIN, "big") == bytes.fromhex("8C DD")
    assert checksum("x-25", GT06_LOGIN) == bytes.fromhex("DD 8C")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("modbus", "crc16-modbus"),
        ("CRC-16/MODBUS", "crc16-modbus"),
        ("crc16_modbus", "crc16-modbus"),
        ("crc16", "crc16-arc"),
        ("crc16-ccitt", "crc16-kermit"),
        ("crc16-ccitt-false", "crc16-ibm-3740"),
        ("xmodem", "crc16-xmodem"),
        ("X25", "crc16-ibm-sdlc"),
        ("crc8", "crc8-smbus"),
        ("crc32", "crc32-iso-hdlc"),
        ("crc32c", "crc32-iscsi"),
        ("SUM8", "sum8"),
    ],
)
def test_a_checksum_is_found_by_any_spelling(written: str, name: str) -> None:
    """Names and aliases of the catalogue, in any case and punctuation."""
    assert find(written).name == name


def test_an_unknown_name_suggests_a_similar_one() -> None:
    """One line."""
    with pytest.raises(UnknownChecksum) as caught:
        find("crc16-modbs")
    assert str(caught.value) == 'unknown checksum "crc16-modbs" (did you mean crc16-modbus?)'
    with pytest.raises(UnknownChecksum):
        checksum("", b"")


def test_names_and_aliases_are_distinct() -> None:
    """Each can be typed as it is listed, and means one checksum."""
    assert len(names()) == len(set(names())) == len(ALLCRCCLASSES) + 4
    assert not set(names()) & aliases().keys()
    assert all(find(name).name == name for name in names())
    assert all(find(alias).name == name for alias, name in aliases().items())


@given(st.binary(max_size=40))
def test_all_crcs_are_those_of_crccheck(data: bytes) -> None:
    """Every width, reflected or not."""
    for kind in ALLCRCCLASSES:
        assert find(kind._names[0]).calculate(data) == kind.calc(data), kind


def oracle(name: str) -> Checksum | None:
    """The checksum of ours that anycrc calls `name`; None if crccheck does not have it."""
    try:
        return find(name)
    except UnknownChecksum:
        return None


@given(st.binary(max_size=40))
def test_all_crcs_are_those_of_anycrc(data: bytes) -> None:
    """Nearly all of the catalogue are in both."""
    both = [(model, ours) for model in anycrc.models if (ours := oracle(model)) is not None]
    assert len(both) > 100
    for model, ours in both:
        assert ours.calculate(data) == anycrc.Model(model).calc(data), model
