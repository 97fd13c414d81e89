#!/usr/bin/env python3
"""Step 06 with asyncio's streams: a task for each client, all of whose waiting has a time limit."""

import asyncio
import datetime
import hmac
import logging
import os
import re

import echo_args
from echo_args import printable, say, shown
from right_03_asyncio import seconds, start_log

# How much is read at a time.
READ_BYTES = 4096

# How long to wait for a client to close its side after the server has closed its own, in seconds.
LINGER = 0.5

# What is white space around a command.
BLANKS = b" \t\r\n\f"

# A line with its ending, or what follows the last of them.
MESSAGE = re.compile(rb"[^\n]*\n|[^\n]+")

# A longer line can't become a command.
LONGEST_LINE = 1024

TRIES = 3


class Ended(Exception):
    """The conversation is over; the reason is for the log."""


class Server:
    """What all clients have in common. It belongs to the event loop in which it is made."""

    def __init__(self, options, password):
        self.options, self.password = options, password
        self.prefix = os.fsencode(options.prefix)
        self.stopped = asyncio.get_running_loop().create_future()
        self.visits = set()
        self.connections = self.messages = 0

    def stop(self):
        if not self.stopped.done():
            self.stopped.set_result(None)

    async def visit(self, reader, writer):
        """One client, from its first byte to its last."""
        self.connections += 1
        self.visits.add(asyncio.current_task())
        client = Client(self, reader, writer)
        logging.info("New client connected: %s", client.peer)
        try:
            await client.converse()
        except Ended as end:
            logging.info("Client %s %s", client.peer, end)
        except OSError as error:
            logging.warning("Client %s lost: %s", client.peer, error)
        finally:
            await client.close()
            logging.info("Connection with %s closed", client.peer)
            self.visits.discard(asyncio.current_task())


class Client:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.peer = shown(writer.get_extra_info("peername"))
        self.deadline = asyncio.get_running_loop().time() + server.options.auth_timeout
        self.authenticated = False
        self.wrong = 0
        self.line = b""  # the pieces of the one that has no end yet
        writer.transport.set_write_buffer_limits(0)  # drain() waits until all is taken

    async def converse(self):
        while not self.server.stopped.done() and (data := await self.in_time(self.reader.read(READ_BYTES))):
            end = None
            for message in MESSAGE.findall(data):
                end = self.answer(message)
                if end:
                    break
            await self.in_time(self.writer.drain())
            if end:
                raise Ended(end)

    async def in_time(self, work):
        """Does this within the idle timeout, within the time to authenticate, and before the server is stopped."""
        timeout, reason = self.server.options.idle_timeout, "reached the idle timeout"
        if not self.authenticated:
            left = self.deadline - asyncio.get_running_loop().time()
            if left < timeout:
                timeout, reason = max(left, 0), "did not authenticate in time"
        task, stopped = asyncio.ensure_future(work), self.server.stopped
        await asyncio.wait({task, stopped}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
        if task.cancelled():
            raise Ended("is disconnected at the end" if stopped.done() else reason)
        return task.result()

    def answer(self, message):
        """Writes what the client is owed. Returns the reason to end the conversation, if there is one."""
        command, rest = self.command(message)
        if command in (b"QUIT", b"EXIT"):
            self.say("Goodbye!")
            return "requested to exit"
        if command == b"AUTH":
            return self.authenticate(rest)
        if not self.authenticated:
            self.say("Authentication required")
        elif command == b"STATS":
            self.say(f"Messages received: {self.server.messages}")
        elif command == b"TIME":
            now = datetime.datetime.now().astimezone()
            self.say(f"Server time: {now.isoformat(timespec='seconds')}")
        else:
            self.server.messages += 1
            logging.info("Received from %s: '%s'", self.peer, printable(message))
            self.writer.write(self.server.prefix + message)
            logging.info("Echoed to %s: '%s'", self.peer, printable(message))

    def authenticate(self, told):
        if self.authenticated:
            self.say("Already authenticated")
        elif hmac.compare_digest(told, self.server.password):
            self.authenticated = True
            self.say("Authenticated")
        elif self.wrong + 1 == TRIES:
            self.say("Goodbye!")
            return "failed to authenticate"
        else:
            self.wrong += 1
            self.say("Wrong password")

    def say(self, line):
        self.writer.write(f"{line}\n".encode())

    def command(self, piece):
        """The command that this piece of a line is, or that the line is which it ends, and what follows it."""
        self.line = (self.line + piece)[: LONGEST_LINE + 1]
        found = known(piece)
        if piece.endswith(b"\n"):
            if not found and len(self.line) <= LONGEST_LINE:
                found = known(self.line)
            self.line = b""
        elif found and found[0] != b"AUTH":
            self.line = b"?"  # answered: whatever follows, it is no command any more
        return found or (None, b"")

    async def close(self):
        """Closes in order, if the client does so soon; else hangs up."""
        try:
            self.writer.write_eof()
            await asyncio.wait_for(self.drain_input(), LINGER)
        except (OSError, RuntimeError, asyncio.TimeoutError):
            pass
        self.writer.transport.abort()

    async def drain_input(self):
        await self.writer.drain()
        while await self.reader.read(READ_BYTES):
            pass


def known(text):
    """A command and what follows it, if that may follow."""
    words = text.strip(BLANKS).split(None, 1)
    command, rest = (words + [b"", b""])[:2]
    command = command.upper()
    takes_more = command == b"AUTH"
    if takes_more or (command in (b"QUIT", b"EXIT", b"STATS", b"TIME") and not rest):
        return command, rest
    return None


def find_password(parser, options):
    """The server's password. Ends the program if there is none."""
    password = os.fsencode(os.environ.get("ECHO_PASSWORD", ""))
    if options.password_file is not None:
        try:
            with open(options.password_file, "rb") as file:
                password = file.read()
        except OSError as error:
            parser.error(f"cannot read the password: {error}")
    password = password.strip(BLANKS)
    if not password:
        parser.error("a password is needed, in ECHO_PASSWORD or in --password-file")
    return password


async def main():
    parser = echo_args.parser("Echoes messages to those who know the password: that in ECHO_PASSWORD, or in a file.")
    help = "disconnect a client after this long without a byte [default: 30]"
    parser.add_argument("--idle-timeout", metavar="SECONDS", type=seconds, default=30, help=help)
    parser.add_argument("--prefix", metavar="TEXT", default="", help="put this before every echoed message")
    help = "read the password from this file, not from ECHO_PASSWORD"
    parser.add_argument("--password-file", metavar="FILE", help=help)
    help = "disconnect a client that hasn't told the password by then [default: 10]"
    parser.add_argument("--auth-timeout", metavar="SECONDS", type=seconds, default=10, help=help)
    options = echo_args.parse(parser)
    password = find_password(parser, options)
    start_log()

    service = Server(options, password)
    echo_args.stop_on_signal(asyncio.get_running_loop(), service.stop)
    listener = echo_args.listen(options)
    server = await asyncio.start_server(service.visit, sock=listener)
    echo_args.announce(options, listener)
    logging.info("Echo server started on %s", shown(listener.getsockname()))
    logging.info("Waiting for client connections...")
    await service.stopped
    server.close()
    await asyncio.gather(*service.visits, return_exceptions=True)
    say(f"Server stopped: {service.connections} connections, {service.messages} messages")


if __name__ == "__main__":
    asyncio.run(main())
