"""The action table."""

from __future__ import annotations

from tuiserver.console.keymap import ABOUT, ACTIONS, BY_NAME, HEADINGS, SHARED, Keys, faults, table


def test_no_default_needs_a_key_that_terminals_do_not_send() -> None:
    """No alt, no ctrl+enter, no ctrl+shift; and closing is not on a plain letter."""
    for action in ACTIONS:
        assert not any("alt" in key or "ctrl+shift" in key or key == "ctrl+enter" for key in action.keys)
    assert all(key.startswith("ctrl+") for key in BY_NAME["close"].keys)


def test_the_table_of_the_program_has_no_faults() -> None:
    """It stays so when each action is given its own default keys."""
    assert list(faults(Keys())) == []
    assert list(faults(Keys({action.name: action.keys for action in ACTIONS if action.run}))) == []
    assert {action.where for action in ACTIONS} <= set(HEADINGS)
    assert set(ABOUT) <= set(HEADINGS)
    assert all(action.name in table(Keys()) for action in ACTIONS)


def test_action_names_and_keys_are_unique() -> None:
    """A name is one action, and a key is one action in one place."""
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)
    for where in {action.where for action in ACTIONS}:
        places = (where, *SHARED.get(where, ()))
        keys = [key for key, _ in Keys().bindings(*places)]
        assert len(keys) == len(set(keys))
    keys = [key for key, _, _ in Keys().app_bindings()]
    assert len(keys) == len(set(keys))
