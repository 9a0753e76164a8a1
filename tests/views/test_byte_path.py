"""The byte path: what waits where."""

from __future__ import annotations

from tests.support.scripted import BASE
from tests.views.test_inspection import client_of
from tuiserver.core.events import Totals, Traffic
from tuiserver.views.byte_path import HISTORY, UNKNOWN, History, byte_paths

STUCK = {
    "unsent": 1_100_000,
    "max_unsent": 1 << 20,
    "send_queue": 4_100_000,
    "send_buffer": 4_194_304,
    "send_window": 0,
    "send_mss": 1448,
    "receive_queue": 0,
    "receive_buffer": 131_072,
    "unfinished": 0,
}


def test_a_peer_that_does_not_read() -> None:
    """Each hop before it is full, and its window is closed; what its program has not read is told where it is known."""
    out, inward = byte_paths(client_of(), STUCK, History())
    assert [(hop.name, hop.text, hop.stuck) for hop in out.hops] == [
        ("send buffer", "1.1M", True),
        ("kernel", "4.1M", True),
        ("peer window", "0", True),
    ]
    assert [(hop.name, hop.text, hop.stuck) for hop in inward.hops] == [
        ("kernel", "0", False),
        ("unfinished", "0", False),
        ("program", "reads", False),
    ]
    out, _ = byte_paths(client_of(), {**STUCK, "peer_receive_queue": 2_500_000}, History())
    assert out.hops[2].text == "0, 2.5M unread"


def test_a_program_that_does_not_answer_or_read() -> None:
    """Its hop says so."""
    for more, text in (({"pending_requests": 2}, "2 unanswered"), ({"held": "program"}, "waits")):
        program = byte_paths(client_of(), {**STUCK, **more}, History())[1].hops[-1]
        assert (program.text, program.stuck) == (text, True)


def test_what_is_unknown_is_not_guessed() -> None:
    """Without a sample only the send buffer is known, from `Traffic`; it has no limit then."""
    out, inward = byte_paths(client_of(Traffic(BASE, (Totals(12, 0, 0, 0, 0, 99),))), {}, History())
    assert [hop.text for hop in (*out.hops, *inward.hops)] == ["99", *[UNKNOWN] * 5]
    assert out.hops[0].share == 0


def test_the_history_is_of_each_stage() -> None:
    """The newest last, bounded; a window is compared with the greatest one."""
    history = History()
    for window in range(HISTORY + 5):
        history.add(byte_paths(client_of(), {**STUCK, "send_window": window * 1000}, history))
    out, _ = byte_paths(client_of(), {**STUCK, "send_window": 32_000}, history)
    assert len(history.of(out, out.hops[2])) == HISTORY
    assert history.of(out, out.hops[2])[-1] == 64_000
    assert out.hops[2].share == 0.5
    history.clear()
    assert history.of(out, out.hops[2]) == ()
