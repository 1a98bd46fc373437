/*
 * A template with a document, texts, an amount of money and buttons. A template may be sent at any time, other messages only
 * within 24 hours of the user's last message.
 *
 *     cc -std=c99 -Wall template.c $(pkg-config --cflags --libs linkwa) -o template
 *     ./template [NUMBER]
 *
 * The environment selects the gateway and the account: LINKWA_REGION or LINKWA_BASE_URL, LINKWA_USERNAME, LINKWA_PASSWORD,
 * LINKWA_PLATFORM_ID, LINKWA_PLATFORM_PARTNER_ID, LINKWA_SOURCE. The template must have been approved for that account: put in
 * its name, namespace and language here.
 */
#include <linkwa.h>

#include <stdio.h>

/* What the person who runs the program does next. */
enum { ACCEPTED = 0, FIX = 1, RECONCILE = 2, RUN_AGAIN = 3 };

/* No status is checked here: a message remembers its first error, and the send then fails with it. */
static linkwa_message *order_update(void) {
    linkwa_message *order = linkwa_message_template("order_update", "namespace", "en");
    linkwa_message_add_header_document(order, "https://example.com/17.pdf", "invoice.pdf");
    linkwa_message_add_body_text(order, "Anna");
    linkwa_message_add_body_currency(order, "$100.99", "USD", 100990); /* the amount times 1000 */
    linkwa_message_add_quick_reply(order, 0, "order-17-received");     /* comes back when the user presses the button */
    linkwa_message_add_quick_reply(order, 1, "order-17-question");
    linkwa_message_add_url_button(order, 2, "track/17"); /* completes the button's URL in the template */
    return order;
}

static void print_findings(const linkwa_findings *findings) {
    for (size_t i = 0; i < linkwa_findings_len(findings); i++) {
        fprintf(stderr, "%s: %s: %s (%s)\n", linkwa_severity_name(linkwa_findings_severity(findings, i)),
                linkwa_findings_path(findings, i), linkwa_findings_message(findings, i), linkwa_findings_code(findings, i));
    }
}

static int explain(const linkwa_error *error) {
    const char *ref_id = linkwa_error_ref_id(error);
    switch (linkwa_error_outcome(error)) {
    case LINKWA_MESSAGE_UNKNOWN:
        fprintf(stderr, "%s\nDo not send it again before you have looked for the event report of %s.\n", linkwa_error_message(error),
                ref_id ? ref_id : "this request");
        return RECONCILE;
    case LINKWA_MESSAGE_NOT_SENT:
        if (linkwa_error_code(error) == LINKWA_INVALID_REQUEST) {
            print_findings(linkwa_error_findings(error));
            return FIX;
        }
        fprintf(stderr, "%s\n", linkwa_error_message(error));
        return linkwa_error_code(error) == LINKWA_NOT_SENT ? RUN_AGAIN : FIX;
    case LINKWA_MESSAGE_REJECTED:
    case LINKWA_MESSAGE_NONE:
    default:
        fprintf(stderr, "%s\n", linkwa_error_message(error));
        return FIX;
    }
}

int main(int argc, char **argv) {
    const char *to = argc > 1 ? argv[1] : "+46000000001"; /* an unassigned number */
    linkwa_message *order = order_update();
    linkwa_client *client = NULL;
    linkwa_result *result = NULL;
    linkwa_error *error = NULL;
    int status = ACCEPTED;

    if (linkwa_client_from_env(&client, &error) != LINKWA_OK ||
        linkwa_send_template(client, to, order, NULL, &result, &error) != LINKWA_OK) {
        status = explain(error);
    } else {
        printf("accepted: refId %s\n", linkwa_result_ref_id(result));
        print_findings(linkwa_result_warnings(result));
    }

    linkwa_error_free(error);
    linkwa_result_free(result);
    linkwa_client_free(client);
    linkwa_message_free(order);
    return status;
}
