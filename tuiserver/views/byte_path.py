"""The byte path of a connection: how many bytes wait at each hop, in both directions.

    paths = byte_paths(client, info)         # out: send buffer → kernel → peer window; in: kernel → unfinished → program
    history.add(paths); history.of(hop)    # the amounts of the samples before, the newest last

Rules of this file:
- Pure. `info` is `Inspected.info`; an amount that is missing there is None and never guessed.
- The bottleneck is just after the first full hop, read from left to right.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from tuiserver.core.numbers import size
from tuiserver.views.roster import Client

SocketInfo = Mapping[str, float | int | str]
HISTORY = 60
"""Samples that are kept, at most one a second."""
UNKNOWN = "-"
FULL = 0.75
"""A hop counts as full from this share of its limit on: the kernel's own overhead takes the rest."""


class Hop(NamedTuple):
    """A place where bytes wait. `amount`: the bytes there, or the free space of a window; None if unknown. `limit`: its
    capacity; 0 for none. `text`: the amount in words, or the state of the program. `stuck`: bytes do not move past it."""

    name: str
    amount: float | None
    limit: float
    text: str
    stuck: bool = False

    @property
    def share(self) -> float:
        """How full it is, from 0 to 1."""
        return min(1.0, self.amount / self.limit) if self.amount and self.limit else 0.0


class BytePath(NamedTuple):
    """One direction: its name, `out` or `in`, and its hops in the order in which bytes pass them."""

    name: str
    hops: tuple[Hop, ...]


class History:
    """The amounts of earlier samples of one connection."""

    def __init__(self) -> None:
        self._amounts: dict[tuple[str, str], deque[float]] = {}

    def clear(self) -> None:
        """Remove all samples."""
        self._amounts.clear()

    def add(self, paths: tuple[BytePath, ...]) -> None:
        """Keep the amounts of a sample."""
        for path in paths:
            for hop in path.hops:
                if hop.amount is not None:
                    kept = self._amounts.setdefault((path.name, hop.name), deque(maxlen=HISTORY))
                    kept.append(hop.amount)

    def of(self, path: BytePath, hop: Hop) -> tuple[float, ...]:
        """The amounts at this hop, the newest last."""
        return tuple(self._amounts.get((path.name, hop.name), ()))

    def most(self, path: str, hop: str) -> float:
        """The greatest amount at a hop."""
        return max(self._amounts.get((path, hop), ()), default=0.0)


def byte_paths(client: Client, info: SocketInfo, history: History) -> tuple[BytePath, BytePath]:
    """The paths out and in. The window of the peer has no known limit: it is compared with the greatest one so far."""
    unsent, queued, window = (_amount(info, name) for name in ("unsent", "send_queue", "send_window"))
    shut = window is not None and window < (_amount(info, "send_mss") or 1.0) and bool(queued or unsent)
    unread = _amount(info, "peer_receive_queue")
    out = (
        _hop("send buffer", client.queued if unsent is None else unsent, info, "max_unsent"),
        _hop("kernel", queued, info, "send_buffer"),
        Hop(
            "peer window",
            window,
            max(window or 0.0, history.most("out", "peer window")),
            _size_text(window) + (f", {size(unread)} unread" if unread else ""),
            shut,
        ),
    )
    held = str(info.get("held", ""))
    pending = _amount(info, "pending_requests")
    waits = f"{pending:.0f} unanswered" if pending else "waits" if held else "reads" if info else _size_text(None)
    unfinished = _amount(info, "unfinished")
    inward = (
        _hop("kernel", _amount(info, "receive_queue"), info, "receive_buffer"),
        Hop("unfinished", unfinished, max(unfinished or 0.0, history.most("in", "unfinished")), _size_text(unfinished)),
        Hop("program", None, 0.0, waits, bool(held or pending)),
    )
    return BytePath("out", out), BytePath("in", inward)


def _hop(name: str, amount: float | None, info: SocketInfo, limit: str) -> Hop:
    most = _amount(info, limit) or 0.0
    return Hop(name, amount, most, _size_text(amount), bool(amount and most and amount >= most * FULL))


def _size_text(amount: float | None) -> str:
    return UNKNOWN if amount is None else size(amount)


def _amount(info: SocketInfo, name: str) -> float | None:
    value = info.get(name)
    return None if value is None or isinstance(value, str) else float(value)
