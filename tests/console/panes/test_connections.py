"""The table of connections: rows, selection, marks and mouse."""

from __future__ import annotations

import pytest

from tests.support.panes import ConnectionsHost
from tests.support.scripted import ADDRESS, BASE, closed, connected, listening, received
from tuiserver.console.panes.connections import ConnectionsPane
from tuiserver.core.codes import CloseCode, LooksLike, PauseCode
from tuiserver.core.events import Closed, Connected, Identified, Listening, Noted, Paused, Totals, Traffic
from tuiserver.views.roster import Client

TRAFFIC = Traffic(BASE + 1, (Totals(9, 1_100_000, 9_800_000, 70, 90, 2_000_000),))


async def test_a_row_has_the_values_of_a_connection() -> None:
    """Marks, id, peer, state, age, idle time, in, out, queue and the last message, each in its column."""
    app = ConnectionsHost(listening(), connected(12), received(b"PING", at=BASE + 4), connected(9), TRAFFIC)
    async with app.run_test(size=(80, 24)) as pilot:
        app.feed()
        await pilot.pause()
        assert [line.rstrip() for line in app.lines()[1:]] == [
            "    ↓ID PEER            STATE    AGE  IDLE    IN   OUT QUEUE LAST",
            "▸ !   9 127.0.0.1:51231 slow     10s    9s  1.1M  9.8M  2.0M",
            "  <  12 127.0.0.1:51234 waits    10s    6s     4     0     - PING",
        ]
        assert app.lines()[0].split() == ["▌1", "CONNECTIONS", "2", "open", "sort", "id", "↓", "filter", "none"]


async def test_a_wide_table_has_more_columns() -> None:
    """Protocol and our own address; every line is as wide as the pane, however narrow that is."""
    app = ConnectionsHost(listening(), connected(12), Identified(BASE, 12, "http"), received(b"x" * 500))
    async with app.run_test(size=(160, 24)) as pilot:
        app.feed()
        heading, row = app.lines()[1:]
        assert row[heading.index("PROTO") :].startswith("http ")
        assert row[heading.index("LOCAL") :].startswith("127.0.0.1:9999 ")
        for width in (120, 80, 60, 40, 20, 5, 1):
            await pilot.resize_terminal(width, 24)
            for _ in range(500):  # the layout follows the new size in a later frame
                if app.pane.size.width == width:
                    break
                await pilot.pause(0.01)
            app.feed()
            assert all(len(app.pane.render_line(y).text) == width for y in range(app.pane.size.height))


async def test_the_selection_belongs_to_the_connection() -> None:
    """It stays there while others come and go; if its connection is removed, the neighbour is selected."""
    app = ConnectionsHost(listening(), connected(1), connected(2), connected(3))
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
    assert app.posted[-2:] == [("selected", 2), ("selected", 1)]


async def test_at_first_the_newest_open_connection_is_selected() -> None:
    """A client that connects after another has gone is selected automatically, until the operator moves the cursor."""
    app = ConnectionsHost(listening(), connected(1))
    async with app.run_test(size=(80, 24)) as pilot:
        app.feed()
        assert app.pane.selected == 1
        app.feed(closed(1), connected(2))
        assert app.pane.selected == 2
        await pilot.press("j", "k")
        app.feed(closed(2), connected(3))
        assert app.pane.selected == 2


async def test_a_row_says_what_a_client_looks_like() -> None:
    """In PROTO, and in LAST until more has come; a client that says nothing waits for us."""
    text = "TLS: ClientHello, SNI a.test"
    app = ConnectionsHost(
        listening(),
        connected(12),
        Identified(BASE, 12, "raw", False, LooksLike.TLS, text),
        received(b"\x16\x03\x01\x01"),
        connected(13),
        Identified(BASE + 3, 13, "", False, LooksLike.SILENT, "waits for us to speak, as clients of MySQL do"),
    )
    async with app.run_test(size=(160, 24)):
        app.feed()
        heading, silent, tls = app.lines()[1:]
        assert tls[heading.index("PROTO") :].startswith("tls? ")
        assert tls[heading.index("LAST") :].startswith(text)
        assert silent[heading.index("PROTO") :].startswith("     ")
        assert silent[heading.index("LAST") :].startswith("waits for us to speak")
        app.feed(received(b"\x17\x03\x03"))
        assert app.lines()[3][heading.index("LAST") :].startswith("\\x17")


async def test_a_filter_does_not_change_the_time() -> None:
    """Ages are those of the clock of the link, also when the table is drawn between two frames."""
    host = ConnectionsHost(connected(12), connected(14))
    async with host.run_test(size=(80, 10)):
        host.feed(now=BASE + 3600)
        host.pane.set_filter("id:12")
        assert [" 1h00m " in line for line in host.lines()[2:]] == [True]


