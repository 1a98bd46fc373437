/* The sandbox's scenarios through linkwa_send(): status, outcome, and one body received; the bytes that the verbs send; and the
 * event reports that come back. The same tables as core/tests/scenarios.rs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linkwa.h>

#include "help.h"
#include "server.h"
#include "tap.h"

static linkwa_client *client_with(const struct sandbox *sandbox, const char *password) {
    linkwa_client *client = NULL;
    linkwa_error *err = NULL;
    linkwa_config *config = linkwa_config_new();
    linkwa_config_set_base_url(config, sandbox_base_url(sandbox));
    linkwa_config_set_credentials(config, "user", password);
    linkwa_config_set_platform(config, "p", "pp");
    linkwa_config_set_source(config, "+46000000000");
    if (linkwa_client_new(config, &client, &err) != LINKWA_OK) {
        bail_out("no client: %s", linkwa_error_message(err));
    }
    linkwa_config_free(config);
    return client;
}

/* The number of complete requests that the sandbox has received. */
static int bodies_received(const struct sandbox *sandbox) {
    char *requests = sandbox_requests(sandbox);
    int count = 0;
    for (const char *at = requests; (at = strstr(at, "\"bodyComplete\":true")); at++) {
        count++;
    }
    free(requests);
    return count;
}

/* The result of a send on one line: status, outcome, reason, HTTP status, result code and seconds to wait. Frees both. */
static const char *summary(linkwa_result *result, linkwa_error *err) {
    static char line[256];
    char http[24] = "-", code[24] = "-", wait[24] = "-";
    int64_t number = 0;
    if (result) {
        snprintf(line, sizeof line, "ok %lld ids %zu receipts %zu", (long long)linkwa_result_result_code(result),
                 linkwa_result_message_ids_len(result), linkwa_result_receipts_len(result));
    } else {
        linkwa_reason reason = linkwa_error_reason(err);
        if (linkwa_error_http_status(err) != 0) {
            snprintf(http, sizeof http, "%d", (int)linkwa_error_http_status(err));
        }
        if (linkwa_error_result_code(err, &number)) {
            snprintf(code, sizeof code, "%lld", (long long)number);
        }
        if (linkwa_error_retry_after_ms(err) >= 0) {
            snprintf(wait, sizeof wait, "%lld", (long long)linkwa_error_retry_after_ms(err) / 1000);
        }
        const char *why = reason == LINKWA_REASON_NONE ? "-" : linkwa_reason_name(reason);
        snprintf(line, sizeof line, "%s %s %s %s %s %s", linkwa_status_name(linkwa_error_code(err)),
                 linkwa_outcome_name(linkwa_error_outcome(err)), why, http, code, wait);
    }
    linkwa_result_free(result);
    linkwa_error_free(err);
    return line;
}

/* A text to one destination; `summary` of its result. */
static const char *send_x(const linkwa_client *client, const char *to, const linkwa_options *options) {
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    linkwa_message *message = linkwa_message_text("x");
    whatever_status(linkwa_send(client, &to, 1, message, options, &result, &err));
    linkwa_message_free(message);
    const char *ref_id = result ? linkwa_result_ref_id(result) : linkwa_error_ref_id(err);
    if (!ref_id || strcmp(ref_id, "r-17") != 0 || (result && linkwa_result_attempts(result) != 1)) {
        ok(false, "refId and attempts of %s", to);
    }
    return summary(result, err);
}

/* ---- Answers ---- */

static const struct {
    const char *digits;
    const char *summary;
} answers[] = {
    {"1400", "rejected rejected - 400 112402 -"},
    {"1401", "rejected rejected - 401 112400 -"},
    {"1403", "rejected rejected - 403 112401 -"},
    {"1429", "rejected rejected - 429 112000 1"},
    {"1500", "outcome_unknown unknown server_error 500 112500 -"},
    {"1503", "outcome_unknown unknown server_error 503 112500 1"},
    {"2001", "outcome_unknown unknown connection_lost - - -"},
    {"2002", "outcome_unknown unknown connection_lost 200 - -"},
    {"2003", "outcome_unknown unknown invalid_response 200 - -"},
    {"2005", "outcome_unknown unknown server_error 200 112500 -"},
    {"2007", "rejected rejected - 200 112402 -"},
    {"2006", "ok 112001 ids 0 receipts 0"},
    {"3001", "ok 112001 ids 1 receipts 1"},
    {"3404", "ok 112001 ids 1 receipts 1"},
    {"0001", "ok 112001 ids 1 receipts 1"},
};

