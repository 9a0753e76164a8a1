"""Signals stop a server in order. What `Worker.run` does on them is in tests/test_worker.py."""

from __future__ import annotations

import signal

import pytest

from tuiserver.engine.signals import stop_on_signals
from tuiserver.worker import Worker

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("ignored", [False, True])
def test_handlers_are_restored_and_nohup_is_respected(ignored: bool) -> None:
    """SIGHUP stays ignored where it is; all handlers are as before at the end."""
    before = signal.getsignal(signal.SIGHUP)
    if ignored:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        earlier = [signal.getsignal(number) for number in NUMBERS]
        worker = Worker("127.0.0.1:0")
        with stop_on_signals(worker.server):
            assert [signal.getsignal(number) for number in NUMBERS[:2]] != earlier[:2]
            assert (signal.getsignal(signal.SIGHUP) is signal.SIG_IGN) is ignored
        worker.stop()
        assert [signal.getsignal(number) for number in NUMBERS] == earlier
    finally:
        signal.signal(signal.SIGHUP, before)
