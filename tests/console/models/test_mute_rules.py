"""Muted messages: hidden, kept and counted."""

from __future__ import annotations

import pytest

from tests.support.scripted import received, sent
from tuiserver.console.models.filter_fields import message_rule
from tuiserver.console.models.filtered_series import FilteredSeries
from tuiserver.console.models.mute_rules import MuteRules, suggest_rule
from tuiserver.core.events import Skipped
from tuiserver.core.filters import Filter
from tuiserver.views.series import Series


def rules_of(*texts: str) -> MuteRules:
    """Rules with the filters of messages."""
    return MuteRules(texts, lambda text: message_rule(text, {}))


def test_any_rule_hides() -> None:
    """While they are on; a rule that is not a filter hides nothing."""
    mute = rules_of("PING", "size<3", "nosuch:1")
    assert mute.active
    assert mute.hides(received(b"ping\n"))
    assert mute.hides(sent(b"ok"))
    assert not mute.hides(received(b"hello"))
    mute.toggle()
    assert not mute.active
    assert not mute.hides(received(b"ping\n"))
    version = mute.version
    mute.add("hello")
    assert mute.active
    assert mute.version > version
    assert mute.hides(received(b"hello"))
    assert mute.texts == ("PING", "size<3", "nosuch:1", "hello")
    mute.clear()
    assert not mute.active
    fault = mute.check("nosuch:1")
    assert fault is not None
    assert fault.position == 0


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"PING\r\n", "PING"),
        (b'{"type":"heartbeat","ts":1}', "heartbeat"),
        (b"\xc0\x00", "hex=c000"),
        (bytes(20), "hex:0000000000000000"),
        (b"", "hex="),
    ],
)
def test_a_rule_is_suggested(data: bytes, rule: str) -> None:
    """From the words of a message, or its first bytes; it matches that message."""
    assert suggest_rule(received(data)) == rule
    if data:
        assert rules_of(rule).hides(received(data))


def test_hidden_messages_are_counted_while_they_are_kept() -> None:
    """Gaps stay where there is no filter; the last one, which may still grow, comes with the message after it."""
    source = Series()
    source.items += [received(b"PING"), received(b"a"), received(b"PING")]
    source.add_gap(Skipped(0.0, 5, 50))
    series = FilteredSeries(Filter("", ()), rules_of("PING").hides)
    assert not series.update(source)
    assert series.hidden == 2
    assert [getattr(series.get(index), "data", None) for index in range(series.first, series.end)] == [b"a"]
    source.items.append(received(b"b"))
    assert not series.update(source)
    assert [getattr(series.get(index), "data", None) for index in range(series.first, series.end)] == [b"a", None, b"b"]
    source.drop()
    series.update(source)
    assert series.hidden == 1
