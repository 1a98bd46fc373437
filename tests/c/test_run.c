/* Runs of many that the program advances: linkwa_many_new(). */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

enum { PATIENCE_MS = 60000 };

static struct server *server;
static linkwa_client *client;

struct source {
    size_t total, given;
    char last[32];
    linkwa_many *inside; /* a run that the function uses */
    linkwa_status status;
};

static const char *next(void *user_data) {
    struct source *source = user_data;
    if (source->inside) {
        linkwa_chunk *chunk = NULL;
        source->status = linkwa_many_next(source->inside, 0, &chunk, NULL);
        linkwa_many_stop(source->inside);
    }
    if (source->given == source->total) {
        return NULL;
    }
    snprintf(source->last, sizeof source->last, "+4617%05d", (int)source->given++);
    return source->last;
}

static linkwa_message *message_for(void *user_data, const char *destination) {
    ++*(size_t *)user_data;
    return linkwa_message_text(destination);
}

static linkwa_many_options *options_for(size_t per_request) {
    linkwa_many_options *options = linkwa_many_options_new();
    if (linkwa_many_options_set_destinations_per_request(options, per_request) != LINKWA_OK) {
        bail_out("no options");
    }
    return options;
}

static linkwa_many *run_of(struct source *source, const linkwa_many_options *options) {
    linkwa_many *many = NULL;
    linkwa_error *err = NULL;
    linkwa_message *message = linkwa_message_text("Hello");
    if (linkwa_many_new(client, next, source, message, options, &many, &err) != LINKWA_OK) {
        bail_out("no run: %s", linkwa_error_message(err));
    }
    linkwa_message_free(message);
    return many;
}

static void to_the_end(void) {
    struct source source = {5, 0, "", NULL, LINKWA_OK};
    linkwa_many_options *options = options_for(2);
    linkwa_progress progress;
    size_t before = server_requests(server), chunks = 0, destinations = 0;
    answer_with(server, "200 OK", "", "{\"resultCode\":112001}");
    linkwa_many *many = run_of(&source, options);
    linkwa_many_options_free(options);
    is_int(source.given + server_requests(server) - before, 0, "nothing begins before linkwa_many_next");
    is_int(linkwa_many_poll_ms(many), 0, "linkwa_many_poll_ms: call it now");
    linkwa_chunk *chunk = NULL, *kept = NULL;
    while (linkwa_many_next(many, UINT64_MAX, &chunk, NULL) == LINKWA_OK && chunk) {
        chunks++;
        destinations += linkwa_chunk_destinations_len(chunk);
        linkwa_chunk_free(kept);
        kept = chunk;
    }
    is_int(chunks, 3, "three chunks");
    is_int(destinations, 5, "with all destinations");
    ok(linkwa_many_is_done(many), "linkwa_many_is_done");
    is_int(linkwa_many_poll_ms(many), -1, "linkwa_many_poll_ms: nothing to wait for");
    is_status(linkwa_many_progress(many, &progress, NULL), LINKWA_OK, "linkwa_many_progress");
    is_int(progress.sent, 5, "progress: sent");
    linkwa_many_free(many);
    ok(linkwa_result_ref_id(linkwa_chunk_result(kept)) != NULL, "a chunk outlives its run");
    linkwa_chunk_free(kept);
    linkwa_chunk_free(NULL);
    linkwa_many_free(NULL);
    ok(!linkwa_many_is_done(NULL), "linkwa_many_is_done of NULL");
    is_int(linkwa_many_poll_ms(NULL), -1, "linkwa_many_poll_ms of NULL");
}

static void a_message_for_each(void) {
    struct source source = {3, 0, "", NULL, LINKWA_OK};
    size_t made = 0, chunks = 0;
    linkwa_many *many = NULL;
    answer_ok(server);
    is_status(linkwa_many_new_each(client, next, &source, message_for, &made, NULL, &many, NULL), LINKWA_OK, "linkwa_many_new_each");
    linkwa_chunk *chunk = NULL;
    while (linkwa_many_next(many, UINT64_MAX, &chunk, NULL) == LINKWA_OK && chunk) {
        chunks += linkwa_chunk_result(chunk) != NULL;
        linkwa_chunk_free(chunk);
    }
    is_int(chunks, 3, "three are accepted");
    is_int(made, 3, "each with its message");
    ok(contains(server_body(server, server_requests(server) - 1, NULL), "{\"body\":\"+4617"), "which is in the request");
    linkwa_many_free(many);
}

