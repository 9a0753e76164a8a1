"""The settings: named, typed, told of once."""

from __future__ import annotations

import pytest

from tuiserver.limits import Limits
from tuiserver.settings import BY_FLAG, LIMITS, OPTIONS, Settings, read_limit

NOT_SETTINGS = {"help", "version"}


def test_a_setting_has_one_option_and_an_option_has_a_setting() -> None:
    """What stands in the table is what can be set; only the addresses and the keys have no flag."""
    named = [option.name for option in BY_FLAG.values()]
    assert len(named) == len(set(named))
    assert {*named, "addresses", "limits", "keys"} == {
        *Settings.__struct_fields__,
        *NOT_SETTINGS,
        *Limits.__struct_fields__,
    }


def test_an_option_takes_a_value_where_its_setting_does() -> None:
    """A switch is a bool and starts where its flag changes something; anything else is what it is read as."""
    for option in BY_FLAG.values():
        if option.name in NOT_SETTINGS or option.name in LIMITS:
            continue
        default = getattr(Settings(), option.name)
        if option.value:
            kind = {"SIZE": int, "NAMES": tuple}.get(option.value, str)
            assert isinstance(default, kind), option.name
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


@pytest.mark.parametrize(
    ("flag", "text", "number"),
    [
        ("--max-buffer", "500", 500),
        ("--max-buffer", "64k", 65_536),
        ("--max-buffer", "1.5MiB", 1_572_864),
        ("--max-message", "1g", 1 << 30),
        ("--idle-timeout", "0", 0),
        ("--idle-timeout", "0.5", 0.5),
        ("--idle-timeout", "2m", 120),
        ("--max-connections", "40", 40),
    ],
)
def test_limits_are_read(flag: str, text: str, number: float) -> None:
    """Sizes in powers of 1,024, times in seconds, minutes, hours, counts as they are."""
    assert read_limit(BY_FLAG[flag], text) == number


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("--max-buffer", "much"),
        ("--max-buffer", "-1"),
        ("--max-buffer", "1.5"),
        ("--max-buffer", "0"),
        ("--idle-timeout", "5x"),
        ("--max-connections", "1k"),
        ("--max-connections", "0"),
        ("--backlog", "٣"),
    ],
)
def test_limits_that_are_none_are_refused(flag: str, text: str) -> None:
    """The line names the option, what was written, and what would be right."""
    with pytest.raises(ValueError, match=f"{flag} {text} .*: write "):
        read_limit(BY_FLAG[flag], text)
