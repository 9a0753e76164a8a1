"""Where settings come from: files, the environment and flags, each overriding the ones before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.configuration import write_config
from tests.support.processes import run
from tuiserver.cli.arguments import parse_flags
from tuiserver.cli.base import UsageError
from tuiserver.config.paths import config_files
from tuiserver.config.settings import BY_NAME, OPPOSITES, Settings
from tuiserver.config.sources import ConfigError, load_settings


def test_each_source_overrides_the_ones_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's file, the file of the working directory, a variable, a flag; each value knows its origin."""
    assert load_settings({}).settings == Settings()
    assert load_settings({}).origin("theme") == "default"
    write_config('theme = "a"\ncolor = "never"\nmax_connections = 5\nlog = "x"\n', config_files()[0])
    write_config('# ours\ntheme = "b"\nmax_connections = 6\n')
    monkeypatch.setenv("TUISERVER_MAX_CONNECTIONS", "7")
    monkeypatch.setenv("TUISERVER_LOG", "y")
    loaded = load_settings(parse_flags(["--log", "z", ":1"]))
    settings = loaded.settings
    assert (settings.theme, settings.color, settings.log, settings.addresses) == (
        "b",
        "never",
        os.path.abspath("z"),
        (":1",),
    )
    assert dict(settings.limits) == {"max_connections": 7}
    assert loaded.origin("color").endswith("config.toml:2")
    assert loaded.origin("theme") == "tuiserver.toml:2"
    assert loaded.origin("max_connections") == "TUISERVER_MAX_CONNECTIONS"
    assert loaded.origin("log") == "--log"


def test_an_exclusive_setting_overrides_the_other_one() -> None:
    """A program from a file is overridden by a reply on the command line and vice versa; both in one file are an error."""
    write_config('app = "chat.py"\n', config_files()[0])
    loaded = load_settings(parse_flags(["--reply", "echo"]))
    assert (loaded.settings.app, loaded.settings.reply) == ("", "echo")
    write_config('reply = "echo"\n')
    assert load_settings({}).settings.app == ""
    assert load_settings(parse_flags(["--app", "x.py"])).settings.reply == "hello"
    write_config('reply = "echo"\napp = "x.py"\n')
    with pytest.raises(ConfigError, match=r"^tuiserver.toml:[12]: (reply and app|app and reply) exclude each other"):
        load_settings({})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\n", "tuiserver.toml:1: unknown setting a: see tuiserver config"),
        ('\nthem = "x"\n', "tuiserver.toml:2: unknown setting them (did you mean theme?): see tuiserver config"),
        ("theme = 5\n", "tuiserver.toml:1: theme must be a string: write it in quotes"),
        ('# x\nmax_buffer = "much"', "tuiserver.toml:2: max_buffer much is not a size: write 500 or 64k"),
        ("ascii = 3\n", 'tuiserver.toml:1: ascii must be yes or no, not "3"'),
        ('theme = "a"\nlog =\n', "tuiserver.toml:2: not valid TOML: invalid value"),
        ('theme = "a', "tuiserver.toml:1: not valid TOML: "),
        ("[limits]\nmax_buffer = 5\n", "tuiserver.toml:1: unknown table [limits]: put settings above all tables"),
        ("[keys]\nzoom = 5\n", 'tuiserver.toml:2: [keys] zoom takes a key or a list of keys: zoom = ["q", "ctrl+q"]'),
    ],
)
def test_an_error_in_a_file_is_reported_with_its_line(text: str, message: str) -> None:
    """The message is one line with the position, the cause and what would be valid."""
    write_config(text)
    with pytest.raises(ConfigError) as caught:
        load_settings({})
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_an_unreadable_file() -> None:
    """A file that is not UTF-8 is reported with its line; a directory with the name of the file is ignored."""
    write_config("x").write_bytes(b"a = 1\n\xff")
    with pytest.raises(ConfigError, match=r"^tuiserver.toml:2: not valid UTF-8: save the file as UTF-8$"):
        load_settings({})
    config_files()[1].unlink()
    config_files()[1].mkdir()
    assert load_settings({}).settings == Settings()


@pytest.mark.skipif(not Path("/proc/self/mem").is_file(), reason="there is no file that cannot be read")
def test_a_file_that_fails_to_be_read() -> None:
    """The error names the file, the reason and the remedy."""
    with pytest.raises(ConfigError) as caught:
        load_settings({}, [Path("/proc/self/mem")])
    assert str(caught.value) == ("cannot read /proc/self/mem: input/output error: make the file readable or remove it")


