#!/usr/bin/env python3
"""Step 02 in one thread, which asks the system which sockets are ready. A client that owes taking its echo is not read
from."""

import selectors
import time

import echo_args
from echo_args import complain, printable, say, shown

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Client:
    """A generator of what to wait for, so that it reads like a thread of its own."""

    def __init__(self, sock, peer, quiet):
        self.sock, self.peer, self.quiet = sock, shown(peer), quiet
        self.wishes = self.echo()

    def echo(self):
        """Sends back every byte, until the client has sent its last."""
        while True:
            yield READ
            data = self.sock.recv(4096)
            if not data:
                return
            self.tell("Received from", data)
            unsent = data
            while unsent:
                yield WRITE
                unsent = unsent[self.sock.send(unsent) :]
            self.tell("Echoed to", data)

    def tell(self, event, data):
        if not self.quiet:
            say(f"{event} {self.peer}: {printable(data)}")


def main():
    options = echo_args.parse_quiet("Echoes every byte back, to any number of clients at a time.")
    listener = echo_args.listen(options)
    listener.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(listener, READ)
    echo_args.announce(options, listener)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                accept(listener, selector, options.quiet)
            else:
                go_on(key.data, selector)


def accept(listener, selector, quiet):
    try:
        sock, peer = listener.accept()
    except (BlockingIOError, ConnectionAbortedError):
        return
    except OSError as error:
        complain(f"Cannot accept a client: {error}")
        time.sleep(0.1)
        return
    sock.setblocking(False)
    client = Client(sock, peer, quiet)
    say(f"Connection from {client.peer}")
    selector.register(sock, next(client.wishes), client)


def go_on(client, selector):
    """Has a client do what it waited for."""
    try:
        selector.modify(client.sock, next(client.wishes), client)
        return
    except StopIteration:
        pass
    except OSError as error:
        complain(f"Lost {client.peer}: {error}")
    selector.unregister(client.sock)
    client.sock.close()
    say(f"Connection closed: {client.peer}")


if __name__ == "__main__":
    main()
