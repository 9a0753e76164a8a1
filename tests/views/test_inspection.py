"""The seven layers of a connection and its diagnosis."""

from __future__ import annotations

import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted import BASE, closed, connected, received, reset, sent
from tuiserver.core.events import AnyEvent, Ended, Identified, Noted
from tuiserver.views.inspection import UNKNOWN, detect_content, layers_of
from tuiserver.views.roster import Client, Roster
from tuiserver.views.verdict import verdict_of

NORMAL = {
    "send_queue": 0,
    "receive_queue": 0,
    "retransmits": 0,
    "lost": 0,
    "send_window": 65_536,
    "send_mss": 1448,
    "unsent": 0,
}


def client_of(*events: AnyEvent) -> Client:
    """Connection 12 after these events."""
    roster = Roster()
    for event in (connected(12), *events):
        roster.apply(event)
    return roster.clients[12]


def test_the_layers_show_what_is_known() -> None:
    """There are seven layers, the application first; a value that is missing is listed as not available."""
    client = client_of(Identified(BASE, 12, "http"), received(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", at=BASE + 1))
    client.name = "lab-3"
    info = {
        **NORMAL,
        "state": "established",
        "rtt": 0.00004,
        "rtt_variation": 0.00002,
        "congestion_window": 10,
        "path_mtu": 65_535,
        "ttl": 64,
        "interface": "lo",
        "link": "loopback",
        "receive_mss": 536,
        "family": "IPv4",
        "keepalive": 0,
        "pending_requests": 1,
        "received_noun": "requests",
        "sent_noun": "responses",
        "request_response": 1,
        "mid_message": 0,
    }
    texts = {layer.number: "  ".join(layer.items) for layer in layers_of(client, info, BASE + 61)}
    assert list(texts) == [7, 6, 5, 4, 3, 2, 1]
    assert texts[7] == "http  requests 1, responses 0  1 unanswered  last received: GET /metrics HTTP/1.1"
    assert texts[6] == "no TLS  HTTP headers, no body"
    assert (
        texts[5]
        == '#12 "lab-3"  open  since 1 min 1 s  idle 1 min 0 s  nothing sent  next: our response  keep-alive off'
    )
    assert texts[4].startswith("ports 51234 to 9999  TCP established  rtt 0.040 ms +- 0.020 ms  retransmits 0  lost 0")
    assert texts[4].endswith(f"{UNKNOWN}: unacknowledged, our window")
    assert texts[3] == "IPv4  127.0.0.1 to 127.0.0.1  path MTU 65,535  TTL (outgoing) 64"
    assert texts[2] == "interface lo  MSS out 1,448  MSS in 536"
    assert texts[1] == "loopback, no physical link"


def test_missing_values_are_not_guessed() -> None:
    """Without any info every lower layer says what is not available."""
    texts = {layer.number: "  ".join(layer.items) for layer in layers_of(client_of(), {}, BASE + 1)}
    for number in (5, 4, 3, 2, 1):
        assert UNKNOWN in texts[number]
    assert texts[1] == f"{UNKNOWN}: link, speed"
    assert texts[7] == "not identified yet  messages in 0, out 0  no messages yet"
    physical = layers_of(client_of(), {"link": "up", "link_speed": 10_000}, BASE)[-1]
    assert physical.items == ("link up", "speed 10,000 Mbit/s")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"PING\r\n", "ASCII text"),
        ("größe".encode(), "UTF-8 text"),
        ("größe".encode()[:-1] + b"\xc3", "UTF-8 text"),
        (b'{"op": 1}\n', "JSON"),
        (b'{"op": "a long message that was cut', "JSON (truncated)"),
        (b"[bold]x", "UTF-8 text"),
        (b"\x00\x01\xff", "binary"),
        (b"\xff\xfe\x00\x01\x02\x03", "binary"),
        (gzip.compress(b"x", mtime=0), "gzip"),
        (b"\x16\x03\x01\x02\x00\x01", "a TLS handshake on a plain-text port"),
    ],
)
def test_content_is_detected(data: bytes, name: str) -> None:
    """Content is detected by its first bytes, or by how it decodes."""
    assert detect_content(data) == name


INFO = st.dictionaries(
    st.sampled_from(
        [
            *NORMAL,
            "rtt",
            "rtt_variation",
            "state",
            "held",
            "pending_requests",
            "mid_message",
            "link",
            "link_speed",
            "keepalive",
            "ttl",
            "bytes_not_sent",
        ]
    ),
    st.one_of(st.integers(0, 1 << 40), st.floats(0, 1e9), st.text(max_size=5)),
)


