"""Loading the program of `--app`: found by file or by module, and what is wrong with it said in one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tuiserver.programs.loader import ProgramError, load

ONE = "from tuiserver import Worker\nworker = Worker('127.0.0.1:0')\n"
TWO = ONE + "other = Worker('127.0.0.1:0', program='second')\n"


@pytest.fixture(autouse=True)
def _modules_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each test loads anew, in a folder of its own; what it loaded goes with it, and its workers give back what they have."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def written(name: str, text: str) -> str:
    """A file of the current folder."""
    Path(name).write_text(text)
    return name


def terminate(worker):
    """Its name, with its descriptors given back."""
    worker.stop()
    return worker.program


@pytest.mark.parametrize(
    ("app", "program"), [("./one.py", "one.py"), ("one.py:worker", "one.py"), ("one", "one"), ("one:worker", "one")]
)
def test_is_found_by_file_or_module(app, program):
    """A file or a module, with the worker's name or without; views call it by the name of the file."""
    written("one.py", ONE)
    assert terminate(load(app)) == program


def test_one_of_several_is_chosen_by_name():
    """With several workers the name decides, and without one the first is offered as an example."""
    written("two.py", TWO)
    with pytest.raises(ProgramError, match=r"several workers: say which, as in --app two.py:worker"):
        load("two.py")
    module = sys.modules.pop("two")
    for worker in (module.worker, module.other):
        worker.stop()
    assert terminate(load("two.py:other")) == "second"
    sys.modules["two"].worker.stop()


def test_a_program_may_bear_the_name_of_a_module():
    """A program called `json.py` is loaded and leaves the module of that name where it is."""
    import json

    written("json.py", ONE)
    assert terminate(load("json.py")) == "json.py"
    assert sys.modules["json"] is json


@pytest.mark.parametrize(
    ("app", "text", "words"),
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
        ("bad.py", "x = 1\n", "bad.py has no Worker: it needs one at its top level, such as worker = Worker(…)"),
        ("bad.py:x", "x = 1\n", 'bad.py has no Worker "x"'),
        ("bad.py:y", "x = 1\n", 'bad.py has no "y"'),
    ],
)
def test_what_is_wrong_is_said_in_one_line(app, text, words):
    """It names the file and the line, and the remedy where there is one."""
    if text is not None:
        written("bad.py", text)
    with pytest.raises(ProgramError) as caught:
        load(app)
    assert str(caught.value) == words


def test_a_module_that_is_a_file_here_is_pointed_to(monkeypatch):
    """Who writes `mine` for `./mine.py` where the folder is not looked into is asked whether that was meant."""
    written("mine.py", ONE)
    monkeypatch.setattr(
        "tuiserver.programs.loader.sys.path", type("Deaf", (list,), {"insert": lambda *args: None})(sys.path)
    )
    with pytest.raises(ProgramError, match=r'no module "mine": did you mean mine.py\?'):
        load("mine")


def test_a_folder_with_an_ending_of_its_own_is_no_program(tmp_path):
    """A file in a folder that does not end in .py is refused with the reason."""
    written("program.txt", ONE)
    with pytest.raises(ProgramError, match=r"is not a Python file: its name ends in .py"):
        load("./program.txt")
