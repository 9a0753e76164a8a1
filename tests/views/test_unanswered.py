"""Which peers wait for our answer."""

from __future__ import annotations

import pytest

from tests.support.scripted import BASE, closed, received, sent
from tests.views.test_inspection import client_of
from tuiserver.core.events import AnyEvent, Totals, Traffic
from tuiserver.views.unanswered import UNANSWERED, WAITING_AFTER, waits_for_answer


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], False),
        ([received(b"PING")], True),
        ([received(b"PING"), sent(b"PONG", at=BASE + 0.1)], False),
        ([sent(b"HELLO"), received(b"PING", at=BASE + 0.1)], True),
        ([received(b"tick")] * UNANSWERED, True),
        ([received(b"tick")] * (UNANSWERED + 1), False),
        ([received(b"PING"), closed()], False),
    ],
)
def test_a_peer_waits_if_it_spoke_last(events: list[AnyEvent], expected: bool) -> None:
    """Unless it was answered, closed, or goes on talking although it was never answered."""
    assert waits_for_answer(client_of(*events), BASE + 10) is expected


def test_a_peer_does_not_wait_at_once() -> None:
    """A program answers within a moment."""
    client = client_of(received(b"PING"))
    assert not waits_for_answer(client, BASE + WAITING_AFTER - 0.1)
    assert waits_for_answer(client, BASE + WAITING_AFTER)


def test_a_request_without_an_answer_waits_whoever_spoke_last() -> None:
    """The server counts them: the next pipelined one waits as well, also behind many others."""
    talk = [*[received(b"GET")] * (UNANSWERED + 5), sent(b"HTTP/1.1 200 OK")]
    assert not waits_for_answer(client_of(*talk), BASE + 10)
    waiting = client_of(*talk, Traffic(BASE, (Totals(12, 99, 9, UNANSWERED + 5, 1, 0, pending=2),)))
    assert waits_for_answer(waiting, BASE + 10)
    assert not waits_for_answer(waiting, BASE + WAITING_AFTER - 0.1)
