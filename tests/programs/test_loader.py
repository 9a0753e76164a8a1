"""Loading the program of `--app` by file or by module, and its errors in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.serving import connect, serving
from tuiserver.core.events import Noted
from tuiserver.programs.loader import ProgramError, load
from tuiserver.worker import Worker

ONE = "from tuiserver import Worker\nworker = Worker('127.0.0.1:0')\n"
TWO = ONE + "other = Worker('127.0.0.1:0', program='second')\n"


@pytest.fixture(autouse=True)
def _unload_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test runs in a folder of its own; the modules that it loaded are removed afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(name: str, text: str) -> str:
    """Write a file of the working directory; returns its name."""
    Path(name).write_text(text)
    return name


def stop(worker: Worker) -> str:
    """Close the descriptors of a worker; returns the name of its program."""
    worker.stop()
    return worker.program


@pytest.mark.parametrize(
    ("app", "program"), [("./one.py", "one.py"), ("one.py:worker", "one.py"), ("one", "one"), ("one:worker", "one")]
)
def test_a_worker_is_found_by_file_or_module(app: str, program: str) -> None:
    """By file or module, with or without the name of the worker; the program is named after the file."""
    write("one.py", ONE)
    assert stop(load(app)) == program


def test_one_of_several_workers_is_selected_by_name() -> None:
    """Without a name the error shows the first worker as an example."""
    write("two.py", TWO)
    with pytest.raises(ProgramError, match=r"several workers: select one, such as --app two.py:worker"):
        load("two.py")
    module = sys.modules.pop("two")
    for worker in (module.worker, module.other):
        worker.stop()
    assert stop(load("two.py:other")) == "second"
    sys.modules["two"].worker.stop()


def test_a_program_may_have_the_name_of_a_module() -> None:
    """A program called `json.py` is loaded without replacing the module of that name."""
    import json

    write("json.py", ONE)
    assert stop(load("json.py")) == "json.py"
    assert sys.modules["json"] is json


@pytest.mark.parametrize(
    ("app", "text", "message"),
    [
        ("none.py", None, 'no such program: "none.py"'),
        ("none", None, 'no such program: there is no module "none"'),
        ("program.txt/", None, 'no such program: "program.txt/"'),
        ("bad.py", "x = 1\ny = x.z\n", "bad.py: AttributeError: 'int' object has no attribute 'z' (line 2)"),
        ("bad", "x = 1\ny = x.z\n", "bad: AttributeError: 'int' object has no attribute 'z' (line 2)"),
        ("bad.py", "raise SystemExit\n", "bad.py: SystemExit (line 1)"),
        ("bad.py", "x = (\n", "bad.py: SyntaxError: '(' was never closed (line 1)"),
        (
            "bad.py",
            "import absent_for_sure\n",
            "bad.py: ModuleNotFoundError: No module named 'absent_for_sure' (line 1)",
        ),
        ("bad", "import absent_for_sure\n", "bad: ModuleNotFoundError: No module named 'absent_for_sure' (line 1)"),
        ("bad.py", "x = 1\n", "bad.py has no Worker: define one at its top level, such as worker = Worker(…)"),
        ("bad.py:x", "x = 1\n", 'bad.py has no Worker "x"'),
        ("bad.py:y", "x = 1\n", 'bad.py has no "y"'),
    ],
)
def test_an_error_is_one_line(app: str, text: str | None, message: str) -> None:
    """It names the file and the line, and the remedy if there is one."""
    if text is not None:
        write("bad.py", text)
    with pytest.raises(ProgramError) as caught:
        load(app)
    assert str(caught.value) == message


def test_a_file_of_the_same_name_is_suggested() -> None:
    """A file that cannot be imported because a package of that name comes first is suggested instead of the module."""
    Path("mine").mkdir()
    write("mine/__init__.py", "")
    write("mine.sub.py", ONE)
    with pytest.raises(ProgramError, match=r'no module "mine.sub" \(did you mean mine.sub.py\?\)'):
        load("mine.sub")


def test_a_file_without_py_is_refused() -> None:
    """A file whose name does not end in .py is refused with the reason."""
    write("program.txt", ONE)
    with pytest.raises(ProgramError, match=r"is not a Python file: the name of one ends in .py"):
        load("./program.txt")


@pytest.mark.parametrize("method", ["run", "start"])
def test_a_program_that_serves_itself_is_served_all_the_same(method: str) -> None:
    """The call returns at once, `stop` does nothing, and a note says so; afterwards the worker is served as usual."""
    path = write("own.py", f"{ONE}worker.{method}()\nworker.stop()\nworker.{method}()\nloaded = True\n")
    worker = load(path)
    assert sys.modules["own"].loaded
    with serving(worker) as sink:
        (note,) = sink.wait_for(Noted)
        connect(worker).close()
    assert note.level == "info"
    assert note.text == f"worker.{method}() in own.py returned at once: tuiserver serves the worker that --app names"


def test_the_name_of_a_program_may_be_no_utf8() -> None:
    """Views show it escaped."""
    try:
        path = write(os.fsdecode(b"b\xffd.py"), ONE)
    except OSError:
        pytest.skip("this file system takes no such name")
    assert stop(load(path)) == r"b\udcffd.py"
