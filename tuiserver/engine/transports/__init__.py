"""How bytes reach the server, one file per transport: opening a listener, naming a peer, inspecting a socket.

Rules of this folder:
- The engine knows a transport by the interface in `base.py` only; `registry.py` lists all of them.
"""
