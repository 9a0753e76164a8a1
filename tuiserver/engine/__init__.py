"""The thread of the loop: sockets, listeners, connections and the server that owns them.

Rules of this folder:
- The only folder with sockets. Everything in it belongs to the thread of the loop, unless it says otherwise.
- It never waits for a view, and knows protocols and transports by their interfaces only.
"""
