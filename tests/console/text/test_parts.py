"""Parts of a line."""

from __future__ import annotations

import pytest

from tuiserver.console.text.parts import highlight


@pytest.mark.parametrize(
    ("text", "match", "found"),
    [
        ("Ping ping", "ping", ["Ping", "ping"]),
        ("aaa", "aa", ["aa"]),
        ("Ping", "", []),
        ("Ping", "pong", []),
        ("İx", "x", []),  # its lower case is longer: positions would not be those of the text
    ],
)
def test_matches_are_highlighted_and_nothing_is_lost(text: str, match: str, found: list[str]) -> None:
    """Upper and lower case are the same; the parts together are the text."""
    parts = highlight(text, match)
    assert [part for part, style in parts if style == "badge"] == found
    assert "".join(part for part, _ in parts) == text
