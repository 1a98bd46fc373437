/* The servers of the tests: the sandbox as a process, and a very small HTTP server in this one. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>

/* ---- A server on its own port at 127.0.0.1 that answers all requests alike and keeps them ---- */

struct server;

struct server *server_start(void);
/* Closes its connections and waits for its threads. */
void server_stop(struct server *server);

/* "http://127.0.0.1:PORT" */
const char *server_url(const struct server *server);

/* Each request gets these bytes from now on, a whole HTTP answer with its head. */
void server_answer(struct server *server, const char *bytes, size_t len);
/* ... or no answer, with the connection left open, ... */
void server_stay_silent(struct server *server);
/* ... or the connection is closed after the request. */
void server_close_connections(struct server *server);

/* The number of whole requests received, and head and body of each (from 0), with a NUL behind them; they are kept until the server
 * stops. */
size_t server_requests(struct server *server);
const char *server_head(struct server *server, size_t index);
const char *server_body(struct server *server, size_t index, size_t *len);
/* Waits until this many have come; false if they have not after a minute. */
bool server_wait(struct server *server, size_t requests);

/* ---- The sandbox (tests/sandbox): the binary that LINKWA_SANDBOX names ---- */

struct sandbox;

/* With further arguments for it, the last of which is NULL. It ends when this process ends. */
struct sandbox *sandbox_start(const char *const *arguments);
void sandbox_stop(struct sandbox *sandbox);

const char *sandbox_base_url(const struct sandbox *sandbox);

/* Its record: the answer to GET /sandbox/requests. The caller must free() it. */
char *sandbox_requests(const struct sandbox *sandbox);
void sandbox_forget(const struct sandbox *sandbox);
/* Waits until no callback is left to send; false if that takes more than a minute. */
bool sandbox_wait_idle(const struct sandbox *sandbox);

#endif
