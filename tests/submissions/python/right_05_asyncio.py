#!/usr/bin/env python3
"""Step 05: right_03_asyncio.py with a deque that all clients share."""

import asyncio
import collections
import itertools

import right_03_asyncio

# How much of a message is kept.
KEPT_BYTES = 1024


class Client(right_03_asyncio.Client):
    def known(self, text):
        name, *arguments = text.split() or [b""]
        if name.upper() == b"HISTORY":
            return b" ".join([b"HISTORY", *arguments])
        return super().known(text)

    def reply(self, command):
        name, *arguments = command.split()
        return self.tell(arguments) if name == b"HISTORY" else super().reply(command)

    def echo(self, message, echoed):
        history(self.server).append(message[:KEPT_BYTES])
        return super().echo(message, echoed)

    def tell(self, arguments):
        messages = history(self.server)
        if arguments:
            if len(arguments) > 1 or not arguments[0].isdigit():
                return b"Error: usage: HISTORY [n]\n"
            count = min(int(arguments[0]), len(messages))
            messages = list(itertools.islice(messages, len(messages) - count, None))
        lines = [f"History: {len(messages)} messages"] + [escaped(message) for message in messages]
        return "".join(line + "\n" for line in lines).encode()


def history(server):
    """The last messages of all clients of this server."""
    if not hasattr(server, "history"):
        server.history = collections.deque(maxlen=server.options.history)
    return server.history


def escaped(message):
    text = message.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def length(text):
    if not (text.isascii() and text.isdigit() and int(text) <= 100_000):
        raise ValueError
    return int(text)


def add_options(parser):
    help = "keep the last N messages, 0 to 100000 [default: 10]"
    parser.add_argument("--history", metavar="N", type=length, default=10, help=help)


if __name__ == "__main__":
    asyncio.run(right_03_asyncio.main(Client, add_options))
