"""A server process under attack: headless with its output read or not, or a console on a terminal that is read or not."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES, COLUMNS = 50, 160
PATIENCE = 20.0
REST_TIMEOUT = 90.0
"""Seconds until a server that is not attacked any more has served what the system had received for it."""
TICK = 1 / os.sysconf("SC_CLK_TCK")


class Victim:
    """A server. `port` is its port. If `stalled`, what it prints or draws after its start is not read."""

    def __init__(self, arguments: list[str], folder: str, stalled: bool) -> None:
        self._stalled = stalled
        log = Path(folder, "log")
        command = [sys.executable, "-m", "tuiserver", "--log", str(log), *arguments]
        if "--app" not in arguments:
            command.append("127.0.0.1:0")
        environment = {**os.environ, "XDG_STATE_HOME": folder, "XDG_CONFIG_HOME": folder, "PYTHONPATH": str(ROOT)}
        if "--headless" in arguments:
            self._output, theirs = os.pipe()
            streams = {"stdin": subprocess.DEVNULL, "stdout": theirs, "stderr": subprocess.DEVNULL}
        else:
            self._output, theirs = pty.openpty()
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
            environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
            streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        self._process = subprocess.Popen(command, env=environment, cwd=folder, start_new_session=True, **streams)
        os.close(theirs)
        self._attacked = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = self._wait_for_port(log)
        time.sleep(1.0)  # the first screen, or the first lines
        self._attacked.set()

    def resident(self) -> int:
        """Resident bytes."""
        return self._status("VmRSS")

    def peak(self) -> int:
        """The most resident bytes since `reset_peak`."""
        return self._status("VmHWM")

    def reset_peak(self) -> None:
        """Measure the peak from now on (proc(5), clear_refs)."""
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    def cpu(self) -> float:
        """Seconds of CPU time used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK

    def share_at_rest(self, limit: float) -> float:
        """The share of a core that it uses once it has served what is in the system's buffers; over `limit`: it never has."""
        end = time.monotonic() + REST_TIMEOUT
        while True:
            before = self.cpu()
            time.sleep(1.0)
            share = self.cpu() - before
            if share <= limit or time.monotonic() > end:
                return share

    def stop(self) -> None:
        """End the process."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._stalled = False
        self._reader.join(PATIENCE)
        os.close(self._output)

    def _read(self) -> None:
        try:
            while not (self._stalled and self._attacked.is_set()):
                if not os.read(self._output, 1 << 16):
                    return
        except OSError:  # the other end of the terminal is closed (pty(7))
            pass

    def _wait_for_port(self, log: Path) -> int:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            found = re.search(r"listening on \S*:(\d+)\n", log.read_text() if log.exists() else "")
            if found is not None:
                return int(found[1])
            time.sleep(0.02)
        self.stop()
        raise RuntimeError("the server does not start")

    def _status(self, name: str) -> int:
        found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{self._process.pid}/status").read_text())
        assert found is not None
        return int(found[1]) * 1024
