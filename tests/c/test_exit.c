/* The library inside exit(): a handler of atexit() runs when the thread that ends the program has already lost its thread-local
 * data. */
#include <stdlib.h>
#include <string.h>

#include "help.h"

/* The data of the child's handler. The servers belong to the child too: a process without threads is safe to fork. */
static struct server *server, *silent;
static linkwa_client *client, *second;
static linkwa_pending *pending, *other;
static int problems;
static size_t told, lines;

static void cancelled(void *user_data, linkwa_result *result, linkwa_error *error) {
    (void)user_data;
    problems |= problem_if(result != NULL || linkwa_error_reason(error) != LINKWA_REASON_CANCELLED, 0);
    told++;
    linkwa_result_free(result);
    linkwa_error_free(error);
}

/* Cancels the other client's send, and frees both clients and what on_done received. */
static void free_all(void *user_data, linkwa_result *result, linkwa_error *error) {
    cancelled(user_data, result, error);
    linkwa_pending_cancel(other);
    linkwa_client_free(second);
    linkwa_client_free(client);
    linkwa_pending_free(other);
    linkwa_pending_free(pending);
}

static void in_handler(void) {
    size_t before = told;
    problems |= problem_if(linkwa_pending_cancel(pending) != LINKWA_OK, 1);
    problems |= problem_if(told != before + 2, 2);
    end_child(problems);
}

static void start_servers(void) {
    server = server_start();
    answer_ok(server);
    silent = server_start();
    server_stay_silent(silent);
}

/* Cancels a send here, so that on_done runs on this thread before it ends. */
static void use_this_thread(void) {
    pending = begin(client, TO, cancelled, NULL);
    linkwa_pending_cancel(pending);
    linkwa_pending_free(pending);
    problems |= problem_if(told != 1, 3);
}

static void freed_at_exit(void) {
    pid_t child = fork_now();
    if (child == 0) {
        start_servers();
        client = client_for(server_url(silent));
        second = client_for(server_url(silent));
        use_this_thread();
        pending = begin(client, TO, free_all, NULL);
        other = begin(second, TO, cancelled, NULL);
        problems |= problem_if(atexit(in_handler) != 0, 4);
        exit(0);
    }
    is_int(wait_for(child), 0, "a handler of atexit() cancels a send, whose function cancels another and frees both clients");
}

/* A log function that sends: log lines from inside it are dropped. */
static void send_one(void *user_data, linkwa_log_level level, const char *line) {
    (void)user_data;
    (void)level;
    (void)line;
    linkwa_result *result = NULL;
    lines++;
    problems |= problem_if(linkwa_send_text(client, TO, "Hello", NULL, &result, NULL) != LINKWA_OK, 0);
    linkwa_result_free(result);
}

static void logged_in_handler(void) {
    linkwa_result *result = NULL;
    linkwa_set_log(send_one, NULL, LINKWA_LOG_DEBUG);
    problems |= problem_if(linkwa_send_text(client, TO, "Hello", NULL, &result, NULL) != LINKWA_OK, 1);
    problems |= problem_if(lines != 1, 2);
    linkwa_result_free(result);
    problems |= problem_if(linkwa_set_log(NULL, NULL, LINKWA_LOG_OFF) != LINKWA_OK, 4);
    linkwa_client_free(client);
    end_child(problems);
}

static void logged_at_exit(void) {
    pid_t child = fork_now();
    if (child == 0) {
        start_servers();
        client = client_for(server_url(silent));
        use_this_thread();
        linkwa_client_free(client);
        client = client_for(server_url(server));
        /* This thread now has all thread-local data of a send. */
        linkwa_result *result = NULL;
        problems |= problem_if(linkwa_send_text(client, TO, "Hello", NULL, &result, NULL) != LINKWA_OK, 3);
        linkwa_result_free(result);
        problems |= problem_if(atexit(logged_in_handler) != 0, 5);
        exit(0);
    }
    is_int(wait_for(child), 0, "a handler of atexit() sends, and the log function does so too");
}

int main(void) {
    freed_at_exit();
    logged_at_exit();
    return done();
}
