// What the servers in C share: the command line, the listening socket, and lines on the screen.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEER_BYTES 64

static const char HELP[] =
    "Echoes every byte back, to any number of clients at once.\n\n"
    "Usage: server [[HOST] PORT] [--quiet]\n\n"
    "  HOST PORT  where to listen; port 0 lets the system choose (default: localhost 8080)\n"
    "  --quiet    leave out the lines Received and Echoed\n\n"
    "Example: server 127.0.0.1 4444\n";

static bool quiet;

static void refuse(const char *reason, const char *word) {
    fprintf(stderr, "Error: %s '%s'\n\n%s", reason, word, HELP);
    exit(2);
}

static void print_address(char *shown, size_t size, const char *host, const char *port) {
    snprintf(shown, size, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

static void print_peer(char *shown, const struct sockaddr *address, socklen_t length) {
    char host[PEER_BYTES - 8], port[6];
    getnameinfo(address, length, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    print_address(shown, PEER_BYTES, host, port);
}

static void parse(int count, char **words, const char **host, const char **port) {
    *host = "localhost", *port = "8080";
    int places = 0;
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--help") == 0) {
            fputs(HELP, stdout);
            exit(0);
        } else if (strcmp(words[i], "--quiet") == 0) {
            quiet = true;
        } else if (strncmp(words[i], "--", 2) == 0 || places == 2) {
            refuse("unexpected argument", words[i]);
        } else {
            if (places++ == 1) *host = *port;
            *port = words[i];
        }
    }
    char *end;
    long number = strtol(*port, &end, 10);
    if (**port < '0' || **port > '9' || *end != 0 || number > 65535)
        refuse("the port must be a number from 0 to 65535, not", *port);
}

// A nonblocking socket that listens where the command line says.
static int listen_as_told(int count, char **words) {
    // A closed standard output would leave its number to the first socket.
    for (int fd = 0; fd < 3; fd = open("/dev/null", O_RDWR)) {}
    signal(SIGPIPE, SIG_IGN);           // a client is gone, or nobody reads the output
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    const char *host, *port;
    parse(count, words, &host, &port);

    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int trouble = getaddrinfo(host, port, &hints, &found);
    struct addrinfo *best = found; // IPv4, if there is any
    while (best && best->ai_family != AF_INET) best = best->ai_next;
    if (!best) best = found;
    int listener = -1, one = 1;
    bool listens = !trouble && (listener = socket(best->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0)) >= 0 &&
                   setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
                   bind(listener, best->ai_addr, best->ai_addrlen) == 0 && listen(listener, 128) == 0;
    char shown[PEER_BYTES + 256];
    if (!listens) {
        print_address(shown, sizeof shown, host, port);
        fprintf(stderr, "Error: cannot listen on %s: %s\n", shown, trouble ? gai_strerror(trouble) : strerror(errno));
        exit(1);
    }
    freeaddrinfo(found);
    struct sockaddr_storage own;
    socklen_t length = sizeof own;
    getsockname(listener, (struct sockaddr *)&own, &length);
    char real[6];
    getnameinfo((struct sockaddr *)&own, length, NULL, 0, real, sizeof real, NI_NUMERICSERV);
    print_address(shown, sizeof shown, host, real);
    printf("Server listening on %s...\n", shown);
    return listener;
}

// Shows what a client sent on one line: without its line ending, anything but printable ASCII escaped, and cut.
static void say(const char *what, const char *peer, const char *data, size_t count) {
    if (quiet) return;
    if (count > 0 && data[count - 1] == '\n') count--;
    if (count > 0 && data[count - 1] == '\r') count--;
    printf("%s %s: ", what, peer);
    for (size_t i = 0; i < count && i < 80; i++) {
        unsigned char c = (unsigned char)data[i];
        printf(c >= ' ' && c <= '~' && c != '\\' ? "%c" : "\\x%02x", c);
    }
    puts(count > 80 ? "..." : "");
}
