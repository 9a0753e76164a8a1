"""A protocol of your own, lines of text: `tuiserver --app examples/lines.py`, then `nc 127.0.0.1 9999` in a second terminal."""

from tuiserver import Closing, ProtocolBase, Worker


class Lines(ProtocolBase):
    """Messages are lines of text."""

    name = "lines"

    def __init__(self):
        self.rest = b""

    def receive(self, data):
        """Return the complete lines, and keep the rest."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        if len(self.rest) > 10_000:
            self.closing, self.needs_service = Closing("protocol_error", "the line is too long"), True
        return [line.decode("utf-8", "replace").rstrip("\r") for line in lines]

    def take_unfinished(self):
        """Return the beginning of a line that does not end any more, so that views show it."""
        rest, self.rest = self.rest, b""
        return rest

    def encode(self, message, now):
        """Text from the program gets a line ending; bytes from the operator are sent unchanged."""
        data = message if isinstance(message, bytes) else f"{message}\n".encode()
        return data, data


worker = Worker("127.0.0.1:9999", protocol=Lines)


@worker.on_message
def answer(connection, line):
    """Send the line back, reversed."""
    connection.send(line[::-1])


if __name__ == "__main__":
    worker.run()
