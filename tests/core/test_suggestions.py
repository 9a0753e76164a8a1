"""Suggestions for misspelt names."""

from __future__ import annotations

from tuiserver.core.suggestions import did_you_mean


def test_the_most_similar_name_is_suggested() -> None:
    """The suggestion is shown as it would be typed; where nothing is similar there is none."""
    assert did_you_mean("them", ["theme", "tail"]) == " (did you mean theme?)"
    assert did_you_mean("them", ["theme"], str.upper) == " (did you mean THEME?)"
    assert did_you_mean("x", ["theme", "tail"]) == ""
