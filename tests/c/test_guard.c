/* The callback guard. */
#include <string.h>

#include "help.h"

#define LINK "195.84.162.34"
#define OTHER "192.0.2.7"
#define PROXY "10.0.0.7"
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* The guard's decision as a word. */
#define refuses(guard, expected, peer, headers, count, body, name) \
    is_str(linkwa_refusal_name(linkwa_callback_guard_check((guard), (peer), (headers), (count), (body), NULL)), linkwa_refusal_name(expected), name)

static void okay(linkwa_status status, const char *name) {
    is_status(status, LINKWA_OK, "%s: ok", name);
}

static void addresses(void) {
    linkwa_callback_guard *guard = linkwa_callback_guard_new();
    char sender[LINKWA_ADDRESS_SIZE];
    ok(guard != NULL, "linkwa_callback_guard_new gives a guard");
    okay(linkwa_callback_guard_ready(guard, NULL), "a new guard is ready");
    memset(sender, 'x', sizeof sender);
    is_int(linkwa_callback_guard_check(guard, LINK, NULL, 0, 100, sender), LINKWA_REFUSAL_NONE, "LINK's address");
    is_str(sender, LINK, "the sender");
    is_int(linkwa_callback_guard_check(guard, "::ffff:" LINK, NULL, 0, 100, sender), LINKWA_REFUSAL_NONE, "LINK's address as IPv6");
    is_str(sender, LINK, "the sender is IPv4");
    memset(sender, 'x', sizeof sender);
    is_int(linkwa_callback_guard_check(guard, OTHER, NULL, 0, 100, sender), LINKWA_REFUSAL_ADDRESS, "another address");
    ok(sender[0] == 'x' && sender[LINKWA_ADDRESS_SIZE - 1] == 'x', "then no sender is written");
    refuses(guard, LINKWA_REFUSAL_NONE, LINK, NULL, 0, 0, "the out-parameter of the sender may be NULL");

    okay(linkwa_callback_guard_add_range(guard, "192.0.2.0/24"), "add_range");
    okay(linkwa_callback_guard_add_range(guard, "2001:db8::/32"), "add_range again");
    okay(linkwa_callback_guard_add_range(guard, "198.51.100.3-198.51.100.9"), "add_range from a first to a last");
    okay(linkwa_callback_guard_add_range(guard, "203.0.113.1"), "add_range of one");
    static const struct {
        const char *peer;
        linkwa_refusal expected;
    } cases[] = {{OTHER, LINKWA_REFUSAL_NONE}, {"192.0.3.1", LINKWA_REFUSAL_ADDRESS}, {"2001:db8:1::5", LINKWA_REFUSAL_NONE},
        {"198.51.100.2", LINKWA_REFUSAL_ADDRESS}, {"198.51.100.3", LINKWA_REFUSAL_NONE}, {"198.51.100.9", LINKWA_REFUSAL_NONE},
        {"198.51.100.10", LINKWA_REFUSAL_ADDRESS}, {"203.0.113.1", LINKWA_REFUSAL_NONE}, {LINK, LINKWA_REFUSAL_ADDRESS}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        refuses(guard, cases[i].expected, cases[i].peer, NULL, 0, 0, cases[i].peer);
    }
    okay(linkwa_callback_guard_any_address(guard), "any_address");
    refuses(guard, LINKWA_REFUSAL_NONE, "8.8.8.8", NULL, 0, 0, "any address");
    static const char longest[] = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    memset(sender, 'x', sizeof sender);
    is_int(linkwa_callback_guard_check(guard, longest, NULL, 0, 0, sender), LINKWA_REFUSAL_NONE, "the longest address");
    is_str(sender, longest, "has room");
    okay(linkwa_callback_guard_add_range(guard, OTHER), "add_range after any_address");
    refuses(guard, LINKWA_REFUSAL_ADDRESS, "8.8.8.8", NULL, 0, 0, "takes it back");
    linkwa_callback_guard_free(guard);
    linkwa_callback_guard_free(NULL);
    ok(true, "linkwa_callback_guard_free: NULL is fine");
}

