"""What is searched for."""

from __future__ import annotations

import pytest

from tuiserver.console.models.search_term import BLOCK, SearchTerm, literal_term, parse_term


def test_escapes_stand_for_their_bytes() -> None:
    """In messages; an invalid escape is text, and in the log all of them are."""
    assert parse_term(r"ok\x00").matches(b"OK\0")
    assert parse_term(r"C:\q").matches(rb"c:\q")
    assert literal_term(r"\x00").matches(rb"sent \x00")
    assert not literal_term(r"\x00").matches(b"\0")
    assert not SearchTerm()
    assert not SearchTerm().matches(b"x")


@pytest.mark.parametrize("typed", ["0d 0a", "0D0A", "0x0d,0x0a"])
def test_in_a_hexdump_bytes_can_be_typed_as_hex(typed: str) -> None:
    """The text itself is found too; elsewhere hex digits are text."""
    term = parse_term(typed, in_hex=True)
    assert term.matches(b"a\r\n")
    assert term.matches(typed.encode())
    assert not parse_term(typed).matches(b"a\r\n")
    assert not parse_term("0d0", in_hex=True).matches(b"\r")


@pytest.mark.parametrize("typed", ["needle", "nädel"])
def test_hits_are_found_and_counted_in_both_directions(typed: str) -> None:
    """However far they are."""
    term, one = parse_term(typed), typed.upper().encode()
    data = one + bytes(3 * BLOCK) + one + bytes(3 * BLOCK)
    prepared = term.prepare(data)
    second = len(one) + 3 * BLOCK
    assert [term.find(prepared), term.find(prepared, 1), term.find(prepared, second + 1)] == [0, second, -1]
    assert [term.find_before(prepared, len(data)), term.find_before(prepared, second)] == [second, 0]
    assert term.find_before(prepared, 0) == -1
    assert (term.count(prepared), term.count(prepared, second)) == (2, 1)
