/* The numbers of every enum, which never change, and their words. */
#include <stdio.h>
#include <string.h>

#include <linkwa.h>

#include "tap.h"

enum { NONE_99 = 99 };

struct word {
    unsigned number;
    unsigned fixed;
    const char *word;
};

#define COUNT(words) (sizeof(words) / sizeof *(words))

static void statuses(void) {
    static const struct word words[] = {
        {LINKWA_OK, 0, "ok"},
        {LINKWA_INVALID_CONFIG, 1, "invalid_config"},
        {LINKWA_INVALID_ARGUMENT, 2, "invalid_argument"},
        {LINKWA_INVALID_REQUEST, 3, "invalid_request"},
        {LINKWA_REJECTED, 4, "rejected"},
        {LINKWA_NOT_SENT, 5, "not_sent"},
        {LINKWA_OUTCOME_UNKNOWN, 6, "outcome_unknown"},
        {LINKWA_INVALID_CALLBACK, 7, "invalid_callback"},
        {LINKWA_INTERNAL, 8, "internal"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "status %s: its number", words[i].word);
        is_str(linkwa_status_name((linkwa_status)words[i].number), words[i].word, "status %s: its word", words[i].word);
    }
    is_str(linkwa_status_name((linkwa_status)9), NULL, "status 9: none");
    is_str(linkwa_status_name((linkwa_status)NONE_99), NULL, "status 99: none");
    is_str(linkwa_status_name((linkwa_status)0xffffffffu), NULL, "status 0xffffffff: none");
}

static void outcomes(void) {
    static const struct word words[] = {
        {LINKWA_MESSAGE_NONE, 0, "none"},
        {LINKWA_MESSAGE_REJECTED, 1, "rejected"},
        {LINKWA_MESSAGE_NOT_SENT, 2, "not_sent"},
        {LINKWA_MESSAGE_UNKNOWN, 3, "unknown"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "outcome %s: its number", words[i].word);
        is_str(linkwa_outcome_name((linkwa_outcome)words[i].number), words[i].word, "outcome %s: its word", words[i].word);
    }
    is_str(linkwa_outcome_name((linkwa_outcome)4), NULL, "outcome 4: none");
    is_str(linkwa_outcome_name((linkwa_outcome)NONE_99), NULL, "outcome 99: none");
    is_str(linkwa_outcome_name((linkwa_outcome)0xffffffffu), NULL, "outcome 0xffffffff: none");
}

static void dispositions(void) {
    static const struct word words[] = {
        {LINKWA_DISPOSITION_NONE, 0, "none"},
        {LINKWA_DISPOSITION_RETRY, 1, "retry"},
        {LINKWA_DISPOSITION_FAIL, 2, "fail"},
        {LINKWA_DISPOSITION_PARK, 3, "park"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "disposition %s: its number", words[i].word);
        is_str(linkwa_disposition_name((linkwa_disposition)words[i].number), words[i].word, "disposition %s: its word", words[i].word);
    }
    is_str(linkwa_disposition_name((linkwa_disposition)4), NULL, "disposition 4: none");
    is_str(linkwa_disposition_name((linkwa_disposition)NONE_99), NULL, "disposition 99: none");
    is_str(linkwa_disposition_name((linkwa_disposition)0xffffffffu), NULL, "disposition 0xffffffff: none");
}

static void reasons(void) {
    static const struct word words[] = {
        {LINKWA_REASON_NONE, 0, "none"},
        {LINKWA_REASON_DNS, 1, "dns"},
        {LINKWA_REASON_CONNECT, 2, "connect"},
        {LINKWA_REASON_TLS, 3, "tls"},
        {LINKWA_REASON_PROXY, 4, "proxy"},
        {LINKWA_REASON_DEADLINE, 5, "deadline"},
        {LINKWA_REASON_CANCELLED, 6, "cancelled"},
        {LINKWA_REASON_QUEUE_FULL, 7, "queue_full"},
        {LINKWA_REASON_CLOSED, 8, "closed"},
        {LINKWA_REASON_CONNECTION_LOST, 9, "connection_lost"},
        {LINKWA_REASON_INVALID_RESPONSE, 10, "invalid_response"},
        {LINKWA_REASON_SERVER_ERROR, 11, "server_error"},
        {LINKWA_REASON_STORE, 12, "store"},
        {LINKWA_REASON_IN_DOUBT, 13, "in_doubt"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "reason %s: its number", words[i].word);
        is_str(linkwa_reason_name((linkwa_reason)words[i].number), words[i].word, "reason %s: its word", words[i].word);
    }
    is_str(linkwa_reason_name((linkwa_reason)14), NULL, "reason 14: none");
    is_str(linkwa_reason_name((linkwa_reason)NONE_99), NULL, "reason 99: none");
    is_str(linkwa_reason_name((linkwa_reason)0xffffffffu), NULL, "reason 0xffffffff: none");
}

