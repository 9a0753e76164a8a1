"""Known faults that are planned to be fixed, by the code of their violation.

Rules of this file:
- Each has a test in `test_known.py` that is a strict expected failure: it fails as soon as the fault is fixed, and then
  the entry here is removed too.
- A run ends at a known fault and does not count as failed.
"""

from __future__ import annotations

KNOWN = {
    "busy_after_half_close_and_reset": "no interest mask switches off the hang-up of a connection whose peer has finished",
    "read_while_paused_and_reset": "a hang-up is found by reading, which delivers what a paused connection has not read",
}
