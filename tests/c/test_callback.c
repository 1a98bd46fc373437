/* Callbacks: every function that reads one, of both kinds. */
#include <string.h>

#include "help.h"

static const char report_json[] =
    "{\"messageId\":\"id-1\",\"refId\":\"ref-1\",\"messageType\":\"text\",\"messageIndex\":0,\"timestamp\":\"2020-03-18T16:49:21.250Z\","
    "\"resultCode\":112003,\"resultDescription\":\"Delivered\",\"customParameters\":{\"k\":\"v\",\"n\":17,\"b\":true},"
    "\"gateCustomParameters\":{},\"future\":[1, 2],\"later\":\"x\"}";

static const char message_json[] =
    "{\"destination\":\"" FROM "\",\"source\":\"" TO "\",\"provider\":\"whatsapp\",\"timestamp\":\"2020-03-18T16:49:22Z\","
    "\"messageId\":\"in-1\",\"providerTimestamp\":\"2020-03-18T16:49:21Z\",\"providerMessageId\":\"wamid-1\","
    "\"customParameters\":{\"c\":\"1\",\"whatsappUserId\":\"US.1\",\"whatsappParentUserId\":\"US.ENT.2\"},\"gateCustomParameters\":{\"g\":\"2\"},\"top\":1,"
    "\"content\":{\"type\":\"WHATSAPP\",\"inContent\":2,\"message\":{\"contentType\":\"BUTTON\",\"text\":\"Yes\",\"inMessage\":3,"
    "\"button\":{\"text\":\"Yes\",\"payload\":\"yes-17\",\"inButton\":4},"
    "\"context\":{\"source\":\"" FROM "\",\"messageId\":\"id-1\",\"inContext\":5}}},"
    "\"route\":{\"id\":\"route-1\",\"refId\":\"rr\",\"platformId\":\"p\",\"platformPartnerId\":\"pp\",\"platformServiceType\":\"st\","
    "\"platformServiceId\":\"s\",\"number\":\"" FROM "\",\"gateIds\":[\"g1\",\"g2\"],\"type\":\"KEYWORD_ROUTE\",\"keyword\":\"YES\","
    "\"keywordType\":\"PREFIX\",\"active\":true,\"shared\":false,\"start\":\"2020-01-01T00:00:00Z\",\"end\":\"2021-01-01T00:00:00Z\","
    "\"description\":\"Votes\",\"customParameters\":{\"r\":\"3\"},\"inRoute\":6}}";

/* What is newer than version 1.4.1 of LINK's document. */
static const char inbound_json[] =
    "{\"messageId\":\"in-2\",\"source\":\"" TO "\",\"content\":{\"message\":{\"contentType\":\"MEDIA\","
    "\"media\":{\"source\":\"https://example.com/a\",\"type\":\"image/png\",\"caption\":\"Cat\",\"inMedia\":7},"
    "\"location\":{\"latitude\":59.5,\"longitude\":-10.25,\"name\":\"Office\",\"address\":\"Street 1\",\"url\":\"https://example.com\",\"inLocation\":8},"
    "\"contacts\":[{\"name\":{\"formatted_name\":\"Anna\",\"inName\":2},\"phones\":[{\"phone\":\"1\"},{\"phone\":\"2\",\"inPhone\":3}],\"inContact\":1},{}],"
    "\"interactive\":{\"type\":\"list_reply\",\"inInteractive\":9,\"button_reply\":{\"id\":\"b\",\"title\":\"B\",\"inButtonReply\":10},"
    "\"list_reply\":{\"id\":\"l\",\"title\":\"L\",\"description\":\"D\",\"inListReply\":11}}}}}";

static const int64_t instant_ms = 1584550161000; /* 2020-03-18T16:49:21Z */

static linkwa_callback *parse(const char *json, size_t len) {
    linkwa_callback *callback = NULL;
    linkwa_error *err = NULL;
    if (linkwa_callback_parse(json, len, &callback, &err) != LINKWA_OK) {
        bail_out("%s: %s", linkwa_error_message(err), json);
    }
    return callback;
}

typedef const char *(*text_getter)(const linkwa_callback *);
typedef bool (*number_getter)(const linkwa_callback *, int64_t *);
typedef bool (*flag_getter)(const linkwa_callback *);
typedef bool (*value_getter)(const linkwa_callback *, bool *);

