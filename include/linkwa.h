/*
 * linkwa: WhatsApp messages through LINK Mobility.
 *
 * Generated from the library's source; do not edit.
 *
 * OWNERSHIP. What a function whose name ends in _new, or one that writes to a place, gives is yours: give it to its _free
 * function, once. _free(NULL) does nothing. What a getter gives belongs to the object it was asked of and lives as long as that.
 * What you give is copied; it need only live as long as the call.
 *
 * TEXTS. Texts that you give end with NUL and are UTF-8. Texts that you get are UTF-8, end with NUL, and NULL says that there is
 * none. Values that come from others (the gateway, a callback, field names of a request) may hold U+0000, where strlen() stops; the
 * object's _text_len() function tells the whole length.
 *
 * ERRORS. A function that can fail gives a linkwa_status, LINKWA_OK (0) if all went well. It writes to its places only then. If `err`
 * is not NULL it gets an error object, which is yours, whenever the status is another one, and is left alone otherwise. Setters have
 * no `err`: they give a status, and the object remembers the first thing that went wrong; whatever uses the object then fails with
 * it. No argument that is NULL, not UTF-8, empty, or a number that an enum does not have makes a function crash.
 *
 * THREADS. Every object may be used by several threads at once, the ones with setters too; each function says so. Only freeing is
 * different: it must be the last use. A client may be used in a forked child.
 *
 * YOUR FUNCTIONS. The library calls yours as each type of function says. They must return: no longjmp(), no C++ exception.
 *
 * WHAT CANNOT BE CHECKED. A pointer that is not NULL must point to what its type says, an array must be as long as you say, and an
 * object must not be used after it was freed, or freed twice. Nothing can tell, and anything may happen then.
 */

#ifndef LINKWA_H
#define LINKWA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header's library. */
#define LINKWA_VERSION "0.1.0"

/**
 * How a call went. The numbers are fixed and never used again for anything else.
 */
typedef enum {
    /**
     * All went well.
     */
    LINKWA_OK = 0,
    /**
     * A client that cannot work: an unknown region, plain http:// to another machine, a line break in a credential. Also a
     * stored checkpoint or tracker that is none.
     */
    LINKWA_INVALID_CONFIG = 1,
    /**
     * A NULL that may not be one, a text that is not UTF-8, a number that an enum does not have. Nothing was done.
     */
    LINKWA_INVALID_ARGUMENT = 2,
    /**
     * Validation found errors; nothing was sent. See linkwa_error_findings().
     */
    LINKWA_INVALID_REQUEST = 3,
    /**
     * The gateway said no.
     */
    LINKWA_REJECTED = 4,
    /**
     * No byte of the message left this machine, and none will: it may be sent again. See linkwa_error_reason().
     */
    LINKWA_NOT_SENT = 5,
    /**
     * The message may have been accepted. Do not send it again: look for the event report of its refId.
     */
    LINKWA_OUTCOME_UNKNOWN = 6,
    /**
     * A callback that is malformed. See linkwa_error_path() and linkwa_error_position().
     */
    LINKWA_INVALID_CALLBACK = 7,
    /**
     * A bug of this library, caught; the program can go on. See linkwa_error_outcome().
     */
    LINKWA_INTERNAL = 8,
} linkwa_status;

/**
 * What is known about a message whose send failed.
 */
typedef enum {
    /**
     * No message was being sent.
     */
    LINKWA_MESSAGE_NONE = 0,
    /**
     * The gateway said no.
     */
    LINKWA_MESSAGE_REJECTED = 1,
    /**
     * No byte of it left this machine, and none will: it may be sent again.
     */
    LINKWA_MESSAGE_NOT_SENT = 2,
    /**
     * It may have been accepted. Do not send it again: look for the event report of its refId.
     */
    LINKWA_MESSAGE_UNKNOWN = 3,
} linkwa_outcome;

/**
 * Why a message was not sent (the first eight), or why its outcome is unknown (deadline, cancelled, and the last three).
 */
typedef enum {
    /**
     * The error has no reason.
     */
    LINKWA_REASON_NONE = 0,
    /**
     * The host name could not be resolved.
     */
    LINKWA_REASON_DNS = 1,
    /**
     * No connection to the gateway could be made, or it broke before the message left.
     */
    LINKWA_REASON_CONNECT = 2,
    /**
     * The gateway's certificate was not accepted, or the TLS handshake failed.
     */
    LINKWA_REASON_TLS = 3,
    /**
     * The proxy refused, or could not be reached.
     */
    LINKWA_REASON_PROXY = 4,
    /**
     * The time was up.
     */
    LINKWA_REASON_DEADLINE = 5,
    /**
     * The caller cancelled.
     */
    LINKWA_REASON_CANCELLED = 6,
    /**
     * Too many sends are waiting already.
     */
    LINKWA_REASON_QUEUE_FULL = 7,
    /**
     * The client is closed.
     */
    LINKWA_REASON_CLOSED = 8,
    /**
     * The connection broke after the message had begun to leave.
     */
    LINKWA_REASON_CUT = 9,
    /**
     * The gateway answered something that cannot be read.
     */
    LINKWA_REASON_UNREADABLE = 10,
    /**
     * The gateway had an error of its own.
     */
    LINKWA_REASON_SERVER_ERROR = 11,
} linkwa_reason;

