#include "vectors.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

int run_vectors(const char *kind, int at_least, void (*run_one)(struct run *run, void *data), void *data) {
    struct value *files = value_read(getenv("LINKWA_VECTORS"));
    int all = 0;
    for (size_t i = 0; i < files->count; i++) {
        const struct value *file = &files->items[i];
        if (!value_is(value_needed(file, "kind"), kind)) {
            continue;
        }
        const struct value *vectors = value_needed(file, "vectors");
        int failed = 0;
        for (size_t j = 0; j < vectors->count; j++) {
            const struct value *vector = &vectors->items[j];
            struct run run = {value_needed(vector, "id")->bytes, vector, 0};
            run_one(&run, data);
            failed += run.wrong > 0;
        }
        all += (int)vectors->count;
        const char *name = value_needed(file, "file")->bytes;
        ok(vectors->count > 0 && failed == 0, "%s: %d of %d vectors", name, (int)vectors->count - failed, (int)vectors->count);
    }
    ok(all >= at_least, "%d %s vectors, at least %d", all, kind, at_least);
    value_free(files);
    return done();
}

/* The longest part of a text that is shown. */
enum { SHOWN = 400 };

/* Bytes in readable form. */
static void show(const char *label, const char *bytes, size_t len) {
    printf("#     %s ", label);
    if (!bytes) {
        printf("nothing\n");
        return;
    }
    putchar('"');
    for (size_t i = 0; i < len && i < SHOWN; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte < ' ' || byte == '\\' || byte == 0x7f) {
            printf("\\x%02x", byte);
        } else {
            putchar(byte);
        }
    }
    printf(len > SHOWN ? "\"… (%zu bytes)\n" : "\"\n", len);
}

void wrong(struct run *run, const char *format, ...) {
    run->wrong++;
    printf("# %s: ", run->id);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
}

static void wrong_value(struct run *run, const char *what, const char *found, size_t len, const struct value *wanted) {
    wrong(run, "%s", what);
    show("found   ", found, len);
    show("expected", value_is_null(wanted) ? NULL : wanted->bytes, wanted->len);
}

void compare_text(struct run *run, const char *what, const char *text, size_t len, const struct value *wanted) {
    bool same;
    if (text && text[len] != '\0') {
        wrong(run, "%s: no NUL behind its %zu bytes", what, len);
        return;
    }
    if (text) {
        same = wanted->type == 's' && wanted->len == len && memcmp(wanted->bytes, text, len) == 0;
    } else {
        same = value_is_null(wanted) && len == 0;
    }
    if (!same) {
        wrong_value(run, what, text, len, wanted);
    }
}

void compare_int(struct run *run, const char *what, bool is_there, int64_t number, const struct value *wanted) {
    bool same = is_there ? wanted->type == 'i' && value_int(wanted) == number : value_is_null(wanted);
    if (!same) {
        char digits[24];
        snprintf(digits, sizeof digits, "%lld", (long long)number);
        wrong_value(run, what, is_there ? digits : NULL, strlen(digits), wanted);
    }
}

void compare_double(struct run *run, const char *what, bool is_there, double number, const struct value *wanted) {
    bool same = is_there ? wanted->type == 'd' && strtod(wanted->bytes, NULL) == number : value_is_null(wanted);
    if (!same) {
        char digits[40];
        snprintf(digits, sizeof digits, "%.17g", number);
        wrong_value(run, what, is_there ? digits : NULL, strlen(digits), wanted);
    }
}

void compare_bool(struct run *run, const char *what, bool is_there, bool truth, const struct value *wanted) {
    const char *word = truth ? "true" : "false";
    bool same = is_there ? wanted->type == 'b' && strcmp(wanted->bytes, word) == 0 : value_is_null(wanted);
    if (!same) {
        wrong_value(run, what, is_there ? word : NULL, strlen(word), wanted);
    }
}

void compare_findings(struct run *run, const char *what, const linkwa_findings *findings, const struct value *wanted) {
    size_t count = linkwa_findings_len(findings);
    if (count != wanted->count) {
        wrong(run, "%s: %zu findings, expected %zu", what, count, wanted->count);
    }
    for (size_t i = 0; i < count; i++) {
        const char *path = linkwa_findings_path(findings, i);
        const char *code = linkwa_findings_code(findings, i);
        const char *message = linkwa_findings_message(findings, i);
        const char *severity = linkwa_severity_name(linkwa_findings_severity(findings, i));
        if (!path || !code || !message || !*message || !severity) {
            wrong(run, "%s: finding %zu lacks something", what, i);
        } else if (i >= wanted->count) {
            wrong(run, "%s: unexpected %s %s at %s", what, severity, code, path);
        } else {
            const struct value *finding = &wanted->items[i];
            const struct value *suggested = value_member(finding, "suggestion");
            if (finding->count != (suggested ? 4 : 3)) {
                wrong(run, "%s: finding %zu has members that this program does not know", what, i);
            }
            if (suggested) {
                const char *suggestion = linkwa_findings_suggestion(findings, i);
                compare_text(run, "suggestion", suggestion, linkwa_findings_text_len(findings, suggestion), suggested);
            }
            compare_text(run, "path", path, linkwa_findings_text_len(findings, path), value_needed(finding, "path"));
            compare_text(run, "code", code, linkwa_findings_text_len(findings, code), value_needed(finding, "code"));
            compare_text(run, "severity", severity, strlen(severity), value_needed(finding, "severity"));
        }
    }
    if (linkwa_findings_path(findings, count) || linkwa_findings_code(findings, count) ||
        linkwa_findings_message(findings, count) || linkwa_findings_suggestion(findings, count) ||
        linkwa_findings_severity(findings, count) != LINKWA_SEVERITY_NONE) {
        wrong(run, "%s: something behind the last finding", what);
    }
}

bool compare_status(struct run *run, const char *what, linkwa_status status, linkwa_status wanted, const linkwa_error *err) {
    if (status == wanted) {
        return true;
    }
    const char *message = linkwa_error_message(err);
    wrong(run, "%s: %s, expected %s (%s)", what, linkwa_status_name(status), linkwa_status_name(wanted), message ? message : "no error");
    return false;
}
