#!/usr/bin/env python3
"""Step 06: right_03_asyncio.py behind a password, with a deadline until the client has authenticated."""

import asyncio
import hmac
import os

import right_03_asyncio
from right_03_asyncio import seconds

# What is whitespace around a command.
BLANKS = b" \t\r\n\f"

TRIES = 3


class Client(right_03_asyncio.Client):
    def __init__(self, server, sock, peer):
        super().__init__(server, sock, peer)
        self.deadline = server.loop.time() + server.options.auth_timeout
        self.authenticated, self.wrong = False, 0

    def known(self, text):
        name, *password = text.strip(BLANKS).split(None, 1) or [b""]
        if name.upper() == b"AUTH":
            return b"AUTH " + b"".join(password)
        return super().known(text)

    def respond(self, command, message, echoed):
        name, _, password = (command or b"").partition(b" ")
        if name == b"AUTH":
            return self.authenticate(password)
        if self.authenticated or name in (b"QUIT", b"EXIT"):
            return super().respond(command, message, echoed)
        return b"Authentication required\n"

    def authenticate(self, password):
        if self.authenticated:
            return b"Already authenticated\n"
        if hmac.compare_digest(password, self.server.options.password):
            self.authenticated = True
            return b"Authenticated\n"
        self.wrong += 1
        if self.wrong < TRIES:
            return b"Wrong password\n"
        self.end = "failed to authenticate"
        return b"Goodbye!\n"

    def limit(self):
        timeout, reason = super().limit()
        left = max(self.deadline - self.server.loop.time(), 0)
        if self.authenticated or timeout < left:
            return timeout, reason
        return left, "did not authenticate in time"


def add_options(parser):
    help = "read the password from this file, not from ECHO_PASSWORD"
    parser.add_argument("--password-file", metavar="FILE", help=help)
    help = "disconnect a client that hasn't authenticated by then [default: 10]"
    parser.add_argument("--auth-timeout", metavar="SECONDS", type=seconds, default=10, help=help)


def find_password(parser, options):
    """Adds the password to the options. Ends the program if there is none."""
    password = os.fsencode(os.environ.get("ECHO_PASSWORD", ""))
    if options.password_file is not None:
        try:
            with open(options.password_file, "rb") as file:
                password = file.read()
        except OSError as error:
            parser.error(f"cannot read the password: {error}")
    options.password = password.strip(BLANKS)
    if not options.password:
        parser.error("a password is needed, in ECHO_PASSWORD or in --password-file")


if __name__ == "__main__":
    asyncio.run(right_03_asyncio.main(Client, add_options, find_password))
