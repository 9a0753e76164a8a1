"""Programs that run their own worker while somebody else serves it."""

from __future__ import annotations

import pytest

from tuiserver.engine.hosting import hosted, is_hosted


def test_calls_are_reported_to_the_host() -> None:
    """Only within the context, also if the program fails."""
    calls: list[tuple[object, str]] = []
    assert not is_hosted("worker", "run")
    with pytest.raises(KeyError), hosted(lambda worker, method: calls.append((worker, method))):
        assert is_hosted("worker", "start")
        raise KeyError
    assert not is_hosted("worker", "run")
    assert calls == [("worker", "start")]
