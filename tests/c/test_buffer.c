/* Buffers. */
#include <stdlib.h>
#include <string.h>

#include "help.h"

/* "0b8f7a52-4f0e-4d0a-8b0e-3f5a0a4c6d7e" */
static bool is_uuid(const char *text) {
    if (strlen(text) != 36 || strspn(text, "0123456789abcdef-") != 36) {
        return false;
    }
    return text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' && text[14] == '4';
}

static void references(void) {
    linkwa_buffer *one = linkwa_new_ref_id();
    linkwa_buffer *other = linkwa_new_ref_id();
    ok(one && other, "linkwa_new_ref_id gives a buffer");
    is_int(linkwa_buffer_len(one), 36, "a reference has 36 bytes");
    ok(is_uuid(linkwa_buffer_data(one)), "a reference is a random UUID: %s", linkwa_buffer_data(one));
    ok(is_uuid(linkwa_buffer_data(other)), "so is another");
    ok(strcmp(linkwa_buffer_data(one), linkwa_buffer_data(other)) != 0, "two references differ");
    ok(linkwa_buffer_data(one) == linkwa_buffer_data(one), "a buffer's bytes stay where they are");
    linkwa_buffer_free(one);
    linkwa_buffer_free(other);
}

static int compare(const void *one, const void *other) {
    return strcmp(one, other);
}

static void many_references(void) {
    enum { MANY = 1000, SIZE = 37 };
    static char all[MANY][SIZE];
    for (size_t i = 0; i < MANY; i++) {
        linkwa_buffer *buffer = linkwa_new_ref_id();
        memcpy(all[i], linkwa_buffer_data(buffer), SIZE);
        linkwa_buffer_free(buffer);
    }
    qsort(all, MANY, SIZE, compare);
    size_t same = 0;
    for (size_t i = 1; i < MANY; i++) {
        same += strcmp(all[i - 1], all[i]) == 0;
    }
    is_int(same, 0, "of a thousand references no two are the same");
}

/* In a request U+0000 is written as an escape of six characters. */
static void length(void) {
    const char json[] = WHOLE(TO);
    linkwa_buffer *buffer = NULL;
    is_status(linkwa_build_request(json, sizeof json - 1, &buffer, NULL), LINKWA_OK, "a request is built");
    const char *data = linkwa_buffer_data(buffer);
    is_int(linkwa_buffer_len(buffer), strlen(data), "the length is that of the bytes");
    is_int(data[linkwa_buffer_len(buffer)], 0, "a NUL is behind the bytes");
    linkwa_buffer_free(buffer);
}

static void null_arguments(void) {
    ok(linkwa_buffer_data(NULL) == NULL, "linkwa_buffer_data: NULL for NULL");
    is_int(linkwa_buffer_len(NULL), 0, "linkwa_buffer_len: 0 for NULL");
    linkwa_buffer_free(NULL);
    ok(true, "linkwa_buffer_free: NULL is fine");
}

int main(void) {
    references();
    many_references();
    length();
    null_arguments();
    return done();
}
