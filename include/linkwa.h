/*
 * linkwa: WhatsApp messages through LINK Mobility.
 *
 * Generated from the library's source; do not edit.
 *
 * CONTENTS. Search for the title of a section, with its number:
 *
 *     1. Objects, and the status of a call
 *     2. Sends
 *     3. Configurations and clients
 *     4. Options of a send
 *     5. Messages
 *     6. Components of templates
 *     7. Interactive messages
 *     8. Contact cards
 *     9. Results and errors
 *     10. Validation
 *     11. Asynchronous sends, and queues for event loops
 *     12. Sends to many destinations
 *     13. Requests to other resources
 *     14. Callbacks
 *     15. Whether to believe a callback
 *     16. What became of a message
 *     17. Observers and the log
 *     18. Buffers
 *     19. Versions
 *
 * OWNERSHIP. Some functions return an object that is yours: functions whose names end in _new or _copy; functions that
 * make a message (linkwa_message_text() and its siblings); linkwa_new_ref_id(), which returns a buffer; and functions
 * that write an object to an out-parameter. Pass such an object to its _free function once. _free(NULL) does nothing.
 * What a getter returns belongs to the object that you asked, and is valid until that object is freed. Arguments are
 * copied; they need only be valid during the call. The message that your linkwa_message_for returns becomes the
 * library's; what your linkwa_on_done and linkwa_on_response receive becomes yours.
 *
 * TEXTS. Texts that you pass are UTF-8 and end with NUL. Texts that you get are UTF-8 and end with NUL; NULL means that
 * the text is absent. Values from outside (the gateway, a callback, field names of a request) may contain U+0000, where
 * strlen() stops; the object's _text_len() function returns the whole length.
 *
 * ERRORS. A function that can fail returns a linkwa_status: LINKWA_OK (0) on success. It writes its out-parameters only
 * on success. If `err` is not NULL, a function that fails writes an error object to it, which is yours; a function that
 * succeeds does not touch it. The library does not free what `err` pointed to before: free an error and set the pointer
 * to NULL before you pass it to another call. Otherwise a second failure overwrites the pointer, which leaks the first
 * error, and a success leaves the old error there; so check the status, not the pointer. Setters have no `err`: they
 * return a status, and the object remembers the first error; every use of the object then fails with it. An argument
 * that is NULL, empty, not UTF-8, or a number that is not in the enum never crashes a function.
 *
 * THREADS. There are two kinds of object. The comment of each type says which kind it is.
 *
 * A BUILDER is an object that you fill in call by call: linkwa_config, linkwa_options, linkwa_many_options,
 * linkwa_message, linkwa_contact, linkwa_callback_guard and linkwa_status_tracker. It belongs to one thread at a time.
 * Several threads may use it at once only in functions that take it as const, such as linkwa_send() and
 * linkwa_callback_guard_check(), while no thread changes it. To change one builder from several threads, use a lock.
 *
 * A BUILT object does not change: linkwa_client, linkwa_pending, linkwa_result, linkwa_response, linkwa_error,
 * linkwa_findings, linkwa_chunk, linkwa_callback, linkwa_message_state and linkwa_buffer. Any number of threads may use
 * it at once, and also a linkwa_queue. The comment of linkwa_many says which of its functions are for one thread.
 *
 * Freeing an object must be its last use. Functions that take no object may be called from any thread.
 *
 * YOUR FUNCTIONS. The library calls yours (linkwa_on_done, linkwa_on_response, linkwa_on_chunk,
 * linkwa_next_destination, linkwa_message_for, linkwa_on_state, linkwa_log, linkwa_observer) as each type says. They
 * must return: no longjmp(), no C++ exception. Each may call every function of this library. That includes sends of the
 * same client, and linkwa_client_free(), which must then be the last use of that client; calls that have begun still
 * complete. Everything else that you passed to the running call must stay valid until it returns.
 *
 * SIGNALS. The library starts its own threads when there is something to send. They block all signals except those that
 * a fault of the thread itself raises (SIGSEGV, SIGBUS, SIGFPE, SIGILL), so signals reach your threads.
 *
 * DESCRIPTORS. No connection or queue of the library uses the descriptors 0, 1 and 2, even if these are closed.
 *
 * SIGNAL HANDLERS. Do not call functions of this library from a signal handler: any of them may allocate memory or take
 * a lock. Let the handler set a flag or write to a pipe, and act on it elsewhere.
 *
 * MEMORY AND STACK. If the system runs out of memory, the library aborts the program. A thread that calls the library
 * needs 64 KiB of stack (256 KiB with a debug build of the library), and more if your functions need more.
 *
 * UNLOADING. The shared library stays loaded after dlclose(): its threads may still be running.
 *
 * FORK. A child process may use all objects of its parent, except an object that another thread was using at the moment
 * of the fork: a builder, a callback whose texts were being read, a bulk run. A client always works. Sends that were
 * under way continue in the parent only; in the child their outcome is unknown. A queue belongs to the parent: make
 * another one in the child.
 *
 * BUGS. If code of the library panics, the function returns LINKWA_INTERNAL, NULL, 0 or false, and the program goes on.
 * A line on standard error says where it happened.
 *
 * COMPILERS. The header compiles without warnings as C89 and newer (-std=c89 -Wall -Wextra -pedantic; the compiler must
 * have <stdbool.h> and <stdint.h>) and as C++98 and newer. Every enum and struct has its name as a tag too. Enums are as
 * large as an int: do not compile with -fshort-enums.
 *
 * UNDEFINED BEHAVIOUR. The library cannot check that a pointer that is not NULL points to its type, that an array is as
 * long as you say, and that an object is not used after it was freed or freed twice. Otherwise anything may happen.
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

/** Before functions whose return value a program must not ignore: compilers warn. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define LINKWA_MUST_USE [[nodiscard]]
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L
#define LINKWA_MUST_USE [[nodiscard]]
#elif defined(__GNUC__) || defined(__clang__)
#define LINKWA_MUST_USE __attribute__((__warn_unused_result__))
#else
#define LINKWA_MUST_USE
#endif

/** The version of this header's library. */
#define LINKWA_VERSION "0.1.0"
/** The version as numbers, for #if. */
#define LINKWA_VERSION_MAJOR 0
#define LINKWA_VERSION_MINOR 1
#define LINKWA_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/* ======== 1. Objects, and the status of a call ======== */

/**
 * The status of a call. The numbers are fixed and never reused.
 */
typedef enum linkwa_status {
    /**
     * Success.
     */
    LINKWA_OK = 0,
    /**
     * A client that cannot work: an unknown region, plain http:// to another machine, a line break in a credential.
     * Also an invalid stored checkpoint or tracker.
     */
    LINKWA_INVALID_CONFIG = 1,
    /**
     * An invalid argument: NULL where it is not allowed, a text that is not UTF-8, a number that is not in the enum.
     * Nothing was done.
     */
    LINKWA_INVALID_ARGUMENT = 2,
    /**
     * Validation found errors; nothing was sent. See linkwa_error_findings().
     */
    LINKWA_INVALID_REQUEST = 3,
    /**
     * The gateway refused the message.
     */
    LINKWA_REJECTED = 4,
    /**
     * No byte of the message left this machine, and none will: you may send it again. See linkwa_error_reason().
     */
    LINKWA_NOT_SENT = 5,
    /**
     * The message may have been accepted. Do not send it again: look for the event report of its refId.
     */
    LINKWA_OUTCOME_UNKNOWN = 6,
    /**
     * A malformed callback. See linkwa_error_path() and linkwa_error_position().
     */
    LINKWA_INVALID_CALLBACK = 7,
    /**
     * A bug of this library, caught; the program can go on. See linkwa_error_outcome().
     */
    LINKWA_INTERNAL = 8
} linkwa_status;

/**
 * Bytes that the library made: a request, a reference, or a stored tracker.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_buffer linkwa_buffer;

/**
 * A parsed callback.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_callback linkwa_callback;

/**
 * Decides whether a callback comes from the gateway: by the address it came from, the credentials it carries, and its
 * size. Anyone can post to a callback URL, and LINK does not document a signature, so these checks are the protection.
 *
 * The guard does no I/O: give linkwa_callback_guard_check() what the HTTP server knows, before you read or parse the
 * body. A new guard accepts LINK's addresses and bodies of up to 256 KiB. Every further check that you set must pass
 * as well.
 *
 * Behind a trusted proxy, the sender is the right-most address in X-Forwarded-For or Forwarded (RFC 7239) that is not
 * itself a trusted proxy. Addresses to the left of it can be forged. From any other peer both headers are ignored. The
 * proxy must append to the header or replace it: if it passes the header on unchanged, a sender can claim any address.
 * If both headers are there they must agree, or the callback is refused; choose one with
 * linkwa_callback_guard_only_x_forwarded_for() or linkwa_callback_guard_only_forwarded().
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_callback_guard linkwa_callback_guard;

/**
 * The result of one request of a run, or of a destination that could not be sent to. One that a linkwa_on_chunk function
 * receives is valid until that function returns; one of linkwa_many_next() is yours.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_chunk linkwa_chunk;

/**
 * Sends through one account at the gateway, and keeps connections alive. Most programs need one client.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_client linkwa_client;

/**
 * The account, the gateway, and the defaults of requests. A client needs credentials, and a region or base URL;
 * everything else is optional. The configuration remembers the first setter that fails, and linkwa_client_new() then
 * fails with that error. The password, the values of headers and the proxy's URL are wiped from memory when the
 * configuration is freed, and never appear in errors or logs.
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_config linkwa_config;

/**
 * A contact card for linkwa_message_add_contact(). Every part is optional, but sending an empty card is an error. The
 * card remembers the first setter that fails, and so does a message that you add it to.
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
 * What validation found, in the order of the request. The list does not change. linkwa_validate(),
 * linkwa_check_destination(), linkwa_error_findings() and linkwa_result_warnings() return one.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_findings linkwa_findings;

/**
 * A run of many. That of linkwa_send_many() is passed to the linkwa_on_chunk function, and is valid until that function
 * returns. That of linkwa_many_new() is yours.
 *
 * You may call linkwa_many_stop() and linkwa_many_cancel() for a run of yours on any thread, also while another thread is
 * in linkwa_many_next(). Only one thread at a time may be in linkwa_many_next(): a second one gets
 * LINKWA_INVALID_ARGUMENT. So do linkwa_many_progress() and linkwa_many_checkpoint() while the run takes a step.
 */
typedef struct linkwa_many linkwa_many;

/**
 * Options of a run of many.
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_many_options linkwa_many_options;

/**
 * A message (a text, a picture, a template, or another type) and the messages that were appended to it, which go out
 * in the same request. Its content is checked when you send or build it. You may send a message any number of times.
 *
 * A constructor with an invalid argument still returns a message. The message remembers the first error of its
 * constructor and setters, and every call that sends or builds it fails with that error; linkwa_message_check()
 * returns it earlier.
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_message linkwa_message;

/**
 * The state of a message, or of a request that failed as a whole. It does not change when the tracker does.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_message_state linkwa_message_state;

/**
 * Overrides the client's defaults for a send; everything that you leave out stays as the client has it. You may use
 * one object for any number of sends. It remembers the first setter that fails, and every send with these options then
 * fails with that error.
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_options linkwa_options;

/**
 * A send that is under way on a worker, or done. Freeing it does not stop the send.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_pending linkwa_pending;

/**
 * A queue of asynchronous sends that have ended, for programs that wait with poll(), select(), epoll or an event loop. It
 * has a file descriptor that is readable as long as the queue is not empty:
 *
 *     linkwa_queue *queue = linkwa_queue_new();
 *     status = linkwa_send_async(client, to, 1, message, NULL, NULL, NULL, &pending, &err);
 *     if (status == LINKWA_OK) status = linkwa_queue_add(queue, pending, pending, &err);
 *     ... when poll() says that linkwa_queue_fd(queue) is readable:
 *     while (linkwa_queue_next(queue, &ended)) {
 *         status = linkwa_pending_wait(ended, &result, &err); ... does not wait: it has ended
 *         ... if status is LINKWA_OK, read `result` and free it; otherwise read `err` and free it
 *         linkwa_pending_free(ended);
 *     }
 *
 * Nothing of yours runs on a thread of the library then. The queue owns nothing of yours: it returns the pointers that
 * you gave it. A send comes even if its linkwa_pending was freed; a run does not come after linkwa_many_free(). Any
 * number of threads may use the queue at once. It takes every kind of send, and runs of many.
 */
typedef struct linkwa_queue linkwa_queue;

/**
 * The answer to an HTTP request.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_response linkwa_response;

/**
 * A message that the gateway accepted.
 *
 * A built object: threads may share it (see THREADS).
 */
typedef struct linkwa_result linkwa_result;

/**
 * Tracks the status of messages from their event reports, however often and in whatever order the reports arrive. It
 * has no clock and does no I/O: pass each report to linkwa_status_tracker_apply(). The same reports lead to the same
 * state in any order.
 *
 * A message is identified by its message id and index. A report without a message id, such as that of a request that
 * failed as a whole, is kept by its refId. Rules:
 *
 * - queued < other < sent < delivered = failed < read < deleted. A later step is never replaced by an earlier one. A
 *   code without a status of its own (LINKWA_EVENT_OTHER) replaces only queued; see linkwa_message_state_other_code().
 * - Among reports of the same step, the one with the earliest timestamp decides.
 * - Delivered and failed contradict each other: the one with the earlier timestamp decides; if a timestamp is missing
 *   or both are equal, delivered does. Read and deleted decide over any failed. See
 *   linkwa_message_state_is_disputed().
 *
 * A message takes about 550 bytes and is kept until you remove it: see linkwa_status_tracker_forget(). Ids are kept
 * whatever their length, so pass only callbacks that linkwa_callback_guard_check() accepts.
 *
 * A builder: it belongs to one thread at a time (see THREADS).
 */
typedef struct linkwa_status_tracker linkwa_status_tracker;

/* ======== 2. Sends ======== */

/**
 * Sends a text to one destination: 1 to 4,096 characters. A longer text is sent with a warning on the result, unless
 * the client is strict. For a link preview use linkwa_message_text() with linkwa_message_set_preview_url().
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
 * send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
 * result is yours; free it with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
LINKWA_MUST_USE
linkwa_status linkwa_send_text(const linkwa_client *client,
                               const char *to,
                               const char *text,
                               const linkwa_options *options,
                               linkwa_result **result,
                               linkwa_error **err);

/**
 * Sends a picture (JPEG or PNG) to one destination. WhatsApp fetches it from `link`, an absolute http or https URL.
 * `caption` is the text below it, or NULL.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
 * send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
 * result is yours; free it with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
LINKWA_MUST_USE
linkwa_status linkwa_send_image(const linkwa_client *client,
                                const char *to,
                                const char *link,
                                const char *caption,
                                const linkwa_options *options,
                                linkwa_result **result,
                                linkwa_error **err);

/**
 * Sends a sound (AAC, MP4, AMR, MPEG, or Ogg with Opus) to one destination. WhatsApp fetches it from `link`, an
 * absolute http or https URL. It has no caption.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
 * send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
 * result is yours; free it with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
LINKWA_MUST_USE
linkwa_status linkwa_send_audio(const linkwa_client *client,
                                const char *to,
                                const char *link,
                                const linkwa_options *options,
                                linkwa_result **result,
                                linkwa_error **err);

/**
 * Sends a video (MP4 or 3GPP) to one destination. WhatsApp fetches it from `link`, an absolute http or https URL.
 * `caption` is the text below it, or NULL.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
 * send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
 * result is yours; free it with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
LINKWA_MUST_USE
linkwa_status linkwa_send_video(const linkwa_client *client,
                                const char *to,
                                const char *link,
                                const char *caption,
                                const linkwa_options *options,
                                linkwa_result **result,
                                linkwa_error **err);

/**
 * Sends a document of any type to one destination. WhatsApp fetches it from `link`, an absolute http or https URL.
 * `caption` is the text below it, `filename` the name that the recipient sees; either may be NULL.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
 * send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
 * result is yours; free it with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
LINKWA_MUST_USE
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
 * degrees east of Greenwich, -180 to 180. `name` is the name of the place, and `address` is shown below it; either may
 * be NULL. An address without a name is not shown, which is a warning on the result.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
 * send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
 * result is yours; free it with linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
LINKWA_MUST_USE
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
 * Sends contact cards to one destination: `contacts` is a message of linkwa_message_contacts().
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
 * send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
 * result is yours; free it with linkwa_result_free().
 *
 * Errors: see linkwa_send(). Also LINKWA_INVALID_ARGUMENT if `contacts` is a message of another type.
 */
LINKWA_MUST_USE
linkwa_status linkwa_send_contacts(const linkwa_client *client,
                                   const char *to,
                                   const linkwa_message *contacts,
                                   const linkwa_options *options,
                                   linkwa_result **result,
                                   linkwa_error **err);

/**
 * Sends a template message of linkwa_message_template() to one destination. It is the only type that may be sent at
 * any time; all others only within 24 hours of the recipient's last message to the business number.
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
 * send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
 * result is yours; free it with linkwa_result_free().
 *
 * Errors: see linkwa_send(). Also LINKWA_INVALID_ARGUMENT if it is a message of another type.
 */
LINKWA_MUST_USE
linkwa_status linkwa_send_template(const linkwa_client *client,
                                   const char *to,
                                   const linkwa_message *template_,
                                   const linkwa_options *options,
                                   linkwa_result **result,
                                   linkwa_error **err);

/**
 * Sends an interactive message of linkwa_message_interactive_buttons() or linkwa_message_interactive_list() to one
 * destination. Not in version 1.4.1 of LINK's document: it needs linkwa_config_set_extensions().
 *
 * `to` is a phone number with its country code (an MSISDN), with or without +; `options` are the overrides of this
 * send, or NULL. The call waits for the gateway's answer, at most for the timeout of the options or the client. The
 * result is yours; free it with linkwa_result_free().
 *
 * Errors: see linkwa_send(). Also LINKWA_INVALID_ARGUMENT if it is a message of another type.
 */
LINKWA_MUST_USE
linkwa_status linkwa_send_interactive(const linkwa_client *client,
                                      const char *to,
                                      const linkwa_message *interactive,
                                      const linkwa_options *options,
                                      linkwa_result **result,
                                      linkwa_error **err);

/**
 * Sends a message, with the messages appended to it, to one or several destinations: `len` texts, each a phone number
 * with its country code (an MSISDN), with or without +.
 *
 * `options` are the overrides of this send, or NULL. The call waits for the gateway's answer, at most for the timeout
 * of the options or the client. The result is yours; free it with linkwa_result_free().
 *
 * Errors, and the outcome of the message (linkwa_error_outcome()):
 * LINKWA_INVALID_REQUEST (not sent): validation found errors, see linkwa_error_findings();
 * LINKWA_NOT_SENT (not sent): no byte of it left, see linkwa_error_reason();
 * LINKWA_REJECTED (rejected): the gateway refused it;
 * LINKWA_OUTCOME_UNKNOWN (unknown): it may have been accepted, see linkwa_error_reason();
 * LINKWA_INTERNAL: a bug of this library;
 * LINKWA_INVALID_ARGUMENT (not sent): `client`, `destinations`, one of them, `message` or `result` is NULL, or a text
 * is not UTF-8;
 * and the first error of a setter of the message or the options.
 */
LINKWA_MUST_USE
linkwa_status linkwa_send(const linkwa_client *client,
                          const char *const *destinations,
                          size_t len,
                          const linkwa_message *message,
                          const linkwa_options *options,
                          linkwa_result **result,
                          linkwa_error **err);

