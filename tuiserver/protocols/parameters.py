r"""Read what names a protocol on the command line and in addresses: `NAME` or `NAME:PARAMETERS`, such as `delimiter:\r\n\r\n`.

Rules of this file:
- Pure. What is wrong raises `SpecError`, one line that names it and shows what would be valid.
- Bytes are written with the escapes of the send bar (`core.payload`): `\x03`, `\r`, `\n`, `\t`, `\0`, `\\`.
- Nothing is guessed: a character that cannot be printed has to be written as an escape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tuiserver.core.payload import PayloadError, parse_text, to_text
from tuiserver.core.suggestions import did_you_mean

LINE_ENDINGS = {"lf": b"\n", "crlf": b"\r\n", "cr": b"\r", "nul": b"\0"}
"""What `line` sends after each line, by name. Received lines end with LF, also after CR, for the first two."""
MAX_NUMBER = 1 << 32
_TIME_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0}


class SpecError(ValueError):
    """The text names no protocol, or its parameters are wrong; `str()` is one line for the user."""


def split(spec: str) -> tuple[str, str]:
    r"""Name, in lower case, and parameters: `fixed:26` → `fixed`, `26`. Raises `SpecError`."""
    if not spec.isprintable():
        raise SpecError(rf'"{to_text(spec.encode())}" has a character that cannot be printed: write it as \x03')
    name, colon, parameters = spec.partition(":")
    if colon and not parameters:
        raise SpecError(f'"{spec}" has nothing after the colon')
    return name.lower(), parameters


def read_number(text: str, what: str, least: int = 0, most: int = MAX_NUMBER) -> int:
    """A decimal number, negative where `least` is; raises `SpecError`."""
    if re.fullmatch("-?[0-9]{1,10}", text) and least <= (number := int(text)) <= most:
        return number
    raise SpecError(f'{what} must be a number from {least} to {most}, not "{text}"')


def read_seconds(text: str, what: str) -> float:
    """A time such as `50ms`, `1.5s` or `2`; raises `SpecError`."""
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|)", text)
    if match is None or not (seconds := float(match[1]) * _TIME_UNITS[match[2]]):
        raise SpecError(f'{what} must be a time such as 50ms or 1.5s, not "{text}"')
    return seconds


def read_bytes(text: str, what: str) -> bytes:
    r"""Bytes with escapes, at least one: `\x03`; raises `SpecError`."""
    try:
        data = parse_text(text)
    except PayloadError as error:
        raise SpecError(f"{what}: {error}") from None
    if not data:
        raise SpecError(rf"{what} is empty: write at least one byte, such as \x03")
    return data


def read_options(text: str, known: Mapping[str, str], what: str) -> dict[str, str]:
    """Options separated by commas: `at=4,whole` → `{"at": "4", "whole": ""}`.

    `known` maps the name of each option to its value as the help writes it, empty for a switch. Raises `SpecError`.
    """
    options: dict[str, str] = {}
    for part in text.split(",") if text else ():
        name, equals, value = part.partition("=")
        if name not in known:
            forms = ", ".join(f"{each}={form}" if form else each for each, form in known.items())
            raise SpecError(f'{what}: unknown option "{part}"{did_you_mean(name, known)}: use {forms}')
        if name in options:
            raise SpecError(f"{what}: {name} is given twice")
        if bool(known[name]) != bool(equals and value):
            raise SpecError(f"{what}: {name} is written {f'{name}={known[name]}' if known[name] else name}")
        options[name] = value
    return options
