/* Results: the gateway's answer to accepted messages. */
#include <string.h>

#include "help.h"

static struct server *server;
static linkwa_client *client;

static linkwa_result *send_to(size_t len, const linkwa_options *options) {
    static const char *const to[] = {TO, "+46000000002", "+46000000003"};
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    if (linkwa_send(client, to, len, message, options, &result, &err) != LINKWA_OK) {
        bail_out("a send failed: %s", linkwa_error_message(err));
    }
    linkwa_message_free(message);
    return result;
}

static void several(void) {
    answer_with(server, "200 OK", "", "{\"resultCode\":112001,\"description\":\"queued\",\"messageIds\":[\"id-1\",\"id-2\",\"id-3\"]}");
    linkwa_options *options = options_with_ref("ref-1");
    linkwa_result *result = send_to(3, options);
    linkwa_options_free(options);
    is_str(linkwa_result_ref_id(result), "ref-1", "the reference");
    is_int(linkwa_result_result_code(result), 112001, "the result code");
    is_str(linkwa_result_description(result), "queued", "the description");
    is_int(linkwa_result_attempts(result), 1, "one attempt");
    is_int(linkwa_result_message_ids_len(result), 3, "three ids");
    is_str(linkwa_result_message_id(result, 0), "id-1", "the first id");
    is_str(linkwa_result_message_id(result, 2), "id-3", "the last id");
    is_int(linkwa_result_receipts_len(result), 3, "three receipts");
    is_str(linkwa_result_receipt_destination(result, 1), "+46000000002", "the second receipt: its destination");
    is_str(linkwa_result_receipt_message_id(result, 1), "id-2", "the second receipt: its id");
    ok(linkwa_result_warnings(result) != NULL, "warnings: a list");
    is_int(linkwa_findings_len(linkwa_result_warnings(result)), 0, "warnings: none");
    static const size_t beyond[] = {3, 4, SIZE_MAX / 2, SIZE_MAX};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        ok(linkwa_result_message_id(result, beyond[i]) == NULL && linkwa_result_receipt_destination(result, beyond[i]) == NULL &&
               linkwa_result_receipt_message_id(result, beyond[i]) == NULL,
            "there is nothing at %zu", beyond[i]);
    }
    const char *texts[] = {linkwa_result_ref_id(result), linkwa_result_description(result), linkwa_result_message_id(result, 1),
        linkwa_result_receipt_destination(result, 2), linkwa_result_receipt_message_id(result, 2)};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        is_int(linkwa_result_text_len(result, texts[i]), strlen(texts[i]), "the length of text %d", (int)i);
    }
    is_int(linkwa_result_text_len(result, NULL), 0, "text_len: 0 for no text");
    is_int(linkwa_result_text_len(result, "queued"), 0, "text_len: 0 for the caller's text");
    is_int(linkwa_result_text_len(result, texts[1] + 1), 0, "text_len: 0 for a place inside a text");
    is_int(linkwa_result_text_len(NULL, texts[1]), 0, "text_len: 0 of no result");
    linkwa_result_free(result);
}

static void copied(void) {
    answer_with(server, "200 OK", "", "{\"resultCode\":112001,\"description\":\"a\\u0000b\",\"messageIds\":[\"id-1\"]}");
    linkwa_options *options = options_with_ref("ref-2");
    linkwa_result *result = send_to(1, options), *copy = linkwa_result_copy(result);
    linkwa_options_free(options);
    ok(copy && copy != result && linkwa_result_ref_id(copy) != linkwa_result_ref_id(result), "a copy is another result");
    is_int(linkwa_result_text_len(copy, linkwa_result_ref_id(result)), 0, "whose texts are its own");
    linkwa_result_free(result);
    const char *description = linkwa_result_description(copy);
    is_str(linkwa_result_ref_id(copy), "ref-2", "a copy outlives what it is of: the reference");
    ok(linkwa_result_text_len(copy, description) == 3 && memcmp(description, "a\0b", 4) == 0, "the description, with U+0000");
    is_str(linkwa_result_message_id(copy, 0), "id-1", "the message id");
    is_str(linkwa_result_receipt_destination(copy, 0), TO, "the receipt");
    ok(linkwa_result_result_code(copy) == 112001 && linkwa_result_attempts(copy) == 1, "the rest");
    linkwa_result_free(copy);
}

static void too_few_ids(void) {
    answer_with(server, "200 OK", "", "{\"resultCode\":112001,\"messageIds\":[\"id-1\",\"id-2\"]}");
    linkwa_result *result = send_to(3, NULL);
    is_int(linkwa_result_message_ids_len(result), 2, "an id too few: two ids");
    is_int(linkwa_result_receipts_len(result), 0, "an id too few: no receipts");
    ok(linkwa_result_receipt_destination(result, 0) == NULL, "an id too few: no first destination");
    ok(linkwa_result_description(result) == NULL, "no description");
    is_int(strlen(linkwa_result_ref_id(result)), 36, "the reference that was made");
    linkwa_result_free(result);
}

