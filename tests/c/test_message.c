/* Messages of every type: the exact bytes that are sent. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

static linkwa_client *client;
static linkwa_options *options;

/* The bytes sent for a message; `expected` are the messages in wire form. Frees the message. */
static void builds(linkwa_message *message, const char *expected, const char *name) {
    static const char *const to[] = {TO};
    linkwa_buffer *buffer = NULL;
    linkwa_error *err = NULL;
    linkwa_status status = linkwa_build(client, to, 1, message, options, &buffer, &err);
    char *all = malloc(strlen(BUILT_HEAD) + strlen(expected) + strlen(BUILT_TAIL) + 1);
    if (!all) {
        bail_out("no memory");
    }
    sprintf(all, "%s%s%s", BUILT_HEAD, expected, BUILT_TAIL);
    if (status == LINKWA_OK) {
        is_buffer(buffer, all, name);
    } else {
        is_str(linkwa_error_message(err), NULL, "%s: it is built", name);
    }
    free(all);
    linkwa_error_free(err);
    linkwa_message_free(message);
}

/* The findings of building a message. Frees the message. */
static void finds(linkwa_message *message, const char *path, const char *code, const char *name) {
    static const char *const to[] = {TO};
    linkwa_buffer *buffer = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_build(client, to, 1, message, options, &buffer, &err), LINKWA_INVALID_REQUEST, "%s: invalid", name);
    is_str(linkwa_findings_path(linkwa_error_findings(err), 0), path, "%s: the path", name);
    is_str(linkwa_findings_code(linkwa_error_findings(err), 0), code, "%s: the code", name);
    linkwa_error_free(err);
    linkwa_message_free(message);
}

static void okay(linkwa_status status, const char *name) {
    is_status(status, LINKWA_OK, "%s: ok", name);
}

static void texts(void) {
    linkwa_message *message = linkwa_message_text("Hello");
    is_str(linkwa_message_type(message), "text", "a text: its type");
    builds(message, BUILT_TEXT, "a text");
    message = linkwa_message_text("See https://example.com");
    okay(linkwa_message_set_preview_url(message, true), "preview_url");
    builds(message, "{\"type\":\"text\",\"previewUrl\":true,\"text\":{\"body\":\"See https://example.com\"}}", "a text with a preview");
    message = linkwa_message_text("See https://example.com");
    linkwa_message_set_preview_url(message, true);
    okay(linkwa_message_set_preview_url(message, false), "preview_url again");
    builds(message, "{\"type\":\"text\",\"previewUrl\":false,\"text\":{\"body\":\"See https://example.com\"}}", "a text without one again");
    builds(linkwa_message_text("\"\\/\b\f\n\r\t\x01\x1f\x7f \xc3\xa5 \xe2\x82\xac \xf0\x9f\x98\x80"),
        "{\"type\":\"text\",\"text\":{\"body\":"
        "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f \xc3\xa5 \xe2\x82\xac \xf0\x9f\x98\x80\"}}",
        "a text of all kinds of characters");
    finds(linkwa_message_text(""), "messages[0].text.body", "empty", "an empty text");
}

static void media(void) {
    linkwa_message *message = linkwa_message_image("https://example.com/a.png");
    is_str(linkwa_message_type(message), "image", "an image: its type");
    builds(message, "{\"type\":\"image\",\"image\":{\"link\":\"https://example.com/a.png\"}}", "an image");
    message = linkwa_message_image("https://example.com/a.png");
    okay(linkwa_message_set_caption(message, "A cat"), "an image's caption");
    builds(message, "{\"type\":\"image\",\"image\":{\"link\":\"https://example.com/a.png\",\"caption\":\"A cat\"}}", "an image with a caption");

    message = linkwa_message_audio("https://example.com/a.ogg");
    is_str(linkwa_message_type(message), "audio", "an audio: its type");
    builds(message, "{\"type\":\"audio\",\"audio\":{\"link\":\"https://example.com/a.ogg\"}}", "an audio");

    message = linkwa_message_video("https://example.com/a.mp4");
    is_str(linkwa_message_type(message), "video", "a video: its type");
    okay(linkwa_message_set_caption(message, ""), "a video's empty caption");
    builds(message, "{\"type\":\"video\",\"video\":{\"link\":\"https://example.com/a.mp4\",\"caption\":\"\"}}", "a video with an empty caption");
    builds(linkwa_message_video("https://example.com/a.mp4"), "{\"type\":\"video\",\"video\":{\"link\":\"https://example.com/a.mp4\"}}",
        "a video");

    message = linkwa_message_document("https://example.com/a.pdf");
    is_str(linkwa_message_type(message), "document", "a document: its type");
    okay(linkwa_message_set_filename(message, "bill.pdf"), "a document's file name");
    okay(linkwa_message_set_caption(message, "Bill"), "a document's caption");
    builds(message,
        "{\"type\":\"document\",\"document\":{\"link\":\"https://example.com/a.pdf\",\"caption\":\"Bill\",\"filename\":\"bill.pdf\"}}",
        "a document with caption and file name");
    builds(linkwa_message_document("https://example.com/a.pdf"),
        "{\"type\":\"document\",\"document\":{\"link\":\"https://example.com/a.pdf\"}}", "a document");
    finds(linkwa_message_image("ftp://example.com/a.png"), "messages[0].image.link", "invalid_url", "an image with another URL");
}

