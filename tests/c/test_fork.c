/* A client in a forked child: while it is idle, and while a send is under way on another thread. And builders, while other
 * threads use builders of their own. */
#include <stdlib.h>
#include <string.h>

#include "help.h"

static struct server *server;

static linkwa_status send_one(const linkwa_client *client) {
    linkwa_result *result = NULL;
    linkwa_status status = linkwa_send_text(client, TO, "Hello", NULL, &result, NULL);
    linkwa_result_free(result);
    return status;
}

static linkwa_status send_async(const linkwa_client *client) {
    linkwa_result *result = NULL;
    linkwa_pending *pending = begin(client, TO, NULL, NULL);
    linkwa_status status = linkwa_pending_wait(pending, &result, NULL);
    linkwa_result_free(result);
    linkwa_pending_free(pending);
    return status;
}

static void idle(void) {
    linkwa_client *client = client_for(server_url(server));
    answer_ok(server);
    is_status(send_one(client), LINKWA_OK, "the parent sends");
    is_status(send_async(client), LINKWA_OK, "the parent sends asynchronously");
    size_t before = server_requests(server);
    pid_t child = fork_now();
    if (child == 0) {
        int problems = problem_if(send_one(client) != LINKWA_OK, 0);
        problems |= problem_if(send_async(client) != LINKWA_OK, 1);
        linkwa_client *own = client_for(server_url(server));
        problems |= problem_if(send_one(own) != LINKWA_OK, 2);
        linkwa_client_free(own);
        linkwa_client_free(client);
        end_child(problems);
    }
    is_int(wait_for(child), 0, "an idle client: a child sends with it, and frees it");
    is_int(server_requests(server) - before, 3, "its three requests came to the server");
    is_status(send_one(client), LINKWA_OK, "the parent sends again");
    is_status(send_async(client), LINKWA_OK, "the parent sends asynchronously again");
    linkwa_client_free(client);
}

/* A client that the parent never used: the child is the first. */
static void unused(void) {
    linkwa_client *client = client_for(server_url(server));
    answer_ok(server);
    pid_t child = fork_now();
    if (child == 0) {
        int problems = problem_if(send_async(client) != LINKWA_OK, 0);
        linkwa_client_close(client, 60000);
        linkwa_client_free(client);
        end_child(problems);
    }
    is_int(wait_for(child), 0, "an unused client: a child sends with it, and frees it");
    is_status(send_async(client), LINKWA_OK, "the parent sends");
    linkwa_client_free(client);
}

static struct gate calls = GATE;
static struct gate told_result = GATE;

static void on_done(void *user_data, linkwa_result *result, linkwa_error *error) {
    (void)user_data;
    if (result) {
        gate_add(&told_result);
    }
    linkwa_result_free(result);
    linkwa_error_free(error);
    gate_add(&calls);
}

/* In the child, a send that the parent began has an unknown outcome at once, and on_done is not called for it. */
static int look_at_inherited(linkwa_client *client, linkwa_pending *pending) {
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    long long began = now_ms();
    int problems = problem_if(linkwa_pending_wait(pending, &result, &err) != LINKWA_OUTCOME_UNKNOWN, 0);
    problems |= problem_if(linkwa_error_outcome(err) != LINKWA_MESSAGE_UNKNOWN, 1);
    problems |= problem_if(!linkwa_error_ref_id(err) || strcmp(linkwa_error_ref_id(err), linkwa_pending_ref_id(pending)) != 0, 2);
    linkwa_error_free(err);
    problems |= problem_if(!linkwa_pending_wait_timeout(pending, 60000), 3);
    problems |= problem_if(now_ms() - began > 20000, 4);
    problems |= problem_if(linkwa_pending_cancel(pending) != LINKWA_OK, 5);
    linkwa_pending_free(pending);
    linkwa_client_free(client);
    problems |= problem_if(gate_count(&calls) != 0, 6);
    return problems;
}

static void under_way(void) {
    struct server *gateway = server_start();
    linkwa_config *config = config_for(server_url(gateway));
    linkwa_config_set_max_connections(config, 1);
    linkwa_config_set_retry_when_busy(config, true);
    linkwa_client *client = client_of(config);
    answer_with(gateway, "503 Busy", "Retry-After: 1\r\n", "");
    linkwa_pending *first = begin(client, TO, on_done, NULL);
    linkwa_pending *waiting = begin(client, TO, on_done, NULL);
    server_wait(gateway, 1);
    for (int which = 0; which < 2; which++) {
        pid_t child = fork_now();
        if (child == 0) {
            end_child(look_at_inherited(client, which ? waiting : first));
        }
        is_int(wait_for(child), 0, "a child, and a send of its parent's that %s", which ? "waits for a worker" : "is under way");
    }
    pid_t child = fork_now();
    if (child == 0) {
        linkwa_client_free(client);
        end_child(0);
    }
    is_int(wait_for(child), 0, "a child that only frees the client");
    answer_ok(gateway);
    linkwa_result *result = NULL;
    is_status(linkwa_pending_wait(first, &result, NULL), LINKWA_OK, "the parent's send is accepted all the same");
    linkwa_result_free(result);
    is_status(linkwa_pending_wait(waiting, &result, NULL), LINKWA_OK, "and so is the one that waited");
    linkwa_result_free(result);
    ok(gate_wait(&calls, 2), "the parent's functions are called");
    is_int(gate_count(&told_result), 2, "with results");
    linkwa_pending_free(first);
    linkwa_pending_free(waiting);
    linkwa_client_free(client);
    server_stop(gateway);
}