/* A loop with poll(): a run with a rate, and another send beside it in the same queue. */
static void with_a_queue(void) {
    struct source source = {3, 0, "", NULL, LINKWA_OK};
    linkwa_many_options *options = options_for(1);
    linkwa_queue *queue = linkwa_queue_new();
    size_t chunks = 0, others = 0, paused = 0;
    answer_ok(server);
    linkwa_many_options_set_rate(options, 2);
    linkwa_many *many = run_of(&source, options);
    linkwa_many_options_free(options);
    linkwa_pending *pending = begin(client, TO, NULL, NULL);
    is_status(linkwa_queue_add_many(queue, many, many, NULL), LINKWA_OK, "linkwa_queue_add_many");
    struct pollfd events = {linkwa_queue_fd(queue), POLLIN, 0};
    is_int(poll(&events, 1, 0), 1, "the queue is readable at once, so that the run begins");
    is_status(linkwa_queue_add(queue, pending, pending, NULL), LINKWA_OK, "linkwa_queue_add");
    long long until = now_ms() + PATIENCE_MS;
    while ((!linkwa_many_is_done(many) || others == 0) && now_ms() < until) {
        int timeout = linkwa_many_poll_ms(many);
        paused += timeout > 0;
        poll(&events, 1, timeout < 0 ? PATIENCE_MS : timeout);
        for (void *user_data = NULL; linkwa_queue_next(queue, &user_data);) {
            others += user_data == pending;
        }
        linkwa_chunk *chunk = NULL;
        while (linkwa_many_next(many, 0, &chunk, NULL) == LINKWA_OK && chunk) {
            chunks += linkwa_chunk_result(chunk) != NULL;
            linkwa_chunk_free(chunk);
        }
    }
    is_int(chunks, 3, "all are accepted");
    is_int(others, 1, "and the send beside them comes");
    ok(paused > 0, "linkwa_many_poll_ms says when the rate allows the next: %zu times", paused);
    linkwa_pending_free(pending);
    linkwa_many_free(many);
    linkwa_queue_free(queue);
}

struct waiting {
    linkwa_many *many;
    size_t cancelled, accepted;
    struct gate over;
};

/* Waits for the chunks of a run until its end. */
static void *wait_for_chunks(void *data) {
    struct waiting *waiting = data;
    linkwa_chunk *chunk = NULL;
    while (linkwa_many_next(waiting->many, UINT64_MAX, &chunk, NULL) == LINKWA_OK && chunk) {
        const linkwa_error *error = linkwa_chunk_error(chunk);
        waiting->accepted += error == NULL;
        waiting->cancelled += linkwa_error_code(error) == LINKWA_OUTCOME_UNKNOWN && linkwa_error_reason(error) == LINKWA_REASON_CANCELLED;
        linkwa_chunk_free(chunk);
    }
    gate_add(&waiting->over);
    return NULL;
}

/* linkwa_many_cancel() ends a run in which another thread waits. */
static void cancelled_by_another_thread(void) {
    struct source source = {100, 0, "", NULL, LINKWA_OK};
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_max_connections(config, 2);
    linkwa_client *usual = client;
    client = client_of(config);
    linkwa_many_options *options = options_for(1);
    struct waiting waiting = {NULL, 0, 0, GATE};
    size_t before = server_requests(server);
    server_stay_silent(server);
    waiting.many = run_of(&source, options);
    linkwa_many_options_free(options);
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_chunks, &waiting) != 0) {
        bail_out("no thread");
    }
    ok(server_wait(server, before + 2), "two requests are under way");
    linkwa_chunk *chunk = NULL;
    linkwa_error *err = NULL;
    linkwa_progress progress;
    is_status(linkwa_many_next(waiting.many, 0, &chunk, &err), LINKWA_INVALID_ARGUMENT, "only one thread advances a run");
    linkwa_error_free(err);
    err = NULL;
    is_status(linkwa_many_progress(waiting.many, &progress, &err), LINKWA_INVALID_ARGUMENT, "nor asks for its progress meanwhile");
    ok(err != NULL, "which is an error too");
    linkwa_error_free(err);
    is_status(linkwa_many_cancel(waiting.many), LINKWA_OK, "linkwa_many_cancel");
    ok(gate_wait(&waiting.over, 1), "the run ends");
    pthread_join(thread, NULL);
    ok(linkwa_many_is_done(waiting.many), "linkwa_many_is_done");
    is_int(waiting.cancelled, 2, "what was under way is unknown, because it was cancelled");
    is_int(waiting.accepted, 0, "nothing was accepted");
    is_int(server_requests(server) - before, 2, "no other request came to the server");
    linkwa_many_free(waiting.many);
    linkwa_client_free(client);
    client = usual;
}

