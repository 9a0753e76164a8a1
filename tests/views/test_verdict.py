"""The diagnosis of a connection, and what to do about it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scripted import BASE, received, reset, sent
from tests.views.test_inspection import NORMAL, client_of
from tuiserver.core.codes import CloseCode
from tuiserver.core.events import AnyEvent, Closed, Paused, Totals, Traffic
from tuiserver.views.verdict import CLOSED, IDLE_AFTER, SAYS_CLOSED, verdict_of


@pytest.mark.parametrize(
    ("events", "info", "previous", "text"),
    [
        ([received(b"x", at=BASE + 9.5)], NORMAL, {}, "flowing"),
        ([received(b"x", at=BASE + 8)], NORMAL, {}, "waiting for us"),
        ([], NORMAL, {}, "idle"),
        ([], {}, {}, "idle"),
        ([reset(12)], NORMAL, {}, "closed: reset by peer"),
        ([Paused(BASE, 12, "operator", "operator")], {**NORMAL, "lost": 3}, {}, "paused by operator"),
        ([Paused(BASE, 12, "program", "program")], NORMAL, {}, "paused by program"),
        ([], {**NORMAL, "lost": 1}, {}, "packet loss"),
        ([], {**NORMAL, "retransmits": 5}, NORMAL, "packet loss: 5 retransmits"),
        ([], {**NORMAL, "retransmits": 5, "lost": 1}, {**NORMAL, "retransmits": 2}, "packet loss: 3 retransmits"),
        ([], {**NORMAL, "retransmits": 5}, {**NORMAL, "retransmits": 5}, "idle"),
        ([], {**NORMAL, "send_queue": 99, "bytes_not_sent": 99, "send_window": 1448}, {}, "idle"),
        ([], {**NORMAL, "retransmits": 5}, {}, "idle"),
        ([], {**NORMAL, "unsent": 10, "send_window": 0, "receive_queue": 3}, {}, "peer not reading"),
        ([Traffic(BASE, (Totals(12, 0, 0, 0, 0, 99),))], {}, {}, "peer not reading"),
        ([], {**NORMAL, "send_queue": 99, "bytes_not_sent": 99, "send_window": 0}, {}, "peer not reading"),
        ([], {**NORMAL, "lost": 3, "send_queue": 9, "bytes_not_sent": 9, "send_window": 0}, {}, "peer not reading"),
        ([], {**NORMAL, "receive_queue": 3}, {}, "waiting for us"),
        ([], {**NORMAL, "pending_requests": 1}, {}, "waiting for us"),
        ([], {**NORMAL, "send_queue": 3, "unacknowledged": 1}, {}, "in flight: not acknowledged yet"),
        ([], {**NORMAL, "state": "fin wait 2", "unsent": 10}, {}, "closing"),
    ],
)
def test_the_verdict_is_the_first_that_applies(
    events: list[AnyEvent], info: dict[str, int], previous: dict[str, int], text: str
) -> None:
    """In this order: closed, paused, the network, the peer, us, and whether anything is transferred at all."""
    assert verdict_of(client_of(*events), info, previous, BASE + 10).text == text


@pytest.mark.parametrize(
    ("events", "info", "style"),
    [
        ([reset(12)], NORMAL, "error"),
        ([Paused(BASE, 12, "operator", "operator")], NORMAL, "warning"),
        ([], {**NORMAL, "lost": 1}, "error"),
        ([], {**NORMAL, "retransmits": 1}, "error"),
        ([], {**NORMAL, "unsent": 10}, "error"),
        ([], {**NORMAL, "receive_queue": 3}, "warning"),
        ([], {**NORMAL, "send_queue": 3, "unacknowledged": 1}, "plain"),
        ([], NORMAL, "plain"),
        ([received(b"x", at=BASE + 9.5)], NORMAL, "good"),
        ([received(b"x", at=BASE + 8)], NORMAL, "warning"),
    ],
)
def test_the_style_says_how_serious_a_verdict_is(events: list[AnyEvent], info: dict[str, int], style: str) -> None:
    """Errors are on the network or at the peer; warnings are ours to mend."""
    assert verdict_of(client_of(*events), info, NORMAL, BASE + 10).style == style


@pytest.mark.parametrize(
    ("window", "segment", "text"),
    [(0, 0, "peer not reading"), (1, 0, "idle"), (1447, 1448, "peer not reading"), (1448, 1448, "idle")],
)
def test_a_window_below_one_segment_is_closed(window: int, segment: int, text: str) -> None:
    """Bytes that the kernel cannot send then wait for the peer."""
    info = {"send_queue": 99, "bytes_not_sent": 99, "send_window": window, "send_mss": segment}
    assert verdict_of(client_of(), info, {}, BASE + 10).text == text
    assert verdict_of(client_of(), {**info, "bytes_not_sent": 0}, {}, BASE + 10).text == "idle"


def test_one_retransmit_is_packet_loss() -> None:
    """Between two samples; in a single sample it may be old."""
    info = {**NORMAL, "retransmits": 1}
    assert verdict_of(client_of(), info, NORMAL, BASE).text == "packet loss: 1 retransmits"
    assert verdict_of(client_of(), info, {}, BASE).text == "idle"


def test_a_connection_is_idle_after_some_seconds() -> None:
    """Until then it is flowing."""
    client = client_of(sent(b"x", at=BASE))
    assert verdict_of(client, NORMAL, {}, BASE + IDLE_AFTER - 0.1).text == "flowing"
    assert verdict_of(client, NORMAL, {}, BASE + IDLE_AFTER).text == "idle"


def test_a_connection_without_messages_is_idle() -> None:
    """From the beginning."""
    assert verdict_of(client_of(), NORMAL, {}, BASE).text == "idle"


def test_every_way_to_close_has_a_cause_and_a_remedy() -> None:
    """One sentence for each code; the code of a program has its own words."""
    codes = {value for name, value in vars(CloseCode).items() if name.isupper()}
    assert set(CLOSED) == codes
    for code in (*codes, "mine"):
        verdict = verdict_of(client_of(Closed(BASE, 12, "why", 0, 0, 0, 0, code=code)), {}, {}, BASE)
        assert verdict.text == ("why" if code in SAYS_CLOSED else "closed: why")
        assert verdict.advice.endswith(".")
        assert ". " not in verdict.advice


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*NORMAL, "bytes_not_sent", "unacknowledged", "rtt", "held", "pending_requests", "state"]),
        st.one_of(st.integers(0, 1 << 40), st.sampled_from(["fin wait 1", "send buffer full"])),
    )
)
def test_every_verdict_has_one_sentence(info: dict[str, int | str]) -> None:
    """Whatever the system reports."""
    verdict = verdict_of(client_of(), info, NORMAL, BASE + 10)
    assert verdict.text
    assert verdict.style in ("good", "plain", "warning", "error")
    assert verdict.advice.endswith(".")
    assert ". " not in verdict.advice


def test_the_advice_names_what_waits() -> None:
    """How much, and for whom."""
    info = {**NORMAL, "unsent": 2_000_000, "send_queue": 400_000, "send_window": 0}
    assert "Its window is closed, and 2.4M wait" in verdict_of(client_of(), info, {}, BASE).advice
    assert "It reads more slowly" in verdict_of(client_of(), {**info, "send_window": 60_000}, {}, BASE).advice
    info = {**NORMAL, "receive_queue": 512, "held": "program"}
    assert verdict_of(client_of(), info, {}, BASE).advice == (
        "512 were received and not read, because reading is paused (program)."
    )
    assert "1 request has no answer" in verdict_of(client_of(), {**NORMAL, "pending_requests": 1}, {}, BASE).advice
