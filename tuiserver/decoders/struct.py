"""Messages that are structs of C, as a file defines them: `--decode tracker.h:Login`, or `tracker.h` with its own choices.

Rules of this file:
- The file is read again when it has changed. While it is wrong, no message is decoded, and the error says where it is.
- Several structs in one message follow one another; what is left is a field of its own.
- A checksum is judged, and never decides what a message is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from tuiserver.decoders.base import Decoded, DecodeError, Field, FieldCode, NeedsMore, summarize
from tuiserver.decoders.sequence import Short, decode_sequence
from tuiserver.decoders.struct_file import Check, Choice, DefinitionError, Definitions, is_named, load
from tuiserver.decoders.struct_reader import Found, Reader


class StructFile:
    """The file of definitions that all decoders of a spec share. `struct` is empty, or the one that every message is."""

    def __init__(self, path: str, struct: str = "") -> None:
        """Raises as `load`, and `DefinitionError` for a struct that is not in the file."""
        self.path, self.struct = path, struct
        self._version = self._stat()
        self._error = ""
        self._definitions = self._load()

    def definitions(self) -> Definitions:
        """What the file defines now. Raises `DefinitionError`."""
        version = self._stat()
        if version != self._version:
            self._version = version
            try:
                self._definitions, self._error = self._load(), ""
            except DefinitionError as error:
                self._error = str(error)
        if self._error:
            raise DefinitionError(self._error)
        return self._definitions

    def _stat(self) -> tuple[int, int, int]:
        try:
            found = os.stat(self.path)
        except OSError:
            return 0, 0, 0
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _load(self) -> Definitions:
        definitions = load(self.path)
        if self.struct and self.struct not in definitions.structs:
            names = ", ".join(definitions.structs)
            raise DefinitionError(f"{definitions.name}: there is no struct {self.struct}: use one of {names}")
        if not self.struct and not definitions.choices and len(definitions.structs) > 1:
            raise DefinitionError(
                f"{definitions.name} defines several structs: name one ({definitions.name}:{[*definitions.structs][-1]}) "
                "or add lines // tuiserver: FIELD == VALUE -> STRUCT"
            )
        return definitions


class StructDecoder:
    """Decodes messages by the structs of a file."""

    name = "struct"

    def __init__(self, file: StructFile) -> None:
        self._file = file

    def decode(self, data: bytes, sent: bool = False) -> Decoded | NeedsMore:
        """As `Decoder.decode`."""
        try:
            definitions = self._file.definitions()
        except DefinitionError as error:
            raise DecodeError(str(error)) from None
        return decode_sequence(data, lambda data, at: self._one(definitions, data, at, sent))

    def _one(self, definitions: Definitions, data: bytes, at: int, sent: bool) -> tuple[Decoded, int]:
        name = self._file.struct or _choose(definitions, data, at, sent)
        reader = Reader(definitions, data)
        end = reader.read(definitions.structs[name], at)
        if end == at:
            raise DecodeError(f"the struct {name} has no bytes")
        fields = tuple(_judged(definitions, name, reader.fields, data, at, end))
        return Decoded(name, fields, summarize(name, fields), reader.cut), end


def _choose(definitions: Definitions, data: bytes, at: int, sent: bool) -> str:
    """The struct of the message at `at`, by the values of its fields."""
    short: Short | None = None
    seen: list[str] = []
    choices = [each for each in definitions.choices if each.direction in ("", "sent" if sent else "received")]
    if not definitions.choices:
        return next(iter(definitions.structs))
    for choice in choices:
        try:
            if _matches(definitions, choice, data, at):
                return choice.struct
        except Short as error:
            short = short or error
        except DecodeError:
            pass
        seen.append(choice.field)
    if short is not None:
        raise short
    fields = ", ".join(dict.fromkeys(seen)) or f"{'sent' if sent else 'received'} messages"
    raise DecodeError(f"no struct for this {fields}")


def _matches(definitions: Definitions, choice: Choice, data: bytes, at: int) -> bool:
    """True where the field of the choice has its value. Raises `Short` where the message ends before that field."""
    try:
        Reader(definitions, data, choice.field).read(definitions.structs[choice.struct], at)
    except Found as found:
        field = found.field
    else:
        return False
    raw = data[field.offset : field.offset + field.size]
    if isinstance(choice.value, bytes):
        return raw.rstrip(b"\0") == choice.value.rstrip(b"\0")
    if isinstance(field.value, int):
        return field.value == choice.value
    return field.note == str(choice.value) or int.from_bytes(raw, definitions.byteorder) == choice.value


def _judged(
    definitions: Definitions, struct: str, fields: list[Field], data: bytes, start: int, end: int
) -> Iterable[Field]:
    """The fields of a struct, its checksums with their judgement."""
    checks = [check for check in definitions.checks if check.struct in ("", struct)]
    offsets = {field.name: field.offset for field in reversed(fields)} if checks else {}
    for field in fields:
        check = next((check for check in checks if is_named(field.name, check.field)), None)
        yield _judge(definitions, check, field, offsets, data, start, end) if check else field


def _judge(
    definitions: Definitions, check: Check, field: Field, offsets: dict[str, int], data: bytes, start: int, end: int
) -> Field:
    first, last = check.covers(field.offset, offsets, start, end)
    if first is None or last is None:
        return field._replace(note=f"there is no field {check.start if first is None else check.stop}")
    order = check.byteorder or definitions.byteorder
    expected = check.checksum.calculate(data[first:last])
    raw = data[field.offset : field.offset + field.size]
    if int.from_bytes(raw, order) == expected:
        return field._replace(code=FieldCode.OK)
    size = max(field.size, check.checksum.size)
    note = f"{raw.hex(' ').upper()}, expected {expected.to_bytes(size, order).hex(' ').upper()}"
    return field._replace(note=note, code=FieldCode.WRONG)