static void proxies(void) {
    static const linkwa_header through[] = {{"Host", "me"}, {"X-Forwarded-For", "1.2.3.4, " LINK}};
    static const linkwa_header spoofed[] = {{"x-forwarded-for", LINK ", 203.0.113.9"}};
    static const linkwa_header lines[] = {{"X-Forwarded-For", "203.0.113.9"}, {"X-FORWARDED-FOR", LINK}};
    static const linkwa_header forwarded[] = {{"Forwarded", "for=" LINK ";proto=https"}};
    static const linkwa_header both[] = {{"Forwarded", "for=" LINK}, {"X-Forwarded-For", "203.0.113.9"}};
    char sender[LINKWA_ADDRESS_SIZE];
    linkwa_callback_guard *guard = linkwa_callback_guard_new();
    refuses(guard, LINKWA_REFUSAL_ADDRESS, PROXY, through, COUNT(through), 0, "a proxy that is not trusted");
    okay(linkwa_callback_guard_add_trusted_proxy(guard, "10.0.0.0/8"), "add_trusted_proxy");
    is_int(linkwa_callback_guard_check(guard, PROXY, through, COUNT(through), 0, sender), LINKWA_REFUSAL_NONE, "through a trusted proxy");
    is_str(sender, LINK, "the sender is the address that it names");
    refuses(guard, LINKWA_REFUSAL_ADDRESS, PROXY, spoofed, COUNT(spoofed), 0, "what stands further left does not count");
    refuses(guard, LINKWA_REFUSAL_NONE, PROXY, lines, COUNT(lines), 0, "the last line counts");
    refuses(guard, LINKWA_REFUSAL_NONE, PROXY, forwarded, COUNT(forwarded), 0, "Forwarded");
    refuses(guard, LINKWA_REFUSAL_FORWARDED, PROXY, both, COUNT(both), 0, "two headers that differ");
    refuses(guard, LINKWA_REFUSAL_FORWARDED, PROXY, NULL, 0, 0, "a proxy that names no sender");
    refuses(guard, LINKWA_REFUSAL_NONE, LINK, spoofed, COUNT(spoofed), 0, "no proxy: headers do not count");
    okay(linkwa_callback_guard_only_forwarded(guard), "only_forwarded");
    refuses(guard, LINKWA_REFUSAL_NONE, PROXY, both, COUNT(both), 0, "Forwarded alone");
    refuses(guard, LINKWA_REFUSAL_FORWARDED, PROXY, through, COUNT(through), 0, "which is not there");
    okay(linkwa_callback_guard_only_x_forwarded_for(guard), "only_x_forwarded_for");
    refuses(guard, LINKWA_REFUSAL_ADDRESS, PROXY, both, COUNT(both), 0, "X-Forwarded-For alone");
    refuses(guard, LINKWA_REFUSAL_FORWARDED, PROXY, forwarded, COUNT(forwarded), 0, "which is not there");
    okay(linkwa_callback_guard_add_trusted_proxy(guard, "203.0.113.9"), "add_trusted_proxy again");
    refuses(guard, LINKWA_REFUSAL_NONE, PROXY, spoofed, COUNT(spoofed), 0, "two proxies");
    linkwa_callback_guard_free(guard);
}

static void credentials(void) {
    static const linkwa_header right[] = {{"authorization", "Basic Z2F0ZTpzZWNyZXQ="}};
    static const linkwa_header wrong[] = {{"Authorization", "Basic Z2F0ZTpzZWNyZXQx"}};
    linkwa_callback_guard *guard = linkwa_callback_guard_new();
    okay(linkwa_callback_guard_set_basic(guard, "gate", "secret"), "set_basic");
    refuses(guard, LINKWA_REFUSAL_NONE, LINK, right, 1, 0, "the right credentials");
    refuses(guard, LINKWA_REFUSAL_CREDENTIALS, LINK, wrong, 1, 0, "wrong credentials");
    refuses(guard, LINKWA_REFUSAL_CREDENTIALS, LINK, NULL, 0, 0, "no credentials");
    refuses(guard, LINKWA_REFUSAL_ADDRESS, OTHER, wrong, 1, 0, "the address comes first");
    okay(linkwa_callback_guard_ready(guard, NULL), "the guard is ready");
    okay(linkwa_callback_guard_set_basic(guard, "gate", ""), "set_basic with an empty password");
    is_status(linkwa_callback_guard_ready(guard, NULL), LINKWA_INVALID_CONFIG, "with that it is not");
    static const linkwa_header empty[] = {{"Authorization", "Basic Z2F0ZTo="}};
    refuses(guard, LINKWA_REFUSAL_CREDENTIALS, LINK, empty, 1, 0, "an empty password refuses every callback");
    linkwa_callback_guard_free(guard);
}

static void headers(void) {
    static const linkwa_header all[] = {{"X-Key", " hush "}, {"x-other", "\xff"}, {"X-Key", "hush"}};
    linkwa_callback_guard *guard = linkwa_callback_guard_new();
    okay(linkwa_callback_guard_set_header(guard, "x-key", "hush"), "set_header");
    refuses(guard, LINKWA_REFUSAL_NONE, LINK, all, 1, 0, "the right header");
    refuses(guard, LINKWA_REFUSAL_NONE, LINK, all, 2, 0, "another header may have any bytes");
    refuses(guard, LINKWA_REFUSAL_HEADER, LINK, all, 3, 0, "the header twice");
    refuses(guard, LINKWA_REFUSAL_HEADER, LINK, all + 1, 1, 0, "no header");
    okay(linkwa_callback_guard_set_header(guard, "X-KEY", "new"), "set_header again");
    refuses(guard, LINKWA_REFUSAL_HEADER, LINK, all, 1, 0, "the later value counts");
    okay(linkwa_callback_guard_set_header(guard, "X-KEY", ""), "set_header with an empty value");
    static const linkwa_header empty[] = {{"X-Key", ""}};
    refuses(guard, LINKWA_REFUSAL_HEADER, LINK, empty, 1, 0, "an empty value refuses every callback");
    linkwa_callback_guard_free(guard);
}

