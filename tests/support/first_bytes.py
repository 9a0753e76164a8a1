"""The first bytes of clients: captured from real ones, or printed in the specification that `client` names."""

from __future__ import annotations

from typing import NamedTuple

from tuiserver.core.codes import LooksLike


class FirstBytes(NamedTuple):
    """What a client sends first, who it is, and what is to be said of it. `prefix`: what a part of it may look like instead."""

    code: str
    client: str
    text: str
    data: bytes
    prefix: str = ""


_HELLO = bytes.fromhex(
    "160301014a010001460303e0e812bb7fa1043267a4c7a1efa2e1731799cbf933e70f904aca2235efe0e80c20193e2c5e3a21a0a7af927fa5777c6f"
    "361d35cd8ad76ce660471f7e912ee3d8b9003e130213031301c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac014"
    "0039c009c0130033009d009c003d003c0035002f00ff010000bf000000100"
    "00e00000b6578616d706c652e636f6d000b000403000102000a00160014001d0017001e0019001801000101010201030104002300000010000e"
    "000c02683208687474702f312e31001600000017000000"
    "0d002a0028040305030603080708080809080a080b080408050806040105010601030303010302040205020602002b00090803040303030203"
    "01002d00020101003300260024001d0020fa3276626450152b1fffcd4c2e9a84948d45320c03ab6c0006c631428f17e106"
)

