"""Long rows of the table of connections: scrolled sideways, or the selected one shown whole."""

from __future__ import annotations

import pytest

from tests.support.panes import ConnectionsHost
from tests.support.scripted import BASE, connected, listening, received
from tuiserver.core.events import Connected

PEER = "[2001:db8:85a3::8a2e:370:7334]:51234"
TEXT = b"0123456789" * 12 + b"end"


@pytest.mark.slow
async def test_left_and_right_scroll_last() -> None:
    """As far as there is text; the other columns stay. Where all of it is visible nothing scrolls."""
    app = ConnectionsHost(listening(), connected(1), connected(12), received(b"PING"))
    async with app.run_test(size=(80, 24)) as pilot:
        app.feed()
        await pilot.press("right")
        assert "PING" in app.lines()[2]
        app.feed(received(TEXT))
        assert app.lines()[2].rstrip().endswith("- 01234567890123456…")
        await pilot.press("right")
        assert "- 67890123" in app.lines()[2]
        assert "12 127.0.0.1:51234" in app.lines()[2]
        await pilot.press(*["right"] * 20)
        assert app.lines()[2].rstrip().endswith("- 456789end")
        await pilot.press(*["left"] * 20)
        assert "- 0123456" in app.lines()[2]


async def test_the_selected_row_is_shown_whole() -> None:
    """`w` adds the columns that do not fit and the text of LAST below it; it follows the selection. A click on these lines
    selects the row, one below them the next."""
    app = ConnectionsHost(
        listening(), connected(1), Connected(BASE, 12, PEER, "127.0.0.1:9999", "raw://x"), connected(13)
    )
    async with app.run_test(size=(80, 8)) as pilot:
        app.feed(received(TEXT))
        await pilot.press("j", "w")
        lines = app.lines()
        assert "13 127.0.0.1:51235" in lines[2]
        assert lines[3].startswith("▸")
        assert PEER not in lines[3]
        below = "".join(line.strip() for line in lines[4:7])
        assert f"peer {PEER}" in below
        assert "local 127.0.0.1:9999" in below
        assert TEXT.decode()[:60] in below
        await pilot.click(app.pane, offset=(10, 5))
        assert app.pane.selected == 12
        await pilot.press("k")
        assert "local" in app.lines()[3]
        await pilot.press("w")
        assert app.lines()[3].split()[1] == "12"
        await pilot.press("w")
        await pilot.click(app.pane, offset=(10, 4))
        assert app.pane.selected == 12
