"""Load a program that runs its own worker, although somebody else serves it.

Rules of this file:
- While a program is loaded within `hosted`, the methods of `Worker` that start or stop it ask `is_hosted` and return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_on_calls: list[Callable[[Any, str], object]] = []


@contextmanager
def hosted(on_call: Callable[[Any, str], object]) -> Iterator[None]:
    """A context in which `run`, `start` and `stop` of every worker return at once: the caller serves it later.

    `on_call` is called with the worker and the name of the method.
    """
    _on_calls.append(on_call)
    try:
        yield
    finally:
        _on_calls.remove(on_call)


def is_hosted(worker: Any, method: str) -> bool:
    """Whether a call of `method` has to return at once; the host is notified of it."""
    if not _on_calls:
        return False
    _on_calls[-1](worker, method)
    return True
