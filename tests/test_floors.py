"""The house keeps its floors: imports go down, and without a screen nothing of a screen is loaded."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tuiserver
from tests.processes import LIMIT, Headless, environment

PACKAGE = Path(tuiserver.__file__).parent
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py"))
SCREEN = {"textual", "rich"}
HEAVY = {*SCREEN, "asyncio"}


def _floors() -> dict[str, int]:
    """Module or package below `tuiserver` → its floor, as the docstring of the package says."""
    found: dict[str, int] = {}
    for line in (tuiserver.__doc__ or "").splitlines():
        if match := re.match(r"    (\d)  (\S.*?)(?:   |$)", line):
            for name in match[2].split():
                found[name.rstrip("/")] = int(match[1])
    return found


def _place(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    """Every module that a file imports anywhere, in full."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports from a relative place"
            if node.module == "tuiserver":
                found |= {f"tuiserver.{alias.name}" for alias in node.names}
            else:
                found.add(node.module or "")
    return found


def _ours(path: Path) -> set[str]:
    """The rooms of the house that a file imports; what the front door itself defines is no room."""
    rooms = {name.split(".")[1] for name in _imports(path) if name.startswith("tuiserver.")}
    return {room for room in rooms if not room.startswith("__")}


def test_every_file_has_its_floor() -> None:
    """The map in the docstring of the package names every module, and no other."""
    assert {_place(path) for path in FILES} == set(_floors())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    """A file imports of its own floor or of one below."""
    floors = _floors()
    high = {room for room in _ours(path) if floors[room] > floors[_place(path)]}
    # The command line is the stair to all floors: it opens the console when one is asked for.
    assert not high - ({"console"} if _place(path) == "cli" else set())


def test_no_two_rooms_import_each_other() -> None:
    """Within a floor too there is an order."""
    needs: dict[str, set[str]] = {}
    for path in FILES:
        needs.setdefault(_place(path), set()).update(_ours(path) - {_place(path)})
    while ready := {room for room, needed in needs.items() if not needed & needs.keys()}:
        needs = {room: needed for room, needed in needs.items() if room not in ready}
    assert not needs


def test_only_the_console_knows_the_screen() -> None:
    """Textual and rich are imported in one place."""
    others = [path for path in FILES if _place(path) != "console"]
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
