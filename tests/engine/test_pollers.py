"""Every poller of this system: what it refuses, and that each of many ready descriptors gets its turn."""

from __future__ import annotations

import socket
from contextlib import ExitStack

import pytest

from tuiserver.engine.pollers import FD_SETSIZE, READ, DescriptorTooHigh, SelectorPoller, make_poller, pollers

POLLERS = list(pollers())


def test_select_refuses_what_it_cannot_watch():
    """The select poller rejects a descriptor of 1024 or above when it is registered, not at the next poll."""
    poller = make_poller("select")
    with pytest.raises(DescriptorTooHigh, match="1023"):
        poller.register(FD_SETSIZE, READ)
    assert poller.poll(0, 1) == []
    poller.close()


def test_an_unknown_poller_is_rejected_with_the_known_names():
    """The error for an unknown poller lists the pollers this system has."""
    with pytest.raises(ValueError, match=r'no poller "wepoll".*auto, .*select'):
        make_poller("wepoll")


def test_auto_selects_the_best_poller():
    """`auto` is the first of `pollers()`; on Linux that is `select.epoll` itself, without an adapter."""
    poller = make_poller("auto")
    assert isinstance(poller, SelectorPoller) == (POLLERS[0] != "epoll")
    poller.close()


@pytest.mark.parametrize("name", POLLERS)
def test_each_ready_descriptor_gets_its_turn(name):
    """Of ten that are always ready, three polls of four report every one."""
    poller = make_poller(name)
    with ExitStack() as stack:
        for _ in range(10):
            mine, theirs = socket.socketpair()
            stack.enter_context(mine)
            stack.enter_context(theirs)
            poller.register(mine.fileno(), READ)
            theirs.send(b"x")
        reported = [[fd for fd, _ in poller.poll(0, 4)] for _ in range(3)]
    poller.close()
    assert [len(each) for each in reported] == [4, 4, 4]
    assert len({fd for each in reported for fd in each}) == 10


@pytest.mark.parametrize("name", [name for name in POLLERS if name != "epoll"])
def test_a_descriptor_that_was_closed_does_not_end_the_poll(name):
    """select(2) fails for it: it is reported as readable, so that its handler finds out; the others are served."""
    poller = make_poller(name)
    closed, other = socket.socketpair()
    mine, theirs = socket.socketpair()
    fd = closed.fileno()
    poller.register(fd, READ)
    poller.register(mine.fileno(), READ)
    closed.close()
    theirs.send(b"x")
    assert {each for each, _ in poller.poll(0, 8)} >= ({fd} if name == "select" else {mine.fileno()})
    poller.unregister(fd)
    assert poller.poll(0, 8) == [(mine.fileno(), READ)]
    poller.close()
    for each in (other, mine, theirs):
        each.close()
