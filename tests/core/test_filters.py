"""The filter language: what matches, what does not, and what is refused with its position."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given

from tests.support.typed import FILTER_PARTS, typed
from tuiserver.core.filters import Field, FilterError, parse


class Item(NamedTuple):
    """Something to filter."""

    id: int = 12
    peer: str = "10.0.0.7:40112"
    bytes_in: int = 1_200_000
    idle: float | None = 400.0
    words: str = "PING lab-3"
    name: str | None = "Boiler Room"


FIELDS: dict[str, Field[Item]] = {
    "id": Field("number", lambda item: item.id),
    "peer": Field("text", lambda item: item.peer),
    "in": Field("size", lambda item: item.bytes_in),
    "idle": Field("time", lambda item: item.idle),
    "name": Field("text", lambda item: item.name),
}


ITEM = Item()


def matches(text: str, item: Item = ITEM) -> bool:
    """Whether the filter matches `item`."""
    return parse(text, FIELDS, lambda word: lambda candidate: word in candidate.words.lower()).matches(item)


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
        "name:BOILER",
        'name="boiler room"',
        "name:cellar,ROOM",
        "in>1M",
        "in>1.1m in<2M",
        "in:1.2M",
        "in:1.25M",
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
def test_a_filter_matches_when_every_term_does(text: str) -> None:
    """Words, fields, sizes, times, quotes and negation all match this item."""
    assert matches(text)


@pytest.mark.parametrize(
    "text",
    [
        "pong",
        "ping pong",
        "id:1",
        "id:13",
        "id>12",
        "id<12",
        "id>=13",
        "id<=11",
        "peer:11.0",
        "peer=10.0.0.7",
        "name:boilers",
        "name=boiler",
        "name:cellar,attic",
        "in:1.3M",
        "idle:500",
        "in<1M",
        "idle<5m",
        "-ping",
        "!id:12",
        "in:1M",
    ],
)
def test_a_filter_does_not_match_when_one_term_does_not(text: str) -> None:
    """One term that does not match is enough."""
    assert not matches(text)


def test_a_missing_value_matches_no_condition() -> None:
    """A closed connection has no idle time, so no condition on it matches; the negated condition does."""
    closed = Item(idle=None)
    assert not matches("idle>0s", closed)
    assert not matches("idle<1h", closed)
    assert not matches("idle:5", closed)
    assert matches("-idle>0s", closed)
    nameless = Item(name=None)
    assert not matches("name:none", nameless)
    assert not matches("name:none,x", nameless)
    assert not matches("name=none", nameless)


def test_a_number_must_match_exactly_but_a_rounded_size_or_time_may_differ() -> None:
    """Sizes and times are shown rounded, so they match within 5 %; numbers such as ids do not."""
    assert not matches("id:1000", Item(id=1001))
    assert matches("in:1000", Item(bytes_in=1050))
    assert not matches("in:1000", Item(bytes_in=1051))
    assert matches("idle:100", Item(idle=95.0))
    assert not matches("idle:100", Item(idle=94.0))


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ('siz:"1"', 0, 'no field "siz": use id peer in idle name, or quote it to search for the text'),
        (f"id:{'9' * 400}", 3, f'id takes a number such as 12, not "{"9" * 400}"'),
        ("siz>1", 0, 'no field "siz": use id peer in idle name, or quote it to search for the text'),
        ("ping idle>5x", 10, 'idle takes a time such as 30s, 5m or 1h30m, not "5x"'),
        ("in>abc", 3, 'in takes a number of bytes such as 10k or 1.5M, not "abc"'),
        ('in>"abc"', 4, 'in takes a number of bytes such as 10k or 1.5M, not "abc"'),
        ("idle:h", 5, 'idle takes a time such as 30s, 5m or 1h30m, not "h"'),
        ("id:x", 3, 'id takes a number such as 12, not "x"'),
        ("peer>3", 4, "peer is text: write peer:3"),
        ("peer>=3", 4, "peer is text: write peer:3"),
        ("in>1,2", 3, "in> takes one size: write in>1"),
        ("in>", 3, "in> needs a value"),
        ('ping "lab', 5, 'missing closing "'),
        ("ping -", 5, 'nothing to negate after "-": write -word'),
        ("ping !", 5, 'nothing to negate after "!": write !word'),
    ],
)
def test_an_invalid_filter_is_refused_with_its_position(text: str, position: int, words: str) -> None:
    """The error has the position of the first invalid character and says what would be valid."""
    with pytest.raises(FilterError) as refused:
        matches(text)
    assert (refused.value.position, str(refused.value)) == (position, words)


def test_an_address_is_a_bare_word() -> None:
    """Text that looks like a field but is an address, or is quoted, is searched for literally."""
    item = Item(words='tcp://127.0.0.1:9999 op=5 {"a":1}')
    assert matches('tcp://127 127.0.0.1:9999 "op=5" {"a":1}', item)


def test_literals_are_known() -> None:
    """A filter knows its text and its bare words that are not negated; an empty filter is false."""
    text = 'PING -pong id:12 "two words"'
    parsed = parse(text, FIELDS, lambda word: lambda item: True)
    assert parsed.text == text
    assert parsed
    assert parsed.literals == ("PING", "two words")
    assert not parse("", FIELDS, lambda word: lambda item: True)


@given(typed(*FIELDS, "host", *FILTER_PARTS))
def test_parsing_raises_nothing_else(text: str) -> None:
    """Any text is a filter or refused with a `FilterError` whose position is within the text."""
    position = 0
    try:
        matches(text)
    except FilterError as error:
        position = error.position
    assert 0 <= position <= len(text)
