"""Names with parameters, and the values of parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.protocols.parameters import SpecError, read_bytes, read_number, read_options, read_seconds, split


def test_a_name_and_its_parameters() -> None:
    """The name in lower case; the parameters as they are, colons included."""
    assert split("raw") == ("raw", "")
    assert split(r"Delimiter:\x03A:B") == ("delimiter", r"\x03A:B")


def test_values() -> None:
    """Numbers in their range, times in ms or s, bytes with escapes."""
    assert read_number("-2", "N", -4) == -2
    assert [read_seconds(text, "TIME") for text in ("50ms", "1.5s", "2")] == [0.05, 1.5, 2.0]
    assert read_bytes(r"\x78\x78", "start") == b"xx"
    assert read_options("at=4,whole", {"at": "N", "whole": ""}, "u16") == {"at": "4", "whole": ""}
    assert read_options("", {"at": "N"}, "u16") == {}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: split("line:"), "nothing after the colon"),
        (lambda: split("delimiter:\x03"), r'"delimiter:\\x03" has a character that cannot be printed'),
        (lambda: read_number("5", "N", 0, 4), 'N must be a number from 0 to 4, not "5"'),
        (lambda: read_number("٣", "N"), "N must be a number"),
        (lambda: read_seconds("50", "TIME") and read_seconds("0ms", "TIME"), "a time such as 50ms"),
        (lambda: read_bytes(r"\xg", "start"), r"start: \\x takes two hex digits"),
        (lambda: read_bytes("", "start"), "start is empty"),
        (lambda: read_options("whol", {"at": "N", "whole": ""}, "u16"), r"did you mean whole\?\): use at=N, whole"),
        (lambda: read_options("at", {"at": "N"}, "u16"), "at is written at=N"),
        (lambda: read_options("whole=1", {"whole": ""}, "u16"), "whole is written whole"),
        (lambda: read_options("at=1,at=2", {"at": "N"}, "u16"), "at is given twice"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(call, says) -> None:  # type: ignore[no-untyped-def]
    """With what would be valid."""
    with pytest.raises(SpecError, match=says) as error:
        call()
    assert "\n" not in str(error.value)


@given(st.text(st.characters(exclude_categories=("C", "Z"))))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but `SpecError` comes out, with one line."""
    for read in (
        split,
        lambda each: read_number(each, "N"),
        lambda each: read_seconds(each, "T"),
        lambda each: read_bytes(each, "B"),
        lambda each: read_options(each, {"at": "N"}, "P"),
    ):
        problem = ""
        try:
            read(text)  # type: ignore[operator]
        except SpecError as error:
            problem = str(error)
        assert problem.isprintable()
