"""The settings: named, typed, told of once."""

from __future__ import annotations

import pytest

from tuiserver.settings import BY_FLAG, OPTIONS, Settings

NOT_SETTINGS = {"help", "version"}


def test_a_setting_has_one_option_and_an_option_has_a_setting() -> None:
    """What stands in the table is what can be set; only the addresses have no flag."""
    named = [option.name for option in BY_FLAG.values()]
    assert len(named) == len(set(named))
    assert {*named, "addresses"} == {*Settings.__struct_fields__, *NOT_SETTINGS}


def test_an_option_takes_a_value_where_its_setting_does() -> None:
    """A switch is a bool and starts where its flag changes something; anything else is text."""
    for option in BY_FLAG.values():
        if option.name in NOT_SETTINGS:
            continue
        default = getattr(Settings(), option.name)
        if option.value:
            assert isinstance(default, str), option.name
        else:
            assert default is option.flag.startswith("--no-"), option.name


def test_the_words_of_a_setting_fit_a_line_of_the_help() -> None:
    """The help is read in a terminal of 80 columns, or of 100 at worst."""
    for options in OPTIONS.values():
        for option in options:
            assert 0 < len(option.text) <= 80, option.name
            assert not option.text.endswith(".")


def test_settings_do_not_change() -> None:
    """Whoever holds them sees what was set."""
    with pytest.raises(AttributeError):
        Settings().theme = "other"  # type: ignore[misc]
