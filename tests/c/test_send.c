/* Every blocking send against the sandbox, which validates strictly, and what it received. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

static struct sandbox *sandbox;
static linkwa_client *client;
static linkwa_options *options;

/* A part of a JSON text, escaped for a JSON string. The caller must free() it. */
static char *escaped(const char *json) {
    char *text = malloc(strlen(json) * 2 + 1), *end = text;
    if (!text) {
        bail_out("no memory");
    }
    for (; *json; json++) {
        if (*json == '"' || *json == '\\') {
            *end++ = '\\';
        }
        *end++ = *json;
    }
    *end = '\0';
    return text;
}

/* Checks that a send was accepted, and what the sandbox received. */
static void came(linkwa_status status, linkwa_result *result, linkwa_error *err, const char *body, const char *name) {
    is_status(status, LINKWA_OK, "%s: accepted", name);
    if (status != LINKWA_OK) {
        note("%s", linkwa_error_message(err));
    }
    is_int(linkwa_result_result_code(result), 112001, "%s: queued", name);
    is_str(linkwa_result_ref_id(result), "r", "%s: the reference", name);
    char *requests = sandbox_requests(sandbox);
    char *part = escaped(body);
    if (!ok(contains(requests, part), "%s: what came", name)) {
        note("expected: %s", part);
        note("found:    %s", requests);
    }
    free(part);
    free(requests);
    sandbox_forget(sandbox);
    linkwa_result_free(result);
    linkwa_error_free(err);
}

#define MESSAGES(message) "\"refId\":\"r\",\"source\":\"" FROM "\",\"destinations\":[\"" TO "\"],\"messages\":[" message "]}"

