"""Rules in a file: `[[colors]]` and `[[mute]]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuiserver.cli.config import format_settings
from tuiserver.config.settings import Rule
from tuiserver.config.sources import ConfigError, load_settings

GOOD = """theme = "tuiserver-dark"

[[colors]]
match = "level:error"
style = "warning"

[[mute]]
match = "PING"

[[colors]]
match = "state:slow"
style = "error"
pane = "connections"

[keys]
zoom = "f2"
"""


def test_rules_are_read_with_their_lines(tmp_path: Path) -> None:
    """In their order; those of a file with higher precedence go first. `tuiserver config` lists them."""
    user, own = tmp_path / "user.toml", tmp_path / "own.toml"
    user.write_text(GOOD)
    own.write_text('[[mute]]\nmatch = "size<3"\n')
    loaded = load_settings({}, [user, own])
    settings = loaded.settings
    assert settings.colors == (
        Rule("level:error", "warning", "", f"{user}:3"),
        Rule("state:slow", "error", "connections", f"{user}:10"),
    )
    assert [rule.match for rule in settings.mute] == ["size<3", "PING"]
    assert settings.keys == (("zoom", ("f2",)),)
    text = format_settings(loaded)
    assert f"{user}:10" in text
    assert "state:slow error" in text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[[colors]]\nstyle = "error"', "1: [[colors]] needs match"),
        ('[[colors]]\nmatch = "x"', "1: [[colors]] needs style"),
        ("\n[[mute]]\nmatch = 5", "2: match must be a text"),
        ('[[mute]]\nmatch = ""', "1: match must be a text"),
        ('[[mute]]\nmatch = "x"\n[[mute]]\nmatsch = "x"', "3: [[mute]] has no matsch (did you mean match?)"),
        ('mute = "PING"', "1: mute is not a list of tables"),
        ('mute = ["PING"]', "1: mute is not a list of tables"),
        ('[mute]\nmatch = "x"', "1: mute is not a list of tables"),
        ('[[mute]]\nmatch = "x"\nstyle = "error"', "1: [[mute]] has no style"),
        ("[[colours]]\n", "1: unknown setting colours"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, text: str, fault: str) -> None:
    """With file and line, and an example."""
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings({}, [path])
    assert "\n" not in str(caught.value)
    assert f"{path.name}:{fault}" in str(caught.value)
