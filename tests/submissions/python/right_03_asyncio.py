#!/usr/bin/env python3
"""Step 03 with asyncio's socket calls: a task for each client, and one future that they all watch for the end."""

import asyncio
import datetime
import logging
import os
import signal
import socket

import echo_args
from echo_args import complain, printable, say, shown

# How much is read and written at a time.
READ_BYTES = 64 * 1024
WRITE_BYTES = 4 * 1024

# How long to wait for a client to close its side after the server has closed its own, in seconds.
LINGER = 0.5

# How long clients may take at the end before they are cut off.
GRACE = 1

LEVELS = {"error": logging.ERROR, "warn": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}


class Idle(Exception):
    """A client sent nothing, or took nothing, for too long."""


class Log(logging.Handler):
    """Standard error, where nothing goes wrong if nobody reads it."""

    def emit(self, record):
        complain(self.format(record))


def start_log():
    logging.addLevelName(logging.WARNING, "WARN")
    level = LEVELS.get(os.environ.get("RUST_LOG", "info").lower(), logging.INFO)
    form, time = "%(asctime)s - %(levelname)s - %(message)s", "%Y-%m-%d %H:%M:%S"
    logging.basicConfig(handlers=[Log()], level=level, format=form, datefmt=time)


class Server:
    def __init__(self, options):
        self.idle_timeout, self.prefix = options.idle_timeout, os.fsencode(options.prefix)
        self.loop = asyncio.get_running_loop()
        self.stopped = self.loop.create_future()
        self.connections = self.messages = 0

    def stop(self):
        if not self.stopped.done():
            self.stopped.set_result(None)

    async def serve(self, listener):
        """Serves clients until the server is stopped and all their tasks have ended."""
        visits = set()
        accepting = asyncio.ensure_future(self.accept(listener, visits))
        await self.stopped
        accepting.cancel()
        listener.close()
        if visits:
            _, stubborn = await asyncio.wait(visits, timeout=GRACE)
            for visit in stubborn:
                visit.cancel()
            await asyncio.gather(*stubborn, return_exceptions=True)

    async def accept(self, listener, visits):
        short = False
        while True:
            try:
                client, peer = await self.loop.sock_accept(listener)
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
            visit = asyncio.ensure_future(Client(self, client, shown(peer)).visit())
            visits.add(visit)
            visit.add_done_callback(visits.discard)


class Client:
    def __init__(self, server, sock, peer):
        self.server, self.sock, self.peer = server, sock, peer
        self.pieces = []  # of the line that has no end yet; None if they need not be looked at

    async def visit(self):
        """One client, from its first byte to its last."""
        logging.info("New client connected: %s", self.peer)
        try:
            await self.converse()
            await self.say_farewell()
        except Idle:
            logging.info("Client %s reached the idle timeout", self.peer)
        except OSError as error:
            logging.warning("Client %s lost: %s", self.peer, error)
        finally:
            self.sock.close()
            logging.info("Connection with %s closed", self.peer)

    async def converse(self):
        """Answers until the client has sent its last byte, says QUIT, or the server is stopped."""
        while data := await self.receive():
            logging.debug("Read %d bytes from %s", len(data), self.peer)
            for message in data.splitlines_of_bytes if False else lines(data):
                pass
