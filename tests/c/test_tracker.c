/* The status tracker. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

static linkwa_callback *parse(const char *json) {
    linkwa_callback *callback = NULL;
    if (linkwa_callback_parse(json, strlen(json), &callback, NULL) != LINKWA_OK) {
        bail_out("no callback: %s", json);
    }
    return callback;
}

/* Applies a report and returns the state. */
static linkwa_message_state *apply(linkwa_status_tracker *tracker, const char *json) {
    linkwa_callback *report = parse(json);
    linkwa_message_state *state = NULL;
    if (linkwa_status_tracker_apply(tracker, report, &state, NULL) != LINKWA_OK || !state) {
        bail_out("not taken in: %s", json);
    }
    linkwa_callback_free(report);
    return state;
}

static void take_in(linkwa_status_tracker *tracker, const char *json) {
    linkwa_message_state_free(apply(tracker, json));
}

#define SENT(id) "{\"messageId\":\"" id "\",\"refId\":\"ref-1\",\"messageIndex\":0,\"timestamp\":\"2020-03-18T16:49:21Z\",\"resultCode\":112002," \
    "\"resultDescription\":\"Sent\"}"
#define DELIVERED(id) "{\"messageId\":\"" id "\",\"refId\":\"ref-1\",\"messageIndex\":0,\"timestamp\":\"2020-03-18T16:49:22Z\"," \
    "\"resultCode\":112003,\"resultDescription\":\"Delivered\"}"
#define FAILED(id) "{\"messageId\":\"" id "\",\"refId\":\"ref-1\",\"messageIndex\":0,\"resultCode\":112403}"

static void states(void) {
    linkwa_status_tracker *tracker = linkwa_status_tracker_new();
    ok(tracker != NULL, "linkwa_status_tracker_new gives a tracker");
    is_int(linkwa_status_tracker_len(tracker), 0, "it is empty");
    linkwa_message_state *state = apply(tracker, SENT("id-1"));
    int64_t number = -77;
    is_str(linkwa_message_state_message_id(state), "id-1", "the message's id");
    ok(linkwa_message_state_message_index(state, &number) && number == 0, "the message's index");
    ok(linkwa_message_state_message_index(state, NULL), "the out-parameter may be NULL");
    is_str(linkwa_message_state_ref_id(state), "ref-1", "the reference");
    is_int(linkwa_message_state_status(state), LINKWA_EVENT_SENT, "the status");
    is_int(linkwa_message_state_result_code(state), 112002, "the result code");
    is_str(linkwa_message_state_timestamp_raw(state), "2020-03-18T16:49:21Z", "the moment as it came");
    ok(linkwa_message_state_timestamp_ms(state, &number) && number == 1584550161000, "the moment");
    ok(linkwa_message_state_timestamp_ms(state, NULL), "the out-parameter may be NULL");
    is_str(linkwa_message_state_description(state), "Sent", "the description");
    ok(!linkwa_message_state_is_final(state), "it is not final");
    ok(!linkwa_message_state_is_delivered(state), "nor delivered");
    ok(!linkwa_message_state_is_disputed(state), "nor disputed");
    number = 77;
    ok(!linkwa_message_state_other_code(state, &number) && number == 77, "no other code");
    ok(linkwa_message_state_changed(state), "the report changed it");
    const char *texts[] = {linkwa_message_state_message_id(state), linkwa_message_state_ref_id(state),
        linkwa_message_state_timestamp_raw(state), linkwa_message_state_description(state)};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        is_int(linkwa_message_state_text_len(state, texts[i]), strlen(texts[i]), "the length of text %d", (int)i);
    }
    is_int(linkwa_message_state_text_len(state, "id-1"), 0, "text_len: 0 for the caller's text");
    is_int(linkwa_message_state_text_len(state, NULL), 0, "text_len: 0 for no text");
    is_int(linkwa_message_state_text_len(NULL, texts[0]), 0, "text_len: 0 of no state");
    is_int(linkwa_status_tracker_len(tracker), 2, "the tracker has a message and a request");

    linkwa_message_state *again = apply(tracker, SENT("id-1"));
    ok(!linkwa_message_state_changed(again), "the same report again changes nothing");
    linkwa_message_state_free(again);
    again = apply(tracker, DELIVERED("id-1"));
    is_int(linkwa_message_state_status(again), LINKWA_EVENT_DELIVERED, "then it is delivered");
    ok(linkwa_message_state_is_final(again), "which is final");
    ok(linkwa_message_state_is_delivered(again), "and delivered");
    linkwa_message_state_free(again);
    again = apply(tracker, SENT("id-1"));
    is_int(linkwa_message_state_status(again), LINKWA_EVENT_DELIVERED, "a late report does not take it back");
    ok(!linkwa_message_state_changed(again), "and changes nothing");
    linkwa_message_state_free(again);
    again = apply(tracker, "{\"messageId\":\"id-1\",\"messageIndex\":0,\"resultCode\":112007}");
    is_int(linkwa_message_state_status(again), LINKWA_EVENT_READ, "then it is read");
    ok(linkwa_message_state_is_delivered(again) && !linkwa_message_state_is_disputed(again), "read: delivered, and not disputed");
    linkwa_message_state_free(again);
    again = apply(tracker, FAILED("id-1"));
    ok(linkwa_message_state_is_disputed(again), "delivered and failed: disputed");
    linkwa_message_state_free(again);
    is_int(linkwa_message_state_status(state), LINKWA_EVENT_SENT, "a state does not change afterwards");

    linkwa_message_state *other = apply(tracker, "{\"messageId\":\"id-2\",\"resultCode\":112777}");
    ok(linkwa_message_state_other_code(other, &number) && number == 112777, "a code without a word");
    is_int(linkwa_message_state_status(other), LINKWA_EVENT_OTHER, "its status");
    ok(!linkwa_message_state_message_index(other, NULL), "no index");
    ok(linkwa_message_state_ref_id(other) == NULL, "no reference");
    ok(linkwa_message_state_timestamp_raw(other) == NULL && !linkwa_message_state_timestamp_ms(other, NULL), "no moment");
    ok(linkwa_message_state_description(other) == NULL, "no description");
    linkwa_message_state_free(other);
    linkwa_status_tracker_free(tracker);
    is_str(linkwa_message_state_message_id(state), "id-1", "a state outlives its tracker");
    linkwa_message_state_free(state);
}

