"""The fields by which connections, messages and lines are filtered."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.support.scripted import BASE, connected, received, reset, sent
from tests.support.typed import FILTER_PARTS, typed
from tuiserver.console.models.decoding import Decoding
from tuiserver.console.models.filter_fields import (
    lacking,
    of_client,
    of_line,
    of_message,
    without_errors,
)
from tuiserver.core.events import Ended, Identified, Paused, Skipped, Totals, Traffic
from tuiserver.core.filters import FilterError
from tuiserver.views.roster import Roster

ROSTER = Roster()
for _event in (
    connected(7, BASE, "10.0.0.7:40112"),
    Identified(BASE, 7, "http"),
    received(b"PING \xc3\xa4", 7, BASE + 1),
    Traffic(BASE + 2, (Totals(7, 1_200_000, 9_000, 70, 90, 2_000_000),)),
    connected(8),
    Paused(BASE, 8, "operator"),
    connected(9),
    reset(9, BASE + 5),
    connected(10),
    received(b"ok", 10, BASE + 390),
    sent(b"OK?", 10, BASE + 395),
    Ended(BASE + 395, 10, 60.0),
):
    ROSTER.apply(_event)
ROSTER.name(8, "Lab-3")
NOW = BASE + 400


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", [7, 8, 9, 10]),
        ("ping", [7]),
        ("Ä", [7]),
        ("10.0.0", [7]),
        ("lab", [8]),
        ("name:lab-3", [8]),
        ("state:slow", [7]),
        ("state:paused,slow", [7, 8]),
        ("state:reset reset", [9]),
        ("proto:http", [7]),
        ("local:9999", [7, 8, 9, 10]),
        ("in>1M", [7]),
        ("out<10k", [7, 8, 9, 10]),
        ("size>1.2M", [7]),
        ("queue>1M", [7]),
        ("idle>5m", [7, 8]),
        ("idle<6m39s", [7, 10]),
        ("age<10s", [9]),
        ("id:8", [8]),
        ("#8", [8]),
        ("-state:closed -state:reset", [7, 8, 10]),
        ("state:ended", [10]),
        ("state:silent", [7, 8]),
        ("state=silent", [7, 8]),
        ("state=slow,ended", [7, 10]),
        ("state:slow -state:silent", []),
        ("sent>3s", [7, 10]),
    ],
)
def test_connections(text: str, ids: list[int]) -> None:
    """Every field, and words in what a row shows; the age of a closed connection stands still, and it is never idle."""
    matches = of_client(text, lambda: NOW).matches
    assert [client.id for client in ROSTER.clients.values() if matches(client)] == ids


MESSAGES = (
    received(b"GET /Metrics HTTP/1.1\r\n", 7, BASE + 100),
    sent(b"\x00\x01\x0f\xff", 7, BASE + 200, "echo"),
    sent(b"x" * 2000, 8, BASE + 399),
    received("größe".encode(), 12, BASE),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("metrics", [0]),
        ("GRÖSSE", []),
        ("größe", [3]),
        ("size>1k", [2]),
        ("dir:in", [0, 3]),
        ("by:operator", [2]),
        ("hex:000f", []),
        ("hex:010fff", [1]),
        ("id:7", [0, 1]),
        ("peer:10.0. dir:out", [1]),
        ("proto:http", [0, 1]),
        ("name:lab", [2]),
        ("age<1m", [2]),
        ("in>1M", [0, 1]),
    ],
)
def test_messages(text: str, found: list[int]) -> None:
    """The fields of a message, and those of its connection if that is known."""
    matches = of_message(text, ROSTER.clients, lambda: NOW).matches
    assert [number for number, message in enumerate(MESSAGES) if matches(message)] == found
    assert not of_message("dir:in x", ROSTER.clients).matches(Skipped(BASE, 3, 99))


LINES = (
    "2026-11-23 12:04:31.123 info  #12 127.0.0.1:5 connected to tcp://127.0.0.1:9999",
    "2026-11-23 12:04:31.123 error #7 on_message: KeyError",
    "Nov 23 12:04:31 host app[12]: WARNING: disk",
    "    at frame 3",
)


@pytest.mark.parametrize(
    ("text", "found"),
    [("id:12", [0]), ("level:error", [1]), ("level:warn,error", [1, 2]), ("keyerror", [1]), ("size<20", [3])],
)
def test_lines(text: str, found: list[int]) -> None:
    """By connection, level, size and words."""
    matches = of_line(text).matches
    assert [number for number, line in enumerate(LINES) if matches(line)] == found


def test_what_makes_no_sense_somewhere_is_not_there() -> None:
    """A line has no peer, a connection no direction; the error names the fields there are."""
    with pytest.raises(FilterError, match='no field "peer": use id level size'):
        of_line("peer:x")
    with pytest.raises(FilterError, match='no field "dir"'):
        of_client("dir:in")


@pytest.mark.parametrize(
    "line", ["the word ERROR", "a \u212aelvin k", "\u0130stanbul", "plain", "\u00c4rger", "d\u0131e"]
)
@pytest.mark.parametrize("text", ["error", "k", "ist", "die", "\u00e4rger", '"d w"', "-plain", "plain x"])
def test_a_quick_look_misses_nothing(line: str, text: str) -> None:
    """A block with a match is never excluded, whatever its letters: case is ignored beyond ASCII too."""
    wanted = of_line(text)
    if wanted.matches(line):
        assert not lacking(wanted.literals)(f"before\n{line}\nbehind".encode())


@pytest.mark.parametrize("line", ["ERR", "12:00 Critical", "fatal: no", "Alert", "EMERG", "CR\u0130T", "cr\u0131t"])
def test_a_quick_look_for_errors_misses_none(line: str) -> None:
    """A block with a word that makes a line an error is never skipped."""
    assert not without_errors(f"info\n{line}\n".encode())
    assert without_errors(b"info\nnothing of note\n")


@given(typed("id", "peer", "idle", "age", "queue", "hex", "level", "dir", "host", *FILTER_PARTS))
def test_any_filter_can_be_applied(text: str) -> None:
    """What is not refused with a `FilterError` matches or does not, in each kind of pane."""
    clients = ROSTER.clients
    entries = [received(b"\xff\x00 PING", 7), sent(b"", 9), Skipped(BASE, 3, 100)]
    lines = ["", "12:04:28 error  #7 \udcff", "\u0130"]
    try:
        found = of_client(text, lambda: NOW)
        assert {found.matches(client) for client in clients.values()} <= {True, False}
    except FilterError:
        pass
    try:
        of_entries = of_message(text, clients, lambda: NOW)
        assert {of_entries.matches(entry) for entry in entries} <= {True, False}
    except FilterError:
        pass
    try:
        of_lines = of_line(text)
        assert {of_lines.matches(line) for line in lines} <= {True, False}
        assert {lacking(of_lines.literals)(line.encode("utf-8", "replace")) for line in lines} <= {True, False}
    except FilterError:
        pass


def test_fields_of_decoded_messages() -> None:
    """By name or the last part of it, as text, number, note or judgement; a message without the field is searched for the text,
    and so is any other name. Without a decoder there is no such field."""
    messages = [
        received(b'{"temp":21.5,"pos":{"lat":48},"imei":"358901"}'),
        received(b'{"temp":-3,"items":[{"id":1}]}'),
        received(b"imei:3589 as text", 7),
    ]
    decoding = Decoding("json")

    def found(text: str) -> list[int]:
        wanted = of_message(text, {}, decoding=decoding)
        return [index for index, message in enumerate(messages) if wanted.matches(message)]

    assert found("temp>21") == found("temp=21.5") == found("pos.lat:48") == found("LAT>=48") == [0]
    assert found("imei:3589") == [0, 2]
    assert found("imei=358901") == [0]
    assert found("temp<0") == found("temp:-3") == [1]
    assert found("-temp:21.5") == [1, 2]
    assert found("nosuch:1") == []
    assert found('"imei:3589 as"') == [2]
    assert found("pos:object") == [0]
    assert of_message("temp>1", {}, decoding=decoding).costly
    assert not of_message("size>1 text", {}, decoding=decoding).costly
    for text, position in (("temp>x", 5), ("temp>", 5), ("temp:", 5)):
        with pytest.raises(FilterError) as caught:
            of_message(text, {}, decoding=decoding)
        assert caught.value.position == position
    with pytest.raises(FilterError, match='no field "temp"'):
        of_message("temp>1", {}, decoding=Decoding())


def test_a_wrong_checksum_can_be_filtered() -> None:
    """By its judgement."""
    wanted = of_message("checksum:wrong", {}, decoding=Decoding("nmea"))
    assert wanted.matches(received(b"$GPGLL,4807.038,N*01\r\n"))
    assert not wanted.matches(received(b"$GPGLL,4807.038,N*00\r\n"))


def test_fields_are_known_of_what_a_client_looks_like() -> None:
    """With `auto` it has the decoder of that protocol."""
    roster = Roster()
    for event in (connected(1), Identified(BASE, 1, "raw", looks_like="nmea")):
        roster.apply(event)
    wanted = of_message("checksum:wrong", roster.clients, decoding=Decoding("auto", lambda connection: "nmea"))
    assert wanted.matches(received(b"$GPGLL,4807.038,N*01\r\n"))
