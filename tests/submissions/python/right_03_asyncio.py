#!/usr/bin/env python3
"""Step 03 with asyncio's socket calls: a task for each client, and one future that all of them watch for the end."""

import asyncio
import datetime
import logging
import os
import re
import socket

import echo_args
from echo_args import complain, printable, say, shown

# How much is read at a time, and how much is written.
READ_BYTES = 64 * 1024
WRITE_BYTES = 16 * 1024

# How long to wait for a client to close its side after the server has closed its own, in seconds.
LINGER = 0.5

# How long clients may take at the end before they are cut off.
GRACE = 1

# A line with its ending, or what follows the last of them.
MESSAGE = re.compile(rb"[^\n]*\n|[^\n]+")

COMMANDS = {b"QUIT", b"EXIT", b"STATS", b"TIME"}

# What stands for the start of a line that can't become a command.
NO_COMMAND = b"?"
LONGEST_LINE = 256

LEVELS = {"error": logging.ERROR, "warn": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}


class Over(Exception):
    """The conversation is over; the reason is for the log."""


class Server:
    """What all clients have in common. It belongs to the event loop in which it is made."""

    def __init__(self, options, new_client):
        self.options, self.new_client = options, new_client
        self.idle_timeout, self.prefix = options.idle_timeout, os.fsencode(options.prefix)
        self.loop = asyncio.get_running_loop()
        self.stopped = self.loop.create_future()
        self.visits = set()
        self.connections = self.messages = 0

    def stop(self):
        if not self.stopped.done():
            self.stopped.set_result(None)

    async def serve(self, listener):
        """Serves clients until the server is stopped and all their tasks have ended."""
        accepting = asyncio.ensure_future(self.accept(listener))
        await self.stopped
        accepting.cancel()
        await asyncio.wait({accepting})
        listener.close()
        if self.visits:
            _, stubborn = await asyncio.wait(self.visits, timeout=GRACE)
            for visit in stubborn:
                visit.cancel()
            await asyncio.gather(*stubborn, return_exceptions=True)

    async def accept(self, listener):
        short = False
        while True:
            try:
                sock, peer = await self.loop.sock_accept(listener)
            except ConnectionAbortedError:
                continue
            except OSError as error:
                if not short:
                    logging.error("Cannot accept clients for now: %s", error)
                short = True
                await asyncio.sleep(0.1)
                continue
            short = False
            self.connections += 1
            visit = asyncio.ensure_future(self.new_client(self, sock, shown(peer)).visit())
            self.visits.add(visit)
            visit.add_done_callback(self.visits.discard)


