"""Find the line of each key in a TOML document, which `tomllib` does not report.

Rules of this file:
- Pure. The text is valid TOML: the caller has parsed it already.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any


def line_of(text: str, key: str, table: str = "") -> int:
    """The line number, from 1, of `key` in `table`; that of the table, or 1, where the key is not found."""
    lines = lines_of_keys(text)
    path = (table, key) if table else (key,)
    return lines.get(path) or lines.get(path[:1]) or 1


def lines_of_keys(text: str) -> dict[tuple[str, ...], int]:
    """The line number of every key by its path: `("theme",)`, `("keys", "zoom")`."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, statement, paths in _statements(text):
        if statement.lstrip().startswith("["):
            table = paths[-1]
            paths = [table[:length] for length in range(1, len(table) + 1)]
        else:
            paths = [(*table, *path) for path in paths]
        for path in paths:
            found.setdefault(path, number)
    return found


def lines_of_tables(text: str, name: str) -> list[int]:
    """The line numbers of all headers `[[name]]`."""
    return [
        number
        for number, statement, paths in _statements(text)
        if statement.lstrip().startswith("[[") and paths[-1] == (name,)
    ]


def _statements(text: str) -> Iterator[tuple[int, str, list[tuple[str, ...]]]]:
    """The number of the first line of each statement, its text, and the paths of its keys.

    Lines are collected until they parse as TOML by themselves: then they are one statement.
    """
    statement: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        statement.append(line)
        whole = "\n".join(statement)
        try:
            paths = list(_paths(tomllib.loads(whole)))
        except tomllib.TOMLDecodeError:
            continue
        if paths:
            yield number - len(statement) + 1, whole, paths
        statement = []


def _paths(table: Mapping[str, Any], parents: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        yield (*parents, name)
        if isinstance(value, dict):
            yield from _paths(value, (*parents, name))
