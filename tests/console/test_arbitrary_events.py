"""Arbitrary bytes and texts, in arbitrary orders of events, through roster, transcript and every pane."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.geometry import Size

from tests.support.console import UNSAFE, in_app
from tests.support.scripted import BASE
from tuiserver.console.dialogs.message_viewer import MessageBody
from tuiserver.console.panes.connections import ConnectionsPane
from tuiserver.console.panes.header import Header
from tuiserver.console.panes.inspector import InspectorPane
from tuiserver.console.panes.log import LogPane
from tuiserver.console.panes.messages import MessagesPane
from tuiserver.console.panes.pane import Pane
from tuiserver.console.text.glyphs import ASCII, UNICODE
from tuiserver.core.characters import columns
from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Ended,
    Identified,
    Inspected,
    Listening,
    Noted,
    Paused,
    Received,
    Resumed,
    Sent,
    Skipped,
    Totals,
    Traffic,
    Unopened,
)
from tuiserver.outputs.tail import LogTail
from tuiserver.views.roster import Roster
from tuiserver.views.transcript import Transcript

AT = st.floats(BASE - 1e6, BASE + 1e6)
ID = st.integers(1, 4)
ODD = ["operator", "buffer full", "10.0.0.1:5", "[bold]x[/]", "\x1b[2J", "漢字", "\ud800"]
WORDS = st.one_of(st.text(max_size=30), st.sampled_from(ODD))
DATA = st.one_of(st.binary(max_size=200), st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
COUNT = st.integers(0, 1 << 50)
EVENTS: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(Listening, AT, WORDS),
    st.builds(Unopened, AT, WORDS, WORDS),
    st.builds(Connected, AT, ID, WORDS, WORDS, WORDS, WORDS),
    st.builds(Identified, AT, ID, WORDS),
    st.builds(
        lambda at, number, data, kind, code: Received(at, number, data, len(data), kind, code if kind else ""),
        AT,
        ID,
        DATA,
        st.sampled_from(["", "unidentified", "refused", "unfinished", "discarded", "[b]\x1b", "\udcff"]),
        WORDS,
    ),
    st.builds(lambda at, number, data, by: Sent(at, number, data, len(data), by), AT, ID, DATA, WORDS),
    st.builds(lambda at, *totals: Traffic(at, (Totals(*totals),)), AT, ID, COUNT, COUNT, COUNT, COUNT, COUNT),
    st.builds(Paused, AT, ID, WORDS, st.one_of(WORDS, st.sampled_from(["operator", "program", "buffer_full"]))),
    st.builds(Resumed, AT, ID),
    st.builds(Ended, AT, ID, AT),
    st.builds(Closed, AT, ID, WORDS, COUNT, COUNT, COUNT, COUNT, COUNT, WORDS),
    st.builds(Noted, AT, st.sampled_from(["info", "warning", "error", "\x1b\ud800"]), WORDS, st.integers(0, 4), WORDS),
    st.builds(
        Inspected,
        AT,
        ID,
        st.dictionaries(
            st.sampled_from(["state", "rtt", "unsent", "held", "link", "interface", "received_noun", "sent_noun"]),
            st.one_of(WORDS, COUNT),
        ),
    ),
    st.builds(Skipped, AT, COUNT, COUNT),
)


def safe(pane: Pane, width: int) -> None:
    """Every line of a pane has no control character, one column per character, and the width of the pane."""
    pane.relayout()
    assert pane.lines()
    for parts, _ in pane.lines():
        line = "".join(text for text, _ in parts)[:width]
        assert not UNSAFE.search(line), (pane, line)
        assert cell_len(line) == columns(line), (pane, line)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(EVENTS, max_size=30),
    st.lists(DATA, max_size=5),
    WORDS,
    st.integers(1, 180),
    st.integers(1, 40),
    st.sampled_from([UNICODE, ASCII]),
)
def test_whatever_comes_the_screen_stays_whole(events, lines, words, width, height, glyphs) -> None:  # type: ignore[no-untyped-def]
    """No exception, no control character, no line of another width, in every view of the messages."""
    roster, transcript = Roster(), Transcript(20_000)
    still = patch.object(Pane, "size", Size(width, height))  # nothing lays them out here
    with tempfile.TemporaryDirectory() as folder, in_app() as app, still:
        app.glyphs = glyphs
        log = Path(folder, "log")
        log.write_bytes(b"\n".join(lines))
        tail = LogTail(log)
        tail.poll()
        connections, header = ConnectionsPane(roster), Header(roster, transcript)
        messages, inspector = MessagesPane(transcript, roster), InspectorPane(roster)
        log_pane = LogPane(tail)
        panes = (connections, header, messages, inspector, log_pane)
        for event in events:
            roster.apply(event)
            transcript.apply(event)
            if isinstance(event, Inspected):
                inspector.show(event.id)
                inspector.take(event)
        roster.name(1, words)
        roster.tick(1.0)
        roster.tick(2.0)
        connections.update(BASE)
        inspector.show(1)
        for show in ("text", "hex", "both"):
            for wrap in (False, True):
                messages.search(words)
                messages.set_form(show, wrap)
                safe(messages, width)
        for pane in panes:
            safe(pane, width)
        for event in events:
            if isinstance(event, Received | Sent):
                body = MessageBody(event)
                safe(body, width)
        log_pane.close()
