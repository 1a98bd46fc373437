/* Eight threads on one client, and on one of every object that can be changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

enum { THREADS = 8 };

static struct sandbox *sandbox;
static linkwa_client *client;

/* Problems that threads found; the main thread tells. */
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

/* Threads that send, and one that closes the client in their midst. */
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

/* One pending send that eight threads wait for, and one that they all cancel. */
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

/* ---- One object that is changed ---- */

enum { CHANGES = 50 };

static size_t count_of(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = text; at && (at = strstr(at, part)) != NULL; at += strlen(part)) {
        count++;
    }
    return count;
}

static const char *const to[] = {TO};

static void change_options(void *data, size_t number) {
    linkwa_options *options = data;
    linkwa_message *message = linkwa_message_text("Hello");
    for (int i = 0; i < CHANGES; i++) {
        char gate[32];
        linkwa_buffer *buffer = NULL;
        snprintf(gate, sizeof gate, "gate-%zu-%d", number, i);
        expect(linkwa_options_add_event_report_gate(options, gate) == LINKWA_OK);
        expect(linkwa_options_set_priority(options, i % 2 ? LINKWA_PRIORITY_HIGH : LINKWA_PRIORITY_LOW) == LINKWA_OK);
        expect(linkwa_build(client, to, 1, message, options, &buffer, NULL) == LINKWA_OK);
        linkwa_buffer_free(buffer);
    }
    linkwa_message_free(message);
}

static void one_options(void) {
    linkwa_options *options = options_with_ref("r");
    linkwa_message *message = linkwa_message_text("Hello");
    on_threads(THREADS, change_options, options);
    is_fine("8 threads change and use one options object");
    linkwa_buffer *buffer = NULL;
    linkwa_build(client, to, 1, message, options, &buffer, NULL);
    is_int(count_of(linkwa_buffer_data(buffer), "\"gate-"), THREADS * CHANGES, "every change is there");
    linkwa_buffer_free(buffer);
    linkwa_message_free(message);
    linkwa_options_free(options);
}

static void change_message(void *data, size_t number) {
    linkwa_message *message = data;
    for (int i = 0; i < CHANGES; i++) {
        char text[32];
        snprintf(text, sizeof text, "text-%zu-%d", number, i);
        expect(linkwa_message_add_body_text(message, text) == LINKWA_OK);
        expect(linkwa_message_check(message, NULL) == LINKWA_OK);
        expect(strcmp(linkwa_message_type(message), "template") == 0);
        if (i % 10 == 0) {
            linkwa_result *result = NULL;
            expect(linkwa_send(client, to, 1, message, NULL, &result, NULL) == LINKWA_OK);
            linkwa_result_free(result);
        }
    }
}

static void one_message(void) {
    linkwa_message *message = linkwa_message_template("order", "ns", "en");
    on_threads(THREADS, change_message, message);
    is_fine("8 threads change and send one message");
    linkwa_buffer *buffer = NULL;
    linkwa_build(client, to, 1, message, NULL, &buffer, NULL);
    is_int(count_of(linkwa_buffer_data(buffer), "\"text-"), THREADS * CHANGES, "every change is there");
    linkwa_buffer_free(buffer);
    linkwa_message_free(message);
}

/* Two messages that are appended to each other, one way round on some threads and the other on the others. */
static void append_both(void *data, size_t number) {
    linkwa_message **both = data;
    linkwa_message *copy = linkwa_message_text("Hello");
    for (int i = 0; i < CHANGES; i++) {
        expect(linkwa_message_append(copy, both[number % 2]) == LINKWA_OK);
    }
    expect(linkwa_message_append(both[number % 2], both[1 - number % 2]) == LINKWA_OK);
    linkwa_message_free(copy);
}

static void appended(void) {
    linkwa_message *both[] = {linkwa_message_text("one"), linkwa_message_text("other")};
    on_threads(THREADS, append_both, both);
    is_fine("8 threads append two messages to each other");
    linkwa_message_free(both[0]);
    linkwa_message_free(both[1]);
}

