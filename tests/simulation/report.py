"""The report of a failing seed: the violation, the fewest steps that cause it, and how to repeat it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulation.generator import ClientPlan, generate
from tests.simulation.shrink import ranges, shrink
from tests.simulation.simulation import run


def report(seed: int, keep: Sequence[int] | None = None) -> str:
    """The shrunken steps of a failing seed, and how to repeat it; empty if it passes."""
    scenario = generate(seed)
    indices = list(range(len(scenario.steps))) if keep is None else list(keep)
    violation = run(scenario, indices)
    if violation is None:
        return ""
    code = violation.code

    def fails(candidate: Sequence[int]) -> bool:
        found = run(generate(seed), candidate)
        return found is not None and found.code == code

    kept = shrink(indices, fails)
    plans = {
        (server, number): side.clients[number]
        for server, side in enumerate((scenario, scenario.second or scenario))
        for number in sorted(side.clients)
    }
    used = sorted({(scenario.steps[index].server, scenario.steps[index].client) for index in kept} & set(plans))
    return "\n".join(
        (
            f"seed {seed}: {run(generate(seed), kept)}",
            f"  program {scenario.behaviour}, buffer {scenario.max_buffer} of {scenario.max_buffered} bytes,"
            f" {scenario.max_connections} connections at most",
            *(f"  {'second server: ' if each[0] else ''}client {_plan(plans[each])}" for each in used),
            *(f"  {index:3} {scenario.steps[index]}" for index in kept),
            f"repeat: python -m tests.simulation --seed {seed} --keep {ranges(kept)}",
        )
    )


def _plan(plan: ClientPlan) -> str:
    return (
        f"{plan.number}: {plan.protocol} to address {plan.address}, window {plan.window}, reads {plan.rate} B/s,"
        f" EAGAIN {plan.again:g}, short {plan.short:g}{', polite' if plan.polite else ''}"
    )
