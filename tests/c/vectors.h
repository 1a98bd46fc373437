/* Runs the shared vectors of a kind, and compares the results. Differences are printed at once, with the vector's id; each file
 * is one check. */
#ifndef VECTORS_H
#define VECTORS_H

#include <stdint.h>

#include <linkwa.h>

#include "value.h"

/* A vector while it runs. */
struct run {
    const char *id;
    const struct value *vector;
    int wrong;
};

/* Runs all vectors of a kind, at least `at_least`; returns the result of main(). */
int run_vectors(const char *kind, int at_least, void (*run_one)(struct run *run, void *data), void *data);

/* Reports a difference of a vector. */
void wrong(struct run *run, const char *format, ...);

/* Compare with the expected value, where null means absent. `what` names the value in the output. A text that is not NULL must
 * have a NUL behind its `len` bytes. */
void compare_text(struct run *run, const char *what, const char *text, size_t len, const struct value *wanted);
void compare_int(struct run *run, const char *what, bool is_there, int64_t number, const struct value *wanted);
void compare_double(struct run *run, const char *what, bool is_there, double number, const struct value *wanted);
void compare_bool(struct run *run, const char *what, bool is_there, bool truth, const struct value *wanted);
void compare_findings(struct run *run, const char *what, const linkwa_findings *findings, const struct value *wanted);

/* Compares the status. */
bool compare_status(struct run *run, const char *what, linkwa_status status, linkwa_status wanted, const linkwa_error *err);

#endif
