"""The bytes of a message to named fields, one file per decoder.

Rules of this folder:
- A decoder is pure: bytes in, fields out; no socket, no clock, no thread. It imports only `core`.
- Every length in a message is bounded by the message itself before anything is allocated.
- Names and values of fields are untrusted text: who shows them escapes them.
"""
