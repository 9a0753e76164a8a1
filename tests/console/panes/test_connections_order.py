"""The table of connections: order, filter, columns, names and rates."""

from __future__ import annotations

from tests.support.panes import ConnectionsHost
from tests.support.scripted import ADDRESS, BASE, connected, listening, received
from tuiserver.core.events import Connected, Totals, Traffic


async def test_a_click_sorts_by_a_column() -> None:
    """The title names column and order; O or a second click reverses it; numbers begin with the greatest."""
    app = ConnectionsHost(
        listening(), *(connected(number) for number in (1, 2, 3)), received(b"xx", 2), received(b"x", 3)
    )
    async with app.run_test(size=(100, 24)) as pilot:
        app.feed()
        app.pane.sort_by("peer", reverse=False)
        assert "sort peer ↑" in app.lines()[0]
        await pilot.click(app.pane, offset=(app.lines()[1].index(" IN") + 2, 1))
        assert "sort in ↓" in app.lines()[0]
        assert app.ids() == [2, 3, 1]
        assert app.pane.selected == 3, "the selection belongs to the connection"
        await pilot.click(app.pane, offset=(app.lines()[1].index("↓IN") + 1, 1))
        assert app.ids() == [1, 3, 2]
        assert "↑IN" in app.lines()[1]
        await pilot.press("O")
        assert app.ids() == [2, 3, 1]
        heading = app.pane.lines()[1][0]
        assert [text.strip() for text, style in heading if style == "accent"] == ["↓IN"]


async def test_a_filter_hides_rows_and_says_so() -> None:
    """The title counts what is shown; marking all marks what is shown."""
    app = ConnectionsHost(
        listening(), *(connected(number) for number in (1, 2, 3)), received(b"PING", 2), received(b"PING", 3)
    )
    async with app.run_test(size=(100, 24)) as pilot:
        app.feed()
        assert app.pane.set_filter("ping") is None
        assert app.ids() == [3, 2]
        assert "2 shown  filter ping" in app.lines()[0]
        assert app.pane.filter_count == "2 of 3 shown"
        await pilot.resize_terminal(40, 24)
        await pilot.pause()
        assert "   2 shown  filter ping " in app.lines()[0]
        await pilot.resize_terminal(100, 24)
        await pilot.press("asterisk")
        await pilot.pause()
        assert app.posted[-1] == ("marked", (2, 3))
        app.pane.set_filter("id:9")
        assert app.pane.selected == 0
        assert "0 of 3 shown – filter id:9 – esc clears" in app.lines()[3]


async def test_an_invalid_filter_shows_everything() -> None:
    """The title says so; the empty filter is none."""
    app = ConnectionsHost(listening(), *(connected(number) for number in (1, 2, 3)))
    async with app.run_test(size=(100, 24)):
        app.feed()
        assert str(app.pane.set_filter("nofield:9")).startswith('no field "nofield"')
        assert app.ids() == [3, 2, 1]
        assert "not valid" in app.lines()[0]
        app.pane.set_filter("")
        assert "filter none" in app.lines()[0]


async def test_a_hidden_connection_cannot_be_selected() -> None:
    """One that is shown can."""
    app = ConnectionsHost(listening(), connected(1), connected(2), received(b"PING", 2))
    async with app.run_test(size=(100, 24)):
        app.feed()
        assert app.pane.select(1)
        app.pane.set_filter("ping")
        assert not app.pane.select(1)
        assert app.pane.selected == 2


async def test_a_name_is_shown_next_to_the_peer() -> None:
    """As soon as one connection has a name there is a column for it; in a narrow table it is in front of the peer."""
    app = ConnectionsHost(listening(), connected(1), connected(2))
    async with app.run_test(size=(100, 24)) as pilot:
        app.roster.name(2, "lab-3")
        app.feed()
        assert "NAME" in app.lines()[1]
        assert "127.0.0.1:51224 lab-3  " in app.lines()[2]
        await pilot.resize_terminal(30, 24)
        await pilot.pause()
        assert "lab-3 127.0" in app.lines()[2]
        app.roster.name(2, "")
        app.feed()
        assert "127.0.0.1:51224" in app.lines()[2]


async def test_rates_and_trend_are_recent() -> None:
    """Bytes per second from the totals of two moments; none after a few seconds without totals."""
    app = ConnectionsHost(listening(), connected(1))
    async with app.run_test(size=(160, 24)):
        for second in range(4):
            app.feed(Traffic(BASE + second, (Totals(1, 1000 * second, 0, 1, 0, 0),)), now=BASE + second)
        line = app.lines()[2]
        assert line[app.lines()[1].index("IN/S") - 1 :].split()[0] == "1000"
        assert "█" in line
        app.feed(now=BASE + 9)
        assert app.lines()[2][app.lines()[1].index("IN/S") - 1 :].split()[0] == "-"


async def test_chosen_columns_keep_their_order() -> None:
    """Without a choice there are as many as fit."""
    app = ConnectionsHost(listening(), connected(1))
    async with app.run_test(size=(100, 24)):
        app.feed()
        app.pane.choose_columns(("age", "peer"))
        assert app.lines()[1].split() == ["↓ID", "AGE", "PEER"]
        assert app.pane.columns_seen == ("id", "age", "peer")
        assert app.pane.columns == ("age", "peer")
        app.pane.choose_columns(())
        assert "STATE" in app.lines()[1]


async def test_peers_have_the_width_that_they_need() -> None:
    """In a narrow table a long one is cut in the middle of its host, never in its port; neighbours stay in place."""
    long = "[2001:db8:1111:2222:3333:4444:5555:6666]:51234"
    app = ConnectionsHost(listening(), connected(1), Connected(BASE, 2, long, long, ADDRESS, "websocket"))
    async with app.run_test(size=(160, 24)) as pilot:
        app.feed()
        heading, second, first = app.lines()[1:]
        assert f" {long} silent websoc… " in second
        for name in ("STATE", "PROTO"):
            assert second[heading.index(name) - 1] == first[heading.index(name) - 1] == " "
        await pilot.resize_terminal(84, 24)
        await pilot.pause()
        assert " [2001:d…5:6666]:51234 silent " in app.lines()[2]
        assert len(app.lines()[1].partition(" LAST")[2]) == 16 - 4 + 1


async def test_ages_idle_times_and_order_are_a_second_old_at_most() -> None:
    """In every row, selected or not; between two ticks of the clock only what arrives changes a row."""
    app = ConnectionsHost(listening(), *(connected(number, at=BASE + number / 10) for number in (1, 2, 3)))
    async with app.run_test(size=(80, 24)):
        app.feed(now=BASE + 10.5)
        before = app.lines()
        app.feed(now=BASE + 11.3)
        assert app.lines() == before
        assert all("10s   10s" in line for line in before[2:])
        app.feed(now=BASE + 11.5)
        assert all("11s   11s" in line for line in app.lines()[2:])
        app.pane.sort_by("idle", reverse=True)
        app.feed(received(b"x", 1, at=BASE + 12), now=BASE + 12.45)
        assert app.ids()[-1] == 1
