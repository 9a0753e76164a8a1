"""Pictures of the console for the README: the real app, a scripted server, a clock that stands still.

    python -m tests.support.screenshots OUTDIR         # console.svg, console-80x24.svg, inspector.svg, … : see SCENES

They show one afternoon of a small server: a metrics scraper over HTTP, a sensor that sends binary rows, a chat, a client
that reads too slowly, and two that have closed. The pictures are the same each time.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from tests.support.scripted import ScriptedLink, until
from tuiserver.config.settings import Settings
from tuiserver.console.app import Console
from tuiserver.core.codes import CloseCode, PauseCode
from tuiserver.core.events import (
    OPERATOR,
    AnyEvent,
    Closed,
    Connected,
    Identified,
    Inspected,
    Listening,
    Noted,
    Paused,
    Received,
    Sent,
    Totals,
    Traffic,
)
from tuiserver.outputs.log import LogWriter
from tuiserver.outputs.tail import LogTail

NOW = 1_795_435_471.4
"""The time of the pictures in Unix seconds: an afternoon."""
RAW, HTTP = "tcp://127.0.0.1:9999", "http://127.0.0.1:8080"
LOCAL = {RAW: "127.0.0.1:9999", HTTP: "127.0.0.1:8080"}
CLIENTS = (
    # id, peer, address, protocol, seconds ago
    (797, "10.0.0.9:61020", RAW, "raw", 7280),
    (801, "127.0.0.1:51199", RAW, "raw", 7260),
    (806, "127.0.0.1:50112", RAW, "raw", 7250),
    (807, "192.168.4.20:3301", RAW, "raw", 7208),
    (809, "10.0.0.7:40112", RAW, "raw", 3731),
    (811, "127.0.0.1:51230", RAW, "raw", 580),
    (812, "127.0.0.1:51234", HTTP, "http", 252),
    (813, "10.0.0.31:55310", RAW, "raw", 64),
)
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: */*\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nhello world~"
ROW = bytes.fromhex("00010fff203a007c") + b"ROW 1 - temp=21.5 \xc2\xb0C" + bytes.fromhex("000000000d0a")


def afternoon() -> list[AnyEvent]:
    """All events, oldest first."""
    events: list[AnyEvent] = [Listening(NOW - 7300, RAW), Listening(NOW - 7300, HTTP)]
    for number, peer, address, protocol, ago in sorted(CLIENTS, key=lambda client: -client[4]):
        events.append(Connected(NOW - ago, number, peer, LOCAL[address], address))
        events.append(Identified(NOW - ago + 0.002, number, protocol))

    def came(ago: float, number: int, data: bytes) -> None:
        events.append(Received(NOW - ago, number, data, len(data)))

    def went(ago: float, number: int, data: bytes, by: str = "echo") -> None:
        events.append(Sent(NOW - ago, number, data, len(data), by))

    def totals(ago: float, *figures: int) -> None:
        events.append(Traffic(NOW - ago, (Totals(*figures),)))

    came(1890, 797, b'{"op":"join","room":"lab"}\n')
    totals(742, 807, 4_410_220, 0, 9_120, 0, 0)
    came(741, 807, b"status?\r\n")
    events.append(Paused(NOW - 640, 807, "operator", PauseCode.OPERATOR))
    came(131, 801, b"HELO stage1\n")
    events.append(Paused(NOW - 95, 809, "buffer full", PauseCode.BUFFER_FULL))
    came(91, 809, bytes.fromhex("00010fff203a007c"))
    totals(90, 809, 1_104_000, 9_812_400, 812, 9_401, 2_013_480)
    events.append(Closed(NOW - 69, 801, "reset by peer", 12, 0, 1, 0, code=CloseCode.PEER_RESET, duration=7191))
    events.append(Noted(NOW - 58, "error", "on_message raised KeyError: 'channel'", 797))
    failed = CloseCode.CALLBACK_FAILED
    events.append(Closed(NOW - 58, 797, "callback failed", 88_140, 12_020, 210, 34, code=failed, duration=7222))
    totals(52, 806, 96_040, 96_040, 16_006, 16_006, 0)
    came(51.2, 806, b"PING\r\n")
    went(51.1997, 806, b"PONG\r\n")
    totals(48, 811, 2_031, 1_108, 41, 40, 0)
    came(41.9, 811, b'{"op":"sub","channel":"ticks"}\n')
    went(41.1, 811, b"subscribed\r\n", OPERATOR)
    totals(40, 812, 18_212, 14_148, 142, 142, 0)
    for step in range(9):
        ago = 33.5 - 3.6 * step
        came(ago, 812, REQUEST)
        went(ago - 0.0005, 812, RESPONSE, "hello")
    totals(30, 813, 6_220, 0, 118, 0, 0)
    came(28.6, 813, ROW)
    came(21.2, 813, ROW)
    came(12.4, 806, b'{"op":"sub","channel":"ticks"}\n')
    went(9.8, 806, b"subscribed\r\n", OPERATOR)
    came(4.0, 806, ROW)
    came(2.1, 806, b"PING\r\n")
    went(2.0997, 806, b"PONG\r\n")
    return sorted(events, key=lambda event: event.at)


TRACKER = """\
// tuiserver: endian big
// tuiserver: kind == LOGIN -> Login
// tuiserver: kind == POSITION -> Position
// tuiserver: crc = crc16-x-25 over length..crc
enum Kind : uint8_t { LOGIN = 0x01, POSITION = 0x12 };
enum Fix : uint8_t { NONE = 0, FIX_2D = 2, FIX_3D = 3 };
struct Point { int32_t lat; int32_t lon; int16_t altitude; };
struct Login { uint16_t start; uint8_t length; Kind kind; char imei[15]; uint16_t serial; uint16_t crc; uint16_t stop; };
struct Position {
    uint16_t start; uint8_t length; Kind kind; uint32_t time; Point at; Fix fix; uint8_t satellites;
    uint8_t speed; uint16_t course; uint8_t battery; uint16_t serial; uint16_t crc; uint16_t stop;
};
"""
"""The definitions of a tracker's messages."""


