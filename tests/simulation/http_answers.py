"""What an HTTP client got, read as a client reads it: one answer for each request, in order, rightly framed (RFC 9112)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.simulation.generator import Request

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
BODILESS = (b"204", b"304")
REFUSALS = (b"HTTP/1.1 4", b"HTTP/1.1 5")
Require = Callable[[object, str, str], None]
"""`Auditor.require`."""


def check_answers(out: bytes, requests: Sequence[Request], delivered: int, require: Require, name: str) -> None:
    """Check `out`, the bytes of all answers to these requests; the last one may be cut off.

    The program got the first `delivered` of them. Behind the answers to these, one refusal may follow, of a request that
    came too late or of something that was not a request; it closes the connection.
    """
    for index, request in enumerate(requests):
        early = out.startswith(CONTINUE) and not request.expects
        require(not early, "continue_early", f"{name}: {CONTINUE!r} before the answer to {request.wire[:100]!r}")
        out = _skip_continue(out)
        head, separator, rest = out.partition(b"\r\n\r\n")
        if not separator:
            require(b"HTTP/1.1 "[: len(head)] == head[:9], "answer_framing", f"{name}: {out[:60]!r}")
            return
        head += b"\r\n"
        closes = b"\r\nConnection: close\r\n" in head
        require(head.startswith(b"HTTP/1.1 "), "answer_framing", f"{name}: {head[:60]!r}")
        if closes and index >= delivered and head.startswith(REFUSALS):
            break
        require(closes == request.closes, "answer_order", f"{name}: {head!r} to {request.wire[:100]!r}")
        length = 0 if request.wire.startswith(b"HEAD ") or head[9:12] in BODILESS else _length(head)
        if len(rest) < length:
            return
        out = rest[length:]
    out = _skip_continue(out)
    if out:
        head, separator, rest = out.partition(b"\r\n\r\n")
        refused = head.startswith(REFUSALS) or not separator
        require(refused, "sent_unknown", f"{name}: {out[:60]!r}")
        require(len(rest) <= _length(head + b"\r\n"), "sent_unknown", f"{name}: {rest[-60:]!r} after a refusal")


def _skip_continue(out: bytes) -> bytes:
    while out.startswith(CONTINUE):
        out = out[len(CONTINUE) :]
    return out


def _length(head: bytes) -> int:
    _, _, rest = head.partition(b"\r\nContent-Length: ")
    return int(rest.partition(b"\r\n")[0] or 0)
