/* The observer: what it receives of sends, runs and guards, what it never receives, and that it is not called any more after its
 * client is freed. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "help.h"

static struct server *server;

enum { MOST = 64 };

/* The events received. Of their texts only copies are kept. */
struct events {
    pthread_mutex_t lock;
    size_t count;
    linkwa_observer_event all[MOST];
    char texts[65536]; /* every text of every event, one a line */
    struct gate ended;
};
#define EVENTS {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = GATE}

static void add_text(struct events *events, const char *text) {
    if (text && strlen(events->texts) + strlen(text) + 2 < sizeof events->texts) {
        strcat(strcat(events->texts, text), "\n");
    }
}

static void keep(void *user_data, const linkwa_observer_event *event) {
    struct events *events = user_data;
    pthread_mutex_lock(&events->lock);
    if (events->count < MOST) {
        events->all[events->count] = *event;
    }
    events->count++;
    add_text(events, event->ref_id);
    add_text(events, event->method);
    add_text(events, event->url);
    add_text(events, event->host);
    for (size_t i = 0; i < event->message_types_len; i++) {
        add_text(events, event->message_types[i]);
    }
    pthread_mutex_unlock(&events->lock);
    if (event->kind == LINKWA_OBSERVED_SEND_ENDED) {
        gate_add(&events->ended);
    }
}

/* Checks that the kinds of all events are these. */
static void is_kinds(const struct events *events, const linkwa_observed *kinds, size_t len, const char *name) {
    is_int(events->count, len, "%s: events", name);
    for (size_t i = 0; i < len && i < events->count; i++) {
        is_str(linkwa_observed_name(events->all[i].kind), linkwa_observed_name(kinds[i]), "%s: event %d", name, (int)i);
    }
}

static linkwa_client *observed(const char *url, struct events *events) {
    linkwa_config *config = config_for(url);
    is_status(linkwa_config_set_observer(config, keep, events), LINKWA_OK, "linkwa_config_set_observer");
    return client_of(config);
}

/* Each member of the events of a send that is accepted. */
static void accepted(void) {
    static const linkwa_observed kinds[] = {LINKWA_OBSERVED_SEND_QUEUED, LINKWA_OBSERVED_ATTEMPT_BEGUN, LINKWA_OBSERVED_PHASE_REACHED, LINKWA_OBSERVED_PHASE_REACHED, LINKWA_OBSERVED_ATTEMPT_ENDED, LINKWA_OBSERVED_SEND_ENDED};
    static struct events events = EVENTS;
    linkwa_client *client = observed(server_url(server), &events);
    char url[128];
    snprintf(url, sizeof url, "%s/messages", server_url(server));
    answer_ok(server);
    is_status(send_with_ref(client, TO, "Hello", "my-ref"), LINKWA_OK, "a send is accepted");
    is_kinds(&events, kinds, 6, "accepted");
    const linkwa_observer_event *queued = &events.all[0], *begun = &events.all[1], *ended = &events.all[4], *last = &events.all[5];
    for (size_t i = 0; i < 6; i++) {
        const linkwa_observer_event *event = &events.all[i];
        is_int(event->size, sizeof(linkwa_observer_event), "event %d: size", (int)i);
        ok(event->send_id > 0 && event->send_id == queued->send_id, "event %d: the send's number", (int)i);
        ok(event->time_us > 1500000000000000 && event->time_us < INT64_MAX, "event %d: its time in microseconds", (int)i);
        is_int(event->ref_id_len, strlen("my-ref"), "event %d: the length of the refId", (int)i);
        is_int(event->message_types_len, 1, "event %d: message types", (int)i);
        is_int(event->destinations, 1, "event %d: destinations", (int)i);
        ok(event->port > 0 && event->port < 65536, "event %d: the port", (int)i);
        is_int(event->attempt, i == 0 || i == 5 ? 0 : 1, "event %d: the attempt", (int)i);
        is_int(event->pause_us, -1, "event %d: no pause", (int)i);
        is_int(event->refusal, LINKWA_REFUSAL_NONE, "event %d: no refusal", (int)i);
    }
    ok(contains(events.texts, "my-ref\nPOST\n") && contains(events.texts, url) && contains(events.texts, "127.0.0.1\ntext\n"), "the texts: %s", events.texts);
    is_int(queued->queued, 0, "no send is waiting");
    is_int(queued->under_way, 0, "none is under way before it");
    is_int(begun->under_way, 1, "it is under way");
    is_int(begun->elapsed_us, 0, "an attempt that begins has taken no time");
    is_int(ended->queued, -1, "an end says nothing about the load");
    is_int(events.all[2].phase, LINKWA_PHASE_CONNECT, "it connects");
    is_int(events.all[3].phase, LINKWA_PHASE_BODY, "and its body leaves");
    is_int(ended->phase, LINKWA_PHASE_NONE, "the end of an attempt is no phase");
    ok(ended->elapsed_us > 0 && last->elapsed_us >= ended->elapsed_us, "the attempt and the send took time");
    ok(ended->connect_us >= 0 && ended->answer_us >= 0, "as did the connection and the answer");
    is_int(ended->dns_us, -1, "an address has no look-up");
    is_int(ended->tls_us, -1, "plain HTTP has no TLS");
    const linkwa_observer_event *both[] = {ended, last};
    for (size_t i = 0; i < 2; i++) {
        is_int(both[i]->outcome, LINKWA_ENDING_ACCEPTED, "its outcome");
        is_int(both[i]->http_status, 200, "its status");
        is_int(both[i]->result_code, 112000 + 1, "its result code");
        is_status(both[i]->code, LINKWA_OK, "no error");
        is_int(both[i]->reason, LINKWA_REASON_NONE, "no reason");
    }
    is_int(queued->outcome, LINKWA_ENDING_NONE, "a send that begins has no outcome");
    linkwa_client_free(client);
    is_int(events.count, 6, "freeing the client reports nothing");
}

