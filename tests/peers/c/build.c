/*
 * The body of a template of four components: linkwa_build() beside serde_json, which validates nothing. Each side makes the message
 * anew.
 */
#include "measure.h"

#include <linkwa.h>

size_t peers_serde_template(unsigned char *first);

static linkwa_client *client;
static linkwa_options *options;
static volatile size_t length;

static bool ours(void) {
    const char *to = "+46000000001";
    linkwa_message *order = linkwa_message_template("order_update", "namespace", "en");
    linkwa_buffer *buffer = NULL;
    linkwa_message_add_header_document(order, "https://example.com/17.pdf", "invoice.pdf");
    linkwa_message_add_body_text(order, "Anna");
    linkwa_message_add_body_currency(order, "$100.99", "USD", 100990);
    linkwa_message_add_quick_reply(order, 0, "yes");
    linkwa_message_add_url_button(order, 1, "track/17");
    const bool ok = linkwa_build(client, &to, 1, order, options, &buffer, NULL) == LINKWA_OK;
    length = linkwa_buffer_len(buffer);
    linkwa_buffer_free(buffer);
    linkwa_message_free(order);
    return ok;
}

static bool theirs(void) {
    unsigned char first = 0;
    length = peers_serde_template(&first);
    return first == '{';
}

int main(void) {
    linkwa_config *config = linkwa_config_new();
    linkwa_config_set_base_url(config, "http://127.0.0.1:1/whatsapp-message");
    linkwa_config_set_credentials(config, "user", "secret");
    linkwa_config_set_platform(config, "platform", "partner");
    linkwa_config_set_source(config, "+46000000000");
    options = linkwa_options_new();
    linkwa_options_set_ref_id(options, "order-17");
    if (linkwa_client_new(config, &client, NULL) != LINKWA_OK || !ours()) {
        die("linkwa fails");
    }
    const size_t mine = length;
    if (!theirs() || length != mine) {
        die("the sides differ");
    }
    pair("c-build/serde_json", ours, theirs);
    linkwa_options_free(options);
    linkwa_client_free(client);
    linkwa_config_free(config);
    return 0;
}
