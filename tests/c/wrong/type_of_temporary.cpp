/* wrong, clang++: -Wdangling */
#include <linkwa.hpp>

std::size_t type();
std::size_t type() {
#ifdef WRONG
    const std::string_view type = linkwa::Message::text("Hello").type();
#else
    const linkwa::Message message = linkwa::Message::text("Hello");
    const std::string_view type = message.type();
#endif
    return type.size();
}
