#!/usr/bin/env python3
"""Step 09 with threads and the standard library: one for each direction, and a queue for what ends the session."""

import os
import queue
import signal
import socket
import struct
import sys
import threading
import time

from echo_args import complain, say, shown

USAGE = "Usage: 09_client [HOST [PORT]] [interactive | test | send FILE]"
HELP = """Talks to an echo server: HOST is its name [default: localhost], PORT its port [default: 8080].
interactive sends what you type, test sends three messages, send FILE sends a file as one frame.
Example: 09_client 127.0.0.1 4444 test"""

MODES = ("interactive", "test", "send")

# Times in seconds: to connect, for the server's last words, for an echo, and until a server counts as silent.
CONNECT, FAREWELL, ECHO, SILENCE = 5, 2, 2, 10

PIECE = 64 * 1024


def parse(words):
    """Host, port, mode and file. Ends the program if something is wrong."""
    if "--help" in words:
        say(f"{USAGE}\n{HELP}")
        sys.exit(0)
    words, address = list(words), []
    while words and words[0] not in MODES and len(address) < 2:
        address.append(words.pop(0))
    host, port = address + ["localhost", "8080"][len(address) :]
    mode = words.pop(0) if words else "interactive"
    if any(word.startswith("-") for word in (host, port, mode)):
        refuse("there are no options")
    if mode not in MODES:
        refuse(f"there is no mode {mode!r}")
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= 65535):
        refuse(f"the port must be a number from 1 to 65535, not {port!r}")
    if mode == "send" and not words:
        refuse("send needs a file")
    file = words.pop(0) if mode == "send" else None
    if words:
        refuse(f"there is nothing to do with {words[0]!r}")
    return (host, int(port)), mode, file


def refuse(reason):
    complain(f"Error: {reason}\n{USAGE}")
    sys.exit(2)


def connect(address):
    """Tries all addresses of the host; all that it takes is the time for one."""
    try:
        end, failure = time.monotonic() + CONNECT, None
        for family, kind, protocol, _, found in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
            server = socket.socket(family, kind, protocol)
            server.settimeout(max(end - time.monotonic(), 0.001))
            try:
                server.connect(found)
                server.settimeout(None)
                return server
            except OSError as error:
                server.close()
                failure = error
        raise failure
    except (OSError, UnicodeError) as error:
        complain(f"Error: cannot connect to {shown(address)}: {error}\nIs the server running?")
        sys.exit(1)


class Conversation:
    def __init__(self, server):
        self.server, self.ended = server, queue.SimpleQueue()

    def run(self):
        """Returns when one of the two has had enough, and says why."""
        signal.signal(signal.SIGINT, lambda *_: self.ended.put("left"))
        for work in (self.listen, self.speak):
            threading.Thread(target=work, daemon=True).start()
        end = self.wait(None)
        if end == "closed":
            return "Server closed the connection"
        if end != "exit":
            self.server.shutdown(socket.SHUT_WR)
        self.wait(None if end == "end of pipe" else FAREWELL)
        return "Disconnected from server"

    def wait(self, timeout):
        """The next that ends it. In short pieces, so that a signal is handled on every system."""
        end = timeout and time.monotonic() + timeout
        while end is None or time.monotonic() < end:
            try:
                return self.ended.get(timeout=0.1)
            except queue.Empty:
                pass

    def listen(self):
        try:
            while data := self.server.recv(PIECE):
                for line in data.split(b"\n")[: -1 if data.endswith(b"\n") else None]:
                    say(f"Server: {whole(line)}")
        except OSError:
            pass
        self.ended.put("closed")

    def speak(self):
        terminal = sys.stdin.isatty() and sys.stdout.isatty()
        while True:
            if terminal:
                os.write(1, b"> ")
            line = sys.stdin.buffer.readline()
            if not line:
                return self.ended.put("left" if terminal else "end of pipe")
            line = line.rstrip(b"\r\n")
            try:
                if line.lower() in (b"exit", b"quit"):
                    self.ended.put("exit")
                    return self.server.sendall(b"exit\n")
                if line:
                    self.server.sendall(line + b"\n")
            except OSError:
                return  # whoever listens notices


def whole(line):
    """What the server said, without its control characters."""
    text = line.removesuffix(b"\r").replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def test(server):
    say("Connected to server")
    echoed = 0
    for message in (b"Hello", b"World", b"Test"):
        say(f"Sent: {message.decode()}")
        reply, end = b"", time.monotonic() + ECHO
        try:
            server.sendall(message)
            while not reply.endswith(message) and (left := end - time.monotonic()) > 0:
                server.settimeout(left)
                data = server.recv(PIECE)
                if not data:
                    break
                reply += data
        except OSError:
            pass
        say(f"Received: {whole(reply)}")
        if not reply.endswith(message):
            complain(f"Error: {message.decode()} was not echoed")
            break
        echoed += 1
    say(f"{echoed} of 3 messages echoed")
    return echoed == 3


def open_file(path):
    try:
        file = open(path, "rb")
        length = os.fstat(file.fileno()).st_size
        if length >= 1 << 32:
            raise OSError("a frame holds less than 4 GiB")
        return file, length
    except OSError as error:
        complain(f"Error: cannot send {path}: {error}")
        sys.exit(1)


def send(server, file, length):
    """Sends in a thread of its own, and compares what comes meanwhile."""
    header = struct.pack(">I", length)
    sent = 0

    def upload():
        nonlocal sent
        try:
            server.sendall(header)
            with open(file.name, "rb") as content:
                while piece := content.read(PIECE):
                    server.sendall(piece)
                    sent += len(piece)
                    if sys.stderr.isatty():
                        os.write(2, b"\rsent %d %%" % (100 * sent // length))
        except OSError:
            pass  # then too little comes back

    server.settimeout(SILENCE)
    threading.Thread(target=upload, daemon=True).start()
    received, verdict = compare(server, header, file, length)
    if sys.stderr.isatty():
        os.write(2, b"\r\x1b[K")
    say(f"Sent {length} bytes, received {received} bytes: {verdict}")
    return verdict == "identical"


def compare(server, header, file, length):
    returned = b""
    while len(returned) < 4:
        data = receive(server, 4 - len(returned))
        if not data:
            return 0, f"{length} bytes are missing"
        returned += data
    if returned != header:
        return 0, "its length differs"
    received = 0
    while received < length:
        data = receive(server, min(PIECE, length - received))
        if not data:
            return received, f"{length - received} bytes are missing"
        wanted = file.read(len(data))
        for place, (a, b) in enumerate(zip(data, wanted)) if data != wanted else ():
            if a != b:
                return received + len(data), f"byte {received + place} differs"
        received += len(data)
    return received, "identical"


def receive(server, count):
    try:
        return server.recv(count)
    except OSError:
        return b""


def main():
    address, mode, path = parse(sys.argv[1:])
    upload = open_file(path) if mode == "send" else None
    server = connect(address)
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if mode == "send":
        well = send(server, *upload)
    elif mode == "test":
        well = test(server)
    else:
        say(f"Connected to server at {shown(address)}")
        say("exit or quit ends the session.")
        say(Conversation(server).run())
        well = True
    os._exit(0 if well else 1)  # a thread may still wait for a line


if __name__ == "__main__":
    main()
