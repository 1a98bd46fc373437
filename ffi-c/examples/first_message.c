/*
 * The first message: sends a text and reports the outcome.
 *
 *     cc -std=c99 -Wall first_message.c $(pkg-config --cflags --libs linkwa) -o first_message
 *     ./first_message [NUMBER [TEXT]]
 *
 * The environment selects the gateway and the account: LINKWA_REGION or LINKWA_BASE_URL, LINKWA_USERNAME, LINKWA_PASSWORD,
 * LINKWA_PLATFORM_ID, LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE.
 */
#include <linkwa.h>

#include <stdio.h>

/* What the person who runs the program does next. */
enum { ACCEPTED = 0, FIX = 1, RECONCILE = 2, RUN_AGAIN = 3 };

static int explain(const linkwa_error *error) {
    const char *ref_id = linkwa_error_ref_id(error);
    fprintf(stderr, "%s\n", linkwa_error_message(error));
    switch (linkwa_error_outcome(error)) {
    case LINKWA_MESSAGE_UNKNOWN:
        /* It may have been accepted. Sending it again now could send it twice. */
        fprintf(stderr, "Do not send it again before you have looked for the event report of %s.\n",
                ref_id ? ref_id : "this request");
        return RECONCILE;
    case LINKWA_MESSAGE_NOT_SENT:
        /* Nothing left this machine. If the network was the cause, the same message may be sent again. */
        return linkwa_error_code(error) == LINKWA_NOT_SENT ? RUN_AGAIN : FIX;
    case LINKWA_MESSAGE_REJECTED:
    case LINKWA_MESSAGE_NONE:
    default:
        return FIX;
    }
}

int main(int argc, char **argv) {
    const char *to = argc > 1 ? argv[1] : "+46000000001"; /* an unassigned number */
    const char *text = argc > 2 ? argv[2] : "Hello";
    linkwa_client *client = NULL;
    linkwa_result *result = NULL;
    linkwa_error *error = NULL;
    int status = ACCEPTED;

    if (linkwa_client_from_env(&client, &error) != LINKWA_OK ||
        linkwa_send_text(client, to, text, NULL, &result, &error) != LINKWA_OK) {
        status = explain(error);
    } else {
        printf("accepted: refId %s\n", linkwa_result_ref_id(result));
        for (size_t i = 0; i < linkwa_result_message_ids_len(result); i++) {
            printf("message id %s\n", linkwa_result_message_id(result, i));
        }
    }

    linkwa_error_free(error);
    linkwa_result_free(result);
    linkwa_client_free(client);
    return status;
}
