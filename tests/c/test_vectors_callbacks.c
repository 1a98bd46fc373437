/* tests/vectors/callback-*.json: what linkwa_callback_parse() and the getters return, or where parsing fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

/* A field of the vectors, and the one getter that reads it. */
struct field {
    const char *name;
    const char *(*text)(const linkwa_callback *callback);
    const char *(*word)(const linkwa_callback *callback); /* as a text, but not the callback's */
    bool (*integer)(const linkwa_callback *callback, int64_t *number);
    bool (*number)(const linkwa_callback *callback, double *number);
    bool (*truth)(const linkwa_callback *callback, bool *truth);
    bool (*is_there)(const linkwa_callback *callback);
    void (*list)(struct run *run, const linkwa_callback *callback, const struct value *wanted);
    linkwa_parameters parameters;
};

static bool result_code(const linkwa_callback *callback, int64_t *number) {
    *number = linkwa_event_report_result_code(callback);
    return true;
}

static const char *status_word(const linkwa_callback *callback) {
    return linkwa_event_status_name(linkwa_event_report_status(callback));
}

static bool is_delivered(const linkwa_callback *callback, bool *truth) {
    *truth = linkwa_event_status_is_delivered(linkwa_event_report_status(callback));
    return linkwa_callback_kind(callback) == LINKWA_EVENT_REPORT;
}

/* An empty list, which is the only one that a vector gives whole. */
static void compare_empty(struct run *run, const char *what, bool is_there, size_t count, const struct value *wanted) {
    if (is_there == value_is_null(wanted) || (is_there && count != wanted->count)) {
        wrong(run, "%s: %s, %zu of them", what, is_there ? "there" : "absent", count);
    }
}

static void compare_contacts(struct run *run, const linkwa_callback *callback, const struct value *wanted) {
    size_t count = linkwa_received_message_contacts_len(callback);
    compare_empty(run, "contacts", linkwa_received_message_has_contacts(callback), count, wanted);
}

