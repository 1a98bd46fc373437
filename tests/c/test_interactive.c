/* What version 1.4.1 of LINK's document does not have: interactive messages, media by their id, templates without a namespace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

static linkwa_client *client, *strict_client; /* with the switch and without it */
static linkwa_options *options;
static const char *const to[] = {TO};

static void okay(linkwa_status status, const char *name) {
    is_status(status, LINKWA_OK, "%s: ok", name);
}

/* A client with the switch sends these bytes, and one without it finds `extension` there. Frees the message. */
static void builds(linkwa_message *message, const char *expected, const char *path, const char *code, const char *name) {
    linkwa_buffer *buffer = NULL;
    linkwa_error *err = NULL;
    char *all = malloc(strlen(BUILT_HEAD) + strlen(expected) + strlen(BUILT_TAIL) + 1);
    if (!all) {
        bail_out("no memory");
    }
    sprintf(all, "%s%s%s", BUILT_HEAD, expected, BUILT_TAIL);
    if (linkwa_build(client, to, 1, message, options, &buffer, &err) == LINKWA_OK) {
        is_buffer(buffer, all, name);
    } else {
        is_str(linkwa_error_message(err), NULL, "%s: it is built", name);
    }
    free(all);
    linkwa_error_free(err);
    err = NULL;
    is_status(linkwa_build(strict_client, to, 1, message, options, &buffer, &err), LINKWA_INVALID_REQUEST, "%s: without the switch", name);
    const linkwa_findings *findings = linkwa_error_findings(err);
    ok(linkwa_findings_len(findings) == 1, "%s: one finding", name);
    is_str(linkwa_findings_path(findings, 0), path, "%s: its path", name);
    is_str(linkwa_findings_code(findings, 0), code, "%s: its code", name);
    ok(contains(linkwa_findings_message(findings, 0), "linkwa_config_set_extensions()"), "%s: it names the switch", name);
    ok(contains(linkwa_findings_message(findings, 0), "LINKWA_EXTENSIONS"), "%s: it names the variable", name);
    ok(contains(linkwa_error_message(err), "linkwa_config_set_extensions()"), "%s: the error names the switch", name);
    linkwa_error_free(err);
    linkwa_message_free(message);
}

static void media(void) {
    static const char *const path[] = {"messages[0].image.id", "messages[0].audio.id", "messages[0].video.id", "messages[0].document.id"};
    linkwa_message *messages[] = {linkwa_message_image_by_id("1017"), linkwa_message_audio_by_id("1017"),
        linkwa_message_video_by_id("1017"), linkwa_message_document_by_id("1017")};
    okay(linkwa_message_set_caption(messages[0], "A cat"), "a caption");
    okay(linkwa_message_set_filename(messages[3], "bill.pdf"), "a file name");
    static const char *const expected[] = {"{\"type\":\"image\",\"image\":{\"id\":\"1017\",\"caption\":\"A cat\"}}",
        "{\"type\":\"audio\",\"audio\":{\"id\":\"1017\"}}", "{\"type\":\"video\",\"video\":{\"id\":\"1017\"}}",
        "{\"type\":\"document\",\"document\":{\"id\":\"1017\",\"filename\":\"bill.pdf\"}}"};
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        builds(messages[i], expected[i], path[i], "extension", linkwa_message_type(messages[i]));
    }
    linkwa_message *broken[] = {linkwa_message_image_by_id(NULL), linkwa_message_audio_by_id("\xff"), linkwa_message_video_by_id(NULL),
        linkwa_message_document_by_id("\xff")};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        is_status(linkwa_message_check(broken[i], NULL), LINKWA_INVALID_ARGUMENT, "an id that is NULL or not UTF-8");
        linkwa_message_free(broken[i]);
    }
}

#define TEMPLATE(parameters) \
    "{\"type\":\"template\",\"template\":{\"namespace\":\"ns\",\"name\":\"order\",\"language\":{\"code\":\"en\"},\"components\":[" \
    "{\"type\":\"header\",\"parameters\":[" parameters "]}]}}"

