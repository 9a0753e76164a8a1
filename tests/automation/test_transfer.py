"""The bookkeeping of a transfer: what is in flight to one connection, and to all of a job."""

from __future__ import annotations

from tuiserver.automation.transfer import Transfer, Usage


def test_bytes_are_in_flight_until_the_send_buffer_is_known_to_be_empty() -> None:
    """Unacknowledged from `Send` to `Sent`, queued from there to the next `Traffic`."""
    usage = Usage()
    transfer = Transfer(12, usage)
    transfer.add_pending(1, 100)
    transfer.add_pending(2, 50)
    assert (transfer.unacknowledged, transfer.queued, transfer.sent) == (150, 0, 0)
    assert not transfer.acknowledge(3)
    assert transfer.acknowledge(1)
    assert not transfer.acknowledge(1)
    assert (transfer.unacknowledged, transfer.queued, transfer.sent) == (50, 100, 100)
    transfer.set_queued(30)
    assert (transfer.in_flight, usage.in_flight) == (80, 80)
    transfer.acknowledge(2)
    transfer.set_queued(0)
    assert (transfer.in_flight, transfer.sent, transfer.offset) == (0, 150, 150)


def test_transfers_share_their_usage() -> None:
    """What one gives back, another may use."""
    usage = Usage()
    one, two = Transfer(11, usage), Transfer(12, usage)
    one.add_pending(1, 100)
    two.add_pending(2, 100)
    two.acknowledge(2)
    assert (usage.unacknowledged, usage.queued) == (100, 100)
    one.end("stopped")
    assert (usage.unacknowledged, usage.queued) == (0, 100)
    one.release()
    two.end()
    two.release()
    assert usage.in_flight == 0


def test_only_the_first_end_counts() -> None:
    """A transfer that is complete does not fail because its connection closes later."""
    transfer = Transfer(12, Usage())
    transfer.end()
    transfer.end("the connection closed")
    assert transfer.failure == ""
