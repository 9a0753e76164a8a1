"""The header line: what it shows at each width, and what it shows first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Size

from tests.support.console import UNSAFE, in_app
from tests.support.scripted import BASE, connected, listening, received, reset, sent
from tuiserver.console.models.concerns import RECENT
from tuiserver.console.panes.header import Header
from tuiserver.core.codes import PauseCode
from tuiserver.core.events import Listening, Noted, Paused, Received, Unopened
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Transcript

SECOND_ADDRESS = "http://127.0.0.1:8080"


class SizedHeader(Header):
    """A header of a given width, without a screen."""

    def __init__(self, width: int, roster: Roster, transcript: Transcript | None = None) -> None:
        super().__init__(roster, transcript)
        self.width = width

    @property
    def size(self) -> Size:
        return Size(self.width, 1)


def text_of(width: int, roster: Roster, transcript: Transcript | None = None, now: float = BASE) -> str:
    """The text of the header at a width."""
    with in_app():
        header = SizedHeader(width, roster, transcript)
        header.update(now)
        ((parts, _),) = header.lines()
    return "".join(text for text, _ in parts)


def busy_roster(at: float = BASE) -> Roster:
    """A roster with two addresses, three clients that talk `at` some time, and a rate of 2 kB/s for a minute."""
    roster = Roster()
    for event in (listening(), Listening(BASE, SECOND_ADDRESS), connected(1), connected(2), connected(3)):
        roster.apply(event)
    for second in range(60):
        roster.apply(Received(at, 1 + second % 3, b"", 2000))
        roster.tick(float(second))
    return roster


def test_a_wide_header_shows_everything() -> None:
    """Addresses, clients, rates with sparklines and the uptime; accepted connections while clients keep connecting."""
    roster = busy_roster(BASE + 3725)
    text = text_of(200, roster, now=BASE + 3725)
    for part in ("tuiserver", "tcp 127.0.0.1:9999", SECOND_ADDRESS, "3 clients", "2.0k/s", "0 B/s", "1h02m"):
        assert part in text
    assert len(text) == 200
    assert "accepts" not in text
    for number in range(4, 16):
        roster.apply(connected(number, BASE + 3725))
    roster.tick(60.0)
    assert "4.0/s   in" in text_of(200, roster, now=BASE + 3725)


def test_what_deserves_a_look_is_counted() -> None:
    """In words where there is space, in short where there is not; nothing if all is well."""
    roster = Roster()
    for event in (
        listening(),
        *(connected(number) for number in range(1, 8)),
        *(received(b"x", number, BASE) for number in range(1, 6)),
        sent(b"x", 2, BASE + 1),
        Paused(BASE, 3, "send buffer full", PauseCode.BUFFER_FULL),
        Noted(BASE + 1, "error", "fault", 4),
        reset(5, BASE + 1),
    ):
        roster.apply(event)
    assert "1 slow · 2 silent · 1 waits for us · 2 errors" in text_of(160, roster, now=BASE + 6)
    assert "2 errors, 4 more" in text_of(80, roster, now=BASE + 6)
    assert "2 errors  in 0 B/s out 0 B/s" in " ".join(text_of(60, roster, now=BASE + 6).split("   "))
    assert "1 slow · 2 silent · 1 waits · 2 errors" in text_of(115, roster, now=BASE + 6)
    assert "error" not in text_of(160, roster, now=BASE + RECENT + 2)
    calm = busy_roster()
    assert not any(word in text_of(160, calm) for word in ("slow", "silent", "wait", "error"))


def test_one_burst_does_not_hide_what_is_usual() -> None:
    """Sparklines scale to what is steady; a burst has the highest level."""
    roster = busy_roster()
    roster.apply(Received(BASE, 1, b"", 50_000_000))
    roster.tick(60.0)
    assert "▄▄▄▄▄█" in text_of(200, roster)


def test_a_working_address_stays_in_a_small_header() -> None:
    """With the number of the others, and of those that are not open; a long one is cut in its host."""
    roster = busy_roster()
    roster.apply(Unopened(BASE, "tcp://192.0.2.1:80", "address in use"))
    for width in (80, 60, 50, 46):
        text = text_of(width, roster)
        assert len(text) == width
        assert all(part in text for part in ("127.0.0.1:9999 +1", "1 not open", "3 clients"))
    long = Roster()
    long.apply(Listening(BASE, "tcp://[2001:db8:1111:2222:3333:4444:5555:6666]:9999"))
    assert ":6666]:9999" in text_of(60, long)


@pytest.mark.parametrize(
    ("width", "shown", "hidden"),
    [
        (110, ["tcp 127.0.0.1:9999", SECOND_ADDRESS, "3 clients", "2.0k/s", "up "], ["accepts", "█"]),
        (90, ["tcp 127.0.0.1:9999 +1", "3 clients", "2.0k/s", "up "], [SECOND_ADDRESS, "accepts"]),
        (80, ["tcp 127.0.0.1:9999 +1", "3 clients", "2.0k/s"], [SECOND_ADDRESS, "up "]),
        (60, ["127.0.0.1:9999 +1", "3 clients", "2.0k/s"], ["tcp ", "up "]),
        (50, ["127.0.0.1:9999 +1", "3 clients", "2.0k/s"], ["tcp ", "up ", "tuiserver"]),
        (30, ["3 clients"], ["2.0k/s"]),
    ],
)
def test_a_narrow_header_shows_the_essential(width: int, shown: list[str], hidden: list[str]) -> None:
    """Accepted connections and sparklines are dropped first, then other addresses, the uptime and words."""
    text = text_of(width, busy_roster(BASE + 59), now=BASE + 59)
    assert len(text) == width
    assert [part for part in shown if part not in text] == []
    assert [part for part in hidden if part in text] == []


def test_one_client_is_singular() -> None:
    """It says `1 client`, not `1 clients`."""
    roster = Roster()
    roster.apply(listening())
    assert "0 clients" in text_of(80, roster)
    roster.apply(connected(1))
    assert "1 client " in text_of(80, roster)


def test_addresses_that_are_not_open_are_shown() -> None:
    """By name where there is space, else by number; without an open address it says `not listening`."""
    roster = Roster()
    roster.apply(Unopened(BASE, "tcp://192.0.2.1:80", "no such address"))
    assert "not listening" in text_of(200, roster)
    assert "tcp 192.0.2.1:80 not open" in text_of(200, roster)
    assert "1 not open" in text_of(60, roster)


def test_dropped_messages_are_shown() -> None:
    """When the memory for messages is full, the header says so, at any width that has space for it."""
    transcript = Transcript(budget=2_000_000)
    roster = busy_roster()
    assert "full" not in text_of(200, roster, transcript)
    while not transcript.dropped:
        transcript.apply(Received(BASE, 1, b"x" * 100_000, 100_000))
    assert "2.0M full: oldest dropped" in text_of(200, roster, transcript)
    assert "memory full" in text_of(80, roster, transcript)


@given(st.integers(1, 250), st.lists(st.text(max_size=30), max_size=4))
def test_the_header_is_one_line_of_safe_characters(width: int, addresses: list[str]) -> None:
    """Whatever an address contains; where it does not fit, the clients remain."""
    roster = Roster()
    for address in addresses:
        roster.apply(Listening(BASE, address))
    text = text_of(width, roster)
    assert not UNSAFE.search(text)
    assert "0 clients" in text