static const struct {
    const char *name;
    text_getter get;
    const char *expected;
} report_texts[] = {
    {"message_id", linkwa_event_report_message_id, "id-1"},
    {"ref_id", linkwa_event_report_ref_id, "ref-1"},
    {"message_type", linkwa_event_report_message_type, "text"},
    {"timestamp_raw", linkwa_event_report_timestamp_raw, "2020-03-18T16:49:21.250Z"},
    {"result_description", linkwa_event_report_result_description, "Delivered"},
}, inbound_texts[] = {
    {"media_source", linkwa_received_message_media_source, "https://example.com/a"},
    {"media_kind", linkwa_received_message_media_kind, "image/png"},
    {"media_caption", linkwa_received_message_media_caption, "Cat"},
    {"location_name", linkwa_received_message_location_name, "Office"},
    {"location_address", linkwa_received_message_location_address, "Street 1"},
    {"location_url", linkwa_received_message_location_url, "https://example.com"},
    {"interactive_kind", linkwa_received_message_interactive_kind, "list_reply"},
    {"button_reply_id", linkwa_received_message_button_reply_id, "b"},
    {"button_reply_title", linkwa_received_message_button_reply_title, "B"},
    {"list_reply_id", linkwa_received_message_list_reply_id, "l"},
    {"list_reply_title", linkwa_received_message_list_reply_title, "L"},
    {"list_reply_description", linkwa_received_message_list_reply_description, "D"},
}, message_texts[] = {
    {"destination", linkwa_received_message_destination, FROM},
    {"source", linkwa_received_message_source, TO},
    {"reply_to", linkwa_received_message_reply_to, TO},
    {"provider", linkwa_received_message_provider, "whatsapp"},
    {"timestamp_raw", linkwa_received_message_timestamp_raw, "2020-03-18T16:49:22Z"},
    {"message_id", linkwa_received_message_message_id, "in-1"},
    {"provider_timestamp_raw", linkwa_received_message_provider_timestamp_raw, "2020-03-18T16:49:21Z"},
    {"provider_message_id", linkwa_received_message_provider_message_id, "wamid-1"},
    {"content_kind", linkwa_received_message_content_kind, "WHATSAPP"},
    {"content_type", linkwa_received_message_content_type, "BUTTON"},
    {"text", linkwa_received_message_text, "Yes"},
    {"button_text", linkwa_received_message_button_text, "Yes"},
    {"button_payload", linkwa_received_message_button_payload, "yes-17"},
    {"context_source", linkwa_received_message_context_source, FROM},
    {"context_message_id", linkwa_received_message_context_message_id, "id-1"},
    {"route_id", linkwa_received_message_route_id, "route-1"},
    {"route_ref_id", linkwa_received_message_route_ref_id, "rr"},
    {"route_platform_id", linkwa_received_message_route_platform_id, "p"},
    {"route_platform_partner_id", linkwa_received_message_route_platform_partner_id, "pp"},
    {"route_platform_service_type", linkwa_received_message_route_platform_service_type, "st"},
    {"route_platform_service_id", linkwa_received_message_route_platform_service_id, "s"},
    {"route_number", linkwa_received_message_route_number, FROM},
    {"route_kind", linkwa_received_message_route_kind, "KEYWORD_ROUTE"},
    {"route_keyword", linkwa_received_message_route_keyword, "YES"},
    {"route_keyword_type", linkwa_received_message_route_keyword_type, "PREFIX"},
    {"route_start_raw", linkwa_received_message_route_start_raw, "2020-01-01T00:00:00Z"},
    {"route_end_raw", linkwa_received_message_route_end_raw, "2021-01-01T00:00:00Z"},
    {"route_description", linkwa_received_message_route_description, "Votes"},
    {"user_id", linkwa_received_message_user_id, "US.1"},
    {"parent_user_id", linkwa_received_message_parent_user_id, "US.ENT.2"},
};

static const struct {
    const char *name;
    number_getter get;
    int64_t expected;
} report_numbers[] = {
    {"message_index", linkwa_event_report_message_index, 0},
    {"timestamp_ms", linkwa_event_report_timestamp_ms, 1584550161250},
}, message_numbers[] = {
    {"timestamp_ms", linkwa_received_message_timestamp_ms, 1584550162000},
    {"provider_timestamp_ms", linkwa_received_message_provider_timestamp_ms, 1584550161000},
    {"care_window_closes_at_ms", linkwa_received_message_care_window_closes_at_ms, 1584636561000},
    {"route_start_ms", linkwa_received_message_route_start_ms, 1577836800000},
    {"route_end_ms", linkwa_received_message_route_end_ms, 1609459200000},
};

static const struct {
    const char *name;
    flag_getter get;
} message_flags[] = {
    {"has_message", linkwa_received_message_has_message},
    {"has_button", linkwa_received_message_has_button},
    {"has_context", linkwa_received_message_has_context},
    {"has_route", linkwa_received_message_has_route},
    {"route_has_gate_ids", linkwa_received_message_route_has_gate_ids},
}, inbound_flags[] = {
    {"has_media", linkwa_received_message_has_media},
    {"has_location", linkwa_received_message_has_location},
    {"has_contacts", linkwa_received_message_has_contacts},
    {"has_interactive", linkwa_received_message_has_interactive},
    {"has_button_reply", linkwa_received_message_has_button_reply},
    {"has_list_reply", linkwa_received_message_has_list_reply},
};

static const struct {
    const char *name;
    value_getter get;
    bool expected;
} message_values[] = {
    {"route_active", linkwa_received_message_route_active, true},
    {"route_shared", linkwa_received_message_route_shared, false},
};

#define EACH(i, list) (size_t i = 0; i < sizeof(list) / sizeof *(list); i++)

/* The results of the getters for event reports if there is none. */
static void is_no_report(const linkwa_callback *callback, const char *what) {
    for EACH (i, report_texts) {
        is_str(report_texts[i].get(callback), NULL, "%s: event_report_%s", what, report_texts[i].name);
    }
    for EACH (i, report_numbers) {
        int64_t number = 77;
        ok(!report_numbers[i].get(callback, &number) && number == 77, "%s: event_report_%s", what, report_numbers[i].name);
    }
    is_int(linkwa_event_report_result_code(callback), 0, "%s: event_report_result_code", what);
    is_int(linkwa_event_report_status(callback), LINKWA_EVENT_NONE, "%s: event_report_status", what);
}

/* ... and of those for received messages. */
static void is_no_message(const linkwa_callback *callback, const char *what) {
    for EACH (i, message_texts) {
        is_str(message_texts[i].get(callback), NULL, "%s: received_message_%s", what, message_texts[i].name);
    }
    for EACH (i, message_numbers) {
        int64_t number = 77;
        ok(!message_numbers[i].get(callback, &number) && number == 77, "%s: received_message_%s", what, message_numbers[i].name);
    }
    for EACH (i, message_flags) {
        ok(!message_flags[i].get(callback), "%s: received_message_%s", what, message_flags[i].name);
    }
    for EACH (i, message_values) {
        bool value = true;
        ok(!message_values[i].get(callback, &value) && value, "%s: received_message_%s", what, message_values[i].name);
    }
    is_int(linkwa_received_message_route_gate_ids_len(callback), 0, "%s: received_message_route_gate_ids_len", what);
    is_str(linkwa_received_message_route_gate_id(callback, 0), NULL, "%s: received_message_route_gate_id", what);
}