SAMPLES: tuple[FirstBytes, ...] = (
    FirstBytes(
        LooksLike.HTTP,
        "curl 7.88",
        "HTTP: GET /metrics, version 1.1",
        b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:40311\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
    ),
    FirstBytes(
        LooksLike.HTTP,
        "a webhook with a long path",
        "HTTP: POST /hooks/3f8a61c0/deliveries?repository=example&event=push&si…, version 1.1",
        b"POST /hooks/3f8a61c0/deliveries?repository=example&event=push&signature=0123456789abcdef HTTP/1.1\r\n",
    ),
    FirstBytes(
        LooksLike.HTTP,
        "RFC 9112 section 3.2.3",
        "HTTP: CONNECT www.example.com:80, version 1.1",
        b"CONNECT www.example.com:80 HTTP/1.1\r\nHost: www.example.com\r\n\r\n",
    ),
    FirstBytes(
        LooksLike.HTTP2,
        "curl 7.88 --http2-prior-knowledge",
        "HTTP/2: connection preface",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0d\0\x04\x02\0\0\0\0\x02\0\0\0\0",
    ),
    FirstBytes(
        LooksLike.WEBSOCKET,
        "RFC 6455 section 1.3",
        "WebSocket: upgrade requested for /chat",
        b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n"
        b"Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n",
        LooksLike.HTTP,
    ),
    FirstBytes(
        LooksLike.TLS,
        "OpenSSL 3.0 s_client -servername -alpn",
        "TLS: ClientHello, SNI example.com, ALPN h2 http/1.1",
        _HELLO,
    ),
    FirstBytes(
        LooksLike.SSH,
        "OpenSSH 9.2",
        "SSH: SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6",
        b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u6\r\n",
    ),
    FirstBytes(
        LooksLike.RESP,
        "Redis serialization protocol, sending commands",
        "RESP: command LLEN, 1 argument",
        b"*2\r\n$4\r\nLLEN\r\n$6\r\nmylist\r\n",
    ),
    FirstBytes(
        LooksLike.RESP,
        "redis-cli 7, its first command",
        "RESP: command COMMAND, 1 argument",
        b"*2\r\n$7\r\nCOMMAND\r\n$4\r\nDOCS\r\n",
    ),
    FirstBytes(
        LooksLike.MQTT,
        "curl 7.88 mqtt://",
        "MQTT: CONNECT, protocol name MQTT, level 4",
        b"\x10\x18\0\x04MQTT\x04\x02\0<\0\x0ccurl97e2b3ec",
    ),
    FirstBytes(
        LooksLike.MQTT,
        "MQTT 5.0 section 3.1.2.12",
        "MQTT: CONNECT, protocol name MQTT, level 5",
        b"\x10\x1a\0\x04MQTT\x05\xce\0\x0a\x05\x11\0\0\0\x0a\0\0\0\0\0\0\0\0",
    ),
    FirstBytes(
        LooksLike.MQTT,
        "MQTT 3.1 section 3.1, remaining length in two bytes",
        "MQTT: CONNECT, protocol name MQIsdp, level 3",
        b"\x10\x82\x01\0\x06MQIsdp\x03\x02\0\x0a\0\x74" + b"c" * 116,
    ),
    FirstBytes(
        LooksLike.AMQP,
        "AMQP 0-9-1 section 4.2.2",
        "AMQP: protocol header, version 0-9-1",
        b"AMQP\0\0\x09\x01",
    ),
    FirstBytes(
        LooksLike.AMQP,
        "AMQP 1.0 section 5.3.2, SASL",
        "AMQP: protocol header, version 1.0, SASL",
        b"AMQP\x03\x01\0\0",
    ),
    FirstBytes(
        LooksLike.PROXY,
        "curl 7.88 --haproxy-protocol",
        "PROXY protocol: version 1, TCP4 127.0.0.1",
        b"PROXY TCP4 127.0.0.1 127.0.0.1 42978 45961\r\nGET / HTTP/1.1\r\n",
    ),
    FirstBytes(
        LooksLike.PROXY,
        "the PROXY protocol, section 2.1, the longest line",
        "PROXY protocol: version 1, TCP6 ffff:f...f:ffff".replace("f...f", "ffff:ffff:ffff:ffff:ffff:ffff"),
        b"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
    ),
    FirstBytes(
        LooksLike.PROXY,
        "the PROXY protocol, section 2.1, unknown",
        "PROXY protocol: version 1, UNKNOWN",
        b"PROXY UNKNOWN\r\n",
    ),
    FirstBytes(
        LooksLike.PROXY,
        "the PROXY protocol, section 2.2",
        "PROXY protocol: version 2, TCP over IPv4",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01\x9c\x40\x1f\x90",
    ),
    FirstBytes(
        LooksLike.POSTGRESQL,
        "psql 15",
        "PostgreSQL: SSLRequest",
        b"\0\0\0\x08\x04\xd2\x16/",
    ),
    FirstBytes(
        LooksLike.POSTGRESQL,
        "psql 15 sslmode=disable",
        "PostgreSQL: StartupMessage, protocol 3.0, user postgres",
        b"\0\0\0;\0\x03\0\0user\0postgres\0database\0shop\0application_name\0psql\0\0",
    ),
    FirstBytes(
        LooksLike.STOMP,
        "STOMP 1.2, connecting",
        "STOMP: frame CONNECT",
        b"CONNECT\naccept-version:1.2\nhost:stomp.github.org\n\n\0",
    ),
    FirstBytes(
        LooksLike.STOMP,
        "STOMP 1.2, with a carriage return",
        "STOMP: frame STOMP",
        b"STOMP\r\naccept-version:1.0,1.1,2.0\r\nhost:stomp.github.org\r\n\r\n\0",
    ),
    FirstBytes(
        LooksLike.NMEA,
        "gpsd, NMEA Revealed, GGA",
        "NMEA 0183: sentence GGA of talker GN",
        b"$GNGGA,001043.00,4404.14036,N,12118.85961,W,1,12,0.98,1113.0,M,-21.3,M,,*47\r\n",
    ),
    FirstBytes(
        LooksLike.NMEA,
        "gpsd, AIVDM/AIVDO decoding",
        "NMEA 0183: sentence VDM of talker AI",
        b"!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0*5C\r\n",
    ),
    FirstBytes(
        LooksLike.GT06,
        "GT06 GPS tracker protocol 1.8.1, section 5.1",
        "GT06: login, IMEI 123456789012345",
        bytes.fromhex("78780D01012345678901234500018CDD0D0A"),
    ),
    FirstBytes(
        LooksLike.TELTONIKA,
        "Teltonika data sending protocols, communication with server",
        "Teltonika: IMEI 356307042441013",
        bytes.fromhex("000F333536333037303432343431303133"),
    ),
    FirstBytes(
        LooksLike.SIP,
        "RFC 3261 section 24.2",
        "SIP: INVITE sip:bob@biloxi.com",
        b"INVITE sip:bob@biloxi.com SIP/2.0\r\nVia: SIP/2.0/TCP pc33.atlanta.com;branch=z9hG4bK776asdhds\r\n",
    ),
    FirstBytes(
        LooksLike.SIP,
        "RFC 3261 section 24.1",
        "SIP: REGISTER sip:registrar.biloxi.com",
        b"REGISTER sip:registrar.biloxi.com SIP/2.0\r\nMax-Forwards: 70\r\n",
    ),
    FirstBytes(
        LooksLike.FIX,
        "FIX 4.4, Logon",
        "FIX: FIX.4.4, message type A (Logon)",
        b"8=FIX.4.4\x019=63\x0135=A\x0134=1\x0149=BANZAI\x0152=20121105-23:24:06\x0156=EXEC\x0198=0\x01108=30\x0110=003\x01",
    ),
    FirstBytes(
        LooksLike.FIX,
        "FIXT 1.1, Logon",
        "FIX: FIXT.1.1, message type A (Logon)",
        b"8=FIXT.1.1\x019=80\x0135=A\x0134=1\x01",
    ),
    FirstBytes(
        LooksLike.TELNET,
        "netkit telnet 0.17 on a port other than 23",
        "telnet: DO suppress go ahead",
        bytes.fromhex("fffd03fffb18fffb1ffffb20fffb21fffb22fffb27fffd05fffb23"),
    ),
    FirstBytes(
        LooksLike.TELNET,
        "RFC 1143, WILL with nothing behind it",
        "telnet: WILL window size",
        b"\xff\xfb\x1f",
    ),
    FirstBytes(
        LooksLike.SYSLOG,
        "util-linux logger 2.38 --octet-count",
        "syslog: octet-counted, 95 bytes, RFC 5424, facility 1, severity notice",
        b'95 <13>1 2026-11-25T10:37:23.382178+00:00 vm root - - [timeQuality tzKnown="1" isSynced="0"] hello',
    ),
    FirstBytes(
        LooksLike.SYSLOG,
        "util-linux logger 2.38 --rfc3164",
        "syslog: facility 1, severity notice",
        b"<13>Nov 25 10:37:23 vm root: hello\n",
    ),
    FirstBytes(
        LooksLike.SYSLOG,
        "RFC 5424 section 6.5",
        "syslog: RFC 5424, facility 4, severity critical",
        b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed for lonvick on /dev/pts/8",
    ),
    FirstBytes(
        LooksLike.DNS,
        "dig +tcp, RFC 1035 section 4.1",
        "DNS over TCP: query A example.com",
        b"\0\x1d\xab\xcd\x01\x20\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01",
    ),
    FirstBytes(
        LooksLike.MODBUS,
        "Modbus Messaging on TCP/IP V1.0b section 3.1.3, and Application Protocol V1.1b3 section 6.3",
        "Modbus/TCP: read 3 holding registers at 107, unit 255",
        bytes.fromhex("150100000006ff03006b0003"),
    ),
    FirstBytes(
        LooksLike.MODBUS,
        "Modbus Application Protocol V1.1b3 section 6.12",
        "Modbus/TCP: write 2 registers at 1, unit 1",
        bytes.fromhex("00010000000b01100001000204000a0102"),
    ),
    FirstBytes(
        LooksLike.MODBUS,
        "Modbus Application Protocol V1.1b3 section 6.11",
        "Modbus/TCP: write 10 coils at 19, unit 1",
        bytes.fromhex("000100000009010f0013000a02cd01"),
    ),
    FirstBytes(
        LooksLike.MODBUS,
        "Modbus Application Protocol V1.1b3 section 6.5",
        "Modbus/TCP: write coil 172, unit 17",
        bytes.fromhex("000100000006110500acff00"),
    ),
    FirstBytes(
        LooksLike.MODBUS,
        "Modbus Application Protocol V1.1b3 section 6.6",
        "Modbus/TCP: write register 1, unit 1",
        bytes.fromhex("000100000006010600010003"),
    ),
    FirstBytes(
        LooksLike.MODBUS,
        "Modbus Application Protocol V1.1b3 section 6.13",
        "Modbus/TCP: report server ID, unit 1",
        bytes.fromhex("0001000000020111"),
    ),
    FirstBytes(
        LooksLike.MODBUS,
        "Modbus Application Protocol V1.1b3 section 6.21",
        "Modbus/TCP: read device identification, unit 1",
        bytes.fromhex("000100000005012b0e0100"),
    ),
)
