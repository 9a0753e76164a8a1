"""The command line: what is wrong is one line that names it and helps, and the exit code of the contract."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

import tuiserver
from tests.support.processes import COMMAND, Headless, environment, run
from tests.support.serving import read_all
from tuiserver.cli.main import UsageError, help_text, main, parse_arguments
from tuiserver.config.settings import BY_FLAG, OPTIONS, Settings

ANY = "127.0.0.1:0"


@pytest.fixture(autouse=True)
def _own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a program is looked for stays within its test."""
    monkeypatch.setattr(sys, "path", [*sys.path])


def outcome(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run to the end within this process: the code and the one line on stderr, without the program's name."""
    code = main(list(words))
    out, err = capfd.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert err.count("\n") == 1, err
    assert err.startswith("tuiserver: ")
    return code, err.removeprefix("tuiserver: ").rstrip("\n")


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        ([], 2, "no address to listen on: try tuiserver 127.0.0.1:9999"),
        (["nowhere"], 2, '"nowhere" has no port: an address looks like 127.0.0.1:9999'),
        (["127.0.0.1:"], 2, '"127.0.0.1:" has no port: an address looks like 127.0.0.1:9999'),
        (["127.0.0.1:x"], 2, '"x" in "127.0.0.1:x" is not a port: a port is a number from 0 to 65535'),
        ([":65536"], 2, 'port 65536 in ":65536" is out of range: a port is a number from 0 to 65535'),
        (["gopher://:70"], 2, 'unknown scheme "gopher" in "gopher://:70": use one of tcp, raw, http'),
        (["\x1b[2J:1\n"], 2, '"1?" in "?[2J:1?" is not a port: a port is a number from 0 to 65535'),
        ([":7", "http://:7"], 2, "http://:7 is given twice: leave one of them out"),
        ([ANY, "--reply", "rude"], 2, 'unknown reply "rude": use one of hello, echo, none'),
        ([ANY, "--polle", "select"], 2, 'unknown option "--polle" (did you mean --poller?): see tuiserver --help'),
        ([ANY, "-x"], 2, 'unknown option "-x": see tuiserver --help'),
        ([ANY, "--\x1b[2J"], 2, 'unknown option "--\\x1b[2J": see tuiserver --help'),
        ([ANY, "--log"], 2, "--log needs a value: --log FILE"),
        ([ANY, "--log="], 2, "--log needs a value: --log FILE"),
        ([ANY, "--log", "--json"], 2, "--log needs a value: --log FILE"),
        ([ANY, "--json=yes"], 2, "--json takes no value"),
        ([ANY, "--theme", "dark"], 2, "--theme has no meaning in headless mode: leave it out"),
        ([ANY, "--tail", "x"], 2, "--tail has no meaning in headless mode: leave it out"),
        ([ANY, "--no-mouse"], 2, "--no-mouse has no meaning in headless mode: leave it out"),
        (
            ["--app", "a.py", "--reply", "echo"],
            2,
            "--app and --reply exclude each other: the program answers, or a built-in reply does",
        ),
        (
            ["--app", "a.py", "--poller", "select"],
            2,
            "--app and --poller exclude each other: a program says Worker(…, poller=NAME)",
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
def test_bad_input(words: list[str], code: int, line: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Each wrong word is named, with what would be right."""
    assert outcome(capfd, "--headless", *words) == (code, line)


def test_an_unknown_poller_names_those_of_this_system(capfd: pytest.CaptureFixture[str]) -> None:
    """`select` is everywhere."""
    code, line = outcome(capfd, "--headless", ANY, "--poller", "magic")
    assert (code, line.partition(":")[0]) == (2, 'no poller "magic" on this system')
    assert line.endswith("select")


def test_an_address_in_use_says_how_to_find_who_holds_it(capfd: pytest.CaptureFixture[str]) -> None:
    """And lets go of the address that could be opened."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        code, line = outcome(capfd, "--headless", ANY, f"127.0.0.1:{port}")
    assert code == 1
    assert line.startswith(f"cannot listen on tcp://127.0.0.1:{port}: the address is in use")
    assert f"lsof -i :{port}" in line


def test_a_low_port_says_that_it_is_one(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this system allows to whom, the refusal is worded with the remedy."""

    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tuiserver.engine.listener.socket.socket.bind", refuse)
    assert outcome(capfd, "--headless", "127.0.0.1:80") == (
        1,
        "cannot listen on tcp://127.0.0.1:80: permission denied – port 80 needs root, one of 1024 or above does not",
    )


def test_a_log_that_cannot_be_written_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """When it was asked for by name."""
    code, line = outcome(capfd, "--headless", ANY, "--log", str(tmp_path))
    assert code == 2
    assert line.startswith(f'cannot write the log "{tmp_path}"')


def test_a_default_log_that_cannot_be_written_only_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, with the remedy; the server serves."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    with Headless(ANY) as server:
        code, errors = server.stop()
    assert code == 0
    assert errors.startswith("tuiserver: cannot write the log ")
    assert "--log FILE" in errors
    assert errors.count("\n") == 1


def test_without_a_terminal_headless_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    """Before anything is opened."""
    done = run(ANY)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "tuiserver: stdout is not a terminal: the console needs one, --headless does not\n"


def test_an_unknown_theme_lists_the_themes(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that would be found."""
    monkeypatch.setattr("tuiserver.cli.main._check_terminal", lambda: None)
    code, line = outcome(capfd, ANY, "--theme", "mauve")
    assert code == 2
    assert line.startswith('unknown theme "mauve": use one of ')
    assert "tuiserver-dark" in line


def test_what_is_for_headless_is_refused_without_it(capfd: pytest.CaptureFixture[str]) -> None:
    """No option is taken and ignored."""
    for flag in ("--json", "--quiet"):
        assert outcome(capfd, ANY, flag) == (2, f"{flag} has no meaning in console mode: add --headless")


# ── programs ──

WORKER = "from tuiserver import Worker\nworker = Worker('127.0.0.1:0')\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\n", "has no Worker: it needs one at its top level, such as worker = Worker(…)"),
        (WORKER + "other = Worker('127.0.0.1:0')\n", "has several workers: say which, as in --app p.py:worker"),
        (
            "from tuiserver import Worker\nworker = Worker()\n",
            "gives no address to listen on: try tuiserver --app p.py 127.0.0.1:9999",
        ),
    ],
)
def test_a_program_without_its_worker(text: str, line: str, tmp_path: Path) -> None:
    """What is missing is said, and how it would look."""
    (tmp_path / "p.py").write_text(text)
    done = run("--headless", "--app", "p.py", cwd=tmp_path, env={**environment(), "PYTHONWARNINGS": ""})
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"tuiserver: p.py {line}\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n\n{}['x']\n", "p.py: KeyError: 'x' (line 3)"),
        ("def f():\n    import json\n    json.loads('?')\n\nf()\n", "(line 3)"),
        ("x = = 1\n", "p.py: SyntaxError: invalid syntax (line 1)"),
        ("import no_such_thing\n", "p.py: ModuleNotFoundError: No module named 'no_such_thing' (line 1)"),
        ("raise ValueError('a\\nb\\x1b[2J')\n", "p.py: ValueError: a\\nb\\x1b[2J (line 1)"),
        ("raise SystemExit(3)\n", "p.py: SystemExit: 3 (line 1)"),
    ],
)
def test_a_program_that_raises(text: str, line: str, tmp_path: Path) -> None:
    """One line that names the file and the line; its own traceback only with `--debug`."""
    (tmp_path / "p.py").write_text(text)
    done = run("--headless", "--app", "p.py", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("tuiserver: p.py: ")
    assert line in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback_of_a_program(tmp_path: Path) -> None:
    """And the line is still the last one."""
    (tmp_path / "p.py").write_text("{}['x']\n")
    done = run("--headless", "--app", "p.py", "--debug", cwd=tmp_path)
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.splitlines()[-1] == "tuiserver: p.py: KeyError: 'x' (line 1)"


def test_a_program_serves_its_own_addresses_or_those_given(tmp_path: Path) -> None:
    """Given ones replace its own, one of several workers is chosen by name, and what is for `__main__` does not run."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "module.py").write_text(
        "from tuiserver import Worker\n"
        "one, two = Worker('http://127.0.0.1:0'), Worker('raw://127.0.0.1:0')\n"
        "if __name__ == '__main__':\n"
        "    raise SystemExit('not to be run')\n"
    )
    for words, scheme in (
        (["--app", "package.module:one"], "http"),
        (["--app", "package.module:two"], "raw"),
        (["--app", "package/module.py:two", ANY], "tcp"),
    ):
        with Headless(*words, cwd=tmp_path) as server:
            assert server.first.startswith(f"listening on {scheme}://127.0.0.1:")


def test_a_program_imports_what_lies_beside_it(tmp_path: Path) -> None:
    """Its folder is searched first, as when Python runs it."""
    (tmp_path / "helper.py").write_text(WORKER)
    (tmp_path / "p.py").write_text("from helper import worker\n")
    with Headless("--app", str(tmp_path / "p.py")) as server:
        assert server.port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_program_behind_the_console(number: int, tmp_path: Path) -> None:
    """What it prints goes to the log, not to the screen; a signal closes the clients in order and gives the terminal back."""
    (tmp_path / "p.py").write_text(
        WORKER + "@worker.on_message\n"
        "def tell(connection, message):\n"
        "    print('printed', message)\n"
        "    connection.send(message)\n"
    )
    log = tmp_path / "log"
    child = pexpect.spawn(
        sys.executable,
        ["-m", "tuiserver", "--app", "p.py", "--log", str(log)],
        cwd=str(tmp_path),
        env={**environment(), "TERM": "xterm-256color"},
        dimensions=(24, 80),
        timeout=10,
    )
    try:
        child.expect_exact("\x1b[?1049h")
        child.expect_exact("tcp://127.0.0.1:")
        port = int(log.read_text().splitlines()[0].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"hi")
            assert client.recv(2) == b"hi"
            child.kill(number)
            assert read_all(client) == b""
        child.expect_exact("\x1b[?1049l")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert (child.exitstatus, child.signalstatus) == (0, None)
    lines = [line.split(maxsplit=2)[2] for line in log.read_text().splitlines()]
    assert "print printed b'hi'" in lines
    assert "server stopped" in lines[-1]


# ── arguments ──


def test_options_and_addresses_come_in_any_order() -> None:
    """And `--` ends the options."""
    settings = parse_arguments([":1", "--reply=echo", ":2", "--headless", "--no-mouse", "--log", "x", "--", ":3"])
    assert settings == Settings(addresses=(":1", ":2", ":3"), reply="echo", headless=True, mouse=False, log="x")


def test_no_option_is_guessed() -> None:
    """An abbreviation is an unknown option: scripts keep working when options are added."""
    with pytest.raises(UsageError, match="did you mean --headless"):
        parse_arguments(["--head"])


def test_help_and_version(capfd: pytest.CaptureFixture[str]) -> None:
    """Both go to stdout and are no failure; the help names every option once and fits 100 columns."""
    for flag in ("--help", "-h"):
        assert main([flag]) == 0
        assert capfd.readouterr() == (help_text() + "\n", "")
    assert main(["--version"]) == 0
    assert capfd.readouterr() == (f"tuiserver {tuiserver.__version__}\n", "")
    for option in BY_FLAG.values():
        assert help_text().count(f"\n  {option.flag} ") == 1, option.flag
    for title in (*OPTIONS, "Examples"):
        assert f"\n{title}\n" in help_text()
    assert max(map(len, help_text().splitlines())) <= 110


def test_a_closed_stdout_is_no_place_for_a_socket(tmp_path: Path) -> None:
    """With descriptor 1 closed a client's socket would get that number, and be printed to."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    process = subprocess.Popen(
        ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "--headless", "--log", str(log), f"127.0.0.1:{port}"],
        env=environment(),
    )
    try:
        while "listening" not in (log.read_text() if log.exists() else ""):
            assert process.poll() is None
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(b"hi")
            client.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b""
    finally:
        process.terminate()
        assert process.wait(10) == 0


def test_limits_reach_the_server(tmp_path: Path) -> None:
    """A limit of the command line holds, for built-in replies and for a program of one's own."""
    assert parse_arguments(["--max-buffer", "64k", ":1"]).limits == (("max_buffer", 65536),)
    with pytest.raises(UsageError, match="--idle-timeout soon is not a time: write 30 or 2m"):
        parse_arguments(["--idle-timeout", "soon", ":1"])
    with Headless("--request-timeout", "0.1", "http://127.0.0.1:0") as server, server.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_reader_that_wants_no_more_of_the_help() -> None:
    """`tuiserver --help | head -1` ends in peace."""
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen([*COMMAND, "--help"], stdout=writing, stderr=subprocess.PIPE, text=True) as process:
        os.close(writing)
        assert process.communicate(timeout=10)[1] == ""
        assert process.returncode == 0
