"""Requests paired with their answers, whatever comes between them."""

from __future__ import annotations

import gc

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scripted import BASE, closed, connected, received, sent
from tuiserver.core.codes import ReceivedKind
from tuiserver.core.events import AnyEvent, Connected, Identified, Received, Sent, Skipped
from tuiserver.views import exchanges as module
from tuiserver.views.exchanges import Exchanges

HEAD = b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def http(number: int = 12, at: float = BASE) -> Connected:
    """A client of an HTTP address."""
    return Connected(at, number, "127.0.0.1:5", "127.0.0.1:8", "http+tcp://127.0.0.1:8", "http", True)


def get(target: str = "/metrics", number: int = 12, at: float = BASE) -> Received:
    """A request."""
    return received(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), number, at)


def ok(number: int = 12, at: float = BASE, status: int = 200) -> Sent:
    """An answer."""
    return sent(HEAD % status, number, at)


def fold(*events: AnyEvent) -> Exchanges:
    """What is known after these events."""
    exchanges = Exchanges()
    for event in events:
        exchanges.apply(event)
    return exchanges


def text_of(exchanges: Exchanges, entry: Received | Sent) -> str:
    """The exchange of an entry in words."""
    found = exchanges.of(entry)
    return f"{found.request} {found.answer_text()}".strip() if found else ""


def test_an_answer_belongs_to_the_oldest_request() -> None:
    """Per connection, pipelined requests too; the time between is that of the two events."""
    first, second, other = get("/a"), get("/b"), get("/c", 13)
    answer, late, its = ok(at=BASE + 0.003), ok(at=BASE + 12, status=404), ok(13, at=BASE + 1.25)
    exchanges = fold(http(), http(13), first, second, other)
    assert (exchanges.oldest(12), exchanges.count(12)) == (exchanges.of(first), 2)
    for event in (answer, its):
        exchanges.apply(event)
    assert (exchanges.oldest(12), exchanges.count(12)) == (exchanges.of(second), 1)
    exchanges.apply(late)
    assert exchanges.oldest(12) is None
    assert [text_of(exchanges, entry) for entry in (first, answer)] == ["GET /a 200 39 3 ms"] * 2
    assert [text_of(exchanges, entry) for entry in (second, late)] == ["GET /b 404 39 12 s"] * 2
    assert text_of(exchanges, other) == "GET /c 200 39 1.2 s"


def test_only_http_is_paired() -> None:
    """Other messages, and what is not a message, belong to no exchange."""
    raw, unfinished = get(), Received(BASE, 12, b"GET", 3, ReceivedKind.UNFINISHED)
    exchanges = fold(connected(), raw, ok())
    assert exchanges.of(raw) is None
    exchanges = fold(http(), unfinished, ok())
    assert exchanges.of(unfinished) is None
    assert exchanges.oldest(12) is None
    assert fold(get(), ok()).count(12) == 0


def test_a_request_may_begin_before_its_protocol_is_known() -> None:
    """The request line is read from what was shown before."""
    rest = received(b"rics HTTP/1.1\r\nHost: x\r\n\r\n")
    exchanges = fold(
        connected(), Received(BASE, 12, b"GET /met", 8, ReceivedKind.UNIDENTIFIED), Identified(BASE, 12, "http"), rest
    )
    assert text_of(exchanges, rest) == "GET /metrics"


def test_interim_answers_and_parts() -> None:
    """A 103 answers nothing; an answer in parts is complete with its last chunk, and its size is that of all parts."""
    exchanges = fold(http(), request := get(), get("/next"), sent(b"HTTP/1.1 103 Early Hints\r\n\r\n"))
    assert text_of(exchanges, request) == "GET /metrics"
    exchanges.apply(head := sent(CHUNKED, at=BASE + 0.03))
    exchanges.apply(chunk := sent(b"2\r\nok\r\n", at=BASE + 5))
    assert exchanges.count(12) == 2
    assert text_of(exchanges, request) == "GET /metrics 200 54 30 ms so far"
    exchanges.apply(sent(b"0\r\n\r\n", at=BASE + 6))
    assert [text_of(exchanges, entry) for entry in (request, head, chunk)] == ["GET /metrics 200 59 30 ms"] * 2 + [""]
    assert exchanges.count(12) == 1


