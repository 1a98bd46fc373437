/* wrong: keep the object in a variable */
#include <linkwa.hpp>

std::size_t texts(std::string_view body);
std::size_t texts(std::string_view body) {
#ifdef WRONG
    const auto message = linkwa::parse_callback(body).received_message();
#else
    const linkwa::Callback callback = linkwa::parse_callback(body);
    const auto message = callback.received_message();
#endif
    return message ? message->message_id().size() : 0;
}
