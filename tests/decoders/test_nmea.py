"""NMEA 0183: names of fields, degrees, and the checksum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.decoding import check_decoder, decode, field_of, try_to_decode, values
from tuiserver.decoders.base import DecodeError, FieldCode, NeedsMore
from tuiserver.decoders.nmea import MAX_SENTENCE, NmeaDecoder

SAMPLES: dict[bytes, dict[str, object]] = {
    b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n": {
        "talker": "GP",
        "sentence": "GGA",
        "time": "123519",
        "lat": 48.1173,
        "lon": 11.5166667,
        "quality": "1",
        "satellites": 8,
        "hdop": 0.9,
        "altitude": 545.4,
        "geoid": 46.9,
        "dgps_age": "",
        "checksum": 0x47,
    },
    b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n": {
        "status": "A",
        "lat": 48.1173,
        "speed": 22.4,
        "course": 84.4,
        "date": "230394",
        "variation": 3.1,
        "variation_ew": "W",
    },
    b"$GNGLL,4404.14012,N,12118.85993,W,001037.00,A,A*67\r\n": {"lon": -121.3143322, "time": "001037.00", "mode": "A"},
    b"$GPGSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1*39\r\n": {
        "selection": "A",
        "fix": "3",
        "sat1": "04",
        "sat3": "",
        "pdop": 2.5,
        "vdop": 2.1,
    },
    b"$GPGSV,2,1,08,01,40,083,46,02,17,308,41,12,07,344,39,14,22,228,45*75\r\n": {
        "messages": 2,
        "satellites": 8,
        "sat1": "01",
        "elevation1": 40,
        "azimuth4": 228,
        "snr4": 45,
    },
    b"$GPVTG,054.7,T,034.4,M,005.5,N,010.2,K*48\r\n": {"course": 54.7, "speed_knots": 5.5, "speed_kmh": 10.2},
    b"$PGRME,15.0,M,45.0,M,25.0,M*1C\r\n": {"talker": "P", "sentence": "GRME", "field1": "15.0"},
}
"""Sentences published in gpsd's "NMEA Revealed" and at https://aprs.gids.nl/nmea/, with what they say."""


@pytest.mark.parametrize("data", SAMPLES, ids=lambda data: data[1:6].decode())
def test_sentences(data: bytes) -> None:
    """Fields have names, numbers are numbers, and the checksum is right."""
    result = decode(NmeaDecoder, data)
    found = values(result)
    assert {name: found[name] for name in SAMPLES[data]} == SAMPLES[data]
    assert field_of(result, "checksum").code == FieldCode.OK
    for field in result.fields:
        text = data[field.offset : field.offset + field.size].decode()
        assert field.name in ("lat", "lon", "checksum") or text == field.value or float(text) == field.value


def test_the_summary_leaves_out_what_is_empty() -> None:
    """It begins with the type of the sentence and ends with the judgement."""
    (data,) = [data for data in SAMPLES if b"GLL" in data]
    assert decode(NmeaDecoder, data).summary == (
        "GLL lat=44.069002 lat_ns=N lon=-121.3143322 lon_ew=W time=001037.00 status=A mode=A checksum ok"
    )


def test_a_wrong_checksum_is_judged() -> None:
    """It says what was expected; one that is missing is not judged."""
    result = decode(NmeaDecoder, b"$GPGLL,4404.14,N,12118.85,W*00\n")
    field = field_of(result, "checksum")
    assert (field.value, field.note, field.code) == (0, "00, expected 7E", FieldCode.WRONG)
    assert result.summary.endswith(" checksum 00, expected 7E")
    assert "checksum" not in values(decode(NmeaDecoder, b"!AIVDM,1,1\r\n"))


def test_several_sentences_in_one_message() -> None:
    """Their fields follow one another; one that has begun is a field of its own."""
    first, second = list(SAMPLES)[:2]
    result = decode(NmeaDecoder, first + b"\r\n" + second + b"$GPV")
    assert result.name == "GGA, RMC, unfinished"
    assert field_of(result, "speed").offset == len(first) + 2 + second.index(b"022.4")
    assert result.fields[-1] == ("unfinished", b"$GPV", len(first + second) + 2, 4, "", FieldCode.UNFINISHED)


def test_the_beginning_of_a_sentence_needs_more() -> None:
    """Every prefix without the checksum; the line ending may be missing."""
    for data in SAMPLES:
        end = data.index(b"*") + 3
        assert all(NmeaDecoder().decode(data[:size]) == NeedsMore() for size in range(end))
        assert decode(NmeaDecoder, data[:end]).fields == decode(NmeaDecoder, data).fields


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"hello\r\n", "no NMEA sentence at byte 0: one is $ADDRESS,fields*checksum"),
        (b"$GPGGA,\x00\n", "no NMEA sentence at byte 0: one is $ADDRESS,fields*checksum"),
        (b"$GPGGA,1*ZZ\n", "no NMEA sentence at byte 0: one is $ADDRESS,fields*checksum"),
        (b"$GPGGA," + b"1" * MAX_SENTENCE, "the sentence at byte 0 is longer than 1024 bytes"),
    ],
)
def test_other_bytes_are_an_error(data: bytes, words: str) -> None:
    """One line that says what a sentence is."""
    with pytest.raises(DecodeError) as caught:
        NmeaDecoder().decode(data)
    assert str(caught.value) == words


def test_every_prefix_and_mutation() -> None:
    """Nothing but `DecodeError` is raised."""
    check_decoder(NmeaDecoder, *SAMPLES, mutations=100)


@given(st.text("$!GPA,.*0123456789NSEW\r\n", max_size=60))
def test_anything_similar(text: str) -> None:
    """Fields, or what is wrong."""
    try_to_decode(NmeaDecoder, text.encode())
