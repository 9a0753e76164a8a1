"""What a watcher knows about a server: pure folds over its events.

Rules of this folder:
- A view is built from events only, so that it is the same for a local server, a remote server and a recording.
"""
