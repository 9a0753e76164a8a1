"""The filter language."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuiserver.core.filters import Field, FilterError, parse


class Thing(NamedTuple):
    """Something to be filtered."""

    id: int = 12
    peer: str = "10.0.0.7:40112"
    bytes_in: int = 1_200_000
    idle: float | None = 400.0
    words: str = "PING lab-3"


FIELDS: dict[str, Field[Thing]] = {
    "id": Field("number", lambda thing: thing.id),
    "peer": Field("text", lambda thing: thing.peer),
    "in": Field("size", lambda thing: thing.bytes_in),
    "idle": Field("time", lambda thing: thing.idle),
}


THING = Thing()


def matches(text: str, thing: Thing = THING) -> bool:
    """What the filter says of a thing."""
    return parse(text, FIELDS, lambda word: lambda each: word in each.words.lower()).matches(thing)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "ping",
        "PING lab",
        '"ping LAB"',
        "id:12",
        "id:#12",
        "id:3,12",
        "id=12",
        "id>11 id<13 id>=12 id<=12",
        "peer:10.0.",
        "PEER:10.0.",
        "peer:192.,10.",
        "peer=10.0.0.7:40112",
        "in>1M",
        "in>1.1m in<2M",
        "in:1.2M",
        "idle>5m",
        "idle>6m30s idle<1h",
        "idle:400",
        "-pong",
        "!pong",
        "-id:13",
        '-"lab ping"',
        "-in<1M",
    ],
)
def test_a_filter_that_holds(text: str) -> None:
    """Words, fields, sizes and times, quotes and turning round: all conditions hold for this one."""
    assert matches(text)


@pytest.mark.parametrize(
    "text",
    [
        "pong",
        "ping pong",
        "id:1",
        "id:13",
        "peer:11.0",
        "peer=10.0.0.7",
        "in<1M",
        "idle<5m",
        "-ping",
        "!id:12",
        "in:1M",
    ],
)
def test_a_filter_that_does_not_hold(text: str) -> None:
    """One condition that fails is enough."""
    assert not matches(text)


def test_what_a_thing_does_not_have_matches_nothing() -> None:
    """A closed connection is not idle for any time; turned round, it is among the rest."""
    closed = Thing(idle=None)
    assert not matches("idle>0s", closed)
    assert not matches("idle<1h", closed)
    assert not matches("idle:5", closed)
    assert matches("-idle>0s", closed)


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("siz>1", 0, 'no field "siz": there are id peer in idle; in "quotes" it is a word'),
        ("ping idle>5x", 10, 'idle takes a time such as 30s, 5m or 1h30m, not "5x"'),
        ("in>abc", 3, 'in takes a number of bytes such as 10k or 1.5M, not "abc"'),
        ("id:x", 3, 'id takes a number such as 12, not "x"'),
        ("peer>3", 4, "peer is a text: write peer:3"),
        ("in>1,2", 3, "in> takes one size: write in>1"),
        ("in>", 3, "in> needs something behind it"),
        ('ping "lab', 5, 'a " has no end'),
        ("ping -", 5, '"-" turns nothing round: write -word'),
    ],
)
def test_what_is_no_filter_is_refused_with_its_place(text: str, position: int, words: str) -> None:
    """The place can be marked, and the words say what would be right."""
    with pytest.raises(FilterError) as refused:
        matches(text)
    assert (refused.value.position, str(refused.value)) == (position, words)


def test_an_address_is_a_word() -> None:
    """What looks like a field but is an address, or stands in quotes, is looked for as it is."""
    thing = Thing(words='tcp://127.0.0.1:9999 op=5 {"a":1}')
    assert matches('tcp://127 127.0.0.1:9999 "op=5" {"a":1}', thing)


def test_the_words_are_told() -> None:
    """Those that have to be there, to be marked where they stand."""
    wanted = parse('PING -pong id:12 "two words"', FIELDS, lambda word: lambda thing: True)
    assert wanted.words == ("PING", "two words")
    assert not parse("", FIELDS, lambda word: lambda thing: True)


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    """Nothing else happens, and the place is within the text."""
    position = 0
    try:
        matches(text)
    except FilterError as error:
        position = error.position
    assert 0 <= position <= len(text)
