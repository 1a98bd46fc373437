#include "help.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *const not_utf8[] = {"\xff", "Hello \xe2\x82", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80"};

enum { PATIENCE_SECONDS = 60 };

void whatever_status(linkwa_status status) {
    (void)status;
}

bool contains(const char *text, const char *part) {
    return text && strstr(text, part) != NULL;
}

bool help_is_error(linkwa_error *err, linkwa_status code, linkwa_outcome outcome, linkwa_reason reason, const char *file, int line,
    const char *name) {
    char found[128], expected[128];
    const char *format = err ? "%s, message %s, reason %s" : "no error";
    linkwa_status found_code = linkwa_error_code(err);
    snprintf(found, sizeof found, format, linkwa_status_name(found_code), linkwa_outcome_name(linkwa_error_outcome(err)),
        linkwa_reason_name(linkwa_error_reason(err)));
    snprintf(expected, sizeof expected, "%s, message %s, reason %s", linkwa_status_name(code), linkwa_outcome_name(outcome),
        linkwa_reason_name(reason));
    bool passed = tap_is_str(found, expected, file, line, "%s", name);
    if (!passed && err) {
        note("message:  %s", linkwa_error_message(err));
    }
    linkwa_error_free(err);
    return passed;
}

bool help_is_buffer(linkwa_buffer *buffer, const char *expected, const char *file, int line, const char *name) {
    const char *data = linkwa_buffer_data(buffer);
    bool passed = tap_is_str(data, expected, file, line, "%s", name);
    if (data && linkwa_buffer_len(buffer) != strlen(data)) {
        passed = tap_ok(false, file, line, "the length of the buffer is that of its text", "%s: the length", name);
    }
    linkwa_buffer_free(buffer);
    return passed;
}

linkwa_config *config_for(const char *base_url) {
    linkwa_config *config = linkwa_config_new();
    linkwa_status last = base_url ? linkwa_config_set_base_url(config, base_url) : linkwa_config_set_region(config, "no");
    if (last != LINKWA_OK || linkwa_config_set_credentials(config, "user", "secret") != LINKWA_OK ||
        linkwa_config_set_platform(config, "p", "pp") != LINKWA_OK || linkwa_config_set_source(config, FROM) != LINKWA_OK) {
        bail_out("no configuration");
    }
    return config;
}

linkwa_client *client_of(linkwa_config *config) {
    linkwa_client *client = NULL;
    linkwa_error *err = NULL;
    if (linkwa_client_new(config, &client, &err) != LINKWA_OK) {
        bail_out("no client: %s", linkwa_error_message(err));
    }
    linkwa_config_free(config);
    return client;
}

linkwa_client *client_for(const char *base_url) {
    return client_of(config_for(base_url));
}

linkwa_options *options_with_ref(const char *ref_id) {
    linkwa_options *options = linkwa_options_new();
    if (linkwa_options_set_ref_id(options, ref_id) != LINKWA_OK) {
        bail_out("no options");
    }
    return options;
}

linkwa_status send_with_ref(const linkwa_client *client, const char *to, const char *text, const char *ref_id) {
    linkwa_options *options = options_with_ref(ref_id);
    linkwa_result *result = NULL;
    linkwa_status status = linkwa_send_text(client, to, text, options, &result, NULL);
    linkwa_result_free(result);
    linkwa_options_free(options);
    return status;
}

linkwa_pending *begin(const linkwa_client *client, const char *to, linkwa_on_done on_done, void *user_data) {
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_pending *pending = NULL;
    linkwa_error *err = NULL;
    if (linkwa_send_async(client, &to, 1, message, NULL, on_done, user_data, &pending, &err) != LINKWA_OK) {
        bail_out("no send: %s", linkwa_error_message(err));
    }
    linkwa_message_free(message);
    return pending;
}

void answer_with(struct server *server, const char *status, const char *head, const char *body) {
    const char *format = "HTTP/1.1 %s\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s";
    size_t size = strlen(format) + strlen(status) + strlen(head) + strlen(body) + 32;
    char *answer = malloc(size);
    if (!answer) {
        bail_out("no memory");
    }
    int len = snprintf(answer, size, format, status, head, strlen(body), body);
    server_answer(server, answer, (size_t)len);
    free(answer);
}

void answer_ok(struct server *server) {
    answer_with(server, "200 OK", "", "{\"resultCode\":112001,\"description\":\"queued\",\"messageIds\":[\"id-1\"]}");
}

void gate_add(struct gate *gate) {
    pthread_mutex_lock(&gate->lock);
    gate->count++;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

size_t gate_count(struct gate *gate) {
    pthread_mutex_lock(&gate->lock);
    size_t count = gate->count;
    pthread_mutex_unlock(&gate->lock);
    return count;
}

bool gate_wait(struct gate *gate, size_t count) {
    return gate_wait_for(gate, count, PATIENCE_SECONDS * 1000);
}

bool gate_wait_for(struct gate *gate, size_t count, unsigned ms) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    int waited = 0;
    pthread_mutex_lock(&gate->lock);
    while (gate->count < count && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&gate->changed, &gate->lock, &until);
    }
    bool reached = gate->count >= count;
    pthread_mutex_unlock(&gate->lock);
    return reached;
}

long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

unsigned brief_ms(void) {
    enum { LEAST = 200, TIMES = 10 };
    struct server *server = server_start();
    answer_ok(server);
    long long began = now_ms();
    linkwa_client *client = client_for(server_url(server));
    linkwa_pending *pending = begin(client, TO, NULL, NULL);
    if (!linkwa_pending_wait_timeout(pending, PATIENCE_SECONDS * 1000)) {
        bail_out("a send takes a minute");
    }
    long long took = now_ms() - began;
    linkwa_pending_free(pending);
    linkwa_client_free(client);
    server_stop(server);
    return (unsigned)(LEAST + TIMES * took);
}

pid_t fork_now(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) {
        bail_out("no child: %s", strerror(errno));
    }
    return child;
}

int problem_if(bool condition, int bit) {
    return condition ? 1 << bit : 0;
}

void end_child(int problems) {
    char number[16];
    snprintf(number, sizeof number, "%d", problems);
    execl("/bin/sh", "sh", "-c", "exit $0", number, (char *)NULL);
    _exit(99);
}

int wait_for(pid_t child) {
    for (int i = 0; i < PATIENCE_SECONDS * 1000 / 5; i++) {
        int status = 0;
        pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        if (ended < 0 && errno != EINTR) {
            bail_out("no child: %s", strerror(errno));
        }
        const struct timespec pause = {0, 5 * 1000 * 1000};
        nanosleep(&pause, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 1000; /* it hangs */
}

struct work {
    void (*function)(void *data, size_t number);
    void *data;
    size_t number;
};

static void *work(void *data) {
    struct work *one = data;
    one->function(one->data, one->number);
    return NULL;
}

void on_threads(size_t threads, void (*function)(void *data, size_t number), void *data) {
    enum { MOST = 64 };
    pthread_t all[MOST];
    struct work works[MOST];
    if (threads > MOST) {
        bail_out("too many threads");
    }
    for (size_t i = 0; i < threads; i++) {
        works[i] = (struct work){function, data, i};
        if (pthread_create(&all[i], NULL, work, &works[i]) != 0) {
            bail_out("no thread");
        }
    }
    for (size_t i = 0; i < threads; i++) {
        pthread_join(all[i], NULL);
    }
}
