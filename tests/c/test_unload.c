/* The shared library is loaded, used and unloaded again and again, like a plugin of a server.
 *
 * It is a copy of the library that this program is linked with, because that one is never unloaded. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

enum { ROUNDS = 1100 }; /* more than a process has thread-local keys */
enum { SERVED = 100 };  /* as many connections as one server of the tests takes, and fewer */

/* The functions that a round needs, in the copy. */
struct functions {
    linkwa_config *(*config_new)(void);
    linkwa_status (*set_base_url)(linkwa_config *, const char *);
    linkwa_status (*set_credentials)(linkwa_config *, const char *, const char *);
    linkwa_status (*set_platform)(linkwa_config *, const char *, const char *);
    linkwa_status (*set_source)(linkwa_config *, const char *);
    void (*config_free)(linkwa_config *);
    linkwa_status (*client_new)(const linkwa_config *, linkwa_client **, linkwa_error **);
    void (*client_free)(linkwa_client *);
    linkwa_status (*send_request_async)(
        const linkwa_client *, const char *, size_t, linkwa_on_done, void *, linkwa_pending **, linkwa_error **);
    linkwa_status (*pending_wait)(const linkwa_pending *, linkwa_result **, linkwa_error **);
    void (*pending_free)(linkwa_pending *);
    void (*result_free)(linkwa_result *);
};

static void look_up(void *library, const char *name, void *function) {
    void *symbol = dlsym(library, name);
    if (!symbol) {
        bail_out("no %s", name);
    }
    memcpy(function, &symbol, sizeof symbol);
}

/* The arguments of a round, and the result of its send. */
struct round {
    void *library;
    const char *url;
    linkwa_status status;
};

/* Sends, with the functions of the library. */
static void *use(void *data) {
    static const char json[] = WHOLE(TO);
    struct round *round = data;
    void *library = round->library;
    struct functions f;
    look_up(library, "linkwa_config_new", &f.config_new);
    look_up(library, "linkwa_config_set_base_url", &f.set_base_url);
    look_up(library, "linkwa_config_set_credentials", &f.set_credentials);
    look_up(library, "linkwa_config_set_platform", &f.set_platform);
    look_up(library, "linkwa_config_set_source", &f.set_source);
    look_up(library, "linkwa_config_free", &f.config_free);
    look_up(library, "linkwa_client_new", &f.client_new);
    look_up(library, "linkwa_client_free", &f.client_free);
    look_up(library, "linkwa_send_request_async", &f.send_request_async);
    look_up(library, "linkwa_pending_wait", &f.pending_wait);
    look_up(library, "linkwa_pending_free", &f.pending_free);
    look_up(library, "linkwa_result_free", &f.result_free);

    linkwa_config *config = f.config_new();
    f.set_base_url(config, round->url);
    f.set_credentials(config, "user", "secret");
    f.set_platform(config, "p", "pp");
    f.set_source(config, FROM);
    linkwa_client *client = NULL;
    linkwa_pending *pending = NULL;
    linkwa_result *result = NULL;
    linkwa_status status = f.client_new(config, &client, NULL);
    f.config_free(config);
    if (status == LINKWA_OK) {
        status = f.send_request_async(client, json, sizeof json - 1, NULL, NULL, &pending, NULL);
    }
    if (status == LINKWA_OK) {
        status = f.pending_wait(pending, &result, NULL);
    }
    f.result_free(result);
    f.pending_free(pending);
    f.client_free(client);
    round->status = status;
    return NULL;
}

/* Loads the library, sends, and unloads it. Another thread sends: the library stays loaded anyway while a thread lives that has
 * thread-local values of it. */
static linkwa_status one_round(const char *path, const char *url) {
    struct round round = {dlopen(path, RTLD_NOW | RTLD_LOCAL), url, LINKWA_INTERNAL};
    pthread_t thread;
    if (!round.library) {
        bail_out("%s", dlerror());
    }
    if (pthread_create(&thread, NULL, use, &round) != 0) {
        bail_out("no thread");
    }
    pthread_join(thread, NULL);
    if (dlclose(round.library) != 0) {
        bail_out("%s", dlerror());
    }
    return round.status;
}

int main(void) {
    const char *path = getenv("LINKWA_LIBRARY");
    if (!path) {
        bail_out("LINKWA_LIBRARY names no library");
    }
    /* Under valgrind each round is slow, and a few are enough. */
    int rounds = getenv("LINKWA_FEW_ROUNDS") ? SERVED : ROUNDS;
    size_t accepted = 0, arrived = 0;
    for (int i = 0; i < rounds; i += SERVED) {
        struct server *server = server_start();
        answer_ok(server);
        for (int j = 0; j < SERVED; j++) {
            accepted += one_round(path, server_url(server)) == LINKWA_OK;
        }
        arrived += server_requests(server);
        server_stop(server);
    }
    is_int(accepted, rounds, "a send is accepted each time the library is loaded");
    is_int(arrived, rounds, "and has arrived");
    void *still_there = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    ok(still_there != NULL, "the library stays loaded");
    if (still_there) {
        dlclose(still_there);
    }
    return done();
}