static void templates(void) {
    builds(linkwa_message_template("order", NULL, "en"),
        "{\"type\":\"template\",\"template\":{\"name\":\"order\",\"language\":{\"code\":\"en\"},\"components\":[]}}",
        "messages[0].template.namespace", "required", "a template without a namespace");

    linkwa_message *message = linkwa_message_template("order", "ns", "en");
    linkwa_message *document = linkwa_message_document_by_id("1017");
    linkwa_message_set_filename(document, "bill.pdf");
    okay(linkwa_message_add_header_medium(message, document), "add_header_medium");
    linkwa_message_free(document);
    builds(message, TEMPLATE("{\"type\":\"document\",\"document\":{\"id\":\"1017\",\"filename\":\"bill.pdf\"}}"),
        "messages[0].template.components[0].parameters[0].document.id", "extension", "a header with a document");

    message = linkwa_message_template("order", "ns", "en");
    linkwa_message *text = linkwa_message_text("x");
    is_status(linkwa_message_add_header_medium(message, text), LINKWA_INVALID_ARGUMENT, "add_header_medium of a text");
    is_status(linkwa_message_add_header_medium(message, message), LINKWA_INVALID_ARGUMENT, "add_header_medium of itself");
    is_status(linkwa_message_add_header_medium(message, NULL), LINKWA_INVALID_ARGUMENT, "add_header_medium of NULL");
    is_status(linkwa_message_add_header_medium(NULL, text), LINKWA_INVALID_ARGUMENT, "add_header_medium to NULL");
    linkwa_message_free(text);
    linkwa_message_free(message);
}

#define BUTTONS(header) \
    "{\"type\":\"interactive\",\"interactive\":{\"type\":\"button\"," header "\"body\":{\"text\":\"Where to?\"}," \
    "\"footer\":{\"text\":\"Free\"},\"action\":{\"buttons\":[{\"type\":\"reply\",\"reply\":{\"id\":\"home\",\"title\":\"Home\"}}," \
    "{\"type\":\"reply\",\"reply\":{\"id\":\"shop\",\"title\":\"Shop\"}}]}}}"

static linkwa_message *two_buttons(void) {
    linkwa_message *message = linkwa_message_interactive_buttons("Where to?");
    okay(linkwa_message_add_button(message, "home", "Home"), "add_button");
    okay(linkwa_message_add_button(message, "shop", "Shop"), "add_button again");
    okay(linkwa_message_set_footer(message, "Free"), "set_footer");
    return message;
}

static void buttons(void) {
    static const char type[] = "messages[0].type";
    linkwa_message *message = two_buttons();
    is_str(linkwa_message_type(message), "interactive", "buttons: the type");
    builds(message, BUTTONS(""), type, "extension", "buttons");
    message = two_buttons();
    okay(linkwa_message_add_header_image(message, "https://example.com/a.png"), "add_header_image");
    okay(linkwa_message_add_header_text(message, "Trip"), "add_header_text: the later one counts");
    builds(message, BUTTONS("\"header\":{\"type\":\"text\",\"text\":\"Trip\"},"), type, "extension", "buttons with a text above");
    message = two_buttons();
    linkwa_message *image = linkwa_message_image_by_id("1017");
    okay(linkwa_message_add_header_medium(message, image), "add_header_medium of buttons");
    linkwa_message_free(image);
    builds(message, BUTTONS("\"header\":{\"type\":\"image\",\"image\":{\"id\":\"1017\"}},"), type, "extension", "buttons with a picture");
}

