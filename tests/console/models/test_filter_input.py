"""The filter of a pane as it was typed."""

from __future__ import annotations

from tuiserver.console.models.filter_fields import of_line
from tuiserver.console.models.filter_input import FilterInput
from tuiserver.console.text.glyphs import ASCII, UNICODE


def test_a_valid_filter_is_active() -> None:
    """It is named in the title and where nothing matches, with the key that clears it."""
    typed = FilterInput(of_line)
    assert typed.set("level:error a-very-long-word") is None
    assert typed.active
    assert typed.title(20, UNICODE) == [("filter ", "faint"), ("level:error a-very-…", "accent")]
    assert typed.nothing_shown("0 of 3 shown", "F2", ASCII) == (
        "0 of 3 shown - filter level:error a-very-long-word - F2 clears"
    )
    assert typed.nothing_shown("0 of 3 shown", "", ASCII).endswith("word")


def test_an_invalid_filter_hides_nothing() -> None:
    """The text stays, so that it can be corrected; the title shows where it is wrong."""
    typed = FilterInput(of_line)
    typed.set("error")
    fault = typed.set("size>x")
    assert str(fault).startswith("size takes a number")
    assert (typed.text, typed.fault, typed.active) == ("size>x", fault, False)
    assert typed.filter.matches("anything")
    assert typed.title(20, UNICODE)[1:] == [("size>", "plain"), ("x", "error"), (" not valid", "error")]


def test_an_empty_filter_is_none() -> None:
    """It clears the one before, and the title says nothing."""
    typed = FilterInput(of_line)
    typed.set("error")
    typed.set("")
    assert not typed.active
    assert typed.title(20, UNICODE) == []
