/* wrong, clang++: -Wdangling */
#include <linkwa.hpp>

const char *caption();
const char *caption() {
#ifdef WRONG
    const linkwa_message *message = linkwa::Message::text("Hello").get();
#else
    const linkwa::Message owner = linkwa::Message::text("Hello");
    const linkwa_message *message = owner.get();
#endif
    return linkwa_message_type(message);
}