/* `warm`: over a connection that was used before. */
static void each_answer(const struct sandbox *sandbox, const linkwa_options *options, bool warm) {
    linkwa_client *client = client_with(sandbox, "secret");
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        char to[32];
        snprintf(to, sizeof to, "+4670000%s", answers[i].digits);
        if (warm) {
            send_x(client, "+46000000001", options);
        }
        sandbox_forget(sandbox);
        is_str(send_x(client, to, options), answers[i].summary, "%s%s", answers[i].digits, warm ? ", warm" : "");
        is_int(bodies_received(sandbox), 1, "%s is asked for once%s", answers[i].digits, warm ? ", warm" : "");
    }
    linkwa_client_free(client);
}

static void never_answered(const struct sandbox *sandbox) {
    linkwa_client *client = client_with(sandbox, "secret");
    linkwa_options *options = linkwa_options_new();
    linkwa_options_set_ref_id(options, "r-17");
    send_x(client, "+46000000001", options); /* opens a connection, so that the request leaves in time */
    is_int(linkwa_options_set_timeout_ms(options, 1000), LINKWA_OK, "a time-out");
    is_str(send_x(client, "+46700002004", options), "outcome_unknown unknown deadline - - -", "2004: its time is up");
    linkwa_options_free(options);
    linkwa_client_free(client);
}

static void wrong_credentials(const struct sandbox *sandbox, const linkwa_options *options) {
    linkwa_client *client = client_with(sandbox, "wrong");
    is_str(send_x(client, "+46000000001", options), "rejected rejected - 401 112400 -", "wrong credentials");
    linkwa_client_free(client);
}

static void receipts_in_order(const struct sandbox *sandbox) {
    linkwa_client *client = client_with(sandbox, "secret");
    linkwa_message *message = linkwa_message_text("x");
    const char *to[3] = {"+46000000001", "+46000000002", "+46000000003"};
    linkwa_result *result = NULL;
    is_int(linkwa_send(client, to, 3, message, NULL, &result, NULL), LINKWA_OK, "three destinations");
    is_int(linkwa_result_receipts_len(result), 3, "three receipts");
    for (size_t i = 0; i < 3; i++) {
        is_str(linkwa_result_receipt_destination(result, i), to[i], "receipt %d is for its destination", (int)i);
        is_str(linkwa_result_receipt_message_id(result, i), linkwa_result_message_id(result, i), "and has its id");
    }
    linkwa_result_free(result);
    /* One scenario returns one id too few: there are no receipts, and no id is lost. */
    to[1] = "+46000002006";
    result = NULL;
    linkwa_error *err = NULL;
    whatever_status(linkwa_send(client, to, 3, message, NULL, &result, &err));
    is_str(summary(result, err), "ok 112001 ids 2 receipts 0", "one id too few");
    linkwa_message_free(message);
    linkwa_client_free(client);
}

/* ---- Verbs ---- */

static const char *const to = "+46000000001";

/* The wire form of a request with these messages. */
static const char *wire(const char *messages) {
    static char json[4096];
    snprintf(json, sizeof json,
             "{\"platformId\":\"p\",\"platformPartnerId\":\"pp\",\"priority\":\"NORMAL\",\"refId\":\"r-17\",\"source\":\"+46000000000\","
             "\"destinations\":[\"+46000000001\"],\"messages\":[%s]}",
             messages);
    return json;
}

/* A text as it stands in a JSON string. */
static const char *quoted(const char *text) {
    static char quoted[8192];
    size_t len = 0;
    quoted[len++] = '"';
    for (; *text && len + 4 < sizeof quoted; text++) {
        if (*text == '"' || *text == '\\') {
            quoted[len++] = '\\';
        }
        quoted[len++] = *text;
    }
    quoted[len++] = '"';
    quoted[len] = '\0';
    return quoted;
}

