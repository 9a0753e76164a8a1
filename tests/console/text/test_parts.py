"""Parts of a line."""

from __future__ import annotations

from tuiserver.console.text.parts import Button, clipped, restyled, shifted, width_of


def test_the_width_is_that_on_the_screen() -> None:
    """Wide characters take two columns, marks none; a button takes those of its parts."""
    assert width_of([("温度", "plain"), Button("sort", [("e\u0301", "plain"), ("ab", "faint")])]) == 7


def test_parts_without_their_first_columns() -> None:
    """A part that is hidden as a whole is left out; of a wide character nothing is left."""
    parts = [("ab", "faint"), ("cdef", "plain"), ("g", "in")]
    assert shifted(parts, 0) == parts
    assert shifted(parts, 3) == [("def", "plain"), ("g", "in")]
    assert shifted(parts, 6) == [("g", "in")]
    assert shifted(parts, 9) == []


def test_parts_that_are_cut() -> None:
    """An ellipsis takes the last column, in the style of what is cut; parts that fit stay."""
    parts = [("ab", "faint"), ("cdef", "plain"), ("g", "in")]
    assert clipped(parts, 7, "…") == parts
    assert clipped(parts, 5, "…") == [("ab", "faint"), ("cd", "plain"), ("…", "plain")]
    assert clipped(parts, 2, "…") == [("a", "faint"), ("…", "faint")]


def test_another_style_within_parts() -> None:
    """Ranges of characters, across the ends of parts."""
    parts = [("abc", "plain"), ("def", "in")]
    assert restyled(parts, [], "badge") == parts
    assert restyled(parts, [(1, 2), (2, 4), (5, 6)], "badge") == [
        *(("a", "plain"), ("b", "badge"), ("c", "badge"), ("d", "badge"), ("e", "in"), ("f", "badge"))
    ]
