/* The log: which lines come, and that none comes after it is turned off. */
#include <stdio.h>
#include <string.h>

#include "help.h"

static struct server *server;

/* The lines received. */
struct lines {
    pthread_mutex_t lock;
    size_t count, debug, warn, with_newline;
    char all[65536];
    bool closed; /* no further line may come */
    size_t late;
};
#define LINES {.lock = PTHREAD_MUTEX_INITIALIZER}

static void keep(void *user_data, linkwa_log_level level, const char *line) {
    struct lines *lines = user_data;
    pthread_mutex_lock(&lines->lock);
    lines->count++;
    lines->debug += level == LINKWA_LOG_DEBUG;
    lines->warn += level == LINKWA_LOG_WARN;
    lines->with_newline += strchr(line, '\n') != NULL;
    lines->late += lines->closed;
    if (strlen(lines->all) + strlen(line) + 2 < sizeof lines->all) {
        strcat(strcat(lines->all, line), "\n");
    }
    pthread_mutex_unlock(&lines->lock);
}

static void one_line_each(void) {
    static struct lines lines = LINES;
    linkwa_client *client = client_for(server_url(server));
    is_status(linkwa_set_log(keep, &lines, LINKWA_LOG_DEBUG), LINKWA_OK, "linkwa_set_log");
    answer_ok(server);
    send_with_ref(client, TO, "Hello", "my-ref");
    is_int(lines.count, 1, "one line for a send");
    is_int(lines.debug, 1, "of the level debug");
    ok(contains(lines.all, "my-ref") && contains(lines.all, "accepted") && contains(lines.all, "200"), "with reference, outcome and status: %s",
        lines.all);
    answer_with(server, "400 Bad Request", "", "{\"resultCode\":112402}");
    send_with_ref(client, TO, "Hello", "other-ref");
    is_int(lines.count, 2, "one line for another");
    is_int(lines.debug, 1, "which failed: not of the level debug");
    is_int(lines.warn, 1, "but a warning");
    ok(contains(lines.all, "rejected") && contains(lines.all, "400"), "with its outcome and status: %s", lines.all);
    is_int(lines.with_newline, 0, "a line is one line");
    linkwa_set_log(NULL, NULL, LINKWA_LOG_OFF);
    linkwa_client_free(client);
}

static void levels(void) {
    static const struct {
        linkwa_log_level most;
        size_t accepted, failed;
    } cases[] = {{LINKWA_LOG_OFF, 0, 0}, {LINKWA_LOG_ERROR, 0, 0}, {LINKWA_LOG_WARN, 0, 1}, {LINKWA_LOG_INFO, 0, 1}, {LINKWA_LOG_DEBUG, 1, 1}, {LINKWA_LOG_TRACE, 1, 1}};
    linkwa_client *client = client_for(server_url(server));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lines lines = LINES;
        is_status(linkwa_set_log(keep, &lines, cases[i].most), LINKWA_OK, "most %s", linkwa_log_level_name(cases[i].most));
        answer_ok(server);
        send_with_ref(client, TO, "Hello", "r");
        is_int(lines.count, cases[i].accepted, "most %s: lines of what was accepted", linkwa_log_level_name(cases[i].most));
        lines.count = 0;
        answer_with(server, "400 Bad Request", "", "{\"resultCode\":112402}");
        send_with_ref(client, TO, "Hello", "r");
        linkwa_set_log(NULL, NULL, LINKWA_LOG_OFF);
        is_int(lines.count, cases[i].failed, "most %s: lines of what failed", linkwa_log_level_name(cases[i].most));
    }
    linkwa_client_free(client);
}

static void wrong_levels(void) {
    static const unsigned wrong[] = {6, 99, 0xffffffffu};
    static struct lines lines = LINES;
    linkwa_client *client = client_for(server_url(server));
    linkwa_set_log(keep, &lines, LINKWA_LOG_DEBUG);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        is_status(linkwa_set_log(NULL, NULL, (linkwa_log_level)wrong[i]), LINKWA_INVALID_ARGUMENT, "level %u", wrong[i]);
    }
    send_with_ref(client, TO, "Hello", "r");
    is_int(lines.count, 1, "all stays as it was then");
    linkwa_set_log(NULL, NULL, LINKWA_LOG_OFF);
    linkwa_client_free(client);
}

/* No credential, phone number or message text, whatever the gateway answers. */
static void secrets(void) {
    static struct lines lines = LINES;
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_credentials(config, "canary-user", "canary-pass");
    linkwa_config_add_header(config, "x-api-key", "canary-key");
    linkwa_config_set_source(config, "+46123454321");
    linkwa_client *client = client_of(config);
    linkwa_set_log(keep, &lines, LINKWA_LOG_TRACE);
    answer_ok(server);
    send_with_ref(client, "+46987656789", "canary-text", "r");
    answer_with(server, "400 Bad Request", "", "{\"resultCode\":112402,\"description\":\"+46987656789 canary-text\"}");
    send_with_ref(client, "+46987656789", "canary-text", "r");
    answer_with(server, "200 OK", "", "canary-text");
    send_with_ref(client, "+46987656789", "canary-text", "r");
    server_close_connections(server);
    send_with_ref(client, "+46987656789", "canary-text", "r");
    send_with_ref(client, "+46987656789x", "canary-text", "r");
    linkwa_set_log(NULL, NULL, LINKWA_LOG_OFF);
    ok(lines.count >= 4, "lines came: %d", (int)lines.count);
    static const char *const canaries[] = {"canary", "6987656789", "6123454321", "Y2FuYXJ5"};
    for (size_t i = 0; i < sizeof canaries / sizeof *canaries; i++) {
        ok(!contains(lines.all, canaries[i]), "no line contains %s", canaries[i]);
    }
    linkwa_client_free(client);
}

