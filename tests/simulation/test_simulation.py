"""No invariant is violated in generated scenarios; a failure prints its seed, its steps and how to repeat it.

`SEEDS` in the environment sets how many; `make simulate SEEDS=100000` runs many of them in all processors.
"""

from __future__ import annotations

import os

import pytest

from tests.simulation.generator import generate
from tests.simulation.known import KNOWN
from tests.simulation.report import report
from tests.simulation.simulation import run

SEEDS = int(os.environ.get("SEEDS", "200"))
CHUNK = 50


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_invariant_is_violated(first: int) -> None:
    """No seed of this chunk violates an invariant, except for the known faults."""
    for seed in range(first, min(first + CHUNK, SEEDS)):
        violation = run(generate(seed))
        if violation is not None and violation.code not in KNOWN:
            pytest.fail(report(seed), pytrace=False)


def test_a_seed_repeats_itself() -> None:
    """The same seed is the same scenario, and a run of it gives the same events."""
    from tests.simulation.simulation import Simulation

    runs = []
    for _ in range(2):
        scenario = generate(3)
        simulation = Simulation(scenario)
        simulation.run(scenario.steps)
        simulation.close()
        runs.append((scenario, simulation.auditor.events))
    assert runs[0] == runs[1]
