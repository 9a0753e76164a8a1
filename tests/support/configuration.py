"""Write configuration files for tests."""

from __future__ import annotations

from pathlib import Path

from tuiserver.config.paths import config_files


def write_config(text: str, path: Path | None = None) -> Path:
    """Write a configuration file, by default that of the working directory; returns its path."""
    path = path or config_files()[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o644)  # whatever the umask: a file that others may write to is ignored
    return path