def test_the_answer_to_head_has_no_parts() -> None:
    """Nor that of a status without a body."""
    exchanges = fold(http(), received(b"HEAD / HTTP/1.1\r\n\r\n"), get(), sent(CHUNKED))
    assert exchanges.count(12) == 1
    exchanges.apply(sent(b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    assert exchanges.count(12) == 0


def test_after_a_gap_nothing_is_guessed() -> None:
    """Pairing goes on with the first request after an answer."""
    exchanges = fold(http(), get("/a", at=BASE - 1), Skipped(BASE, 3, 90))
    assert (exchanges.oldest(12), exchanges.count(12)) == (None, 0)
    unknown, answer = get("/b"), ok()
    for event in (unknown, answer, request := get("/c")):
        exchanges.apply(event)
    assert [exchanges.of(entry) for entry in (unknown, answer)] == [None, None]
    assert exchanges.oldest(12) is exchanges.of(request)
    exchanges.apply(Skipped(BASE + 5, 3, 90, {"connected": 1}))
    exchanges.apply(http(14, BASE))
    exchanges.apply(http(15, BASE + 6))
    for number in (14, 15):
        exchanges.apply(get(number=number))
    assert [exchanges.count(number) for number in (12, 14, 15)] == [0, 0, 1]


def test_memory_is_bounded() -> None:
    """The oldest exchanges are forgotten; one that waits is still counted, and its answer goes to none of the others."""
    assert module.MAX_EXCHANGES >= 1000
    exchanges = fold(http(), http(13), waiting := get("/waits", 13))
    exchanges.apply(pipelined := get("/next", 13))
    for number in range(module.MAX_EXCHANGES - 1):
        exchanges.apply(get(f"/{number}"))
        exchanges.apply(ok())
    assert exchanges.of(waiting) is None
    assert exchanges.of(pipelined) is not None
    assert (exchanges.oldest(13), exchanges.count(13)) == (None, 2)
    exchanges.apply(ok(13))
    assert exchanges.oldest(13) is exchanges.of(pipelined)
    exchanges.apply(ok(13, status=202))
    assert text_of(exchanges, pipelined).startswith("GET /next 202")


def test_a_message_is_not_kept() -> None:
    """An event that takes the place of a forgotten one in memory is not mistaken for it."""
    exchanges = fold(http())
    for number in range(1000):
        exchanges.apply(received(b"GET /%d HTTP/1.1\r\n\r\n" % number, at=BASE + number))
        exchanges.apply(ok(at=BASE + number))
    gc.collect()
    assert all(exchanges.of(get(at=BASE + 5000 + number)) is None for number in range(100))


@settings(max_examples=50)
@given(
    st.lists(
        st.one_of(
            st.builds(http, st.integers(1, 2)),
            st.builds(Identified, st.just(BASE), st.integers(1, 2), st.sampled_from(["raw", "http"])),
            st.builds(received, st.binary(max_size=30), st.integers(1, 2)),
            st.builds(
                sent, st.one_of(st.binary(max_size=30), st.just(CHUNKED), st.just(HEAD % 200)), st.integers(1, 2)
            ),
            st.builds(closed, st.integers(1, 2)),
            st.builds(Skipped, st.just(BASE), st.integers(0, 3), st.just(0)),
        )
    )
)
def test_any_events_in_any_order(events: list[AnyEvent]) -> None:
    """Nothing raises, and what waits is counted."""
    exchanges = fold(*events)
    for number in (1, 2):
        assert (exchanges.oldest(number) is None) == (exchanges.count(number) == 0)
    for event in events:
        if isinstance(event, Received | Sent):
            exchanges.of(event)
