#!/usr/bin/env python3
"""Step 08 with asyncio's streams: a task for each client, which is cancelled at the end."""

import asyncio
import logging

import echo_args
from echo_args import printable, say, shown
from right_03_asyncio import seconds, start_log

# How much is read or written at a time.
PIECE_BYTES = 64 * 1024

HEADER_BYTES = 4

# How long to wait for a client to close its side after the server has closed its own, in seconds.
LINGER = 0.5

CUT_OFF = "was cut off within a frame"


class Server:
    """What all clients have in common."""

    def __init__(self, options):
        self.idle_timeout, self.max_frame = options.idle_timeout, options.max_frame
        self.visits, self.is_stopping = set(), False
        self.connections = self.messages = 0

    async def visit(self, reader, writer):
        """One client, from its first byte to its last."""
        self.visits.add(asyncio.current_task())
        self.connections += 1
        client = Client(self, reader, writer)
        logging.info("New client connected: %s", client.peer)
        try:
            reason = await client.converse()
            if reason:
                logging.info("Client %s %s", client.peer, reason)
        except asyncio.TimeoutError:
            logging.info("Client %s reached the idle timeout", client.peer)
        except OSError as error:
            logging.warning("Client %s lost: %s", client.peer, error)
        except asyncio.CancelledError:
            pass  # the server ends
        await client.close_in_order()
        logging.info("Connection with %s closed", client.peer)
        self.visits.discard(asyncio.current_task())


class Client:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.peer = shown(writer.get_extra_info("peername"))
        # What is sent counts as taken when the system has all of it.
        writer.transport.set_write_buffer_limits(0)

    async def converse(self):
        """Echoes frames until the client has sent its last byte, or returns the reason to close."""
        while header := await self.receive(HEADER_BYTES):
            length = int.from_bytes(header, "big")
            if len(header) < HEADER_BYTES:
                return CUT_OFF
            if length > self.server.max_frame:
                return "announced a frame above the limit"
            content = await self.receive(length)
            if len(content) < length:
                return CUT_OFF
            self.log("Received from", content)
            self.server.messages += 1
            await self.send(header + content)
            self.log("Echoed to", content)
        return None

    async def receive(self, count):
        """So many bytes, or fewer if the client ends. Each piece that comes starts the time anew."""
        received = bytearray()
        while missing := count - len(received):
            piece = await self.in_time(self.reader.read(min(missing, PIECE_BYTES)))
            if not piece:
                break
            received += piece
        return received

    async def send(self, data):
        """Sends all of it. Each piece that the client takes starts the time anew."""
        for start in range(0, len(data), PIECE_BYTES):
            self.writer.write(data[start : start + PIECE_BYTES])
            await self.in_time(self.writer.drain())

    async def in_time(self, work):
        result = await asyncio.wait_for(work, self.server.idle_timeout)
        if self.server.is_stopping:
            raise asyncio.CancelledError  # before Python 3.12 wait_for() swallows it when the work is just done
        return result

    def log(self, event, content):
        if logging.getLogger().isEnabledFor(logging.INFO):
            logging.info("%s %s: '%s'", event, self.peer, printable(content))

    async def close_in_order(self):
        """To close a socket while there is input left to read resets the connection: so the client closes first, if it
        does so soon."""

        async def drain():
            while await self.reader.read(PIECE_BYTES):
                pass

        try:
            self.writer.write_eof()
            await asyncio.wait_for(drain(), LINGER)
        except (OSError, asyncio.TimeoutError):
            pass
        self.writer.transport.abort()


def whole_number(text):
    if not (text.isascii() and text.isdigit() and int(text) < 2**32):
        raise ValueError
    return int(text)


async def main():
    parser = echo_args.parser("Echoes frames: a length of four bytes, the highest first, then that many bytes.")
    help = "disconnect a client after this long without a byte [default: 30]"
    parser.add_argument("--idle-timeout", metavar="SECONDS", type=seconds, default=30, help=help)
    help = "refuse a longer frame [default: 16777216]"
    parser.add_argument("--max-frame", metavar="BYTES", type=whole_number, default=2**24, help=help)
    options = echo_args.parse(parser)
    start_log()

    stopped = asyncio.Event()
    echo_args.stop_on_signal(asyncio.get_running_loop(), stopped.set)
    server = Server(options)
    listener = await asyncio.start_server(server.visit, sock=echo_args.listen(options))
    echo_args.announce(options, listener.sockets[0])
    logging.info("Echo server started on %s", shown(listener.sockets[0].getsockname()))
    logging.info("Waiting for client connections...")
    await stopped.wait()
    listener.close()
    server.is_stopping = True
    for visit in server.visits:
        visit.cancel()
    if server.visits:
        await asyncio.wait(server.visits)
    say(f"Server stopped: {server.connections} connections, {server.messages} messages")


if __name__ == "__main__":
    asyncio.run(main())
