"""NMEA 0183: sentences of GPS receivers, such as `$GPGGA,123519,4807.038,N,…*47`.

Names and units follow the descriptions of sentences in gpsd's "NMEA Revealed" (https://gpsd.gitlab.io/gpsd/NMEA.html).

Rules of this file:
- A message holds any number of sentences, each ended by LF; the last one needs no ending if it has its checksum.
- The checksum is the XOR of the characters between `$` and `*`. It is judged, never required.
- Latitude and longitude become degrees, south and west negative; other numbers keep their units.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

from tuiserver.decoders.base import Decoded, DecodeError, Field, FieldCode, NeedsMore, Value, decoded, summarize
from tuiserver.decoders.sequence import EMPTY_LINES, Short, decode_sequence

MAX_SENTENCE = 1024
"""Bytes of a sentence. The standard says 82; receivers send more."""

SENTENCES = {
    "GGA": "time lat lat_ns lon lon_ew quality satellites hdop altitude altitude_unit geoid geoid_unit dgps_age dgps_station",
    "RMC": "time status lat lat_ns lon lon_ew speed course date variation variation_ew mode nav_status",
    "GLL": "lat lat_ns lon lon_ew time status mode",
    "GSA": "selection fix sat1 sat2 sat3 sat4 sat5 sat6 sat7 sat8 sat9 sat10 sat11 sat12 pdop hdop vdop system",
    "GSV": "messages message satellites "
    + " ".join(f"sat{number} elevation{number} azimuth{number} snr{number}" for number in range(1, 5))
    + " signal",
    "VTG": "course course_t course_magnetic course_m speed_knots speed_n speed_kmh speed_k mode",
    "ZDA": "time day month year zone_hours zone_minutes",
}
"""The names of the fields of each type of sentence, in order."""

NOTES = {
    "quality": {"0": "no fix", "1": "GPS", "2": "DGPS", "3": "PPS", "4": "RTK", "5": "float RTK", "6": "estimated"},
    "status": {"A": "valid", "V": "not valid"},
    "fix": {"1": "no fix", "2": "2D", "3": "3D"},
    "selection": {"A": "automatic", "M": "manual"},
    "mode": {
        "A": "autonomous",
        "D": "differential",
        "E": "estimated",
        "M": "manual",
        "N": "not valid",
        "S": "simulator",
    },
}
"""What the letters and digits of some fields mean."""
UNITS = {
    **dict.fromkeys(("hdop", "pdop", "vdop", "satellites", "message", "messages", "day", "month", "year"), ""),
    **dict.fromkeys(("altitude", "geoid"), "m"),
    **dict.fromkeys(("speed", "speed_knots"), "knots"),
    "speed_kmh": "km/h",
    **dict.fromkeys(("course", "course_magnetic", "variation"), "degrees"),
    **dict.fromkeys((f"elevation{number}" for number in range(1, 5)), "degrees"),
    **dict.fromkeys((f"azimuth{number}" for number in range(1, 5)), "degrees"),
    **dict.fromkeys((f"snr{number}" for number in range(1, 5)), "dB"),
    "dgps_age": "s",
}
"""The fields that are numbers, and their units."""

_SENTENCE = re.compile(rb"[$!]([A-Z0-9]{1,20})((?:,[\x20-\x29\x2b-\x7e]*)?)(?:\*([0-9A-Fa-f]{2}))?\r?\n?\Z")
_PART = re.compile(rb"[$!](?:[A-Z0-9]{1,20}(?:,[\x20-\x29\x2b-\x7e]*)?(?:\*[0-9A-Fa-f]{0,2})?)?\r?\Z")
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_DECIMAL = re.compile(r"-?(?:[0-9]{1,15}\.[0-9]{0,15}|\.[0-9]{1,15})")
_ANGLE = re.compile(r"([0-9]{1,3})([0-9]{2}(?:\.[0-9]{0,15})?)")


class NmeaDecoder:
    """Decodes the sentences of one message."""

    name = "nmea"

    def decode(self, data: bytes, sent: bool = False) -> Decoded | NeedsMore:
        """As `Decoder.decode`."""
        return decode_sequence(data, _sentence, EMPTY_LINES)


def _sentence(data: bytes, at: int) -> tuple[Decoded, int]:
    """The sentence at `at` and where it ends. Raises `Short` or `DecodeError`."""
    end = data.find(b"\n", at, at + MAX_SENTENCE) + 1 or len(data)
    if end - at > MAX_SENTENCE:
        raise DecodeError(f"the sentence at byte {at} is longer than {MAX_SENTENCE} bytes")
    line = data[at:end]
    found = _SENTENCE.fullmatch(line)
    if found is None or (found[3] is None and not line.endswith(b"\n")):
        if not line or _PART.fullmatch(line):
            raise Short
        raise DecodeError(f"no NMEA sentence at byte {at}: one is $ADDRESS,fields*checksum")
    address = found[1].decode()
    proprietary = address.startswith("P")
    talker, kind = ("P", address[1:]) if proprietary else (address[:-3], address[-3:])
    head = (Field("talker", talker, at + 1, len(talker)), Field("sentence", kind, at + 1 + len(talker), len(kind)))
    fields: list[Field] = []
    values = found[2].decode()[1:].split(",") if found[2] else []
    names = SENTENCES.get(kind, "").split() if not proprietary else []
    offset = at + found.start(2) + 1
    for index, text in enumerate(values):
        name = names[index] if index < len(names) else f"field{index + 1}"
        side = values[index + 1] if index + 1 < len(values) else ""
        fields.append(_field(name, text, side, offset))
        offset += len(text) + 1
    if found[3] is not None:
        expected = reduce(xor, line[1 : found.start(3) - 1], 0)
        right = int(found[3], 16) == expected
        note = "" if right else f"{found[3].decode()}, expected {expected:02X}"
        code = FieldCode.OK if right else FieldCode.WRONG
        fields.append(Field("checksum", int(found[3], 16), at + found.start(3), 2, note, code))
    summary = summarize(kind, [field for field in fields if field.value != ""])
    return decoded(kind, (*(field for field in head if field.size), *fields))._replace(summary=summary), end


def _field(name: str, text: str, side: str, offset: int) -> Field:
    """One field of a sentence; `side` is the text after it, which says north, south, east or west after an angle."""
    value: Value = text
    note = NOTES[name].get(text, "") if name in NOTES else ""
    if name in ("lat", "lon") and (angle := _ANGLE.fullmatch(text)) and side in ("N", "S", "E", "W"):
        degrees = int(angle[1]) + float(angle[2]) / 60
        value, note = round(-degrees if side in ("S", "W") else degrees, 7), "degrees"
    elif name in UNITS and (_INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text)):
        value, note = (int(text) if _INTEGER.fullmatch(text) else float(text)), UNITS[name]
    return Field(name, value, offset, len(text), note)
