"""The job: a shop delivers webhooks, and there is no server for them yet. Every delivery is answered by hand.

The integrator reads the head and the JSON body whole, answers with JSON, and answers the next delivery with the same from the
history. What is typed is the body; the status line and the head are those of `200 OK`.

| step | keys |
|---|---|
| read the request whole | `enter` `enter` |
| answer it, without a line ending | `escape` `s` *{"ok":true}* `ctrl+n` `ctrl+n` `ctrl+n` `enter` |
| answer the next one alike | `up` `enter` |
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.jobs import SIZES, operating

ADDRESS = "http://127.0.0.1:0"
ANSWER = '{"ok":true}'


def delivery(number: int) -> bytes:
    """A request as curl sends it."""
    body = b'{"event":"order.paid","order":{"id":%d,"total":"129.90","lines":[{"sku":"A-1","qty":2}]}}' % number
    head = "POST /hooks/orders HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: curl/8.5.0\r\nContent-Type: application/json\r\n"
    return f"{head}X-Signature: sha256=5f2a\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("size", SIZES)
async def test_webhooks_are_read_and_answered(size: tuple[int, int], tmp_path: Path) -> None:
    """The body is shown to its end, the header says that somebody waits, and each delivery gets its answer."""
    async with operating(tmp_path, size, ADDRESS, reply="none") as operator:
        shop = await operator.dial_in()
        shop.sendall(delivery(4711))
        await operator.sees("1 waits for us" if size[0] >= 120 else "1 waits", r"< +1 .* waits .* POST /hooks/order")

        await operator.press("enter", "enter")
        await operator.sees(
            r"method +POST", r"path +/hooks/orders", r"x-signature +sha256=5f2a", r" id +4711", r" qty +2"
        )

        await operator.press("escape", "s")
        await operator.type(ANSWER)
        await operator.press("ctrl+n", "ctrl+n", "ctrl+n")
        await operator.sees(r"SEND to #1  text > \{.* 11 bytes")
        await operator.press("enter")
        await operator.sees(r"> +\d+ HTTP/1\.1 200 OK")
        head, _, body = shop.recv(4096).partition(b"\r\n\r\n")
        assert (head.splitlines()[0], body) == (b"HTTP/1.1 200 OK", ANSWER.encode())
        await operator.sees(r"▸ +1 .* open ")

        shop.sendall(delivery(4712))
        await operator.waits(lambda: operator.app.roster.messages_in == 2, "the next delivery")
        await operator.press("up", "enter")
        await operator.waits(lambda: operator.app.roster.messages_out == 2, "the answer")
        assert shop.recv(4096).endswith(ANSWER.encode())
        assert (operator.keys, operator.typed) == (10, len(ANSWER))
