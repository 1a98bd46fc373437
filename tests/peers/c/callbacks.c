/*
 * Callbacks: linkwa_callback_parse() beside yyjson and, where it is there, cJSON. Each side reads the body, looks at the type of every
 * field that an event report or a received message has, gets the same fields, and frees what it has. `callbacks INPUTS`
 */
#include "measure.h"

#include <linkwa.h>
#include <yyjson.h>
#ifdef HAVE_CJSON
#include <cjson/cJSON.h>
#endif

#define FIELDS 6

static char *body_report, *body_message;
static size_t len_report, len_message;

/* What the last call has read, of what the side still holds; and a copy, to compare. */
static const char *volatile seen[FIELDS];
static volatile long long seen_code;
static bool keeps;
static char kept[FIELDS][64];
static long long kept_code;

static bool see(const char *const *fields, int count, long long code) {
    for (int i = 0; i < count; i++) {
        if (!fields[i]) {
            return false;
        }
        seen[i] = fields[i];
        if (keeps) {
            snprintf(kept[i], sizeof kept[i], "%s", fields[i]);
        }
    }
    seen_code = code;
    if (keeps) {
        kept_code = code;
    }
    return true;
}

static bool our_report(void) {
    linkwa_callback *callback = NULL;
    if (linkwa_callback_parse(body_report, len_report, &callback, NULL) != LINKWA_OK) {
        return false;
    }
    const char *fields[] = {linkwa_event_report_message_id(callback), linkwa_event_report_ref_id(callback),
                            linkwa_event_report_result_description(callback)};
    const bool ok = see(fields, 3, linkwa_event_report_result_code(callback));
    linkwa_callback_free(callback);
    return ok;
}

static bool our_message(void) {
    linkwa_callback *callback = NULL;
    if (linkwa_callback_parse(body_message, len_message, &callback, NULL) != LINKWA_OK) {
        return false;
    }
    const char *fields[] = {
        linkwa_received_message_message_id(callback),  linkwa_received_message_source(callback),
        linkwa_received_message_destination(callback), linkwa_received_message_text(callback),
        linkwa_received_message_route_id(callback),    linkwa_received_message_route_number(callback),
    };
    const bool ok = see(fields, 6, 0);
    linkwa_callback_free(callback);
    return ok;
}

/* What a field may be. */
typedef enum { TEXT, WHOLE, FLAG, TEXTS, PARAMETERS, OBJECT } shape_t;

typedef struct field {
    const char *name;
    shape_t shape;
    bool needed;
    const struct field *fields; /* of an object; ends with one without a name */
} field_t;

static const field_t report_fields[] = {
    {"messageId", TEXT, false, NULL},
    {"refId", TEXT, false, NULL},
    {"messageType", TEXT, false, NULL},
    {"messageIndex", WHOLE, false, NULL},
    {"timestamp", TEXT, false, NULL},
    {"resultCode", WHOLE, true, NULL},
    {"resultDescription", TEXT, false, NULL},
    {"gateCustomParameters", PARAMETERS, false, NULL},
    {"customParameters", PARAMETERS, false, NULL},
    {NULL, TEXT, false, NULL},
};

