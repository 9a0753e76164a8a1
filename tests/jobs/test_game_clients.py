"""The job: forty clients of a game chatter. One does not read, one says nothing, one was reset: which ones?

The developer sees in the header that something needs attention, finds the three among forty, disconnects the one that does not
read, and sends a word to two marked ones.

| step | keys |
|---|---|
| find the slow one, the silent one and the one that was reset | `!` |
| disconnect the slow one | `g` `ctrl+d` `r` |
| show all again, mark two | `!` `g` `space` `space` |
| send to the marked, and confirm | `s` *restart in 5* `enter` `enter` |
"""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import pytest

from tests.support.jobs import SIZES, Bench, operating
from tests.support.serving import read_exactly
from tuiserver.console.models import concerns

RESET = struct.pack("ii", 1, 0)
"""Value of SO_LINGER: close with RST."""


async def play(operator: Bench) -> list[socket.socket]:
    """Forty players: #17 says nothing, #23 does not read the map that it gets, #31 crashes."""
    players = await operator.dial_in_many(40)
    for number, player in enumerate(players, 1):
        if number != 17:
            player.sendall(b'{"move":%d}\n' % number)
    clients = operator.app.roster.clients
    await operator.waits(lambda: operator.app.roster.messages_out >= 39, "the moves")
    game = operator.worker
    game.loop.call_threadsafe(lambda: game.connections[23].send(bytes(7_000_000)))
    players[30].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    players[30].close()
    await operator.waits(lambda: clients[23].slow and not clients[31].open, "the slow one and the crash")
    return players


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.slow
async def test_the_odd_ones_among_forty(size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key finds them, with what is wrong; closing and sending reach exactly those that are meant."""
    monkeypatch.setattr(concerns, "SILENT_GRACE", 0.1)
    async with operating(tmp_path, size, reply="echo") as operator:
        players = await play(operator)
        await operator.sees("1 slow · 1 silent · 1 error")

        await operator.press("exclamation_mark")
        await operator.sees("3 shown", r"! +23 .* slow .* [\d.]+M ", r" 17 .* silent ", r"x +31 .* reset by peer")

        await operator.press("g", "ctrl+d")
        await operator.sees(r"Close #23\?", r"bytes not sent yet")
        await operator.press("r")
        await operator.sees("2 shown", "38 clients", r"#23 .* reset by operator")

        await operator.press("exclamation_mark", "g", "space", "space", "s")
        await operator.type("restart in 5")
        await operator.sees(r"SEND to 2 marked")
        await operator.press("enter")
        await operator.sees("send to 2\\?")
        await operator.press("enter")
        await operator.sees(r"\* +40 .* restart in 5", r"\* +39 .* restart in 5")
        for number in (40, 39):
            echo = b'{"move":%d}\n' % number
            assert read_exactly(players[number - 1], len(echo) + 13) == echo + b"restart in 5\n"
        assert (operator.keys, operator.typed) == (11, len("restart in 5"))
