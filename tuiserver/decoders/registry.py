"""The registry of decoders by name. A new decoder is one file in this folder and one line here.

A *spec* names a decoder as the user types it: `json`, or `mqtt:5` with an argument.

Rules of this file:
- A function here makes a factory from the argument of the spec; it is empty where there is none.
- The module of a decoder is imported on first use. Entry points are searched only for a name that is not here.
"""

from __future__ import annotations

from collections.abc import Callable

from tuiserver.core.errors import error_words
from tuiserver.core.suggestions import did_you_mean
from tuiserver.decoders.base import Factory

AUTO = "auto"
"""The spec for the decoder that belongs to the protocol of a connection, if there is one."""
BY_PROTOCOL = {"http": "http"}
"""The decoder of each protocol whose messages have fields."""
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


def _msgpack() -> Factory:
    from tuiserver.decoders.msgpack import MsgpackDecoder

    return MsgpackDecoder


def _nmea() -> Factory:
    from tuiserver.decoders.nmea import NmeaDecoder

    return NmeaDecoder


DECODERS: dict[str, Callable[[], Factory]] = {
    "http": _http,
    "json": _json,
    "msgpack": _msgpack,
    "nmea": _nmea,
}
"""The decoders that need no argument."""


def find(spec: str) -> Factory:
    """What creates the decoder of each connection; raises `SpecError`."""
    load = DECODERS.get(spec)
    if load is not None:
        return load()
    return _from_entry_point(spec)


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
            raise SpecError(f'decoder "{name}" of {entry_point.value} is no class or function')
        return factory  # type: ignore[no-any-return]
    raise SpecError(f'unknown decoder "{name}"{did_you_mean(name, DECODERS)}: use one of {", ".join(DECODERS)}')
