"""The settings: named, typed, told of once."""

from __future__ import annotations

import pytest

from tuiserver.config.settings import BY_FLAG, BY_NAME, EXCLUDING, LIMITS, OPTIONS, Settings, read_limit, read_value
from tuiserver.core.limits import Limits

NOT_SETTINGS = {"help", "version"}


def test_a_setting_has_one_option_and_an_option_has_a_setting() -> None:
    """What stands in the table is what can be set; only addresses and keys have no flag."""
    named = [option.name for option in BY_FLAG.values()]
    assert len(named) == len(set(named))
    assert {*named, "addresses", "limits", "keys"} == {
        *Settings.__struct_fields__,
        *NOT_SETTINGS,
        *Limits.__struct_fields__,
    }


def test_an_option_takes_a_value_where_its_setting_does() -> None:
    """A switch is a bool and starts where its flag changes something; anything else is text."""
    for option in BY_FLAG.values():
        if option.name in NOT_SETTINGS or option.name in LIMITS:
            continue
        default = getattr(Settings(), option.name)
        if option.value:
            assert type(default) is {"SIZE": int, "NAMES": tuple}.get(option.value, str), option.name
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


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("ascii", True, True),
        ("ascii", "yes", True),
        ("mouse", "off", False),
        ("max_connections", 40, 40),
        ("max_buffer", "64k", 65_536),
        ("idle_timeout", 0.5, 0.5),
        ("message_memory", "1M", 1 << 20),
        ("columns", "state, in", ("state", "in")),
        ("columns", ["state", "in"], ("state", "in")),
        ("addresses", [":1"], (":1",)),
        ("theme", "dark", "dark"),
    ],
)
def test_values_are_read_wherever_they_come_from(name: str, raw: object, value: object) -> None:
    """As a file has them, or as text from a variable or a flag."""
    assert read_value(BY_NAME[name], raw, name) == value


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("ascii", "maybe", 'x is yes or no, not "maybe"'),
        ("max_connections", True, "x is one number"),
        ("max_connections", [1], "x is one number"),
        ("max_connections", "many", "x many is not a number: write 100"),
        ("columns", [1], "x is a list of names"),
        ("theme", 5, "x is a text: write it in quotes"),
    ],
)
def test_values_of_another_kind_are_refused(name: str, raw: object, words: str) -> None:
    """The words say what would be right."""
    with pytest.raises(ValueError, match="x ") as refused:
        read_value(BY_NAME[name], raw, "x")
    assert str(refused.value) == words


def test_what_excludes_each_other_does_so_both_ways() -> None:
    """And only settings do."""
    for name, others in EXCLUDING.items():
        assert all(name in EXCLUDING[other] for other in others)
        assert {name, *others} <= BY_NAME.keys()
