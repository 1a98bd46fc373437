/* What is too long is refused by its length. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "help.h"

enum { JSON_MOST = 1024 * 1024, CALLBACK_MOST = 256 * 1024 };

/* Takes bytes and their length; gives the status. */
typedef linkwa_status (*takes_bytes)(const char *bytes, size_t len);

static linkwa_client *client;
static struct server *server;

static linkwa_status parse(const char *bytes, size_t len) {
    linkwa_callback *callback = NULL;
    return linkwa_callback_parse(bytes, len, &callback, NULL);
}

static linkwa_status send_raw(const char *bytes, size_t len) {
    linkwa_result *result = NULL;
    return linkwa_send_raw(client, bytes, len, &result, NULL);
}

static linkwa_status send_request(const char *bytes, size_t len) {
    linkwa_result *result = NULL;
    return linkwa_send_request(client, bytes, len, &result, NULL);
}

static linkwa_status send_raw_async(const char *bytes, size_t len) {
    linkwa_pending *pending = NULL;
    return linkwa_send_raw_async(client, bytes, len, NULL, NULL, &pending, NULL);
}

static linkwa_status send_request_async(const char *bytes, size_t len) {
    linkwa_pending *pending = NULL;
    return linkwa_send_request_async(client, bytes, len, NULL, NULL, &pending, NULL);
}

static linkwa_status build_request(const char *bytes, size_t len) {
    linkwa_buffer *buffer = NULL;
    return linkwa_build_request(bytes, len, &buffer, NULL);
}

static linkwa_status validate(const char *bytes, size_t len) {
    linkwa_findings *findings = NULL;
    linkwa_status status = linkwa_validate(bytes, len, &findings, NULL);
    const char *code = linkwa_findings_code(findings, 0);
    bool refused = status == LINKWA_OK && linkwa_findings_len(findings) == 1 && code && strcmp(code, "invalid_json") == 0;
    linkwa_findings_free(findings);
    return refused ? LINKWA_INVALID_REQUEST : LINKWA_INTERNAL;
}

static linkwa_status checked(linkwa_message *message) {
    linkwa_status status = linkwa_message_check(message, NULL);
    linkwa_message_free(message);
    return status;
}

static linkwa_status message_from_json(const char *bytes, size_t len) {
    return checked(linkwa_message_from_json(bytes, len));
}

static linkwa_status message_raw(const char *bytes, size_t len) {
    return checked(linkwa_message_raw(bytes, len));
}

/* Bytes that cannot be read: whoever looks at more than their number ends the program. */
static void too_long(void) {
    static const struct {
        const char *name;
        takes_bytes function;
        size_t most;
        linkwa_status status;
    } all[] = {
        {"linkwa_callback_parse", parse, CALLBACK_MOST, LINKWA_INVALID_CALLBACK},
        {"linkwa_send_raw", send_raw, JSON_MOST, LINKWA_INVALID_REQUEST},
        {"linkwa_send_request", send_request, JSON_MOST, LINKWA_INVALID_REQUEST},
        {"linkwa_send_raw_async", send_raw_async, JSON_MOST, LINKWA_INVALID_REQUEST},
        {"linkwa_send_request_async", send_request_async, JSON_MOST, LINKWA_INVALID_REQUEST},
        {"linkwa_build_request", build_request, JSON_MOST, LINKWA_INVALID_REQUEST},
        {"linkwa_validate", validate, JSON_MOST, LINKWA_INVALID_REQUEST},
        {"linkwa_message_from_json", message_from_json, JSON_MOST, LINKWA_INVALID_REQUEST},
        {"linkwa_message_raw", message_raw, JSON_MOST, LINKWA_INVALID_REQUEST},
    };
    enum { LEN = 256 * 1024 * 1024 };
    int zeros = open("/dev/zero", O_RDWR);
    char *bytes = mmap(NULL, LEN, PROT_NONE, MAP_PRIVATE, zeros, 0);
    close(zeros);
    if (bytes == MAP_FAILED) {
        bail_out("no address space");
    }
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        pid_t child = fork_now();
        if (child == 0) {
            int problems = problem_if(all[i].function(bytes, LEN) != all[i].status, 0);
            problems |= problem_if(all[i].function(bytes, all[i].most + 1) != all[i].status, 1);
            end_child(problems);
        }
        is_int(wait_for(child), 0, "%s: what is too long is refused by its length alone", all[i].name);
    }
    munmap(bytes, LEN);
}

int main(void) {
    server = server_start();
    answer_ok(server);
    client = client_for(server_url(server));
    too_long();
    linkwa_client_free(client);
    server_stop(server);
    return done();
}