static void look_ups(void) {
    linkwa_status_tracker *tracker = linkwa_status_tracker_new();
    take_in(tracker, DELIVERED("id-1"));
    take_in(tracker, "{\"messageId\":\"id-2\",\"resultCode\":112002}");
    take_in(tracker, "{\"refId\":\"ref-9\",\"messageType\":\"request\",\"messageIndex\":-1,\"resultCode\":112402}");
    linkwa_message_state *state = NULL;
    is_status(linkwa_status_tracker_state(tracker, "id-1", 0, &state, NULL), LINKWA_OK, "a message with its index");
    is_int(linkwa_message_state_status(state), LINKWA_EVENT_DELIVERED, "its status");
    ok(!linkwa_message_state_changed(state), "a look-up changes nothing");
    linkwa_message_state_free(state);
    state = (linkwa_message_state *)&tracker;
    is_status(linkwa_status_tracker_state(tracker, "id-1", LINKWA_NO_INDEX, &state, NULL), LINKWA_OK, "a message without its index");
    is_int(linkwa_message_state_status(state), LINKWA_EVENT_DELIVERED, "its only state");
    linkwa_message_state_free(state);
    is_status(linkwa_status_tracker_state(tracker, "id-1", 1, &state, NULL), LINKWA_OK, "a message with another index");
    ok(state == NULL, "there is none");
    is_status(linkwa_status_tracker_state(tracker, "id-2", LINKWA_NO_INDEX, &state, NULL), LINKWA_OK, "a message without a state");
    is_int(linkwa_message_state_status(state), LINKWA_EVENT_SENT, "its status");
    linkwa_message_state_free(state);
    is_status(linkwa_status_tracker_state(tracker, "id-3", LINKWA_NO_INDEX, &state, NULL), LINKWA_OK, "an unknown message");
    ok(state == NULL, "there is none");
    is_status(linkwa_status_tracker_request_state(tracker, "ref-9", &state, NULL), LINKWA_OK, "a request that failed whole");
    is_int(linkwa_message_state_status(state), LINKWA_EVENT_FAILED, "its status");
    is_str(linkwa_message_state_ref_id(state), "ref-9", "its reference");
    ok(linkwa_message_state_message_id(state) == NULL, "it is not a message");
    linkwa_message_state_free(state);
    is_status(linkwa_status_tracker_request_state(tracker, "ref-1", &state, NULL), LINKWA_OK, "a request of which only its messages are known");
    ok(state == NULL, "there is none");
    is_int(linkwa_status_tracker_resolve(tracker, "ref-1"), LINKWA_RESOLUTION_ACCEPTED, "resolve: accepted");
    is_int(linkwa_status_tracker_resolve(tracker, "ref-9"), LINKWA_RESOLUTION_FAILED, "resolve: failed");
    is_int(linkwa_status_tracker_resolve(tracker, "ref-7"), LINKWA_RESOLUTION_UNKNOWN, "resolve: unknown");
    size_t len = linkwa_status_tracker_len(tracker);
    ok(linkwa_status_tracker_forget(tracker, "id-1"), "forget a message");
    ok(!linkwa_status_tracker_forget(tracker, "id-1"), "which is not there again");
    is_int(linkwa_status_tracker_len(tracker), len - 1, "an entry less");
    is_int(linkwa_status_tracker_resolve(tracker, "ref-1"), LINKWA_RESOLUTION_ACCEPTED, "its request is still known");
    ok(linkwa_status_tracker_forget_ref_id(tracker, "ref-1"), "forget a request");
    ok(!linkwa_status_tracker_forget_ref_id(tracker, "ref-1"), "which is not there again");
    is_int(linkwa_status_tracker_resolve(tracker, "ref-1"), LINKWA_RESOLUTION_UNKNOWN, "nothing is known of it");
    linkwa_status_tracker_free(tracker);
}

