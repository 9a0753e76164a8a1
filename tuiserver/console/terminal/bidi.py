"""Keeps terminals that reorder text which runs from right to left from reordering the columns of the screen.

Rules of this file:
- The mode is that of ECMA-48 (BDSM, 7.2.1): in the explicit one a terminal shows characters where they are written. Terminals
  that never reorder ignore it; for those that do without knowing it, a mark follows each such text (`panes/selecting.py`).
"""

from __future__ import annotations

EXPLICIT = "\x1b[8l"
IMPLICIT = "\x1b[8h"
"""The default of terminals that know the mode."""
