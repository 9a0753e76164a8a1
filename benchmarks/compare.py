"""Compare tuiserver with asyncio and uvloop in one run: a table on stdout and a bar chart in a file.

    make bench
    make bench BENCH='--rounds 8 --seconds 2 --svg docs/benchmark.svg'

Rules of this file:
- Servers are compared within one run only: each round measures every server under the same load, in rotated order. Results are
  ratios of medians; their spread is the range of the ratios of single rounds.
- Servers share one core and the load generator has another. All servers run all the time; one at a time is under load.
- Every server is warmed up before it is measured. A new asyncio process maps and unmaps memory for every read until it has freed
  a large block for the first time: it would look four times slower than it is.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import platform
import pty
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from picture import draw

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / "build"
LOAD = BUILD / "load"
PATIENCE = 20.0
"""Seconds a server may take to start or to stop."""
WARM_UP = (8, 0.1)
"""Clients and seconds of the load before the first round."""
COLUMNS, LINES = 160, 50

SERVERS = {
    "asyncio.Protocol": "asyncio",
    "asyncio streams": "streams",
    "uvloop": "uvloop",
    "tuiserver": "",
    "tuiserver, console open": "console",
}
BASE = "asyncio.Protocol"
CLIENTS = 64
CELLS: dict[str, tuple[str, str, str]] = {
    # name: program, mode of the load, size
    f"HTTP keep-alive, {CLIENTS} clients": ("http", "http", ""),
    f"echo 64 B, {CLIENTS} clients": ("echo", "echo", "64"),
    f"echo 1 KiB, {CLIENTS} clients": ("echo", "echo", "1024"),
    f"echo 64 KiB, {CLIENTS} clients": ("echo", "echo", "65536"),
    "connect, echo 64 B, close": ("echo", "connect", "64"),
}
HELD = 2000
"""Idle connections while memory is measured; the descriptor limit of most systems allows them."""

Results = dict[str, dict[str, list[float]]]


class Failed(Exception):
    """The comparison cannot continue; `str()` is one line for the user."""


class Server:
    """One server process, pinned to `core`; `port` is its port. With a console it runs on a terminal of 160×50."""

    def __init__(self, name: str, program: str, core: int | None) -> None:
        kind = SERVERS[name]
        self.drawn = 0
        self._files = ExitStack()
        folder = self._files.enter_context(tempfile.TemporaryDirectory())
        log = Path(folder, "log")
        pin: Callable[[], Any] = (lambda: os.sched_setaffinity(0, {core})) if core is not None else lambda: None
        ours = [sys.executable, "-m", "tuiserver", "127.0.0.1:0", "--log", str(log)]
        ours += ["--reply", "hello" if program == "http" else "echo"]
        environment = {**os.environ, "XDG_STATE_HOME": folder, "XDG_CONFIG_HOME": folder, "PYTHONPATH": str(ROOT)}
        if kind == "console":
            screen, terminal = pty.openpty()
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
            environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
            command, streams = ours, {"stdin": terminal, "stdout": terminal, "stderr": terminal}
        else:
            anchor = [sys.executable, str(HERE / "anchors.py"), kind, program]
            output = open(Path(folder, "out"), "wb")  # noqa: SIM115
            self._files.callback(output.close)
            command = anchor if kind else [*ours, "--headless", "--quiet"]
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(
            command, env=environment, cwd=folder, start_new_session=True, preexec_fn=pin, **streams
        )
        if kind == "console":
            os.close(terminal)
            reader = threading.Thread(target=self._drain, args=(screen,), daemon=True)
            reader.start()
            self._files.callback(reader.join, PATIENCE)
        self.port = self._wait_for_port(name, log if kind == "console" else Path(folder, "out"))

    def memory(self) -> int:
        """Resident bytes (proc(5), statm)."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> None:
        """Stop the process."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._files.close()

    def _drain(self, screen: int) -> None:
        """Act as the terminal: read what is drawn and count it."""
        try:
            while data := os.read(screen, 1 << 16):
                self.drawn += len(data)
        except OSError:  # the other end is closed (pty(7))
            pass
        os.close(screen)

    def _wait_for_port(self, name: str, source: Path) -> int:
        """The port of the first `listening on …` line in the output, or in the log of a console."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            text = source.read_text() if source.exists() else ""
            _, found, rest = text.partition("listening on ")
            if found and "\n" in rest:
                return int(rest.partition("\n")[0].rpartition(":")[2])
            time.sleep(0.02)
        self.stop()
        raise Failed(f"{name} does not start")


