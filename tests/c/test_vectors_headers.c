/* tests/vectors/header-*.json: which headers a client can be configured with. */
#include <string.h>

#include "help.h"
#include "vectors.h"

static void run_one(struct run *run, void *data) {
    (void)data;
    const struct value *name = value_needed(run->vector, "name");
    const struct value *text = value_needed(run->vector, "value");
    linkwa_config *config = config_for("http://127.0.0.1:9");
    linkwa_status status = linkwa_config_add_header(config, name->bytes, text->bytes);
    linkwa_client *client = NULL;
    linkwa_error *err = NULL;
    if (status == LINKWA_OK) {
        status = linkwa_client_new(config, &client, &err);
    }
    const bool valid = strcmp(value_needed(run->vector, "valid")->bytes, "true") == 0;
    compare_status(run, "linkwa_client_new", status, valid ? LINKWA_OK : LINKWA_INVALID_CONFIG, err);
    if (err && text->len > 1 && strstr(linkwa_error_message(err), text->bytes)) {
        wrong(run, "the error repeats the value");
    }
    linkwa_error_free(err);
    linkwa_client_free(client);
    linkwa_config_free(config);
}

int main(void) {
    return run_vectors("header", 40, run_one, NULL);
}