/* Threads that send without a pause while the main thread forks: the child can send whatever they were doing. */
struct traffic {
    linkwa_client *client;
    pthread_mutex_t lock;
    bool over;
    int problems;
    size_t failed;
};

static bool is_over(struct traffic *traffic) {
    pthread_mutex_lock(&traffic->lock);
    bool over = traffic->over;
    pthread_mutex_unlock(&traffic->lock);
    return over;
}

static void drive(void *data, size_t number) {
    enum { FORKS = 20 };
    struct traffic *traffic = data;
    if (number > 0) {
        while (!is_over(traffic)) {
            if ((number % 2 ? send_one : send_async)(traffic->client) != LINKWA_OK) {
                pthread_mutex_lock(&traffic->lock);
                traffic->failed++;
                pthread_mutex_unlock(&traffic->lock);
            }
        }
        return;
    }
    for (int i = 0; i < FORKS && traffic->problems == 0; i++) {
        pid_t child = fork_now();
        if (child == 0) {
            int problems = problem_if(send_one(traffic->client) != LINKWA_OK, 0);
            problems |= problem_if(send_async(traffic->client) != LINKWA_OK, 1);
            linkwa_client_free(traffic->client);
            end_child(problems);
        }
        traffic->problems = wait_for(child);
    }
    pthread_mutex_lock(&traffic->lock);
    traffic->over = true;
    pthread_mutex_unlock(&traffic->lock);
}

static void forked_while_sending(void) {
#ifdef __SANITIZE_ADDRESS__
    /* The sanitizer's own allocator stays locked in a child that is forked while another thread allocates, whatever the library. */
    ok(true, "children of a process whose threads send # SKIP the address sanitizer hangs in them");
    return;
#endif
    answer_ok(server);
    struct traffic traffic = {client_for(server_url(server)), PTHREAD_MUTEX_INITIALIZER, false, 0, 0};
    on_threads(5, drive, &traffic);
    is_int(traffic.problems, 0, "twenty children of a process whose threads send: each sends and frees the client");
    is_int(traffic.failed, 0, "no send of the parent fails");
    linkwa_client_free(traffic.client);
}

/* A blocking send on another thread while the process forks. */
static void send_blocking(void *data, size_t number) {
    void **all = data;
    struct server *gateway = all[0];
    linkwa_client *client = all[1];
    if (number == 0) {
        *(linkwa_status *)all[2] = send_one(client);
        return;
    }
    server_wait(gateway, 1);
    pid_t child = fork_now();
    if (child == 0) {
        linkwa_client_free(client);
        end_child(0);
    }
    *(int *)all[3] = wait_for(child);
    answer_ok(gateway);
}

static void blocking_under_way(void) {
    struct server *gateway = server_start();
    linkwa_config *config = config_for(server_url(gateway));
    linkwa_config_set_retry_when_busy(config, true);
    linkwa_client *client = client_of(config);
    linkwa_status status = LINKWA_INTERNAL;
    int problems = -1;
    void *all[] = {gateway, client, &status, &problems};
    answer_with(gateway, "503 Busy", "Retry-After: 1\r\n", "");
    on_threads(2, send_blocking, all);
    is_int(problems, 0, "a child that frees the client while another thread of the parent waits for a result");
    is_status(status, LINKWA_OK, "which is accepted");
    linkwa_client_free(client);
    server_stop(gateway);
}

/* One of every builder. */
struct objects {
    linkwa_config *config;
    linkwa_options *options;
    linkwa_many_options *many;
    linkwa_message *message;
    linkwa_message *template;
    linkwa_contact *contact;
    linkwa_callback_guard *guard;
    linkwa_status_tracker *tracker;
};

static struct objects new_objects(void) {
    return (struct objects){config_for(server_url(server)), linkwa_options_new(), linkwa_many_options_new(), linkwa_message_text("Hello"),
        linkwa_message_template("name", "space", "en"), linkwa_contact_new(), linkwa_callback_guard_new(), linkwa_status_tracker_new()};
}

static void free_objects(struct objects *all) {
    linkwa_config_free(all->config);
    linkwa_options_free(all->options);
    linkwa_many_options_free(all->many);
    linkwa_message_free(all->message);
    linkwa_message_free(all->template);
    linkwa_contact_free(all->contact);
    linkwa_callback_guard_free(all->guard);
    linkwa_status_tracker_free(all->tracker);
}

