import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;

/** What the servers in Java share: the command line, and lines on the screen. */
class EchoArgs {
    private static final String HELP = """
            Echoes every byte back, to any number of clients at once.

            Usage: Server [[HOST] PORT] [--quiet]

              HOST PORT  where to listen; port 0 lets the system choose (default: localhost 8080)
              --quiet    leave out the lines Received and Echoed

            Example: Server 127.0.0.1 4444""";

    final boolean quiet;
    private String host = "localhost";
    private String port = "8080";

    EchoArgs(String[] words) {
        boolean quiet = false;
        int count = 0;
        for (String word : words) {
            if (word.equals("--help")) {
                System.out.println(HELP);
                System.exit(0);
            } else if (word.equals("--quiet")) {
                quiet = true;
            } else if (word.startsWith("--") || count == 2) {
                refuse("unexpected argument '" + word + "'");
            } else {
                if (count++ == 1) host = port;
                port = word;
            }
        }
        this.quiet = quiet;
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
            refuse("the port must be a number from 0 to 65535, not '" + port + "'");
        }
    }

    InetSocketAddress address() throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(port));
    }

    void announce(int port) {
        System.out.println("Server listening on " + shown(host, port) + "...");
    }

    void cannotListen(IOException error) {
        System.err.println("Error: cannot listen on " + shown(host, Integer.parseInt(port)) + ": " + error.getMessage());
        System.exit(1);
    }

    private static void refuse(String reason) {
        System.err.println("Error: " + reason + "\n\n" + HELP);
        System.exit(2);
    }

    static String shown(InetSocketAddress address) {
        return shown(address.getAddress().getHostAddress(), address.getPort());
    }

    private static String shown(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** On one line, without its line ending, escaped and cut. */
    static String printable(byte[] bytes, int count) {
        String text = new String(bytes, 0, Math.min(count, 400), StandardCharsets.UTF_8).replaceFirst("\r?\n$", "");
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(80).forEach(c -> {
            boolean plain = switch (Character.getType(c)) {
                case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
                default -> c != '\\';
            };
            shown.append(plain ? Character.toString(c) : String.format("\\u%04x", c));
        });
        return text.codePointCount(0, text.length()) > 80 ? shown + "..." : shown.toString();
    }
}
