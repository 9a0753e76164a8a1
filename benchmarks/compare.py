"""Ours beside asyncio and uvloop, in one run: a table on stdout, a picture beside it.

    make bench
    make bench BENCH='--rounds 8 --seconds 2 --svg docs/benchmark.svg'

Rules of this file:
- Everything is compared within one run, a round at a time: each server in turn under the same load, the order turning with
  the round. What counts are ratios of medians; the range of the ratios round by round is their spread.
- Each server has one core, the load another. All are up all the time; one at a time is under load.
- Each is worn in before anything is counted. A fresh asyncio maps and unmaps memory at every read, until something large is
  freed for the first time: it would look four times slower than it is.
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
"""Seconds a server has to start, or to stop."""
WEAR_IN = (8, 0.1)
"""Clients and seconds of the load that is not counted."""
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
"""Idle connections that memory is measured with; the descriptor limit of most systems allows them."""

Results = dict[str, dict[str, list[float]]]


class Failed(Exception):
    """The comparison cannot be made; `str()` is one line for the user."""


class Server:
    """One server on a core of its own; `port` is where it listens. With a console it has a terminal of 160×50."""

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
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._files.close()

    def _drain(self, screen: int) -> None:
        """Be the terminal: take what is drawn."""
        try:
            while data := os.read(screen, 1 << 16):
                self.drawn += len(data)
        except OSError:  # the other end is closed (pty(7))
            pass
        os.close(screen)

    def _wait_for_port(self, name: str, place: Path) -> int:
        """The port of the first line that says `listening on …`: of the output, or of the log of a console."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            text = place.read_text() if place.exists() else ""
            _, found, rest = text.partition("listening on ")
            if found and "\n" in rest:
                return int(rest.partition("\n")[0].rpartition(":")[2])
            time.sleep(0.02)
        self.stop()
        raise Failed(f"{name} does not start")


def load(core: int | None, mode: str, port: int, clients: int, seconds: float, size: str) -> dict[str, float]:
    """Put one server under load; what `load.c` says of it."""
    command = [str(LOAD), mode, str(port), str(clients), str(seconds), *([size] if size else [])]
    if core is not None:
        command = ["taskset", "-c", str(core), *command] if shutil.which("taskset") else command
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"the load failed: {' '.join(command)}: {done.stderr.strip()}")
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def compile_load() -> None:
    """Make the load generator where it is missing or old."""
    source = HERE / "load.c"
    if LOAD.exists() and LOAD.stat().st_mtime >= source.stat().st_mtime:
        return
    compiler = next(filter(None, map(shutil.which, (os.environ.get("CC", "cc"), "gcc", "clang"))), None)
    if compiler is None:
        raise Failed("no C compiler: the load generator is written in C; install gcc or clang, or set CC")
    BUILD.mkdir(exist_ok=True)
    done = subprocess.run([compiler, "-std=gnu11", "-O2", "-o", LOAD, source], capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{compiler} cannot make the load generator: {done.stderr.strip()}")


def measure(names: list[str], rounds: int, seconds: float, say: Callable[[str], None]) -> tuple[Results, Results, int]:
    """Rates and 99th percentiles in µs, of each server in each cell, a value a round; and the bytes that consoles drew."""
    cores = sorted(os.sched_getaffinity(0))
    server_core, load_core = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    rates: Results = {cell: {name: [] for name in names} for cell in CELLS}
    slowest: Results = {cell: {name: [] for name in names} for cell in CELLS}
    with ExitStack() as at_end:
        up: dict[tuple[str, str], Server] = {}
        for name in names:
            for program in ("http", "echo"):
                say(f"starting {name}, {program}")
                server = up[name, program] = Server(name, program, server_core)
                at_end.callback(server.stop)
                load(load_core, program, server.port, *WEAR_IN, "64")
        for number in range(rounds):
            turned = names[number % len(names) :] + names[: number % len(names)]
            for cell, (program, mode, size) in CELLS.items():
                for name in turned:
                    say(f"round {number + 1} of {rounds}: {cell}: {name}")
                    told = load(load_core, mode, up[name, program].port, CLIENTS, seconds, size)
                    if told["errors"] or not told["rate"]:
                        raise Failed(f"{name} made {told['errors']:.0f} errors at {cell}: no figure is worth anything")
                    rates[cell][name].append(told["rate"])
                    slowest[cell][name].append(told["p99"])
        drawn = sum(server.drawn for server in up.values())
    return rates, slowest, drawn


def idle_memory(name: str) -> float:
    """Bytes of resident memory for each of `HELD` connections that do nothing."""
    server = Server(name, "echo", None)
    try:
        load(None, "echo", server.port, *WEAR_IN, "64")
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
    """`value()` once it has not changed by more than a percent for half a second."""
    last, same, end = value(), 0, time.monotonic() + PATIENCE
    while same < 5 and time.monotonic() < end:
        time.sleep(0.1)
        now = value()
        same = same + 1 if abs(now - last) <= last / 100 else 0
        last = now
    return last


def ratios(of: dict[str, list[float]], name: str) -> tuple[float, float, float]:
    """Ratio of medians to `BASE`, and the lowest and highest ratio of a round."""
    each = [mine / base for mine, base in zip(of[name], of[BASE], strict=True)]
    return statistics.median(of[name]) / statistics.median(of[BASE]), min(each), max(each)


def table(names: list[str], rates: Results, slowest: Results, memory: dict[str, float]) -> str:
    """The figures as Markdown: ratio to `BASE`, its spread, and the figure itself."""
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]

    def row(title: str, of: dict[str, list[float]], word: Callable[[float], str]) -> None:
        cells = []
        for name in names:
            ratio, low, high = ratios(of, name)
            spread = "" if name == BASE or len(of[name]) < 2 else f" ({low:.2f}–{high:.2f})"
            cells.append(f"**{ratio:.2f}**{spread} {word(statistics.median(of[name]))}")
        lines.append(f"| {title} | {' | '.join(cells)} |")

    for cell in CELLS:
        row(cell, rates[cell], lambda rate: f"{rate:,.0f}/s")
    first = next(iter(CELLS))
    row(f"{first}: 99 % answered within", slowest[first], lambda micros: f"{micros / 1000:.2f} ms")
    if memory:
        row("memory of an idle connection", {name: [memory[name]] for name in names}, lambda b: f"{b / 1024:.2f} KiB")
    return "\n".join(lines)


