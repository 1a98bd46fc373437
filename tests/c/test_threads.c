/* Eight threads on one client, with builders of their own, with builders that they only read, and with one of each built object. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

enum { THREADS = 8 };

static struct sandbox *sandbox;
static linkwa_client *client;

/* Problems that threads found; the main thread reports them. */
static struct gate problems = GATE;

static void expect(bool condition) {
    if (!condition) {
        gate_add(&problems);
    }
}

static void is_fine(const char *name) {
    static size_t before;
    is_int(gate_count(&problems) - before, 0, "%s: no problem", name);
    before = gate_count(&problems);
}

/* ---- One client ---- */

enum { EACH = 40 };

static char refs[THREADS * EACH][40];

static void send_and_wait(void *data, size_t number) {
    (void)data;
    for (size_t i = 0; i < EACH; i++) {
        char text[64];
        linkwa_result *result = NULL;
        linkwa_error *err = NULL;
        bool fails = i % 4 == 3;
        snprintf(text, sizeof text, "Hello from %zu", number);
        linkwa_status status = linkwa_send_text(client, fails ? SCENARIO("1400") : TO, text, NULL, &result, &err);
        expect(status == (fails ? LINKWA_REJECTED : LINKWA_OK));
        const char *ref = fails ? linkwa_error_ref_id(err) : linkwa_result_ref_id(result);
        expect(ref && strlen(ref) == 36);
        snprintf(refs[number * EACH + i], sizeof *refs, "%s", ref ? ref : "");
        linkwa_result_free(result);
        linkwa_error_free(err);
    }
}

static int compare(const void *one, const void *other) {
    return strcmp(one, other);
}

static void blocking(void) {
    on_threads(THREADS, send_and_wait, NULL);
    is_fine("8 threads send and wait");
    qsort(refs, THREADS * EACH, sizeof *refs, compare);
    size_t same = 0;
    for (size_t i = 1; i < THREADS * EACH; i++) {
        same += strcmp(refs[i - 1], refs[i]) == 0;
    }
    is_int(same, 0, "each send has a reference of its own");
}

static struct gate told = GATE, accepted = GATE;

static void on_done(void *user_data, linkwa_result *result, linkwa_error *error) {
    (void)user_data;
    expect((result != NULL) != (error != NULL));
    if (result) {
        gate_add(&accepted);
    }
    linkwa_result_free(result);
    linkwa_error_free(error);
    gate_add(&told);
}

static void send_async(void *data, size_t number) {
    linkwa_pending *all[EACH];
    (void)data;
    for (size_t i = 0; i < EACH; i++) {
        all[i] = begin(client, (i + number) % 5 == 0 ? SCENARIO("1403") : TO, on_done, NULL);
    }
    for (size_t i = 0; i < EACH; i++) {
        linkwa_result *result = NULL;
        expect(linkwa_pending_wait(all[i], &result, NULL) == ((i + number) % 5 == 0 ? LINKWA_REJECTED : LINKWA_OK));
        linkwa_result_free(result);
        linkwa_pending_free(all[i]);
    }
}

static void asynchronous(void) {
    on_threads(THREADS, send_async, NULL);
    ok(gate_wait(&told, THREADS * EACH), "each function is called");
    is_fine("8 threads send asynchronously");
    is_int(gate_count(&accepted), THREADS * EACH * 4 / 5, "four of five are accepted");
}

/* Threads that send, while another closes the client. */
static void send_until_closed(void *data, size_t number) {
    const linkwa_client *one = data;
    if (number == 0) {
        gate_wait(&told, gate_count(&told) + 10);
        expect(linkwa_client_close((linkwa_client *)data, 60000) == LINKWA_OK);
        return;
    }
    for (linkwa_status status = LINKWA_OK; status == LINKWA_OK;) {
        linkwa_result *result = NULL;
        linkwa_error *err = NULL;
        status = linkwa_send_text(one, TO, "Hello", NULL, &result, &err);
        if (status != LINKWA_OK) {
            expect(status == LINKWA_NOT_SENT && linkwa_error_reason(err) == LINKWA_REASON_CLOSED);
        }
        linkwa_result_free(result);
        linkwa_error_free(err);
        gate_add(&told);
    }
}