/* Checks the result of a verb, and that it sent the same bytes as linkwa_build() with this message, which is freed. */
static void check_verb(const struct sandbox *sandbox, const linkwa_client *client, const linkwa_options *options, const char *verb,
                       linkwa_status status, linkwa_result **result, linkwa_message *message, const char *messages) {
    is_int(status, LINKWA_OK, "%s is accepted", verb);
    is_str(linkwa_result_ref_id(*result), "r-17", "%s: the refId", verb);
    is_int(linkwa_result_receipts_len(*result), 1, "%s: one receipt", verb);
    linkwa_result_free(*result);
    *result = NULL;
    const char *expected = wire(messages);
    char *requests = sandbox_requests(sandbox);
    if (!ok(strstr(requests, quoted(expected)) != NULL, "%s: the body on the wire", verb)) {
        note("expected: %s", quoted(expected));
        note("found:    %s", requests);
    }
    free(requests);
    linkwa_buffer *buffer = NULL;
    is_int(linkwa_build(client, &to, 1, message, options, &buffer, NULL), LINKWA_OK, "%s: linkwa_build", verb);
    is_str(linkwa_buffer_data(buffer), expected, "%s: linkwa_build gives the same bytes", verb);
    is_int(linkwa_buffer_len(buffer), strlen(expected), "%s: as many", verb);
    linkwa_buffer_free(buffer);
    linkwa_message_free(message);
    sandbox_forget(sandbox);
}

static linkwa_message *contacts_message(void) {
    linkwa_name name = {0};
    name.formatted_name = "Ada Lovelace";
    name.first_name = "Ada";
    linkwa_contact *contact = linkwa_contact_new();
    linkwa_contact_set_name(contact, &name);
    linkwa_contact_add_phone(contact, "+46000000002", "WORK", NULL);
    linkwa_message *message = linkwa_message_contacts();
    is_int(linkwa_message_add_contact(message, contact), LINKWA_OK, "a contact");
    linkwa_contact_free(contact); /* it was copied */
    return message;
}

static linkwa_message *template_message(void) {
    linkwa_message *message = linkwa_message_template("order_shipped", "shop", "en");
    is_int(linkwa_message_add_body_text(message, "17"), LINKWA_OK, "a parameter of the body");
    is_int(linkwa_message_add_quick_reply(message, 0, "yes-17"), LINKWA_OK, "a button");
    return message;
}

static void each_verb(const struct sandbox *sandbox, const linkwa_options *options) {
    linkwa_client *client = client_with(sandbox, "secret");
    linkwa_result *result = NULL;
    linkwa_status status;
    linkwa_message *message;
    sandbox_forget(sandbox);

    status = linkwa_send_text(client, to, "Hej \xc3\xa5\xc3\xa4\xc3\xb6", options, &result, NULL);
    message = linkwa_message_text("Hej \xc3\xa5\xc3\xa4\xc3\xb6");
    check_verb(sandbox, client, options, "linkwa_send_text", status, &result, message,
               "{\"type\":\"text\",\"text\":{\"body\":\"Hej \xc3\xa5\xc3\xa4\xc3\xb6\"}}");

    status = linkwa_send_image(client, to, "https://example.com/a.png", "A", options, &result, NULL);
    message = linkwa_message_image("https://example.com/a.png");
    linkwa_message_set_caption(message, "A");
    check_verb(sandbox, client, options, "linkwa_send_image", status, &result, message,
               "{\"type\":\"image\",\"image\":{\"link\":\"https://example.com/a.png\",\"caption\":\"A\"}}");

    status = linkwa_send_audio(client, to, "https://example.com/a.mp3", options, &result, NULL);
    message = linkwa_message_audio("https://example.com/a.mp3");
    check_verb(sandbox, client, options, "linkwa_send_audio", status, &result, message,
               "{\"type\":\"audio\",\"audio\":{\"link\":\"https://example.com/a.mp3\"}}");

    status = linkwa_send_video(client, to, "https://example.com/a.mp4", NULL, options, &result, NULL);
    message = linkwa_message_video("https://example.com/a.mp4");
    check_verb(sandbox, client, options, "linkwa_send_video", status, &result, message,
               "{\"type\":\"video\",\"video\":{\"link\":\"https://example.com/a.mp4\"}}");

    status = linkwa_send_document(client, to, "https://example.com/a.pdf", NULL, "bill.pdf", options, &result, NULL);
    message = linkwa_message_document("https://example.com/a.pdf");
    linkwa_message_set_filename(message, "bill.pdf");
    check_verb(sandbox, client, options, "linkwa_send_document", status, &result, message,
               "{\"type\":\"document\",\"document\":{\"link\":\"https://example.com/a.pdf\",\"filename\":\"bill.pdf\"}}");

    status = linkwa_send_location(client, to, 59.3293, 18.0686, "Stockholm", NULL, options, &result, NULL);
    message = linkwa_message_location(59.3293, 18.0686);
    linkwa_message_set_name(message, "Stockholm");
    check_verb(sandbox, client, options, "linkwa_send_location", status, &result, message,
               "{\"type\":\"location\",\"location\":{\"longitude\":18.0686,\"latitude\":59.3293,\"name\":\"Stockholm\"}}");

    message = contacts_message();
    status = linkwa_send_contacts(client, to, message, options, &result, NULL);
    check_verb(sandbox, client, options, "linkwa_send_contacts", status, &result, message,
               "{\"type\":\"contacts\",\"contacts\":[{\"name\":{\"firstName\":\"Ada\",\"formattedName\":\"Ada Lovelace\"},"
               "\"phones\":[{\"phone\":\"+46000000002\",\"type\":\"WORK\"}]}]}");

    message = template_message();
    status = linkwa_send_template(client, to, message, options, &result, NULL);
    check_verb(sandbox, client, options, "linkwa_send_template", status, &result, message,
               "{\"type\":\"template\",\"template\":{\"namespace\":\"shop\",\"name\":\"order_shipped\",\"language\":{\"code\":\"en\"},"
               "\"components\":[{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"17\"}]},"
               "{\"type\":\"button\",\"subType\":\"quickReply\",\"index\":0,\"parameters\":[{\"type\":\"payload\",\"payload\":\"yes-17\"}]}]}}");
    linkwa_client_free(client);
}

