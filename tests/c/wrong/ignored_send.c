/* wrong: -Wunused-result */
#include <linkwa.h>

void send_one(const linkwa_client *client);
void send_one(const linkwa_client *client) {
    linkwa_result *result = NULL;
#ifdef WRONG
    linkwa_send_text(client, "+46000000001", "Hello", NULL, &result, NULL);
#else
    if (linkwa_send_text(client, "+46000000001", "Hello", NULL, &result, NULL) != LINKWA_OK) {
        return;
    }
#endif
    linkwa_result_free(result);
}
