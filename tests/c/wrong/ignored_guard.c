/* wrong: -Wunused-result */
#include <linkwa.h>

linkwa_refusal check(const linkwa_callback_guard *guard);
linkwa_refusal check(const linkwa_callback_guard *guard) {
#ifdef WRONG
    linkwa_callback_guard_check(guard, "192.0.2.1", NULL, 0, 0, NULL);
    return LINKWA_REFUSAL_NONE;
#else
    return linkwa_callback_guard_check(guard, "192.0.2.1", NULL, 0, 0, NULL);
#endif
}
