"""Describe a connection by the seven layers of the OSI model.

    layers = layers_of(client, info, now, sampled)      # seven, from the application down to the physical layer

Rules of this file:
- Pure. `info` is `Inspected.info`; a value that is missing there is shown as `not available` and never guessed.
- Texts may contain bytes from the peer: the caller escapes them.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from tuiserver.core.charsets import UTF8, Charset
from tuiserver.core.events import finding_text
from tuiserver.core.numbers import duration_words, milliseconds
from tuiserver.views.byte_path import SocketInfo
from tuiserver.views.roster import Client

UNKNOWN = "not available"


class Unavailable(str):
    """An item that names what the system does not tell."""

    __slots__ = ()


class Layer(NamedTuple):
    """One layer: its number in the OSI model, its name, and what is known about it, item by item."""

    number: int
    name: str
    items: tuple[str, ...]


def layers_of(
    client: Client, info: SocketInfo, now: float, charset: Charset = UTF8, sampled: float = 0.0
) -> tuple[Layer, ...]:
    """The seven layers, the application first. `sampled` is the time of `info`: that of a closed connection is old."""
    return (
        Layer(7, "application", _application(client, info, charset)),
        Layer(6, "presentation", _presentation(client)),
        Layer(5, "session", _session(client, info, now)),
        Layer(4, "transport", _transport(client, info, sampled)),
        Layer(3, "network", _network(client, info)),
        Layer(2, "data link", _data_link(info)),
        Layer(1, "physical", _physical(info)),
    )


def _application(client: Client, info: SocketInfo, charset: Charset) -> tuple[str, ...]:
    last = client.last
    if isinstance(last, bytes):
        last = charset.decode(last).split("\n", 1)[0].rstrip()
    direction = "last sent" if client.last_sent else "last received"
    nouns = info.get("received_noun", "messages in"), info.get("sent_noun", "out")
    items = [client.protocol or "not identified yet"]
    if client.looks_like not in ("", client.protocol):
        items.append(finding_text(client.looks_like, client.finding))
    items.append(f"{nouns[0]} {client.messages_in:,}, {nouns[1]} {client.messages_out:,}")
    if client.open and info.get("pending_requests"):
        items.append(f"{info['pending_requests']} unanswered")
    if isinstance(client.last, str):
        direction = "noted"
    items.append(f"{direction}: {last}" if client.last else "no messages yet")
    return tuple(items)


def _presentation(client: Client) -> tuple[str, ...]:
    if isinstance(client.last, str):  # A note has taken the place of the message.
        return ("no TLS",)
    if not client.last:
        return "no TLS", "no data yet"
    if "http" not in (client.protocol, client.looks_like):
        return "no TLS", f"looks like {detect_content(client.last)}"
    _, end, body = client.last.partition(b"\r\n\r\n")
    if body:
        return "no TLS", f"body looks like {detect_content(body)}"
    return "no TLS", "HTTP headers, no body" if end else "HTTP headers"


def _session(client: Client, info: SocketInfo, now: float) -> tuple[str, ...]:
    name = f' "{client.name}"' if client.name else ""
    items = [f"#{client.id}{name}", client.state]
    if client.closed_at is not None:
        code = (f"code {client.close_code}",) if client.close_code else ()
        return (*items, client.reason, *code, f"{client.unsent:,} B unsent")
    items += [f"since {duration_words(now - client.since)}", f"idle {duration_words(now - client.received_at)}"]
    items.append("nothing sent" if client.sent_at is None else f"last sent {duration_words(now - client.sent_at)} ago")
    if client.ended_at is not None:
        items.append(f"peer finished sending {time_of_day(client.ended_at)}")
        items.append(f"closes in {duration_words(client.answer_time_at(now))}")
    else:
        if expected := _expected(info):
            items.append(f"next: {expected}")
        if "held" in info:
            items.append(f"reading paused: {info['held']}")
    keep_alive = {1: "on", 0: "off"}.get(int(_number(info, "keepalive", -1)))
    return (*items, *_list_known(("keep-alive", keep_alive)))


def _expected(info: SocketInfo) -> str:
    """Who is expected to send, and what; empty if either side may."""
    if not info.get("request_response"):
        return ""
    if _number(info, "pending_requests"):
        return "our response"
    return "rest of the request" if _number(info, "mid_message") else "client's request"


def time_of_day(at: float) -> str:
    """The time of day, to the millisecond."""
    try:
        second = int(at)
        return f"{time.strftime('%H:%M:%S', time.localtime(second))}.{int((at - second) * 1000):03d}"
    except (ValueError, OverflowError, OSError):  # a server may send any number
        return f"{at:g}"


def _transport(client: Client, info: SocketInfo, sampled: float) -> tuple[str, ...]:
    rtt = _milliseconds(info, "rtt")
    variation = _milliseconds(info, "rtt_variation")
    return (
        f"ports {client.peer.rpartition(':')[2]} to {client.local.rpartition(':')[2]}",
        *(() if client.open else ("TCP closed", f"last sample {time_of_day(sampled)}:")[: 2 if info else 1]),
        *_list_known(
            ("TCP" if client.open else "state", _known(info, "state")),
            ("rtt", f"{rtt} +- {variation}" if rtt and variation else rtt),
            ("retransmits", _known(info, "retransmits")),
            ("lost", _known(info, "lost")),
            ("unacknowledged", _known(info, "unacknowledged")),
            ("cwnd", _known(info, "congestion_window")),
            ("peer window", _known(info, "send_window", " B")),
            ("our window", _known(info, "receive_window", " B")),
            ("send queue", _known(info, "send_queue", " B")),
            ("receive queue", _known(info, "receive_queue", " B")),
            ("send buffer", _known(info, "unsent", " B")),
        ),
        *((f"peer's end {info['peer_state']}",) if "peer_state" in info else ()),
    )


def _network(client: Client, info: SocketInfo) -> tuple[str, ...]:
    family = str(info.get("family", "IPv6" if client.peer.startswith("[") else "IPv4"))
    hosts = f"{client.peer.rpartition(':')[0]} to {client.local.rpartition(':')[0]}"
    return (
        family,
        hosts,
        *_list_known(("path MTU", _known(info, "path_mtu")), ("TTL (outgoing)", _known(info, "ttl"))),
    )


def _data_link(info: SocketInfo) -> tuple[str, ...]:
    return _list_known(
        ("interface", _known(info, "interface")),
        ("MSS out", _known(info, "send_mss")),
        ("MSS in", _known(info, "receive_mss")),
    )


def _physical(info: SocketInfo) -> tuple[str, ...]:
    if info.get("link") == "loopback":
        return ("loopback, no physical link",)
    return _list_known(("link", _known(info, "link")), ("speed", _known(info, "link_speed", " Mbit/s")))


def _list_known(*pairs: tuple[str, str | None]) -> tuple[str, ...]:
    """One item for each value that is known, and one with the names of the others."""
    known = tuple(f"{name} {value}" for name, value in pairs if value is not None)
    unknown = [name for name, value in pairs if value is None]
    return (*known, Unavailable(f"{UNKNOWN}: {', '.join(unknown)}")) if unknown else known


def detect_content(data: bytes) -> str:
    """What the beginning of a message appears to be: `JSON`, `UTF-8 text`, `gzip`, `binary` …"""
    for magic, name in _MAGIC.items():
        if data.startswith(magic):
            return name
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if error.start < len(data) - 3:  # Otherwise the data may end within a character.
            return "binary"
        text = data[: error.start].decode()
    if any(ord(character) < 32 and character not in "\r\n\t" for character in text):
        return "binary"
    if text[:1] in ("{", "["):
        import json  # not at the top: the start of a console does not wait for it

        try:
            json.loads(text)
        except ValueError:
            return "JSON (truncated)" if text.isascii() and '"' in text[:80] else "UTF-8 text"
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
    b"\x16\x03": "a TLS handshake on a plain-text port",
}


def _number(info: SocketInfo, name: str, default: float = 0.0) -> float:
    value = info.get(name, default)
    return default if isinstance(value, str) else float(value)


def _known(info: SocketInfo, name: str, unit: str = "") -> str | None:
    value = info.get(name)
    return None if value is None else f"{value:,}{unit}" if isinstance(value, int) else str(value)


def _milliseconds(info: SocketInfo, name: str) -> str | None:
    value = info.get(name)
    return None if value is None or isinstance(value, str) else milliseconds(float(value))