static void locations(void) {
    linkwa_message *message = linkwa_message_location(59.3170085, 18.0739497);
    is_str(linkwa_message_type(message), "location", "a location: its type");
    builds(message, "{\"type\":\"location\",\"location\":{\"longitude\":18.0739497,\"latitude\":59.3170085}}", "a location");
    message = linkwa_message_location(-90, 180);
    okay(linkwa_message_set_name(message, "Pole"), "a location's name");
    okay(linkwa_message_set_address(message, "Ice 1"), "a location's address");
    builds(message, "{\"type\":\"location\",\"location\":{\"longitude\":180.0,\"latitude\":-90.0,\"name\":\"Pole\",\"address\":\"Ice 1\"}}",
        "a location with name and address");
    finds(linkwa_message_location(90.001, 0), "messages[0].location.latitude", "out_of_range", "a latitude beyond the pole");
    finds(linkwa_message_location(0, -180.001), "messages[0].location.longitude", "out_of_range", "a longitude beyond 180");
    finds(linkwa_message_location((double)NAN, 0), "messages[0].location.latitude", "out_of_range", "a latitude that is not a number");
    finds(linkwa_message_location(0, (double)INFINITY), "messages[0].location.longitude", "out_of_range", "an infinite longitude");
}

static linkwa_message *template(void) {
    return linkwa_message_template("order", "ns", "en");
}

#define TEMPLATE(components) \
    "{\"type\":\"template\",\"template\":{\"namespace\":\"ns\",\"name\":\"order\",\"language\":{\"code\":\"en\"},\"components\":[" components "]}}"

static void template_headers(void) {
    linkwa_message *message = template();
    is_str(linkwa_message_type(message), "template", "a template: its type");
    builds(message, TEMPLATE(""), "a template without components");

    message = template();
    okay(linkwa_message_add_header(message), "add_header");
    builds(message, TEMPLATE("{\"type\":\"header\",\"parameters\":[]}"), "a header without parameters");
    message = template();
    okay(linkwa_message_add_header_text(message, "one"), "add_header_text");
    okay(linkwa_message_add_header_text(message, "two"), "add_header_text again");
    okay(linkwa_message_add_header(message), "add_header, where there is one");
    builds(message,
        TEMPLATE("{\"type\":\"header\",\"parameters\":[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"text\",\"text\":\"two\"}]}"),
        "a header of two texts");
    message = template();
    okay(linkwa_message_add_header_image(message, "https://example.com/a.png"), "add_header_image");
    builds(message,
        TEMPLATE("{\"type\":\"header\",\"parameters\":[{\"type\":\"image\",\"image\":{\"link\":\"https://example.com/a.png\"}}]}"),
        "a header with an image");
    message = template();
    okay(linkwa_message_add_header_video(message, "https://example.com/a.mp4"), "add_header_video");
    builds(message,
        TEMPLATE("{\"type\":\"header\",\"parameters\":[{\"type\":\"video\",\"video\":{\"link\":\"https://example.com/a.mp4\"}}]}"),
        "a header with a video");
    message = template();
    okay(linkwa_message_add_header_document(message, "https://example.com/a.pdf", NULL), "add_header_document without file name");
    builds(message,
        TEMPLATE("{\"type\":\"header\",\"parameters\":[{\"type\":\"document\",\"document\":{\"link\":\"https://example.com/a.pdf\"}}]}"),
        "a header with a document");
    message = template();
    okay(linkwa_message_add_header_document(message, "https://example.com/a.pdf", "a.pdf"), "add_header_document");
    builds(message,
        TEMPLATE("{\"type\":\"header\",\"parameters\":[{\"type\":\"document\","
                 "\"document\":{\"link\":\"https://example.com/a.pdf\",\"filename\":\"a.pdf\"}}]}"),
        "a header with a document that has a file name");
    message = template();
    linkwa_message_add_header_image(message, "https://example.com/a.png");
    linkwa_message_add_header_video(message, "https://example.com/a.mp4");
    finds(message, "messages[0].template.components[0].parameters[1]", "not_allowed", "a header with two media");
}

