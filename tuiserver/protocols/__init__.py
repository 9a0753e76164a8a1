"""Bytes to messages and back, one file per protocol.

Rules of this folder:
- Sans-I/O: a protocol has no socket, no clock and no thread.
- It imports only `core`. The engine knows a protocol by the interface in `base.py` only.
"""
