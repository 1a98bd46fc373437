/*
 * Reads the body of a callback from standard input and prints its content.
 *
 *     cc -std=c99 -Wall parse_callback.c $(pkg-config --cflags --libs linkwa) -o parse_callback
 *     ./parse_callback <callback.json
 *
 * The exit status is 0 for a callback, 1 for anything else, and 2 after another error. A server would answer 200, 400 and 500.
 * Before it parses a body, a server authenticates the callback with linkwa_callback_guard_check().
 */
#include <linkwa.h>

#include <inttypes.h>
#include <stdio.h>

enum { READ = 0, MALFORMED = 1, TROUBLE = 2 };

/* A callback has at most 256 KiB. One byte more is read, so that the library can see that a longer one is too long. */
static char body[256 * 1024 + 1];

/*
 * Prints a text of a callback, if it is there. It comes from outside: it may contain U+0000, where strlen() stops, and control
 * characters for a terminal.
 */
static void print(const linkwa_callback *callback, const char *name, const char *text) {
    const size_t len = linkwa_callback_text_len(callback, text);
    if (!text) {
        return;
    }
    printf("%s: ", name);
    for (size_t i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20 || byte == 0x7F || byte == '\\') {
            printf("\\x%02X", byte);
        } else {
            putchar(byte);
        }
    }
    putchar('\n');
}

static void print_report(const linkwa_callback *report) {
    printf("status: %s\n", linkwa_event_status_name(linkwa_event_report_status(report)));
    printf("result code: %" PRId64 "\n", linkwa_event_report_result_code(report));
    print(report, "refId", linkwa_event_report_ref_id(report));
    print(report, "message id", linkwa_event_report_message_id(report));
    print(report, "description", linkwa_event_report_result_description(report));
}

static void print_message(const linkwa_callback *message) {
    print(message, "from", linkwa_received_message_reply_to(message)); /* an answer goes there */
    print(message, "message id", linkwa_received_message_message_id(message));
    print(message, "type", linkwa_received_message_content_type(message));
    print(message, "text", linkwa_received_message_text(message));
    print(message, "button", linkwa_received_message_button_payload(message));
}

int main(void) {
    linkwa_callback *callback = NULL;
    linkwa_error *error = NULL;
    int status = READ;

    const size_t len = fread(body, 1, sizeof body, stdin);
    if (ferror(stdin)) {
        perror("standard input");
        return TROUBLE;
    }
    if (linkwa_callback_parse(body, len, &callback, &error) != LINKWA_OK) {
        fprintf(stderr, "%s\n", linkwa_error_message(error));
        status = linkwa_error_code(error) == LINKWA_INVALID_CALLBACK ? MALFORMED : TROUBLE;
    } else {
        const bool is_report = linkwa_callback_kind(callback) == LINKWA_EVENT_REPORT;
        printf("kind: %s\n", is_report ? "event report" : "received message");
        print(callback, "key", linkwa_callback_key(callback)); /* the same for a repeat */
        if (is_report) {
            print_report(callback);
        } else {
            print_message(callback);
        }
    }

    linkwa_error_free(error);
    linkwa_callback_free(callback);
    if (fflush(stdout) != 0) {
        perror("standard output");
        status = TROUBLE;
    }
    return status;
}
