"""What all of these servers share: the command line, the listening socket, and lines on the screen."""

import argparse
import os
import signal
import socket
import sys

# Longer text is cut after this many characters.
LONGEST = 80

# Without a screen of its own, the first sockets that a process opens would get the numbers of standard output and error.
for descriptor in range(3):
    try:
        os.fstat(descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)


class Help(argparse.RawDescriptionHelpFormatter):
    """Begins with a capital letter, as the other steps do."""

    def add_usage(self, usage, actions, groups, prefix="Usage: "):
        super().add_usage(usage, actions, groups, prefix)


def parser(about):
    """A parser that knows the address; a step adds its options."""
    parser = argparse.ArgumentParser(
        description=about,
        usage="%(prog)s [[HOST] PORT] [options]",
        epilog="Example:\n  %(prog)s 127.0.0.1 4444",
        formatter_class=Help,
        allow_abbrev=False,
    )
    parser.add_argument(
        "address",
        nargs="*",
        metavar="[HOST] PORT",
        help="where to listen; port 0 lets the system choose [default: localhost 8080]",
    )
    return parser


def parse(parser):
    """The options, with `host` and `port` among them. Ends the program if something is wrong."""
    options = parser.parse_args()
    if len(options.address) > 2:
        parser.error(f"there is nothing to do with {options.address[2]!r}")
    host, port = (["localhost", "8080"] if not options.address else ["localhost", *options.address])[-2:]
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        parser.error(f"the port must be a number from 0 to 65535, not {port!r}")
    options.host, options.port = host, int(port)
    return options


def parse_quiet(about):
    """The options of a step that knows --quiet, and that Ctrl+C ends without a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    steps_parser = parser(about)
    steps_parser.add_argument("--quiet", action="store_true", help="leave out the lines Received and Echoed")
    return parse(steps_parser)


def listen(options, kind=socket.SOCK_STREAM):
    """A socket that is bound to the host and port, and listens if it is for TCP. Ends the program if there is none."""
    try:
        found = socket.getaddrinfo(options.host, options.port, type=kind)
        # IPv4 comes first: then a client of 127.0.0.1 finds a server on localhost.
        family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
        listener = socket.socket(family, kind, protocol)
        if kind == socket.SOCK_STREAM and os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen(128)
        return listener
    except (OSError, UnicodeError) as error:
        complain(f"Error: cannot listen on {shown((options.host, options.port))}: {error}")
        sys.exit(1)


def announce(options, listener):
    """Says that clients can connect, and where."""
    say(f"Server listening on {shown((options.host, listener.getsockname()[1]))}...")


def stop_on_signal(loop, stop):
    """Has `stop` called on Ctrl+C or SIGTERM. A handler of signal.signal() alone would wake no loop that is just about to
    wait: Python calls it between two steps of the program, and the next step is the end of the wait."""
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def shown(address):
    """`127.0.0.1:8080`, and `[::1]:8080` for IPv6."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def printable(data):
    """What a client sent, on one line, without its line ending, escaped, and cut."""
    end = 2 if data.endswith(b"\r\n") else 1 if data.endswith(b"\n") else 0
    start = data[: len(data) - end][: 4 * LONGEST + 4]
    text = start.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."


def say(line):
    """Prints a line at once, so that those of two threads never mix, and goes on if nobody reads it."""
    _write(1, line)


def complain(line):
    """Like `say`, on standard error."""
    _write(2, line)


def _write(descriptor, line):
    try:
        os.write(descriptor, f"{line}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        pass  # there is nobody to tell
