/* The options of a send: visible in the bytes that are sent. */
#include <stdio.h>
#include <string.h>

#include "help.h"

static linkwa_client *client;

/* The bytes sent with these options: `expected` stands between the platform and the destinations. Frees them. */
static void builds(linkwa_options *options, const char *expected, const char *name) {
    static const char *const to[] = {TO};
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_buffer *buffer = NULL;
    linkwa_error *err = NULL;
    if (linkwa_build(client, to, 1, message, options, &buffer, &err) == LINKWA_OK) {
        char all[2048];
        snprintf(all, sizeof all, "{\"platformId\":\"p\",\"platformPartnerId\":\"pp\",%s,\"destinations\":[\"" TO "\"],\"messages\":[" BUILT_TEXT "]}",
            expected);
        is_buffer(buffer, all, name);
    } else {
        is_str(linkwa_error_message(err), NULL, "%s: it is built", name);
    }
    linkwa_error_free(err);
    linkwa_message_free(message);
    linkwa_options_free(options);
}

static void finds(linkwa_options *options, const char *path, const char *code) {
    static const char *const to[] = {TO};
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_buffer *buffer = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_build(client, to, 1, message, options, &buffer, &err), LINKWA_INVALID_REQUEST, "invalid %s", path);
    is_str(linkwa_findings_path(linkwa_error_findings(err), 0), path, "invalid %s: the path", path);
    is_str(linkwa_findings_code(linkwa_error_findings(err), 0), code, "invalid %s: the code", path);
    linkwa_error_free(err);
    linkwa_message_free(message);
    linkwa_options_free(options);
}

static void okay(linkwa_status status, const char *name) {
    is_status(status, LINKWA_OK, "%s: ok", name);
}

#define SOURCE "\"source\":\"" FROM "\""

static void one_by_one(void) {
    builds(options_with_ref("r"), "\"priority\":\"NORMAL\",\"refId\":\"r\"," SOURCE, "a reference alone");
    linkwa_options *options = options_with_ref("r");
    okay(linkwa_options_set_priority(options, LINKWA_PRIORITY_HIGH), "set_priority");
    builds(options, "\"priority\":\"HIGH\",\"refId\":\"r\"," SOURCE, "priority high");
    options = options_with_ref("r");
    okay(linkwa_options_set_priority(options, LINKWA_PRIORITY_LOW), "set_priority");
    builds(options, "\"priority\":\"LOW\",\"refId\":\"r\"," SOURCE, "priority low");
    options = options_with_ref("r");
    okay(linkwa_options_add_event_report_gate(options, "a"), "add_event_report_gate");
    okay(linkwa_options_add_event_report_gate(options, "b"), "add_event_report_gate again");
    builds(options, "\"priority\":\"NORMAL\",\"eventReportGates\":[\"a\",\"b\"],\"refId\":\"r\"," SOURCE, "two gates");
    options = options_with_ref("r");
    okay(linkwa_options_add_custom_parameter(options, "k", "v"), "add_custom_parameter");
    okay(linkwa_options_add_custom_parameter(options, "l", ""), "add_custom_parameter again");
    okay(linkwa_options_add_custom_parameter(options, "k", "w"), "add_custom_parameter of the same key");
    builds(options, "\"priority\":\"NORMAL\",\"refId\":\"r\",\"customParameters\":{\"k\":\"w\",\"l\":\"\"}," SOURCE, "two parameters");
    options = options_with_ref("r");
    okay(linkwa_options_set_relative_validity_time_ms(options, UINT64_MAX), "set_relative_validity_time_ms");
    builds(options, "\"priority\":\"NORMAL\",\"relativeValidityTime\":18446744073709551615,\"refId\":\"r\"," SOURCE, "a relative validity time");
    options = options_with_ref("r");
    okay(linkwa_options_set_absolute_validity_time(options, "2030-03-18T16:49:21+01:00"), "set_absolute_validity_time");
    builds(options, "\"priority\":\"NORMAL\",\"absoluteValidityTime\":\"2030-03-18T16:49:21+01:00\",\"refId\":\"r\"," SOURCE, "an absolute validity time");
    options = options_with_ref("r");
    okay(linkwa_options_set_valid_until(options, 1900082961), "set_valid_until");
    builds(options, "\"priority\":\"NORMAL\",\"absoluteValidityTime\":\"2030-03-18T16:49:21Z\",\"refId\":\"r\"," SOURCE, "a moment until which it is valid");
    options = options_with_ref("r");
    okay(linkwa_options_set_source(options, "+46111"), "set_source");
    builds(options, "\"priority\":\"NORMAL\",\"refId\":\"r\",\"source\":\"+46111\"", "another source");
    options = options_with_ref("r");
    okay(linkwa_options_set_platform_service_id(options, "s"), "set_platform_service_id");
    okay(linkwa_options_set_platform_service_type(options, "st"), "set_platform_service_type");
    okay(linkwa_options_set_platform_transaction_id(options, "t"), "set_platform_transaction_id");
    builds(options,
        "\"platformServiceId\":\"s\",\"platformServiceType\":\"st\",\"platformTransactionId\":\"t\",\"priority\":\"NORMAL\",\"refId\":\"r\"," SOURCE,
        "platform service and transaction");
    options = options_with_ref("first");
    okay(linkwa_options_set_ref_id(options, "r"), "set_ref_id again");
    builds(options, "\"priority\":\"NORMAL\",\"refId\":\"r\"," SOURCE, "the later reference counts");
}

