"""Sends every datagram back."""

import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", 0))
    print(f"Server listening on 127.0.0.1:{server.getsockname()[1]}...", flush=True)
    while True:
        data, sender = server.recvfrom(65535)
        server.sendto(data, sender)
