/* Every kind of function that the library calls uses the library, and also closes or frees the running client. test_async.c has
 * the tests of on_done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

enum act { SEND, BEGIN_AND_WAIT, CLOSE, FREE, SET_LOG, ACTS };
static const char *const acts[] = {"sends", "begins a send and waits", "closes the client", "frees the client", "replaces the log"};

enum place { NEXT, MESSAGE_FOR, ON_CHUNK, LOG_OF_SEND, LOG_OF_WORKER, PLACES };
static const char *const places[] = {"a linkwa_next_destination function", "a linkwa_message_for function", "a linkwa_on_chunk function",
    "a linkwa_log function on the thread that sends", "a linkwa_log function on a worker"};

struct inside {
    enum act act;
    enum place place;
    linkwa_client *client;
    size_t given, calls;
    bool in_order;
    long long took;
    struct gate over;
};

static void quiet(void *user_data, linkwa_log_level level, const char *line) {
    (void)user_data;
    (void)level;
    (void)line;
}

static void act(struct inside *inside, enum place place) {
    linkwa_result *result = NULL;
    linkwa_pending *pending = NULL;
    if (place != inside->place || inside->calls++ > 0) {
        return;
    }
    long long began = now_ms();
    switch (inside->act) {
    case SEND:
        inside->in_order = linkwa_send_text(inside->client, TO, "inside", NULL, &result, NULL) == LINKWA_OK;
        break;
    case BEGIN_AND_WAIT:
        pending = begin(inside->client, TO, NULL, NULL);
        inside->in_order = linkwa_pending_wait(pending, &result, NULL) == LINKWA_OK;
        break;
    case CLOSE: inside->in_order = linkwa_client_close(inside->client, 50000) == LINKWA_OK; break;
    case FREE:
        linkwa_client_free(inside->client);
        inside->in_order = true;
        break;
    case SET_LOG: inside->in_order = linkwa_set_log(quiet, NULL, LINKWA_LOG_DEBUG) == LINKWA_OK; break;
    case ACTS: break;
    }
    inside->took = now_ms() - began;
    linkwa_result_free(result);
    linkwa_pending_free(pending);
    gate_add(&inside->over);
}

static const char *next(void *user_data) {
    struct inside *inside = user_data;
    inside->given++;
    if (inside->given == 2) {
        act(inside, NEXT);
    }
    return inside->given <= 5 ? TO : NULL;
}

static linkwa_message *message_for(void *user_data, const char *destination) {
    act(user_data, MESSAGE_FOR);
    return linkwa_message_text(destination);
}

static void on_chunk(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk) {
    (void)many;
    (void)chunk;
    act(user_data, ON_CHUNK);
}

static void on_line(void *user_data, linkwa_log_level level, const char *line) {
    struct inside *inside = user_data;
    (void)level;
    (void)line;
    act(inside, inside->place);
}

static void one(struct server *server, unsigned timeout, enum place place, enum act what) {
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_max_connections(config, 2);
    linkwa_config_set_timeout_ms(config, timeout);
    struct inside inside = {what, place, client_of(config), 0, 0, false, -1, GATE};
    linkwa_result *result = NULL;
    linkwa_pending *pending = NULL;
    linkwa_status status = LINKWA_OK;
    bool of_log = place == LOG_OF_SEND || place == LOG_OF_WORKER;
    if (of_log) {
        linkwa_set_log(on_line, &inside, LINKWA_LOG_DEBUG);
    }
    if (place == LOG_OF_SEND) {
        whatever_status(linkwa_send_text(inside.client, TO, "Hello", NULL, &result, NULL));
    } else if (place == LOG_OF_WORKER) {
        pending = begin(inside.client, TO, NULL, NULL);
    } else {
        status = linkwa_send_many_each(inside.client, next, &inside, message_for, &inside, NULL, on_chunk, &inside, NULL, NULL);
    }
    ok(gate_wait(&inside.over, 1) && inside.in_order, "%s %s", places[place], acts[what]);
    ok(inside.took < 20000, "... which does not take long: %lld ms", inside.took);
    is_status(status, LINKWA_OK, "... and the run goes on to its end");
    if (pending) {
        linkwa_error *err = NULL;
        linkwa_status ended = linkwa_pending_wait(pending, &result, &err);
        ok(ended == LINKWA_OK || ended == LINKWA_OUTCOME_UNKNOWN, "... and so does the send: %s", linkwa_status_name(ended));
        linkwa_error_free(err);
        linkwa_pending_free(pending);
    }
    linkwa_result_free(result);
    if (of_log || what == SET_LOG) {
        linkwa_set_log(NULL, NULL, LINKWA_LOG_OFF);
    }
    if (what != FREE) {
        linkwa_client_free(inside.client);
    }
}

int main(void) {
    struct server *server = server_start();
    answer_ok(server);
    /* Waiting for the very send that the function was called for lasts until its timeout. */
    enum { MOST_MS = 5000 };
    unsigned brief = brief_ms(), timeout = brief < MOST_MS / 5 ? 5 * brief : MOST_MS;
    for (int place = 0; place < PLACES; place++) {
        for (int what = 0; what < ACTS; what++) {
            one(server, timeout, (enum place)place, (enum act)what);
        }
    }
    server_stop(server);
    return done();
}
