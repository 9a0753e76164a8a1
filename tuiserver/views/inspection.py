"""A connection as the seven layers of the network, and what is the matter with it, in words.

    layers = layers_of(client, facts, now)              # seven, from the application down to the wire
    verdict_of(client, facts, earlier, now)             # `waiting for us`, `peer not reading`, `loss on the way` …

Rules of this file:
- Pure: what is known comes in (`facts.py`, `roster.py`), words go out. What is not known is `not available`, never a guess.
- A verdict is the first that holds of those in `verdict_of`, from what ends a connection to what merely slows it down.
- Words may hold a stranger's text: whoever shows them escapes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from tuiserver.core.numbers import duration_words, milliseconds
from tuiserver.views.roster import Client

SocketInfo = Mapping[str, float | int | str]

UNKNOWN = "not available"
QUIET = 5.0
"""Seconds without a message after which a connection is idle."""


class Layer(NamedTuple):
    """One layer: its number in the model, its name, and what there is to say, item by item."""

    number: int
    name: str
    items: tuple[str, ...]


class Verdict(NamedTuple):
    """What is the matter: words, and how grave: `good`, `plain`, `warning` or `error`."""

    words: str
    style: str


def verdict_of(client: Client, facts: SocketInfo, earlier: SocketInfo, now: float) -> Verdict:
    """What is the matter with a connection; `earlier` are the facts of some seconds ago, none at first."""
    if not client.open:
        return Verdict(f"closed: {client.reason}", "plain")
    if client.paused in ("operator", "program"):
        return Verdict(f"paused by {client.paused}: it is not read", "warning")
    lost, again = _number(facts, "lost"), _number(facts, "retransmits") - _number(earlier, "retransmits")
    if lost or (earlier and again > 0):
        return Verdict(f"loss on the way{f': {again:.0f} sent again' if earlier and again > 0 else ''}", "error")
    queued = _number(facts, "unsent") or client.queued
    sending = _number(facts, "send_queue")
    window = facts.get("send_window")
    closed_window = window is not None and _number(facts, "send_window") < max(1.0, _number(facts, "send_mss"))
    if queued or (sending and closed_window and _number(facts, "not_sent")):
        return Verdict("peer not reading", "error")
    if _number(facts, "receive_queue") or _number(facts, "pending_requests"):
        return Verdict("waiting for us", "warning")
    if sending and _number(facts, "unacknowledged"):
        return Verdict("on the way: not acknowledged yet", "plain")
    if now - client.active >= QUIET or not (client.messages_in or client.messages_out):
        return Verdict("idle", "plain")
    return Verdict("flowing", "good")


def layers_of(client: Client, facts: SocketInfo, now: float) -> tuple[Layer, ...]:
    """The seven layers, the application first."""
    return (
        Layer(7, "application", _application(client, facts)),
        Layer(6, "presentation", _presentation(client)),
        Layer(5, "session", _session(client, facts, now)),
        Layer(4, "transport", _transport(client, facts)),
        Layer(3, "network", _network(client, facts)),
        Layer(2, "data link", _data_link(facts)),
        Layer(1, "physical", _physical(facts)),
    )


def _application(client: Client, facts: SocketInfo) -> tuple[str, ...]:
    last = (
        client.last
        if isinstance(client.last, str)
        else client.last.split(b"\n", 1)[0].rstrip().decode("utf-8", "surrogateescape")
    )
    way = "last sent" if client.last_sent else "last received"
    kinds = ("requests", "answers") if client.protocol == "http" else ("messages in", "out")
    items = [client.protocol or "not told yet"]
    items.append(f"{kinds[0]} {client.messages_in:,}, {kinds[1]} {client.messages_out:,}")
    if facts.get("pending_requests"):
        items.append(f"{facts['pending_requests']} without an answer")
    items.append(f"{way}: {last}" if client.last else "nothing said yet")
    return tuple(items)


def _presentation(client: Client) -> tuple[str, ...]:
    looks = looks_like(client.last) if isinstance(client.last, bytes) and client.last else ""
    return ("no TLS", f"looks like {looks}" if looks else "nothing to look at yet")


def _session(client: Client, facts: SocketInfo, now: float) -> tuple[str, ...]:
    name = f' "{client.name}"' if client.name else ""
    items = [f"#{client.id}{name}", client.state]
    if client.closed_at is not None:
        return (*items, client.reason)
    items += [f"since {duration_words(now - client.since)}", f"idle {duration_words(now - client.active)}"]
    if client.protocol == "http":
        turn = (
            "we answer"
            if _number(facts, "pending_requests")
            else "client goes on"
            if _number(facts, "mid_message")
            else "client asks"
        )
        items.append(f"next: {turn}")
    else:
        items.append("next: either side")
    if "held" in facts:
        items.append(f"not read: {facts['held']}")
    keep_alive = {1: "on", 0: "off"}.get(int(_number(facts, "keepalive", -1)))
    return (*items, *_told(("keep-alive", keep_alive)))


def _transport(client: Client, facts: SocketInfo) -> tuple[str, ...]:
    trip = _milliseconds(facts, "rtt")
    variation = _milliseconds(facts, "rtt_variation")
    return (
        f"ports {client.peer.rpartition(':')[2]} to {client.local.rpartition(':')[2]}",
        *_told(
            ("TCP", _known(facts, "state")),
            ("rtt", f"{trip} +- {variation}" if trip and variation else trip),
            ("sent again", _known(facts, "retransmits")),
            ("lost", _known(facts, "lost")),
            ("unacknowledged", _known(facts, "unacknowledged")),
            ("cwnd", _known(facts, "congestion_window")),
            ("peer takes", _known(facts, "send_window", " B")),
            ("we take", _known(facts, "receive_window", " B")),
            ("send queue", _known(facts, "send_queue", " B")),
            ("receive queue", _known(facts, "receive_queue", " B")),
            ("our buffer", _known(facts, "unsent", " B")),
        ),
    )


def _network(client: Client, facts: SocketInfo) -> tuple[str, ...]:
    family = str(facts.get("family", "IPv6" if client.peer.startswith("[") else "IPv4"))
    hosts = f"{client.peer.rpartition(':')[0]} to {client.local.rpartition(':')[0]}"
    return (
        family,
        hosts,
        *_told(("path MTU", _known(facts, "path_mtu")), ("TTL of what we send", _known(facts, "ttl"))),
    )


def _data_link(facts: SocketInfo) -> tuple[str, ...]:
    return _told(
        ("interface", _known(facts, "interface")),
        ("MSS out", _known(facts, "send_mss")),
        ("MSS in", _known(facts, "receive_mss")),
    )


def _physical(facts: SocketInfo) -> tuple[str, ...]:
    if facts.get("link") == "loopback":
        return ("no wire: loopback",)
    return _told(("link", _known(facts, "link")), ("speed", _known(facts, "link_speed", " Mbit/s")))


def _told(*pairs: tuple[str, str | None]) -> tuple[str, ...]:
    """What is known, item by item; the names of the rest in one."""
    known = tuple(f"{name} {value}" for name, value in pairs if value is not None)
    unknown = [name for name, value in pairs if value is None]
    return (*known, f"{UNKNOWN}: {', '.join(unknown)}") if unknown else known


def looks_like(data: bytes) -> str:
    """What the beginning of a message seems to be: `JSON`, `UTF-8 text`, `gzip`, `binary` …"""
    for magic, name in _MAGIC.items():
        if data.startswith(magic):
            return name
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if error.start < len(data) - 3:  # else it may be cut within a character
            return "binary"
        text = data[: error.start].decode()
    if any(ord(character) < 32 and character not in "\r\n\t" for character in text):
        return "binary"
    if text[:1] in ("{", "["):
        try:
            json.loads(text)
        except ValueError:
            return "JSON, or its beginning" if text.isascii() and '"' in text[:80] else "UTF-8 text"
        return "JSON"
    return "ASCII text" if text.isascii() else "UTF-8 text"


_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x78\x9c": "zlib",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"PK\x03\x04": "zip",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"\x16\x03": "a TLS handshake, on a plain port",
}


def _number(facts: SocketInfo, name: str, otherwise: float = 0.0) -> float:
    value = facts.get(name, otherwise)
    return otherwise if isinstance(value, str) else float(value)


def _known(facts: SocketInfo, name: str, unit: str = "") -> str | None:
    value = facts.get(name)
    return None if value is None else f"{value:,}{unit}" if isinstance(value, int) else str(value)


def _milliseconds(facts: SocketInfo, name: str) -> str | None:
    value = facts.get(name)
    return None if value is None or isinstance(value, str) else milliseconds(float(value))
