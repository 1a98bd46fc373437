/* Bulk runs: the same message for all, and a message of its own for each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

static struct server *server;
static linkwa_client *client;

/* Destinations that a function returns one at a time from a buffer of its own, and the chunks received. */
struct run {
    size_t total, given;
    size_t bad; /* the number of the destination that is not UTF-8, from 1; 0: absent */
    size_t scenario; /* the number of the destination that the sandbox rejects, from 1; 0: absent */
    char *last;
    pthread_t thread;
    size_t elsewhere; /* calls on another thread */

    size_t chunks, destinations, results, errors, unordered;
    size_t stop_at, checkpoint_at; /* chunks */
    linkwa_buffer *checkpoint;
    char first_ref[64], run_ref[64];
    linkwa_status first_error;
    char error_text[512];
    linkwa_progress seen;
    size_t indexes[256];
};

static const char *next(void *user_data) {
    struct run *run = user_data;
    run->elsewhere += !pthread_equal(run->thread, pthread_self());
    /* A text is valid until the next call only. */
    free(run->last);
    run->last = NULL;
    if (run->given == run->total) {
        return NULL;
    }
    run->given++;
    run->last = malloc(32);
    if (!run->last) {
        bail_out("no memory");
    }
    if (run->given == run->bad) {
        snprintf(run->last, 32, "+46\xff");
    } else {
        snprintf(run->last, 32, run->given == run->scenario ? "+461%03d1400" : "+4617%05d", (int)run->given);
    }
    return run->last;
}

static void on_chunk(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk) {
    struct run *run = user_data;
    run->elsewhere += !pthread_equal(run->thread, pthread_self());
    size_t len = linkwa_chunk_destinations_len(chunk);
    const linkwa_result *result = linkwa_chunk_result(chunk);
    const linkwa_error *error = linkwa_chunk_error(chunk);
    char expected[160];
    uint64_t index = linkwa_chunk_index(chunk);
    run->chunks++;
    run->destinations += len;
    run->results += result != NULL;
    run->errors += error != NULL;
    run->unordered += (result != NULL) == (error != NULL);
    if (index < 256) {
        run->indexes[index]++;
    }
    snprintf(expected, sizeof expected, "%s-%llu", linkwa_many_ref_id(many), (unsigned long long)index);
    run->unordered += strcmp(expected, linkwa_chunk_ref_id(chunk)) != 0;
    run->unordered += !linkwa_chunk_destination(chunk, len - 1) || linkwa_chunk_destination(chunk, len) || linkwa_chunk_destination(chunk, SIZE_MAX);
    for (size_t i = 0; i < len; i++) {
        const char *destination = linkwa_chunk_destination(chunk, i);
        run->unordered += linkwa_chunk_text_len(chunk, destination) != strlen(destination);
    }
    run->unordered += linkwa_chunk_text_len(chunk, linkwa_chunk_ref_id(chunk)) != strlen(expected);
    run->unordered += linkwa_chunk_text_len(chunk, linkwa_many_ref_id(many)) != 0;
    run->unordered += linkwa_many_text_len(many, linkwa_many_ref_id(many)) != strlen(linkwa_many_ref_id(many));
    run->unordered += linkwa_many_text_len(many, linkwa_chunk_ref_id(chunk)) != 0;
    if (result) {
        run->unordered += strcmp(linkwa_result_ref_id(result), expected) != 0;
    }
    if (error && run->first_error == LINKWA_OK) {
        run->first_error = linkwa_error_code(error);
        snprintf(run->error_text, sizeof run->error_text, "%s", linkwa_error_message(error));
    }
    if (index == 0) {
        snprintf(run->first_ref, sizeof run->first_ref, "%s", linkwa_chunk_ref_id(chunk));
    }
    snprintf(run->run_ref, sizeof run->run_ref, "%s", linkwa_many_ref_id(many));
    run->unordered += linkwa_many_progress(many, &run->seen, NULL) != LINKWA_OK;
    if (run->chunks == run->checkpoint_at) {
        run->unordered += linkwa_many_checkpoint(many, &run->checkpoint, NULL) != LINKWA_OK;
    }
    if (run->chunks == run->stop_at) {
        run->unordered += linkwa_many_stop(many) != LINKWA_OK;
    }
}