/**
 * Sends a whole request in wire form: `len` bytes of JSON in UTF-8, at most 1 MiB and 64 levels. It is validated and
 * normalised; the client's defaults are not added.
 *
 * The call waits for the gateway's answer, at most for the client's timeout. The result is yours; free it with
 * linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
LINKWA_MUST_USE
linkwa_status linkwa_send_request(const linkwa_client *client,
                                  const char *json,
                                  size_t len,
                                  linkwa_result **result,
                                  linkwa_error **err);

/**
 * Sends a whole request as it is, `len` bytes of JSON in UTF-8: for features newer than version 1.4.1 of the API. It
 * must be one JSON object of at most 1 MiB and 64 levels; nothing else is checked, and nothing is filled in, not even
 * a refId.
 *
 * The call waits for the gateway's answer, at most for the client's timeout. The result is yours; free it with
 * linkwa_result_free().
 *
 * Errors: see linkwa_send().
 */
LINKWA_MUST_USE
linkwa_status linkwa_send_raw(const linkwa_client *client,
                              const char *json,
                              size_t len,
                              linkwa_result **result,
                              linkwa_error **err);

/**
 * Returns the exact bytes that linkwa_send() would post, and sends nothing. If the options have no refId, each call
 * makes a new one.
 *
 * The buffer is yours; free it with linkwa_buffer_free().
 *
 * Errors: LINKWA_INVALID_REQUEST with all findings, and LINKWA_INVALID_ARGUMENT, as linkwa_send().
 */
linkwa_status linkwa_build(const linkwa_client *client,
                           const char *const *destinations,
                           size_t len,
                           const linkwa_message *message,
                           const linkwa_options *options,
                           linkwa_buffer **buffer,
                           linkwa_error **err);

/**
 * Returns the exact bytes that linkwa_send_request() would post for a whole request in wire form, `len` bytes of JSON
 * in UTF-8. It needs no client.
 *
 * The buffer is yours; free it with linkwa_buffer_free().
 *
 * Errors: LINKWA_INVALID_REQUEST with all findings; LINKWA_INVALID_ARGUMENT if `json` or `buffer` is NULL.
 */
linkwa_status linkwa_build_request(const char *json, size_t len, linkwa_buffer **buffer, linkwa_error **err);

/**
 * As linkwa_build_request(), for a client with linkwa_config_set_extensions(): it allows what version 1.4.1 of LINK's
 * document does not have.
 *
 * The buffer is yours; free it with linkwa_buffer_free().
 *
 * Errors: LINKWA_INVALID_REQUEST with all findings; LINKWA_INVALID_ARGUMENT if `json` or `buffer` is NULL.
 */
linkwa_status linkwa_build_request_with_extensions(const char *json,
                                                   size_t len,
                                                   linkwa_buffer **buffer,
                                                   linkwa_error **err);

/**
 * Makes a new reference for a request, unique across processes and machines (a random UUID). Store it before sending
 * and pass it to linkwa_options_set_ref_id(): then you can reconcile a send whose outcome is unknown, even after a
 * crash.
 *
 * The buffer is yours; free it with linkwa_buffer_free().
 */
linkwa_buffer *linkwa_new_ref_id(void);

/* ======== 3. Configurations and clients ======== */

/**
 * The priority of a message.
 */
typedef enum linkwa_priority {
    /**
     * "LOW" on the wire.
     */
    LINKWA_PRIORITY_LOW = 1,
    /**
     * "NORMAL", the default.
     */
    LINKWA_PRIORITY_NORMAL = 2,
    /**
     * "HIGH".
     */
    LINKWA_PRIORITY_HIGH = 3
} linkwa_priority;

/**
 * Makes a configuration. It needs linkwa_config_set_region() or linkwa_config_set_base_url(), and
 * linkwa_config_set_credentials(). Returns NULL only after an internal error.
 *
 * The configuration is yours; free it with linkwa_config_free().
 */
linkwa_config *linkwa_config_new(void);

/**
 * Makes a configuration from environment variables; you can change it like any other. LINKWA_REGION or
 * LINKWA_BASE_URL, LINKWA_USERNAME and LINKWA_PASSWORD are required. Optional are LINKWA_PLATFORM_ID with
 * LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE, LINKWA_PRIORITY ("LOW", "NORMAL", "HIGH"), LINKWA_EVENT_REPORT_GATES
 * (separated by commas), LINKWA_TIMEOUT_MS, LINKWA_CONNECT_TIMEOUT_MS, LINKWA_PROXY, LINKWA_CA_FILE,
 * LINKWA_ALLOW_HTTP and LINKWA_EXTENSIONS ("1" or "true"), and LINKWA_API_KEY (the header "x-api-key", see
 * linkwa_config_add_header()). An empty variable counts as not set.
 *
 * The configuration is yours; free it with linkwa_config_free(). No other thread may change the environment during the
 * call.
 *
 * Errors: LINKWA_INVALID_CONFIG, which names every variable that is missing or invalid; LINKWA_INVALID_ARGUMENT if
 * `config` is NULL.
 */
linkwa_status linkwa_config_from_env(linkwa_config **config, linkwa_error **err);

/**
 * Sets the region of LINK's gateway that the account belongs to: "n-eu", "c-eu", "s-eu", "no" or "deb". Region and
 * base URL replace each other: the last one that you set is used.
 *
 * Errors: LINKWA_INVALID_CONFIG if there is no such region; LINKWA_INVALID_ARGUMENT if `config` or `region` is NULL,
 * or `region` is not UTF-8.
 */
linkwa_status linkwa_config_set_region(linkwa_config *config, const char *region);

/**
 * Sets the base URL of another gateway: the part before "/messages". Plain http:// is allowed only to this machine;
 * see linkwa_config_set_allow_http(). Region and base URL replace each other: the last one that you set is used.
 * linkwa_client_new() fails if the URL is invalid.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `url` is NULL, or `url` is not UTF-8.
 */
linkwa_status linkwa_config_set_base_url(linkwa_config *config, const char *url);

/**
 * Sets the account's username and password. linkwa_client_new() fails if they cannot be sent: a username with ":", an
 * empty text, or a line break.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config`, `username` or `password` is NULL, or a text is not UTF-8.
 */
linkwa_status linkwa_config_set_credentials(linkwa_config *config, const char *username, const char *password);

/**
 * Adds a header to every request, beside Authorization: for an account whose gateway asks for one more, such as
 * "x-api-key" (not in version 1.4.1 of LINK's document). Adding a name again, in upper or lower case, replaces its
 * value. The value is a secret like the password: it never appears in errors or logs, is wiped from memory when the
 * configuration is freed, and is never sent to a proxy.
 *
 * linkwa_client_new() fails if `name` is not a token of HTTP or a header that the client sets itself, such as "host" or
 * "authorization"; if `value` is empty or has a line break or another control character; and if all headers are longer
 * than 8,192 bytes together.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config`, `name` or `value` is NULL, or a text is not UTF-8.
 */
linkwa_status linkwa_config_add_header(linkwa_config *config, const char *name, const char *value);

/**
 * Sets the account's platformId and platformPartnerId. LINK assigns them, and every request needs them.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config`, `platform_id` or `platform_partner_id` is NULL, or a text is not UTF-8.
 */
linkwa_status linkwa_config_set_platform(linkwa_config *config,
                                         const char *platform_id,
                                         const char *platform_partner_id);

/**
 * Sets the business number to send from: 3 to 15 digits, with or without "+". It is checked with every send.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `msisdn` is NULL, or `msisdn` is not UTF-8.
 */
linkwa_status linkwa_config_set_source(linkwa_config *config, const char *msisdn);

/**
 * Sets the priority of messages whose options do not set one. Default: normal.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL or `priority` is an unknown number.
 */
linkwa_status linkwa_config_set_priority(linkwa_config *config, linkwa_priority priority);

/**
 * Adds a gate that event reports go to. The first call replaces the gates of the environment.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `gate` is NULL, or `gate` is not UTF-8.
 */
linkwa_status linkwa_config_add_event_report_gate(linkwa_config *config, const char *gate);

/**
 * Sets the id of the service on LINK's platform. Absent by default.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `id` is NULL, or `id` is not UTF-8.
 */
linkwa_status linkwa_config_set_platform_service_id(linkwa_config *config, const char *id);

/**
 * Sets the type of the service on LINK's platform. Absent by default.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `service_type` is NULL, or `service_type` is not UTF-8.
 */
linkwa_status linkwa_config_set_platform_service_type(linkwa_config *config, const char *service_type);

/**
 * Adds a parameter that every event report repeats. Adding a key again replaces its value. If the options of a send
 * have parameters of their own, these replace all of the client's.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config`, `key` or `value` is NULL, or a text is not UTF-8.
 */
linkwa_status linkwa_config_add_custom_parameter(linkwa_config *config, const char *key, const char *value);

/**
 * Sets how long the gateway may try to deliver a message, in milliseconds from sending, unless the options of the send
 * set another time. Default: the gateway's 48 hours. With 0 every send is invalid.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_relative_validity_time_ms(linkwa_config *config, uint64_t milliseconds);

/**
 * Sets the longest time of a send, from the call to the result, in milliseconds. Default: 30,000. linkwa_client_new()
 * refuses 0 and more than 24 hours.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_timeout_ms(linkwa_config *config, uint64_t milliseconds);

/**
 * Sets the longest time to connect, TLS included, in milliseconds. Default: 10,000. linkwa_client_new() refuses 0 and
 * more than 24 hours.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_connect_timeout_ms(linkwa_config *config, uint64_t milliseconds);

/**
 * Sets the proxy: "http://user:password@host:port" or "socks5://host:port". linkwa_client_new() fails if the URL is
 * invalid.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `url` is NULL, or `url` is not UTF-8.
 */
linkwa_status linkwa_config_set_proxy(linkwa_config *config, const char *url);

/**
 * Sets the hosts to reach without the proxy, separated by commas: "example.com" and its subdomains, an address, a
 * network such as "10.0.0.0/8", any of these with a port such as "example.com:8443", or "*" for all.
 * linkwa_client_new() fails if an entry has another form.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `hosts` is NULL, or `hosts` is not UTF-8.
 */
linkwa_status linkwa_config_set_no_proxy(linkwa_config *config, const char *hosts);

/**
 * Sets whether to take the proxy from the environment, as curl does, if linkwa_config_set_proxy() sets none: from
 * HTTPS_PROXY or HTTP_PROXY by the gateway's scheme, else from ALL_PROXY. NO_PROXY lists hosts to reach without it.
 * Each name is also read in lower case. HTTP_PROXY is ignored if REQUEST_METHOD is set. linkwa_client_new() fails if a
 * variable is invalid. Default: false.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_proxy_from_env(linkwa_config *config, bool yes);

/**
 * Sets the PEM file of the certificate authorities to trust, instead of the list that comes with the library
 * (Mozilla's). Certificates are always verified. linkwa_client_new() reads the file. This and
 * linkwa_config_set_system_roots() replace each other: the last call counts.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` or `path` is NULL, or `path` is not UTF-8.
 */
linkwa_status linkwa_config_set_ca_file(linkwa_config *config, const char *path);

/**
 * Trusts the certificate authorities of the operating system, instead of the list that comes with the library. This
 * and linkwa_config_set_ca_file() replace each other: the last call counts.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_system_roots(linkwa_config *config);

/**
 * Sets the number of attempts for a send of which no byte has left, the first included, within its timeout. Default:
 * 3. linkwa_client_new() refuses 0 and more than 100. A message that may have been accepted is never sent again,
 * except after the answers of linkwa_config_set_retry_when_busy().
 *
 * A client limits its retries, so that a gateway in an outage does not get three times as many requests. It starts
 * with ten tokens. A retry costs one token, an accepted send adds a tenth of one, and with five or fewer left nothing
 * is retried. In an outage the sends of one client therefore make 3, 3, 2 and then 1 attempt each. The pauses between
 * attempts are random: up to 100 ms before the second attempt, up to 200 ms before the third, and so on up to 2
 * seconds.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_max_attempts(linkwa_config *config, uint32_t attempts);

/**
 * Sets whether to retry after HTTP 429 and 503 too, after the pause that Retry-After asks for (at most 30 seconds), or
 * else a random one. Default: false.
 *
 * A 503 can come after the gateway took the message: a retry can then send it twice.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_retry_when_busy(linkwa_config *config, bool yes);

/**
 * Sets how many asynchronous sends may be under way at once, each with its own connection. Default: 64.
 * linkwa_client_new() refuses 0 and more than 10,000. Blocking sends run on the caller's thread and are not counted.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_max_connections(linkwa_config *config, size_t connections);

/**
 * Sets how many asynchronous sends may wait for a worker. Default: 10,000. linkwa_client_new() refuses 0 and more than
 * 10,000,000. A send beyond that fails at once with LINKWA_NOT_SENT and LINKWA_REASON_QUEUE_FULL.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_max_queue(linkwa_config *config, size_t sends);

/**
 * Sets whether to allow plain http:// to another machine. Others on the network can then read username, password and
 * messages. Default: false.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_allow_http(linkwa_config *config, bool yes);

/**
 * Sets whether warnings of validation count as errors, so that questionable messages are not sent. Default: false.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_strict(linkwa_config *config, bool yes);

/**
 * Allows what version 1.4.1 of LINK's document does not have: interactive messages, media by their id, and templates
 * without a namespace. Default: false, and each of them is the finding "extension". Ask LINK whether your account may
 * send them.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_extensions(linkwa_config *config, bool allow);

/**
 * Frees a configuration and wipes its password, the values of its headers and the proxy's URL. NULL is allowed. Clients
 * that were made with it keep working.
 */
void linkwa_config_free(linkwa_config *config);

/**
 * Makes a client with this configuration. The configuration stays yours; you may change or free it afterwards. This
 * sends nothing, opens no connection and starts no thread.
 *
 * The client is yours; free it with linkwa_client_free().
 *
 * Errors: LINKWA_INVALID_CONFIG if the client could not work: neither region nor base URL, an unknown region, an
 * invalid base URL, plain http:// to another machine, a username with a colon, an empty or unprintable credential, an
 * invalid header, a number outside the limits of its setter, or an invalid proxy, list of hosts without a proxy or CA
 * file. Also the first error of a setter of the configuration. LINKWA_INVALID_ARGUMENT if `config` or `client` is NULL.
 */
linkwa_status linkwa_client_new(const linkwa_config *config, linkwa_client **client, linkwa_error **err);

/**
 * Makes a client with the configuration of the environment: see linkwa_config_from_env().
 *
 * The client is yours; free it with linkwa_client_free(). No other thread may change the environment during the call.
 *
 * Errors: LINKWA_INVALID_CONFIG, which names every variable that is missing or invalid; LINKWA_INVALID_ARGUMENT if
 * `client` is NULL.
 */
linkwa_status linkwa_client_from_env(linkwa_client **client, linkwa_error **err);

/**
 * Closes the client. It accepts no new sends. Sends that wait for a worker fail at once with LINKWA_NOT_SENT and
 * LINKWA_REASON_CLOSED. Sends under way may finish within `timeout_ms` milliseconds and are then cancelled:
 * LINKWA_NOT_SENT if no byte had left, LINKWA_OUTCOME_UNKNOWN (LINKWA_REASON_CANCELLED) otherwise. Then this function
 * returns. You may still call every function with the client, and must still free it.
 *
 * It may be called from inside a linkwa_on_done function, and does not wait for that function.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `client` is NULL.
 */
linkwa_status linkwa_client_close(const linkwa_client *client, uint64_t timeout_ms);

/**
 * Frees a client. NULL is allowed. Cancels running sends as linkwa_client_close() does with a timeout of 0: call that
 * first to let them finish. Pending objects stay usable.
 *
 * When this function returns, every linkwa_on_done and linkwa_observer function of the client has returned and none will
 * be called again. You may call it from inside such a function: it does not wait for that function, which must not use
 * the client any more. Inside a linkwa_observer it waits for no linkwa_on_done function, because that of the observed
 * send may follow on the same thread: what `user_data` of such functions points to must stay valid until they return. No
 * other thread may be using the client, except inside such functions, which may use it until they return.
 */
void linkwa_client_free(linkwa_client *client);

/* ======== 4. Options of a send ======== */

/**
 * Makes options that override nothing. Returns NULL only after an internal error.
 *
 * The options are yours; free them with linkwa_options_free().
 */
linkwa_options *linkwa_options_new(void);

/**
 * Sets the message's priority, instead of the client's.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL or `priority` is an unknown number.
 */
linkwa_status linkwa_options_set_priority(linkwa_options *options, linkwa_priority priority);

/**
 * Sets your own reference, which every event report repeats. It must not be empty. Without it the library makes a
 * unique one for every send; linkwa_result_ref_id() and linkwa_error_ref_id() return it.
 *
 * To find out after a crash what became of a message, make a reference with linkwa_new_ref_id() and store it before
 * you send. Use such options for one send only.
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
 * Adds a parameter that every event report repeats. Adding a key again replaces its value. The parameters here replace
 * all of the client's.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options`, `key` or `value` is NULL, or a text is not UTF-8.
 */
linkwa_status linkwa_options_add_custom_parameter(linkwa_options *options, const char *key, const char *value);

/**
 * Sets how long the gateway may try to deliver, in milliseconds from sending; with 0 the send is invalid. An absolute
 * time overrides this.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
 */
linkwa_status linkwa_options_set_relative_validity_time_ms(linkwa_options *options, uint64_t milliseconds);

/**
 * Sets until when the gateway may try to deliver: an RFC 3339 date and time with an offset, "2030-03-18T16:49:21Z". It
 * overrides a relative time. A time in the past is a warning; another form makes the send invalid. With neither, the
 * gateway tries for 48 hours.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` or `time` is NULL, or `time` is not UTF-8.
 */
linkwa_status linkwa_options_set_absolute_validity_time(linkwa_options *options, const char *time);

/**
 * Sets until when the gateway may try to deliver, like linkwa_options_set_absolute_validity_time(), in seconds since
 * 1970-01-01 UTC, as time() returns them. A time before 1970 becomes the beginning of 1970, one beyond the year 9999
 * the end of that year.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL, or the time is out of range for this system's clock.
 */
linkwa_status linkwa_options_set_valid_until(linkwa_options *options, int64_t unix_seconds);

/**
 * Sets the business number to send from, instead of the client's: 3 to 15 digits, with or without "+". It is checked
 * when you send.
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
 * Sets the id of the transaction on LINK's platform. Absent by default.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` or `id` is NULL, or `id` is not UTF-8.
 */
linkwa_status linkwa_options_set_platform_transaction_id(linkwa_options *options, const char *id);

/**
 * Sets the longest time of the send, from the call to the result, in milliseconds, instead of the client's timeout. A
 * send with 0 or more than 24 hours fails with LINKWA_INVALID_CONFIG.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
 */
linkwa_status linkwa_options_set_timeout_ms(linkwa_options *options, uint64_t milliseconds);

/**
 * Frees options. NULL is allowed. Sends under way have their own copy.
 */
void linkwa_options_free(linkwa_options *options);

/* ======== 5. Messages ======== */