/* ... and of those for what is newer. */
static void is_no_inbound(const linkwa_callback *callback, const char *what) {
    for EACH (i, inbound_texts) {
        is_str(inbound_texts[i].get(callback), NULL, "%s: received_message_%s", what, inbound_texts[i].name);
    }
    for EACH (i, inbound_flags) {
        ok(!inbound_flags[i].get(callback), "%s: received_message_%s", what, inbound_flags[i].name);
    }
    double degrees = 77;
    ok(!linkwa_received_message_location_latitude(callback, &degrees) && degrees == 77, "%s: no latitude", what);
    ok(!linkwa_received_message_location_longitude(callback, &degrees) && degrees == 77, "%s: no longitude", what);
    is_int(linkwa_received_message_contacts_len(callback), 0, "%s: no contacts", what);
    ok(!linkwa_received_message_contact_has_name(callback, 0), "%s: no name", what);
    is_str(linkwa_received_message_contact_formatted_name(callback, 0), NULL, "%s: no formatted name", what);
    ok(!linkwa_received_message_contact_has_phones(callback, 0), "%s: no phones", what);
    is_int(linkwa_received_message_contact_phones_len(callback, 0), 0, "%s: no phone", what);
    is_str(linkwa_received_message_contact_phone(callback, 0, 0), NULL, "%s: no number", what);
    is_int(linkwa_received_message_contact_extra_len(callback, 0, LINKWA_CONTACT_WHOLE, 0), 0, "%s: no extra of a contact", what);
    is_str(linkwa_received_message_contact_extra_name(callback, 0, LINKWA_CONTACT_WHOLE, 0, 0), NULL, "%s: no name of it", what);
    is_str(linkwa_received_message_contact_extra_json(callback, 0, LINKWA_CONTACT_WHOLE, 0, 0), NULL, "%s: no JSON of it", what);
}

/* Files, places, contacts and choices. */
static void inbound(void) {
    linkwa_callback *callback = parse(inbound_json, sizeof inbound_json - 1);
    for EACH (i, inbound_texts) {
        const char *text = inbound_texts[i].get(callback);
        is_str(text, inbound_texts[i].expected, "inbound: %s", inbound_texts[i].name);
        is_int(linkwa_callback_text_len(callback, text), strlen(inbound_texts[i].expected), "inbound: the length of %s", inbound_texts[i].name);
    }
    for EACH (i, inbound_flags) {
        ok(inbound_flags[i].get(callback), "inbound: %s", inbound_flags[i].name);
    }
    double degrees = 0;
    ok(linkwa_received_message_location_latitude(callback, &degrees) && degrees == 59.5, "inbound: the latitude");
    ok(linkwa_received_message_location_longitude(callback, &degrees) && degrees == -10.25, "inbound: the longitude");
    ok(linkwa_received_message_location_latitude(callback, NULL), "inbound: the out-parameter may be NULL");
    is_int(linkwa_received_message_contacts_len(callback), 2, "inbound: two contacts");
    ok(linkwa_received_message_contact_has_name(callback, 0) && !linkwa_received_message_contact_has_name(callback, 1), "inbound: the first has a name");
    is_str(linkwa_received_message_contact_formatted_name(callback, 0), "Anna", "inbound: its name");
    ok(linkwa_received_message_contact_has_phones(callback, 0) && !linkwa_received_message_contact_has_phones(callback, 1), "inbound: the first has phones");
    is_int(linkwa_received_message_contact_phones_len(callback, 0), 2, "inbound: two of them");
    is_str(linkwa_received_message_contact_phone(callback, 0, 1), "2", "inbound: the second");
    is_str(linkwa_received_message_contact_phone(callback, 0, 2), NULL, "inbound: no third");
    is_str(linkwa_received_message_contact_phone(callback, SIZE_MAX, SIZE_MAX), NULL, "inbound: no last");
    static const struct {
        linkwa_contact_part part;
        const char *name;
        const char *json;
    } parts[] = {{LINKWA_CONTACT_WHOLE, "inContact", "1"}, {LINKWA_CONTACT_NAME, "inName", "2"}, {LINKWA_CONTACT_PHONE, "inPhone", "3"}};
    for EACH (i, parts) {
        is_int(linkwa_received_message_contact_extra_len(callback, 0, parts[i].part, 1), 1, "inbound: an unknown field of a contact");
        is_str(linkwa_received_message_contact_extra_name(callback, 0, parts[i].part, 1, 0), parts[i].name, "inbound: its name");
        is_str(linkwa_received_message_contact_extra_json(callback, 0, parts[i].part, 1, 0), parts[i].json, "inbound: its JSON");
    }
    is_int(linkwa_received_message_contact_extra_len(callback, 0, LINKWA_CONTACT_PHONE, 0), 0, "inbound: none of the first phone");
    is_int(linkwa_received_message_contact_extra_len(callback, 0, (linkwa_contact_part)99, 0), 0, "inbound: no such part");
    static const char *const names[] = {"inMedia", "inLocation", "inInteractive", "inButtonReply", "inListReply"};
    for (int object = LINKWA_OBJECT_MEDIA; object <= LINKWA_OBJECT_LIST_REPLY; object++) {
        is_str(linkwa_callback_extra_name(callback, (linkwa_object)object, 0), names[object - LINKWA_OBJECT_MEDIA], "inbound: object %d", object);
    }
    linkwa_callback_free(callback);
}

