"""The job: a tracker logs in with a binary message, and waits for an answer whose checksum it checks itself.

The developer has the header of the protocol. They read the message with names on its fields, see that its checksum is right
and where its bytes are, and answer with a checksum that the console calculates; the device then goes on with its position.

| step | keys |
|---|---|
| see the fields of the message beside its bytes | `2` `enter` `end` `up` |
| answer in hex, with a placeholder for the checksum | `escape` `s` `ctrl+t` *… {{crc:x-25:be@2..}} 0D 0A* `enter` |
| find the fast ones | `escape` `slash` *speed>50* `enter` |
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.jobs import SIZES, operating

HEADER = """\
// tuiserver: endian big
// tuiserver: kind == LOGIN -> Login
// tuiserver: kind == POSITION -> Position
// tuiserver: crc = crc16-x-25 over length..crc

enum Kind : uint8_t { LOGIN = 0x01, POSITION = 0x12 };

struct Point { int32_t lat; int32_t lon; };
struct Login {
    uint16_t start; uint8_t length; enum Kind kind; char imei[15]; uint16_t serial; uint16_t crc; uint16_t stop;
};
struct Position {
    uint16_t start; uint8_t length; enum Kind kind; Point at; uint8_t speed; uint16_t serial; uint16_t crc; uint16_t stop;
};
"""

DEVICE = '''\
"""A tracker: logs in, and sends its position once the answer has the right checksum."""
import socket, struct, sys

def crc(data):
    """CRC-16/X-25, bit by bit."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value ^ 0xFFFF

def frame(kind, body, serial):
    inner = struct.pack(">BB", len(body) + 5, kind) + body + struct.pack(">H", serial)
    return b"xx" + inner + struct.pack(">H", crc(inner)) + b"\\r\\n"

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as sock:
    sock.sendall(frame(1, b"358901234567890", 42))
    answer = b""
    while len(answer) < 10:
        answer += sock.recv(10 - len(answer)) or sys.exit("closed")
    start, length, kind, serial, given, stop = struct.unpack(">HBBHHH", answer)
    if (start, length, kind, serial, stop) != (0x7878, 5, 1, 42, 0x0D0A) or given != crc(answer[2:6]):
        sys.exit(f"refused: {answer.hex()}")
    sock.sendall(frame(0x12, struct.pack(">iiB", 48117300, 11516667, 80), 43))
    sock.recv(1)
'''


@pytest.mark.parametrize("size", SIZES)
async def test_a_tracker_is_read_and_answered_with_a_checksum(size: tuple[int, int], tmp_path: Path) -> None:
    """Its fields are on the screen, and the device accepts the answer."""
    header, script = tmp_path / "tracker.h", tmp_path / "device.py"
    header.write_text(HEADER)
    script.write_text(DEVICE)
    async with operating(tmp_path, size, reply="none", decode=str(header)) as operator:
        port = operator.worker.addresses[0].port
        device = subprocess.Popen([sys.executable, str(script), str(port)])
        try:
            await operator.sees(r" < +25 Login start=30840 length=20 kind=LOGIN ")
            await operator.press("2", "enter")
            await operator.sees(r"imei +358901234567890 ", "0000  78 78 14 01 33 35 38", r"fields · text · hex  1 of 7")
            await operator.press("end", "up")
            await operator.sees(r"▸ crc +54306  ok", r"offset 21 \(0x15\), 2 bytes")

            await operator.press("escape", "s", "ctrl+t")
            await operator.type("78 78 05 01 00 2A {{crc:x-25:be@2..}} 0D 0A")
            await operator.press("enter")
            await operator.sees(r" < +19 Position start=30840 length=14 kind=POSITION ")
            assert device.poll() is None

            await operator.press("escape", "slash")
            await operator.type("speed>50")
            await operator.press("enter")
            await operator.sees("1 of 3 shown")
            assert operator.keys == 11
        finally:
            device.kill()
            device.wait()
