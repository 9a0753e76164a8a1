"""A list to choose from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuiserver.console.models.pick_list import Item, PickList


def picks(*texts: str) -> PickList[str]:
    """A list of items that stand for their own text."""
    return PickList([Item(text, "", "colour" if text == "theme" else "", text) for text in texts])


def test_every_typed_word_must_be_contained() -> None:
    """In any case and order, in other words too; items in which a word begins like that come first."""
    made = picks("remark", "to mark", "mark all", "theme", "unmark ALL")
    for typed, found in (
        ("mark", ["mark all", "to mark", "remark", "unmark ALL"]),
        ("all MARK", ["mark all", "unmark ALL"]),
        ("colour", ["theme"]),
        ("x", []),
        ("", ["remark", "to mark", "mark all", "theme", "unmark ALL"]),
    ):
        made.find(typed)
        assert [item.value for item in made.found] == found
    made.find("x")
    assert made.current is None


def test_the_cursor_keeps_its_row_when_items_are_replaced() -> None:
    """And what is typed still narrows them."""
    made = picks("a1", "a2", "b", "a3")
    made.find("a")
    made.move(1)
    made.replace([Item(text, "", "", text) for text in ("a1", "a3")])
    assert made.current is not None
    assert made.current.value == "a3"
    made.replace([])
    assert made.current is None


@given(
    st.integers(0, 30),
    st.integers(-1, 12),
    st.lists(st.tuples(st.sampled_from(["move", "page", "scroll", "start", "end", "resize"]), st.integers(-40, 40))),
)
def test_the_cursor_stays_visible(count: int, height: int, steps: list[tuple[str, int]]) -> None:
    """Whatever moves it; the wheel may scroll it out of sight. The window never shows fewer lines than there are."""
    made = picks(*map(str, range(count)))
    made.resize(height)
    for name, amount in steps:
        match name:
            case "start":
                made.scroll_to_start()
            case "end":
                made.scroll_to_end()
            case _:
                getattr(made, name)(amount)
        assert len(made.visible) == min(made.height, count)
        assert made.extent.stop <= made.extent.total == count
        if name not in ("scroll",):
            assert not count or made.top <= made.row < made.top + made.height
