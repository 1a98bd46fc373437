/* Findings of validation. */
#include <string.h>

#include "help.h"

static linkwa_findings *found_in(const char *json, size_t len) {
    linkwa_findings *findings = NULL;
    linkwa_error *err = NULL;
    if (linkwa_validate(json, len, &findings, &err) != LINKWA_OK) {
        bail_out("linkwa_validate fails: %s", linkwa_error_message(err));
    }
    return findings;
}

static void no_findings(void) {
    linkwa_findings *findings = found_in(WHOLE(TO), strlen(WHOLE(TO)));
    is_int(linkwa_findings_len(findings), 0, "a request in order: no findings");
    ok(linkwa_findings_path(findings, 0) == NULL, "no first path");
    ok(linkwa_findings_code(findings, 0) == NULL, "no first code");
    ok(linkwa_findings_message(findings, 0) == NULL, "no first message");
    is_int(linkwa_findings_severity(findings, 0), LINKWA_SEVERITY_NONE, "no first severity");
    linkwa_findings_free(findings);
}

static void errors_and_warnings(void) {
    static const char json[] =
        "{\"platformId\":\"p\",\"platformPartnerId\":\"pp\",\"priority\":\"HIHG\",\"refId\":\"r\",\"source\":\"" FROM "\","
        "\"destinations\":[\"+46 70-000 00 01\",\"SE.1349abc\"],\"messages\":[{\"type\":\"text\",\"text\":{\"body\":\"\"}}]}";
    static const struct {
        const char *path, *code;
        linkwa_severity severity;
        const char *suggestion;
    } expected[] = {
        {"priority", "unknown_value", LINKWA_SEVERITY_ERROR, "HIGH"},
        {"destinations[0]", "invalid_msisdn", LINKWA_SEVERITY_ERROR, "+46700000001"},
        {"destinations[1]", "not_msisdn", LINKWA_SEVERITY_WARNING, NULL},
        {"messages[0].text.body", "empty", LINKWA_SEVERITY_ERROR, NULL},
    };
    enum { EXPECTED = sizeof expected / sizeof *expected };
    linkwa_findings *findings = found_in(json, sizeof json - 1);
    is_int(linkwa_findings_len(findings), EXPECTED, "every finding is given");
    for (size_t i = 0; i < EXPECTED; i++) {
        is_str(linkwa_findings_path(findings, i), expected[i].path, "finding %d: its path", (int)i);
        is_str(linkwa_findings_code(findings, i), expected[i].code, "finding %d: its code", (int)i);
        is_int(linkwa_findings_severity(findings, i), expected[i].severity, "finding %d: its severity", (int)i);
        is_str(linkwa_findings_suggestion(findings, i), expected[i].suggestion, "finding %d: its suggestion", (int)i);
        const char *message = linkwa_findings_message(findings, i);
        ok(message && !contains(message, "70"), "finding %d: its message repeats no number", (int)i);
        ok(message && strlen(message) > 10, "finding %d: its message: %s", (int)i, message);
        is_int(linkwa_findings_text_len(findings, message), strlen(message), "finding %d: its message's length", (int)i);
        ok(linkwa_findings_path(findings, i) == linkwa_findings_path(findings, i), "finding %d: its path stays where it is", (int)i);
    }
    static const size_t beyond[] = {EXPECTED, EXPECTED + 1, SIZE_MAX / 2, SIZE_MAX};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        ok(linkwa_findings_path(findings, beyond[i]) == NULL && linkwa_findings_code(findings, beyond[i]) == NULL &&
               linkwa_findings_message(findings, beyond[i]) == NULL && linkwa_findings_suggestion(findings, beyond[i]) == NULL &&
               linkwa_findings_severity(findings, beyond[i]) == LINKWA_SEVERITY_NONE,
            "there is no finding %zu", beyond[i]);
    }
    linkwa_findings_free(findings);
}

/* A field's name may contain U+0000. */
static void embedded_nul(void) {
    static const char json[] = "{\"a\\u0000b\":1}";
    linkwa_findings *findings = found_in(json, sizeof json - 1);
    const char *path = linkwa_findings_path(findings, 0);
    is_int(linkwa_findings_text_len(findings, path), 3, "a path with U+0000 in it: three bytes");
    ok(path && memcmp(path, "a\0b", 4) == 0, "a path with U+0000 in it, and a NUL behind it");
    is_str(linkwa_findings_code(findings, 0), "unknown_field", "and its code");
    linkwa_findings_free(findings);
}

