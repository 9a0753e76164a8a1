"""Numbers for people: few columns, always the same width, exact where it matters.

Rules of this file:
- Pure. A figure never takes more columns than its function says, so that nothing beside it moves.
"""

from __future__ import annotations


def size(number: float) -> str:
    """A number of bytes or messages in at most five columns: `9142`, `18.2k`, `310M`; exact below ten thousand."""
    if number < 9999.5:
        return f"{number:.0f}"
    for unit in "kMGT":
        number /= 1000
        if number < 99.95:
            return f"{number:.1f}{unit}"
        if number < 999.5:
            return f"{number:.0f}{unit}"
    return f"{number:.0f}T"


def rate(number: float) -> str:
    """Bytes per second in at most seven columns: `310 B/s`, `1.2k/s`."""
    if number < 999.5:
        return f"{number:.0f} B/s"
    return f"{number / 1000:.1f}k/s" if number < 9999.5 else f"{size(number)}/s"


def duration(seconds: float) -> str:
    """A time in at most five columns: `3s`, `4m12s`, `31m`, `1h02m`, `31h`, `12d`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 600:
        return f"{whole // 60}m{whole % 60:02}s"
    if whole < 3600:
        return f"{whole // 60}m"
    if whole < 36000:
        return f"{whole // 3600}h{whole % 3600 // 60:02}m"
    return f"{whole // 3600}h" if whole < 360000 else f"{whole // 86400}d"


def sparkline(values: list[float], width: int, signs: str) -> str:
    """The last `width` values as one line; the highest of them is the highest sign."""
    shown = values[-width:]
    top = max(shown, default=0.0)
    steps = len(signs) - 1
    line = "".join(signs[max(1, round(value / top * steps)) if value else 0] for value in shown)
    return line.rjust(width, signs[0])
