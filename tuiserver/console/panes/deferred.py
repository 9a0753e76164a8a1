"""A callback that runs once, soon: what continues work that is too long for one frame."""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget

SOON = 0.02
"""Seconds until the callback runs: keys and frames come in between."""


class Deferred:
    """Runs `callback` shortly after `request`, once, however often it is requested meanwhile."""

    def __init__(self, widget: Widget, callback: Callable[[], object]) -> None:
        self._widget = widget
        self._callback = callback
        self._requested = False

    def request(self) -> None:
        """Run the callback soon; ignored if the widget is not on the screen."""
        if not self._requested and self._widget.is_mounted:
            self._requested = True
            self._widget.set_timer(SOON, self._run)

    def _run(self) -> None:
        self._requested = False
        self._callback()