static void closed_meanwhile(void) {
    linkwa_client *one = client_for(sandbox_base_url(sandbox));
    on_threads(THREADS, send_until_closed, one);
    linkwa_client_free(one);
    is_fine("a client that is closed while seven threads send");
}

/* One pending send that eight threads wait for and cancel. */
static void wait_for_one(void *data, size_t number) {
    linkwa_pending **both = data;
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    (void)number;
    expect(linkwa_pending_wait(both[0], &result, NULL) == LINKWA_OK && linkwa_pending_is_done(both[0]));
    linkwa_result_free(result);
    expect(linkwa_pending_cancel(both[1]) == LINKWA_OK);
    expect(linkwa_pending_wait(both[1], &result, &err) == LINKWA_OUTCOME_UNKNOWN);
    expect(linkwa_error_reason(err) == LINKWA_REASON_CANCELLED);
    linkwa_error_free(err);
}

static void one_pending(void) {
    struct server *silent = server_start();
    linkwa_client *other = client_for(server_url(silent));
    linkwa_pending *both[] = {begin(client, TO, NULL, NULL), begin(other, TO, NULL, NULL)};
    server_wait(silent, 1);
    on_threads(THREADS, wait_for_one, both);
    is_fine("8 threads wait for one send, and cancel another");
    linkwa_pending_free(both[0]);
    linkwa_pending_free(both[1]);
    linkwa_client_free(other);
    server_stop(silent);
}

/* ---- Builders, one for each thread ---- */

enum { CHANGES = 50 };

static size_t count_of(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = text; at && (at = strstr(at, part)) != NULL; at += strlen(part)) {
        count++;
    }
    return count;
}

static const char *const to[] = {TO};

/* The number of times that a text occurs in the built request. */
static size_t count_in(const linkwa_message *message, const linkwa_options *options, const char *part) {
    linkwa_buffer *buffer = NULL;
    expect(linkwa_build(client, to, 1, message, options, &buffer, NULL) == LINKWA_OK);
    size_t count = count_of(linkwa_buffer_data(buffer), part);
    linkwa_buffer_free(buffer);
    return count;
}

static void options_and_message(void *data, size_t number) {
    linkwa_options *options = options_with_ref("r");
    linkwa_message *message = linkwa_message_template("order", "ns", "en");
    (void)data;
    for (size_t i = 1; i <= CHANGES; i++) {
        char text[32];
        snprintf(text, sizeof text, "of-%zu-%zu", number, i);
        expect(linkwa_options_add_event_report_gate(options, text) == LINKWA_OK);
        expect(linkwa_message_add_body_text(message, text) == LINKWA_OK);
        snprintf(text, sizeof text, "\"of-%zu-", number);
        expect(count_in(message, options, text) == 2 * i);
        expect(count_in(message, options, "\"of-") == 2 * i);
        if (i % 10 == 0) {
            linkwa_result *result = NULL;
            expect(linkwa_send(client, to, 1, message, NULL, &result, NULL) == LINKWA_OK);
            linkwa_result_free(result);
        }
    }
    linkwa_message_free(message);
    linkwa_options_free(options);
}

static void config_and_contact(void *data, size_t number) {
    linkwa_config *config = config_for(NULL);
    linkwa_contact *contact = linkwa_contact_new();
    (void)data;
    (void)number;
    for (int i = 0; i < CHANGES; i++) {
        linkwa_message *message = linkwa_message_contacts();
        expect(linkwa_contact_add_phone(contact, "1", NULL, NULL) == LINKWA_OK);
        expect(linkwa_message_add_contact(message, contact) == LINKWA_OK);
        linkwa_message_free(message);
        expect(linkwa_config_add_event_report_gate(config, "gate") == LINKWA_OK);
        if (i % 10 == 0) {
            linkwa_client *one = NULL;
            expect(linkwa_client_new(config, &one, NULL) == LINKWA_OK);
            linkwa_client_free(one);
        }
    }
    linkwa_contact_free(contact);
    linkwa_config_free(config);
}

