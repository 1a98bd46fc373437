/* The servers of the tests: the sandbox as a process, and a very small HTTP server in this one. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>

/* ---- A server on a port of its own at 127.0.0.1 that treats every request alike and keeps the bodies ---- */

struct server;

struct server *server_start(void);
/* Closes its connections and waits for its threads. */
void server_stop(struct server *server);

/* "http://127.0.0.1:PORT" */
const char *server_url(const struct server *server);

/* From here on each request is given these bytes, a whole HTTP answer with its head. */
void server_answer(struct server *server, const char *bytes, size_t len);
/* ... or no answer at all; the connection stays open, ... */
void server_stay_silent(struct server *server);
/* ... or the connection is closed once the request is there. */
void server_close_connections(struct server *server);

/* How many whole requests have come, and the body of each (from 0), with a NUL behind it; it stays until the server stops. */
size_t server_requests(struct server *server);
const char *server_body(struct server *server, size_t index, size_t *len);
/* Waits until so many have come; false if they have not after a minute. */
bool server_wait(struct server *server, size_t requests);

/* ---- The sandbox (tests/sandbox): the binary that LINKWA_SANDBOX names ---- */

struct sandbox;

/* With further arguments for it, the last of which is NULL. It ends with this process, however that ends. */
struct sandbox *sandbox_start(const char *const *arguments);
void sandbox_stop(struct sandbox *sandbox);

const char *sandbox_base_url(const struct sandbox *sandbox);

/* What it has recorded: the answer to GET /sandbox/requests. The caller's to free(). */
char *sandbox_requests(const struct sandbox *sandbox);
void sandbox_forget(const struct sandbox *sandbox);
/* Waits until no callback is to go out any more; false if that is not so after a minute. */
bool sandbox_wait_idle(const struct sandbox *sandbox);

#endif
