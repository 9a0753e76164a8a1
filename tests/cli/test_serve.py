"""Running a server from the command line: built-in replies, programs, limits and the log."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path

import pexpect
import pytest

from tests.support.configuration import write_config
from tests.support.processes import LIMIT, Headless, environment, run
from tests.support.serving import read_all, read_exactly
from tuiserver.cli.serve import limits_of
from tuiserver.config.settings import Settings

ANY_PORT = "127.0.0.1:0"
WORKER = "from tuiserver import Worker\nworker = Worker('127.0.0.1:0')\n"


def test_an_unwritable_default_log_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the remedy is printed, and the server runs."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    with Headless(ANY_PORT) as server:
        code, errors = server.stop()
    assert code == 0
    assert errors.startswith("tuiserver: cannot write the log ")
    assert "--log FILE" in errors
    assert errors.count("\n") == 1


def test_limits_reach_the_server() -> None:
    """A limit from the command line is applied to the worker."""
    with Headless("--request-timeout", "0.1", "http://127.0.0.1:0") as server, server.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 408 ")


def test_several_listeners_speak_several_protocols() -> None:
    """One is named by its address, the other by --protocol; --line-ending is that of both."""
    address = "line:nul://127.0.0.1:0"
    with Headless("--protocol", "line", "--line-ending", "crlf", "--reply", "echo", ANY_PORT, address) as server:
        second = server.line()
        assert second.startswith("listening on line:nul://127.0.0.1:")
        port = int(second.rpartition(":")[2])
        with server.connect() as client, socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as other:
            client.sendall(b"one\ntwo\r\nthr")
            assert read_exactly(client, 10) == b"one\r\ntwo\r\n"
            other.sendall(b"a\nb\0")
            assert read_exactly(other, 4) == b"a\nb\0"
            client.shutdown(socket.SHUT_WR)
            assert read_all(client) == b""
        while "unfinished" not in (line := server.line()):
            assert line
        assert line.endswith(" thr  (unfinished: peer_closed)\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--protocol", "gopher", ANY_PORT), 'unknown protocol "gopher": use one of raw, http, line'),
        (("--protocol", "raw:x", ANY_PORT), '"raw:x": raw has no parameters'),
        (("delimiter://:0",), '"delimiter" needs a parameter: delimiter:BYTES (in delimiter://:0)'),
        (("lime://:0",), 'unknown scheme "lime" in "lime://:0" (did you mean line?): use one of tcp, raw, http, line'),
        (
            ("--line-ending", "lf", ANY_PORT),
            "--line-ending has no effect without the protocol line: add --protocol line",
        ),
        (("--line-ending", "x", "line://:0"), 'unknown line ending "x": use one of lf, crlf, cr, nul'),
    ],
)
def test_a_protocol_that_does_not_exist(arguments: tuple[str, ...], says: str) -> None:
    """It is refused in one line that says what there is."""
    done = run("--headless", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"tuiserver: {says}")


def test_messages_are_printed_in_their_character_set() -> None:
    """What is not a character in it is an escape."""
    with Headless("--charset", "gbk", "--reply", "none", ANY_PORT) as server, server.connect() as client:
        client.sendall("你好".encode("gbk") + b"\xff\n")
        assert "connected" in server.line()
        assert server.line().strip().endswith(r" <    6 你好\xff\n")


def test_what_a_file_in_the_working_directory_runs_and_writes_is_named(tmp_path: Path) -> None:
    """The user may not know that there is such a file."""
    (tmp_path / "p.py").write_text(WORKER)
    write_config('app = "p.py"\nlog = "my.log"\n', tmp_path / "tuiserver.toml")
    with Headless(cwd=tmp_path) as server:
        assert server.stop() == (
            0,
            "tuiserver: tuiserver.toml:1 runs the program p.py\n"
            f"tuiserver: tuiserver.toml:2 writes the log to {tmp_path}/my.log\n",
        )


def test_a_settings_file_that_others_may_write_runs_nothing(tmp_path: Path) -> None:
    """One line says that it is ignored."""
    (tmp_path / "p.py").write_text("open('ran', 'w').close()\n" + WORKER)
    write_config('app = "p.py"\n', tmp_path / "tuiserver.toml").chmod(0o666)
    with Headless(ANY_PORT, cwd=tmp_path) as server:
        code, errors = server.stop()
    assert code == 0
    assert errors == "tuiserver: tuiserver.toml is ignored: others may write to it (chmod go-w tuiserver.toml)\n"
    assert not (tmp_path / "ran").exists()


def test_a_poller_beside_the_program_of_a_file(tmp_path: Path) -> None:
    """On the command line it is refused, in the environment it is said to have no effect."""
    (tmp_path / "p.py").write_text(WORKER)
    write_config('app = "p.py"\n', tmp_path / "tuiserver.toml")
    text = "poller has no effect on the program of tuiserver.toml:1: it chooses with Worker(…, poller=NAME)\n"
    done = run("--headless", "--poller", "select", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, f"tuiserver: --{text}")
    done = run("--headless", "256.0.0.1:0", cwd=tmp_path, env={**environment(), "TUISERVER_POLLER": "select"})
    assert f"tuiserver: TUISERVER_POLLER: {text}" in done.stderr


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\n", "has no Worker: define one at its top level, such as worker = Worker(…)"),
        (WORKER + "other = Worker('127.0.0.1:0')\n", "has several workers: select one, such as --app p.py:worker"),
        (
            "from tuiserver import Worker\nworker = Worker()\n",
            "has no address to listen on: try tuiserver --app p.py 127.0.0.1:9999",
        ),
    ],
)
def test_a_program_without_a_worker_is_refused(text: str, line: str, tmp_path: Path) -> None:
    """The error names what is missing and shows an example."""
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
def test_a_program_that_raises_is_reported_in_one_line(text: str, line: str, tmp_path: Path) -> None:
    """The error names the file and the line; the traceback is printed only with `--debug`."""
    (tmp_path / "p.py").write_text(text)
    done = run("--headless", "--app", "p.py", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("tuiserver: p.py: ")
    assert line in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("source", ["flag", "file", "environment"])
def test_debug_prints_the_traceback_of_a_program(source: str, tmp_path: Path) -> None:
    """The traceback precedes the error, wherever `debug` is set; a flag overrides a file."""
    (tmp_path / "p.py").write_text("{}['x']\n")
    if source == "file":
        (tmp_path / "tuiserver.toml").write_text("debug = true\n")
        assert "Traceback" not in run("--headless", "--app", "p.py", "--no-debug", cwd=tmp_path).stderr
    flags = ["--debug"] if source == "flag" else []
    variables = {**environment(), "TUISERVER_DEBUG": "yes" if source == "environment" else ""}
    done = run("--headless", "--app", "p.py", *flags, cwd=tmp_path, env=variables)
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.splitlines()[-1] == "tuiserver: p.py: KeyError: 'x' (line 1)"


def test_addresses_of_the_command_line_replace_those_of_a_program(tmp_path: Path) -> None:
    """One of several workers is selected by name, and the code under `__name__ == "__main__"` does not run."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "module.py").write_text(
        "from tuiserver import Worker\n"
        "one, two = Worker('http://127.0.0.1:0'), Worker('raw://127.0.0.1:0')\n"
        "if __name__ == '__main__':\n"
        "    raise SystemExit('must not run')\n"
    )
    for arguments, scheme in (
        (["--app", "package.module:one"], "http"),
        (["--app", "package.module:two"], "raw"),
        (["--app", "package/module.py:two", ANY_PORT], "tcp"),
    ):
        with Headless(*arguments, cwd=tmp_path) as server:
            assert server.first.startswith(f"listening on {scheme}://127.0.0.1:")


