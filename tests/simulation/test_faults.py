"""The simulation finds faults: each one that is put back violates an invariant, which names it."""

from __future__ import annotations

import pytest

from tests.simulation.faults import FAULTS, Fault
from tests.simulation.generator import generate
from tests.simulation.simulation import run

SEEDS = 500
"""Seeds that are tried where the one that is known does not find the fault any more, because the generator has changed."""


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_that_is_put_back_is_found(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """A seed that passes fails with the fault, for the right reason."""
    with monkeypatch.context() as patch:
        fault.put_back(patch)
        found = next((seed for seed in (fault.seed, *range(SEEDS)) if code_of(seed) == fault.code), None)
    assert found is not None
    assert code_of(found) == ""


def code_of(seed: int) -> str:
    """The code of the violation; empty if the seed passes."""
    violation = run(generate(seed))
    return violation.code if violation is not None else ""
