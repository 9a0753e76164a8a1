"""A chat: each message is sent to all other clients. Try it with `tuiserver --app examples/chat.py` and a few `nc`."""

from tuiserver import Worker

worker = Worker("tcp://127.0.0.1:9999")


@worker.on_message
def say(connection, message):
    """Send the message to all other clients."""
    for other in worker.connections.values():
        if other is not connection:
            other.send(b"#%d: " % connection.id + message)


if __name__ == "__main__":
    worker.run()
