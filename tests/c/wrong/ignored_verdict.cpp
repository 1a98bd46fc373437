/* wrong: -Wunused-result */
#include <linkwa.hpp>

bool check(const linkwa::CallbackGuard &guard);
bool check(const linkwa::CallbackGuard &guard) {
#ifdef WRONG
    guard.check("192.0.2.1", {}, 0);
    return true;
#else
    return static_cast<bool>(guard.check("192.0.2.1", {}, 0));
#endif
}
