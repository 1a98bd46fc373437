/* linkwa_queue: sends that have ended, in a loop that waits with poll(). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "help.h"

enum { PATIENCE_MS = 60000 };

static struct server *server;
static linkwa_client *client;

/* Whether the queue's descriptor is readable within this time. */
static bool readable(const linkwa_queue *queue, int ms) {
    struct pollfd events = {linkwa_queue_fd(queue), POLLIN, 0};
    int ready = 0;
    do {
        ready = poll(&events, 1, ms);
    } while (ready < 0 && errno == EINTR);
    return ready == 1 && events.revents == POLLIN;
}

/* The next entry, for which it waits; NULL if there is none within a minute. */
static void *wait_next(linkwa_queue *queue) {
    void *user_data = NULL;
    if (!readable(queue, PATIENCE_MS) || !linkwa_queue_next(queue, &user_data)) {
        return NULL;
    }
    return user_data;
}

static linkwa_queue *new_queue(void) {
    linkwa_queue *queue = linkwa_queue_new();
    if (!queue) {
        bail_out("no queue");
    }
    return queue;
}

/* Every kind of asynchronous send comes, with its own pointer. */
static void every_send(void) {
    static const char json[] = WHOLE(TO);
    linkwa_queue *queue = new_queue();
    linkwa_pending *pending[4] = {NULL, NULL, NULL, NULL};
    size_t come[4] = {0, 0, 0, 0};
    answer_ok(server);
    ok(!readable(queue, 0), "the descriptor of an empty queue is not readable");
    ok(!linkwa_queue_next(queue, NULL), "linkwa_queue_next of an empty queue");
    pending[0] = begin(client, TO, NULL, NULL);
    is_status(linkwa_send_request_async(client, json, sizeof json - 1, NULL, NULL, &pending[1], NULL), LINKWA_OK, "a request begins");
    is_status(linkwa_send_raw_async(client, "{}", 2, NULL, NULL, &pending[2], NULL), LINKWA_OK, "a raw request begins");
    is_status(linkwa_client_request_async(client, "GET", "status", NULL, NULL, 0, NULL, NULL, &pending[3], NULL), LINKWA_OK, "an HTTP request begins");
    for (size_t i = 0; i < 4; i++) {
        is_status(linkwa_queue_add(queue, pending[i], &pending[i], NULL), LINKWA_OK, "linkwa_queue_add");
    }
    for (size_t i = 0; i < 4; i++) {
        linkwa_pending **ended = wait_next(queue);
        ok(ended && linkwa_pending_is_done(*ended), "one has ended");
        come[ended ? ended - pending : 0]++;
    }
    for (size_t i = 0; i < 3; i++) {
        linkwa_result *result = NULL;
        is_int(come[i], 1, "each comes once");
        is_status(linkwa_pending_wait(pending[i], &result, NULL), LINKWA_OK, "and is accepted");
        linkwa_result_free(result);
    }
    linkwa_response *response = NULL;
    is_int(come[3], 1, "the HTTP request comes once");
    is_status(linkwa_pending_wait_response(pending[3], &response, NULL), LINKWA_OK, "and is answered");
    linkwa_response_free(response);
    ok(!readable(queue, 0), "the queue is empty again");

    /* What has ended comes at once, as often as it is added. */
    is_status(linkwa_queue_add(queue, pending[0], &come[0], NULL), LINKWA_OK, "add what has ended");
    is_status(linkwa_queue_add(queue, pending[0], NULL, NULL), LINKWA_OK, "add it again, with NULL");
    void *user_data = NULL;
    ok(readable(queue, 0), "the descriptor is readable at once");
    ok(linkwa_queue_next(queue, &user_data) && user_data == &come[0], "it comes");
    ok(readable(queue, 0), "it stays readable while there is one");
    ok(linkwa_queue_next(queue, &user_data) && user_data == NULL, "and comes with NULL");
    ok(!linkwa_queue_next(queue, &user_data) && !readable(queue, 0), "and not once more");
    for (size_t i = 0; i < 4; i++) {
        linkwa_pending_free(pending[i]);
    }
    linkwa_queue_free(queue);
}

