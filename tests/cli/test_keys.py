"""`tuiserver keys` shows the keys and reports invalid ones."""

from __future__ import annotations

import pytest

from tests.support.configuration import write_config
from tuiserver.cli.main import main


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[keys]\nzom = "z"\n', "tuiserver.toml:2: there is no action zom (did you mean zoom?): see tuiserver keys"),
        (
            '[keys]\nzoom = "ctlr+z"\n',
            'tuiserver.toml:2: zoom: "ctlr+z" is not a key: write a, ?, ^d, ctrl+d, F2, pgup, enter or space',
        ),
        ('[keys]\nzoom = "q"\n', "tuiserver.toml:2: q runs quit already: give quit another key, or [] for none"),
        ('[keys]\nsort = "k"\n', "tuiserver.toml:2: k runs up already: give up another key, or [] for none"),
        ('[keys]\ngo = "g"\n', "tuiserver.toml:2: g is typed in the send bar: give go another key, such as ctrl+g"),
        ("[keys]\nquit = []\n", 'tuiserver.toml:2: quit without a key leaves no way out: write quit = "ctrl+q"'),
        ("keys = 5\n", 'tuiserver.toml:1: keys is not a table: write [keys], and below it zoom = "f2"'),
        ('[keys]\nzoom = "ctrl+i"\n', 'tuiserver.toml:2: zoom: "ctrl+i" is tab to a terminal: write tab'),
        ('[keys]\nzoom = "shift+a"\n', 'tuiserver.toml:2: zoom: no terminal sends "shift+a": write A'),
    ],
)
def test_an_invalid_key_is_reported_with_its_line(text: str, message: str, capfd: pytest.CaptureFixture[str]) -> None:
    """`tuiserver keys` and the console report the same errors."""
    write_config(text)
    assert main(["keys"]) == 2
    assert capfd.readouterr().err == f"tuiserver: {message}\n"


def test_configured_keys_are_marked(capfd: pytest.CaptureFixture[str]) -> None:
    """Configured keys are shown with `*`, also where an action has none; a key that was freed can run another action."""
    write_config('[keys]\nzoom = ["F2", "q"]\nquit = "Q"\nhelp = []\n')
    assert main(["keys"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert any(line.startswith("* zoom              F2 q ") for line in lines)
    assert any(line.startswith("* quit              Q ") for line in lines)
    assert any(line.startswith("* help              - ") for line in lines)
    assert any(line.startswith("  send              s 4 ") for line in lines)


def test_arguments_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    """`tuiserver keys` takes no arguments."""
    assert main(["keys", "x"]) == 2
    assert capfd.readouterr().err == 'tuiserver: tuiserver keys takes no arguments: remove "x"\n'
