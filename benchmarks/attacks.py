"""Memory and CPU of a server that is attacked, or whose views stall; see README.md.

    python benchmarks/attacks.py [WORD …]     # all attacks, or those whose name contains a word

Rules of this file:
- Each attack runs against a new process. Its budget is the sum of the limits that it uses up; `SLACK` is added for the rest.
- The peak is that of the kernel (`VmHWM`), so that nothing between two samples is missed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import attackers
from attackers import MIB, Run, Target
from victim import Victim

from tuiserver.core.limits import Limits
from tuiserver.engine.loop import MAX_READY
from tuiserver.protocols.http.cache import CACHE_SIZE
from tuiserver.views.transcript import BUDGET as MESSAGE_MEMORY

SLACK = 32 * MIB
"""Bytes that may be used beyond the budget."""
AT_REST = 0.1
"""Share of a core that the server may use while the attackers only hold their connections."""
SETTLE = 1.0
"""Seconds until a server is measured at rest, and after its attackers have left."""
READ, CONNECTION = 65_536, 3_072
"""Bytes of one read, and of one connection with its socket objects."""

LIMITS = Limits()
UNFINISHED = LIMITS.max_unfinished + LIMITS.max_message
SILENT = """
from tuiserver import Worker

worker = Worker("http://127.0.0.1:0")
"""
"""A program that answers nothing."""


@dataclass(frozen=True)
class Attack:
    """One row of the table. `budget`: bytes by which memory may grow; `why`: what it consists of."""

    run: Run
    budget: int
    why: str
    arguments: tuple[str, ...] = ("--headless", "--quiet")
    program: str = ""
    stalled: bool = False
    """Nobody reads the output."""

    @property
    def name(self) -> str:
        """Its name in the table: what the function of the attack says."""
        view = ""
        if "--headless" not in self.arguments:
            view = ", on a stalled terminal" if self.stalled else ", on a terminal"
        elif self.stalled:
            view = ", stalled reader of --json" + (" --lossless" if "--lossless" in self.arguments else "")
        return (self.run.__doc__ or "").rstrip(".") + view


def clients(count: int, each: int = CONNECTION) -> int:
    """The memory of so many clients."""
    return count * (each + CONNECTION)


ANSWERS_OF_A_READ = READ // len(attackers.SMALLEST_REQUEST) * 130
"""Bytes of the answers to one read of pipelined requests: a turn that exceeds `max_buffered` still serves what is ready."""
VIEW, JSON, ECHO = LIMITS.view_memory, ("--headless", "--json"), ("--reply", "echo")
SCREEN = VIEW + MESSAGE_MEMORY
ANSWERS = clients(64, READ + LIMITS.max_buffer * 9 // 8)
"""A full send buffer for each of 64 clients; a `bytearray` that grows reserves an eighth more."""
ATTACKS = (
    Attack(attackers.unfinished_bodies, UNFINISHED + clients(60, READ), "max_unfinished, a message, a read each"),
    Attack(attackers.tiny_chunks, 4 * 4 * MIB, "what was received"),
    Attack(attackers.long_heads, UNFINISHED + clients(2_000, READ), "max_unfinished, a message, a read each"),
    Attack(attackers.many_headers, UNFINISHED + clients(2_000, READ), "max_unfinished, a message, a read each"),
    Attack(attackers.endless_first_lines, UNFINISHED + clients(3_000, READ), "max_unfinished, a message, a read each"),
    Attack(attackers.slow_heads, clients(2_000), "connections"),
    Attack(attackers.single_bytes, clients(20, READ), "connections"),
    Attack(attackers.distinct_heads, 2 * CACHE_SIZE, "two generations of cached heads"),
    Attack(
        attackers.unread_answers,
        LIMITS.max_buffered + clients(400, READ),
        "max_buffered, a read each",
        ("--headless", "--quiet", *ECHO),
    ),
    Attack(
        attackers.unread_pipeline,
        LIMITS.max_buffered + clients(400, READ) + MAX_READY * ANSWERS_OF_A_READ,
        "max_buffered, a read each, the answers to the reads of one turn",
    ),
    Attack(attackers.idle, clients(9_000, 0), "connections"),
    Attack(attackers.comes_and_goes, 0, "nothing"),
    Attack(attackers.comes_and_goes, VIEW, "view_memory", JSON, stalled=True),
    Attack(attackers.half_closed, clients(1_000), "connections", program=SILENT),
    Attack(attackers.trickling, VIEW + clients(4_000), "view_memory, connections", JSON, stalled=True),
    Attack(attackers.flood, VIEW + ANSWERS, "view_memory, answers", (*JSON, *ECHO), stalled=True),
    Attack(
        attackers.flood,
        VIEW + ANSWERS,
        "view_memory, answers",
        (*JSON, "--lossless", *ECHO),
        stalled=True,
    ),
    Attack(attackers.trickling, SCREEN + clients(4_000), "view_memory, message_memory, connections", ECHO),
    Attack(attackers.flood, SCREEN + ANSWERS, "view_memory, message_memory, answers", ECHO),
    Attack(attackers.flood, SCREEN + ANSWERS, "view_memory, message_memory, answers", ECHO, stalled=True),
    Attack(
        attackers.trickling, SCREEN + clients(4_000), "view_memory, message_memory, connections", ECHO, stalled=True
    ),
)


@dataclass(frozen=True)
class Result:
    """What one attack did: bytes, seconds of CPU time during it, and the share of a core at rest."""

    before: int
    peak: int
    after: int
    cpu: float
    seconds: float
    at_rest: float

    def fault(self, budget: int) -> str:
        """What is over its limit; empty if nothing is."""
        if self.peak - self.before > budget + SLACK:
            return "too much memory"
        return "busy at rest" if self.at_rest > AT_REST else ""


@contextmanager
def victim_of(attack: Attack) -> Iterator[Victim]:
    """A new server for an attack."""
    with TemporaryDirectory() as folder:
        arguments = list(attack.arguments)
        if attack.program:
            program = Path(folder, "program.py")
            program.write_text(attack.program)
            arguments += ["--app", str(program)]
        victim = Victim(arguments, folder, attack.stalled)
        try:
            yield victim
        finally:
            victim.stop()


def measure(attack: Attack, scale: float = 1.0) -> Result:
    """Attack a new server."""
    with victim_of(attack) as victim:
        time.sleep(SETTLE * min(1.0, scale * 10))
        victim.reset_peak()
        before, cpu, started = victim.resident(), victim.cpu(), time.monotonic()
        with Target(victim.port, scale) as target:
            attack.run(target)
            seconds, cpu = time.monotonic() - started, victim.cpu() - cpu
            at_rest = victim.share_at_rest(AT_REST)
        time.sleep(SETTLE)
        return Result(before, victim.peak(), victim.resident(), cpu, seconds, at_rest)


def row(attack: Attack, result: Result) -> str:
    """One row of the table."""
    sizes = [f"{size / MIB:.0f}" for size in (attack.budget, result.before, result.peak, result.after)]
    used = f"{result.cpu:.1f} of {result.seconds:.1f} s"
    verdict = result.fault(attack.budget) or "yes"
    budget = f"{sizes[0]} ({attack.why})"
    return f"| {attack.name} | {budget} | {' | '.join(sizes[1:])} | {used} | {result.at_rest:.0%} | {verdict} |"


HEAD = (
    "| attack | budget, MiB | before | peak | after | CPU | at rest | within |\n|---|---|---:|---:|---:|---:|---:|---|"
)


def main(words: list[str]) -> int:
    """Print the table; exit status 1 if a limit was exceeded."""
    print(HEAD)
    failed = False
    for attack in ATTACKS:
        if not words or any(word in f"{attack.run.__name__} {attack.name}" for word in words):
            result = measure(attack)
            failed = failed or bool(result.fault(attack.budget))
            print(row(attack, result), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
