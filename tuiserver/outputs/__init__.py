"""Outputs of events besides the screen: the log, the tail that follows it, and the lines of a headless run.

Rules of this folder:
- The server's thread never waits for a file or a pipe. With a lossless output the clients wait.
"""