static void verbs(void) {
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    linkwa_status status = linkwa_send_text(client, TO, "Hello", options, &result, &err);
    came(status, result, err, MESSAGES(BUILT_TEXT), "linkwa_send_text");

    status = linkwa_send_image(client, TO, "https://example.com/a.png", "Cat", options, &result, &err);
    came(status, result, err, MESSAGES("{\"type\":\"image\",\"image\":{\"link\":\"https://example.com/a.png\",\"caption\":\"Cat\"}}"),
        "linkwa_send_image");
    status = linkwa_send_image(client, TO, "https://example.com/a.png", NULL, options, &result, &err);
    came(status, result, err, MESSAGES("{\"type\":\"image\",\"image\":{\"link\":\"https://example.com/a.png\"}}"),
        "linkwa_send_image without caption");

    status = linkwa_send_audio(client, TO, "https://example.com/a.ogg", options, &result, &err);
    came(status, result, err, MESSAGES("{\"type\":\"audio\",\"audio\":{\"link\":\"https://example.com/a.ogg\"}}"), "linkwa_send_audio");

    status = linkwa_send_video(client, TO, "https://example.com/a.mp4", "Cat", options, &result, &err);
    came(status, result, err, MESSAGES("{\"type\":\"video\",\"video\":{\"link\":\"https://example.com/a.mp4\",\"caption\":\"Cat\"}}"),
        "linkwa_send_video");
    status = linkwa_send_video(client, TO, "https://example.com/a.mp4", NULL, options, &result, &err);
    came(status, result, err, MESSAGES("{\"type\":\"video\",\"video\":{\"link\":\"https://example.com/a.mp4\"}}"),
        "linkwa_send_video without caption");

    status = linkwa_send_document(client, TO, "https://example.com/a.pdf", "Bill", "bill.pdf", options, &result, &err);
    came(status, result, err,
        MESSAGES("{\"type\":\"document\",\"document\":{\"link\":\"https://example.com/a.pdf\",\"caption\":\"Bill\",\"filename\":\"bill.pdf\"}}"),
        "linkwa_send_document");
    status = linkwa_send_document(client, TO, "https://example.com/a.pdf", NULL, NULL, options, &result, &err);
    came(status, result, err, MESSAGES("{\"type\":\"document\",\"document\":{\"link\":\"https://example.com/a.pdf\"}}"),
        "linkwa_send_document alone");

    status = linkwa_send_location(client, TO, 59.25, -18.5, "Home", "Street 1", options, &result, &err);
    came(status, result, err,
        MESSAGES("{\"type\":\"location\",\"location\":{\"longitude\":-18.5,\"latitude\":59.25,\"name\":\"Home\",\"address\":\"Street 1\"}}"),
        "linkwa_send_location");
    status = linkwa_send_location(client, TO, 59.25, -18.5, NULL, NULL, options, &result, &err);
    came(status, result, err, MESSAGES("{\"type\":\"location\",\"location\":{\"longitude\":-18.5,\"latitude\":59.25}}"),
        "linkwa_send_location alone");

    linkwa_message *contacts = linkwa_message_contacts();
    linkwa_contact *contact = linkwa_contact_new();
    linkwa_contact_add_phone(contact, "1", NULL, NULL);
    linkwa_message_add_contact(contacts, contact);
    linkwa_contact_free(contact);
    status = linkwa_send_contacts(client, TO, contacts, options, &result, &err);
    came(status, result, err, MESSAGES("{\"type\":\"contacts\",\"contacts\":[{\"phones\":[{\"phone\":\"1\"}]}]}"), "linkwa_send_contacts");

    linkwa_message *template_ = linkwa_message_template("order", "ns", "en");
    linkwa_message_add_body_text(template_, "Ann");
    status = linkwa_send_template(client, TO, template_, options, &result, &err);
    came(status, result, err,
        MESSAGES("{\"type\":\"template\",\"template\":{\"namespace\":\"ns\",\"name\":\"order\",\"language\":{\"code\":\"en\"},"
                 "\"components\":[{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"Ann\"}]}]}}"),
        "linkwa_send_template");

    /* These two functions refuse a message of another type. */
    result = NULL;
    is_status(linkwa_send_contacts(client, TO, template_, options, &result, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_send_contacts of a template");
    is_status(linkwa_send_template(client, TO, contacts, options, &result, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_send_template of contacts");
    ok(result == NULL, "neither gives a result");
    linkwa_message_free(contacts);
    linkwa_message_free(template_);
    char *requests = sandbox_requests(sandbox);
    is_str(requests, "[]", "neither is sent");
    free(requests);
}

static void several(void) {
    static const char *const to[] = {TO, "46000000002", "+46000000003"};
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_message *second = linkwa_message_text("Bye");
    linkwa_message_append(message, second);
    linkwa_message_free(second);
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_send(client, to, 3, message, options, &result, &err), LINKWA_OK, "linkwa_send: three destinations, two messages");
    is_str(linkwa_result_receipt_destination(result, 1), "46000000002", "a destination is given back as it was written");
    is_int(linkwa_result_receipts_len(result), 3, "three receipts");
    came(LINKWA_OK, result, err,
        "\"destinations\":[\"" TO "\",\"46000000002\",\"+46000000003\"],\"messages\":[" BUILT_TEXT ",{\"type\":\"text\",\"text\":{\"body\":\"Bye\"}}]}",
        "linkwa_send");
    result = NULL;
    is_status(linkwa_send(client, to, 0, message, options, &result, &err), LINKWA_INVALID_REQUEST, "linkwa_send: no destinations");
    is_str(linkwa_findings_code(linkwa_error_findings(err), 0), "empty", "no destinations: the finding");
    is_str(linkwa_error_ref_id(err), "r", "no destinations: the reference");
    linkwa_error_free(err);
    linkwa_message_free(message);
}

static void whole_requests(void) {
    static const char json[] = "{ \"platformId\":\"p\", \"platformPartnerId\":\"pp\", \"priority\":\"HIGH\", \"refId\":\"r\", \"source\":\"" FROM
                               "\", \"destinations\":[\"" TO "\"], \"messages\":[{\"type\":\"text\", \"text\":{\"body\":\"Hello\"}}]}";
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    linkwa_status status = linkwa_send_request(client, json, sizeof json - 1, &result, &err);
    came(status, result, err, MESSAGES(BUILT_TEXT), "linkwa_send_request");
    status = linkwa_send_raw(client, json, sizeof json - 1, &result, &err);
    came(status, result, err, json, "linkwa_send_raw");

    linkwa_buffer *buffer = NULL;
    is_status(linkwa_build_request(json, sizeof json - 1, &buffer, NULL), LINKWA_OK, "linkwa_build_request");
    is_buffer(buffer, "{\"platformId\":\"p\",\"platformPartnerId\":\"pp\",\"priority\":\"HIGH\"," MESSAGES(BUILT_TEXT), "what it gives");

    result = NULL;
    is_status(linkwa_send_request(client, "{}", 2, &result, &err), LINKWA_INVALID_REQUEST, "linkwa_send_request: a request without anything");
    ok(linkwa_findings_len(linkwa_error_findings(err)) >= 7, "its findings");
    linkwa_error_free(err);
    err = NULL;
    is_status(linkwa_send_raw(client, "[]", 2, &result, &err), LINKWA_INVALID_REQUEST, "linkwa_send_raw: no object");
    is_str(linkwa_findings_code(linkwa_error_findings(err), 0), "invalid_json", "its finding");
    linkwa_error_free(err);
    err = NULL;
    is_status(linkwa_send_raw(client, "{}", 2, &result, &err), LINKWA_REJECTED, "linkwa_send_raw: what only the gateway finds");
    is_int(linkwa_error_http_status(err), 400, "its status");
    linkwa_error_free(err);
    buffer = NULL;
    err = NULL;
    is_status(linkwa_build_request("{}", 2, &buffer, &err), LINKWA_INVALID_REQUEST, "linkwa_build_request: a request without anything");
    ok(buffer == NULL, "gives nothing");
    linkwa_error_free(err);
    sandbox_forget(sandbox);
}

/* linkwa_build() returns the bytes that linkwa_send() posts. */
static void built(void) {
    static const char *const to[] = {TO, "+46000000002"};
    linkwa_message *message = linkwa_message_text("\xc3\xa5 \"quoted\"");
    linkwa_buffer *buffer = NULL;
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_build(client, to, 2, message, options, &buffer, NULL), LINKWA_OK, "linkwa_build");
    linkwa_status status = linkwa_send(client, to, 2, message, options, &result, &err);
    came(status, result, err, linkwa_buffer_data(buffer), "the same request");
    linkwa_buffer_free(buffer);
    linkwa_buffer *other = NULL;
    linkwa_build(client, to, 2, message, NULL, &buffer, NULL);
    linkwa_build(client, to, 2, message, NULL, &other, NULL);
    ok(strcmp(linkwa_buffer_data(buffer), linkwa_buffer_data(other)) != 0, "without a reference each is given another one");
    linkwa_buffer_free(buffer);
    linkwa_buffer_free(other);
    linkwa_message_free(message);
}

/* Out-parameters may have any value before: they are written on success only. */
static void out_parameters(void) {
    linkwa_result *const no_result = (linkwa_result *)&options;
    linkwa_error *const no_error = (linkwa_error *)&options;
    linkwa_result *result = no_result;
    linkwa_error *err = no_error;
    whatever_status(linkwa_send_text(client, NULL, "Hello", options, &result, &err));
    ok(result == no_result, "after an error the result's place is as it was");
    ok(err != no_error, "and the error's is written to");
    linkwa_error_free(err);
    err = no_error;
    whatever_status(linkwa_send_text(client, TO, "Hello", options, &result, &err));
    ok(err == no_error, "after a success the error's place is as it was");
    ok(result != no_result, "and the result's is written to");
    linkwa_result_free(result);
    is_status(linkwa_send_text(client, "12", "Hello", options, &result, NULL), LINKWA_INVALID_REQUEST, "the out-parameter of the error may be NULL");
    sandbox_forget(sandbox);
}

int main(void) {
    sandbox = sandbox_start(NULL);
    client = client_for(sandbox_base_url(sandbox));
    options = options_with_ref("r");
    verbs();
    several();
    whole_requests();
    built();
    out_parameters();
    linkwa_options_free(options);
    linkwa_client_free(client);
    sandbox_stop(sandbox);
    return done();
}
