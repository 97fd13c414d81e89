#!/usr/bin/env python3
"""Step 02 with the standard library's server: socketserver starts a thread for each client."""

import socketserver
import sys
import time

import echo_args
from echo_args import complain, printable, say, shown


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True  # otherwise it keeps a list of them all

    def __init__(self, listener, quiet):
        super().__init__(None, Visit, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.quiet = quiet

    def get_request(self):
        try:
            return super().get_request()
        except OSError as error:
            complain(f"Cannot accept a client: {error}")
            time.sleep(1)  # socketserver would try again at once
            raise

    def handle_error(self, request, client_address):
        complain(f"Lost {shown(client_address)}: {sys.exc_info()[1]}")


class Visit(socketserver.BaseRequestHandler):
    def setup(self):
        self.peer = shown(self.client_address)
        say(f"Connection from {self.peer}")

    def handle(self):
        """Sends back every byte, until the client has sent its last."""
        while data := self.request.recv(4096):
            if not self.server.quiet:
                say(f"Received from {self.peer}: {printable(data)}")
            self.request.sendall(data)
            if not self.server.quiet:
                say(f"Echoed to {self.peer}: {printable(data)}")

    def finish(self):
        say(f"Connection closed: {self.peer}")


def main():
    options = echo_args.parse_quiet("Echoes every byte back, to any number of clients at a time.")
    listener = echo_args.listen(options)
    echo_args.announce(options, listener)
    Server(listener, options.quiet).serve_forever()


if __name__ == "__main__":
    main()
