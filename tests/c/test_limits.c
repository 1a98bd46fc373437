/* Inputs that are too long are refused by their length, and a small stack is enough. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "help.h"

/* ---- Lengths ---- */

enum { JSON_MOST = 1024 * 1024, CALLBACK_MOST = 256 * 1024 };

/* Takes bytes and their length; returns the status. */
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

/* Unreadable memory: looking beyond the length crashes the program. */
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

/* ---- A small stack ---- */

static const char report[] = "{\"messageId\":\"m\",\"refId\":\"r\",\"messageIndex\":0,\"resultCode\":112003}";
static const char received[] = "{\"messageId\":\"m\",\"source\":\"" TO "\",\"content\":{\"type\":\"WHATSAPP\",\"message\":"
                               "{\"contentType\":\"TEXT\",\"text\":\"Hello\"}}}";

/* JSON with this many levels. */
static char *nested(size_t levels, size_t *len) {
    char *json = malloc(8 * levels + 1);
    if (!json) {
        bail_out("no memory");
    }
    char *at = json;
    for (size_t i = 0; i < levels; i++) {
        at += sprintf(at, "{\"a\":");
    }
    *at++ = '1';
    memset(at, '}', levels);
    *len = (size_t)(at - json) + levels;
    return json;
}

static const char *next(void *user_data) {
    int *left = user_data;
    return (*left)-- > 0 ? TO : NULL;
}

static void on_chunk(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk) {
    (void)many;
    *(int *)user_data += linkwa_chunk_result(chunk) != NULL;
}

/* A whole answer compressed with gzip: {"resultCode":112001,"description":"queued","messageIds":[...]}. */
static const char packed[] =
    "HTTP/1.1 200 OK\r\nContent-Length: 104\r\n\r\n"
    "\037\213\010\000\000\000\000\000\002\003\253\126\052\112\055\056\315\051\161\316\117\111\125\262\062\064"
    "\064\062\060\060\324\121\112\111\055\116\056\312\054\050\311\314\317\123\262\122\052\054\115\055\115"
    "\115\121\322\121\312\115\055\056\116\114\117\365\114\051\126\262\212\126\262\110\014\065\113\056\257"
    "\160\364\166\265\364\253\362\365\051\012\066\363\265\060\212\124\212\255\005\000\231\104\215\127\124"
    "\000\000\000";

