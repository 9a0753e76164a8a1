"""A protocol of your own: netstrings, https://cr.yp.to/proto/netstrings.txt. Each message is answered reversed."""

from tuiserver import Worker


class Netstrings:
    """Messages such as `5:hello,`."""

    rest = b""

    def receive(self, data):
        """Return the complete messages, and keep the rest. What is raised ends this connection only."""
        messages, self.rest = [], self.rest + data
        while b":" in self.rest[:5]:
            size, _, rest = self.rest.partition(b":")
            if len(rest) <= int(size):
                return messages
            messages.append(rest[: int(size)])
            self.rest = rest[int(size) + 1 :]
        if len(self.rest) > 5:
            raise ValueError("a message begins with its size")
        return messages

    def encode(self, message, now):
        """Return the bytes to send, and what views show of them."""
        return b"%d:%b," % (len(message), message), message


worker = Worker("tcp://127.0.0.1:9999", protocol=Netstrings)


@worker.on_message
def answer(connection, message):
    """Send the message back, reversed."""
    connection.send(message[::-1])


if __name__ == "__main__":
    worker.run()
