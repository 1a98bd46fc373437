/* Errors of every kind, and their getters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

static struct server *server;
static linkwa_client *client;

/* The error of a send that must fail. */
static linkwa_error *error_of_send(const linkwa_options *options) {
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    linkwa_status status = linkwa_send_text(client, TO, "Hello", options, &result, &err);
    if (status == LINKWA_OK || !err || result || linkwa_error_code(err) != status) {
        bail_out("a send that should fail: %s", linkwa_status_name(status));
    }
    return err;
}

/* The parts that an error does not have. */
static void has_no_answer(const linkwa_error *err, const char *name) {
    int64_t code = 77;
    is_int(linkwa_error_http_status(err), 0, "%s: no HTTP status", name);
    ok(!linkwa_error_result_code(err, &code) && code == 77, "%s: no result code, and nothing is written", name);
    ok(linkwa_error_description(err) == NULL, "%s: no description", name);
    ok(linkwa_error_translated_description(err) == NULL, "%s: no translated description", name);
    is_int(linkwa_error_retry_after_ms(err), -1, "%s: no time to wait", name);
    ok(linkwa_error_response_body(err) == NULL, "%s: no body", name);
    is_int(linkwa_error_response_body_len(err), 0, "%s: no length of a body", name);
}

static void is_no_callback(const linkwa_error *err, const char *name) {
    ok(linkwa_error_path(err) == NULL, "%s: no path", name);
    is_int(linkwa_error_position(err), -1, "%s: no position", name);
}

static void rejected(void) {
    static const char body[] =
        "{\"resultCode\":112402,\"description\":\"Bad request\",\"translatedDescription\":\"Felaktig beg\xc3\xa4ran\"}";
    answer_with(server, "400 Bad Request", "Retry-After: 7\r\n", body);
    linkwa_options *options = options_with_ref("ref-1");
    linkwa_error *err = error_of_send(options);
    linkwa_options_free(options);
    int64_t code = 0;
    is_status(linkwa_error_code(err), LINKWA_REJECTED, "rejected: its code");
    is_int(linkwa_error_outcome(err), LINKWA_MESSAGE_REJECTED, "rejected: its outcome");
    is_int(linkwa_error_disposition(err), LINKWA_DISPOSITION_FAIL, "rejected: its disposition");
    is_int(linkwa_error_reason(err), LINKWA_REASON_NONE, "rejected: no reason");
    is_str(linkwa_error_ref_id(err), "ref-1", "rejected: the reference");
    is_int(linkwa_error_http_status(err), 400, "rejected: the HTTP status");
    ok(linkwa_error_result_code(err, &code) && code == 112402, "rejected: the result code");
    ok(linkwa_error_result_code(err, NULL), "rejected: whether there is a result code");
    is_str(linkwa_error_description(err), "Bad request", "rejected: the description");
    is_str(linkwa_error_translated_description(err), "Felaktig beg\xc3\xa4ran", "rejected: the translated description");
    is_int(linkwa_error_retry_after_ms(err), 7000, "rejected: the time to wait");
    is_str(linkwa_error_response_body(err), body, "rejected: the body");
    is_int(linkwa_error_response_body_len(err), sizeof body - 1, "rejected: the body's length");
    is_int(linkwa_findings_len(linkwa_error_findings(err)), 0, "rejected: no findings");
    ok(linkwa_error_findings(err) != NULL, "rejected: an empty list of findings");
    is_no_callback(err, "rejected");
    const char *message = linkwa_error_message(err);
    ok(contains(message, "112402"), "rejected: the message: %s", message);
    const char *texts[] = {message, linkwa_error_ref_id(err), linkwa_error_description(err), linkwa_error_translated_description(err),
        linkwa_error_response_body(err)};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        is_int(linkwa_error_text_len(err, texts[i]), strlen(texts[i]), "rejected: the length of text %d", (int)i);
    }
    is_int(linkwa_error_text_len(err, NULL), 0, "text_len: 0 for no text");
    is_int(linkwa_error_text_len(err, "ref-1"), 0, "text_len: 0 for the caller's text");
    is_int(linkwa_error_text_len(err, message + 1), 0, "text_len: 0 for a place inside a text");
    is_int(linkwa_error_text_len(NULL, message), 0, "text_len: 0 of no error");
    linkwa_error_free(err);
}

