/* Asynchronous sends and their linkwa_on_done functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

/* The result that a linkwa_on_done function received. */
struct received {
    struct gate calls;
    pthread_mutex_t lock;
    size_t results, errors, both, neither;
    linkwa_status last;
    linkwa_reason reason;
    pthread_t thread;
};

static struct received nothing_received(void) {
    struct received received = {GATE, PTHREAD_MUTEX_INITIALIZER, 0, 0, 0, 0, LINKWA_OK, LINKWA_REASON_NONE, pthread_self()};
    return received;
}

static void on_done(void *user_data, linkwa_result *result, linkwa_error *error) {
    struct received *received = user_data;
    pthread_mutex_lock(&received->lock);
    received->results += result != NULL;
    received->errors += error != NULL;
    received->both += result && error;
    received->neither += !result && !error;
    received->last = error ? linkwa_error_code(error) : LINKWA_OK;
    received->reason = linkwa_error_reason(error);
    received->thread = pthread_self();
    pthread_mutex_unlock(&received->lock);
    linkwa_result_free(result);
    linkwa_error_free(error);
    gate_add(&received->calls);
}

static struct server *server;

static void wait_returns_the_result(void) {
    linkwa_client *client = client_for(server_url(server));
    struct received received = nothing_received();
    answer_ok(server);
    linkwa_pending *pending = begin(client, TO, on_done, &received);
    ok(pending != NULL, "linkwa_send_async gives an object");
    is_int(strlen(linkwa_pending_ref_id(pending)), 36, "its reference is known at once");
    linkwa_result *first = NULL, *second = NULL;
    is_status(linkwa_pending_wait(pending, &first, NULL), LINKWA_OK, "linkwa_pending_wait");
    is_status(linkwa_pending_wait(pending, &second, NULL), LINKWA_OK, "linkwa_pending_wait again");
    ok(first && second && first != second, "each gets a result of its own");
    is_str(linkwa_result_ref_id(first), linkwa_pending_ref_id(pending), "with the reference");
    ok(linkwa_pending_is_done(pending), "linkwa_pending_is_done");
    ok(linkwa_pending_wait_timeout(pending, 0), "linkwa_pending_wait_timeout of what is done");
    is_status(linkwa_pending_cancel(pending), LINKWA_OK, "linkwa_pending_cancel of what is done");
    linkwa_result_free(first);
    linkwa_result_free(second);
    ok(gate_wait(&received.calls, 1), "the function is called");
    is_int(received.results, 1, "with a result");
    is_int(received.errors + received.neither, 0, "and no error");
    ok(!pthread_equal(received.thread, pthread_self()), "on another thread");
    linkwa_pending_free(pending);
    linkwa_pending_free(NULL);
    linkwa_client_free(client);
    is_int(gate_count(&received.calls), 1, "once");
}

static void requests(void) {
    static const char json[] = WHOLE(TO);
    linkwa_client *client = client_for(server_url(server));
    linkwa_pending *pending = NULL;
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    answer_ok(server);
    is_status(linkwa_send_request_async(client, json, sizeof json - 1, NULL, NULL, &pending, &err), LINKWA_OK, "linkwa_send_request_async");
    is_str(linkwa_pending_ref_id(pending), "whole", "its reference");
    is_status(linkwa_pending_wait(pending, &result, NULL), LINKWA_OK, "it is accepted");
    linkwa_result_free(result);
    linkwa_pending_free(pending);
    pending = NULL;
    is_status(linkwa_send_raw_async(client, "{}", 2, NULL, NULL, &pending, &err), LINKWA_OK, "linkwa_send_raw_async");
    is_str(linkwa_pending_ref_id(pending), "", "it has no reference");
    is_status(linkwa_pending_wait(pending, &result, NULL), LINKWA_OK, "it is accepted");
    is_str(server_body(server, server_requests(server) - 1, NULL), "{}", "as it was given");
    linkwa_result_free(result);
    linkwa_pending_free(pending);
    pending = NULL;
    static const char nul[] = "{\"refId\":\"a\\u0000b\"}";
    is_status(linkwa_send_raw_async(client, nul, sizeof nul - 1, NULL, NULL, &pending, &err), LINKWA_OK, "a reference with U+0000");
    const char *ref_id = linkwa_pending_ref_id(pending);
    is_int(linkwa_pending_text_len(pending, ref_id), 3, "linkwa_pending_text_len: three bytes");
    ok(ref_id && memcmp(ref_id, "a\0b", 4) == 0, "and a NUL behind them");
    is_int(linkwa_pending_text_len(pending, "a"), 0, "linkwa_pending_text_len: 0 for the caller's text");
    is_int(linkwa_pending_text_len(pending, NULL), 0, "linkwa_pending_text_len: 0 for no text");
    linkwa_pending_free(pending);
    linkwa_client_free(client);
}

