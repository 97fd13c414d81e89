// Step 02 in C with poll(2): one thread, and no reading from a client that still has to take its echo.
#include "echo_args.h"
#include <poll.h>

struct client {
    char peer[PEER_BYTES];
    char *rest; // what it still has to take
    size_t start, end;
};

static struct pollfd *polled; // the listener, and behind it the clients
static struct client *clients; // the first is nobody
static nfds_t count = 1;

static void leave(nfds_t i) {
    close(polled[i].fd);
    printf("Connection closed: %s\n", clients[i].peer);
    free(clients[i].rest);
    count--;
    polled[i] = polled[count];
    clients[i] = clients[count];
}

// Writes what there is room for. Returns false if the client has gone.
static bool write_some(int fd, const char *data, size_t size, size_t *done) {
    while (*done < size) {
        ssize_t written = write(fd, data + *done, size - *done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno == EAGAIN;
        *done += (size_t)written;
    }
    return true;
}

// Returns false if the client has gone.
static bool serve(nfds_t i) {
    struct client *client = &clients[i];
    int fd = polled[i].fd;
    if (client->rest) {
        if (!write_some(fd, client->rest, client->end, &client->start)) return false;
        if (client->start == client->end) {
            free(client->rest);
            client->rest = NULL;
            polled[i].events = POLLIN;
        }
        return true;
    }
    static char buffer[64 * 1024];
    ssize_t size = read(fd, buffer, sizeof buffer);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    if (size == 0) return false;
    say("Received from", client->peer, buffer, (size_t)size);
    size_t done = 0;
    if (!write_some(fd, buffer, (size_t)size, &done)) return false;
    say("Echoed to", client->peer, buffer, (size_t)size);
    if (done < (size_t)size) {
        client->start = 0, client->end = (size_t)size - done;
        client->rest = malloc(client->end);
        if (!client->rest) return false;
        memcpy(client->rest, buffer + done, client->end);
        polled[i].events = POLLOUT;
    }
    return true;
}

// Returns false if it fails for want of something, and would fail again at once.
static bool accept_all(void) {
    for (;;) {
        struct sockaddr_storage address;
        socklen_t length = sizeof address;
        int fd = accept4(polled[0].fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK);
        if (fd < 0) return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
        struct pollfd *more_polled = realloc(polled, (count + 1) * sizeof *polled);
        if (more_polled) polled = more_polled;
        struct client *more_clients = realloc(clients, (count + 1) * sizeof *clients);
        if (more_clients) clients = more_clients;
        if (!more_polled || !more_clients) {
            close(fd);
            return false;
        }
        polled[count] = (struct pollfd){.fd = fd, .events = POLLIN};
        clients[count] = (struct client){.rest = NULL};
        print_peer(clients[count].peer, (struct sockaddr *)&address, length);
        printf("Connection from %s\n", clients[count].peer);
        count++;
    }
}

int main(int argc, char **argv) {
    int listener = listen_as_told(argc, argv);
    polled = malloc(sizeof *polled);
    clients = malloc(sizeof *clients);
    if (!polled || !clients) return 1;
    polled[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    bool pause = false;
    for (;;) {
        polled[0].events = pause ? 0 : POLLIN;
        int ready = poll(polled, count, pause ? 100 : -1);
        pause = false;
        if (ready < 0) continue;
        // From the end, as the last one takes the place of one that leaves.
        for (nfds_t i = count; --i > 0;)
            if (polled[i].revents && !serve(i)) leave(i);
        if (polled[0].revents) pause = !accept_all();
    }
}
