"""The tree of fields beside the hexdump."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tuiserver.console.models.field_tree import FieldTree
from tuiserver.core.characters import columns
from tuiserver.decoders.base import Field

DATA = bytes(range(64))
FIELDS = (
    Field("id", 7, 0, 2, "", ""),
    Field("pos", None, 2, 20),
    Field("pos.lat", 48.1, 2, 8, "degrees"),
    Field("pos.lon", 11.5, 10, 8),
    Field("name", "[red]x\x1b\u202e", 30, 10),
    Field("raw", bytes(range(40)), 30, 30),
    Field("crc", 0x3AA0, 62, 2, "3AA0, expected 1B77", "wrong"),
)


def tree_of(width: int = 120, height: int = 10) -> FieldTree:
    """The tree of these fields."""
    tree = FieldTree(FIELDS, DATA)
    tree.resize(width, height)
    return tree


def texts(tree: FieldTree) -> list[str]:
    """Its lines."""
    return ["".join(text for text, _ in line).rstrip() for line in tree.lines()]


def marked(tree: FieldTree) -> list[str]:
    """What is highlighted in the hexdump: bytes, then characters, of each line."""
    return [text for line in tree.lines()[:-1] for text, style in line if style == "badge"]


def test_fields_are_nested_and_judged() -> None:
    """A field within another one is indented and has the last part of its name; what is wrong is so in words."""
    lines = texts(tree_of())
    assert lines[0].startswith("▸ id     7 ")
    assert lines[1].startswith("  pos ")
    assert lines[2].startswith("    lat  48.1  degrees ")
    assert lines[4].startswith(r"  name   [red]x\x1b\u{202e}")
    assert "wrong: 3AA0" in lines[6]
    assert ("0000  ", "faint") in tree_of().lines()[0]
    assert lines[-1].startswith("offset 0 (0x00), 2 bytes  7")


def test_the_bytes_of_the_selected_field_are_marked() -> None:
    """In both columns, over several rows; the last line is about it."""
    tree = tree_of()
    assert marked(tree) == ["00 01", "··"]
    tree.move(3)
    assert marked(tree)[:2] == ["0a 0b 0c 0d 0e 0f", "······"]
    assert texts(tree)[-1] == "offset 10 (0x0a), 8 bytes  11.5"
    tree.scroll_to_end()
    assert texts(tree)[-1] == "offset 62 (0x3e), 2 bytes  15008  wrong: 3AA0, expected 1B77"
    tree.move(99)
    assert tree.row == len(FIELDS) - 1
    tree.scroll_to_start()
    assert tree.row == 0


def test_the_hexdump_follows() -> None:
    """Its first byte is visible, also where there are fewer rows than lines."""
    tree = tree_of(height=3)
    tree.scroll_to_end()
    assert any("3e 3f" in text for text in marked(tree))
    assert tree.top == len(FIELDS) - 2
    tree.move(-1)
    assert marked(tree)
    tree.scroll(-9)
    assert tree.top == 0
    assert tree.row == len(FIELDS) - 2


def test_a_click_selects_a_field() -> None:
    """On its row, or on one of its bytes: the smallest field that has it."""
    tree = tree_of()
    tree.click(4, 2)
    assert tree.selected == FIELDS[2]
    line = texts(tree)[0]
    tree.click(line.index("0b"), 0)
    assert tree.selected == FIELDS[3]
    tree.click(line.index("01 02") + 3, 0)
    assert tree.selected == FIELDS[2]
    tree.click(len(line) - 16, 0)
    assert tree.selected == FIELDS[0]
    tree.click(4, 9)
    assert tree.selected == FIELDS[0]


def test_a_search_goes_through_names_and_values() -> None:
    """Also `name:value`; from the selected field on, then from the first."""
    tree = tree_of()
    assert tree.search("LON")
    assert tree.row == 3
    assert tree.search("id:7")
    assert tree.row == 0
    assert tree.search("expected")
    assert tree.row == 6
    assert not tree.find(1)
    assert not tree.search("none of them")
    assert tree.search("pos")
    assert tree.find(1)
    assert tree.row == 2


@given(
    st.lists(
        st.builds(
            Field,
            st.text(min_size=1),
            st.integers() | st.text() | st.none() | st.binary(),
            st.integers(0, 64),
            st.integers(0, 64),
            st.text(),
        ),
        max_size=20,
    ),
    st.integers(-3, 170),
    st.integers(-3, 12),
    st.lists(st.integers(-9, 9), max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_any_fields_can_be_drawn(fields: list[Field], width: int, height: int, steps: list[int]) -> None:
    """Whatever they are: text without control characters, in the columns that there are beside the hexdump."""
    tree = FieldTree(fields, DATA)
    tree.resize(width, height)
    for step in steps:
        tree.move(step)
        tree.pan(step)
        tree.scroll(step)
        tree.click(step * 9, step)
    lines = texts(tree)
    assert all(line.isprintable() for line in lines)
    if width >= 60:
        assert all(columns(line) <= width for line in lines[:-1])