/* ... and from the thread that advances it, with a queue and a checkpoint. */
static void cancelled_here(void) {
    struct source source = {3, 0, "", NULL, LINKWA_OK};
    linkwa_many_options *options = options_for(1);
    linkwa_queue *queue = linkwa_queue_new();
    linkwa_chunk *chunk = NULL;
    size_t before = server_requests(server), unknown = 0;
    server_stay_silent(server);
    linkwa_many *many = run_of(&source, options);
    linkwa_many_options_free(options);
    is_status(linkwa_queue_add_many(queue, many, &unknown, NULL), LINKWA_OK, "linkwa_queue_add_many");
    ok(linkwa_queue_next(queue, NULL), "the run is in the queue");
    is_status(linkwa_many_next(many, 0, &chunk, NULL), LINKWA_OK, "it begins");
    ok(chunk == NULL && !linkwa_many_is_done(many), "without a result");
    ok(server_wait(server, before + 3), "its requests are under way");
    is_status(linkwa_many_next(many, 1, &chunk, NULL), LINKWA_OK, "linkwa_many_next with a timeout");
    ok(chunk == NULL && !linkwa_queue_next(queue, NULL), "nothing has ended");
    is_status(linkwa_many_cancel(many), LINKWA_OK, "linkwa_many_cancel");
    ok(linkwa_queue_next(queue, NULL) && !linkwa_queue_next(queue, NULL), "puts the run into the queue once");
    linkwa_progress progress;
    is_status(linkwa_many_progress(many, &progress, NULL), LINKWA_OK, "its progress");
    is_int(progress.unknown, 3, "progress: unknown");
    linkwa_buffer *checkpoint = NULL;
    is_status(linkwa_many_checkpoint(many, &checkpoint, NULL), LINKWA_OK, "a checkpoint");
    linkwa_buffer_free(checkpoint);
    while (linkwa_many_next(many, 0, &chunk, NULL) == LINKWA_OK && chunk) {
        unknown += linkwa_error_code(linkwa_chunk_error(chunk)) == LINKWA_OUTCOME_UNKNOWN;
        linkwa_chunk_free(chunk);
    }
    is_int(unknown, 3, "each comes with its error");
    ok(linkwa_many_is_done(many), "and then the run has ended");
    linkwa_queue_free(queue);
    is_status(linkwa_many_cancel(many), LINKWA_OK, "linkwa_many_cancel of a run that has ended");
    linkwa_many_free(many);
}

struct chunks {
    size_t given, given_before, invalid, cancelled, others;
};

/* The first is invalid, so its chunk comes while the requests of the others have no answer. */
static const char *endless(void *user_data) {
    static char last[32];
    struct chunks *run = user_data;
    snprintf(last, sizeof last, run->given == 0 ? "hello" : "+4617%05d", (int)run->given);
    run->given++;
    return last;
}

static void cancel_at_the_first(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk) {
    struct chunks *run = user_data;
    const linkwa_error *error = linkwa_chunk_error(chunk);
    if (linkwa_error_code(error) == LINKWA_INVALID_REQUEST) {
        run->invalid++;
        run->given_before = run->given;
        linkwa_many_cancel(many);
    } else if (linkwa_error_reason(error) == LINKWA_REASON_CANCELLED) {
        run->cancelled++;
    } else {
        run->others++;
    }
}

static void blocking_run_cancelled(void) {
    struct chunks run = {0, 0, 0, 0, 0};
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_many_options *options = options_for(1);
    server_stay_silent(server);
    is_status(linkwa_send_many(client, endless, &run, message, options, cancel_at_the_first, &run, NULL, NULL), LINKWA_OK,
        "linkwa_many_cancel inside a linkwa_on_chunk ends linkwa_send_many");
    is_int(run.invalid, 1, "one chunk came before that");
    ok(run.cancelled > 0, "what was under way is cancelled: %zu", run.cancelled);
    is_int(run.cancelled + run.invalid, run.given, "each has its chunk");
    is_int(run.others, 0, "and there are no others");
    is_int(run.given, run.given_before, "no further destination was taken");
    linkwa_many_options_free(options);
    linkwa_message_free(message);
}

/* The functions of a run may not advance it. */
static void inside_itself(void) {
    struct source source = {100, 0, "", NULL, LINKWA_OK};
    linkwa_many *many = run_of(&source, NULL);
    linkwa_chunk *chunk = NULL;
    source.inside = many;
    is_status(linkwa_many_next(many, UINT64_MAX, &chunk, NULL), LINKWA_OK, "the function of a run calls linkwa_many_next");
    ok(chunk == NULL && linkwa_many_is_done(many), "and stops the run");
    is_status(source.status, LINKWA_INVALID_ARGUMENT, "its call fails");
    linkwa_many_free(many);
}

