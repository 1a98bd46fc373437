/* Checks that print TAP (testanything.org) on standard output, one line each. A failed check also prints its place in the source
 * and the expected value. Not thread-safe. */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, #condition, __VA_ARGS__)
#define is_int(found, expected, ...) tap_is_int((long long)(found), (long long)(expected), __FILE__, __LINE__, __VA_ARGS__)
/* Texts end with NUL; NULL equals only NULL. */
#define is_str(found, expected, ...) tap_is_str((found), (expected), __FILE__, __LINE__, __VA_ARGS__)

bool tap_ok(bool passed, const char *file, int line, const char *condition, const char *name, ...);
bool tap_is_int(long long found, long long expected, const char *file, int line, const char *name, ...);
bool tap_is_str(const char *found, const char *expected, const char *file, int line, const char *name, ...);

/* A comment line. */
void note(const char *format, ...);

/* Prints the plan, and returns the result of main(): 1 if a check failed or there was none. */
int done(void);

/* Ends the program because its environment is not as required. */
void bail_out(const char *format, ...);

#endif
