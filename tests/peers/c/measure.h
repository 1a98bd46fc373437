/*
 * What the benchmarks share: slices of both sides in turn, and their medians, as a line of JSON for each pair. A call gives false if
 * it failed, which ends the program.
 */
#ifndef PEERS_MEASURE_H
#define PEERS_MEASURE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_SLICES 200
#define SLICE_NS 5e6

typedef bool (*call_fn)(void);

static void die(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static double ns_of(clockid_t id) {
    struct timespec time;
    clock_gettime(id, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Nanoseconds a call, of this thread's CPU time: what else runs on the machine does not count. */
static double timed(call_fn call, long count) {
    const double began = ns_of(CLOCK_THREAD_CPUTIME_ID);
    for (long i = 0; i < count; i++) {
        if (!call()) {
            die("a call failed");
        }
    }
    return (ns_of(CLOCK_THREAD_CPUTIME_ID) - began) / (double)count;
}

/* How many calls a slice has. What it takes to find out warms up. */
static long calls(call_fn call) {
    long count = 1;
    while (timed(call, count) * (double)count < SLICE_NS) {
        count *= 2;
    }
    return count;
}

static int by_value(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The quartile of that number, 1 to 3. */
static double quartile(const double *values, int count, int part) {
    double sorted[MAX_SLICES];
    memcpy(sorted, values, (size_t)count * sizeof *values);
    qsort(sorted, (size_t)count, sizeof *sorted, by_value);
    return sorted[(count - 1) * part / 4];
}

/* `raw` may be NULL. */
static void report(const char *row, const char *what, const double *ours, const double *theirs, const double *raw, int count) {
    double ratios[MAX_SLICES];
    for (int i = 0; i < count; i++) {
        ratios[i] = ours[i] / theirs[i];
    }
    printf("{\"row\":\"%s%s\",\"unit\":\"ns\",\"ours\":%g,\"theirs\":%g,\"ratio\":%g,\"low\":%g,\"high\":%g,\"slices\":%d", row, what,
           quartile(ours, count, 2), quartile(theirs, count, 2), quartile(ratios, count, 2), quartile(ratios, count, 1),
           quartile(ratios, count, 3), count);
    if (raw) {
        for (int i = 0; i < count; i++) {
            ratios[i] = ours[i] / raw[i];
        }
        printf(",\"raw\":%g,\"of_raw\":%g", quartile(raw, count, 2), quartile(ratios, count, 2));
    }
    puts("}");
    fflush(stdout);
}

/* Reads a whole file, ended by a NUL. */
static inline char *read_input(const char *folder, const char *name, size_t *len) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(65536);
    if (!file || !bytes) {
        die(path);
    }
    *len = fread(bytes, 1, 65535, file);
    bytes[*len] = 0;
    fclose(file);
    return bytes;
}

/* Measures two calls in slices of about 5 ms that take turns. */
static inline void pair(const char *row, call_fn ours, call_fn theirs) {
    const call_fn sides[2] = {ours, theirs};
    const long counts[2] = {calls(ours), calls(theirs)};
    static double times[2][MAX_SLICES];
    for (int i = 0; i < MAX_SLICES; i++) {
        for (int turn = 0; turn < 2; turn++) {
            const int side = turn ^ (i & 1);
            times[side][i] = timed(sides[side], counts[side]);
        }
    }
    report(row, "", times[0], times[1], NULL, MAX_SLICES);
}

/* The raw client, a process that measures a slice when it is asked to. */
typedef struct {
    FILE *to, *from;
    pid_t pid;
} raw_t;

static inline raw_t raw_start(const char *url) {
    int to[2], from[2];
    if (pipe(to) || pipe(from)) {
        die("there is no pipe");
    }
    const pid_t pid = fork();
    if (pid == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        close(to[1]);
        execl(getenv("PEERS_RAW"), "raw", url, "1", (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    return (raw_t){fdopen(to[1], "w"), fdopen(from[0], "r"), pid};
}

static inline void raw_slice(raw_t *raw, double *wall, double *cpu) {
    fputs("\n", raw->to);
    fflush(raw->to);
    if (fscanf(raw->from, "%lf %lf", wall, cpu) != 2) {
        die("the raw client has ended");
    }
}

static inline void raw_end(raw_t *raw) {
    fclose(raw->to);
    fclose(raw->from);
    waitpid(raw->pid, NULL, 0);
}

/* Measures sends in slices of so many, by the clock and by the CPU time of all threads of the process. */
static inline void sends(const char *row, call_fn ours, call_fn theirs, const char *url, int count) {
    const call_fn sides[2] = {ours, theirs};
    static double wall[3][MAX_SLICES], cpu[3][MAX_SLICES];
    raw_t raw = raw_start(url);
    for (int i = -1; i < MAX_SLICES; i++) {
        const int at = i < 0 ? 0 : i; /* the first only warms up */
        for (int turn = 0; turn < 2; turn++) {
            const int side = turn ^ (at & 1);
            const double began = ns_of(CLOCK_MONOTONIC), used = ns_of(CLOCK_PROCESS_CPUTIME_ID);
            (void)timed(sides[side], count);
            wall[side][at] = (ns_of(CLOCK_MONOTONIC) - began) / count;
            cpu[side][at] = (ns_of(CLOCK_PROCESS_CPUTIME_ID) - used) / count;
        }
        raw_slice(&raw, &wall[2][at], &cpu[2][at]);
    }
    raw_end(&raw);
    report(row, "/wall", wall[0], wall[1], wall[2], MAX_SLICES);
    report(row, "/cpu", cpu[0], cpu[1], cpu[2], MAX_SLICES);
}

/* Measures sends many at once, in slices of `count`, as sends() does. Each side is given how many it is to send. */
static inline void concurrent_sends(const char *row, bool (*ours)(long), bool (*theirs)(long), int slices, long count) {
    bool (*const sides[2])(long) = {ours, theirs};
    static double wall[2][MAX_SLICES], cpu[2][MAX_SLICES];
    for (int i = -1; i < slices; i++) {
        const int at = i < 0 ? 0 : i; /* the first only warms up */
        for (int turn = 0; turn < 2; turn++) {
            const int side = turn ^ (at & 1);
            const double began = ns_of(CLOCK_MONOTONIC), used = ns_of(CLOCK_PROCESS_CPUTIME_ID);
            if (!sides[side](count)) {
                die("a send failed");
            }
            wall[side][at] = (ns_of(CLOCK_MONOTONIC) - began) / (double)count;
            cpu[side][at] = (ns_of(CLOCK_PROCESS_CPUTIME_ID) - used) / (double)count;
        }
    }
    report(row, "/wall", wall[0], wall[1], NULL, slices);
    report(row, "/cpu", cpu[0], cpu[1], NULL, slices);
}

/* The price of a call that does next to nothing. */
static inline void floor_of(const char *name, call_fn call) {
    double all[50];
    const long count = calls(call);
    for (int i = 0; i < 50; i++) {
        all[i] = timed(call, count);
    }
    printf("{\"floor\":\"%s\",\"unit\":\"ns\",\"ours\":%g}\n", name, quartile(all, 50, 2));
}

#endif