static void change_config(void *data, size_t number) {
    linkwa_config *config = data;
    (void)number;
    for (int i = 0; i < CHANGES; i++) {
        linkwa_client *one = NULL;
        expect(linkwa_config_add_event_report_gate(config, "gate") == LINKWA_OK);
        expect(linkwa_config_set_timeout_ms(config, 1000) == LINKWA_OK);
        if (i % 10 == 0) {
            expect(linkwa_client_new(config, &one, NULL) == LINKWA_OK);
            linkwa_client_free(one);
        }
    }
}

static void one_config(void) {
    linkwa_config *config = config_for(NULL);
    on_threads(THREADS, change_config, config);
    is_fine("8 threads change and use one configuration");
    linkwa_config_free(config);
}

static void change_contact(void *data, size_t number) {
    linkwa_contact *contact = data;
    (void)number;
    for (int i = 0; i < CHANGES; i++) {
        linkwa_message *message = linkwa_message_contacts();
        expect(linkwa_contact_add_phone(contact, "1", NULL, NULL) == LINKWA_OK);
        expect(linkwa_message_add_contact(message, contact) == LINKWA_OK);
        linkwa_message_free(message);
    }
}

static void one_contact(void) {
    linkwa_contact *contact = linkwa_contact_new();
    on_threads(THREADS, change_contact, contact);
    is_fine("8 threads change and use one contact");
    linkwa_contact_free(contact);
}

/* ---- One tracker ---- */

static linkwa_callback *report_of(size_t message, int code) {
    char json[160];
    linkwa_callback *report = NULL;
    snprintf(json, sizeof json, "{\"messageId\":\"id-%zu\",\"refId\":\"ref-%zu\",\"resultCode\":%d}", message, message, code);
    expect(linkwa_callback_parse(json, strlen(json), &report, NULL) == LINKWA_OK);
    return report;
}

static void count_state(void *user_data, const linkwa_message_state *state) {
    (void)user_data;
    expect(linkwa_message_state_message_id(state) != NULL || linkwa_message_state_ref_id(state) != NULL);
}

static void track(void *data, size_t number) {
    linkwa_status_tracker *tracker = data;
    for (size_t i = 0; i < CHANGES; i++) {
        char id[32];
        linkwa_message_state *state = NULL;
        linkwa_buffer *buffer = NULL;
        size_t message = number / 2 * CHANGES + i; /* two threads each have the same messages */
        linkwa_callback *report = report_of(message, number % 2 ? 112002 : 112003);
        expect(linkwa_status_tracker_apply(tracker, report, NULL, NULL) == LINKWA_OK);
        linkwa_callback_free(report);
        snprintf(id, sizeof id, "id-%zu", message);
        expect(linkwa_status_tracker_state(tracker, id, LINKWA_NO_INDEX, &state, NULL) == LINKWA_OK && state);
        linkwa_message_state_free(state);
        if (i % 10 == 0) {
            expect(linkwa_status_tracker_to_json(tracker, &buffer, NULL) == LINKWA_OK);
            linkwa_buffer_free(buffer);
            expect(linkwa_status_tracker_each(tracker, count_state, NULL) == LINKWA_OK);
        }
    }
}

static void one_tracker(void) {
    linkwa_status_tracker *tracker = linkwa_status_tracker_new();
    on_threads(THREADS, track, tracker);
    is_fine("8 threads use one tracker");
    size_t delivered = 0;
    for (size_t i = 0; i < THREADS / 2 * CHANGES; i++) {
        char id[32];
        linkwa_message_state *state = NULL;
        snprintf(id, sizeof id, "id-%zu", i);
        linkwa_status_tracker_state(tracker, id, LINKWA_NO_INDEX, &state, NULL);
        delivered += linkwa_message_state_status(state) == LINKWA_EVENT_DELIVERED;
        linkwa_message_state_free(state);
    }
    is_int(delivered, THREADS / 2 * CHANGES, "every message is delivered");
    linkwa_status_tracker_free(tracker);
}

/* ---- Objects that do not change ---- */

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
        /* These are made when they are first asked for. */
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
    one_options();
    one_message();
    appended();
    one_config();
    one_contact();
    one_tracker();
    fixed_objects();
    linkwa_client_free(client);
    sandbox_stop(sandbox);
    return done();
}
