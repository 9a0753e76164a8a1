"""Ways from a watcher to a server: events one way, commands the other.

Rules of this folder:
- Neither end ever waits for the other.
"""
