"""Plain data and pure functions, used by every other folder.

Rules of this folder:
- No socket, no clock, no thread, and no import from any other folder.
- Events, commands and settings of the server are `msgspec.Struct`s of plain data.
"""