static void null(void) {
    linkwa_queue *queue = new_queue();
    linkwa_error *err = NULL;
    is_status(linkwa_queue_add(queue, NULL, NULL, &err), LINKWA_INVALID_ARGUMENT, "linkwa_queue_add without a send");
    is_error(err, LINKWA_INVALID_ARGUMENT, LINKWA_MESSAGE_UNKNOWN, LINKWA_REASON_NONE, "a send would go on");
    err = NULL;
    is_status(linkwa_queue_add_many(queue, NULL, NULL, &err), LINKWA_INVALID_ARGUMENT, "linkwa_queue_add_many without a run");
    ok(err != NULL, "which is an error too");
    linkwa_error_free(err);
    is_int(linkwa_queue_fd(NULL), -1, "linkwa_queue_fd of NULL");
    ok(!linkwa_queue_next(NULL, NULL), "linkwa_queue_next of NULL");
    linkwa_queue_free(NULL);
    linkwa_queue_free(queue);
}

static size_t calls;

static void count_call(void *user_data, linkwa_result *result, linkwa_error *error) {
    (void)user_data;
    calls++;
    linkwa_result_free(result);
    linkwa_error_free(error);
}

/* What linkwa_pending_cancel() ends comes too, also if its function is called; and what is freed. */
static void cancelled_and_freed(void) {
    linkwa_queue *queue = new_queue();
    size_t before = server_requests(server);
    int first = 0, second = 0;
    server_stay_silent(server);
    linkwa_pending *pending = begin(client, TO, count_call, NULL), *freed = begin(client, TO, NULL, NULL);
    is_status(linkwa_queue_add(queue, pending, &first, NULL), LINKWA_OK, "add a send that has a function");
    ok(server_wait(server, before + 2), "it is under way");
    ok(!readable(queue, 0), "it does not come yet");
    linkwa_pending_cancel(pending);
    ok(readable(queue, 0) && wait_next(queue) == &first, "it comes when it is cancelled");
    is_int(calls, 1, "its function was called as well");
    linkwa_pending_free(pending);

    is_status(linkwa_queue_add(queue, freed, &second, NULL), LINKWA_OK, "add another");
    linkwa_pending_free(freed);
    ok(!linkwa_queue_next(queue, NULL), "it does not come when its object is freed");
    linkwa_client *closed = client;
    linkwa_client_close(closed, 0);
    ok(wait_next(queue) == &second, "but when it ends");
    linkwa_client_free(closed);
    client = client_for(server_url(server));
    linkwa_queue_free(queue);
}

/* A queue that is freed while sends are under way: they go on. */
static void freed_queue(void) {
    enum { SENDS = 5 };
    linkwa_queue *queue = new_queue();
    linkwa_pending *pending[SENDS];
    size_t before = server_requests(server);
    server_stay_silent(server);
    for (size_t i = 0; i < SENDS; i++) {
        pending[i] = begin(client, TO, NULL, NULL);
        is_status(linkwa_queue_add(queue, pending[i], pending[i], NULL), LINKWA_OK, "add send %d", (int)i);
    }
    ok(server_wait(server, before + SENDS), "%d sends are under way", SENDS);
    int descriptor = linkwa_queue_fd(queue);
    linkwa_queue_free(queue);
    ok(fcntl(descriptor, F_GETFD) == -1 && errno == EBADF, "linkwa_queue_free closes the descriptor");
    size_t unknown = 0;
    for (size_t i = 0; i < SENDS; i++) {
        linkwa_result *result = NULL;
        unknown += !linkwa_pending_is_done(pending[i]);
        linkwa_pending_cancel(pending[i]);
        unknown += linkwa_pending_wait(pending[i], &result, NULL) == LINKWA_OUTCOME_UNKNOWN;
        linkwa_pending_free(pending[i]);
    }
    is_int(unknown, 2 * SENDS, "they go on until they are cancelled");
}

/* Threads that add, take and free while workers put in. */
enum { THREADS = 4, EACH = 50 };

static linkwa_queue *shared;
static struct gate problems = GATE, taken = GATE;

static void add_and_take(void *data, size_t number) {
    linkwa_pending *pending[EACH];
    (void)data;
    for (size_t i = 0; i < EACH; i++) {
        pending[i] = begin(client, TO, NULL, NULL);
        if (linkwa_queue_add(shared, pending[i], &taken, NULL) != LINKWA_OK) {
            gate_add(&problems);
        }
        void *user_data = NULL;
        if (number % 2 == 0 && linkwa_queue_next(shared, &user_data)) {
            gate_add(user_data == &taken ? &taken : &problems);
        }
    }
    for (size_t i = 0; i < EACH; i++) {
        linkwa_pending_wait_timeout(pending[i], PATIENCE_MS);
        linkwa_pending_free(pending[i]);
    }
}