static void severities(void) {
    static const struct word words[] = {
        {LINKWA_SEVERITY_NONE, 0, "none"},
        {LINKWA_SEVERITY_ERROR, 1, "error"},
        {LINKWA_SEVERITY_WARNING, 2, "warning"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "severity %s: its number", words[i].word);
        is_str(linkwa_severity_name((linkwa_severity)words[i].number), words[i].word, "severity %s: its word", words[i].word);
    }
    is_str(linkwa_severity_name((linkwa_severity)3), NULL, "severity 3: none");
    is_str(linkwa_severity_name((linkwa_severity)NONE_99), NULL, "severity 99: none");
    is_str(linkwa_severity_name((linkwa_severity)0xffffffffu), NULL, "severity 0xffffffff: none");
}

static void log_levels(void) {
    static const struct word words[] = {
        {LINKWA_LOG_OFF, 0, "off"},
        {LINKWA_LOG_ERROR, 1, "error"},
        {LINKWA_LOG_WARN, 2, "warn"},
        {LINKWA_LOG_INFO, 3, "info"},
        {LINKWA_LOG_DEBUG, 4, "debug"},
        {LINKWA_LOG_TRACE, 5, "trace"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "log level %s: its number", words[i].word);
        is_str(linkwa_log_level_name((linkwa_log_level)words[i].number), words[i].word, "log level %s: its word", words[i].word);
    }
    is_str(linkwa_log_level_name((linkwa_log_level)6), NULL, "log level 6: none");
    is_str(linkwa_log_level_name((linkwa_log_level)NONE_99), NULL, "log level 99: none");
    is_str(linkwa_log_level_name((linkwa_log_level)0xffffffffu), NULL, "log level 0xffffffff: none");
}

static void event_statuses(void) {
    static const struct word words[] = {
        {LINKWA_EVENT_NONE, 0, "none"},
        {LINKWA_EVENT_QUEUED, 1, "queued"},
        {LINKWA_EVENT_SENT, 2, "sent"},
        {LINKWA_EVENT_DELIVERED, 3, "delivered"},
        {LINKWA_EVENT_FAILED, 4, "failed"},
        {LINKWA_EVENT_OTHER, 5, "other"},
        {LINKWA_EVENT_READ, 6, "read"},
        {LINKWA_EVENT_DELETED, 7, "deleted"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "event status %s: its number", words[i].word);
        is_str(linkwa_event_status_name((linkwa_event_status)words[i].number), words[i].word, "event status %s: its word",
            words[i].word);
    }
    is_str(linkwa_event_status_name((linkwa_event_status)8), NULL, "event status 8: none");
    for (unsigned number = 0; number < 9; number++) {
        bool delivered = number == LINKWA_EVENT_DELIVERED || number == LINKWA_EVENT_READ || number == LINKWA_EVENT_DELETED;
        is_int(linkwa_event_status_is_delivered((linkwa_event_status)number), delivered, "event status %u: delivered or not", number);
    }
    is_str(linkwa_event_status_name((linkwa_event_status)NONE_99), NULL, "event status 99: none");
    is_str(linkwa_event_status_name((linkwa_event_status)0xffffffffu), NULL, "event status 0xffffffff: none");
}

static void observed_kinds(void) {
    static const struct word words[] = {
        {LINKWA_OBSERVED_SEND_QUEUED, 1, "send_queued"},
        {LINKWA_OBSERVED_ATTEMPT_BEGUN, 2, "attempt_begun"},
        {LINKWA_OBSERVED_PHASE_REACHED, 3, "phase_reached"},
        {LINKWA_OBSERVED_ATTEMPT_ENDED, 4, "attempt_ended"},
        {LINKWA_OBSERVED_SEND_ENDED, 5, "send_ended"},
        {LINKWA_OBSERVED_RUN_WAITING, 6, "run_waiting"},
        {LINKWA_OBSERVED_CALLBACK_ACCEPTED, 7, "callback_accepted"},
        {LINKWA_OBSERVED_CALLBACK_REFUSED, 8, "callback_refused"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "observed %s: its number", words[i].word);
        is_str(linkwa_observed_name((linkwa_observed)words[i].number), words[i].word, "observed %s: its word", words[i].word);
    }
    is_str(linkwa_observed_name((linkwa_observed)0), NULL, "observed 0: none");
    is_str(linkwa_observed_name((linkwa_observed)9), NULL, "observed 9: none");
    is_str(linkwa_observed_name((linkwa_observed)0xffffffffu), NULL, "observed 0xffffffff: none");
}

