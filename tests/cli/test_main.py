"""The entry point: exit codes, and every error as one line on stderr."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

import tuiserver
from tests.support.configuration import write_config
from tests.support.processes import COMMAND, LIMIT, environment, run
from tests.support.serving import wait_until
from tuiserver.cli.help import help_text
from tuiserver.cli.main import MAX_ERROR, main
from tuiserver.protocols.registry import schemes

ANY_PORT = "127.0.0.1:0"


def outcome(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run to the end within this process: the exit code and the one line on stderr, without the name of the program."""
    code = main(list(arguments))
    out, err = capfd.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert err.count("\n") == 1, err
    assert err.startswith("tuiserver: ")
    return code, err.removeprefix("tuiserver: ").rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        ([], 2, "no address to listen on: try tuiserver 127.0.0.1:9999"),
        (["nowhere"], 2, '"nowhere" has no port: an address looks like 127.0.0.1:9999'),
        (["127.0.0.1:"], 2, '"127.0.0.1:" has no port: an address looks like 127.0.0.1:9999'),
        (["127.0.0.1:x"], 2, '"x" in "127.0.0.1:x" is not a port: a port is a number from 0 to 65535'),
        ([":65536"], 2, 'port 65536 in ":65536" is out of range: a port is a number from 0 to 65535'),
        (["gopher://:70"], 2, f'unknown scheme "gopher" in "gopher://:70": use one of tcp, {", ".join(schemes())}'),
        (["\x1b[2J:1\n"], 2, '"?[2J:1?" is not an address: it has a character that cannot be printed'),
        ([":7", "http://:7"], 2, "http://:7 is given twice: leave one of them out"),
        ([ANY_PORT, "--reply", "rude"], 2, 'unknown reply "rude": use one of hello, echo, none'),
        ([ANY_PORT, "--polle", "select"], 2, 'unknown option "--polle" (did you mean --poller?): see tuiserver --help'),
        ([ANY_PORT, "-x"], 2, 'unknown option "-x": see tuiserver --help'),
        ([ANY_PORT, "--\x1b[2J"], 2, 'unknown option "--\\x1b[2J": see tuiserver --help'),
        ([ANY_PORT, "--log"], 2, "--log needs a value: --log FILE"),
        ([ANY_PORT, "--log="], 2, "--log needs a value: --log FILE"),
        ([ANY_PORT, "--log", "--json"], 2, "--log needs a value: --log FILE"),
        ([ANY_PORT, "--json=yes"], 2, "--json takes no value"),
        ([ANY_PORT, "--theme", "dark"], 2, "--theme has no effect in headless mode: remove it"),
        ([ANY_PORT, "--tail", "x"], 2, "--tail has no effect in headless mode: remove it"),
        ([ANY_PORT, "--no-mouse"], 2, "--no-mouse has no effect in headless mode: remove it"),
        (
            ["--app", "a.py", "--reply", "echo"],
            2,
            "--app and --reply exclude each other: either the program answers or a built-in reply",
        ),
        (
            ["--app", "a.py", "--poller", "select"],
            2,
            "--app and --poller exclude each other: the program chooses with Worker(…, poller=NAME)",
        ),
        (["--app", "gone.py"], 2, 'no such program: "gone.py"'),
        (["--app", "no_such.module"], 2, 'no such program: there is no module "no_such.module"'),
        (
            ["nosuchhost.invalid:80"],
            1,
            'cannot listen on tcp://nosuchhost.invalid:80: unknown host "nosuchhost.invalid" – use an address of '
            "this machine, or :80 for all of them",
        ),
    ],
    ids=lambda value: " ".join(value).encode("unicode_escape").decode() if isinstance(value, list) else None,
)
def test_invalid_arguments(arguments: list[str], code: int, line: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The error names what is invalid and says what would be valid."""
    assert outcome(capfd, "--headless", *arguments) == (code, line)


@pytest.mark.parametrize("argument", ["--help", "--version", "keys", "config"])
def test_text_is_printed_in_any_locale(argument: str) -> None:
    """Also where the encoding of the terminal lacks some characters: they are replaced by what it has."""
    env = {**environment(), "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = run(argument, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    if argument == "--help":
        assert "tuiserver [ADDRESS ...]" in done.stdout


def test_an_unknown_event_loop_backend_lists_the_available_ones(capfd: pytest.CaptureFixture[str]) -> None:
    """`select` is available on every system."""
    code, line = outcome(capfd, "--headless", ANY_PORT, "--poller", "magic")
    assert (code, line.partition(":")[0]) == (2, 'unknown event loop backend "magic"')
    assert line.endswith("select")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--charset", "gbx"],
            'there is no character set "gbx" (did you mean gbk?): use one such as latin-1, gbk or cp037',
        ),
        (["--charset", "utf-16"], "utf-16 cannot be read from the middle of a text: use utf-16-le or utf-16-be"),
        (["--charset", "gbk", "--json"], "--charset has no effect with --json, which prints bytes: remove it"),
    ],
)
def test_a_character_set_that_cannot_be_used(
    arguments: list[str], line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is named before anything is opened, with what can be used."""
    assert outcome(capfd, "--headless", ANY_PORT, *arguments) == (2, line)


def test_an_address_in_use_says_how_to_find_the_process(capfd: pytest.CaptureFixture[str]) -> None:
    """The other addresses are closed again."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        code, line = outcome(capfd, "--headless", ANY_PORT, f"127.0.0.1:{port}")
    assert code == 1
    assert line.startswith(f"cannot listen on tcp://127.0.0.1:{port}: the address is in use")
    assert f"lsof -i :{port}" in line


def test_a_privileged_port_is_refused_with_the_remedy(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever this system permits, the error of a refused port below 1024 names the remedy."""

    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tuiserver.engine.listener.socket.socket.bind", refuse)
    assert outcome(capfd, "--headless", "127.0.0.1:80") == (
        1,
        "cannot listen on tcp://127.0.0.1:80: permission denied – port 80 needs root, one of 1024 or above does not",
    )


def test_a_log_that_cannot_be_written_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A log file named on the command line has to be writable."""
    code, line = outcome(capfd, "--headless", ANY_PORT, "--log", str(tmp_path))
    assert code == 2
    assert line.startswith(f'cannot write the log "{tmp_path}"')


def test_without_a_terminal_headless_is_suggested() -> None:
    """The console needs a terminal; that is detected before anything is opened."""
    done = run(ANY_PORT)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "tuiserver: stdout is not a terminal: the console needs one, --headless does not\n"


@pytest.mark.parametrize(
    ("option", "value", "start", "choice"),
    [
        ("--theme", "mauve", 'unknown theme "mauve": use one of ', "tuiserver-dark"),
        ("--color", "mauve", 'unknown colour mode "mauve": use one of ', "never"),
        ("--columns", "peer,mauve", 'unknown column "mauve": use one of ', "state"),
    ],
)
def test_an_unknown_choice_lists_the_valid_ones(
    option: str, value: str, start: str, choice: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The settings of the console are checked before the terminal is."""
    code, line = outcome(capfd, ANY_PORT, option, value)
    assert code == 2
    assert line.startswith(start)
    assert choice in line.removeprefix(start)


@pytest.mark.parametrize("flag", ["--json", "--quiet"])
def test_headless_options_are_refused_in_console_mode(flag: str, capfd: pytest.CaptureFixture[str]) -> None:
    """No option is accepted and then ignored."""
    assert outcome(capfd, ANY_PORT, flag) == (2, f"{flag} has no effect in console mode: add --headless")


def test_an_invalid_address_in_a_file_is_reported_with_its_line(capfd: pytest.CaptureFixture[str]) -> None:
    """As any other setting of a file."""
    write_config('\naddresses = "nowhere"\n')
    assert outcome(capfd, "--headless") == (
        2,
        'tuiserver.toml:2: "nowhere" has no port: an address looks like 127.0.0.1:9999',
    )


def test_a_long_error_is_cut(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An error message of any length is printed up to a limit."""
    code, line = outcome(capfd, "--headless", "x" * 10_000)
    assert code == 2
    assert len(line) == MAX_ERROR + 1
    assert line.endswith("…")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(flag: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The help goes to stdout."""
    assert main([flag]) == 0
    assert capfd.readouterr() == (help_text() + "\n", "")


def test_version(capfd: pytest.CaptureFixture[str]) -> None:
    """The version goes to stdout."""
    assert main(["--version"]) == 0
    assert capfd.readouterr() == (f"tuiserver {tuiserver.__version__}\n", "")


def test_a_reader_that_stops_is_not_an_error() -> None:
    """`tuiserver --help | head -1` prints no error."""
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen([*COMMAND, "--help"], stdout=writing, stderr=subprocess.PIPE, text=True) as process:
        os.close(writing)
        assert process.communicate(timeout=LIMIT)[1] == ""
        assert process.returncode == 0


def test_a_closed_stdout_is_not_replaced_by_a_socket(tmp_path: Path) -> None:
    """With descriptor 1 closed, a client's socket would get that number, and output would be sent to the client."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    process = subprocess.Popen(
        [
            "sh",
            "-c",
            'exec "$@" >&-',
            "sh",
            *COMMAND,
            "--headless",
            "--half-close",
            "0",
            "--log",
            str(log),
            f"127.0.0.1:{port}",
        ],
        env=environment(),
    )
    try:
        wait_until(lambda: log.exists() and "listening" in log.read_text(), "the server listens")
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
            client.sendall(b"hi")
            client.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b""
    finally:
        process.terminate()
        assert process.wait(LIMIT) == 0


@pytest.mark.parametrize("flag", ["--no-json", "--no-quiet"])
def test_turning_off_an_option_of_the_other_mode_is_accepted(flag: str, capfd: pytest.CaptureFixture[str]) -> None:
    """It changes nothing, so it is not a mistake: the error is that of the missing terminal."""
    code, line = outcome(capfd, ANY_PORT, flag)
    assert code == 2
    assert line.endswith("the console needs one, --headless does not")
