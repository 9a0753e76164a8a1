"""What all panes share: only what changed is drawn, in as few segments as possible."""

from __future__ import annotations

import pytest
from textual.geometry import Region

from tests.support.console import console
from tests.support.panes import ConnectionsHost
from tests.support.scripted import BASE, connected, listening, received, screen_lines, shows, until


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Region]:
    """The regions that a pane asks to draw."""
    from tuiserver.console.panes.connections import ConnectionsPane

    regions: list[Region] = []
    refresh = ConnectionsPane.refresh

    def record(pane: ConnectionsPane, *args: Region, **options: bool) -> ConnectionsPane:
        regions.extend(args)
        return refresh(pane, *args, **options)

    monkeypatch.setattr(ConnectionsPane, "refresh", record)
    return regions


async def test_only_changed_lines_are_drawn(drawn: list[Region]) -> None:
    """A frame without changes draws nothing; a message in one row draws what it changes in that row."""
    app = ConnectionsHost(listening(), *(connected(number) for number in range(1, 21)))
    async with app.run_test(size=(80, 24)) as pilot:
        app.feed()
        await pilot.pause()
        drawn.clear()
        app.feed()
        assert drawn == []
        app.feed(received(b"hello", 7, at=BASE + 10))
        assert {(region.y, region.height) for region in drawn} == {(2 + 13, 1)}
        assert drawn[0].x > 20


async def test_neighbours_of_one_style_are_one_segment() -> None:
    """Blanks join the segment before them, a badge stays apart from its neighbours; the text is cut or padded."""
    app = ConnectionsHost(listening())
    async with app.run_test(size=(20, 24)):
        parts = [("a", "plain"), ("b", "plain"), (" ", "faint"), ("c", "in"), (" x ", "badge"), (" ", "plain")]
        strip = app.pane.strip(parts, "bar")
        assert [segment.text for segment in strip] == ["ab ", "c", " x ", " " * 13]
        assert strip.cell_length == 20
        assert app.pane.strip([("long enough to be cut", "plain"), ("!", "in")]).text == "long enough to be cu"


async def test_the_scroll_bar_shows_what_is_below_the_edge() -> None:
    """It takes the last column, moves with the rows, and leads there when it is clicked or dragged; nothing is selected."""
    app = ConnectionsHost(listening(), *(connected(number) for number in range(1, 101)))
    async with app.run_test(size=(80, 22)) as pilot:

        def bar() -> str:
            return "".join(app.pane.render_line(y).text[79] for y in range(2, 22))

        app.feed()
        await pilot.pause()
        assert bar() == "▐" * 4 + " " * 16
        await pilot.click(app.pane, offset=(79, 21))
        await pilot.pause()
        assert bar() == " " * 16 + "▐" * 4
        assert app.ids()[-1] == 1
        assert app.pane.selected == 100
        await pilot.mouse_down(app.pane, offset=(79, 19))
        await pilot.hover(app.pane, offset=(40, 10))
        assert bar() == " " * 7 + "▐" * 4 + " " * 9
        assert 45 < app.ids()[0] < 75
        await pilot.mouse_up(app.pane, offset=(40, 10))
        await pilot.hover(app.pane, offset=(79, 3))
        assert bar() == " " * 7 + "▐" * 4 + " " * 9, "the thumb was let go"
        assert app.pane.selected == 100


async def test_words_of_a_title_are_buttons() -> None:
    """A click on `filter`, `sort` or `follow` does what its key does, in the pane that was clicked."""
    messages = (received(b"message %d" % number) for number in range(40))
    async with console(listening(), connected(12), *messages) as (app, _, pilot):

        async def click(word: str, line: str) -> None:
            y, text = next((y, text) for y, text in enumerate(screen_lines(app)) if line in text)
            await pilot.click(offset=(text.index(word) + 1, y))

        await pilot.press("2", "up")
        await shows(pilot, "f follows")
        await click("follows", "MESSAGES")
        await until(pilot, lambda: app.workspace.messages.following)
        await click("filter", "CONNECTIONS")
        await shows(pilot, "filter connections")
        await pilot.press(*"zzz", "enter")
        await shows(pilot, "0 shown  filter zzz")
        await click("zzz", "CONNECTIONS")
        await shows(pilot, "0 of 1 shown")
        await pilot.press("escape")
        await click("sort", "CONNECTIONS")
        await shows(pilot, "Sort by")
