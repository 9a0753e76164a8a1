"""Each character that is shown takes as many cells as are counted, on every terminal; all others are escapes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcwidth

from tuiserver.core.characters import MAX_MARKS, columns, cut, escape_text, left, right, width
from tuiserver.core.payload import parse_text

WORLD = "Grüße 温度 23 度 こんにちは 한국어 שלום مرحبا สวัสดี 👍 e\u0301 \u3000 ﾎﾞ"


def is_shown(text: str) -> bool:
    """True if each character of an escaped text has a certain width."""
    return all(width(character) >= 0 for character in text)


def test_the_text_of_the_world_is_shown() -> None:
    """Wide characters take two cells, those from right to left one, and marks none."""
    assert escape_text(WORLD) == WORLD
    assert [columns(word) for word in ("Grüße", "温度", "한국어", "שלום", "👍", "e\u0301", "ที่")] == [
        5,
        4,
        6,
        4,
        2,
        1,
        1,
    ]


@pytest.mark.parametrize(
    "character",
    [
        *(
            "\x1b",
            "\x7f",
            "\x9b",
            "\u00ad",
            "\u200b",
            "\u200d",
            "\u200e",
            "\u202e",
            "\u2066",
            "\ufeff",
            "\u2028",
            "\u00a0",
        ),
        *(
            "\ufe0f",
            "\U000e0100",
            "\u034f",
            "\u3164",
            "\u115f",
            "\U0001f1e9",
            "\U0001f3fd",
            "\u093f",
            "\ue000",
            "\uffff",
        ),
    ],
)
def test_what_has_no_certain_width_is_an_escape(character: str) -> None:
    """Controls, joiners, selectors, fillers, halves of flags, spacing marks, blanks that look like others."""
    shown = escape_text(f"a{character}b")
    assert shown.isascii()
    assert parse_text(shown) == f"a{character}b".encode()


@pytest.mark.slow
def test_all_shown_characters_have_the_width_of_wcwidth() -> None:
    """All of Unicode: what terminals that follow wcwidth draw is what is counted."""
    for number in range(0x20, 0x110000):
        character = chr(number)
        if (cells := width(character)) >= 0:
            assert cells == wcwidth(character), f"U+{number:04X}"


def test_a_mark_needs_a_character_to_stand_on() -> None:
    """At the beginning, after an escape or a blank, and on a character that carries enough, it is an escape."""
    mark = "\u0301"
    for before in ("", " ", "\\", "\n", "\u200d", "\x80"):
        assert escape_text(f"{before}{mark}").endswith(r"\u{301}")
    assert escape_text("e" + mark * 9) == "e" + mark * MAX_MARKS + r"\u{301}" * (9 - MAX_MARKS)


@given(st.text(max_size=40), st.integers(0, 20))
def test_a_cut_halves_nothing(text: str, limit: int) -> None:
    """It is the longest beginning that fits, with all of its marks; filled up, it takes exactly its columns."""
    text = escape_text(text)
    beginning = cut(text, limit)
    assert text.startswith(beginning)
    assert columns(beginning) <= limit
    rest = text[len(beginning) :]
    assert not rest or columns(beginning) + width(rest[0]) > limit
    assert columns(left(beginning, limit)) == columns(right(beginning, limit)) == limit


@given(st.text(max_size=40))
def test_composed_or_not_text_parses_back(text: str) -> None:
    """An escaped text stands for the same bytes, in both forms of Unicode."""
    for form in (unicodedata.normalize("NFD", text), text):
        if not any("\ud800" <= character <= "\udfff" for character in form):
            assert parse_text(escape_text(form)) == form.encode()
            assert is_shown(escape_text(form))
