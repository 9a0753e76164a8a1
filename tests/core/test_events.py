"""Events: plain data that survives JSON."""

from __future__ import annotations

import json

import msgspec
import pytest

from tuiserver.core import events
from tuiserver.core.codes import RefuseCode

EXAMPLES = [
    events.Listening(1.5, "tcp://127.0.0.1:9999"),
    events.Unopened(1.5, "tcp://127.0.0.1:80", "cannot listen on tcp://127.0.0.1:80: permission denied"),
    events.Connected(1.5, 12, "127.0.0.1:51234", "127.0.0.1:9999", "tcp://127.0.0.1:9999", "raw"),
    events.Identified(1.5, 12, "http"),
    events.Received(1.5, 12, b"\x00\xff", 2),
    events.Sent(1.5, 12, b"hi", 2, "operator"),
    events.Traffic(1.5, (events.Totals(12, 1, 2, 3, 4, 5),)),
    events.Paused(1.5, 12, "operator"),
    events.Resumed(1.5, 12),
    events.Ended(1.5, 12, 60.0),
    events.Closed(1.5, 12, "closed by peer", 1, 2, 3, 4, 0),
    events.Noted(1.5, "warning", "watch out", 12, "detail"),
    events.Inspected(1.5, 12, {"rtt": 0.5, "state": "established", "unsent": 3}),
    events.Skipped(1.5, 3, 400),
    events.Refused(1.5, 7, 12, RefuseCode.NOT_OPEN, "#12 is closed"),
    events.Read(1.5, 12, b"\x16\x03"),
    events.Wrote(1.5, 12, b"\x15\x03"),
]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda e: type(e).__name__)
def test_an_event_survives_json(event):
    """Written and read again, an event is equal; its JSON is one line with its name and time."""
    line = events.encode(event)
    assert b"\n" not in line
    assert json.loads(line)["event"] == type(event).__name__.lower()
    assert json.loads(line)["at"] == 1.5
    assert events.decode(line) == event


def test_the_contract_of_received():
    """Scripts depend on these names, this order, and base64."""
    assert events.encode(EXAMPLES[4]) == b'{"event":"received","at":1.5,"id":12,"data":"AP8=","size":2}'


def test_events_do_not_change():
    """An event cannot be altered."""
    with pytest.raises(AttributeError):
        EXAMPLES[0].address = "elsewhere"


def test_every_event_is_decoded():
    """`decode` knows every kind of event."""
    kinds = set(events.Event.__subclasses__())
    assert kinds == {type(example) for example in EXAMPLES}
    with pytest.raises(msgspec.ValidationError):
        events.decode(b'{"event":"invented","at":1}')
