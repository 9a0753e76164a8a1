"""Where settings come from: files, the environment, flags."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import environment, run
from tuiserver.cli.main import main, parse_flags
from tuiserver.config.paths import config_files
from tuiserver.config.settings import BY_NAME, OPPOSITES, Settings
from tuiserver.config.sources import ConfigError, gather, line_of, lines_of, table_of


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own working folder, and no variable of the user's."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TUISERVER_")]:
        monkeypatch.delenv(name)


def write(text: str, path: Path | None = None) -> Path:
    """Put a file in its place: that of the folder, or that of the user."""
    path = path or config_files()[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_each_source_beats_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's file, that of the working folder, a variable, a flag; and each knows where its value came from."""
    assert gather({}).settings == Settings()
    assert gather({}).origin("theme") == "default"
    write('theme = "a"\ncolor = "never"\nmax_connections = 5\nlog = "x"\n', config_files()[0])
    write('# ours\ntheme = "b"\nmax_connections = 6\n')
    monkeypatch.setenv("TUISERVER_MAX_CONNECTIONS", "7")
    monkeypatch.setenv("TUISERVER_LOG", "y")
    found = gather(parse_flags(["--log", "z", ":1"]))
    settings = found.settings
    assert (settings.theme, settings.color, settings.log, settings.addresses) == ("b", "never", "z", (":1",))
    assert dict(settings.limits) == {"max_connections": 7}
    assert found.origin("color").endswith("config.toml:2")
    assert found.origin("theme") == "tuiserver.toml:2"
    assert found.origin("max_connections") == "TUISERVER_MAX_CONNECTIONS"
    assert found.origin("log") == "--log"


def test_the_stronger_one_drops_what_it_excludes() -> None:
    """A program in a file gives way to a reply on the command line, and the other way round; in one file it is a fault."""
    write('app = "chat.py"\n', config_files()[0])
    found = gather(parse_flags(["--reply", "echo"]))
    assert (found.settings.app, found.settings.reply) == ("", "echo")
    write('reply = "echo"\n')
    assert gather({}).settings.app == ""
    assert gather(parse_flags(["--app", "x.py"])).settings.reply == "hello"
    write('reply = "echo"\napp = "x.py"\n')
    with pytest.raises(ConfigError, match=r"^tuiserver.toml:[12]: (reply and app|app and reply) exclude each other"):
        gather({})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a = 1\n", "tuiserver.toml:1: unknown setting a: see tuiserver config"),
        ('\nthem = "x"\n', "tuiserver.toml:2: unknown setting them (did you mean theme?): see tuiserver config"),
        ("theme = 5\n", "tuiserver.toml:1: theme is a text: write it in quotes"),
        ('# x\nmax_buffer = "much"', "tuiserver.toml:2: max_buffer much is not a size: write 500 or 64k"),
        ("ascii = 3\n", 'tuiserver.toml:1: ascii is yes or no, not "3"'),
        ('theme = "a"\nlog =\n', "tuiserver.toml:2: this is no TOML: invalid value"),
        ('theme = "a', "tuiserver.toml:1: this is no TOML: "),
        ("[limits]\nmax_buffer = 5\n", "tuiserver.toml:1: unknown table [limits]: settings stand above all tables"),
        ("[keys]\nzoom = 5\n", 'tuiserver.toml:2: [keys] zoom takes a key or a list of them: zoom = ["q", "ctrl+q"]'),
    ],
)
def test_a_wrong_file_is_named_with_the_line(text: str, words: str) -> None:
    """One line that says where, what, and what would be right."""
    write(text)
    with pytest.raises(ConfigError) as refused:
        gather({})
    assert str(refused.value).startswith(words)
    assert "\n" not in str(refused.value)


