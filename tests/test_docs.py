"""What the documents say is so: options, names, examples, pictures."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import tuiserver
from tuiserver.cli.help import help_text
from tuiserver.config.settings import OPTIONS
from tuiserver.config.themes import names
from tuiserver.engine.connection import Connection
from tuiserver.protocols.http.protocol import Request
from tuiserver.worker import Worker

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md")]


def public(kind: type) -> list[str]:
    """The public names of a class that it has of its own."""
    return [name for name in (*vars(kind), *kind.__dict__.get("__slots__", ())) if not name.startswith("_")]


def test_every_option_is_in_the_readme_and_the_help():
    """One row of the table for each option, with the words of the help."""
    for options in OPTIONS.values():
        for option in options:
            row = f"| `{f'{option.flag} {option.value}'.strip()}` | {option.text} |"
            assert row in README, row
            assert option.flag in help_text()


def test_every_public_name_is_in_the_readme():
    """What a program may use of `Worker`, `Connection` and `Request` is told in one line each."""
    inside = {
        "on_error",
        "readable",
        "writable",
        "start",
        "terminate",
        "watch",
        "tap",
        "reading",
        "on_deadline",
        "on_ended",
        "on_peer_finished",
        "use_protocol",
        "write_control",
        "on_over_limit",
        "on_overrun",
        "dirty",
        "state",
    }
    inside |= {"idle_remaining", "idle_timeout", "close_idle", "totals", "active", "address", "is_open"}
    inside |= {"connected_at", "identified_at", "last_warning", "output", "transport", "wire_protocol"}
    for name in public(Connection):
        assert name in inside or re.search(rf"\b{name}\b", README), name
    inside = {"callbacks", "handle", "note", "add_sink", "remove_sink"}
    for name in public(Worker):
        assert name in inside or re.search(rf"\b{name}\b", README), name
    for name in ("connect", "message", "close", "error", "buffer_full", "buffer_drain"):
        assert f"on_{name}(" in README
    for name in Request.__struct_fields__:
        assert name in {"keep_alive", "plain"} or f"`{name}`" in README or f"request.{name}" in README, name


def test_everything_exported_has_a_docstring():
    """What `tuiserver` gives is there, and says what it is."""
    for name in tuiserver.__all__:
        assert (getattr(tuiserver, name).__doc__ or "").strip(), name


def test_the_map_of_the_house_is_complete():
    """The docstring of the package names each of its folders."""
    folders = {path.parent.name for path in (ROOT / "tuiserver").glob("*/__init__.py")}
    named = re.findall(r"\b([a-z]+)/ ", tuiserver.__doc__ or "")
    assert folders == set(named)
    assert len(named) == len(folders)


def test_the_chat_of_the_readme_is_the_example():
    """The README shows the very file, and its code is twelve lines at most."""
    code = re.search(r"```python\n(from tuiserver.*?)```", README, re.DOTALL)
    assert code is not None
    shown = code[1].rstrip()
    example = (ROOT / "examples" / "chat.py").read_text("utf-8").rstrip()
    assert example.endswith(shown)
    lines = [line for line in shown.splitlines() if line.strip() and '"""' not in line]
    assert len(lines) <= 12


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_code_parses_and_links_lead_somewhere(path):
    """Python in the documents is Python; files and pictures they name exist."""
    text = path.read_text("utf-8")
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        ast.parse(code)
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (path.parent / target).exists(), target


def test_themes_are_named():
    """The README names the themes."""
    for name in names():
        assert name in README, name


def test_make_targets_exist():
    """Every `make …` of the documents is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for path in DOCUMENTS:
        for target in re.findall(r"\bmake ([a-z]+)", path.read_text("utf-8")):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
