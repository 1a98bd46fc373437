/* Calls of the program's functions: asynchronous sends and bulk runs. Also one client on many threads. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linkwa.h>

#include "server.h"
#include "tap.h"

static const char *const to = "+46000000001";

/* Everything is accepted from now on. */
static void answer_queued(struct server *server) {
    const char *body = "{\"resultCode\":112001,\"description\":\"queued\",\"messageIds\":[\"id-17\"]}";
    char answer[256];
    int len = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                       strlen(body), body);
    server_answer(server, answer, (size_t)len);
}

static linkwa_client *client_of(const struct server *server) {
    linkwa_client *client = NULL;
    linkwa_config *config = linkwa_config_new();
    linkwa_config_set_base_url(config, server_url(server));
    linkwa_config_set_credentials(config, "user", "secret");
    linkwa_config_set_platform(config, "p", "pp");
    linkwa_config_set_source(config, "+46000000000");
    if (linkwa_client_new(config, &client, NULL) != LINKWA_OK) {
        bail_out("no client");
    }
    linkwa_config_free(config);
    return client;
}

/* ---- Asynchronous sends ---- */

/* What on_done received, all calls together. */
struct received {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int calls;
    int results;
    int errors;
    linkwa_status code; /* of the last error */
    linkwa_reason reason;
    char message_id[64]; /* the first one of the last result */
};

static struct received *received_new(void) {
    struct received *received = calloc(1, sizeof *received);
    if (!received) {
        bail_out("no memory");
    }
    pthread_mutex_init(&received->lock, NULL);
    pthread_cond_init(&received->changed, NULL);
    return received;
}

static void received_free(struct received *received) {
    pthread_cond_destroy(&received->changed);
    pthread_mutex_destroy(&received->lock);
    free(received);
}

static void on_done(void *user_data, linkwa_result *result, linkwa_error *error) {
    struct received *received = user_data;
    pthread_mutex_lock(&received->lock);
    received->calls++;
    if (result) {
        received->results++;
        snprintf(received->message_id, sizeof received->message_id, "%s", linkwa_result_message_id(result, 0));
    }
    if (error) {
        received->errors++;
        received->code = linkwa_error_code(error);
        received->reason = linkwa_error_reason(error);
    }
    linkwa_result_free(result);
    linkwa_error_free(error);
    pthread_cond_broadcast(&received->changed);
    pthread_mutex_unlock(&received->lock);
}

static void wait_for_calls(struct received *received, int calls) {
    pthread_mutex_lock(&received->lock);
    while (received->calls < calls) {
        pthread_cond_wait(&received->changed, &received->lock);
    }
    pthread_mutex_unlock(&received->lock);
}

/* Begins a send of "x" with on_done. */
static linkwa_pending *begin(const linkwa_client *client, struct received *received) {
    linkwa_pending *pending = NULL;
    linkwa_message *message = linkwa_message_text("x");
    is_int(linkwa_send_async(client, &to, 1, message, NULL, received ? on_done : NULL, received, &pending, NULL), LINKWA_OK, "a send begins");
    linkwa_message_free(message);
    return pending;
}

static void accepted(struct server *server) {
    answer_queued(server);
    linkwa_client *client = client_of(server);
    struct received *received = received_new();
    linkwa_pending *pending = begin(client, received);
    ok(linkwa_pending_ref_id(pending) && strlen(linkwa_pending_ref_id(pending)) > 0, "it has a refId");
    wait_for_calls(received, 1);
    is_int(received->results, 1, "on_done was given a result");
    is_int(received->errors, 0, "and no error");
    is_str(received->message_id, "id-17", "the result of this send");
    for (int i = 0; i < 2; i++) {
        linkwa_result *result = NULL;
        is_int(linkwa_pending_wait(pending, &result, NULL), LINKWA_OK, "waiting gives a result of one's own");
        is_str(linkwa_result_message_id(result, 0), "id-17", "the same one");
        is_str(linkwa_result_ref_id(result), linkwa_pending_ref_id(pending), "with the same refId");
        linkwa_result_free(result);
    }
    ok(linkwa_pending_is_done(pending), "it is done");
    linkwa_client_free(client);
    is_int(received->calls, 1, "on_done was called once");
    linkwa_pending_free(pending);
    received_free(received);
}

/* The result of a send that has left and ended without an answer. */
static void check_unknown(const struct received *received, const linkwa_pending *pending, linkwa_reason reason, const char *name) {
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    is_int(received->errors, 1, "%s: on_done was given an error", name);
    is_int(received->code, LINKWA_OUTCOME_UNKNOWN, "%s: its outcome is unknown", name);
    is_str(linkwa_reason_name(received->reason), linkwa_reason_name(reason), "%s: the reason", name);
    is_int(linkwa_pending_wait(pending, &result, &err), LINKWA_OUTCOME_UNKNOWN, "%s: waiting says the same", name);
    is_str(linkwa_error_ref_id(err), linkwa_pending_ref_id(pending), "%s: the refId", name);
    ok(result == NULL, "%s: no result", name);
    linkwa_error_free(err);
}

