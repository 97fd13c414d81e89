#!/usr/bin/env python3
"""Step 04 with blocking calls: an echo server for datagrams that looks up five times a second."""

import signal
import socket
import time

import echo_args
from echo_args import complain, say, shown

# No datagram is larger.
LARGEST_DATAGRAM = 65535


def main():
    parser = echo_args.parser("Sends every datagram back to where it came from.")
    parser.add_argument("--quiet", action="store_true", help="leave out the lines Received")
    options = echo_args.parse(parser)
    end = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: end.append(number))
    with echo_args.listen(options, socket.SOCK_DGRAM) as server:
        server.settimeout(0.2)  # to look whether it is the end
        echo_args.announce(options, server)
        echoed = 0
        while not end:
            echoed += echo(server, options.quiet)
    say(f"Server stopped: {echoed} datagrams")


def echo(server, quiet):
    """Waits a moment for a datagram. Returns how many went back."""
    try:
        data, sender = server.recvfrom(LARGEST_DATAGRAM)
    except (socket.timeout, ConnectionResetError):  # Windows: an earlier echo found nobody
        return 0
    except OSError as error:
        complain(f"Cannot receive: {error}")
        time.sleep(0.1)
        return 0
    if is_service(sender) or is_own(server, sender):
        return 0
    if not quiet:
        say(f"Received {len(data)} bytes from {shown(sender)}")
    try:
        server.sendto(data, sender)
    except OSError as error:
        complain(f"Cannot answer {shown(sender)}: {error}")
        return 0
    return 1


def is_service(sender):
    """Another echo service, say: the two would play ping-pong for ever."""
    return sender[1] < 1024


def is_own(server, sender):
    """Whether a datagram claims to come from this server. One that listens on every address has all of this machine's,
    and those are the ones that can be bound."""
    own = server.getsockname()
    if sender[1] != own[1] or own[0] not in ("0.0.0.0", "::"):
        return sender[:2] == own[:2]
    try:
        with socket.socket(server.family, socket.SOCK_DGRAM) as probe:
            probe.bind((sender[0], 0))
        return True
    except OSError:
        return False


if __name__ == "__main__":
    main()
