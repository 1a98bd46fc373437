#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

enum { MAX_CONNECTIONS = 256, PATIENCE_SECONDS = 60 };

enum manner { ANSWER, SILENT, CLOSE };

struct body {
    char *bytes;
    size_t len;
};

struct request {
    char *head; /* each line with its end */
    struct body body;
};

struct server {
    char url[64];
    int listener;
    int stop[2]; /* a pipe: every thread ends when its far end is closed */
    pthread_t acceptor;
    pthread_t threads[MAX_CONNECTIONS];
    size_t connections;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t came;
    enum manner manner;
    struct body answer;
    struct request *received;
    size_t requests;
};

struct connection {
    struct server *server;
    int socket;
};

static void *needed(void *memory) {
    if (!memory) {
        bail_out("no memory");
    }
    return memory;
}

static struct body copy_of(const char *bytes, size_t len) {
    struct body copy = {needed(malloc(len + 1)), len};
    if (len > 0) {
        memcpy(copy.bytes, bytes, len);
    }
    copy.bytes[len] = '\0';
    return copy;
}

/* Waits until there is something to read; false if the server is to stop. */
static bool wait_readable(const struct server *server, int socket) {
    struct pollfd both[2] = {{socket, POLLIN, 0}, {server->stop[0], POLLIN, 0}};
    while (poll(both, 2, -1) < 0 && errno == EINTR) {
    }
    return both[1].revents == 0;
}

/* The length of the body that a head announces. */
static size_t content_length(const char *head) {
    for (const char *line = head; line; line = strstr(line, "\r\n")) {
        line += line == head ? 0 : 2;
        if (strncasecmp(line, "content-length:", 15) == 0) {
            return (size_t)strtoul(line + 15, NULL, 10);
        }
    }
    return 0;
}

/* Reads a request; false if the connection is over. One request is on its way at a time: nothing follows the body. */
static bool read_request(const struct server *server, int socket, struct request *request) {
    struct body all = copy_of("", 0);
    size_t start = 0, length = 0;
    while (start == 0 || all.len < start + length) {
        char some[4096];
        ssize_t count = wait_readable(server, socket) ? recv(socket, some, sizeof some, 0) : 0;
        if (count <= 0) {
            free(all.bytes);
            return false;
        }
        all.bytes = needed(realloc(all.bytes, all.len + (size_t)count + 1));
        memcpy(all.bytes + all.len, some, (size_t)count);
        all.len += (size_t)count;
        all.bytes[all.len] = '\0';
        const char *end = start == 0 ? strstr(all.bytes, "\r\n\r\n") : NULL;
        if (end) {
            start = (size_t)(end - all.bytes) + 4;
            length = content_length(all.bytes);
        }
    }
    request->body = copy_of(all.bytes + start, length);
    all.bytes[start - 2] = '\0';
    request->head = all.bytes;
    return true;
}

static void send_all(int socket, const char *bytes, size_t len) {
    while (len > 0) {
        ssize_t count = send(socket, bytes, len, MSG_NOSIGNAL);
        if (count <= 0) {
            return; /* the other side has seen enough */
        }
        bytes += count;
        len -= (size_t)count;
    }
}

static void *serve(void *data) {
    struct connection *connection = data;
    struct server *server = connection->server;
    struct request request;
    bool go_on = true;
    while (go_on && read_request(server, connection->socket, &request)) {
        pthread_mutex_lock(&server->lock);
        server->received = needed(realloc(server->received, (server->requests + 1) * sizeof *server->received));
        server->received[server->requests++] = request;
        enum manner manner = server->manner;
        struct body answer = copy_of(server->answer.bytes, server->answer.len);
        pthread_cond_broadcast(&server->came);
        pthread_mutex_unlock(&server->lock);
        if (manner == ANSWER) {
            send_all(connection->socket, answer.bytes, answer.len);
        }
        go_on = manner != CLOSE;
        free(answer.bytes);
    }
    close(connection->socket);
    free(connection);
    return NULL;
}

static void *accept_all(void *data) {
    struct server *server = data;
    while (wait_readable(server, server->listener)) {
        int socket = accept(server->listener, NULL, NULL);
        if (socket < 0) {
            continue;
        }
        if (server->connections == MAX_CONNECTIONS) {
            close(socket);
            continue;
        }
        struct connection *connection = needed(malloc(sizeof *connection));
        *connection = (struct connection){server, socket};
        if (pthread_create(&server->threads[server->connections], NULL, serve, connection) != 0) {
            bail_out("no thread");
        }
        server->connections++;
    }
    return NULL;
}

struct server *server_start(void) {
    struct server *server = needed(calloc(1, sizeof *server));
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, size) != 0 || listen(server->listener, 64) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) != 0 || pipe(server->stop) != 0) {
        bail_out("no server: %s", strerror(errno));
    }
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->came, NULL);
    server->manner = SILENT;
    if (pthread_create(&server->acceptor, NULL, accept_all, server) != 0) {
        bail_out("no thread");
    }
    return server;
}

void server_stop(struct server *server) {
    close(server->stop[1]);
    pthread_join(server->acceptor, NULL);
    for (size_t i = 0; i < server->connections; i++) {
        pthread_join(server->threads[i], NULL);
    }
    close(server->stop[0]);
    close(server->listener);
    for (size_t i = 0; i < server->requests; i++) {
        free(server->received[i].head);
        free(server->received[i].body.bytes);
    }
    free(server->received);
    free(server->answer.bytes);
    pthread_cond_destroy(&server->came);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

const char *server_url(const struct server *server) {
    return server->url;
}

static void behave(struct server *server, enum manner manner, const char *bytes, size_t len) {
    pthread_mutex_lock(&server->lock);
    free(server->answer.bytes);
    server->answer = copy_of(bytes, len);
    server->manner = manner;
    pthread_mutex_unlock(&server->lock);
}

void server_answer(struct server *server, const char *bytes, size_t len) {
    behave(server, ANSWER, bytes, len);
}

void server_stay_silent(struct server *server) {
    behave(server, SILENT, NULL, 0);
}

void server_close_connections(struct server *server) {
    behave(server, CLOSE, NULL, 0);
}

size_t server_requests(struct server *server) {
    pthread_mutex_lock(&server->lock);
    size_t requests = server->requests;
    pthread_mutex_unlock(&server->lock);
    return requests;
}

static struct request received(struct server *server, size_t index) {
    struct request request = {NULL, {NULL, 0}};
    pthread_mutex_lock(&server->lock);
    if (index < server->requests) {
        request = server->received[index];
    }
    pthread_mutex_unlock(&server->lock);
    return request;
}

const char *server_head(struct server *server, size_t index) {
    return received(server, index).head;
}

const char *server_body(struct server *server, size_t index, size_t *len) {
    struct body body = received(server, index).body;
    if (len) {
        *len = body.len;
    }
    return body.bytes;
}

bool server_wait(struct server *server, size_t requests) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_SECONDS;
    int waited = 0;
    pthread_mutex_lock(&server->lock);
    while (server->requests < requests && waited == 0) {
        waited = pthread_cond_timedwait(&server->came, &server->lock, &until);
    }
    bool came = server->requests >= requests;
    pthread_mutex_unlock(&server->lock);
    return came;
}