static void phases(void) {
    static const struct word words[] = {
        {LINKWA_PHASE_NONE, 0, "none"},
        {LINKWA_PHASE_DNS, 1, "dns"},
        {LINKWA_PHASE_CONNECT, 2, "connect"},
        {LINKWA_PHASE_TLS, 3, "tls"},
        {LINKWA_PHASE_BODY, 4, "body"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "phase %s: its number", words[i].word);
        is_str(linkwa_phase_name((linkwa_phase)words[i].number), words[i].word, "phase %s: its word", words[i].word);
    }
    is_str(linkwa_phase_name((linkwa_phase)5), NULL, "phase 5: none");
    is_str(linkwa_phase_name((linkwa_phase)0xffffffffu), NULL, "phase 0xffffffff: none");
}

static void endings(void) {
    static const struct word words[] = {
        {LINKWA_ENDING_NONE, 0, "none"},
        {LINKWA_ENDING_REJECTED, LINKWA_MESSAGE_REJECTED, "rejected"},
        {LINKWA_ENDING_NOT_SENT, LINKWA_MESSAGE_NOT_SENT, "not_sent"},
        {LINKWA_ENDING_UNKNOWN, LINKWA_MESSAGE_UNKNOWN, "unknown"},
        {LINKWA_ENDING_ACCEPTED, 4, "accepted"},
        {LINKWA_ENDING_ANSWERED, 5, "answered"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "ending %s: its number", words[i].word);
        is_str(linkwa_ending_name((linkwa_ending)words[i].number), words[i].word, "ending %s: its word", words[i].word);
    }
    is_str(linkwa_ending_name((linkwa_ending)6), NULL, "ending 6: none");
    is_str(linkwa_ending_name((linkwa_ending)0xffffffffu), NULL, "ending 0xffffffff: none");
}

static void resolutions(void) {
    static const struct word words[] = {
        {LINKWA_RESOLUTION_UNKNOWN, 0, "unknown"},
        {LINKWA_RESOLUTION_ACCEPTED, 1, "accepted"},
        {LINKWA_RESOLUTION_FAILED, 2, "failed"},
        {LINKWA_RESOLUTION_MESSAGE_FAILED, 3, "message_failed"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "resolution %s: its number", words[i].word);
        is_str(linkwa_resolution_name((linkwa_resolution)words[i].number), words[i].word, "resolution %s: its word", words[i].word);
    }
    is_str(linkwa_resolution_name((linkwa_resolution)4), NULL, "resolution 4: none");
    is_str(linkwa_resolution_name((linkwa_resolution)NONE_99), NULL, "resolution 99: none");
    is_str(linkwa_resolution_name((linkwa_resolution)0xffffffffu), NULL, "resolution 0xffffffff: none");
}

static void refusals(void) {
    static const struct word words[] = {
        {LINKWA_REFUSAL_NONE, 0, "none"},
        {LINKWA_REFUSAL_ADDRESS, 1, "address"},
        {LINKWA_REFUSAL_FORWARDED, 2, "forwarded"},
        {LINKWA_REFUSAL_CREDENTIALS, 3, "credentials"},
        {LINKWA_REFUSAL_HEADER, 4, "header"},
        {LINKWA_REFUSAL_TOO_LARGE, 5, "too_large"},
        {LINKWA_REFUSAL_UNUSABLE, 6, "unusable"},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        is_int(words[i].number, words[i].fixed, "refusal %s: its number", words[i].word);
        is_str(linkwa_refusal_name((linkwa_refusal)words[i].number), words[i].word, "refusal %s: its word", words[i].word);
    }
    is_str(linkwa_refusal_name((linkwa_refusal)7), NULL, "refusal 7: none");
    is_str(linkwa_refusal_name((linkwa_refusal)NONE_99), NULL, "refusal 99: none");
    is_str(linkwa_refusal_name((linkwa_refusal)0xffffffffu), NULL, "refusal 0xffffffff: none");
}