def test_a_file_that_cannot_be_read() -> None:
    """It is named with the reason; a folder of that name is no file."""
    write("x").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=r"^tuiserver.toml:1: this is not UTF-8: save the file as UTF-8$"):
        gather({})
    config_files()[1].unlink()
    config_files()[1].mkdir()
    assert gather({}).settings == Settings()


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown one and a wrong value; an empty one is not set."""
    monkeypatch.setenv("TUISERVER_THEME", "")
    assert gather({}).origin("theme") == "default"
    monkeypatch.setenv("TUISERVER_MOUSE", "perhaps")
    with pytest.raises(ConfigError, match=r'^TUISERVER_MOUSE is yes or no, not "perhaps"$'):
        gather({})
    monkeypatch.setenv("TUISERVER_MOUSE", "no")
    assert gather({}).settings.mouse is False
    monkeypatch.setenv("TUISERVER_MOSE", "no")
    with pytest.raises(
        ConfigError, match=r"^unknown variable TUISERVER_MOSE \(did you mean TUISERVER_MOUSE\?\): see tuiserver config$"
    ):
        gather({})


def test_the_line_of_a_key() -> None:
    """In its own table, quoted or not; where it can't be found, that of the table."""
    text = 'a = 1\n[keys] # ours\n "zoom" = "z"\na = 2\n[other]\nzoom = 3\n'
    assert line_of(text, "a") == 1
    assert line_of(text, "zoom", "keys") == 3
    assert line_of(text, "a", "keys") == 4
    assert line_of(text, "gone", "keys") == 2
    assert line_of(text, "other") == 5


def test_config_shows_each_value_and_where_it_came_from(capfd: pytest.CaptureFixture[str]) -> None:
    """With the flags that are given too, and the files that are looked for."""
    write('theme = "light"\nmax_buffer = "2M"\n[keys]\nzoom = ["F2", "z"]\nquit = []\n')
    assert main(["config", "--ascii", "127.0.0.1:0"]) == 0
    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert ["theme", "light", "tuiserver.toml:1"] in lines
    assert ["max_buffer", "2097152", "tuiserver.toml:2"] in lines
    assert ["ascii", "yes", "--ascii"] in lines
    assert ["mouse", "yes", "default"] in lines
    assert ["addresses", "127.0.0.1:0", "command", "line"] in lines
    assert ["keys.zoom", "F2", "z", "tuiserver.toml:4"] in lines
    assert ["keys.quit", "none", "tuiserver.toml:5"] in lines
    assert ["tuiserver.toml"] in lines
    assert any(line[-2:] == ["(not", "there)"] for line in lines)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[keys]\nzom = "z"\n', "tuiserver.toml:2: there is no action zom (did you mean zoom?): see tuiserver keys"),
        (
            '[keys]\nzoom = "ctlr+z"\n',
            'tuiserver.toml:2: zoom: "ctlr+z" is no key: write a, ?, ^d, ctrl+d, F2, pgup, enter or space',
        ),
        ('[keys]\nzoom = "q"\n', "tuiserver.toml:2: q runs quit already: give quit another key, or [] for none"),
        ('[keys]\nsort = "k"\n', "tuiserver.toml:2: k runs up already: give up another key, or [] for none"),
        ('[keys]\ngo = "g"\n', "tuiserver.toml:2: g is typed in the send bar: give go another key, such as ctrl+g"),
        ("[keys]\nquit = []\n", 'tuiserver.toml:2: quit without a key leaves no way out: write quit = "ctrl+q"'),
        ("keys = 5\n", 'tuiserver.toml:1: keys is no table: write [keys], and below it zoom = "f2"'),
        ('[keys]\nzoom = "ctrl+i"\n', 'tuiserver.toml:2: zoom: "ctrl+i" is tab to a terminal: write tab'),
        ('[keys]\nzoom = "shift+a"\n', 'tuiserver.toml:2: zoom: "shift+a" is sent by no terminal: write A'),
    ],
)
def test_wrong_keys_are_named_with_the_line(text: str, words: str, capfd: pytest.CaptureFixture[str]) -> None:
    """By `tuiserver keys`; the console says the same before it takes the screen."""
    write(text)
    assert main(["keys"]) == 2
    assert capfd.readouterr().err == f"tuiserver: {words}\n"