/**
 * Makes a text message. The body must not be empty. More than 4,096 characters are a warning. A URL in it must start
 * with "http://" or "https://".
 *
 * Returns NULL only after an internal error: a `body` that is NULL or not UTF-8 is an error that the message
 * remembers. The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_text(const char *body);

/**
 * Makes a message with a picture (JPEG or PNG), which WhatsApp fetches from `link`, an absolute http or https URL that
 * is reachable from the internet. It may have a caption.
 *
 * Returns NULL only after an internal error: a `link` that is NULL or not UTF-8 is an error that the message
 * remembers. The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_image(const char *link);

/**
 * As linkwa_message_image(), with a picture that was uploaded before and has this id. Not in version 1.4.1 of LINK's
 * document: it needs linkwa_config_set_extensions().
 *
 * Returns NULL only after an internal error: an `id` that is NULL or not UTF-8 is an error that the message remembers.
 * The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_image_by_id(const char *id);

/**
 * Makes a message with a sound (AAC, MP4, AMR, MPEG, or Ogg with Opus), which WhatsApp fetches from `link`, an
 * absolute http or https URL that is reachable from the internet. It has no caption.
 *
 * Returns NULL only after an internal error: a `link` that is NULL or not UTF-8 is an error that the message
 * remembers. The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_audio(const char *link);

/**
 * As linkwa_message_audio(), with a sound that was uploaded before and has this id. Not in version 1.4.1 of LINK's
 * document: it needs linkwa_config_set_extensions().
 *
 * Returns NULL only after an internal error: an `id` that is NULL or not UTF-8 is an error that the message remembers.
 * The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_audio_by_id(const char *id);

/**
 * Makes a message with a video (MP4 or 3GPP), which WhatsApp fetches from `link`, an absolute http or https URL that
 * is reachable from the internet. It may have a caption.
 *
 * Returns NULL only after an internal error: a `link` that is NULL or not UTF-8 is an error that the message
 * remembers. The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_video(const char *link);

/**
 * As linkwa_message_video(), with a video that was uploaded before and has this id. Not in version 1.4.1 of LINK's
 * document: it needs linkwa_config_set_extensions().
 *
 * Returns NULL only after an internal error: an `id` that is NULL or not UTF-8 is an error that the message remembers.
 * The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_video_by_id(const char *id);

/**
 * Makes a message with a document of any kind, which WhatsApp fetches from `link`, an absolute http or https URL that
 * is reachable from the internet. It may have a caption and a file name.
 *
 * Returns NULL only after an internal error: a `link` that is NULL or not UTF-8 is an error that the message
 * remembers. The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_document(const char *link);

/**
 * As linkwa_message_document(), with a document that was uploaded before and has this id. Not in version 1.4.1 of LINK's
 * document: it needs linkwa_config_set_extensions().
 *
 * Returns NULL only after an internal error: an `id` that is NULL or not UTF-8 is an error that the message remembers.
 * The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_document_by_id(const char *id);

/**
 * Makes a message with a place on the map: degrees north of the equator (-90 to 90), and degrees east of Greenwich
 * (-180 to 180). It may have a name, and an address shown below the name.
 *
 * Returns NULL only after an internal error. The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_location(double latitude, double longitude);

/**
 * Makes a message with contact cards. Add at least one with linkwa_message_add_contact().
 *
 * Returns NULL only after an internal error. The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_contacts(void);

/**
 * Makes a template message: a text that WhatsApp approved beforehand, with its parameters filled in. It is the only
 * type that may be sent at any time; all others only within 24 hours of the recipient's last message.
 *
 * Name, namespace, language ("en", "pt_BR") and the number of parameters must be those of the approved template; only
 * the gateway can check that. The components go out in the order in which each was first used: see
 * linkwa_message_add_header_text(), linkwa_message_add_body_text(), linkwa_message_add_quick_reply() and the functions
 * beside them.
 *
 * Returns NULL only after an internal error: an argument that is NULL or not UTF-8 is an error that the message
 * remembers. `namespace_` may be NULL, which is absent: that is not in version 1.4.1 of LINK's document, and needs
 * linkwa_config_set_extensions(). The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_template(const char *name, const char *namespace_, const char *language);

/**
 * Makes a message from its wire form: `len` bytes of JSON in UTF-8, one object of at most 1 MiB and 64 levels. It is
 * checked like any other when you send or build it. It cannot be changed, but others can be appended.
 *
 * Returns NULL only after an internal error: a `json` that is NULL (LINKWA_INVALID_ARGUMENT) or not such an object
 * (LINKWA_INVALID_REQUEST) is an error that the message remembers. The message is yours; free it with
 * linkwa_message_free().
 */
linkwa_message *linkwa_message_from_json(const char *json, size_t len);

/**
 * Makes a message that is sent as it is: `len` bytes of JSON in UTF-8, one object of at most 1 MiB and 64 levels. Use
 * it for message types and fields that this library does not know; its content is not validated. It cannot be changed,
 * but others can be appended.
 *
 * Returns NULL only after an internal error: a `json` that is NULL (LINKWA_INVALID_ARGUMENT) or not such an object
 * (LINKWA_INVALID_REQUEST) is an error that the message remembers. The message is yours; free it with
 * linkwa_message_free().
 */
linkwa_message *linkwa_message_raw(const char *json, size_t len);

/**
 * Returns the type of the message as on the wire: "text", "image", "audio", "video", "document", "location",
 * "contacts", "template", "interactive"; "raw" for a raw message; "unknown" for one from JSON whose type this library does not know.
 * Appended messages do not count. Returns NULL for NULL.
 *
 * The text belongs to the message and lives as long as it.
 */
const char *linkwa_message_type(const linkwa_message *message);

/**
 * Returns the first error of the message's constructor or setters, which every send of it would return too. LINKWA_OK
 * means that there was no such error, not that the content is valid.
 *
 * Errors: the remembered error; LINKWA_INVALID_ARGUMENT if `message` is NULL.
 */
linkwa_status linkwa_message_check(const linkwa_message *message, linkwa_error **err);

/**
 * Appends a copy of another message, and of those that were appended to it. They go out in the same request, in this
 * order. An error that `next` remembers is then remembered by `message` too.
 *
 * Errors: the error that `next` remembers; LINKWA_INVALID_ARGUMENT if `message` or `next` is NULL.
 */
linkwa_status linkwa_message_append(linkwa_message *message, const linkwa_message *next);

/**
 * Sets whether the recipient sees a preview of the URL in a text. Default: false. A preview without a URL in the body
 * is a warning.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a text.
 */
linkwa_status linkwa_message_set_preview_url(linkwa_message *message, bool preview);

/**
 * Sets the text below an image, video or document. (Media in a template's header have no caption.)
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `caption` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_set_caption(linkwa_message *message, const char *caption);

/**
 * Sets the file name that the recipient of a document sees.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a document, or `filename` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_set_filename(linkwa_message *message, const char *filename);

/**
 * Sets the name of a location.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a location, or `name` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_set_name(linkwa_message *message, const char *name);

/**
 * Sets the address of a location, which is shown below its name. Without a name it is not shown, which is a warning.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a location, or `address` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_set_address(linkwa_message *message, const char *address);

/**
 * Adds a copy of a contact card to a message of linkwa_message_contacts(). An error that the card remembers is then
 * remembered by the message too.
 *
 * Errors: the error that `contact` remembers; LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or
 * `contact` is NULL.
 */
linkwa_status linkwa_message_add_contact(linkwa_message *message, const linkwa_contact *contact);

/**
 * Frees a message. NULL is allowed. Sends under way have their own copy.
 */
void linkwa_message_free(linkwa_message *message);

/* ======== 6. Components of templates ======== */

/**
 * Gives a template a header without parameters. It changes nothing if there is a header. A header with parameters does
 * not need it: the first parameter makes the header.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template.
 */
linkwa_status linkwa_message_add_header(linkwa_message *message);

/**
 * Adds a text to a template's header; it must not be empty. Text beside a medium is a warning.
 *
 * Of an interactive message it sets the header; over 60 characters are a warning.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `text` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_header_text(linkwa_message *message, const char *text);

/**
 * Adds a medium to a template's header: a copy of a message of linkwa_message_image(), _video(), _document() or their
 * _by_id. A header has at most one medium, which has no caption.
 *
 * Of an interactive message with buttons it sets the header. A list has no such header.
 *
 * Errors: the error that `medium` remembers; LINKWA_INVALID_ARGUMENT if `message` or `medium` is NULL, of another type,
 * or made from JSON.
 */
linkwa_status linkwa_message_add_header_medium(linkwa_message *message, const linkwa_message *medium);

/**
 * Adds a picture to a template's header, fetched from `link` as in linkwa_message_image(). A header has at most one
 * medium, which has no caption.
 *
 * Of an interactive message with buttons it sets the header. A list has no such header.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `link` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_header_image(linkwa_message *message, const char *link);

/**
 * Adds a video to a template's header, fetched from `link` as in linkwa_message_video(). A header has at most one
 * medium, which has no caption.
 *
 * Of an interactive message with buttons it sets the header. A list has no such header.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `link` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_header_video(linkwa_message *message, const char *link);

/**
 * Adds a document to a template's header, fetched from `link` as in linkwa_message_document(); it should be a PDF.
 * `filename` is the name that the recipient sees, or NULL. A header has at most one medium, which has no caption.
 *
 * Of an interactive message with buttons it sets the header. A list has no such header.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, `link` is NULL, or a text is not UTF-8.
 */
linkwa_status linkwa_message_add_header_document(linkwa_message *message, const char *link, const char *filename);

/**
 * Gives a template a body without parameters. It changes nothing if there is a body. A body with parameters does not
 * need it: the first parameter makes the body.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template.
 */
linkwa_status linkwa_message_add_body(linkwa_message *message);

/**
 * Adds a text to a template's body, as its next parameter; it must not be empty.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, or `text` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_body_text(linkwa_message *message, const char *text);

/**
 * Adds an amount of money to a template's body, as its next parameter; the recipient sees it in the format of their
 * locale. `fallback_value` is shown where that is impossible ("$100.99"), `code` is an ISO 4217 code of three capital
 * letters ("USD"), and `amount_1000` is the amount times 1000 (100990).
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, `fallback_value` or `code` is NULL, or a
 * text is not UTF-8.
 */
linkwa_status linkwa_message_add_body_currency(linkwa_message *message,
                                               const char *fallback_value,
                                               const char *code,
                                               int64_t amount_1000);

/**
 * Does what linkwa_message_add_body_currency() does, with the amount as a decimal number, "100.99": an optional "-",
 * digits, and at most three decimals behind a ".". It is converted exactly.
 *
 * Errors: LINKWA_INVALID_REQUEST with a finding at "amount" if it is not such a number or too large;
 * LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, `fallback_value`, `code` or `amount` is NULL, or a
 * text is not UTF-8.
 */
linkwa_status linkwa_message_add_body_currency_decimal(linkwa_message *message,
                                                       const char *fallback_value,
                                                       const char *code,
                                                       const char *amount);

/**
 * Adds a date and time to a template's body, as its next parameter, without a time zone; the recipient sees it in the
 * format of their locale. `month` is 1 to 12, `day` 1 to 31, `hour` 0 to 23, `minute` 0 to 59; `fallback_value` is
 * shown where that is impossible. The library computes the day of the week. A day that does not exist is a warning.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, or `fallback_value` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_body_date_time(linkwa_message *message,
                                                const char *fallback_value,
                                                uint32_t year,
                                                uint32_t month,
                                                uint32_t day,
                                                uint32_t hour,
                                                uint32_t minute);

/**
 * Adds a point in time to a template's body, as its next parameter, in milliseconds since 1970-01-01 UTC; the
 * recipient sees it in the format of their locale, or `fallback_value` where that is impossible.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, or `fallback_value` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_body_timestamp(linkwa_message *message,
                                                const char *fallback_value,
                                                uint64_t milliseconds);

/**
 * Adds a quick-reply button to a template. The first button has index 0, and each index is used once. `payload` comes
 * back in the received message when the user presses the button; NULL makes a static button.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, or `payload` is not UTF-8.
 */
linkwa_status linkwa_message_add_quick_reply(linkwa_message *message, uint32_t index, const char *payload);

/**
 * Adds a button that opens a URL to a template. The first button has index 0, and each index is used once. `text`
 * completes the URL of the approved template; NULL makes a static button.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not a template, or `text` is not UTF-8.
 */
linkwa_status linkwa_message_add_url_button(linkwa_message *message, uint32_t index, const char *text);

/* ======== 7. Interactive messages ======== */

/**
 * Makes an interactive message with reply buttons below a text, which must not be empty; over 1,024 characters are a
 * warning. Add at least one with linkwa_message_add_button(). It may have a header and a footer: see
 * linkwa_message_add_header_text(), the functions beside it, and linkwa_message_set_footer().
 *
 * Not in version 1.4.1 of LINK's document: it needs linkwa_config_set_extensions().
 *
 * Returns NULL only after an internal error: a `body` that is NULL or not UTF-8 is an error that the message
 * remembers. The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_interactive_buttons(const char *body);

/**
 * Makes an interactive message with a list to choose from, below a text, which must not be empty; over 4,096 characters
 * are a warning. `label` is the text on the button that opens the list: not empty; over 20 characters are a warning. Add
 * at least one section with linkwa_message_add_section(), and its rows with linkwa_message_add_row(). It may have a
 * header, which is a text, and a footer: see linkwa_message_add_header_text() and linkwa_message_set_footer().
 *
 * Not in version 1.4.1 of LINK's document: it needs linkwa_config_set_extensions().
 *
 * Returns NULL only after an internal error: an argument that is NULL or not UTF-8 is an error that the message
 * remembers. The message is yours; free it with linkwa_message_free().
 */
linkwa_message *linkwa_message_interactive_list(const char *body,
                                                const char *label);

/**
 * Adds a button to an interactive message of linkwa_message_interactive_buttons(). `id` comes back in the received
 * message when the user presses the button, and `title` is the text on it; neither may be empty. Over 256 characters of
 * an id, over 20 of a title, more than 3 buttons and a repeated id are warnings.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or a text is NULL or not UTF-8.
 */
linkwa_status linkwa_message_add_button(linkwa_message *message, const char *id, const char *title);

/**
 * Adds a section to an interactive message of linkwa_message_interactive_list(). The title of the only section may be
 * NULL or empty; with several sections each has one. Over 24 characters are a warning.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or of another type, or `title` is not UTF-8.
 */
linkwa_status linkwa_message_add_section(linkwa_message *message, const char *title);

/**
 * Adds a row to the section that was added last. `id` comes back in the received message when the user chooses the row,
 * and `title` is its text; neither may be empty. `description` is the small text below it, or NULL. Over 200 characters
 * of an id, over 24 of a title, over 72 of a description, more than 10 rows in all and a repeated id are warnings.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL, of another type or without a section, `id` or `title` is NULL,
 * or a text is not UTF-8.
 */
linkwa_status linkwa_message_add_row(linkwa_message *message,
                                     const char *id,
                                     const char *title,
                                     const char *description);

/**
 * Sets the small text below the body of an interactive message: not empty; over 60 characters are a warning.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `message` is NULL or not interactive, or `footer` is NULL or not UTF-8.
 */
linkwa_status linkwa_message_set_footer(linkwa_message *message, const char *footer);

/* ======== 8. Contact cards ======== */

/**
 * The name on a contact card. A NULL part is absent. Initialise the struct with zeros ("= {0}" in C, "= {}" in C++),
 * and set the parts that you have. Its layout never changes.
 */
typedef struct linkwa_name {
    /**
     * The name as shown. Required, with at least one of the other parts.
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
 * Where the contact works. A NULL part is absent. Initialise the struct with zeros ("= {0}" in C, "= {}" in C++), and
 * set the parts that you have. Its layout never changes.
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
 * A postal address on a contact card. A NULL part is absent. Initialise the struct with zeros ("= {0}" in C, "= {}" in
 * C++), and set the parts that you have. Its layout never changes.
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
     * The country's two-letter code (ISO 3166).
     */
    const char *country_code;
    /**
     * The kind of address, for example "HOME" or "WORK".
     */
    const char *type;
} linkwa_address;

/**
 * Makes an empty contact card. Returns NULL only after an internal error.
 *
 * The card is yours; free it with linkwa_contact_free().
 */
linkwa_contact *linkwa_contact_new(void);

/**
 * Sets the contact's name. The texts are copied.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` or `name` is NULL, or a text in it is not UTF-8.
 */
linkwa_status linkwa_contact_set_name(linkwa_contact *contact, const linkwa_name *name);

/**
 * Sets where the contact works. The texts are copied.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` or `org` is NULL, or a text in it is not UTF-8.
 */
linkwa_status linkwa_contact_set_org(linkwa_contact *contact, const linkwa_org *org);

/**
 * Sets the contact's birthday, "YYYY-MM-DD". Another form is a warning when the card is sent.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` or `birthday` is NULL, or `birthday` is not UTF-8.
 */
linkwa_status linkwa_contact_set_birthday(linkwa_contact *contact, const char *birthday);

/**
 * Adds a postal address. The texts are copied.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` or `address` is NULL, or a text in it is not UTF-8.
 */
linkwa_status linkwa_contact_add_address(linkwa_contact *contact, const linkwa_address *address);

/**
 * Adds a phone number as people write it ("+1 (650) 555-1234"), its type ("HOME", "WORK"), and its WhatsApp id (digits
 * only). Each may be NULL, which means absent.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
 */
linkwa_status linkwa_contact_add_phone(linkwa_contact *contact,
                                       const char *phone,
                                       const char *type,
                                       const char *wa_id);

/**
 * Adds an e-mail address and its type ("HOME", "WORK"). Each may be NULL, which means absent.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
 */
linkwa_status linkwa_contact_add_email(linkwa_contact *contact, const char *email, const char *type);

/**
 * Adds a web address and its type ("HOME", "WORK"). Each may be NULL, which means absent.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `contact` is NULL or a text is not UTF-8.
 */
linkwa_status linkwa_contact_add_url(linkwa_contact *contact, const char *url, const char *type);

/**
 * Frees a contact card. NULL is allowed. Messages that you added it to have their own copy.
 */
void linkwa_contact_free(linkwa_contact *contact);

/* ======== 9. Results and errors ======== */

/**
 * Why a message was not sent, or why its outcome is unknown. With LINKWA_REASON_CONNECTION_LOST,
 * LINKWA_REASON_INVALID_RESPONSE, LINKWA_REASON_SERVER_ERROR and LINKWA_REASON_IN_DOUBT the outcome is unknown; with
 * LINKWA_REASON_DEADLINE and LINKWA_REASON_CANCELLED it is one or the other; with all others the message was not sent.
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
     * The timeout ended.
     */
    LINKWA_REASON_DEADLINE = 5,
    /**
     * The caller cancelled the send.
     */
    LINKWA_REASON_CANCELLED = 6,
    /**
     * Too many sends are waiting.
     */
    LINKWA_REASON_QUEUE_FULL = 7,
    /**
     * The client is closed.
     */
    LINKWA_REASON_CLOSED = 8,
    /**
     * The connection broke after bytes of the message had left.
     */
    LINKWA_REASON_CONNECTION_LOST = 9,
    /**
     * The gateway's answer could not be read.
     */
    LINKWA_REASON_INVALID_RESPONSE = 10,
    /**
     * The gateway answered with a server error.
     */
    LINKWA_REASON_SERVER_ERROR = 11,
    /**
     * The database of an outbox cannot be used. C has no outbox yet.
     */
    LINKWA_REASON_STORE = 12,
    /**
     * An earlier send of this `refId` was begun, and its outcome is not known. C has no outbox yet.
     */
    LINKWA_REASON_IN_DOUBT = 13
} linkwa_reason;