def tracker() -> list[AnyEvent]:
    """A tracker logs in and sends where it is; one message is damaged on the way."""
    from tuiserver.core.checksums import checksum

    address, number = RAW, 814
    events: list[AnyEvent] = [
        Listening(NOW - 7300, RAW),
        Connected(NOW - 64, number, "10.0.0.44:50122", LOCAL[address], address),
        Identified(NOW - 64, number, "raw"),
    ]

    def frame(kind: int, body: bytes, serial: int) -> bytes:
        inner = bytes((len(body) + 5, kind)) + body + serial.to_bytes(2)
        return b"xx" + inner + checksum("x-25", inner, "big") + b"\r\n"

    def came(ago: float, data: bytes) -> None:
        events.append(Received(NOW - ago, number, data, len(data)))

    def went(ago: float, data: bytes) -> None:
        events.append(Sent(NOW - ago, number, data, len(data), OPERATOR))

    came(63.8, frame(1, b"358901234567890", 41))
    went(58.2, frame(1, b"", 41))
    for step in range(5):
        ago = 50.0 - 10 * step
        place = struct.pack(
            ">IiihBBBHB",
            round(NOW - ago),
            52_520_008 + 310 * step,
            13_404_954 + 880 * step,
            34,
            3,
            9,
            31 + 7 * step,
            87,
            93,
        )
        data = frame(0x12, place, 42 + step)
        came(ago, data if step != 2 else data[:14] + b"\x7f" + data[15:])
    return events


def minute() -> Iterator[tuple[float, float, float]]:
    """The traffic of the last minute, per second: bytes in, bytes out, clients."""
    for second in range(61):
        wave = 0.55 + 0.35 * math.sin(second / 4.5) + 0.1 * math.sin(second * 1.7)
        yield 1_240_000 * wave, 310_000 * (1.1 - wave * 0.8), second * 7 % 5 % 3