static void template_bodies(void) {
    linkwa_message *message = template();
    okay(linkwa_message_add_body(message), "add_body");
    builds(message, TEMPLATE("{\"type\":\"body\",\"parameters\":[]}"), "a body without parameters");
    message = template();
    okay(linkwa_message_add_body_text(message, "Ann"), "add_body_text");
    okay(linkwa_message_add_body_currency(message, "$100.99", "USD", 100990), "add_body_currency");
    okay(linkwa_message_add_body_date_time(message, "today", 2020, 3, 18, 16, 49), "add_body_date_time");
    okay(linkwa_message_add_body_timestamp(message, "then", 1584550161000), "add_body_timestamp");
    okay(linkwa_message_add_body(message), "add_body, where there is one");
    builds(message,
        TEMPLATE("{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"Ann\"},"
                 "{\"type\":\"currency\",\"currency\":{\"fallbackValue\":\"$100.99\",\"code\":\"USD\",\"amount1000\":\"100990\"}},"
                 "{\"type\":\"dateTime\",\"dateTime\":{\"fallbackValue\":\"today\",\"dayOfWeek\":3,\"dayOfMonth\":18,\"year\":2020,"
                 "\"month\":3,\"hour\":16,\"minute\":49}},"
                 "{\"type\":\"dateTime\",\"dateTime\":{\"fallbackValue\":\"then\",\"timestamp\":\"1584550161000\"}}]}"),
        "a body with a parameter of each kind");
    message = template();
    okay(linkwa_message_add_body_currency_decimal(message, "$100.99", "USD", "100.99"), "add_body_currency_decimal");
    builds(message,
        TEMPLATE("{\"type\":\"body\",\"parameters\":[{\"type\":\"currency\",\"currency\":{\"fallbackValue\":\"$100.99\","
                 "\"code\":\"USD\",\"amount1000\":\"100990\"}}]}"),
        "an amount as a decimal");
    message = template();
    is_status(linkwa_message_add_body_currency_decimal(message, "-", "USD", "0.0001"), LINKWA_INVALID_REQUEST, "four decimals");
    linkwa_message_free(message);
    message = template();
    linkwa_message_add_body_currency(message, "-", "USD", INT64_MIN);
    linkwa_message_add_body_timestamp(message, "-", UINT64_MAX);
    builds(message,
        TEMPLATE("{\"type\":\"body\",\"parameters\":[{\"type\":\"currency\",\"currency\":{\"fallbackValue\":\"-\",\"code\":\"USD\","
                 "\"amount1000\":\"-9223372036854775808\"}},{\"type\":\"dateTime\",\"dateTime\":{\"fallbackValue\":\"-\","
                 "\"timestamp\":\"18446744073709551615\"}}]}"),
        "the smallest amount and the last moment");
    message = template();
    linkwa_message_add_body_date_time(message, "never", 2020, 13, 18, 16, 49);
    finds(message, "messages[0].template.components[0].parameters[0].dateTime.month", "out_of_range", "a thirteenth month");
    message = template();
    linkwa_message_add_body_date_time(message, "never", UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX);
    finds(message, "messages[0].template.components[0].parameters[0].dateTime.dayOfMonth", "out_of_range", "a date of large numbers");
}