static const field_t button_fields[] = {{"text", TEXT, false, NULL}, {"payload", TEXT, false, NULL}, {NULL, TEXT, false, NULL}};
static const field_t context_fields[] = {{"source", TEXT, false, NULL}, {"messageId", TEXT, false, NULL}, {NULL, TEXT, false, NULL}};
static const field_t inner_fields[] = {
    {"contentType", TEXT, false, NULL},
    {"text", TEXT, false, NULL},
    {"button", OBJECT, false, button_fields},
    {"context", OBJECT, false, context_fields},
    {NULL, TEXT, false, NULL},
};
static const field_t content_fields[] = {{"type", TEXT, false, NULL}, {"message", OBJECT, false, inner_fields}, {NULL, TEXT, false, NULL}};
static const field_t route_fields[] = {
    {"id", TEXT, false, NULL},
    {"refId", TEXT, false, NULL},
    {"platformId", TEXT, false, NULL},
    {"platformPartnerId", TEXT, false, NULL},
    {"platformServiceType", TEXT, false, NULL},
    {"platformServiceId", TEXT, false, NULL},
    {"number", TEXT, false, NULL},
    {"gateIds", TEXTS, false, NULL},
    {"customParameters", PARAMETERS, false, NULL},
    {"type", TEXT, false, NULL},
    {"keyword", TEXT, false, NULL},
    {"keywordType", TEXT, false, NULL},
    {"active", FLAG, false, NULL},
    {"start", TEXT, false, NULL},
    {"end", TEXT, false, NULL},
    {"shared", FLAG, false, NULL},
    {"description", TEXT, false, NULL},
    {NULL, TEXT, false, NULL},
};
static const field_t message_fields[] = {
    {"destination", TEXT, false, NULL},
    {"source", TEXT, true, NULL},
    {"content", OBJECT, true, content_fields},
    {"provider", TEXT, false, NULL},
    {"timestamp", TEXT, false, NULL},
    {"messageId", TEXT, true, NULL},
    {"providerTimestamp", TEXT, false, NULL},
    {"providerMessageId", TEXT, false, NULL},
    {"route", OBJECT, false, route_fields},
    {"gateCustomParameters", PARAMETERS, false, NULL},
    {"customParameters", PARAMETERS, false, NULL},
    {NULL, TEXT, false, NULL},
};

/* As deep as linkwa goes, the object at the top included. */
#define MAX_DEPTH 64

/* What yyjson does not refuse and linkwa does: a name that comes twice in its object, and too deep nesting, wherever it is. Names
 * are compared decoded. */
static bool yy_is_strict(yyjson_val *value, int depth) {
    size_t index, count;
    yyjson_val *name, *item;
    if (depth > MAX_DEPTH) {
        return false;
    }
    if (yyjson_is_arr(value)) {
        yyjson_arr_foreach(value, index, count, item) {
            if (yyjson_is_ctn(item) && !yy_is_strict(item, depth + 1)) {
                return false;
            }
        }
        return true;
    }
    yyjson_obj_foreach(value, index, count, name, item) {
        const size_t len = yyjson_get_len(name);
        const char *text = yyjson_get_str(name);
        yyjson_obj_iter before = yyjson_obj_iter_with(value);
        for (size_t other = 0; other < index; other++) {
            yyjson_val *earlier = yyjson_obj_iter_next(&before);
            if (yyjson_get_len(earlier) == len && memcmp(yyjson_get_str(earlier), text, len) == 0) {
                return false;
            }
        }
        if (yyjson_is_ctn(item) && !yy_is_strict(item, depth + 1)) {
            return false;
        }
    }
    return true;
}

static bool yy_is_object(yyjson_val *object, const field_t *fields);

static bool yy_is(yyjson_val *value, const field_t *field) {
    size_t index, count;
    yyjson_val *name, *item;
    switch (field->shape) {
    case TEXT:
        return yyjson_is_str(value);
    case WHOLE:
        return yyjson_is_int(value);
    case FLAG:
        return yyjson_is_bool(value);
    case TEXTS:
        if (!yyjson_is_arr(value)) {
            return false;
        }
        yyjson_arr_foreach(value, index, count, item) {
            if (!yyjson_is_str(item)) {
                return false;
            }
        }
        return true;
    case PARAMETERS:
        if (!yyjson_is_obj(value)) {
            return false;
        }
        yyjson_obj_foreach(value, index, count, name, item) {
            if (!yyjson_is_str(item)) {
                return false;
            }
        }
        return true;
    case OBJECT:
    default:
        return yy_is_object(value, field->fields);
    }
}

static bool yy_is_object(yyjson_val *object, const field_t *fields) {
    if (!yyjson_is_obj(object)) {
        return false;
    }
    /* An iterator finds names in about the order of the object, which is the fast way that yyjson has. */
    yyjson_obj_iter iter = yyjson_obj_iter_with(object);
    for (const field_t *field = fields; field->name; field++) {
        yyjson_val *value = yyjson_obj_iter_get(&iter, field->name);
        if (!value || yyjson_is_null(value) ? field->needed : !yy_is(value, field)) {
            return false;
        }
    }
    return true;
}

