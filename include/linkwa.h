/*
 * linkwa: WhatsApp messages through LINK Mobility.
 *
 * Generated from the library's source; do not edit.
 *
 * Rules such as T-8, which the comments name, are listed in RULES.md beside the library's core.
 *
 * OWNERSHIP. These functions give an object that is yours: those whose names end in _new or _copy; those that make a
 * message (linkwa_message_text(), _image, _audio, _video, _document, _location, _contacts, _template, _from_json and
 * _raw); linkwa_new_ref_id(), which gives a buffer; and those that write an object to a place. Give it to its _free
 * function, once. _free(NULL) does nothing. What a getter gives belongs to the object it was asked of and lives as long
 * as that. What you give is copied; it need only live as long as the call. The message that your linkwa_message_for
 * returns becomes the library's; what your linkwa_on_done is given becomes yours.
 *
 * TEXTS. Texts that you give end with NUL and are UTF-8. Texts that you get are UTF-8, end with NUL, and NULL says
 * that there is no text. Values that come from others (the gateway, a callback, field names of a request) may hold
 * U+0000, where strlen() stops; the object's _text_len() function tells the whole length.
 *
 * ERRORS. A function that can fail gives a linkwa_status, LINKWA_OK (0) if all went well. It writes to its places
 * only then. If `err` is not NULL it gets an error object, which is yours, whenever the status is another one, and
 * is left alone otherwise. What `err` pointed to before is not freed: free an error, and set the pointer to NULL, before
 * you give its place to another call. A second call that fails would overwrite it, which leaks the first error; one that
 * succeeds would leave the old error there, so look at the status and not at the pointer. Setters have no `err`: they
 * give a status, and the object remembers the first thing that
 * went wrong; whatever uses the object then fails with it. No argument that is NULL, not UTF-8, empty, or a number
 * that an enum does not have makes a function crash.
 *
 * THREADS. There are two kinds of object. The comment of each type says which kind it is.
 *
 * A BUILDER is an object that you put together call by call: linkwa_config, linkwa_options, linkwa_many_options,
 * linkwa_message, linkwa_contact, linkwa_callback_guard and linkwa_status_tracker. It belongs to one thread at a time.
 * Several threads may use it at once only in functions that take it as const, such as linkwa_send() and
 * linkwa_callback_guard_check(), while no thread changes it. To change one builder from several threads, use a lock.
 *
 * A BUILT object does not change: linkwa_client, linkwa_pending, linkwa_result, linkwa_error, linkwa_findings,
 * linkwa_callback, linkwa_message_state and linkwa_buffer. Any number of threads may use it at once.
 *
 * Freeing an object must be its last use. Functions that take no object may be called from any thread.
 *
 * YOUR FUNCTIONS. The library calls yours (linkwa_on_done, linkwa_on_chunk, linkwa_next_destination,
 * linkwa_message_for, linkwa_on_state, linkwa_log) as each type says. They must return: no longjmp(), no C++ exception.
 * Each may call every function of this library, sends of the same client too, and linkwa_client_free(), which is then
 * the last use of that client: what has begun comes to its end without it. All else that was given to the call under
 * way must stay until it returns. linkwa_many_progress() and linkwa_many_checkpoint() are for linkwa_on_chunk alone.
 *
 * SIGNALS. The library starts threads of its own when there is something to send. They block all signals but those that
 * a fault of the thread itself raises (SIGSEGV, SIGBUS, SIGFPE, SIGILL), so your threads get yours.
 *
 * DESCRIPTORS. No connection of the library has the descriptor 0, 1 or 2, also where these are closed.
 *
 * SIGNAL HANDLERS. Call no function of this library from a signal handler: any of them may allocate memory or take a
 * lock. Have the handler set a flag or write to a pipe, and act on it elsewhere.
 *
 * MEMORY AND STACK. If the system has no memory left, the library aborts the program. A thread that calls the library
 * needs 64 KiB of stack (256 KiB with a debug build of the library), and more if your functions need more.
 *
 * UNLOADING. The shared library stays loaded after dlclose(): its threads may still be running.
 *
 * FORK. A child may use everything that its parent made, but for what another thread was using at that very moment: a
 * builder, a callback whose texts were being asked for, a run of many. A client always works; sends that were under
 * way are the parent's alone, and are unknown in the child.
 *
 * BUGS. Should something in the library panic, the function gives LINKWA_INTERNAL, NULL, 0 or false, and the program
 * goes on. A line on standard error then says where.
 *
 * COMPILERS. The header compiles without warnings as C89 and newer (-std=c89 -Wall -Wextra -pedantic; the compiler must
 * have <stdbool.h> and <stdint.h>) and as C++98 and newer. Every enum and struct has its name as a tag too. Enums are as
 * large as an int: do not compile with -fshort-enums.
 *
 * WHAT CANNOT BE CHECKED. A pointer that is not NULL must point to what its type says, an array must be as long as
 * you say, and an object must not be used after it was freed, or freed twice. Nothing can tell, and anything may
 * happen then.
 */

#ifndef LINKWA_H
#define LINKWA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bool in C89 */
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc99-extensions"
#endif

/** The version of this header's library. */
#define LINKWA_VERSION "0.1.0"
/** ... in numbers, for #if. */
#define LINKWA_VERSION_MAJOR 0
#define LINKWA_VERSION_MINOR 1
#define LINKWA_VERSION_PATCH 0

/**
 * How many bytes the text of an address needs at most, the NUL behind it included.
 */
#define LINKWA_ADDRESS_SIZE 46

/**
 * Any index, for linkwa_status_tracker_state().
 */
#define LINKWA_NO_INDEX INT64_MIN

/**
 * The version of the ABI that this header describes. It changes when a program must be compiled anew; compare it with
 * what linkwa_abi_version() says of the library that the program met.
 */
#define LINKWA_ABI_VERSION 1

/**
 * How a call went. The numbers are fixed and never used again for anything else.
 */