def test_an_invalid_variable_is_reported_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """An invalid value and an unknown variable are errors; an empty variable counts as not set."""
    monkeypatch.setenv("TUISERVER_THEME", "")
    assert load_settings({}).origin("theme") == "default"
    monkeypatch.setenv("TUISERVER_MOUSE", "perhaps")
    with pytest.raises(ConfigError, match=r'^TUISERVER_MOUSE must be yes or no, not "perhaps"$'):
        load_settings({})
    monkeypatch.setenv("TUISERVER_MOUSE", "no")
    assert load_settings({}).settings.mouse is False
    monkeypatch.setenv("TUISERVER_MOSE", "no")
    with pytest.raises(
        ConfigError, match=r"^unknown variable TUISERVER_MOSE \(did you mean TUISERVER_MOUSE\?\): see tuiserver config$"
    ):
        load_settings({})


def test_variables_of_kubernetes_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a cluster with a service called tuiserver every container gets its address in the environment."""
    for name in ("PORT", "SERVICE_HOST", "PORT_80_TCP"):
        monkeypatch.setenv(f"TUISERVER_{name}", "tcp://10.0.0.1:80")
    assert load_settings({}).settings == Settings()


def test_a_switch_from_a_file_can_be_turned_off() -> None:
    """Every switch has an opposite flag."""
    write_config("headless = true\nmouse = false\n")
    settings = load_settings(parse_flags(["--no-headless", "--mouse"])).settings
    assert (settings.headless, settings.mouse) == (False, True)
    assert len(OPPOSITES) == len([option for option in BY_NAME.values() if not option.value])


def test_file_names_are_expanded_and_not_empty() -> None:
    """`~` in the name of a file is the home folder; an empty name is an error."""
    write_config('log = "~/x"\n')
    assert load_settings({}).settings.log == os.path.expanduser("~/x")
    write_config('log = ""\n')
    with pytest.raises(ConfigError, match=r"^tuiserver\.toml:1: log is empty: set a value or remove it$"):
        load_settings({})


def test_given_files_replace_the_default_ones(tmp_path: Path) -> None:
    """Only the files that the caller names are read."""
    write_config('theme = "a"\n')
    other = write_config('theme = "b"\n', tmp_path / "other.toml")
    assert load_settings({}, ()).settings == Settings()
    loaded = load_settings({}, (other, tmp_path / "missing.toml"))
    assert loaded.settings.theme == "b"
    assert [unused for _, unused in loaded.files] == ["", "does not exist"]


def test_a_file_that_another_user_could_have_written_is_ignored() -> None:
    """Only in the working directory, where it is found by chance; one line says why."""
    path = write_config('theme = "b"\n')
    path.chmod(0o664)
    user_file = write_config('theme = "a"\n', config_files()[0])
    user_file.chmod(0o664)
    loaded = load_settings({})
    assert loaded.settings.theme == "a"
    assert loaded.warnings() == ["tuiserver.toml is ignored: others may write to it (chmod go-w tuiserver.toml)"]
    path.chmod(0o600)
    loaded = load_settings({})
    assert (loaded.settings.theme, loaded.warnings()) == ("b", [])
    assert loaded.values["theme"].found


@pytest.mark.parametrize("line_ending", ["\n", "\r\n"])
def test_a_byte_order_mark_is_skipped(line_ending: str) -> None:
    """Some editors begin a UTF-8 file with one."""
    write_config("").write_bytes(f'\ufefftheme = "light"{line_ending}ascii = true{line_ending}'.encode())
    loaded = load_settings({})
    assert (loaded.settings.theme, loaded.origin("ascii")) == ("light", "tuiserver.toml:2")


def test_a_relative_path_is_made_absolute_when_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that changes the working directory does not move the log; a folder that is gone is an error."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    settings = load_settings(parse_flags(["--log", "x", "--tail", "y", "--app", "z.py"])).settings
    assert (settings.log, settings.tail, settings.app) == (f"{tmp_path}/gone/x", f"{tmp_path}/gone/y", "z.py")
    (tmp_path / "gone").rmdir()
    with pytest.raises(UsageError, match=r'^--log "x" is relative to a folder that does not exist any more$'):
        parse_flags(["--log", "x"])


def test_an_invalid_file_ends_the_program() -> None:
    """The program prints one line and exits with code 2."""
    write_config('reply = "rude"\n')
    done = run("--headless", "127.0.0.1:0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'tuiserver: tuiserver.toml:1: unknown reply "rude": use one of hello, echo, none\n'


def test_a_setting_of_the_other_mode_is_valid_in_a_file() -> None:
    """On the command line it would be a mistake; in a file it applies when the mode is the other one."""
    write_config('theme = "light"\nheadless = true\naddresses = ["256.0.0.1:0"]\n')
    done = run()
    assert done.returncode == 1
    assert "256.0.0.1" in done.stderr