@given(INFO, INFO, st.binary(max_size=40), st.booleans(), st.floats(0, 1e6))
def test_any_info_is_accepted(
    info: dict[str, float | int | str], previous: dict[str, float | int | str], data: bytes, is_closed: bool, age: float
) -> None:
    """A server may have another version: no info raises an error."""
    client = client_of(received(data), sent(data), *([closed(12)] if is_closed else []))
    layers = layers_of(client, info, BASE + age)
    assert [layer.number for layer in layers] == [7, 6, 5, 4, 3, 2, 1]
    assert verdict_of(client, info, previous, BASE + age).text


@pytest.mark.parametrize(
    ("info", "text"),
    [
        ({"request_response": 1}, "next: client's request"),
        ({"request_response": 1, "mid_message": 1}, "next: rest of the request"),
        ({"request_response": 1, "pending_requests": 2, "mid_message": 1}, "next: our response"),
    ],
)
def test_the_session_knows_who_is_expected_to_send(info: dict[str, int], text: str) -> None:
    """Where each message of the peer gets one answer, requests and responses alternate."""
    assert text in layers_of(client_of(), info, BASE)[2].items
    assert not any(item.startswith("next") for item in layers_of(client_of(), {}, BASE)[2].items), "either may"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b'POST / HTTP/1.1\r\nHost: a\r\n\r\n{"op": 1}', "body looks like JSON"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP headers, no body"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a long one that was", "HTTP headers"),
    ],
)
def test_of_http_the_body_is_detected(data: bytes, text: str) -> None:
    """Its headers are always text."""
    assert layers_of(client_of(Identified(BASE, 12, "http"), received(data)), {}, BASE)[1].items == ("no TLS", text)


def test_the_session_shows_why_reading_is_paused() -> None:
    """The reasons come from the server."""
    items = layers_of(client_of(), {"held": "send buffer full"}, BASE)[2].items
    assert "reading paused: send buffer full" in items


def test_a_closed_session_shows_its_reason() -> None:
    """Instead of its age."""
    items = layers_of(client_of(reset(12)), {}, BASE + 5)[2].items
    assert items[:4] == ("#12", "reset", "reset by peer", "code peer_reset")


def clock(at: float) -> str:
    """The time of day, as the inspector writes it."""
    return f"{time.strftime('%H:%M:%S', time.localtime(int(at)))}.{round(at % 1 * 1000):03d}"


def test_the_last_sample_of_a_closed_connection_is_not_its_present_state() -> None:
    """It is closed; the sample has its time, and what it said about the state is in the past."""
    info = {**NORMAL, "state": "established", "pending_requests": 1}
    layers = layers_of(client_of(closed(12)), info, BASE + 60, sampled=BASE + 2)
    assert layers[3].items[1:4] == ("TCP closed", f"last sample {clock(BASE + 2)}:", "state established")
    assert "1 unanswered" not in layers[0].items
    assert "TCP established" in layers_of(client_of(), info, BASE + 60)[3].items


def test_an_ended_session_shows_the_time_that_is_left() -> None:
    """In the verdict and in the session layer."""
    client = client_of(received(b"x", at=BASE + 1), Ended(BASE + 1, 12, 60.0))
    assert verdict_of(client, NORMAL, {}, BASE + 11)[:2] == ("ended: waiting for our answer for 50 s more", "warning")
    assert layers_of(client, NORMAL, BASE + 11)[2].items[4:7] == (
        *("nothing sent", f"peer finished sending {clock(BASE + 1)}", "closes in 50 s"),
    )
    client = client_of(received(b"x", at=BASE + 1), Ended(BASE + 1, 12, 60.0), sent(b"y", at=BASE + 11))
    assert verdict_of(client, NORMAL, {}, BASE + 11)[:2] == ("ended and answered: closes in 50 s", "plain")


def test_our_last_message_does_not_make_a_silent_peer_less_idle() -> None:
    """Idle is the time since the peer was heard; when we sent last is told apart."""
    items = layers_of(client_of(received(b"x", at=BASE), sent(b"y", at=BASE + 50)), NORMAL, BASE + 60)[2].items
    assert items[3:5] == ("idle 1 min 0 s", "last sent 10 s ago")


def test_a_note_is_not_taken_for_a_message() -> None:
    """It is kept in the place of the latest one."""
    application, presentation, *_ = layers_of(client_of(Noted(BASE, "error", "wrong", 12)), {}, BASE)
    assert "noted: wrong" in application.items
    assert presentation.items == ("no TLS",)