static bool yy_see_report(yyjson_val *root) {
    if (!yy_is_object(root, report_fields)) {
        return false;
    }
    const char *fields[] = {yyjson_get_str(yyjson_obj_get(root, "messageId")), yyjson_get_str(yyjson_obj_get(root, "refId")),
                            yyjson_get_str(yyjson_obj_get(root, "resultDescription"))};
    return see(fields, 3, yyjson_get_sint(yyjson_obj_get(root, "resultCode")));
}

static bool yy_see_message(yyjson_val *root) {
    if (!yy_is_object(root, message_fields)) {
        return false;
    }
    yyjson_val *inner = yyjson_obj_get(yyjson_obj_get(root, "content"), "message"), *route = yyjson_obj_get(root, "route");
    const char *fields[] = {
        yyjson_get_str(yyjson_obj_get(root, "messageId")),   yyjson_get_str(yyjson_obj_get(root, "source")),
        yyjson_get_str(yyjson_obj_get(root, "destination")), yyjson_get_str(yyjson_obj_get(inner, "text")),
        yyjson_get_str(yyjson_obj_get(route, "id")),         yyjson_get_str(yyjson_obj_get(route, "number")),
    };
    return see(fields, 6, 0);
}

/* Told which kind it is, and with no checks but those of its types. */
static bool yy_told(const char *body, size_t len, bool (*see_it)(yyjson_val *)) {
    yyjson_doc *doc = yyjson_read(body, len, YYJSON_READ_NOFLAG);
    const bool ok = see_it(yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    return ok;
}

/* With the checks that linkwa has too, finding out which kind it is. */
static bool yy_strict(const char *body, size_t len) {
    yyjson_doc *doc = yyjson_read(body, len, YYJSON_READ_NOFLAG);
    yyjson_val *root = yyjson_doc_get_root(doc);
    bool ok = yyjson_is_obj(root) && yy_is_strict(root, 1);
    if (ok) {
        yyjson_val *content = yyjson_obj_get(root, "content");
        ok = content && !yyjson_is_null(content) ? yy_see_message(root) : yy_see_report(root);
    }
    yyjson_doc_free(doc);
    return ok;
}

static bool yyjson_report(void) {
    return yy_told(body_report, len_report, yy_see_report);
}

static bool yyjson_message(void) {
    return yy_told(body_message, len_message, yy_see_message);
}

static bool strict_report(void) {
    return yy_strict(body_report, len_report);
}

static bool strict_message(void) {
    return yy_strict(body_message, len_message);
}

static bool ours_reads(const char *text) {
    linkwa_callback *callback = NULL;
    const bool ok = linkwa_callback_parse(text, strlen(text), &callback, NULL) == LINKWA_OK;
    linkwa_callback_free(callback);
    return ok;
}

/* That the checks refuse what linkwa refuses, and nothing that it reads. */
static void compare_checks(void) {
    static const char *const texts[] = {
        "{\"refId\":\"r\",\"resultCode\":1,\"refId\":\"r\",\"messageId\":\"m\",\"resultDescription\":\"d\"}",
        "{\"refId\":\"r\",\"resultCode\":1,\"\\u0072efId\":\"r\",\"messageId\":\"m\",\"resultDescription\":\"d\"}",
        "{\"refId\":\"r\",\"resultCode\":1,\"messageId\":\"m\",\"resultDescription\":\"d\",\"x\":[{\"y\":1,\"z\":2,\"y\":3}]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (yy_strict(texts[i], strlen(texts[i])) || ours_reads(texts[i])) {
            die("a name that comes twice is not refused");
        }
    }
    for (int depth = MAX_DEPTH; depth <= MAX_DEPTH + 1; depth++) {
        char text[512] = "{\"refId\":\"r\",\"resultCode\":1,\"messageId\":\"m\",\"resultDescription\":\"d\",\"x\":";
        for (int i = 1; i < depth; i++) {
            strcat(text, "[");
        }
        for (int i = 1; i < depth; i++) {
            strcat(text, "]");
        }
        strcat(text, "}");
        const bool fits = depth <= MAX_DEPTH;
        if (ours_reads(text) != fits || yy_strict(text, strlen(text)) != fits) {
            die("what is too deep is not refused");
        }
    }
}