/* Ends of every kind. */
static void failed(void) {
    static const struct {
        const char *status;
        linkwa_ending outcome;
        linkwa_status code;
        linkwa_reason reason;
        int http_status;
    } cases[] = {
        {"400 Bad Request", LINKWA_ENDING_REJECTED, LINKWA_REJECTED, LINKWA_REASON_NONE, 400},
        {"500 Oops", LINKWA_ENDING_UNKNOWN, LINKWA_OUTCOME_UNKNOWN, LINKWA_REASON_SERVER_ERROR, 500},
        {NULL, LINKWA_ENDING_UNKNOWN, LINKWA_OUTCOME_UNKNOWN, LINKWA_REASON_CONNECTION_LOST, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct events events = EVENTS;
        linkwa_client *client = observed(server_url(server), &events);
        if (cases[i].status) {
            answer_with(server, cases[i].status, "", "{\"resultCode\":112402}");
        } else {
            server_close_connections(server);
        }
        is_status(send_with_ref(client, TO, "Hello", "r"), cases[i].code, "failure %d", (int)i);
        const linkwa_observer_event *last = &events.all[events.count - 1];
        is_int(last->kind, LINKWA_OBSERVED_SEND_ENDED, "failure %d: the last event", (int)i);
        is_str(linkwa_ending_name(last->outcome), linkwa_ending_name(cases[i].outcome), "failure %d: outcome", (int)i);
        is_status(last->code, cases[i].code, "failure %d: code", (int)i);
        is_str(linkwa_reason_name(last->reason), linkwa_reason_name(cases[i].reason), "failure %d: reason", (int)i);
        is_int(last->http_status, cases[i].http_status, "failure %d: status", (int)i);
        linkwa_client_free(client);
    }
    /* Nothing listens at port 9. The pause is that before the second attempt. */
    struct events events = EVENTS;
    linkwa_client *client = observed("http://127.0.0.1:9", &events);
    is_status(send_with_ref(client, TO, "Hello", "r"), LINKWA_NOT_SENT, "nothing listens");
    size_t pauses = 0, begun = 0;
    for (size_t i = 0; i < events.count; i++) {
        pauses += events.all[i].kind == LINKWA_OBSERVED_ATTEMPT_ENDED && events.all[i].pause_us >= 0;
        begun += events.all[i].kind == LINKWA_OBSERVED_ATTEMPT_BEGUN;
    }
    is_int(begun, 3, "three attempts");
    is_int(pauses, 2, "and two pauses between them");
    is_int(events.all[events.count - 1].reason, LINKWA_REASON_CONNECT, "no connection");
    linkwa_client_free(client);
}

/* What has no message, what validation refuses, and what is sent as it is. */
static void other_requests(void) {
    static struct events events = EVENTS;
    static const char raw[] = "{\"refId\":\"a\\u0000b\",\"destinations\":[\"1\",\"2\"]}";
    linkwa_client *client = observed(server_url(server), &events);
    answer_ok(server);
    is_status(send_with_ref(client, "1", "Hello", "r"), LINKWA_INVALID_REQUEST, "validation refuses it");
    is_int(events.count, 0, "it is no send");
    linkwa_response *response = NULL;
    is_status(linkwa_client_request(client, "GET", "status/46987656789", NULL, NULL, 0, &response, NULL), LINKWA_OK, "an HTTP request");
    linkwa_response_free(response);
    const linkwa_observer_event *last = &events.all[events.count - 1];
    is_int(last->outcome, LINKWA_ENDING_ANSWERED, "it is answered");
    ok(last->url == NULL && last->message_types != NULL && last->message_types_len == 0 && last->destinations == -1 && last->ref_id == NULL,
        "it has no URL, messages, destinations and refId");
    ok(contains(events.texts, "GET\n") && !contains(events.texts, "46987656789"), "its path is not reported: %s", events.texts);
    linkwa_result *result = NULL;
    is_status(linkwa_send_raw(client, raw, sizeof raw - 1, &result, NULL), LINKWA_OK, "a raw request");
    linkwa_result_free(result);
    last = &events.all[events.count - 1];
    is_int(last->ref_id_len, 3, "the refId of a raw request may hold U+0000");
    is_int(last->destinations, 2, "its destinations");
    linkwa_client_free(client);
}

/* No credential, phone number or message text is in an event. */
static void secrets(void) {
    static struct events events = EVENTS;
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_credentials(config, "canary-user", "canary-pass");
    linkwa_config_add_header(config, "x-api-key", "canary-key");
    linkwa_config_set_source(config, "+46123454321");
    linkwa_config_set_observer(config, keep, &events);
    linkwa_client *client = client_of(config);
    answer_ok(server);
    send_with_ref(client, "+46987656789", "canary-text", "r");
    answer_with(server, "400 Bad Request", "", "{\"resultCode\":112402,\"description\":\"+46987656789 canary-text\"}");
    send_with_ref(client, "+46987656789", "canary-text", "r");
    answer_with(server, "200 OK", "", "canary-text");
    send_with_ref(client, "+46987656789", "canary-text", "r");
    server_close_connections(server);
    send_with_ref(client, "+46987656789", "canary-text", "r");
    linkwa_client_free(client);
    ok(gate_count(&events.ended) == 4, "four sends are reported");
    static const char *const canaries[] = {"canary", "6987656789", "6123454321", "Y2FuYXJ5"};
    for (size_t i = 0; i < sizeof canaries / sizeof *canaries; i++) {
        ok(!contains(events.texts, canaries[i]), "no event contains %s", canaries[i]);
    }
}

/* A send on a worker. */
static void on_a_worker(void) {
    static struct events events = EVENTS;
    linkwa_client *client = observed(server_url(server), &events);
    answer_ok(server);
    linkwa_pending *pending = begin(client, TO, NULL, NULL);
    ok(gate_wait(&events.ended, 1), "the end of an asynchronous send is reported");
    ok(linkwa_pending_wait_timeout(pending, 60000), "it has ended");
    linkwa_pending_free(pending);
    linkwa_client_free(client);
}

/* One configuration makes clients with the function that it has at that moment. */
static void each_client_has_its_own(void) {
    static struct events first = EVENTS, second = EVENTS;
    linkwa_config *config = config_for(server_url(server));
    linkwa_client *clients[3] = {NULL, NULL, NULL};
    answer_ok(server);
    linkwa_config_set_observer(config, keep, &first);
    is_status(linkwa_client_new(config, &clients[0], NULL), LINKWA_OK, "a client");
    linkwa_config_set_observer(config, keep, &second);
    is_status(linkwa_client_new(config, &clients[1], NULL), LINKWA_OK, "another one");
    is_status(linkwa_config_set_observer(config, NULL, NULL), LINKWA_OK, "NULL sets none");
    is_status(linkwa_client_new(config, &clients[2], NULL), LINKWA_OK, "and one without a function");
    linkwa_config_free(config);
    for (size_t i = 0; i < 3; i++) {
        is_status(send_with_ref(clients[i], TO, "Hello", "r"), LINKWA_OK, "client %d sends", (int)i);
    }
    is_int(gate_count(&first.ended), 1, "the first function has one send");
    is_int(gate_count(&second.ended), 1, "the second has one");
    linkwa_client_free(clients[0]);
    is_status(send_with_ref(clients[1], TO, "Hello", "r"), LINKWA_OK, "the second client sends when the first is freed");
    is_int(gate_count(&second.ended), 2, "which is reported");
    linkwa_client_free(clients[1]);
    linkwa_client_free(clients[2]);
    is_status(linkwa_config_set_observer(NULL, keep, NULL), LINKWA_INVALID_ARGUMENT, "no configuration");
}

/* ---- While it runs ---- */

struct slow {
    struct gate entered, leave, left;
    size_t left_before;
    linkwa_client *client;
    linkwa_pending *pending;
};

static void slow_observer(void *user_data, const linkwa_observer_event *event) {
    struct slow *slow = user_data;
    if (event->kind != LINKWA_OBSERVED_SEND_ENDED) {
        return;
    }
    gate_add(&slow->entered);
    gate_wait(&slow->leave, 1);
    gate_add(&slow->left);
}

static void free_while_running(void *data, size_t number) {
    enum { A_WHILE_MS = 300 };
    struct slow *slow = data;
    if (number == 0) {
        linkwa_pending_cancel(slow->pending);
        return;
    }
    gate_wait(&slow->entered, 1);
    if (number == 1) {
        linkwa_client_free(slow->client);
        slow->left_before = gate_count(&slow->left);
        gate_add(&slow->leave);
        return;
    }
    /* It cannot be seen that the other thread waits: this lets it go on. */
    gate_wait_for(&slow->leave, 1, A_WHILE_MS);
    gate_add(&slow->leave);
}

/* linkwa_client_free() waits for a function at work. Its send has ended, and it runs on no worker, for which closing waits. */
static void freed_while_running(void) {
    struct slow slow = {GATE, GATE, GATE, 77, NULL, NULL};
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_observer(config, slow_observer, &slow);
    slow.client = client_of(config);
    size_t before = server_requests(server);
    server_stay_silent(server);
    slow.pending = begin(slow.client, TO, NULL, NULL);
    ok(server_wait(server, before + 1), "a send is under way");
    on_threads(3, free_while_running, &slow);
    is_int(slow.left_before, 1, "a function at work has returned when the client is freed");
    linkwa_pending_free(slow.pending);
}

struct inside {
    struct events events;
    linkwa_client *client;
    linkwa_status status;
    bool sends, frees;
};

static void from_inside_observer(void *user_data, const linkwa_observer_event *event) {
    struct inside *inside = user_data;
    keep(&inside->events, event);
    if (event->kind != LINKWA_OBSERVED_SEND_ENDED) {
        return;
    }
    if (inside->sends) {
        inside->sends = false;
        inside->status = send_with_ref(inside->client, TO, "Hello", "inner");
    } else if (inside->frees) {
        inside->frees = false;
        linkwa_client_free(inside->client);
    }
}

static void from_inside(void) {
    static struct inside inside = {EVENTS, NULL, LINKWA_INTERNAL, true, false};
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_observer(config, from_inside_observer, &inside);
    inside.client = client_of(config);
    answer_ok(server);
    is_status(send_with_ref(inside.client, TO, "Hello", "outer"), LINKWA_OK, "an observed send");
    is_status(inside.status, LINKWA_OK, "the function can send");
    is_int(gate_count(&inside.events.ended), 2, "which is reported too");
    inside.frees = true;
    is_status(send_with_ref(inside.client, TO, "Hello", "last"), LINKWA_OK, "the function can free the client of a running call");
    is_int(gate_count(&inside.events.ended), 3, "and is not called again");
}

/* Frees the client at the event of this kind. */
struct freeing {
    linkwa_client *client;
    linkwa_observed at;
    struct gate done;
};

static void free_at(void *user_data, const linkwa_observer_event *event) {
    struct freeing *freeing = user_data;
    if (event->kind == freeing->at) {
        linkwa_client_free(freeing->client);
    }
}

static void count_done(void *user_data, linkwa_result *result, linkwa_error *error) {
    struct freeing *freeing = user_data;
    linkwa_result_free(result);
    linkwa_error_free(error);
    gate_add(&freeing->done);
}

/* linkwa_client_free() inside an observer returns, although the function of that send has yet to be called. */
static void freed_before_on_done(void) {
    static const linkwa_observed kinds[] = {LINKWA_OBSERVED_SEND_QUEUED, LINKWA_OBSERVED_ATTEMPT_BEGUN, LINKWA_OBSERVED_PHASE_REACHED, LINKWA_OBSERVED_ATTEMPT_ENDED, LINKWA_OBSERVED_SEND_ENDED};
    linkwa_message *message = linkwa_message_text("Hello");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct freeing freeing = {NULL, kinds[i], GATE};
        const char *name = linkwa_observed_name(kinds[i]);
        const char *to = TO;
        linkwa_config *config = config_for(server_url(server));
        linkwa_config_set_observer(config, free_at, &freeing);
        freeing.client = client_of(config);
        answer_ok(server);
        linkwa_pending *pending = NULL;
        linkwa_status status = linkwa_send_async(freeing.client, &to, 1, message, NULL, count_done, &freeing, &pending, NULL);
        if (kinds[i] == LINKWA_OBSERVED_SEND_QUEUED) {
            is_status(status, LINKWA_NOT_SENT, "%s: the client is closed before the send begins", name);
            is_int(gate_count(&freeing.done), 0, "%s: its function is not called", name);
            continue;
        }
        is_status(status, LINKWA_OK, "%s: a send begins", name);
        ok(gate_wait(&freeing.done, 1), "%s: its function is called", name);
        ok(linkwa_pending_wait_timeout(pending, 60000), "%s: the send has ended", name);
        linkwa_pending_free(pending);
    }
    linkwa_message_free(message);
}

