"""A chat: what one client says, all the others read. Try it with `tuiserver --app examples/chat.py` and a few `nc`."""

from tuiserver import Worker

worker = Worker("tcp://127.0.0.1:9999")


@worker.on_message
def say(connection, message):
    """Tell all the others."""
    for other in worker.connections.values():
        if other is not connection:
            other.send(b"#%d: " % connection.id + message)


if __name__ == "__main__":
    worker.run()
