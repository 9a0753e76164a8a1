"""Faults that were known before they were fixed, as scenarios of one client.

A fault that is planned to be fixed is a strict expected failure here and has an entry in `known.py`. When it passes, remove
both, so that the simulation fails for it from then on.
"""

from __future__ import annotations

import pytest

from tests.simulation.generator import ClientPlan, Scenario, Step
from tests.simulation.simulation import Simulation
from tuiserver.core.events import Received


def scenario(plan: ClientPlan, *steps: Step, behaviour: str = "silent") -> Scenario:
    """A scenario of one client that connects and then takes these steps."""
    return Scenario(behaviour=behaviour, clients={1: plan}, steps=[Step("connect", 1), *steps])


def received(plan: ClientPlan, *steps: Step) -> list[Received]:
    """What is shown as received in a scenario of one client."""
    simulation = Simulation(scenario(plan, *steps))
    simulation.run(simulation.scenario.steps)
    simulation.close()
    return [event for event in simulation.auditor.events if isinstance(event, Received)]


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\nHost: sim\n\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: sim\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: 99999999\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: sim\r\n",
    ],
    ids=["only line feeds", "no host", "space in the path", "body too long", "unfinished"],
)
def test_every_byte_is_shown(data: bytes) -> None:
    """The bytes of a request that is refused or never ends are shown once."""
    events = received(ClientPlan(1, "http", 1), Step("send", 1, data), Step("finish", 1, wait=1.0))
    assert b"".join(event.data for event in events) == data


def test_what_could_be_http_is_shown_when_it_comes() -> None:
    """Three reads of a connection whose protocol is not known yet are shown as three messages, each at its time."""
    steps = [Step("send", 1, data, wait=0.8) for data in (b"LOGIN", b" 0042", b" READY")]
    events = received(ClientPlan(1, "raw", 2), *steps, Step("pass", wait=4.0))
    assert [event.data for event in events] == [b"LOGIN", b" 0042", b" READY"]
    assert [round(event.at - events[0].at, 3) for event in events] == [0.0, 0.8, 1.6]
