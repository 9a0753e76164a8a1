"""Lines of the log: what is logged, how, and that no text breaks a line."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from tuiserver.core.codes import CloseCode, PauseCode, RefuseCode
from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Ended,
    Identified,
    Listening,
    Noted,
    Paused,
    Received,
    Refused,
    Resumed,
    Sent,
    Skipped,
    Unopened,
)
from tuiserver.outputs.log_format import BURST, MAX_DETAIL, LogFormatter

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (.*)\n")


def formatted(*events: AnyEvent) -> list[str]:
    """The lines of these events without their time."""
    return [match[1] if (match := LINE.fullmatch(line)) else line for line in LogFormatter().format(events)]


def connected(number: int, at: float = 1000.0) -> Connected:
    """A client was accepted."""
    return Connected(at, number, f"127.0.0.1:{50000 + number}", "127.0.0.1:9999", "tcp://127.0.0.1:9999")


def test_the_life_of_a_connection() -> None:
    """Each lifecycle event is one line; messages and gaps are not logged."""
    assert formatted(
        Listening(1000.0, "tcp://127.0.0.1:9999"),
        Unopened(1000.0, "tcp://:80", "cannot listen on tcp://:80: permission denied"),
        connected(8),
        Identified(1001.0, 8, "raw"),
        Received(1002.0, 8, b"hi", 2),
        Sent(1002.0, 8, b"hello", 5, "echo"),
        Paused(1003.0, 8, "any words", PauseCode.OPERATOR),
        Resumed(1004.0, 8),
        Paused(1005.0, 8, "any words", PauseCode.BUFFER_FULL),
        Paused(1005.0, 8, "any words", PauseCode.PROGRAM),
        Paused(1005.0, 8, "some reason"),
        Refused(1005.2, 7, 8, RefuseCode.CANNOT_SEND, "cannot send to #8: it is closing"),
        Refused(1005.2, 7, 0, RefuseCode.CANNOT_SEND, "no request waits"),
        Skipped(1005.5, 3, 90),
        Ended(1006.0, 8, 60.0),
        Closed(1121.0, 8, "reset by peer", 12, 0, 1, 1, 34, CloseCode.PEER_RESET, duration=121.0),
        connected(9),
        Closed(1001.5, 9, "closed by peer", 1, 2, 0, 0, 0, CloseCode.PEER_CLOSED, duration=1.5),
    ) == [
        "info  listening on tcp://127.0.0.1:9999",
        "error cannot listen on tcp://:80: permission denied",
        "info  #8 127.0.0.1:50008 connected to tcp://127.0.0.1:9999",
        "info  #8 speaks raw",
        "info  #8 reading paused by operator",
        "info  #8 reading resumed",
        "warn  #8 send buffer full: reading paused until it drains",
        "info  #8 reading paused by program",
        "info  #8 reading paused: some reason",
        "warn  #8 cannot send to #8: it is closing",
        "warn  no request waits",
        "info  #8 finished sending, can be answered for 60 s",
        "warn  #8 127.0.0.1:50008 reset by peer after 2m01s, 12 B in, 0 B out, 34 B unsent",
        "info  #9 127.0.0.1:50009 connected to tcp://127.0.0.1:9999",
        "info  #9 127.0.0.1:50009 closed by peer after 1.5s, 1 B in, 2 B out",
    ]


def test_a_line_has_date_time_level_and_text() -> None:
    """The date and the time to the millisecond are local; the level has five columns."""
    first, second = LogFormatter().format(
        [Listening(1000.123, "tcp://127.0.0.1:1"), Noted(1000.123, "critical", "broken")]
    )
    assert re.fullmatch(r"19(69|70)-\d\d-\d\d \d\d:\d\d:40\.12[23] info  listening on tcp://127\.0\.0\.1:1\n", first)
    assert second == f"{first[:23]} error broken\n"


def test_messages_of_the_operator_are_logged() -> None:
    """The log holds what the operator sent and to whom, escaped and cut."""
    assert formatted(
        Sent(1.0, 812, b"status\x00\x1b[2J\xff", 12, "operator"), Sent(1.0, 9, b"x" * 500, 500, "operator")
    ) == [
        r"info  operator sent 12 B to #812: status\0\x1b[2J\xff",
        "info  operator sent 500 B to #9: " + "x" * 80 + "…",
    ]


def test_a_traceback_follows_indented() -> None:
    """The detail of a note is logged below it, indented, escaped and cut."""
    detail = "Traceback (most recent call last):\n  File x\nKeyError: 'a\x1b[31m'"
    assert formatted(Noted(1.0, "error", "on_message: KeyError", 3, detail)) == [
        "error #3 on_message: KeyError",
        "    Traceback (most recent call last):\n",
        "      File x\n",
        "    KeyError: 'a\\x1b[31m'\n",
    ]
    assert sum(map(len, formatted(Noted(1.0, "error", "", 3, "x" * 2 * MAX_DETAIL)))) < MAX_DETAIL + 100


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_breaks_a_line(text: str, detail: str) -> None:
    """Whatever text a peer or an exception provides, an event is one printable line and its indented detail."""
    lines = LogFormatter().format([Noted(1.0, "info", text, 0, detail)])
    for number, line in enumerate(lines):
        assert line.endswith("\n")
        assert line[:-1].isprintable()
        assert line.startswith("    ") == (number > 0)
        line.encode("utf-8", "backslashreplace")


def test_a_burst_of_connections_is_counted() -> None:
    """Of 20,000 clients within 20 seconds, 500 per second have a line and the others are counted; notes are all logged."""
    formatter = LogFormatter()
    lines = formatter.format([connected(number, 1000.0 + number / 1000) for number in range(20_000)])
    lines += formatter.format([Noted(1020.5, "warning", "in the middle of it")])
    lines += formatter.format([Closed(1020.6, number, "closed by peer", 0, 0, 0, 0) for number in range(700)])
    assert formatter.in_burst
    lines += formatter.end_burst()
    assert not formatter.in_burst
    assert formatter.end_burst() == []
    numbers = [line.split(": ")[1] for line in lines if "many at once" in line]
    assert sum("connected to" in line for line in lines) == 20 * BURST
    assert numbers == ["500 more connected, 0 more closed\n"] * 20 + ["0 more connected, 200 more closed\n"]
    assert any("in the middle of it" in line for line in lines)
    assert all(before[:23] <= after[:23] for before, after in itertools.pairwise(lines))


def test_a_counted_connection_has_its_age_in_its_last_line() -> None:
    """A client that was only counted when it connected is logged with its peer and its age, though the clock was set back."""
    formatter = LogFormatter()
    formatter.format([connected(number) for number in range(1, BURST + 2)])
    (*_, line) = formatter.format([Closed(941.0, BURST + 1, "closed by peer", 0, 0, 0, 0, duration=41.0)])
    assert f"#501 127.0.0.1:{50000 + 501} closed by peer after 41s" in line