static void report(void) {
    linkwa_callback *callback = parse(report_json, sizeof report_json - 1);
    is_int(linkwa_callback_kind(callback), LINKWA_EVENT_REPORT, "a report: its kind");
    is_str(linkwa_callback_key(callback), "report:id-1:ref-1:0:112003", "a report: its key");
    is_str(linkwa_callback_raw(callback), report_json, "a report: as it came");
    for EACH (i, report_texts) {
        const char *text = report_texts[i].get(callback);
        is_str(text, report_texts[i].expected, "a report: %s", report_texts[i].name);
        ok(text == report_texts[i].get(callback), "a report: %s stays where it is", report_texts[i].name);
        is_int(linkwa_callback_text_len(callback, text), strlen(report_texts[i].expected), "a report: the length of %s", report_texts[i].name);
    }
    for EACH (i, report_numbers) {
        int64_t number = -77;
        ok(report_numbers[i].get(callback, &number), "a report: it has %s", report_numbers[i].name);
        is_int(number, report_numbers[i].expected, "a report: %s", report_numbers[i].name);
        ok(report_numbers[i].get(callback, NULL), "a report: the out-parameter of %s may be NULL", report_numbers[i].name);
    }
    is_int(linkwa_event_report_result_code(callback), 112003, "a report: result_code");
    is_int(linkwa_event_report_status(callback), LINKWA_EVENT_DELIVERED, "a report: status");
    is_str(linkwa_callback_raw(callback), report_json, "a report: still as it came");
    is_int(linkwa_callback_text_len(callback, linkwa_callback_raw(callback)), sizeof report_json - 1, "a report: the length of raw");
    is_int(linkwa_callback_text_len(callback, linkwa_callback_key(callback)), 26, "a report: the length of the key");
    is_no_message(callback, "a report");
    is_no_inbound(callback, "a report");
    linkwa_callback_free(callback);
}

static void received(void) {
    linkwa_callback *callback = parse(message_json, sizeof message_json - 1);
    is_int(linkwa_callback_kind(callback), LINKWA_RECEIVED_MESSAGE, "a message: its kind");
    is_str(linkwa_callback_key(callback), "message:in-1", "a message: its key");
    is_str(linkwa_callback_raw(callback), message_json, "a message: as it came");
    for EACH (i, message_texts) {
        const char *text = message_texts[i].get(callback);
        is_str(text, message_texts[i].expected, "a message: %s", message_texts[i].name);
        ok(text == message_texts[i].get(callback), "a message: %s stays where it is", message_texts[i].name);
        is_int(linkwa_callback_text_len(callback, text), strlen(message_texts[i].expected), "a message: the length of %s", message_texts[i].name);
    }
    for EACH (i, message_numbers) {
        int64_t number = -77;
        ok(message_numbers[i].get(callback, &number), "a message: it has %s", message_numbers[i].name);
        is_int(number, message_numbers[i].expected, "a message: %s", message_numbers[i].name);
        ok(message_numbers[i].get(callback, NULL), "a message: the out-parameter of %s may be NULL", message_numbers[i].name);
    }
    for EACH (i, message_flags) {
        ok(message_flags[i].get(callback), "a message: %s", message_flags[i].name);
    }
    for EACH (i, message_values) {
        bool value = !message_values[i].expected;
        ok(message_values[i].get(callback, &value), "a message: it has %s", message_values[i].name);
        ok(value == message_values[i].expected, "a message: %s", message_values[i].name);
        ok(message_values[i].get(callback, NULL), "a message: the out-parameter of %s may be NULL", message_values[i].name);
    }
    is_int(linkwa_received_message_route_gate_ids_len(callback), 2, "a message: two gates");
    is_str(linkwa_received_message_route_gate_id(callback, 0), "g1", "a message: the first gate");
    is_str(linkwa_received_message_route_gate_id(callback, 1), "g2", "a message: the second gate");
    is_str(linkwa_received_message_route_gate_id(callback, 2), NULL, "a message: no third gate");
    is_str(linkwa_received_message_route_gate_id(callback, SIZE_MAX), NULL, "a message: no last gate");
    is_str(linkwa_callback_raw(callback), message_json, "a message: still as it came");
    is_no_report(callback, "a message");
    is_no_inbound(callback, "a message");
    linkwa_callback_free(callback);
}

/* Only the required fields: everything else is absent. */
static void only_required_fields(void) {
    linkwa_callback *callback = parse("{\"resultCode\":1,\"refId\":\"r\"}", 28);
    is_str(linkwa_callback_key(callback), "report:-:r:-:1", "the least report: its key");
    is_str(linkwa_event_report_ref_id(callback), "r", "the least report: the reference");
    is_int(linkwa_event_report_result_code(callback), 1, "the least report: the result code");
    is_int(linkwa_event_report_status(callback), LINKWA_EVENT_OTHER, "the least report: the status");
    for EACH (i, report_texts) {
        if (i != 1) {
            is_str(report_texts[i].get(callback), NULL, "the least report: no %s", report_texts[i].name);
        }
    }
    for EACH (i, report_numbers) {
        ok(!report_numbers[i].get(callback, NULL), "the least report: no %s", report_numbers[i].name);
    }
    ok(!linkwa_callback_has_parameters(callback, LINKWA_PARAMETERS_CUSTOM), "the least report: no parameters");
    linkwa_callback_free(callback);

    static const char json[] = "{\"messageId\":\"\",\"source\":\"s\",\"content\":{}}";
    callback = parse(json, sizeof json - 1);
    is_str(linkwa_callback_key(callback), "message:", "the least message: its key");
    is_str(linkwa_received_message_message_id(callback), "", "the least message: an empty id is there");
    is_int(linkwa_callback_text_len(callback, linkwa_received_message_message_id(callback)), 0, "the least message: its length");
    is_str(linkwa_received_message_source(callback), "s", "the least message: the source");
    is_str(linkwa_received_message_reply_to(callback), "s", "the least message: the address");
    for EACH (i, message_texts) {
        if (i != 1 && i != 2 && i != 5) {
            is_str(message_texts[i].get(callback), NULL, "the least message: no %s", message_texts[i].name);
        }
    }
    for EACH (i, message_numbers) {
        ok(!message_numbers[i].get(callback, NULL), "the least message: no %s", message_numbers[i].name);
    }
    for EACH (i, message_flags) {
        ok(!message_flags[i].get(callback), "the least message: not %s", message_flags[i].name);
    }
    for EACH (i, message_values) {
        ok(!message_values[i].get(callback, NULL), "the least message: no %s", message_values[i].name);
    }
    linkwa_callback_free(callback);
}