/* A copy has its own texts. */
static void copied(void) {
    answer_with(server, "400 Bad Request", "Retry-After: 7\r\n", "{\"resultCode\":112402,\"description\":\"a\\u0000b\"}");
    linkwa_options *options = options_with_ref("ref-2");
    linkwa_error *err = error_of_send(options);
    linkwa_options_free(options);
    linkwa_error *copy = linkwa_error_copy(err);
    ok(copy && copy != err && linkwa_error_description(copy) != linkwa_error_description(err), "a copy is another error");
    is_int(linkwa_error_text_len(copy, linkwa_error_description(err)), 0, "whose texts are its own");
    linkwa_error_free(err);
    int64_t code = 0;
    const char *description = linkwa_error_description(copy);
    is_str(linkwa_error_ref_id(copy), "ref-2", "a copy outlives what it is of: the reference");
    ok(linkwa_error_text_len(copy, description) == 3 && memcmp(description, "a\0b", 4) == 0, "the description, with U+0000");
    ok(linkwa_error_result_code(copy, &code) && code == 112402, "the result code");
    is_int(linkwa_error_http_status(copy), 400, "the HTTP status");
    is_int(linkwa_error_retry_after_ms(copy), 7000, "the time to wait");
    is_error(copy, LINKWA_REJECTED, LINKWA_MESSAGE_REJECTED, LINKWA_REASON_NONE, "the rest");
    linkwa_result *result = NULL;
    whatever_status(linkwa_send_text(client, "12", "Hello", NULL, &result, &err));
    copy = linkwa_error_copy(err);
    linkwa_error_free(err);
    is_str(linkwa_findings_path(linkwa_error_findings(copy), 0), "destinations[0]", "a copy has the findings");
    linkwa_error_free(copy);
}

/* U+0000 in a description, and a body that is not text. */
static void embedded_nul(void) {
    answer_with(server, "401 Unauthorized", "", "{\"resultCode\":112400,\"description\":\"a\\u0000b\"}");
    linkwa_error *err = error_of_send(NULL);
    const char *description = linkwa_error_description(err);
    is_int(linkwa_error_text_len(err, description), 3, "a description with U+0000: three bytes");
    ok(description && memcmp(description, "a\0b", 4) == 0, "a description with U+0000, and a NUL behind it");
    linkwa_error_free(err);
    static const char answer[] = "HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\n\xff\0\xfe\0x";
    server_answer(server, answer, sizeof answer - 1);
    err = error_of_send(NULL);
    is_status(linkwa_error_code(err), LINKWA_REJECTED, "a body that is not text: rejected");
    is_int(linkwa_error_response_body_len(err), 5, "a body that is not text: five bytes");
    ok(memcmp(linkwa_error_response_body(err), "\xff\0\xfe\0x", 6) == 0, "a body that is not text, and a NUL behind it");
    is_int(linkwa_error_text_len(err, linkwa_error_response_body(err)), 5, "text_len: of the body too");
    linkwa_error_free(err);
}

static void empty_body(void) {
    answer_with(server, "400 Bad Request", "", "");
    linkwa_error *err = error_of_send(NULL);
    is_str(linkwa_error_response_body(err), "", "an empty body is there");
    is_int(linkwa_error_response_body_len(err), 0, "an empty body has no bytes");
    ok(!linkwa_error_result_code(err, NULL), "an empty body has no result code");
    linkwa_error_free(err);
}

/* No more than 64 KiB of a body are kept. */
static void large_body(void) {
    enum { KEPT = 64 * 1024, LARGE = KEPT + 1000 };
    char *body = malloc(LARGE + 1);
    if (!body) {
        bail_out("no memory");
    }
    memset(body, 'x', LARGE);
    body[LARGE] = '\0';
    answer_with(server, "400 Bad Request", "", body);
    linkwa_error *err = error_of_send(NULL);
    is_int(linkwa_error_response_body_len(err), KEPT, "64 KiB of a large body are kept");
    is_int(strlen(linkwa_error_response_body(err)), KEPT, "with a NUL behind them");
    linkwa_error_free(err);
    free(body);
}