static void text_len(void) {
    linkwa_findings *findings = found_in("{}", 2);
    const char *code = linkwa_findings_code(findings, 0);
    ok(code != NULL, "an empty object has findings");
    is_int(linkwa_findings_text_len(findings, code), strlen(code), "text_len: of a code");
    is_int(linkwa_findings_text_len(findings, NULL), 0, "text_len: 0 for no text");
    is_int(linkwa_findings_text_len(findings, "required"), 0, "text_len: 0 for the caller's text");
    is_int(linkwa_findings_text_len(findings, code + 1), 0, "text_len: 0 for a place inside a text");
    is_int(linkwa_findings_text_len(NULL, code), 0, "text_len: 0 of no findings");
    linkwa_findings_free(findings);
}

static void no_json(void) {
    static const struct {
        const char *bytes;
        size_t len;
        const char *what;
    } cases[] = {
        {"", 0, "nothing"},
        {"x", 1, "no JSON"},
        {"[]", 2, "a list"},
        {"{", 1, "half an object"},
        {"{}\0", 3, "a NUL behind the object"},
        {"{\"a\":\"\xff\"}", 9, "bytes that are not UTF-8"},
        {"{\"a\":\"\\ud800\"}", 14, "a lone surrogate"},
        {"\xef\xbb\xbf{}", 5, "a byte order mark"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        linkwa_findings *findings = found_in(cases[i].bytes, cases[i].len);
        is_int(linkwa_findings_len(findings), 1, "%s: one finding", cases[i].what);
        is_str(linkwa_findings_path(findings, 0), "", "%s: of the whole", cases[i].what);
        is_str(linkwa_findings_code(findings, 0), "invalid_json", "%s: its code", cases[i].what);
        linkwa_findings_free(findings);
    }
}

static void null_arguments(void) {
    linkwa_findings *findings = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_validate(NULL, 0, &findings, &err), LINKWA_INVALID_ARGUMENT, "linkwa_validate: json may not be NULL");
    ok(findings == NULL, "nothing is written then");
    ok(contains(linkwa_error_message(err), "`json` is NULL"), "the error says so: %s", linkwa_error_message(err));
    linkwa_error_free(err);
    is_status(linkwa_validate("{}", 2, NULL, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_validate: findings may not be NULL");
    is_status(linkwa_validate("{}", 2, &findings, NULL), LINKWA_OK, "linkwa_validate: err may be NULL");
    linkwa_findings_free(findings);
    is_int(linkwa_findings_len(NULL), 0, "linkwa_findings_len: 0 for NULL");
    ok(linkwa_findings_path(NULL, 0) == NULL, "linkwa_findings_path: NULL for NULL");
    ok(linkwa_findings_code(NULL, 0) == NULL, "linkwa_findings_code: NULL for NULL");
    ok(linkwa_findings_message(NULL, 0) == NULL, "linkwa_findings_message: NULL for NULL");
    is_int(linkwa_findings_severity(NULL, 0), LINKWA_SEVERITY_NONE, "linkwa_findings_severity: none for NULL");
    ok(linkwa_findings_suggestion(NULL, 0) == NULL, "linkwa_findings_suggestion: NULL for NULL");
    linkwa_findings_free(NULL);
    ok(true, "linkwa_findings_free: NULL is fine");
}

static void destinations(void) {
    static const struct {
        const char *number, *code, *suggestion;
    } numbers[] = {{"+46000000001", NULL, NULL}, {"+46 70 000 00 01", "invalid_msisdn", "+46700000001"}, {"SE.1349abc", "not_msisdn", NULL}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        linkwa_findings *findings = NULL;
        is_status(linkwa_check_destination(numbers[i].number, &findings, NULL), LINKWA_OK, "linkwa_check_destination %d", (int)i);
        is_int(linkwa_findings_len(findings), numbers[i].code != NULL, "its findings");
        is_str(linkwa_findings_code(findings, 0), numbers[i].code, "its code");
        is_str(linkwa_findings_suggestion(findings, 0), numbers[i].suggestion, "its suggestion");
        linkwa_findings_free(findings);
    }
    linkwa_findings *findings = NULL;
    is_status(linkwa_check_destination(NULL, &findings, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_check_destination of NULL");
    is_status(linkwa_check_destination("x", NULL, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_check_destination into NULL");
}

int main(void) {
    no_findings();
    errors_and_warnings();
    embedded_nul();
    text_len();
    no_json();
    destinations();
    null_arguments();
    return done();
}