static linkwa_callback *report_of(size_t message, int code) {
    char json[160];
    linkwa_callback *report = NULL;
    snprintf(json, sizeof json, "{\"messageId\":\"id-%zu\",\"refId\":\"ref-%zu\",\"resultCode\":%d}", message, message, code);
    expect(linkwa_callback_parse(json, strlen(json), &report, NULL) == LINKWA_OK);
    return report;
}

static void track(void *data, size_t number) {
    linkwa_status_tracker *tracker = linkwa_status_tracker_new();
    (void)data;
    for (size_t i = 1; i <= CHANGES; i++) {
        linkwa_callback *report = report_of(number * CHANGES + i, 112003);
        expect(linkwa_status_tracker_apply(tracker, report, NULL, NULL) == LINKWA_OK);
        expect(linkwa_status_tracker_len(tracker) == 2 * i);
        linkwa_callback_free(report);
    }
    linkwa_status_tracker_free(tracker);
}

static void builders(void) {
    on_threads(THREADS, options_and_message, NULL);
    is_fine("8 threads, each with options and a message of its own");
    on_threads(THREADS, config_and_contact, NULL);
    is_fine("8 threads, each with a configuration and a contact of its own");
    on_threads(THREADS, track, NULL);
    is_fine("8 threads, each with a tracker of its own");
}

/* ---- Builders that are only read, moved between threads, and changed under a lock ---- */

struct read_only {
    const linkwa_message *message;
    const linkwa_options *options;
    const linkwa_callback_guard *guard;
    const linkwa_status_tracker *tracker;
};

static void count_state(void *user_data, const linkwa_message_state *state) {
    (void)user_data;
    expect(linkwa_message_state_message_id(state) != NULL || linkwa_message_state_ref_id(state) != NULL);
}

static void read_all(void *data, size_t number) {
    const struct read_only *all = data;
    (void)number;
    for (int i = 0; i < CHANGES; i++) {
        linkwa_message_state *state = NULL;
        linkwa_message *copy = linkwa_message_text("Hello");
        expect(count_in(all->message, all->options, "\"shared\"") == 1);
        expect(linkwa_message_append(copy, all->message) == LINKWA_OK);
        /* The copy is this thread's own. */
        expect(linkwa_message_append(copy, copy) == LINKWA_OK);
        expect(count_in(copy, all->options, "\"shared\"") == 2);
        linkwa_message_free(copy);
        expect(linkwa_callback_guard_check(all->guard, "195.84.162.34", NULL, 0, 10, NULL) == LINKWA_REFUSAL_NONE);
        expect(linkwa_status_tracker_state(all->tracker, "id-1", LINKWA_NO_INDEX, &state, NULL) == LINKWA_OK && state);
        linkwa_message_state_free(state);
        expect(linkwa_status_tracker_each(all->tracker, count_state, NULL) == LINKWA_OK);
    }
}

static void only_read(void) {
    linkwa_message *message = linkwa_message_template("order", "ns", "en");
    linkwa_options *options = options_with_ref("r");
    linkwa_callback_guard *guard = linkwa_callback_guard_new();
    linkwa_status_tracker *tracker = linkwa_status_tracker_new();
    linkwa_callback *report = report_of(1, 112003);
    linkwa_message_add_body_text(message, "shared");
    linkwa_status_tracker_apply(tracker, report, NULL, NULL);
    linkwa_callback_free(report);
    struct read_only all = {message, options, guard, tracker};
    on_threads(THREADS, read_all, &all);
    is_fine("8 threads read one message, options, guard and tracker");
    linkwa_message_free(message);
    linkwa_options_free(options);
    linkwa_callback_guard_free(guard);
    linkwa_status_tracker_free(tracker);
}