static void template_buttons(void) {
    linkwa_message *message = template();
    okay(linkwa_message_add_quick_reply(message, 0, "yes"), "add_quick_reply");
    okay(linkwa_message_add_quick_reply(message, 1, NULL), "add_quick_reply without payload");
    okay(linkwa_message_add_url_button(message, 2, "17"), "add_url_button");
    okay(linkwa_message_add_url_button(message, UINT32_MAX, NULL), "add_url_button without text");
    builds(message,
        TEMPLATE("{\"type\":\"button\",\"subType\":\"quickReply\",\"index\":0,\"parameters\":[{\"type\":\"payload\",\"payload\":\"yes\"}]},"
                 "{\"type\":\"button\",\"subType\":\"quickReply\",\"index\":1,\"parameters\":[]},"
                 "{\"type\":\"button\",\"subType\":\"url\",\"index\":2,\"parameters\":[{\"type\":\"text\",\"text\":\"17\"}]},"
                 "{\"type\":\"button\",\"subType\":\"url\",\"index\":4294967295,\"parameters\":[]}"),
        "buttons of each kind");
    message = template();
    linkwa_message_add_quick_reply(message, 3, "a");
    linkwa_message_add_url_button(message, 3, "b");
    finds(message, "messages[0].template.components[1].index", "duplicate_index", "two buttons of one index");
    message = template();
    linkwa_message_add_quick_reply(message, 0, "no");
    linkwa_message_add_body_text(message, "Ann");
    linkwa_message_add_header_text(message, "Order");
    linkwa_message_add_body_text(message, "Ben");
    builds(message,
        TEMPLATE("{\"type\":\"button\",\"subType\":\"quickReply\",\"index\":0,\"parameters\":[{\"type\":\"payload\",\"payload\":\"no\"}]},"
                 "{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"Ann\"},{\"type\":\"text\",\"text\":\"Ben\"}]},"
                 "{\"type\":\"header\",\"parameters\":[{\"type\":\"text\",\"text\":\"Order\"}]}"),
        "components stand in the order in which they were first used");
}

