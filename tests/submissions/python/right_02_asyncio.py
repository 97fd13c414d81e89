#!/usr/bin/env python3
"""Step 02 with asyncio's streams: a task for each client, and drain() waits for a client that is slow to read."""

import asyncio

import echo_args
from echo_args import complain, printable, say, shown


async def main():
    options = echo_args.parse_quiet("Echoes every byte back, to any number of clients at a time.")

    async def visit(reader, writer):
        peer = shown(writer.get_extra_info("peername") or ("unknown", 0))
        say(f"Connection from {peer}")
        try:
            await echo(reader, writer, peer, options.quiet)
            writer.close()
            await writer.wait_closed()
        except OSError as error:
            complain(f"Lost {peer}: {error}")
            writer.close()
        say(f"Connection closed: {peer}")

    listener = echo_args.listen(options)
    server = await asyncio.start_server(visit, sock=listener)
    echo_args.announce(options, listener)
    await server.serve_forever()


async def echo(reader, writer, peer, quiet):
    """Sends back every byte, until the client has sent its last."""
    while data := await reader.read(16 * 1024):
        if not quiet:
            say(f"Received from {peer}: {printable(data)}")
        writer.write(data)
        await writer.drain()
        if not quiet:
            say(f"Echoed to {peer}: {printable(data)}")


if __name__ == "__main__":
    asyncio.run(main())
