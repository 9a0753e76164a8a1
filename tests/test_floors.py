"""The house keeps its floors: imports go down, and without a screen nothing of a screen is loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tuiserver
from tests.support.processes import LIMIT, Headless, environment

PACKAGE = Path(tuiserver.__file__).parent
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__main__.py" and path != PACKAGE / "__init__.py")
SCREEN = {"textual", "rich"}
HEAVY = {*SCREEN, "asyncio"}

FLOORS = (
    ("core",),
    ("protocols", "views", "config"),
    ("engine",),
    ("worker",),
    ("links",),
    ("outputs", "automation"),
    ("programs",),
    ("console",),
    ("cli",),
)
"""Folders of the package from the ground up; a file imports from its own folder and from lower floors."""

CONSOLE_FLOORS = (("text",), ("models", "terminal", "themes", "layout", "keymap"), ("panes",), ("dialogs",), ("*",))
"""The same inside `console/`; `*` is every other file there."""

WITHOUT_ENGINE = ("automation", "console", "links/base.py", "links/inbox.py")
"""What must work on any server, also a remote one or a recording."""


def _floor_of(name: str, floors: tuple[tuple[str, ...], ...]) -> int:
    for number, names in enumerate(floors):
        if name in names or (number == len(floors) - 1 and "*" in names):
            return number
    raise AssertionError(f"{name} has no floor")


def _imports(path: Path) -> set[str]:
    """Every module that a file imports anywhere, in full; names imported from a package count as modules of it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively: write the full name"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _ours(path: Path) -> set[tuple[str, ...]]:
    """The parts behind `tuiserver.` of everything of ours that a file imports."""
    names = {tuple(name.split(".")[1:]) for name in _imports(path) if name.split(".")[0] == "tuiserver"}
    return {name for name in names if name[:1] != ("__version__",)}


def _folder(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_folder_has_a_floor_and_says_what_it_is_for() -> None:
    """The floors name each folder, and each folder has a docstring."""
    assert {_folder(path) for path in FILES} == {name for names in FLOORS for name in names}
    folders = {path.parent for path in FILES} - {PACKAGE}
    assert not [folder for folder in folders if not ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    """A file imports from its own folder and from lower floors; the package itself is above all of them."""
    here = _floor_of(_folder(path), FLOORS)
    for name in _ours(path):
        assert name, f"{path} imports the whole package: import what it needs"
        assert name[0] == _folder(path) or _floor_of(name[0], FLOORS) < here, f"{path} imports {'.'.join(name)}"


@pytest.mark.parametrize("path", [path for path in FILES if _folder(path) == "console"], ids=lambda path: path.name)
def test_imports_go_down_inside_the_console(path: Path) -> None:
    """Text is below models, models below panes, panes below dialogs, and the app is above them all."""
    parts = path.relative_to(PACKAGE / "console").parts
    here = _floor_of(parts[0].removesuffix(".py"), CONSOLE_FLOORS)
    for name in _ours(path):
        if name[0] == "console" and len(name) > 1 and name[1] != parts[0].removesuffix(".py"):
            assert _floor_of(name[1], CONSOLE_FLOORS) <= here, f"{path} imports {'.'.join(name)}"


@pytest.mark.parametrize("place", WITHOUT_ENGINE)
def test_watchers_do_not_know_the_engine(place: str) -> None:
    """The console cannot tell whether its server is in this process."""
    for path in FILES:
        if str(path.relative_to(PACKAGE)).startswith(place):
            assert not {name for name in _ours(path) if name[0] in ("engine", "worker")}, path


def test_no_two_folders_import_each_other() -> None:
    """Within a floor too there is an order."""
    needs: dict[str, set[str]] = {}
    for path in FILES:
        needs.setdefault(_folder(path), set()).update({name[0] for name in _ours(path)} - {_folder(path)})
    while ready := {folder for folder, needed in needs.items() if not needed & needs.keys()}:
        needs = {folder: needed for folder, needed in needs.items() if folder not in ready}
    assert not needs


def test_only_the_console_knows_the_screen() -> None:
    """Textual and rich are imported in one folder."""
    others = [path for path in FILES if _folder(path) != "console"]
    assert not {path.name: found for path in others if (found := {n.split(".")[0] for n in _imports(path)} & SCREEN)}


def test_the_front_door_loads_no_screen() -> None:
    """`import tuiserver` is for programs that have no terminal."""
    code = f"import sys, tuiserver; print({HEAVY!r} & sys.modules.keys() or 'none')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), timeout=LIMIT
    )
    assert done.stdout.strip() == "none"


def test_a_headless_run_loads_no_screen(tmp_path: Path) -> None:
    """From the start through a request to the end; what is loaded then, a program tells that is served."""
    program, told = tmp_path / "program.py", tmp_path / "told"
    program.write_text(
        "import pathlib, sys\n"
        "from tuiserver import Worker\n"
        "worker = Worker('127.0.0.1:0', sniff=True)\n"
        "@worker.on_message\n"
        "def tell(connection, message):\n"
        "    connection.send(b'here')\n"
        f"    pathlib.Path({str(told)!r}).write_text(' '.join({HEAVY!r} & sys.modules.keys()) or 'none')\n"
    )
    with Headless("--app", str(program)) as server:
        with server.connect() as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(1 << 16).endswith(b"here")
        while " closed" not in server.line():
            pass
        assert server.stop() == (0, "")
    assert told.read_text() == "none"