/* Every path through the library on the caller's thread. Returns the one that failed. */
static int everything(const char *url) {
    static const char json[] = WHOLE(TO);
    static const char *const to[] = {TO, "+46000000002"};
    int problems = 0;
    linkwa_client *own = client_for(url);
    linkwa_result *result = NULL;
    linkwa_pending *pending = NULL;
    linkwa_error *err = NULL;
    linkwa_callback *callback = NULL;
    linkwa_message_state *state = NULL;
    linkwa_buffer *buffer = NULL;
    linkwa_findings *findings = NULL;

    problems |= problem_if(linkwa_send_text(own, TO, "Hello", NULL, &result, NULL) != LINKWA_OK, 0);
    linkwa_result_free(result);
    linkwa_message *message = linkwa_message_template("order", "namespace", "en");
    linkwa_message_add_header_image(message, "https://example.com/a.png");
    linkwa_message_add_body_text(message, "Anna");
    linkwa_message_add_body_currency(message, "$1", "USD", 1000);
    linkwa_message_add_quick_reply(message, 0, "yes");
    linkwa_message_add_url_button(message, 1, "track/17");
    result = NULL;
    problems |= problem_if(linkwa_send(own, to, 2, message, NULL, &result, NULL) != LINKWA_OK, 1);
    linkwa_result_free(result);
    problems |= problem_if(linkwa_send_async(own, to, 2, message, NULL, NULL, NULL, &pending, NULL) != LINKWA_OK, 1);
    result = NULL;
    problems |= problem_if(linkwa_pending_wait(pending, &result, NULL) != LINKWA_OK, 1);
    linkwa_result_free(result);
    linkwa_pending_free(pending);
    result = NULL;
    problems |= problem_if(linkwa_send_request(own, json, sizeof json - 1, &result, NULL) != LINKWA_OK, 2);
    linkwa_result_free(result);

    size_t len = 0;
    char *deep = nested(64, &len);
    problems |= problem_if(linkwa_send_request(own, deep, len, &result, &err) != LINKWA_INVALID_REQUEST, 3);
    linkwa_error_free(err);
    problems |= problem_if(linkwa_validate(deep, len, &findings, NULL) != LINKWA_OK, 3);
    linkwa_findings_free(findings);
    linkwa_message_free(linkwa_message_raw(deep, len));
    err = NULL;
    problems |= problem_if(linkwa_callback_parse(deep, len, &callback, &err) != LINKWA_INVALID_CALLBACK, 3);
    linkwa_error_free(err);
    free(deep);

    linkwa_status_tracker *tracker = linkwa_status_tracker_new();
    problems |= problem_if(linkwa_callback_parse(report, sizeof report - 1, &callback, NULL) != LINKWA_OK, 4);
    problems |= problem_if(linkwa_status_tracker_apply(tracker, callback, &state, NULL) != LINKWA_OK, 4);
    linkwa_message_state_free(state);
    linkwa_callback_free(callback);
    problems |= problem_if(linkwa_status_tracker_to_json(tracker, &buffer, NULL) != LINKWA_OK, 4);
    linkwa_status_tracker *again = NULL;
    problems |= problem_if(
        linkwa_status_tracker_from_json(linkwa_buffer_data(buffer), linkwa_buffer_len(buffer), &again, NULL) != LINKWA_OK, 4);
    linkwa_status_tracker_free(again);
    linkwa_status_tracker_free(tracker);
    linkwa_buffer_free(buffer);
    problems |= problem_if(linkwa_callback_parse(received, sizeof received - 1, &callback, NULL) != LINKWA_OK, 5);
    problems |= problem_if(linkwa_received_message_text(callback) == NULL, 5);
    linkwa_callback_free(callback);

    linkwa_callback_guard *guard = linkwa_callback_guard_new();
    linkwa_callback_guard_set_basic(guard, "user", "secret");
    char sender[LINKWA_ADDRESS_SIZE];
    const linkwa_header headers[] = {{"Authorization", "Basic dXNlcjpzZWNyZXQ="}};
    problems |= problem_if(
        linkwa_callback_guard_check(guard, "195.84.162.34", headers, 1, 100, sender) != LINKWA_REFUSAL_NONE, 5);
    linkwa_callback_guard_free(guard);

    int left = 10, accepted = 0;
    linkwa_many_options *options = linkwa_many_options_new();
    linkwa_many_options_set_destinations_per_request(options, 2);
    linkwa_message *hello = linkwa_message_text("Hello");
    problems |= problem_if(linkwa_send_many(own, next, &left, hello, options, on_chunk, &accepted, NULL, NULL) != LINKWA_OK, 6);
    problems |= problem_if(accepted != 5, 6);
    linkwa_message_free(hello);
    linkwa_message_free(message);
    linkwa_many_options_free(options);

    server_answer(server, packed, sizeof packed - 1);
    result = NULL;
    problems |= problem_if(linkwa_send_text(own, TO, "Hello", NULL, &result, NULL) != LINKWA_OK, 7);
    linkwa_result_free(result);
    answer_ok(server);
    linkwa_client_free(own);
    return problems;
}

static int problems_found = -1;

static void *on_small_stack(void *url) {
    problems_found = everything(url);
    return NULL;
}

enum { SMALL_STACK = 64 * 1024, DEBUG_STACK = 256 * 1024, SANITIZER_STACK = 1024 * 1024 };

static void small_stack(void) {
    size_t size = SMALL_STACK;
    void *program = dlopen(NULL, RTLD_NOW);
    if (program && dlsym(program, "linkwa_test_panic_next")) {
        note("a debug build of the library needs a larger stack; install.sh runs this with a release build");
        size = DEBUG_STACK;
    }
#ifdef __SANITIZE_ADDRESS__
    note("the sanitizer needs a larger stack");
    size = SANITIZER_STACK;
#endif
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, size) != 0) {
        bail_out("no such stack");
    }
    if (pthread_create(&thread, &attributes, on_small_stack, (char *)server_url(server)) != 0) {
        bail_out("no thread");
    }
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    is_int(problems_found, 0, "everything works on a thread with %zu KiB of stack", size / 1024);
}

int main(void) {
    server = server_start();
    answer_ok(server);
    client = client_for(server_url(server));
    too_long();
    small_stack();
    linkwa_client_free(client);
    server_stop(server);
    return done();
}
