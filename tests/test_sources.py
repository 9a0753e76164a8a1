"""Where settings come from: each source, which one wins, and what is said of what is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from tests.processes import LIMIT, Headless, environment
from tuiserver.cli import main
from tuiserver.limits import Limits
from tuiserver.settings import BY_FLAG, BY_NAME, OPPOSITES, Settings, UsageError, variable
from tuiserver.sources import config_folder, gather, lines_of, text_of


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings file but those of the test; no variables but its own."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def here(text: str | bytes) -> None:
    """`./tuiserver.toml`."""
    Path("tuiserver.toml").write_bytes(text if isinstance(text, bytes) else text.encode())


def user(text: str) -> Path:
    """`config.toml` of the configuration folder; its path."""
    path = platformdirs.user_config_path("tuiserver") / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def line(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line that is said of what is wrong, with exit code 2."""
    assert main(list(words)) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err.removeprefix("tuiserver: ").rstrip("\n")


# -- sources and their order ------------------------------------------------------------------------------------------


def test_nothing_set_is_the_defaults() -> None:
    """And nobody is asked for anything."""
    found = gather([], {})
    assert found.settings == Settings()
    assert not found.origins
    assert [there for _, there in found.files] == [False, False]


def test_each_source_is_over_those_before_it(tmp_path: Path) -> None:
    """Default, config.toml, tuiserver.toml, variable, flag; and of each value it is known where it came from."""
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    path = user('theme = "one"\nbacklog = 1\nquiet = true\npoller = "poll"\ntail = "a"\n')
    here('# mine\n\ntheme = "two"\nbacklog = 2\nquiet = false\n\npoller = "select"\n')
    environ |= {"TUISERVER_THEME": "three", "TUISERVER_BACKLOG": "3", "TUISERVER_POLLER": ""}
    found = gather(["--theme", "four"], environ)
    settings = found.settings
    assert (settings.theme, settings.limits, settings.quiet, settings.poller, settings.tail, settings.log) == (
        "four",
        (("backlog", 3),),
        False,
        "select",
        "a",
        "",
    )
    names = ("theme", "backlog", "quiet", "poller", "tail", "log")
    assert [found.origin(name).place for name in names] == [
        "--theme",
        "TUISERVER_BACKLOG",
        "tuiserver.toml:5",
        "tuiserver.toml:7",
        f"{path}:5",
        "default",
    ]


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_setting_is_the_same_from_every_source(name: str) -> None:
    """One reader: a file, a variable and a flag mean the same."""
    option = BY_NAME[name]
    text = {"": "true", "SIZE": "64k", "TIME": "2m", "N": "40", "NAMES": ":1"}.get(option.value, "x")
    by_variable = gather([], {variable(option): text}).settings
    assert by_variable != Settings() or name == "mouse"  # which is on by default
    here(f"{name} = {text}" if not option.value else f'{name} = "{text}"')
    assert gather([], {}).settings == by_variable
    if name == "addresses":
        words = [text]
    elif option.value:
        words = [option.flag, text]
    else:
        words = [next(flag for flag in (*BY_FLAG, *OPPOSITES) if flag == f"--{name.replace('_', '-')}")]
    here("")
    assert gather(words, {}).settings == by_variable


def test_numbers_and_lists_of_a_file_are_numbers_and_lists() -> None:
    """A number need not stand in quotes; several names are an array, or one text."""
    here('max_buffer = 500\nidle_timeout = 0.5\naddresses = [":1", ":2"]\ncolumns = "id, peer"\nlog = "~/x"\n')
    settings = gather([], {}).settings
    assert dict(settings.limits) == {"max_buffer": 500, "idle_timeout": 0.5}
    assert (settings.addresses, settings.columns) == ((":1", ":2"), ("id", "peer"))
    assert not settings.log.startswith("~")


def test_addresses_of_the_command_line_replace_those_of_a_file() -> None:
    """As any setting does."""
    here('addresses = ":1"')
    assert gather([":2"], {}).settings.addresses == (":2",)
    assert gather([], {"TUISERVER_ADDRESSES": ":3 :4"}).settings.addresses == (":3", ":4")


def test_a_switch_of_a_file_is_unset_by_its_opposite() -> None:
    """Every switch has one."""
    here("headless = true\nmouse = false\n")
    settings = gather(["--no-headless", "--mouse"], {}).settings
    assert (settings.headless, settings.mouse) == (False, True)
    assert len(OPPOSITES) == len([option for option in BY_NAME.values() if not option.value])
    assert not OPPOSITES.keys() & BY_FLAG.keys()


