/* wrong: keep the object in a variable */
#include <linkwa.hpp>

std::size_t receipts(const linkwa::Client &client);
std::size_t receipts(const linkwa::Client &client) {
    std::size_t size = 0;
#ifdef WRONG
    for (const linkwa::Receipt &receipt : client.send_text("+46000000001", "Hello").receipts()) size += receipt.message_id.size();
#else
    const linkwa::Result sent = client.send_text("+46000000001", "Hello");
    for (const linkwa::Receipt &receipt : sent.receipts()) size += receipt.message_id.size();
#endif
    return size;
}
