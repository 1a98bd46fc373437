/* tests/vectors/answer-*.json: how linkwa_send() classifies the gateway's answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"
#include "tap.h"
#include "vectors.h"

struct gateway {
    struct server *server;
    linkwa_client *client;
    linkwa_message *message;
    linkwa_options *options;
};

/* Makes the server give a vector's answer. */
static void answer_with(struct server *server, const struct value *vector) {
    const struct value *headers = value_member(vector, "headers");
    const struct value *body = value_member(vector, "input");
    int64_t status = value_int(value_needed(vector, "status"));
    char head[4096];
    size_t len = (size_t)snprintf(head, sizeof head, "HTTP/1.1 %d Answer\r\n", (int)status);
    bool typed = false;
    for (size_t i = 0; headers && i < headers->count && len < sizeof head; i++) {
        const struct value *pair = headers->items[i].items;
        typed = typed || strcmp(pair[0].bytes, "Content-Type") == 0;
        len += (size_t)snprintf(head + len, sizeof head - len, "%s: %s\r\n", pair[0].bytes, pair[1].bytes);
    }
    if (body && !typed && len < sizeof head) {
        len += (size_t)snprintf(head + len, sizeof head - len, "Content-Type: application/json\r\n");
    }
    if (status != 204 && len < sizeof head) {
        len += (size_t)snprintf(head + len, sizeof head - len, "Content-Length: %zu\r\n", body ? body->len : 0);
    }
    if (len + 2 >= sizeof head) {
        bail_out("the head of an answer is too long");
    }
    memcpy(head + len, "\r\n", 2);
    len += 2;
    size_t body_len = body ? body->len : 0;
    char *bytes = malloc(len + body_len);
    if (!bytes) {
        bail_out("no memory");
    }
    memcpy(bytes, head, len);
    if (body) {
        memcpy(bytes + len, body->bytes, body_len);
    }
    server_answer(server, bytes, len + body_len);
    free(bytes);
}

static void compare_result(struct run *run, const linkwa_result *result, const struct value *wanted) {
    if (!wanted) {
        wrong(run, "it was accepted (%lld), and an error was expected", (long long)linkwa_result_result_code(result));
        return;
    }
    const char *ref_id = linkwa_result_ref_id(result);
    if (!ref_id || strcmp(ref_id, "r") != 0 || linkwa_result_attempts(result) != 1) {
        wrong(run, "refId %s, %u attempts", ref_id ? ref_id : "NULL", (unsigned)linkwa_result_attempts(result));
    }
    for (size_t i = 0; i < wanted->count; i++) {
        const struct value *name = &wanted->items[2 * i];
        const struct value *value = name + 1;
        if (value_is(name, "resultCode")) {
            compare_int(run, "resultCode", true, linkwa_result_result_code(result), value);
        } else if (value_is(name, "description")) {
            const char *text = linkwa_result_description(result);
            compare_text(run, "description", text, linkwa_result_text_len(result, text), value);
        } else if (value_is(name, "messageIds")) {
            if (linkwa_result_message_ids_len(result) != value->count) {
                wrong(run, "%zu messageIds, expected %zu", linkwa_result_message_ids_len(result), value->count);
            }
            for (size_t j = 0; j < value->count; j++) {
                const char *id = linkwa_result_message_id(result, j);
                compare_text(run, "messageIds", id, linkwa_result_text_len(result, id), &value->items[j]);
            }
            if (linkwa_result_message_id(result, value->count)) {
                wrong(run, "messageIds: something behind the last");
            }
        } else if (value_is(name, "receipts")) {
            if (linkwa_result_receipts_len(result) != value->count) {
                wrong(run, "%zu receipts, expected %zu", linkwa_result_receipts_len(result), value->count);
            }
            for (size_t j = 0; j < value->count; j++) {
                const char *destination = linkwa_result_receipt_destination(result, j);
                const char *id = linkwa_result_receipt_message_id(result, j);
                const struct value *pair = value->items[j].items;
                compare_text(run, "receipts", destination, linkwa_result_text_len(result, destination), &pair[0]);
                compare_text(run, "receipts", id, linkwa_result_text_len(result, id), &pair[1]);
            }
            if (linkwa_result_receipt_message_id(result, value->count)) {
                wrong(run, "receipts: something behind the last");
            }
        } else {
            wrong(run, "`%s` is a member of a result that this program does not know", name->bytes);
        }
    }
}