def test_what_excludes_each_other_goes_by_its_source() -> None:
    """The higher one stays; only within one source it is an error."""
    here('app = "chat.py"\n')
    assert gather([], {}).settings.app == "chat.py"
    settings = gather(["--reply", "echo"], {}).settings
    assert (settings.app, settings.reply) == ("", "echo")
    settings = gather(["--app", "b.py"], {"TUISERVER_REPLY": "echo"}).settings
    assert (settings.app, settings.reply) == ("b.py", "hello")


def test_what_kubernetes_sets_is_not_meant_for_us() -> None:
    """Where there is a service of that name, its address is in the environment of every container."""
    gather([], {"TUISERVER_PORT": "tcp://10.0.0.1:80", "TUISERVER_SERVICE_HOST": "x", "TUISERVER_PORT_80_TCP": "y"})


def test_the_folder_is_that_of_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is computed without platformdirs is what it says."""
    for value in ("", "/somewhere", "  "):
        monkeypatch.setenv("XDG_CONFIG_HOME", value)
        assert config_folder({"XDG_CONFIG_HOME": value}) == str(platformdirs.user_config_path("tuiserver"))


def test_settings_reach_the_server(tmp_path: Path) -> None:
    """A limit, an address and the mode, all from a file."""
    here('addresses = "http://127.0.0.1:0"\nrequest_timeout = 0.1\ntheme = "of the console"\n')
    with Headless() as server, server.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 408 ")


# -- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('\n\nthem = "x"', '3: unknown setting "them" (did you mean theme?): see tuiserver config'),
        ("theme = 5", '1: theme 5 is no text: write it in quotes, as theme = "…"'),
        ('log = ""', "1: log is empty: give it a value, or leave it out"),
        ('a = "\n', "1: illegal character '\\n': write name = \"text\", name = 5 or name = true"),
        ("quiet = true\nquiet = true", '2: cannot overwrite a value: write name = "text", name = 5 or name = true'),
        ('x = "', '1: unterminated string: write name = "text", name = 5 or name = true'),
        (b"#\n\xff", "2: is not UTF-8: save the file as UTF-8"),
        ('max_buffer = "much"', "1: max_buffer much is not a size: write 500 or 64k"),
        ("backlog = 0", "1: backlog 0 leaves nothing: write 100"),
        ("backlog = true", "1: backlog true is not a number: write 100"),
        ("idle_timeout = -1", "1: idle_timeout -1 is not a time: write 30 or 2m"),
        ('quiet = "yes"', "1: quiet yes is neither true nor false: write true or false"),
        ("columns = [1]", '1: columns [1] is no list of texts: write ["one", "two"]'),
        ('addresses = "nowhere"', '1: "nowhere" has no port: an address looks like 127.0.0.1:9999'),
        ('reply = "rude"', '1: unknown reply "rude": use one of hello, echo, none'),
        (
            'reply = "echo"\napp = "x"',
            "1: app and reply exclude each other: the program answers, or a built-in reply does",
        ),
        ("keys = 5", '1: keys is no table: write [keys], and below it zoom = "f2"'),
        (
            "[server]\nquiet = true",
            "1: unknown table [server]: settings stand above all tables, and [keys] is the only one",
        ),
        ('"a\\u001b" = 1', '1: unknown setting "a\\x1b": see tuiserver config'),
    ],
)
def test_a_wrong_line_of_a_file(text: str | bytes, words: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The file, the line, what is wrong, and the remedy."""
    here(text)
    assert line(capfd, "--headless") == f"tuiserver.toml:{words}"


