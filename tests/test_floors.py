"""The structure of the package: imports go down, files stay small, objects keep their private names to themselves.

Everything here is read from the source with `ast`, except in the last two tests: they prove in a separate process that a
program without a terminal loads no screen library.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tuiserver
from tests.support.processes import LIMIT, Headless, environment

PACKAGE = Path(tuiserver.__file__).parent
ROOT = Path(__file__).parent.parent
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__main__.py" and path != PACKAGE / "__init__.py")
SCREEN = {"textual", "rich"}
HEAVY = {*SCREEN, "asyncio"}

FLOORS = (
    ("core",),
    ("protocols", "decoders", "views", "config"),
    ("engine",),
    ("worker",),
    ("links",),
    ("outputs", "automation"),
    ("programs",),
    ("console",),
    ("cli",),
)
"""Folders of the package from the ground up; a file imports from its own folder and from lower floors."""

CONSOLE_FLOORS = (
    ("text",),
    ("models", "terminal", "themes", "layout", "keymap", "selection", "frame_clock", "context", "faults"),
    ("panes",),
    ("dialogs",),
    ("*",),
)
"""The same inside `console/`; `*` is every other file there."""

WITHOUT_ENGINE = ("automation", "console", "links/base.py", "links/inbox.py")
"""What must work on any server, including a remote one and a recording."""

MAX_LINES = 400
MAX_METHODS = 40
MAX_WORKER_LINES = 250

NAMED_TUPLE = {"_asdict", "_fields", "_replace"}
"""Documented methods of named tuples: the underscore only keeps them apart from field names."""
FOREIGN_PRIVATE_NAMES = {
    ("console/panes/pane.py", "_bindings"): "Textual has no public way to remove a binding of its own widgets",
    ("core/checksums.py", "_names"): "crccheck has no public name of a CRC",
    ("console/faults.py", "_dispatch_message"): "Textual ends a widget whose handler raised",
    ("console/terminal/signals.py", "_exit"): "os._exit is documented",
    ("console/app.py", "_color_system"): "Rich has no public way to reduce colours after the start",
}
"""Private names of libraries that are used, and why."""

OLD_WORDS = re.compile(
    "wish|wishes|stage|wear|hunt|skim|sifted|sieved|introduce|overdue|crowded|sayable|remark|filler|doomed|stranger|"
    "attention|attend|midway|mover|misuse|meant|told"
)
"""Words that no identifier contains: each has a standard term now."""

OLD_NAMES = re.compile(
    "whole|pace|ending|facts|Facts|lot|LOT|STORM|moved|_?tell|_?say|_?words?|_?hang|hang_in|_keep|_kept|_lost|_may|_?look|"
    "LOOK|AGAIN|MOST|MOST_.*|conditions|searched|figures|hand_over|HAND_OVER|broke|let_go|waiting|_plain|KeysInTurn|turns|"
    "_?room|ROOM|_?place|Place"
)
"""Names of modules, classes, functions, attributes and constants that have a better name now."""

TESTED_ELSEWHERE = {
    "automation/private_file.py": "automation/test_saved.py",
    "console/dialogs/peer_names.py": "console/test_naming.py",
    "automation/job_list.py": "automation/test_repeat.py",
    "automation/registry.py": "automation/test_job.py",
    "cli/base.py": "cli/test_registry.py",
    "console/app.py": "console/test_story.py",
    "console/command_list.py": "console/test_help_and_palette.py",
    "console/context.py": "console/test_story.py",
    "console/intake.py": "console/test_story.py",
    "console/saved_messages.py": "automation/test_saved.py",
    "console/run.py": "console/test_failures.py",
    "console/themes.py": "config/test_themes.py",
    "console/dialogs/close.py": "console/test_closing.py",
    "console/dialogs/copy.py": "console/test_operator.py",
    "console/dialogs/palette.py": "console/test_help_and_palette.py",
    "console/dialogs/picker.py": "console/test_help_and_palette.py",
    "console/dialogs/quit.py": "console/test_closing.py",
    "console/dialogs/saved_messages.py": "automation/test_saved.py",
    "console/models/log_view.py": "console/panes/test_log.py",
    "console/models/matches.py": "console/panes/test_messages.py",
    "console/models/message_views.py": "console/dialogs/test_message_viewer.py",
    "console/models/messages_view.py": "console/panes/test_messages.py",
    "console/models/scrolling.py": "console/panes/test_log.py",
    "console/panes/messages_title.py": "console/panes/test_messages.py",
    "console/panes/log_title.py": "console/panes/test_log.py",
    "console/panes/deferred.py": "console/test_workspace.py",
    "console/panes/line_input.py": "console/panes/test_send_bar.py",
    "console/panes/send_bar_text.py": "console/panes/test_send_bar.py",
    "console/panes/answer_bar_text.py": "console/panes/test_answer_bar.py",
    "console/panes/answer_fields.py": "console/panes/test_answer_bar.py",
    "console/panes/styles.py": "console/test_looks.py",
    "console/keymap/places.py": "console/keymap/test_actions.py",
    "core/limits.py": "config/test_settings.py",
    "decoders/mqtt_names.py": "decoders/test_mqtt.py",
    "engine/callbacks.py": "test_worker.py",
    "engine/closing.py": "engine/test_connection.py",
    "engine/descriptors.py": "test_worker.py",
    "protocols/http/parts.py": "protocols/http/test_parser.py",
    "protocols/binary_signatures.py": "protocols/test_signatures.py",
    "protocols/text_signatures.py": "protocols/test_signatures.py",
    "engine/output.py": "engine/test_connection.py",
    "engine/owner.py": "engine/test_connection.py",
    "engine/servicing.py": "engine/test_server.py",
    "engine/reading.py": "engine/test_connection.py",
    "engine/transports/base.py": "engine/test_server.py",
    "engine/transports/registry.py": "engine/test_server.py",
}
"""Modules without a test file of the same name, and the file that tests them."""


def _floor_of(name: str, floors: tuple[tuple[str, ...], ...]) -> int:
    for number, names in enumerate(floors):
        if name in names or (number == len(floors) - 1 and "*" in names):
            return number
    raise AssertionError(f"{name} has no floor")


def _imports(path: Path) -> set[str]:
    """The full name of every module that a file imports; a name imported from a package counts as a module of it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively: write the full name"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _ours(path: Path) -> set[tuple[str, ...]]:
    """The parts after `tuiserver.` of each import from this package."""
    names = {tuple(name.split(".")[1:]) for name in _imports(path) if name.split(".")[0] == "tuiserver"}
    return {name for name in names if name[:1] != ("__version__",)}