static void invalid(void) {
    struct source source = {1, 0, "", NULL, LINKWA_OK};
    linkwa_many_options *options = linkwa_many_options_new();
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_many *many = NULL;
    linkwa_many_options_set_destinations_per_request(options, 0);
    is_status(linkwa_many_new(client, next, &source, message, options, &many, NULL), LINKWA_INVALID_CONFIG, "a number out of range");
    is_status(linkwa_many_new(client, NULL, NULL, message, NULL, &many, NULL), LINKWA_INVALID_ARGUMENT, "no destinations");
    is_status(linkwa_many_new_each(client, next, &source, NULL, NULL, NULL, &many, NULL), LINKWA_INVALID_ARGUMENT, "no messages");
    ok(many == NULL, "no run");
    linkwa_message_free(message);
    linkwa_many_options_free(options);
}

static void count_cancelled(void *user_data, const linkwa_observer_event *event) {
    if (event->kind == LINKWA_OBSERVED_SEND_ENDED && event->reason == LINKWA_REASON_CANCELLED) {
        gate_add(user_data);
    }
}

/* A run that is freed cancels what is under way, and leaves its queue. */
static void freed(void) {
    struct source source = {3, 0, "", NULL, LINKWA_OK};
    struct gate cancelled = GATE;
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_observer(config, count_cancelled, &cancelled);
    linkwa_client *usual = client;
    client = client_of(config);
    linkwa_many_options *options = options_for(1);
    linkwa_queue *queue = linkwa_queue_new();
    linkwa_chunk *chunk = NULL;
    void *user_data = NULL;
    size_t before = server_requests(server);
    server_stay_silent(server);
    linkwa_many *many = run_of(&source, options), *other = run_of(&source, options);
    is_status(linkwa_queue_add_many(queue, many, many, NULL), LINKWA_OK, "a run in a queue");
    is_status(linkwa_queue_add_many(queue, other, other, NULL), LINKWA_OK, "and another");
    is_status(linkwa_many_next(many, 0, &chunk, NULL), LINKWA_OK, "it begins");
    ok(server_wait(server, before + 3), "requests are under way");
    linkwa_many_free(many);
    is_int(gate_count(&cancelled), 3, "linkwa_many_free cancels them");
    ok(linkwa_queue_next(queue, &user_data) && user_data == other, "the other run is still in the queue");
    ok(!linkwa_queue_next(queue, &user_data), "the freed one is not");
    struct pollfd events = {linkwa_queue_fd(queue), POLLIN, 0};
    is_int(poll(&events, 1, 0), 0, "and the queue is not readable");
    is_status(linkwa_queue_add_many(queue, other, other, NULL), LINKWA_OK, "the other comes in again");
    linkwa_many_free(other);
    is_int(poll(&events, 1, 0), 0, "a queue that a freed run leaves empty is not readable");
    linkwa_many_options_free(options);
    linkwa_queue_free(queue);
    linkwa_client_free(client);
    client = usual;
}

/* A run has one queue, and is in it once. */
static void one_queue(void) {
    struct source source = {1, 0, "", NULL, LINKWA_OK};
    linkwa_queue *first = linkwa_queue_new(), *second = linkwa_queue_new();
    linkwa_many *many = run_of(&source, NULL);
    int one = 0, two = 0, three = 0;
    void *user_data = NULL;
    is_status(linkwa_queue_add_many(first, many, &one, NULL), LINKWA_OK, "a run in a queue");
    is_status(linkwa_queue_add_many(first, many, &two, NULL), LINKWA_OK, "once more");
    ok(linkwa_queue_next(first, &user_data) && user_data == &two, "it comes with the new pointer");
    ok(!linkwa_queue_next(first, &user_data), "and once");
    linkwa_many_stop(many);
    is_status(linkwa_queue_add_many(second, many, &three, NULL), LINKWA_OK, "into another queue");
    ok(!linkwa_queue_next(first, &user_data), "it leaves the first");
    ok(linkwa_queue_next(second, &user_data) && user_data == &three, "and is in the second");
    linkwa_many_cancel(many);
    ok(linkwa_queue_next(second, &user_data) && !linkwa_queue_next(first, &user_data), "from now on it comes there");
    linkwa_many_free(many);
    linkwa_queue_free(first);
    linkwa_queue_free(second);
}