static void unknown(void) {
    answer_with(server, "500 Internal Server Error", "", "{\"resultCode\":112500,\"description\":\"Oops\"}");
    linkwa_error *err = error_of_send(NULL);
    is_status(linkwa_error_code(err), LINKWA_OUTCOME_UNKNOWN, "a server error: its code");
    is_int(linkwa_error_outcome(err), LINKWA_MESSAGE_UNKNOWN, "a server error: its outcome");
    is_int(linkwa_error_disposition(err), LINKWA_DISPOSITION_PARK, "a server error: its disposition");
    is_int(linkwa_error_reason(err), LINKWA_REASON_SERVER_ERROR, "a server error: its reason");
    is_int(linkwa_error_http_status(err), 500, "a server error: the HTTP status");
    ok(linkwa_error_ref_id(err) && strlen(linkwa_error_ref_id(err)) == 36, "a server error: the reference that was made");
    linkwa_error_free(err);

    answer_with(server, "200 OK", "", "<html>");
    is_error(error_of_send(NULL), LINKWA_OUTCOME_UNKNOWN, LINKWA_MESSAGE_UNKNOWN, LINKWA_REASON_INVALID_RESPONSE, "an answer that cannot be read");
    answer_with(server, "503 Busy", "Retry-After: 2\r\n", "");
    err = error_of_send(NULL);
    is_int(linkwa_error_retry_after_ms(err), 2000, "a busy gateway: the time to wait");
    is_int(linkwa_error_disposition(err), LINKWA_DISPOSITION_PARK, "a busy gateway: its disposition");
    is_error(err, LINKWA_OUTCOME_UNKNOWN, LINKWA_MESSAGE_UNKNOWN, LINKWA_REASON_SERVER_ERROR, "a busy gateway");
    server_close_connections(server);
    err = error_of_send(NULL);
    has_no_answer(err, "a connection that is cut");
    is_error(err, LINKWA_OUTCOME_UNKNOWN, LINKWA_MESSAGE_UNKNOWN, LINKWA_REASON_CONNECTION_LOST, "a connection that is cut");
}

static void too_many_requests(void) {
    answer_with(server, "429 Too Many Requests", "Retry-After: 3\r\n", "");
    linkwa_error *err = error_of_send(NULL);
    is_int(linkwa_error_retry_after_ms(err), 3000, "too many requests: the time to wait");
    is_int(linkwa_error_disposition(err), LINKWA_DISPOSITION_RETRY, "too many requests: its disposition");
    is_error(err, LINKWA_REJECTED, LINKWA_MESSAGE_REJECTED, LINKWA_REASON_NONE, "too many requests");
}

static void invalid_request(void) {
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_send_text(client, "12", "", NULL, &result, &err), LINKWA_INVALID_REQUEST, "an invalid request");
    ok(result == NULL, "an invalid request: no result");
    is_int(linkwa_error_outcome(err), LINKWA_MESSAGE_NOT_SENT, "an invalid request: not sent");
    is_int(linkwa_error_disposition(err), LINKWA_DISPOSITION_FAIL, "an invalid request: its disposition");
    is_int(linkwa_error_reason(err), LINKWA_REASON_NONE, "an invalid request: no reason");
    const linkwa_findings *findings = linkwa_error_findings(err);
    is_int(linkwa_findings_len(findings), 2, "an invalid request: two findings");
    is_str(linkwa_findings_path(findings, 0), "destinations[0]", "an invalid request: the first path");
    is_str(linkwa_findings_path(findings, 1), "messages[0].text.body", "an invalid request: the second path");
    is_int(linkwa_findings_text_len(findings, linkwa_findings_path(findings, 0)), 15, "an invalid request: the first path's length");
    ok(linkwa_error_findings(err) == findings, "an invalid request: the list stays where it is");
    has_no_answer(err, "an invalid request");
    is_no_callback(err, "an invalid request");
    linkwa_error_free(err);
}

static void invalid_argument(void) {
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_send_text(client, NULL, "Hello", NULL, &result, &err), LINKWA_INVALID_ARGUMENT, "an invalid argument");
    is_int(linkwa_error_outcome(err), LINKWA_MESSAGE_NOT_SENT, "an invalid argument: not sent");
    is_int(linkwa_error_disposition(err), LINKWA_DISPOSITION_FAIL, "an invalid argument: its disposition");
    is_str(linkwa_error_message(err), "invalid argument: `to` is NULL", "an invalid argument: the message");
    ok(linkwa_error_ref_id(err) == NULL, "an invalid argument: no reference");
    is_int(linkwa_findings_len(linkwa_error_findings(err)), 0, "an invalid argument: no findings");
    has_no_answer(err, "an invalid argument");
    is_no_callback(err, "an invalid argument");
    linkwa_error_free(err);
}