/**
 * How grave a finding is.
 */
typedef enum {
    /**
     * There is no such finding.
     */
    LINKWA_SEVERITY_NONE = 0,
    /**
     * The request is not sent.
     */
    LINKWA_SEVERITY_ERROR = 1,
    /**
     * The request is sent, unless the client is strict.
     */
    LINKWA_SEVERITY_WARNING = 2,
} linkwa_severity;

/**
 * Bytes that the library made for the caller: a request, a reference, a stored tracker. They do not change; threads may
 * share them.
 */
typedef struct linkwa_buffer linkwa_buffer;

/**
 * Why a call failed, and what is known about the message. It does not change; threads may share it.
 */
typedef struct linkwa_error linkwa_error;

/**
 * What validation found, in the order of the request: a list that does not change. linkwa_validate() gives one, and so do
 * linkwa_error_findings() and linkwa_result_warnings(). Threads may share it.
 */
typedef struct linkwa_findings linkwa_findings;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The bytes, with a NUL behind them; NULL for NULL.
 *
 * They belong to the buffer and live as long as it. Threads may share it.
 */
const char *linkwa_buffer_data(const linkwa_buffer *buffer);

/**
 * How many bytes there are, the NUL behind them not counted; 0 for NULL.
 *
 * Threads may share the buffer.
 */
size_t linkwa_buffer_len(const linkwa_buffer *buffer);

/**
 * Frees a buffer and its bytes. NULL is fine.
 *
 * No other thread may be using it.
 */
void linkwa_buffer_free(linkwa_buffer *buffer);

/**
 * What kind of error it is: the status that the call gave. LINKWA_INVALID_ARGUMENT for NULL.
 *
 * Threads may share the error.
 */
linkwa_status linkwa_error_code(const linkwa_error *error);

/**
 * What happened, in words for people, on one line or several; words may change. It names paths and never a credential or a
 * value of a callback. NULL for NULL.
 *
 * The text belongs to the error and lives as long as it. Threads may share the error.
 */
const char *linkwa_error_message(const linkwa_error *error);

/**
 * What is known about the message; LINKWA_MESSAGE_NONE if none was being sent, and for NULL.
 *
 * Threads may share the error.
 */
linkwa_outcome linkwa_error_outcome(const linkwa_error *error);

/**
 * Why the message was not sent, or why its outcome is unknown; LINKWA_REASON_NONE for other errors, and for NULL.
 *
 * Threads may share the error.
 */
linkwa_reason linkwa_error_reason(const linkwa_error *error);

/**
 * The reference of the request, also where the library made it; event reports carry it. NULL if there is none.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len(). Threads may share the error.
 */
const char *linkwa_error_ref_id(const linkwa_error *error);

/**
 * The HTTP status of the gateway's answer; 0 if there was none.
 *
 * Threads may share the error.
 */
int32_t linkwa_error_http_status(const linkwa_error *error);

/**
 * Whether the gateway's answer has a result code (rules ), which is written to `code` then; `code` may be NULL.
 *
 * Threads may share the error.
 */
bool linkwa_error_result_code(const linkwa_error *error,
                              int64_t *code);

/**
 * The gateway's description (rule R-2), in its own words, which may repeat values of the request. NULL if there is none.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len(). Threads may share the error.
 */
const char *linkwa_error_description(const linkwa_error *error);

/**
 * The gateway's description in another language (rule R-2). NULL if there is none.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len(). Threads may share the error.
 */
const char *linkwa_error_translated_description(const linkwa_error *error);

/**
 * How long the gateway asked to wait (`Retry-After`), in milliseconds; -1 if it did not.
 *
 * Threads may share the error.
 */
int64_t linkwa_error_retry_after_ms(const linkwa_error *error);

/**
 * The body of the gateway's answer as it came, at most 64 KiB of it, with a NUL behind it; its length is
 * linkwa_error_response_body_len(). NULL if there was no answer.
 *
 * The bytes belong to the error and live as long as it. Threads may share the error.
 */
const char *linkwa_error_response_body(const linkwa_error *error);