/* ---- Event reports ---- */

static const char ACCEPTED[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

static int ascending(const void *a, const void *b) {
    return strcmp(a, b);
}

/* The callbacks received from index `first` on: "code,code" in order, and the number of different keys. */
static void codes_of(struct server *endpoint, size_t first, bool sorted, char *line, size_t size, int *different_keys) {
    static char codes[16][24], keys[16][128];
    size_t count = 0;
    *different_keys = 0;
    *line = '\0';
    for (size_t i = first; i < server_requests(endpoint) && count < 16; i++) {
        size_t len = 0;
        const char *body = server_body(endpoint, i, &len);
        linkwa_callback *report = NULL;
        if (linkwa_callback_parse(body, len, &report, NULL) != LINKWA_OK || linkwa_callback_kind(report) != LINKWA_EVENT_REPORT) {
            ok(false, "an event report: %s", body);
        }
        snprintf(codes[count], sizeof codes[count], "%lld", (long long)linkwa_event_report_result_code(report));
        snprintf(keys[count], sizeof keys[count], "%s", linkwa_callback_key(report));
        bool seen = false;
        for (size_t j = 0; j < count; j++) {
            seen = seen || strcmp(keys[j], keys[count]) == 0;
        }
        *different_keys += !seen;
        count++;
        linkwa_callback_free(report);
    }
    if (sorted) {
        qsort(codes, count, sizeof codes[0], ascending);
    }
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(line);
        snprintf(line + len, size - len, "%s%s", i > 0 ? "," : "", codes[i]);
    }
}

static const struct {
    const char *digits;
    const char *codes;
    int keys; /* a repeated report has the same key */
} reports[] = {
    {"0001", "112002,112003", 2}, {"3001", "112002,112002,112003,112003", 2}, {"3002", "112003,112002", 2}, {"3003", "", 0},
    {"3403", "112002,112403", 2}, {"3404", "112404", 1},                      {"3406", "112406", 1},
};