def load(core: int | None, mode: str, port: int, clients: int, seconds: float, size: str) -> dict[str, float]:
    """Run the load generator against one server; returns its results."""
    command = [str(LOAD), mode, str(port), str(clients), str(seconds), *([size] if size else [])]
    if core is not None:
        command = ["taskset", "-c", str(core), *command] if shutil.which("taskset") else command
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"the load failed: {' '.join(command)}: {done.stderr.strip()}")
    result: dict[str, float] = json.loads(done.stdout)
    return result


def compile_load() -> None:
    """Compile the load generator if it is missing or older than its source."""
    source = HERE / "load.c"
    if LOAD.exists() and LOAD.stat().st_mtime >= source.stat().st_mtime:
        return
    compiler = next(filter(None, map(shutil.which, (os.environ.get("CC", "cc"), "gcc", "clang"))), None)
    if compiler is None:
        raise Failed("no C compiler: the load generator is written in C; install gcc or clang, or set CC")
    BUILD.mkdir(exist_ok=True)
    done = subprocess.run([compiler, "-std=gnu11", "-O2", "-o", LOAD, source], capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{compiler} cannot compile the load generator: {done.stderr.strip()}")


def measure(
    names: list[str], rounds: int, seconds: float, report: Callable[[str], None]
) -> tuple[Results, Results, int]:
    """Rates and 99th percentiles in µs by cell and server, one value per round; and the bytes that the consoles drew."""
    cores = sorted(os.sched_getaffinity(0))
    server_core, load_core = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    rates: Results = {cell: {name: [] for name in names} for cell in CELLS}
    slowest: Results = {cell: {name: [] for name in names} for cell in CELLS}
    with ExitStack() as stack:
        up: dict[tuple[str, str], Server] = {}
        for name in names:
            for program in ("http", "echo"):
                report(f"starting {name}, {program}")
                server = up[name, program] = Server(name, program, server_core)
                stack.callback(server.stop)
                load(load_core, program, server.port, *WARM_UP, "64")
        for number in range(rounds):
            rotated = names[number % len(names) :] + names[: number % len(names)]
            for cell, (program, mode, size) in CELLS.items():
                for name in rotated:
                    report(f"round {number + 1} of {rounds}: {cell}: {name}")
                    result = load(load_core, mode, up[name, program].port, CLIENTS, seconds, size)
                    if result["errors"] or not result["rate"]:
                        raise Failed(
                            f"{name} made {result['errors']:.0f} errors at {cell}: the results would mean nothing"
                        )
                    rates[cell][name].append(result["rate"])
                    slowest[cell][name].append(result["p99"])
        drawn = sum(server.drawn for server in up.values())
    return rates, slowest, drawn


def idle_memory(name: str) -> float:
    """Growth of resident memory in bytes per connection, with `HELD` idle connections."""
    server = Server(name, "echo", None)
    try:
        load(None, "echo", server.port, *WARM_UP, "64")
        before = server.memory()
        holder = subprocess.Popen(
            [LOAD, "hold", str(server.port), str(HELD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert holder.stdout is not None
        holder.stdout.readline()
        after = settled(server.memory)
        holder.communicate()
    finally:
        server.stop()
    return (after - before) / HELD


def settled(value: Callable[[], int]) -> int:
    """`value()` once it has changed by at most 1 % for half a second."""
    last, same, end = value(), 0, time.monotonic() + PATIENCE
    while same < 5 and time.monotonic() < end:
        time.sleep(0.1)
        now = value()
        same = same + 1 if abs(now - last) <= last / 100 else 0
        last = now
    return last


def ratios(of: dict[str, list[float]], name: str) -> tuple[float, float, float]:
    """Ratio of medians to `BASE`, and the lowest and highest ratio of a single round."""
    each = [mine / base for mine, base in zip(of[name], of[BASE], strict=True)]
    return statistics.median(of[name]) / statistics.median(of[BASE]), min(each), max(each)


def table(names: list[str], rates: Results, slowest: Results, memory: dict[str, float]) -> str:
    """The results as a Markdown table: ratio to `BASE`, its spread, and the absolute number."""
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]

    def row(title: str, of: dict[str, list[float]], unit: Callable[[float], str]) -> None:
        cells = []
        for name in names:
            ratio, low, high = ratios(of, name)
            spread = "" if name == BASE or len(of[name]) < 2 else f" ({low:.2f}–{high:.2f})"
            cells.append(f"**{ratio:.2f}**{spread} {unit(statistics.median(of[name]))}")
        lines.append(f"| {title} | {' | '.join(cells)} |")

    for cell in CELLS:
        row(cell, rates[cell], lambda rate: f"{rate:,.0f}/s")
    first = next(iter(CELLS))
    row(f"{first}: 99 % answered within", slowest[first], lambda micros: f"{micros / 1000:.2f} ms")
    if memory:
        row("memory of an idle connection", {name: [memory[name]] for name in names}, lambda b: f"{b / 1024:.2f} KiB")
    return "\n".join(lines)


def main() -> int:
    """Run the comparison; print the table and write the chart."""
    parser = argparse.ArgumentParser(description="compare tuiserver with asyncio and uvloop on this machine")
    parser.add_argument("--rounds", type=int, default=5, help="number of rounds (default 5)")
    parser.add_argument("--seconds", type=float, default=0.9, help="seconds per measurement (default 0.9)")
    parser.add_argument("--svg", type=Path, default=BUILD / "benchmark.svg", help="file of the bar chart")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds must be at least 1 and --seconds more than 0")
    if not sys.platform.startswith("linux"):
        raise Failed("the comparison needs Linux: its load generator is built on epoll")
    compile_load()
    names = list(SERVERS)
    try:
        import uvloop  # noqa: F401
    except ImportError:
        names.remove("uvloop")
        print("uvloop is not installed and is skipped: pip install uvloop", file=sys.stderr)
    begin = time.monotonic()

    def report(text: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[K{time.monotonic() - begin:4.0f} s  {text}", end="", file=sys.stderr, flush=True)

    rates, slowest, drawn = measure(names, options.rounds, options.seconds, report)
    memory = {}
    for name in names:
        report(f"memory: {name}")
        memory[name] = idle_memory(name)
    report("")
    print(table(names, rates, slowest, memory))
    print(
        f"\nRatio to {BASE} of the medians of {options.rounds} rounds of {options.seconds:g} s, (lowest–highest of a round), "
        f"absolute number.\nMemory: with {HELD:,} connections, measured once. The consoles drew {drawn / 1e6:.1f} MB.\n"
        f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {platform.machine()}, "
        f"{len(os.sched_getaffinity(0))} cores; {time.monotonic() - begin:.0f} s."
    )
    options.svg.parent.mkdir(parents=True, exist_ok=True)
    bars = {cell: {name: ratios(rates[cell], name) for name in names} for cell in CELLS}
    options.svg.write_text(draw(bars, BASE), encoding="utf-8")
    print(f"Chart: {os.path.relpath(options.svg)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as error:
        sys.exit(f"compare: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
