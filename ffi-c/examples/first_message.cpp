/*
 * The first message, in C++17: sends a text and reports the outcome.
 *
 *     c++ -std=c++17 -Wall first_message.cpp $(pkg-config --cflags --libs linkwa) -o first_message
 *     ./first_message [NUMBER [TEXT]]
 *
 * The environment selects the gateway and the account: LINKWA_REGION or LINKWA_BASE_URL, LINKWA_USERNAME, LINKWA_PASSWORD,
 * LINKWA_PLATFORM_ID, LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE.
 */
#include <linkwa.hpp>

#include <iostream>

namespace {

// What the person who runs the program does next.
enum Next { ACCEPTED = 0, FIX = 1, RECONCILE = 2, RUN_AGAIN = 3 };

Next explain(const linkwa::Error &error) {
    std::cerr << error.what() << '\n';
    switch (error.outcome()) {
    case LINKWA_MESSAGE_UNKNOWN:
        // It may have been accepted. Sending it again now could send it twice.
        std::cerr << "Do not send it again before you have looked for the event report of "
                  << error.ref_id().value_or("this request") << ".\n";
        return RECONCILE;
    case LINKWA_MESSAGE_NOT_SENT:
        // Nothing left this machine. If the network was the cause, the same message may be sent again.
        return error.code() == LINKWA_NOT_SENT ? RUN_AGAIN : FIX;
    default:
        return FIX;
    }
}

} // namespace

int main(int argc, char **argv) {
    const char *to = argc > 1 ? argv[1] : "+46000000001"; // an unassigned number
    const char *text = argc > 2 ? argv[2] : "Hello";
    try {
        const linkwa::Client client = linkwa::Client::from_env();
        const linkwa::Result sent = client.send_text(to, text);
        std::cout << "accepted: refId " << sent.ref_id() << '\n';
        for (const std::string_view id : sent.message_ids()) {
            std::cout << "message id " << id << '\n';
        }
        return ACCEPTED;
    } catch (const linkwa::Error &error) {
        return explain(error);
    }
}