/* Immediate errors are returned by the call, and not passed to on_done. */
static void immediate_errors(void) {
    static const char *const to[] = {TO};
    linkwa_client *client = client_for(server_url(server));
    struct received received = nothing_received();
    linkwa_pending *pending = NULL;
    linkwa_error *err = NULL;
    linkwa_message *empty = linkwa_message_text("");
    is_status(linkwa_send_async(client, to, 1, empty, NULL, on_done, &received, &pending, &err), LINKWA_INVALID_REQUEST, "an invalid message");
    is_str(linkwa_findings_code(linkwa_error_findings(err), 0), "empty", "its finding");
    linkwa_error_free(err);
    linkwa_message_free(empty);
    is_status(linkwa_send_request_async(client, "{}", 2, on_done, &received, &pending, NULL), LINKWA_INVALID_REQUEST, "an invalid request");
    is_status(linkwa_send_raw_async(client, "[]", 2, on_done, &received, &pending, NULL), LINKWA_INVALID_REQUEST, "an invalid raw request");
    is_status(linkwa_send_raw_async(client, NULL, 0, on_done, &received, &pending, NULL), LINKWA_INVALID_ARGUMENT, "no request");
    linkwa_client_close(client, 0);
    err = NULL;
    whatever_status(linkwa_send_raw_async(client, "{}", 2, on_done, &received, &pending, &err));
    is_error(err, LINKWA_NOT_SENT, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_CLOSED, "a closed client");
    ok(pending == NULL, "no call returns an object");
    linkwa_client_free(client);
    is_int(gate_count(&received.calls), 0, "no call runs the function");
}

/* Each LINKWA_OK leads to exactly one call. */
static void one_call_for_each_send(void) {
    enum { MANY = 300 };
    static const char *const to[] = {TO};
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_max_connections(config, 4);
    linkwa_config_set_max_queue(config, 50);
    linkwa_client *client = client_of(config);
    linkwa_message *message = linkwa_message_text("Hello");
    struct received received = nothing_received();
    size_t begun = 0, refused = 0;
    answer_ok(server);
    for (size_t i = 0; i < MANY; i++) {
        linkwa_error *err = NULL;
        if (linkwa_send_async(client, to, 1, message, NULL, on_done, &received, NULL, &err) == LINKWA_OK) {
            begun++;
        } else {
            refused += linkwa_error_reason(err) == LINKWA_REASON_QUEUE_FULL;
        }
        linkwa_error_free(err);
    }
    linkwa_message_free(message);
    is_int(begun + refused, MANY, "each send begins, or the queue is full");
    ok(begun >= 50, "at least those begin that the queue has room for: %zu", begun);
    ok(gate_wait(&received.calls, begun), "for each that began the function is called");
    linkwa_client_close(client, 60000);
    linkwa_client_free(client);
    is_int(gate_count(&received.calls), begun, "and not once more");
    is_int(received.results, begun, "each time with a result");
    is_int(received.both + received.neither + received.errors, 0, "and nothing else");
}

