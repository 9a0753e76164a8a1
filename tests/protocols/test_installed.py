"""Protocols of other packages, by entry point: found by name, given their parameters, and refused in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import LIMIT, Headless, environment, run
from tests.support.serving import read_exactly
from tuiserver.core.address import AddressError
from tuiserver.core.limits import Limits
from tuiserver.engine.transports.registry import parse_address
from tuiserver.protocols.parameters import SpecError
from tuiserver.protocols.registry import Factories, check, schemes

MODULE = '''
class Mine:
    """Numbers in ASCII, ended by a dot or by what the address says: no base class, and only what is special."""

    def __init__(self, ending="."):
        self.ending, self.rest = ending.encode(), b""

    def receive(self, data):
        *numbers, self.rest = (self.rest + data).split(self.ending)
        return [int(number) for number in numbers]

    def encode(self, message, now):
        data = str(message).encode()
        return data + self.ending, data


class Factory:
    name = "made"

    def create(self):
        return Mine()


made = Factory()


def broken():
    raise LookupError("no such table")
'''
ENTRY_POINTS = """[tuiserver.protocols]
mine = mine_protocol:Mine
made = mine_protocol:made
broken = mine_protocol:broken
missing = mine_protocol:nothing
absent = no_such_module:Mine
http = mine_protocol:broken
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with an installed package, as pip leaves it."""
    (tmp_path / "mine_protocol.py").write_text(MODULE)
    info = tmp_path / "mine_protocol-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine-protocol\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "mine_protocol", raising=False)
    return tmp_path


def test_a_protocol_is_found_by_its_name(package: Path) -> None:
    """With the defaults for what it does not define, and with its parameters; addresses may name it."""
    protocol = Factories(Limits()).get("mine").create()
    assert (protocol.name, protocol.framed, protocol.deadline, protocol.take_output(0.0)) == (
        "mine",
        True,
        None,
        (b"", b""),
    )
    assert protocol.receive(b"12.3") == [12]
    assert Factories(Limits()).get("mine:;").create().receive(b"12;3;") == [12, 3]
    assert Factories(Limits()).get("made").create().encode(5, 0.0) == (b"5.", b"5")
    assert parse_address("MINE:;+tcp://:9999").protocol == "mine:;"
    assert {"mine", "made"} <= set(schemes())


def test_a_package_replaces_no_built_in_protocol(package: Path) -> None:
    """Its `http` is never asked for, and nothing of it is run to check a message."""
    assert type(Factories(Limits()).get("http").create()).__name__ == "HttpProtocol"
    assert list(schemes()).count("http") == 1
    assert check("mine", b"x") == ""


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (
            "broken",
            r'"broken" \(mine_protocol:broken\) cannot be used: LookupError: no such table \(mine_protocol.py:28\)',
        ),
        ("missing", r'"missing" \(mine_protocol:nothing\) cannot be used: AttributeError'),
        ("absent", r'"absent" \(no_such_module:Mine\) cannot be used: ModuleNotFoundError'),
        ("made:x", "made has no parameters"),
        ("min", r'unknown protocol "min" \(did you mean mine\?\): use one of raw, .*, made, mine'),
    ],
)
def test_what_cannot_be_used(package: Path, spec: str, says: str) -> None:
    """One line that names the package, or those that exist."""
    with pytest.raises(SpecError, match=says) as error:
        Factories(Limits()).get(spec)
    assert "\n" not in str(error.value)
    with pytest.raises(AddressError):
        parse_address(f"{spec}://:9999")


def test_on_the_command_line(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--protocol` and addresses name it; a fault of it is one line."""
    monkeypatch.setattr("tests.support.processes.ROOT", f"{environment()['PYTHONPATH']}:{package}")
    with Headless("--protocol", "mine", "--reply", "echo", "127.0.0.1:0") as server, server.connect() as client:
        client.sendall(b"12.13.")
        assert read_exactly(client, 6) == b"12.13."
    done = run("--headless", "broken://127.0.0.1:0")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "LookupError: no such table" in done.stderr


def test_nothing_is_looked_for_without_need() -> None:
    """A run with built-in protocols does not import what finds packages."""
    code = (
        "import sys; from tuiserver.engine.transports.registry import parse_address; parse_address('u16:at=4://:1');"
        "print('importlib.metadata' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), timeout=LIMIT
    )
    assert done.stdout.strip() == "False"