static void lists(void) {
    linkwa_message *message = linkwa_message_interactive_list("Where to?", "Choose");
    okay(linkwa_message_add_header_text(message, "Trip"), "a list's header");
    okay(linkwa_message_add_section(message, "Shops"), "add_section");
    okay(linkwa_message_add_row(message, "oslo", "Oslo", "Open"), "add_row");
    okay(linkwa_message_add_section(message, "Stores"), "add_section again");
    okay(linkwa_message_add_row(message, "rome", "Rome", NULL), "add_row to it");
    okay(linkwa_message_set_footer(message, "Free"), "a list's footer");
    builds(message,
        "{\"type\":\"interactive\",\"interactive\":{\"type\":\"list\",\"header\":{\"type\":\"text\",\"text\":\"Trip\"},"
        "\"body\":{\"text\":\"Where to?\"},\"footer\":{\"text\":\"Free\"},\"action\":{\"button\":\"Choose\",\"sections\":["
        "{\"title\":\"Shops\",\"rows\":[{\"id\":\"oslo\",\"title\":\"Oslo\",\"description\":\"Open\"}]},"
        "{\"title\":\"Stores\",\"rows\":[{\"id\":\"rome\",\"title\":\"Rome\"}]}]}}}",
        "messages[0].type", "extension", "a list");
    message = linkwa_message_interactive_list("Where to?", "Choose");
    okay(linkwa_message_add_section(message, NULL), "a section without a title");
    okay(linkwa_message_add_row(message, "oslo", "Oslo", NULL), "its row");
    builds(message,
        "{\"type\":\"interactive\",\"interactive\":{\"type\":\"list\",\"body\":{\"text\":\"Where to?\"},\"action\":{\"button\":\"Choose\","
        "\"sections\":[{\"title\":\"\",\"rows\":[{\"id\":\"oslo\",\"title\":\"Oslo\"}]}]}}}",
        "messages[0].type", "extension", "a list of one section");
}

/* Parts that the message does not have, and arguments that are NULL or not UTF-8. */
static void refused(void) {
    linkwa_message *two = two_buttons(), *list = linkwa_message_interactive_list("Where to?", "Choose");
    linkwa_message *text = linkwa_message_text("x"), *image = linkwa_message_image("https://a");
    linkwa_message *with_section = linkwa_message_interactive_list("Where to?", "Choose");
    okay(linkwa_message_add_section(with_section, "Shops"), "add_section");
    const linkwa_status statuses[] = {linkwa_message_add_section(two, "x"), linkwa_message_add_row(two, "x", "x", NULL),
        linkwa_message_add_row(list, "x", "x", NULL), linkwa_message_add_button(list, "x", "x"),
        linkwa_message_add_header_image(list, "https://a"), linkwa_message_add_header_medium(list, image),
        linkwa_message_add_button(text, "x", "x"), linkwa_message_set_footer(text, "x"), linkwa_message_add_section(text, "x"),
        linkwa_message_add_button(two, NULL, "x"), linkwa_message_add_button(two, "x", NULL),
        linkwa_message_add_section(with_section, "\xff"), linkwa_message_add_row(with_section, NULL, "x", "x"),
        linkwa_message_add_row(with_section, "x", NULL, "x"), linkwa_message_add_row(with_section, "x", "x", "\xff"),
        linkwa_message_set_footer(two, NULL), linkwa_message_add_button(NULL, "x", "x")};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        is_status(statuses[i], LINKWA_INVALID_ARGUMENT, "part %d is refused", (int)i);
    }
    linkwa_message_free(two);
    linkwa_message_free(list);
    linkwa_message_free(text);
    linkwa_message_free(image);
    linkwa_message_free(with_section);
    is_status(linkwa_message_add_section(NULL, "x"), LINKWA_INVALID_ARGUMENT, "add_section: NULL");
    is_status(linkwa_message_add_row(NULL, "x", "x", NULL), LINKWA_INVALID_ARGUMENT, "add_row: NULL");
    is_status(linkwa_message_set_footer(NULL, "x"), LINKWA_INVALID_ARGUMENT, "set_footer: NULL");
    linkwa_message *broken[] = {linkwa_message_interactive_buttons(NULL), linkwa_message_interactive_list(NULL, "x"),
        linkwa_message_interactive_list("x", NULL)};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        is_status(linkwa_message_check(broken[i], NULL), LINKWA_INVALID_ARGUMENT, "an interactive message of NULL");
        linkwa_message_free(broken[i]);
    }
}