static struct run run_of(size_t total) {
    struct run run;
    memset(&run, 0, sizeof run);
    run.total = total;
    run.thread = pthread_self();
    return run;
}

static linkwa_many_options *options_for(size_t per_request, const char *ref_id) {
    linkwa_many_options *options = linkwa_many_options_new();
    linkwa_options *send = options_with_ref(ref_id);
    if (linkwa_many_options_set_destinations_per_request(options, per_request) != LINKWA_OK ||
        linkwa_many_options_set_send_options(options, send) != LINKWA_OK) {
        bail_out("no options");
    }
    linkwa_options_free(send);
    return options;
}

static linkwa_status send_many(const linkwa_client *by, struct run *run, const linkwa_many_options *options, linkwa_progress *progress,
    linkwa_error **err) {
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_status status = linkwa_send_many(by, next, run, message, options, on_chunk, run, progress, err);
    linkwa_message_free(message);
    return status;
}

static void done_with(struct run *run) {
    is_int(run->elsewhere, 0, "all functions are called on the thread that waits");
    is_int(run->unordered, 0, "each chunk is in order");
    free(run->last);
    linkwa_buffer_free(run->checkpoint);
}

static void all_destinations(void) {
    struct run run = run_of(250);
    linkwa_progress progress = {9, 9, 9, 9, 9, -1, true};
    size_t before = server_requests(server);
    answer_with(server, "200 OK", "", "{\"resultCode\":112001}");
    is_status(send_many(client, &run, NULL, &progress, NULL), LINKWA_OK, "250 destinations, without options");
    is_int(run.given, 250, "each was asked for");
    is_int(run.chunks, 3, "in three requests");
    is_int(run.destinations, 250, "with all of them");
    is_int(run.results, 3, "each accepted");
    is_int(server_requests(server) - before, 3, "three requests came to the server");
    is_int(progress.sent, 250, "progress: sent");
    is_int(progress.failed + progress.unknown + progress.under_way + progress.skipped, 0, "progress: nothing else");
    ok(progress.per_second > 0, "progress: per second: %f", progress.per_second);
    is_int(strlen(run.run_ref), 36, "the run's reference is made");
    done_with(&run);

    run = run_of(0);
    is_status(send_many(client, &run, NULL, NULL, NULL), LINKWA_OK, "no destinations");
    is_int(run.chunks, 0, "no requests");
    done_with(&run);
}

static void with_options(void) {
    struct run run = run_of(7);
    linkwa_many_options *options = options_for(2, "mine");
    is_status(send_many(client, &run, options, NULL, NULL), LINKWA_OK, "7 destinations, two in a request");
    is_int(run.chunks, 4, "four requests");
    is_str(run.run_ref, "mine", "the run's reference");
    is_str(run.first_ref, "mine-0", "the first request's reference");
    is_int(run.indexes[0] + run.indexes[1] + run.indexes[2] + run.indexes[3], 4, "each index once");
    const char *body = server_body(server, server_requests(server) - 1, NULL);
    ok(contains(body, "\"refId\":\"mine-"), "it is in the request");
    done_with(&run);
    linkwa_many_options_free(options);
    linkwa_many_options_free(NULL);
    ok(true, "linkwa_many_options_free: NULL is fine");
}

/* Results of requests at the sandbox: one of three is rejected. */
static void failures(void) {
    struct sandbox *sandbox = sandbox_start(NULL);
    linkwa_client *other = client_for(sandbox_base_url(sandbox));
    struct run run = run_of(6);
    linkwa_many_options *options = options_for(2, "mixed");
    linkwa_progress progress;
    run.scenario = 3;
    is_status(send_many(other, &run, options, &progress, NULL), LINKWA_OK, "a run with a request that is rejected is in order");
    is_int(run.results, 2, "two accepted");
    is_int(run.errors, 1, "one not");
    is_status(run.first_error, LINKWA_REJECTED, "but rejected");
    is_int(progress.sent, 4, "progress: sent");
    is_int(progress.failed, 2, "progress: failed");
    done_with(&run);
    linkwa_many_options_free(options);
    linkwa_client_free(other);
    sandbox_stop(sandbox);
}