/* ---- Runs and guards ---- */

static const char *next_of(void *user_data) {
    size_t *left = user_data;
    return *left > 0 ? ((*left)--, TO) : NULL;
}

static void no_chunk(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk) {
    (void)user_data;
    (void)many;
    (void)chunk;
}

/* From the pause on, the gateway accepts. */
static void until_it_waits(void *user_data, const linkwa_observer_event *event) {
    keep(user_data, event);
    if (event->kind == LINKWA_OBSERVED_RUN_WAITING) {
        answer_ok(server);
    }
}

/* A run whose gateway is busy pauses. */
static void runs(void) {
    static struct events events = EVENTS;
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_observer(config, until_it_waits, &events);
    linkwa_client *client = client_of(config);
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_progress progress;
    size_t left = 2, waits = 0;
    answer_with(server, "429 Too Many Requests", "Retry-After: 1\r\n", "{}");
    is_status(linkwa_send_many(client, next_of, &left, message, NULL, no_chunk, NULL, &progress, NULL), LINKWA_OK, "a run");
    for (size_t i = 0; i < events.count && i < MOST; i++) {
        const linkwa_observer_event *event = &events.all[i];
        waits += event->kind == LINKWA_OBSERVED_RUN_WAITING && event->pause_us >= 1000000 && event->send_id == 0 && event->ref_id_len > 0;
    }
    is_int(waits, 1, "its pause of a second is reported, with its reference");
    is_int(gate_count(&events.ended), 2, "and the request before and after it");
    linkwa_message_free(message);
    linkwa_client_free(client);
}

