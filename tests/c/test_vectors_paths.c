/* tests/vectors/path-*.json: the paths of linkwa_client_request(). */
#include <stdio.h>
#include <string.h>

#include "help.h"
#include "vectors.h"

struct gateway {
    struct server *server;
    linkwa_client *client;
};

static void run_one(struct run *run, void *data) {
    const struct gateway *gateway = data;
    const struct value *path = value_needed(run->vector, "path");
    const struct value *wire = value_member(run->vector, "wire");
    const size_t before = server_requests(gateway->server);
    linkwa_response *response = NULL;
    linkwa_error *err = NULL;
    linkwa_status status = linkwa_client_request(gateway->client, "GET", path->bytes, NULL, NULL, 0, &response, &err);
    compare_status(run, "linkwa_client_request", status, wire ? LINKWA_OK : LINKWA_INVALID_REQUEST, err);
    if (wire) {
        const char *head = server_head(gateway->server, before);
        if (!head || strncmp(head, "GET /", 5) != 0 || strncmp(head + 5, wire->bytes, wire->len) != 0 ||
            strncmp(head + 5 + wire->len, " HTTP/1.1\r\n", 11) != 0) {
            wrong(run, "the target is another one");
        }
    } else {
        const linkwa_findings *findings = linkwa_error_findings(err);
        compare_text(run, "code", linkwa_findings_code(findings, 0), strlen(linkwa_findings_code(findings, 0)),
                     value_needed(run->vector, "error"));
        if (linkwa_findings_len(findings) != 1 || strcmp(linkwa_findings_path(findings, 0), "path") != 0) {
            wrong(run, "one finding at the path is expected");
        }
        if (server_requests(gateway->server) != before) {
            wrong(run, "a request was sent");
        }
    }
    linkwa_response_free(response);
    linkwa_error_free(err);
}

int main(void) {
    struct gateway gateway = {server_start(), NULL};
    static const char answer[] = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    server_answer(gateway.server, answer, sizeof answer - 1);
    gateway.client = client_for(server_url(gateway.server));
    int status = run_vectors("path", 50, run_one, &gateway);
    linkwa_client_free(gateway.client);
    server_stop(gateway.server);
    return status;
}
