"""The footer: which keys it shows, and that a click does what the key does."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tuiserver.console.keymap import Keys
from tuiserver.console.panes.footer import Footer


class Host(App[None]):
    """An app with a footer only."""

    def __init__(self) -> None:
        super().__init__()
        self.footer = Footer()
        self.footer.styles.height = 1

    def compose(self) -> ComposeResult:
        yield self.footer

    def line(self) -> str:
        """What the footer says."""
        return "".join(text for text, _ in self.footer.lines()[0][0])


async def test_a_click_runs_the_action_of_the_key(monkeypatch) -> None:
    """On the key or on its label; a click in the gap between two does nothing."""
    app = Host()
    asked: list[str] = []

    async def run_action(action: str) -> None:
        asked.append(action)

    monkeypatch.setattr(app.footer, "run_action", run_action)
    async with app.run_test(size=(120, 10)) as pilot:
        for action, key in Keys().footer():
            word = action.label
            start = app.line().index(f"{key} {word}")
            asked.clear()
            await pilot.click(Footer, offset=(start, 0))
            await pilot.click(Footer, offset=(start + len(key) + len(word), 0))
            await pilot.click(Footer, offset=(start + len(key) + 1 + len(word), 0))
            assert asked == [f"app.{action.app_action}"] * 2


@pytest.mark.parametrize("width", [120, 60, 30, 12, 7, 1])
async def test_what_does_not_fit_is_left_out_whole(width: int) -> None:
    """Each key is shown with its label or not at all, in order."""
    app = Host()
    async with app.run_test(size=(width, 10)):
        drawn = app.line().split("   ")
        expected = [f"{key} {action.label}" for action, key in Keys().footer()]
        shown = [text.strip() for text in drawn if text.strip()]
        assert shown == expected[: len(shown)]
        assert len(app.line().rstrip()) <= width
        assert width < 60 or len(shown) > 4
