"""What is shown, as the bytes of a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from tests.support.scripted import BASE, received, sent
from tuiserver.console.models.message_export import ExportForm, ShownMessages, export, form_of
from tuiserver.core.charsets import UTF8
from tuiserver.core.events import Skipped
from tuiserver.views.transcript import Entry

TALK: Sequence[Entry] = (
    received(b"TE", at=BASE + 1.5),
    received(b"MP=1\x00\nx", at=BASE + 2),
    sent(b"OK\r\n", 7, BASE + 3),
    Skipped(BASE + 4, 5, 60),
)


def times(*seconds: float) -> list[str]:
    """Dates and times as in the file."""
    return [f"{datetime.fromtimestamp(BASE + second):%Y-%m-%d %H:%M:%S.%f}" for second in seconds]


def written(form: ExportForm, stream: bool = False, framed: frozenset[int] = frozenset()) -> bytes:
    """The content of the file."""
    return b"".join(export(ShownMessages(TALK, stream, framed, lambda number: UTF8), form))


@pytest.mark.parametrize(
    ("name", "form"), [("a.txt", "text"), ("a", "text"), ("b/a.HEX", "hexdump"), ("a.bin", "raw"), ("a.tar.raw", "raw")]
)
def test_the_name_says_what_is_written(name: str, form: str) -> None:
    """By its ending; text where that says nothing."""
    assert form_of(name) == form


def test_raw_is_nothing_but_the_bytes() -> None:
    """In the order in which they came."""
    assert written("raw") == written("raw", stream=True) == b"TEMP=1\x00\nxOK\r\n"


def test_text_has_a_line_for_each_message_or_line() -> None:
    """With date, direction and connection; escaped, so that a line feed of a client begins no line."""
    first, second, third, gap = times(1.5, 2, 3, 4)
    assert written("text").decode().splitlines() == [
        rf"{first} < #12 TE",
        rf"{second} < #12 MP=1\0\nx",
        rf"{third} > #7 OK\r\n",
        f"{gap} 5 messages, 60 bytes not shown",
    ]
    lines = written("text", stream=True).decode().splitlines()
    assert lines[:2] == [rf"{first} < #12 TEMP=1\0\n", rf"{second} < #12 x"]
    assert written("text", stream=True, framed=frozenset([12])).decode().splitlines()[0] == rf"{first} < #12 TE"


def test_a_hexdump_is_of_each_message_or_of_the_stream() -> None:
    """A message has a line with its size, and its dump; a row of the stream has its time."""
    lines = written("hexdump").decode().splitlines()
    assert lines[0].endswith("< #12 2 bytes")
    assert lines[1].split() == ["00000000", "54", "45", "|TE|"]
    (row, *_) = written("hexdump", stream=True).decode().splitlines()
    assert row.startswith(f"{times(1.5)[0]} < #12 00000000  54 45 4d 50 3d 31 00 0a  78 ")
    assert row.endswith("|TEMP=1..x|")
