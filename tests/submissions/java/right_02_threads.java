import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Step 02 in Java with blocking streams: a thread for each client. */
class Server {
    public static void main(String[] words) throws InterruptedException {
        EchoArgs args = new EchoArgs(words);
        try (ServerSocket listener = new ServerSocket()) {
            listener.bind(args.address());
            args.announce(listener.getLocalPort());
            while (true) {
                try {
                    Socket client = listener.accept();
                    new Thread(() -> serve(client, args.quiet)).start();
                } catch (IOException error) {
                    System.err.println("Cannot accept a client: " + error.getMessage());
                    Thread.sleep(500);
                }
            }
        } catch (IOException error) {
            args.cannotListen(error);
        }
    }

    private static void serve(Socket client, boolean quiet) {
        String peer = EchoArgs.shown((InetSocketAddress) client.getRemoteSocketAddress());
        System.out.println("Connection from " + peer);
        try (client; InputStream in = client.getInputStream(); OutputStream out = client.getOutputStream()) {
            byte[] buffer = new byte[4096];
            for (int count; (count = in.read(buffer)) != -1; ) {
                if (!quiet) System.out.println("Received from " + peer + ": " + EchoArgs.printable(buffer, count));
                out.write(buffer, 0, count);
                if (!quiet) System.out.println("Echoed to " + peer + ": " + EchoArgs.printable(buffer, count));
            }
        } catch (IOException error) {
            System.err.println("Lost " + peer + ": " + error.getMessage());
        }
        System.out.println("Connection closed: " + peer);
    }
}
