#!/usr/bin/env python3
"""Step 08: right_03_asyncio.py with frames instead of lines."""

import asyncio

import right_03_asyncio
from right_03_asyncio import Over

HEADER_BYTES = 4

CUT_OFF = "was cut off within a frame"


class Client(right_03_asyncio.Client):
    def __init__(self, server, sock, peer):
        super().__init__(server, sock, peer)
        self.pending = bytearray()  # what has come of the next frames

    async def converse(self):
        """Echoes frames until the client has sent its last byte, or there is a reason to end."""
        while header := await self.take(HEADER_BYTES):
            length = int.from_bytes(header, "big")
            if len(header) < HEADER_BYTES:
                raise Over(CUT_OFF)
            if length > self.server.options.max_frame:
                raise Over("announced a frame above the limit")
            content = await self.take(length)
            if len(content) < length:
                raise Over(CUT_OFF)
            self.log("Received from", content)
            self.server.messages += 1
            await self.send(header + content)
            self.log("Echoed to", content)

    async def take(self, count):
        """So many bytes, or fewer at the end."""
        while len(self.pending) < count and (piece := await self.receive()):
            self.pending += piece
        taken = self.pending[:count]
        del self.pending[:count]
        return taken


def whole_number(text):
    if not (text.isascii() and text.isdigit() and int(text) < 2**32):
        raise ValueError
    return int(text)


def add_options(parser):
    help = "refuse a longer frame [default: 16777216]"
    parser.add_argument("--max-frame", metavar="BYTES", type=whole_number, default=2**24, help=help)


if __name__ == "__main__":
    asyncio.run(right_03_asyncio.main(Client, add_options))