static void limits(void) {
    linkwa_options *options = options_with_ref("r");
    okay(linkwa_options_set_valid_until(options, INT64_MAX), "set_valid_until the end of time");
    builds(options, "\"priority\":\"NORMAL\",\"absoluteValidityTime\":\"9999-12-31T23:59:59Z\",\"refId\":\"r\"," SOURCE, "the end of the year 9999");
    options = options_with_ref("r");
    okay(linkwa_options_set_valid_until(options, INT64_MIN), "set_valid_until the beginning of time");
    builds(options, "\"priority\":\"NORMAL\",\"absoluteValidityTime\":\"1970-01-01T00:00:00Z\",\"refId\":\"r\"," SOURCE, "the beginning of 1970");
    options = options_with_ref("r");
    okay(linkwa_options_set_relative_validity_time_ms(options, 5), "a relative time");
    okay(linkwa_options_set_valid_until(options, 1900082961), "and an absolute one");
    builds(options, "\"priority\":\"NORMAL\",\"relativeValidityTime\":5,\"absoluteValidityTime\":\"2030-03-18T16:49:21Z\",\"refId\":\"r\"," SOURCE,
        "both are sent");
    options = options_with_ref("r");
    okay(linkwa_options_set_relative_validity_time_ms(options, 0), "a relative time of 0");
    finds(options, "relativeValidityTime", "out_of_range");
    options = options_with_ref("r");
    okay(linkwa_options_set_absolute_validity_time(options, "tomorrow"), "an invalid absolute time");
    finds(options, "absoluteValidityTime", "invalid_date_time");
    options = options_with_ref("");
    finds(options, "refId", "empty");
    options = options_with_ref("r");
    okay(linkwa_options_set_source(options, "12"), "an invalid source");
    finds(options, "source", "invalid_msisdn");
}

