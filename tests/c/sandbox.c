#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server.h"
#include "tap.h"

enum { MAX_ARGUMENTS = 30, PATIENCE_SECONDS = 60 };

struct sandbox {
    pid_t process;
    int input; /* it ends when this is closed */
    char base_url[128];
    unsigned short port;
};

/* In the child. */
static void become(const char *binary, char **arguments, int input, int output) {
    int nothing = open("/dev/null", O_WRONLY); /* its log */
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || nothing < 0 || dup2(nothing, 2) < 0) {
        _exit(126);
    }
    execv(binary, arguments);
    _exit(127);
}

/* A pipe that no further child inherits. */
static void private_pipe(int ends[2]) {
    if (pipe(ends) != 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0 || fcntl(ends[1], F_SETFD, FD_CLOEXEC) != 0) {
        bail_out("no pipe: %s", strerror(errno));
    }
}

struct sandbox *sandbox_start(const char *const *arguments) {
    const char *binary = getenv("LINKWA_SANDBOX");
    if (!binary || access(binary, X_OK) != 0) {
        bail_out("LINKWA_SANDBOX names no program: tests/c/run sets it");
    }
    char *all[MAX_ARGUMENTS] = {(char *)binary, "--exit-with-stdin"};
    for (size_t i = 0; arguments && arguments[i] && i + 3 < MAX_ARGUMENTS; i++) {
        all[i + 2] = (char *)arguments[i];
    }
    int input[2], output[2];
    private_pipe(input);
    private_pipe(output);
    struct sandbox *sandbox = calloc(1, sizeof *sandbox);
    pid_t process = sandbox ? fork() : -1;
    if (process < 0) {
        bail_out("no process: %s", strerror(errno));
    }
    if (process == 0) {
        become(binary, all, input[0], output[1]);
    }
    close(input[0]);
    close(output[1]);
    sandbox->process = process;
    sandbox->input = input[1];

    char line[512] = "";
    FILE *ready = fdopen(output[0], "r");
    const char *url = ready && fgets(line, sizeof line, ready) ? strstr(line, "\"base_url\":\"") : NULL;
    if (!url || sscanf(url, "\"base_url\":\"%127[^\"]", sandbox->base_url) != 1 ||
        sscanf(sandbox->base_url, "http://127.0.0.1:%hu", &sandbox->port) != 1) {
        bail_out("the sandbox did not say that it is ready: %s", line);
    }
    fclose(ready);
    return sandbox;
}

void sandbox_stop(struct sandbox *sandbox) {
    int status = 0;
    close(sandbox->input);
    while (waitpid(sandbox->process, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) {
        bail_out("the sandbox ended with status %d", status);
    }
    free(sandbox);
}

const char *sandbox_base_url(const struct sandbox *sandbox) {
    return sandbox->base_url;
}

/* What the control interface answers: the body. The caller's to free(). */
static char *control(const struct sandbox *sandbox, const char *method, const char *path) {
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(sandbox->port);
    char request[256];
    int len = snprintf(request, sizeof request, "%s /sandbox%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", method, path);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0 ||
        send(connection, request, (size_t)len, MSG_NOSIGNAL) != len) {
        bail_out("the sandbox cannot be reached: %s", strerror(errno));
    }
    char *answer = NULL;
    size_t size = 0;
    ssize_t count;
    do {
        answer = realloc(answer, size + 65536 + 1);
        if (!answer) {
            bail_out("no memory");
        }
        count = recv(connection, answer + size, 65536, 0);
        size += count > 0 ? (size_t)count : 0;
    } while (count > 0);
    answer[size] = '\0';
    close(connection);
    const char *body = strstr(answer, "\r\n\r\n");
    if (strncmp(answer, "HTTP/1.1 2", 10) != 0 || !body) {
        bail_out("the sandbox answered %s %s: %s", method, path, answer);
    }
    memmove(answer, body + 4, strlen(body + 4) + 1);
    return answer;
}

char *sandbox_requests(const struct sandbox *sandbox) {
    return control(sandbox, "GET", "/requests");
}

void sandbox_forget(const struct sandbox *sandbox) {
    free(control(sandbox, "DELETE", "/requests"));
}

bool sandbox_wait_idle(const struct sandbox *sandbox) {
    time_t until = time(NULL) + PATIENCE_SECONDS;
    const struct timespec pause = {0, 5 * 1000 * 1000};
    for (;;) {
        char *status = control(sandbox, "GET", "/status");
        bool idle = strstr(status, "\"pendingCallbacks\":0") != NULL;
        free(status);
        if (idle || time(NULL) > until) {
            return idle;
        }
        nanosleep(&pause, NULL);
    }
}
