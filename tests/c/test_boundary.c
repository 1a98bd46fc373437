/* Every function of the header, by name: with only NULL and 0; then with out-parameters; then with a panic inside.
 *
 * The functions are called with ten integers and two floating point numbers, whatever their parameters. That works where both
 * kinds are passed in separate registers and the caller cleans the stack, as on x86-64 and AArch64. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linkwa.h>

#include "tap.h"

enum gives { GIVES_NOTHING, GIVES_STATUS, GIVES_INT, GIVES_LONG, GIVES_BOOL, GIVES_POINTER, GIVES_OBJECT };

enum { OUT_PARAMETERS = 4, ARGUMENTS = 10 };

struct out_parameter {
    int position; /* -1: no more */
    const char *free;
};

struct function {
    const char *name;
    enum gives gives;
    const char *free;
    struct out_parameter out_parameters[OUT_PARAMETERS];
};

/* What functions.py read from the header. */
static const struct function functions[] = {
#define FUNCTION(name, gives, free, ...) {#name, gives, free, __VA_ARGS__},
#include "functions.h"
};

typedef void (*any_function)(void);

static any_function look_up(const char *name) {
    static void *program;
    any_function function = NULL;
    program = program ? program : dlopen(NULL, RTLD_NOW);
    void *symbol = program ? dlsym(program, name) : NULL;
    memcpy(&function, &symbol, sizeof function);
    return function;
}

/* A function's return value. */
struct answer {
    long long number;
    void *pointer;
};

#define TEN uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, double, double
#define GIVEN a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], 0.0, 0.0

static struct answer call(const struct function *function, const uintptr_t a[ARGUMENTS]) {
    struct answer answer = {0, NULL};
    any_function found = look_up(function->name);
    if (!found) {
        return answer;
    }
    switch (function->gives) {
    case GIVES_NOTHING: ((void (*)(TEN))found)(GIVEN); break;
    case GIVES_STATUS:
    case GIVES_INT: answer.number = ((int (*)(TEN))found)(GIVEN); break;
    case GIVES_LONG: answer.number = ((long long (*)(TEN))found)(GIVEN); break;
    case GIVES_BOOL: answer.number = ((bool (*)(TEN))found)(GIVEN); break;
    case GIVES_POINTER:
    case GIVES_OBJECT: answer.pointer = ((void *(*)(TEN))found)(GIVEN); break;
    }
    return answer;
}

static void free_with(const char *name, void *object) {
    any_function found = look_up(name);
    if (!found) {
        bail_out("there is no %s", name);
    }
    ((void (*)(void *))found)(object);
}

static int problems;

static void problem(const char *what, long long number) {
    problems++;
    note("%s: %lld", what, number);
}

/* All arguments NULL or 0. */
static struct answer with_nothing(const struct function *function) {
    const uintptr_t nothing[ARGUMENTS] = {0};
    struct answer answer = call(function, nothing);
    if (function->gives == GIVES_STATUS && answer.number != LINKWA_OK && answer.number != LINKWA_INVALID_ARGUMENT) {
        problem("given NULL, its status is", answer.number);
    }
    if (function->gives == GIVES_OBJECT) {
        free_with(function->free, answer.pointer);
    }
    return answer;
}

static bool is_for_error(const struct out_parameter *out) {
    return strcmp(out->free, "linkwa_error_free") == 0;
}

/* All arguments NULL or 0, except the out-parameters of objects. Those are written on success only, and that of the error on
 * failure only. */
static struct answer with_out_parameters(const struct function *function) {
    static char untouched;
    void *objects[OUT_PARAMETERS];
    uintptr_t arguments[ARGUMENTS] = {0};
    size_t count = 0;
    while (function->out_parameters[count].position >= 0) {
        objects[count] = &untouched;
        arguments[function->out_parameters[count].position] = (uintptr_t)&objects[count];
        count++;
    }
    struct answer answer = call(function, arguments);
    for (size_t i = 0; i < count; i++) {
        const struct out_parameter *out = &function->out_parameters[i];
        bool to_be_written = is_for_error(out) == (answer.number != LINKWA_OK);
        if ((objects[i] != &untouched) != to_be_written) {
            problem(to_be_written ? "an out-parameter was not written to; status" : "an out-parameter was written to; status", answer.number);
        }
        if (objects[i] == &untouched) {
            continue;
        }
        if (is_for_error(out)) {
            const linkwa_error *err = objects[i];
            if ((long long)linkwa_error_code(err) != answer.number) {
                problem("the error is another one than the status", linkwa_error_code(err));
            }
            /* These functions are for a message that was sent before. */
            bool was_sent = strncmp(function->name, "linkwa_pending_wait", strlen("linkwa_pending_wait")) == 0 ||
                            strcmp(function->name, "linkwa_queue_add") == 0;
            if (!was_sent && linkwa_error_outcome(err) == LINKWA_MESSAGE_UNKNOWN) {
                problem("an unknown outcome, where no message was given", linkwa_error_outcome(err));
            }
            if (!linkwa_error_message(err) || strlen(linkwa_error_message(err)) == 0) {
                problem("the error has no message; status", answer.number);
            }
        }
        free_with(out->free, objects[i]);
    }
    if (function->gives == GIVES_OBJECT && answer.pointer) {
        free_with(function->free, answer.pointer);
    }
    return answer;
}

/* A panic happens inside. */
static void with_panic(const struct function *function, any_function panic_next) {
    panic_next();
    struct answer answer = with_out_parameters(function);
    if (function->gives == GIVES_STATUS && answer.number != LINKWA_INTERNAL) {
        problem("after a panic, its status is", answer.number);
    }
    if (function->gives == GIVES_BOOL && answer.number != 0) {
        problem("after a panic, it is", answer.number);
    }
    if (answer.pointer) {
        problem("after a panic, it gives a pointer", 1);
    }
    const char *ok_name = linkwa_status_name(LINKWA_OK);
    if (!ok_name || strcmp(ok_name, "ok") != 0) {
        problem("the panic did not happen inside of it, but in the next function", 1);
    }
}

static void check(const struct function *function, any_function panic_next) {
    problems = 0;
    if (!look_up(function->name)) {
        problem("the library does not have it", 0);
    }
    struct answer first = with_nothing(function);
    with_out_parameters(function);
    with_panic(function, panic_next);
    struct answer again = with_nothing(function);
    if (again.number != first.number || (again.pointer == NULL) != (first.pointer == NULL)) {
        problem("after the panic it gives something else", again.number);
    }
    ok(problems == 0, "%s: NULL, out-parameters, a panic", function->name);
}

int main(void) {
    any_function panic_next = look_up("linkwa_test_panic_next");
    if (!ok(panic_next != NULL, "a debug library, which panics on demand")) {
        return done();
    }
    size_t count = sizeof functions / sizeof *functions;
    ok(count >= 30, "the header has functions: %d", (int)count);
    for (size_t i = 0; i < count; i++) {
        check(&functions[i], panic_next);
    }
    return done();
}
