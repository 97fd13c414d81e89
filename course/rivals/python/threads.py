"""The server of many tutorials: a thread for each client."""

import socket
import threading


def echo(client):
    with client:
        while data := client.recv(4096):
            client.sendall(data)


with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
    print(f"Server listening on 127.0.0.1:{listener.getsockname()[1]}...", flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=echo, args=(client,), daemon=True).start()