/* The scenarios of the sandbox, with a linkwa_on_done function. */
static void scenarios(void) {
    static const struct {
        const char *to;
        linkwa_status status;
        linkwa_reason reason;
    } cases[] = {
        {TO, LINKWA_OK, LINKWA_REASON_NONE},
        {SCENARIO("1400"), LINKWA_REJECTED, LINKWA_REASON_NONE},
        {SCENARIO("1401"), LINKWA_REJECTED, LINKWA_REASON_NONE},
        {SCENARIO("1403"), LINKWA_REJECTED, LINKWA_REASON_NONE},
        {SCENARIO("1429"), LINKWA_REJECTED, LINKWA_REASON_NONE},
        {SCENARIO("1500"), LINKWA_OUTCOME_UNKNOWN, LINKWA_REASON_SERVER_ERROR},
        {SCENARIO("1503"), LINKWA_OUTCOME_UNKNOWN, LINKWA_REASON_SERVER_ERROR},
        {SCENARIO("2001"), LINKWA_OUTCOME_UNKNOWN, LINKWA_REASON_CONNECTION_LOST},
        {SCENARIO("2002"), LINKWA_OUTCOME_UNKNOWN, LINKWA_REASON_CONNECTION_LOST},
        {SCENARIO("2003"), LINKWA_OUTCOME_UNKNOWN, LINKWA_REASON_INVALID_RESPONSE},
        {SCENARIO("2004"), LINKWA_OUTCOME_UNKNOWN, LINKWA_REASON_DEADLINE},
        {SCENARIO("2005"), LINKWA_OUTCOME_UNKNOWN, LINKWA_REASON_SERVER_ERROR},
        {SCENARIO("2006"), LINKWA_OK, LINKWA_REASON_NONE},
        {SCENARIO("2007"), LINKWA_REJECTED, LINKWA_REASON_NONE},
    };
    struct sandbox *sandbox = sandbox_start(NULL);
    linkwa_config *config = config_for(sandbox_base_url(sandbox));
    linkwa_config_set_timeout_ms(config, 5 * brief_ms());
    linkwa_client *client = client_of(config);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct received received = nothing_received();
        linkwa_pending *pending = begin(client, cases[i].to, on_done, &received);
        ok(gate_wait(&received.calls, 1), "%s: the function is called", cases[i].to);
        is_status(received.last, cases[i].status, "%s: its status", cases[i].to);
        is_str(linkwa_reason_name(received.reason), linkwa_reason_name(cases[i].reason), "%s: its reason", cases[i].to);
        linkwa_pending_free(pending);
    }
    linkwa_client_free(client);
    sandbox_stop(sandbox);
}

static void deadline(void) {
    struct server *silent = server_start();
    linkwa_config *config = config_for(server_url(silent));
    unsigned brief = brief_ms();
    linkwa_config_set_timeout_ms(config, brief);
    linkwa_config_set_max_connections(config, 1);
    linkwa_client *client = client_of(config);
    struct received first = nothing_received(), second = nothing_received();
    long long began = now_ms();
    linkwa_pending *pending = begin(client, TO, on_done, &first);
    /* Its timeout ends first: the other send holds the only worker. */
    static const char *const to[] = {TO};
    linkwa_options *half = linkwa_options_new();
    linkwa_options_set_timeout_ms(half, brief / 2);
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_pending *waiting = NULL;
    whatever_status(linkwa_send_async(client, to, 1, message, half, on_done, &second, &waiting, NULL));
    linkwa_message_free(message);
    linkwa_options_free(half);
    ok(!linkwa_pending_wait_timeout(pending, 0), "linkwa_pending_wait_timeout of what is not done");
    ok(linkwa_pending_wait_timeout(pending, 60000), "linkwa_pending_wait_timeout until the deadline");
    ok(now_ms() - began >= brief - 10, "the deadline is not early");
    ok(gate_wait(&first.calls, 1), "the function is called");
    is_status(first.last, LINKWA_OUTCOME_UNKNOWN, "what was under way: unknown");
    is_int(first.reason, LINKWA_REASON_DEADLINE, "what was under way: the deadline");
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    whatever_status(linkwa_pending_wait(waiting, &result, &err));
    is_error(err, LINKWA_NOT_SENT, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_DEADLINE, "what was waiting: not sent, because of the deadline");
    ok(gate_wait(&second.calls, 1), "the function is called");
    linkwa_pending_free(pending);
    linkwa_pending_free(waiting);
    linkwa_client_free(client);
    is_int(gate_count(&first.calls) + gate_count(&second.calls), 2, "each once");
    is_int(server_requests(silent), 1, "one came to the server");
    server_stop(silent);
}

static void cancelled(void) {
    struct server *silent = server_start();
    linkwa_config *config = config_for(server_url(silent));
    linkwa_config_set_max_connections(config, 1);
    linkwa_client *client = client_of(config);
    struct received first = nothing_received(), second = nothing_received();
    linkwa_pending *pending = begin(client, TO, on_done, &first);
    ok(server_wait(silent, 1), "the first send comes to the server");
    linkwa_pending *waiting = begin(client, TO, on_done, &second);
    is_status(linkwa_pending_cancel(waiting), LINKWA_OK, "cancel one that waits");
    is_int(gate_count(&second.calls), 1, "the function was called before that returned");
    ok(pthread_equal(second.thread, pthread_self()), "on this thread");
    is_status(second.last, LINKWA_NOT_SENT, "it is not sent");
    is_int(second.reason, LINKWA_REASON_CANCELLED, "because it was cancelled");
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    whatever_status(linkwa_pending_wait(waiting, &result, &err));
    is_error(err, LINKWA_NOT_SENT, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_CANCELLED, "the object says so too");
    is_status(linkwa_pending_cancel(pending), LINKWA_OK, "cancel one that is under way");
    is_int(gate_count(&first.calls), 1, "the function was called before that returned");
    is_status(first.last, LINKWA_OUTCOME_UNKNOWN, "its outcome is unknown");
    is_int(first.reason, LINKWA_REASON_CANCELLED, "because it was cancelled");
    is_status(linkwa_pending_cancel(pending), LINKWA_OK, "cancel it again");
    linkwa_pending_free(pending);
    linkwa_pending_free(waiting);
    linkwa_client_free(client);
    is_int(gate_count(&first.calls) + gate_count(&second.calls), 2, "each function was called once");
    is_int(server_requests(silent), 1, "the one that waited never came to the server");
    server_stop(silent);
}

