/* Clients: making, closing and freeing them. */
#include <stdlib.h>
#include <string.h>

#include "help.h"

static struct server *server;

static linkwa_status send_one(const linkwa_client *client, linkwa_error **err) {
    linkwa_result *result = NULL;
    linkwa_status status = linkwa_send_text(client, TO, "Hello", NULL, &result, err);
    linkwa_result_free(result);
    return status;
}

static void new_client(void) {
    linkwa_config *config = config_for(server_url(server));
    linkwa_client *client = NULL;
    linkwa_error *err = NULL;
    size_t before = server_requests(server);
    is_status(linkwa_client_new(config, &client, &err), LINKWA_OK, "linkwa_client_new");
    ok(client != NULL && err == NULL, "it gives a client and no error");
    is_int(server_requests(server), before, "nothing is sent yet");
    linkwa_config_free(config);
    answer_ok(server);
    is_status(send_one(client, NULL), LINKWA_OK, "it sends when the configuration is freed");
    is_status(send_one(client, NULL), LINKWA_OK, "and again");
    is_int(server_requests(server), before + 2, "both came to the server");
    linkwa_client_free(client);
    linkwa_client_free(NULL);
    ok(true, "linkwa_client_free: NULL is fine");
}

static void refused(void) {
    linkwa_config *config = config_for("http://example.com");
    linkwa_client *client = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_client_new(config, &client, &err), LINKWA_INVALID_CONFIG, "a client that could not work");
    ok(client == NULL, "nothing is given then");
    is_error(err, LINKWA_INVALID_CONFIG, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_NONE, "the error");
    linkwa_config_set_base_url(config, server_url(server));
    is_status(linkwa_client_new(config, &client, NULL), LINKWA_OK, "the configuration can be fixed");
    linkwa_client_free(client);
    linkwa_config_free(config);
}

static void from_env(void) {
    linkwa_client *client = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_client_from_env(&client, &err), LINKWA_INVALID_CONFIG, "linkwa_client_from_env of an empty environment");
    ok(client == NULL && contains(linkwa_error_message(err), "LINKWA_USERNAME"), "the error: %s", linkwa_error_message(err));
    linkwa_error_free(err);
    setenv("LINKWA_REGION", "no", 1);
    setenv("LINKWA_USERNAME", "user", 1);
    setenv("LINKWA_PASSWORD", "secret", 1);
    is_status(linkwa_client_from_env(&client, NULL), LINKWA_OK, "linkwa_client_from_env");
    linkwa_client_free(client);
    unsetenv("LINKWA_REGION");
    unsetenv("LINKWA_USERNAME");
    unsetenv("LINKWA_PASSWORD");
}

/* Every function can still be called after linkwa_client_close(). */
static void closed(void) {
    static const char *const to[] = {TO};
    linkwa_client *client = client_for(server_url(server));
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_options *options = options_with_ref("r");
    size_t before = server_requests(server);
    is_status(linkwa_client_close(client, 1000), LINKWA_OK, "linkwa_client_close");
    is_status(linkwa_client_close(client, UINT64_MAX), LINKWA_OK, "linkwa_client_close again");
    linkwa_error *err = NULL;
    send_one(client, &err);
    is_error(err, LINKWA_NOT_SENT, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_CLOSED, "a send");
    linkwa_pending *pending = NULL;
    err = NULL;
    whatever_status(linkwa_send_async(client, to, 1, message, NULL, NULL, NULL, &pending, &err));
    is_error(err, LINKWA_NOT_SENT, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_CLOSED, "an asynchronous send");
    ok(pending == NULL, "which gives nothing");
    linkwa_buffer *buffer = NULL;
    is_status(linkwa_build(client, to, 1, message, options, &buffer, NULL), LINKWA_OK, "linkwa_build");
    is_buffer(buffer, BUILT_HEAD BUILT_TEXT BUILT_TAIL, "what it gives");
    is_int(server_requests(server), before, "nothing came to the server");
    linkwa_message_free(message);
    linkwa_options_free(options);
    linkwa_client_free(client);
}

/* Sends under way may finish within the time of linkwa_client_close(): this one makes a second attempt, which the gateway
 * accepts. */
static void close_waits(void) {
    struct server *busy = server_start();
    linkwa_config *config = config_for(server_url(busy));
    linkwa_config_set_retry_when_busy(config, true);
    linkwa_client *client = client_of(config);
    answer_with(busy, "503 Busy", "Retry-After: 1\r\n", "");
    linkwa_pending *pending = begin(client, TO, NULL, NULL);
    server_wait(busy, 1);
    answer_ok(busy);
    ok(!linkwa_pending_is_done(pending), "a send is under way");
    is_status(linkwa_client_close(client, 60000), LINKWA_OK, "closing waits for it");
    ok(linkwa_pending_is_done(pending), "then it is done");
    linkwa_result *result = NULL;
    is_status(linkwa_pending_wait(pending, &result, NULL), LINKWA_OK, "and was accepted");
    linkwa_result_free(result);
    linkwa_pending_free(pending);
    linkwa_client_free(client);
    server_stop(busy);
}

static void close_breaks_off(void) {
    struct server *silent = server_start();
    linkwa_client *client = client_for(server_url(silent));
    linkwa_pending *pending = begin(client, TO, NULL, NULL);
    server_wait(silent, 1);
    long long began = now_ms();
    is_status(linkwa_client_close(client, 100), LINKWA_OK, "closing waits no longer than its timeout");
    ok(now_ms() - began >= 90 && now_ms() - began < 20000, "but so long");
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    whatever_status(linkwa_pending_wait(pending, &result, &err));
    is_error(err, LINKWA_OUTCOME_UNKNOWN, LINKWA_MESSAGE_UNKNOWN, LINKWA_REASON_CANCELLED, "what was under way is broken off");
    linkwa_pending_free(pending);
    linkwa_client_free(client);
    server_stop(silent);
}

/* Pending objects stay usable when their client is freed. */
static void freed_before_pending(void) {
    struct server *silent = server_start();
    linkwa_client *client = client_for(server_url(silent));
    linkwa_pending *pending = begin(client, TO, NULL, NULL);
    server_wait(silent, 1);
    long long began = now_ms();
    linkwa_client_free(client);
    ok(now_ms() - began < 20000, "freeing does not wait for the gateway");
    ok(linkwa_pending_is_done(pending), "its send is done");
    is_int(strlen(linkwa_pending_ref_id(pending)), 36, "its reference can be asked");
    is_status(linkwa_pending_cancel(pending), LINKWA_OK, "it can be cancelled");
    linkwa_error *err = NULL;
    linkwa_result *result = NULL;
    whatever_status(linkwa_pending_wait(pending, &result, &err));
    is_error(err, LINKWA_OUTCOME_UNKNOWN, LINKWA_MESSAGE_UNKNOWN, LINKWA_REASON_CANCELLED, "and waited for");
    linkwa_pending_free(pending);
    server_stop(silent);
}

static void many_clients(void) {
    enum { MANY = 100 };
    size_t sent = 0;
    answer_ok(server);
    for (int i = 0; i < MANY; i++) {
        linkwa_client *client = client_for(server_url(server));
        sent += send_one(client, NULL) == LINKWA_OK;
        linkwa_client_free(client);
    }
    is_int(sent, MANY, "a hundred clients, one after the other");
}

int main(void) {
    server = server_start();
    new_client();
    refused();
    from_env();
    closed();
    close_waits();
    close_breaks_off();
    freed_before_pending();
    many_clients();
    server_stop(server);
    return done();
}
