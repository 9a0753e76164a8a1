"""What a log has written."""

from __future__ import annotations

from tuiserver.outputs.log import LogWriter


def lines_of(log: LogWriter) -> list[str]:
    """The lines of the file without their time."""
    assert log.flush()
    assert log.path is not None
    return [line if line.startswith(" ") else line[24:] for line in log.path.read_text().splitlines()]
