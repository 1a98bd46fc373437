/* What the library leaves alone: the host's signals, and the descriptors of standard input, output and error. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "help.h"

/* A thread's line of /proc/self/task/ID/status; false if the thread is gone. */
static bool line_of(const char *id, const char *name, char *line, size_t size) {
    char path[300];
    snprintf(path, sizeof path, "/proc/self/task/%s/status", id);
    FILE *file = fopen(path, "r");
    bool found = false;
    while (file && !found && fgets(line, (int)size, file)) {
        found = strncmp(line, name, strlen(name)) == 0;
    }
    if (file) {
        fclose(file);
    }
    return found;
}

static void signals(void) {
    static const int asked[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGALRM, SIGUSR1};
    struct server *silent = server_start();
    linkwa_client *client = client_for(server_url(silent));
    linkwa_pending *pending = begin(client, TO, NULL, NULL);
    ok(server_wait(silent, 1), "a send is under way");
    size_t threads = 0, open = 0;
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks) {
        ok(true, "the library's threads block the host's signals # SKIP there is no /proc");
    }
    for (struct dirent *task; tasks && (task = readdir(tasks)) != NULL;) {
        char name[300], mask[300];
        if (!line_of(task->d_name, "Name:\tlinkwa-", name, sizeof name) || !line_of(task->d_name, "SigBlk:", mask, sizeof mask)) {
            continue;
        }
        unsigned long long blocked = strtoull(mask + strlen("SigBlk:"), NULL, 16);
        threads++;
        for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
            open += !(blocked >> (asked[i] - 1) & 1);
        }
    }
    if (tasks) {
        closedir(tasks);
        ok(threads > 0, "the library has threads: %zu", threads);
        is_int(open, 0, "they block the host's signals");
    }
    linkwa_pending_cancel(pending);
    linkwa_pending_free(pending);
    linkwa_client_free(client);
    server_stop(silent);
}

static volatile sig_atomic_t handled, handled_elsewhere;
static pthread_t program;

static void on_signal(int number) {
    (void)number;
    handled = handled + 1;
    handled_elsewhere = handled_elsewhere + !pthread_equal(pthread_self(), program);
}

/* A signal to the process, which every thread of the program blocks at that moment: no thread of the library takes it. In a
 * child, because the servers of the tests have threads too. */
static int signal_to_the_process(const char *url) {
    struct sigaction action;
    sigset_t set, pending;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    program = pthread_self();
    sigaction(SIGUSR1, &action, NULL);
    linkwa_client *client = client_for(url);
    linkwa_pending *under_way = begin(client, TO, NULL, NULL);
    linkwa_result *result = NULL;
    int problems = problem_if(linkwa_pending_wait(under_way, &result, NULL) != LINKWA_OK, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR1);
    /* The library's threads run meanwhile. */
    linkwa_pending *another = begin(client, TO, NULL, NULL);
    linkwa_result_free(result);
    result = NULL;
    problems |= problem_if(linkwa_pending_wait(another, &result, NULL) != LINKWA_OK, 1);
    sigpending(&pending);
    problems |= problem_if(handled != 0 || sigismember(&pending, SIGUSR1) != 1, 2);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    problems |= problem_if(handled != 1 || handled_elsewhere != 0, 3);
    linkwa_result_free(result);
    linkwa_pending_free(under_way);
    linkwa_pending_free(another);
    linkwa_client_free(client);
    return problems;
}

static void signal_handler(void) {
    struct server *server = server_start();
    answer_ok(server);
    pid_t child = fork_now();
    if (child == 0) {
        end_child(signal_to_the_process(server_url(server)));
    }
    is_int(wait_for(child), 0, "the handler of a signal to the process runs on the program's thread");
    server_stop(server);
}

/* In a child whose standard descriptors are closed. Returns the problems. */
static int without_standard_descriptors(const char *url) {
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        close(descriptor);
    }
    linkwa_client *client = client_for(url);
    linkwa_result *result = NULL;
    int problems = problem_if(linkwa_send_text(client, TO, "Hello", NULL, &result, NULL) != LINKWA_OK, 0);
    linkwa_result_free(result);
    /* The connection is still open, and is used again. */
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        problems |= problem_if(fcntl(descriptor, F_GETFD) != -1, descriptor + 1);
    }
    linkwa_client_free(client);
    return problems;
}

static void descriptors(void) {
    struct server *server = server_start();
    answer_ok(server);
    pid_t child = fork_now();
    if (child == 0) {
        end_child(without_standard_descriptors(server_url(server)));
    }
    is_int(wait_for(child), 0, "no connection takes the descriptor 0, 1 or 2");
    is_int(server_requests(server), 1, "and the send arrives");
    server_stop(server);
}

int main(void) {
    descriptors();
    signal_handler();
    signals();
    return done();
}
