import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Step 02 in Java with one thread: a selector, and no reading from a client that still has to take its echo. */
class Server {
    private static final long PAUSE = 200;

    private final EchoArgs args;
    private final ServerSocketChannel listener;
    private final Selector selector;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);

    /** A client: its name, and what it still has to take, if anything. */
    private static class Client {
        final String peer;
        ByteBuffer rest;

        Client(String peer) {
            this.peer = peer;
        }
    }

    public static void main(String[] words) throws IOException {
        EchoArgs args = new EchoArgs(words);
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(args.address(), 128).configureBlocking(false);
            args.announce(listener.socket().getLocalPort());
            new Server(args, listener).run();
        } catch (IOException error) {
            args.cannotListen(error);
        }
    }

    private Server(EchoArgs args, ServerSocketChannel listener) throws IOException {
        this.args = args;
        this.listener = listener;
        selector = Selector.open();
    }

    private void run() throws IOException {
        SelectionKey accepting = listener.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select(accepting.interestOps() == 0 ? PAUSE : 0);
            accepting.interestOps(SelectionKey.OP_ACCEPT);
            for (SelectionKey key : selector.selectedKeys()) {
                if (key != accepting) {
                    serve(key);
                } else if (!accept()) {
                    accepting.interestOps(0); // for a while, as the next try would fail at once
                }
            }
            selector.selectedKeys().clear();
        }
    }

    private boolean accept() {
        try {
            for (SocketChannel client; (client = listener.accept()) != null; ) {
                client.configureBlocking(false);
                String peer = EchoArgs.shown((InetSocketAddress) client.getRemoteAddress());
                System.out.println("Connection from " + peer);
                client.register(selector, SelectionKey.OP_READ, new Client(peer));
            }
            return true;
        } catch (IOException error) {
            System.err.println("Cannot accept a client: " + error.getMessage());
            return false;
        }
    }

    private void serve(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        Client client = (Client) key.attachment();
        try {
            if (client.rest == null) {
                buffer.clear();
                int count = channel.read(buffer);
                if (count == -1) {
                    close(channel, client);
                    return;
                }
                buffer.flip();
                say("Received from ", client);
                channel.write(buffer);
                say("Echoed to ", client);
                if (buffer.hasRemaining()) {
                    client.rest = ByteBuffer.allocate(buffer.remaining()).put(buffer).flip();
                    key.interestOps(SelectionKey.OP_WRITE);
                }
            } else {
                channel.write(client.rest);
                if (!client.rest.hasRemaining()) {
                    client.rest = null;
                    key.interestOps(SelectionKey.OP_READ);
                }
            }
        } catch (IOException error) {
            System.err.println("Lost " + client.peer + ": " + error.getMessage());
            close(channel, client);
        }
    }

    private void say(String what, Client client) {
        if (args.quiet) return;
        byte[] bytes = new byte[buffer.limit()];
        buffer.duplicate().rewind().get(bytes);
        System.out.println(what + client.peer + ": " + EchoArgs.printable(bytes, bytes.length));
    }

    private void close(SocketChannel channel, Client client) {
        try {
            channel.close();
        } catch (IOException error) {
            System.err.println("Cannot close " + client.peer + ": " + error.getMessage());
        }
        System.out.println("Connection closed: " + client.peer);
    }
}
