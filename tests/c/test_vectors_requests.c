/* tests/vectors/request-*.json: the findings of linkwa_validate(), and the bytes or errors of linkwa_build_request(). */
#include <string.h>

#include "vectors.h"

typedef linkwa_status (*build_function)(const char *json, size_t len, linkwa_buffer **buffer, linkwa_error **err);
typedef linkwa_status (*validate_function)(const char *json, size_t len, linkwa_findings **findings, linkwa_error **err);

/* Builds the output again: it must stay the same. */
static void build_again(struct run *run, build_function build, const linkwa_buffer *first, const struct value *wanted) {
    linkwa_buffer *again = NULL;
    linkwa_error *err = NULL;
    linkwa_status status = build(linkwa_buffer_data(first), linkwa_buffer_len(first), &again, &err);
    if (compare_status(run, "linkwa_build_request again", status, LINKWA_OK, err)) {
        compare_text(run, "second output", linkwa_buffer_data(again), linkwa_buffer_len(again), wanted);
    }
    linkwa_buffer_free(again);
    linkwa_error_free(err);
}

static bool has_error(const struct value *findings) {
    for (size_t i = 0; i < findings->count; i++) {
        if (value_is(value_needed(&findings->items[i], "severity"), "error")) {
            return true;
        }
    }
    return false;
}

static void run_one(struct run *run, void *data) {
    (void)data;
    const struct value *input = value_needed(run->vector, "input");
    const struct value *wanted = value_needed(run->vector, "findings");
    const struct value *output = value_member(run->vector, "output");

    const bool extensions = value_member(run->vector, "extensions");
    const validate_function validate = extensions ? linkwa_validate_with_extensions : linkwa_validate;
    const build_function build = extensions ? linkwa_build_request_with_extensions : linkwa_build_request;

    linkwa_findings *findings = NULL;
    linkwa_error *err = NULL;
    linkwa_status status = validate(input->bytes, input->len, &findings, &err);
    if (compare_status(run, "linkwa_validate", status, LINKWA_OK, err)) {
        compare_findings(run, "linkwa_validate", findings, wanted);
    }
    linkwa_findings_free(findings);
    linkwa_error_free(err);

    linkwa_buffer *buffer = NULL;
    err = NULL;
    status = build(input->bytes, input->len, &buffer, &err);
    if (has_error(wanted)) {
        if (compare_status(run, "linkwa_build_request", status, LINKWA_INVALID_REQUEST, err)) {
            compare_findings(run, "linkwa_build_request", linkwa_error_findings(err), wanted);
            compare_status(run, "linkwa_error_code", linkwa_error_code(err), LINKWA_INVALID_REQUEST, err);
        }
        if (buffer) {
            wrong(run, "linkwa_build_request wrote a buffer, although it failed");
        }
    } else if (compare_status(run, "linkwa_build_request", status, LINKWA_OK, err)) {
        const struct value *posted = output ? output : input;
        compare_text(run, "output", linkwa_buffer_data(buffer), linkwa_buffer_len(buffer), posted);
        build_again(run, build, buffer, posted);
        if (err) {
            wrong(run, "linkwa_build_request wrote an error, although all went well");
        }
    }
    linkwa_buffer_free(buffer);
    linkwa_error_free(err);
}

int main(void) {
    return run_vectors("request", 1300, run_one, NULL);
}
