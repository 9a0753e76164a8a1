"""Run the simulation: `python -m tests.simulation --seeds 1000`, or `--seed 7` to repeat and shrink one failure."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time

from tests.simulation.generator import generate
from tests.simulation.known import KNOWN
from tests.simulation.report import report
from tests.simulation.shrink import parse_ranges
from tests.simulation.simulation import run


def failure_of(seed: int) -> tuple[int, str, str] | None:
    """Seed, code and text of the violation; None if the seed passes."""
    violation = run(generate(seed))
    return None if violation is None else (seed, violation.code, str(violation))


def main() -> int:
    """Exit status 1 if a seed fails for a reason that is not known."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many seeds to run")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--seed", type=int, help="run this seed only, and shrink it if it fails")
    parser.add_argument("--keep", type=parse_ranges, help="with --seed: the steps to run, such as 0-3,7")
    parser.add_argument("--known", action="store_true", help="let known faults fail too")
    options = parser.parse_args()
    if options.seed is not None:
        text = report(options.seed, options.keep)
        print(text or f"seed {options.seed} passes")
        return bool(text)
    started = time.monotonic()
    first_of: dict[str, int] = {}
    counts: dict[str, int] = {}
    seeds = range(options.first, options.first + options.seeds)
    with multiprocessing.Pool(options.jobs) as pool:
        for failure in pool.imap_unordered(failure_of, seeds, chunksize=25):
            if failure is None:
                continue
            seed, code, text = failure
            counts[code] = counts.get(code, 0) + 1
            first_of[code] = min(seed, first_of.get(code, seed))
            if options.known or code not in KNOWN:
                print(f"seed {seed}: {text[:200]}", flush=True)
    failed = [code for code in sorted(counts) if options.known or code not in KNOWN]
    for code in failed:
        print(report(first_of[code]))
    for code in sorted(counts):
        print(f"{counts[code]:6} {code}{' (known)' if code in KNOWN else ''}")
    print(f"{options.seeds} seeds in {time.monotonic() - started:.1f} s, {sum(counts[code] for code in failed)} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
