"""Placeholders in typed messages: `{{time}}`, `{{counter}}`, `{{random}}` and `{{uuid}}`, expanded when a message is sent.

Rules of this file:
- A message is expanded anew for every target and every repetition: each gets its own number.
- The preview shows an example, which does not advance the counter.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable


class Expander:
    """Expands placeholders. `counter` is the last number that was used."""

    def __init__(self) -> None:
        self.counter = 0

    def __call__(self, name: str) -> str:
        """The text for `{{name}}` in a message that is sent; raises `KeyError` for an unknown name."""
        if name == "counter":
            self.counter += 1
            return str(self.counter)
        return _EXPANSIONS[name]()

    def example(self, name: str) -> str:
        """The text for `{{name}}` in a preview; raises `KeyError` for an unknown name."""
        return str(self.counter + 1) if name == "counter" else _EXAMPLES.get(name) or _EXPANSIONS[name]()


def _local_time() -> str:
    now = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.localtime(now))}.{int(now % 1 * 1000):03d}"


def _uuid() -> str:
    import uuid  # not at the top: it would cost every start 2 ms

    return str(uuid.uuid4())


_EXPANSIONS: dict[str, Callable[[], str]] = {
    "time": _local_time,
    "random": lambda: os.urandom(4).hex(),
    "uuid": _uuid,
}
_EXAMPLES = {"random": "00c0ffee", "uuid": "00000000-0000-4000-8000-000000000000"}