def test_the_file_is_named_in_full(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it is found; what only the console looks at is left alone without one."""
    path = user('reply = "echo"\ntheme = "mauve"\n[keys]\nzoom = "x"\n')
    monkeypatch.setattr("tuiserver.cli._check_terminal", lambda: None)
    assert line(capfd, ":0").startswith(f'{path}:2: unknown theme "mauve": use one of tuiserver-dark, ')
    assert line(capfd, ":0", "--theme", "dark") == (
        f"{path}:4: x is for both zoom and show: write another key, or also show = []"
    )
    assert line(capfd, "--headless") == "no address to listen on: try tuiserver 127.0.0.1:9999"


def test_a_file_that_cannot_be_read(capfd: pytest.CaptureFixture[str]) -> None:
    """It is there, so it was meant."""
    Path("tuiserver.toml").mkdir()
    assert (
        line(capfd) == "cannot read tuiserver.toml: is a directory: make it a file that you can read, or take it away"
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("THEM", "x", 'unknown variable "TUISERVER_THEM" (did you mean TUISERVER_THEME?): see tuiserver config'),
        ("MAX_BUFFER", "much", "TUISERVER_MAX_BUFFER much is not a size: write 500 or 64k"),
        ("QUIET", "maybe", "TUISERVER_QUIET maybe is neither true nor false: write true or false"),
        ("REPLY", "rude", 'TUISERVER_REPLY: unknown reply "rude": use one of hello, echo, none'),
        ("HELP", "1", 'unknown variable "TUISERVER_HELP": see tuiserver config'),
    ],
)
def test_a_wrong_variable(
    name: str, value: str, words: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named, with the remedy."""
    monkeypatch.setenv(f"TUISERVER_{name}", value)
    assert line(capfd, "--headless") == words


@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
def test_a_switch_in_the_environment(value: str) -> None:
    """Four words for on, four for off."""
    assert gather([], {"TUISERVER_QUIET": value}).settings.quiet
    off = {"1": "0", "true": "false", "YES": "No", "on": "off"}[value]
    assert not gather([], {"TUISERVER_MOUSE": off}).settings.mouse


def test_a_wrong_color(capfd: pytest.CaptureFixture[str]) -> None:
    """The three that there are."""
    assert line(capfd, ":0", "--color", "blue") == 'unknown color "blue": use one of auto, always, never'


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


# -- tuiserver config --------------------------------------------------------------------------------------------------


def test_config_prints_every_setting_and_its_source(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Name, value, source in one row each; and the files that were looked for."""
    path = user("max_buffer = 65536\n")
    here('\ncolumns = ["id", "peer"]\n[keys]\nzoom = "f2"\n')
    monkeypatch.setenv("TUISERVER_ASCII", "1")
    assert main(["config", "--theme", "light", "--idle-timeout", "90"]) == 0
    out = capfd.readouterr().out
    rows = {words[0]: tuple(words[1:]) for row in out.splitlines() if row.startswith("  ") and (words := row.split())}
    assert rows["max_buffer"] == ("64k", f"{path}:1")
    assert rows["columns"] == ("id,", "peer", "tuiserver.toml:2")
    assert rows["ascii"] == ("true", "TUISERVER_ASCII")
    assert rows["theme"] == ("tuiserver-light", "--theme")
    assert rows["idle_timeout"] == ("90", "--idle-timeout")
    assert rows["request_timeout"] == (f"{Limits().request_timeout:g}", "default")
    assert rows["message_memory"] == ("64M", "default")
    assert rows[str(path)] == ("(read)",)
    assert rows[str(Path("tuiserver.toml").resolve())] == ("(read)",)
    assert "set by you: 1" in out
    for name in BY_NAME:
        assert name in rows, name


def test_config_tells_what_is_wrong(capfd: pytest.CaptureFixture[str]) -> None:
    """As a start would."""
    here('[keys]\nzooom = "z"\n')
    assert line(capfd, "config") == 'tuiserver.toml:2: unknown action "zooom" (did you mean zoom?): see tuiserver keys'


def test_config_shows_no_control_characters(capfd: pytest.CaptureFixture[str]) -> None:
    """What a file says is shown, not done."""
    here('tail = "a\\u001b[2Jb"\n')
    assert main(["config"]) == 0
    assert "\x1b" not in capfd.readouterr().out
    assert "\\x1b[2J" in text_of(gather([], {})).encode("unicode_escape").decode()


@pytest.mark.parametrize("command", ["config", "keys"])
def test_the_commands_load_no_screen(command: str) -> None:
    """They answer at once, with keys that are set too."""
    here('[keys]\nzoom = "f2"\n')
    code = (
        f"import sys\nfrom tuiserver.cli import main\nassert main([{command!r}]) == 0\n"
        "assert not {'textual', 'rich', 'asyncio'} & sys.modules.keys()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), timeout=LIMIT
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_file_nothing_is_loaded_to_read_one() -> None:
    """A headless start costs two attempts to open a file."""
    code = (
        "import sys, tuiserver.cli\nfrom tuiserver.sources import gather\ngather(['--headless', ':1'])\n"
        "print({'tomllib', 'platformdirs', 'difflib', 'tuiserver.themes'} & sys.modules.keys() or 'none')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), timeout=LIMIT
    )
    assert done.stdout == "none\n"


def test_a_command_is_a_word_of_its_own() -> None:
    """Further addresses are addresses."""
    found = gather(["--headless", "keys", ":1"], {})
    assert (found.command, found.settings.addresses) == ("keys", (":1",))
    with pytest.raises(UsageError, match="unknown option"):
        gather(["config", "--no-such"], {})