/**
 * What is known about a message whose send failed.
 */
typedef enum linkwa_outcome {
    /**
     * There is no message: the error is about a malformed callback, or there is no error.
     */
    LINKWA_MESSAGE_NONE = 0,
    /**
     * The gateway refused it.
     */
    LINKWA_MESSAGE_REJECTED = 1,
    /**
     * No byte of it left this machine, and none will. Also the outcome of errors before any send, such as those of
     * making a client.
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
     * Send it again later: it was not sent, or the gateway answered HTTP 429. Also after your program cancelled the
     * send before any byte left.
     */
    LINKWA_DISPOSITION_RETRY = 1,
    /**
     * Do not send it again unchanged: the request, an argument or the configuration is invalid, the gateway refused
     * it, or the client is closed.
     */
    LINKWA_DISPOSITION_FAIL = 2,
    /**
     * Do not send it again: it may have been accepted. Wait for the event report of its refId.
     */
    LINKWA_DISPOSITION_PARK = 3
} linkwa_disposition;

/**
 * Returns the reference that event reports will carry: yours, or the one that the library made. Empty only for a raw
 * request without one. Returns NULL for NULL.
 *
 * The text belongs to the result and lives as long as it; see linkwa_result_text_len().
 */
const char *linkwa_result_ref_id(const linkwa_result *result);

/**
 * Returns the gateway's result code, usually 112001 (queued). Returns 0 for NULL.
 */
int64_t linkwa_result_result_code(const linkwa_result *result);

/**
 * Returns the gateway's description. Returns NULL if it sent none, and for NULL.
 *
 * The text belongs to the result and lives as long as it; see linkwa_result_text_len().
 */
const char *linkwa_result_description(const linkwa_result *result);

/**
 * Returns the number of message ids that the gateway returned. Returns 0 for NULL.
 */
size_t linkwa_result_message_ids_len(const linkwa_result *result);

/**
 * Returns the message id at this index (from 0), in the order of the destinations. Returns NULL if the index is too
 * large, and for NULL.
 *
 * The text belongs to the result and lives as long as it; see linkwa_result_text_len().
 */
const char *linkwa_result_message_id(const linkwa_result *result, size_t index);

/**
 * Returns the id of the message to the only destination. Returns NULL if there were several destinations or the gateway
 * did not return exactly one id, and for NULL.
 *
 * The text belongs to the result and lives as long as it; see linkwa_result_text_len().
 */
const char *linkwa_result_only_message_id(const linkwa_result *result);

/**
 * Returns the number of receipts, each a destination with its message id. There is one for each destination, or none
 * if the gateway returned a different number of ids than there were destinations: the library does not guess. Returns
 * 0 for NULL.
 */
size_t linkwa_result_receipts_len(const linkwa_result *result);

/**
 * Returns the destination of the receipt at this index (from 0). Returns NULL if the index is too large, and for NULL.
 *
 * The text belongs to the result and lives as long as it; see linkwa_result_text_len().
 */
const char *linkwa_result_receipt_destination(const linkwa_result *result, size_t index);

/**
 * Returns the message id of the receipt at this index (from 0), which event reports will carry. Returns NULL if the
 * index is too large, and for NULL.
 *
 * The text belongs to the result and lives as long as it; see linkwa_result_text_len().
 */
const char *linkwa_result_receipt_message_id(const linkwa_result *result, size_t index);

/**
 * Returns the warnings of validation, usually an empty list. Returns NULL for NULL.
 *
 * The list belongs to the result and lives as long as it: do not free it.
 */
const linkwa_findings *linkwa_result_warnings(const linkwa_result *result);

/**
 * Returns the number of attempts, usually 1. Returns 0 for NULL.
 */
uint32_t linkwa_result_attempts(const linkwa_result *result);

/**
 * Returns the length in bytes of a text that this result returned, without the terminating NUL. It is more than
 * strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
 */
size_t linkwa_result_text_len(const linkwa_result *result, const char *text);

/**
 * Copies a result, to keep one that is not yours, such as a chunk's. Returns NULL for NULL, and after an internal
 * error.
 *
 * The copy is yours; free it with linkwa_result_free().
 */
linkwa_result *linkwa_result_copy(const linkwa_result *result);

/**
 * Frees a result and everything that it returned. NULL is allowed.
 */
void linkwa_result_free(linkwa_result *result);

/**
 * Returns the name of a result code, the same in every language: "delivered", "invalid_contact". Returns NULL for a
 * code that this library does not know; the gateway may be newer.
 *
 * The text is static.
 */
const char *linkwa_result_code_name(int64_t code);

/**
 * Returns a sentence for people that explains a result code. Never NULL: there is one for unlisted codes too. The
 * wording may change.
 *
 * The text is static.
 */
const char *linkwa_result_code_explanation(int64_t code);

/**
 * Returns whether a result code is a success so far: 112001 to 112008.
 */
bool linkwa_result_code_is_success(int64_t code);

/**
 * Returns whether a result code means that the message will not arrive: 112000, 112500, or a listed 1124xx. An
 * unlisted code is neither a success nor a failure.
 */
bool linkwa_result_code_is_failure(int64_t code);

/**
 * Returns whether a result code is final: the message was delivered (and perhaps read or deleted), or it failed.
 *
 * The code alone does not say what a report is about. A failed report without a message id is final for its request
 * only if its message type is `request`; with another type it proves nothing. linkwa_status_tracker_resolve() applies this.
 */
bool linkwa_result_code_is_final(int64_t code);

/**
 * Returns whether LINK asks you to contact its support about a result code.
 */
bool linkwa_result_code_should_contact_support(int64_t code);

/**
 * Returns the kind of error: the status that the call returned. Returns LINKWA_OK for NULL, because then there is no
 * error, as in a linkwa_on_done function after an accepted send.
 */
linkwa_status linkwa_error_code(const linkwa_error *error);

/**
 * Returns a message for people, one or more lines. The wording may change. It names paths, and never contains a
 * credential or a value of a callback. Returns NULL for NULL.
 *
 * The text belongs to the error and lives as long as it.
 */
const char *linkwa_error_message(const linkwa_error *error);

/**
 * Returns what is known about the message. Returns LINKWA_MESSAGE_NONE for a malformed callback, and for NULL.
 */
linkwa_outcome linkwa_error_outcome(const linkwa_error *error);

/**
 * Returns what to do with the message: send it again later (after linkwa_error_retry_after_ms(), if that is not -1),
 * give up, or wait for its event report. Returns LINKWA_DISPOSITION_NONE for NULL.
 */
linkwa_disposition linkwa_error_disposition(const linkwa_error *error);

/**
 * Returns why the message was not sent, or why its outcome is unknown. Returns LINKWA_REASON_NONE for other errors,
 * and for NULL.
 */
linkwa_reason linkwa_error_reason(const linkwa_error *error);

/**
 * Returns the reference of the request, whether you set it or the library made it. Event reports carry it. Returns
 * NULL if the request had none, and for NULL.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len().
 */
const char *linkwa_error_ref_id(const linkwa_error *error);

/**
 * Returns the HTTP status of the gateway's answer. Returns 0 if there was no answer, and for NULL.
 */
int32_t linkwa_error_http_status(const linkwa_error *error);

/**
 * Returns whether the gateway's answer has a result code, and writes it to `code`, which may be NULL. Returns false
 * for NULL.
 */
bool linkwa_error_result_code(const linkwa_error *error, int64_t *code);

/**
 * Returns the gateway's description, which may repeat values of the request. Returns NULL if it sent none, and for
 * NULL.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len().
 */
const char *linkwa_error_description(const linkwa_error *error);

/**
 * Returns the gateway's description in another language. Returns NULL if it sent none, and for NULL.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len().
 */
const char *linkwa_error_translated_description(const linkwa_error *error);

/**
 * Returns how long the gateway asked to wait (`Retry-After`), in milliseconds. Returns -1 if it did not, and for NULL.
 */
int64_t linkwa_error_retry_after_ms(const linkwa_error *error);

/**
 * Returns the body of the gateway's answer (decompressed if it was gzip), at most 64 KiB, with a NUL behind it. Its
 * length is linkwa_error_response_body_len(). Returns NULL if there was no answer, and for NULL.
 *
 * The bytes belong to the error and live as long as it.
 */
const char *linkwa_error_response_body(const linkwa_error *error);

/**
 * Returns the length in bytes of linkwa_error_response_body(). Returns 0 if there was no answer, and for NULL.
 */
size_t linkwa_error_response_body_len(const linkwa_error *error);

/**
 * Returns the path of the malformed part of a callback (LINKWA_INVALID_CALLBACK) in the names of the wire; empty for
 * the callback as a whole. Returns NULL for other errors, and for NULL.
 *
 * The text belongs to the error and lives as long as it; see linkwa_error_text_len().
 */
const char *linkwa_error_path(const linkwa_error *error);

/**
 * Returns the byte offset, from 0, at which a callback is malformed (LINKWA_INVALID_CALLBACK). Returns -1 for other
 * errors, and for NULL.
 */
int64_t linkwa_error_position(const linkwa_error *error);

/**
 * Returns everything that validation found (LINKWA_INVALID_REQUEST), warnings included; an empty list for other
 * errors. Returns NULL for NULL.
 *
 * The list belongs to the error and lives as long as it: do not free it.
 */
const linkwa_findings *linkwa_error_findings(const linkwa_error *error);

/**
 * Returns the length in bytes of a text that this error returned, without the terminating NUL. It is more than
 * strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
 */
size_t linkwa_error_text_len(const linkwa_error *error, const char *text);

/**
 * Copies an error, to keep one that is not yours, such as a chunk's. Returns NULL for NULL, and after an internal
 * error.
 *
 * The copy is yours; free it with linkwa_error_free().
 */
linkwa_error *linkwa_error_copy(const linkwa_error *error);

/**
 * Frees an error and everything that it returned. NULL is allowed.
 */
void linkwa_error_free(linkwa_error *error);

/**
 * Returns the word for an outcome: "none", "rejected", "not_sent", "unknown". Returns NULL for an unknown number.
 *
 * The text is static.
 */
const char *linkwa_outcome_name(linkwa_outcome outcome);

/**
 * Returns the word for a disposition: "none", "retry", "fail", "park". Returns NULL for an unknown number.
 *
 * The text is static.
 */
const char *linkwa_disposition_name(linkwa_disposition disposition);

/**
 * Returns the word for a reason: "none", "dns", "queue_full". Returns NULL for an unknown number.
 *
 * The text is static.
 */
const char *linkwa_reason_name(linkwa_reason reason);

/**
 * Returns the word for a status, the same in every language: "ok", "outcome_unknown". Returns NULL for an unknown
 * number.
 *
 * The text is static.
 */
const char *linkwa_status_name(linkwa_status status);

/* ======== 10. Validation ======== */

/**
 * The severity of a finding.
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
 * Checks a whole request in wire form, `len` bytes of JSON in UTF-8, and returns all errors and warnings.
 *
 * Every request gives a list of findings: a text that is not JSON has the finding "invalid_json". The findings are
 * yours; free them with linkwa_findings_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `json` or `findings` is NULL.
 */
linkwa_status linkwa_validate(const char *json, size_t len, linkwa_findings **findings, linkwa_error **err);

/**
 * As linkwa_validate(), and allows what version 1.4.1 of LINK's document does not have: interactive messages, media by
 * their id, and templates without a namespace. A client sends them only with linkwa_config_set_extensions().
 *
 * The findings are yours; free them with linkwa_findings_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `json` or `findings` is NULL.
 */
linkwa_status linkwa_validate_with_extensions(const char *json,
                                              size_t len,
                                              linkwa_findings **findings,
                                              linkwa_error **err);

/**
 * Checks one destination, as linkwa_validate() checks those of a request: 3 to 15 digits with or without "+", or a
 * business-scoped user id. Returns its errors and warnings. It can be sent to if none of them is an error (a strict
 * client refuses warnings too). Their path is empty; a suggestion is the cleaned number.
 *
 * The findings are yours; free them with linkwa_findings_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `number` or `findings` is NULL, or `number` is not UTF-8.
 */
linkwa_status linkwa_check_destination(const char *number, linkwa_findings **findings, linkwa_error **err);

/**
 * Returns the number of findings. Returns 0 for NULL.
 */
size_t linkwa_findings_len(const linkwa_findings *findings);

/**
 * Returns the path of the finding in the names of the wire: "messages[0].text.body"; empty for the request as a whole.
 * It contains field names of the request, so it may hold U+0000: see linkwa_findings_text_len(). Returns NULL if the
 * index (from 0) is too large, and for NULL.
 *
 * The text belongs to the findings and lives as long as they.
 */
const char *linkwa_findings_path(const linkwa_findings *findings, size_t index);

/**
 * Returns the stable code of the finding: "required", "invalid_msisdn". Base decisions on it. Returns NULL if the
 * index (from 0) is too large, and for NULL.
 *
 * The text belongs to the findings and lives as long as they.
 */
const char *linkwa_findings_code(const linkwa_findings *findings, size_t index);

/**
 * Returns a sentence for people; the wording may change. It never repeats a value of the request, which may be a phone
 * number. Returns NULL if the index (from 0) is too large, and for NULL.
 *
 * The text belongs to the findings and lives as long as they.
 */
const char *linkwa_findings_message(const linkwa_findings *findings, size_t index);

/**
 * Returns a suggested value: the nearest known name, the number without its separators, "en_GB". Returns NULL if there
 * is no suggestion, if the index (from 0) is too large, and for NULL.
 *
 * The text belongs to the findings and lives as long as they.
 */
const char *linkwa_findings_suggestion(const linkwa_findings *findings, size_t index);

/**
 * Returns whether the finding prevents sending. Returns LINKWA_SEVERITY_NONE if the index (from 0) is too large, and
 * for NULL.
 */
linkwa_severity linkwa_findings_severity(const linkwa_findings *findings, size_t index);

/**
 * Returns the length in bytes of a text that these findings returned, without the terminating NUL. It is more than
 * strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
 */
size_t linkwa_findings_text_len(const linkwa_findings *findings, const char *text);

/**
 * Frees findings that are yours, and their texts. Those of an error or result are freed with it. NULL is allowed.
 */
void linkwa_findings_free(linkwa_findings *findings);

/**
 * Returns the word for a severity: "none", "error", "warning". Returns NULL for an unknown number.
 *
 * The text is static.
 */
const char *linkwa_severity_name(linkwa_severity severity);

/* ======== 11. Asynchronous sends, and queues for event loops ======== */

/**
 * Your function that receives the result of a send. Exactly one of `result` and `error` is not NULL. It is yours; free
 * it with linkwa_result_free() or linkwa_error_free().
 *
 * It is called exactly once if the call that began the send returned LINKWA_OK, and not at all otherwise. That may be
 * before that call returns. It runs on a worker of the library, on a thread for deadlines, or on the thread that calls
 * linkwa_pending_cancel(), linkwa_client_close() or linkwa_client_free(); several may run at once. Other sends may
 * wait for it, so return quickly: pass the result to a thread of your own. It may call every function of this library
 * (see YOUR FUNCTIONS at the top), linkwa_client_free() included, and is never called after that has returned, unless it
 * was called inside a linkwa_observer.
 *
 * If one close, cancel or deadline ends several sends, their functions run one after the other on one thread, so do
 * not wait inside one for the function of another send. Do not wait for a send that linkwa_send_async() began with the
 * same client either: it may need the worker that this function runs on. Use linkwa_send() and the other blocking
 * functions there, which send on the calling thread.
 *
 * All of this holds for linkwa_on_response and its answer too, also where other comments name only linkwa_on_done.
 */
typedef void (*linkwa_on_done)(void *user_data, linkwa_result *result, linkwa_error *error);

/**
 * Does what linkwa_send() does, without waiting: a worker sends, and `on_done` is called with `user_data` at the end.
 * The timeout counts from this call, and includes the time in the queue. Up to linkwa_config_set_max_connections()
 * sends are under way at once.
 *
 * If `pending` is not NULL it receives an object to wait with or to cancel with, which is yours; free it with
 * linkwa_pending_free(). It is written before the send starts, so `on_done` finds it there. `on_done` may free the
 * object, and the memory that `pending` points to. One of `on_done` and `pending` may be NULL.
 *
 * Errors: at once LINKWA_INVALID_REQUEST, LINKWA_INVALID_ARGUMENT, and LINKWA_NOT_SENT with LINKWA_REASON_QUEUE_FULL
 * if too many sends are waiting, or LINKWA_REASON_CLOSED. All others come with the result: see linkwa_send().
 */
LINKWA_MUST_USE
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
 * Does what linkwa_send_request() does, without waiting; `on_done`, `pending` and errors as in linkwa_send_async().
 */
LINKWA_MUST_USE
linkwa_status linkwa_send_request_async(const linkwa_client *client,
                                        const char *json,
                                        size_t len,
                                        linkwa_on_done on_done,
                                        void *user_data,
                                        linkwa_pending **pending,
                                        linkwa_error **err);

/**
 * Does what linkwa_send_raw() does, without waiting; `on_done`, `pending` and errors as in linkwa_send_async().
 */
LINKWA_MUST_USE
linkwa_status linkwa_send_raw_async(const linkwa_client *client,
                                    const char *json,
                                    size_t len,
                                    linkwa_on_done on_done,
                                    void *user_data,
                                    linkwa_pending **pending,
                                    linkwa_error **err);

/**
 * Returns the reference of the request: yours, or the one that the library made. Empty for a raw request without one,
 * and for an HTTP request. Returns NULL for NULL.
 *
 * The text belongs to the pending send and lives as long as it; see linkwa_pending_text_len().
 */
const char *linkwa_pending_ref_id(const linkwa_pending *pending);

/**
 * Returns the length in bytes of a text that this pending send returned, without the terminating NUL. It is more than
 * strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
 */
size_t linkwa_pending_text_len(const linkwa_pending *pending, const char *text);

/**
 * Returns whether the send has ended. Returns false for NULL.
 */
bool linkwa_pending_is_done(const linkwa_pending *pending);

/**
 * Ends the send now, if it is still under way. If no byte of the message had left, none will, and the error is
 * LINKWA_NOT_SENT (LINKWA_REASON_CANCELLED); otherwise it is LINKWA_OUTCOME_UNKNOWN (LINKWA_REASON_CANCELLED). The
 * send's linkwa_on_done function, if it has not been called yet, is called on this thread before this returns.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `pending` is NULL.
 */
linkwa_status linkwa_pending_cancel(const linkwa_pending *pending);

/**
 * Waits until the send has ended, at most `timeout_ms` milliseconds, and returns whether it has. Returns false for
 * NULL.
 *
 * After true, linkwa_pending_wait() returns the result without waiting.
 */
bool linkwa_pending_wait_timeout(const linkwa_pending *pending, uint64_t timeout_ms);

/**
 * Waits until the send has ended, never longer than its own timeout, and returns its result. You may call it again and
 * from several threads; each call returns a result of its own. Free it with linkwa_result_free().
 *
 * Errors: see linkwa_send(). LINKWA_INVALID_ARGUMENT if `pending` or `result` is NULL, or `pending` is an HTTP
 * request (see linkwa_pending_wait_response()); the send goes on then, so the outcome is LINKWA_MESSAGE_UNKNOWN.
 */
LINKWA_MUST_USE
linkwa_status linkwa_pending_wait(const linkwa_pending *pending,
                                  linkwa_result **result,
                                  linkwa_error **err);

/**
 * Frees the object; the send goes on. NULL is allowed.
 */
