"""The requests that wait, as far as they are known."""

from __future__ import annotations

from tests.support.scripted import BASE, closed, connected, received, sent
from tuiserver.console.models.unanswered_requests import UnansweredRequests
from tuiserver.core.events import AnyEvent, Connected, Identified, Received, Skipped, Totals, Traffic
from tuiserver.views.exchanges import Exchanges
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Transcript

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nhello"


def http(number: int = 12) -> Connected:
    """A client of an HTTP address."""
    return Connected(BASE, number, "127.0.0.1:5", "127.0.0.1:8", "http+tcp://127.0.0.1:8", "http", True)


def get(target: str, at: float = BASE, version: str = "1.1") -> Received:
    """A request."""
    return received(f"GET {target} HTTP/{version}\r\nHost: x\r\n\r\n".encode(), 12, at)


def fold(*events: AnyEvent) -> UnansweredRequests:
    """What waits after these events."""
    roster, transcript, exchanges = Roster(), Transcript(), Exchanges()
    for event in events:
        for model in (roster, transcript, exchanges):
            model.apply(event)
    return UnansweredRequests(roster, transcript, exchanges)


def test_the_first_that_waits() -> None:
    """With its number on the connection, since when it waits, and how many do."""
    requests = fold(http(), get("/a"), sent(ANSWER), get("/b", BASE + 1, "1.0"), received(CHUNKED, at=BASE + 2))
    found = requests.of(12)
    assert found is not None
    assert (found.text, found.number, found.pending, found.since, found.in_parts) == ("GET /b", 2, 2, BASE + 1, False)
    parsed = requests.parsed(found)
    assert parsed is not None
    assert (parsed.target, parsed.version, parsed.keep_alive) == ("/b", "1.0", False)
    assert requests.parsed(found) is parsed


def test_nothing_waits() -> None:
    """Of a connection that is raw, answered, closed or unknown."""
    assert fold(connected(), get("/a")).of(12) is None
    assert fold(http(), get("/a"), sent(ANSWER)).of(12) is None
    assert fold(http(), get("/a"), closed()).of(12) is None
    assert fold().of(12) is None


def test_a_chunked_request_is_parsed_from_what_is_shown() -> None:
    """Its chunks are decoded there; one whose beginning was shown before is not known as a whole."""
    requests = fold(http(), received(CHUNKED))
    found = requests.of(12)
    assert found is not None
    assert (parsed := requests.parsed(found)) is not None
    assert parsed.target == "/c"
    requests = fold(
        connected(),
        Received(BASE, 12, b"GET ", 4, "unidentified"),
        Identified(BASE, 12, "http"),
        received(b"/a HTTP/1.1\r\n\r\n"),
    )
    found = requests.of(12)
    assert found is not None
    assert (found.text, requests.parsed(found)) == ("GET /a", None)


def test_where_messages_are_missing_only_the_count_is_known() -> None:
    """That is the server's own."""
    missing = (http(), get("/a"), Skipped(BASE, 5, 500))
    assert fold(*missing).of(12) is None
    requests = fold(*missing, Traffic(BASE, (Totals(12, 600, 0, 6, 1, 0, pending=3),)))
    found = requests.of(12)
    assert found is not None
    assert (found.text, found.number, found.pending) == ("a request", 0, 3)
    assert requests.parsed(found) is None