static void each_report(const linkwa_options *options) {
    struct server *endpoint = server_start();
    server_answer(endpoint, ACCEPTED, strlen(ACCEPTED));
    const char *arguments[] = {"--default-gate", server_url(endpoint), NULL};
    struct sandbox *sandbox = sandbox_start(arguments);
    linkwa_client *client = client_with(sandbox, "secret");
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        char number[32], codes[256];
        int keys = 0;
        size_t first = server_requests(endpoint);
        snprintf(number, sizeof number, "+4670000%s", reports[i].digits);
        is_str(send_x(client, number, options), "ok 112001 ids 1 receipts 1", "%s is accepted", reports[i].digits);
        ok(sandbox_wait_idle(sandbox), "%s: all reports have gone out", reports[i].digits);
        codes_of(endpoint, first, strcmp(reports[i].digits, "3001") == 0, codes, sizeof codes, &keys);
        is_str(codes, reports[i].codes, "%s: its reports", reports[i].digits);
        is_int(keys, reports[i].keys, "%s: the same report has the same key", reports[i].digits);
    }
    linkwa_client_free(client);
    sandbox_stop(sandbox);
    server_stop(endpoint);
}

/* Two messages in one request: their reports have different indices. */
static void several_messages(void) {
    struct server *endpoint = server_start();
    server_answer(endpoint, ACCEPTED, strlen(ACCEPTED));
    char gate[128];
    snprintf(gate, sizeof gate, "g=%s", server_url(endpoint));
    const char *arguments[] = {"--gate", gate, NULL};
    struct sandbox *sandbox = sandbox_start(arguments);
    linkwa_client *client = client_with(sandbox, "secret");
    linkwa_options *options = linkwa_options_new();
    linkwa_options_set_ref_id(options, "r-1");
    linkwa_options_add_event_report_gate(options, "g");
    linkwa_options_add_custom_parameter(options, "k", "v");
    linkwa_message *messages = linkwa_message_text("one");
    linkwa_message *image = linkwa_message_image("https://example.com/a.png");
    is_int(linkwa_message_append(messages, image), LINKWA_OK, "a second message");
    linkwa_message_free(image); /* it was copied */
    linkwa_result *result = NULL;
    is_int(linkwa_send(client, &to, 1, messages, options, &result, NULL), LINKWA_OK, "two messages are accepted");
    is_int(bodies_received(sandbox), 1, "in one request");
    ok(server_wait(endpoint, 4), "four reports come");
    ok(sandbox_wait_idle(sandbox), "and no more");
    is_int(server_requests(endpoint), 4, "four of them");
    int seen[2][2] = {{0, 0}, {0, 0}};
    for (size_t i = 0; i < 4; i++) {
        size_t len = 0;
        const char *body = server_body(endpoint, i, &len);
        linkwa_callback *report = NULL;
        int64_t index = -1;
        is_int(linkwa_callback_parse(body, len, &report, NULL), LINKWA_OK, "report %d", (int)i);
        is_str(linkwa_event_report_ref_id(report), "r-1", "its refId");
        is_str(linkwa_event_report_message_id(report), linkwa_result_message_id(result, 0), "its messageId");
        is_str(linkwa_callback_parameter(report, LINKWA_PARAMETERS_CUSTOM, "k"), "v", "its parameter");
        ok(linkwa_event_report_message_index(report, &index) && (index == 0 || index == 1), "its index");
        is_str(linkwa_event_report_message_type(report), index == 0 ? "text" : "image", "its type");
        ok(linkwa_event_report_timestamp_ms(report, NULL), "its time can be read");
        const char *word = linkwa_event_status_name(linkwa_event_report_status(report));
        if (index == 0 || index == 1) {
            seen[index][0] += word && strcmp(word, "sent") == 0;
            seen[index][1] += word && strcmp(word, "delivered") == 0;
        }
        linkwa_callback_free(report);
    }
    ok(seen[0][0] == 1 && seen[0][1] == 1 && seen[1][0] == 1 && seen[1][1] == 1, "each was sent and delivered once");
    linkwa_result_free(result);
    linkwa_message_free(messages);
    linkwa_options_free(options);
    linkwa_client_free(client);
    sandbox_stop(sandbox);
    server_stop(endpoint);
}

int main(void) {
    struct sandbox *sandbox = sandbox_start(NULL);
    linkwa_options *options = linkwa_options_new();
    linkwa_options_set_ref_id(options, "r-17");
    each_answer(sandbox, options, false);
    each_answer(sandbox, options, true);
    never_answered(sandbox);
    wrong_credentials(sandbox, options);
    receipts_in_order(sandbox);
    each_verb(sandbox, options);
    sandbox_stop(sandbox);
    each_report(options);
    several_messages();
    linkwa_options_free(options);
    return done();
}
