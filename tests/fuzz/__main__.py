"""Fuzz all targets, or one, for a bounded time: `make fuzz SECONDS=600`, `python -m tests.fuzz --target line --seconds 10`.

Each target gets the same share of the time: mutated messages first, then large inputs whose time and memory are measured. A bug
is printed with the command that repeats it, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from tests.fuzz.target import Finding, Target, check_cost, shrink, try_one, try_some
from tests.fuzz.targets import TARGETS

BATCH = 100
"""Inputs between two looks at the clock."""
COST_SHARE = 0.3
"""The part of the time for large inputs."""


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz protocols and decoders.")
    parser.add_argument("--seconds", type=float, default=60.0, help="for all targets together (60)")
    parser.add_argument("--target", choices=[target.name for target in TARGETS], help="only this one")
    parser.add_argument("--seed", type=int, default=0, help="where to begin (0)")
    parser.add_argument("--data", type=bytes.fromhex, help="with --target: only this input, as hex")
    arguments = parser.parse_args()
    targets = [target for target in TARGETS if arguments.target in (None, target.name)]
    for target in targets:
        try:
            if arguments.data is not None:
                try_one(target, arguments.data, random.Random(arguments.seed))
                continue
            inputs, large = fuzz(target, arguments.seed, arguments.seconds / len(targets))
        except Finding as finding:
            finding = shrink(finding)
            print(f"{finding}\n{finding.command}", file=sys.stderr)
            return 1
        print(f"{target.name:<24}{inputs:>10} inputs {large:>6} large ones", flush=True)
    return 0


def fuzz(target: Target, seed: int, seconds: float) -> tuple[int, int]:
    """Fuzz one target; returns how many inputs were run, and how many large ones. Raises `Finding`."""
    start = time.monotonic()
    inputs = large = 0
    while time.monotonic() < start + seconds * (1 - COST_SHARE) or not inputs:
        try_some(target, seed + inputs // BATCH, BATCH)
        inputs += BATCH
    while time.monotonic() < start + seconds or not large:
        check_cost(target, seed + large)
        large += 1
    return inputs, large


if __name__ == "__main__":
    sys.exit(main())
