"""Summaries and several messages in one piece of data."""

from __future__ import annotations

import pytest

from tuiserver.decoders.base import MAX_FIELDS, MAX_SUMMARY, Decoded, Field, FieldCode, Value, decoded, join, value_text


def test_a_summary_names_values_and_judgements() -> None:
    """What has fields below it is left out, as is the value of a checksum."""
    fields = [
        Field("imei", "358901234567890", 0, 8),
        Field("position", None, 8, 8),
        Field("position.lat", 48.1173, 8, 4),
        Field("crc", 0x1B77, 16, 2, code=FieldCode.OK),
        Field("sum", 1, 18, 1, "01, expected 02", FieldCode.WRONG),
    ]
    assert decoded("Login", fields).summary == (
        "Login imei=358901234567890 position.lat=48.1173 crc ok sum 01, expected 02"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"\x01\xab", "01ab"),
        (True, "true"),
        (None, "null"),
        (7, "7"),
        (0.1, "0.1"),
        ("a b", "a b"),
        ("x" * 99, "x" * 39 + "…"),
    ],
)
def test_a_value_in_a_summary(value: Value, text: str) -> None:
    """One word where possible, never long."""
    assert value_text(value) == text


def test_fields_and_summary_are_bounded() -> None:
    """`cut` says that there are more."""
    many = decoded("Many", [Field("n", "x" * 30, 0, 1)] * (MAX_FIELDS + 1))
    assert (len(many.fields), len(many.summary), many.cut) == (MAX_FIELDS, MAX_SUMMARY, True)
    both = join([decoded("A", [Field("a", 1, 0, 1)] * 600), decoded("B", [Field("b", 2, 1, 1)] * 600)])
    assert (both.name, len(both.fields), both.cut) == ("A, B", MAX_FIELDS, True)


def test_one_message_stays_as_it_is() -> None:
    """Several are joined in order."""
    one, two = decoded("A", [Field("a", 1, 0, 1)]), decoded("B", [Field("b", 2, 1, 1)])
    assert join([one]) is one
    assert join([one, two]) == Decoded("A, B", (*one.fields, *two.fields), "A a=1 | B b=2")
