"""The scroll bar of a pane, by the lines under the mouse."""

from __future__ import annotations

from tuiserver.console.models.scrolling import LineScroll
from tuiserver.console.panes.scroll_bar import ScrollBar


def test_the_thumb_is_dragged() -> None:
    """Where it was taken it stays under the pointer; a click beside it brings its middle there."""
    scroll = LineScroll()
    scroll.height, scroll.total = 10, 40
    bar = ScrollBar(scroll)
    bar.fit(2, 12)
    assert bar.thumb == range(2, 4)
    assert [line for line in range(14) if bar.covers(line)] == [*range(2, 12)]
    bar.take(3)
    assert not bar.drag(3)
    assert bar.drag(11)
    assert scroll.top == 30
    assert bar.release()
    assert not bar.release()
    assert not bar.drag(2)
    bar.fit(2, 12)
    bar.take(5)
    assert bar.drag(5)
    assert 5 < scroll.top < 10


def test_without_anything_to_scroll_there_is_no_bar() -> None:
    """It takes its column only where something could scroll, and clicks only where something does."""
    scroll = LineScroll()
    scroll.height, scroll.total = 10, 10
    for bar, width in ((ScrollBar(scroll), 1), (ScrollBar(None), 0)):
        bar.fit(1, 11)
        assert not bar.thumb
        assert not bar.covers(5)
        assert not bar.drag(5)
        assert bar.width == width