/* A whole request, and a message from JSON, which is read before it is known which client sends it. */
static void from_json(void) {
    static const char json[] = BUILT_HEAD "{\"type\":\"image\",\"image\":{\"id\":\"1017\"}}" BUILT_TAIL;
    linkwa_findings *findings = NULL;
    okay(linkwa_validate(json, strlen(json), &findings, NULL), "validate");
    is_str(linkwa_findings_code(findings, 0), "extension", "validate finds it");
    linkwa_findings_free(findings);
    findings = NULL;
    okay(linkwa_validate_with_extensions(json, strlen(json), &findings, NULL), "validate_with_extensions");
    ok(findings && linkwa_findings_len(findings) == 0, "validate_with_extensions finds nothing");
    linkwa_findings_free(findings);
    is_status(linkwa_validate_with_extensions(NULL, 1, &findings, NULL), LINKWA_INVALID_ARGUMENT, "validate_with_extensions of NULL");
    linkwa_buffer *buffer = NULL;
    is_status(linkwa_build_request(json, strlen(json), &buffer, NULL), LINKWA_INVALID_REQUEST, "build_request");
    okay(linkwa_build_request_with_extensions(json, strlen(json), &buffer, NULL), "build_request_with_extensions");
    is_buffer(buffer, json, "build_request_with_extensions");
    is_status(linkwa_build_request_with_extensions(NULL, 1, &buffer, NULL), LINKWA_INVALID_ARGUMENT, "build_request_with_extensions of NULL");

    static const char message[] = "{\"type\":\"image\",\"image\":{\"id\":\"1017\"}}";
    builds(linkwa_message_from_json(message, strlen(message)), message, "messages[0].image.id", "extension", "a message from JSON");
}

/* What is sent, to a server that answers. */
static void sends(void) {
    struct server *server = server_start();
    answer_ok(server);
    linkwa_config *config = config_for(server_url(server));
    okay(linkwa_config_set_extensions(config, true), "set_extensions");
    is_status(linkwa_config_set_extensions(NULL, true), LINKWA_INVALID_ARGUMENT, "set_extensions: NULL");
    linkwa_client *sender = client_of(config);
    linkwa_message *message = two_buttons(), *text = linkwa_message_text("x");
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    okay(linkwa_send_interactive(sender, TO, message, options, &result, &err), "send_interactive");
    size_t len = 0;
    ok(contains(server_body(server, 0, &len), "\"type\":\"button\""), "send_interactive: it is posted");
    linkwa_result_free(result);
    result = NULL;
    static const char json[] = BUILT_HEAD "{\"type\":\"image\",\"image\":{\"id\":\"1017\"}}" BUILT_TAIL;
    okay(linkwa_send_request(sender, json, strlen(json), &result, &err), "send_request with the switch");
    linkwa_result_free(result);
    is_status(linkwa_send_request(strict_client, json, strlen(json), &result, NULL), LINKWA_INVALID_REQUEST, "send_request without it");
    is_status(linkwa_send_interactive(sender, TO, text, options, &result, NULL), LINKWA_INVALID_ARGUMENT, "send_interactive of a text");
    is_status(linkwa_send_interactive(sender, TO, NULL, options, &result, NULL), LINKWA_INVALID_ARGUMENT, "send_interactive of NULL");
    is_status(linkwa_send_interactive(NULL, TO, message, options, &result, NULL), LINKWA_INVALID_ARGUMENT, "send_interactive by NULL");
    is_status(linkwa_send_interactive(strict_client, TO, message, options, &result, NULL), LINKWA_INVALID_REQUEST,
        "send_interactive without the switch");
    linkwa_message_free(message);
    linkwa_message_free(text);
    linkwa_client_free(sender);
    server_stop(server);
}

int main(void) {
    linkwa_config *config = config_for(NULL);
    linkwa_config_set_extensions(config, true);
    client = client_of(config);
    strict_client = client_for(NULL);
    options = options_with_ref("r");
    media();
    templates();
    buttons();
    lists();
    refused();
    from_json();
    sends();
    linkwa_options_free(options);
    linkwa_client_free(client);
    linkwa_client_free(strict_client);
    return done();
}