static void refused(void) {
    linkwa_status_tracker *tracker = linkwa_status_tracker_new();
    linkwa_callback *message = parse("{\"messageId\":\"in-1\",\"source\":\"s\",\"content\":{}}");
    linkwa_message_state *state = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_status_tracker_apply(tracker, message, &state, &err), LINKWA_INVALID_ARGUMENT, "a received message");
    ok(state == NULL && err != NULL, "gives no state but an error: %s", linkwa_error_message(err));
    linkwa_error_free(err);
    linkwa_callback_free(message);
    linkwa_callback *report = parse(SENT("id-1"));
    is_status(linkwa_status_tracker_apply(tracker, report, NULL, NULL), LINKWA_OK, "the out-parameter of the state may be NULL");
    is_int(linkwa_status_tracker_len(tracker), 2, "it is taken in");
    linkwa_callback_free(report);
    linkwa_status_tracker_free(tracker);
}

/* ---- Each ---- */

struct each {
    linkwa_status_tracker *tracker;
    size_t calls, forgotten, len_inside;
    char order[64];
};

static void forget(void *user_data, const linkwa_message_state *state) {
    struct each *each = user_data;
    const char *id = linkwa_message_state_message_id(state);
    each->calls++;
    strcat(strcat(each->order, id ? id : linkwa_message_state_ref_id(state)), " ");
    if (id && linkwa_message_state_is_final(state)) {
        each->forgotten += linkwa_status_tracker_forget(each->tracker, id);
    }
    take_in(each->tracker, SENT("new"));
    each->len_inside = linkwa_status_tracker_len(each->tracker);
}

/* The states of one request. */
static void states_of_one_request(void) {
    struct each each = {linkwa_status_tracker_new(), 0, 0, 0, ""};
    take_in(each.tracker, SENT("b"));
    take_in(each.tracker, SENT("a"));
    take_in(each.tracker, "{\"messageId\":\"other\",\"refId\":\"ref-10\",\"resultCode\":112003}");
    take_in(each.tracker, "{\"refId\":\"ref-1\",\"messageType\":\"request\",\"resultCode\":112402}");
    is_status(linkwa_status_tracker_each_of(each.tracker, "ref-1", forget, &each), LINKWA_OK, "each of a request");
    is_str(each.order, "a b ref-1 ", "its messages, then what is said of the whole");
    each.calls = 0;
    is_status(linkwa_status_tracker_each_of(each.tracker, "ref", forget, &each), LINKWA_OK, "each of one that is not known");
    is_int(each.calls, 0, "no call");
    linkwa_status_tracker_free(each.tracker);
}

static void without_an_index(void) {
    linkwa_status_tracker *tracker = linkwa_status_tracker_new();
    linkwa_message_state *state = NULL;
    int64_t index = 77;
    take_in(tracker, DELIVERED("id-1"));
    linkwa_status_tracker_state(tracker, "id-1", LINKWA_NO_INDEX, &state, NULL);
    is_int(linkwa_message_state_status(state), LINKWA_EVENT_DELIVERED, "without an index: the only state");
    ok(linkwa_message_state_message_index(state, &index) && index == 0, "which has its index");
    linkwa_message_state_free(state);
    take_in(tracker, "{\"messageId\":\"id-1\",\"messageIndex\":1,\"resultCode\":112001}");
    linkwa_status_tracker_state(tracker, "id-1", LINKWA_NO_INDEX, &state, NULL);
    is_int(linkwa_message_state_status(state), LINKWA_EVENT_QUEUED, "of several the least advanced");
    linkwa_message_state_free(state);
    take_in(tracker, FAILED("id-2"));
    is_int(linkwa_status_tracker_resolve(tracker, "ref-1"), LINKWA_RESOLUTION_ACCEPTED, "one of two messages failed: accepted");
    linkwa_status_tracker_free(tracker);
    tracker = linkwa_status_tracker_new();
    take_in(tracker, FAILED("id-2"));
    is_int(linkwa_status_tracker_resolve(tracker, "ref-1"), LINKWA_RESOLUTION_MESSAGE_FAILED, "nothing but a failure: message_failed");
    is_str(linkwa_resolution_name(LINKWA_RESOLUTION_MESSAGE_FAILED), "message_failed", "its word");
    linkwa_status_tracker_free(tracker);
}

static void all_states(void) {
    struct each each = {linkwa_status_tracker_new(), 0, 0, 0, ""};
    is_status(linkwa_status_tracker_each(each.tracker, forget, &each), LINKWA_OK, "each of an empty tracker");
    is_int(each.calls, 0, "no call");
    take_in(each.tracker, SENT("b"));
    take_in(each.tracker, DELIVERED("c"));
    take_in(each.tracker, DELIVERED("a"));
    take_in(each.tracker, "{\"refId\":\"r\",\"messageType\":\"request\",\"resultCode\":112402}");
    is_status(linkwa_status_tracker_each(each.tracker, forget, &each), LINKWA_OK, "each, with a function that changes the tracker");
    is_str(each.order, "a b c r ", "messages by their ids, then requests; what is new is not among them");
    is_int(each.forgotten, 2, "final ones were forgotten");
    ok(each.len_inside > 0, "the tracker can be asked inside");
    linkwa_status_tracker_free(each.tracker);
}

/* An id that cannot be passed as a C text. */
static void see_nul(void *user_data, const linkwa_message_state *state) {
    const char *id = linkwa_message_state_message_id(state);
    *(bool *)user_data = linkwa_message_state_text_len(state, id) == 3 && memcmp(id, "a\0b", 4) == 0;
}

static void embedded_nul(void) {
    linkwa_status_tracker *tracker = linkwa_status_tracker_new();
    linkwa_message_state *state = NULL;
    bool seen = false;
    take_in(tracker, "{\"messageId\":\"a\\u0000b\",\"resultCode\":112002}");
    linkwa_status_tracker_state(tracker, "a\0b", LINKWA_NO_INDEX, &state, NULL);
    ok(state == NULL && !linkwa_status_tracker_forget(tracker, "a\0b"), "an id with U+0000 cannot be asked for");
    linkwa_status_tracker_each(tracker, see_nul, &seen);
    ok(seen, "but linkwa_status_tracker_each() shows it");
    linkwa_status_tracker_free(tracker);
}

/* ---- Stored ---- */

static void stored(void) {
    linkwa_status_tracker *tracker = linkwa_status_tracker_new(), *other = NULL;
    take_in(tracker, DELIVERED("id-1"));
    take_in(tracker, SENT("id-2"));
    take_in(tracker, "{\"messageId\":\"a\\u0000b\",\"resultCode\":112002}");
    linkwa_buffer *json = NULL, *again = NULL;
    is_status(linkwa_status_tracker_to_json(tracker, &json, NULL), LINKWA_OK, "linkwa_status_tracker_to_json");
    is_status(linkwa_status_tracker_from_json(linkwa_buffer_data(json), linkwa_buffer_len(json), &other, NULL), LINKWA_OK,
        "linkwa_status_tracker_from_json");
    is_int(linkwa_status_tracker_len(other), linkwa_status_tracker_len(tracker), "as many entries");
    is_status(linkwa_status_tracker_to_json(other, &again, NULL), LINKWA_OK, "and stored again");
    is_str(linkwa_buffer_data(again), linkwa_buffer_data(json), "the same text");
    linkwa_message_state *state = NULL;
    linkwa_status_tracker_state(other, "id-1", 0, &state, NULL);
    is_int(linkwa_message_state_status(state), LINKWA_EVENT_DELIVERED, "a state of it");
    is_str(linkwa_message_state_description(state), "Delivered", "its description");
    linkwa_message_state_free(state);
    linkwa_buffer_free(json);
    linkwa_buffer_free(again);
    linkwa_status_tracker_free(other);
    linkwa_status_tracker_free(tracker);
    static const struct {
        const char *json;
        size_t len;
        linkwa_status status;
    } wrong[] = {{"", 0, LINKWA_INVALID_CONFIG}, {"{}", 2, LINKWA_INVALID_CONFIG}, {"[", 1, LINKWA_INVALID_CONFIG},
        {"{\"version\":99}", 14, LINKWA_INVALID_CONFIG}, {"\xff", 1, LINKWA_INVALID_ARGUMENT}, {NULL, 0, LINKWA_INVALID_ARGUMENT}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        linkwa_error *err = NULL;
        other = NULL;
        is_status(linkwa_status_tracker_from_json(wrong[i].json, wrong[i].len, &other, &err), wrong[i].status, "no stored tracker: %d", (int)i);
        ok(other == NULL && err != NULL, "no stored tracker %d: %s", (int)i, linkwa_error_message(err));
        linkwa_error_free(err);
    }
}