void linkwa_pending_free(linkwa_pending *pending);

/**
 * Makes an empty queue. Returns NULL if the system gives no descriptor, on Windows, and after an internal error.
 *
 * The queue is yours; free it with linkwa_queue_free().
 */
linkwa_queue *linkwa_queue_new(void);

/**
 * Returns a file descriptor that is readable as long as the queue is not empty: for poll() with POLLIN, and for event
 * loops. It is above 2, and programs that you start do not inherit it. Do not read from it, and do not close it: it
 * belongs to the queue and lives as long as it. Returns -1 for NULL, and in a forked child.
 */
int32_t linkwa_queue_fd(const linkwa_queue *queue);

/**
 * Puts a send into the queue when it has ended; at once if it has. linkwa_queue_next() returns `user_data` then, once
 * for each call of this function. `pending` stays yours: keep it, and get the result with linkwa_pending_wait() or
 * linkwa_pending_wait_response(), which do not wait then. If you free it before, the send goes on and still comes.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `queue` or `pending` is NULL, or the queue was made before fork(); the send
 * goes on then, so the outcome is LINKWA_MESSAGE_UNKNOWN.
 */
LINKWA_MUST_USE
linkwa_status linkwa_queue_add(const linkwa_queue *queue,
                               const linkwa_pending *pending,
                               void *user_data,
                               linkwa_error **err);

/**
 * Puts a run of linkwa_many_new() into the queue now, and again whenever one of its requests ends or
 * linkwa_many_cancel() is called. linkwa_queue_next() returns `user_data` then; call linkwa_many_next() with a timeout
 * of 0 until it returns no chunk, and wait for the queue no longer than linkwa_many_poll_ms(). A run that is in the
 * queue is not put into it twice. A run has one queue and one `user_data`: another call replaces both, and takes the run
 * out of the queue that it had. linkwa_many_free() takes it out too.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `queue` or `many` is NULL, or the queue was made before fork().
 */
LINKWA_MUST_USE
linkwa_status linkwa_queue_add_many(const linkwa_queue *queue,
                                    const linkwa_many *many,
                                    void *user_data,
                                    linkwa_error **err);

/**
 * Takes the next entry out of the queue, without waiting: writes its `user_data`, and returns true. Returns false if
 * the queue is empty, for NULL, and in a forked child. `user_data` may be NULL.
 */
bool linkwa_queue_next(const linkwa_queue *queue, void **user_data);

/**
 * Frees the queue and closes its descriptor. Sends and runs that were added to it go on. NULL is allowed.
 */
void linkwa_queue_free(linkwa_queue *queue);

/* ======== 12. Sends to many destinations ======== */

/**
 * Your function that returns the next destination, an MSISDN. Return NULL at the end; it is then not called again. The
 * text must be valid until the next call. It is called on the thread that called linkwa_send_many() or
 * linkwa_many_next(), during that call. See YOUR FUNCTIONS at the top.
 */
typedef const char *(*linkwa_next_destination)(void *user_data);

/**
 * Your function that receives the result of each request, in the order in which requests end. Both objects belong to
 * the library and are valid until your function returns. It is called on the thread that called linkwa_send_many(),
 * during that call. See YOUR FUNCTIONS at the top.
 */
typedef void (*linkwa_on_chunk)(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk);

/**
 * The progress of a run, counted in destinations. The layout never changes.
 */
typedef struct linkwa_progress {
    /**
     * Accepted by the gateway.
     */
    uint64_t sent;
    /**
     * Not accepted: rejected, not sent, or invalid.
     */
    uint64_t failed;
    /**
     * May have been accepted.
     */
    uint64_t unknown;
    /**
     * Under way, or waiting to be sent again because the gateway was busy.
     */
    uint64_t under_way;
    /**
     * Skipped, because an earlier run handled them.
     */
    uint64_t skipped;
    /**
     * Sent, failed and unknown destinations per second, since the first was sent.
     */
    double per_second;
    /**
     * Whether the run is pausing because the gateway is busy or does not answer.
     */
    bool waiting;
} linkwa_progress;

/**
 * Your function that makes the message for a destination. The library frees the message. If it returns NULL or an
 * unusable message, the destination gets its own chunk with LINKWA_INVALID_REQUEST, and the run goes on. It is called
 * on the thread that called linkwa_send_many_each() or linkwa_many_next(), during that call. See YOUR FUNCTIONS at the top.
 */
typedef linkwa_message *(*linkwa_message_for)(void *user_data, const char *destination);

/**
 * Sends the same message, with the messages appended to it, to the destinations that `next` returns one by one: in
 * requests of up to linkwa_many_options_set_destinations_per_request() destinations, as many at once as the client has
 * connections, in bounded memory. `on_chunk` receives the result of each request, in the order in which requests end.
 * This function returns when all requests have ended, or, after linkwa_many_stop() or linkwa_many_cancel(), when those
 * that had begun have ended. linkwa_many_new() does the same without blocking.
 *
 * `next` is called with `next_data`, `on_chunk` with `on_chunk_data`. `options` may be NULL. `progress`, which may be
 * NULL, receives the final figures.
 *
 * Each destination is checked when it is taken. An invalid one gets its own chunk with its findings, and the others
 * are sent. HTTP 429 pauses the whole run, and the request is sent again, up to 10 times in all. HTTP 503 also pauses
 * the run, and so do three requests in a row without a connection or an answer. HTTP 401 and 403 end the run, and so
 * do 15 minutes with nothing but HTTP 429, 503 and no answer. No further request begins then, and a checkpoint resumes
 * the run.
 *
 * Errors: errors of requests go to `on_chunk`. LINKWA_INVALID_ARGUMENT if `client`, `next`, `message` or `on_chunk` is
 * NULL; the first error of a setter of the message or the options; LINKWA_INVALID_CONFIG if a number of the options is
 * out of range, or the checkpoint belongs to another run. A closed client ends the run after the first request that it
 * refused.
 */
LINKWA_MUST_USE
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
 * Does what linkwa_send_many() does, with a separate message for each destination. `message_for`, called with
 * `message_for_data`, makes the message. Each destination is one request. A checkpoint of a run with several
 * destinations per request cannot be resumed here: LINKWA_INVALID_CONFIG.
 *
 * Errors: as linkwa_send_many(). Also LINKWA_INVALID_ARGUMENT if `message_for` is NULL.
 */
LINKWA_MUST_USE
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
 * Makes options for linkwa_send_many(). By default a request has 100 destinations, and the rate is not limited.
 *
 * The options are yours; free them with linkwa_many_options_free().
 */
linkwa_many_options *linkwa_many_options_new(void);

/**
 * Frees options. NULL is allowed.
 */
void linkwa_many_options_free(linkwa_many_options *options);

/**
 * Sets the number of destinations per request: 1 to 50,000. Default: 100. With another number the run fails with
 * LINKWA_INVALID_CONFIG.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
 */
linkwa_status linkwa_many_options_set_destinations_per_request(linkwa_many_options *options, size_t count);

/**
 * Sets the highest average rate in destinations per second: above 0, at most a million. A request counts as many times
 * as it has destinations. With another number the run fails with LINKWA_INVALID_CONFIG. Default: no limit.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
 */
linkwa_status linkwa_many_options_set_rate(linkwa_many_options *options, double destinations_per_second);

/**
 * Sets the options of each request; they are copied. The refId of the request with index 17 is "{refId}-17". The
 * timeout is that of each request, from the moment the run begins it.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if an argument is NULL; the first error of a setter of `send`.
 */
linkwa_status linkwa_many_options_set_send_options(linkwa_many_options *options, const linkwa_options *send);

/**
 * Resumes an earlier run from the `len` bytes that linkwa_many_checkpoint() returned. Pass the same destinations in
 * the same order. Requests that were accepted or whose outcome is unknown are skipped; requests that were rejected or
 * not sent are sent again. refId and destinations per request are those of the earlier run. A run with others, or with
 * other destinations, fails with LINKWA_INVALID_CONFIG.
 *
 * Errors: LINKWA_INVALID_CONFIG if this is not a checkpoint; LINKWA_INVALID_ARGUMENT if `options` or `checkpoint` is
 * NULL.
 */
linkwa_status linkwa_many_options_set_resume(linkwa_many_options *options, const char *checkpoint, size_t len);

/**
 * Also sends requests again whose outcome is unknown when resuming. Recipients of those that were accepted get the
 * message twice. Default: false.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `options` is NULL.
 */
linkwa_status linkwa_many_options_set_resend_unknown(linkwa_many_options *options, bool yes);

/**
 * Makes a run that you advance: the same message, with the messages appended to it, to the destinations that `next`
 * returns. It does what linkwa_send_many() does, but gives each result to the caller of linkwa_many_next(). Nothing is
 * sent before that. `next` is called with `next_data` inside linkwa_many_next() only, on its thread, so both must stay
 * valid until the run ends or is freed. `options` may be NULL.
 *
 * The run is yours; free it with linkwa_many_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `client`, `next`, `message` or `many` is NULL; the first error of a setter of the
 * message or the options; LINKWA_INVALID_CONFIG if a number of the options is out of range.
 */
linkwa_status linkwa_many_new(const linkwa_client *client,
                              linkwa_next_destination next,
                              void *next_data,
                              const linkwa_message *message,
                              const linkwa_many_options *options,
                              linkwa_many **many,
                              linkwa_error **err);

/**
 * Does what linkwa_many_new() does, with a separate message for each destination: see linkwa_send_many_each().
 * `message_for` is called inside linkwa_many_next() only.
 *
 * The run is yours; free it with linkwa_many_free().
 *
 * Errors: as linkwa_many_new(). Also LINKWA_INVALID_ARGUMENT if `message_for` is NULL.
 */
linkwa_status linkwa_many_new_each(const linkwa_client *client,
                                   linkwa_next_destination next,
                                   void *next_data,
                                   linkwa_message_for message_for,
                                   void *message_for_data,
                                   const linkwa_many_options *options,
                                   linkwa_many **many,
                                   linkwa_error **err);

/**
 * Begins as many requests as possible, waits until one has ended, at most `timeout_ms` milliseconds, and returns its
 * result. With 0 it does not wait; with UINT64_MAX it waits as long as it takes. Writes NULL to `chunk` if no request
 * has ended by then, and at the end of the run: see linkwa_many_is_done().
 *
 * Requests begin only inside this function; those that have begun go on. So call it again and again until the end: in a
 * loop with UINT64_MAX, or with 0 from an event loop: see linkwa_queue_add_many().
 *
 * The chunk is yours; free it with linkwa_chunk_free(). It may outlive the run.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `many` or `chunk` is NULL, and if another thread, or a function of yours that this
 * call is running, calls it for the same run; LINKWA_INVALID_CONFIG if the checkpoint that the run resumes belongs to
 * another run. Errors of requests are in their chunks.
 */
LINKWA_MUST_USE
linkwa_status linkwa_many_next(const linkwa_many *many,
                               uint64_t timeout_ms,
                               linkwa_chunk **chunk,
                               linkwa_error **err);

/**
 * Returns whether the run has ended, and linkwa_many_next() has returned all results. Returns false for NULL.
 */
bool linkwa_many_is_done(const linkwa_many *many);

/**
 * Returns how long to wait before the next linkwa_many_next(), in milliseconds: the timeout for poll(). -1: until the
 * queue is readable, see linkwa_queue_add_many(). 0: call it now. More if the run pauses, because of its rate or a
 * gateway that is busy, or waits for room in the queue of the client. Returns -1 for NULL.
 */
int32_t linkwa_many_poll_ms(const linkwa_many *many);

/**
 * Returns the reference that the references of the run's requests begin with. Returns NULL for NULL.
 *
 * The text belongs to the run and lives as long as it; see linkwa_many_text_len().
 */
const char *linkwa_many_ref_id(const linkwa_many *many);

/**
 * Returns the length in bytes of a text that this run returned, without the terminating NUL. It is more than strlen()
 * returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
 */
size_t linkwa_many_text_len(const linkwa_many *many, const char *text);

/**
 * Stops the run: no further request begins. Requests that have begun still give chunks; then the run ends.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `many` is NULL.
 */
linkwa_status linkwa_many_stop(const linkwa_many *many);

/**
 * Ends the run now: no further request begins, and those under way are cancelled, as linkwa_pending_cancel() does. They
 * still give chunks; then the run ends.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `many` is NULL.
 */
linkwa_status linkwa_many_cancel(const linkwa_many *many);

/**
 * Returns the progress of the run.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `many` or `progress` is NULL, and if linkwa_many_next() or linkwa_send_many() is
 * running, except inside a linkwa_on_chunk function.
 */
LINKWA_MUST_USE
linkwa_status linkwa_many_progress(const linkwa_many *many,
                                   linkwa_progress *progress,
                                   linkwa_error **err);

/**
 * Returns which requests are done, as a short JSON text; store it, and pass it to linkwa_many_options_set_resume().
 * Requests under way count as unknown. A checkpoint does not know about requests that began after it was taken: after
 * a crash, look up their references, "{refId}-{index}", before you resume.
 *
 * The buffer is yours; free it with linkwa_buffer_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `many` or `buffer` is NULL, and if linkwa_many_next() or linkwa_send_many() is
 * running, except inside a linkwa_on_chunk function.
 */
linkwa_status linkwa_many_checkpoint(const linkwa_many *many, linkwa_buffer **buffer, linkwa_error **err);

/**
 * Frees a run of linkwa_many_new(), and takes it out of its queue: linkwa_queue_next() does not return it after that.
 * Requests under way are cancelled, and their results are lost: to know them, call linkwa_many_stop() or
 * linkwa_many_cancel() first, and linkwa_many_next() until the end. NULL is allowed.
 */
void linkwa_many_free(linkwa_many *many);

/**
 * Returns the index of the request, from 0, in the order of the destinations. Returns 0 for NULL.
 */
uint64_t linkwa_chunk_index(const linkwa_chunk *chunk);

/**
 * Returns the request's own reference: "{refId}-{index}". Returns NULL for NULL.
 *
 * The text belongs to the chunk and lives as long as it; see linkwa_chunk_text_len().
 */
const char *linkwa_chunk_ref_id(const linkwa_chunk *chunk);

/**
 * Returns the number of destinations of the request. Returns 0 for NULL.
 */
size_t linkwa_chunk_destinations_len(const linkwa_chunk *chunk);

/**
 * Returns the destination at this index (from 0). Returns NULL if the index is too large, and for NULL.
 *
 * The text belongs to the chunk and lives as long as it; see linkwa_chunk_text_len().
 */
const char *linkwa_chunk_destination(const linkwa_chunk *chunk, size_t index);

/**
 * Returns the length in bytes of a text that this chunk returned, without the terminating NUL. It is more than
 * strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
 */
size_t linkwa_chunk_text_len(const linkwa_chunk *chunk, const char *text);

/**
 * Returns the result, if the request was accepted; NULL otherwise, and for NULL.
 *
 * It belongs to the chunk and lives as long as it: do not free it. linkwa_result_copy() makes a copy to keep.
 */
const linkwa_result *linkwa_chunk_result(const linkwa_chunk *chunk);

/**
 * Returns the error, if the request was not accepted; NULL otherwise, and for NULL.
 *
 * It belongs to the chunk and lives as long as it: do not free it. linkwa_error_copy() makes a copy to keep.
 */
const linkwa_error *linkwa_chunk_error(const linkwa_chunk *chunk);

/**
 * Frees a chunk of linkwa_many_next() and everything that it returned. NULL is allowed.
 */
void linkwa_chunk_free(linkwa_chunk *chunk);

/* ======== 13. Requests to other resources ======== */

/**
 * Your function that receives the answer to an HTTP request. Exactly one of `response` and `error` is not NULL. It is
 * yours; free it with linkwa_response_free() or linkwa_error_free(). When and where it is called: see linkwa_on_done.
 */
typedef void (*linkwa_on_response)(void *user_data, linkwa_response *response, linkwa_error *error);

/**
 * Sends an HTTP request to another resource of the gateway than "/messages", with the same account, headers, proxy and
 * timeout (not in version 1.4.1 of LINK's document).
 *
 * `method` is "GET", "POST", "PUT", "PATCH" or "DELETE". `path` stands behind the base URL, with or without a slash at
 * its beginning, and may have a query: at most 2,048 bytes, with no "." or ".." segment, no scheme, no host, and only
 * characters that a URL can have. `body` is `len` bytes; with `len` 0 there is no body, and `body` may be NULL.
 * `content_type` is the media type of the body, NULL for "application/json". The body is sent as it is.
 *
 * Every complete answer is a response, whatever its status; redirects are not followed. An answer has at most 16 MiB.
 * Only what certainly was not sent is retried. The response is yours; free it with linkwa_response_free().
 *
 * For example, this marks a received message as read and shows that an answer is being typed. It is not in version
 * 1.4.1 of LINK's document; ask LINK whether your account can use it and what the body must be:
 *
 *     const char *body = "{\"messageId\": \"8aU6cwxAKE9NzMLrS6M82Y\", \"status\": \"read\", \"typing\": true}";
 *     linkwa_client_request(client, "POST", "mo/status", NULL, body, strlen(body), &response, &err);
 *
 * Errors: LINKWA_INVALID_REQUEST with a finding at "method", "path" or "contentType"; LINKWA_NOT_SENT: no byte of the
 * body left, or without a body no byte of the request; LINKWA_OUTCOME_UNKNOWN: the gateway may have acted on it;
 * LINKWA_INTERNAL; LINKWA_INVALID_ARGUMENT if `client`, `method`, `path`, `response`, or `body` with a `len` above 0 is
 * NULL, or a text is not UTF-8. They have no refId.
 */
LINKWA_MUST_USE
linkwa_status linkwa_client_request(const linkwa_client *client,
                                    const char *method,
                                    const char *path,
                                    const char *content_type,
                                    const char *body,
                                    size_t len,
                                    linkwa_response **response,
                                    linkwa_error **err);

/**
 * Does what linkwa_client_request() does, without waiting: a worker sends, and `on_response` is called with `user_data`
 * at the end. `pending` as in linkwa_send_async(); wait with linkwa_pending_wait_response(). One of `on_response` and
 * `pending` may be NULL.
 *
 * Errors: at once LINKWA_INVALID_REQUEST, LINKWA_INVALID_ARGUMENT, and LINKWA_NOT_SENT with LINKWA_REASON_QUEUE_FULL
 * or LINKWA_REASON_CLOSED. All others come with the answer.
 */
LINKWA_MUST_USE
linkwa_status linkwa_client_request_async(const linkwa_client *client,
                                          const char *method,
                                          const char *path,
                                          const char *content_type,
                                          const char *body,
                                          size_t len,
                                          linkwa_on_response on_response,
                                          void *user_data,
                                          linkwa_pending **pending,
                                          linkwa_error **err);

/**
 * Returns the HTTP status of the answer, such as 200 or 404. Returns 0 for NULL.
 */
int32_t linkwa_response_status(const linkwa_response *response);

/**
 * Returns the body of the answer as it came (decompressed if it was gzip), with a NUL behind it. Its length is
 * linkwa_response_body_len(). Returns NULL for NULL.
 *
 * The bytes belong to the response and live as long as it.
 */
const char *linkwa_response_body(const linkwa_response *response);

/**
 * Returns the length in bytes of linkwa_response_body(), 0 if there was no body. Returns 0 for NULL.
 */
size_t linkwa_response_body_len(const linkwa_response *response);

/**
 * Frees a response and its body. NULL is allowed.
 */