static void invalid_destination(void) {
    struct run run = run_of(25);
    linkwa_many_options *options = options_for(10, "bad");
    linkwa_error *err = NULL;
    linkwa_progress progress;
    run.bad = 3;
    size_t before = server_requests(server);
    is_status(send_many(client, &run, options, &progress, &err), LINKWA_OK, "a destination that is not UTF-8 does not end the run");
    is_int(run.chunks, 4, "it comes out alone");
    is_int(run.indexes[0] + run.indexes[1] + run.indexes[2] + run.indexes[3], 4, "with an index of its own");
    is_status(run.first_error, LINKWA_INVALID_REQUEST, "as an invalid request");
    is_int(run.destinations, 25, "each destination is reported");
    is_int(progress.sent, 24, "progress: sent");
    is_int(progress.failed, 1, "progress: failed");
    ok(!progress.waiting, "progress: it waits for nothing");
    is_int(server_requests(server) - before, 3, "the others are sent");
    done_with(&run);
    linkwa_many_options_free(options);
}

/* The gateway asks to wait. */
static void busy(void) {
    struct server *other = server_start();
    linkwa_client *one = client_for(server_url(other));
    struct run run = run_of(3);
    linkwa_many_options *options = options_for(1, "busy");
    linkwa_progress progress;
    answer_with(other, "401 Unauthorized", "", "{}");
    is_status(send_many(one, &run, options, &progress, NULL), LINKWA_OK, "a run whose account is refused");
    ok(run.chunks >= 1 && run.chunks <= 3, "it ends: %zu", run.chunks);
    is_status(run.first_error, LINKWA_REJECTED, "and says why");
    done_with(&run);
    answer_with(other, "503 Busy", "Retry-After: 1\r\n", "{}");
    run = run_of(100);
    run.stop_at = 1;
    is_status(send_many(one, &run, options, &progress, NULL), LINKWA_OK, "a run whose gateway is busy, stopped");
    is_status(run.first_error, LINKWA_OUTCOME_UNKNOWN, "an unknown outcome is reported");
    linkwa_many_options_free(options);
    done_with(&run);
    linkwa_client_free(one);
    server_stop(other);
}

/* Invalid numbers: nothing is sent. */
static void out_of_bounds(void) {
    static const double rates[] = {0, -1, 1e300, -1e300};
    size_t before = server_requests(server);
    for (int i = 0; i < 8; i++) {
        linkwa_many_options *options = linkwa_many_options_new();
        linkwa_options *send = linkwa_options_new();
        linkwa_error *err = NULL;
        struct run run = run_of(3);
        if (i < 4) {
            is_status(linkwa_many_options_set_rate(options, rates[i]), LINKWA_OK, "a rate of %g", rates[i]);
        } else if (i < 6) {
            linkwa_many_options_set_destinations_per_request(options, i == 4 ? 0 : SIZE_MAX);
        } else {
            linkwa_options_set_timeout_ms(send, i == 6 ? 0 : UINT64_MAX);
            linkwa_many_options_set_send_options(options, send);
        }
        is_status(send_many(client, &run, options, NULL, &err), LINKWA_INVALID_CONFIG, "number %d out of bounds refuses the run", i);
        ok(err != NULL && run.given == 0 && run.chunks == 0, "number %d: nothing is taken, nothing is reported", i);
        linkwa_error_free(err);
        linkwa_options_free(send);
        linkwa_many_options_free(options);
        done_with(&run);
    }
    for (int i = 0; i < 8; i++) {
        linkwa_config *config = config_for(server_url(server));
        linkwa_client *none = NULL;
        uint64_t number = i % 2 ? UINT64_MAX : 0;
        switch (i / 2) {
        case 0: linkwa_config_set_max_connections(config, (size_t)number); break;
        case 1: linkwa_config_set_max_queue(config, (size_t)number); break;
        case 2: linkwa_config_set_max_attempts(config, (uint32_t)number); break;
        default: linkwa_config_set_connect_timeout_ms(config, number); break;
        }
        is_status(linkwa_client_new(config, &none, NULL), LINKWA_INVALID_CONFIG, "number %d out of bounds makes no client", i);
        linkwa_config_free(config);
    }
    is_int(server_requests(server) - before, 0, "no request is sent");
}

