"""What `{{time}}`, `{{counter}}`, `{{random}}` and `{{uuid}}` in a typed message stand for, each time it is sent.

Rules of this file:
- A message is made anew for every target and every repetition: each gets its own number.
- The preview shows an example, and takes no number.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable


class Expander:
    """What the placeholders become. `counter` is the number that was used last."""

    def __init__(self) -> None:
        self.counter = 0

    def __call__(self, name: str) -> str:
        """The text in the place of `{{name}}`, for a message that is sent; raises `KeyError`."""
        if name == "counter":
            self.counter += 1
            return str(self.counter)
        return _MAKE[name]()

    def example(self, name: str) -> str:
        """The same for a preview; raises `KeyError`."""
        return str(self.counter + 1) if name == "counter" else _EXAMPLE.get(name) or _MAKE[name]()


def _now() -> str:
    now = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.localtime(now))}.{int(now % 1 * 1000):03d}"


def _uuid() -> str:
    import uuid  # costs a start 2 ms that few need

    return str(uuid.uuid4())


_MAKE: dict[str, Callable[[], str]] = {
    "time": _now,
    "random": lambda: os.urandom(4).hex(),
    "uuid": _uuid,
}
_EXAMPLE = {"random": "00c0ffee", "uuid": "00000000-0000-4000-8000-000000000000"}
