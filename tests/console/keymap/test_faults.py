"""Keys that the operator has chosen, and what is wrong with them."""

from __future__ import annotations

import pytest

from tuiserver.console.keymap import Keys, faults


@pytest.mark.parametrize(
    ("name", "key", "fault"),
    [
        ("zoom", "s", "s runs send already: give send another key, or [] for none"),
        ("sort", "z", "z runs zoom already: give zoom another key, or [] for none"),
        ("jump", "e", "e runs next-error already: give next-error another key, or [] for none"),
        ("up", "n", "n runs name already: give name another key, or [] for none"),
        ("mode", "ctrl+p", "^p runs palette already: give palette another key, or [] for none"),
        ("mode", "ctrl+k", "^k edits in the send bar: give mode another key, such as ctrl+g"),
        ("go", "v", "v is typed in the send bar: give go another key, such as ctrl+g"),
        ("xyzzy", "n", "there is no action xyzzy: see tuiserver keys"),
    ],
)
def test_a_key_means_one_thing_in_one_place(name: str, key: str, fault: str) -> None:
    """A key for two actions, or one that hides another action, is reported."""
    assert list(faults(Keys({name: (key,)}))) == [(name, fault)]


def test_different_places_may_use_the_same_key() -> None:
    """Actions of different panes do not conflict; a key that was taken from an action is free."""
    assert list(faults(Keys({"mark": ("e",), "next-error": ("space",)}))) == []
    assert list(faults(Keys({"zoom": ("q",), "quit": ("z",)}))) == []
    assert list(faults(Keys({"older": ("f5",), "open": ("f5",)}))) == []