static void stopped(void) {
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_max_connections(config, 1);
    linkwa_client *one = client_of(config);
    struct run run = run_of(100);
    linkwa_many_options *options = options_for(1, "stop");
    linkwa_progress progress;
    run.stop_at = 3;
    is_status(send_many(one, &run, options, &progress, NULL), LINKWA_OK, "a run that is stopped");
    ok(run.chunks >= 3 && run.chunks < 100, "it ends early: %zu requests", run.chunks);
    is_int(progress.sent, run.chunks, "progress: what was sent until then");
    is_int(progress.under_way, 0, "progress: nothing is under way");
    done_with(&run);
    linkwa_many_options_free(options);
    linkwa_client_free(one);
}

static void resumed(void) {
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_max_connections(config, 1);
    linkwa_client *one = client_of(config);
    struct run first = run_of(20);
    linkwa_many_options *options = options_for(2, "resumed");
    first.checkpoint_at = first.stop_at = 4;
    is_status(send_many(one, &first, options, NULL, NULL), LINKWA_OK, "a run of ten requests is stopped");
    ok(linkwa_buffer_len(first.checkpoint) > 2, "its checkpoint: %s", linkwa_buffer_data(first.checkpoint));
    linkwa_many_options_free(options);

    /* A request that was under way at the checkpoint counts as unknown, and is not sent again. */
    options = linkwa_many_options_new();
    is_status(linkwa_many_options_set_resume(options, linkwa_buffer_data(first.checkpoint), linkwa_buffer_len(first.checkpoint)), LINKWA_OK,
        "linkwa_many_options_set_resume");
    struct run second = run_of(20);
    linkwa_progress progress;
    size_t before = server_requests(server);
    is_status(send_many(one, &second, options, &progress, NULL), LINKWA_OK, "it goes on");
    is_str(second.run_ref, "resumed", "with the same reference");
    is_int(progress.sent + progress.skipped, 20, "each destination is sent or skipped");
    ok(progress.skipped >= 8, "those are skipped that were dealt with: %d", (int)progress.skipped);
    is_int(server_requests(server) - before, second.chunks, "and the others are sent");
    is_int(second.indexes[0] + second.indexes[1], 0, "the first requests are not reported again");
    is_int(second.given, 20, "all destinations are asked for");

    is_status(linkwa_many_options_set_resend_unknown(options, true), LINKWA_OK, "linkwa_many_options_set_resend_unknown");
    struct run third = run_of(20);
    linkwa_progress more;
    is_status(send_many(one, &third, options, &more, NULL), LINKWA_OK, "it goes on, with what is unknown");
    ok(more.skipped <= progress.skipped, "no more are skipped then: %d", (int)more.skipped);
    done_with(&first);
    done_with(&second);
    done_with(&third);
    linkwa_many_options_free(options);
    linkwa_client_free(one);
}

/* A certainly unknown one: the server does not answer. */
static void resumed_unknown(void) {
    struct server *silent = server_start();
    linkwa_config *config = config_for(server_url(silent));
    linkwa_config_set_timeout_ms(config, brief_ms());
    linkwa_client *one = client_of(config);
    struct run first = run_of(1);
    linkwa_many_options *options = options_for(1, "unknown");
    linkwa_progress progress;
    first.checkpoint_at = 1;
    is_status(send_many(one, &first, options, &progress, NULL), LINKWA_OK, "a run whose request is not answered");
    is_int(progress.unknown, 1, "progress: unknown");
    is_status(first.first_error, LINKWA_OUTCOME_UNKNOWN, "as reported");
    linkwa_many_options_free(options);
    answer_ok(silent);
    for (int again = 0; again < 2; again++) {
        options = linkwa_many_options_new();
        linkwa_many_options_set_resume(options, linkwa_buffer_data(first.checkpoint), linkwa_buffer_len(first.checkpoint));
        linkwa_many_options_set_resend_unknown(options, again);
        struct run run = run_of(1);
        is_status(send_many(client, &run, options, &progress, NULL), LINKWA_OK, "resend_unknown %d", again);
        is_int(progress.sent, again, "resend_unknown %d: sent", again);
        is_int(progress.skipped, !again, "resend_unknown %d: skipped", again);
        done_with(&run);
        linkwa_many_options_free(options);
    }
    done_with(&first);
    linkwa_client_free(one);
    server_stop(silent);
}

