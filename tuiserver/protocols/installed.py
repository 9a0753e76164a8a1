"""Protocols of other packages: entry points of the group `tuiserver.protocols`.

    [project.entry-points."tuiserver.protocols"]
    mine = "my_package:MyProtocol"

Rules of this file:
- It is asked only for names that are not built in: finding entry points takes milliseconds, and no package replaces `http`.
- An entry point is a class, or any callable that makes a protocol object; it gets the parameters, where there are some, as text.
  Anything else is a `Factory`.
- What a package raises becomes one line that names it, with the file and the line.
"""

from __future__ import annotations

import os
import traceback
from functools import partial
from typing import Any, cast

from tuiserver.core.errors import error_words
from tuiserver.protocols.base import Factory, SimpleFactory
from tuiserver.protocols.parameters import SpecError

GROUP = "tuiserver.protocols"


def names() -> tuple[str, ...]:
    """The names of the protocols that are installed."""
    from importlib.metadata import entry_points

    return tuple(sorted(entry_points(group=GROUP).names))


def create(name: str, parameters: str) -> Factory | None:
    """The factory of an installed protocol; None if there is none of this name. Raises `SpecError`."""
    from importlib.metadata import entry_points

    found = entry_points(group=GROUP, name=name)
    if not found:
        return None
    entry = next(iter(found))
    try:
        return _factory(entry.load(), name, parameters)
    except SpecError:
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(frame.filename)}:{frame.lineno}"
        raise SpecError(
            f'the protocol "{name}" ({entry.value}) cannot be used: {error_words(error)} ({where})'
        ) from error


def _factory(loaded: Any, name: str, parameters: str) -> Factory:
    if not callable(loaded):
        if parameters:
            raise SpecError(f"{name} has no parameters")
        loaded.create()
        return cast(Factory, loaded)
    spec = f"{name}:{parameters}" if parameters else name
    factory = SimpleFactory(loaded, spec)
    if parameters:
        factory.create = partial(factory.create, parameters)
    factory.create()  # a class that cannot be made is refused here, and not with the first client
    return factory
