"""Suggest the name that the user may have meant.

Rules of this file:
- Pure. `difflib` is imported only when there is something to suggest: a run without mistakes does not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable


def did_you_mean(name: str, names: Iterable[str], display: Callable[[str], str] = str) -> str:
    """` (did you mean …?)` with the most similar of `names`, shown by `display`; empty if none is similar."""
    from difflib import get_close_matches

    similar = get_close_matches(name, names, 1)
    return f" (did you mean {display(similar[0])}?)" if similar else ""
