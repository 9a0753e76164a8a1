"""From a seed to a scenario: how the server is set up, and the steps of clients, operator, watchers and system.

Rules of this file:
- A scenario is plain data. The same seed gives the same scenario; a subset of its steps is a scenario too (`shrink`).
- Each seed does much of a few things and little of others ("swarm testing", Groce et al. 2012): what happens seldom together
  with everything else is found where it happens all the time.
- What a client sends is known to be valid or not, so that the auditor knows what must be shown.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field, replace

from tests.simulation.toy_protocols import CIPHER, GREETING, TOYS, frame

PROTOCOLS = ("raw", "http", "", "framed", "cipher")
"""Protocols of the simulated addresses; the one without a name identifies the protocol by the first bytes."""

LARGE = 20
"""Times `max_buffer`: the size of a message that is larger than what may be unsent before it."""

LONG_TIMEOUT = 600 * 3600.0
"""Seconds: more milliseconds than an `int` holds."""

_LETTERS = bytes(b"abcdefghijklmnop0123456789\x00\xff \t{}"[number % 32] for number in range(256))

GET = b"GET / HTTP/1.1\r\nHost: sim\r\n\r\n"

WATCHERS = ("sink joins", "snapshot sink joins", "snapshot sink joins", "lossless sink joins", "wire sink joins")
WATCHERS += ("faulty sink joins", "sink leaves")
WATCHERS += ("sinks stall", "sinks stall", "sinks stall", "sinks read")
SYSTEM = ("exhaust", "abort accept", "set clock", "pass")
"""What happens to the watchers and to the system."""

BURST = -1.0
"""`Step.wait`: the next step follows without a turn of the loop in between."""


@dataclass(frozen=True)
class Step:
    """Something the simulated world does, and how long the server runs afterwards."""

    kind: str
    client: int = 0
    """A client, or the connection that a command is for."""
    data: bytes = b""
    value: float = 0.0
    wait: float = 0.0
    """Seconds until the next step; 0 is one turn of the loop, `BURST` none."""
    server: int = 0
    """The server it concerns: 0, or 1 for the second one."""

    def __str__(self) -> str:
        data = f" {self.data if len(self.data) <= 60 else self.data[:57] + b'...'}" if self.data else ""
        value = f" {self.value:g}" if self.value else ""
        server = "second server: " if self.server else ""
        return (
            f"{server}{self.kind} {self.client}{data}{value}, then {'no turn' if self.wait < 0 else f'{self.wait:g} s'}"
        )


@dataclass(frozen=True)
class Request:
    """One HTTP request as sent, and what a view must show of it."""

    wire: bytes
    shown: bytes
    expects: bool = False
    """The client waits for `100 Continue`."""

    @property
    def head(self) -> int:
        """Length of the head in bytes."""
        return self.wire.find(b"\r\n\r\n") + 4

    @property
    def closes(self) -> bool:
        """The connection ends after the answer."""
        return b"\r\nConnection: close\r\n" in self.wire[: self.head]


@dataclass
class ClientPlan:
    """What is fixed about a client before it connects."""

    number: int
    protocol: str = "raw"
    """What it speaks: a name in `PROTOCOLS`."""
    address: int = 0
    """Index of the address it connects to, in `PROTOCOLS`."""
    window: int = 1 << 20
    """Bytes that the system keeps for it, unread, before `send` of the server would block."""
    rate: int = -1
    """Bytes it reads per second; -1 reads everything at once, 0 only in steps `read`."""
    again: float = 0.0
    """How often a call of the server fails with EAGAIN, from 0 to 1."""
    short: float = 0.0
    """How often a call of the server moves less than it could."""
    polite: bool = True
    """Closes when the server has shut down writing."""
    requests: list[Request] = field(default_factory=list)
    """The valid requests it sends, in order; what follows the last one is malformed or unfinished."""


@dataclass
class Scenario:
    """A whole run."""

    seed: int = 0
    max_buffer: int = 1 << 20
    max_buffered: int = 1 << 28
    max_connections: int = 100
    idle_timeout: float | None = None
    request_timeout: float = 30.0
    handshake_timeout: float = 10.0
    half_close: float = 5.0
    view_memory: int = 1 << 20
    shows_messages: bool = True
    """False where the auditor takes lifecycle only, so that messages are skipped."""
    behaviour: str = "echo"
    """What the program does: a name in `programs.BEHAVIOURS`."""
    poller: str = "epoll"
    """What the servers poll with: `epoll`, or `poll`."""
    max_ready: int = 256
    """Descriptors that one poll reports at most."""
    settle: float = 1.0
    """Seconds between the last step and the stop."""
    clients: dict[int, ClientPlan] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    second: Scenario | None = None
    """A second server on the same loop; its steps are among those of the first."""


def generate(seed: int) -> Scenario:
    """The scenario of a seed."""
    scenario = _generate(seed)
    rng = random.Random(f"second {seed}")
    if rng.random() < 0.15:
        scenario.second = _generate(-1 - seed)
        theirs = [replace(step, server=1) for step in scenario.second.steps]
        mine, scenario.steps = scenario.steps, []
        while mine or theirs:
            steps = theirs if theirs and (not mine or rng.random() < 0.5) else mine
            scenario.steps.append(steps.pop(0))
    return scenario


def _generate(seed: int) -> Scenario:
    """A scenario of one server."""
    rng = random.Random(f"scenario {seed}")
    focus = {name for name in ("watchers", "operator", "system") if rng.random() < 0.25}
    count = rng.choice((1, 1, 2, 3, 4, 6)) if rng.random() < 0.98 else rng.choice((10, 70))
    behaviour = rng.choice(("echo", "answers", "wild", "wild", "flood", "silent"))
    scenario = Scenario(
        seed=seed,
        max_buffer=rng.choice((64, 1024, 4096)),
        max_buffered=rng.choice((512, 6000, 1 << 20)),
        max_connections=rng.choice((1, 2, 100, 100)),
        idle_timeout=rng.choice((None, None, 0.0, 2.0, 20.0)),
        request_timeout=rng.choice((3.0, 30.0)),
        handshake_timeout=rng.choice((2.0, 10.0)),
        view_memory=rng.choice((2000, 1 << 20)),
        shows_messages=rng.random() < (0.6 if "watchers" in focus else 0.9),
        behaviour=behaviour,
        settle=rng.choice((0.0, 1.0, 1.0, 5.0, 45.0, 90.0)),
    )
    half_closes = random.Random(f"half-close {seed}")
    scenario.half_close = half_closes.choice((0.0, 0.5, 5.0, 60.0))
    if half_closes.random() < 0.25:
        scenario.behaviour = "late"
    _vary(random.Random(f"varied {seed}"), scenario)
    spoken = rng.choice((("raw",), ("http",), ("raw", "http"), ("raw", "http"), ("framed", "cipher", "raw")))
    lives = [
        _life(random.Random(f"client {seed} {number}"), number, scenario, spoken) for number in range(1, count + 1)
    ]
    lives.append(_operator(rng, count, 25 if "operator" in focus else rng.choice((0, 0, 2, 6))))
    lives.append(_world(rng, WATCHERS, 12 if "watchers" in focus else rng.choice((0, 0, 1, 3))))
    lives.append(_world(rng, SYSTEM, 8 if "system" in focus else rng.choice((0, 0, 1))))
    while any(lives):
        life = rng.choice([each for each in lives if each])
        scenario.steps.append(life.pop(0))
        while life and scenario.steps[-1].wait == BURST and rng.random() < 0.7:
            scenario.steps.append(life.pop(0))
    if (
        "watchers" in focus and rng.random() < 0.5
    ):  # only such watchers, from the start: the server itself skips for them
        scenario.steps = [step for step in scenario.steps if step.kind != "lossless sink joins"]
        scenario.steps[:0] = [Step("sink joins"), Step("sinks stall")]
    if rng.random() < 0.3:
        position = rng.randrange(len(scenario.steps) + 1)
        scenario.steps.insert(position, Step("stop", value=rng.choice((0.0, 0.5, 5.0)), wait=_wait(rng)))
    return scenario


def _vary(rng: random.Random, scenario: Scenario) -> None:
    """What few runs need."""
    if rng.random() < 0.25:
        scenario.poller, scenario.max_ready = "poll", rng.choice((1, 2, 4, 256))
    if rng.random() < 0.03:
        scenario.idle_timeout = LONG_TIMEOUT
    if rng.random() < 0.05:
        scenario.behaviour = "watchdog"


def _wait(rng: random.Random, calm: bool = False) -> float:
    draw = rng.random()
    if calm:
        draw = 0.35 + 0.65 * draw
    if draw < 0.35:
        return BURST
    if draw < 0.7:
        return 0.0
    if draw < 0.9:
        return round(rng.uniform(0.001, 0.5), 3)
    return round(rng.choice((1.1, 3.5, 6.0, 31.0, 80.0)) * rng.uniform(0.9, 1.1), 3)


def _life(rng: random.Random, number: int, scenario: Scenario, spoken: tuple[str, ...]) -> list[Step]:
    """The steps of one client, and its plan into `scenario`."""
    protocol = rng.choice(spoken)
    calm = rng.random() < 0.4  # each thing it does is handled before the next one
    plan = ClientPlan(
        number,
        protocol,
        address=PROTOCOLS.index(rng.choice((protocol, protocol, "" if protocol in ("raw", "http") else protocol))),
        window=rng.choice((16, 100, 3000, 1 << 20)),
        rate=rng.choice((-1, -1, -1, 2000, 0)),
        again=0.0 if calm else rng.choice((0.0, 0.0, 0.2, 0.5)),
        short=0.0 if calm else rng.choice((0.0, 0.3, 0.9)),
        polite=rng.random() < 0.7,
    )
    scenario.clients[number] = plan
    steps = [Step("connect", number, wait=_wait(rng, calm))]
    conversation = _conversation(rng, plan)
    if protocol == "cipher":
        conversation = conversation.translate(CIPHER)
    for chunk in _chunks(rng, conversation, plan):
        steps.append(Step("send", number, chunk, wait=_wait(rng, calm)))
        if plan.rate == 0 and rng.random() < 0.4:
            steps.append(Step("read", number, value=rng.choice((1, 50, 5000, 1 << 20)), wait=_wait(rng, calm)))
    half_closes = random.Random(f"half-close {scenario.seed} {number}")
    if half_closes.random() < (0.7 if scenario.behaviour in ("late", "silent") else 0.1):
        steps.append(Step("finish", number, wait=half_closes.choice((0.0, 0.3, 2.0, 7.0))))
    for _ in range(rng.choice((0, 0, 1, 2))):
        ending = rng.choice(("finish", "finish", "reset", "close", "time out", "read"))
        position = len(steps) if rng.random() < 0.7 else rng.randrange(1, len(steps) + 1)
        steps.insert(position, Step(ending, number, value=1 << 20, wait=_wait(rng, calm)))
    return steps


def _conversation(rng: random.Random, plan: ClientPlan) -> bytes:
    if plan.protocol == "raw":
        opening = rng.choice((b"", b"", b"", b"LOGIN", b"HELLO WORLD\n"))  # the first of these could become HTTP
        return opening + b"".join(_text(rng) for _ in range(rng.randint(0, 6)))
    if plan.protocol in TOYS:
        return _frames(rng, plan)
    plan.requests = [_request(rng) for _ in range(rng.randint(0, 5))]
    data = b"".join(request.wire for request in plan.requests)
    draw = rng.random()
    if draw < 0.2:
        data += _malformed(rng)
    elif draw < 0.4:
        unfinished = _request(rng).wire
        data += unfinished[: rng.randrange(1, len(unfinished))]
    return data


def _frames(rng: random.Random, plan: ClientPlan) -> bytes:
    """What a client of a toy protocol says: mostly a greeting and some frames."""
    draw = rng.random()
    if draw < 0.2:
        return rng.choice((b"", GREETING[:3], b"HELP\n", frame(b"no greeting")))
    frames = [frame(_text(rng)) for _ in range(rng.randint(0, 5))]
    plan.requests = [Request(GREETING + each if not index else each, each) for index, each in enumerate(frames)]
    data = GREETING + b"".join(frames)
    if draw < 0.5:
        data += rng.choice((b"12", b"3:ab", b"x:", b"1234567:", b":"))
    return data


def _text(rng: random.Random) -> bytes:
    """A raw message that cannot be taken for HTTP."""
    return rng.randbytes(rng.choice((1, 5, 40, 300, 3000))).translate(_LETTERS) + rng.choice((b"", b"\n", b"\r\n"))


def _request(rng: random.Random) -> Request:
    target = rng.choice((b"/", b"/x?y=1", b"/" + b"p" * 300))
    head = b"Host: sim\r\n"
    if rng.random() < 0.15:
        head += b"Connection: close\r\n"
    kind = rng.choice(("get", "get", "head", "length", "chunked", "expect"))
    if kind in ("get", "head"):
        wire = kind.upper().encode() + b" " + target + b" HTTP/1.1\r\n" + head + b"\r\n"
        return Request(wire, wire)
    body = rng.randbytes(rng.choice((1, 10, 2000))).translate(_LETTERS)
    if rng.random() < 0.2:
        body = GET  # a body that looks like the next request
    if kind == "chunked":
        head = b"POST " + target + b" HTTP/1.1\r\n" + head + b"Transfer-Encoding: chunked\r\n\r\n"
        cut = rng.randrange(len(body))
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:cut], body[cut:]) if part)
        return Request(head + chunks + b"0\r\n\r\n", head + body)
    expect = b"Expect: 100-continue\r\n" if kind == "expect" else b""
    head = b"POST " + target + b" HTTP/1.1\r\n" + head + expect + b"Content-Length: %d\r\n\r\n" % len(body)
    return Request(head + body, head + body, kind == "expect")


def _malformed(rng: random.Random) -> bytes:
    return rng.choice(
        (
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\nHost: sim\n\n",
            b"GET  / HTTP/1.1\r\nHost: sim\r\n\r\n",
            b"BREW / HTTP/1.1\r\nHost: sim\r\n\r\n",
            b"GET / HTTP/3.7\r\nHost: sim\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: 99999999\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody!",
            b"POST / HTTP/1.1\r\nHost: sim\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"GET / HTTP/1.1\r\nHost: sim\r\nX: " + b"x" * 70_000,
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        )
    )


def _chunks(rng: random.Random, data: bytes, plan: ClientPlan) -> list[bytes]:
    """`data` in the pieces in which it is sent: cut anywhere, or between the heads and bodies of requests."""
    if not data:
        return []
    cuts = {0, len(data), *(rng.randrange(len(data)) for _ in range(rng.choice((0, 1, 3, 8))))}
    position = 0
    for request in plan.requests:
        cuts |= {each for each in (position + request.head, position + len(request.wire)) if rng.random() < 0.4}
        position += len(request.wire)
    return [data[start:end] for start, end in itertools.pairwise(sorted(cuts))]


def _operator(rng: random.Random, clients: int, count: int) -> list[Step]:
    kinds = ("command send", "command send", "command close", "command reset", "command pause", "command resume")
    kinds += ("command inspect",)
    return [
        Step(rng.choice(kinds), rng.randint(1, clients + 1), b"from the operator", wait=_wait(rng))
        for _ in range(count)
    ]


def _world(rng: random.Random, kinds: tuple[str, ...], count: int) -> list[Step]:
    """What happens to the system and to the watchers."""
    steps = []
    for _ in range(count):
        kind = rng.choice(kinds)
        value = rng.choice((-7200.0, 7200.0)) if kind == "set clock" else rng.choice((0.1, 1.0, 7.0))
        steps.append(Step(kind, value=value, wait=_wait(rng)))
    return steps
