/* HTTP requests to other resources, and their answers. */
#include <stdlib.h>
#include <string.h>

#include "help.h"

static struct server *server;

/* The answer that a linkwa_on_response function received. */
struct told {
    struct gate calls;
    int status;
    size_t len;
    linkwa_status code;
    linkwa_reason reason;
};

static void on_response(void *user_data, linkwa_response *response, linkwa_error *error) {
    struct told *told = user_data;
    told->status = linkwa_response_status(response);
    told->len = linkwa_response_body_len(response);
    told->code = linkwa_error_code(error);
    told->reason = linkwa_error_reason(error);
    linkwa_response_free(response);
    linkwa_error_free(error);
    gate_add(&told->calls);
}

/* The request that arrived last has this beginning and this content type, or none. */
static void arrived(const char *beginning, const char *content_type, const char *name) {
    const char *head = server_head(server, server_requests(server) - 1);
    ok(head && strncmp(head, beginning, strlen(beginning)) == 0, "%s: method and path", name);
    const char *line = head ? strstr(head, "\r\ncontent-type: ") : NULL;
    ok(content_type ? line && strncmp(line + 16, content_type, strlen(content_type)) == 0 : !line, "%s: content type", name);
}

static void answers(void) {
    linkwa_client *client = client_for(server_url(server));
    static const char created[] = "HTTP/1.1 201 Created\r\ncontent-length: 3\r\n\r\na\0b";
    server_answer(server, created, sizeof created - 1);
    linkwa_response *response = NULL;
    is_status(linkwa_client_request(client, "POST", "mo/status", NULL, "{}", 2, &response, NULL), LINKWA_OK, "a POST");
    is_int(linkwa_response_status(response), 201, "its status");
    is_int(linkwa_response_body_len(response), 3, "the length of the body");
    ok(memcmp(linkwa_response_body(response), "a\0b", 4) == 0, "the body, with a NUL behind it");
    linkwa_response_free(response);
    size_t len = 0;
    is_str(server_body(server, server_requests(server) - 1, &len), "{}", "the body that was sent");
    is_int(len, 2, "and its length");
    arrived("POST /mo/status HTTP/1.1\r\n", "application/json\r\n", "a POST");

    answer_with(server, "404 Not Found", "", "no");
    is_status(linkwa_client_request(client, "GET", "/media/1?a=b", NULL, NULL, 0, &response, NULL), LINKWA_OK, "a GET without a body");
    is_int(linkwa_response_status(response), 404, "a refusal is an answer");
    is_str(linkwa_response_body(response), "no", "with its body");
    arrived("GET /media/1?a=b HTTP/1.1\r\n", NULL, "a GET");
    linkwa_response_free(response);
    is_status(linkwa_client_request(client, "PUT", "m", "image/png", "\x89P\0G", 4, &response, NULL), LINKWA_OK, "a PUT of bytes");
    linkwa_response_free(response);
    server_body(server, server_requests(server) - 1, &len);
    is_int(len, 4, "all bytes are sent");
    arrived("PUT /m HTTP/1.1\r\n", "image/png\r\n", "a PUT");
    linkwa_response_free(NULL);
    linkwa_client_free(client);
}

static void refusals(void) {
    static const struct {
        const char *method, *path, *content_type, *named;
    } wrong[] = {{"get", "x", NULL, "method"}, {"POST", "../x", NULL, "path"}, {"POST", "https://example.com/", NULL, "path"},
        {"POST", "", NULL, "path"}, {"POST", "x\r\nX: y", NULL, "path"}, {"POST", "x", "a\r\nX: y", "contentType"}};
    linkwa_client *client = client_for(server_url(server));
    size_t before = server_requests(server);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        linkwa_response *response = NULL;
        linkwa_error *err = NULL;
        whatever_status(linkwa_client_request(client, wrong[i].method, wrong[i].path, wrong[i].content_type, "x", 1, &response, &err));
        is_str(linkwa_findings_path(linkwa_error_findings(err), 0), wrong[i].named, "the finding of request %d", (int)i);
        is_error(err, LINKWA_INVALID_REQUEST, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_NONE, "a refused request");
        ok(response == NULL, "there is no response");
        struct told told = {GATE, 0, 0, LINKWA_OK, LINKWA_REASON_NONE};
        is_status(linkwa_client_request_async(client, wrong[i].method, wrong[i].path, wrong[i].content_type, "x", 1, on_response, &told,
                      NULL, NULL),
            LINKWA_INVALID_REQUEST, "request %d is refused at once on a worker too", (int)i);
        is_int(gate_count(&told.calls), 0, "and its function is not called");
    }
    is_int(server_requests(server), before, "nothing is sent");
    linkwa_client_free(client);
}

