"""The inspector on the screen."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.geometry import Size

from tests.support.console import UNSAFE, console, in_app
from tests.support.scripted import (
    BASE,
    ScriptedLink,
    closed,
    connected,
    listening,
    received,
    reset,
    screen_text,
    shows,
    until,
)
from tuiserver.console import operator
from tuiserver.console.panes.inspector import InspectorPane
from tuiserver.core.characters import columns
from tuiserver.core.commands import Inspect
from tuiserver.core.events import Connected, Inspected, Noted
from tuiserver.views.roster import Roster

FACTS = {
    "rtt": 0.02,
    "rtt_variation": 0.001,
    "state": "established",
    "interface": "eth0",
    "link": "up",
    "send_window": 512,
}


def found(number: int = 12, at: float = BASE, **more: float | int | str) -> Inspected:
    """The answer of the server."""
    return Inspected(at, number, {**FACTS, **more})


async def test_wide_it_stands_beside_the_connections() -> None:
    """The selected connection is sampled; what the system does not report is marked as not available."""
    async with console(listening(), connected(12), received(b"PING\r\n"), size=(160, 50)) as (_, link, pilot):
        await until(pilot, lambda: link.asked == [Inspect(12)])
        text = await shows(pilot, "INSPECTOR")
        assert "4 transport" in text
        link.feed(found(send_queue=0))
        text = await shows(pilot, "rtt 20.0 ms ± 1.000 ms")
        assert "interface eth0" in text
        assert "not available: speed" in text
        assert "7 application" in text
        link.feed(
            found(at=BASE + 1, retransmits=1), found(at=BASE + 1.1, retransmits=9), found(at=BASE + 2, retransmits=4)
        )
        await shows(pilot, "packet loss: 4 retransmits")
        assert "Segments are lost and retransmitted" in await shows(pilot, "send buffer 0")
        link.feed(found(number=99, state="other"), reset(12))
        text = await shows(pilot, "closed: reset by peer")
        assert "reset (RST): reset by peer" in text
        assert "send buffer 0" not in text
        link.feed(Inspected(BASE + 9, 12, {"state": "closed", "peer_state": "time wait"}))
        await shows(pilot, "our end CLOSED")
        await shows(pilot, "peer's end TIME_WAIT")


async def test_narrow_it_takes_the_place_of_the_messages() -> None:
    """`i` goes there and takes a sample; a hidden inspector takes none; `2` goes back; arrows scroll."""
    async with console(listening(), connected(12), received(b"PING"), size=(80, 16)) as (app, link, pilot):
        assert link.asked == []
        await pilot.press("i")
        text = await shows(pilot, "send buffer")
        assert "▌5 INSPECTOR" in text
        assert "MESSAGES" not in text
        await until(pilot, lambda: link.asked == [Inspect(12)])
        await pilot.press("end")
        assert "send buffer" not in await shows(pilot, "1 physical")
        await pilot.press("home", "down", "pagedown", "up", "g")
        await shows(pilot, "send buffer")
        await pilot.press("slash")
        await shows(pilot, "there is nothing to filter here")
        await pilot.press("question_mark")
        text = await shows(pilot, "INSPECTOR")
        await pilot.press("escape", "2")
        await until(pilot, lambda: app.focused is app.workspace.messages)
        assert not app.workspace.inspector.display
        await pilot.press("i", "1")
        assert app.workspace.inspector.display, "it stays while one goes through the connections"
        await pilot.press("i", "tab")
        assert app.focused is app.workspace.log


async def test_it_asks_once_a_second_for_the_selected_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """However fast the selection moves; the next tick samples the connection that is selected then."""
    monkeypatch.setattr(operator, "SAMPLE_INTERVAL", 1e9)
    async with console(listening(), *(connected(number) for number in range(1, 6)), size=(160, 50)) as (
        app,
        link,
        pilot,
    ):
        await pilot.press("g", "j", "j", "j")
        await pilot.pause()
        assert link.asked == [], "too soon after the last sample"
        monkeypatch.setattr(operator, "SAMPLE_INTERVAL", 0.0)
        app.tick()
        assert link.asked == [Inspect(2)]
        link.now = BASE + 10
        link.feed(closed(2, at=BASE + 9))
        await until(pilot, lambda: app.roster.closed)
        link.asked.clear()
        app.tick()
        client = app.roster.clients[2]
        assert link.asked == [Inspect(2, client.local, client.peer)], "the system still knows its addresses"
        link.now = BASE + 9 + operator.FORGOTTEN_AFTER
        app.tick()
        assert len(link.asked) == 1, "not any more"


async def test_long_texts_are_wrapped_or_scrolled() -> None:
    """`w` wraps them, the arrows scroll them sideways; of a closed connection too."""
    data = b"0123456789" * 12 + b"end"
    async with console(listening(), connected(12), received(data), size=(80, 30)) as (app, link, pilot):
        await pilot.press("i")
        await shows(pilot, "last received: 0123456789")
        assert "89end" not in screen_text(app)
        await pilot.press("w")
        await shows(pilot, "89end")
        await pilot.press("w", *["right"] * 9)
        await shows(pilot, "89end")
        assert "last received" not in screen_text(app)
        await pilot.press(*["left"] * 9)
        await shows(pilot, "last received: 0123456789")
        link.feed(closed(12, "x" * 90 + "why"))
        await shows(pilot, "closed")
        assert "xwhy" not in screen_text(app)
        await pilot.press("w")
        await shows(pilot, "xwhy")


async def test_without_a_connection_it_says_so() -> None:
    """When it is asked for, and samples nothing; with the first connection it stands beside the others."""
    async with console(listening(), size=(160, 50)) as (_, link, pilot):
        text = await shows(pilot, "No clients yet")
        assert "INSPECTOR" not in text
        assert "MESSAGES" not in text
        await pilot.press("5")
        text = await shows(pilot, "no connection is selected")
        assert "bytes" not in text, "nothing is counted that nobody would get"
        assert " 0a " not in text, "and its line ending is not shown"
        assert isinstance(link, ScriptedLink)
        assert link.asked == []
        link.feed(connected(12))
        text = await shows(pilot, "7 application")
        assert "2 MESSAGES" in text
        assert "5 INSPECTOR" in text


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=20),
    st.binary(max_size=60),
    st.dictionaries(
        st.sampled_from(["state", "interface", "rtt", "held", "ttl", "link"]), st.one_of(st.text(), st.integers())
    ),
    st.integers(1, 100),
)
def test_no_line_carries_a_control_character(words: str, data: bytes, facts: dict[str, str | int], width: int) -> None:
    """Whatever peers, reasons and the kernel of a remote machine report: one cell per character, no control character."""
    roster = Roster()
    for event in (Connected(BASE, 1, words, words, words, words), received(data, 1), Noted(BASE, "error", words, 1)):
        roster.apply(event)
    roster.name(1, words)
    pane = InspectorPane(roster)
    with in_app(), patch.object(InspectorPane, "size", Size(width, 30)):
        pane.show(1)
        pane.take(Inspected(BASE, 1, facts))  # type: ignore[arg-type]
        assert len(pane.lines()) > 5
        for parts, _ in pane.lines():
            line = "".join(text for text, _ in parts)[:width]
            assert not UNSAFE.search(line)
            assert cell_len(line) == columns(line)
