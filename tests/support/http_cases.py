"""Requests, good and bad, and what has to come of them.

`FACTS` says in messages of ours what the fixtures of llhttp establish (nodejs/llhttp, test/request/*.md: `source` is the file and
the heading), plus what a server has to check that llhttp leaves to it. `SAMPLES` are requests of real clients.
"""

from __future__ import annotations

from typing import NamedTuple

CRLF = "\r\n"


class Fact(NamedTuple):
    """What has to come of `data`: the bodies of the requests that are served, and the status of a refusal behind them, or 0."""

    source: str
    data: bytes
    bodies: tuple[bytes, ...]
    refused: int = 0


class Sample(NamedTuple):
    """A request of a real client, and some of its parts."""

    client: str
    data: bytes
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


def message(line: str, *headers: str, body: str = "", host: str | None = "h.test") -> bytes:
    """A request; a Host is added."""
    hosts = [f"Host: {host}"] if host is not None else []
    return (CRLF.join([line, *hosts, *headers, "", ""]) + body).encode("latin-1")


def put(*headers: str, body: str = "") -> bytes:
    """A PUT with these headers."""
    return message("PUT /r HTTP/1.1", *headers, body=body)


def chunked(body: str) -> bytes:
    """A PUT with a chunked body."""
    return put("Transfer-Encoding: chunked", body=body)


NEXT = message("GET /next HTTP/1.1")
QUOTED = '5;a="I \\"b\\"; \\\\c\\\\";d="e"\r\nhello\r\n0\r\n\r\n'

