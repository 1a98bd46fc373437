/* wrong: -Wunused-result */
#include <linkwa.hpp>

void send_one(const linkwa::Client &client, const linkwa::Message &message);
void send_one(const linkwa::Client &client, const linkwa::Message &message) {
#ifdef WRONG
    client.send_async("+46000000001", message);
#else
    client.send_async("+46000000001", message).wait();
#endif
}
