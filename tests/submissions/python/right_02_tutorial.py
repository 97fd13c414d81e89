#!/usr/bin/env python3
"""Step 02 as tutorials write it: listen(5), a thread for each client, reads of 1,024 bytes."""

import signal
import threading
import time

import echo_args
from echo_args import complain, printable, say, shown


def serve(client, peer, quiet):
    """One client's whole visit."""
    say(f"Connection from {peer}")
    try:
        with client:
            while data := client.recv(1024):
                if not quiet:
                    say(f"Received from {peer}: {printable(data)}")
                client.sendall(data)
                if not quiet:
                    say(f"Echoed to {peer}: {printable(data)}")
    except OSError as error:
        complain(f"Lost {peer}: {error}")
    say(f"Connection closed: {peer}")


def main():
    parser = echo_args.parser("Echoes every byte back, to any number of clients at once.")
    parser.add_argument("--quiet", action="store_true", help="leave out the lines Received and Echoed")
    options = echo_args.parse(parser)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C ends the program without a traceback
    listener = echo_args.listen(options)
    listener.listen(5)
    echo_args.announce(options, listener)
    while True:
        try:
            client, address = listener.accept()
            threading.Thread(target=serve, args=(client, shown(address), options.quiet), daemon=True).start()
        except (OSError, RuntimeError) as error:
            complain(f"Cannot serve a client: {error}")
            time.sleep(1)


if __name__ == "__main__":
    main()