/* ---- While other threads send ---- */

struct traffic {
    linkwa_client *client;
    pthread_mutex_t lock;
    bool over;
    struct gate sent;
};

static bool is_over(struct traffic *traffic) {
    pthread_mutex_lock(&traffic->lock);
    bool over = traffic->over;
    pthread_mutex_unlock(&traffic->lock);
    return over;
}

enum { SENDERS = 4 };

static void drive(void *data, size_t number) {
    enum { TIMES = 20, FRESH = SENDERS + 1 }; /* among this many sends, one began after the counting */
    struct traffic *traffic = data;
    if (number > 0) {
        while (!is_over(traffic)) {
            send_with_ref(traffic->client, TO, "Hello", "r");
            gate_add(&traffic->sent);
        }
        return;
    }
    static struct lines all[TIMES];
    size_t late = 0, came = 0;
    for (int i = 0; i < TIMES; i++) {
        pthread_mutex_init(&all[i].lock, NULL);
    }
    for (int i = 0; i < TIMES; i++) {
        struct lines *lines = &all[i];
        linkwa_set_log(keep, lines, LINKWA_LOG_DEBUG);
        gate_wait(&traffic->sent, gate_count(&traffic->sent) + FRESH);
        linkwa_set_log(i % 2 ? NULL : keep, i % 2 ? NULL : &all[(i + 1) % TIMES], LINKWA_LOG_DEBUG);
        pthread_mutex_lock(&lines->lock);
        lines->closed = true;
        pthread_mutex_unlock(&lines->lock);
        gate_wait(&traffic->sent, gate_count(&traffic->sent) + FRESH);
        linkwa_set_log(NULL, NULL, LINKWA_LOG_OFF);
        late += lines->late;
        came += lines->count > 0;
        lines->closed = false;
    }
    pthread_mutex_lock(&traffic->lock);
    traffic->over = true;
    pthread_mutex_unlock(&traffic->lock);
    is_int(late, 0, "a function that was replaced is not called any more");
    is_int(came, TIMES, "but was before");
}

static void replaced_while_others_send(void) {
    answer_ok(server);
    struct traffic traffic = {client_for(server_url(server)), PTHREAD_MUTEX_INITIALIZER, false, GATE};
    on_threads(1 + SENDERS, drive, &traffic);
    linkwa_client_free(traffic.client);
}

/* A function that is running while it is replaced. */
struct slow {
    linkwa_client *client;
    struct gate entered, leave, left;
    size_t left_before;
};

static void slow_line(void *user_data, linkwa_log_level level, const char *line) {
    struct slow *slow = user_data;
    (void)level;
    (void)line;
    gate_add(&slow->entered);
    gate_wait(&slow->leave, 1);
    gate_add(&slow->left);
}

static void take_away(void *data, size_t number) {
    struct slow *slow = data;
    if (number == 0) {
        send_with_ref(slow->client, TO, "Hello", "r");
        return;
    }
    gate_wait(&slow->entered, 1);
    if (number == 1) {
        linkwa_set_log(NULL, NULL, LINKWA_LOG_OFF);
        slow->left_before = gate_count(&slow->left);
        return;
    }
    /* The waiting thread cannot be observed; it gets some time. */
    gate_wait_for(&slow->leave, 1, 300);
    gate_add(&slow->leave);
}

static void removed_while_running(void) {
    answer_ok(server);
    struct slow slow = {client_for(server_url(server)), GATE, GATE, GATE, 77};
    linkwa_set_log(slow_line, &slow, LINKWA_LOG_DEBUG);
    on_threads(3, take_away, &slow);
    is_int(slow.left_before, 1, "a function at work has returned when it is taken away");
    linkwa_client_free(slow.client);
}

/* ---- From inside a log function ---- */

struct inside {
    struct lines own, other;
    linkwa_client *client;
    linkwa_status status;
    bool sends;
};

static void replace_inside(void *user_data, linkwa_log_level level, const char *line) {
    struct inside *inside = user_data;
    keep(&inside->own, level, line);
    if (inside->sends) {
        inside->status = send_with_ref(inside->client, TO, "Hello", "inner");
    } else {
        inside->status = linkwa_set_log(keep, &inside->other, LINKWA_LOG_DEBUG);
    }
}

static void from_inside(void) {
    static struct inside inside = {LINES, LINES, NULL, LINKWA_INTERNAL, false};
    answer_ok(server);
    inside.client = client_for(server_url(server));
    linkwa_set_log(replace_inside, &inside, LINKWA_LOG_DEBUG);
    send_with_ref(inside.client, TO, "Hello", "first");
    is_status(inside.status, LINKWA_OK, "a function can replace itself");
    send_with_ref(inside.client, TO, "Hello", "second");
    is_int(inside.own.count, 1, "it is not called again");
    is_int(inside.other.count, 1, "the other one is");
    ok(contains(inside.other.all, "second"), "with the next line");

    inside.sends = true;
    inside.own.count = 0;
    linkwa_set_log(replace_inside, &inside, LINKWA_LOG_DEBUG);
    is_status(send_with_ref(inside.client, TO, "Hello", "third"), LINKWA_OK, "a function can send");
    is_status(inside.status, LINKWA_OK, "what it sends is accepted");
    is_int(inside.own.count, 1, "the lines of that are dropped");
    linkwa_set_log(NULL, NULL, LINKWA_LOG_OFF);
    linkwa_client_free(inside.client);
}

int main(void) {
    server = server_start();
    one_line_each();
    levels();
    wrong_levels();
    secrets();
    replaced_while_others_send();
    removed_while_running();
    from_inside();
    server_stop(server);
    return done();
}
