"""The registry of decoders by name. A new decoder is one file in this folder and one line here.

A *spec* names a decoder as the user types it: `json`, or the structs of a file, `tracker.h:Login`.

Rules of this file:
- The module of a decoder is imported on first use. Entry points are searched only for a name that is not here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tuiserver.core.errors import error_words
from tuiserver.core.suggestions import did_you_mean
from tuiserver.decoders.base import Encoder, Factory

if TYPE_CHECKING:
    from tuiserver.decoders.struct import StructFile

AUTO = "auto"
"""The spec for the decoder that belongs to the protocol of a connection, if there is one."""
NONE = "none"
"""The spec for no decoder."""
BY_PROTOCOL = {name: name for name in ("http", "modbus", "mqtt", "nmea", "resp")}
"""The decoder of each protocol whose messages have fields; names are those of protocols and of `LooksLike`."""
ENTRY_POINTS = "tuiserver.decoders"
"""The group of entry points of other packages: each is a class, or a function, that creates a decoder."""


class SpecError(ValueError):
    """A spec names no decoder that can be used; `str()` says why in one line, and the remedy."""


def _http() -> Factory:
    from tuiserver.decoders.http import HttpDecoder

    return HttpDecoder


def _json() -> Factory:
    from tuiserver.decoders.json import JsonDecoder

    return JsonDecoder


def _modbus() -> Factory:
    from tuiserver.decoders.modbus import ModbusDecoder

    return ModbusDecoder


def _mqtt() -> Factory:
    from tuiserver.decoders.mqtt import MqttDecoder

    return MqttDecoder


def _msgpack() -> Factory:
    from tuiserver.decoders.msgpack import MsgpackDecoder

    return MsgpackDecoder


def _nmea() -> Factory:
    from tuiserver.decoders.nmea import NmeaDecoder

    return NmeaDecoder


def _resp() -> Factory:
    from tuiserver.decoders.resp import RespDecoder

    return RespDecoder


DECODERS: dict[str, Callable[[], Factory]] = {
    "http": _http,
    "json": _json,
    "modbus": _modbus,
    "mqtt": _mqtt,
    "msgpack": _msgpack,
    "nmea": _nmea,
    "resp": _resp,
}
"""The decoders that are built in."""
REMEDY = "pip install 'tuiserver[decode]'"
"""What installs the library that structs need."""
_STRUCT = re.compile(r"(.+\.h(?:pp)?)(?::(\w+))?")


def find(spec: str) -> Factory:
    """What creates the decoder of each connection; raises `SpecError`."""
    load = DECODERS.get(spec)
    if load is not None:
        return load()
    struct = _STRUCT.fullmatch(spec)
    if struct is not None:
        return _structs(struct[1], struct[2] or "")
    return _from_entry_point(spec)


def find_encoder(spec: str) -> Encoder | None:
    """What makes messages to send by the same definitions; None if a decoder has none. Raises `SpecError`."""
    struct = _STRUCT.fullmatch(spec) if spec not in DECODERS else None
    if struct is None:
        return None
    file = _struct_file(struct[1], struct[2] or "")
    from tuiserver.decoders.struct_encoder import StructEncoder

    return StructEncoder(file)


def file_of(spec: str) -> str:
    """The path of the file that defines the messages of a spec; empty if none does."""
    found = None if spec in DECODERS else _STRUCT.fullmatch(spec)
    return found[1] if found is not None else ""


def _structs(path: str, name: str) -> Factory:
    file = _struct_file(path, name)
    from tuiserver.decoders.struct import StructDecoder

    return lambda: StructDecoder(file)


def _struct_file(path: str, name: str) -> StructFile:
    from tuiserver.decoders.struct import StructFile
    from tuiserver.decoders.struct_file import DefinitionError

    try:
        return StructFile(path, name)
    except DefinitionError as error:
        raise SpecError(str(error)) from None
    except ImportError:
        raise SpecError(f"decoding with {path} needs dissect.cstruct: {REMEDY}") from None


def _from_entry_point(name: str) -> Factory:
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=ENTRY_POINTS, name=name):
        try:
            factory = entry_point.load()
        except Exception as error:
            raise SpecError(
                f'decoder "{name}" of {entry_point.value} cannot be loaded: {error_words(error)}'
            ) from error
        if not callable(factory):
            raise SpecError(f'decoder "{name}" of {entry_point.value} is not a class or a function')
        return factory  # type: ignore[no-any-return]
    raise SpecError(f'unknown decoder "{name}"{did_you_mean(name, DECODERS)}: use one of {", ".join(DECODERS)}, FILE.h')
