"""The job: a shop delivers webhooks, and there is no server for them yet. Every delivery is answered by hand.

The integrator reads the head and the JSON body whole, answers that the order is unknown, with status, content type and body, and
answers the next delivery alike: the last answer is offered again.

| step | keys |
|---|---|
| read the request whole | `enter` `enter` |
| answer it | `escape` `s` *404 json {"error":"no such order"}* `enter` |
| answer the next one alike | `enter` |
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.jobs import SIZES, operating

ADDRESS = "http://127.0.0.1:0"
ANSWER = '404 json {"error":"no such order"}'
BODY = ANSWER.removeprefix("404 json ").encode()


def delivery(number: int) -> bytes:
    """A request as curl sends it."""
    body = b'{"event":"order.paid","order":{"id":%d,"total":"129.90","lines":[{"sku":"A-1","qty":2}]}}' % number
    head = "POST /hooks/orders HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: curl/8.5.0\r\nContent-Type: application/json\r\n"
    return f"{head}X-Signature: sha256=5f2a\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.slow
async def test_webhooks_are_read_and_answered(size: tuple[int, int], tmp_path: Path) -> None:
    """Head and body are shown with names, the header says that somebody waits, and each delivery gets its answer."""
    async with operating(tmp_path, size, ADDRESS, reply="none") as operator:
        shop = await operator.dial_in()
        shop.sendall(delivery(4711))
        await operator.sees("1 waits for us" if size[0] >= 120 else "1 waits", r"< +1 .* waits .* POST /hooks/order")

        await operator.press("enter", "enter")
        await operator.sees(
            r"method +POST", r"path +/hooks/orders", r"x-signature +sha256=5f2a", r" id +4711", r" qty +2"
        )

        await operator.press("escape", "s")
        await operator.sees(r"ANSWER to #1  POST /hooks/orders · waits \d s")
        await operator.type(ANSWER)
        await operator.sees(
            r'status 404   type json +body text > \{"error":"no such order"\}', r"HTTP/1\.1 404 Not Found\\r\\n"
        )
        await operator.press("enter")
        await operator.sees(
            r"> +\d+ HTTP/1\.1 404 Not", r"POST /hooks/orders .*→ 404 1\d\d [\d.]+ m?s", r"▸ +1 .* open "
        )
        head, _, body = shop.recv(4096).partition(b"\r\n\r\n")
        assert (head.splitlines()[:2], body) == ([b"HTTP/1.1 404 Not Found", b"Content-Type: application/json"], BODY)

        shop.sendall(delivery(4712))
        await operator.sees("ANSWER to #1  POST /hooks/orders")
        await operator.press("enter")
        await operator.waits(lambda: operator.app.roster.messages_out == 2, "the answer")
        assert shop.recv(4096).endswith(BODY)
        assert (operator.keys, operator.typed) == (6, len(ANSWER))


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
@pytest.mark.parametrize("in_parts", [False, True])
async def test_curl_gets_what_was_typed(in_parts: bool, tmp_path: Path) -> None:
    """A real client waits, whole or in parts, and gets exactly the bytes that the screen has shown."""
    async with operating(tmp_path, (120, 40), ADDRESS, reply="none") as operator:
        port = operator.worker.addresses[0].port
        command = ["curl", "-si", "-H", "X-Signature: 5f2a", "-d", "{}", f"http://127.0.0.1:{port}/hooks/orders"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
            await operator.sees("ANSWER to #1  POST /hooks/orders · waits [2-9] s", r"< +1 .* waits ")
            await operator.press("s")
            await operator.type(ANSWER)
            if in_parts:
                await operator.press("ctrl+y", "enter")
                await operator.sees("CHUNK to #1", "→ 404 .* so far")
                await operator.type("more")
                await operator.press("enter", "enter")
            else:
                await operator.press("enter")
            await operator.waits(lambda: curl.poll() is not None, "the end of curl")
            assert curl.stdout is not None
            head, _, body = curl.stdout.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nDate: ")
    assert (b"Transfer-Encoding: chunked" in head) == in_parts
    assert body == BODY + (b"more" if in_parts else b"")