static void no_checkpoint(void) {
    static const struct {
        const char *json;
        size_t len;
        linkwa_status status;
    } wrong[] = {{"", 0, LINKWA_INVALID_CONFIG}, {"{}", 2, LINKWA_INVALID_CONFIG}, {"[1]", 3, LINKWA_INVALID_CONFIG}, {NULL, 0, LINKWA_INVALID_ARGUMENT},
        {"\xff", 1, LINKWA_INVALID_ARGUMENT}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        linkwa_many_options *options = linkwa_many_options_new();
        struct run run = run_of(1);
        linkwa_error *err = NULL;
        is_status(linkwa_many_options_set_resume(options, wrong[i].json, wrong[i].len), wrong[i].status, "no checkpoint: %d", (int)i);
        is_status(send_many(client, &run, options, NULL, &err), wrong[i].status, "no checkpoint %d: it is remembered", (int)i);
        ok(err != NULL && run.given == 0 && run.chunks == 0, "no checkpoint %d: nothing is sent", (int)i);
        linkwa_error_free(err);
        done_with(&run);
        linkwa_many_options_free(options);
    }
}

static void rate(void) {
    linkwa_many_options *options = options_for(1, "rate");
    struct run run = run_of(5);
    is_status(linkwa_many_options_set_rate(options, 20), LINKWA_OK, "linkwa_many_options_set_rate");
    long long began = now_ms();
    is_status(send_many(client, &run, options, NULL, NULL), LINKWA_OK, "five requests, twenty a second");
    ok(now_ms() - began >= 150, "take their time: %d ms", (int)(now_ms() - began));
    done_with(&run);
    linkwa_many_options_free(options);

    options = options_for(10, "rate");
    run = run_of(50);
    linkwa_many_options_set_rate(options, 100);
    began = now_ms();
    is_status(send_many(client, &run, options, NULL, NULL), LINKWA_OK, "fifty destinations, a hundred a second");
    ok(now_ms() - began >= 300, "destinations are counted: %d ms", (int)(now_ms() - began));
    done_with(&run);
    linkwa_many_options_free(options);
}

/* ---- A message of its own for each destination ---- */

struct each {
    size_t made, null_at, broken_at, elsewhere;
    pthread_t thread;
};

static linkwa_message *message_for(void *user_data, const char *destination) {
    struct each *each = user_data;
    char text[64];
    each->made++;
    each->elsewhere += !pthread_equal(each->thread, pthread_self());
    if (each->made == each->null_at) {
        return NULL;
    }
    snprintf(text, sizeof text, "Hello %s", destination);
    linkwa_message *message = linkwa_message_text(text);
    if (each->made == each->broken_at) {
        linkwa_message_set_caption(message, "a text has none");
    }
    return message;
}

static void message_for_each_destination(void) {
    struct run run = run_of(5);
    struct each each = {0, 0, 0, 0, pthread_self()};
    linkwa_progress progress;
    size_t before = server_requests(server);
    is_status(linkwa_send_many_each(client, next, &run, message_for, &each, NULL, on_chunk, &run, &progress, NULL), LINKWA_OK,
        "linkwa_send_many_each");
    is_int(each.made, 5, "a message is made for each");
    is_int(each.elsewhere, 0, "on the thread that waits");
    is_int(run.chunks, 5, "each is a request");
    is_int(progress.sent, 5, "progress: sent");
    size_t own = 0;
    for (size_t i = before; i < server_requests(server); i++) {
        char number[16], expected[64];
        const char *body = server_body(server, i, NULL), *to = body ? strstr(body, "\"destinations\":[\"") : NULL;
        if (to && sscanf(to, "\"destinations\":[\"%15[^\"]", number) == 1) {
            snprintf(expected, sizeof expected, "\"Hello %s\"", number);
            own += contains(body, expected);
        }
    }
    is_int(own, 5, "each with its own text");
    done_with(&run);
}