/* Freeing the object does not stop the send. */
static void freed_pending(void) {
    linkwa_client *client = client_for(server_url(server));
    struct received received = nothing_received();
    size_t before = server_requests(server);
    server_stay_silent(server);
    linkwa_pending *pending = begin(client, TO, on_done, &received);
    server_wait(server, before + 1);
    linkwa_pending_free(pending);
    is_int(gate_count(&received.calls), 0, "after linkwa_pending_free the send goes on");
    linkwa_client_close(client, 0);
    ok(gate_wait(&received.calls, 1), "until the client is closed");
    is_status(received.last, LINKWA_OUTCOME_UNKNOWN, "then its outcome is unknown");
    linkwa_client_free(client);
}

/* ---- Functions that call the library ---- */

enum act { FREE_CLIENT, CLOSE_CLIENT, CANCEL_OTHER, SEND_AGAIN, FREE_OWN_PENDING, WAIT_FOR_OWN, BLOCKING_SEND, ACTS };

static const char *const acts[] = {"frees the client", "closes the client", "cancels another", "sends again", "frees its own pending",
    "waits for itself", "sends and waits"};

struct inside {
    enum act act;
    struct gate begun; /* the objects below exist */
    struct gate over;
    linkwa_client *client;
    linkwa_pending *own, *other;
    struct received again;
    linkwa_status status;
};

static void on_done_inside(void *user_data, linkwa_result *result, linkwa_error *error) {
    struct inside *inside = user_data;
    static const char *const to[] = {TO};
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_result *other = NULL;
    linkwa_result_free(result);
    linkwa_error_free(error);
    gate_wait(&inside->begun, 1);
    switch (inside->act) {
    case FREE_CLIENT: linkwa_client_free(inside->client); break;
    case CLOSE_CLIENT: inside->status = linkwa_client_close(inside->client, 60000); break;
    case CANCEL_OTHER: inside->status = linkwa_pending_cancel(inside->other); break;
    case SEND_AGAIN: inside->status = linkwa_send_async(inside->client, to, 1, message, NULL, on_done, &inside->again, NULL, NULL); break;
    case FREE_OWN_PENDING: linkwa_pending_free(inside->own); break;
    case WAIT_FOR_OWN: inside->status = linkwa_pending_wait(inside->own, &other, NULL); break;
    case BLOCKING_SEND: inside->status = linkwa_send_text(inside->client, TO, "Hello", NULL, &other, NULL); break;
    case ACTS: break;
    }
    linkwa_result_free(other);
    linkwa_message_free(message);
    gate_add(&inside->over);
}

static void from_inside(enum act act) {
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_max_connections(config, act == CANCEL_OTHER ? 2 : 1);
    size_t before = server_requests(server);
    linkwa_client *client = client_of(config);
    struct inside inside = {act, GATE, GATE, client, NULL, NULL, nothing_received(), LINKWA_OK};
    struct received other = nothing_received();
    if (act == CANCEL_OTHER) {
        server_stay_silent(server);
        inside.other = begin(client, TO, on_done, &other);
        server_wait(server, before + 1);
    }
    answer_ok(server);
    inside.own = begin(client, TO, on_done_inside, &inside);
    gate_add(&inside.begun);
    ok(gate_wait(&inside.over, 1), "a function that %s returns", acts[act]);
    is_status(inside.status, LINKWA_OK, "a function that %s: status", acts[act]);
    if (act == CANCEL_OTHER) {
        is_int(gate_count(&other.calls), 1, "the other function was called");
        is_int(other.reason, LINKWA_REASON_CANCELLED, "because it was cancelled");
    }
    if (act == SEND_AGAIN) {
        ok(gate_wait(&inside.again.calls, 1), "the other function is called");
        is_status(inside.again.last, LINKWA_OK, "with a result");
    }
    if (act != FREE_OWN_PENDING) {
        linkwa_result *result = NULL;
        is_status(linkwa_pending_wait(inside.own, &result, NULL), LINKWA_OK, "a function that %s: its send is accepted", acts[act]);
        linkwa_result_free(result);
        linkwa_pending_free(inside.own);
    }
    linkwa_pending_free(inside.other);
    if (act != FREE_CLIENT) {
        linkwa_client_free(client);
    }
    is_int(gate_count(&inside.over), 1, "a function that %s is called once", acts[act]);
}

