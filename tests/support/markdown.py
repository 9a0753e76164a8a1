"""Turn classes, their docstrings and tables into Markdown: what `reference.py` is made of."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Sequence

import msgspec


def attribute_docs(kind: type) -> dict[str, str]:
    """The string below each annotated or assigned attribute of a class, as one line."""
    (tree,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(tree, ast.ClassDef)
    docs: dict[str, str] = {}
    for statement, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        target = (
            statement.target
            if isinstance(statement, ast.AnnAssign)
            else statement.targets[0]
            if isinstance(statement, ast.Assign)
            else None
        )
        if (
            isinstance(target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            docs[target.id] = one_line(following.value.value)
    return docs


def one_line(text: str) -> str:
    """A docstring as a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def docstring(thing: object) -> str:
    """The docstring of a class or function as one line."""
    return one_line(inspect.getdoc(thing) or "")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def code(text: str) -> str:
    """Text as code."""
    return f"`{text}`" if text else ""


def members(kind: type, owner: str, names: Sequence[str]) -> str:
    """A table of methods and properties of a class: how each is called, and its docstring."""
    rows = ((code(f"{owner}.{signature(name, vars(kind)[name])}"), docstring(vars(kind)[name])) for name in names)
    return table(("in Python", "what it does"), rows)


def signature(name: str, member: object) -> str:
    """How a method is called, without types; just the name of anything else."""
    if not inspect.isfunction(member):
        return name
    parameters = [
        f"{parameter}".partition(":")[0]
        if parameter.default is parameter.empty
        else f"{parameter.name}={parameter.default!r}"
        for parameter in list(inspect.signature(member).parameters.values())[1:]
    ]
    return f"{name}({', '.join(parameters)})"


def fields(kind: type[msgspec.Struct]) -> str:
    """A table of the fields of a struct, with their defaults and docstrings."""
    docs = attribute_docs(kind)
    rows = ((code(field.name), code(repr(field.default)), docs[field.name]) for field in msgspec.structs.fields(kind))
    return table(("field", "default", "meaning"), rows)