/* Changes each of them and reads it; returns the problems. */
static int use_all(struct objects *all) {
    int problems = problem_if(linkwa_message_set_preview_url(all->message, true) != LINKWA_OK, 0);
    problems |= problem_if(linkwa_message_check(all->message, NULL) != LINKWA_OK, 0);
    problems |= problem_if(linkwa_message_add_body(all->template) != LINKWA_OK, 1);
    problems |= problem_if(linkwa_message_check(all->template, NULL) != LINKWA_OK, 1);
    problems |= problem_if(linkwa_options_set_ref_id(all->options, "r") != LINKWA_OK, 2);
    problems |= problem_if(linkwa_many_options_set_send_options(all->many, all->options) != LINKWA_OK, 3);
    problems |= problem_if(linkwa_config_set_timeout_ms(all->config, 20000) != LINKWA_OK, 4);
    problems |= problem_if(linkwa_contact_set_birthday(all->contact, "1977-02-25") != LINKWA_OK, 5);
    linkwa_message *contacts = linkwa_message_contacts();
    problems |= problem_if(linkwa_message_add_contact(contacts, all->contact) != LINKWA_OK, 5);
    problems |= problem_if(linkwa_message_append(contacts, all->message) != LINKWA_OK, 6);
    linkwa_message_free(contacts);
    problems |= problem_if(linkwa_callback_guard_set_max_body(all->guard, 1000) != LINKWA_OK, 7);
    problems |= problem_if(linkwa_callback_guard_check(all->guard, "195.84.162.34", NULL, 0, 10, NULL) != LINKWA_REFUSAL_NONE, 7);
    static const char report[] = "{\"messageId\":\"id-1\",\"refId\":\"r\",\"resultCode\":112003}";
    linkwa_callback *callback = NULL;
    problems |= problem_if(linkwa_callback_parse(report, sizeof report - 1, &callback, NULL) != LINKWA_OK, 0);
    problems |= problem_if(linkwa_status_tracker_apply(all->tracker, callback, NULL, NULL) != LINKWA_OK, 0);
    problems |= problem_if(linkwa_status_tracker_len(all->tracker) != 2, 0);
    linkwa_callback_free(callback);
    return problems;
}

/* The length of the body of a request with this message. */
static size_t length_with(const linkwa_client *client, const linkwa_message *message) {
    const char *to = TO;
    linkwa_buffer *buffer = NULL;
    linkwa_options *options = options_with_ref("r");
    linkwa_build(client, &to, 1, message, options, &buffer, NULL);
    size_t length = linkwa_buffer_len(buffer);
    linkwa_options_free(options);
    linkwa_buffer_free(buffer);
    return length;
}

/* In the child: uses all builders, makes a client with the configuration, and frees them. A parameter added to a template is
 * appended. */
static int use_inherited(struct objects *all) {
    static const char added[] = "{\"type\":\"text\",\"text\":\"text\"},";
    int problems = use_all(all);
    linkwa_client *client = NULL;
    problems |= problem_if(linkwa_client_new(all->config, &client, NULL) != LINKWA_OK, 4);
    problems |= problem_if(linkwa_message_add_body_text(all->template, "text") != LINKWA_OK, 1);
    const size_t before = length_with(client, all->template);
    problems |= problem_if(linkwa_message_add_body_text(all->template, "text") != LINKWA_OK, 1);
    problems |= problem_if(before == 0 || length_with(client, all->template) != before + strlen(added), 1);
    linkwa_client_free(client);
    free_objects(all);
    return problems;
}

/* What the parent's threads share while it forks. */
struct users {
    pthread_mutex_t lock;
    bool over;
    int problems;
};

static bool are_over(struct users *users) {
    pthread_mutex_lock(&users->lock);
    bool over = users->over;
    pthread_mutex_unlock(&users->lock);
    return over;
}

static void use_and_fork(void *data, size_t number) {
    enum { FORKS = 50 };
    struct users *users = data;
    struct objects mine = new_objects();
    int problems = use_all(&mine);
    if (number > 0) {
        while (!are_over(users)) {
            problems |= use_all(&mine);
        }
    } else {
        for (int i = 0; i < FORKS && problems == 0; i++) {
            pid_t child = fork_now();
            if (child == 0) {
                end_child(use_inherited(&mine));
            }
            problems |= wait_for(child);
        }
        is_int(problems, 0, "fifty children of a process whose threads use builders: each changes, reads and frees those of its thread");
    }
    pthread_mutex_lock(&users->lock);
    users->over = true;
    users->problems |= problems;
    pthread_mutex_unlock(&users->lock);
    free_objects(&mine);
}

static void builders_in_use(void) {
#ifdef __SANITIZE_ADDRESS__
    ok(true, "children of a process whose threads use builders # SKIP the address sanitizer hangs in them");
    return;
#endif
    struct users users = {PTHREAD_MUTEX_INITIALIZER, false, 0};
    on_threads(5, use_and_fork, &users);
    is_int(users.problems, 0, "no thread of the parent has a problem");
}

int main(void) {
    server = server_start();
    idle();
    unused();
    under_way();
    forked_while_sending();
    blocking_under_way();
    builders_in_use();
    server_stop(server);
    return done();
}
