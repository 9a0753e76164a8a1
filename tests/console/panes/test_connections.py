"""The table of connections and the header: what a row says, what the selection does, what ten thousand cost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tests.support.console import in_app
from tests.support.scripted import ADDRESS, BASE, closed, connected, listening, received, sent
from tuiserver.console.models.columns import place
from tuiserver.console.panes.connections import ConnectionsPane
from tuiserver.console.panes.header import Header
from tuiserver.core.codes import CloseCode
from tuiserver.core.events import (
    AnyEvent,
    Closed,
    Connected,
    Identified,
    Listening,
    Noted,
    Paused,
    Totals,
    Traffic,
    Unopened,
)
from tuiserver.views.roster import Roster


class Host(App[None]):
    """An app with header and table only, which keeps what they post."""

    def __init__(self, *events: AnyEvent) -> None:
        super().__init__()
        self.roster = Roster()
        self.header = Header(self.roster)
        self.header.styles.height = 1
        self.pane = ConnectionsPane(self.roster)
        self.pane.styles.height = "1fr"
        self.posted: list[tuple[str, object]] = []
        self.feed(*events)

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.pane

    def feed(self, *events: AnyEvent, now: float = BASE + 10) -> None:
        """Apply events and draw."""
        for event in events:
            self.roster.apply(event)
        if self.is_running:
            self.pane.update(now)
            self.header.update(now)

    def lines(self) -> list[str]:
        """The rows of the pane."""
        return ["".join(text for text, _ in parts) for parts, _ in self.pane.lines()]

    def drawn(self) -> list[str]:
        """What is on the screen."""
        return [strip.text for strip in self.screen._compositor.render_strips()]

    def on_connections_pane_selected(self, event: ConnectionsPane.Selected) -> None:
        self.posted.append(("selected", event.id))

    def on_connections_pane_opened(self, event: ConnectionsPane.Opened) -> None:
        self.posted.append(("opened", event.id))

    def on_connections_pane_marked(self, event: ConnectionsPane.Marked) -> None:
        self.posted.append(("marked", event.ids))


TRAFFIC = Traffic(BASE + 1, (Totals(9, 1_100_000, 9_800_000, 70, 90, 2_000_000),))


async def test_what_a_row_says() -> None:
    """Mark, id, peer, state, age, idle, in, out, queue and the last words, each in its place."""
    app = Host(listening(), connected(12), received(b"PING\r\n", at=BASE + 4), connected(9), TRAFFIC)
    async with app.run_test(size=(80, 24)) as pilot:
        app.feed()
        await pilot.pause()
        assert [line.rstrip() for line in app.lines()[1:]] == [
            "     ID PEER                STATE    AGE  IDLE    IN   OUT QUEUE LAST",
            "▸ !   9 127.0.0.1:51231     slow     10s    9s  1.1M  9.8M  2.0M",
            "     12 127.0.0.1:51234     open     10s    6s     6     0     - PING\\r\\n",
        ]
        assert app.lines()[0].split() == ["▌CONNECTIONS", "2", "open", "sort", "id", "↓", "filter", "none"]


async def test_the_columns_go_from_the_right() -> None:
    """The narrower, the fewer; a line is never wider than the pane; wide, protocol and our own address are told."""
    app = Host(listening(), connected(12), Identified(BASE, 12, "http"), received(b"x" * 500))
    async with app.run_test(size=(160, 24)) as pilot:
        app.feed()
        assert "PROTO" in app.lines()[1]
        assert "LOCAL" in app.lines()[1]
        assert "http" in app.lines()[2]
        assert " 127.0.0.1:9999 " in app.lines()[2]
        for width in (120, 80, 60, 40, 20, 5, 1):
            await pilot.resize_terminal(width, 24)
            app.feed()
            assert all(len(line) == width for line in app.drawn())


async def test_what_is_too_long_for_its_column_says_so() -> None:
    """Peer, own address and protocol end with a sign where they are cut, and their neighbours stay in place."""
    long = "[2001:db8:1111:2222:3333:4444:5555:6666]:51234"
    app = Host(listening(), connected(1), Connected(BASE, 2, long, long, ADDRESS, "websocket"))
    async with app.run_test(size=(160, 24)):
        app.feed()
        heading, second, first = app.lines()[1:]
        assert second.count("…") == 3
        for name in ("STATE", "PROTO"):
            assert second[heading.index(name) - 1] == first[heading.index(name) - 1] == " "
        assert second[heading.index("STATE") :].startswith("open ")
        assert second[heading.index("PROTO") :].startswith("webs… ")


async def test_the_selection_belongs_to_the_connection() -> None:
    """It stays on its connection while others come and go; cleared, its neighbour has it."""
    app = Host(listening(), connected(1), connected(2), connected(3))
    async with app.run_test(size=(80, 24)) as pilot:
        app.feed()
        await pilot.press("g", "j")
        await pilot.pause()
        assert app.pane.selected == 2
        app.feed(connected(4), connected(5), closed(3), closed(2))
        assert app.pane.selected == 2
        assert [line.split()[1] for line in app.lines() if line.startswith("▸")] == ["x"]
        app.roster.clear_closed()
        app.feed()
        await pilot.pause()
        assert app.pane.selected == 1
    assert app.posted == [("selected", 3), ("selected", 2), ("selected", 1)] or app.posted[-2:] == [
        ("selected", 2),
        ("selected", 1),
    ]


async def test_until_one_is_chosen_the_newest_open_one_is_selected() -> None:
    """A client that comes after another has gone is selected by itself; once the operator has moved, no more."""
    app = Host(listening(), connected(1))
    async with app.run_test(size=(80, 24)) as pilot:
        app.feed()
        assert app.pane.selected == 1
        app.feed(closed(1), connected(2))
        assert app.pane.selected == 2
        await pilot.press("j", "k")
        app.feed(closed(2), connected(3))
        assert app.pane.selected == 2


async def test_moving_and_marking() -> None:
    """Keys move within the rows; marks are told, of open ones only, and go when one closes."""
    app = Host(listening(), *(connected(number) for number in range(1, 51)), closed(10))
    async with app.run_test(size=(80, 12)) as pilot:
        app.feed()
        await pilot.press("G")
        assert app.pane.selected == 1
        assert any(line.startswith("▸") for line in app.lines())
        await pilot.press("g", "pagedown", "up", "down")
        first = app.pane.selected
        second = first - 1
        await pilot.press("space", "space", "enter")
        await pilot.pause()
        assert ("marked", (first,)) in app.posted
        assert ("marked", (second, first)) in app.posted
        assert app.posted[-1] == ("opened", second - 1)
        assert "2 marked" in app.lines()[0]
        app.feed(closed(first))
        await pilot.pause()
        assert app.posted[-1] == ("marked", (second,))
        await pilot.press("asterisk")
        await pilot.pause()
        assert len(app.posted[-1][1]) == 48
        await pilot.press("U")
        await pilot.pause()
        assert app.posted[-1] == ("marked", ())


async def test_mouse() -> None:
    """A click selects, the wheel scrolls and takes the selection along only where it would leave the screen."""
    app = Host(listening(), *(connected(number) for number in range(1, 51)))
    async with app.run_test(size=(80, 12)) as pilot:
        app.feed()
        await pilot.click(ConnectionsPane, offset=(5, 4))
        assert app.pane.selected == 48
        app.pane.scroll_lines(3)
        assert app.pane.selected == 47
        app.pane.scroll_lines(-3)
        assert app.pane.selected == 47
        app.pane.scroll_lines(10_000)
        assert app.lines()[-1].split()[0] == "1"


async def test_closed_paused_and_troubled() -> None:
    """A closed row says why; a paused one and one in trouble are marked by a word or a sign, not by colour alone."""
    app = Host(
        listening(),
        connected(1),
        Closed(BASE + 3, 1, "reset by peer", 12, 0, 1, 0, code=CloseCode.PEER_RESET),
        connected(2),
        Paused(BASE, 2, "operator"),
        connected(3),
        Noted(BASE, "error", "on_message: KeyError", 3),
    )
    async with app.run_test(size=(80, 12)):
        app.feed()
        third, second, first = app.lines()[2:]
        assert third.split()[0] == "▸"
        assert third.split()[1] == "!"
        assert "on_message: Ke…" in third
        assert "paused" in second
        assert first.split()[0] == "x"
        assert "reset" in first
        assert "reset by peer" in first
        assert "  2 open, 1 closed   sort id" in app.lines()[0]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("tcp://127.0.0.1:9999", "nc 127.0.0.1 9999"),
        ("tcp://[::1]:9999", "curl http://[::1]:9999"),
        ("tcp://0.0.0.0:80", "everybody who can reach this machine"),
        ("tcp://10.1.2.3:80", "firewall"),
    ],
)
async def test_nobody_yet(address, says) -> None:
    """The empty table tells how to come in, and who may, if it is not only this machine."""
    app = Host(Listening(BASE, address))
    async with app.run_test(size=(80, 24)):
        app.feed()
        assert says in "\n".join(app.lines())
        assert ("firewall" in "\n".join(app.lines())) == (address.split("/")[2][0] not in "[" and "127" not in address)


async def test_not_listening_is_said() -> None:
    """Before an address is open, header and table say that it is not."""
    app = Host()
    async with app.run_test(size=(80, 24)):
        app.feed()
        assert "not listening" in app.lines()[2]
        assert "not listening" in app.drawn()[0]


async def test_the_header() -> None:
    """Address, clients, rates and time; where it is narrow, what matters less goes first."""
    app = Host(listening(), connected(1), received(b"x" * 1200, 1), sent(b"y" * 310, 1))
    async with app.run_test(size=(160, 24)) as pilot:
        for second in range(3):
            app.roster.tick(second)
            app.feed(received(b"x" * 1200, 1), now=BASE + 252)
        line = app.drawn()[0]
        assert line.startswith(" tuiserver   tcp 127.0.0.1:9999   1 client")
        assert "1.2k/s" in line
        assert "▁" in line or "█" in line
        assert "4m12s" in line
        assert "accepts" in line
        await pilot.resize_terminal(100, 24)
        app.feed(now=BASE + 252)
        assert "accepts" not in app.drawn()[0]
        assert "4m12s" in app.drawn()[0]
        await pilot.resize_terminal(70, 24)
        app.feed(now=BASE + 252)
        assert "1.2k/s" in app.drawn()[0]
        assert "4m12s" not in app.drawn()[0]


async def test_the_header_names_what_could_not_be_opened() -> None:
    """An address that others do without is named; where it is narrow, that there is one."""
    app = Host(listening(), Unopened(BASE, "tcp://127.0.0.1:80", "cannot listen on tcp://127.0.0.1:80"), connected(1))
    async with app.run_test(size=(160, 24)) as pilot:
        app.feed()
        assert "tcp 127.0.0.1:9999  tcp 127.0.0.1:80 not open   1 client" in app.drawn()[0]
        await pilot.resize_terminal(80, 24)
        app.feed()
        assert "tcp 127.0.0.1:9999  1 not open  1 client" in app.drawn()[0]


async def test_only_changed_lines_are_drawn() -> None:
    """A frame in which nothing changed draws nothing; a message in one row draws that row."""
    app = Host(listening(), *(connected(number) for number in range(1, 21)))
    async with app.run_test(size=(80, 24)) as pilot:
        app.feed()
        await pilot.pause()
        drawn: list[object] = []
        refresh = app.pane.refresh
        app.pane.refresh = lambda *regions, **options: drawn.append(regions) or refresh(*regions, **options)  # type: ignore[assignment]
        app.feed()
        assert drawn == []
        app.feed(received(b"hello", 7, at=BASE + 10))
        assert len(drawn) == 1


async def test_what_looks_the_same_is_one_segment() -> None:
    """Neighbours of one style and blanks are drawn together, the badge apart from its neighbours; the text is as it was."""
    app = Host(listening())
    async with app.run_test(size=(20, 24)):
        parts = [("a", "plain"), ("b", "plain"), (" ", "faint"), ("c", "in"), (" x ", "badge"), (" ", "plain")]
        strip = app.pane.strip(parts, "bar")
        assert [segment.text for segment in strip] == ["ab ", "c", " x ", " " * 13]
        assert strip.cell_length == 20
        assert app.pane.strip([("long enough to be cut", "plain"), ("!", "in")]).text == "long enough to be cu"


async def test_ten_thousand_rows_cost_a_frame_no_more() -> None:
    """However many there are, a frame looks only at the rows that can be seen."""
    app = Host(listening())
    async with app.run_test(size=(80, 40)) as pilot:
        app.feed(*(Connected(BASE, number, f"10.0.0.1:{number}", "", ADDRESS) for number in range(1, 10_001)))
        await pilot.pause()
        looked = 0
        original = app.pane._line

        def counting(*args):
            nonlocal looked
            looked += 1
            return original(*args)

        app.pane._line = counting  # type: ignore[method-assign]
        app.feed(received(b"x", 5000, at=BASE + 10))
        assert looked <= 40
        await pilot.press("G")
        assert app.pane.selected == 1


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=40), st.integers(10, 200))
def test_no_line_carries_a_control_character(data, text, width) -> None:
    """Whatever peers, protocols, messages and reasons say: printable, one column a character, and never too wide."""
    roster = Roster()
    pane = ConnectionsPane(roster)
    for event in (
        Connected(BASE, 1, text, text, text, text),
        received(data, 1),
        connected(2),
        closed(2, text),
        connected(3),
        Noted(BASE, "error", text, 3),
    ):
        roster.apply(event)
    placed = place(width, 3)
    with in_app():
        for number in (1, 2, 3):
            parts, _ = pane._line(number, placed)
            line = "".join(part for part, _ in parts)
            assert line.isprintable()
            assert cell_len(line) == len(line)
            assert len(line.rstrip()) <= width


# -- order, filter, names ----------------------------------------------------------------------------------------------


def ids(app: Host) -> list[int]:
    """The rows, top to bottom."""
    return [int(line[3:8]) for line in app.lines()[2:]]


async def test_o_sorts_by_the_next_column_and_a_heading_by_its_own() -> None:
    """The title says by what and which way; `O`, or a second click, turns it round; what is a number begins at the most."""
    app = Host(listening(), *(connected(number) for number in (1, 2, 3)), received(b"xx", 2), received(b"x", 3))
    async with app.run_test(size=(100, 24)) as pilot:
        app.feed()
        await pilot.press("g", "o")
        assert "sort peer ↑" in app.lines()[0]
        await pilot.click(app.pane, offset=(app.lines()[1].index(" IN") + 2, 1))
        assert "sort in ↓" in app.lines()[0]
        assert ids(app) == [2, 3, 1]
        assert app.pane.selected == 3, "the selection belongs to the connection"
        await pilot.click(app.pane, offset=(app.lines()[1].index(" IN") + 2, 1))
        assert ids(app) == [1, 3, 2]
        await pilot.press("O")
        assert ids(app) == [2, 3, 1]
        heading = app.pane.lines()[1][0]
        assert [text.strip() for text, style in heading if style == "accent"] == ["IN"]


async def test_a_filter_hides_rows_and_says_so() -> None:
    """What matches is shown, with the count; a wrong filter shows everything; marks go to what is shown only."""
    app = Host(listening(), *(connected(number) for number in (1, 2, 3)), received(b"PING", 2), received(b"PING", 3))
    async with app.run_test(size=(100, 24)) as pilot:
        app.feed()
        assert app.pane.set_filter("ping") == ""
        assert ids(app) == [3, 2]
        assert "2 shown  filter ping" in app.lines()[0]
        assert app.pane.filter_count == "2 of 3 shown"
        await pilot.press("asterisk")
        assert app.posted[-1] == ("marked", (2, 3))
        app.pane.set_filter("id:9")
        app.pane.update(BASE + 10)
        assert app.pane.selected == 0
        assert "0 of 3 shown – filter id:9 – esc clears" in app.lines()[3]
        assert app.pane.set_filter("nofield:9").startswith('no field "nofield"')
        assert ids(app) == [3, 2, 1]
        assert "filter not understood" in app.lines()[0]
        app.pane.set_filter("")
        assert "filter none" in app.lines()[0]
        assert app.pane.select(1)
        app.pane.set_filter("ping")
        assert not app.pane.select(1)


async def test_a_name_stands_beside_the_peer() -> None:
    """Once one has a name there is a column for it; where there is no room it stands before the peer."""
    app = Host(listening(), connected(1), connected(2))
    async with app.run_test(size=(100, 24)) as pilot:
        app.roster.name(2, "lab-3")
        app.roster.name(99, "nobody")
        app.feed()
        assert "NAME" in app.lines()[1]
        assert "127.0.0.1:51224        lab-3  " in app.lines()[2]
        await pilot.resize_terminal(30, 24)
        await pilot.pause()
        assert "lab-3 127.0" in app.lines()[2]
        app.roster.name(2, "")
        app.feed()
        assert "127.0.0.1:51224" in app.lines()[2]


async def test_rates_and_trend_are_those_of_late() -> None:
    """Bytes per second from the totals of two moments; nothing once nothing was told for a while."""
    app = Host(listening(), connected(1))
    async with app.run_test(size=(160, 24)):
        for second in range(4):
            app.feed(Traffic(BASE + second, (Totals(1, 1000 * second, 0, 1, 0, 0),)), now=BASE + second)
        line = app.lines()[2]
        assert line[app.lines()[1].index("IN/S") - 1 :].split()[0] == "1000"
        assert "█" in line
        app.feed(now=BASE + 9)
        assert app.lines()[2][app.lines()[1].index("IN/S") - 1 :].split()[0] == "-"


async def test_chosen_columns() -> None:
    """They stand as chosen; none chosen are as many as fit."""
    app = Host(listening(), connected(1))
    async with app.run_test(size=(100, 24)):
        app.feed()
        app.pane.choose_columns(("age", "peer"))
        assert app.lines()[1].split() == ["ID", "AGE", "PEER"]
        assert app.pane.columns_seen == ("id", "age", "peer")
        assert app.pane.columns == ("age", "peer")
        app.pane.choose_columns(())
        assert "STATE" in app.lines()[1]
