"""The server of many tutorials: a thread for each client. `threads.py print` prints each message."""

import socket
import sys
import threading

prints = sys.argv[1:] == ["print"]


def echo(client, address):
    with client:
        while data := client.recv(4096):
            if prints:
                print(f"Received from {address}: {data!r}")
            client.sendall(data)


with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
    print(f"Server listening on 127.0.0.1:{listener.getsockname()[1]}...", flush=True)
    while True:
        client, address = listener.accept()
        threading.Thread(target=echo, args=(client, address), daemon=True).start()
