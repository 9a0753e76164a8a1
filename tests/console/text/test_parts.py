"""Parts of a line."""

from __future__ import annotations

from tuiserver.console.text.parts import Button, width_of


def test_the_width_is_that_on_the_screen() -> None:
    """Wide characters take two columns, marks none; a button takes those of its parts."""
    assert width_of([("温度", "plain"), Button("sort", [("e\u0301", "plain"), ("ab", "faint")])]) == 7