static void free_at_once(void *data, size_t number) {
    (void)data;
    for (size_t i = 0; i < EACH; i++) {
        linkwa_queue *queue = new_queue();
        linkwa_pending *pending = begin(client, TO, NULL, NULL);
        if (linkwa_queue_add(queue, pending, queue, NULL) != LINKWA_OK) {
            gate_add(&problems);
        }
        if ((i + number) % 3 == 0) {
            linkwa_pending_wait_timeout(pending, PATIENCE_MS);
        }
        void *user_data = queue;
        linkwa_queue_next(queue, &user_data);
        if (user_data != queue) {
            gate_add(&problems);
        }
        linkwa_queue_free(queue);
        linkwa_pending_free(pending);
    }
}

static void threads(void) {
    answer_ok(server);
    shared = new_queue();
    on_threads(THREADS, add_and_take, NULL);
    while (gate_count(&taken) < THREADS * EACH && wait_next(shared) == &taken) {
        gate_add(&taken);
    }
    is_int(gate_count(&taken), THREADS * EACH, "%d threads: each send comes once", THREADS);
    ok(!readable(shared, 0), "and then the queue is empty");
    linkwa_queue_free(shared);
    on_threads(THREADS, free_at_once, NULL);
    is_int(gate_count(&problems), 0, "no thread finds a problem");
    linkwa_client_close(client, PATIENCE_MS);
    linkwa_client_free(client);
    client = client_for(server_url(server));
}

/* A program that reads from the descriptor, although it should not, still gets everything, and nothing waits. */
static void read_by_the_program(void) {
    linkwa_queue *queue = new_queue();
    char byte = 0;
    answer_ok(server);
    linkwa_pending *pending = begin(client, TO, NULL, NULL);
    is_status(linkwa_queue_add(queue, pending, pending, NULL), LINKWA_OK, "linkwa_queue_add");
    ok(readable(queue, PATIENCE_MS) && read(linkwa_queue_fd(queue), &byte, 1) == 1, "the program reads the byte");
    void *user_data = NULL;
    ok(linkwa_queue_next(queue, &user_data) && user_data == pending, "the send still comes");
    is_status(linkwa_queue_add(queue, pending, pending, NULL), LINKWA_OK, "linkwa_queue_add");
    ok(wait_next(queue) == pending, "and the next one too");
    linkwa_pending_free(pending);
    linkwa_queue_free(queue);
}

static void in_a_child(void) {
    linkwa_queue *queue = new_queue();
    answer_ok(server);
    linkwa_pending *pending = begin(client, TO, NULL, NULL);
    linkwa_pending_wait_timeout(pending, PATIENCE_MS);
    is_status(linkwa_queue_add(queue, pending, pending, NULL), LINKWA_OK, "linkwa_queue_add");
    pid_t child = fork_now();
    if (child == 0) {
        int found = problem_if(linkwa_queue_next(queue, NULL), 0);
        found |= problem_if(linkwa_queue_fd(queue) != -1, 1);
        found |= problem_if(linkwa_queue_add(queue, pending, NULL, NULL) != LINKWA_INVALID_ARGUMENT, 2);
        linkwa_queue_free(queue);
        /* A queue of its own, with the parent's send, which has ended for the child. */
        for (int descriptor = 0; descriptor <= 2; descriptor++) {
            close(descriptor);
        }
        queue = linkwa_queue_new();
        found |= problem_if(linkwa_queue_fd(queue) <= 2, 3);
        found |= problem_if(!(fcntl(linkwa_queue_fd(queue), F_GETFD) & FD_CLOEXEC), 4);
        found |= problem_if(fcntl(0, F_GETFD) != -1 || fcntl(1, F_GETFD) != -1 || fcntl(2, F_GETFD) != -1, 5);
        found |= problem_if(linkwa_queue_add(queue, pending, &found, NULL) != LINKWA_OK || !readable(queue, 0), 6);
        found |= problem_if(!linkwa_queue_next(queue, NULL) || readable(queue, 0), 7);
        linkwa_queue_free(queue);
        end_child(found);
    }
    is_int(wait_for(child), 0, "a forked child leaves the parent's queue alone, and makes one above descriptor 2");
    ok(wait_next(queue) == pending, "the parent's queue has what it had");
    linkwa_pending_free(pending);
    linkwa_queue_free(queue);
}

int main(void) {
    server = server_start();
    client = client_for(server_url(server));
    every_send();
    null();
    cancelled_and_freed();
    freed_queue();
    read_by_the_program();
    in_a_child();
    threads();
    linkwa_client_free(client);
    server_stop(server);
    return done();
}
