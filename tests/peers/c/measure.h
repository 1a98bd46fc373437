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
#include <sys/resource.h>
#include <time.h>

#define MAX_SLICES 200
#define SLICE_NS 5e6

typedef bool (*call_fn)(void);

typedef struct {
    double wall[2][MAX_SLICES], cpu[2][MAX_SLICES];
} times_t;

static void die(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static double now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Of all threads of the process. */
static double cpu_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Nanoseconds a call. */
static double timed(call_fn call, long count) {
    const double began = now_ns();
    for (long i = 0; i < count; i++) {
        if (!call()) {
            die("a call failed");
        }
    }
    return (now_ns() - began) / (double)count;
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

static void report(const char *row, const char *what, const double *ours, const double *theirs, int count) {
    double ratios[MAX_SLICES];
    for (int i = 0; i < count; i++) {
        ratios[i] = ours[i] / theirs[i];
    }
    printf("{\"row\":\"%s%s\",\"unit\":\"ns\",\"ours\":%g,\"theirs\":%g,\"ratio\":%g,\"low\":%g,\"high\":%g,\"slices\":%d}\n", row, what,
           quartile(ours, count, 2), quartile(theirs, count, 2), quartile(ratios, count, 2), quartile(ratios, count, 1),
           quartile(ratios, count, 3), count);
    fflush(stdout);
}

/* Measures two calls, so many in a slice. */
static void slices(times_t *times, call_fn ours, call_fn theirs, long count_ours, long count_theirs, int count) {
    const call_fn sides[2] = {ours, theirs};
    const long counts[2] = {count_ours, count_theirs};
    for (int i = 0; i < count; i++) {
        for (int turn = 0; turn < 2; turn++) {
            const int side = turn ^ (i & 1);
            const double used = cpu_ns();
            times->wall[side][i] = timed(sides[side], counts[side]);
            times->cpu[side][i] = (cpu_ns() - used) / (double)counts[side];
        }
    }
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
    static times_t times;
    slices(&times, ours, theirs, calls(ours), calls(theirs), MAX_SLICES);
    report(row, "", times.wall[0], times.wall[1], MAX_SLICES);
}

/* Measures sends in slices of so many, by the clock and by the CPU time of the process. */
static inline void sends(const char *row, call_fn ours, call_fn theirs, long count) {
    static times_t times;
    slices(&times, ours, theirs, count, count, 1);
    slices(&times, ours, theirs, count, count, MAX_SLICES);
    report(row, "/wall", times.wall[0], times.wall[1], MAX_SLICES);
    report(row, "/cpu", times.cpu[0], times.cpu[1], MAX_SLICES);
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
