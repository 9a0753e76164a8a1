"""A connection as seven layers, and what is the matter with it."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted import BASE, closed, connected, received, sent
from tuiserver.core.events import AnyEvent, Identified, Paused, Totals, Traffic
from tuiserver.views.inspection import QUIET, UNKNOWN, layers_of, looks_like, verdict_of
from tuiserver.views.roster import Client, Roster

CALM = {
    "send_queue": 0,
    "receive_queue": 0,
    "retransmits": 0,
    "lost": 0,
    "send_window": 65_536,
    "send_mss": 1448,
    "unsent": 0,
}


def client_of(*events: AnyEvent) -> Client:
    """Connection 12 after these."""
    roster = Roster()
    for event in (connected(12), *events):
        roster.apply(event)
    return roster.clients[12]


@pytest.mark.parametrize(
    ("events", "facts", "earlier", "words"),
    [
        ([received(b"x", at=BASE + 9)], CALM, {}, "flowing"),
        ([], CALM, {}, "idle"),
        ([], {}, {}, "idle"),
        ([closed(12, "reset by peer")], CALM, {}, "closed: reset by peer"),
        ([Paused(BASE, 12, "operator")], {**CALM, "lost": 3}, {}, "paused by operator: it is not read"),
        ([], {**CALM, "lost": 1}, {}, "loss on the way"),
        ([], {**CALM, "retransmits": 5}, CALM, "loss on the way: 5 sent again"),
        ([], {**CALM, "retransmits": 5}, {**CALM, "retransmits": 5}, "idle"),
        ([], {**CALM, "retransmits": 5}, {}, "idle"),
        ([], {**CALM, "unsent": 10, "send_window": 0, "receive_queue": 3}, {}, "peer not reading"),
        ([Traffic(BASE, (Totals(12, 0, 0, 0, 0, 99),))], {}, {}, "peer not reading"),
        ([], {**CALM, "send_queue": 99, "not_sent": 99, "send_window": 0}, {}, "peer not reading"),
        ([], {**CALM, "receive_queue": 3}, {}, "waiting for us"),
        ([], {**CALM, "pending_requests": 1}, {}, "waiting for us"),
        ([], {**CALM, "send_queue": 3, "unacknowledged": 1}, {}, "on the way: not acknowledged yet"),
    ],
)
def test_the_verdict_is_the_first_that_holds(
    events: list[AnyEvent], facts: dict[str, int], earlier: dict[str, int], words: str
) -> None:
    """What ends it, who stopped it, the way, the peer, us; and last whether anything moves at all."""
    assert verdict_of(client_of(*events), facts, earlier, BASE + 10).words == words


def test_it_is_idle_after_some_seconds() -> None:
    """Not before."""
    client = client_of(received(b"x", at=BASE))
    assert verdict_of(client, CALM, {}, BASE + QUIET - 0.1).words == "flowing"
    assert verdict_of(client, CALM, {}, BASE + QUIET).words == "idle"


def test_where_nothing_was_said_nothing_flows() -> None:
    """From the first moment on."""
    assert verdict_of(client_of(), CALM, {}, BASE).words == "idle"


def test_seven_layers_say_what_is_known() -> None:
    """Each from its sources, top down."""
    client = client_of(Identified(BASE, 12, "http"), received(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", at=BASE + 1))
    client.name = "lab-3"
    facts = {
        **CALM,
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
        "mid_message": 0,
    }
    said = {layer.number: "  ".join(layer.items) for layer in layers_of(client, facts, BASE + 61)}
    assert list(said) == [7, 6, 5, 4, 3, 2, 1]
    assert said[7] == "http  requests 1, answers 0  1 without an answer  last received: GET /metrics HTTP/1.1"
    assert said[6] == "no TLS  looks like ASCII text"
    assert said[5] == '#12 "lab-3"  open  since 1 min 1 s  idle 1 min 0 s  next: we answer  keep-alive off'
    assert said[4].startswith("ports 51234 to 9999  TCP established  rtt 0.040 ms +- 0.020 ms  sent again 0  lost 0")
    assert said[4].endswith(f"{UNKNOWN}: unacknowledged, we take")
    assert said[3] == "IPv4  127.0.0.1 to 127.0.0.1  path MTU 65,535  TTL of what we send 64"
    assert said[2] == "interface lo  MSS out 1,448  MSS in 536"
    assert said[1] == "no wire: loopback"


def test_what_is_not_known_is_not_guessed() -> None:
    """It says so, layer by layer."""
    said = {layer.number: "  ".join(layer.items) for layer in layers_of(client_of(), {}, BASE + 1)}
    for number in (5, 4, 3, 2, 1):
        assert UNKNOWN in said[number]
    assert said[1] == f"{UNKNOWN}: link, speed"
    assert said[7] == "not told yet  messages in 0, out 0  nothing said yet"
    wire = layers_of(client_of(), {"link": "up", "link_speed": 10_000}, BASE)[-1]
    assert wire.items == ("link up", "speed 10,000 Mbit/s")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"PING\r\n", "ASCII text"),
        ("größe".encode(), "UTF-8 text"),
        ("größe".encode()[:-1] + b"\xc3", "UTF-8 text"),
        (b'{"op": 1}\n', "JSON"),
        (b'{"op": "a long message that was cut', "JSON, or its beginning"),
        (b"[bold]x", "UTF-8 text"),
        (b"\x00\x01\xff", "binary"),
        (b"\xff\xfe\x00\x01\x02\x03", "binary"),
        (gzip.compress(b"x", mtime=0), "gzip"),
        (b"\x16\x03\x01\x02\x00\x01", "a TLS handshake, on a plain port"),
    ],
)
def test_what_bytes_look_like(data: bytes, name: str) -> None:
    """By their first ones, or as text."""
    assert looks_like(data) == name


FACTS = st.dictionaries(
    st.sampled_from(
        [
            *CALM,
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
            "not_sent",
        ]
    ),
    st.one_of(st.integers(0, 1 << 40), st.floats(0, 1e9), st.text(max_size=5)),
)


@given(FACTS, FACTS, st.binary(max_size=40), st.booleans(), st.floats(0, 1e6))
def test_whatever_comes_there_are_seven(facts, earlier, data, gone, later) -> None:  # type: ignore[no-untyped-def]
    """A server may be far away and of another version: no facts break it."""
    client = client_of(received(data), sent(data), *([closed(12)] if gone else []))
    layers = layers_of(client, facts, BASE + later)
    assert [layer.number for layer in layers] == [7, 6, 5, 4, 3, 2, 1]
    assert verdict_of(client, facts, earlier, BASE + later).words
