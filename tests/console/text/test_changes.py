"""The changed columns of a line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuiserver.console.text.changes import MOVE, changed_spans
from tuiserver.console.text.parts import Line, Part

WIDTH = 12
PARTS = st.lists(st.tuples(st.text("a b", max_size=5), st.sampled_from(["plain", "in"])), max_size=4)


def cells(line: Line) -> list[Part]:
    """The character and the style of each column."""
    found = [(character, style) for text, style in line[0] for character in text]
    return (found + [(" ", "plain")] * WIDTH)[:WIDTH]


@given(PARTS, PARTS)
def test_every_changed_column_is_in_a_span(old: list[Part], new: list[Part]) -> None:
    """Spans are in order and within the line."""
    before, after = (old, "plain"), (new, "plain")
    spans = changed_spans(before, after, WIDTH)
    drawn = [x for start, stop in spans for x in range(start, stop)]
    assert drawn == sorted(set(drawn))
    assert all(0 <= x < WIDTH for x in drawn)
    changed = [x for x, pair in enumerate(zip(cells(before), cells(after), strict=True)) if pair[0] != pair[1]]
    assert not {x for x in changed if cells(before)[x][0] + cells(after)[x][0] != "  "} - set(drawn)


def test_only_changed_characters_are_drawn() -> None:
    """Two clocks next to each other are one span, two that are far apart are two; a background changes all."""
    before = [("peer ", "plain"), ("  9s ", "plain"), ("  8s ", "plain"), ("." * MOVE, "plain"), ("1", "in")]
    after = [("peer ", "plain"), (" 10s ", "plain"), ("  9s ", "plain"), ("." * MOVE, "plain"), ("2", "in")]
    assert changed_spans((before, "plain"), (after, "plain"), 80) == [(6, 13), (15 + MOVE, 16 + MOVE)]
    assert changed_spans((before, "plain"), (after, "plain"), 15 + MOVE) == [(6, 13)]
    assert changed_spans((before, "plain"), (before, "selected"), 80) == [(0, 80)]
    wide = [("\u4f60\u597d", "plain"), ("a", "plain")]
    assert changed_spans((wide, "plain"), ([*wide[:1], ("b", "plain")], "plain"), 80) == [(4, 5)]
    assert changed_spans((wide, "plain"), ([("\u4f60\u4f60", "plain"), wide[1]], "plain"), 80) == [(0, 4)]
