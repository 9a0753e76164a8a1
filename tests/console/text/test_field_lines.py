"""Fields in words."""

from __future__ import annotations

from tuiserver.console.text.field_lines import judgement, place_text, reason_part, summary_parts, value_text
from tuiserver.decoders.base import Field, NeedsMore, decoded
from tuiserver.decoders.guarded import Undecodable


def test_a_summary_marks_what_is_wrong() -> None:
    """By a word that comes first, and by a style."""
    right = decoded("Login", [Field("imei", "358", 0, 8), Field("crc", 1, 8, 2, code="ok")])
    assert summary_parts(right) == [("Login", "bold"), (" imei=358 crc ok", "plain")]
    wrong = decoded("Login", [Field("imei", "358", 0, 8), Field("crc", 1, 8, 2, "01 00, expected 02 00", "wrong")])
    assert summary_parts(wrong) == [
        ("crc wrong: ", "error"),
        ("Login", "bold"),
        (" imei=358 crc 01 00, expected 02 00", "error"),
    ]
    assert summary_parts(None) == []
    assert summary_parts(Undecodable("x")) == []


def test_untrusted_text_is_escaped() -> None:
    """Names, values and notes come from a peer."""
    field = Field("\x1b", "\u202ea\x1b[31m", 0, 1, "\x07", "wrong")
    texts = [
        *(text for text, _ in summary_parts(decoded("\x1b[2J", [field]))),
        value_text(field),
        judgement(field)[0],
        reason_part(Undecodable("\x1b"))[0],
    ]
    assert all(text.isprintable() for text in texts)


def test_why_a_message_has_no_fields() -> None:
    """It is something else, or incomplete."""
    assert reason_part(Undecodable("no NMEA sentence")) == ("no NMEA sentence", "faint")
    assert reason_part(NeedsMore(3)) == ("3 bytes missing", "warning")
    assert reason_part(NeedsMore()) == ("incomplete", "warning")
    assert reason_part(None)[0] == reason_part(decoded("A", []))[0] == ""


def test_values() -> None:
    """Bytes in hex, the first of many; a judgement with what was expected; where the bytes are."""
    assert value_text(Field("a", b"\x01\x02", 0, 2)) == "01 02"
    assert value_text(Field("a", bytes(100), 0, 100)).endswith("00 … 100")
    assert [value_text(Field("a", value, 0, 0)) for value in (None, True, 1.5, "x")] == ["", "true", "1.5", "x"]
    assert judgement(Field("a", 1, 0, 2, "3A, expected 1B", "wrong")) == ("wrong: 3A, expected 1B", "error")
    assert judgement(Field("a", 1, 0, 2, "", "ok")) == ("ok", "good")
    assert judgement(Field("a", 1, 0, 2, "degrees")) == ("degrees", "faint")
    assert place_text(Field("a", 1, 20, 1)) == "offset 20 (0x14), 1 byte"
