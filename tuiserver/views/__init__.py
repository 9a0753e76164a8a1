"""Pure folds over events: what a watcher knows of a server.

Rules of this folder:
- A view is made of events alone, so it is the same for a local server, a remote one and a recording.
"""