static void unlisted(void) {
    answer_with(server, "202 Accepted", "", "{\"resultCode\":9223372036854775807,\"description\":\"\",\"messageIds\":[\"id-1\"]}");
    linkwa_result *result = send_to(1, NULL);
    ok(linkwa_result_result_code(result) == INT64_MAX, "the largest result code");
    is_str(linkwa_result_description(result), "", "an empty description is there");
    linkwa_result_free(result);
}

static void embedded_nul(void) {
    answer_with(server, "200 OK", "", "{\"resultCode\":112001,\"description\":\"a\\u0000b\",\"messageIds\":[\"\\u0000\"]}");
    linkwa_result *result = send_to(1, NULL);
    const char *description = linkwa_result_description(result), *id = linkwa_result_message_id(result, 0);
    is_int(linkwa_result_text_len(result, description), 3, "a description with U+0000: three bytes");
    ok(description && memcmp(description, "a\0b", 4) == 0, "a description with U+0000, and a NUL behind it");
    is_int(linkwa_result_text_len(result, id), 1, "an id that is U+0000: one byte");
    ok(id && memcmp(id, "\0", 2) == 0, "an id that is U+0000, and a NUL behind it");
    linkwa_result_free(result);
}

static void warnings(void) {
    answer_ok(server);
    linkwa_result *result = NULL;
    is_status(linkwa_send_text(client, "SE.1349abc", "Hello", NULL, &result, NULL), LINKWA_OK, "a doubtful request is sent");
    const linkwa_findings *found = linkwa_result_warnings(result);
    is_int(linkwa_findings_len(found), 1, "with a warning");
    is_str(linkwa_findings_path(found, 0), "destinations[0]", "its path");
    is_str(linkwa_findings_code(found, 0), "not_msisdn", "its code");
    is_int(linkwa_findings_severity(found, 0), LINKWA_SEVERITY_WARNING, "its severity");
    ok(linkwa_result_warnings(result) == found, "the list stays where it is");
    linkwa_result_free(result);
}

/* A raw request keeps its own reference, if it has one. */
static void raw_reference(void) {
    answer_ok(server);
    linkwa_result *result = NULL;
    is_status(linkwa_send_raw(client, "{}", 2, &result, NULL), LINKWA_OK, "a raw request without refId is sent");
    is_str(linkwa_result_ref_id(result), "", "its reference is empty");
    linkwa_result_free(result);
    result = NULL;
    is_status(linkwa_send_raw(client, "{\"refId\":\"mine\"}", 16, &result, NULL), LINKWA_OK, "a raw request with refId is sent");
    is_str(linkwa_result_ref_id(result), "mine", "its reference");
    linkwa_result_free(result);
}

static void only_message_id(void) {
    answer_with(server, "200 OK", "", "{\"resultCode\":112001,\"messageIds\":[\"id\"]}");
    linkwa_result *result = send_to(1, NULL);
    is_str(linkwa_result_only_message_id(result), "id", "the id of the only message");
    linkwa_result_free(result);
    answer_with(server, "200 OK", "", "{\"resultCode\":112001,\"messageIds\":[\"a\",\"b\"]}");
    result = send_to(2, NULL);
    ok(linkwa_result_only_message_id(result) == NULL, "there is no only id of two");
    linkwa_result_free(result);
    ok(linkwa_result_only_message_id(NULL) == NULL, "linkwa_result_only_message_id of NULL");
}

static void null_arguments(void) {
    ok(linkwa_result_ref_id(NULL) == NULL, "linkwa_result_ref_id of NULL");
    is_int(linkwa_result_result_code(NULL), 0, "linkwa_result_result_code of NULL");
    ok(linkwa_result_description(NULL) == NULL, "linkwa_result_description of NULL");
    is_int(linkwa_result_message_ids_len(NULL), 0, "linkwa_result_message_ids_len of NULL");
    ok(linkwa_result_message_id(NULL, 0) == NULL, "linkwa_result_message_id of NULL");
    is_int(linkwa_result_receipts_len(NULL), 0, "linkwa_result_receipts_len of NULL");
    ok(linkwa_result_receipt_destination(NULL, 0) == NULL, "linkwa_result_receipt_destination of NULL");
    ok(linkwa_result_receipt_message_id(NULL, 0) == NULL, "linkwa_result_receipt_message_id of NULL");
    ok(linkwa_result_warnings(NULL) == NULL, "linkwa_result_warnings of NULL");
    is_int(linkwa_result_attempts(NULL), 0, "linkwa_result_attempts of NULL");
    ok(linkwa_result_copy(NULL) == NULL, "linkwa_result_copy of NULL");
    linkwa_result_free(NULL);
    ok(true, "linkwa_result_free: NULL is fine");
}

int main(void) {
    server = server_start();
    client = client_for(server_url(server));
    several();
    copied();
    too_few_ids();
    unlisted();
    embedded_nul();
    warnings();
    raw_reference();
    only_message_id();
    null_arguments();
    linkwa_client_free(client);
    server_stop(server);
    return done();
}