def _folder(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_folder_has_a_floor_and_says_what_it_is_for() -> None:
    """`FLOORS` names each folder, and each `__init__.py` has a docstring."""
    assert {_folder(path) for path in FILES} == {name for names in FLOORS for name in names}
    folders = {path.parent for path in FILES} - {PACKAGE}
    assert not [folder for folder in folders if not ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    """A file imports from its own folder and from lower floors, never from the package itself."""
    here = _floor_of(_folder(path), FLOORS)
    for name in _ours(path):
        assert name, f"{path} imports the whole package: import what it needs"
        assert name[0] == _folder(path) or _floor_of(name[0], FLOORS) < here, f"{path} imports {'.'.join(name)}"


@pytest.mark.parametrize("path", [path for path in FILES if _folder(path) == "console"], ids=lambda path: path.name)
def test_imports_go_down_inside_the_console(path: Path) -> None:
    """Text is below models, models below panes, panes below dialogs, and the app is above all of them."""
    parts = path.relative_to(PACKAGE / "console").parts
    here = _floor_of(parts[0].removesuffix(".py"), CONSOLE_FLOORS)
    for name in _ours(path):
        if name[0] == "console" and len(name) > 1 and name[1] != parts[0].removesuffix(".py"):
            assert _floor_of(name[1], CONSOLE_FLOORS) <= here, f"{path} imports {'.'.join(name)}"


@pytest.mark.parametrize("place", WITHOUT_ENGINE)
def test_watchers_do_not_import_the_engine(place: str) -> None:
    """The console cannot tell whether its server runs in this process."""
    for path in FILES:
        if str(path.relative_to(PACKAGE)).startswith(place):
            assert not {name for name in _ours(path) if name[0] in ("engine", "worker")}, path


def test_no_two_folders_import_each_other() -> None:
    """Folders on the same floor have an order too."""
    needs: dict[str, set[str]] = {}
    for path in FILES:
        needs.setdefault(_folder(path), set()).update({name[0] for name in _ours(path)} - {_folder(path)})
    while ready := {folder for folder, needed in needs.items() if not needed & needs.keys()}:
        needs = {folder: needed for folder, needed in needs.items() if folder not in ready}
    assert not needs


def test_only_the_console_imports_the_screen() -> None:
    """Textual and Rich are imported in `console/` only."""
    others = [path for path in FILES if _folder(path) != "console"]
    assert not {path.name: found for path in others if (found := {n.split(".")[0] for n in _imports(path)} & SCREEN)}


def _path_name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _line_count(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("path", FILES, ids=_path_name)
def test_files_and_classes_are_small(path: Path) -> None:
    """A file can be read in one sitting, and a class has one job."""
    assert _line_count(path) <= MAX_LINES
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef):
            methods = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
            assert len(methods) <= MAX_METHODS, f"{node.name} has {len(methods)} methods"


def test_the_worker_is_a_thin_facade() -> None:
    """`Worker` holds callbacks, threads and signals; the server itself is in `engine/`."""
    assert _line_count(PACKAGE / "worker.py") <= MAX_WORKER_LINES


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def _foreign_private_names(path: Path) -> Iterator[str]:
    """`line: expression` for each underscore name of another object or module that a file uses."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if _is_private(alias.name):
                    yield f"{node.lineno}: from {node.module} import {alias.name}"
        if not isinstance(node, ast.Attribute) or not _is_private(node.attr) or node.attr in NAMED_TUPLE:
            continue
        owner = node.value
        own = (isinstance(owner, ast.Name) and owner.id in ("self", "cls")) or (
            isinstance(owner, ast.Call) and ast.unparse(owner.func) == "super"
        )
        if not own and (_path_name(path), node.attr) not in FOREIGN_PRIVATE_NAMES:
            yield f"{node.lineno}: {ast.unparse(node)}"


def test_no_object_uses_private_names_of_another() -> None:
    """Underscore names are those of `self` and `cls`; the few exceptions are names of libraries."""
    assert not {_path_name(path): found for path in FILES if (found := list(_foreign_private_names(path)))}


def _private_names(tree: ast.Module) -> set[str]:
    """The underscore names that a file uses: as attributes, variables, functions, or as the text of a patch."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(re.sub(r"^tuiserver\.[\w.]*\.", "", node.value))
    return {name for name in found if _is_private(name) and name.isidentifier()}


def _defined_names(tree: ast.Module) -> set[str]:
    """The names that a file defines: functions, classes, and what it assigns to."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self":
            found.add(node.attr)
    return found


def test_no_test_uses_a_private_name_of_the_package() -> None:
    """A test that reaches into an object says nothing about what users of the object see."""
    private = {name for path in FILES for name in _defined_names(_tree(path)) if _is_private(name)}
    of_libraries = {name for _, name in FOREIGN_PRIVATE_NAMES}
    used = {
        path.relative_to(ROOT).as_posix(): sorted(
            (_private_names(tree) & private) - _defined_names(tree) - of_libraries
        )
        for folder in ("tests", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (tree := _tree(path))
    }
    assert not {path: names for path, names in used.items() if names}


def test_every_exception_for_a_private_name_is_needed() -> None:
    """`FOREIGN_PRIVATE_NAMES` names nothing that is gone."""
    used = {
        (_path_name(path), node.attr)
        for path in FILES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute)
    }
    assert used >= FOREIGN_PRIVATE_NAMES.keys()


def _identifiers(path: Path) -> set[str]:
    """Every name of a module, class, function, argument, variable and attribute in a file."""
    found = {path.stem, path.parent.name}
    for node in ast.walk(_tree(path)):
        found |= {
            name for field in ("id", "attr", "arg", "name") if isinstance(name := getattr(node, field, None), str)
        }
    return found


def _definitions(path: Path) -> set[str]:
    """The names of a module, its classes and functions, and the attributes and constants that it sets."""
    found = {path.stem, path.parent.name}
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id.isupper():
            found.add(node.id)
    return found


def _parts(identifier: str) -> set[str]:
    """The words of an identifier, in lower case."""
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)}


def _old_names(path: Path) -> list[str]:
    defined = {name for name in _definitions(path) if OLD_NAMES.fullmatch(name)}
    return sorted(defined | {name for name in _identifiers(path) if any(map(OLD_WORDS.fullmatch, _parts(name)))})


def test_no_old_name_is_left() -> None:
    """Identifiers use the standard term of the field; the old names are gone and stay gone."""
    assert not {_path_name(path): names for path in FILES if (names := _old_names(path))}


def _has_own_tests(path: Path) -> bool:
    return (ROOT / "tests" / path.relative_to(PACKAGE)).with_name(f"test_{path.name}").exists()


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "__init__.py"], ids=_path_name)
def test_every_module_has_a_test_file_in_the_same_folder(path: Path) -> None:
    """`tests/` mirrors the package; `TESTED_ELSEWHERE` names the few exceptions."""
    assert _has_own_tests(path) or (ROOT / "tests" / TESTED_ELSEWHERE[_path_name(path)]).exists()


def test_the_exceptions_of_the_mirror_are_needed() -> None:
    """`TESTED_ELSEWHERE` names no module that is gone or has its own tests by now."""
    assert {_path_name(path) for path in FILES if not _has_own_tests(path)} >= TESTED_ELSEWHERE.keys()


def test_importing_the_package_loads_no_screen() -> None:
    """`import tuiserver` works in programs that have no terminal."""
    code = f"import sys, tuiserver; print({HEAVY!r} & sys.modules.keys() or 'none')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), timeout=LIMIT
    )
    assert done.stdout.strip() == "none"


def test_a_headless_run_loads_no_screen(tmp_path: Path) -> None:
    """Neither at the start nor while a request is served; the served program reports what is loaded."""
    program, report = tmp_path / "program.py", tmp_path / "report"
    program.write_text(
        "import pathlib, sys\n"
        "from tuiserver import Worker\n"
        "worker = Worker('127.0.0.1:0', sniff=True)\n"
        "@worker.on_message\n"
        "def answer(connection, message):\n"
        "    connection.send(b'here')\n"
        f"    pathlib.Path({str(report)!r}).write_text(' '.join({HEAVY!r} & sys.modules.keys()) or 'none')\n"
    )
    with Headless("--app", str(program)) as server:
        with server.connect() as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(1 << 16).endswith(b"here")
        while " closed" not in server.line():
            pass
        assert server.stop() == (0, "")
    assert report.read_text() == "none"
