"""The samples for the sparklines of connections."""

from __future__ import annotations

from tests.support.scripted import BASE, connected
from tuiserver.console.models.trends import MAX_CLIENTS, Trends
from tuiserver.views.roster import Client


def test_one_sample_a_second() -> None:
    """However many frames a second has."""
    trends = Trends(4)
    assert [trends.due(BASE + tenth / 10) for tenth in range(11)].count(True) == 2


def test_the_last_samples_of_a_connection_are_kept() -> None:
    """As many as the sparkline is long."""
    trends, client = Trends(3), Client(connected(1))
    for second in range(5):
        client.rates, client.rated = (second, 1), (BASE + second, 0, 0)
        trends.sample([client], BASE + second)
    assert list(trends.of(1)) == [3, 4, 5]
    assert list(trends.of(2)) == []


def test_the_connections_sampled_last_are_remembered() -> None:
    """Memory is bounded."""
    trends = Trends(3)
    trends.sample([Client(connected(number)) for number in range(1, MAX_CLIENTS + 2)], BASE)
    assert not trends.of(1)
    assert trends.of(MAX_CLIENTS + 1)
