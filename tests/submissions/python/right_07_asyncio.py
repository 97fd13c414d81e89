#!/usr/bin/env python3
"""Step 07: right_03_asyncio.py with the virtual scheduling of a token bucket: not tokens are kept, but the time at which the
bucket would be full (the "generic cell rate algorithm" of ITU-T I.371)."""

import asyncio
import time

import right_03_asyncio


class Client(right_03_asyncio.Client):
    full_at = 0.0

    def respond(self, command, message, echoed):
        if command in (b"QUIT", b"EXIT") or self.conforms():
            return super().respond(command, message, echoed)
        return b"Rate limit exceeded\n"

    def conforms(self):
        rate, now = self.server.options.rate, time.monotonic()
        tolerance = (max(rate, 1.0) - 1.0) / rate
        if self.full_at > now + tolerance:
            return False
        self.full_at = max(self.full_at, now) + 1.0 / rate
        return True


def rate(text):
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def add_options(parser):
    help = "messages a second that a client may send [default: 5]"
    parser.add_argument("--rate", metavar="N", type=rate, default=5, help=help)


if __name__ == "__main__":
    asyncio.run(right_03_asyncio.main(Client, add_options))
