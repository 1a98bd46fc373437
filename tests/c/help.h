/* What the tests of the functions have in common. */
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

/* What linkwa_build() gives for the configuration of config_for() and options with the refId "r", before the messages and behind them. */
#define BUILT_HEAD \
    "{\"platformId\":\"p\",\"platformPartnerId\":\"pp\",\"priority\":\"NORMAL\",\"refId\":\"r\",\"source\":\"" FROM "\"," \
    "\"destinations\":[\"" TO "\"],\"messages\":["
#define BUILT_TAIL "]}"
#define BUILT_TEXT "{\"type\":\"text\",\"text\":{\"body\":\"Hello\"}}"

/* A whole request in wire form, with the refId "whole". */
#define WHOLE(to) \
    "{\"platformId\":\"p\",\"platformPartnerId\":\"pp\",\"priority\":\"NORMAL\",\"refId\":\"whole\",\"source\":\"" FROM "\"," \
    "\"destinations\":[\"" to "\"],\"messages\":[{\"type\":\"text\",\"text\":{\"body\":\"Hello\"}}]}"

/* What no UTF-8 is: a byte that never stands in it, a sequence that breaks off, a surrogate, an overlong form, one beyond U+10FFFF. */
extern const char *const not_utf8[];
enum { NOT_UTF8 = 5 };

/* The status by its word, so that a failure reads well. */
#define is_status(found, expected, ...) is_str(linkwa_status_name(found), linkwa_status_name(expected), __VA_ARGS__)

/* What is known of an error, in one check: status, outcome, reason. Frees it. */
#define is_error(err, code, outcome, reason, name) help_is_error((err), (code), (outcome), (reason), __FILE__, __LINE__, (name))
bool help_is_error(linkwa_error *err, linkwa_status code, linkwa_outcome outcome, linkwa_reason reason, const char *file, int line,
    const char *name);

/* A buffer's bytes. Frees it. */
#define is_buffer(buffer, expected, ...) help_is_buffer((buffer), (expected), __FILE__, __LINE__, __VA_ARGS__)
bool help_is_buffer(linkwa_buffer *buffer, const char *expected, const char *file, int line, const char *name);

bool contains(const char *text, const char *part);

/* A configuration with credentials ("user", "secret"), platform ("p", "pp") and source; for the region "no" if the URL is NULL. */
linkwa_config *config_for(const char *base_url);
/* A client of it, or the end of the program. The first one frees the configuration. */
linkwa_client *client_of(linkwa_config *config);
linkwa_client *client_for(const char *base_url);

/* Options with a refId. */
linkwa_options *options_with_ref(const char *ref_id);

/* Begins to send "Hello" to TO; the end of the program if it cannot begin. */
linkwa_pending *begin(const linkwa_client *client, const char *to, linkwa_on_done on_done, void *user_data);

/* From here on each request is answered with this status line ("200 OK"), these further head lines (each with its CR LF) and body. */
void answer_with(struct server *server, const char *status, const char *head, const char *body);
/* ... is accepted. */
void answer_ok(struct server *server);

/* Waiting for something that other threads do. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t count;
};
#define GATE {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0}
void gate_add(struct gate *gate);
size_t gate_count(struct gate *gate);
/* Waits until the count is so high; false if it is not after a minute. */
bool gate_wait(struct gate *gate, size_t count);
/* ... after so many milliseconds. */
bool gate_wait_for(struct gate *gate, size_t count, unsigned ms);

/* A timeout in milliseconds that is long enough for a request to leave, also where everything is slow (valgrind, busy cores), and no longer
 * than that: what a first send takes, many times over. */
unsigned brief_ms(void);

/* The milliseconds of a clock that only goes on. */
long long now_ms(void);

/* A child of this process; the end of the program if there is none. */
pid_t fork_now(void);
/* What is wrong with a child, counted in bits, so that its status tells which. */
int problem_if(bool condition, int bit);
/* Ends the child, without what the end of a program brings: the threads of the parent are not there, and what only they knew would
 * count as lost. */
void end_child(int problems);
/* How many problems the child had; it has a minute. */
int wait_for(pid_t child);

/* Runs this on so many threads, each with its own number, until all have ended. */
void on_threads(size_t threads, void (*function)(void *data, size_t number), void *data);

#endif
