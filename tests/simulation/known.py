"""Known faults that are planned to be fixed, by the code of their violation.

Rules of this file:
- Each has a test in `test_known.py` that is a strict expected failure: it fails as soon as the fault is fixed, and then
  the entry here is removed too.
- A run ends at a known fault and does not count as failed.
"""

from __future__ import annotations

KNOWN: dict[str, str] = {}