static void cancelled(struct server *server) {
    server_stay_silent(server);
    linkwa_client *client = client_of(server);
    struct received *received = received_new();
    size_t before = server_requests(server);
    linkwa_pending *pending = begin(client, received);
    ok(server_wait(server, before + 1), "the request has come");
    ok(!linkwa_pending_wait_timeout(pending, 1), "it is not over");
    is_int(linkwa_pending_cancel(pending), LINKWA_OK, "cancelling");
    ok(linkwa_pending_is_done(pending), "it is over");
    linkwa_client_free(client); /* waits for on_done */
    check_unknown(received, pending, LINKWA_REASON_CANCELLED, "cancelled");
    linkwa_pending_free(pending);
    received_free(received);
}

static void cut(struct server *server) {
    server_close_connections(server);
    linkwa_client *client = client_of(server);
    struct received *received = received_new();
    linkwa_pending *pending = begin(client, received);
    wait_for_calls(received, 1);
    check_unknown(received, pending, LINKWA_REASON_CONNECTION_LOST, "the connection closes");
    linkwa_pending_free(pending);
    linkwa_client_free(client);
    received_free(received);
}

/* Freeing the client ends sends under way. Afterwards on_done is not called any more, and objects that it received stay usable. */
static void freed(struct server *server) {
    enum { SENDS = 3 };
    linkwa_pending *pending[SENDS];
    server_stay_silent(server);
    linkwa_client *client = client_of(server);
    struct received *received = received_new();
    size_t before = server_requests(server);
    for (int i = 0; i < SENDS; i++) {
        pending[i] = begin(client, received);
    }
    ok(server_wait(server, before + SENDS), "all requests have come");
    linkwa_client_free(client);
    is_int(received->calls, SENDS, "freeing the client: each send ran on_done");
    is_int(received->errors, SENDS, "as an error");
    received_free(received);
    for (int i = 0; i < SENDS; i++) {
        linkwa_error *err = NULL;
        linkwa_result *result = NULL;
        is_int(linkwa_pending_wait(pending[i], &result, &err), LINKWA_OUTCOME_UNKNOWN, "its outcome is unknown");
        linkwa_error_free(err);
        linkwa_pending_free(pending[i]);
    }
}

/* No on_done, and no thread that waits. */
static void forgotten(struct server *server) {
    answer_queued(server);
    linkwa_client *client = client_of(server);
    size_t before = server_requests(server);
    linkwa_pending_free(begin(client, NULL));
    ok(server_wait(server, before + 1), "a send goes on when its pending object is freed");
    is_int(linkwa_client_close(client, 60000), LINKWA_OK, "closing");
    linkwa_error *err = NULL;
    linkwa_result *result = NULL;
    is_int(linkwa_send_text(client, to, "x", NULL, &result, &err), LINKWA_NOT_SENT, "a closed client sends nothing");
    is_int(linkwa_error_reason(err), LINKWA_REASON_CLOSED, "and says why");
    linkwa_error_free(err);
    linkwa_client_free(client);
}

/* ---- One client in many threads ---- */

enum { THREADS = 8, EACH = 10 };

struct shared {
    const linkwa_client *client;
    const linkwa_message *message;
};

static void *send_some(void *data) {
    const struct shared *shared = data;
    linkwa_options *options = linkwa_options_new();
    size_t accepted = 0;
    for (int i = 0; i < EACH; i++) {
        linkwa_result *result = NULL;
        linkwa_options_set_platform_transaction_id(options, "t");
        accepted += linkwa_send(shared->client, &to, 1, shared->message, options, &result, NULL) == LINKWA_OK;
        linkwa_result_free(result);
    }
    linkwa_options_free(options);
    return (void *)accepted;
}

static void many_threads(struct server *server) {
    answer_queued(server);
    linkwa_client *client = client_of(server);
    linkwa_message *message = linkwa_message_text("x");
    struct shared shared = {client, message};
    pthread_t threads[THREADS];
    size_t accepted = 0, before = server_requests(server);
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, send_some, &shared) != 0) {
            bail_out("no thread");
        }
    }
    for (int i = 0; i < THREADS; i++) {
        void *of_thread = NULL;
        pthread_join(threads[i], &of_thread);
        accepted += (size_t)of_thread;
    }
    is_int(accepted, THREADS * EACH, "all sends of all threads are accepted");
    is_int(server_requests(server) - before, THREADS * EACH, "each is one request");
    linkwa_message_free(message);
    linkwa_client_free(client);
}

