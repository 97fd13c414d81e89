#!/usr/bin/env python3
"""Step 01 as slowly as it gets: it reads and writes a byte at a time, and its listener's queue is as short as in the
documentation of Python."""

import signal
import socket
import time

import echo_args
from echo_args import complain, printable, say, shown


def main():
    parser = echo_args.parser("Echoes every byte back, to one client at a time.")
    parser.add_argument("--quiet", action="store_true", help="leave out the lines Received and Echoed")
    options = echo_args.parse(parser)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C ends the program without a traceback
    listener = echo_args.listen(options)
    listener.listen(1)
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
    """Sends back every byte. Those that have come together are shown on one line."""
    text = bytearray()
    while byte := client.recv(1):
        client.sendall(byte)
        text += byte
        if quiet:
            text.clear()
        elif not more(client):
            say(f"Received: {printable(bytes(text))}")
            say(f"Echoed: {printable(bytes(text))}")
            text.clear()


def more(client):
    """Whether another byte has come already."""
    try:
        return client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return False


if __name__ == "__main__":
    main()