static void message_function_errors(void) {
    for (int broken = 0; broken < 2; broken++) {
        struct run run = run_of(5);
        struct each each = {0, broken ? 0 : 3, broken ? 3 : 0, 0, pthread_self()};
        linkwa_progress progress;
        size_t before = server_requests(server);
        is_status(linkwa_send_many_each(client, next, &run, message_for, &each, NULL, on_chunk, &run, &progress, NULL), LINKWA_OK,
            broken ? "a message that cannot be used does not end the run" : "no message does not end the run");
        is_int(each.made, 5, "all are made");
        is_int(run.results, 4, "four are accepted");
        is_int(run.errors, 1, "one comes out alone");
        is_status(run.first_error, LINKWA_INVALID_REQUEST, "as an invalid request");
        ok(contains(run.error_text, broken ? "caption" : "message_for"), "the error: %s", run.error_text);
        is_int(progress.failed, 1, "progress: failed");
        is_int(server_requests(server) - before, 4, "four are sent");
        done_with(&run);
    }
}

static void each_resumed(void) {
    struct run first = run_of(4);
    linkwa_many_options *options = options_for(2, "pairs");
    first.checkpoint_at = 2;
    send_many(client, &first, options, NULL, NULL);
    linkwa_many_options_free(options);
    options = linkwa_many_options_new();
    linkwa_many_options_set_resume(options, linkwa_buffer_data(first.checkpoint), linkwa_buffer_len(first.checkpoint));
    struct run run = run_of(4);
    struct each each = {0, 0, 0, 0, pthread_self()};
    is_status(linkwa_send_many_each(client, next, &run, message_for, &each, options, on_chunk, &run, NULL, NULL), LINKWA_INVALID_CONFIG,
        "a checkpoint of several destinations in a request is refused");
    is_int(run.chunks + run.given + each.made, 0, "nothing is taken or reported");
    free(run.last);
    done_with(&first);
    linkwa_many_options_free(options);
}

/* ---- Outside of on_chunk ---- */

static const char *next_inside(void *user_data) {
    (void)user_data;
    return NULL;
}

static void on_chunk_nested(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk) {
    (void)chunk;
    struct run *inner = user_data;
    linkwa_message *message = linkwa_message_text("Hello");
    inner->unordered += linkwa_send_many(client, next, inner, message, NULL, on_chunk, inner, NULL, NULL) != LINKWA_OK;
    linkwa_message_free(message);
    inner->unordered += linkwa_many_ref_id(many) == NULL;
}

static void nested(void) {
    struct run outer = run_of(1), inner = run_of(3);
    linkwa_message *message = linkwa_message_text("Hello");
    is_status(linkwa_send_many(client, next, &outer, message, NULL, on_chunk_nested, &inner, NULL, NULL), LINKWA_OK, "a run inside another");
    is_int(inner.destinations, 3, "sends too");
    is_status(linkwa_send_many(client, next_inside, NULL, message, NULL, on_chunk, NULL, NULL, NULL), LINKWA_OK, "user data may be NULL");
    linkwa_message_free(message);
    done_with(&inner);
    free(outer.last);
}

/* What a chunk returns, copied. */
struct kept {
    linkwa_result *result;
    linkwa_error *error;
    char destination[32];
};

static void keep(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk) {
    (void)many;
    struct kept *kept = (struct kept *)user_data + linkwa_chunk_index(chunk);
    kept->result = linkwa_result_copy(linkwa_chunk_result(chunk));
    kept->error = linkwa_error_copy(linkwa_chunk_error(chunk));
}

static void copied_results(void) {
    struct kept all[2];
    memset(all, 0, sizeof all);
    struct run run = run_of(2);
    run.scenario = 2;
    linkwa_many_options *options = options_for(1, "kept");
    linkwa_message *message = linkwa_message_text("Hello");
    struct sandbox *sandbox = sandbox_start(NULL);
    linkwa_client *one = client_for(sandbox_base_url(sandbox));
    is_status(linkwa_send_many(one, next, &run, message, options, keep, all, NULL, NULL), LINKWA_OK, "a run whose chunks are kept");
    is_str(linkwa_result_ref_id(all[0].result), "kept-0", "a copy of a result");
    ok(all[0].error == NULL, "and of no error");
    is_str(linkwa_error_ref_id(all[1].error), "kept-1", "a copy of an error");
    is_status(linkwa_error_code(all[1].error), LINKWA_REJECTED, "with its code");
    ok(all[1].result == NULL, "and of no result");
    for (size_t i = 0; i < 2; i++) {
        linkwa_result_free(all[i].result);
        linkwa_error_free(all[i].error);
    }
    linkwa_client_free(one);
    sandbox_stop(sandbox);
    linkwa_message_free(message);
    linkwa_many_options_free(options);
    done_with(&run);
}