static void parameters(void) {
    linkwa_callback *callback = parse(report_json, sizeof report_json - 1);
    static const char *const expected[][2] = {{"k", "v"}, {"n", "17"}, {"b", "true"}};
    ok(linkwa_callback_has_parameters(callback, LINKWA_PARAMETERS_CUSTOM), "a report has custom parameters");
    is_int(linkwa_callback_parameters_len(callback, LINKWA_PARAMETERS_CUSTOM), 3, "three of them");
    for EACH (i, expected) {
        is_str(linkwa_callback_parameter_name(callback, LINKWA_PARAMETERS_CUSTOM, i), expected[i][0], "the name at %d", (int)i);
        is_str(linkwa_callback_parameter_value(callback, LINKWA_PARAMETERS_CUSTOM, i), expected[i][1], "the value at %d", (int)i);
        is_str(linkwa_callback_parameter(callback, LINKWA_PARAMETERS_CUSTOM, expected[i][0]), expected[i][1], "the value of %s", expected[i][0]);
        is_int(linkwa_callback_text_len(callback, linkwa_callback_parameter_name(callback, LINKWA_PARAMETERS_CUSTOM, i)),
            strlen(expected[i][0]), "the length of the name at %d", (int)i);
        is_int(linkwa_callback_text_len(callback, linkwa_callback_parameter_value(callback, LINKWA_PARAMETERS_CUSTOM, i)),
            strlen(expected[i][1]), "the length of the value at %d", (int)i);
    }
    is_str(linkwa_callback_parameter_name(callback, LINKWA_PARAMETERS_CUSTOM, 3), NULL, "no fourth name");
    is_str(linkwa_callback_parameter_value(callback, LINKWA_PARAMETERS_CUSTOM, SIZE_MAX), NULL, "no last value");
    is_str(linkwa_callback_parameter(callback, LINKWA_PARAMETERS_CUSTOM, "x"), NULL, "no parameter of another name");
    is_str(linkwa_callback_parameter(callback, LINKWA_PARAMETERS_CUSTOM, ""), NULL, "no parameter of an empty name");
    ok(linkwa_callback_has_parameters(callback, LINKWA_PARAMETERS_GATE_CUSTOM), "a report has parameters of its gate");
    is_int(linkwa_callback_parameters_len(callback, LINKWA_PARAMETERS_GATE_CUSTOM), 0, "which are empty");
    ok(!linkwa_callback_has_parameters(callback, LINKWA_PARAMETERS_ROUTE_CUSTOM), "a report has no parameters of a route");
    linkwa_callback_free(callback);
    callback = parse(message_json, sizeof message_json - 1);
    is_str(linkwa_callback_parameter(callback, LINKWA_PARAMETERS_CUSTOM, "c"), "1", "a message's parameter");
    is_str(linkwa_callback_parameter(callback, LINKWA_PARAMETERS_GATE_CUSTOM, "g"), "2", "its gate's");
    is_str(linkwa_callback_parameter(callback, LINKWA_PARAMETERS_ROUTE_CUSTOM, "r"), "3", "its route's");
    linkwa_callback_free(callback);
}

static void extras(void) {
    linkwa_callback *callback = parse(report_json, sizeof report_json - 1);
    is_int(linkwa_callback_extra_len(callback, LINKWA_OBJECT_CALLBACK), 2, "a report with two unknown fields");
    is_str(linkwa_callback_extra_name(callback, LINKWA_OBJECT_CALLBACK, 0), "future", "the first one's name");
    is_str(linkwa_callback_extra_json(callback, LINKWA_OBJECT_CALLBACK, 0), "[1, 2]", "the first one's JSON, as it came");
    is_str(linkwa_callback_extra(callback, LINKWA_OBJECT_CALLBACK, "later"), "\"x\"", "the second one by its name");
    is_int(linkwa_callback_text_len(callback, linkwa_callback_extra(callback, LINKWA_OBJECT_CALLBACK, "later")), 3, "its length");
    is_int(linkwa_callback_text_len(callback, linkwa_callback_extra_name(callback, LINKWA_OBJECT_CALLBACK, 1)), 5, "its name's length");
    is_str(linkwa_callback_extra_name(callback, LINKWA_OBJECT_CALLBACK, 2), NULL, "no third name");
    is_str(linkwa_callback_extra_json(callback, LINKWA_OBJECT_CALLBACK, SIZE_MAX), NULL, "no last JSON");
    is_str(linkwa_callback_extra(callback, LINKWA_OBJECT_CALLBACK, "refId"), NULL, "no kept field of a known name");
    for (int object = LINKWA_OBJECT_CONTENT; object <= LINKWA_OBJECT_ROUTE; object++) {
        is_int(linkwa_callback_extra_len(callback, (linkwa_object)object), 0, "a report has no object %d", object);
    }
    linkwa_callback_free(callback);
    static const char *const names[] = {NULL, "top", "inContent", "inMessage", "inButton", "inContext", "inRoute"};
    callback = parse(message_json, sizeof message_json - 1);
    for (int object = LINKWA_OBJECT_CALLBACK; object <= LINKWA_OBJECT_ROUTE; object++) {
        char expected[2] = {(char)('0' + object), '\0'};
        is_int(linkwa_callback_extra_len(callback, (linkwa_object)object), 1, "object %d of a message has an unknown field", object);
        is_str(linkwa_callback_extra_name(callback, (linkwa_object)object, 0), names[object], "its name");
        is_str(linkwa_callback_extra_json(callback, (linkwa_object)object, 0), expected, "its JSON");
        is_str(linkwa_callback_extra(callback, (linkwa_object)object, names[object]), expected, "by its name");
    }
    linkwa_callback_free(callback);

    /* A known field of an unexpected shape is absent, and kept. */
    static const char json[] = "{\"resultCode\":\"112002\",\"messageId\":\"m\",\"refId\":{\"a\":\"b\"},\"messageIndex\":\"x\",\"customParameters\":[\"y\"]}";
    callback = parse(json, sizeof json - 1);
    is_int(linkwa_event_report_result_code(callback), 112002, "a number that is a string of digits");
    is_str(linkwa_event_report_ref_id(callback), NULL, "a reference of an unexpected shape is absent");
    is_str(linkwa_callback_extra(callback, LINKWA_OBJECT_CALLBACK, "refId"), "{\"a\":\"b\"}", "and kept");
    is_str(linkwa_callback_extra(callback, LINKWA_OBJECT_CALLBACK, "messageIndex"), "\"x\"", "so is an index");
    is_str(linkwa_callback_extra(callback, LINKWA_OBJECT_CALLBACK, "customParameters"), "[\"y\"]", "so are parameters");
    ok(!linkwa_callback_has_parameters(callback, LINKWA_PARAMETERS_CUSTOM), "which are not there");
    linkwa_callback_free(callback);
}