#ifdef HAVE_CJSON
static bool c_is_object(const cJSON *object, const field_t *fields);

static bool c_is(const cJSON *value, const field_t *field) {
    const cJSON *item;
    switch (field->shape) {
    case TEXT:
        return cJSON_IsString(value);
    case WHOLE:
        return cJSON_IsNumber(value) && value->valuedouble == (double)(long long)value->valuedouble;
    case FLAG:
        return cJSON_IsBool(value);
    case TEXTS:
    case PARAMETERS:
        if (!(field->shape == TEXTS ? cJSON_IsArray(value) : cJSON_IsObject(value))) {
            return false;
        }
        cJSON_ArrayForEach(item, value) {
            if (!cJSON_IsString(item)) {
                return false;
            }
        }
        return true;
    case OBJECT:
    default:
        return c_is_object(value, field->fields);
    }
}

static bool c_is_object(const cJSON *object, const field_t *fields) {
    if (!cJSON_IsObject(object)) {
        return false;
    }
    for (const field_t *field = fields; field->name; field++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, field->name);
        if (!value || cJSON_IsNull(value) ? field->needed : !c_is(value, field)) {
            return false;
        }
    }
    return true;
}

static const char *c_text(const cJSON *object, const char *name) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static bool cjson_report(void) {
    cJSON *root = cJSON_ParseWithLength(body_report, len_report);
    bool ok = c_is_object(root, report_fields);
    if (ok) {
        const char *fields[] = {c_text(root, "messageId"), c_text(root, "refId"), c_text(root, "resultDescription")};
        ok = see(fields, 3, (long long)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(root, "resultCode")));
    }
    cJSON_Delete(root);
    return ok;
}

static bool cjson_message(void) {
    cJSON *root = cJSON_ParseWithLength(body_message, len_message);
    bool ok = c_is_object(root, message_fields);
    if (ok) {
        const cJSON *inner = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(root, "content"), "message");
        const cJSON *route = cJSON_GetObjectItemCaseSensitive(root, "route");
        const char *fields[] = {c_text(root, "messageId"), c_text(root, "source"), c_text(root, "destination"),
                                c_text(inner, "text"),     c_text(route, "id"),    c_text(route, "number")};
        ok = see(fields, 6, 0);
    }
    cJSON_Delete(root);
    return ok;
}
#endif

/* Both sides read the same. */
static void compare(call_fn ours, call_fn theirs) {
    char mine[FIELDS][64] = {{0}};
    keeps = true;
    memset(kept, 0, sizeof kept);
    if (!ours()) {
        die("linkwa fails");
    }
    memcpy(mine, kept, sizeof mine);
    const long long code = kept_code;
    memset(kept, 0, sizeof kept);
    if (!theirs() || memcmp(mine, kept, sizeof mine) != 0 || code != kept_code) {
        die("the sides differ");
    }
    keeps = false;
}

static bool version(void) {
    return linkwa_version() != NULL;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        die("usage: callbacks INPUTS");
    }
    body_report = read_input(argv[1], "event-report.json", &len_report);
    body_message = read_input(argv[1], "received-message.json", &len_message);
    compare_checks();
    compare(our_report, strict_report);
    compare(our_message, strict_message);
    compare(our_report, yyjson_report);
    compare(our_message, yyjson_message);
    pair("c-report/yyjson-same-checks", our_report, strict_report);
    pair("c-message/yyjson-same-checks", our_message, strict_message);
    pair("c-report/yyjson", our_report, yyjson_report);
    pair("c-message/yyjson", our_message, yyjson_message);
#ifdef HAVE_CJSON
    compare(our_report, cjson_report);
    compare(our_message, cjson_message);
    pair("c-report/cjson", our_report, cjson_report);
    pair("c-message/cjson", our_message, cjson_message);
#endif
    floor_of("c-call/a call of the library that does nothing", version);
    free(body_report);
    free(body_message);
    return 0;
}
