"""Format sizes, rates and durations for people: the only place that does.

- `size`, `rate` and `duration` fit a column of fixed width, so nothing next to them moves when a value changes.
- `elapsed` is for log lines, `duration_words` and `interval_words` for sentences, `milliseconds` for round-trip times.

Rules of this file:
- Pure functions. Durations are seconds; sizes use powers of 1000: `1k` is 1000.
- A negative duration, seen after the system clock was set back, is formatted as zero.
"""

from __future__ import annotations

from collections.abc import Sequence

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


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
    """A duration in at most five columns: `3s`, `4m12s`, `31m`, `1h02m`, `31h`, `12d`."""
    total = max(0, int(seconds))
    if total < _MINUTE:
        return f"{total}s"
    if total < 10 * _MINUTE:
        return f"{total // _MINUTE}m{total % _MINUTE:02}s"
    if total < _HOUR:
        return f"{total // _MINUTE}m"
    if total < 10 * _HOUR:
        return f"{total // _HOUR}h{total % _HOUR // _MINUTE:02}m"
    return f"{total // _HOUR}h" if total < 100 * _HOUR else f"{total // _DAY}d"


def elapsed(seconds: float) -> str:
    """A duration in two units, in tenths below ten seconds: `0.2s`, `41s`, `2m01s`, `1h02m`, `3d04h`."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f}s"
    total = int(seconds)
    if total < _MINUTE:
        return f"{total}s"
    if total < _HOUR:
        return f"{total // _MINUTE}m{total % _MINUTE:02}s"
    if total < _DAY:
        return f"{total // _HOUR}h{total % _HOUR // _MINUTE:02}m"
    return f"{total // _DAY}d{total % _DAY // _HOUR:02}h"


def duration_words(seconds: float, units: int = 2) -> str:
    """A measured duration in at most `units` units: `12 s`, `4 min 12 s`, `3 h 0 min`; with one unit `4 min`, `2 d`."""
    total = max(0, int(seconds))
    parts = [
        f"{total // _DAY} d",
        f"{total % _DAY // _HOUR} h",
        f"{total % _HOUR // _MINUTE} min",
        f"{total % _MINUTE} s",
    ]
    first = next((index for index, unit in enumerate((_DAY, _HOUR, _MINUTE)) if total >= unit), 3)
    return " ".join(parts[first : first + units])


def interval_words(seconds: float) -> str:
    """A duration as it was configured, in one unit: `500 ms`, `1.5 s`, `2 min`."""
    if 0 < seconds < 1:
        return f"{seconds * 1000:g} ms"
    return f"{seconds:g} s" if seconds < 2 * _MINUTE else f"{seconds / _MINUTE:g} min"


def milliseconds(seconds: float) -> str:
    """A round-trip time: `0.040 ms`, `31.2 ms`."""
    number = seconds * 1000
    return f"{number:.3f} ms" if number < 10 else f"{number:.1f} ms"


def response_time(seconds: float) -> str:
    """How long an answer took: `0.3 ms`, `31 ms`, `1.2 s`, `4 min 12 s`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.00095 else f"{seconds * 1000:.1f} ms"
    return f"{seconds:.1f} s" if seconds < 9.95 else duration_words(seconds)


def sparkline(values: Sequence[float], width: int, levels: str, top: float = 0.0) -> str:
    """The last `width` values as one line of characters from `levels`, lowest first; `top` and more get the highest, without
    it the maximum does."""
    shown = values[-width:]
    top = top or max(shown, default=0.0)
    steps = len(levels) - 1
    line = "".join(levels[max(1, min(steps, round(value / top * steps))) if value else 0] for value in shown)
    return line.rjust(width, levels[0])


def steady_maximum(values: Sequence[float]) -> float:
    """The maximum, but at most twice what is usual: one burst does not hide everything else."""
    usual = sorted(value for value in values if value)
    return min(usual[-1], 2 * usual[len(usual) // 2]) if usual else 0.0