/* ---- Bulk runs ---- */

enum { DESTINATIONS = 25 };

/* A run: its destinations, whose texts are valid until the next call, and what on_chunk received. */
struct many {
    int given;
    char *destination;
    int messages;
    int chunks;
    size_t destinations;
    bool stop;
    linkwa_buffer *checkpoint;
    linkwa_progress progress;
};

static const char *next_destination(void *user_data) {
    struct many *many = user_data;
    free(many->destination);
    many->destination = many->given < DESTINATIONS ? malloc(32) : NULL;
    if (many->destination) {
        snprintf(many->destination, 32, "+460000000%02d", many->given++);
    }
    return many->destination;
}

static linkwa_message *message_for(void *user_data, const char *destination) {
    struct many *many = user_data;
    many->messages++;
    return linkwa_message_text(destination);
}

static void on_chunk(void *user_data, const linkwa_many *run, const linkwa_chunk *chunk) {
    struct many *many = user_data;
    char ref_id[64];
    many->chunks++;
    many->destinations += linkwa_chunk_destinations_len(chunk);
    snprintf(ref_id, sizeof ref_id, "%s-%llu", linkwa_many_ref_id(run), (unsigned long long)linkwa_chunk_index(chunk));
    is_str(linkwa_chunk_ref_id(chunk), ref_id, "a chunk has its refId");
    ok((linkwa_chunk_result(chunk) != NULL) != (linkwa_chunk_error(chunk) != NULL), "it has a result or an error");
    ok(linkwa_chunk_destination(chunk, linkwa_chunk_destinations_len(chunk)) == NULL, "nothing stands behind its last destination");
    is_int(linkwa_many_progress(run, &many->progress, NULL), LINKWA_OK, "progress");
    if (many->stop) {
        linkwa_buffer_free(many->checkpoint);
        many->checkpoint = NULL;
        is_int(linkwa_many_stop(run), LINKWA_OK, "stopping");
        is_int(linkwa_many_checkpoint(run, &many->checkpoint, NULL), LINKWA_OK, "a checkpoint");
    }
}

static void runs_of_many(struct server *server) {
    answer_queued(server);
    linkwa_client *client = client_of(server);
    linkwa_message *message = linkwa_message_text("x");
    linkwa_many_options *options = linkwa_many_options_new();
    linkwa_progress progress;
    linkwa_many_options_set_destinations_per_request(options, 10);

    struct many all = {0};
    is_int(linkwa_send_many(client, next_destination, &all, message, options, on_chunk, &all, &progress, NULL), LINKWA_OK, "a run");
    is_int(all.chunks, 3, "it has three chunks");
    is_int(all.destinations, DESTINATIONS, "of all destinations");
    is_int(progress.sent, DESTINATIONS, "all were sent");
    is_int(progress.under_way + progress.failed + progress.unknown, 0, "and nothing else");

    /* Stopped at the first chunk, and resumed: each destination gets one message. */
    struct many first = {.stop = true};
    size_t before = server_requests(server);
    is_int(linkwa_send_many(client, next_destination, &first, message, options, on_chunk, &first, &progress, NULL), LINKWA_OK,
           "a stopped run");
    uint64_t sent = progress.sent;
    ok(first.checkpoint != NULL, "there is a checkpoint");
    is_int(linkwa_many_options_set_resume(options, linkwa_buffer_data(first.checkpoint), linkwa_buffer_len(first.checkpoint)), LINKWA_OK,
           "it can be resumed");
    struct many rest = {0};
    is_int(linkwa_send_many(client, next_destination, &rest, message, options, on_chunk, &rest, &progress, NULL), LINKWA_OK, "the rest");
    is_int(progress.sent + progress.skipped, DESTINATIONS, "every destination was dealt with");
    is_int(progress.skipped, sent, "those that had been sent to were skipped");
    is_int(server_requests(server) - before, 3, "three requests in all");
    linkwa_buffer_free(first.checkpoint);
    linkwa_many_options_free(options);

    struct many each = {0};
    is_int(linkwa_send_many_each(client, next_destination, &each, message_for, &each, NULL, on_chunk, &each, &progress, NULL), LINKWA_OK,
           "a message of its own for each");
    is_int(each.messages, DESTINATIONS, "each was asked for once");
    is_int(each.chunks, DESTINATIONS, "each has its chunk");
    is_int(progress.sent, DESTINATIONS, "all were sent");
    linkwa_message_free(message);
    linkwa_client_free(client);
}

int main(void) {
    struct server *server = server_start();
    accepted(server);
    cancelled(server);
    cut(server);
    freed(server);
    forgotten(server);
    many_threads(server);
    runs_of_many(server);
    server_stop(server);
    return done();
}