/* Numbers that are in no enum. */
static void other_numbers(void) {
    static const unsigned numbers[] = {0, 4, 12, 99, 0xffffffffu};
    linkwa_callback *callback = parse(message_json, sizeof message_json - 1);
    for EACH (i, numbers) {
        if (numbers[i] != 4) { /* which is an object */
            linkwa_object object = (linkwa_object)numbers[i];
            ok(linkwa_callback_extra_len(callback, object) == 0 && !linkwa_callback_extra_name(callback, object, 0) &&
                   !linkwa_callback_extra_json(callback, object, 0) && !linkwa_callback_extra(callback, object, "top"),
                "there is no object %u", numbers[i]);
        }
        linkwa_parameters which = (linkwa_parameters)numbers[i];
        ok(!linkwa_callback_has_parameters(callback, which) && linkwa_callback_parameters_len(callback, which) == 0 &&
               !linkwa_callback_parameter_name(callback, which, 0) && !linkwa_callback_parameter_value(callback, which, 0) &&
               !linkwa_callback_parameter(callback, which, "c"),
            "there are no parameters %u", numbers[i]);
    }
    linkwa_callback_free(callback);
}

/* U+0000 and other escapes in every kind of text. */
static void embedded_nul(void) {
    static const char json[] =
        "{\"resultCode\":112003,\"messageId\":\"a\\u0000b\",\"refId\":\"\\u00e5\\n\",\"customParameters\":{\"k\\u0000\":\"\\u0000\"},\"x\\u0000y\":\"\\u0000\"}";
    linkwa_callback *callback = parse(json, sizeof json - 1);
    const char *id = linkwa_event_report_message_id(callback), *key = linkwa_callback_key(callback);
    is_int(linkwa_callback_text_len(callback, id), 3, "an id with U+0000: three bytes");
    ok(id && memcmp(id, "a\0b", 4) == 0, "an id with U+0000, and a NUL behind it");
    is_str(linkwa_event_report_ref_id(callback), "\xc3\xa5\n", "other escapes");
    is_str(key, "report:a%00b:%C3%A5%0A:-:112003", "the key is printable ASCII");
    is_int(linkwa_callback_text_len(callback, key), strlen(key), "the key's length");
    const char *name = linkwa_callback_parameter_name(callback, LINKWA_PARAMETERS_CUSTOM, 0);
    const char *value = linkwa_callback_parameter_value(callback, LINKWA_PARAMETERS_CUSTOM, 0);
    is_int(linkwa_callback_text_len(callback, name), 2, "a parameter's name: two bytes");
    is_int(linkwa_callback_text_len(callback, value), 1, "a parameter's value: one byte");
    is_str(linkwa_callback_parameter(callback, LINKWA_PARAMETERS_CUSTOM, "k"), NULL, "it is not found by half of its name");
    const char *field = linkwa_callback_extra_name(callback, LINKWA_OBJECT_CALLBACK, 0);
    is_int(linkwa_callback_text_len(callback, field), 3, "a field's name: three bytes");
    is_str(linkwa_callback_extra_json(callback, LINKWA_OBJECT_CALLBACK, 0), "\"\\u0000\"", "its JSON as it came");
    is_int(linkwa_callback_text_len(callback, "a"), 0, "text_len: 0 for the caller's text");
    is_int(linkwa_callback_text_len(callback, NULL), 0, "text_len: 0 for no text");
    is_int(linkwa_callback_text_len(NULL, id), 0, "text_len: 0 of no callback");
    linkwa_callback_free(callback);
}

/* The bytes are copied, and need no terminating NUL. */
static void length_without_nul(void) {
    char copy[sizeof report_json + 8];
    memset(copy, 'x', sizeof copy);
    memcpy(copy, report_json, sizeof report_json - 1);
    linkwa_callback *callback = parse(copy, sizeof report_json - 1);
    memset(copy, 'y', sizeof copy);
    is_str(linkwa_event_report_message_id(callback), "id-1", "the callback has a copy");
    is_str(linkwa_callback_raw(callback), report_json, "of all of it");
    linkwa_callback_free(callback);
}

static void malformed(void) {
    static const struct {
        const char *bytes;
        size_t len;
        const char *path;
        int64_t position;
        const char *what;
    } cases[] = {
        {"", 0, "", 0, "nothing"},
        {"  [", 3, "", 2, "a list"},
        {"{\"a\":1} x", 9, "", 8, "something behind it"},
        {"{\"a\":1}\0", 8, "", 7, "a NUL behind it"},
        {"{\"a\":\"\xff\"}", 9, "a", 6, "bytes that are not UTF-8"},
        {"{\"a\":1,\"a\":2}", 13, "a", 7, "a key twice"},
        {"{\"a\":\"\\ud800\"}", 14, "a", 6, "a lone surrogate"},
        {"\xef\xbb\xbf{}", 5, "", 0, "a byte order mark"},
        {"{\"a\":", 5, "a", 5, "half an object"},
        {"{}", 2, NULL, 0, "neither kind"},
        {"{\"resultCode\":1}", 16, "messageId", 0, "a report of nothing"},
        {"{\"content\":1}", 13, NULL, -2, "content that is not an object"},
    };
    for EACH (i, cases) {
        linkwa_callback *callback = NULL;
        linkwa_error *err = NULL;
        is_status(linkwa_callback_parse(cases[i].bytes, cases[i].len, &callback, &err), LINKWA_INVALID_CALLBACK, "%s", cases[i].what);
        ok(callback == NULL, "%s: nothing is given", cases[i].what);
        if (cases[i].path) {
            is_str(linkwa_error_path(err), cases[i].path, "%s: the path", cases[i].what);
        }
        if (cases[i].position >= 0) {
            is_int(linkwa_error_position(err), cases[i].position, "%s: the position", cases[i].what);
        }
        linkwa_error_free(err);
    }
}

