"""Make a failing scenario small: drop steps as long as it fails for the same reason.

The algorithm is delta debugging (Zeller, "Simplifying and Isolating Failure-Inducing Input"), over the indices of the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence


def shrink(items: Sequence[int], fails: Callable[[Sequence[int]], bool], max_runs: int = 2_000) -> list[int]:
    """A subset of `items` for which `fails` still holds and no single item can be dropped, within `max_runs` runs."""
    kept = list(items)
    size = max(1, len(kept) // 2)
    runs = 0
    while size:
        start = 0
        dropped = False
        while start < len(kept) and runs < max_runs:
            candidate = kept[:start] + kept[start + size :]
            runs += 1
            if fails(candidate):
                kept = candidate
                dropped = True
            else:
                start += size
        if not (size == 1 and dropped):
            size //= 2
    return kept


def ranges(numbers: Sequence[int]) -> str:
    """`0-3,7` for the numbers 0 to 3 and 7."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def parse_ranges(text: str) -> list[int]:
    """The numbers of what `ranges` writes; raises `ValueError`."""
    numbers: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers
