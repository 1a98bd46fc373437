/* NULL for each argument of each function while all others are valid; texts that are not UTF-8; lengths of 0 and impossible ones;
 * numbers that are in no enum. Always a status, never a crash, and nothing is sent. Getters, which only take an object, are
 * tested in the file of that object. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

static struct server *server;
static linkwa_client *client;
static linkwa_options *options;
static linkwa_message *message, *contacts, *template_;
static const char *const to[] = {TO};
static const char *text;

/* Out-parameters. */
static linkwa_client *made;
static linkwa_config *config_made;
static linkwa_result *result;
static linkwa_buffer *buffer;
static linkwa_pending *pending;
static linkwa_findings *findings;
static linkwa_callback *callback;
static linkwa_status_tracker *tracker_made;
static linkwa_message_state *state;
static linkwa_error *err;

/* Sends that began. The server must receive each of them, and nothing else. */
static size_t begun;

/* After a call: checks the status and the out-parameters. */
static void settle(linkwa_status status, linkwa_status expected, const char *call, const char *with) {
    bool given = made || config_made || result || buffer || pending || findings || callback || tracker_made || state;
    bool in_order = status == expected && (status == LINKWA_OK || !given) && (!err || linkwa_error_code(err) == status) &&
                    (!err || linkwa_error_outcome(err) != LINKWA_MESSAGE_UNKNOWN);
    if (!ok(in_order, "%s%s: %s", call, with, linkwa_status_name(expected))) {
        note("found:    %s%s, %s", linkwa_status_name(status), given ? " and an object" : "", err ? linkwa_error_message(err) : "no error");
    }
    begun += result || pending;
    linkwa_client_free(made);
    linkwa_config_free(config_made);
    linkwa_result_free(result);
    linkwa_buffer_free(buffer);
    linkwa_pending_free(pending);
    linkwa_findings_free(findings);
    linkwa_callback_free(callback);
    linkwa_status_tracker_free(tracker_made);
    linkwa_message_state_free(state);
    linkwa_error_free(err);
    made = NULL;
    config_made = NULL;
    result = NULL;
    buffer = NULL;
    pending = NULL;
    findings = NULL;
    callback = NULL;
    tracker_made = NULL;
    state = NULL;
    err = NULL;
}

#define IS(expected, call) settle((call), (expected), #call, "")
#define FINE(call) IS(LINKWA_OK, call)
#define INVALID(call) IS(LINKWA_INVALID_ARGUMENT, call)

/* For a call with the argument `text`: NULL, and each text that is not UTF-8. */
#define TEXTS(null, call) \
    do { \
        text = NULL; \
        settle((call), (null), #call, " with NULL"); \
        for (size_t which = 0; which < NOT_UTF8; which++) { \
            text = not_utf8[which]; \
            settle((call), LINKWA_INVALID_ARGUMENT, #call, " with no UTF-8"); \
        } \
    } while (0)
#define NEEDED(call) TEXTS(LINKWA_INVALID_ARGUMENT, call)
#define OPTIONAL(call) TEXTS(LINKWA_OK, call)

/* ---- Sends ---- */

#define LINK_URL "https://example.com/a"

static void sends(void) {
    INVALID(linkwa_send_text(NULL, TO, "Hello", options, &result, &err));
    NEEDED(linkwa_send_text(client, text, "Hello", options, &result, &err));
    NEEDED(linkwa_send_text(client, TO, text, options, &result, &err));
    FINE(linkwa_send_text(client, TO, "Hello", NULL, &result, &err));
    INVALID(linkwa_send_text(client, TO, "Hello", options, NULL, &err));
    FINE(linkwa_send_text(client, TO, "Hello", options, &result, NULL));

    INVALID(linkwa_send_image(NULL, TO, LINK_URL, "x", options, &result, &err));
    NEEDED(linkwa_send_image(client, text, LINK_URL, "x", options, &result, &err));
    NEEDED(linkwa_send_image(client, TO, text, "x", options, &result, &err));
    OPTIONAL(linkwa_send_image(client, TO, LINK_URL, text, options, &result, &err));
    FINE(linkwa_send_image(client, TO, LINK_URL, "x", NULL, &result, &err));
    INVALID(linkwa_send_image(client, TO, LINK_URL, "x", options, NULL, &err));
    FINE(linkwa_send_image(client, TO, LINK_URL, "x", options, &result, NULL));

    INVALID(linkwa_send_audio(NULL, TO, LINK_URL, options, &result, &err));
    NEEDED(linkwa_send_audio(client, text, LINK_URL, options, &result, &err));
    NEEDED(linkwa_send_audio(client, TO, text, options, &result, &err));
    FINE(linkwa_send_audio(client, TO, LINK_URL, NULL, &result, &err));
    INVALID(linkwa_send_audio(client, TO, LINK_URL, options, NULL, &err));
    FINE(linkwa_send_audio(client, TO, LINK_URL, options, &result, NULL));

    INVALID(linkwa_send_video(NULL, TO, LINK_URL, "x", options, &result, &err));
    NEEDED(linkwa_send_video(client, text, LINK_URL, "x", options, &result, &err));
    NEEDED(linkwa_send_video(client, TO, text, "x", options, &result, &err));
    OPTIONAL(linkwa_send_video(client, TO, LINK_URL, text, options, &result, &err));
    FINE(linkwa_send_video(client, TO, LINK_URL, "x", NULL, &result, &err));
    INVALID(linkwa_send_video(client, TO, LINK_URL, "x", options, NULL, &err));
    FINE(linkwa_send_video(client, TO, LINK_URL, "x", options, &result, NULL));

    INVALID(linkwa_send_document(NULL, TO, LINK_URL, "x", "f", options, &result, &err));
    NEEDED(linkwa_send_document(client, text, LINK_URL, "x", "f", options, &result, &err));
    NEEDED(linkwa_send_document(client, TO, text, "x", "f", options, &result, &err));
    OPTIONAL(linkwa_send_document(client, TO, LINK_URL, text, "f", options, &result, &err));
    OPTIONAL(linkwa_send_document(client, TO, LINK_URL, "x", text, options, &result, &err));
    FINE(linkwa_send_document(client, TO, LINK_URL, "x", "f", NULL, &result, &err));
    INVALID(linkwa_send_document(client, TO, LINK_URL, "x", "f", options, NULL, &err));
    FINE(linkwa_send_document(client, TO, LINK_URL, "x", "f", options, &result, NULL));

    INVALID(linkwa_send_location(NULL, TO, 1, 2, "n", "a", options, &result, &err));
    NEEDED(linkwa_send_location(client, text, 1, 2, "n", "a", options, &result, &err));
    OPTIONAL(linkwa_send_location(client, TO, 1, 2, text, "a", options, &result, &err));
    OPTIONAL(linkwa_send_location(client, TO, 1, 2, "n", text, options, &result, &err));
    FINE(linkwa_send_location(client, TO, 1, 2, "n", "a", NULL, &result, &err));
    INVALID(linkwa_send_location(client, TO, 1, 2, "n", "a", options, NULL, &err));
    FINE(linkwa_send_location(client, TO, 1, 2, "n", "a", options, &result, NULL));

    INVALID(linkwa_send_contacts(NULL, TO, contacts, options, &result, &err));
    NEEDED(linkwa_send_contacts(client, text, contacts, options, &result, &err));
    INVALID(linkwa_send_contacts(client, TO, NULL, options, &result, &err));
    FINE(linkwa_send_contacts(client, TO, contacts, NULL, &result, &err));
    INVALID(linkwa_send_contacts(client, TO, contacts, options, NULL, &err));
    FINE(linkwa_send_contacts(client, TO, contacts, options, &result, NULL));

    INVALID(linkwa_send_template(NULL, TO, template_, options, &result, &err));
    NEEDED(linkwa_send_template(client, text, template_, options, &result, &err));
    INVALID(linkwa_send_template(client, TO, NULL, options, &result, &err));
    FINE(linkwa_send_template(client, TO, template_, NULL, &result, &err));
    INVALID(linkwa_send_template(client, TO, template_, options, NULL, &err));
    FINE(linkwa_send_template(client, TO, template_, options, &result, NULL));
}

/* Arrays of destinations. */
static void destination_arrays(void) {
    static const char *const with_null[] = {TO, NULL}, *const with_bytes[] = {TO, "+46\xff"};
    INVALID(linkwa_send(NULL, to, 1, message, options, &result, &err));
    INVALID(linkwa_send(client, NULL, 1, message, options, &result, &err));
    INVALID(linkwa_send(client, NULL, 0, message, options, &result, &err));
    INVALID(linkwa_send(client, with_null, 2, message, options, &result, &err));
    FINE(linkwa_send(client, with_null, 1, message, options, &result, &err));
    INVALID(linkwa_send(client, with_bytes, 2, message, options, &result, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_send(client, to, 0, message, options, &result, &err));
    INVALID(linkwa_send(client, to, SIZE_MAX, message, options, &result, &err));
    INVALID(linkwa_send(client, to, SIZE_MAX / sizeof *to, message, options, &result, &err));
    INVALID(linkwa_send(client, to, 1, NULL, options, &result, &err));
    FINE(linkwa_send(client, to, 1, message, NULL, &result, &err));
    INVALID(linkwa_send(client, to, 1, message, options, NULL, &err));
    FINE(linkwa_send(client, to, 1, message, options, &result, NULL));

    INVALID(linkwa_build(NULL, to, 1, message, options, &buffer, &err));
    INVALID(linkwa_build(client, NULL, 1, message, options, &buffer, &err));
    INVALID(linkwa_build(client, with_null, 2, message, options, &buffer, &err));
    INVALID(linkwa_build(client, with_bytes, 2, message, options, &buffer, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_build(client, to, 0, message, options, &buffer, &err));
    INVALID(linkwa_build(client, to, SIZE_MAX, message, options, &buffer, &err));
    INVALID(linkwa_build(client, to, 1, NULL, options, &buffer, &err));
    FINE(linkwa_build(client, to, 1, message, NULL, &buffer, &err));
    INVALID(linkwa_build(client, to, 1, message, options, NULL, &err));
    FINE(linkwa_build(client, to, 1, message, options, &buffer, NULL));
}

static void on_done(void *user_data, linkwa_result *of, linkwa_error *error) {
    linkwa_result_free(of);
    linkwa_error_free(error);
    gate_add(user_data);
}

static void asynchronous(void) {
    static struct gate calls = GATE;
    static const char *const with_null[] = {TO, NULL};
    static const char json[] = WHOLE(TO);
    const size_t len = sizeof json - 1;
    INVALID(linkwa_send_async(NULL, to, 1, message, options, on_done, &calls, &pending, &err));
    INVALID(linkwa_send_async(client, NULL, 1, message, options, on_done, &calls, &pending, &err));
    INVALID(linkwa_send_async(client, with_null, 2, message, options, on_done, &calls, &pending, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_send_async(client, to, 0, message, options, on_done, &calls, &pending, &err));
    INVALID(linkwa_send_async(client, to, SIZE_MAX, message, options, on_done, &calls, &pending, &err));
    INVALID(linkwa_send_async(client, to, 1, NULL, options, on_done, &calls, &pending, &err));
    INVALID(linkwa_send_async(client, to, 1, message, options, NULL, &calls, NULL, &err));
    INVALID(linkwa_send_request_async(NULL, json, len, on_done, &calls, &pending, &err));
    INVALID(linkwa_send_request_async(client, NULL, len, on_done, &calls, &pending, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_send_request_async(client, json, 0, on_done, &calls, &pending, &err));
    INVALID(linkwa_send_request_async(client, json, SIZE_MAX, on_done, &calls, &pending, &err));
    INVALID(linkwa_send_request_async(client, json, len, NULL, &calls, NULL, &err));
    INVALID(linkwa_send_raw_async(NULL, json, len, on_done, &calls, &pending, &err));
    INVALID(linkwa_send_raw_async(client, NULL, len, on_done, &calls, &pending, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_send_raw_async(client, json, 0, on_done, &calls, &pending, &err));
    INVALID(linkwa_send_raw_async(client, json, SIZE_MAX, on_done, &calls, &pending, &err));
    INVALID(linkwa_send_raw_async(client, json, len, NULL, &calls, NULL, &err));
    is_int(gate_count(&calls), 0, "no function was called");
    FINE(linkwa_send_async(client, to, 1, message, NULL, on_done, &calls, &pending, &err));
    FINE(linkwa_send_async(client, to, 1, message, options, NULL, NULL, &pending, &err));
    FINE(linkwa_send_async(client, to, 1, message, options, on_done, &calls, NULL, &err));
    FINE(linkwa_send_async(client, to, 1, message, options, on_done, &calls, &pending, NULL));
    FINE(linkwa_send_request_async(client, json, len, NULL, NULL, &pending, &err));
    FINE(linkwa_send_request_async(client, json, len, on_done, &calls, NULL, NULL));
    FINE(linkwa_send_raw_async(client, json, len, NULL, NULL, &pending, &err));
    FINE(linkwa_send_raw_async(client, json, len, on_done, &calls, NULL, NULL));
    ok(gate_wait(&calls, 5), "five functions are called");

    linkwa_pending *one = begin(client, TO, NULL, NULL);
    whatever_status(linkwa_pending_wait(NULL, &result, &err));
    is_error(err, LINKWA_INVALID_ARGUMENT, LINKWA_MESSAGE_UNKNOWN, LINKWA_REASON_NONE, "linkwa_pending_wait: no object; a send may be under way");
    whatever_status(linkwa_pending_wait(one, NULL, &err));
    is_error(err, LINKWA_INVALID_ARGUMENT, LINKWA_MESSAGE_UNKNOWN, LINKWA_REASON_NONE, "linkwa_pending_wait: no place; the send goes on");
    err = NULL;
    FINE(linkwa_pending_wait(one, &result, NULL));
    INVALID(linkwa_pending_cancel(NULL));
    linkwa_pending_free(one);
    begun += 3; /* those without a pending object */
}

/* Bytes with their length: requests, callbacks, stored objects. */
static void bytes_and_lengths(void) {
    static const char json[] = WHOLE(TO);
    const size_t len = sizeof json - 1;
    INVALID(linkwa_send_request(NULL, json, len, &result, &err));
    INVALID(linkwa_send_request(client, NULL, len, &result, &err));
    INVALID(linkwa_send_request(client, NULL, 0, &result, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_send_request(client, json, 0, &result, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_send_request(client, json, len - 1, &result, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_send_request(client, json, len + 1, &result, &err));
    INVALID(linkwa_send_request(client, json, SIZE_MAX, &result, &err));
    INVALID(linkwa_send_request(client, json, len, NULL, &err));
    FINE(linkwa_send_request(client, json, len, &result, NULL));
    INVALID(linkwa_send_raw(NULL, json, len, &result, &err));
    INVALID(linkwa_send_raw(client, NULL, len, &result, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_send_raw(client, json, 0, &result, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_send_raw(client, json, len + 1, &result, &err));
    INVALID(linkwa_send_raw(client, json, SIZE_MAX, &result, &err));
    INVALID(linkwa_send_raw(client, json, len, NULL, &err));
    FINE(linkwa_send_raw(client, json, len, &result, NULL));
    INVALID(linkwa_build_request(NULL, len, &buffer, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_build_request(json, 0, &buffer, &err));
    IS(LINKWA_INVALID_REQUEST, linkwa_build_request(json, len + 1, &buffer, &err));
    INVALID(linkwa_build_request(json, SIZE_MAX, &buffer, &err));
    INVALID(linkwa_build_request(json, len, NULL, &err));
    FINE(linkwa_build_request(json, len, &buffer, NULL));
    INVALID(linkwa_validate(NULL, len, &findings, &err));
    FINE(linkwa_validate(json, 0, &findings, &err));
    INVALID(linkwa_validate(json, SIZE_MAX, &findings, &err));
    INVALID(linkwa_validate(json, len, NULL, &err));
    FINE(linkwa_validate(json, len, &findings, NULL));
    INVALID(linkwa_callback_parse(NULL, len, &callback, &err));
    IS(LINKWA_INVALID_CALLBACK, linkwa_callback_parse(json, 0, &callback, &err));
    INVALID(linkwa_callback_parse(json, SIZE_MAX, &callback, &err));
    INVALID(linkwa_callback_parse(json, len, NULL, &err));
    INVALID(linkwa_status_tracker_from_json(NULL, len, &tracker_made, &err));
    IS(LINKWA_INVALID_CONFIG, linkwa_status_tracker_from_json(json, 0, &tracker_made, &err));
    INVALID(linkwa_status_tracker_from_json(json, SIZE_MAX, &tracker_made, &err));
    INVALID(linkwa_status_tracker_from_json(json, len, NULL, &err));
}

/* ---- Clients and configurations ---- */

static void clients(void) {
    linkwa_config *config = config_for(NULL);
    INVALID(linkwa_client_new(NULL, &made, &err));
    INVALID(linkwa_client_new(config, NULL, &err));
    FINE(linkwa_client_new(config, &made, NULL));
    INVALID(linkwa_client_from_env(NULL, &err));
    IS(LINKWA_INVALID_CONFIG, linkwa_client_from_env(&made, NULL));
    INVALID(linkwa_config_from_env(NULL, &err));
    IS(LINKWA_INVALID_CONFIG, linkwa_config_from_env(&config_made, NULL));
    INVALID(linkwa_client_close(NULL, 0));
    linkwa_config_free(config);
}

static void configs(void) {
    linkwa_config *config = config_for(NULL);
    INVALID(linkwa_config_set_region(NULL, "no"));
    NEEDED(linkwa_config_set_region(config, text));
    INVALID(linkwa_config_set_base_url(NULL, "https://example.com"));
    NEEDED(linkwa_config_set_base_url(config, text));
    INVALID(linkwa_config_set_credentials(NULL, "u", "p"));
    NEEDED(linkwa_config_set_credentials(config, text, "p"));
    NEEDED(linkwa_config_set_credentials(config, "u", text));
    INVALID(linkwa_config_set_platform(NULL, "p", "pp"));
    NEEDED(linkwa_config_set_platform(config, text, "pp"));
    NEEDED(linkwa_config_set_platform(config, "p", text));
    INVALID(linkwa_config_set_source(NULL, FROM));
    NEEDED(linkwa_config_set_source(config, text));
    INVALID(linkwa_config_set_priority(NULL, LINKWA_PRIORITY_LOW));
    INVALID(linkwa_config_set_priority(config, (linkwa_priority)0));
    INVALID(linkwa_config_set_priority(config, (linkwa_priority)4));
    INVALID(linkwa_config_set_priority(config, (linkwa_priority)99));
    INVALID(linkwa_config_set_priority(config, (linkwa_priority)0xffffffffu));
    INVALID(linkwa_config_add_event_report_gate(NULL, "g"));
    NEEDED(linkwa_config_add_event_report_gate(config, text));
    INVALID(linkwa_config_set_platform_service_id(NULL, "s"));
    NEEDED(linkwa_config_set_platform_service_id(config, text));
    INVALID(linkwa_config_set_platform_service_type(NULL, "s"));
    NEEDED(linkwa_config_set_platform_service_type(config, text));
    INVALID(linkwa_config_add_custom_parameter(NULL, "k", "v"));
    NEEDED(linkwa_config_add_custom_parameter(config, text, "v"));
    NEEDED(linkwa_config_add_custom_parameter(config, "k", text));
    INVALID(linkwa_config_set_relative_validity_time_ms(NULL, 1));
    INVALID(linkwa_config_set_timeout_ms(NULL, 1));
    INVALID(linkwa_config_set_connect_timeout_ms(NULL, 1));
    INVALID(linkwa_config_set_proxy(NULL, "http://localhost:1"));
    NEEDED(linkwa_config_set_proxy(config, text));
    INVALID(linkwa_config_set_no_proxy(NULL, "*"));
    NEEDED(linkwa_config_set_no_proxy(config, text));
    INVALID(linkwa_config_set_proxy_from_env(NULL, true));
    INVALID(linkwa_config_set_ca_file(NULL, "f"));
    NEEDED(linkwa_config_set_ca_file(config, text));
    INVALID(linkwa_config_set_system_roots(NULL));
    INVALID(linkwa_config_set_max_attempts(NULL, 1));
    INVALID(linkwa_config_set_retry_when_busy(NULL, true));
    INVALID(linkwa_config_set_max_connections(NULL, 1));
    INVALID(linkwa_config_set_max_queue(NULL, 1));
    INVALID(linkwa_config_set_allow_http(NULL, true));
    INVALID(linkwa_config_add_header(NULL, "x", "y"));
    INVALID(linkwa_config_set_strict(NULL, true));
    INVALID(linkwa_client_new(config, &made, &err));
    linkwa_config_free(config);
}

static void options_of_sends(void) {
    linkwa_options *broken = linkwa_options_new();
    INVALID(linkwa_options_set_priority(NULL, LINKWA_PRIORITY_LOW));
    INVALID(linkwa_options_set_priority(broken, (linkwa_priority)0));
    INVALID(linkwa_options_set_priority(broken, (linkwa_priority)4));
    INVALID(linkwa_options_set_priority(broken, (linkwa_priority)99));
    INVALID(linkwa_options_set_priority(broken, (linkwa_priority)0xffffffffu));
    INVALID(linkwa_options_set_ref_id(NULL, "r"));
    NEEDED(linkwa_options_set_ref_id(broken, text));
    INVALID(linkwa_options_add_event_report_gate(NULL, "g"));
    NEEDED(linkwa_options_add_event_report_gate(broken, text));
    INVALID(linkwa_options_add_custom_parameter(NULL, "k", "v"));
    NEEDED(linkwa_options_add_custom_parameter(broken, text, "v"));
    NEEDED(linkwa_options_add_custom_parameter(broken, "k", text));
    INVALID(linkwa_options_set_relative_validity_time_ms(NULL, 1));
    INVALID(linkwa_options_set_absolute_validity_time(NULL, "2030-03-18T16:49:21Z"));
    NEEDED(linkwa_options_set_absolute_validity_time(broken, text));
    INVALID(linkwa_options_set_valid_until(NULL, 1));
    INVALID(linkwa_options_set_source(NULL, FROM));
    NEEDED(linkwa_options_set_source(broken, text));
    INVALID(linkwa_options_set_platform_service_id(NULL, "s"));
    NEEDED(linkwa_options_set_platform_service_id(broken, text));
    INVALID(linkwa_options_set_platform_service_type(NULL, "s"));
    NEEDED(linkwa_options_set_platform_service_type(broken, text));
    INVALID(linkwa_options_set_platform_transaction_id(NULL, "t"));
    NEEDED(linkwa_options_set_platform_transaction_id(broken, text));
    INVALID(linkwa_options_set_timeout_ms(NULL, 1));
    /* Every use of the options returns the error that they remember. */
    INVALID(linkwa_send_text(client, TO, "Hello", broken, &result, &err));
    INVALID(linkwa_send(client, to, 1, message, broken, &result, &err));
    INVALID(linkwa_send_async(client, to, 1, message, broken, NULL, NULL, &pending, &err));
    INVALID(linkwa_build(client, to, 1, message, broken, &buffer, &err));
    linkwa_many_options *many = linkwa_many_options_new();
    INVALID(linkwa_many_options_set_send_options(many, broken));
    INVALID(linkwa_many_options_set_send_options(many, NULL));
    INVALID(linkwa_many_options_set_send_options(NULL, options));
    INVALID(linkwa_many_options_set_destinations_per_request(NULL, 1));
    INVALID(linkwa_many_options_set_rate(NULL, 1));
    INVALID(linkwa_many_options_set_resume(NULL, "{}", 2));
    INVALID(linkwa_many_options_set_resume(many, NULL, 2));
    IS(LINKWA_INVALID_CONFIG, linkwa_many_options_set_resume(many, "{}", 0));
    INVALID(linkwa_many_options_set_resume(many, "{}", SIZE_MAX));
    INVALID(linkwa_many_options_set_resend_unknown(NULL, true));
    linkwa_many_options_free(many);
    linkwa_options_free(broken);
}

/* ---- Messages ---- */

/* The error that a message remembers. Frees it. */
static linkwa_status check_of(linkwa_message *of) {
    linkwa_status status = linkwa_message_check(of, &err);
    linkwa_message_free(of);
    return of ? status : LINKWA_INTERNAL;
}

static void messages(void) {
    NEEDED(check_of(linkwa_message_text(text)));
    NEEDED(check_of(linkwa_message_image(text)));
    NEEDED(check_of(linkwa_message_audio(text)));
    NEEDED(check_of(linkwa_message_video(text)));
    NEEDED(check_of(linkwa_message_document(text)));
    NEEDED(check_of(linkwa_message_template(text, "ns", "en")));
    OPTIONAL(check_of(linkwa_message_template("n", text, "en")));
    NEEDED(check_of(linkwa_message_template("n", "ns", text)));
    FINE(check_of(linkwa_message_location(1, 2)));
    FINE(check_of(linkwa_message_contacts()));
    INVALID(check_of(linkwa_message_from_json(NULL, 2)));
    IS(LINKWA_INVALID_REQUEST, check_of(linkwa_message_from_json("{}", 0)));
    IS(LINKWA_INVALID_REQUEST, check_of(linkwa_message_from_json("{}", 3)));
    INVALID(check_of(linkwa_message_from_json("{}", SIZE_MAX)));
    FINE(check_of(linkwa_message_from_json("{}", 2)));
    INVALID(check_of(linkwa_message_raw(NULL, 2)));
    IS(LINKWA_INVALID_REQUEST, check_of(linkwa_message_raw("{}", 0)));
    IS(LINKWA_INVALID_REQUEST, check_of(linkwa_message_raw("{}", 3)));
    INVALID(check_of(linkwa_message_raw("{}", SIZE_MAX)));
    FINE(check_of(linkwa_message_raw("{}", 2)));
    INVALID(linkwa_message_check(NULL, &err));
    FINE(linkwa_message_check(message, NULL));
    is_str(linkwa_message_type(NULL), NULL, "linkwa_message_type of NULL");

    linkwa_message *some_text = linkwa_message_text("https://example.com"), *image = linkwa_message_image(LINK_URL);
    linkwa_message *document = linkwa_message_document(LINK_URL), *location = linkwa_message_location(1, 2);
    INVALID(linkwa_message_append(NULL, message));
    INVALID(linkwa_message_append(some_text, NULL));
    INVALID(linkwa_message_set_preview_url(NULL, true));
    FINE(linkwa_message_set_preview_url(some_text, true));
    INVALID(linkwa_message_set_caption(NULL, "x"));
    NEEDED(linkwa_message_set_caption(image, text));
    INVALID(linkwa_message_set_filename(NULL, "x"));
    NEEDED(linkwa_message_set_filename(document, text));
    INVALID(linkwa_message_set_name(NULL, "x"));
    NEEDED(linkwa_message_set_name(location, text));
    INVALID(linkwa_message_set_address(NULL, "x"));
    NEEDED(linkwa_message_set_address(location, text));
    /* Every use of the message returns the error that it remembers. */
    INVALID(linkwa_send(client, to, 1, image, options, &result, &err));
    INVALID(linkwa_send_async(client, to, 1, image, options, NULL, NULL, &pending, &err));
    INVALID(linkwa_build(client, to, 1, image, options, &buffer, &err));
    linkwa_message_free(some_text);
    linkwa_message_free(image);
    linkwa_message_free(document);
    linkwa_message_free(location);
}

static void templates(void) {
    linkwa_message *broken = linkwa_message_template("n", "ns", "en");
    INVALID(linkwa_message_add_header(NULL));
    INVALID(linkwa_message_add_header_text(NULL, "x"));
    NEEDED(linkwa_message_add_header_text(broken, text));
    INVALID(linkwa_message_add_header_image(NULL, LINK_URL));
    NEEDED(linkwa_message_add_header_image(broken, text));
    INVALID(linkwa_message_add_header_video(NULL, LINK_URL));
    NEEDED(linkwa_message_add_header_video(broken, text));
    INVALID(linkwa_message_add_header_document(NULL, LINK_URL, "f"));
    NEEDED(linkwa_message_add_header_document(broken, text, "f"));
    OPTIONAL(linkwa_message_add_header_document(broken, LINK_URL, text));
    INVALID(linkwa_message_add_body(NULL));
    INVALID(linkwa_message_add_body_text(NULL, "x"));
    NEEDED(linkwa_message_add_body_text(broken, text));
    INVALID(linkwa_message_add_body_currency(NULL, "x", "USD", 1));
    INVALID(linkwa_message_add_body_currency_decimal(NULL, "x", "USD", "1"));
    NEEDED(linkwa_message_add_body_currency_decimal(broken, text, "USD", "1"));
    NEEDED(linkwa_message_add_body_currency_decimal(broken, "x", text, "1"));
    NEEDED(linkwa_message_add_body_currency_decimal(broken, "x", "USD", text));
    NEEDED(linkwa_message_add_body_currency(broken, text, "USD", 1));
    NEEDED(linkwa_message_add_body_currency(broken, "x", text, 1));
    INVALID(linkwa_message_add_body_date_time(NULL, "x", 2020, 1, 1, 1, 1));
    NEEDED(linkwa_message_add_body_date_time(broken, text, 2020, 1, 1, 1, 1));
    INVALID(linkwa_message_add_body_timestamp(NULL, "x", 1));
    NEEDED(linkwa_message_add_body_timestamp(broken, text, 1));
    INVALID(linkwa_message_add_quick_reply(NULL, 0, "x"));
    OPTIONAL(linkwa_message_add_quick_reply(broken, 0, text));
    INVALID(linkwa_message_add_url_button(NULL, 1, "x"));
    OPTIONAL(linkwa_message_add_url_button(broken, 1, text));
    INVALID(linkwa_send_template(client, TO, broken, options, &result, &err));
    linkwa_message_free(broken);
}

static void cards(void) {
    linkwa_contact *contact = linkwa_contact_new();
    linkwa_name name = {0};
    linkwa_org org = {0};
    linkwa_address address = {0};
    INVALID(linkwa_contact_set_name(NULL, &name));
    INVALID(linkwa_contact_set_name(contact, NULL));
    FINE(linkwa_contact_set_name(contact, &name));
    INVALID(linkwa_contact_set_org(NULL, &org));
    INVALID(linkwa_contact_set_org(contact, NULL));
    FINE(linkwa_contact_set_org(contact, &org));
    INVALID(linkwa_contact_set_birthday(NULL, "2000-01-01"));
    NEEDED(linkwa_contact_set_birthday(contact, text));
    INVALID(linkwa_contact_add_address(NULL, &address));
    INVALID(linkwa_contact_add_address(contact, NULL));
    FINE(linkwa_contact_add_address(contact, &address));
    const char **const parts[] = {&name.formatted_name, &name.first_name, &name.last_name, &name.middle_name, &name.prefix, &name.suffix};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        OPTIONAL((*parts[i] = text, linkwa_contact_set_name(contact, &name)));
        *parts[i] = NULL;
    }
    const char **const of_org[] = {&org.company, &org.department, &org.title};
    for (size_t i = 0; i < sizeof of_org / sizeof *of_org; i++) {
        OPTIONAL((*of_org[i] = text, linkwa_contact_set_org(contact, &org)));
        *of_org[i] = NULL;
    }
    const char **const of_address[] = {&address.street, &address.city, &address.state, &address.zip, &address.country, &address.country_code,
        &address.type};
    for (size_t i = 0; i < sizeof of_address / sizeof *of_address; i++) {
        OPTIONAL((*of_address[i] = text, linkwa_contact_add_address(contact, &address)));
        *of_address[i] = NULL;
    }
    INVALID(linkwa_contact_add_phone(NULL, "1", "HOME", "1"));
    OPTIONAL(linkwa_contact_add_phone(contact, text, "HOME", "1"));
    OPTIONAL(linkwa_contact_add_phone(contact, "1", text, "1"));
    OPTIONAL(linkwa_contact_add_phone(contact, "1", "HOME", text));
    INVALID(linkwa_contact_add_email(NULL, "a@example.com", "HOME"));
    OPTIONAL(linkwa_contact_add_email(contact, text, "HOME"));
    OPTIONAL(linkwa_contact_add_email(contact, "a@example.com", text));
    INVALID(linkwa_contact_add_url(NULL, LINK_URL, "HOME"));
    OPTIONAL(linkwa_contact_add_url(contact, text, "HOME"));
    OPTIONAL(linkwa_contact_add_url(contact, LINK_URL, text));
    linkwa_message *card = linkwa_message_contacts();
    linkwa_contact *fine = linkwa_contact_new();
    INVALID(linkwa_message_add_contact(NULL, fine));
    FINE(linkwa_message_add_contact(card, fine));
    INVALID(linkwa_message_add_contact(card, contact));
    INVALID(linkwa_message_add_contact(card, NULL));
    linkwa_message_free(card);
    linkwa_contact_free(fine);
    linkwa_contact_free(contact);
}

/* ---- Bulk runs ---- */

static const char *next_none(void *user_data) {
    (void)user_data;
    return NULL;
}

static linkwa_message *no_message(void *user_data, const char *destination) {
    (void)user_data;
    (void)destination;
    return NULL;
}

static void no_chunk(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk) {
    (void)user_data;
    (void)many;
    (void)chunk;
}

static void many(void) {
    linkwa_many_options *of_many = linkwa_many_options_new();
    linkwa_progress progress;
    INVALID(linkwa_send_many(NULL, next_none, NULL, message, of_many, no_chunk, NULL, &progress, &err));
    INVALID(linkwa_send_many(client, NULL, NULL, message, of_many, no_chunk, NULL, &progress, &err));
    INVALID(linkwa_send_many(client, next_none, NULL, NULL, of_many, no_chunk, NULL, &progress, &err));
    FINE(linkwa_send_many(client, next_none, NULL, message, NULL, no_chunk, NULL, &progress, &err));
    INVALID(linkwa_send_many(client, next_none, NULL, message, of_many, NULL, NULL, &progress, &err));
    FINE(linkwa_send_many(client, next_none, NULL, message, of_many, no_chunk, NULL, NULL, &err));
    FINE(linkwa_send_many(client, next_none, NULL, message, of_many, no_chunk, NULL, &progress, NULL));
    INVALID(linkwa_send_many_each(NULL, next_none, NULL, no_message, NULL, of_many, no_chunk, NULL, &progress, &err));
    INVALID(linkwa_send_many_each(client, NULL, NULL, no_message, NULL, of_many, no_chunk, NULL, &progress, &err));
    INVALID(linkwa_send_many_each(client, next_none, NULL, NULL, NULL, of_many, no_chunk, NULL, &progress, &err));
    FINE(linkwa_send_many_each(client, next_none, NULL, no_message, NULL, NULL, no_chunk, NULL, &progress, &err));
    INVALID(linkwa_send_many_each(client, next_none, NULL, no_message, NULL, of_many, NULL, NULL, &progress, &err));
    FINE(linkwa_send_many_each(client, next_none, NULL, no_message, NULL, of_many, no_chunk, NULL, NULL, NULL));
    linkwa_many_options_free(of_many);
}

/* ---- Trackers, guards, the log ---- */

static void on_state(void *user_data, const linkwa_message_state *of) {
    (void)user_data;
    (void)of;
}

static void trackers(void) {
    static const char json[] = "{\"messageId\":\"id-1\",\"resultCode\":112003}";
    linkwa_status_tracker *tracker = linkwa_status_tracker_new();
    linkwa_callback *report = NULL;
    linkwa_callback_parse(json, sizeof json - 1, &report, NULL);
    INVALID(linkwa_status_tracker_apply(NULL, report, &state, &err));
    INVALID(linkwa_status_tracker_apply(tracker, NULL, &state, &err));
    FINE(linkwa_status_tracker_apply(tracker, report, NULL, &err));
    FINE(linkwa_status_tracker_apply(tracker, report, &state, NULL));
    INVALID(linkwa_status_tracker_state(NULL, "id-1", LINKWA_NO_INDEX, &state, &err));
    NEEDED(linkwa_status_tracker_state(tracker, text, LINKWA_NO_INDEX, &state, &err));
    INVALID(linkwa_status_tracker_state(tracker, "id-1", LINKWA_NO_INDEX, NULL, &err));
    FINE(linkwa_status_tracker_state(tracker, "id-1", LINKWA_NO_INDEX, &state, NULL));
    INVALID(linkwa_status_tracker_request_state(NULL, "r", &state, &err));
    NEEDED(linkwa_status_tracker_request_state(tracker, text, &state, &err));
    INVALID(linkwa_status_tracker_request_state(tracker, "r", NULL, &err));
    FINE(linkwa_status_tracker_request_state(tracker, "r", &state, NULL));
    INVALID(linkwa_status_tracker_each(NULL, on_state, NULL));
    INVALID(linkwa_status_tracker_each(tracker, NULL, NULL));
    FINE(linkwa_status_tracker_each(tracker, on_state, NULL));
    INVALID(linkwa_status_tracker_each_of(NULL, "r", on_state, NULL));
    INVALID(linkwa_status_tracker_each_of(tracker, NULL, on_state, NULL));
    INVALID(linkwa_status_tracker_each_of(tracker, "r", NULL, NULL));
    FINE(linkwa_status_tracker_each_of(tracker, "r", on_state, NULL));
    INVALID(linkwa_status_tracker_to_json(NULL, &buffer, &err));
    INVALID(linkwa_status_tracker_to_json(tracker, NULL, &err));
    FINE(linkwa_status_tracker_to_json(tracker, &buffer, NULL));
    linkwa_callback_free(report);
    linkwa_status_tracker_free(tracker);
}

static void guards(void) {
    linkwa_callback_guard *guard = linkwa_callback_guard_new();
    INVALID(linkwa_callback_guard_add_range(NULL, "192.0.2.1"));
    INVALID(linkwa_callback_guard_any_address(NULL));
    INVALID(linkwa_callback_guard_add_trusted_proxy(NULL, "192.0.2.1"));
    INVALID(linkwa_callback_guard_only_x_forwarded_for(NULL));
    INVALID(linkwa_callback_guard_only_forwarded(NULL));
    INVALID(linkwa_callback_guard_set_basic(NULL, "u", "p"));
    INVALID(linkwa_callback_guard_set_header(NULL, "n", "v"));
    INVALID(linkwa_callback_guard_set_max_body(NULL, 1));
    INVALID(linkwa_callback_guard_ready(NULL, &err));
    FINE(linkwa_callback_guard_ready(guard, NULL));
    NEEDED(linkwa_callback_guard_add_range(guard, text));
    NEEDED(linkwa_callback_guard_add_trusted_proxy(guard, text));
    NEEDED(linkwa_callback_guard_set_basic(guard, text, "p"));
    NEEDED(linkwa_callback_guard_set_basic(guard, "u", text));
    NEEDED(linkwa_callback_guard_set_header(guard, text, "v"));
    NEEDED(linkwa_callback_guard_set_header(guard, "n", text));
    INVALID(linkwa_callback_guard_ready(guard, &err));
    linkwa_callback_guard_free(guard);
}

static void logs(void) {
    FINE(linkwa_set_log(NULL, NULL, LINKWA_LOG_OFF));
    FINE(linkwa_set_log(NULL, NULL, LINKWA_LOG_TRACE));
    INVALID(linkwa_set_log(NULL, NULL, (linkwa_log_level)6));
    INVALID(linkwa_set_log(NULL, NULL, (linkwa_log_level)99));
    INVALID(linkwa_set_log(NULL, NULL, (linkwa_log_level)0xffffffffu));
}

int main(void) {
    server = server_start();
    answer_ok(server);
    client = client_for(server_url(server));
    options = options_with_ref("r");
    message = linkwa_message_text("Hello");
    contacts = linkwa_message_contacts();
    linkwa_contact *contact = linkwa_contact_new();
    linkwa_contact_add_phone(contact, "1", NULL, NULL);
    linkwa_message_add_contact(contacts, contact);
    linkwa_contact_free(contact);
    template_ = linkwa_message_template("n", "ns", "en");
    sends();
    destination_arrays();
    asynchronous();
    bytes_and_lengths();
    clients();
    configs();
    options_of_sends();
    messages();
    templates();
    cards();
    many();
    trackers();
    guards();
    logs();
    linkwa_client_close(client, 60000);
    is_int(server_requests(server), begun, "the server received the valid requests, and nothing else");
    linkwa_message_free(message);
    linkwa_message_free(contacts);
    linkwa_message_free(template_);
    linkwa_options_free(options);
    linkwa_client_free(client);
    server_stop(server);
    return done();
}