static void numbers_without_words(void) {
    is_int(LINKWA_PRIORITY_LOW, 1, "priority low: its number");
    is_int(LINKWA_PRIORITY_NORMAL, 2, "priority normal: its number");
    is_int(LINKWA_PRIORITY_HIGH, 3, "priority high: its number");
    is_int(LINKWA_KIND_NONE, 0, "kind none: its number");
    is_int(LINKWA_EVENT_REPORT, 1, "kind event report: its number");
    is_int(LINKWA_RECEIVED_MESSAGE, 2, "kind received message: its number");
    is_int(LINKWA_PARAMETERS_CUSTOM, 1, "parameters custom: their number");
    is_int(LINKWA_PARAMETERS_GATE_CUSTOM, 2, "parameters gate custom: their number");
    is_int(LINKWA_PARAMETERS_ROUTE_CUSTOM, 3, "parameters route custom: their number");
    is_int(LINKWA_OBJECT_CALLBACK, 1, "object callback: its number");
    is_int(LINKWA_OBJECT_CONTENT, 2, "object content: its number");
    is_int(LINKWA_OBJECT_MESSAGE, 3, "object message: its number");
    is_int(LINKWA_OBJECT_BUTTON, 4, "object button: its number");
    is_int(LINKWA_OBJECT_CONTEXT, 5, "object context: its number");
    is_int(LINKWA_OBJECT_ROUTE, 6, "object route: its number");
}

/* Result codes are the gateway's numbers. */
static void result_codes(void) {
    static const struct {
        int64_t code;
        const char *name;
        bool is_success, is_failure, is_final, should_contact_support;
    } codes[] = {
        {112000, "unknown_error", false, true, true, true},
        {112001, "queued", true, false, false, false},
        {112002, "sent", true, false, false, false},
        {112003, "delivered", true, false, true, false},
        {112004, "ok", true, false, false, false},
        {112005, "received", true, false, false, false},
        {112400, "unauthorized", false, true, true, true},
        {112401, "no_access", false, true, true, true},
        {112402, "bad_request", false, true, true, false},
        {112403, "not_delivered", false, true, true, false},
        {112404, "invalid_contact", false, true, true, false},
        {112405, "failed_authentication", false, true, true, true},
        {112406, "failed_wa_request", false, true, true, true},
        {112500, "server_error", false, true, true, true},
    };
    for (size_t i = 0; i < COUNT(codes); i++) {
        int64_t code = codes[i].code;
        is_str(linkwa_result_code_name(code), codes[i].name, "result code %lld: its name", (long long)code);
        ok(linkwa_result_code_explanation(code) != NULL, "result code %lld: it is explained", (long long)code);
        ok(linkwa_result_code_is_success(code) == codes[i].is_success, "result code %lld: success", (long long)code);
        ok(linkwa_result_code_is_failure(code) == codes[i].is_failure, "result code %lld: failure", (long long)code);
        ok(linkwa_result_code_is_final(code) == codes[i].is_final, "result code %lld: final", (long long)code);
        ok(linkwa_result_code_should_contact_support(code) == codes[i].should_contact_support, "result code %lld: support",
            (long long)code);
    }
    static const int64_t none[] = {0, -1, 99, 112999, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < COUNT(none); i++) {
        is_str(linkwa_result_code_name(none[i]), NULL, "result code %lld: no name", (long long)none[i]);
        ok(linkwa_result_code_explanation(none[i]) != NULL, "result code %lld: that it is not listed is explained", (long long)none[i]);
        ok(!linkwa_result_code_is_success(none[i]) && !linkwa_result_code_is_failure(none[i]) && !linkwa_result_code_is_final(none[i]) &&
               !linkwa_result_code_should_contact_support(none[i]),
            "result code %lld: nothing is known of it", (long long)none[i]);
    }
}

static void versions(void) {
    is_str(linkwa_version(), LINKWA_VERSION, "the library has the version of the header");
    char numbers[64];
    snprintf(numbers, sizeof numbers, "%d.%d.%d", LINKWA_VERSION_MAJOR, LINKWA_VERSION_MINOR, LINKWA_VERSION_PATCH);
    ok(strncmp(LINKWA_VERSION, numbers, strlen(numbers)) == 0, "the version in numbers: %s", numbers);
#if LINKWA_VERSION_MAJOR < 0 || LINKWA_VERSION_MINOR < 0 || LINKWA_VERSION_PATCH < 0
    ok(false, "the numbers are some for the preprocessor");
#endif
    is_int(linkwa_abi_version(), LINKWA_ABI_VERSION, "the library has the ABI version of the header");
    is_int(LINKWA_ABI_VERSION, 1, "the ABI version");
}

int main(void) {
    statuses();
    outcomes();
    dispositions();
    reasons();
    severities();
    log_levels();
    event_statuses();
    observed_kinds();
    phases();
    endings();
    resolutions();
    refusals();
    numbers_without_words();
    result_codes();
    versions();
    return done();
}