static void from_json(void) {
    const char text[] = "{\"type\":\"text\",\"text\":{\"body\":\"Hello\"}}";
    linkwa_message *message = linkwa_message_from_json(text, sizeof text - 1);
    is_str(linkwa_message_type(message), "text", "from JSON: its type");
    okay(linkwa_message_check(message, NULL), "from JSON: nothing wrong");
    builds(message, text, "from JSON: it stays as it was");
    message = linkwa_message_from_json("{\"type\":\"poll\"}", 15);
    is_str(linkwa_message_type(message), "unknown", "from JSON of an unknown type: its type");
    finds(message, "messages[0].type", "unknown_type", "from JSON of an unknown type");
    static const struct {
        const char *json;
        size_t len;
        const char *name;
    } wrong[] = {{"", 0, "nothing"}, {"{", 1, "half an object"}, {"[]", 2, "a list"}, {"{\"a\":\"\xff\"}", 9, "no UTF-8"}, {"{}\0", 3, "a NUL"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        for (int raw = 0; raw < 2; raw++) {
            message = raw ? linkwa_message_raw(wrong[i].json, wrong[i].len) : linkwa_message_from_json(wrong[i].json, wrong[i].len);
            linkwa_error *err = NULL;
            ok(message != NULL, "%s from %s: an object", raw ? "raw" : "JSON", wrong[i].name);
            is_status(linkwa_message_check(message, &err), LINKWA_INVALID_REQUEST, "%s from %s: it remembers", raw ? "raw" : "JSON", wrong[i].name);
            is_str(linkwa_findings_code(linkwa_error_findings(err), 0), "invalid_json", "%s from %s: the finding", raw ? "raw" : "JSON", wrong[i].name);
            linkwa_error_free(err);
            linkwa_message_free(message);
        }
    }
}

static void raw(void) {
    const char json[] = "{ \"type\": \"poll\", \"poll\": {\"q\": 1e400} }";
    linkwa_message *message = linkwa_message_raw(json, sizeof json - 1);
    is_str(linkwa_message_type(message), "raw", "raw: its type");
    builds(message, json, "raw: it stays as it was");
    message = linkwa_message_raw(json, sizeof json - 1);
    is_status(linkwa_message_set_caption(message, "x"), LINKWA_INVALID_ARGUMENT, "raw: it cannot be changed");
    linkwa_message_free(message);
}

static void appended(void) {
    linkwa_message *first = linkwa_message_text("Hello");
    linkwa_message *second = linkwa_message_image("https://example.com/a.png");
    linkwa_message *third = linkwa_message_audio("https://example.com/a.ogg");
    okay(linkwa_message_append(second, third), "append");
    okay(linkwa_message_append(first, second), "append what has another");
    /* The copy does not change with its original. */
    okay(linkwa_message_set_caption(second, "late"), "set_caption of what was appended before");
    linkwa_message_free(second);
    linkwa_message_free(third);
    is_str(linkwa_message_type(first), "text", "what was appended does not count for the type");
    builds(first,
        BUILT_TEXT ",{\"type\":\"image\",\"image\":{\"link\":\"https://example.com/a.png\"}}"
                   ",{\"type\":\"audio\",\"audio\":{\"link\":\"https://example.com/a.ogg\"}}",
        "three messages in order");
    linkwa_message *message = linkwa_message_text("Hello");
    okay(linkwa_message_append(message, message), "append to itself");
    builds(message, BUILT_TEXT "," BUILT_TEXT, "a message that was appended to itself");
}

/* Setters that a type does not have: none changes the message, and the first error is remembered. */
static void wrong_type(void) {
    static const struct {
        const char *name;
        int types; /* those which have it: a bit for each of the makers */
    } setters[] = {{"set_preview_url", 1}, {"set_caption", 2 | 8 | 16}, {"set_filename", 16}, {"set_name", 32}, {"set_address", 32},
        {"add_contact", 64}, {"add_header", 128}, {"add_header_text", 128}, {"add_header_image", 128}, {"add_header_video", 128},
        {"add_header_document", 128}, {"add_body", 128}, {"add_body_text", 128}, {"add_body_currency", 128}, {"add_body_date_time", 128},
        {"add_body_timestamp", 128}, {"add_quick_reply", 128}, {"add_url_button", 128}};
    linkwa_contact *contact = linkwa_contact_new();
    linkwa_contact_add_phone(contact, "+46", NULL, NULL);
    enum { TYPES = 10 };
    for (size_t setter = 0; setter < sizeof setters / sizeof *setters; setter++) {
        int wrong = 0;
        for (int type = 0; type < TYPES; type++) {
            linkwa_message *all[TYPES] = {linkwa_message_text("https://a"), linkwa_message_image("https://a"), linkwa_message_audio("https://a"),
                linkwa_message_video("https://a"), linkwa_message_document("https://a"), linkwa_message_location(1, 2),
                linkwa_message_contacts(), template(), linkwa_message_raw("{}", 2), linkwa_message_from_json("{}", 2)};
            linkwa_message *m = all[type];
            linkwa_status status = LINKWA_INTERNAL;
            switch (setter) {
            case 0: status = linkwa_message_set_preview_url(m, true); break;
            case 1: status = linkwa_message_set_caption(m, "x"); break;
            case 2: status = linkwa_message_set_filename(m, "x"); break;
            case 3: status = linkwa_message_set_name(m, "x"); break;
            case 4: status = linkwa_message_set_address(m, "x"); break;
            case 5: status = linkwa_message_add_contact(m, contact); break;
            case 6: status = linkwa_message_add_header(m); break;
            case 7: status = linkwa_message_add_header_text(m, "x"); break;
            case 8: status = linkwa_message_add_header_image(m, "https://a"); break;
            case 9: status = linkwa_message_add_header_video(m, "https://a"); break;
            case 10: status = linkwa_message_add_header_document(m, "https://a", NULL); break;
            case 11: status = linkwa_message_add_body(m); break;
            case 12: status = linkwa_message_add_body_text(m, "x"); break;
            case 13: status = linkwa_message_add_body_currency(m, "x", "USD", 1); break;
            case 14: status = linkwa_message_add_body_date_time(m, "x", 2020, 1, 1, 1, 1); break;
            case 15: status = linkwa_message_add_body_timestamp(m, "x", 1); break;
            case 16: status = linkwa_message_add_quick_reply(m, 0, NULL); break;
            case 17: status = linkwa_message_add_url_button(m, 0, NULL); break;
            }
            linkwa_status expected = setters[setter].types >> type & 1 ? LINKWA_OK : LINKWA_INVALID_ARGUMENT;
            if (status != expected || linkwa_message_check(m, NULL) != expected) {
                note("%s of type %s: %s", setters[setter].name, linkwa_message_type(m), linkwa_status_name(status));
                wrong++;
            }
            for (int i = 0; i < TYPES; i++) {
                linkwa_message_free(all[i]);
            }
        }
        ok(wrong == 0, "linkwa_message_%s: only the types that have it", setters[setter].name);
    }
    linkwa_contact_free(contact);
}

/* A message remembers its first error, and every use returns it. */
static void first_error_is_remembered(void) {
    static const char *const to[] = {TO};
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_error *err = NULL;
    linkwa_buffer *buffer = NULL;
    okay(linkwa_message_check(message, &err), "a new message: nothing wrong");
    is_status(linkwa_message_set_caption(message, "x"), LINKWA_INVALID_ARGUMENT, "a caption of a text");
    is_status(linkwa_message_set_filename(message, "\xff"), LINKWA_INVALID_ARGUMENT, "a file name of a text that is not UTF-8 either");
    okay(linkwa_message_set_preview_url(message, false), "what is in order is still done");
    is_status(linkwa_message_check(message, &err), LINKWA_INVALID_ARGUMENT, "it is remembered");
    ok(contains(linkwa_error_message(err), "caption"), "the first thing is: %s", linkwa_error_message(err));
    is_status(linkwa_error_code(err), LINKWA_INVALID_ARGUMENT, "the error has the status");
    linkwa_error_free(err);
    err = NULL;
    is_status(linkwa_build(client, to, 1, message, options, &buffer, &err), LINKWA_INVALID_ARGUMENT, "building it fails");
    ok(contains(linkwa_error_message(err), "caption"), "building it returns the same error");
    linkwa_error_free(err);
    ok(buffer == NULL, "building it gives nothing");

    linkwa_message *other = linkwa_message_text("Hello");
    is_status(linkwa_message_append(other, message), LINKWA_INVALID_ARGUMENT, "appending it fails");
    err = NULL;
    is_status(linkwa_message_check(other, &err), LINKWA_INVALID_ARGUMENT, "and is remembered by the other one");
    ok(contains(linkwa_error_message(err), "caption"), "with the same words");
    linkwa_error_free(err);
    linkwa_message_free(other);
    linkwa_message_free(message);
}

static void invalid_texts(void) {
    linkwa_message *messages[] = {linkwa_message_text(NULL), linkwa_message_image(NULL), linkwa_message_audio(NULL), linkwa_message_video(NULL),
        linkwa_message_document(NULL), linkwa_message_template(NULL, "ns", "en"),
        linkwa_message_template("n", "ns", NULL), linkwa_message_from_json(NULL, 0), linkwa_message_raw(NULL, 0),
        linkwa_message_text("\xff"), linkwa_message_image("\xff"), linkwa_message_audio("\xff"), linkwa_message_video("\xff"),
        linkwa_message_document("\xff"), linkwa_message_template("\xff", "ns", "en"), linkwa_message_template("n", "\xff", "en"),
        linkwa_message_template("n", "ns", "\xff")};
    static const char *const types[] = {"text", "image", "audio", "video", "document", "template", "template", NULL, "raw", "text",
        "image", "audio", "video", "document", "template", "template", "template"};
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        linkwa_error *err = NULL;
        ok(messages[i] != NULL, "of a wrong argument %d: an object", (int)i);
        if (types[i]) {
            is_str(linkwa_message_type(messages[i]), types[i], "of a wrong argument %d: its type", (int)i);
        }
        is_status(linkwa_message_check(messages[i], &err), LINKWA_INVALID_ARGUMENT, "of a wrong argument %d: %s", (int)i, linkwa_error_message(err));
        linkwa_error_free(err);
        linkwa_message_free(messages[i]);
    }
    linkwa_message_free(NULL);
    ok(true, "linkwa_message_free: NULL is fine");
}

/* One message for several sends and options. */
static void reused_message(void) {
    static const char *const to[] = {TO};
    linkwa_message *message = linkwa_message_text("Hello");
    for (int i = 0; i < 3; i++) {
        linkwa_buffer *buffer = NULL;
        linkwa_build(client, to, 1, message, options, &buffer, NULL);
        is_buffer(buffer, BUILT_HEAD BUILT_TEXT BUILT_TAIL, "a message is built again");
    }
    linkwa_message_free(message);
}

int main(void) {
    client = client_for(NULL);
    options = options_with_ref("r");
    texts();
    media();
    locations();
    template_headers();
    template_bodies();
    template_buttons();
    from_json();
    raw();
    appended();
    wrong_type();
    first_error_is_remembered();
    invalid_texts();
    reused_message();
    linkwa_options_free(options);
    linkwa_client_free(client);
    return done();
}
