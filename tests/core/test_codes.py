"""Codes are contract: each is unique, in one style, and used by the program."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import tuiserver
from tuiserver.core.codes import RESETS, CloseCode, NoteCode, PauseCode, ReceivedKind, RefuseCode

KINDS = (CloseCode, PauseCode, NoteCode, ReceivedKind, RefuseCode)


def codes_of(kind: type) -> dict[str, str]:
    """The codes of a kind, by the name of their constant."""
    return {name: value for name, value in vars(kind).items() if name.isupper()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_is_its_name_in_lower_case(kind: type) -> None:
    """So it is unique within its kind, and a script can be written from the documentation alone."""
    codes = codes_of(kind)
    assert codes
    for name, code in codes.items():
        assert code == name.lower()
        assert re.fullmatch("[a-z]+(_[a-z]+)*", code)


def test_every_code_is_used() -> None:
    """A documented code that is never emitted would be wrong documentation."""
    used: dict[str, set[str]] = {kind.__name__: set() for kind in KINDS}
    for path in Path(tuiserver.__file__).parent.rglob("*.py"):
        if path.name != "codes.py":
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in used:
                    used[node.value.id].add(node.attr)
    assert used == {kind.__name__: set(codes_of(kind)) for kind in KINDS}


def test_resets_are_close_codes() -> None:
    """Each of them says that a reset ended the connection."""
    assert set(codes_of(CloseCode).values()) >= RESETS
    assert {code for code in codes_of(CloseCode).values() if code.endswith("reset")} == RESETS