static void closed(void) {
    linkwa_client *one = client_for(server_url(server));
    struct run run = run_of(3);
    linkwa_progress progress;
    linkwa_client_close(one, 0);
    linkwa_many_options *options = options_for(1, "closed");
    is_status(send_many(one, &run, options, &progress, NULL), LINKWA_OK, "a run with a closed client");
    is_status(run.first_error, LINKWA_NOT_SENT, "its requests are not sent");
    is_int(progress.failed, 1, "the first one is reported, and ends the run");
    is_int(run.given, 1, "which asks for no more destinations than it needs");
    done_with(&run);
    linkwa_many_options_free(options);
    linkwa_client_free(one);
}

/* A run with other destinations, another reference or another size of requests is not resumed. */
static void another_run(void) {
    linkwa_many_options *options = options_for(2, "own");
    struct run run = run_of(8);
    run.checkpoint_at = run.stop_at = 1;
    send_many(client, &run, options, NULL, NULL);
    linkwa_many_options_free(options);
    size_t before = server_requests(server);
    for (int i = 0; i < 3; i++) {
        options = i == 0 ? options_for(2, "other") : i == 1 ? options_for(3, "own") : options_for(2, "own");
        linkwa_many_options_set_resume(options, linkwa_buffer_data(run.checkpoint), linkwa_buffer_len(run.checkpoint));
        struct run rest = run_of(8);
        linkwa_error *err = NULL;
        rest.scenario = i == 2 ? 1 : 0;
        is_status(send_many(client, &rest, options, NULL, &err), LINKWA_INVALID_CONFIG, "another run, %d", i);
        ok(err != NULL && rest.chunks == 0, "another run, %d: nothing is reported", i);
        linkwa_error_free(err);
        done_with(&rest);
        linkwa_many_options_free(options);
    }
    is_int(server_requests(server) - before, 0, "nothing is sent");
    done_with(&run);
}

static void null_arguments(void) {
    linkwa_progress progress;
    linkwa_buffer *buffer = NULL;
    ok(linkwa_many_ref_id(NULL) == NULL, "linkwa_many_ref_id of NULL");
    is_int(linkwa_many_text_len(NULL, "text"), 0, "linkwa_many_text_len of NULL");
    is_status(linkwa_many_stop(NULL), LINKWA_INVALID_ARGUMENT, "linkwa_many_stop of NULL");
    is_status(linkwa_many_progress(NULL, &progress, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_many_progress of NULL");
    is_status(linkwa_many_checkpoint(NULL, &buffer, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_many_checkpoint of NULL");
    is_int(linkwa_chunk_index(NULL), 0, "linkwa_chunk_index of NULL");
    ok(linkwa_chunk_ref_id(NULL) == NULL, "linkwa_chunk_ref_id of NULL");
    is_int(linkwa_chunk_destinations_len(NULL), 0, "linkwa_chunk_destinations_len of NULL");
    ok(linkwa_chunk_destination(NULL, 0) == NULL, "linkwa_chunk_destination of NULL");
    is_int(linkwa_chunk_text_len(NULL, "text"), 0, "linkwa_chunk_text_len of NULL");
    ok(linkwa_chunk_result(NULL) == NULL, "linkwa_chunk_result of NULL");
    ok(linkwa_chunk_error(NULL) == NULL, "linkwa_chunk_error of NULL");
}

int main(void) {
    server = server_start();
    client = client_for(server_url(server));
    all_destinations();
    with_options();
    failures();
    invalid_destination();
    stopped();
    resumed();
    resumed_unknown();
    no_checkpoint();
    busy();
    out_of_bounds();
    rate();
    message_for_each_destination();
    message_function_errors();
    each_resumed();
    nested();
    copied_results();
    closed();
    another_run();
    null_arguments();
    linkwa_client_free(client);
    server_stop(server);
    return done();
}
