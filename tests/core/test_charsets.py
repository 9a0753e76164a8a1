"""Bytes become characters of a character set and the same bytes again; what is not a character stays a byte."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiserver.core.charsets import KNOWN, RESYNC, UTF8, CharsetError, find
from tuiserver.core.payload import PayloadError, parse_text, to_text

EXACT = [name for name in KNOWN if name not in ("big5", "cp932", "gb18030")]
"""Without those in which two sequences stand for one character."""


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("utf-8", b"\xc3\xa9\xff\xe4\xbd", r"é\xff\xe4\xbd"),
        ("latin-1", b"\xe9\x85\n", r"é\x85\n"),
        ("cp1251", b"\xcf\xf0\xe8\xe2\xe5\xf2\x98", r"Привет\x98"),
        ("gbk", b"\xc4\xe3\xba\xc3\xff\xc4", r"你好\xff\xc4"),
        ("shift_jis", b"\x82\xb1\x83\x5c\x80", r"こソ\x80"),
        ("cp037", b"\xc8\x85\x93\x93\x96\x25\x15\x37\x0a", r"Hello\n\x15\x37\x0a"),
        ("utf-16-le", "é\n\x01😀".encode("utf-16-le") + b"\x41", r"é\n\x01\x00😀\x41"),
    ],
)
def test_bytes_are_shown_in_their_character_set(name: str, data: bytes, text: str) -> None:
    """A byte that is not a character, half a character and a control are escapes; typed again they are the same bytes."""
    assert to_text(data, find(name)) == text
    assert parse_text(text, charset=find(name)) == data


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=30).map(lambda text: text.encode("utf-16-le", "surrogatepass")))
@pytest.mark.parametrize("name", EXACT)
def test_any_bytes_parse_back(name: str, data: bytes) -> None:
    """What is shown can be typed, in any character set."""
    assert parse_text(to_text(data, find(name)), charset=find(name)) == data


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(0, 400))
@pytest.mark.parametrize("name", KNOWN)
def test_a_text_can_be_read_from_its_middle(name: str, text: str, offset: int) -> None:
    """The beginning of the character at any offset is found, from some bytes before it."""
    charset = find(name)
    pieces = [charset.decode(data).encode("utf-8", "surrogatepass") and data for data in _encoded(name, text)]
    data = b"".join(pieces)
    starts = {0}
    for piece in pieces:
        starts.add(max(starts) + len(piece))
    offset = min(offset, len(data))
    assert charset.start(data, offset) == max(start for start in starts if start <= offset)


def _encoded(name: str, text: str) -> list[bytes]:
    """A text as the bytes of each of its characters, with a blank often enough to find one's way."""
    found = []
    for index, character in enumerate(text):
        try:
            found.append(find(name).encode(character))
        except UnicodeEncodeError:
            pass
        if index % (RESYNC // 8) == 0:
            found.append(find(name).encode(" "))
    return found


def test_half_a_character_is_left_out_before_the_end() -> None:
    """As long as more follows, it is no error."""
    assert find("gbk").decode(b"\xc4\xe3\xba", final=False) == "你"
    assert UTF8.decode("你好".encode()[:5], final=False) == "你"
    assert UTF8.decode(b"\xff\xe4", final=False) == "\udcff"


@pytest.mark.parametrize(
    "name", ["nope", "base64", "rot13", "utf-16", "utf-8-sig", "iso2022_jp", "hz", "utf-7", "", "\0"]
)
def test_what_cannot_be_used_is_refused(name: str) -> None:
    """A codec that does not exist, is not for text, or has a state."""
    with pytest.raises(CharsetError, match="use"):
        find(name)


def test_names_are_those_of_python() -> None:
    """In any spelling; a similar one is suggested."""
    assert find("Latin_1") is find("ISO-8859-1") is find("l1")
    assert find(" UTF8 ") is UTF8
    with pytest.raises(CharsetError, match="did you mean shift_jis"):
        find("shiftjs")


@pytest.mark.parametrize(("typed", "position"), [("aß你", 2), (r"a\u{4f60}", 1), ("ab\ud800", 2)])
def test_what_cannot_be_encoded_is_refused_with_its_position(typed: str, position: int) -> None:
    """The first character that the character set does not have."""
    with pytest.raises(PayloadError) as caught:
        parse_text(typed, charset=find("latin-1"))
    assert caught.value.position == position
    assert "\\xHH" in caught.value.message
    assert parse_text(r"a\u{e9}é", find("latin-1")) == b"a\xe9\xe9"
