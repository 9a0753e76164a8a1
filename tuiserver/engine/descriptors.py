"""How many clients the limit of the system on open descriptors allows.

Rules of this file:
- The limit is raised as far as the system allows; a part of it is reserved for what is not a client.
"""

from __future__ import annotations

SPARE_DESCRIPTORS = 64
"""Descriptors reserved for the listeners, the log, and what the program opens; at most half of what the system allows."""


def available_descriptors() -> int:
    """How many clients may be connected at once; at least 1. Raises the limit first."""
    descriptors = _raise_descriptor_limit()
    return max(1, descriptors - min(SPARE_DESCRIPTORS, descriptors // 2))


def _raise_descriptor_limit() -> int:
    """Raise the limit on open descriptors to what the system allows (getrlimit(2)); returns it."""
    try:
        import resource
    except ImportError:
        return 1 << 16
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        return soft
    return hard if hard != resource.RLIM_INFINITY else 1 << 20