static void compare_word(struct run *run, const char *what, const char *word, const struct value *wanted) {
    compare_text(run, what, word, word ? strlen(word) : 0, wanted);
}

static void compare_error(struct run *run, const linkwa_error *err, const struct value *wanted) {
    if (!wanted) {
        wrong(run, "it was not accepted: %s", linkwa_error_message(err));
        return;
    }
    const char *ref_id = linkwa_error_ref_id(err);
    if (!ref_id || strcmp(ref_id, "r") != 0) {
        wrong(run, "refId %s", ref_id ? ref_id : "NULL");
    }
    for (size_t i = 0; i < wanted->count; i++) {
        const struct value *name = &wanted->items[2 * i];
        const struct value *value = name + 1;
        int64_t number = 0;
        if (value_is(name, "code")) {
            compare_word(run, "code", linkwa_status_name(linkwa_error_code(err)), value);
        } else if (value_is(name, "outcome")) {
            compare_word(run, "outcome", linkwa_outcome_name(linkwa_error_outcome(err)), value);
        } else if (value_is(name, "reason")) {
            compare_word(run, "reason", linkwa_reason_name(linkwa_error_reason(err)), value);
        } else if (value_is(name, "httpStatus")) {
            number = linkwa_error_http_status(err);
            compare_int(run, "httpStatus", number != 0, number, value);
        } else if (value_is(name, "resultCode")) {
            bool is_there = linkwa_error_result_code(err, &number);
            compare_int(run, "resultCode", is_there, number, value);
        } else if (value_is(name, "description")) {
            const char *text = linkwa_error_description(err);
            compare_text(run, "description", text, linkwa_error_text_len(err, text), value);
        } else if (value_is(name, "retryAfterMs")) {
            number = linkwa_error_retry_after_ms(err);
            compare_int(run, "retryAfterMs", number >= 0, number, value);
        } else {
            wrong(run, "`%s` is a member of an error that this program does not know", name->bytes);
        }
    }
}

static void run_one(struct run *run, void *data) {
    const struct gateway *gateway = data;
    const struct value *expect = value_needed(run->vector, "expect");
    const struct value *to = value_needed(run->vector, "destinations");
    const char *destinations[64];
    if (to->count > sizeof destinations / sizeof *destinations || expect->count != 1) {
        bail_out("%s: a vector that this program is not made for", run->id);
    }
    for (size_t i = 0; i < to->count; i++) {
        destinations[i] = to->items[i].bytes;
    }
    answer_with(gateway->server, run->vector);
    size_t before = server_requests(gateway->server);
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    linkwa_status status = linkwa_send(gateway->client, destinations, to->count, gateway->message, gateway->options, &result, &err);
    if (status == LINKWA_OK) {
        compare_result(run, result, value_member(expect, "result"));
    } else {
        compare_error(run, err, value_member(expect, "error"));
    }
    if ((result != NULL) != (status == LINKWA_OK) || (err != NULL) == (status == LINKWA_OK)) {
        wrong(run, "%s, and the places do not fit", linkwa_status_name(status));
    }
    if (server_requests(gateway->server) != before + 1) {
        wrong(run, "%zu requests", server_requests(gateway->server) - before);
    }
    linkwa_result_free(result);
    linkwa_error_free(err);
}

int main(void) {
    struct gateway gateway = {server_start(), NULL, linkwa_message_text("x"), linkwa_options_new()};
    linkwa_options_set_ref_id(gateway.options, "r");
    linkwa_config *config = linkwa_config_new();
    linkwa_config_set_base_url(config, server_url(gateway.server));
    linkwa_config_set_credentials(config, "user", "secret");
    linkwa_config_set_platform(config, "p", "pp");
    linkwa_config_set_source(config, "+46000000000");
    is_int(linkwa_client_new(config, &gateway.client, NULL), LINKWA_OK, "a client");
    linkwa_config_free(config);
    int status = run_vectors("answer", 90, run_one, &gateway);
    linkwa_client_free(gateway.client);
    linkwa_message_free(gateway.message);
    linkwa_options_free(gateway.options);
    server_stop(gateway.server);
    return status;
}