/* A function that frees the client when it receives the result of a send that it cancels itself, inside linkwa_pending_cancel(). */
static void free_inside_cancel(void) {
    struct server *silent = server_start();
    linkwa_client *client = client_for(server_url(silent));
    struct inside inside = {FREE_CLIENT, GATE, GATE, client, NULL, NULL, nothing_received(), LINKWA_OK};
    gate_add(&inside.begun);
    inside.own = begin(client, TO, on_done_inside, &inside);
    server_wait(silent, 1);
    is_status(linkwa_pending_cancel(inside.own), LINKWA_OK, "cancel a send whose function frees the client");
    is_int(gate_count(&inside.over), 1, "it has returned");
    linkwa_pending_free(inside.own);
    server_stop(silent);
}

/* ---- linkwa_client_free() from outside ---- */

struct slow {
    struct gate entered, leave, left;
    int freed;
    pthread_mutex_t lock;
    size_t late;
};

static void slow_on_done(void *user_data, linkwa_result *result, linkwa_error *error) {
    struct slow *slow = user_data;
    linkwa_result_free(result);
    linkwa_error_free(error);
    gate_add(&slow->entered);
    gate_wait(&slow->leave, 1);
    pthread_mutex_lock(&slow->lock);
    slow->late += slow->freed != 0;
    pthread_mutex_unlock(&slow->lock);
    gate_add(&slow->left);
}

static void free_and_tell(void *data, size_t number) {
    struct slow *slow = ((void **)data)[0];
    if (number == 1) {
        /* The other thread frees the client. That cannot be observed, so it gets some time before the functions may return: more
         * than the two seconds for which closing a client waits for its workers. */
        for (long long began = now_ms(); now_ms() - began < 3000;) {
            gate_wait_for(&slow->leave, 1, 100);
        }
        gate_add(&slow->leave);
        return;
    }
    linkwa_client_free(((void **)data)[1]);
    pthread_mutex_lock(&slow->lock);
    slow->freed = 1;
    pthread_mutex_unlock(&slow->lock);
}

/* Functions that run while the client is freed have returned when that returns. */
static void freed_while_functions_run(void) {
    enum { RUNNING = 3 };
    linkwa_client *client = client_for(server_url(server));
    struct slow slow = {GATE, GATE, GATE, 0, PTHREAD_MUTEX_INITIALIZER, 0};
    answer_ok(server);
    for (int i = 0; i < RUNNING; i++) {
        linkwa_pending_free(begin(client, TO, slow_on_done, &slow));
    }
    ok(gate_wait(&slow.entered, RUNNING), "functions run");
    void *both[] = {&slow, client};
    on_threads(2, free_and_tell, both);
    is_int(gate_count(&slow.left), RUNNING, "when the client is freed they have returned");
    is_int(slow.late, 0, "no function was still running");
}

/* Sends that hang: freeing the client is quick, each function is called before, and none afterwards. */
static void freed_while_sends_hang(void) {
    enum { UNDER_WAY = 3, WAITING = 5, ALL = UNDER_WAY + WAITING };
    struct server *silent = server_start();
    linkwa_config *config = config_for(server_url(silent));
    linkwa_config_set_max_connections(config, UNDER_WAY);
    linkwa_client *client = client_of(config);
    struct received received = nothing_received();
    for (int i = 0; i < ALL; i++) {
        linkwa_pending_free(begin(client, TO, on_done, &received));
    }
    ok(server_wait(silent, UNDER_WAY), "sends hang");
    long long began = now_ms();
    linkwa_client_free(client);
    ok(now_ms() - began < 10000, "freeing the client does not wait for the gateway");
    is_int(gate_count(&received.calls), ALL, "when that returns, the function was called for each send");
    is_int(received.errors, ALL, "with an error");
    /* Other sends start and end meanwhile. */
    linkwa_client *other = client_for(server_url(server));
    answer_ok(server);
    for (int i = 0; i < 20; i++) {
        linkwa_result *result = NULL;
        whatever_status(linkwa_send_text(other, TO, "Hello", NULL, &result, NULL));
        linkwa_result_free(result);
    }
    linkwa_client_free(other);
    is_int(gate_count(&received.calls), ALL, "and not once more afterwards");
    is_int(server_requests(silent), UNDER_WAY, "those that waited never came to the server");
    server_stop(silent);
}