typedef enum linkwa_status {
    /**
     * All went well.
     */
    LINKWA_OK = 0,
    /**
     * A client that cannot work: an unknown region, plain http:// to another machine, a line break in a credential.
     * Also a stored checkpoint or tracker that is none.
     */
    LINKWA_INVALID_CONFIG = 1,
    /**
     * A NULL that may not be one, a text that is not UTF-8, a number that an enum does not have. Nothing was done, but
     * for a run of many that such a destination or message ends early: what was sent before is told all the same.
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
    LINKWA_INTERNAL = 8
} linkwa_status;

/**
 * What a callback is.
 */
typedef enum linkwa_kind {
    /**
     * There is no callback.
     */
    LINKWA_KIND_NONE = 0,
    /**
     * Something came of a message that was sent (rule C-1): ask the functions that begin with linkwa_event_report_.
     */
    LINKWA_EVENT_REPORT = 1,
    /**
     * A user wrote (rule C-2): ask the functions that begin with linkwa_received_message_.
     */
    LINKWA_RECEIVED_MESSAGE = 2
} linkwa_kind;

/**
 * Why a callback is not to be believed.
 */
typedef enum linkwa_refusal {
    /**
     * It may be believed. No other number says so.
     */
    LINKWA_REFUSAL_NONE = 0,
    /**
     * The sender's address is not one of the gateway's.
     */
    LINKWA_REFUSAL_ADDRESS = 1,
    /**
     * A trusted proxy does not say who the sender is, not readably, or not in agreement with itself.
     */
    LINKWA_REFUSAL_FORWARDED = 2,
    /**
     * Basic authentication is missing, unreadable or wrong.
     */
    LINKWA_REFUSAL_CREDENTIALS = 3,
    /**
     * A header that is asked for is missing, there twice, or has another value.
     */
    LINKWA_REFUSAL_HEADER = 4,
    /**
     * The body is too large.
     */
    LINKWA_REFUSAL_TOO_LARGE = 5,
    /**
     * Nothing could be decided: an argument or the guard is not in order. See linkwa_callback_guard_ready().
     */
    LINKWA_REFUSAL_UNUSABLE = 6
} linkwa_refusal;

/**
 * What is known about a message whose send failed.
 */
typedef enum linkwa_outcome {
    /**
     * There is no message to speak of: the error is that of a malformed callback, or there is none.
     */
    LINKWA_MESSAGE_NONE = 0,
    /**
     * The gateway said no.
     */
    LINKWA_MESSAGE_REJECTED = 1,
    /**
     * No byte of it left this machine, and none will. Also the outcome of what fails before any send, such as making a
     * client.
     */
    LINKWA_MESSAGE_NOT_SENT = 2,
    /**
     * It may have been accepted. Do not send it again: look for the event report of its refId.
     */
    LINKWA_MESSAGE_UNKNOWN = 3
} linkwa_outcome;

/**
 * What to do with a message whose send failed.
 */
typedef enum linkwa_disposition {
    /**
     * There is no error.
     */
    LINKWA_DISPOSITION_NONE = 0,
    /**
     * Send it again later: it was not sent, or the gateway answered HTTP 429. Also where your program cancelled the send
     * in time.
     */
    LINKWA_DISPOSITION_RETRY = 1,
    /**
     * Do not send it again as it is: the request, an argument or the configuration is invalid, the gateway said no, or
     * the client is closed.
     */
    LINKWA_DISPOSITION_FAIL = 2,
    /**
     * Do not send it again: it may have been accepted. Wait for the event report of its refId.
     */
    LINKWA_DISPOSITION_PARK = 3
} linkwa_disposition;

/**
 * Why a message was not sent (the first eight), or why its outcome is unknown (deadline, cancelled, and the last
 * three).
 */
typedef enum linkwa_reason {
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
    LINKWA_REASON_CONNECTION_LOST = 9,
    /**
     * The gateway answered something that cannot be read.
     */
    LINKWA_REASON_INVALID_RESPONSE = 10,
    /**
     * The gateway had an error of its own.
     */
    LINKWA_REASON_SERVER_ERROR = 11
} linkwa_reason;

/**
 * How grave a finding is.
 */
typedef enum linkwa_severity {
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
    LINKWA_SEVERITY_WARNING = 2
} linkwa_severity;

/**
 * How much a log line matters, and how much is logged.
 */
typedef enum linkwa_log_level {
    /**
     * Nothing.
     */
    LINKWA_LOG_OFF = 0,
    /**
     * What should not happen: a bug of this library, caught.
     */
    LINKWA_LOG_ERROR = 1,
    /**
     * One line for each failed attempt to send: reference, outcome, status, duration and bytes.
     */
    LINKWA_LOG_WARN = 2,
    /**
     * What is worth knowing.
     */
    LINKWA_LOG_INFO = 3,
    /**
     * The same line for each attempt that was accepted.
     */
    LINKWA_LOG_DEBUG = 4,
    /**
     * Everything there is.
     */
    LINKWA_LOG_TRACE = 5
} linkwa_log_level;

/**
 * What came of a message.
 */
typedef enum linkwa_event_status {
    /**
     * There is no event report.
     */
    LINKWA_EVENT_NONE = 0,
    /**
     * 112001: the gateway has it.
     */
    LINKWA_EVENT_QUEUED = 1,
    /**
     * 112002: it is on its way.
     */
    LINKWA_EVENT_SENT = 2,
    /**
     * 112003: the recipient has it.
     */
    LINKWA_EVENT_DELIVERED = 3,
    /**
     * 112000, a listed 1124xx, or 112500: it will not arrive.
     */
    LINKWA_EVENT_FAILED = 4,
    /**
     * Any other result code.
     */
    LINKWA_EVENT_OTHER = 5
} linkwa_event_status;

/**
 * What became of a send whose outcome was unknown.
 */
typedef enum linkwa_resolution {
    /**
     * No report says: do not send it again.
     */
    LINKWA_RESOLUTION_UNKNOWN = 0,
    /**
     * The gateway took the request, and a report says of one of its messages that it went on: do not send it again.
     */
    LINKWA_RESOLUTION_ACCEPTED = 1,
    /**
     * The request failed whole and none of its messages was sent (rule C-1): it may be sent again, once what is wrong
     * is fixed.
     */
    LINKWA_RESOLUTION_FAILED = 2,
    /**
     * The gateway took the request, and every report of its messages says that the message failed. With one message to
     * one destination, that message was not delivered; linkwa_status_tracker_each_of() shows the result code.
     */
    LINKWA_RESOLUTION_MESSAGE_FAILED = 3
} linkwa_resolution;

/**
 * How urgent a message is.
 */
typedef enum linkwa_priority {
    /**
     * "LOW" on the wire.
     */
    LINKWA_PRIORITY_LOW = 1,
    /**
     * "NORMAL", which is sent where nobody says anything.
     */
    LINKWA_PRIORITY_NORMAL = 2,
    /**
     * "HIGH".
     */
    LINKWA_PRIORITY_HIGH = 3
} linkwa_priority;

/**
 * Which parameters of a callback are meant.
 */
typedef enum linkwa_parameters {
    /**
     * Of an event report the parameters that the request gave along, of a received message further ones.
     */
    LINKWA_PARAMETERS_CUSTOM = 1,
    /**
     * The parameters of the gate that the callback was sent to.
     */
    LINKWA_PARAMETERS_GATE_CUSTOM = 2,
    /**
     * The parameters of a received message's route.
     */
    LINKWA_PARAMETERS_ROUTE_CUSTOM = 3
} linkwa_parameters;

/**
 * Which object of a callback is meant. An event report has only the first.
 */
typedef enum linkwa_object {
    /**
     * The callback itself.
     */
    LINKWA_OBJECT_CALLBACK = 1,
    /**
     * `content`.
     */
    LINKWA_OBJECT_CONTENT = 2,
    /**
     * `content.message`.
     */
    LINKWA_OBJECT_MESSAGE = 3,
    /**
     * `content.message.button`.
     */
    LINKWA_OBJECT_BUTTON = 4,
    /**
     * `content.message.context`.
     */
    LINKWA_OBJECT_CONTEXT = 5,
    /**
     * `route`.
     */
    LINKWA_OBJECT_ROUTE = 6
} linkwa_object;

/**
 * Bytes that the library made for the caller: a request, a reference, a stored tracker.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_buffer linkwa_buffer;

/**
 * A callback that was read.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_callback linkwa_callback;

/**
 * Decides whether a callback may be believed: by the address it came from, the credentials that came with it, and its
 * size. Anyone can post to a callback URL, and no signature is known, so this is all there is to go by.
 *
 * It does no I/O: give linkwa_callback_guard_check() what the HTTP server knows, before the body is read or parsed. A
 * new guard believes LINK's addresses (rule N-1) and bodies of up to 256 KiB (rule C-7); whatever else is set is
 * needed as well.
 *
 * Behind a proxy that is trusted, the sender is the right-most address in X-Forwarded-For or Forwarded (RFC 7239) that
 * is not itself a trusted proxy's; what stands left of it anybody can have written. From any other peer both headers
 * are ignored. The proxy must append to the header or replace it: one that passes it on unchanged makes the sender's
 * own word believed. If both headers are there they must agree, else the callback is refused; say which one to read
 * with linkwa_callback_guard_only_x_forwarded_for() or linkwa_callback_guard_only_forwarded().
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_callback_guard linkwa_callback_guard;

/**
 * What came of one request of many, or of a destination that could not be sent to. It lives until the linkwa_on_chunk
 * function returns.
 */
typedef struct linkwa_chunk linkwa_chunk;

/**
 * Access to one account at the gateway, which keeps connections alive. Most programs need one.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_client linkwa_client;

/**
 * Who sends, through which gateway, and what requests say by default. A client needs a region or base URL, and
 * credentials; all else may be left as it is. The first setter that fails is remembered, and linkwa_client_new() fails
 * with it then. The password and the proxy's URL are wiped from memory when the configuration is freed, and never
 * stand in an error or log.
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_config linkwa_config;

/**
 * A contact card for linkwa_message_add_contact(). Every part may be left out, but a card with nothing in it is an
 * error when it is sent (rule M-3). The first setter that fails is remembered, and a message that the card is added to
 * remembers it then.
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_contact linkwa_contact;

/**
 * Why a call failed, and what is known about the message.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_error linkwa_error;

/**
 * What validation found, in the order of the request: a list that does not change. linkwa_validate() gives one, and so
 * do linkwa_error_findings() and linkwa_result_warnings().
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_findings linkwa_findings;

/**
 * A run of linkwa_send_many(). It is given to the linkwa_on_chunk function, and lives until linkwa_send_many() returns.
 */
typedef struct linkwa_many linkwa_many;

/**
 * Options of linkwa_send_many().
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_many_options linkwa_many_options;

/**
 * A message: a text, a picture, a template, or one of the other types; and the messages that were appended to it,
 * which go out in the same request. Its content is checked when it is sent or built, not here. One message may be sent
 * any number of times.
 *
 * A constructor with an invalid argument returns a message all the same. The message remembers the first error of its
 * constructor and setters, and every call that sends or builds it fails with that error; linkwa_message_check() returns
 * it earlier.
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_message linkwa_message;

/**
 * What is known about a message, or about a request that failed whole. It does not change when the tracker does.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_message_state linkwa_message_state;

/**
 * What one send overrides of the client's defaults; everything left out stays as the client has it. One object may
 * serve any number of sends. The first setter that fails is remembered, and every send with these options fails with
 * it then.
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_options linkwa_options;

/**
 * A send that is under way on a worker, or over. Freeing it does not stop the send.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_pending linkwa_pending;

/**
 * A message that the gateway accepted.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_result linkwa_result;

/**
 * Keeps what event reports say about messages, however often and in whatever order they come (rule C-8). It has no
 * clock and does no I/O: each report goes in with linkwa_status_tracker_apply(), and the same reports in any order
 * lead to the same state.
 *
 * A message is known by its message id and index; a report without a message id, as of a request that failed whole
 * (rule C-1), is kept by its refId. Repeats, late reports and disorder change nothing:
 *
 * - queued < other < sent < delivered and failed. A later step never gives way to an earlier one. A code without a word of its
 *   own (LINKWA_EVENT_OTHER) undoes nothing beyond queued; see linkwa_message_state_other_code().
 * - Of reports of one step the one with the earliest timestamp decides.
 * - Delivered and failed of one message contradict each other: the earlier one by timestamp decides; if one has no timestamp,
 *   or both have the same, delivered does. See linkwa_message_state_is_disputed().
 *
 * A message takes about 550 bytes, and nothing goes away by itself: see linkwa_status_tracker_forget(). The ids are
 * kept whatever their length, so give it only callbacks that linkwa_callback_guard_check() believes.
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_status_tracker linkwa_status_tracker;

/**
 * A header of an HTTP request: a line of it. Its layout never changes.
 */
typedef struct linkwa_header {
    /**
     * The name, in any case.
     */
    const char *name;
    /**
     * The value: bytes, which need not be UTF-8.
     */
    const char *value;
} linkwa_header;

/**
 * The name on a contact card. NULL: absent. Initialise it with zeros ("= {0}" in C, "= {}" in C++), and set what there
 * is; this layout never changes.
 */
typedef struct linkwa_name {
    /**
     * The name as it is shown; needed, with at least one of the others (rule M-3).
     */
    const char *formatted_name;
    /**
     * The given name.
     */
    const char *first_name;
    /**
     * The family name.
     */
    const char *last_name;
    /**
     * The middle name.
     */
    const char *middle_name;
    /**
     * What precedes the name, such as "Dr."
     */
    const char *prefix;
    /**
     * What follows the name, such as "Jr."
     */
    const char *suffix;
} linkwa_name;

/**
 * Where the person of a contact card works. NULL: absent. Initialise it with zeros ("= {0}" in C, "= {}" in C++), and
 * set what there is; this layout never changes.
 */
typedef struct linkwa_org {
    /**
     * The company.
     */
    const char *company;
    /**
     * The department.
     */
    const char *department;
    /**
     * The person's title.
     */
    const char *title;
} linkwa_org;

/**
 * A postal address on a contact card. NULL: absent. Initialise it with zeros ("= {0}" in C, "= {}" in C++), and
 * set what there is; this layout never changes.
 */
typedef struct linkwa_address {
    /**
     * Street and number.
     */
    const char *street;
    /**
     * The city.
     */
    const char *city;
    /**
     * The state or region.
     */
    const char *state;
    /**
     * The postal code.
     */
    const char *zip;
    /**
     * The country's name.
     */
    const char *country;
    /**
     * The country's ISO 3166 code of two letters.
     */
    const char *country_code;
    /**
     * What kind of address it is, for example "HOME" or "WORK".
     */
    const char *type;
} linkwa_address;

/**
 * Your function that is given each line of the log: one line of UTF-8 that lives until it returns. No credential,
 * number or text of a message is in it. It is called on every thread that sends, several at once; a line that a call
 * from inside it logs is dropped. See YOUR FUNCTIONS at the top.
 */
typedef void (*linkwa_log)(void *user_data, linkwa_log_level level, const char *line);

/**
 * Your function that gives the next destination, an MSISDN; NULL if there are no more, after which it is not called
 * again. The text must live until the next call. It is called on the thread that called linkwa_send_many(), while that
 * waits. See YOUR FUNCTIONS at the top.
 */
typedef const char *(*linkwa_next_destination)(void *user_data);

/**
 * Your function that is told what came of each request, in the order in which they are done. Both objects are the
 * library's and live until it returns. It is called on the thread that called linkwa_send_many(), while that waits.
 * See YOUR FUNCTIONS at the top.
 */
typedef void (*linkwa_on_chunk)(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk);

/**
 * How far a run is. Everything is counted in destinations. The layout never changes.
 */
typedef struct linkwa_progress {
    /**
     * Accepted by the gateway.
     */
    uint64_t sent;
    /**
     * Certainly not accepted: rejected, not sent, or invalid.
     */
    uint64_t failed;
    /**
     * May have been accepted.
     */
    uint64_t unknown;
    /**
     * On their way, or to be sent again because the gateway was busy.
     */
    uint64_t under_way;
    /**
     * Skipped, because an earlier run dealt with them.
     */
    uint64_t skipped;
    /**
     * Sent, failed and unknown ones a second, since the first was sent.
     */
    double per_second;
    /**
     * Whether the run holds back now, because the gateway is busy or does not answer.
     */
    bool waiting;
} linkwa_progress;

/**
 * Your function that makes the message for a destination. The library frees it. After NULL, or a message that cannot be
 * used, the destination comes out alone with LINKWA_INVALID_REQUEST, and the run goes on. It is called on the thread
 * that called linkwa_send_many_each(), while that waits. See YOUR FUNCTIONS at the top.
 */
typedef linkwa_message *(*linkwa_message_for)(void *user_data, const char *destination);

/**
 * Your function that is told what came of a send: exactly one of `result` and `error` is not NULL, and it is yours, to
 * be freed with linkwa_result_free() or linkwa_error_free().
 *
 * It is called exactly once if the call that began the send gave LINKWA_OK, and not at all otherwise. That may be
 * before that call returns. It runs on a worker of the library, on a thread for deadlines, or on the thread that calls
 * linkwa_pending_cancel(), linkwa_client_close() or linkwa_client_free(); several may run at once. Other sends may
 * wait meanwhile, so it should be brief: hand the result over to your own thread. It may call every function of this
 * library (see YOUR FUNCTIONS at the top), linkwa_client_free() included, and is never called after that has returned.
 *
 * The functions of all sends that one close, one cancel or one deadline ends are called one after the other on one
 * thread, so do not wait inside one for the function of another send. Nor for a send that linkwa_send_async() began
 * with the same client: the worker that this function runs on may be the one which that send needs. Use linkwa_send()
 * and its like there, which send on the calling thread.
 */
typedef void (*linkwa_on_done)(void *user_data, linkwa_result *result, linkwa_error *error);

/**
 * The caller's function that linkwa_status_tracker_each() and linkwa_status_tracker_each_of() call with each state. The state is the library's and is
 * gone when the function returns. The function may use the tracker, also to forget, but not free it. See YOUR
 * FUNCTIONS at the top.
 */
typedef void (*linkwa_on_state)(void *user_data, const linkwa_message_state *state);

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/**
 * The bytes, with a NUL behind them; NULL for NULL.
 *
 * They belong to the buffer and live as long as it.
 */
const char *linkwa_buffer_data(const linkwa_buffer *buffer);

/**
 * How many bytes there are, the NUL behind them not counted; 0 for NULL.
 */
size_t linkwa_buffer_len(const linkwa_buffer *buffer);

/**
 * Frees a buffer and its bytes. NULL is fine.
 */
void linkwa_buffer_free(linkwa_buffer *buffer);

/**
 * Reads the body of a callback, `len` bytes as the gateway posted them: an event report or a received message (rule
 * C-4).
 *
 * Only what must be there can fail (rule C-5); a field that this library does not know, or that has an unexpected
 * shape, is kept (rule C-6): see linkwa_callback_extra_len(). A callback may come twice, late or in disorder: tell
 * repeats by linkwa_callback_key(), and record a key after you have processed its callback. Whether a callback is to be
 * believed is another matter: ask linkwa_callback_guard_check() before.
 *
 * The callback is the caller's, to be freed with linkwa_callback_free(). The bytes are copied.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `bytes` or `callback` is NULL. LINKWA_INVALID_CALLBACK if the body is not one
 * JSON object of at most 256 KiB and 64 levels in valid UTF-8 without lone surrogate escapes, duplicate keys or byte
 * order mark (rule C-7), or if it is neither kind of callback or lacks what its kind must have: linkwa_error_path()
 * and linkwa_error_position() tell where, and the error has none of the values.
 */
linkwa_status linkwa_callback_parse(const char *bytes, size_t len, linkwa_callback **callback, linkwa_error **err);

/**
 * Which kind of callback it is; LINKWA_KIND_NONE for NULL. The functions of the other kind give NULL, 0 or false.
 */
linkwa_kind linkwa_callback_kind(const linkwa_callback *callback);

/**
 * A deduplication key. A callback can be delivered more than once; record the key after you have processed the
 * callback. Of an event report it is "report:{messageId}:{refId}:{messageIndex}:{resultCode}", an absent part written
 * "-"; of a received message "message:{messageId}". NULL for NULL.
 *
 * It is printable ASCII of less than 200 characters, and different for different callbacks: in a part every byte other
 * than A-Z a-z 0-9 . _ ~ + / = - is percent-encoded, and a part that is longer than 64 characters then is "%h" and the
 * beginning of its SHA-256.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_key(const linkwa_callback *callback);

/**
 * The callback's JSON text as it came. NULL for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_raw(const linkwa_callback *callback);

/**
 * How many bytes a text has that this callback gave, through whichever function, the NUL behind it not counted: more
 * than strlen() says if it holds U+0000. 0 for any other pointer, and for NULL.
 */
size_t linkwa_callback_text_len(const linkwa_callback *callback, const char *text);

/**
 * Whether the callback has these parameters, be they empty. What is no object of texts, numbers and booleans counts as
 * absent, and is among the fields of linkwa_callback_extra_len(). false for NULL, and for a number that
 * linkwa_parameters does not have.
 */
bool linkwa_callback_has_parameters(const linkwa_callback *callback, linkwa_parameters which);

/**
 * How many of these parameters there are. 0 if the callback does not have them (see
 * linkwa_callback_has_parameters()), and for NULL.
 */
size_t linkwa_callback_parameters_len(const linkwa_callback *callback, linkwa_parameters which);

/**
 * The name of the parameter at this place, from 0, in the order in which they came. NULL if there is none, and for
 * NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_parameter_name(const linkwa_callback *callback, linkwa_parameters which, size_t index);

/**
 * The value of the parameter at this place, from 0, in the order in which they came. NULL if there is none, and for
 * NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_parameter_value(const linkwa_callback *callback, linkwa_parameters which, size_t index);

/**
 * The value of the parameter of this name. NULL if there is none, and if `name` is NULL or not UTF-8. (A name that
 * holds U+0000 is found by its place only.)
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_parameter(const linkwa_callback *callback, linkwa_parameters which, const char *name);

/**
 * How many fields of an object are kept as they came (rule C-6): those that this library does not know, and known ones
 * of an unexpected shape. 0 if the callback does not have this object, for NULL, and for a number that linkwa_object
 * does not have.
 */
size_t linkwa_callback_extra_len(const linkwa_callback *callback, linkwa_object object);

/**
 * The name of the kept field at this place, from 0, in the order in which they came. NULL if there is none, and for
 * NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_extra_name(const linkwa_callback *callback, linkwa_object object, size_t index);

/**
 * The JSON text of the kept field at this place, from 0, exactly as it came. NULL if there is none, and for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_extra_json(const linkwa_callback *callback, linkwa_object object, size_t index);

/**
 * The JSON text of the kept field of this name, exactly as it came: a string has its quotes. NULL if there is none,
 * and if `name` is NULL or not UTF-8. (A name that holds U+0000 is found by its place only.)
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_extra(const linkwa_callback *callback, linkwa_object object, const char *name);

/**
 * Frees a callback with all that it gave. NULL is fine.
 */
void linkwa_callback_free(linkwa_callback *callback);

/**
 * The word of a refusal: "none", "address", "too_large". NULL for an unknown number.
 *
 * The text is always there.
 */
const char *linkwa_refusal_name(linkwa_refusal refusal);

/**
 * A guard that believes LINK's addresses and bodies of up to 256 KiB, to be freed with linkwa_callback_guard_free().
 * NULL only after an internal error.
 */
linkwa_callback_guard *linkwa_callback_guard_new(void);

/**
 * Addresses to believe: one ("192.0.2.1"), a network ("192.0.2.0/24", "2001:db8::/32"), or from a first to a last one
 * ("192.0.2.1-192.0.2.9"). The first call replaces LINK's addresses, each further one adds.
 *
 * Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or `range` is not UTF-8.
 * LINKWA_INVALID_CONFIG if `range` is none of the above.
 */
linkwa_status linkwa_callback_guard_add_range(linkwa_callback_guard *guard, const char *range);

/**
 * Believes every address. Then only credentials tell the gateway from anybody else. (A later
 * linkwa_callback_guard_add_range() takes it back.)
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
 */
linkwa_status linkwa_callback_guard_any_address(linkwa_callback_guard *guard);

/**
 * Proxies that callbacks come through, written as for linkwa_callback_guard_add_range(); none by default, and each
 * call adds. A callback from one of them that does not say whom the proxy was called by is refused.
 *
 * Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or `range` is not UTF-8.
 * LINKWA_INVALID_CONFIG if `range` is no address, network or range.
 */
linkwa_status linkwa_callback_guard_add_trusted_proxy(linkwa_callback_guard *guard, const char *range);

/**
 * Trusted proxies speak through X-Forwarded-For; Forwarded is ignored.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
 */
linkwa_status linkwa_callback_guard_only_x_forwarded_for(linkwa_callback_guard *guard);

/**
 * Trusted proxies speak through Forwarded (RFC 7239); X-Forwarded-For is ignored.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
 */
linkwa_status linkwa_callback_guard_only_forwarded(linkwa_callback_guard *guard);

/**
 * Asks for Basic authentication with this username and password. They are compared in constant time and never printed.
 * An empty password, as of a variable that is not set, lets nobody in.
 *
 * Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or not UTF-8.
 */
linkwa_status linkwa_callback_guard_set_basic(linkwa_callback_guard *guard,
                                              const char *username,
                                              const char *password);

/**
 * Asks for a header of this name (in any case) and value, exactly once. White space around the value does not count;
 * the value is compared in constant time and never printed. An empty one, as of a variable that is not set, lets
 * nobody in. Several names are all needed; a name given again has the later value.
 *
 * Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or not UTF-8.
 */
linkwa_status linkwa_callback_guard_set_header(linkwa_callback_guard *guard, const char *name, const char *value);

/**
 * The largest body to take, in bytes; 256 KiB by default, more than which linkwa_callback_parse() refuses anyway (rule
 * C-7).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
 */
linkwa_status linkwa_callback_guard_set_max_body(linkwa_callback_guard *guard, size_t bytes);

/**
 * Whether all that was set is in order: LINKWA_OK, or the first thing that went wrong, with which
 * linkwa_callback_guard_check() believes nothing. Ask once, when the guard is set up.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL; else those of the functions that set it up.
 */
linkwa_status linkwa_callback_guard_ready(const linkwa_callback_guard *guard, linkwa_error **err);

/**
 * Decides whether a callback may be believed. ONLY LINKWA_REFUSAL_NONE MEANS YES: compare with it, and refuse the
 * callback whatever other number comes.
 *
 * `peer` is the address of the other end of the connection, IPv4 or IPv6 without a port, as inet_ntop() writes it.
 * `headers` are the request's, `headers_len` of them, in the order in which they came, a line each; it may be NULL if
 * there are none. `body_len` is the body's length in bytes. If several things are wrong, the sender comes first, then
 * credentials, headers and size.
 *
 * Names and values end at their first NUL. A server that lets NUL bytes through in headers must refuse such a request
 * itself: the guard sees only what stands before them.
 *
 * `sender`, if it is not NULL, is room for LINKWA_ADDRESS_SIZE bytes: with LINKWA_REFUSAL_NONE the address that the
 * callback came from is written there, ended by NUL; an IPv4 address that is written as IPv6 comes back as IPv4.
 * Otherwise nothing is written.
 *
 * Errors: LINKWA_REFUSAL_UNUSABLE if `guard`, `peer`, or a header's name or value is NULL, `headers` is NULL and
 * `headers_len` is not 0, `peer` is no address, a name is not UTF-8, something went wrong when the guard was set up
 * (see linkwa_callback_guard_ready()), or after an internal error.
 */
linkwa_refusal linkwa_callback_guard_check(const linkwa_callback_guard *guard,
                                           const char *peer,
                                           const linkwa_header *headers,
                                           size_t headers_len,
                                           size_t body_len,
                                           char *sender);

/**
 * Frees a guard. NULL is fine.
 */
void linkwa_callback_guard_free(linkwa_callback_guard *guard);

/**
 * Whether LINK's callbacks come from an address, IPv4 or IPv6 in the usual notation without a port: "192.0.2.1" (rule
 * N-1). false for NULL, and for what is no address.
 *
 * Behind a proxy, give the address that the proxy names, and only if the proxy is your own:
 * linkwa_callback_guard_check() does all of this.
 */
bool linkwa_is_gateway_address(const char *address);

/**
 * Whether every message type may be sent to a user, or only templates (false): for 24 hours after their last message
 * to the business number every type may (rule W-1). Exactly 24 hours later it is over.
 *
 * `last_inbound_ms` is the moment of that message, as linkwa_received_message_provider_timestamp_ms() gives it or,
 * where there is none, linkwa_received_message_timestamp_ms(); `now_ms` is the present. Both are milliseconds since
 * 1970-01-01 UTC. Keep the moment of the last message per user and business number; callbacks come in disorder, so
 * keep the latest. The first moment at which it is over is written to `closes_at_ms`, open or not; `closes_at_ms` may
 * be NULL.
 *
 * Advisory: the gateway's clock and WhatsApp's decide, and a message that is still on its way opens the window anew.
 */
bool linkwa_care_window(int64_t last_inbound_ms, int64_t now_ms, int64_t *closes_at_ms);

/**
 * Makes a client with this configuration, which stays yours and may be changed or freed afterwards. Nothing is sent,
 * no connection is made and no thread is started yet.
 *
 * The client is yours, to be freed with linkwa_client_free().
 *
 * Errors: LINKWA_INVALID_CONFIG if the client could not work: no region and no base URL, an unknown region, plain
 * http:// to another machine (rule E-4), a username with a colon (rule E-3), an empty or unprintable credential, a
 * timeout of 0, a proxy URL or CA file that cannot be used. What went wrong first in a setter of the configuration.
 * LINKWA_INVALID_ARGUMENT if `config` or `client` is NULL.
 */
linkwa_status linkwa_client_new(const linkwa_config *config, linkwa_client **client, linkwa_error **err);

/**
 * Makes a client with the configuration of the environment: see linkwa_config_from_env().
 *
 * The client is yours, to be freed with linkwa_client_free(). No other thread may change the environment meanwhile.
 *
 * Errors: LINKWA_INVALID_CONFIG that names the variables which are missing or cannot be used; LINKWA_INVALID_ARGUMENT
 * if `client` is NULL.
 */
linkwa_status linkwa_client_from_env(linkwa_client **client, linkwa_error **err);

/**
 * Ends the client. No send begins any more; those that wait for a worker end at once, LINKWA_NOT_SENT with the reason
 * LINKWA_REASON_CLOSED. Those under way may finish within `timeout_ms` milliseconds, and are then broken off:
 * LINKWA_NOT_SENT if no byte had left, LINKWA_OUTCOME_UNKNOWN (LINKWA_REASON_CANCELLED) otherwise. Then it returns.
 * Every function may still be called; the client is still to be freed.
 *
 * It may be called from inside a linkwa_on_done function, and does not wait for that one.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `client` is NULL.
 */
linkwa_status linkwa_client_close(const linkwa_client *client, uint64_t timeout_ms);

/**
 * Frees a client. NULL is fine. Sends that are not over are broken off as linkwa_client_close() does with a timeout of
 * 0: call that first to let them finish. Pending objects stay usable.
 *
 * When it returns, every linkwa_on_done function of the client has returned and none will be called again. It may be
 * called from inside one: that one is not waited for, and it must not use the client any more. No other thread may be
 * using the client, their linkwa_on_done functions excepted, which may use it until they return.
 */
void linkwa_client_free(linkwa_client *client);

/**
 * Makes a new reference for a request, unique across processes and machines (a random UUID). Store it before sending,
 * give it to linkwa_options_set_ref_id(), and a send whose outcome is unknown can be reconciled even after a crash.
 *
 * The buffer is yours, to be freed with linkwa_buffer_free().
 */
linkwa_buffer *linkwa_new_ref_id(void);

/**
 * Makes a configuration. It needs linkwa_config_set_region() or linkwa_config_set_base_url(), and
 * linkwa_config_set_credentials(). NULL only after an internal error.
 *
 * It is the caller's, to be freed with linkwa_config_free().
 */
linkwa_config *linkwa_config_new(void);

/**
 * Makes the configuration that the environment gives; it can be changed like any other. LINKWA_REGION or
 * LINKWA_BASE_URL, LINKWA_USERNAME and LINKWA_PASSWORD are needed. Where they are set, it reads LINKWA_PLATFORM_ID
 * with LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE, LINKWA_PRIORITY ("LOW", "NORMAL", "HIGH"), LINKWA_EVENT_REPORT_GATES
 * (separated by commas), LINKWA_TIMEOUT_MS, LINKWA_CONNECT_TIMEOUT_MS, LINKWA_PROXY, LINKWA_CA_FILE and
 * LINKWA_ALLOW_HTTP ("1" or "true"). A variable that is empty counts as not set.
 *
 * The configuration is the caller's, to be freed with linkwa_config_free(). No other thread may change the environment
 * meanwhile.
 *
 * Errors: LINKWA_INVALID_CONFIG that names every variable that is missing or cannot be used; LINKWA_INVALID_ARGUMENT
 * if `config` is NULL.
 */
linkwa_status linkwa_config_from_env(linkwa_config **config, linkwa_error **err);

/**
 * Sets the region of LINK's gateway that the account belongs to: "n-eu", "c-eu", "s-eu", "no" or "deb" (rule E-2). Of
 * region and base URL the one that is set later counts.
 *
 * Errors: LINKWA_INVALID_CONFIG if there is no such region; LINKWA_INVALID_ARGUMENT if `config` or `region` is NULL,
 * or `region` is not UTF-8.
 */
linkwa_status linkwa_config_set_region(linkwa_config *config, const char *region);

/**
 * Sets the base URL of any other gateway: what stands before "/messages" (rules E-1 and E-2). Plain http:// is for
 * this machine only, see linkwa_config_set_allow_http(). Of region and base URL the one that is set later counts.
 * linkwa_client_new() finds what is no such URL.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `url` is NULL, or `url` is not UTF-8.
 */
linkwa_status linkwa_config_set_base_url(linkwa_config *config, const char *url);

/**
 * Sets the account's username and password (rule E-3). linkwa_client_new() finds what cannot be sent: a username with
 * ":", an empty one, a line break.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config`, `username` or `password` is NULL, or a text is not UTF-8.
 */
linkwa_status linkwa_config_set_credentials(linkwa_config *config, const char *username, const char *password);

/**
 * Sets the account's platformId and platformPartnerId, which LINK gives and every request needs (rule Q-1).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config`, `platform_id` or `platform_partner_id` is NULL, or a text is not UTF-8.
 */
linkwa_status linkwa_config_set_platform(linkwa_config *config,
                                         const char *platform_id,
                                         const char *platform_partner_id);

/**
 * Sets the business number to send from: 3 to 15 digits with or without "+" (rule Q-2), which is checked with every
 * send.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `msisdn` is NULL, or `msisdn` is not UTF-8.
 */
linkwa_status linkwa_config_set_source(linkwa_config *config, const char *msisdn);

/**
 * Sets the priority of every message whose send says none; otherwise it is normal.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL or `priority` is a number that is none.
 */
linkwa_status linkwa_config_set_priority(linkwa_config *config, linkwa_priority priority);

/**
 * Adds a gate that event reports go to. The first one that is added replaces those of the environment.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `gate` is NULL, or `gate` is not UTF-8.
 */
linkwa_status linkwa_config_add_event_report_gate(linkwa_config *config, const char *gate);

/**
 * Sets the id of the service on LINK's platform. Without it there is none.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `id` is NULL, or `id` is not UTF-8.
 */
linkwa_status linkwa_config_set_platform_service_id(linkwa_config *config, const char *id);

/**
 * Sets the type of the service on LINK's platform. Without it there is none.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `service_type` is NULL, or `service_type` is not UTF-8.
 */
linkwa_status linkwa_config_set_platform_service_type(linkwa_config *config, const char *service_type);

/**
 * Adds a parameter that comes back in every event report; of a key that is added twice the later value counts. A send
 * whose options have parameters of their own has only those.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config`, `key` or `value` is NULL, or a text is not UTF-8.
 */
linkwa_status linkwa_config_add_custom_parameter(linkwa_config *config, const char *key, const char *value);

/**
 * Sets how long the gateway may try a message whose send says nothing else, from its sending on, in milliseconds; 0 is
 * found invalid with every send. Without it the gateway tries for 48 hours (rule Q-3).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_relative_validity_time_ms(linkwa_config *config, uint64_t milliseconds);

/**
 * Sets how long a send may take in all, from the call to the result, in milliseconds: 30,000 otherwise.
 * linkwa_client_new() refuses 0 and more than 24 hours.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_timeout_ms(linkwa_config *config, uint64_t milliseconds);

/**
 * Sets how long connecting may take, TLS included, in milliseconds: 10,000 otherwise. linkwa_client_new() refuses 0
 * and more than 24 hours.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_connect_timeout_ms(linkwa_config *config, uint64_t milliseconds);

/**
 * Sets the proxy to go through: "http://user:password@host:port" or "socks5://host:port". linkwa_client_new() finds
 * what is no such URL.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `url` is NULL, or `url` is not UTF-8.
 */
linkwa_status linkwa_config_set_proxy(linkwa_config *config, const char *url);

/**
 * Sets the hosts that are reached without the proxy, separated by commas: "example.com" with all below it, an address,
 * a network such as "10.0.0.0/8", one port of any of these such as "example.com:8443", or "*" for all.
 * linkwa_client_new() finds an entry of another form.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `hosts` is NULL, or `hosts` is not UTF-8.
 */
linkwa_status linkwa_config_set_no_proxy(linkwa_config *config, const char *hosts);

/**
 * Sets whether the proxy is taken from the environment, as curl does, if linkwa_config_set_proxy() sets none: from
 * HTTPS_PROXY or HTTP_PROXY by the gateway's scheme, else from ALL_PROXY; NO_PROXY names hosts that are reached without
 * it. Each name is also read in lower case. HTTP_PROXY is not read where REQUEST_METHOD is set. linkwa_client_new() finds
 * a variable that cannot be used. Default: false.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_proxy_from_env(linkwa_config *config,
                                               bool yes);

/**
 * Sets the PEM file of the certificate authorities to trust, instead of the ones that come with the library (Mozilla's
 * list). Certificates are always verified (rule E-4). linkwa_client_new() reads the file. Of this and
 * linkwa_config_set_system_roots() the one that is called later counts.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `path` is NULL, or `path` is not UTF-8.
 */
linkwa_status linkwa_config_set_ca_file(linkwa_config *config, const char *path);

/**
 * Trusts the certificate authorities of the operating system, instead of the ones that come with the library. Of this
 * and linkwa_config_set_ca_file() the one that is called later counts.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_system_roots(linkwa_config *config);

/**
 * Sets how many attempts there are at a send of which no byte has left, the first included, within its time: 3
 * otherwise. linkwa_client_new() refuses 0 and more than 100. What may have been accepted is never tried again, but for the answers that
 * linkwa_config_set_retry_when_busy() is about.
 *
 * A client limits its retries, so that a gateway in an outage does not get three times as many requests. It starts with
 * ten tokens. A retry costs one token, an accepted send earns a tenth of one, and with five or fewer left nothing is tried
 * again. In an outage the sends of one client therefore make 3, 3, 2 and then 1 attempt each. The pauses between attempts
 * are random: up to 100 ms before the second attempt, up to 200 ms before the third, and so on up to 2 seconds.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_max_attempts(linkwa_config *config,
                                             uint32_t attempts);

/**
 * Sets whether an answer of HTTP 429 or 503 is tried again too, after the pause that its Retry-After names (30 seconds
 * at most), or else a random one. It is not otherwise.
 *
 * A 503 may come after the gateway took the message: trying again can then send it twice.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_retry_when_busy(linkwa_config *config, bool yes);

/**
 * Sets how many asynchronous sends may be under way at once, each with a connection of its own: 64 otherwise.
 * linkwa_client_new() refuses 0 and more than 10,000. A send that waits for its result stays on its caller's thread and
 * is not counted.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_max_connections(linkwa_config *config, size_t connections);

/**
 * Sets how many asynchronous sends may wait for others to end: 10,000 otherwise. linkwa_client_new() refuses 0 and more
 * than 10,000,000. One more fails at once, with LINKWA_NOT_SENT and LINKWA_REASON_QUEUE_FULL.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_max_queue(linkwa_config *config, size_t sends);

/**
 * Sets whether plain http:// is allowed to a host that is not this machine (rule E-4): username, password and messages
 * can then be read on the way. It is not otherwise.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_allow_http(linkwa_config *config, bool yes);

/**
 * Sets whether every warning of validation is taken for an error, so that nothing doubtful is sent. It is not
 * otherwise.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_strict(linkwa_config *config, bool yes);

/**
 * Frees a configuration and wipes its password. NULL is fine. Clients that were made with it go on.
 */
void linkwa_config_free(linkwa_config *config);

/**
 * Makes an empty contact card. NULL only after an internal error.
 *
 * It is the caller's, to be freed with linkwa_contact_free().
 */
linkwa_contact *linkwa_contact_new(void);

/**
 * Sets the contact's name, which is copied.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` or `name` is NULL, or a text in it is not UTF-8.
 */
linkwa_status linkwa_contact_set_name(linkwa_contact *contact, const linkwa_name *name);

/**
 * Sets where the contact works, which is copied.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` or `org` is NULL, or a text in it is not UTF-8.
 */
linkwa_status linkwa_contact_set_org(linkwa_contact *contact, const linkwa_org *org);

/**
 * Sets the contact's birthday: "YYYY-MM-DD"; anything else is a warning when it is sent (rule M-3).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` or `birthday` is NULL, or `birthday` is not UTF-8.
 */
linkwa_status linkwa_contact_set_birthday(linkwa_contact *contact, const char *birthday);

/**
 * Adds a postal address, which is copied.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` or `address` is NULL, or a text in it is not UTF-8.
 */
linkwa_status linkwa_contact_add_address(linkwa_contact *contact, const linkwa_address *address);

/**
 * Adds a phone number, written as people write it ("+1 (650) 555-1234"), its type ("HOME", "WORK"), and its WhatsApp
 * id (digits only). Each may be NULL: absent.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
 */
linkwa_status linkwa_contact_add_phone(linkwa_contact *contact,
                                       const char *phone,
                                       const char *type,
                                       const char *wa_id);

/**
 * Adds an e-mail address and its type ("HOME", "WORK"). Each may be NULL: absent.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
 */
linkwa_status linkwa_contact_add_email(linkwa_contact *contact, const char *email, const char *type);

/**
 * Adds a web address and its type ("HOME", "WORK"). Each may be NULL: absent.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
 */
linkwa_status linkwa_contact_add_url(linkwa_contact *contact, const char *url, const char *type);

/**
 * Frees a contact card. NULL is fine. Messages that it was added to have their copy.
 */
void linkwa_contact_free(linkwa_contact *contact);

/**
 * What kind of error it is: the status that the call gave. LINKWA_OK for NULL: there is no error then, as in a
 * linkwa_on_done function after a send that was accepted.
 */
linkwa_status linkwa_error_code(const linkwa_error *error);

/**
 * What happened, in words for people, on one line or several; words may change. It names paths and never a credential
 * or a value of a callback. NULL for NULL.
 *
 * The text belongs to the error and lives as long as it.
 */
const char *linkwa_error_message(const linkwa_error *error);

/**
 * What is known about the message; LINKWA_MESSAGE_NONE for a malformed callback, and for NULL.
 */
linkwa_outcome linkwa_error_outcome(const linkwa_error *error);

/**
 * What to do with the message: send it again later (after linkwa_error_retry_after_ms() where that is not -1), give up,
 * or wait for its event report. LINKWA_DISPOSITION_NONE for NULL.
 */
linkwa_disposition linkwa_error_disposition(const linkwa_error *error);

/**
 * Why the message was not sent, or why its outcome is unknown; LINKWA_REASON_NONE for other errors, and for NULL.
 */
linkwa_reason linkwa_error_reason(const linkwa_error *error);

/**
 * The reference of the request, also where the library made it; event reports carry it. NULL if there is none, and for
 * NULL.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len().
 */
const char *linkwa_error_ref_id(const linkwa_error *error);

/**
 * The HTTP status of the gateway's answer; 0 if there was none, and for NULL.
 */
int32_t linkwa_error_http_status(const linkwa_error *error);

/**
 * Whether the gateway's answer has a result code (rules R-2 and R-4), which is written to `code` then; `code` may be
 * NULL. false for NULL.
 */
bool linkwa_error_result_code(const linkwa_error *error, int64_t *code);

/**
 * The gateway's description (rule R-2), in its own words, which may repeat values of the request. NULL if there is
 * none, and for NULL.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len().
 */
const char *linkwa_error_description(const linkwa_error *error);

/**
 * The gateway's description in another language (rule R-2). NULL if there is none, and for NULL.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len().
 */
const char *linkwa_error_translated_description(const linkwa_error *error);

/**
 * How long the gateway asked to wait (`Retry-After`), in milliseconds; -1 if it did not, and for NULL.
 */
int64_t linkwa_error_retry_after_ms(const linkwa_error *error);

/**
 * The body of the gateway's answer (unpacked, if it was gzip), at most 64 KiB of it, with a NUL behind it; its length is
 * linkwa_error_response_body_len(). NULL if there was no answer, and for NULL.
 *
 * The bytes belong to the error and live as long as it.
 */
const char *linkwa_error_response_body(const linkwa_error *error);

/**
 * How many bytes linkwa_error_response_body() has; 0 if there was no answer, and for NULL.
 */
size_t linkwa_error_response_body_len(const linkwa_error *error);

/**
 * Where a callback is malformed (LINKWA_INVALID_CALLBACK), in the wire's words; empty for the callback as a whole.
 * NULL for other errors, and for NULL.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len().
 */
const char *linkwa_error_path(const linkwa_error *error);

/**
 * At which byte, from 0, a callback is malformed (LINKWA_INVALID_CALLBACK); -1 for other errors, and for NULL.
 */
int64_t linkwa_error_position(const linkwa_error *error);

/**
 * Everything that validation found (LINKWA_INVALID_REQUEST), warnings included; an empty list for other errors. NULL
 * for NULL.
 *
 * The list belongs to the error and lives as long as it: do not free it.
 */
const linkwa_findings *linkwa_error_findings(const linkwa_error *error);

/**
 * How many bytes a text has that this error gave, the NUL behind it not counted: more than strlen() says if it holds
 * U+0000. 0 for any other pointer, and for NULL.
 */
size_t linkwa_error_text_len(const linkwa_error *error, const char *text);

/**
 * A copy of an error with all that it gives: to keep one that is not yours, such as a chunk's. NULL for NULL, and
 * otherwise only after an internal error.
 *
 * The copy is yours, to be freed with linkwa_error_free().
 */
linkwa_error *linkwa_error_copy(const linkwa_error *error);

/**
 * Frees an error with all that it gave. NULL is fine.
 */
void linkwa_error_free(linkwa_error *error);

/**
 * How many findings there are; 0 for NULL.
 */
size_t linkwa_findings_len(const linkwa_findings *findings);

/**
 * Where it is, in the wire's words: "messages[0].text.body"; empty for the request as a whole. Field names of the
 * request stand in it, so it may hold U+0000: see linkwa_findings_text_len(). NULL if there is no finding of this
 * index (from 0), and for NULL.
 *
 * The text belongs to the findings and lives as long as they.
 */
const char *linkwa_findings_path(const linkwa_findings *findings, size_t index);

/**
 * What it is, in a stable word: "required", "invalid_msisdn". Decide on these. NULL if there is no finding of this
 * index (from 0), and for NULL.
 *
 * The text belongs to the findings and lives as long as they.
 */
const char *linkwa_findings_code(const linkwa_findings *findings, size_t index);

/**
 * What it is, in a sentence for people; sentences may change. It never repeats a value of the request, which may be a
 * phone number. NULL if there is no finding of this index (from 0), and for NULL.
 *
 * The text belongs to the findings and lives as long as they.
 */
const char *linkwa_findings_message(const linkwa_findings *findings, size_t index);

/**
 * What to write instead: the nearest known name, the number without what does not belong to it, "en_GB". NULL if
 * nothing can be suggested, if there is no finding of this index (from 0), and for NULL.
 *
 * The text belongs to the findings and lives as long as they.
 */
const char *linkwa_findings_suggestion(const linkwa_findings *findings, size_t index);

/**
 * Whether it keeps the request from being sent. LINKWA_SEVERITY_NONE if there is no finding of this index (from 0),
 * and for NULL.
 */
linkwa_severity linkwa_findings_severity(const linkwa_findings *findings, size_t index);

/**
 * How many bytes a text has that these findings gave, the NUL behind it not counted: more than strlen() says if it
 * holds U+0000. 0 for any other pointer, and for NULL.
 */
size_t linkwa_findings_text_len(const linkwa_findings *findings, const char *text);

/**
 * Frees findings that linkwa_validate() gave, and their texts; those of an error or result are freed with it. NULL is
 * fine.
 */
void linkwa_findings_free(linkwa_findings *findings);

/**
 * Checks a whole request in wire form, `len` bytes of JSON in UTF-8, and gives everything that is wrong or doubtful.
 *
 * It fails for no request: what is no JSON is the finding "invalid_json". The findings are the caller's, to be freed
 * with linkwa_findings_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `json` or `findings` is NULL.
 */
linkwa_status linkwa_validate(const char *json, size_t len, linkwa_findings **findings, linkwa_error **err);

/**
 * The word of a level: "off", "error", "debug". NULL for an unknown number.
 *
 * The text is always there.
 */
const char *linkwa_log_level_name(linkwa_log_level level);

/**
 * Gives the lines of the log up to the level `most` to your function, which is called with `user_data`; NULL for none.
 * It replaces an earlier function, which is not called any more when this returns (unless it is called from inside
 * that).
 *
 * Nothing is logged unless this is called.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `most` is no level; all stays as it was then.
 */
linkwa_status linkwa_set_log(linkwa_log log, void *user_data, linkwa_log_level most);

/**
 * Makes options for linkwa_send_many(): a hundred destinations in a request, as fast as the gateway answers.
 *
 * They are yours, to be freed with linkwa_many_options_free().
 */
linkwa_many_options *linkwa_many_options_new(void);

/**
 * Frees options. NULL is fine.
 */
void linkwa_many_options_free(linkwa_many_options *options);

/**
 * How many destinations go into a request: 1 to 50,000, and 100 by default. Another number refuses the run:
 * LINKWA_INVALID_CONFIG.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
 */
linkwa_status linkwa_many_options_set_destinations_per_request(linkwa_many_options *options, size_t count);

/**
 * The most destinations a second, on average: above 0, and at most a million. A request takes as much of the rate as it
 * has destinations. Another number refuses the run: LINKWA_INVALID_CONFIG. Without this there is no limit.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
 */
linkwa_status linkwa_many_options_set_rate(linkwa_many_options *options, double destinations_per_second);

/**
 * What each request says; they are copied. The refId of the request with the index 17 is "{refId}-17". The timeout is
 * that of each request, from the moment it is taken up.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if one is NULL; what went wrong first in a setter of `send`.
 */
linkwa_status linkwa_many_options_set_send_options(linkwa_many_options *options, const linkwa_options *send);

/**
 * Goes on where an earlier run stopped: `len` bytes that linkwa_many_checkpoint() gave. Give the same destinations in
 * the same order: requests that were accepted are skipped, and those whose outcome is unknown as well; what was
 * rejected or not sent is sent again. refId and destinations per request are the earlier run's. A run with others, or
 * with other destinations, is refused: LINKWA_INVALID_CONFIG.
 *
 * Errors: LINKWA_INVALID_CONFIG if this is no checkpoint; LINKWA_INVALID_ARGUMENT if `options` or `checkpoint` is
 * NULL.
 */
linkwa_status linkwa_many_options_set_resume(linkwa_many_options *options, const char *checkpoint, size_t len);

/**
 * When resuming, also sends those requests again whose outcome is unknown: those that were accepted then reach their
 * recipients twice. Off by default.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
 */
linkwa_status linkwa_many_options_set_resend_unknown(linkwa_many_options *options, bool yes);

/**
 * Sends the same message, with those appended to it, to very many destinations, which `next` gives one by one: in
 * requests of up to linkwa_many_options_set_destinations_per_request(), as many at once as the client has connections,
 * in bounded memory. `on_chunk` is told what came of each request, in the order in which they are done. It returns
 * when all are done, or when those are done that had begun before linkwa_many_stop().
 *
 * `next` is called with `next_data`, `on_chunk` with `on_chunk_data`; `options` may be NULL, and so may `progress`, to
 * which the final figures are written.
 *
 * Each destination is checked when it is taken. One that is invalid comes out alone, with its findings, and the others
 * are sent. HTTP 429 pauses the run as a whole, and what was answered so is sent again, up to 10 times; HTTP 503, and
 * three requests in a row without a connection or an answer, pause it as well. HTTP 401 and 403 end the run, and so do
 * 15 minutes without an answer: no request begins any more, and a checkpoint resumes it.
 *
 * Errors: what comes of a request is told to `on_chunk`, not here. LINKWA_INVALID_ARGUMENT if `client`, `next`,
 * `message` or `on_chunk` is NULL; what went wrong first in a setter of the message or the options;
 * LINKWA_INVALID_CONFIG if a number of the options is out of its bounds, or the checkpoint is of another run. A client
 * that is closed ends the run after the first request that it refused.
 */
linkwa_status linkwa_send_many(const linkwa_client *client,
                               linkwa_next_destination next,
                               void *next_data,
                               const linkwa_message *message,
                               const linkwa_many_options *options,
                               linkwa_on_chunk on_chunk,
                               void *on_chunk_data,
                               linkwa_progress *progress,
                               linkwa_error **err);

/**
 * As linkwa_send_many(), with a message of its own for each destination, which `message_for` makes, called with
 * `message_for_data`; each destination is then a request. A checkpoint of a run with several destinations in a request
 * cannot be resumed here: LINKWA_INVALID_CONFIG.
 *
 * Errors: as linkwa_send_many(). LINKWA_INVALID_ARGUMENT also if `message_for` is NULL.
 */
linkwa_status linkwa_send_many_each(const linkwa_client *client,
                                    linkwa_next_destination next,
                                    void *next_data,
                                    linkwa_message_for message_for,
                                    void *message_for_data,
                                    const linkwa_many_options *options,
                                    linkwa_on_chunk on_chunk,
                                    void *on_chunk_data,
                                    linkwa_progress *progress,
                                    linkwa_error **err);

/**
 * The reference that those of the run's requests begin with. NULL for NULL.
 *
 * The text belongs to the run and lives as long as it; see linkwa_many_text_len().
 */
const char *linkwa_many_ref_id(const linkwa_many *many);

/**
 * How many bytes a text has that this run gave, the NUL behind it not counted: more than strlen() says if it holds
 * U+0000. 0 for any other pointer, and for NULL.
 */
size_t linkwa_many_text_len(const linkwa_many *many, const char *text);

/**
 * Begins no more requests. Those that have begun are still told; then the run ends.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `many` is NULL.
 */
linkwa_status linkwa_many_stop(const linkwa_many *many);

/**
 * How far the run is.
 *
 * To be called inside a linkwa_on_chunk function, on the thread that this runs on. Errors: LINKWA_INVALID_ARGUMENT if
 * `many` or `progress` is NULL, and elsewhere while the run is at work.
 */
linkwa_status linkwa_many_progress(const linkwa_many *many, linkwa_progress *progress);

/**
 * Which requests were dealt with until now, as a short JSON text to be kept and given to
 * linkwa_many_options_set_resume(). Those under way count as unknown. After a crash, find out about requests that
 * began later by their references, "{refId}-{index}", before you resume.
 *
 * The buffer is yours, to be freed with linkwa_buffer_free(). To be called inside a linkwa_on_chunk function, on the
 * thread that this runs on.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `many` or `buffer` is NULL, and elsewhere while the run is at work.
 */
linkwa_status linkwa_many_checkpoint(const linkwa_many *many, linkwa_buffer **buffer, linkwa_error **err);

/**
 * Which request it is, from 0, counted in the order of the destinations. 0 for NULL.
 */
uint64_t linkwa_chunk_index(const linkwa_chunk *chunk);

/**
 * The request's own reference: "{refId}-{index}". NULL for NULL.
 *
 * The text belongs to the chunk and lives as long as it; see linkwa_chunk_text_len().
 */
const char *linkwa_chunk_ref_id(const linkwa_chunk *chunk);

/**
 * How many destinations it has. 0 for NULL.
 */
size_t linkwa_chunk_destinations_len(const linkwa_chunk *chunk);

/**
 * The destination of this index (from 0). NULL if there is none, and for NULL.
 *
 * The text belongs to the chunk and lives as long as it; see linkwa_chunk_text_len().
 */
const char *linkwa_chunk_destination(const linkwa_chunk *chunk, size_t index);

/**
 * How many bytes a text has that this chunk gave, the NUL behind it not counted: more than strlen() says if it holds
 * U+0000. 0 for any other pointer, and for NULL.
 */
size_t linkwa_chunk_text_len(const linkwa_chunk *chunk, const char *text);

/**
 * The result, if it was accepted; NULL otherwise, and for NULL.
 *
 * It belongs to the chunk and lives as long as it: do not free it; linkwa_result_copy() gives one to keep.
 */
const linkwa_result *linkwa_chunk_result(const linkwa_chunk *chunk);

/**
 * The error, if it was not accepted; NULL otherwise, and for NULL.
 *
 * It belongs to the chunk and lives as long as it: do not free it; linkwa_error_copy() gives one to keep.
 */
const linkwa_error *linkwa_chunk_error(const linkwa_chunk *chunk);

/**
 * Makes a text message; the body must not be empty. More than 4,096 characters are a warning (rule M-3). A URL in it
 * starts with "http://" or "https://".
 *
 * Never NULL, except after an internal error: `body` that is NULL or not UTF-8 is remembered. The message is the
 * caller's, to be freed with linkwa_message_free().
 */
linkwa_message *linkwa_message_text(const char *body);

/**
 * Makes a message with a picture: JPEG or PNG, to be fetched from `link`, an absolute http or https URL that can be
 * reached from the internet (rule M-2). It may have a caption.
 *
 * Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
 * caller's, to be freed with linkwa_message_free().
 */
linkwa_message *linkwa_message_image(const char *link);

/**
 * Makes a message with a sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside, to be fetched from `link`, an absolute
 * http or https URL that can be reached from the internet (rule M-2). It has no caption.
 *
 * Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
 * caller's, to be freed with linkwa_message_free().
 */
linkwa_message *linkwa_message_audio(const char *link);

/**
 * Makes a message with a video: MP4 or 3GPP, to be fetched from `link`, an absolute http or https URL that can be
 * reached from the internet (rule M-2). It may have a caption.
 *
 * Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
 * caller's, to be freed with linkwa_message_free().
 */
linkwa_message *linkwa_message_video(const char *link);

/**
 * Makes a message with a document of any kind, to be fetched from `link`, an absolute http or https URL that can be
 * reached from the internet (rule M-2). It may have a caption and a file name.
 *
 * Never NULL, except after an internal error: `link` that is NULL or not UTF-8 is remembered. The message is the
 * caller's, to be freed with linkwa_message_free().
 */
linkwa_message *linkwa_message_document(const char *link);

/**
 * Makes a message with a place on the map: degrees north of the equator (-90 to 90), and degrees east of Greenwich
 * (-180 to 180). It may have a name, and an address shown under that.
 *
 * NULL only after an internal error. The message is the caller's, to be freed with linkwa_message_free().
 */
linkwa_message *linkwa_message_location(double latitude, double longitude);

/**
 * Makes a message with contact cards; give it at least one with linkwa_message_add_contact().
 *
 * NULL only after an internal error. The message is the caller's, to be freed with linkwa_message_free().
 */
linkwa_message *linkwa_message_contacts(void);

/**
 * Makes a template message: a text that was approved beforehand, with the parts filled in that vary. It is the one
 * type that may be sent at any time; all others only within 24 hours of the recipient's own last message (rule W-1).
 *
 * Name, namespace, language ("en", "pt_BR"; rule T-10) and the number of parameters must be those of the approved
 * template, which only the gateway can check. The components go out in the order in which each was first used: see
 * linkwa_message_add_header_text(), linkwa_message_add_body_text(), linkwa_message_add_quick_reply() and their like.
 *
 * Never NULL, except after an internal error: an argument that is NULL or not UTF-8 is remembered. The message is the
 * caller's, to be freed with linkwa_message_free().
 */
linkwa_message *linkwa_message_template(const char *name, const char *namespace_, const char *language);

/**
 * Makes a message from its wire form: `len` bytes of JSON in UTF-8, one object of at most 1 MiB and 64 levels. It is
 * checked like any other when it is sent or built. It cannot be changed, but others can be appended.
 *
 * Never NULL, except after an internal error: `json` that is NULL (LINKWA_INVALID_ARGUMENT) or no such object
 * (LINKWA_INVALID_REQUEST) is remembered. The message is the caller's, to be freed with linkwa_message_free().
 */
linkwa_message *linkwa_message_from_json(const char *json, size_t len);

/**
 * Makes a message that is sent as it is: `len` bytes of JSON in UTF-8, one object of at most 1 MiB and 64 levels. It
 * is the way round for a message type or field that this library does not know (rule Q-4); the gateway is the first to check
 * what is in it. It cannot be changed, but others can be appended.
 *
 * Never NULL, except after an internal error: `json` that is NULL (LINKWA_INVALID_ARGUMENT) or no such object
 * (LINKWA_INVALID_REQUEST) is remembered. The message is the caller's, to be freed with linkwa_message_free().
 */
linkwa_message *linkwa_message_raw(const char *json,
                                   size_t len);

/**
 * Of which type the message is, in the wire's words: "text", "image", "audio", "video", "document", "location",
 * "contacts", "template"; "raw" for a raw one; "unknown" for one from JSON that has no type that this library knows.
 * What was appended does not count. NULL for NULL.
 *
 * The text belongs to the message and lives as long as it.
 */
const char *linkwa_message_type(const linkwa_message *message);

/**
 * Tells the first thing that went wrong with the message's constructor or setters, which whatever sends it would tell
 * too. LINKWA_OK says that nothing did, not that the content is valid.
 *
 * Errors: what is remembered; LINKWA_INVALID_ARGUMENT if `message` is NULL.
 */
linkwa_status linkwa_message_check(const linkwa_message *message, linkwa_error **err);

/**
 * Appends a copy of another message, with those that were appended to that, to go out in the same request and in this
 * order. What `next` remembers as wrong this one remembers then.
 *
 * Errors: what `next` remembers; LINKWA_INVALID_ARGUMENT if `message` or `next` is NULL.
 */
linkwa_status linkwa_message_append(linkwa_message *message, const linkwa_message *next);

/**
 * Sets whether the recipient sees a preview of the URL in a text. Otherwise they see none; a preview without a URL in
 * the body is a warning (rule M-3).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no text.
 */
linkwa_status linkwa_message_set_preview_url(linkwa_message *message, bool preview);

/**
 * Sets the text under an image, video or document. (A medium in a template's header has none.)
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `caption` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_set_caption(linkwa_message *message, const char *caption);

/**
 * Sets the file name that the recipient of a document sees.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no document, or `filename` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_set_filename(linkwa_message *message, const char *filename);

/**
 * Sets what the place of a location is called.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no location, or `name` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_set_name(linkwa_message *message, const char *name);

/**
 * Sets the address of a location, which is shown under its name; without a name it is not shown, which is a warning
 * (rule M-3).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no location, or `address` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_set_address(linkwa_message *message, const char *address);

/**
 * Adds a copy of a contact card to a message that linkwa_message_contacts() gave. What the card remembers as wrong the
 * message remembers then.
 *
 * Errors: what `contact` remembers; LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `contact` is
 * NULL.
 */
linkwa_status linkwa_message_add_contact(linkwa_message *message, const linkwa_contact *contact);

/**
 * Frees a message. NULL is fine. Sends that are under way have what they need.
 */
void linkwa_message_free(linkwa_message *message);

/**
 * Makes options that override nothing. NULL only after an internal error.
 *
 * They are the caller's, to be freed with linkwa_options_free().
 */
linkwa_options *linkwa_options_new(void);

/**
 * Sets the message's priority, instead of the client's.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL or `priority` is a number that is none.
 */
linkwa_status linkwa_options_set_priority(linkwa_options *options, linkwa_priority priority);

/**
 * Sets the caller's own reference, which comes back in every event report; it must not be empty. Left out, every send
 * makes a unique one, which linkwa_result_ref_id() and linkwa_error_ref_id() tell.
 *
 * To be able to find out after a crash what became of a message, make one with linkwa_new_ref_id() and store it before
 * sending. Such options then serve one send.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` or `ref_id` is NULL, or `ref_id` is not UTF-8.
 */
linkwa_status linkwa_options_set_ref_id(linkwa_options *options, const char *ref_id);

/**
 * Adds a gate that event reports go to. The gates here replace all of the client's.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` or `gate` is NULL, or `gate` is not UTF-8.
 */
linkwa_status linkwa_options_add_event_report_gate(linkwa_options *options, const char *gate);

/**
 * Adds a parameter that comes back in every event report; of a key that is added twice the later value counts. The
 * parameters here replace all of the client's.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options`, `key` or `value` is NULL, or a text is not UTF-8.
 */
linkwa_status linkwa_options_add_custom_parameter(linkwa_options *options, const char *key, const char *value);

/**
 * Sets how long the gateway may try, from the sending on, in milliseconds; 0 is found invalid when it is sent (rule
 * Q-3). An absolute time wins over this.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
 */
linkwa_status linkwa_options_set_relative_validity_time_ms(linkwa_options *options, uint64_t milliseconds);

/**
 * Sets until when the gateway may try: an RFC 3339 date and time with an offset, "2030-03-18T16:49:21Z" (rule Q-3). It
 * wins over a relative time; a time that is over is a warning. With neither, the gateway tries for 48 hours. What is
 * no such time is found when it is sent.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` or `time` is NULL, or `time` is not UTF-8.
 */
linkwa_status linkwa_options_set_absolute_validity_time(linkwa_options *options, const char *time);

/**
 * Sets until when the gateway may try, as linkwa_options_set_absolute_validity_time() does, in seconds since
 * 1970-01-01 UTC: what time() gives. A time before 1970 is taken as its beginning, one beyond the year 9999 as its
 * end.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL, or this system's clock cannot count that far.
 */
linkwa_status linkwa_options_set_valid_until(linkwa_options *options, int64_t unix_seconds);

/**
 * Sets the business number to send from, instead of the client's: 3 to 15 digits with or without "+" (rule Q-2), which
 * is checked when it is sent.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` or `msisdn` is NULL, or `msisdn` is not UTF-8.
 */
linkwa_status linkwa_options_set_source(linkwa_options *options, const char *msisdn);

/**
 * Sets the id of the service on LINK's platform, instead of the client's.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` or `id` is NULL, or `id` is not UTF-8.
 */
linkwa_status linkwa_options_set_platform_service_id(linkwa_options *options, const char *id);

/**
 * Sets the type of the service on LINK's platform, instead of the client's.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` or `service_type` is NULL, or `service_type` is not UTF-8.
 */
linkwa_status linkwa_options_set_platform_service_type(linkwa_options *options, const char *service_type);

/**
 * Sets the id of the transaction on LINK's platform. Without it there is none.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` or `id` is NULL, or `id` is not UTF-8.
 */
linkwa_status linkwa_options_set_platform_transaction_id(linkwa_options *options, const char *id);

/**
 * Sets how long the send may take, from the call to the result, in milliseconds, instead of the client's time. A
 * send with 0 or more than 24 hours fails with LINKWA_INVALID_CONFIG.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
 */
linkwa_status linkwa_options_set_timeout_ms(linkwa_options *options, uint64_t milliseconds);

/**
 * Frees options. NULL is fine. Sends that are under way have what they need.
 */
void linkwa_options_free(linkwa_options *options);

/**
 * What linkwa_send() does, without waiting: a worker sends, and `on_done` is called with `user_data` when it is over.
 * The timeout counts from here, the time in the queue included. Up to linkwa_config_set_max_connections() sends are
 * under way at once.
 *
 * If `pending` is not NULL it gets an object to wait with or to cancel with, which is yours, to be freed with
 * linkwa_pending_free(). It is written before the send starts: `on_done` finds it there, and may free it and what
 * `pending` points into. One of `on_done` and `pending` may be NULL.
 *
 * Errors: at once LINKWA_INVALID_REQUEST, LINKWA_INVALID_ARGUMENT, and LINKWA_NOT_SENT with LINKWA_REASON_QUEUE_FULL
 * if too many sends are waiting, or LINKWA_REASON_CLOSED. All others come with the result: see linkwa_send().
 */
linkwa_status linkwa_send_async(const linkwa_client *client,
                                const char *const *destinations,
                                size_t len,
                                const linkwa_message *message,
                                const linkwa_options *options,
                                linkwa_on_done on_done,
                                void *user_data,
                                linkwa_pending **pending,
                                linkwa_error **err);

/**
 * What linkwa_send_request() does, without waiting; `on_done`, `pending` and errors as in linkwa_send_async().
 */
linkwa_status linkwa_send_request_async(const linkwa_client *client,
                                        const char *json,
                                        size_t len,
                                        linkwa_on_done on_done,
                                        void *user_data,
                                        linkwa_pending **pending,
                                        linkwa_error **err);

/**
 * What linkwa_send_raw() does, without waiting; `on_done`, `pending` and errors as in linkwa_send_async().
 */
linkwa_status linkwa_send_raw_async(const linkwa_client *client,
                                    const char *json,
                                    size_t len,
                                    linkwa_on_done on_done,
                                    void *user_data,
                                    linkwa_pending **pending,
                                    linkwa_error **err);

/**
 * The reference of the request, the one that was made if you gave none. Empty only for a raw request that had none;
 * NULL for NULL.
 *
 * The text belongs to the pending send and lives as long as it; see linkwa_pending_text_len().
 */
const char *linkwa_pending_ref_id(const linkwa_pending *pending);

/**
 * How many bytes a text has that this pending send gave, the NUL behind it not counted: more than strlen() says if it
 * holds U+0000. 0 for any other pointer, and for NULL.
 */
size_t linkwa_pending_text_len(const linkwa_pending *pending, const char *text);

/**
 * Whether it is over. False for NULL.
 */
bool linkwa_pending_is_done(const linkwa_pending *pending);

/**
 * Ends the send now, if it is not over. If no byte of the message had left, none will, and the error is
 * LINKWA_NOT_SENT (LINKWA_REASON_CANCELLED); otherwise it is LINKWA_OUTCOME_UNKNOWN (LINKWA_REASON_CANCELLED). A
 * linkwa_on_done function that is still to be told is called on this thread before this returns.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `pending` is NULL.
 */
linkwa_status linkwa_pending_cancel(const linkwa_pending *pending);

/**
 * Waits until the send is over, at most `timeout_ms` milliseconds, and says whether it is. False for NULL.
 *
 * linkwa_pending_wait() then gives the result without waiting.
 */
bool linkwa_pending_wait_timeout(const linkwa_pending *pending, uint64_t timeout_ms);

/**
 * Waits until the send is over, never longer than its own timeout, and tells what came of it. It may be called again
 * and by several threads; each gets a result of its own, to be freed with linkwa_result_free().
 *
 * Errors: see linkwa_send(). LINKWA_INVALID_ARGUMENT if `pending` or `result` is NULL; the send goes on then, so that the
 * outcome is LINKWA_MESSAGE_UNKNOWN.
 */
linkwa_status linkwa_pending_wait(const linkwa_pending *pending,
                                  linkwa_result **result,
                                  linkwa_error **err);

/**
 * Frees the object; the send goes on. NULL is fine.
 */
void linkwa_pending_free(linkwa_pending *pending);

/**
 * The business number that the user wrote to. NULL if the message does not have it, and for what is no received
 * message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_destination(const linkwa_callback *callback);

/**
 * The number of the user who wrote. Every received message has it; NULL for what is none, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_source(const linkwa_callback *callback);

/**
 * Who delivered it: "whatsapp". NULL if the message does not have it, and for what is no received message, such as
 * NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_provider(const linkwa_callback *callback);

/**
 * When the gateway received it, as it came: RFC 3339, as a rule. NULL if the message does not have it, and for what is
 * no received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_timestamp_raw(const linkwa_callback *callback);

/**
 * Whether the message says when the gateway received it, and in RFC 3339; then it is written to `ms`: milliseconds
 * since 1970-01-01 UTC, negative before. `ms` may be NULL. false for what is no received message, such as NULL.
 */
bool linkwa_received_message_timestamp_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * The gateway's id of the message. Every received message has it; NULL for what is none, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_message_id(const linkwa_callback *callback);

/**
 * When the provider received it, as it came: RFC 3339, as a rule. NULL if the message does not have it, and for what
 * is no received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_provider_timestamp_raw(const linkwa_callback *callback);

/**
 * Whether the message says when the provider received it, and in RFC 3339; then it is written to `ms`: milliseconds
 * since 1970-01-01 UTC, negative before. `ms` may be NULL. false for what is no received message, such as NULL.
 */
bool linkwa_received_message_provider_timestamp_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * The provider's id of the message. NULL if the message does not have it, and for what is no received message, such as
 * NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_provider_message_id(const linkwa_callback *callback);

/**
 * The kind of content (`content.type` on the wire): "WHATSAPP". NULL if the message does not have it, and for what is
 * no received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_content_kind(const linkwa_callback *callback);

/**
 * Whether there is a message in the content (`content.message` on the wire), be it empty. false for what is no
 * received message, such as NULL.
 */
bool linkwa_received_message_has_message(const linkwa_callback *callback);

/**
 * What the message is (`content.message.contentType` on the wire): "TEXT" or "BUTTON"; newer gateways have more. NULL
 * if the message does not have it, and for what is no received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_content_type(const linkwa_callback *callback);

/**
 * What the user wrote (`content.message.text` on the wire). NULL if the message does not have it, and for what is no
 * received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_text(const linkwa_callback *callback);

/**
 * Whether the user pressed a button (`content.message.button` on the wire). false for what is no received message,
 * such as NULL.
 */
bool linkwa_received_message_has_button(const linkwa_callback *callback);

/**
 * What stands on the button that the user pressed. NULL if the message does not have it, and for what is no received
 * message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_button_text(const linkwa_callback *callback);

/**
 * The payload that the template gave the button which the user pressed. NULL if the message does not have it, and for
 * what is no received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_button_payload(const linkwa_callback *callback);

/**
 * Whether the message is a reply (`content.message.context` on the wire). false for what is no received message, such
 * as NULL.
 */
bool linkwa_received_message_has_context(const linkwa_callback *callback);

/**
 * Who sent the message that the user replied to. NULL if the message does not have it, and for what is no received
 * message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_context_source(const linkwa_callback *callback);

/**
 * The id of the message that the user replied to. NULL if the message does not have it, and for what is no received
 * message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_context_message_id(const linkwa_callback *callback);

/**
 * Whether it can be told until when every message type may be sent to the user (rule W-1), which is written to `ms`
 * then: 24 hours after the provider's timestamp, or else the gateway's, in milliseconds since 1970-01-01 UTC. `ms` may
 * be NULL. false for what is no received message, such as NULL. Advisory: a later message opens the window anew; see
 * linkwa_care_window().
 */
bool linkwa_received_message_care_window_closes_at_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * Whether the message says by which route it came (rule C-3): of a keyword, a sub-number or a session. false for what
 * is no received message, such as NULL.
 */
bool linkwa_received_message_has_route(const linkwa_callback *callback);

/**
 * The route's id. NULL if the message has no route or the route does not have it, and for what is no received message,
 * such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_id(const linkwa_callback *callback);

/**
 * The route's reference. NULL if the message has no route or the route does not have it, and for what is no received
 * message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_ref_id(const linkwa_callback *callback);

/**
 * The id of the route's platform. NULL if the message has no route or the route does not have it, and for what is no
 * received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_platform_id(const linkwa_callback *callback);

/**
 * The id of the route's partner. NULL if the message has no route or the route does not have it, and for what is no
 * received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_platform_partner_id(const linkwa_callback *callback);

/**
 * The type of the route's service. NULL if the message has no route or the route does not have it, and for what is no
 * received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_platform_service_type(const linkwa_callback *callback);

/**
 * The id of the route's service. NULL if the message has no route or the route does not have it, and for what is no
 * received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_platform_service_id(const linkwa_callback *callback);

/**
 * The number that the route belongs to. NULL if the message has no route or the route does not have it, and for what
 * is no received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_number(const linkwa_callback *callback);

/**
 * Whether the route names the gates that the message was sent to, be they none. false for what is no received message,
 * such as NULL.
 */
bool linkwa_received_message_route_has_gate_ids(const linkwa_callback *callback);

/**
 * How many gates the route names; 0 if it names none, if the message has no route, and for what is no received
 * message, such as NULL.
 */
size_t linkwa_received_message_route_gate_ids_len(const linkwa_callback *callback);

/**
 * The id of the gate at this place, from 0, in the order in which they came. NULL if there is none, and for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_gate_id(const linkwa_callback *callback, size_t index);

/**
 * What kind of route it is (`route.type` on the wire): "KEYWORD_ROUTE", for example. NULL if the message has no route
 * or the route does not have it, and for what is no received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_kind(const linkwa_callback *callback);

/**
 * The keyword that the message began with. NULL if the message has no route or the route does not have it, and for
 * what is no received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_keyword(const linkwa_callback *callback);

/**
 * What kind of keyword it is. NULL if the message has no route or the route does not have it, and for what is no
 * received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_keyword_type(const linkwa_callback *callback);

/**
 * Whether the message says if its route is in use, which is written to `value` then. `value` may be NULL. false for
 * what is no received message, such as NULL.
 */
bool linkwa_received_message_route_active(const linkwa_callback *callback, bool *value);

/**
 * Whether the message says if others use the number of its route too, which is written to `value` then. `value` may be
 * NULL. false for what is no received message, such as NULL.
 */
bool linkwa_received_message_route_shared(const linkwa_callback *callback, bool *value);

/**
 * From when on the route is in use, as it came: RFC 3339, as a rule. NULL if the message has no route or the route
 * does not have it, and for what is no received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_start_raw(const linkwa_callback *callback);

/**
 * Whether the message says from when on its route is in use, and in RFC 3339; then it is written to `ms`: milliseconds
 * since 1970-01-01 UTC, negative before. `ms` may be NULL. false for what is no received message, such as NULL.
 */
bool linkwa_received_message_route_start_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * Until when the route is in use, as it came: RFC 3339, as a rule. NULL if the message has no route or the route does
 * not have it, and for what is no received message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_end_raw(const linkwa_callback *callback);

/**
 * Whether the message says until when its route is in use, and in RFC 3339; then it is written to `ms`: milliseconds
 * since 1970-01-01 UTC, negative before. `ms` may be NULL. false for what is no received message, such as NULL.
 */
bool linkwa_received_message_route_end_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * What the route is for. NULL if the message has no route or the route does not have it, and for what is no received
 * message, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_description(const linkwa_callback *callback);

/**
 * The word of what came of a message: "none", "queued", "sent", "delivered", "failed", "other". NULL for a number that
 * is none.
 *
 * The text is always there.
 */
const char *linkwa_event_status_name(linkwa_event_status status);

/**
 * The id that the gateway gave the message when it accepted it. NULL if the report does not have it (it then has a
 * refId), and for what is no event report, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_event_report_message_id(const linkwa_callback *callback);

/**
 * The reference of the request. NULL if the report does not have it (it then has a message id), and for what is no
 * event report, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_event_report_ref_id(const linkwa_callback *callback);

/**
 * The message's type ("text" or "template", for example); "request" for a request that failed whole (rule C-1). NULL
 * if the report does not have it, and for what is no event report, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_event_report_message_type(const linkwa_callback *callback);

/**
 * Whether the report says which of the request's messages it is of, which is written to `index` then: from 0, or -1
 * for a request that failed whole and had several. `index` may be NULL. false for what is no event report, such as
 * NULL.
 */
bool linkwa_event_report_message_index(const linkwa_callback *callback, int64_t *index);

/**
 * When it happened, as it came: RFC 3339, as a rule. NULL if the report does not have it, and for what is no event
 * report, such as NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_event_report_timestamp_raw(const linkwa_callback *callback);

/**
 * Whether the report says when it happened, and in RFC 3339; then it is written to `ms`: milliseconds since 1970-01-01
 * UTC, negative before. `ms` may be NULL. false for what is no event report, such as NULL.
 */
bool linkwa_event_report_timestamp_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * What came of the message (rule R-4); linkwa_result_code_explanation() and its like say what that means. 0 for what
 * is no event report, such as NULL.
 */
int64_t linkwa_event_report_result_code(const linkwa_callback *callback);

/**
 * What came of the message, in one of five words. LINKWA_EVENT_NONE for what is no event report, such as NULL.
 */
linkwa_event_status linkwa_event_report_status(const linkwa_callback *callback);

/**
 * The result in the gateway's words. NULL if the report does not have it, and for what is no event report, such as
 * NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_event_report_result_description(const linkwa_callback *callback);

/**
 * The reference that event reports will carry: yours, or the one that was made. Empty only for a raw request that had
 * none; NULL for NULL.
 *
 * The text belongs to the result and lives as long as it; see linkwa_result_text_len().
 */
const char *linkwa_result_ref_id(const linkwa_result *result);

/**
 * The gateway's result code (rules R-1 and R-4): 112001 (queued), as a rule. 0 for NULL.
 */
int64_t linkwa_result_result_code(const linkwa_result *result);

/**
 * The gateway's description. NULL if it gave none, and for NULL.
 *
 * The text belongs to the result and lives as long as it; see linkwa_result_text_len().
 */
const char *linkwa_result_description(const linkwa_result *result);

/**
 * How many message ids the gateway gave (rule R-1). 0 for NULL.
 */
size_t linkwa_result_message_ids_len(const linkwa_result *result);

/**
 * The message id of this index (from 0), in the order of the destinations (rule R-1). NULL if there is none, and for
 * NULL.
 *
 * The text belongs to the result and lives as long as it; see linkwa_result_text_len().
 */
const char *linkwa_result_message_id(const linkwa_result *result, size_t index);

/**
 * How many receipts there are, each a destination with its message id: one for each destination, or none if the
 * gateway gave another number of ids than there were destinations (rule R-1), because then nothing is guessed. 0 for
 * NULL.
 */
size_t linkwa_result_receipts_len(const linkwa_result *result);

/**
 * The destination of the receipt of this index (from 0). NULL if there is none, and for NULL.
 *
 * The text belongs to the result and lives as long as it; see linkwa_result_text_len().
 */
const char *linkwa_result_receipt_destination(const linkwa_result *result, size_t index);

/**
 * The message id of the receipt of this index (from 0), which event reports will name. NULL if there is none, and for
 * NULL.
 *
 * The text belongs to the result and lives as long as it; see linkwa_result_text_len().
 */
const char *linkwa_result_receipt_message_id(const linkwa_result *result, size_t index);

/**
 * What validation warned of; an empty list, as a rule. NULL for NULL.
 *
 * The list belongs to the result and lives as long as it: do not free it.
 */
const linkwa_findings *linkwa_result_warnings(const linkwa_result *result);

/**
 * How many attempts it took: 1, as a rule. 0 for NULL.
 */
uint32_t linkwa_result_attempts(const linkwa_result *result);

/**
 * How many bytes a text has that this result gave, the NUL behind it not counted: more than strlen() says if it holds
 * U+0000. 0 for any other pointer, and for NULL.
 */
size_t linkwa_result_text_len(const linkwa_result *result, const char *text);

/**
 * A copy of a result with all that it gives: to keep one that is not yours, such as a chunk's. NULL for NULL, and
 * otherwise only after an internal error.
 *
 * The copy is yours, to be freed with linkwa_result_free().
 */
linkwa_result *linkwa_result_copy(const linkwa_result *result);

/**
 * Frees a result with all that it gave. NULL is fine.
 */
void linkwa_result_free(linkwa_result *result);

/**
 * The name of a result code, the same in every language: "delivered", "invalid_contact". NULL for a code that version
 * 1.4.1 of the API does not list; the gateway may be newer than this library (rule R-4).
 *
 * The text is always there.
 */
const char *linkwa_result_code_name(int64_t code);

/**
 * What a result code means, in a sentence for people; never NULL, because there is one for codes that are not listed.
 * Sentences may change.
 *
 * The text is always there.
 */
const char *linkwa_result_code_explanation(int64_t code);

/**
 * Whether a result code says that all went well so far: 112001 to 112005.
 */
bool linkwa_result_code_is_success(int64_t code);

/**
 * Whether a result code says that the message will not arrive: 112000, 112500, or a listed 1124xx. A code that is not
 * listed is neither a success nor a failure.
 */
bool linkwa_result_code_is_failure(int64_t code);

/**
 * Whether nothing else is to come for a message of this result code: it was delivered, or it failed.
 */
bool linkwa_result_code_is_final(int64_t code);

/**
 * Whether LINK asks to be told about a result code.
 */
bool linkwa_result_code_should_contact_support(int64_t code);

/**
 * Sends a text to one destination: 1 to 4,096 characters. A longer one is sent too, with a warning on the result,
 * unless the client is strict. To ask for a preview of a link in it use linkwa_message_text() with
 * linkwa_message_set_preview_url().
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` is what this send overrides,
 * or NULL. It waits for the gateway's answer, at most for the timeout of the options or the client. The result is
 * yours, to be freed with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
linkwa_status linkwa_send_text(const linkwa_client *client,
                               const char *to,
                               const char *text,
                               const linkwa_options *options,
                               linkwa_result **result,
                               linkwa_error **err);

/**
 * Sends a picture (JPEG or PNG) to one destination. It is fetched from `link`, an absolute http or https URL.
 * `caption` is the text under it; NULL for none.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` is what this send overrides,
 * or NULL. It waits for the gateway's answer, at most for the timeout of the options or the client. The result is
 * yours, to be freed with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
linkwa_status linkwa_send_image(const linkwa_client *client,
                                const char *to,
                                const char *link,
                                const char *caption,
                                const linkwa_options *options,
                                linkwa_result **result,
                                linkwa_error **err);

/**
 * Sends a sound (AAC, MP4, AMR, MPEG, or Ogg with Opus inside) to one destination. It is fetched from `link`, an
 * absolute http or https URL. It has no caption.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` is what this send overrides,
 * or NULL. It waits for the gateway's answer, at most for the timeout of the options or the client. The result is
 * yours, to be freed with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
linkwa_status linkwa_send_audio(const linkwa_client *client,
                                const char *to,
                                const char *link,
                                const linkwa_options *options,
                                linkwa_result **result,
                                linkwa_error **err);

/**
 * Sends a video (MP4 or 3GPP) to one destination. It is fetched from `link`, an absolute http or https URL. `caption`
 * is the text under it; NULL for none.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` is what this send overrides,
 * or NULL. It waits for the gateway's answer, at most for the timeout of the options or the client. The result is
 * yours, to be freed with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
linkwa_status linkwa_send_video(const linkwa_client *client,
                                const char *to,
                                const char *link,
                                const char *caption,
                                const linkwa_options *options,
                                linkwa_result **result,
                                linkwa_error **err);

/**
 * Sends a document of any type to one destination. It is fetched from `link`, an absolute http or https URL. `caption`
 * is the text under it, `filename` the name that the recipient sees; either may be NULL for none.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` is what this send overrides,
 * or NULL. It waits for the gateway's answer, at most for the timeout of the options or the client. The result is
 * yours, to be freed with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
linkwa_status linkwa_send_document(const linkwa_client *client,
                                   const char *to,
                                   const char *link,
                                   const char *caption,
                                   const char *filename,
                                   const linkwa_options *options,
                                   linkwa_result **result,
                                   linkwa_error **err);

/**
 * Sends a place on the map to one destination: `latitude` is degrees north of the equator, -90 to 90, `longitude`
 * degrees east of Greenwich, -180 to 180. `name` is what the place is called, `address` is shown under the name;
 * either may be NULL for none. An address without a name is not shown, of which a warning on the result tells.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` is what this send overrides,
 * or NULL. It waits for the gateway's answer, at most for the timeout of the options or the client. The result is
 * yours, to be freed with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
linkwa_status linkwa_send_location(const linkwa_client *client,
                                   const char *to,
                                   double latitude,
                                   double longitude,
                                   const char *name,
                                   const char *address,
                                   const linkwa_options *options,
                                   linkwa_result **result,
                                   linkwa_error **err);

/**
 * Sends contact cards to one destination: `contacts` is a message that linkwa_message_contacts() made.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` is what this send overrides,
 * or NULL. It waits for the gateway's answer, at most for the timeout of the options or the client. The result is
 * yours, to be freed with linkwa_result_free().
 *
 * Errors: see linkwa_send(). LINKWA_INVALID_ARGUMENT also if `contacts` is a message of another type.
 */
linkwa_status linkwa_send_contacts(const linkwa_client *client,
                                   const char *to,
                                   const linkwa_message *contacts,
                                   const linkwa_options *options,
                                   linkwa_result **result,
                                   linkwa_error **err);

/**
 * Sends a template message to one destination: one that linkwa_message_template() made. It is the only type that may
 * be sent at any time; all others only within 24 hours of the last message that the recipient sent to the business
 * number (rule W-1).
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` is what this send overrides,
 * or NULL. It waits for the gateway's answer, at most for the timeout of the options or the client. The result is
 * yours, to be freed with linkwa_result_free().
 *
 * Errors: see linkwa_send(). LINKWA_INVALID_ARGUMENT also if it is a message of another type.
 */
linkwa_status linkwa_send_template(const linkwa_client *client,
                                   const char *to,
                                   const linkwa_message *template_,
                                   const linkwa_options *options,
                                   linkwa_result **result,
                                   linkwa_error **err);

/**
 * Sends a message, with those appended to it, to one destination or several: `len` texts, each a phone number with its
 * country code (an MSISDN), with or without +.
 *
 * `options` is what this send overrides, or NULL. It waits for the gateway's answer, at most for the timeout of the
 * options or the client. The result is yours, to be freed with linkwa_result_free().
 *
 * Errors, and what is known of the message (linkwa_error_outcome()):
 * LINKWA_INVALID_REQUEST (not sent): validation found errors, see linkwa_error_findings();
 * LINKWA_NOT_SENT (not sent): no byte of it left, see linkwa_error_reason();
 * LINKWA_REJECTED (rejected): the gateway said no;
 * LINKWA_OUTCOME_UNKNOWN (unknown): it may have been accepted, see linkwa_error_reason();
 * LINKWA_INTERNAL: a bug of this library;
 * LINKWA_INVALID_ARGUMENT (not sent): `client`, `destinations`, one of them, `message` or `result` is NULL, or a text
 * is not UTF-8;
 * and what went wrong first in a setter of the message or the options.
 */
linkwa_status linkwa_send(const linkwa_client *client,
                          const char *const *destinations,
                          size_t len,
                          const linkwa_message *message,
                          const linkwa_options *options,
                          linkwa_result **result,
                          linkwa_error **err);

/**
 * Sends a whole request in wire form: `len` bytes of JSON in UTF-8, at most 1 MiB and 64 levels. It is validated, and
 * normalised as rules T-1 and T-9 say; nothing of the client's defaults goes into it.
 *
 * It waits for the gateway's answer, at most for the client's timeout. The result is yours, to be freed with
 * linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
linkwa_status linkwa_send_request(const linkwa_client *client,
                                  const char *json,
                                  size_t len,
                                  linkwa_result **result,
                                  linkwa_error **err);

/**
 * Sends a whole request as it is, `len` bytes of JSON in UTF-8: for what is newer than version 1.4.1 of the API. Only
 * that it is one JSON object of at most 1 MiB and 64 levels is checked; nothing is filled in, not even a refId.
 *
 * It waits for the gateway's answer, at most for the client's timeout. The result is yours, to be freed with
 * linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
linkwa_status linkwa_send_raw(const linkwa_client *client,
                              const char *json,
                              size_t len,
                              linkwa_result **result,
                              linkwa_error **err);

/**
 * Gives the exact bytes that linkwa_send() would post, and sends nothing. If the options have no refId, the one in the
 * bytes is made anew each time.
 *
 * The buffer is yours, to be freed with linkwa_buffer_free().
 *
 * Errors: LINKWA_INVALID_REQUEST with every finding, and LINKWA_INVALID_ARGUMENT, as linkwa_send().
 */
linkwa_status linkwa_build(const linkwa_client *client,
                           const char *const *destinations,
                           size_t len,
                           const linkwa_message *message,
                           const linkwa_options *options,
                           linkwa_buffer **buffer,
                           linkwa_error **err);

/**
 * Gives the exact bytes that linkwa_send_request() would post for a whole request in wire form, `len` bytes of JSON in
 * UTF-8. A client is not needed.
 *
 * The buffer is yours, to be freed with linkwa_buffer_free().
 *
 * Errors: LINKWA_INVALID_REQUEST with every finding; LINKWA_INVALID_ARGUMENT if `json` or `buffer` is NULL.
 */
linkwa_status linkwa_build_request(const char *json, size_t len, linkwa_buffer **buffer, linkwa_error **err);

/**
 * The word of a status, the same in every language: "ok", "outcome_unknown". NULL for an unknown number.
 *
 * The text is always there.
 */
const char *linkwa_status_name(linkwa_status status);

/**
 * The word of an outcome: "none", "rejected", "not_sent", "unknown". NULL for an unknown number.
 *
 * The text is always there.
 */
const char *linkwa_outcome_name(linkwa_outcome outcome);

/**
 * The word of a disposition: "none", "retry", "fail", "park". NULL for an unknown number.
 *
 * The text is always there.
 */
const char *linkwa_disposition_name(linkwa_disposition disposition);

/**
 * The word of a reason: "none", "dns", "queue_full". NULL for an unknown number.
 *
 * The text is always there.
 */
const char *linkwa_reason_name(linkwa_reason reason);

/**
 * The word of a severity: "none", "error", "warning". NULL for an unknown number.
 *
 * The text is always there.
 */
const char *linkwa_severity_name(linkwa_severity severity);

/**
 * Gives a template its header without a parameter; where it has one, nothing changes. It is not needed for a header
 * that has parameters: the first one makes it.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template.
 */
linkwa_status linkwa_message_add_header(linkwa_message *message);

/**
 * Adds a text to a template's header; it must not be empty. Text beside a medium is a warning (rule T-2).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `text` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_header_text(linkwa_message *message, const char *text);

/**
 * Adds a picture to a template's header, to be fetched from `link` as linkwa_message_image() says. A header has at
 * most one medium (rule T-2), and that has no caption (rule T-6).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `link` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_header_image(linkwa_message *message, const char *link);

/**
 * Adds a video to a template's header, to be fetched from `link` as linkwa_message_video() says. A header has at most
 * one medium (rule T-2), and that has no caption (rule T-6).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `link` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_header_video(linkwa_message *message, const char *link);

/**
 * Adds a document to a template's header, to be fetched from `link` as linkwa_message_document() says; it should be a
 * PDF. `filename` is what the recipient sees; NULL: none. A header has at most one medium (rule T-2), and that has no
 * caption (rule T-6).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, `link` is NULL, or a text is not UTF-8.
 */
linkwa_status linkwa_message_add_header_document(linkwa_message *message, const char *link, const char *filename);

/**
 * Gives a template its body without a parameter; where it has one, nothing changes. It is not needed for a body that
 * has parameters: the first one makes it.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template.
 */
linkwa_status linkwa_message_add_body(linkwa_message *message);

/**
 * Adds a text to a template's body, as its next parameter; it must not be empty (rule T-3).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `text` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_body_text(linkwa_message *message, const char *text);

/**
 * Adds an amount of money to a template's body, as its next parameter; the recipient sees it in their own form (rule
 * T-7). `fallback_value` is shown where that cannot be done ("$100.99"), `code` is three capital letters of ISO 4217
 * ("USD"), and `amount_1000` is the amount times 1000 (100990).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, `fallback_value` or `code` is NULL, or a text
 * is not UTF-8.
 */
linkwa_status linkwa_message_add_body_currency(linkwa_message *message,
                                               const char *fallback_value,
                                               const char *code,
                                               int64_t amount_1000);

/**
 * Adds a date and time to a template's body, as its next parameter: what a calendar and a clock on the wall show,
 * which the recipient sees in their own form (rule T-8). `month` is 1 to 12, `day` 1 to 31, `hour` 0 to 23, `minute` 0
 * to 59; `fallback_value` is shown where that cannot be done. The day of the week is worked out. A day that does not
 * exist is a warning.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `fallback_value` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_body_date_time(linkwa_message *message,
                                                const char *fallback_value,
                                                uint32_t year,
                                                uint32_t month,
                                                uint32_t day,
                                                uint32_t hour,
                                                uint32_t minute);

/**
 * Adds a moment to a template's body, as its next parameter, in milliseconds since 1970-01-01 UTC; the recipient sees
 * it in their own form (rule T-8), and `fallback_value` where that cannot be done.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `fallback_value` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_body_timestamp(linkwa_message *message,
                                                const char *fallback_value,
                                                uint64_t milliseconds);

/**
 * Adds a button to a template that answers for the user; the first button's index is 0, and no two have the same (rule
 * T-4). `payload` comes back in the received message when it is pressed; NULL: a static button.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `payload` is not UTF-8.
 */
linkwa_status linkwa_message_add_quick_reply(linkwa_message *message, uint32_t index, const char *payload);

/**
 * Adds a button to a template that opens a URL; the first button's index is 0, and no two have the same (rule T-4).
 * `text` completes the URL of the approved template; NULL: a static button.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or no template, or `text` is not UTF-8.
 */
linkwa_status linkwa_message_add_url_button(linkwa_message *message, uint32_t index, const char *text);

/**
 * The word of a resolution: "unknown", "accepted", "failed", "message_failed". NULL for an unknown number.
 *
 * The text is always there.
 */
const char *linkwa_resolution_name(linkwa_resolution resolution);

/**
 * A tracker that knows nothing, to be freed with linkwa_status_tracker_free(). NULL only after an internal error.
 */
linkwa_status_tracker *linkwa_status_tracker_new(void);

/**
 * Takes an event report in, and gives the state that its message is in now; linkwa_message_state_changed() tells
 * whether the report changed it. A report without a message id changes the state of its request. An empty id counts as
 * none; a report with neither is told but not kept.
 *
 * `state` may be NULL; else the state is the caller's, to be freed with linkwa_message_state_free(). The callback
 * stays the caller's.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `report` is NULL, or `report` is a received message.
 */
linkwa_status linkwa_status_tracker_apply(linkwa_status_tracker *tracker,
                                          const linkwa_callback *report,
                                          linkwa_message_state **state,
                                          linkwa_error **err);

/**
 * Gives the state of a message: NULL is written to `state` if no report of it came. With a `message_index` it is the
 * state of the reports with this index. With LINKWA_NO_INDEX it is the message's only state, whatever its index; if
 * reports named several indices, the least advanced of their states (queued < other < sent < failed < delivered). An
 * id that holds U+0000 cannot be asked for, because the text would end there: linkwa_status_tracker_each() shows its
 * state.
 *
 * The state is the caller's, to be freed with linkwa_message_state_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `message_id` or `state` is NULL, or `message_id` is not UTF-8.
 */
linkwa_status linkwa_status_tracker_state(const linkwa_status_tracker *tracker,
                                          const char *message_id,
                                          int64_t message_index,
                                          linkwa_message_state **state,
                                          linkwa_error **err);

/**
 * Gives what reports without a message id say about the request of this refId, as one that failed whole (rule C-1):
 * NULL is written to `state` if there was none. An id that holds U+0000 cannot be asked for, because the text would
 * end there: linkwa_status_tracker_each() shows its state.
 *
 * The state is the caller's, to be freed with linkwa_message_state_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `ref_id` or `state` is NULL, or `ref_id` is not UTF-8.
 */
linkwa_status linkwa_status_tracker_request_state(const linkwa_status_tracker *tracker,
                                                  const char *ref_id,
                                                  linkwa_message_state **state,
                                                  linkwa_error **err);

/**
 * What became of a send that ended with LINKWA_OUTCOME_UNKNOWN, by its refId (see linkwa_error_ref_id()). Only this
 * very refId counts. LINKWA_RESOLUTION_UNKNOWN if an argument is NULL or `ref_id` is not UTF-8. An id that holds
 * U+0000 cannot be asked for, because the text would end there: linkwa_status_tracker_each() shows its state.
 */
linkwa_resolution linkwa_status_tracker_resolve(const linkwa_status_tracker *tracker, const char *ref_id);

/**
 * How many entries the tracker holds: one for each message and index, and one for each refId. 0 for NULL.
 */
size_t linkwa_status_tracker_len(const linkwa_status_tracker *tracker);

/**
 * Calls a function of the caller's with each state: those of messages by message id and index, then those of requests
 * by refId. It is called on this thread, before this function returns, with the states of the moment of the call: what
 * changes meanwhile does not count. So the function may use the tracker, and forget what is final. `user_data` is
 * handed on to it.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `on_state` is NULL.
 */
linkwa_status linkwa_status_tracker_each(const linkwa_status_tracker *tracker,
                                         linkwa_on_state on_state,
                                         void *user_data);

/**
 * Calls a function of the caller's with each state of the request of this refId: those of its messages by message id
 * and index, then what reports without a message id say, if there were any. Only this very refId counts. The rest is
 * as with linkwa_status_tracker_each(), which also shows the states of a refId that holds U+0000.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `ref_id` or `on_state` is NULL, or `ref_id` is not UTF-8.
 */
linkwa_status linkwa_status_tracker_each_of(const linkwa_status_tracker *tracker,
                                            const char *ref_id,
                                            linkwa_on_state on_state,
                                            void *user_data);

/**
 * Forgets a message, all its indices, and tells whether there was one. A report that comes after all starts it anew.
 * What its reports said about their refId stays. false if an argument is NULL or not UTF-8. An id that holds U+0000
 * cannot be named, because the text would end there.
 */
bool linkwa_status_tracker_forget(linkwa_status_tracker *tracker, const char *message_id);

/**
 * Forgets what is known about a request, and tells whether there was anything: linkwa_status_tracker_resolve() then
 * says LINKWA_RESOLUTION_UNKNOWN. Its messages stay. false if an argument is NULL or not UTF-8. An id that holds
 * U+0000 cannot be named, because the text would end there.
 */
bool linkwa_status_tracker_forget_ref_id(linkwa_status_tracker *tracker, const char *ref_id);

/**
 * Gives everything that the tracker holds as JSON, for linkwa_status_tracker_from_json(). The same state is always the
 * same text. It names message ids, refIds and the gateway's descriptions.
 *
 * The buffer is the caller's, to be freed with linkwa_buffer_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `json` is NULL.
 */
linkwa_status linkwa_status_tracker_to_json(const linkwa_status_tracker *tracker,
                                            linkwa_buffer **json,
                                            linkwa_error **err);

/**
 * Makes the tracker that linkwa_status_tracker_to_json() wrote, `len` bytes of JSON.
 *
 * The tracker is the caller's, to be freed with linkwa_status_tracker_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `json` or `tracker` is NULL, or `json` is not UTF-8. LINKWA_INVALID_CONFIG if it
 * is not what a tracker of this version writes: no JSON, an unknown field or version, an entry twice, a state that no
 * reports lead to.
 */
linkwa_status linkwa_status_tracker_from_json(const char *json,
                                              size_t len,
                                              linkwa_status_tracker **tracker,
                                              linkwa_error **err);

/**
 * Frees a tracker; states that it gave stay. NULL is fine.
 */
void linkwa_status_tracker_free(linkwa_status_tracker *tracker);

/**
 * The message's id; NULL for a request, and for NULL.
 *
 * The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
 */
const char *linkwa_message_state_message_id(const linkwa_message_state *state);

/**
 * Whether the message's reports say which of the request's messages it is, which is written to `index` then, from 0.
 * `index` may be NULL. false for a request, and for NULL.
 */
bool linkwa_message_state_message_index(const linkwa_message_state *state, int64_t *index);

/**
 * The reference of the request; NULL if no report named it, and for NULL. (If reports named several, which they should
 * not, the first in the order of their bytes.)
 *
 * The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
 */
const char *linkwa_message_state_ref_id(const linkwa_message_state *state);

/**
 * The furthest that the message is known to have come. LINKWA_EVENT_NONE for NULL.
 */
linkwa_event_status linkwa_message_state_status(const linkwa_message_state *state);

/**
 * The result code of the report that decided the status (rule R-4). 0 for NULL.
 */
int64_t linkwa_message_state_result_code(const linkwa_message_state *state);

/**
 * When that happened, by the same report, as it came: RFC 3339, as a rule. One of over 64 bytes is not kept. NULL if
 * there is none, and for NULL.
 *
 * The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
 */
const char *linkwa_message_state_timestamp_raw(const linkwa_message_state *state);

/**
 * Whether that report says when it happened, and in RFC 3339; then it is written to `ms`: milliseconds since
 * 1970-01-01 UTC, negative before. `ms` may be NULL. false for NULL.
 */
bool linkwa_message_state_timestamp_ms(const linkwa_message_state *state, int64_t *ms);

/**
 * The gateway's words in that report, at most 1 KiB of them. NULL if there are none, and for NULL.
 *
 * The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
 */
const char *linkwa_message_state_description(const linkwa_message_state *state);

/**
 * Whether nothing else is to come: it was delivered, or it failed. false for NULL.
 */
bool linkwa_message_state_is_final(const linkwa_message_state *state);

/**
 * Whether the gateway reported both that it was delivered and that it failed. Somebody should look. false for NULL.
 */
bool linkwa_message_state_is_disputed(const linkwa_message_state *state);

/**
 * Whether a report had a code without a word of its own (LINKWA_EVENT_OTHER), whether or not it decides the status;
 * the latest one is written to `code` then. Newer gateways report with such codes that a delivered message was read.
 * `code` may be NULL. false for NULL.
 */
bool linkwa_message_state_other_code(const linkwa_message_state *state, int64_t *code);

/**
 * Whether the report that linkwa_status_tracker_apply() was just given changed anything. false for a state that was
 * looked up, and for NULL.
 */
bool linkwa_message_state_changed(const linkwa_message_state *state);

/**
 * How many bytes a text has that this state gave, the NUL behind it not counted: more than strlen() says if it holds
 * U+0000. 0 for any other pointer, and for NULL.
 */
size_t linkwa_message_state_text_len(const linkwa_message_state *state, const char *text);

/**
 * Frees a state that linkwa_status_tracker_apply(), linkwa_status_tracker_state() or
 * linkwa_status_tracker_request_state() gave, and its texts; one that a function of yours was called with is not
 * yours. NULL is fine.
 */
void linkwa_message_state_free(linkwa_message_state *state);

/**
 * The version of the library: "0.1.0". LINKWA_VERSION is that of the header.
 *
 * The text is always there.
 */
const char *linkwa_version(void);

/**
 * The version of the library's ABI: LINKWA_ABI_VERSION, if the header belongs to the library.
 */
uint32_t linkwa_abi_version(void);

#ifdef __cplusplus
} /* extern "C" */
#endif /* __cplusplus */

#ifdef __clang__
#pragma clang diagnostic pop
#endif

#endif  /* LINKWA_H */
