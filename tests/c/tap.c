#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run;
static int failed;

static bool line_of(bool passed, const char *file, int line, const char *name, va_list arguments) {
    run++;
    printf(passed ? "ok %d - " : "not ok %d - ", run);
    vprintf(name, arguments);
    printf("\n");
    if (!passed) {
        failed++;
        printf("# failed at %s:%d\n", file, line);
    }
    fflush(stdout);
    return passed;
}

bool tap_ok(bool passed, const char *file, int line, const char *condition, const char *name, ...) {
    va_list arguments;
    va_start(arguments, name);
    line_of(passed, file, line, name, arguments);
    va_end(arguments);
    if (!passed) {
        note("expected: %s", condition);
    }
    return passed;
}

bool tap_is_int(long long found, long long expected, const char *file, int line, const char *name, ...) {
    va_list arguments;
    va_start(arguments, name);
    bool passed = line_of(found == expected, file, line, name, arguments);
    va_end(arguments);
    if (!passed) {
        note("expected: %lld", expected);
        note("found:    %lld", found);
    }
    return passed;
}

bool tap_is_str(const char *found, const char *expected, const char *file, int line, const char *name, ...) {
    bool same = found && expected ? strcmp(found, expected) == 0 : found == expected;
    va_list arguments;
    va_start(arguments, name);
    line_of(same, file, line, name, arguments);
    va_end(arguments);
    if (!same) {
        note("expected: %s", expected ? expected : "NULL");
        note("found:    %s", found ? found : "NULL");
    }
    return same;
}

void note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("# ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    fflush(stdout);
}

int done(void) {
    printf("1..%d\n", run);
    fflush(stdout);
    return failed > 0 || run == 0;
}

void bail_out(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("Bail out! ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    fflush(stdout);
    exit(2);
}
