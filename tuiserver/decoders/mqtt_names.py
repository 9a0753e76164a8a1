"""The names in MQTT 3.1.1 and 5: packets, properties, and reason codes.

Sources: MQTT Version 5.0 (OASIS), table 2-1 (packets), table 2-4 (properties), table 2-6 (reason codes); MQTT Version 3.1.1,
table 3.1 (return codes).
"""

from __future__ import annotations

PACKETS = {
    1: "CONNECT",
    2: "CONNACK",
    3: "PUBLISH",
    4: "PUBACK",
    5: "PUBREC",
    6: "PUBREL",
    7: "PUBCOMP",
    8: "SUBSCRIBE",
    9: "SUBACK",
    10: "UNSUBSCRIBE",
    11: "UNSUBACK",
    12: "PINGREQ",
    13: "PINGRESP",
    14: "DISCONNECT",
    15: "AUTH",
}

PROPERTIES = {
    1: ("payload_format", "1"),
    2: ("message_expiry", "4"),
    3: ("content_type", "text"),
    8: ("response_topic", "text"),
    9: ("correlation_data", "data"),
    11: ("subscription_id", "variable"),
    17: ("session_expiry", "4"),
    18: ("assigned_client_id", "text"),
    19: ("server_keep_alive", "2"),
    21: ("authentication_method", "text"),
    22: ("authentication_data", "data"),
    23: ("request_problem_info", "1"),
    24: ("will_delay", "4"),
    25: ("request_response_info", "1"),
    26: ("response_info", "text"),
    28: ("server_reference", "text"),
    31: ("reason", "text"),
    33: ("receive_maximum", "2"),
    34: ("topic_alias_maximum", "2"),
    35: ("topic_alias", "2"),
    36: ("maximum_qos", "1"),
    37: ("retain_available", "1"),
    38: ("user", "pair"),
    39: ("maximum_packet_size", "4"),
    40: ("wildcard_available", "1"),
    41: ("subscription_id_available", "1"),
    42: ("shared_subscription_available", "1"),
}
"""Name and type of each property: the size of a number, or what else it is."""

QOS = {0: "at most once", 1: "at least once", 2: "exactly once", 3: "3, expected 0 to 2"}

RETURN_CODES = {
    0: "accepted",
    1: "unacceptable protocol version",
    2: "identifier rejected",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorized",
}
"""The return codes of CONNACK in version 3.1.1."""

_REASONS = {
    0x00: "success",
    0x01: "granted QoS 1",
    0x02: "granted QoS 2",
    0x04: "disconnect with will message",
    0x10: "no matching subscribers",
    0x11: "no subscription existed",
    0x18: "continue authentication",
    0x19: "re-authenticate",
    0x80: "unspecified error",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x83: "implementation specific error",
    0x84: "unsupported protocol version",
    0x85: "client identifier not valid",
    0x86: "bad user name or password",
    0x87: "not authorized",
    0x88: "server unavailable",
    0x89: "server busy",
    0x8A: "banned",
    0x8B: "server shutting down",
    0x8C: "bad authentication method",
    0x8D: "keep alive timeout",
    0x8E: "session taken over",
    0x8F: "topic filter invalid",
    0x90: "topic name invalid",
    0x91: "packet identifier in use",
    0x92: "packet identifier not found",
    0x93: "receive maximum exceeded",
    0x94: "topic alias invalid",
    0x95: "packet too large",
    0x96: "message rate too high",
    0x97: "quota exceeded",
    0x98: "administrative action",
    0x99: "payload format invalid",
    0x9A: "retain not supported",
    0x9B: "QoS not supported",
    0x9C: "use another server",
    0x9D: "server moved",
    0x9E: "shared subscriptions not supported",
    0x9F: "connection rate exceeded",
    0xA0: "maximum connect time",
    0xA1: "subscription identifiers not supported",
    0xA2: "wildcard subscriptions not supported",
}
_SUBACK, _DISCONNECT = 9, 14


def reason(packet: int, code: int) -> str:
    """What a reason code means in a packet of this type."""
    if code == 0:
        return {_SUBACK: "granted QoS 0", _DISCONNECT: "normal disconnection"}.get(packet, "success")
    return _REASONS.get(code, "unknown")