class Posed(Console):
    """The console with a clock that stands still."""

    def tick(self) -> None:
        self.frames.refresh()

    def pose(self) -> None:
        """Give the sparklines a minute of traffic."""
        total = [0.0, 0.0, 0.0]
        for second, amounts in enumerate(minute()):
            total = [sum(pair) for pair in zip(total, amounts, strict=True)]
            self.roster.rates.tick(float(second), *(int(value) for value in total))
        self.frames.refresh()


SLOW_FACTS: dict[str, float | int | str] = {
    "state": "established",
    "rtt": 0.02841,
    "rtt_variation": 0.00392,
    "retransmits": 0,
    "lost": 0,
    "unacknowledged": 9,
    "congestion_window": 10,
    "send_window": 0,
    "receive_window": 64_256,
    "send_mss": 1448,
    "receive_mss": 1448,
    "path_mtu": 1500,
    "ttl": 64,
    "send_queue": 262_144,
    "receive_queue": 0,
    "bytes_not_sent": 249_112,
    "unsent": 2_013_480,
    "max_unsent": 1 << 20,
    "unfinished": 0,
    "send_buffer": 262_144,
    "receive_buffer": 131_072,
    "held": "send buffer full",
    "keepalive": 0,
    "family": "IPv4",
    "interface": "eth0",
    "link": "up",
    "link_speed": 1000,
}
"""What the kernel reports about client 809, which does not read."""
CALM_FACTS = {
    **SLOW_FACTS,
    "rtt": 0.000041,
    "rtt_variation": 0.000012,
    "unacknowledged": 0,
    "send_window": 65_536,
    "send_queue": 0,
    "bytes_not_sent": 0,
    "unsent": 0,
    "family": "IPv4",
    "interface": "lo",
    "link": "loopback",
    "path_mtu": 65_535,
    "send_mss": 32_768,
}
"""And about client 806, which has no trouble."""
del CALM_FACTS["held"]


async def picture(
    path: Path,
    folder: Path,
    size: tuple[int, int],
    theme: str,
    keys: tuple[str, ...],
    events: list[AnyEvent],
    decode: str = "",
) -> None:
    """Report the events, press `keys`, and write the screen to `path`."""
    log = LogWriter(folder / "tuiserver.log")
    log.put(events)
    log.close()
    link = ScriptedLink(*events)
    app = Posed(link, Settings(theme=theme, decode=decode), LogTail(folder / "tuiserver.log"))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: link.drained)
        await pilot.pause()
        if app.roster.clients:
            app.pose()
        await pilot.press(*keys)
        link.feed(*stalling(), Inspected(NOW, 806, CALM_FACTS))
        await pilot.pause(0.3)
        svg = app.export_screenshot(title="tuiserver", simplify=True)
        path.write_text(without_fonts(svg), encoding="utf-8")


def stalling() -> Iterator[Inspected]:
    """Half a minute of samples of client 809: in the end its window closes, and our buffers fill up."""
    for second in range(31):
        stalled = max(0, second - 20)
        facts = {
            "send_window": round(65_536 * max(0.0, 1 - stalled / 5)),
            "send_queue": round(262_144 * min(1.0, stalled / 7)),
            "unsent": round(2_013_480 * (stalled / 10) ** 2),
        }
        yield Inspected(NOW - 30 + second, 809, {**SLOW_FACTS, **facts})