/* Options replace the client's defaults instead of adding to them. */
static void replaced(void) {
    linkwa_config *config = config_for(NULL);
    linkwa_config_set_priority(config, LINKWA_PRIORITY_LOW);
    linkwa_config_add_event_report_gate(config, "of the client");
    linkwa_config_add_custom_parameter(config, "of", "client");
    linkwa_config_set_relative_validity_time_ms(config, 7);
    linkwa_config_set_platform_service_id(config, "of the client");
    linkwa_config_set_platform_service_type(config, "of the client");
    linkwa_client *before = client;
    client = client_of(config);
    builds(options_with_ref("r"),
        "\"platformServiceId\":\"of the client\",\"platformServiceType\":\"of the client\",\"priority\":\"LOW\",\"relativeValidityTime\":7,"
        "\"eventReportGates\":[\"of the client\"],\"refId\":\"r\",\"customParameters\":{\"of\":\"client\"}," SOURCE,
        "the client's defaults");
    linkwa_options *options = options_with_ref("r");
    linkwa_options_set_priority(options, LINKWA_PRIORITY_NORMAL);
    linkwa_options_add_event_report_gate(options, "a");
    linkwa_options_add_custom_parameter(options, "k", "v");
    linkwa_options_set_relative_validity_time_ms(options, 8);
    linkwa_options_set_platform_service_id(options, "s");
    linkwa_options_set_platform_service_type(options, "st");
    builds(options,
        "\"platformServiceId\":\"s\",\"platformServiceType\":\"st\",\"priority\":\"NORMAL\",\"relativeValidityTime\":8,"
        "\"eventReportGates\":[\"a\"],\"refId\":\"r\",\"customParameters\":{\"k\":\"v\"}," SOURCE,
        "the send's own");
    linkwa_client_free(client);
    client = before;
}

static void first_error_is_remembered(void) {
    static const char *const to[] = {TO};
    linkwa_options *options = options_with_ref("r");
    is_status(linkwa_options_set_priority(options, (linkwa_priority)0), LINKWA_INVALID_ARGUMENT, "a priority 0");
    is_status(linkwa_options_set_source(options, "\xff"), LINKWA_INVALID_ARGUMENT, "a source that is not UTF-8");
    okay(linkwa_options_set_priority(options, LINKWA_PRIORITY_HIGH), "a priority in order");
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_buffer *buffer = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_build(client, to, 1, message, options, &buffer, &err), LINKWA_INVALID_ARGUMENT, "they cannot be used");
    ok(contains(linkwa_error_message(err), "priority"), "the first thing: %s", linkwa_error_message(err));
    linkwa_error_free(err);
    linkwa_message_free(message);
    linkwa_options_free(options);
    linkwa_options_free(NULL);
    ok(true, "linkwa_options_free: NULL is fine");
}

static void timeout(void) {
    struct server *server = server_start();
    linkwa_client *sender = client_for(server_url(server));
    linkwa_options *options = linkwa_options_new();
    linkwa_result *result = NULL;
    linkwa_error *err = NULL;
    okay(linkwa_options_set_timeout_ms(options, 0), "set_timeout_ms");
    whatever_status(linkwa_send_text(sender, TO, "Hello", options, &result, &err));
    is_error(err, LINKWA_INVALID_CONFIG, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_NONE, "a timeout of 0 is refused");
    okay(linkwa_options_set_timeout_ms(options, UINT64_MAX), "set_timeout_ms to the end of time");
    err = NULL;
    whatever_status(linkwa_send_text(sender, TO, "Hello", options, &result, &err));
    is_error(err, LINKWA_INVALID_CONFIG, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_NONE, "a timeout of more than a day is refused");
    is_int(server_requests(server), 0, "without time nothing comes to the server");
    unsigned brief = brief_ms();
    okay(linkwa_options_set_timeout_ms(options, brief), "set_timeout_ms again");
    long long began = now_ms();
    err = NULL;
    whatever_status(linkwa_send_text(sender, TO, "Hello", options, &result, &err));
    is_error(err, LINKWA_OUTCOME_UNKNOWN, LINKWA_MESSAGE_UNKNOWN, LINKWA_REASON_DEADLINE, "a server that is silent");
    ok(now_ms() - began >= brief - 10, "no less than the timeout was waited");
    answer_ok(server);
    okay(linkwa_options_set_timeout_ms(options, 24 * 60 * 60 * 1000), "set_timeout_ms to a day");
    is_status(linkwa_send_text(sender, TO, "Hello", options, &result, NULL), LINKWA_OK, "the longest timeout");
    linkwa_result_free(result);
    linkwa_options_free(options);
    linkwa_client_free(sender);
    server_stop(server);
}

int main(void) {
    client = client_for(NULL);
    one_by_one();
    limits();
    replaced();
    first_error_is_remembered();
    timeout();
    linkwa_client_free(client);
    return done();
}