static void null_arguments(void) {
    linkwa_message_state *state = NULL;
    int64_t number = 77;
    linkwa_status_tracker *tracker = linkwa_status_tracker_new();
    is_int(linkwa_status_tracker_len(NULL), 0, "linkwa_status_tracker_len of NULL");
    is_int(linkwa_status_tracker_resolve(NULL, "r"), LINKWA_RESOLUTION_UNKNOWN, "linkwa_status_tracker_resolve of NULL");
    is_int(linkwa_status_tracker_resolve(tracker, NULL), LINKWA_RESOLUTION_UNKNOWN, "linkwa_status_tracker_resolve of no reference");
    ok(!linkwa_status_tracker_forget(NULL, "id") && !linkwa_status_tracker_forget(tracker, NULL), "linkwa_status_tracker_forget of NULL");
    ok(!linkwa_status_tracker_forget_ref_id(NULL, "id") && !linkwa_status_tracker_forget_ref_id(tracker, NULL),
        "linkwa_status_tracker_forget_ref_id of NULL");
    for (size_t i = 0; i < NOT_UTF8; i++) {
        is_status(linkwa_status_tracker_state(tracker, not_utf8[i], 0, &state, NULL), LINKWA_INVALID_ARGUMENT, "state: no UTF-8 %d", (int)i);
        is_status(linkwa_status_tracker_request_state(tracker, not_utf8[i], &state, NULL), LINKWA_INVALID_ARGUMENT, "request_state: no UTF-8 %d",
            (int)i);
        is_int(linkwa_status_tracker_resolve(tracker, not_utf8[i]), LINKWA_RESOLUTION_UNKNOWN, "resolve: no UTF-8 %d", (int)i);
        ok(!linkwa_status_tracker_forget(tracker, not_utf8[i]), "forget: no UTF-8 %d", (int)i);
        ok(!linkwa_status_tracker_forget_ref_id(tracker, not_utf8[i]), "forget_ref_id: no UTF-8 %d", (int)i);
    }
    is_str(linkwa_message_state_message_id(NULL), NULL, "linkwa_message_state_message_id of NULL");
    ok(!linkwa_message_state_message_index(NULL, &number) && number == 77, "linkwa_message_state_message_index of NULL");
    is_str(linkwa_message_state_ref_id(NULL), NULL, "linkwa_message_state_ref_id of NULL");
    is_int(linkwa_message_state_status(NULL), LINKWA_EVENT_NONE, "linkwa_message_state_status of NULL");
    is_int(linkwa_message_state_result_code(NULL), 0, "linkwa_message_state_result_code of NULL");
    is_str(linkwa_message_state_timestamp_raw(NULL), NULL, "linkwa_message_state_timestamp_raw of NULL");
    ok(!linkwa_message_state_timestamp_ms(NULL, &number) && number == 77, "linkwa_message_state_timestamp_ms of NULL");
    is_str(linkwa_message_state_description(NULL), NULL, "linkwa_message_state_description of NULL");
    ok(!linkwa_message_state_is_final(NULL), "linkwa_message_state_is_final of NULL");
    ok(!linkwa_message_state_is_disputed(NULL), "linkwa_message_state_is_disputed of NULL");
    ok(!linkwa_message_state_other_code(NULL, &number) && number == 77, "linkwa_message_state_other_code of NULL");
    ok(!linkwa_message_state_changed(NULL), "linkwa_message_state_changed of NULL");
    linkwa_message_state_free(NULL);
    linkwa_status_tracker_free(NULL);
    ok(true, "linkwa_message_state_free and linkwa_status_tracker_free: NULL is fine");
    linkwa_status_tracker_free(tracker);
}

int main(void) {
    states();
    look_ups();
    refused();
    all_states();
    states_of_one_request();
    without_an_index();
    embedded_nul();
    stored();
    null_arguments();
    return done();
}