static void on_workers(void) {
    linkwa_client *client = client_for(server_url(server));
    struct told told = {GATE, 0, 0, LINKWA_OK, LINKWA_REASON_NONE};
    answer_with(server, "200 OK", "", "body");
    linkwa_pending *pending = NULL;
    is_status(linkwa_client_request_async(client, "DELETE", "media/1", NULL, NULL, 0, on_response, &told, &pending, NULL), LINKWA_OK,
        "linkwa_client_request_async");
    linkwa_response *first = NULL, *second = NULL;
    is_status(linkwa_pending_wait_response(pending, &first, NULL), LINKWA_OK, "linkwa_pending_wait_response");
    is_status(linkwa_pending_wait_response(pending, &second, NULL), LINKWA_OK, "linkwa_pending_wait_response again");
    ok(first && second && first != second, "each gets an answer of its own");
    is_str(linkwa_response_body(first), "body", "with the body");
    is_str(linkwa_pending_ref_id(pending), "", "it has no reference");
    linkwa_result *result = NULL;
    is_status(linkwa_pending_wait(pending, &result, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_pending_wait is for messages");
    linkwa_response_free(first);
    linkwa_response_free(second);
    linkwa_pending_free(pending);
    arrived("DELETE /media/1 HTTP/1.1\r\n", NULL, "a DELETE");
    ok(gate_wait(&told.calls, 1), "the function is called");
    ok(told.status == 200 && told.len == 4 && told.code == LINKWA_OK, "with the answer");

    answer_ok(server);
    pending = begin(client, TO, NULL, NULL);
    is_status(linkwa_pending_wait_response(pending, &first, NULL), LINKWA_INVALID_ARGUMENT, "a message has no response");
    is_status(linkwa_pending_wait(pending, &result, NULL), LINKWA_OK, "but a result");
    linkwa_result_free(result);
    linkwa_pending_free(pending);

    server_stay_silent(server);
    size_t before = server_requests(server);
    pending = NULL;
    whatever_status(linkwa_client_request_async(client, "GET", "x", NULL, NULL, 0, on_response, &told, &pending, NULL));
    ok(server_wait(server, before + 1), "a request is under way");
    is_status(linkwa_pending_cancel(pending), LINKWA_OK, "it is cancelled");
    ok(gate_wait(&told.calls, 2), "its function is called");
    ok(told.code == LINKWA_OUTCOME_UNKNOWN && told.reason == LINKWA_REASON_CANCELLED, "with the error");
    linkwa_pending_free(pending);
    linkwa_client_free(client);
}

static void nothing(void) {
    linkwa_client *client = client_for(server_url(server));
    linkwa_response *response = NULL;
    struct told told = {GATE, 0, 0, LINKWA_OK, LINKWA_REASON_NONE};
    is_status(linkwa_client_request(NULL, "GET", "x", NULL, NULL, 0, &response, NULL), LINKWA_INVALID_ARGUMENT, "no client");
    is_status(linkwa_client_request(client, NULL, "x", NULL, NULL, 0, &response, NULL), LINKWA_INVALID_ARGUMENT, "no method");
    is_status(linkwa_client_request(client, "GET", NULL, NULL, NULL, 0, &response, NULL), LINKWA_INVALID_ARGUMENT, "no path");
    is_status(linkwa_client_request(client, "GET", "x", NULL, NULL, 1, &response, NULL), LINKWA_INVALID_ARGUMENT, "no body of a length");
    is_status(linkwa_client_request(client, "GET", "x", NULL, NULL, 0, NULL, NULL), LINKWA_INVALID_ARGUMENT, "no place for the response");
    is_status(linkwa_client_request_async(client, "GET", "x", NULL, NULL, 0, NULL, &told, NULL, NULL), LINKWA_INVALID_ARGUMENT,
        "neither a function nor an object");
    for (size_t i = 0; i < NOT_UTF8; i++) {
        is_status(linkwa_client_request(client, "GET", not_utf8[i], NULL, NULL, 0, &response, NULL), LINKWA_INVALID_ARGUMENT,
            "a path that is not UTF-8");
    }
    ok(response == NULL, "no response is written");
    is_int(linkwa_response_status(NULL), 0, "linkwa_response_status of NULL");
    ok(linkwa_response_body(NULL) == NULL, "linkwa_response_body of NULL");
    is_int(linkwa_response_body_len(NULL), 0, "linkwa_response_body_len of NULL");
    is_status(linkwa_pending_wait_response(NULL, &response, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_pending_wait_response of NULL");
    linkwa_client_free(client);
}

int main(void) {
    server = server_start();
    answers();
    refusals();
    on_workers();
    nothing();
    server_stop(server);
    return done();
}
