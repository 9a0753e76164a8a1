"""Faults that the simulation found and that are fixed, as the shrunken scenarios that showed them."""

from __future__ import annotations

import pytest

from tests.simulation.generator import ClientPlan, Request, Scenario, Step
from tests.simulation.simulation import run

REQUEST = b"GET / HTTP/1.1\r\nHost: sim\r\n\r\n"
LONG = b"POST / HTTP/1.1\r\nHost: sim\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n" + 2000 * b"x"
UNKNOWN_VERSION = b"GET / HTTP/3.7\r\nHost: sim\r\n\r\n"

SCENARIOS = {
    "the note about a sink that failed reaches the others at once": Scenario(
        steps=[Step("faulty sink joins"), Step("command send", 9, wait=0.1), Step("command send", 9, wait=5.0)],
    ),
    "a sink that wants no wire events gets none": Scenario(
        clients={1: ClientPlan(1)},
        steps=[Step("connect", 1), Step("wire sink joins"), Step("send", 1, b"data", wait=1.0)],
    ),
    "an error answer after a timeout is counted in the totals": Scenario(
        request_timeout=3.0,
        clients={1: ClientPlan(1, "http", 1, rate=0)},
        steps=[Step("connect", 1), Step("send", 1, REQUEST[:-4], wait=6.0)],
    ),
    "a protocol sends nothing once its connection has sent too much": Scenario(
        max_buffer=64,
        clients={1: ClientPlan(1, "http", 1, window=100, requests=[Request(LONG, LONG)])},
        steps=[Step("connect", 1), Step("send", 1, LONG + UNKNOWN_VERSION, wait=1.0)],
    ),
    "a server that stops while its last connections end closes each of them once": Scenario(
        clients={number: ClientPlan(number) for number in (1, 2)},
        steps=[Step("connect", 1), Step("connect", 2), Step("stop", value=0.0), Step("reset", 2, wait=1.0)],
    ),
    "a reset after the end of the peer's stream costs no processor time while an answer is owed": Scenario(
        behaviour="silent",
        clients={1: ClientPlan(1, "http", 1, requests=[Request(REQUEST, REQUEST)])},
        steps=[Step("connect", 1), Step("send", 1, REQUEST), Step("finish", 1), Step("reset", 1, wait=5.0)],
    ),
    "a paused connection delivers nothing after a reset": Scenario(
        behaviour="silent",
        clients={1: ClientPlan(1)},
        steps=[
            Step("connect", 1),
            Step("command pause", 1, wait=0.1),
            Step("send", 1, b"unread"),
            Step("reset", 1, wait=1.0),
        ],
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_fixed_fault_stays_fixed(name: str) -> None:
    """A scenario that once violated an invariant passes."""
    assert run(SCENARIOS[name]) is None
