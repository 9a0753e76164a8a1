"""The wall clock of a server was set: the times in a roster follow, so that ages stay as they are.

Rules of this file:
- Closed connections and messages keep the times at which they were seen.
"""

from __future__ import annotations

from tuiserver.views.roster import Client, Roster


def follow_clock(roster: Roster, seconds: float) -> None:
    """The clock was set forward by `seconds`, or back if they are negative: events have the new time from now on."""
    if roster.since is not None:
        roster.since += seconds
    for client in roster.clients.values():
        if client.open:
            _shift(client, seconds)
    roster.version += 1


def _shift(client: Client, seconds: float) -> None:
    client.since += seconds
    client.received_at += seconds
    client.answer_by += seconds
    rated_at, bytes_in, bytes_out = client.rated
    client.rated = rated_at + seconds, bytes_in, bytes_out
    for name in ("sent_at", "ended_at", "failed_at"):
        if (at := getattr(client, name)) is not None:
            setattr(client, name, at + seconds)
    client.version += 1