struct locked {
    pthread_mutex_t lock;
    linkwa_status_tracker *tracker;
};

static void track_locked(void *data, size_t number) {
    struct locked *locked = data;
    for (size_t i = 0; i < CHANGES; i++) {
        /* Pairs of threads have the same messages. */
        linkwa_callback *report = report_of(number / 2 * CHANGES + i, number % 2 ? 112002 : 112003);
        pthread_mutex_lock(&locked->lock);
        expect(linkwa_status_tracker_apply(locked->tracker, report, NULL, NULL) == LINKWA_OK);
        pthread_mutex_unlock(&locked->lock);
        linkwa_callback_free(report);
    }
}

static void under_a_lock(void) {
    struct locked locked = {PTHREAD_MUTEX_INITIALIZER, linkwa_status_tracker_new()};
    on_threads(THREADS, track_locked, &locked);
    is_fine("8 threads change one tracker under a lock");
    size_t delivered = 0;
    for (size_t i = 0; i < THREADS / 2 * CHANGES; i++) {
        char id[32];
        linkwa_message_state *state = NULL;
        snprintf(id, sizeof id, "id-%zu", i);
        linkwa_status_tracker_state(locked.tracker, id, LINKWA_NO_INDEX, &state, NULL);
        delivered += linkwa_message_state_status(state) == LINKWA_EVENT_DELIVERED;
        linkwa_message_state_free(state);
    }
    is_int(delivered, THREADS / 2 * CHANGES, "every message is delivered");
    linkwa_status_tracker_free(locked.tracker);
}

/* ---- Built objects ---- */

struct fixed {
    const linkwa_findings *findings;
    const linkwa_error *error;
    const linkwa_callback *callback;
};

static void look(void *data, size_t number) {
    const struct fixed *fixed = data;
    (void)number;
    for (int i = 0; i < CHANGES; i++) {
        for (size_t at = 0; at < linkwa_findings_len(fixed->findings); at++) {
            const char *path = linkwa_findings_path(fixed->findings, at);
            expect(linkwa_findings_text_len(fixed->findings, path) == strlen(path));
        }
        expect(linkwa_findings_len(linkwa_error_findings(fixed->error)) == linkwa_findings_len(fixed->findings));
        expect(linkwa_error_message(fixed->error) != NULL);
        /* These are made when first asked for. */
        const char *key = linkwa_callback_key(fixed->callback), *raw = linkwa_callback_raw(fixed->callback);
        const char *id = linkwa_event_report_message_id(fixed->callback);
        expect(key && strcmp(key, "report:a%22b:-:-:112003") == 0 && linkwa_callback_text_len(fixed->callback, key) == strlen(key));
        expect(raw && linkwa_callback_text_len(fixed->callback, raw) == strlen(raw));
        expect(id && strcmp(id, "a\"b") == 0 && linkwa_callback_text_len(fixed->callback, id) == 3);
    }
}

static void fixed_objects(void) {
    static const char json[] = "{\"messageId\":\"a\\\"b\",\"resultCode\":112003}";
    linkwa_findings *findings = NULL;
    linkwa_error *err = NULL;
    linkwa_buffer *buffer = NULL;
    linkwa_callback *callback = NULL;
    linkwa_validate("{}", 2, &findings, NULL);
    linkwa_build_request("{}", 2, &buffer, &err);
    linkwa_callback_parse(json, sizeof json - 1, &callback, NULL);
    struct fixed fixed = {findings, err, callback};
    on_threads(THREADS, look, &fixed);
    is_fine("8 threads look at findings, an error and a callback");
    linkwa_findings_free(findings);
    linkwa_error_free(err);
    linkwa_callback_free(callback);
}

int main(void) {
    sandbox = sandbox_start(NULL);
    client = client_for(sandbox_base_url(sandbox));
    blocking();
    asynchronous();
    closed_meanwhile();
    one_pending();
    builders();
    only_read();
    under_a_lock();
    fixed_objects();
    linkwa_client_free(client);
    sandbox_stop(sandbox);
    return done();
}