def test_keys_shows_the_operators_own(capfd: pytest.CaptureFixture[str]) -> None:
    """Marked, and those that have none; a key that was given away can be given to another."""
    write('[keys]\nzoom = ["F2", "q"]\nquit = "Q"\nhelp = []\n')
    assert main(["keys"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert any(line.startswith("* zoom            F2 q ") for line in lines)
    assert any(line.startswith("* quit            Q ") for line in lines)
    assert any(line.startswith("* help            - ") for line in lines)
    assert any(line.startswith("  send            s 4 ") for line in lines)
    assert main(["keys", "x"]) == 2


@pytest.mark.parametrize("word", ["keys", "config"])
def test_neither_loads_the_screen(word: str) -> None:
    """They answer at once, anywhere."""
    code = f"import sys; from tuiserver.cli.main import main; main([{word!r}]); sys.exit('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr


def test_a_wrong_file_ends_the_program_with_one_line() -> None:
    """Exit code 2, and what would be right."""
    write('reply = "rude"\n')
    done = run("--headless", "127.0.0.1:0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'tuiserver: tuiserver.toml:1: unknown reply "rude": use one of hello, echo, none\n'
    write("json = true\nheadless = true\n")
    assert main(["config"]) == 0


def test_a_setting_of_the_other_mode_in_a_file_is_no_fault() -> None:
    """Only on the command line it must mean a mistake."""
    write('theme = "light"\nheadless = true\naddresses = ["256.0.0.1:0"]\n')
    done = run()
    assert done.returncode == 1
    assert "256.0.0.1" in done.stderr


def test_the_table_names_every_setting_once() -> None:
    """And nothing else."""
    names = [line.split()[0] for line in table_of(gather({})).split("\n\n")[0].splitlines()]
    assert len(names) == len(set(names))
    assert {"addresses", "theme", "max_connections"} <= set(names)


def test_lines_are_found_however_toml_is_written() -> None:
    """Comments, quotes, dots, tables in a line, values over several lines, and text that only looks like a key."""
    text = (
        "# theme = 1\r\n"
        "theme = '''\n"
        "log = 1\n"
        "[keys]\n"
        "'''\n"
        "'quoted' = 1\n"
        "columns = [\n"
        "  'a', # zoom = 1\n"
        "  'b']\n"
        "inline = { one = 1, two = { three = 3 } }\n"
        "a.b = 1\n"
        "\n"
        "[ keys ]   # here\n"
        "  zoom = 'z'\n"
        '"close" = []\n'
        "[keys.below]\n"
        "deep = 1\n"
        "[[many]]\n"
        "x = 1"
    ).replace("\r\n", "\n")
    assert lines_of(text) == {
        ("theme",): 2,
        ("quoted",): 6,
        ("columns",): 7,
        ("inline",): 10,
        ("inline", "one"): 10,
        ("inline", "two"): 10,
        ("inline", "two", "three"): 10,
        ("a",): 11,
        ("a", "b"): 11,
        ("keys",): 13,
        ("keys", "zoom"): 14,
        ("keys", "close"): 15,
        ("keys", "below"): 16,
        ("keys", "below", "deep"): 17,
        ("many",): 18,
        ("many", "x"): 19,
    }


def test_what_kubernetes_sets_is_not_meant_for_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is a service of that name, its address is in the environment of every container."""
    for name in ("PORT", "SERVICE_HOST", "PORT_80_TCP"):
        monkeypatch.setenv(f"TUISERVER_{name}", "tcp://10.0.0.1:80")
    assert gather({}).settings == Settings()


def test_a_switch_of_a_file_is_unset_by_its_opposite() -> None:
    """Every switch has one."""
    write("headless = true\nmouse = false\n")
    settings = gather(parse_flags(["--no-headless", "--mouse"])).settings
    assert (settings.headless, settings.mouse) == (False, True)
    assert len(OPPOSITES) == len([option for option in BY_NAME.values() if not option.value])


def test_a_file_says_where_a_wrong_address_is(capfd: pytest.CaptureFixture[str]) -> None:
    """As of any other setting; on the command line one has just written it."""
    write('\naddresses = "nowhere"\n')
    assert main(["--headless"]) == 2
    assert capfd.readouterr().err == (
        'tuiserver: tuiserver.toml:2: "nowhere" has no port: an address looks like 127.0.0.1:9999\n'
    )


def test_what_a_file_says_is_shown_and_not_done(capfd: pytest.CaptureFixture[str]) -> None:
    """No control character reaches the terminal; `~` is the home folder, and an empty text is refused."""
    write('tail = "a\\u001b[2Jb"\nlog = "~/x"\n')
    assert main(["config"]) == 0
    assert "a\\x1b[2Jb" in capfd.readouterr().out
    assert gather({}).settings.log == os.path.expanduser("~/x")
    write('log = ""\n')
    with pytest.raises(ConfigError, match=r"^tuiserver\.toml:1: log is empty: give it a value, or leave it out$"):
        gather({})