FACTS = (
    # connection.md
    Fact("connection: keep-alive", put("Connection: keep-alive") + NEXT, (b"", b"")),
    Fact("connection: restarting when keep-alive is explicit", put("Connection: keep-alive") * 2, (b"", b"")),
    Fact("connection: no restart when keep-alive is off (1.0)", message("PUT /r HTTP/1.0") + NEXT, (b"",)),
    Fact("connection: close", put("Connection: close") + NEXT, (b"",)),
    Fact("connection: close followed by a tab", put("Connection: close\t") + NEXT, (b"",)),
    Fact("connection: CRLF between requests", put("Content-Length: 4", body="q=42\r\n") + NEXT, (b"q=42", b"")),
    Fact(
        "connection: CRLF, close", put("Content-Length: 4", "Connection: close", body="q=42\r\n\r\n") + NEXT, (b"q=42",)
    ),
    Fact("connection: space before the colon", put("Connection : upgrade", "Content-Length: 4", body="abcd"), (), 400),
    Fact("connection: folded tokens", put("Connection: keep-alive,", " upgrade", "Upgrade: ws"), (), 400),
    Fact("connection: upgrade without a switch", put("Connection: upgrade", "Upgrade: ws") + NEXT, (b"", b"")),
    Fact(
        "connection: upgrade with a body",
        put("Connection: upgrade", "Content-Length: 4", "Upgrade: ws", body="abcd") + NEXT,
        (b"abcd", b""),
    ),
    # content-length.md
    Fact("content-length: with zeroes", put("Content-Length: 003", body="abc") + NEXT, (b"abc", b"")),
    Fact("content-length: headers behind it", put("Content-Length: 003", "A: b", body="abc") + NEXT, (b"abc", b"")),
    Fact("content-length: overflow", put("Content-Length: 1000000000000000000000"), (), 400),
    Fact("content-length: duplicate", put("Content-Length: 1", "Content-Length: 2", body="ab"), (), 400),
    Fact("content-length: with identity", put("Content-Length: 1", "Transfer-Encoding: identity", body="a"), (), 400),
    Fact("content-length: space before the colon", put("Content-Length : 4", body="abcd"), (), 400),
    Fact("content-length: any case", message("GET /f HTTP/1.0", "conTENT-Length: 5", body="HELLO"), (b"HELLO",)),
    Fact("content-length: spaces around", put("Content-Length:  2 ", body="ab") + NEXT, (b"ab", b"")),
    Fact("content-length: tabs around", put("Content-Length:\t2\t  ", body="ab") + NEXT, (b"ab", b"")),
    Fact("content-length: a space inside", put("Content-Length: 4 2"), (), 400),
    Fact("content-length: two numbers", put("Content-Length: 13 37"), (), 400),
    Fact("content-length: empty", put("Content-Length:"), (), 400),
    Fact("content-length: CR instead of the dash", put("Content\rLength: 003", body="abc"), (), 400),
    Fact("content-length: CR LF CR and no LF", b"PUT /r HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\rabc", (), 400),
    # finish.md
    Fact("finish: inside of the body", put("Content-Length: 100", body="a"), ()),
    Fact("finish: inside of a header", b"PUT /r HTTP/1.1\r\nHost: h\r\nContent-Leng", ()),
    # invalid.md, lenient-*.md
    Fact("invalid: ICE and GET", message("GET /m ICE/1.0"), (), 400),
    Fact("invalid: not quite HTTP", message("GET /m IHTTP/1.0"), (), 400),
    Fact("invalid: RTSP and PUT", message("PUT /m RTSP/1.0"), (), 400),
    Fact("invalid: HTTP and a method of RTSP", message("ANNOUNCE /m HTTP/1.0"), (), 400),
    Fact("invalid: headers separated by CR", b"GET / HTTP/1.1\r\nHost: h\rB: 2\r\n\r\n", (), 400),
    Fact(
        "invalid: headers separated by LF",
        b"PUT / HTTP/1.1\r\nHost: h\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        (),
        400,
    ),
    Fact(
        "invalid: CR and a letter end the head",
        b"GET / HTTP/1.1\r\nHost: h\r\n\rZGET /evil: HTTP/1.1\r\nHost: h\r\n\r\n",
        (),
        400,
    ),
    Fact("invalid: an empty header ends in CR", put("x:\rTransfer-Encoding: chunked", body="0\r\n\r\n"), (), 400),
    Fact("invalid: an empty header ends in LF", put("x:\nTransfer-Encoding: chunked", body="0\r\n\r\n"), (), 400),
    Fact("invalid: a sign in a name", put("Fo@: 1"), (), 400),
    Fact("invalid: a control character in a name", put("Foo\x01\test: 1"), (), 400),
    Fact("invalid: no name", put(": 1"), (), 400),
    Fact("invalid: a longer method", message("MKCOLA / HTTP/1.1"), (), 501),
    Fact("invalid: a folded name", put("name", " : value"), (), 400),
    Fact("invalid: a corrupted header", put("Connection\r\x1b\x05\xe5eep-Alive"), (), 400),
    Fact("invalid: version 5.6", message("GET / HTTP/5.6"), (), 400),
    Fact("invalid: a space behind the first line", b"GET / HTTP/1.1\r\n Host: h\r\n\r\n", (), 400),
    Fact("invalid: only LF", b"PUT / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n1\nA\n0\n\n", (), 400),
    Fact("invalid: a space before a header", put("A: b", " Content-Length: 38") + NEXT, (), 400),
    Fact("lenient-headers: a control character in a value", put("A: \x0c"), (), 400),
    Fact("lenient-header-value-relaxed: inside of a value", put("A: hello\x0cworld"), (), 400),
    # method.md
    *(
        Fact(f"method: {method}", message(f"{method} /r HTTP/1.1") + NEXT, (b"", b""))
        for method in (
            "REPORT",
            "PURGE",
            "SEARCH",
            "LINK",
            "UNLINK",
            "SOURCE",
            "PATCH",
            "QUERY",
            "PROPFIND",
            "MKCOL",
            "LOCK",
        )
    ),
    Fact(
        "method: QUERY with a body", message("QUERY /c HTTP/1.1", "Content-Length: 3", body="sel") + NEXT, (b"sel", b"")
    ),
    Fact("method: CONNECT", message("CONNECT home.test:443 HTTP/1.0", body="some data"), (), 501),
    Fact(
        "method: M-SEARCH of SSDP, whose target is for OPTIONS",
        message("M-SEARCH * HTTP/1.1", 'ST: "ssdp:all"'),
        (),
        400,
    ),
    Fact("method: SOURCE of ICE", message("SOURCE /m ICE/1.0"), (), 400),
    Fact("method: OPTIONS of RTSP", message("OPTIONS /m RTSP/1.0"), (), 400),
    Fact("method: ANNOUNCE of RTSP", message("ANNOUNCE /m RTSP/1.0"), (), 400),
    Fact("method: PRI of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (), 505),
    Fact("method: PRI of HTTP/1.1", b"PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n", (), 400),
    # pausing.md: where a parser stops and goes on, at every byte, is tested with every message of this file
    Fact("pausing: a body with a length", put("Content-Length: 3", body="abc") + NEXT, (b"abc", b"")),
    Fact(
        "pausing: a chunk with extensions", chunked("a;foo=bar\r\n0123456789\r\n0\r\n\r\n") + NEXT, (b"0123456789", b"")
    ),
    # pipelining.md
    Fact(
        "pipelining: three bodies",
        b"".join(put(f"Content-Length: {size}", body="ABC"[size - 3] * size) for size in (3, 4, 5)),
        (b"AAA", b"BBBB", b"CCCCC"),
    ),
    # sample.md
    Fact("sample: white space before a value", message("OPTIONS /u HTTP/1.1", "A:\t b") + NEXT, (b"", b"")),
    Fact("sample: HEAD", message("HEAD /u HTTP/1.1") + NEXT, (b"", b"")),
    Fact("sample: a name of letters and a value of signs", put("aaaaaaaaaaaaa:++++++++++"), (b"",)),
    Fact("sample: no header at all, in 1.0", message("GET /none HTTP/1.0", host=None), (b"",)),
    Fact("sample: no header at all, in 1.1", message("GET /none HTTP/1.1", host=None), (), 400),
    Fact("sample: an equals sign in the host", message("GET / HTTP/1.1", host="0.0.0.0=5000") + NEXT, (b"", b"")),
    Fact("sample: an empty line first", b"\r\n" + NEXT, (b"",)),
    Fact("sample: no version, as in HTTP/0.9", b"GET /\r\n\r\n", (), 505),
    Fact("sample: folding with CRLF", put("A:   abc", "\tdef", " ghi"), (), 400),
    Fact("sample: folding with LF", put("A:   abc\n\tdef\n ghi"), (), 400),
    Fact("sample: no LF after CR", b"GET / HTTP/1.1\rHost: h\r\n\r\n", (), 400),
    Fact("sample: letters that are not ASCII in a value", put("Test: D\xfcsseldorf") + NEXT, (b"", b"")),
    Fact("sample: the byte 255 in a value", put("A: \xffb") + NEXT, (b"", b"")),
    # transfer-encoding.md
    Fact("transfer-encoding: a lower-case size", chunked("a\r\n0123456789\r\n0\r\n\r\n") + NEXT, (b"0123456789", b"")),
    Fact("transfer-encoding: an upper-case size", chunked("A\r\n0123456789\r\n0\r\n\r\n") + NEXT, (b"0123456789", b"")),
    Fact("transfer-encoding: two digits", chunked("1e\r\n" + "b" * 30 + "\r\n0\r\n\r\n") + NEXT, (b"b" * 30, b"")),
    Fact(
        "transfer-encoding: three zeroes end it",
        chunked("5\r\nhello\r\n6\r\n world\r\n000\r\n\r\n") + NEXT,
        (b"hello world", b""),
    ),
    Fact("transfer-encoding: trailers", chunked("5\r\nhello\r\n0\r\nVary: *\r\nA: b\r\n\r\n") + NEXT, (b"hello", b"")),
    Fact("transfer-encoding: extensions", chunked("5;a;b=c;d=e\r\nhello\r\n0;a=b\r\n\r\n") + NEXT, (b"hello", b"")),
    Fact("transfer-encoding: an extension without a semicolon", chunked("2 a\r\naa\r\n0\r\n\r\n"), (), 400),
    Fact("transfer-encoding: nothing behind the semicolon", chunked("2;\r\naa\r\n0\r\n\r\n"), (), 400),
    Fact("transfer-encoding: a quoted extension", chunked(QUOTED) + NEXT, (b"hello", b"")),
    Fact("transfer-encoding: unbalanced quotes", chunked('5;a="b";d="e\r\nhello\r\n0\r\n\r\n'), (), 400),
    Fact("transfer-encoding: an unknown coding", put("Transfer-Encoding: pigeons"), (), 400),
    Fact(
        "transfer-encoding: with a length",
        put("Transfer-Encoding: identity", "Content-Length: 5", body="World"),
        (),
        400,
    ),
    Fact(
        "transfer-encoding: empty, with a length", put("Content-Length: 5", "Transfer-Encoding:", body="World"), (), 400
    ),
    Fact(
        "transfer-encoding: chunked before another",
        put("Transfer-Encoding: chunked, deflate", body="0\r\n\r\n"),
        (),
        400,
    ),
    Fact(
        "transfer-encoding: chunked before another, in two headers",
        put("Transfer-Encoding: chunked", "Transfer-Encoding: deflate", body="0\r\n\r\n"),
        (),
        400,
    ),
    Fact("transfer-encoding: chunked last", put("Transfer-Encoding: deflate, chunked", body="0\r\n\r\n"), (), 501),
    Fact(
        "transfer-encoding: chunked last, in two headers",
        put("Transfer-Encoding: deflate", "Transfer-Encoding: chunked", body="0\r\n\r\n"),
        (),
        501,
    ),
    Fact("transfer-encoding: chunkedchunked", put("Transfer-Encoding: chunkedchunked", body="0\r\n\r\n"), (), 400),
    Fact("transfer-encoding: no last chunk", chunked("3\r\nfoo\r\n\r\n"), (), 400),
    Fact("transfer-encoding: spaces and LF behind a size", chunked("3 \n  \r\nfoo\r\n"), (), 400),
    Fact("transfer-encoding: a folded value", put("Transfer-Encoding: chunked", "  abc", body="0\r\n\r\n"), (), 400),
    Fact("transfer-encoding: CR CR behind a size", chunked("5\r\r;ABCD\r\n34\r\nE\r\n0\r\n\r\n"), (), 400),
    Fact("transfer-encoding: no CR LF behind a chunk", chunked("5\r\nABCDE0\r\n\r\n"), (), 400),
    Fact("transfer-encoding: a space behind a size", chunked("a \r\n0123456789\r\n0\r\n\r\n"), (), 400),
    # uri.md
    Fact("uri: quotes", message('GET /a"b"c?d=\\"e\\" HTTP/1.1'), (b"",)),
    Fact("uri: a question mark in the query", message("GET /t?a=b?c HTTP/1.1"), (b"",)),
    Fact("uri: a host ended by the query", message("GET http://h.test?a=b HTTP/1.1"), (b"",)),
    Fact("uri: a port ended by the query", message("GET http://h.test:1234?a=b HTTP/1.1"), (b"",)),
    Fact("uri: a port ended by a space", message("GET http://h.test:1234 HTTP/1.1"), (b"",)),
    Fact("uri: a bar in the query", message("GET /t?a=| HTTP/1.1"), (b"",)),
    Fact("uri: UTF-8", b"GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", (), 400),
    Fact("uri: a fragment", message("GET /f?page=1#post HTTP/1.1"), (b"",)),
    Fact("uri: user information", message("GET http://a%12:b!&*$@h.test:1234/t HTTP/1.1"), (), 400),
    Fact("uri: a space", message("GET /foo bar/ HTTP/1.1"), (), 400),
)

SAMPLES = (
    Sample(
        "curl 7.88",
        b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:40311\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
        "GET",
        "/metrics",
        {"host": "127.0.0.1:40311", "user-agent": "curl/7.88.1", "accept": "*/*"},
    ),
    Sample(
        "RFC 9112 section 2.1",
        b"GET /hello.txt HTTP/1.1\r\nUser-Agent: curl/7.64.1\r\nHost: www.example.com\r\nAccept-Language: en, mi\r\n\r\n",
        "GET",
        "/hello.txt",
        {"host": "www.example.com", "accept-language": "en, mi"},
    ),
    Sample(
        "RFC 9112 section 3.2.2, as through a proxy",
        b"GET http://www.example.org/pub/WWW/TheProject.html HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
        "GET",
        "/pub/WWW/TheProject.html",
        {"host": "www.example.org"},
    ),
    Sample(
        "RFC 9112 section 3.2.4",
        b"OPTIONS * HTTP/1.1\r\nHost: www.example.org:8001\r\n\r\n",
        "OPTIONS",
        "*",
        {"host": "www.example.org:8001"},
    ),
    Sample(
        "RFC 6455 section 1.3, the handshake of WebSocket",
        b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n"
        b"Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "GET",
        "/chat",
        {"upgrade": "websocket", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version": "13"},
    ),
    Sample(
        "RFC 5789 section 2.1, PATCH",
        b'PATCH /file.txt HTTP/1.1\r\nHost: www.example.com\r\nContent-Type: application/example\r\nIf-Match: "e0023aa4e"\r\n'
        b"Content-Length: 10\r\n\r\n0123456789",
        "PATCH",
        "/file.txt",
        {"if-match": '"e0023aa4e"', "content-length": "10"},
        b"0123456789",
    ),
    Sample(
        "ApacheBench 2.3 -k",
        b"GET /test HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: 0.0.0.0:5000\r\nUser-Agent: ApacheBench/2.3\r\n"
        b"Accept: */*\r\n\r\n",
        "GET",
        "/test",
        {"connection": "Keep-Alive", "user-agent": "ApacheBench/2.3"},
    ),
    Sample(
        "curl 7.88 -F, a file in a form",
        b"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\nContent-Length: 57\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--',
        "POST",
        "/upload",
        {"content-type": "multipart/form-data; boundary=b"},
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--',
    ),
    Sample(
        "Prometheus 2, a scrape",
        b"GET /metrics?module=http%5F2xx HTTP/1.1\r\nHost: target:9100\r\nUser-Agent: Prometheus/2.48.0\r\n"
        b"Accept: application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n"
        b"Accept-Encoding: gzip\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n",
        "GET",
        "/metrics",
        {"x-prometheus-scrape-timeout-seconds": "10"},
    ),
    Sample(
        "Node.js 18 http.request, a body without a length",
        b"POST /events HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'7\r\n{"a":1}\r\n0\r\n\r\n',
        "POST",
        "/events",
        {"transfer-encoding": "chunked"},
        b'{"a":1}',
    ),
)
