"""Messages to send that are structs of C: `Login imei=358901234567890 serial=1` to bytes, by the file that decodes them.

Rules of this file:
- What tells the structs of a file apart and what is a checksum is filled in, unless it is given.
- A nested field may be given by the end of its name where that is clear: `serial` for `header.serial`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tuiserver.core.suggestions import did_you_mean
from tuiserver.decoders.base import EncodeError, Given
from tuiserver.decoders.struct import StructFile
from tuiserver.decoders.struct_file import Choice, DefinitionError, Definitions, is_named
from tuiserver.decoders.struct_writer import Writer

_DIRECTIONS = ("sent", "", "received")
"""Which choice says the value that tells a struct apart, where several do: that for messages that are sent first."""


class StructEncoder:
    """Encodes the structs of a file, also those that no line of it chooses."""

    def __init__(self, file: StructFile) -> None:
        self._file = file

    def names(self) -> Sequence[str]:
        """As `Encoder.names`."""
        try:
            return tuple(self._file.definitions().structs)
        except DefinitionError:
            return ()

    def fields(self, name: str) -> Sequence[str]:
        """As `Encoder.fields`."""
        try:
            definitions = self._file.definitions()
        except DefinitionError:
            return ()
        kind = definitions.structs.get(name)
        if kind is None:
            return ()
        filled_in = [each.field for each in _checks(definitions, name)]
        filled_in += [each.field for each in _choices(definitions, name)]
        names = Writer(definitions, ()).names(kind)
        return tuple(each for each in names if not any(is_named(each, field) for field in filled_in))

    def encode(self, name: str, given: Sequence[Given]) -> bytes:
        """As `Encoder.encode`."""
        try:
            definitions = self._file.definitions()
        except DefinitionError as error:
            raise EncodeError("", str(error)) from None
        kind = definitions.structs.get(name)
        if kind is None:
            similar = did_you_mean(name, definitions.structs) or f": it has {', '.join(definitions.structs)}"
            raise EncodeError("", f"{definitions.name} has no struct {name}{similar}")
        names = tuple(Writer(definitions, ()).names(kind))
        writer = Writer(definitions, [each._replace(name=_full_name(each.name, names)) for each in given])
        for choice in _choices(definitions, name):
            writer.fill_in(kind, choice.field, choice.value if isinstance(choice.value, int | bytes) else 0)
        writer.write(kind)
        _fill_in_checksums(definitions, name, writer)
        return bytes(writer.data)


def _full_name(name: str, names: Sequence[str]) -> str:
    """The field of which `name` is the end, if there is exactly one."""
    if name in names:
        return name
    found = [each for each in names if is_named(each, name)]
    return found[0] if len(found) == 1 else name


def _choices(definitions: Definitions, struct: str) -> list[Choice]:
    found = [each for each in definitions.choices if each.struct == struct]
    return sorted(found, key=lambda each: _DIRECTIONS.index(each.direction))


def _checks(definitions: Definitions, struct: str) -> list[Any]:
    return [each for each in definitions.checks if each.struct in ("", struct)]


def _fill_in_checksums(definitions: Definitions, struct: str, writer: Writer) -> None:
    """Calculate the checksums that were not given, in the order of their bytes."""
    checks, offsets = _checks(definitions, struct), {field.name: field.offset for field in reversed(writer.fields)}
    for field in sorted(writer.fields, key=lambda each: each.offset):
        check = next((each for each in checks if is_named(field.name, each.field)), None)
        if check is None or writer.is_given(field.name):
            continue
        first, last = check.covers(field.offset, offsets, 0, len(writer.data))
        if first is None or last is None:
            raise EncodeError(field.name, f"there is no field {check.start if first is None else check.stop}")
        value = check.checksum.calculate(bytes(writer.data[first:last]))
        try:
            data = value.to_bytes(field.size, check.byteorder or definitions.byteorder)
        except OverflowError:
            raise EncodeError(field.name, f"{check.checksum.name} does not fit in {field.size} bytes") from None
        writer.data[field.offset : field.offset + field.size] = data
