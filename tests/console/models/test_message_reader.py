"""The reading position in one message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuiserver.console.models.message_reader import MessageReader


def reader_of(data: bytes, width: int = 40, height: int = 5) -> MessageReader:
    """A reader of this size."""
    reader = MessageReader(data)
    reader.resize(width, height)
    return reader


def texts(reader: MessageReader) -> list[str]:
    """The visible lines."""
    return ["".join(text for text, _ in line) for line in reader.lines()]


LINES = b"".join(b"line %d\n" % number for number in range(100))


def test_moving_stops_at_both_ends() -> None:
    """By lines and pages, to the start and the end; the last page is full."""
    reader = reader_of(LINES)
    reader.move(-1)
    assert texts(reader)[0] == r"line 0\n"
    reader.move(2)
    assert texts(reader)[0] == r"line 2\n"
    reader.page(1)
    assert texts(reader)[0] == r"line 6\n"
    reader.scroll_to_end()
    assert texts(reader) == [rf"line {number}\n" for number in range(95, 100)]
    assert reader.percent == 100
    reader.move(1)
    assert texts(reader)[0] == r"line 95\n"
    reader.page(-1)
    assert texts(reader)[0] == r"line 91\n"
    reader.scroll_to_start()
    assert texts(reader)[0] == r"line 0\n"
    assert reader.percent < 10


def test_binary_data_begins_as_a_hexdump() -> None:
    """Switching keeps the first visible byte."""
    reader = reader_of(bytes(range(256)))
    assert reader.hex
    assert texts(reader)[0].startswith("0000  00 01 02 03")
    reader.move(3)
    assert texts(reader)[0].startswith("000c")
    reader.show_next(1)
    assert r"\f" in texts(reader)[0] or r"\x0c" in texts(reader)[0]
    reader.show_next(1)
    assert int(texts(reader)[0][:4], 16) <= 12
    assert not reader_of(b"plain text\n").hex


def test_a_new_width_keeps_the_first_line() -> None:
    """Or one close to it."""
    reader = reader_of(LINES)
    reader.move(50)
    reader.resize(20, 8)
    assert texts(reader)[0] == r"line 50\n"
    assert len(texts(reader)) == 8


def test_search_goes_down_and_up() -> None:
    """Upper and lower case are the same; escapes stand for bytes; a match becomes the first line."""
    reader = reader_of(b"a Needle\n" + b"hay\n" * 50 + b"needle\x00\n" + b"hay\n" * 50)
    assert not reader.find(1)
    assert reader.search("needle")
    assert texts(reader)[0] == r"a Needle\n"
    assert reader.find(1)
    assert texts(reader)[0].startswith("needle")
    assert not reader.find(1)
    assert reader.find(-1)
    assert texts(reader)[0] == r"a Needle\n"
    assert not reader.find(-1)
    assert reader.search(r"e\x00")
    assert not reader.search("pin")
    assert reader.search_text == "pin"


def test_the_number_of_the_match_is_known() -> None:
    """Of how many; in hex its bytes are highlighted in both columns, and can be typed as hex."""
    reader = reader_of(b"needle\n" * 17, width=80)
    assert reader.found == ""
    reader.search("Needle")
    reader.find(1)
    reader.find(1)
    assert reader.found == "3 of 17"
    reader.show_next(1)
    assert reader.found == "3 of 17"
    badges = [text for text, style in reader.lines()[0] if style == "badge"]
    assert badges == ["6e 65 65 64 6c 65", "6e  65 65 64 6c 65", "6e 65", "needle", "needle", "ne"]
    reader.search("6c 65 0a")
    assert reader.found.endswith("of 17")
    reader.show_next(1)
    assert reader.found == ""


def test_a_search_begins_again_at_the_beginning() -> None:
    """If there is nothing below."""
    reader = reader_of(b"needle\n" + b"hay\n" * 50)
    reader.scroll_to_end()
    assert reader.search("needle")
    assert texts(reader)[0] == r"needle\n"


@given(st.binary(max_size=300), st.integers(-5, 60), st.integers(-5, 12), st.lists(st.integers(-8, 8), max_size=8))
def test_every_position_can_be_drawn(data: bytes, width: int, height: int, steps: list[int]) -> None:
    """Whatever the size and the moves, there are between one and `height` lines."""
    reader = reader_of(data, width, height)
    for step in steps:
        reader.move(step)
        reader.page(step)
        if step % 2:
            reader.show_next(1)
        assert 1 <= len(reader.lines()) <= reader.height
        assert 0 <= reader.percent <= 100
    reader.scroll_to_end()
    assert reader.percent == 100


@given(st.binary(min_size=1, max_size=3000), st.integers(0, 3000), st.booleans())
def test_the_scroll_bar_leads_anywhere(data: bytes, start: int, hexadecimal: bool) -> None:
    """What is visible is a part of the message; the ends are the ends of the message."""
    reader = reader_of(data)
    if reader.hex != hexadecimal:
        reader.show_next(1)
    reader.scroll_to(start)
    extent = reader.extent
    assert 0 <= extent.start < extent.stop <= extent.total == len(data)
    reader.scroll_to(reader.extent.hidden)
    assert reader.extent.stop == len(data)
    reader.scroll_to(0)
    assert reader.extent.start == 0


def test_json_is_formatted_at_first() -> None:
    """Text and hexdump are the other views; a search works in each, and the label says which one it is."""
    reader = reader_of(b'{"id":7,"text":"a\\nb","list":[' + b"1," * 40 + b"2]}", width=60)
    assert texts(reader)[:3] == ["{", '  "id": 7,', '  "text": "a\\nb",']
    assert reader.lines()[1] == [("  ", "plain"), ('"id"', "key"), (": ", "plain"), ("7", "number"), (",", "plain")]
    assert reader.label(reader.view) == "JSON"
    assert reader.search(r"A\nb")
    assert (r"a\nb", "badge") in reader.lines()[0]
    reader.scroll_to_end()
    assert texts(reader)[-1] == "}"
    assert reader.percent == 100
    reader.show_next(1)
    assert reader.label(reader.view) == "text"
    reader.scroll_to_start()
    assert texts(reader)[0].startswith('{"id":7')
    reader.show_next(-1)
    reader.show_next(-1)
    assert reader.label(reader.view) == "hex"
    reader.show("formatted")
    reader.scroll_to_start()
    reader.toggle_wrap()
    assert reader.label(reader.view) == "JSON, not wrapped"


def test_the_head_of_http_is_told_apart_from_its_body() -> None:
    """With its request line and its fields; a body that is not JSON stays as it is."""
    reader = reader_of(b"POST /hook HTTP/1.1\r\nHost: a\r\n\r\nplain body\r\n", height=9)
    assert texts(reader) == ["POST /hook HTTP/1.1", "Host: a", "", "plain body", ""][: len(texts(reader))]
    assert reader.lines()[0][0] == ("POST", "constant")
    assert reader.lines()[1] == [("Host", "key"), (":", "plain"), (" a", "string")]
    assert reader.label(reader.view) == "HTTP"