async def test_the_cursor_moves_within_the_rows() -> None:
    """G and g go to the ends, pages and steps in between; Enter opens the selected connection."""
    app = ConnectionsHost(listening(), *(connected(number) for number in range(1, 51)))
    async with app.run_test(size=(80, 12)) as pilot:
        app.feed()
        await pilot.press("G")
        assert app.pane.selected == 1
        assert any(line.startswith("▸") for line in app.lines())
        await pilot.press("g", "pagedown", "up", "down", "down")
        assert app.pane.selected == 50 - 9 - 1, "a page is nine rows: one of ten stays visible"
        await pilot.press("enter")
        await pilot.pause()
        assert app.posted[-1] == ("opened", 40)


async def test_marks_are_posted() -> None:
    """Only open connections are marked; a mark goes when its connection closes."""
    app = ConnectionsHost(listening(), *(connected(number) for number in range(1, 51)), closed(10))
    async with app.run_test(size=(80, 12)) as pilot:
        app.feed()
        await pilot.press("g", "space", "space")
        await pilot.pause()
        assert [ids for name, ids in app.posted if name == "marked"] == [(50,), (49, 50)]
        assert "2 marked" in app.lines()[0]
        app.feed(closed(50))
        await pilot.pause()
        assert app.posted[-1] == ("marked", (49,))
        await pilot.press("asterisk")
        await pilot.pause()
        assert app.posted[-1] == ("marked", tuple(number for number in range(1, 50) if number != 10))
        await pilot.press("U")
        await pilot.pause()
        assert app.posted[-1] == ("marked", ())


async def test_mouse() -> None:
    """A click selects; the wheel scrolls the rows and selects nothing."""
    app = ConnectionsHost(listening(), *(connected(number) for number in range(1, 51)))
    async with app.run_test(size=(80, 12)) as pilot:
        app.feed()
        await pilot.click(ConnectionsPane, offset=(5, 4))
        assert app.pane.selected == 48
        app.pane.scroll_lines(3)
        assert app.ids()[0] == 47
        app.pane.scroll_lines(10_000)
        await pilot.pause()
        assert app.pane.selected == 48
        assert app.posted == [("selected", 50), ("selected", 48)]
        assert app.lines()[-1].split()[0] == "1"


async def test_closed_paused_and_trouble_are_told_without_colour() -> None:
    """By a word or a sign; a closed row has its reason in the place of the last message."""
    app = ConnectionsHost(
        listening(),
        connected(1),
        Closed(BASE + 3, 1, "reset by peer", 12, 0, 1, 0, code=CloseCode.PEER_RESET),
        connected(2),
        Paused(BASE, 2, "operator", code=PauseCode.OPERATOR),
        connected(3),
        Noted(BASE, "error", "on_message: KeyError", 3),
    )
    async with app.run_test(size=(80, 12)):
        app.feed()
        third, second, first = app.lines()[2:]
        assert third.split()[:2] == ["▸", "!"]
        assert "on_message: KeyEr…" in third
        assert "paused" in second
        assert first.split()[0] == "x"
        assert " reset " in first
        assert "reset by peer" in first
        assert "  2 open, 1 closed   sort id" in app.lines()[0]


@pytest.mark.parametrize(
    ("address", "text", "exposed"),
    [
        ("tcp://127.0.0.1:9999", "nc 127.0.0.1 9999", False),
        ("tcp://[::1]:9999", "curl http://[::1]:9999", False),
        ("tcp://0.0.0.0:80", "Anyone who can reach this machine can connect, unless a firewall blocks it", True),
        ("tcp://[::]:80", "Anyone who can reach this machine can connect, unless a firewall blocks it", True),
        ("tcp://10.1.2.3:80", "Anyone who can reach 10.1.2.3 can connect, unless a firewall blocks it", True),
    ],
)
async def test_the_empty_table_says_how_to_connect(address: str, text: str, exposed: bool) -> None:
    """And who can, if not only this machine can."""
    app = ConnectionsHost(Listening(BASE, address))
    async with app.run_test(size=(80, 24)):
        app.feed()
        screen = "\n".join(app.lines())
        assert "No clients yet. Try, in another terminal:" in screen
        assert text in screen
        assert ("firewall" in screen) == exposed


async def test_before_an_address_is_open_there_is_nothing_to_connect_to() -> None:
    """The empty table says so."""
    app = ConnectionsHost()
    async with app.run_test(size=(80, 24)):
        app.feed()
        assert "not listening yet" in app.lines()[2]


async def test_ten_thousand_connections_cost_a_frame_no_more_than_thirty(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, a frame renders only the visible rows."""
    app = ConnectionsHost(listening())
    async with app.run_test(size=(80, 40)) as pilot:
        app.feed(*(Connected(BASE, number, f"10.0.0.1:{number}", "", ADDRESS) for number in range(1, 10_001)))
        await pilot.pause()
        rendered: list[int] = []
        state = Client.state

        def counting(client: Client) -> str:
            rendered.append(client.id)
            return str(state.fget(client))  # type: ignore[attr-defined]

        monkeypatch.setattr(Client, "state", property(counting))
        app.feed(received(b"x", 5000, at=BASE + 10))
        assert 0 < len(rendered) <= 40
        await pilot.press("G")
        assert app.pane.selected == 1
