// Step 02 in C with epoll(7), edge-triggered: each client's echo goes on until the kernel has no more, or no more room.
#include "echo_args.h"
#include <sys/epoll.h>

// Allocated for each client, and small: an idle one costs no more.
struct client {
    int fd;
    char peer[PEER_BYTES];
    char *rest; // what it still has to take
    size_t start, end;
};

static int events;

static void leave(struct client *client) {
    close(client->fd);
    printf("Connection closed: %s\n", client->peer);
    free(client->rest);
    free(client);
}

// Returns whether `*done` has become `size`. If not, the kernel has no more room, or `*gone` is set.
static bool write_all(int fd, const char *data, size_t size, size_t *done, bool *gone) {
    while (*done < size) {
        ssize_t written = send(fd, data + *done, size - *done, 0);
        if (written >= 0) {
            *done += (size_t)written;
        } else if (errno != EINTR) {
            *gone = errno != EAGAIN;
            return false;
        }
    }
    return true;
}

// Echoes until the client has nothing more to say or takes nothing more. Returns false if it has gone.
static bool serve(struct client *client) {
    static char buffer[64 * 1024];
    bool gone = false;
    for (;;) {
        if (client->rest) {
            if (!write_all(client->fd, client->rest, client->end, &client->start, &gone)) return !gone;
            free(client->rest);
            client->rest = NULL;
        }
        ssize_t size = recv(client->fd, buffer, sizeof buffer, 0);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return errno == EAGAIN;
        if (size == 0) return false;
        say("Received from", client->peer, buffer, (size_t)size);
        size_t done = 0;
        bool all = write_all(client->fd, buffer, (size_t)size, &done, &gone);
        if (gone) return false;
        say("Echoed to", client->peer, buffer, (size_t)size);
        if (!all) {
            client->start = 0, client->end = (size_t)size - done;
            client->rest = malloc(client->end);
            if (!client->rest) return false;
            memcpy(client->rest, buffer + done, client->end);
        }
    }
}

// Returns false if it fails for want of something: no edge reports when that is over.
static bool accept_all(int listener) {
    for (;;) {
        struct sockaddr_storage address;
        socklen_t length = sizeof address;
        int fd = accept4(listener, (struct sockaddr *)&address, &length, SOCK_NONBLOCK);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
        if (fd < 0) return errno == EAGAIN;
        struct client *client = calloc(1, sizeof *client);
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = client};
        if (!client || epoll_ctl(events, EPOLL_CTL_ADD, fd, &event) < 0) {
            free(client);
            close(fd);
            return false;
        }
        client->fd = fd;
        print_peer(client->peer, (struct sockaddr *)&address, length);
        printf("Connection from %s\n", client->peer);
    }
}

int main(int argc, char **argv) {
    int listener = listen_as_told(argc, argv);
    events = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    if (events < 0 || epoll_ctl(events, EPOLL_CTL_ADD, listener, &event) < 0) return 1;
    bool all_let_in = true;
    for (;;) {
        struct epoll_event ready[64];
        int count = epoll_wait(events, ready, 64, all_let_in ? -1 : 100);
        for (int i = 0; i < count; i++) {
            struct client *client = ready[i].data.ptr;
            if (!client)
                all_let_in = false;
            else if (!serve(client))
                leave(client);
        }
        if (!all_let_in) all_let_in = accept_all(listener);
    }
}