void linkwa_response_free(linkwa_response *response);

/**
 * Waits until an HTTP request of linkwa_client_request_async() has ended, never longer than its own timeout, and
 * returns its answer. You may call it again and from several threads; each call returns an answer of its own. Free it
 * with linkwa_response_free().
 *
 * Errors: see linkwa_client_request(). LINKWA_INVALID_ARGUMENT if `pending` or `response` is NULL, or `pending` is a
 * send of a message (see linkwa_pending_wait()); the request goes on then, so the outcome is LINKWA_MESSAGE_UNKNOWN.
 */
LINKWA_MUST_USE
linkwa_status linkwa_pending_wait_response(const linkwa_pending *pending,
                                           linkwa_response **response,
                                           linkwa_error **err);

/* ======== 14. Callbacks ======== */

/**
 * The kind of a callback.
 */
typedef enum linkwa_kind {
    /**
     * There is no callback.
     */
    LINKWA_KIND_NONE = 0,
    /**
     * The status of a message that was sent: use the functions that begin with linkwa_event_report_.
     */
    LINKWA_EVENT_REPORT = 1,
    /**
     * A message from a user: use the functions that begin with linkwa_received_message_.
     */
    LINKWA_RECEIVED_MESSAGE = 2
} linkwa_kind;

/**
 * The status of a message.
 */
typedef enum linkwa_event_status {
    /**
     * The callback is not an event report.
     */
    LINKWA_EVENT_NONE = 0,
    /**
     * 112001: the gateway has accepted the message.
     */
    LINKWA_EVENT_QUEUED = 1,
    /**
     * 112002, or 112006 (not in version 1.4.1 of LINK's document): the message has been sent.
     */
    LINKWA_EVENT_SENT = 2,
    /**
     * 112003: the message has been delivered.
     */
    LINKWA_EVENT_DELIVERED = 3,
    /**
     * 112000, a listed 1124xx, or 112500: the message will not arrive. If the report has no message id, this holds only
     * for the message type `request`, and then for the whole request; with another type it proves nothing.
     */
    LINKWA_EVENT_FAILED = 4,
    /**
     * Any other result code.
     */
    LINKWA_EVENT_OTHER = 5,
    /**
     * 112007 (not in version 1.4.1 of LINK's document): the message has been delivered, and the recipient has read it.
     */
    LINKWA_EVENT_READ = 6,
    /**
     * 112008 (not in version 1.4.1 of LINK's document): the message has been delivered, and deleted later.
     */
    LINKWA_EVENT_DELETED = 7
} linkwa_event_status;

/**
 * A set of parameters of a callback.
 */
typedef enum linkwa_parameters {
    /**
     * The custom parameters. In an event report they are those of the request.
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
 * An object of a callback. An event report has only the first. Contacts that a user sent have functions of their own:
 * see linkwa_received_message_contact_extra_len().
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
    LINKWA_OBJECT_ROUTE = 6,
    /**
     * `content.message.media`.
     */
    LINKWA_OBJECT_MEDIA = 7,
    /**
     * `content.message.location`.
     */
    LINKWA_OBJECT_LOCATION = 8,
    /**
     * `content.message.interactive`.
     */
    LINKWA_OBJECT_INTERACTIVE = 9,
    /**
     * `content.message.interactive.button_reply`.
     */
    LINKWA_OBJECT_BUTTON_REPLY = 10,
    /**
     * `content.message.interactive.list_reply`.
     */
    LINKWA_OBJECT_LIST_REPLY = 11
} linkwa_object;

/**
 * A part of a contact that a user sent, for linkwa_received_message_contact_extra_len() and the functions beside it.
 */
typedef enum linkwa_contact_part {
    /**
     * The contact itself.
     */
    LINKWA_CONTACT_WHOLE = 1,
    /**
     * Its name.
     */
    LINKWA_CONTACT_NAME = 2,
    /**
     * One of its phones.
     */
    LINKWA_CONTACT_PHONE = 3
} linkwa_contact_part;

/**
 * Parses the body of a callback, `len` bytes as the gateway posted them: an event report or a received message.
 *
 * Only a required field makes parsing fail. Fields that this library does not know, and known fields of an unexpected
 * shape, are kept: see linkwa_callback_extra_len(). A callback can be delivered more than once, late, or out of order:
 * detect repeats with linkwa_callback_key(), and record a key after you have processed its callback. Parsing does not
 * authenticate a callback: call linkwa_callback_guard_check() first.
 *
 * The callback is yours; free it with linkwa_callback_free(). The bytes are copied.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `bytes` or `callback` is NULL. LINKWA_INVALID_CALLBACK if the body is not one
 * JSON object in UTF-8 of at most 256 KiB and 64 levels, if it has lone surrogate escapes, duplicate keys or a byte
 * order mark, or if it is neither kind of callback or lacks a required field. linkwa_error_path() and
 * linkwa_error_position() say where. The error contains no values of the callback.
 */
linkwa_status linkwa_callback_parse(const char *bytes, size_t len, linkwa_callback **callback, linkwa_error **err);

/**
 * Returns the kind of a callback; LINKWA_KIND_NONE for NULL. The functions of the other kind return NULL, 0 or false.
 */
linkwa_kind linkwa_callback_kind(const linkwa_callback *callback);

/**
 * Returns a deduplication key. A callback can be delivered more than once; record the key after you have processed the
 * callback. The key of an event report is "report:{messageId}:{refId}:{messageIndex}:{resultCode}", with "-" for an
 * absent part. The key of a received message is "message:{messageId}". Returns NULL for NULL.
 *
 * A key is printable ASCII, shorter than 200 characters, and different for different callbacks: in each part, bytes
 * other than A-Z a-z 0-9 . _ ~ + / = - are percent-encoded, and a part that is then longer than 64 characters is
 * replaced by "%h" and the beginning of its SHA-256.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_key(const linkwa_callback *callback);

/**
 * Returns the callback's JSON text as received. Returns NULL for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_raw(const linkwa_callback *callback);

/**
 * Returns the length in bytes of a text that any function returned for this callback, without the terminating NUL. It
 * is more than strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
 */
size_t linkwa_callback_text_len(const linkwa_callback *callback, const char *text);

/**
 * Returns whether the callback has these parameters, even if there are 0 of them. A value that is not an object of
 * texts, numbers and booleans counts as absent, and is among the fields of linkwa_callback_extra_len(). Returns false
 * for NULL, and for a number that is not in linkwa_parameters.
 */
bool linkwa_callback_has_parameters(const linkwa_callback *callback, linkwa_parameters which);

/**
 * Returns how many of these parameters there are. Returns 0 if the callback does not have them (see
 * linkwa_callback_has_parameters()), and for NULL.
 */
size_t linkwa_callback_parameters_len(const linkwa_callback *callback, linkwa_parameters which);

/**
 * Returns the name of the parameter at this index (from 0), in the order received. Returns NULL if the index is too
 * large, and for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_parameter_name(const linkwa_callback *callback, linkwa_parameters which, size_t index);

/**
 * Returns the value of the parameter at this index (from 0), in the order received. Returns NULL if the index is too
 * large, and for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_parameter_value(const linkwa_callback *callback, linkwa_parameters which, size_t index);

/**
 * Returns the value of the parameter with this name. Returns NULL if the callback has no such parameter, and if `name`
 * is NULL or not UTF-8. A parameter whose name contains U+0000 can be read only by its index.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_parameter(const linkwa_callback *callback, linkwa_parameters which, const char *name);

/**
 * Returns how many fields of an object are kept as received: fields that this library does not know, and known fields
 * of an unexpected shape. Returns 0 if the callback does not have this object, for NULL, and for a number that is not
 * in linkwa_object.
 */
size_t linkwa_callback_extra_len(const linkwa_callback *callback, linkwa_object object);

/**
 * Returns the name of the kept field at this index (from 0), in the order received. Returns NULL if the index is too
 * large, and for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_extra_name(const linkwa_callback *callback, linkwa_object object, size_t index);

/**
 * Returns the JSON text of the kept field at this index (from 0), exactly as received. Returns NULL if the index is
 * too large, and for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_extra_json(const linkwa_callback *callback, linkwa_object object, size_t index);

/**
 * Returns the JSON text of the kept field with this name, exactly as received: a string includes its quotes. Returns
 * NULL if there is no such field, and if `name` is NULL or not UTF-8. A field whose name contains U+0000 can be read
 * only by its index.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_extra(const linkwa_callback *callback, linkwa_object object, const char *name);

/**
 * Frees a callback and every text that it returned. NULL is allowed.
 */
void linkwa_callback_free(linkwa_callback *callback);

/**
 * Returns the value of a field by its path, for programs that read callbacks by names, such as bindings and rules from a
 * configuration. The names are those of LINK's JSON: "resultCode", "content.message.text". An item of a list has its index
 * (from 0): "route.gateIds[0]", "content.message.contacts[0].phones[0].phone". Parameters have their names:
 * "customParameters.order"; a dot in a name stays as it is.
 *
 * A number is returned in decimal ("112003", "59.5"), a boolean as "true" or "false", a time as received. The length in
 * bytes is written to `len`, which may be NULL; it is more than strlen() returns if the text contains U+0000.
 *
 * Returns NULL, and writes nothing, if the callback has no such field, if it is an object, a list or a set of parameters,
 * and if `path` is no path of this kind of callback, is not UTF-8 or NULL. A field of an unexpected shape and a field that
 * this library does not know are not found: see linkwa_callback_extra(). Neither are values that the library derives, such
 * as the key.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_callback_get(const linkwa_callback *callback,
                                 const char *path,
                                 size_t *len);

/**
 * Returns the word for a status: "none", "queued", "sent", "delivered", "failed", "other", "read", "deleted". Returns
 * NULL for an unknown number.
 *
 * The text is static.
 */
const char *linkwa_event_status_name(linkwa_event_status status);

/**
 * Returns whether a status means that the message has been delivered, and perhaps more: LINKWA_EVENT_DELIVERED,
 * LINKWA_EVENT_READ or LINKWA_EVENT_DELETED.
 */
bool linkwa_event_status_is_delivered(linkwa_event_status status);

/**
 * Returns the id that the gateway gave the message when it accepted it. Returns NULL if the report has no message id
 * (it then has a refId), and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_event_report_message_id(const linkwa_callback *callback);

/**
 * Returns the reference of the request. Returns NULL if the report has no refId (it then has a message id), and for
 * any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_event_report_ref_id(const linkwa_callback *callback);

/**
 * Returns the message's type, for example "text" or "template"; "request" for a request that failed as a whole.
 * Returns NULL if the report has no such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_event_report_message_type(const linkwa_callback *callback);

/**
 * Returns whether the report names the index of its message within the request, and writes the index to `index`, which
 * may be NULL. It counts from 0, and is -1 for a request of several messages that failed as a whole. Returns false for
 * any other callback or NULL.
 */
bool linkwa_event_report_message_index(const linkwa_callback *callback, int64_t *index);

/**
 * Returns when the event happened, as received; usually in RFC 3339. Returns NULL if the report has no such field, and
 * for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_event_report_timestamp_raw(const linkwa_callback *callback);

/**
 * Returns whether the report says when the event happened as a valid RFC 3339 time, and writes it to `ms`, which may
 * be NULL, in milliseconds since 1970-01-01 UTC (negative before). Returns false for any other callback or NULL.
 */
bool linkwa_event_report_timestamp_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * Returns the result code; linkwa_result_code_explanation() and the functions beside it explain it. Returns 0 for any
 * other callback or NULL.
 */
int64_t linkwa_event_report_result_code(const linkwa_callback *callback);

/**
 * Returns the status of the message that follows from the result code. Returns LINKWA_EVENT_NONE for any other
 * callback or NULL.
 */
linkwa_event_status linkwa_event_report_status(const linkwa_callback *callback);

/**
 * Returns the gateway's description of the result. Returns NULL if the report has no such field, and for any other
 * callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_event_report_result_description(const linkwa_callback *callback);

/**
 * Returns whether the user sent a file (`content.message.media` on the wire). Not in version 1.4.1 of LINK's document.
 * Returns false for any other callback or NULL.
 */
bool linkwa_received_message_has_media(const linkwa_callback *callback);

/**
 * Returns the URL to fetch the file from that the user sent. Returns NULL if the message has no such field, and for
 * any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_media_source(const linkwa_callback *callback);

/**
 * Returns the MIME type of the file (`type` on the wire), for example "image/jpeg". Returns NULL if the message has no
 * such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_media_kind(const linkwa_callback *callback);

/**
 * Returns the text below the file. Returns NULL if the message has no such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_media_caption(const linkwa_callback *callback);

/**
 * Returns whether the user sent a place (`content.message.location` on the wire). Not in version 1.4.1 of LINK's
 * document. Returns false for any other callback or NULL.
 */
bool linkwa_received_message_has_location(const linkwa_callback *callback);

/**
 * Returns whether the message has the latitude of the place, -90 to 90 (not checked), and writes it to `degrees`,
 * which may be NULL. Returns false for any other callback or NULL.
 */
bool linkwa_received_message_location_latitude(const linkwa_callback *callback, double *degrees);

/**
 * Returns whether the message has the longitude of the place, -180 to 180 (not checked), and writes it to `degrees`,
 * which may be NULL. Returns false for any other callback or NULL.
 */
bool linkwa_received_message_location_longitude(const linkwa_callback *callback, double *degrees);

/**
 * Returns the name of the place. Returns NULL if the message has no such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_location_name(const linkwa_callback *callback);

/**
 * Returns the address of the place. Returns NULL if the message has no such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_location_address(const linkwa_callback *callback);

/**
 * Returns the address of a web page about the place. Returns NULL if the message has no such field, and for any other
 * callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_location_url(const linkwa_callback *callback);

/**
 * Returns whether the user sent contacts (`content.message.contacts` on the wire), even if there are 0 of them. Not in
 * version 1.4.1 of LINK's document. Returns false for any other callback or NULL.
 */
bool linkwa_received_message_has_contacts(const linkwa_callback *callback);

/**
 * Returns how many contacts the user sent. Returns 0 for any other callback or NULL.
 */
size_t linkwa_received_message_contacts_len(const linkwa_callback *callback);

/**
 * Returns whether the contact at this index (from 0) has a name, even an empty one. Returns false if the index is too
 * large, and for any other callback or NULL.
 */
bool linkwa_received_message_contact_has_name(const linkwa_callback *callback, size_t index);

/**
 * Returns the whole name of the contact at this index (from 0): `name.formatted_name` on the wire. Returns NULL if the
 * contact has no such field, if the index is too large, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_contact_formatted_name(const linkwa_callback *callback, size_t index);

/**
 * Returns whether the contact at this index (from 0) has a list of phones, even an empty one. Returns false if the
 * index is too large, and for any other callback or NULL.
 */
bool linkwa_received_message_contact_has_phones(const linkwa_callback *callback, size_t index);

/**
 * Returns how many phones the contact at this index (from 0) has. Returns 0 if the index is too large, and for any
 * other callback or NULL.
 */
size_t linkwa_received_message_contact_phones_len(const linkwa_callback *callback, size_t index);

/**
 * Returns the number of a phone of a contact, as the user has it in their phone; both indices count from 0. Returns
 * NULL if the phone has no such field, if an index is too large, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_contact_phone(const linkwa_callback *callback, size_t index, size_t phone_index);

/**
 * Returns how many fields of a contact, of its name, or of one of its phones are kept as received: fields that this
 * library does not know, and known fields of an unexpected shape. The indices count from 0; `phone_index` is used for
 * LINKWA_CONTACT_PHONE only. Returns 0 if the message has no such part, for NULL, and for a number that is not in
 * linkwa_contact_part.
 */
size_t linkwa_received_message_contact_extra_len(const linkwa_callback *callback,
                                                 size_t index,
                                                 linkwa_contact_part part,
                                                 size_t phone_index);

/**
 * Returns the name of a kept field of a contact, of its name, or of one of its phones: see
 * linkwa_received_message_contact_extra_len(). `extra_index` counts from 0, in the order received. Returns NULL if it
 * is too large, and for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_contact_extra_name(const linkwa_callback *callback,
                                                        size_t index,
                                                        linkwa_contact_part part,
                                                        size_t phone_index,
                                                        size_t extra_index);

/**
 * Returns the JSON text of a kept field of a contact, of its name, or of one of its phones, exactly as received: see
 * linkwa_received_message_contact_extra_len(). `extra_index` counts from 0, in the order received. Returns NULL if it
 * is too large, and for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_contact_extra_json(const linkwa_callback *callback,
                                                        size_t index,
                                                        linkwa_contact_part part,
                                                        size_t phone_index,
                                                        size_t extra_index);

/**
 * Returns whether the user chose something of an interactive message (`content.message.interactive` on the wire). Not
 * in version 1.4.1 of LINK's document. Returns false for any other callback or NULL.
 */
bool linkwa_received_message_has_interactive(const linkwa_callback *callback);

/**
 * Returns what the user chose (`type` on the wire): "button_reply" or "list_reply". Returns NULL if the message has no
 * such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_interactive_kind(const linkwa_callback *callback);

/**
 * Returns whether the user pressed a button of an interactive message (`content.message.interactive.button_reply` on
 * the wire). Not in version 1.4.1 of LINK's document. Returns false for any other callback or NULL.
 */
bool linkwa_received_message_has_button_reply(const linkwa_callback *callback);

/**
 * Returns the id that your message gave to the button that the user pressed. Returns NULL if the message has no such
 * field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_button_reply_id(const linkwa_callback *callback);

/**
 * Returns the label of the button that the user pressed. Returns NULL if the message has no such field, and for any
 * other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_button_reply_title(const linkwa_callback *callback);

/**
 * Returns whether the user chose a row of a list (`content.message.interactive.list_reply` on the wire). Not in
 * version 1.4.1 of LINK's document. Returns false for any other callback or NULL.
 */
bool linkwa_received_message_has_list_reply(const linkwa_callback *callback);

/**
 * Returns the id that your message gave to the row that the user chose. Returns NULL if the message has no such field,
 * and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_list_reply_id(const linkwa_callback *callback);

/**
 * Returns the title of the row that the user chose. Returns NULL if the message has no such field, and for any other
 * callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_list_reply_title(const linkwa_callback *callback);

/**
 * Returns the description of the row that the user chose. Returns NULL if the message has no such field, and for any
 * other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_list_reply_description(const linkwa_callback *callback);

/**
 * Returns the business number that the user wrote to. Returns NULL if the message has no such field, and for any other
 * callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_destination(const linkwa_callback *callback);

/**
 * Returns the number of the user who wrote, or their business-scoped user id. Users with a user name may have no number:
 * then it is NULL (not in version 1.4.1 of LINK's document). Send your answer to linkwa_received_message_reply_to().
 * Returns NULL for any other callback, and for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_source(const linkwa_callback *callback);

/**
 * Returns the address of the user who wrote, to which an answer is sent: their number, or else their business-scoped
 * user id. Returns NULL if the message names neither, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_reply_to(const linkwa_callback *callback);

/**
 * Returns the business-scoped id of the user who wrote: the custom parameter `whatsappUserId`, or else the source if
 * that is such an id ("US.1349...", "US.ENT.1181..."). Not in version 1.4.1 of LINK's document. Returns NULL if the
 * message names none, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_user_id(const linkwa_callback *callback);

/**
 * Returns the user's id that all business accounts of one company share: the custom parameter `whatsappParentUserId`.
 * Not in version 1.4.1 of LINK's document. Returns NULL if the message names none, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_parent_user_id(const linkwa_callback *callback);

/**
 * Returns the provider that delivered the message: "whatsapp". Returns NULL if the message has no such field, and for
 * any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_provider(const linkwa_callback *callback);

/**
 * Returns when the gateway received the message, as received; usually in RFC 3339. Returns NULL if the message has no
 * such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_timestamp_raw(const linkwa_callback *callback);

/**
 * Returns whether the message says when the gateway received the message as a valid RFC 3339 time, and writes it to
 * `ms`, which may be NULL, in milliseconds since 1970-01-01 UTC (negative before). Returns false for any other
 * callback or NULL.
 */