class Client:
    def __init__(self, server, sock, peer):
        self.server, self.sock, self.peer = server, sock, peer
        self.line = b""  # the pieces of the one that has no end yet
        self.end = None  # the reason to close the connection once the answer is sent

    async def visit(self):
        """One client, from its first byte to its last."""
        logging.info("New client connected: %s", self.peer)
        try:
            try:
                await self.converse()
            except Over as over:
                logging.info("Client %s %s", self.peer, over)
            await self.close_in_order()
        except OSError as error:
            logging.warning("Client %s lost: %s", self.peer, error)
        finally:
            self.sock.close()
            logging.info("Connection with %s closed", self.peer)

    async def converse(self):
        """Answers until the client has sent its last byte, or there is a reason to end."""
        while not self.end and (data := await self.receive()):
            logging.debug("Read %d bytes from %s", len(data), self.peer)
            reply, echoed = bytearray(), []
            for message in MESSAGE.findall(data):
                reply += self.respond(self.command(message), message, echoed)
                if self.end:
                    break
            await self.send(reply)
            for message in echoed:
                self.log("Echoed to", message)
        if self.end:
            raise Over(self.end)

    def respond(self, command, message, echoed):
        return self.echo(message, echoed) if command is None else self.reply(command)

    def echo(self, message, echoed):
        self.log("Received from", message)
        self.server.messages += 1
        echoed.append(message)
        return self.server.prefix + message

    def log(self, event, message):
        if logging.getLogger().isEnabledFor(logging.INFO):
            logging.info("%s %s: '%s'", event, self.peer, printable(message))

    def reply(self, command):
        if command == b"STATS":
            return b"Messages received: %d\n" % self.server.messages
        if command == b"TIME":
            now = datetime.datetime.now().astimezone()
            return f"Server time: {now.isoformat(timespec='seconds')}\n".encode()
        self.end = "requested to exit"
        return b"Goodbye!\n"

    def command(self, piece):
        """The command that this piece of a line is, or that the line is which it ends."""
        self.line += piece
        command = self.known(piece)
        if piece.endswith(b"\n"):
            command = command or self.known(self.line)
            self.line = b""
        elif command or len(self.line) > LONGEST_LINE:
            self.line = NO_COMMAND
        return command

    def known(self, text):
        """The command that `text` is, if it is one."""
        word = text.strip().upper()
        return word if word in COMMANDS else None

    def limit(self):
        """How long the client may neither send nor take anything, and the reason to disconnect it then."""
        return self.server.idle_timeout, "reached the idle timeout"

    async def receive(self):
        """What the client has sent; nothing at the end, be it the client's or the server's."""
        timeout, reason = self.limit()
        reading = asyncio.ensure_future(self.read())
        first = asyncio.FIRST_COMPLETED
        await asyncio.wait({reading, self.server.stopped}, timeout=timeout, return_when=first)
        if self.server.stopped.done() or not reading.done():
            reading.cancel()
            await asyncio.wait({reading})
        if self.server.stopped.done():
            return b""
        if reading.cancelled():
            raise Over(reason)
        return reading.result()

    async def read(self):
        await asyncio.sleep(0)  # where there is always something to read, the others have their turn here
        return await self.server.loop.sock_recv(self.sock, READ_BYTES)

    async def send(self, reply):
        """Sends all of it. Each piece that the client takes restarts the clock."""
        for start in range(0, len(reply), WRITE_BYTES):
            timeout, reason = self.limit()
            piece = reply[start : start + WRITE_BYTES]
            try:
                await asyncio.wait_for(self.server.loop.sock_sendall(self.sock, piece), timeout)
            except asyncio.TimeoutError:
                raise Over(reason) from None

    async def close_in_order(self):
        """To close a socket while there is input left to read resets the connection: so the client closes first, if it
        does so soon."""

        async def drain():
            while await self.read():
                pass

        self.sock.shutdown(socket.SHUT_WR)
        try:
            await asyncio.wait_for(drain(), LINGER)
        except asyncio.TimeoutError:
            pass


def seconds(text):
    time = float(text)
    if not 0 < time < float("inf"):
        raise ValueError
    return time


class Log(logging.Handler):
    """Writes to standard error, where nothing goes wrong if nobody reads it."""

    def emit(self, record):
        complain(self.format(record))


def start_log():
    logging.addLevelName(logging.WARNING, "WARN")
    level = LEVELS.get(os.environ.get("RUST_LOG", "info").lower(), logging.INFO)
    form, time = "%(asctime)s - %(levelname)s - %(message)s", "%Y-%m-%d %H:%M:%S"
    logging.basicConfig(handlers=[Log()], level=level, format=form, datefmt=time)


async def main(new_client=Client, add_options=lambda parser: None, check=lambda parser, options: None):
    """Serves clients of that class; later steps have their own class and options, and check what else they need."""
    parser = echo_args.parser("Echoes messages, answers QUIT, STATS and TIME, and ends in order on Ctrl+C.")
    add_options(parser)
    help = "disconnect a client after this long without a byte [default: 30]"
    parser.add_argument("--idle-timeout", metavar="SECONDS", type=seconds, default=30, help=help)
    parser.add_argument("--prefix", metavar="TEXT", default="", help="put this before every echoed message")
    options = echo_args.parse(parser)
    check(parser, options)
    start_log()

    server = Server(options, new_client)
    echo_args.stop_on_signal(server.loop, server.stop)
    listener = echo_args.listen(options)
    listener.setblocking(False)
    echo_args.announce(options, listener)
    logging.info("Echo server started on %s", shown(listener.getsockname()))
    logging.info("Waiting for client connections...")
    await server.serve(listener)
    say(f"Server stopped: {server.connections} connections, {server.messages} messages")


if __name__ == "__main__":
    asyncio.run(main())
