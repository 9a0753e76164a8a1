"""What a sender that paces itself learns: the send buffer after each of its messages, and when it has run empty."""

from __future__ import annotations

import itertools

from tests.support.serving import connect, read_exactly, serving, wait_until
from tuiserver.core.commands import Send
from tuiserver.core.events import OPERATOR, Sent, Traffic
from tuiserver.worker import Worker

SIZE = 12_000_000
"""Bytes: more than the system buffers for both ends of a connection."""


def test_the_send_buffer_is_reported_after_a_send_with_a_token():
    """Directly behind the `Sent`, and once more when the buffer has run empty; without a token only four times a second."""
    worker = Worker("127.0.0.1:0")
    with serving(worker) as sink, connect(worker) as client:
        wait_until(lambda: worker.connections)
        worker.loop.call_threadsafe(worker.handle, Send(1, bytes(SIZE), token=7))
        sink.wait_for(Traffic)
        before, traffic = itertools.islice(
            itertools.dropwhile(lambda event: type(event) is not Sent, list(sink.events)), 2
        )
        assert (before.by, before.token, type(traffic)) == (OPERATOR, 7, Traffic)
        (totals,) = traffic.totals
        assert totals.queued == SIZE - totals.bytes_out > 0
        read_exactly(client, SIZE)
        wait_until(lambda: sink.of(Traffic)[-1].totals[0].queued == 0)
        assert sink.of(Traffic)[-1].totals[0].bytes_out == SIZE
