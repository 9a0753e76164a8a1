"""Whatever text a program or a peer puts into an event, each output escapes it at the last step."""

from __future__ import annotations

import json
import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.serving import connect, serving
from tuiserver.core import events as event_module
from tuiserver.core.events import AnyEvent, Closed, Connected, Noted, Received, Sent, Totals
from tuiserver.outputs.headless import PRINTED_WITH_STDIN, Lines, to_json
from tuiserver.outputs.log_format import LogFormatter
from tuiserver.protocols.base import ProtocolBase, Undelivered
from tuiserver.worker import Worker

HOSTILE = "\x1b]0;x\x07\ud800\udcff\u202e\n[bold]é"
TEXT = st.lists(st.sampled_from(["\x1b[2J", "\ud800", "\udcff", "\n", "\u2028", "\x85", "x", "é"])).map("".join)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    float: st.just(1.5),
    int: st.just(7),
    bool: st.booleans(),
    str: TEXT,
    bytes: st.binary(max_size=9),
    dict[str, int]: st.dictionaries(TEXT, st.just(7)),
    dict[str, float | int | str]: st.dictionaries(TEXT, TEXT),
    tuple[Totals, ...]: st.just((Totals(1, 2, 3, 4, 5, 6),)),
}


def events_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Events of this kind, with hostile text in every field that holds text."""
    hints = typing.get_type_hints(kind, vars(event_module))
    return st.builds(kind, **{name: VALUES[hints[name]] for name in kind.__struct_fields__})


def check_outputs(event: AnyEvent) -> None:
    """A line of the log and one for people are printable; a line of JSON is valid."""
    lines = [*LogFormatter().format([event]), Lines().to_lines([event]).decode()]
    assert all(line.isprintable() for line in "".join(lines).split("\n"))
    found = to_json([event], PRINTED_WITH_STDIN)
    assert found.count(b"\n") == (type(event) in PRINTED_WITH_STDIN)
    if found:
        fields = json.loads(found.decode())
        assert fields["at"] == event.at
        assert fields.get("id") == getattr(event, "id", None)


@pytest.mark.parametrize("kind", typing.get_args(AnyEvent), ids=lambda kind: kind.__name__)
def test_no_output_is_garbled(kind: type[Any]) -> None:
    """By no kind of event, whichever of its fields holds what."""

    @given(events_of(kind))
    def check(event: AnyEvent) -> None:
        check_outputs(event)

    check()


class Hostile(ProtocolBase):
    """A protocol that puts hostile text wherever a protocol can."""

    name = HOSTILE
    nouns = (HOSTILE, HOSTILE)

    def receive(self, data: bytes) -> tuple[bytes, ...]:
        self.undelivered = (Undelivered(b"x", HOSTILE, HOSTILE),)
        self.needs_service = True
        return (data,)


def test_what_a_program_names_is_escaped() -> None:
    """The sender of a message, a note, a reason and its code, an error, a protocol, its nouns, kinds and codes."""
    worker: Worker[bytes] = Worker("127.0.0.1:0", protocol=Hostile)

    def on_message(connection: Any, message: bytes) -> None:
        connection.send(b"1", HOSTILE)
        connection.send(b"2", 5)
        worker.note("warning", HOSTILE, connection.id, HOSTILE)
        connection.close(HOSTILE, HOSTILE)
        raise ValueError(HOSTILE)

    worker.on_message = on_message
    with serving(worker) as sink, connect(worker) as client:
        client.sendall(b"x")
        client.shutdown(1)
        sink.wait_for(Closed)
    for event in sink.events:
        check_outputs(event)
    senders = [event.by for event in sink.of(Sent)]
    assert len(senders) == 2
    assert senders[1] == "5"
    for kind in (Connected, Received, Noted):
        assert sink.of(kind)