static void no_function_is_called(void) {
    static const char *const to[] = {TO};
    linkwa_client *client = client_for(server_url(server));
    linkwa_message *message = linkwa_message_text("Hello");
    size_t before = server_requests(server);
    is_status(linkwa_send_async(client, to, 1, message, NULL, NULL, NULL, NULL, NULL), LINKWA_INVALID_ARGUMENT, "neither on_done nor pending");
    linkwa_message_free(message);
    linkwa_client_close(client, 60000);
    linkwa_client_free(client);
    is_int(server_requests(server), before, "then nothing is sent");
}

/* The function owns the send: it frees the object, and the memory to which linkwa_send_async() wrote it. */
struct own {
    linkwa_pending *pending;
    struct gate *with, *without;
};

static void frees_itself(void *user_data, linkwa_result *result, linkwa_error *error) {
    struct own *own = user_data;
    struct gate *gate = own->pending ? own->with : own->without;
    linkwa_result_free(result);
    linkwa_error_free(error);
    linkwa_pending_free(own->pending);
    free(own);
    gate_add(gate);
}

/* The object is written before the function can run. With a timeout of 0 it runs as early as possible. */
static void pending_is_written_first(void) {
    enum { MANY = 400, WAYS = 3 };
    static const char *const to[] = {TO};
    static const char json[] = WHOLE(TO);
    struct gate with = GATE, without = GATE;
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_timeout_ms(config, 1);
    linkwa_client *client = client_of(config);
    linkwa_message *message = linkwa_message_text("Hello");
    size_t begun = 0;
    answer_ok(server);
    for (size_t i = 0; i < MANY; i++) {
        struct own *own = malloc(sizeof *own);
        if (!own) {
            bail_out("no memory");
        }
        *own = (struct own){NULL, &with, &without};
        linkwa_status status;
        switch (i % WAYS) {
        case 0: status = linkwa_send_async(client, to, 1, message, NULL, frees_itself, own, &own->pending, NULL); break;
        case 1: status = linkwa_send_request_async(client, json, sizeof json - 1, frees_itself, own, &own->pending, NULL); break;
        default: status = linkwa_send_raw_async(client, json, sizeof json - 1, frees_itself, own, &own->pending, NULL);
        }
        if (status == LINKWA_OK) {
            begun++;
        } else {
            free(own);
        }
    }
    ok(begun > 0, "sends begin with a timeout of 1 ms: %zu", begun);
    linkwa_message_free(message);
    linkwa_client_close(client, 60000);
    linkwa_client_free(client);
    is_int(gate_count(&with) + gate_count(&without), begun, "the function of each has run");
    is_int(gate_count(&without), 0, "pending is written before on_done runs");
}

static void null_arguments(void) {
    linkwa_result *result = NULL;
    ok(linkwa_pending_ref_id(NULL) == NULL, "linkwa_pending_ref_id of NULL");
    is_int(linkwa_pending_text_len(NULL, "text"), 0, "linkwa_pending_text_len of NULL");
    ok(!linkwa_pending_is_done(NULL), "linkwa_pending_is_done of NULL");
    ok(!linkwa_pending_wait_timeout(NULL, UINT64_MAX), "linkwa_pending_wait_timeout of NULL");
    is_status(linkwa_pending_cancel(NULL), LINKWA_INVALID_ARGUMENT, "linkwa_pending_cancel of NULL");
    is_status(linkwa_pending_wait(NULL, &result, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_pending_wait of NULL");
}

int main(void) {
    server = server_start();
    wait_returns_the_result();
    requests();
    immediate_errors();
    one_call_for_each_send();
    scenarios();
    deadline();
    cancelled();
    freed_pending();
    for (int act = 0; act < ACTS; act++) {
        from_inside((enum act)act);
    }
    free_inside_cancel();
    freed_while_functions_run();
    freed_while_sends_hang();
    no_function_is_called();
    pending_is_written_first();
    null_arguments();
    server_stop(server);
    return done();
}