static void guards(void) {
    static struct events events = EVENTS;
    linkwa_callback_guard *guard = linkwa_callback_guard_new();
    is_status(linkwa_callback_guard_set_observer(guard, keep, &events), LINKWA_OK, "linkwa_callback_guard_set_observer");
    is_int(linkwa_callback_guard_check(guard, "195.84.162.34", NULL, 0, 10, NULL), LINKWA_REFUSAL_NONE, "LINK's address");
    is_int(linkwa_callback_guard_check(guard, "192.0.2.1", NULL, 0, 10, NULL), LINKWA_REFUSAL_ADDRESS, "another address");
    is_int(events.count, 2, "an event for each");
    is_int(events.all[0].kind, LINKWA_OBSERVED_CALLBACK_ACCEPTED, "one is accepted");
    is_int(events.all[0].refusal, LINKWA_REFUSAL_NONE, "for no reason");
    is_int(events.all[1].kind, LINKWA_OBSERVED_CALLBACK_REFUSED, "the other is refused");
    is_int(events.all[1].refusal, LINKWA_REFUSAL_ADDRESS, "by its address");
    is_int(events.all[1].send_id, 0, "it is no send");
    is_str(events.texts, "", "neither has a text");
    is_status(linkwa_callback_guard_set_observer(NULL, keep, NULL), LINKWA_INVALID_ARGUMENT, "no guard");
    is_status(linkwa_callback_guard_set_observer(guard, NULL, NULL), LINKWA_OK, "NULL sets none");
    is_int(linkwa_callback_guard_check(guard, "192.0.2.1", NULL, 0, 10, NULL), LINKWA_REFUSAL_ADDRESS, "the guard still refuses");
    is_int(events.count, 2, "which is not reported");
    linkwa_callback_guard_free(guard);
}

int main(void) {
    server = server_start();
    accepted();
    failed();
    other_requests();
    secrets();
    on_a_worker();
    each_client_has_its_own();
    freed_while_running();
    from_inside();
    freed_before_on_done();
    runs();
    guards();
    server_stop(server);
    return done();
}
