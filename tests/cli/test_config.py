"""`tuiserver config` shows the settings and where each was set."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.configuration import write_config
from tests.support.processes import LIMIT, environment
from tuiserver.cli.config import format_settings
from tuiserver.cli.main import main
from tuiserver.config.settings import BY_NAME
from tuiserver.config.sources import load_settings


def test_each_value_is_shown_with_its_origin(capfd: pytest.CaptureFixture[str]) -> None:
    """Values of files and of the given flags are shown, and which of the files exist."""
    write_config('theme = "light"\nmax_buffer = "2M"\n[keys]\nzoom = ["F2", "z"]\nquit = []\n')
    assert main(["config", "--ascii", "127.0.0.1:0"]) == 0
    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert ["theme", "light", "tuiserver.toml:1"] in lines
    assert ["max_buffer", "2097152", "tuiserver.toml:2"] in lines
    assert ["ascii", "yes", "--ascii"] in lines
    assert ["mouse", "yes", "default"] in lines
    assert ["log", "-", "default"] in lines
    assert ["request_timeout", "30", "default"] in lines
    assert ["addresses", "127.0.0.1:0", "command", "line"] in lines
    assert ["keys.zoom", "F2", "z", "tuiserver.toml:4"] in lines
    assert ["keys.quit", "none", "tuiserver.toml:5"] in lines
    assert ["tuiserver.toml"] in lines
    assert any(line[-3:] == ["(does", "not", "exist)"] for line in lines)


def test_every_setting_is_shown_once() -> None:
    """The table has one row per setting and no other row."""
    rows = format_settings(load_settings({})).split("\n\n")[0].splitlines()
    assert [row.split()[0] for row in rows] == list(BY_NAME)


def test_values_are_escaped(capfd: pytest.CaptureFixture[str]) -> None:
    """A control character in a file does not reach the terminal."""
    write_config('tail = "a\\u001b[2Jb"\n')
    assert main(["config"]) == 0
    assert "a\\x1b[2Jb" in capfd.readouterr().out


@pytest.mark.parametrize("subcommand", ["keys", "config"])
def test_the_console_is_not_imported(subcommand: str) -> None:
    """Neither `config` nor `keys` loads textual."""
    code = (
        f"import sys; from tuiserver.cli.main import main; main([{subcommand!r}]); sys.exit('textual' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, timeout=LIMIT, check=False
    )
    assert done.returncode == 0, done.stderr
