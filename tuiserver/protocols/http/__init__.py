"""HTTP/1.1, the server side: `protocol.py` parses requests, `messages.py` holds requests and responses as values."""