def main() -> int:
    """Compare, print, draw."""
    parser = argparse.ArgumentParser(description="tuiserver beside asyncio and uvloop, on this machine")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default 5)")
    parser.add_argument("--seconds", type=float, default=0.9, help="for how long each time (default 0.9)")
    parser.add_argument("--svg", type=Path, default=BUILD / "benchmark.svg", help="where to draw the picture")
    wanted = parser.parse_args()
    if wanted.rounds < 1 or wanted.seconds <= 0:
        parser.error("it takes at least one round, of more than 0 seconds")
    if not sys.platform.startswith("linux"):
        raise Failed("the comparison needs Linux: its load generator is built on epoll")
    compile_load()
    names = list(SERVERS)
    try:
        import uvloop  # noqa: F401
    except ImportError:
        names.remove("uvloop")
        print("uvloop is not installed and left out: pip install uvloop", file=sys.stderr)
    begin = time.monotonic()

    def say(text: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[K{time.monotonic() - begin:4.0f} s  {text}", end="", file=sys.stderr, flush=True)

    rates, slowest, drawn = measure(names, wanted.rounds, wanted.seconds, say)
    memory = {}
    for name in names:
        say(f"memory: {name}")
        memory[name] = idle_memory(name)
    say("")
    print(table(names, rates, slowest, memory))
    print(
        f"\nRatio to {BASE} of the medians of {wanted.rounds} rounds of {wanted.seconds:g} s, (lowest–highest of a round), "
        f"figure.\nMemory: {HELD:,} connections held, once. The consoles drew {drawn / 1e6:.1f} MB meanwhile.\n"
        f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {platform.machine()}, "
        f"{len(os.sched_getaffinity(0))} cores; {time.monotonic() - begin:.0f} s."
    )
    wanted.svg.parent.mkdir(parents=True, exist_ok=True)
    bars = {cell: {name: ratios(rates[cell], name) for name in names} for cell in CELLS}
    wanted.svg.write_text(draw(bars, BASE), encoding="utf-8")
    print(f"Picture: {os.path.relpath(wanted.svg)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as error:
        sys.exit(f"compare: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