bool linkwa_received_message_timestamp_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * Returns the gateway's id of the message. Never NULL for a received message. Returns NULL for any other callback, and
 * for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_message_id(const linkwa_callback *callback);

/**
 * Returns when the provider received the message, as received; usually in RFC 3339. Returns NULL if the message has no
 * such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_provider_timestamp_raw(const linkwa_callback *callback);

/**
 * Returns whether the message says when the provider received the message as a valid RFC 3339 time, and writes it to
 * `ms`, which may be NULL, in milliseconds since 1970-01-01 UTC (negative before). Returns false for any other
 * callback or NULL.
 */
bool linkwa_received_message_provider_timestamp_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * Returns the provider's id of the message. Returns NULL if the message has no such field, and for any other callback
 * or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_provider_message_id(const linkwa_callback *callback);

/**
 * Returns the kind of content (`content.type` on the wire): "WHATSAPP". Returns NULL if the message has no such field,
 * and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_content_kind(const linkwa_callback *callback);

/**
 * Returns whether the content has a message (`content.message` on the wire), even an empty one. Returns false for any
 * other callback or NULL.
 */
bool linkwa_received_message_has_message(const linkwa_callback *callback);

/**
 * Returns the content type (`content.message.contentType` on the wire): "TEXT" or "BUTTON". Not in version 1.4.1 of
 * LINK's document: "MEDIA", "LOCATION", "CONTACT", "INTERACTIVE", "REACTION" and others. Returns NULL if the message has
 * no such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_content_type(const linkwa_callback *callback);

/**
 * Returns the text that the user wrote (`content.message.text` on the wire). Returns NULL if the message has no such
 * field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_text(const linkwa_callback *callback);

/**
 * Returns whether the user pressed a button (`content.message.button` on the wire). Returns false for any other
 * callback or NULL.
 */
bool linkwa_received_message_has_button(const linkwa_callback *callback);

/**
 * Returns the label of the button that the user pressed. Returns NULL if the message has no such field, and for any
 * other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_button_text(const linkwa_callback *callback);

/**
 * Returns the payload that the template gave to the button. Returns NULL if the message has no such field, and for any
 * other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_button_payload(const linkwa_callback *callback);

/**
 * Returns whether the message is a reply (`content.message.context` on the wire). Returns false for any other callback
 * or NULL.
 */
bool linkwa_received_message_has_context(const linkwa_callback *callback);

/**
 * Returns the sender of the message that the user replied to. Returns NULL if the message has no such field, and for
 * any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_context_source(const linkwa_callback *callback);

/**
 * Returns the id of the message that the user replied to. Returns NULL if the message has no such field, and for any
 * other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_context_message_id(const linkwa_callback *callback);

/**
 * Returns whether the message has a time from which the customer care window follows, and writes to `ms` when the
 * window closes: 24 hours after the provider's timestamp, or else the gateway's, in milliseconds since 1970-01-01 UTC.
 * Until then every message type may be sent to the user. `ms` may be NULL. Returns false for any other callback or
 * NULL. The time is advisory: a later message opens the window again; see linkwa_care_window().
 */
bool linkwa_received_message_care_window_closes_at_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * Returns whether the message has a route, which describes a keyword, a sub-number or a session. Returns false for any
 * other callback or NULL.
 */
bool linkwa_received_message_has_route(const linkwa_callback *callback);

/**
 * Returns the id of the route. Returns NULL if the message has no route or the route has no such field, and for any
 * other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_id(const linkwa_callback *callback);

/**
 * Returns the reference of the route. Returns NULL if the message has no route or the route has no such field, and for
 * any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_ref_id(const linkwa_callback *callback);

/**
 * Returns the platform id of the route. Returns NULL if the message has no route or the route has no such field, and
 * for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_platform_id(const linkwa_callback *callback);

/**
 * Returns the partner id of the route. Returns NULL if the message has no route or the route has no such field, and
 * for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_platform_partner_id(const linkwa_callback *callback);

/**
 * Returns the service type of the route. Returns NULL if the message has no route or the route has no such field, and
 * for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_platform_service_type(const linkwa_callback *callback);

/**
 * Returns the service id of the route. Returns NULL if the message has no route or the route has no such field, and
 * for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_platform_service_id(const linkwa_callback *callback);

/**
 * Returns the number of the route. Returns NULL if the message has no route or the route has no such field, and for
 * any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_number(const linkwa_callback *callback);

/**
 * Returns whether the route has a list of gates, even an empty one. Returns false for any other callback or NULL.
 */
bool linkwa_received_message_route_has_gate_ids(const linkwa_callback *callback);

/**
 * Returns the number of gates in the route. Returns 0 if the message has no route or the route has no gates, and for
 * any other callback or NULL.
 */
size_t linkwa_received_message_route_gate_ids_len(const linkwa_callback *callback);

/**
 * Returns the id of the gate at this index (from 0), in the order received. Returns NULL if the index is too large,
 * and for NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_gate_id(const linkwa_callback *callback, size_t index);

/**
 * Returns the kind of route (`route.type` on the wire), for example "KEYWORD_ROUTE". Returns NULL if the message has
 * no route or the route has no such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_kind(const linkwa_callback *callback);

/**
 * Returns the keyword that the message began with. Returns NULL if the message has no route or the route has no such
 * field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_keyword(const linkwa_callback *callback);

/**
 * Returns the type of the keyword. Returns NULL if the message has no route or the route has no such field, and for
 * any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_keyword_type(const linkwa_callback *callback);

/**
 * Returns whether the route has the field `active`, which says whether it is in use, and writes the field to `value`,
 * which may be NULL. Returns false for any other callback or NULL.
 */
bool linkwa_received_message_route_active(const linkwa_callback *callback, bool *value);

/**
 * Returns whether the route has the field `shared`, which says whether others use its number too, and writes the field
 * to `value`, which may be NULL. Returns false for any other callback or NULL.
 */
bool linkwa_received_message_route_shared(const linkwa_callback *callback, bool *value);

/**
 * Returns when the route starts to be in use, as received; usually in RFC 3339. Returns NULL if the message has no
 * route or the route has no such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_start_raw(const linkwa_callback *callback);

/**
 * Returns whether the message has the start of the route's use as a valid RFC 3339 time, and writes it to `ms`, which
 * may be NULL, in milliseconds since 1970-01-01 UTC (negative before). Returns false for any other callback or NULL.
 */
bool linkwa_received_message_route_start_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * Returns when the route stops being in use, as received; usually in RFC 3339. Returns NULL if the message has no
 * route or the route has no such field, and for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_end_raw(const linkwa_callback *callback);

/**
 * Returns whether the message has the end of the route's use as a valid RFC 3339 time, and writes it to `ms`, which
 * may be NULL, in milliseconds since 1970-01-01 UTC (negative before). Returns false for any other callback or NULL.
 */
bool linkwa_received_message_route_end_ms(const linkwa_callback *callback, int64_t *ms);

/**
 * Returns the description of the route. Returns NULL if the message has no route or the route has no such field, and
 * for any other callback or NULL.
 *
 * The text belongs to the callback and lives as long as it; see linkwa_callback_text_len().
 */
const char *linkwa_received_message_route_description(const linkwa_callback *callback);

/**
 * Returns whether every message type may be sent to a user (true), or only templates (false). The customer care window
 * is open for 24 hours after the user's last message to the business number; exactly 24 hours later it is closed.
 *
 * `last_inbound_ms` is the time of that message, from linkwa_received_message_provider_timestamp_ms() or, if that is
 * absent, linkwa_received_message_timestamp_ms(). `now_ms` is the current time. Both are milliseconds since 1970-01-01
 * UTC. Store the time of the last message per user and business number. Callbacks arrive out of order, so keep the
 * latest time. The time at which the window closes is written to `closes_at_ms`, whether it is open or not;
 * `closes_at_ms` may be NULL.
 *
 * The result is advisory: the clocks of the gateway and of WhatsApp decide, and a message that is still on its way
 * opens the window again.
 */
bool linkwa_care_window(int64_t last_inbound_ms, int64_t now_ms, int64_t *closes_at_ms);

/* ======== 15. Whether to believe a callback ======== */

/**
 * The size of the longest address text in bytes, with the terminating NUL.
 */
#define LINKWA_ADDRESS_SIZE 46

/**
 * Why a callback is refused.
 */
typedef enum linkwa_refusal {
    /**
     * The callback is accepted. No other number means that.
     */
    LINKWA_REFUSAL_NONE = 0,
    /**
     * The sender's address is not in the accepted ranges.
     */
    LINKWA_REFUSAL_ADDRESS = 1,
    /**
     * A trusted proxy's header is missing, cannot be read, or contradicts another one.
     */
    LINKWA_REFUSAL_FORWARDED = 2,
    /**
     * Basic authentication is missing, unreadable or wrong.
     */
    LINKWA_REFUSAL_CREDENTIALS = 3,
    /**
     * A required header is missing, occurs twice, or has another value.
     */
    LINKWA_REFUSAL_HEADER = 4,
    /**
     * The body is too large.
     */
    LINKWA_REFUSAL_TOO_LARGE = 5,
    /**
     * No decision is possible: an argument or the guard is invalid. See linkwa_callback_guard_ready().
     */
    LINKWA_REFUSAL_UNUSABLE = 6
} linkwa_refusal;

/**
 * One header line of an HTTP request. Its layout never changes.
 */
typedef struct linkwa_header {
    /**
     * The name, in upper or lower case.
     */
    const char *name;
    /**
     * The value: bytes, which need not be UTF-8.
     */
    const char *value;
} linkwa_header;

/**
 * Makes a guard that accepts LINK's addresses and bodies of up to 256 KiB. Free it with linkwa_callback_guard_free().
 * Returns NULL only after an internal error.
 */
linkwa_callback_guard *linkwa_callback_guard_new(void);

/**
 * Adds addresses to accept: one ("192.0.2.1"), a network ("192.0.2.0/24", "2001:db8::/32"), or a range
 * ("192.0.2.1-192.0.2.9"). The first call replaces LINK's addresses; each further call adds to them.
 *
 * Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or `range` is not UTF-8.
 * LINKWA_INVALID_CONFIG if `range` has another form.
 */
linkwa_status linkwa_callback_guard_add_range(linkwa_callback_guard *guard, const char *range);

/**
 * Accepts every address. Then only credentials distinguish the gateway from other senders. A later
 * linkwa_callback_guard_add_range() limits the addresses again.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
 */
linkwa_status linkwa_callback_guard_any_address(linkwa_callback_guard *guard);

/**
 * Adds proxies that callbacks come through, in the forms of linkwa_callback_guard_add_range(). Each call adds; by
 * default there is no trusted proxy. A callback that comes from a trusted proxy is refused if its headers do not name
 * the sender.
 *
 * Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or `range` is not UTF-8.
 * LINKWA_INVALID_CONFIG if `range` is not an address, network or range.
 */
linkwa_status linkwa_callback_guard_add_trusted_proxy(linkwa_callback_guard *guard, const char *range);

/**
 * Reads the sender from the X-Forwarded-For of trusted proxies only, and ignores Forwarded.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
 */
linkwa_status linkwa_callback_guard_only_x_forwarded_for(linkwa_callback_guard *guard);

/**
 * Reads the sender from the Forwarded (RFC 7239) of trusted proxies only, and ignores X-Forwarded-For.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
 */
linkwa_status linkwa_callback_guard_only_forwarded(linkwa_callback_guard *guard);

/**
 * Requires Basic authentication with this username and password. They are compared in constant time and never printed.
 * An empty password, such as that of an unset variable, refuses every callback.
 *
 * Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or not UTF-8.
 */
linkwa_status linkwa_callback_guard_set_basic(linkwa_callback_guard *guard,
                                              const char *username,
                                              const char *password);

/**
 * Requires a header with this name (in any case) and value, exactly once. White space around the value is ignored. The
 * value is compared in constant time and never printed. An empty value, such as that of an unset variable, refuses
 * every callback. If you set several names, all are required; setting a name again replaces its value.
 *
 * Errors, which the guard remembers: LINKWA_INVALID_ARGUMENT if an argument is NULL or not UTF-8.
 */
linkwa_status linkwa_callback_guard_set_header(linkwa_callback_guard *guard, const char *name, const char *value);

/**
 * Sets the largest accepted body in bytes: 256 KiB by default. linkwa_callback_parse() always refuses larger ones.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
 */
linkwa_status linkwa_callback_guard_set_max_body(linkwa_callback_guard *guard, size_t bytes);

/**
 * Returns LINKWA_OK if every setting is valid, or the first error. With an error linkwa_callback_guard_check() refuses
 * every callback. Call this once, after you have set up the guard.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL; LINKWA_INVALID_CONFIG if the password or the value of a header is
 * empty, as that of an unset variable; else those of the functions that set it up.
 */
LINKWA_MUST_USE linkwa_status linkwa_callback_guard_ready(const linkwa_callback_guard *guard, linkwa_error **err);

/**
 * Decides whether to accept a callback. ONLY LINKWA_REFUSAL_NONE MEANS YES: compare with it, and refuse the callback
 * for every other number.
 *
 * `peer` is the address of the other end of the connection, IPv4 or IPv6 without a port, as inet_ntop() writes it.
 * `headers` are the `headers_len` header lines of the request, in the order received. It may be NULL if `headers_len`
 * is 0. `body_len` is the body's length in bytes. If several checks fail, the result is the first of: sender,
 * credentials, headers, size.
 *
 * Names and values end at their first NUL. If your server accepts NUL bytes in headers, refuse such requests yourself:
 * the guard sees only what stands before the NUL.
 *
 * `sender`, if it is not NULL, points to LINKWA_ADDRESS_SIZE bytes. With LINKWA_REFUSAL_NONE the address that the
 * callback came from is written there, ended by NUL; an IPv4 address in IPv6 notation is written as IPv4. Otherwise
 * nothing is written.
 *
 * Returns LINKWA_REFUSAL_UNUSABLE if `guard`, `peer`, or a header's name or value is NULL, `headers` is NULL and
 * `headers_len` is not 0, `peer` is not an address, a name is not UTF-8, a setting of the guard is invalid (see
 * linkwa_callback_guard_ready()), or after an internal error.
 */
LINKWA_MUST_USE
linkwa_refusal linkwa_callback_guard_check(const linkwa_callback_guard *guard,
                                           const char *peer,
                                           const linkwa_header *headers,
                                           size_t headers_len,
                                           size_t body_len,
                                           char *sender);

/**
 * Frees a guard. NULL is allowed.
 */
void linkwa_callback_guard_free(linkwa_callback_guard *guard);

/**
 * Returns the word for a refusal: "none", "address", "too_large". Returns NULL for an unknown number.
 *
 * The text is static.
 */
const char *linkwa_refusal_name(linkwa_refusal refusal);

/**
 * Returns whether an address, IPv4 or IPv6 without a port ("192.0.2.1"), belongs to LINK's gateway. Returns false for
 * NULL, and for a text that is not an address.
 *
 * Behind a proxy, pass the address that the proxy names, and only if the proxy is your own:
 * linkwa_callback_guard_check() does all of this.
 */
bool linkwa_is_gateway_address(const char *address);

/* ======== 16. What became of a message ======== */

/**
 * Any index, for linkwa_status_tracker_state().
 */
#define LINKWA_NO_INDEX INT64_MIN

/**
 * The resolution of a send whose outcome was unknown.
 */
typedef enum linkwa_resolution {
    /**
     * No report so far: do not send it again.
     */
    LINKWA_RESOLUTION_UNKNOWN = 0,
    /**
     * The gateway accepted the request, and a report shows progress of one of its messages: do not send it again.
     */
    LINKWA_RESOLUTION_ACCEPTED = 1,
    /**
     * The request failed as a whole and none of its messages was sent: you may send it again once you have fixed the
     * cause.
     */
    LINKWA_RESOLUTION_FAILED = 2,
    /**
     * The gateway accepted the request, and every report says that a message failed. With one message to one
     * destination, that message was not delivered; linkwa_status_tracker_each_of() shows the result code.
     */
    LINKWA_RESOLUTION_MESSAGE_FAILED = 3
} linkwa_resolution;

/**
 * Your function that linkwa_status_tracker_each() and linkwa_status_tracker_each_of() call with each state. The state
 * belongs to the library and is valid until your function returns. The function may use the tracker, and forget
 * messages, but not free it. See YOUR FUNCTIONS at the top.
 */
typedef void (*linkwa_on_state)(void *user_data, const linkwa_message_state *state);

/**
 * Makes an empty tracker. Free it with linkwa_status_tracker_free(). Returns NULL only after an internal error.
 */
linkwa_status_tracker *linkwa_status_tracker_new(void);

/**
 * Applies an event report and returns the resulting state of its message; linkwa_message_state_changed() says whether
 * the report changed it. A report without a message id changes the state of its request. An empty id counts as absent.
 * The state of a report that has neither id is returned, but not kept.
 *
 * `state` may be NULL; otherwise the state is yours; free it with linkwa_message_state_free(). The callback stays
 * yours.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `report` is NULL, or `report` is a received message.
 */
linkwa_status linkwa_status_tracker_apply(linkwa_status_tracker *tracker,
                                          const linkwa_callback *report,
                                          linkwa_message_state **state,
                                          linkwa_error **err);

/**
 * Returns the state of a message, or writes NULL to `state` if no report of it came. With a `message_index` it is the
 * state of the reports with this index. With LINKWA_NO_INDEX it is the message's only state, whatever its index; if
 * reports named several indices, the least advanced of their states (queued < other < sent < failed < delivered < read
 * < deleted). An id that contains U+0000 cannot be passed, because the text would end there: use
 * linkwa_status_tracker_each().
 *
 * The state is yours; free it with linkwa_message_state_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `message_id` or `state` is NULL, or `message_id` is not UTF-8.
 */
linkwa_status linkwa_status_tracker_state(const linkwa_status_tracker *tracker,
                                          const char *message_id,
                                          int64_t message_index,
                                          linkwa_message_state **state,
                                          linkwa_error **err);

/**
 * Returns the state of the request with this refId, from its reports without a message id (a request that failed as a
 * whole), or writes NULL to `state` if there was none. An id that contains U+0000 cannot be passed, because the text
 * would end there: use linkwa_status_tracker_each().
 *
 * The state is yours; free it with linkwa_message_state_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `ref_id` or `state` is NULL, or `ref_id` is not UTF-8.
 */
linkwa_status linkwa_status_tracker_request_state(const linkwa_status_tracker *tracker,
                                                  const char *ref_id,
                                                  linkwa_message_state **state,
                                                  linkwa_error **err);

/**
 * Returns what became of a send that ended with LINKWA_OUTCOME_UNKNOWN, by its exact refId (see
 * linkwa_error_ref_id()). Returns LINKWA_RESOLUTION_UNKNOWN if an argument is NULL or `ref_id` is not UTF-8. An id
 * that contains U+0000 cannot be passed, because the text would end there: use linkwa_status_tracker_each().
 */