static void invalid_config(void) {
    linkwa_config *config = linkwa_config_new();
    linkwa_client *none = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_client_new(config, &none, &err), LINKWA_INVALID_CONFIG, "an invalid configuration");
    is_int(linkwa_error_outcome(err), LINKWA_MESSAGE_NOT_SENT, "an invalid configuration: nothing was sent");
    is_int(linkwa_error_disposition(err), LINKWA_DISPOSITION_FAIL, "an invalid configuration: its disposition");
    static const char *const settings[] = {"linkwa_config_set_region() (LINKWA_REGION)", "linkwa_config_set_base_url() (LINKWA_BASE_URL)",
                                           "linkwa_config_set_credentials() (LINKWA_USERNAME)",
                                           "linkwa_config_set_credentials() (LINKWA_PASSWORD)"};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        ok(contains(linkwa_error_message(err), settings[i]), "an invalid configuration: it names %s: %s", settings[i],
           linkwa_error_message(err));
    }
    has_no_answer(err, "an invalid configuration");
    is_no_callback(err, "an invalid configuration");
    linkwa_error_free(err);
    linkwa_config_free(config);
}

static void invalid_callback(void) {
    static const char json[] = "{\"messageId\":\"canary\",\"refId\":\"r\",\"resultCode\":[]}";
    linkwa_callback *callback = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_callback_parse(json, sizeof json - 1, &callback, &err), LINKWA_INVALID_CALLBACK, "an invalid callback");
    is_int(linkwa_error_outcome(err), LINKWA_MESSAGE_NONE, "an invalid callback: no message was sent");
    is_int(linkwa_error_disposition(err), LINKWA_DISPOSITION_FAIL, "an invalid callback: its disposition");
    is_str(linkwa_error_path(err), "resultCode", "an invalid callback: the path");
    is_int(linkwa_error_text_len(err, linkwa_error_path(err)), 10, "an invalid callback: the path's length");
    is_int(linkwa_error_position(err), 47, "an invalid callback: the position");
    ok(!contains(linkwa_error_message(err), "canary"), "an invalid callback: no value in the message: %s", linkwa_error_message(err));
    has_no_answer(err, "an invalid callback");
    linkwa_error_free(err);
    is_status(linkwa_callback_parse("[]", 2, &callback, &err), LINKWA_INVALID_CALLBACK, "a callback that is not an object");
    is_str(linkwa_error_path(err), "", "a callback that is not an object: the path is empty");
    is_int(linkwa_error_position(err), 0, "a callback that is not an object: the position");
    linkwa_error_free(err);
    ok(callback == NULL, "an invalid callback: nothing is given");
}

static void null_arguments(void) {
    is_status(linkwa_error_code(NULL), LINKWA_OK, "linkwa_error_code of NULL: no error");
    ok(linkwa_error_message(NULL) == NULL, "linkwa_error_message of NULL");
    is_int(linkwa_error_outcome(NULL), LINKWA_MESSAGE_NONE, "linkwa_error_outcome of NULL");
    is_int(linkwa_error_disposition(NULL), LINKWA_DISPOSITION_NONE, "linkwa_error_disposition of NULL");
    is_int(linkwa_error_reason(NULL), LINKWA_REASON_NONE, "linkwa_error_reason of NULL");
    ok(linkwa_error_ref_id(NULL) == NULL, "linkwa_error_ref_id of NULL");
    ok(linkwa_error_findings(NULL) == NULL, "linkwa_error_findings of NULL");
    has_no_answer(NULL, "NULL");
    is_no_callback(NULL, "NULL");
    ok(linkwa_error_copy(NULL) == NULL, "linkwa_error_copy of NULL");
    linkwa_error_free(NULL);
    ok(true, "linkwa_error_free: NULL is fine");
}

/* The caller clears an error: success leaves it, and another failure overwrites it. */
static void same_variable_again(void) {
    linkwa_callback *callback = NULL;
    linkwa_error *err = NULL;
    linkwa_findings *findings = NULL;
    is_status(linkwa_callback_parse("[", 1, &callback, &err), LINKWA_INVALID_CALLBACK, "a call fails");
    linkwa_error *first = err;
    is_status(linkwa_validate("{}", 2, &findings, &err), LINKWA_OK, "another one succeeds");
    ok(err == first, "and leaves the old error where it is");
    linkwa_findings_free(findings);
    is_status(linkwa_validate(NULL, 0, &findings, &err), LINKWA_INVALID_ARGUMENT, "one more fails");
    ok(err != first, "and writes its own error there");
    is_status(linkwa_error_code(first), LINKWA_INVALID_CALLBACK, "the first one was not freed");
    linkwa_error_free(first);
    linkwa_error_free(err);
}

int main(void) {
    server = server_start();
    client = client_for(server_url(server));
    rejected();
    copied();
    embedded_nul();
    empty_body();
    large_body();
    unknown();
    too_many_requests();
    invalid_request();
    invalid_argument();
    invalid_config();
    invalid_callback();
    null_arguments();
    linkwa_client_free(client);
    server_stop(server);
    same_variable_again();
    return done();
}