static void sizes(void) {
    enum { KIB_256 = 256 * 1024 };
    linkwa_callback_guard *guard = linkwa_callback_guard_new();
    refuses(guard, LINKWA_REFUSAL_NONE, LINK, NULL, 0, KIB_256, "256 KiB");
    refuses(guard, LINKWA_REFUSAL_TOO_LARGE, LINK, NULL, 0, KIB_256 + 1, "more than 256 KiB");
    refuses(guard, LINKWA_REFUSAL_TOO_LARGE, LINK, NULL, 0, SIZE_MAX, "the largest body");
    okay(linkwa_callback_guard_set_max_body(guard, 10), "set_max_body");
    refuses(guard, LINKWA_REFUSAL_NONE, LINK, NULL, 0, 10, "a body of the most");
    refuses(guard, LINKWA_REFUSAL_TOO_LARGE, LINK, NULL, 0, 11, "a larger one");
    okay(linkwa_callback_guard_set_max_body(guard, SIZE_MAX), "set_max_body to the largest");
    refuses(guard, LINKWA_REFUSAL_NONE, LINK, NULL, 0, SIZE_MAX, "then nothing is too large");
    linkwa_callback_guard_free(guard);
}

/* A guard with an invalid setting refuses every callback. */
static void invalid_settings(void) {
    static const char *const wrong[] = {"", "192.0.2", "192.0.2.0/33", "192.0.2.9-192.0.2.1", "localhost", "192.0.2.1-::1"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        linkwa_callback_guard *guard = linkwa_callback_guard_new();
        linkwa_error *err = NULL;
        is_status(linkwa_callback_guard_add_range(guard, wrong[i]), LINKWA_INVALID_CONFIG, "range \"%s\"", wrong[i]);
        okay(linkwa_callback_guard_any_address(guard), "any_address after that");
        is_status(linkwa_callback_guard_ready(guard, &err), LINKWA_INVALID_CONFIG, "the guard is not ready");
        ok(linkwa_error_code(err) == LINKWA_INVALID_CONFIG, "the error: %s", linkwa_error_message(err));
        linkwa_error_free(err);
        refuses(guard, LINKWA_REFUSAL_UNUSABLE, LINK, NULL, 0, 0, "it believes nothing");
        linkwa_callback_guard_free(guard);
        guard = linkwa_callback_guard_new();
        is_status(linkwa_callback_guard_add_trusted_proxy(guard, wrong[i]), LINKWA_INVALID_CONFIG, "proxy \"%s\"", wrong[i]);
        refuses(guard, LINKWA_REFUSAL_UNUSABLE, LINK, NULL, 0, 0, "it believes nothing");
        linkwa_callback_guard_free(guard);
    }
    linkwa_callback_guard *guard = linkwa_callback_guard_new();
    is_status(linkwa_callback_guard_add_range(guard, "nowhere"), LINKWA_INVALID_CONFIG, "an invalid range");
    is_status(linkwa_callback_guard_set_header(guard, NULL, "v"), LINKWA_INVALID_ARGUMENT, "a header without a name");
    is_status(linkwa_callback_guard_ready(guard, NULL), LINKWA_INVALID_CONFIG, "the first thing is remembered");
    linkwa_callback_guard_free(guard);
    guard = linkwa_callback_guard_new();
    static const char *const peers[] = {"", "localhost", LINK ":80", " " LINK, "\xff", NULL};
    for (size_t i = 0; i < COUNT(peers); i++) {
        refuses(guard, LINKWA_REFUSAL_UNUSABLE, peers[i], NULL, 0, 0, "a peer that is not an address");
    }
    linkwa_callback_guard_free(guard);
}

static void null_arguments(void) {
    static const linkwa_header no_name[] = {{NULL, "x"}}, no_value[] = {{"x", NULL}}, no_utf8[] = {{"\xff", "x"}};
    linkwa_callback_guard *guard = linkwa_callback_guard_new();
    refuses(NULL, LINKWA_REFUSAL_UNUSABLE, LINK, NULL, 0, 0, "no guard");
    refuses(guard, LINKWA_REFUSAL_UNUSABLE, LINK, NULL, 1, 0, "no headers, but a number of them");
    refuses(guard, LINKWA_REFUSAL_NONE, LINK, no_name, 0, 0, "an array of 0 headers");
    refuses(guard, LINKWA_REFUSAL_UNUSABLE, LINK, no_name, 1, 0, "a header without a name");
    refuses(guard, LINKWA_REFUSAL_UNUSABLE, LINK, no_value, 1, 0, "a header without a value");
    refuses(guard, LINKWA_REFUSAL_UNUSABLE, LINK, no_utf8, 1, 0, "a header whose name is not UTF-8");
    linkwa_callback_guard_free(guard);
}

int main(void) {
    addresses();
    proxies();
    credentials();
    headers();
    sizes();
    invalid_settings();
    null_arguments();
    return done();
}
