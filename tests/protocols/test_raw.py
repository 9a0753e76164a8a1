"""Raw connections: no protocol at all."""

from __future__ import annotations

from tuiserver.protocols.raw import RawFactory


def test_raw_connections_share_one_object_that_passes_bytes_through() -> None:
    """It has no state, so ten thousand connections need one."""
    factory = RawFactory()
    protocol = factory.create()
    assert protocol is factory.create()
    assert protocol.passthrough
    assert protocol.name == "raw"
    assert protocol.idle_timeout == 0.0


def test_the_interface_works_all_the_same() -> None:
    """A protocol that wraps another one calls `receive` and `encode` although the engine does not."""
    protocol = RawFactory().create()
    assert protocol.receive(b"a\x00b") == (b"a\x00b",)
    assert protocol.encode("é", 0.0) == (b"\xc3\xa9", b"\xc3\xa9")
    assert protocol.shown(b"a") == b"a"
