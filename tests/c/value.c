#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static size_t number(const char *bytes) {
    return (size_t)strtoull(bytes, NULL, 10);
}

static void read_item(FILE *file, struct value *value) {
    int type = getc(file);
    char digits[24] = "";
    if (type == EOF || !strchr("sidbnlm", type) || fscanf(file, "%20[0-9]", digits) != 1 || getc(file) != ':') {
        bail_out("no item at byte %ld of the vectors", ftell(file));
    }
    value->type = (char)type;
    value->len = number(digits);
    value->bytes = malloc(value->len + 1);
    if (!value->bytes || fread(value->bytes, 1, value->len, file) != value->len || getc(file) != '\n') {
        bail_out("an item is cut off at byte %ld of the vectors", ftell(file));
    }
    value->bytes[value->len] = '\0';
    value->count = 0;
    value->items = NULL;
    if (type != 'l' && type != 'm') {
        return;
    }
    value->count = number(value->bytes);
    size_t inside = type == 'm' ? 2 * value->count : value->count;
    value->items = calloc(inside + 1, sizeof *value->items);
    if (!value->items) {
        bail_out("no memory");
    }
    for (size_t i = 0; i < inside; i++) {
        read_item(file, &value->items[i]);
    }
}

struct value *value_read(const char *path) {
    FILE *file = path ? fopen(path, "rb") : NULL;
    struct value *value = calloc(1, sizeof *value);
    if (!file || !value) {
        bail_out("cannot open %s", path ? path : "the vectors: LINKWA_VECTORS is not set");
    }
    read_item(file, value);
    if (getc(file) != EOF) {
        bail_out("%s goes on behind its value", path);
    }
    fclose(file);
    return value;
}

static void free_inside(struct value *value) {
    size_t inside = value->type == 'm' ? 2 * value->count : value->count;
    for (size_t i = 0; i < inside; i++) {
        free_inside(&value->items[i]);
    }
    free(value->items);
    free(value->bytes);
}

void value_free(struct value *value) {
    free_inside(value);
    free(value);
}

const struct value *value_member_of_len(const struct value *map, const char *name, size_t len) {
    for (size_t i = 0; map && map->type == 'm' && i < map->count; i++) {
        const struct value *key = &map->items[2 * i];
        if (key->len == len && memcmp(key->bytes, name, len) == 0) {
            return key + 1;
        }
    }
    return NULL;
}

const struct value *value_member(const struct value *map, const char *name) {
    return value_member_of_len(map, name, strlen(name));
}

const struct value *value_needed(const struct value *map, const char *name) {
    const struct value *value = value_member(map, name);
    if (!value) {
        bail_out("a vector has no member `%s`", name);
    }
    return value;
}

int64_t value_int(const struct value *value) {
    if (value->type != 'i') {
        bail_out("not an integer: %s", value->bytes);
    }
    return strtoll(value->bytes, NULL, 10);
}

bool value_is(const struct value *value, const char *text) {
    return value->type == 's' && value->len == strlen(text) && memcmp(value->bytes, text, value->len) == 0;
}

bool value_is_null(const struct value *value) {
    return value->type == 'n';
}