struct cancelling {
    linkwa_many *many;
    struct gate entered, leave;
    size_t chunks, failed;
};

static void stay(void *user_data, const linkwa_observer_event *event) {
    struct cancelling *run = user_data;
    if (event->kind == LINKWA_OBSERVED_SEND_ENDED) {
        gate_add(&run->entered);
        gate_wait(&run->leave, 1);
    }
}

static void cancel_and_advance(void *data, size_t number) {
    struct cancelling *run = data;
    if (number == 0) {
        linkwa_many_cancel(run->many);
        return;
    }
    gate_wait(&run->entered, 1);
    linkwa_chunk *chunk = NULL;
    linkwa_progress progress;
    run->failed += linkwa_many_next(run->many, 0, &chunk, NULL) != LINKWA_OK;
    run->chunks += chunk != NULL;
    linkwa_chunk_free(chunk);
    run->failed += linkwa_many_progress(run->many, &progress, NULL) != LINKWA_OK;
    gate_add(&run->leave);
    while (linkwa_many_next(run->many, UINT64_MAX, &chunk, NULL) == LINKWA_OK && chunk) {
        run->chunks += linkwa_error_reason(linkwa_chunk_error(chunk)) == LINKWA_REASON_CANCELLED;
        linkwa_chunk_free(chunk);
    }
}

/* While one thread is inside linkwa_many_cancel(), another one advances the run. */
static void advanced_during_a_cancellation(void) {
    struct source source = {3, 0, "", NULL, LINKWA_OK};
    struct cancelling run = {NULL, GATE, GATE, 0, 0};
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_observer(config, stay, &run);
    linkwa_client *usual = client;
    client = client_of(config);
    linkwa_many_options *options = options_for(1);
    linkwa_chunk *chunk = NULL;
    size_t before = server_requests(server);
    server_stay_silent(server);
    run.many = run_of(&source, options);
    is_status(linkwa_many_next(run.many, 0, &chunk, NULL), LINKWA_OK, "a run begins");
    ok(chunk == NULL && server_wait(server, before + 3), "its requests are under way");
    on_threads(2, cancel_and_advance, &run);
    is_int(run.failed, 0, "no call fails while the run is being cancelled");
    is_int(run.chunks, 3, "no result is lost");
    linkwa_many_free(run.many);
    linkwa_many_options_free(options);
    linkwa_client_free(client);
    client = usual;
}

struct watched {
    linkwa_many *many;
    struct gate done;
    size_t failed;
    struct gate asked;
};

static void step_or_watch(void *data, size_t number) {
    enum { STEPS = 20000 };
    struct watched *run = data;
    if (number == 0) {
        for (size_t i = 0; i < STEPS || (i < 1000 * STEPS && gate_count(&run->asked) == 0); i++) {
            linkwa_chunk *chunk = NULL;
            run->failed += linkwa_many_next(run->many, 0, &chunk, NULL) != LINKWA_OK;
            linkwa_chunk_free(chunk);
        }
        gate_add(&run->done);
        return;
    }
    while (gate_count(&run->done) == 0) {
        linkwa_progress progress;
        linkwa_buffer *checkpoint = NULL;
        if (linkwa_many_progress(run->many, &progress, NULL) == LINKWA_OK) {
            gate_add(&run->asked);
        }
        if (linkwa_many_checkpoint(run->many, &checkpoint, NULL) == LINKWA_OK) {
            gate_add(&run->asked);
        }
        linkwa_buffer_free(checkpoint);
    }
}

/* Threads that watch a run do not make the thread fail that advances it. */
static void watched_by_other_threads(void) {
    struct source source = {3, 0, "", NULL, LINKWA_OK};
    linkwa_many_options *options = options_for(1);
    struct watched run = {NULL, GATE, 0, GATE};
    server_stay_silent(server);
    run.many = run_of(&source, options);
    on_threads(3, step_or_watch, &run);
    is_int(run.failed, 0, "no step fails");
    ok(gate_count(&run.asked) > 0, "while other threads asked for progress and checkpoint: %zu times", gate_count(&run.asked));
    linkwa_many_free(run.many);
    linkwa_many_options_free(options);
}

int main(void) {
    server = server_start();
    client = client_for(server_url(server));
    to_the_end();
    a_message_for_each();
    with_a_queue();
    cancelled_by_another_thread();
    cancelled_here();
    blocking_run_cancelled();
    inside_itself();
    invalid();
    one_queue();
    advanced_during_a_cancellation();
    watched_by_other_threads();
    freed();
    linkwa_client_free(client);
    server_stop(server);
    return done();
}
