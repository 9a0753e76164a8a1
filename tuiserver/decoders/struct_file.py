"""A file of C definitions: its structs, and the `// tuiserver:` lines beside them.

    // tuiserver: endian big
    // tuiserver: msg_type == 0x01 -> Login
    // tuiserver: sent msg_type == 0x01 -> LoginAnswer
    // tuiserver: crc = crc16-modbus over 0..-2

Rules of this file:
- dissect.cstruct parses the definitions; it is imported when a file is loaded. What is read by them is in `struct_reader.py`.
- Structs are packed: nothing is aligned. `u8`, `u16` … count bits, `unsigned char` is a number, and `bool` has one byte.
- An error names the file, and the line where it is known.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from tuiserver.core.checksums import ByteOrder, Checksum, UnknownChecksum, find
from tuiserver.core.errors import error_words
from tuiserver.core.suggestions import did_you_mean
from tuiserver.decoders.base import MAX_NAME, clip

MAX_SIZE = 1 << 20
"""Bytes of a file of definitions."""

_DIRECTIVE = re.compile(r"//[ \t]*tuiserver:[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
_ENDIAN = re.compile(r"endian\s+(big|little)")
_CHOICE = re.compile(r"(?:(sent|received)\s+)?([\w.]+)\s*==\s*('(?:[^']|\\.)'|\"[^\"]*\"|[\w.+-]+)\s*->\s*(\w+)")
_CHECK = re.compile(
    r"(?:(\w+)\.)?(\w+)\s*=\s*([\w/.-]+)(?:\s+over\s+(-?[0-9]+|[\w.]+?)?\s*\.\.\s*(-?[0-9]+|[\w.]+?)?)?(?:\s+(big|little))?"
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_IGNORED = re.compile(
    r"\b(?:const|volatile)\b|__attribute__\s*\(\(.*?\)\)|^[ \t]*#[ \t]*(?:pragma|include)\b.*$", re.MULTILINE
)
_REWRITTEN = (
    (re.compile(r"\btypedef\s+enum\b\s*(?:\w+\s*)?(:\s*\w+\s*)?(\{[^{}]*\})\s*(\w+)\s*;"), r"enum \3 \1\2;"),
    (re.compile(r"\benum\s+(\w+)\s+(?=\w+\s*[;:,\[])"), r"\1 "),
    (re.compile(r"(?<=[;{])(\s*\w+)\s*(:\s*[0-9]+)(?=\s*;)"), r"\1 _ \2"),
)
"""C that cstruct does not take, and how it does: enums by `typedef`, `enum Kind kind;`, and bit fields without a name."""
_LIST = re.compile(r"(?<=[;{])(\s*(?:\w+\s+)+)(\w+\s*(?:\[[^\];]*\]\s*)*(?:,\s*\w+\s*(?:\[[^\];]*\]\s*)*)+);")
"""Several fields in one declaration: `uint8_t a, b[2];`."""
_HELP = "endian big, FIELD == VALUE -> STRUCT, or FIELD = CHECKSUM over START..STOP"

_TYPES = {
    **{f"u{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    **{f"{letter}{bits}": f"int{bits}" for bits in (8, 16, 32, 64) for letter in "si"},
    "unsigned char": "uint8",
    "bool": "uint8",
    "_Bool": "uint8",
    "size_t": "uint32",
}
"""Names of types that cstruct does not have, or means otherwise."""


class DefinitionError(ValueError):
    """The file cannot be read, or a definition or line in it is wrong; `str()` says where and why in one line."""


class Choice(NamedTuple):
    """Messages in which `field` has this value are of this struct. `direction` is empty for both directions."""

    direction: Literal["", "sent", "received"]
    field: str
    value: int | bytes | str
    struct: str


class Check(NamedTuple):
    """The checksum in `field`, of `struct` or of every one that has such a field.

    It is calculated from `start` until `stop`: positions in the message, counted from its end where they are negative, or the
    names of fields, for their first bytes. `stop` is None for the checksum itself; `byteorder` for that of the file.
    """

    struct: str
    field: str
    checksum: Checksum
    start: int | str
    stop: int | str | None
    byteorder: ByteOrder | None

    def covers(self, offset: int, offsets: Mapping[str, int], start: int, end: int) -> tuple[int | None, int | None]:
        """Where the bytes begin and end that it is calculated from, in a message from `start` to `end` whose fields are at
        `offsets`, and this one at `offset`. None where the field is missing that says so."""

        def position(place: int | str | None) -> int | None:
            if place is None:
                return offset
            if isinstance(place, str):
                return next((at for name, at in offsets.items() if is_named(name, place)), None)
            return min(max(start, place + (end if place < 0 else start)), end)

        return position(self.start), position(self.stop)


class Definitions(NamedTuple):
    """What a file defines: its structs by name, in order, as types of dissect.cstruct."""

    name: str
    cstruct: Any
    structs: dict[str, Any]
    byteorder: ByteOrder
    choices: tuple[Choice, ...]
    checks: tuple[Check, ...]


def load(path: str) -> Definitions:
    """Read and parse a file. Raises `DefinitionError`, and `ImportError` where dissect.cstruct is not installed."""
    name = os.path.basename(path)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise DefinitionError(f"{path}: {error.strerror}") from None
    if len(text) > MAX_SIZE:
        raise DefinitionError(f"{path}: it is larger than {MAX_SIZE >> 20} MB")
    return parse(name, text)


def parse(name: str, text: str) -> Definitions:
    """Parse the text of a file called `name`; raises as `load`."""
    byteorder: ByteOrder = "little"
    choices: list[tuple[int, Choice]] = []
    checks: list[tuple[int, Check]] = []
    for found in _DIRECTIVE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        match = _ENDIAN.fullmatch(found[1])
        if match:
            byteorder = "big" if match[1] == "big" else "little"
        elif match := _CHOICE.fullmatch(found[1]):
            choices.append((line, _choice(match)))
        elif match := _CHECK.fullmatch(found[1]):
            checks.append((line, _check(match, f"{name}:{line}")))
        else:
            raise DefinitionError(f"{name}:{line}: this line is not known: use {_HELP}")
    cstruct, structs = _parse_c(name, text, byteorder)
    for line, choice in choices:
        _require_field(structs, choice.struct, choice.field, f"{name}:{line}")
    resolved = tuple(_resolve(cstruct, choice, f"{name}:{line}") for line, choice in choices)
    for line, check in checks:
        _require_field(structs, check.struct, check.field, f"{name}:{line}")
        for place in (check.start, check.stop):
            if isinstance(place, str):
                _require_field(structs, check.struct, place, f"{name}:{line}")
    return Definitions(name, cstruct, structs, byteorder, resolved, tuple(check for _, check in checks))


def is_named(name: str, wanted: str) -> bool:
    """True for the field `wanted`, which may be nested: `kind` is found as `header.kind`."""
    return name == wanted or name.endswith(f".{wanted}")


def join_names(name: str, field: str) -> str:
    """The dotted name of a field; what is anonymous adds nothing."""
    return clip(f"{name}.{field}" if name and field else name or field, MAX_NAME)


def _require_field(structs: dict[str, Any], struct: str, field: str, place: str) -> None:
    """Raise `DefinitionError` unless the struct, or one of all if it is empty, has this field."""
    if struct and struct not in structs:
        raise DefinitionError(f"{place}: there is no struct {struct}{did_you_mean(struct, structs)}")
    owners = [structs[struct]] if struct else structs.values()
    names = [name for owner in owners for name in _field_names(owner)]
    if not any(is_named(name, field) for name in names):
        similar = did_you_mean(field, names)
        raise DefinitionError(f"{place}: there is no field {field} in {struct or 'any struct'}{similar}")


def _field_names(kind: Any, prefix: str = "") -> Iterator[str]:
    """The dotted names of all fields of a struct; those of elements of arrays are left out."""
    for field in kind.__fields__:
        name = f"{prefix}{field.name}" if field.name else prefix.rstrip(".")
        if field.name:
            yield name
        if hasattr(field.type, "__fields__"):
            yield from _field_names(field.type, f"{name}." if name else "")


def _choice(match: re.Match[str]) -> Choice:
    direction: Literal["", "sent", "received"] = (
        "sent" if match[1] == "sent" else "received" if match[1] == "received" else ""
    )
    text = match[3]
    value: int | bytes | str = text
    if text[0] in "'\"":
        value = text[1:-1].encode("latin-1", "replace").decode("unicode_escape").encode("latin-1", "replace")
    else:
        try:
            value = int(text, 0)
        except ValueError:
            pass
    return Choice(direction, match[2], value, match[4])


def _check(match: re.Match[str], place: str) -> Check:
    try:
        checksum = find(match[3])
    except UnknownChecksum as error:
        raise DefinitionError(f"{place}: {error}") from None
    start, stop = (_position(match[group]) for group in (4, 5))
    byteorder: ByteOrder | None = None if match[6] is None else "big" if match[6] == "big" else "little"
    return Check(match[1] or "", match[2], checksum, 0 if start is None else start, stop, byteorder)


def _position(text: str | None) -> int | str | None:
    if not text:
        return None
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else text


def _resolve(cstruct: Any, choice: Choice, place: str) -> Choice:
    """The choice with the number of a constant or of a member of an enum in the place of its name."""
    if not isinstance(choice.value, str):
        return choice
    if isinstance(number := cstruct.consts.get(choice.value), int):
        return choice._replace(value=number)
    enum, _, member = choice.value.rpartition(".")
    for name, kind in cstruct.typedefs.items():
        members = getattr(kind, "__members__", {})
        if member in members and enum in ("", name):
            return choice._replace(value=int(members[member].value))
    raise DefinitionError(f"{place}: {choice.value} is not a number, constant or member of an enum")


def _parse_c(name: str, text: str, byteorder: ByteOrder) -> tuple[Any, dict[str, Any]]:
    """The types of a file, and its structs by name."""
    from dissect.cstruct import Structure, cstruct

    parser = cstruct(endian=">" if byteorder == "big" else "<")
    for alias, kind in _TYPES.items():
        parser.add_type(alias, kind, replace=True)
    before = set(parser.typedefs)
    text = _normalize(text)
    try:
        parser.load(text, compiled=False)
        types = {each: parser.resolve(kind) for each, kind in parser.typedefs.items() if each not in before}
    except Exception as error:  # the parser raises errors of many types
        words = clip(error_words(error), 200)
        raise DefinitionError(f"{name}{_locate(words, text)}") from None
    structs = {each: kind for each, kind in types.items() if isinstance(kind, type) and issubclass(kind, Structure)}
    if not structs:
        raise DefinitionError(f"{name}: it defines no struct")
    return parser, structs


def _normalize(text: str) -> str:
    """The same definitions as cstruct takes them, on the same lines."""
    for pattern in (_COMMENT, _IGNORED):
        text = pattern.sub(lambda found: "\n" * found[0].count("\n"), text)
    for pattern, replacement in _REWRITTEN:
        text = pattern.sub(replacement, text)
    return _LIST.sub(lambda found: ";".join(found[1] + each for each in found[2].split(",")) + ";", text)


def _locate(words: str, text: str) -> str:
    """What the parser says, after the number of the line if it says one or a name of it."""
    words = re.sub(r"<Token\.\w+ value='(.*?)'>", r"\1", words)
    line = re.search(r"\bline ([0-9]+): (.*)", words)
    if line:
        return f":{line[1]}: {line[2]}"
    words = words.partition(": ")[2] or words
    unknown = re.search(r"Unknown type (.*)", words)
    at = text.find(unknown[1]) if unknown else -1
    return f":{text.count(chr(10), 0, at) + 1}: {words[0].lower()}{words[1:]}" if at >= 0 else f": {words}"