static void compare_gate_ids(struct run *run, const linkwa_callback *callback, const struct value *wanted) {
    size_t count = linkwa_received_message_route_gate_ids_len(callback);
    if (linkwa_received_message_route_has_gate_ids(callback) == value_is_null(wanted) || count != wanted->count) {
        wrong(run, "route.gateIds: %zu of them, expected %zu", count, wanted->count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *id = linkwa_received_message_route_gate_id(callback, i);
        compare_text(run, "route.gateIds", id, linkwa_callback_text_len(callback, id), &wanted->items[i]);
    }
    if (linkwa_received_message_route_gate_id(callback, count)) {
        wrong(run, "route.gateIds: something behind the last");
    }
}

static const struct field report_fields[] = {
    {.name = "messageId", .text = linkwa_event_report_message_id},
    {.name = "refId", .text = linkwa_event_report_ref_id},
    {.name = "messageType", .text = linkwa_event_report_message_type},
    {.name = "messageIndex", .integer = linkwa_event_report_message_index},
    {.name = "timestamp", .text = linkwa_event_report_timestamp_raw},
    {.name = "timestampMs", .integer = linkwa_event_report_timestamp_ms},
    {.name = "resultCode", .integer = result_code},
    {.name = "resultDescription", .text = linkwa_event_report_result_description},
    {.name = "gateCustomParameters", .parameters = LINKWA_PARAMETERS_GATE_CUSTOM},
    {.name = "customParameters", .parameters = LINKWA_PARAMETERS_CUSTOM},
    {.name = "key", .text = linkwa_callback_key},
    {.name = "status", .word = status_word},
    {.name = "isDelivered", .truth = is_delivered},
    {.name = NULL},
};

static const struct field message_fields[] = {
    {.name = "destination", .text = linkwa_received_message_destination},
    {.name = "source", .text = linkwa_received_message_source},
    {.name = "userId", .text = linkwa_received_message_user_id},
    {.name = "parentUserId", .text = linkwa_received_message_parent_user_id},
    {.name = "replyTo", .text = linkwa_received_message_reply_to},
    {.name = "provider", .text = linkwa_received_message_provider},
    {.name = "timestamp", .text = linkwa_received_message_timestamp_raw},
    {.name = "timestampMs", .integer = linkwa_received_message_timestamp_ms},
    {.name = "messageId", .text = linkwa_received_message_message_id},
    {.name = "providerTimestamp", .text = linkwa_received_message_provider_timestamp_raw},
    {.name = "providerTimestampMs", .integer = linkwa_received_message_provider_timestamp_ms},
    {.name = "providerMessageId", .text = linkwa_received_message_provider_message_id},
    {.name = "gateCustomParameters", .parameters = LINKWA_PARAMETERS_GATE_CUSTOM},
    {.name = "customParameters", .parameters = LINKWA_PARAMETERS_CUSTOM},
    {.name = "careWindowClosesAtMs", .integer = linkwa_received_message_care_window_closes_at_ms},
    {.name = "key", .text = linkwa_callback_key},
    {.name = "content.type", .text = linkwa_received_message_content_kind},
    {.name = "content.message", .is_there = linkwa_received_message_has_message},
    {.name = "content.message.contentType", .text = linkwa_received_message_content_type},
    {.name = "content.message.text", .text = linkwa_received_message_text},
    {.name = "content.message.button", .is_there = linkwa_received_message_has_button},
    {.name = "content.message.button.text", .text = linkwa_received_message_button_text},
    {.name = "content.message.button.payload", .text = linkwa_received_message_button_payload},
    {.name = "content.message.context", .is_there = linkwa_received_message_has_context},
    {.name = "content.message.context.source", .text = linkwa_received_message_context_source},
    {.name = "content.message.context.messageId", .text = linkwa_received_message_context_message_id},
    {.name = "contentType", .text = linkwa_received_message_content_type},
    {.name = "text", .text = linkwa_received_message_text},
    {.name = "button", .is_there = linkwa_received_message_has_button},
    {.name = "button.text", .text = linkwa_received_message_button_text},
    {.name = "button.payload", .text = linkwa_received_message_button_payload},
#define PART(name_, member_, getter_) {.name = name_, .member_ = getter_}, {.name = "content.message." name_, .member_ = getter_}
    PART("media", is_there, linkwa_received_message_has_media),
    PART("media.source", text, linkwa_received_message_media_source),
    PART("media.type", text, linkwa_received_message_media_kind),
    PART("media.caption", text, linkwa_received_message_media_caption),
    PART("location", is_there, linkwa_received_message_has_location),
    PART("location.latitude", number, linkwa_received_message_location_latitude),
    PART("location.longitude", number, linkwa_received_message_location_longitude),
    PART("location.name", text, linkwa_received_message_location_name),
    PART("location.address", text, linkwa_received_message_location_address),
    PART("location.url", text, linkwa_received_message_location_url),
    PART("contacts", list, compare_contacts),
    PART("interactive", is_there, linkwa_received_message_has_interactive),
    PART("interactive.type", text, linkwa_received_message_interactive_kind),
    PART("interactive.button_reply", is_there, linkwa_received_message_has_button_reply),
    PART("interactive.button_reply.id", text, linkwa_received_message_button_reply_id),
    PART("interactive.button_reply.title", text, linkwa_received_message_button_reply_title),
    PART("interactive.list_reply", is_there, linkwa_received_message_has_list_reply),
    PART("interactive.list_reply.id", text, linkwa_received_message_list_reply_id),
    PART("interactive.list_reply.title", text, linkwa_received_message_list_reply_title),
    PART("interactive.list_reply.description", text, linkwa_received_message_list_reply_description),
    {.name = "context", .is_there = linkwa_received_message_has_context},
    {.name = "context.source", .text = linkwa_received_message_context_source},
    {.name = "context.messageId", .text = linkwa_received_message_context_message_id},
    {.name = "route", .is_there = linkwa_received_message_has_route},
    {.name = "route.id", .text = linkwa_received_message_route_id},
    {.name = "route.refId", .text = linkwa_received_message_route_ref_id},
    {.name = "route.platformId", .text = linkwa_received_message_route_platform_id},
    {.name = "route.platformPartnerId", .text = linkwa_received_message_route_platform_partner_id},
    {.name = "route.platformServiceType", .text = linkwa_received_message_route_platform_service_type},
    {.name = "route.platformServiceId", .text = linkwa_received_message_route_platform_service_id},
    {.name = "route.number", .text = linkwa_received_message_route_number},
    {.name = "route.gateIds", .list = compare_gate_ids},
    {.name = "route.customParameters", .parameters = LINKWA_PARAMETERS_ROUTE_CUSTOM},
    {.name = "route.type", .text = linkwa_received_message_route_kind},
    {.name = "route.keyword", .text = linkwa_received_message_route_keyword},
    {.name = "route.keywordType", .text = linkwa_received_message_route_keyword_type},
    {.name = "route.active", .truth = linkwa_received_message_route_active},
    {.name = "route.start", .text = linkwa_received_message_route_start_raw},
    {.name = "route.end", .text = linkwa_received_message_route_end_raw},
    {.name = "route.shared", .truth = linkwa_received_message_route_shared},
    {.name = "route.description", .text = linkwa_received_message_route_description},
    {.name = NULL},
};

/* An entry of a map: its value, at any index, and the result of the look-up by name. */
static void compare_entry(struct run *run, const char *what, const linkwa_callback *callback, const char *name, const char *text,
                          const char *looked_up, const struct value *wanted) {
    size_t name_len = linkwa_callback_text_len(callback, name);
    const struct value *entry = name ? value_member_of_len(wanted, name, name_len) : NULL;
    if (!entry) {
        wrong(run, "%s: unexpected %s", what, name ? name : "NULL");
        return;
    }
    compare_text(run, what, text, linkwa_callback_text_len(callback, text), entry);
    if (strlen(name) == name_len) {
        compare_text(run, what, looked_up, linkwa_callback_text_len(callback, looked_up), entry);
    }
}

static void compare_parameters(struct run *run, const char *what, const linkwa_callback *callback, linkwa_parameters which,
                               const struct value *wanted) {
    size_t count = linkwa_callback_parameters_len(callback, which);
    if (linkwa_callback_has_parameters(callback, which) == value_is_null(wanted) || count != wanted->count) {
        wrong(run, "%s: %zu of them, expected %zu", what, count, wanted->count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = linkwa_callback_parameter_name(callback, which, i);
        const char *text = linkwa_callback_parameter_value(callback, which, i);
        compare_entry(run, what, callback, name, text, linkwa_callback_parameter(callback, which, name), wanted);
    }
    if (linkwa_callback_parameter_name(callback, which, count) || linkwa_callback_parameter_value(callback, which, count)) {
        wrong(run, "%s: something behind the last", what);
    }
}

static const struct {
    linkwa_object object;
    const char *path;
} objects[] = {
    {LINKWA_OBJECT_CALLBACK, ""},
    {LINKWA_OBJECT_CONTENT, "content"},
    {LINKWA_OBJECT_MESSAGE, "content.message"},
    {LINKWA_OBJECT_BUTTON, "content.message.button"},
    {LINKWA_OBJECT_CONTEXT, "content.message.context"},
    {LINKWA_OBJECT_ROUTE, "route"},
    {LINKWA_OBJECT_MEDIA, "content.message.media"},
    {LINKWA_OBJECT_LOCATION, "content.message.location"},
    {LINKWA_OBJECT_INTERACTIVE, "content.message.interactive"},
    {LINKWA_OBJECT_BUTTON_REPLY, "content.message.interactive.button_reply"},
    {LINKWA_OBJECT_LIST_REPLY, "content.message.interactive.list_reply"},
};

/* What is extra in a part of a contact; returns whether the vector names it. */
static size_t compare_contact_extra(struct run *run, const linkwa_callback *callback, size_t contact, linkwa_contact_part part,
                                    size_t phone, const struct value *wanted) {
    char path[80];
    int len = snprintf(path, sizeof path, "content.message.contacts[%zu]", contact);
    if (part == LINKWA_CONTACT_NAME) {
        snprintf(path + len, sizeof path - (size_t)len, ".name");
    } else if (part == LINKWA_CONTACT_PHONE) {
        snprintf(path + len, sizeof path - (size_t)len, ".phones[%zu]", phone);
    }
    const struct value *inside = value_member(wanted, path);
    size_t count = linkwa_received_message_contact_extra_len(callback, contact, part, phone);
    if (count != (inside ? inside->count : 0)) {
        wrong(run, "extra of `%s`: %zu", path, count);
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = linkwa_received_message_contact_extra_name(callback, contact, part, phone, i);
        const char *json = linkwa_received_message_contact_extra_json(callback, contact, part, phone, i);
        const struct value *entry = name ? value_member(inside, name) : NULL;
        if (entry) {
            compare_text(run, path, json, linkwa_callback_text_len(callback, json), entry);
        } else {
            wrong(run, "extra of `%s`: unexpected %s", path, name ? name : "NULL");
        }
    }
    if (linkwa_received_message_contact_extra_name(callback, contact, part, phone, count) ||
        linkwa_received_message_contact_extra_json(callback, contact, part, phone, count)) {
        wrong(run, "extra of `%s`: something behind the last", path);
    }
    return inside != NULL;
}

static size_t compare_contacts_extra(struct run *run, const linkwa_callback *callback, const struct value *wanted) {
    size_t known = 0;
    for (size_t i = 0; i < linkwa_received_message_contacts_len(callback); i++) {
        known += compare_contact_extra(run, callback, i, LINKWA_CONTACT_WHOLE, 0, wanted);
        known += compare_contact_extra(run, callback, i, LINKWA_CONTACT_NAME, 0, wanted);
        for (size_t j = 0; j < linkwa_received_message_contact_phones_len(callback, i); j++) {
            known += compare_contact_extra(run, callback, i, LINKWA_CONTACT_PHONE, j, wanted);
        }
    }
    return known;
}

static void compare_extra(struct run *run, const linkwa_callback *callback, const struct value *wanted) {
    size_t known = 0;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        linkwa_object object = objects[i].object;
        const struct value *inside = value_member(wanted, objects[i].path);
        size_t count = linkwa_callback_extra_len(callback, object);
        size_t expected = inside ? inside->count : 0;
        known += inside != NULL;
        if (count != expected) {
            wrong(run, "extra of `%s`: %zu, expected %zu", objects[i].path, count, expected);
        }
        for (size_t j = 0; j < count; j++) {
            const char *name = linkwa_callback_extra_name(callback, object, j);
            const char *json = linkwa_callback_extra_json(callback, object, j);
            compare_entry(run, "extra", callback, name, json, linkwa_callback_extra(callback, object, name), inside);
        }
        if (linkwa_callback_extra_name(callback, object, count) || linkwa_callback_extra_json(callback, object, count)) {
            wrong(run, "extra of `%s`: something behind the last", objects[i].path);
        }
    }
    known += compare_contacts_extra(run, callback, wanted);
    if (wanted && wanted->count != known) {
        wrong(run, "extra: a path that this program does not know");
    }
}

/* A field of a contact, whose path begins behind "contacts". */
static void compare_contact_field(struct run *run, const linkwa_callback *callback, const char *path, const struct value *wanted) {
    char *rest = NULL;
    size_t contact = strtoul(path + 1, &rest, 10);
    size_t phone = strncmp(rest, "].phones[", 9) == 0 ? strtoul(rest + 9, &rest, 10) : SIZE_MAX;
    bool is_there = contact < linkwa_received_message_contacts_len(callback);
    if (phone != SIZE_MAX) {
        const char *number = linkwa_received_message_contact_phone(callback, contact, phone);
        if (strcmp(rest, "].phone") == 0) {
            compare_text(run, path, number, linkwa_callback_text_len(callback, number), wanted);
            return;
        }
        is_there = phone < linkwa_received_message_contact_phones_len(callback, contact);
    } else if (strcmp(rest, "].name.formatted_name") == 0) {
        const char *name = linkwa_received_message_contact_formatted_name(callback, contact);
        compare_text(run, path, name, linkwa_callback_text_len(callback, name), wanted);
        return;
    } else if (strcmp(rest, "].phones") == 0) {
        size_t count = linkwa_received_message_contact_phones_len(callback, contact);
        compare_empty(run, path, linkwa_received_message_contact_has_phones(callback, contact), count, wanted);
        return;
    } else if (strcmp(rest, "].name") == 0) {
        is_there = linkwa_received_message_contact_has_name(callback, contact);
        rest = "]";
    }
    if (strcmp(rest, "]") != 0 || is_there || !value_is_null(wanted)) {
        wrong(run, "contacts%s: it is there, or a field that this program does not know", path);
    }
}

/* Whether linkwa_callback_get() knows the first name of the path: those of the JSON, and not those that the library derives or has in
 * two places. */
static bool is_declared(const char *path, bool is_report) {
    static const char *const report[] = {"messageId", "refId", "messageType", "messageIndex", "timestamp", "resultCode",
        "resultDescription", "gateCustomParameters", "customParameters", NULL};
    static const char *const message[] = {"destination", "source", "content", "provider", "timestamp", "messageId",
        "providerTimestamp", "providerMessageId", "route", "gateCustomParameters", "customParameters", NULL};
    size_t len = strcspn(path, ".[");
    for (const char *const *name = is_report ? report : message; *name; name++) {
        if (strlen(*name) == len && strncmp(*name, path, len) == 0) {
            return true;
        }
    }
    return false;
}

/* The value of linkwa_callback_get() for a path. */
static void compare_path(struct run *run, const linkwa_callback *callback, const char *path, const struct value *wanted) {
    char inside[300];
    size_t len = 77;
    const char *found = linkwa_callback_get(callback, path, &len);
    bool is_text = wanted->type == 's' || wanted->type == 'i' || wanted->type == 'd' || wanted->type == 'b';
    if (!is_text || !is_declared(path, linkwa_callback_kind(callback) == LINKWA_EVENT_REPORT)) {
        if (found || len != 77) {
            wrong(run, "linkwa_callback_get(%s): there is something", path);
        }
        is_text = false;
    }
    if (is_text && (!found || len != linkwa_callback_text_len(callback, found))) {
        wrong(run, "linkwa_callback_get(%s): absent, or of another length", path);
    } else if (is_text && wanted->type == 'd') {
        compare_double(run, path, true, strtod(found, NULL), wanted);
    } else if (is_text) {
        struct value text = *wanted;
        text.type = 's';
        compare_text(run, path, found, len, &text);
    }
    for (size_t i = 0; i < wanted->count && is_declared(path, linkwa_callback_kind(callback) == LINKWA_EVENT_REPORT); i++) {
        if (wanted->type == 'l') {
            snprintf(inside, sizeof inside, "%s[%zu]", path, i);
            compare_path(run, callback, inside, &wanted->items[i]);
        } else if (strlen(wanted->items[2 * i].bytes) == wanted->items[2 * i].len) {
            snprintf(inside, sizeof inside, "%s.%s", path, wanted->items[2 * i].bytes);
            compare_path(run, callback, inside, &wanted->items[2 * i + 1]);
        }
    }
}

static void compare_field(struct run *run, const linkwa_callback *callback, const struct field *fields, const struct value *name) {
    const struct value *wanted = name + 1;
    compare_path(run, callback, name->bytes, wanted);
    const char *what = name->bytes;
    int64_t number = 0;
    bool truth = false;
    const char *contacts = strstr(what, "contacts[");
    if (contacts) {
        compare_contact_field(run, callback, contacts + strlen("contacts"), wanted);
        return;
    }
    while (fields->name && !value_is(name, fields->name)) {
        fields++;
    }
    if (fields->text) {
        const char *text = fields->text(callback);
        compare_text(run, what, text, linkwa_callback_text_len(callback, text), wanted);
    } else if (fields->word) {
        const char *word = fields->word(callback);
        compare_text(run, what, word, word ? strlen(word) : 0, wanted);
    } else if (fields->integer) {
        bool is_there = fields->integer(callback, &number);
        compare_int(run, what, is_there, number, wanted);
        if (fields->integer != result_code && fields->integer(callback, NULL) != is_there) {
            wrong(run, "%s: another answer without a place", what);
        }
    } else if (fields->number) {
        double degrees = 0;
        bool is_there = fields->number(callback, &degrees);
        compare_double(run, what, is_there, degrees, wanted);
    } else if (fields->truth) {
        bool is_there = fields->truth(callback, &truth);
        compare_bool(run, what, is_there, truth, wanted);
    } else if (fields->is_there && value_is_null(wanted)) {
        if (fields->is_there(callback)) {
            wrong(run, "%s is there", what);
        }
    } else if (fields->list) {
        fields->list(run, callback, wanted);
    } else if (fields->parameters) {
        compare_parameters(run, what, callback, fields->parameters, wanted);
    } else {
        wrong(run, "`%s` is a field that this program does not know", what);
    }
}

/* The callback as received, with the white space around it. */
static void compare_raw(struct run *run, const linkwa_callback *callback) {
    const char *raw = linkwa_callback_raw(callback);
    compare_text(run, "raw", raw, linkwa_callback_text_len(callback, raw), value_needed(run->vector, "input"));
}

/* The getters of the other kind of callback return nothing, except those that both kinds have. */
static void compare_others(struct run *run, const linkwa_callback *callback, const struct field *others) {
    int64_t number = 0;
    bool truth = false;
    for (const struct field *field = others; field->name; field++) {
        bool is_shared = field->text == linkwa_callback_key || field->parameters || field->list;
        if (is_shared || field->integer == result_code) {
            continue;
        }
        const char *word = field->word ? field->word(callback) : "none";
        if ((field->text && field->text(callback)) || (field->integer && field->integer(callback, &number)) ||
            (field->number && field->number(callback, NULL)) || (field->truth && field->truth(callback, &truth)) || (field->is_there && field->is_there(callback)) || strcmp(word, "none") != 0) {
            wrong(run, "it has `%s`, which is for the other kind", field->name);
        }
    }
}

static void compare_callback(struct run *run, const linkwa_callback *callback, const struct value *expect) {
    const struct value *kind = value_member(expect, "kind");
    const struct value *extra = value_member(expect, "extra");
    if (!kind) {
        wrong(run, "it was read, and an error was expected");
        return;
    }
    if (expect->count != (extra ? 3 : 2)) {
        wrong(run, "`expect` has members that this program does not know");
    }
    bool is_report = value_is(kind, "eventReport");
    if (linkwa_callback_kind(callback) != (is_report ? LINKWA_EVENT_REPORT : LINKWA_RECEIVED_MESSAGE)) {
        wrong(run, "it is no %s", kind->bytes);
        return;
    }
    const struct value *fields = value_needed(expect, "fields");
    for (size_t i = 0; i < fields->count; i++) {
        compare_field(run, callback, is_report ? report_fields : message_fields, &fields->items[2 * i]);
    }
    compare_others(run, callback, is_report ? message_fields : report_fields);
    compare_extra(run, callback, extra);
    compare_raw(run, callback);
}

static void compare_error(struct run *run, const linkwa_error *err, const struct value *expect) {
    const struct value *error = value_member(expect, "error");
    if (!error) {
        wrong(run, "it was not read: %s", linkwa_error_message(err));
        return;
    }
    compare_status(run, "linkwa_error_code", linkwa_error_code(err), LINKWA_INVALID_CALLBACK, err);
    for (size_t i = 0; i < error->count; i++) {
        const struct value *name = &error->items[2 * i];
        if (value_is(name, "path")) {
            const char *path = linkwa_error_path(err);
            compare_text(run, "path", path, linkwa_error_text_len(err, path), name + 1);
        } else if (value_is(name, "position")) {
            compare_int(run, "position", true, linkwa_error_position(err), name + 1);
        } else {
            wrong(run, "`%s` is a member of an error that this program does not know", name->bytes);
        }
    }
}

static void run_one(struct run *run, void *data) {
    (void)data;
    const struct value *input = value_needed(run->vector, "input");
    const struct value *expect = value_needed(run->vector, "expect");
    linkwa_callback *callback = NULL;
    linkwa_error *err = NULL;
    linkwa_status status = linkwa_callback_parse(input->bytes, input->len, &callback, &err);
    if (status == LINKWA_OK) {
        compare_callback(run, callback, expect);
        if (err) {
            wrong(run, "an error was written, although all went well");
        }
    } else if (compare_status(run, "linkwa_callback_parse", status, LINKWA_INVALID_CALLBACK, err)) {
        compare_error(run, err, expect);
        if (callback) {
            wrong(run, "a callback was written, although it failed");
        }
    }
    linkwa_callback_free(callback);
    linkwa_error_free(err);
}

int main(void) {
    return run_vectors("callback", 400, run_one, NULL);
}
