"""Several messages in one piece of data."""

from __future__ import annotations

import pytest

from tuiserver.decoders.base import MAX_FIELDS, Decoded, DecodeError, Field, FieldCode, NeedsMore, decoded
from tuiserver.decoders.sequence import EMPTY_LINES, Short, decode_sequence


def digit(data: bytes, at: int) -> tuple[Decoded, int]:
    """A toy: a message is a digit and a full stop."""
    if not data[at : at + 1].isdigit():
        raise DecodeError(f"no digit at byte {at}") if at < len(data) else Short(2)
    if at + 1 == len(data):
        raise Short(1)
    return decoded("Digit", [Field("digit", int(data[at : at + 1]), at, 1)]), at + 2


def test_messages_follow_one_another() -> None:
    """With nothing between them but what may be skipped."""
    result = decode_sequence(b"\r\n1.\n2.\n", digit, EMPTY_LINES)
    assert isinstance(result, Decoded)
    assert (result.summary, [field.offset for field in result.fields]) == ("Digit digit=1 | Digit digit=2", [2, 5])


@pytest.mark.parametrize(
    ("tail", "code", "note"), [(b"2", FieldCode.UNFINISHED, ""), (b"x", FieldCode.EXTRA, "no digit at byte 2")]
)
def test_what_is_left_is_one_field(tail: bytes, code: str, note: str) -> None:
    """The beginning of a further message, or something else."""
    result = decode_sequence(b"1." + tail, digit)
    assert isinstance(result, Decoded)
    assert result.fields[-1] == Field(code, tail, 2, 1, note, code)


def test_the_first_message_decides() -> None:
    """If it is incomplete or wrong, so is the whole."""
    assert decode_sequence(b"", digit) == NeedsMore(2)
    assert decode_sequence(b"1", digit) == NeedsMore(1)
    with pytest.raises(DecodeError, match="no digit at byte 0"):
        decode_sequence(b"x1.", digit)


def test_very_many_are_cut() -> None:
    """Work and memory are bounded."""
    result = decode_sequence(b"1." * 5000, digit)
    assert isinstance(result, Decoded)
    assert result.cut
    assert len(result.fields) <= MAX_FIELDS
