"""Where the hits of a search are, in a text and in a hexdump."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.console.models.search_term import literal_term, parse_term
from tuiserver.console.text.escape import escape_all
from tuiserver.console.text.hits import highlight
from tuiserver.core.charsets import find


@pytest.mark.parametrize(
    ("text", "term", "found"),
    [
        ("Ping ping", "ping", ["Ping", "ping"]),
        ("aaa", "aa", ["aa"]),
        ("Ping", "", []),
        ("Ping", "pong", []),
        ("İx", "x", ["x"]),
        ("ÜBER über", "über", ["ÜBER", "über"]),
        (r"a\n\x0an", "n", ["n"]),
        (r"a\n\x0an", r"\n", [r"\n"]),
        ("cafe\u0301", "e", ["e\u0301"]),
        ("温度 23", "度", ["度"]),
    ],
)
def test_hits_are_highlighted_and_nothing_is_lost(text: str, term: str, found: list[str]) -> None:
    """Upper and lower case are the same; no hit is within an escape; the parts together are the text."""
    parts = highlight(text, parse_term(term).hits)
    assert [part for part, style in parts if style == "badge"] == found
    assert "".join(part for part, _ in parts) == text


def test_in_a_log_a_backslash_is_one() -> None:
    """It was written for people."""
    assert highlight(r"C:\temp", literal_term(r"\t").hits) == [("C:", "plain"), (r"\t", "badge"), ("emp", "plain")]


def test_a_hit_goes_on_in_the_next_line() -> None:
    """Each line has its part of it."""
    hits = parse_term("needle").hits
    assert highlight("a nee", hits, after="dle b")[-1] == ("nee", "badge")
    assert highlight("dle b", hits, before="a nee")[0] == ("dle", "badge")


@given(st.binary(max_size=60), st.binary(min_size=1, max_size=4), st.integers(0, 60), st.integers(1, 16))
def test_hits_in_bytes_are_those_of_the_whole(data: bytes, needle: bytes, start: int, count: int) -> None:
    """A row of a hexdump shows each of its bytes that belongs to a hit, also if that begins or ends in another row."""
    term = parse_term("".join(f"\\x{byte:02x}" for byte in needle))
    assert term.hits is not None
    at, inside = term.find(term.prepare(data)), set()
    if at >= 0 and term.count(term.prepare(data)) == 1:
        inside = {*range(at, at + len(needle))}
        ranges = term.hits.in_bytes(data, start, start + count)
        shown = {start + byte for a, b in ranges for byte in range(a, b)}
        assert shown == inside & {*range(start, start + count)}


@pytest.mark.parametrize(
    ("name", "text"), [("cp1251", "ПРИВЕТ"), ("cp037", "Hello"), ("gbk", "你好A"), ("utf-8", "ÄÖ")]
)
def test_case_is_ignored_in_every_character_set(name: str, text: str) -> None:
    """In bytes and in the text that is shown of them."""
    charset = find(name)
    term = parse_term(text.swapcase(), charset=charset)
    data = b"\x00" + charset.encode(text)
    assert term.matches(data)
    assert term.find(term.prepare(data)) == 1
    assert highlight(escape_all(charset.decode(data)), term.hits)[-1] == (text, "badge")