static void null_arguments(void) {
    linkwa_callback *callback = NULL;
    is_status(linkwa_callback_parse(NULL, 0, &callback, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_callback_parse: no bytes");
    is_status(linkwa_callback_parse("{}", 2, NULL, NULL), LINKWA_INVALID_ARGUMENT, "linkwa_callback_parse: no place");
    is_int(linkwa_callback_kind(NULL), LINKWA_KIND_NONE, "linkwa_callback_kind of NULL");
    is_str(linkwa_callback_key(NULL), NULL, "linkwa_callback_key of NULL");
    is_str(linkwa_callback_raw(NULL), NULL, "linkwa_callback_raw of NULL");
    is_no_report(NULL, "NULL");
    is_no_message(NULL, "NULL");
    is_no_inbound(NULL, "NULL");
    ok(!linkwa_callback_has_parameters(NULL, LINKWA_PARAMETERS_CUSTOM), "linkwa_callback_has_parameters of NULL");
    is_int(linkwa_callback_parameters_len(NULL, LINKWA_PARAMETERS_CUSTOM), 0, "linkwa_callback_parameters_len of NULL");
    is_str(linkwa_callback_parameter_name(NULL, LINKWA_PARAMETERS_CUSTOM, 0), NULL, "linkwa_callback_parameter_name of NULL");
    is_str(linkwa_callback_parameter_value(NULL, LINKWA_PARAMETERS_CUSTOM, 0), NULL, "linkwa_callback_parameter_value of NULL");
    is_str(linkwa_callback_parameter(NULL, LINKWA_PARAMETERS_CUSTOM, "k"), NULL, "linkwa_callback_parameter of NULL");
    is_int(linkwa_callback_extra_len(NULL, LINKWA_OBJECT_CALLBACK), 0, "linkwa_callback_extra_len of NULL");
    is_str(linkwa_callback_extra_name(NULL, LINKWA_OBJECT_CALLBACK, 0), NULL, "linkwa_callback_extra_name of NULL");
    is_str(linkwa_callback_extra_json(NULL, LINKWA_OBJECT_CALLBACK, 0), NULL, "linkwa_callback_extra_json of NULL");
    is_str(linkwa_callback_extra(NULL, LINKWA_OBJECT_CALLBACK, "k"), NULL, "linkwa_callback_extra of NULL");
    callback = parse(report_json, sizeof report_json - 1);
    is_str(linkwa_callback_parameter(callback, LINKWA_PARAMETERS_CUSTOM, NULL), NULL, "linkwa_callback_parameter of no name");
    is_str(linkwa_callback_extra(callback, LINKWA_OBJECT_CALLBACK, NULL), NULL, "linkwa_callback_extra of no name");
    for (size_t i = 0; i < NOT_UTF8; i++) {
        is_str(linkwa_callback_parameter(callback, LINKWA_PARAMETERS_CUSTOM, not_utf8[i]), NULL, "linkwa_callback_parameter: no UTF-8 %d", (int)i);
        is_str(linkwa_callback_extra(callback, LINKWA_OBJECT_CALLBACK, not_utf8[i]), NULL, "linkwa_callback_extra: no UTF-8 %d", (int)i);
    }
    linkwa_callback_free(callback);
    linkwa_callback_free(NULL);
    ok(true, "linkwa_callback_free: NULL is fine");
}

/* ---- Functions around callbacks ---- */

static void care_window(void) {
    const int64_t day = 24 * 60 * 60 * 1000;
    int64_t closes = 0;
    ok(linkwa_care_window(instant_ms, instant_ms, &closes), "the care window is open at first");
    is_int(closes, instant_ms + day, "it closes a day later");
    ok(linkwa_care_window(instant_ms, instant_ms + day - 1, NULL), "it is open just before");
    closes = 0;
    ok(!linkwa_care_window(instant_ms, instant_ms + day, &closes), "then it is closed");
    is_int(closes, instant_ms + day, "when it closed is written all the same");
    ok(linkwa_care_window(instant_ms, instant_ms - day, NULL), "it is open for a clock that is late");
    /* No overflow for any times. */
    linkwa_care_window(INT64_MIN, INT64_MAX, &closes);
    linkwa_care_window(INT64_MAX, INT64_MIN, &closes);
    linkwa_care_window(INT64_MAX, INT64_MAX, &closes);
    linkwa_care_window(INT64_MIN, INT64_MIN, NULL);
    ok(true, "moments at the ends of time");
}

static void addresses(void) {
    ok(linkwa_is_gateway_address("195.84.162.34"), "an address of LINK");
    ok(linkwa_is_gateway_address("::ffff:195.84.162.34"), "the same, written as IPv6");
    static const char *const others[] = {"127.0.0.1", "195.84.162.34:80", " 195.84.162.34", "195.84.162.034", "", "localhost", "::1", NULL};
    for EACH (i, others) {
        ok(!linkwa_is_gateway_address(others[i]), "no address of LINK: %s", others[i] ? others[i] : "NULL");
    }
    for (size_t i = 0; i < NOT_UTF8; i++) {
        ok(!linkwa_is_gateway_address(not_utf8[i]), "no address: no UTF-8 %d", (int)i);
    }
}

/* Every field of all three callbacks, and paths that find nothing. The shared vectors have more callbacks. */
static void by_path(void) {
    static const struct {
        const char *path, *expected;
    } report_paths[] = {
        {"messageId", "id-1"}, {"refId", "ref-1"}, {"messageType", "text"}, {"messageIndex", "0"},
        {"timestamp", "2020-03-18T16:49:21.250Z"}, {"resultCode", "112003"}, {"resultDescription", "Delivered"},
        {"customParameters.k", "v"}, {"customParameters.n", "17"}, {"customParameters.b", "true"},
        {"customParameters", NULL}, {"customParameters.", NULL}, {"customParameters.x", NULL}, {"gateCustomParameters", NULL},
        {"future", NULL}, {"later", NULL}, {"key", NULL}, {"status", NULL}, {"source", NULL}, {"", NULL}, {".", NULL}, {"refId.", NULL},
        {"refid", NULL}, {"refId[0]", NULL}, {"ref_id", NULL},
    }, message_paths[] = {
        {"destination", FROM}, {"source", TO}, {"provider", "whatsapp"}, {"timestamp", "2020-03-18T16:49:22Z"}, {"messageId", "in-1"},
        {"providerTimestamp", "2020-03-18T16:49:21Z"}, {"providerMessageId", "wamid-1"}, {"customParameters.c", "1"},
        {"gateCustomParameters.g", "2"}, {"content", NULL}, {"content.type", "WHATSAPP"}, {"content.message", NULL},
        {"content.message.contentType", "BUTTON"}, {"content.message.text", "Yes"}, {"content.message.button", NULL},
        {"content.message.button.text", "Yes"}, {"content.message.button.payload", "yes-17"},
        {"content.message.context.source", FROM}, {"content.message.context.messageId", "id-1"}, {"content.message.media.source", NULL},
        {"route.id", "route-1"}, {"route.refId", "rr"}, {"route.platformId", "p"}, {"route.platformPartnerId", "pp"},
        {"route.platformServiceType", "st"}, {"route.platformServiceId", "s"}, {"route.number", FROM}, {"route.gateIds", NULL},
        {"route.gateIds[0]", "g1"}, {"route.gateIds[1]", "g2"}, {"route.gateIds[2]", NULL}, {"route.gateIds[00]", NULL},
        {"route.gateIds.0", NULL}, {"route.type", "KEYWORD_ROUTE"}, {"route.keyword", "YES"}, {"route.keywordType", "PREFIX"},
        {"route.active", "true"}, {"route.shared", "false"}, {"route.start", "2020-01-01T00:00:00Z"},
        {"route.end", "2021-01-01T00:00:00Z"}, {"route.description", "Votes"}, {"route.customParameters.r", "3"},
        {"route.inRoute", NULL}, {"text", NULL}, {"resultCode", NULL},
    }, inbound_paths[] = {
        {"content.message.media.source", "https://example.com/a"}, {"content.message.media.type", "image/png"},
        {"content.message.media.caption", "Cat"}, {"content.message.location.latitude", "59.5"},
        {"content.message.location.longitude", "-10.25"}, {"content.message.location.name", "Office"},
        {"content.message.location.address", "Street 1"}, {"content.message.location.url", "https://example.com"},
        {"content.message.contacts", NULL}, {"content.message.contacts[0].name.formatted_name", "Anna"},
        {"content.message.contacts[0].phones[0].phone", "1"}, {"content.message.contacts[0].phones[1].phone", "2"},
        {"content.message.contacts[0].phones[2].phone", NULL}, {"content.message.contacts[1].phones[0].phone", NULL},
        {"content.message.interactive.type", "list_reply"}, {"content.message.interactive.button_reply.id", "b"},
        {"content.message.interactive.button_reply.title", "B"}, {"content.message.interactive.list_reply.id", "l"},
        {"content.message.interactive.list_reply.title", "L"}, {"content.message.interactive.list_reply.description", "D"},
    };
#define PATHS(json, paths) \
    do { \
        linkwa_callback *callback = parse(json, sizeof json - 1); \
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) { \
            size_t len = 77; \
            const char *found = linkwa_callback_get(callback, paths[i].path, &len); \
            is_str(found, paths[i].expected, "linkwa_callback_get: %s", paths[i].path); \
            is_int(len, found ? strlen(found) : 77, "linkwa_callback_get: %s: its length", paths[i].path); \
            is_int(linkwa_callback_text_len(callback, found), found ? len : 0, "linkwa_callback_text_len of %s", paths[i].path); \
            ok(linkwa_callback_get(callback, paths[i].path, NULL) == found, "linkwa_callback_get: %s: again, without a length", paths[i].path); \
        } \
        linkwa_callback_free(callback); \
    } while (0)
    PATHS(report_json, report_paths);
    PATHS(message_json, message_paths);
    PATHS(inbound_json, inbound_paths);

    static const char odd[] = "{\"messageId\":\"a\\u0000b\",\"resultCode\":-1,\"timestamp\":[17],\"customParameters\":{\"a.b\":\"dotted\",\"\":\"empty\"}}";
    linkwa_callback *callback = parse(odd, sizeof odd - 1);
    size_t len = 77;
    is_str(linkwa_callback_get(callback, "messageId", &len), "a", "a text with U+0000");
    is_int(len, 3, "its length");
    is_str(linkwa_callback_get(callback, "resultCode", NULL), "-1", "a negative number");
    is_str(linkwa_callback_get(callback, "timestamp", NULL), NULL, "a field of an unexpected shape");
    is_str(linkwa_callback_get(callback, "customParameters.a.b", NULL), "dotted", "a parameter with a dot in its name");
    is_str(linkwa_callback_get(callback, "customParameters.", NULL), "empty", "a parameter without a name");
    is_str(linkwa_callback_get(callback, NULL, NULL), NULL, "no path");
    is_str(linkwa_callback_get(NULL, "messageId", NULL), NULL, "no callback");
    for (size_t i = 0; i < NOT_UTF8; i++) {
        is_str(linkwa_callback_get(callback, not_utf8[i], NULL), NULL, "a path that is not UTF-8");
    }
    linkwa_callback_free(callback);
}

int main(void) {
    by_path();
    report();
    received();
    inbound();
    only_required_fields();
    parameters();
    extras();
    other_numbers();
    embedded_nul();
    length_without_nul();
    malformed();
    null_arguments();
    care_window();
    addresses();
    return done();
}