/**
 * How many bytes linkwa_error_response_body() has; 0 if there was no answer.
 *
 * Threads may share the error.
 */
size_t linkwa_error_response_body_len(const linkwa_error *error);

/**
 * Where a callback is malformed (LINKWA_INVALID_CALLBACK), in the wire's words; empty for the callback as a whole. NULL for
 * other errors.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len(). Threads may share the error.
 */
const char *linkwa_error_path(const linkwa_error *error);

/**
 * At which byte, from 0, a callback is malformed (LINKWA_INVALID_CALLBACK); -1 for other errors.
 *
 * Threads may share the error.
 */
int64_t linkwa_error_position(const linkwa_error *error);

/**
 * Everything that validation found (LINKWA_INVALID_REQUEST), warnings included; an empty list for other errors. NULL for
 * NULL.
 *
 * The list belongs to the error and lives as long as it: do not free it. Threads may share both.
 */
const linkwa_findings *linkwa_error_findings(const linkwa_error *error);

/**
 * How many bytes a text has that this error gave, the NUL behind it not counted: more than strlen() says if it holds
 * U+0000. 0 for any other pointer.
 *
 * Threads may share the error.
 */
size_t linkwa_error_text_len(const linkwa_error *error, const char *text);

/**
 * Frees an error with all that it gave. NULL is fine.
 *
 * No other thread may be using it.
 */
void linkwa_error_free(linkwa_error *error);

/**
 * How many findings there are; 0 for NULL.
 *
 * Threads may share the findings.
 */
size_t linkwa_findings_len(const linkwa_findings *findings);

/**
 * Where it is, in the wire's words: "messages[0].text.body"; empty for the request as a whole. Field names of the request
 * stand in it, so it may hold U+0000: see linkwa_findings_text_len(). NULL if there is no finding of this index (from 0).
 *
 * The text belongs to the findings and lives as long as they. Threads may share them.
 */
const char *linkwa_findings_path(const linkwa_findings *findings,
                                  size_t index);

/**
 * What it is, in a stable word: "required", "invalid_msisdn". Decide on these. NULL if there is no finding of this index
 * (from 0).
 *
 * The text belongs to the findings and lives as long as they. Threads may share them.
 */
const char *linkwa_findings_code(const linkwa_findings *findings,
                                  size_t index);

/**
 * What it is, in a sentence for people; sentences may change. NULL if there is no finding of this index (from 0).
 *
 * The text belongs to the findings and lives as long as they. Threads may share them.
 */
const char *linkwa_findings_message(const linkwa_findings *findings, size_t index);

/**
 * Whether it keeps the request from being sent. LINKWA_SEVERITY_NONE if there is no finding of this index (from 0).
 *
 * Threads may share the findings.
 */
linkwa_severity linkwa_findings_severity(const linkwa_findings *findings, size_t index);

/**
 * How many bytes a text has that these findings gave, the NUL behind it not counted: more than strlen() says if it holds
 * U+0000. 0 for any other pointer.
 *
 * Threads may share the findings.
 */
size_t linkwa_findings_text_len(const linkwa_findings *findings,
                                const char *text);

/**
 * Frees findings that linkwa_validate() gave, and their texts; those of an error or result are freed with it. NULL is fine.
 *
 * No other thread may be using them.
 */
void linkwa_findings_free(linkwa_findings *findings);

/**
 * Checks a whole request in wire form, `len` bytes of JSON in UTF-8, and gives everything that is wrong or doubtful.
 *
 * It fails for no request: what is no JSON is the finding "invalid_json". The findings are the caller's, to be freed with
 * linkwa_findings_free(). Any thread may call it.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `json` or `findings` is NULL.
 */
linkwa_status linkwa_validate(const char *json,
                              size_t len,
                              linkwa_findings **findings,
                              linkwa_error **err);

/**
 * The word of a status, the same in every language: "ok", "outcome_unknown". NULL for a number that is none.
 *
 * Any thread may call it. The text is always there.
 */
const char *linkwa_status_name(linkwa_status status);

/**
 * The word of an outcome: "none", "rejected", "not_sent", "unknown". NULL for a number that is none.
 *
 * Any thread may call it. The text is always there.
 */
const char *linkwa_outcome_name(linkwa_outcome outcome);

/**
 * The word of a reason: "none", "dns", "queue_full". NULL for a number that is none.
 *
 * Any thread may call it. The text is always there.
 */
const char *linkwa_reason_name(linkwa_reason reason);

/**
 * The word of a severity: "none", "error", "warning". NULL for a number that is none.
 *
 * Any thread may call it. The text is always there.
 */
const char *linkwa_severity_name(linkwa_severity severity);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LINKWA_H */