async def animation(path: Path, folder: Path, size: tuple[int, int]) -> None:
    """The main story as one picture that moves: pictures of the app, shown one after the other."""
    frames: list[str] = []
    for number, (count, keys) in enumerate(STORY):
        frame = folder / f"{number}.svg"
        (folder / str(number)).mkdir()
        await picture(frame, folder / str(number), size, DARK, keys, afternoon()[:count])
        frames.append(frame.read_text("utf-8"))
    total, share = FRAME_SECONDS * len(frames), 100 / len(frames)
    box = re.search(r'viewBox="([^"]+)"', frames[0])
    assert box is not None
    groups = [
        f'<g class="frame" style="animation-delay:{FRAME_SECONDS * number - total}s">{frame}</g>'
        for number, frame in enumerate(frames)
    ]
    style = (
        f"@keyframes show{{0%{{visibility:visible}}{share:.3f}%,100%{{visibility:hidden}}}}"
        f".frame{{visibility:hidden;animation:show {total}s step-end infinite}}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}"><style>{style}</style>'
    path.write_text(f"{head}{''.join(groups)}</svg>\n", encoding="utf-8")


def without_fonts(svg: str) -> str:
    """The picture with the monospace font of the reader: nothing is fetched to show it."""
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code, ", "")


WIDE, NARROW = (160, 50), (80, 24)
DARK, LIGHT = "tuiserver-dark", "tuiserver-light"
HERE = ("1", "g", "j", "j", "j", "j", "j")
SLOW = ("1", "g", "j", "j", "j")
TYPED = ("s", *"status", "\\", *"x00", "\\", *"x01")
WANTED = ("slash", *"idle<1m", "space", *"-proto:http")
SCENES: dict[str, tuple[tuple[int, int], str, tuple[str, ...]]] = {
    "console": (WIDE, DARK, (*HERE, "x", "x", *TYPED)),
    "console-80x24": (NARROW, DARK, (*HERE, *TYPED)),
    "console-light": (WIDE, LIGHT, (*HERE, "x", "x", *TYPED)),
    "first-start": (NARROW, DARK, ()),
    "first-start-160x50": (WIDE, DARK, ()),
    "inspector": (NARROW, DARK, (*SLOW, "i")),
    "inspector-160x50": (WIDE, DARK, SLOW),
    "hex": (NARROW, DARK, (*HERE, "2", "x", "z")),
    "hex-160x50": (WIDE, DARK, (*HERE, "2", "x")),
    "fields-110x24": ((110, 24), DARK, ("2", "up", "enter", *["down"] * 7)),
    "fields-lines-110x24": ((110, 24), DARK, ("2",)),
    "filter": (NARROW, DARK, ("1", *WANTED)),
    "filter-160x50": (WIDE, DARK, ("1", *WANTED)),
    "light-80x24": (NARROW, LIGHT, (*HERE, *TYPED)),
}
"""The pictures by their names: size, theme, and the keys to press."""
STORY: tuple[tuple[int, tuple[str, ...]], ...] = (
    (2, ()),
    (12, ("1", "g")),
    (40, ("1", "g", "j", "a")),
    (99, (*HERE, *TYPED)),
    (99, (*HERE, "2", "x")),
    (99, SLOW),
    (99, (*SLOW, "i")),
)
"""The frames of the animation: how many events have come, and the keys that were pressed."""
FRAME_SECONDS = 3


def main(folder: Path) -> None:
    """Take all pictures."""
    os.environ |= {"TZ": "UTC", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    time.tzset()
    folder.mkdir(parents=True, exist_ok=True)
    still, utf8 = patch("time.time", lambda: NOW), patch("locale.getencoding", lambda: "utf-8")
    settled = patch.multiple("tuiserver.console.models.wanted_rows", SETTLE_TIME=0.0, GROW_INTERVAL=0.0)
    with still, utf8, settled, tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        for name, (size, theme, keys) in SCENES.items():
            log_folder = Path(state, name)
            log_folder.mkdir()
            events = afternoon()[:2] if name.startswith("first-start") else afternoon()
            decode = ""
            if name.startswith("fields"):
                events, decode = tracker(), str(log_folder / "tracker.h")
                Path(decode).write_text(TRACKER, encoding="utf-8")
            asyncio.run(picture(folder / f"{name}.svg", log_folder, size, theme, keys, events, decode))
        frames = Path(state, "frames")
        frames.mkdir()
        asyncio.run(animation(folder / "story.svg", frames, (110, 36)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