linkwa_resolution linkwa_status_tracker_resolve(const linkwa_status_tracker *tracker, const char *ref_id);

/**
 * Returns the number of entries: one for each message and index, and one for each refId. Returns 0 for NULL.
 */
size_t linkwa_status_tracker_len(const linkwa_status_tracker *tracker);

/**
 * Calls your function with each state: those of messages by message id and index, then those of requests by refId. It
 * is called on this thread, before this function returns, with the states at the time of the call: later changes do
 * not count, so the function may use the tracker, and forget final messages. `user_data` is passed to it.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `on_state` is NULL.
 */
linkwa_status linkwa_status_tracker_each(const linkwa_status_tracker *tracker,
                                         linkwa_on_state on_state,
                                         void *user_data);

/**
 * Calls your function with each state of the request with exactly this refId: those of its messages by message id and
 * index, then that of its reports without a message id, if there were any. Otherwise it works like
 * linkwa_status_tracker_each(), which also shows the states of a refId that contains U+0000.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker`, `ref_id` or `on_state` is NULL, or `ref_id` is not UTF-8.
 */
linkwa_status linkwa_status_tracker_each_of(const linkwa_status_tracker *tracker,
                                            const char *ref_id,
                                            linkwa_on_state on_state,
                                            void *user_data);

/**
 * Forgets a message with all its indices, and returns whether there was one. A later report starts a new state. What
 * its reports said about their refId stays. Returns false if an argument is NULL or not UTF-8. An id that contains
 * U+0000 cannot be passed, because the text would end there.
 */
bool linkwa_status_tracker_forget(linkwa_status_tracker *tracker, const char *message_id);

/**
 * Forgets what is known about a request, and returns whether there was anything: linkwa_status_tracker_resolve() then
 * returns LINKWA_RESOLUTION_UNKNOWN. Its messages stay. Returns false if an argument is NULL or not UTF-8. An id that
 * contains U+0000 cannot be passed, because the text would end there.
 */
bool linkwa_status_tracker_forget_ref_id(linkwa_status_tracker *tracker, const char *ref_id);

/**
 * Returns the whole tracker as JSON, for linkwa_status_tracker_from_json(). The same state always gives the same text.
 * It contains message ids, refIds and the gateway's descriptions.
 *
 * The buffer is yours; free it with linkwa_buffer_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `tracker` or `json` is NULL.
 */
linkwa_status linkwa_status_tracker_to_json(const linkwa_status_tracker *tracker,
                                            linkwa_buffer **json,
                                            linkwa_error **err);

/**
 * Makes a tracker from the JSON of linkwa_status_tracker_to_json(), `len` bytes.
 *
 * The tracker is yours; free it with linkwa_status_tracker_free().
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `json` or `tracker` is NULL, or `json` is not UTF-8. LINKWA_INVALID_CONFIG if a
 * tracker of this version does not write such a text: invalid JSON, an unknown field or version, a duplicate entry, or
 * a state that no reports lead to.
 */
linkwa_status linkwa_status_tracker_from_json(const char *json,
                                              size_t len,
                                              linkwa_status_tracker **tracker,
                                              linkwa_error **err);

/**
 * Frees a tracker. States that it returned stay valid. NULL is allowed.
 */
void linkwa_status_tracker_free(linkwa_status_tracker *tracker);

/**
 * Returns the message's id. Returns NULL for a request, and for NULL.
 *
 * The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
 */
const char *linkwa_message_state_message_id(const linkwa_message_state *state);

/**
 * Returns whether the message's reports name its index within the request, and writes the index (from 0) to `index`,
 * which may be NULL. Returns false for a request, and for NULL.
 */
bool linkwa_message_state_message_index(const linkwa_message_state *state, int64_t *index);

/**
 * Returns the reference of the request. Returns NULL if no report named it, and for NULL. If reports name several,
 * which should not happen, it is the first in byte order.
 *
 * The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
 */
const char *linkwa_message_state_ref_id(const linkwa_message_state *state);

/**
 * Returns the most advanced status of the message. Returns LINKWA_EVENT_NONE for NULL.
 */
linkwa_event_status linkwa_message_state_status(const linkwa_message_state *state);

/**
 * Returns the result code of the report that decided the status. Returns 0 for NULL.
 */
int64_t linkwa_message_state_result_code(const linkwa_message_state *state);

/**
 * Returns the timestamp of that report, as received; usually in RFC 3339. Timestamps longer than 64 bytes are not
 * kept. Returns NULL if there is none, and for NULL.
 *
 * The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
 */
const char *linkwa_message_state_timestamp_raw(const linkwa_message_state *state);

/**
 * Returns whether that report has a valid RFC 3339 timestamp, and writes it to `ms`, which may be NULL, in
 * milliseconds since 1970-01-01 UTC (negative before). Returns false for NULL.
 */
bool linkwa_message_state_timestamp_ms(const linkwa_message_state *state, int64_t *ms);

/**
 * Returns the gateway's description in that report, at most 1 KiB. Returns NULL if there is none, and for NULL.
 *
 * The text belongs to the state and lives as long as it; see linkwa_message_state_text_len().
 */
const char *linkwa_message_state_description(const linkwa_message_state *state);

/**
 * Returns whether the message has been delivered, and perhaps more: delivered, read or deleted. Returns false for NULL.
 */
bool linkwa_message_state_is_delivered(const linkwa_message_state *state);

/**
 * Returns whether the status is final: delivered, read, deleted or failed. A delivered message can still be read or
 * deleted. Returns false for NULL.
 */
bool linkwa_message_state_is_final(const linkwa_message_state *state);

/**
 * Returns whether the gateway reported that the message failed, and also that it was delivered, read or deleted. Have a
 * person look at such a message. Returns false for NULL.
 */
bool linkwa_message_state_is_disputed(const linkwa_message_state *state);

/**
 * Returns whether a report had a code without a status of its own (LINKWA_EVENT_OTHER), whether or not it decides the
 * status, and writes the latest such code to `code`, which may be NULL: 112004, 112005, or a code that this library
 * does not know. Returns false for NULL.
 */
bool linkwa_message_state_other_code(const linkwa_message_state *state, int64_t *code);

/**
 * Returns whether the report passed to linkwa_status_tracker_apply() changed anything. Returns false for a state that
 * was looked up, and for NULL.
 */
bool linkwa_message_state_changed(const linkwa_message_state *state);

/**
 * Returns the length in bytes of a text that this state returned, without the terminating NUL. It is more than
 * strlen() returns if the text contains U+0000. Returns 0 for any other pointer, and for NULL.
 */
size_t linkwa_message_state_text_len(const linkwa_message_state *state, const char *text);

/**
 * Frees a state of linkwa_status_tracker_apply(), linkwa_status_tracker_state() or
 * linkwa_status_tracker_request_state(), and its texts. A state that your function was called with is not yours to
 * free. NULL is allowed.
 */
void linkwa_message_state_free(linkwa_message_state *state);

/**
 * Returns the word for a resolution: "unknown", "accepted", "failed", "message_failed". Returns NULL for an unknown
 * number.
 *
 * The text is static.
 */
const char *linkwa_resolution_name(linkwa_resolution resolution);

/* ======== 17. Observers and the log ======== */

/**
 * What a linkwa_observer_event reports.
 *
 * The events of one send have the same `send_id`, and come in this order: LINKWA_OBSERVED_SEND_QUEUED; for each attempt
 * LINKWA_OBSERVED_ATTEMPT_BEGUN, its LINKWA_OBSERVED_PHASE_REACHED, and LINKWA_OBSERVED_ATTEMPT_ENDED; at the end
 * LINKWA_OBSERVED_SEND_ENDED. A request that validation refuses is never a send, and has none. A newer version of the
 * library may report more: ignore numbers that you do not know.
 */
typedef enum linkwa_observed {
    /**
     * A send begins: it waits for a worker, or the caller's thread sends it.
     */
    LINKWA_OBSERVED_SEND_QUEUED = 1,
    /**
     * An attempt begins.
     */
    LINKWA_OBSERVED_ATTEMPT_BEGUN = 2,
    /**
     * The attempt has come to a further phase.
     */
    LINKWA_OBSERVED_PHASE_REACHED = 3,
    /**
     * The attempt is over. If the send ended while it ran, by its deadline or a cancellation, it has the outcome of the
     * send, and its thread may reach a last phase afterwards.
     */
    LINKWA_OBSERVED_ATTEMPT_ENDED = 4,
    /**
     * The send has its outcome.
     */
    LINKWA_OBSERVED_SEND_ENDED = 5,
    /**
     * A run of many begins no requests for a while, because the gateway is busy or does not answer.
     */
    LINKWA_OBSERVED_RUN_WAITING = 6,
    /**
     * A guard accepts a callback.
     */
    LINKWA_OBSERVED_CALLBACK_ACCEPTED = 7,
    /**
     * A guard refuses a callback.
     */
    LINKWA_OBSERVED_CALLBACK_REFUSED = 8
} linkwa_observed;

/**
 * How far an attempt has come. One that uses a kept connection reaches only LINKWA_PHASE_BODY.
 */
typedef enum linkwa_phase {
    /**
     * The event is about no phase.
     */
    LINKWA_PHASE_NONE = 0,
    /**
     * The host name is resolved: the gateway's, or the proxy's.
     */
    LINKWA_PHASE_DNS = 1,
    /**
     * There is a connection to the gateway.
     */
    LINKWA_PHASE_CONNECT = 2,
    /**
     * TLS is set up.
     */
    LINKWA_PHASE_TLS = 3,
    /**
     * The body is about to leave; of a request without a body, its head.
     */
    LINKWA_PHASE_BODY = 4
} linkwa_phase;

/**
 * How a send or an attempt ended. A word of linkwa_outcome has the same number here.
 */
typedef enum linkwa_ending {
    /**
     * The event is about no end.
     */
    LINKWA_ENDING_NONE = 0,
    /**
     * The gateway refused the message.
     */
    LINKWA_ENDING_REJECTED = 1,
    /**
     * No byte of the body left.
     */
    LINKWA_ENDING_NOT_SENT = 2,
    /**
     * The message may have been accepted.
     */
    LINKWA_ENDING_UNKNOWN = 3,
    /**
     * The gateway accepted the message.
     */
    LINKWA_ENDING_ACCEPTED = 4,
    /**
     * The gateway answered a request to another resource, with whatever status.
     */
    LINKWA_ENDING_ANSWERED = 5
} linkwa_ending;

/**
 * The level of a log line, and of what is logged.
 */
typedef enum linkwa_log_level {
    /**
     * Nothing.
     */
    LINKWA_LOG_OFF = 0,
    /**
     * A bug of this library, caught.
     */
    LINKWA_LOG_ERROR = 1,
    /**
     * A line for each failed attempt to send: reference, outcome, status, duration and bytes.
     */
    LINKWA_LOG_WARN = 2,
    /**
     * General information.
     */
    LINKWA_LOG_INFO = 3,
    /**
     * A line for each accepted attempt, with the same fields.
     */
    LINKWA_LOG_DEBUG = 4,
    /**
     * Everything.
     */
    LINKWA_LOG_TRACE = 5
} linkwa_log_level;

/**
 * What your linkwa_observer receives. Which members have a value depends on `kind`: all others are NULL, 0 or -1, as their
 * comments say. Times are in microseconds. An event never has a phone number, a text, a credential or another part of a
 * message, except the refId: put nothing secret into that.
 *
 * Newer versions of the library add members at the end, and `size` says how many bytes there are. A program that may run
 * with an older library than the one it was compiled for reads a new member only if `size` reaches its end.
 */
typedef struct linkwa_observer_event {
    /**
     * The size of this struct in the library, in bytes.
     */
    size_t size;
    /**
     * What it reports.
     */
    linkwa_observed kind;
    /**
     * When that happened: microseconds since 1970.
     */
    int64_t time_us;
    /**
     * How long the attempt has taken at its phases and its end; how long the send has taken at its end; otherwise 0.
     */
    int64_t elapsed_us;
    /**
     * The number of the send, from 1; no other send of this process has it. 0 if the event is about no send.
     */
    uint64_t send_id;
    /**
     * The refId of the send, or the reference of the run; or NULL.
     */
    const char *ref_id;
    /**
     * Its length in bytes. A request of linkwa_send_raw() may have U+0000 in it.
     */
    size_t ref_id_len;
    /**
     * The type of each message of the send: "text", "image" and so on. None for a request to another resource, and for
     * linkwa_send_raw(). Never NULL.
     */
    const char *const *message_types;
    /**
     * How many there are.
     */
    size_t message_types_len;
    /**
     * The number of destinations of the send, or -1.
     */
    int64_t destinations;
    /**
     * The HTTP method of the send, or NULL.
     */
    const char *method;
    /**
     * The URL of the messages, without credentials, or NULL. A request to another resource has none, because its path may
     * have a phone number in it.
     */
    const char *url;
    /**
     * The host of the gateway, or NULL.
     */
    const char *host;
    /**
     * The port of the gateway, or 0.
     */
    uint32_t port;
    /**
     * The number of the attempt, from 1; or 0.
     */
    uint32_t attempt;
    /**
     * The phase that the attempt has reached.
     */
    linkwa_phase phase;
    /**
     * How long the name look-up took, or -1: a kept connection has none, nor has an address.
     */
    int64_t dns_us;
    /**
     * How long the connection took, or -1: a kept one has none.
     */
    int64_t connect_us;
    /**
     * How long the TLS handshake took, or -1: a kept connection has none.
     */
    int64_t tls_us;
    /**
     * How long the attempt took from the body to its end, or -1.
     */
    int64_t answer_us;
    /**
     * How the attempt or the send ended.
     */
    linkwa_ending outcome;
    /**
     * The status of the gateway's answer, or 0.
     */
    int32_t http_status;
    /**
     * The result code of the gateway's answer, or 0.
     */
    int64_t result_code;
    /**
     * The code of the error, or LINKWA_OK.
     */
    linkwa_status code;
    /**
     * The reason of the error.
     */
    linkwa_reason reason;
    /**
     * How long the send pauses before its next attempt, if there is one; how long the run pauses; or -1.
     */
    int64_t pause_us;
    /**
     * How many sends of the client wait for a worker, this one not counted; at LINKWA_OBSERVED_SEND_QUEUED and
     * LINKWA_OBSERVED_ATTEMPT_BEGUN, otherwise -1.
     */
    int64_t queued;
    /**
     * How many sends of the client have a worker or their caller's thread, and so a connection; at
     * LINKWA_OBSERVED_SEND_QUEUED without this one, at LINKWA_OBSERVED_ATTEMPT_BEGUN with it, otherwise -1.
     */
    int64_t under_way;
    /**
     * Why the callback is refused.
     */
    linkwa_refusal refusal;
} linkwa_observer_event;

/**
 * Your function that receives what a client or a guard does, step by step. The event and its texts are valid until your
 * function returns; `user_data` is the pointer that you passed with it.
 *
 * It is called on the thread that does the step: the caller's, a worker, or the one that cancels, closes or keeps
 * deadlines; several calls may run at once. A slow function delays its own send. At a deadline it also delays other sends.
 * So return quickly, and hand slow work to a thread of your own. It may call every function of this library (see YOUR
 * FUNCTIONS at the top); what it sends with the same client is reported too. linkwa_client_free() inside it does not wait
 * for linkwa_on_done functions, and that of the send which the event is about may be called afterwards.
 */
typedef void (*linkwa_observer)(void *user_data, const linkwa_observer_event *event);

/**
 * Your function that receives the log, one line of UTF-8 at a time; the text is valid until your function returns. It
 * contains no credentials, phone numbers or message texts. It is called on every thread that sends, several at once. A
 * line that a call from inside it would log is dropped. See YOUR FUNCTIONS at the top.
 */
typedef void (*linkwa_log)(void *user_data, linkwa_log_level level, const char *line);

/**
 * Returns the word for the kind of an event, the same in every language: "send_queued". Returns NULL for an unknown
 * number.
 *
 * The text is static.
 */
const char *linkwa_observed_name(linkwa_observed kind);

/**
 * Returns the word for a phase: "none", "dns", "connect", "tls", "body". Returns NULL for an unknown number.
 *
 * The text is static.
 */
const char *linkwa_phase_name(linkwa_phase phase);

/**
 * Returns the word for an ending: "none", "accepted", "not_sent". Returns NULL for an unknown number.
 *
 * The text is static.
 */
const char *linkwa_ending_name(linkwa_ending ending);

/**
 * Sets your function that receives each step of the sends of the clients that are made with this configuration: an event
 * is a linkwa_observer_event, and the function is called with `user_data`. NULL sets none, which is the default: nothing
 * is collected then. Another call replaces it. After linkwa_client_free() the function is not called any more for that
 * client.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `config` is NULL.
 */
linkwa_status linkwa_config_set_observer(linkwa_config *config,
                                         linkwa_observer observer,
                                         void *user_data);

/**
 * Sets your function that receives each decision of linkwa_callback_guard_check() before it returns:
 * LINKWA_OBSERVED_CALLBACK_ACCEPTED, or LINKWA_OBSERVED_CALLBACK_REFUSED with its `refusal`. The event has nothing of the
 * callback. A check that returns LINKWA_REFUSAL_UNUSABLE decides nothing. NULL sets none, which is the default. Another
 * call replaces the function.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `guard` is NULL.
 */
linkwa_status linkwa_callback_guard_set_observer(linkwa_callback_guard *guard,
                                                 linkwa_observer observer,
                                                 void *user_data);

/**
 * Returns the word for a level: "off", "error", "debug". Returns NULL for an unknown number.
 *
 * The text is static.
 */
const char *linkwa_log_level_name(linkwa_log_level level);

/**
 * Sends the log up to the level `most` to your function, which is called with `user_data`. NULL turns the log off. It
 * replaces an earlier function, which is not called any more when this returns (unless this is called from inside that
 * function).
 *
 * Without this call nothing is logged.
 *
 * Errors: LINKWA_INVALID_ARGUMENT if `most` is not a level; then nothing changes.
 */
linkwa_status linkwa_set_log(linkwa_log log, void *user_data, linkwa_log_level most);

/* ======== 18. Buffers ======== */

/**
 * Returns the bytes, with a NUL behind them. Returns NULL for NULL.
 *
 * The bytes belong to the buffer and are valid until it is freed.
 */
const char *linkwa_buffer_data(const linkwa_buffer *buffer);

/**
 * Returns the number of bytes, without the NUL behind them. Returns 0 for NULL.
 */
size_t linkwa_buffer_len(const linkwa_buffer *buffer);

/**
 * Frees a buffer and its bytes. NULL is allowed.
 */
void linkwa_buffer_free(linkwa_buffer *buffer);

/* ======== 19. Versions ======== */

/**
 * The version of the ABI that this header describes. It changes when programs must be compiled again. Compare it with
 * linkwa_abi_version(), the version of the library that is loaded.
 */
#define LINKWA_ABI_VERSION 1

/**
 * Returns the version of the library: "0.1.0". LINKWA_VERSION is the version of the header.
 *
 * The text is static.
 */
const char *linkwa_version(void);

/**
 * Returns the version of the library's ABI: LINKWA_ABI_VERSION, if the header belongs to the library.
 */
uint32_t linkwa_abi_version(void);

#ifdef __cplusplus
} /* extern "C" */
#endif /* __cplusplus */

#ifdef __clang__
#pragma clang diagnostic pop
#endif

#endif  /* LINKWA_H */
