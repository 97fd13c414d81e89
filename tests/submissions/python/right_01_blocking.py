#!/usr/bin/env python3
"""Step 01 with blocking calls: an echo server for one client at a time."""

import time

import echo_args
from echo_args import complain, printable, say, shown


def main():
    options = echo_args.parse_quiet("Echoes every byte back, to one client at a time.")
    listener = echo_args.listen(options)
    echo_args.announce(options, listener)
    while True:
        try:
            client, peer = listener.accept()
        except OSError as error:
            complain(f"Cannot accept a client: {error}")
            time.sleep(1)
            continue
        say(f"Connection from {shown(peer)}")
        try:
            with client:
                echo(client, options.quiet)
        except OSError as error:
            complain(f"Lost {shown(peer)}: {error}")
        say("Connection closed")


def echo(client, quiet):
    """Sends back every byte, until the client has sent its last."""
    while data := client.recv(4096):
        if not quiet:
            say(f"Received: {printable(data)}")
        client.sendall(data)
        if not quiet:
            say(f"Echoed: {printable(data)}")


if __name__ == "__main__":
    main()
