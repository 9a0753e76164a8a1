"""tuiserver: the operator's console for TCP servers."""

__version__ = "0.1.0"
