/* Values that vectors.py writes, and their reader in C: JSON values without JSON.
 *
 * An item is a letter, a length in decimal, a colon, as many bytes, and a line feed. The letter says what it is:
 *
 *   s  a text; its bytes                     "s5:hello\n"
 *   i  an integer, in decimal                "i3:-17\n"
 *   d  a number with a fraction             "d4:-1.5\n"
 *   b  "true" or "false"                     "b4:true\n"
 *   n  null; no bytes                        "n0:\n"
 *   l  a list; the number of its items, which follow                                 "l1:2\n" "s1:a\n" "s1:b\n"
 *   m  a map; the number of its members, each of which follows as a text and a value "m1:1\n" "s2:id\n" "i1:7\n"
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct value {
    char type;      /* one of the letters */
    char *bytes;    /* the item's bytes, with a NUL behind them */
    size_t len;     /* of the bytes */
    size_t count;   /* items of a list, members of a map */
    struct value *items; /* of a map: name, value, name, value, ... */
};

/* Reads a file of one value; ends the program if it is invalid. */
struct value *value_read(const char *path);
void value_free(struct value *value);

/* A member of a map; NULL if it is absent. */
const struct value *value_member(const struct value *map, const char *name);
const struct value *value_member_of_len(const struct value *map, const char *name, size_t len);
/* A required member. */
const struct value *value_needed(const struct value *map, const char *name);

int64_t value_int(const struct value *value);
bool value_is(const struct value *value, const char *text);
bool value_is_null(const struct value *value);

#endif
