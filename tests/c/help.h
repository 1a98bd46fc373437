/* Shared code of the tests. */
#ifndef HELP_H
#define HELP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <linkwa.h>

#include "server.h"
#include "tap.h"

#define FROM "+46000000000"
#define TO "+46000000001"
/* As TO, but the sandbox answers as its scenario of these four digits says. */
#define SCENARIO(digits) "+4600000" digits

/* The output of linkwa_build() for the configuration of config_for() and options with the refId "r", before and behind the
 * messages. */
#define BUILT_HEAD \
    "{\"platformId\":\"p\",\"platformPartnerId\":\"pp\",\"priority\":\"NORMAL\",\"refId\":\"r\",\"source\":\"" FROM "\"," \
    "\"destinations\":[\"" TO "\"],\"messages\":["
#define BUILT_TAIL "]}"
#define BUILT_TEXT "{\"type\":\"text\",\"text\":{\"body\":\"Hello\"}}"

/* A whole request in wire form, with the refId "whole". */
#define WHOLE(to) \
    "{\"platformId\":\"p\",\"platformPartnerId\":\"pp\",\"priority\":\"NORMAL\",\"refId\":\"whole\",\"source\":\"" FROM "\"," \
    "\"destinations\":[\"" to "\"],\"messages\":[{\"type\":\"text\",\"text\":{\"body\":\"Hello\"}}]}"

/* Invalid UTF-8: a byte that never occurs in it, an incomplete sequence, a surrogate, an overlong form, a code point above
 * U+10FFFF. */
extern const char *const not_utf8[];
enum { NOT_UTF8 = 5 };

/* The status as a word, which makes failures readable. */
#define is_status(found, expected, ...) is_str(linkwa_status_name(found), linkwa_status_name(expected), __VA_ARGS__)

/* Ignores a status that the compiler would not let be ignored: the test looks at something else. */
void whatever_status(linkwa_status status);

/* Status, outcome and reason of an error, in one check. Frees it. */
#define is_error(err, code, outcome, reason, name) help_is_error((err), (code), (outcome), (reason), __FILE__, __LINE__, (name))
bool help_is_error(linkwa_error *err, linkwa_status code, linkwa_outcome outcome, linkwa_reason reason, const char *file, int line,
    const char *name);

/* A buffer's bytes. Frees it. */
#define is_buffer(buffer, expected, ...) help_is_buffer((buffer), (expected), __FILE__, __LINE__, __VA_ARGS__)
bool help_is_buffer(linkwa_buffer *buffer, const char *expected, const char *file, int line, const char *name);

bool contains(const char *text, const char *part);

/* A configuration with credentials ("user", "secret"), platform ("p", "pp") and source; for the region "no" if the URL is NULL. */
linkwa_config *config_for(const char *base_url);
/* A client with this configuration; ends the program on failure. The first function frees the configuration. */
linkwa_client *client_of(linkwa_config *config);
linkwa_client *client_for(const char *base_url);

/* Options with a refId. */
linkwa_options *options_with_ref(const char *ref_id);

/* Sends a text with this refId, and returns the status. */
linkwa_status send_with_ref(const linkwa_client *client, const char *to, const char *text, const char *ref_id);

/* Begins to send "Hello" to TO; ends the program if it cannot begin. */
linkwa_pending *begin(const linkwa_client *client, const char *to, linkwa_on_done on_done, void *user_data);

/* Each request is answered with this status line ("200 OK"), these further head lines (each with its CR LF) and this body from
 * now on. */
void answer_with(struct server *server, const char *status, const char *head, const char *body);
/* ... as accepted. */
void answer_ok(struct server *server);

/* Waits for other threads. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t count;
};
#define GATE {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0}
void gate_add(struct gate *gate);
size_t gate_count(struct gate *gate);
/* Waits until the count reaches this number; false if it has not after a minute. */
bool gate_wait(struct gate *gate, size_t count);
/* ... after this many milliseconds. */
bool gate_wait_for(struct gate *gate, size_t count, unsigned ms);

/* A timeout in milliseconds that is long enough for a request to leave on a slow machine (valgrind, busy cores): many times what
 * a first send takes. */
unsigned brief_ms(void);

/* The milliseconds of a monotonic clock. */
long long now_ms(void);

/* Forks a child; ends the program if that fails. */
pid_t fork_now(void);
/* The problems of a child as bits of a number, so that its exit status names them. */
int problem_if(bool condition, int bit);
/* Ends the child without the exit handlers of the program: the parent's threads do not exist here, and memory that only they
 * referenced would be reported as leaked. */
void end_child(int problems);
/* The number of problems of the child; it has a minute. */
int wait_for(pid_t child);

/* Runs this on several threads, each with its own number, until all have ended. */
void on_threads(size_t threads, void (*function)(void *data, size_t number), void *data);

#endif