def test_a_program_can_import_its_neighbours(tmp_path: Path) -> None:
    """The folder of the program is on the module search path, as when Python runs it."""
    (tmp_path / "helper.py").write_text(WORKER)
    (tmp_path / "p.py").write_text("from helper import worker\n")
    with Headless("--app", str(tmp_path / "p.py")) as server:
        assert server.port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_program_with_the_console(number: int, tmp_path: Path) -> None:
    """Printed text goes to the log and not to the screen; the program cannot read the keys.

    A signal closes the clients and restores the terminal.
    """
    (tmp_path / "p.py").write_text(
        "import subprocess\n" + WORKER + "@worker.on_message\n"
        "def echo(connection, message):\n"
        "    subprocess.run(['cat'])\n"
        "    try:\n"
        "        print(input())\n"
        "    except EOFError:\n"
        "        print('printed', message)\n"
        "    connection.send(message)\n"
    )
    log = tmp_path / "log"
    child = pexpect.spawn(
        sys.executable,
        ["-m", "tuiserver", "--app", "p.py", "--log", str(log)],
        cwd=str(tmp_path),
        env={**environment(), "TERM": "xterm-256color"},
        dimensions=(24, 80),
        timeout=LIMIT,
    )
    try:
        child.expect_exact("\x1b[?1049h")
        child.expect_exact("tcp://127.0.0.1:")
        port = int(log.read_text().splitlines()[0].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
            client.sendall(b"hi")
            assert client.recv(2) == b"hi"
            child.send("?")
            child.expect("[Hh]elp")
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


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), 60.0),
        (Settings(reply="none"), 60.0),
        (Settings(headless=True, stdin=True), 60.0),
        (Settings(headless=True), None),
        (Settings(app="chat.py"), None),
        (Settings(limits=(("half_close", 7.0),)), 7.0),
    ],
)
def test_a_person_has_more_time_to_answer_after_a_half_close(settings: Settings, expected: float | None) -> None:
    """A console or commands on stdin, without a program; a configured time comes first."""
    assert limits_of(settings).get("half_close") == expected
