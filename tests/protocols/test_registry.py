"""The registry: protocols by name, made once per server."""

from __future__ import annotations

import pytest

from tuiserver.core.limits import Limits
from tuiserver.protocols.registry import PROTOCOLS, SNIFFER, Factories, schemes


@pytest.mark.parametrize("name", PROTOCOLS)
def test_each_protocol_has_a_factory(name: str) -> None:
    """It has the name of its row, its protocols have two nouns, and it is made once."""
    factories = Factories(Limits())
    factory = factories.get(name)
    assert factory.name == name
    assert all(factory.create().nouns)
    assert len(factory.create().nouns) == 2
    assert factories.get(name) is factory
    assert Factories(Limits()).get(name) is not factory


@pytest.mark.parametrize("name", schemes())
def test_a_scheme_is_the_name_of_its_connections(name: str) -> None:
    """Views call a connection what its address says."""
    assert Factories(Limits()).get(name).create().name == name


def test_the_sniffer_is_no_scheme() -> None:
    """An address cannot ask for it by name."""
    assert SNIFFER not in schemes()
    assert set(schemes()) == PROTOCOLS.keys() - {SNIFFER}


def test_an_unknown_name_raises() -> None:
    """It is a `KeyError`: addresses are checked when they are parsed."""
    with pytest.raises(KeyError):
        Factories(Limits()).get("gopher")
