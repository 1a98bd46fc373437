/* Configurations: every setting is visible in the bytes that are sent, in what a server receives, or in an error. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "help.h"

static struct server *server;

static void okay(linkwa_status status, const char *name) {
    is_status(status, LINKWA_OK, "%s: ok", name);
}

/* The bytes sent with the defaults of a configuration. Frees it. */
static void builds(linkwa_config *config, const char *expected, const char *name) {
    static const char *const to[] = {TO};
    linkwa_client *client = client_of(config);
    linkwa_options *options = options_with_ref("r");
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_buffer *buffer = NULL;
    linkwa_error *err = NULL;
    if (linkwa_build(client, to, 1, message, options, &buffer, &err) == LINKWA_OK) {
        is_buffer(buffer, expected, name);
    } else {
        is_str(linkwa_error_message(err), NULL, "%s: it is built", name);
    }
    linkwa_error_free(err);
    linkwa_message_free(message);
    linkwa_options_free(options);
    linkwa_client_free(client);
}

/* The error of a configuration without which no client can be made. Frees the configuration. */
static void refused(linkwa_config *config, linkwa_status expected, const char *named, const char *name) {
    linkwa_client *client = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_client_new(config, &client, &err), expected, "%s: no client", name);
    ok(client == NULL, "%s: nothing is given", name);
    ok(contains(linkwa_error_message(err), named), "%s: %s", name, linkwa_error_message(err));
    linkwa_error_free(err);
    linkwa_client_free(client);
    linkwa_config_free(config);
}

/* Sends a text to TO with a client of this configuration, which is freed. */
static linkwa_status send_with(linkwa_config *config, linkwa_error **err) {
    linkwa_client *client = client_of(config);
    linkwa_result *result = NULL;
    linkwa_status status = linkwa_send_text(client, TO, "Hello", NULL, &result, err);
    linkwa_result_free(result);
    linkwa_client_free(client);
    return status;
}

static void defaults(void) {
    linkwa_config *config = linkwa_config_new();
    ok(config != NULL, "linkwa_config_new gives a configuration");
    okay(linkwa_config_set_region(config, "no"), "set_region");
    okay(linkwa_config_set_credentials(config, "user", "secret"), "set_credentials");
    okay(linkwa_config_set_platform(config, "p", "pp"), "set_platform");
    okay(linkwa_config_set_source(config, FROM), "set_source");
    builds(config, BUILT_HEAD BUILT_TEXT BUILT_TAIL, "platform and source");

    config = config_for(NULL);
    okay(linkwa_config_set_priority(config, LINKWA_PRIORITY_HIGH), "set_priority");
    okay(linkwa_config_add_event_report_gate(config, "a"), "add_event_report_gate");
    okay(linkwa_config_add_event_report_gate(config, "b"), "add_event_report_gate again");
    okay(linkwa_config_set_platform_service_id(config, "s"), "set_platform_service_id");
    okay(linkwa_config_set_platform_service_type(config, "st"), "set_platform_service_type");
    okay(linkwa_config_add_custom_parameter(config, "k", "v"), "add_custom_parameter");
    okay(linkwa_config_add_custom_parameter(config, "k", "w"), "add_custom_parameter of the same key");
    okay(linkwa_config_set_relative_validity_time_ms(config, 5000), "set_relative_validity_time_ms");
    builds(config,
        "{\"platformId\":\"p\",\"platformPartnerId\":\"pp\",\"platformServiceId\":\"s\",\"platformServiceType\":\"st\",\"priority\":\"HIGH\","
        "\"relativeValidityTime\":5000,\"eventReportGates\":[\"a\",\"b\"],\"refId\":\"r\",\"customParameters\":{\"k\":\"w\"},"
        "\"source\":\"" FROM "\",\"destinations\":[\"" TO "\"],\"messages\":[" BUILT_TEXT "]}",
        "all defaults of messages");
}

static void regions(void) {
    static const char *const all[] = {"n-eu", "c-eu", "s-eu", "no", "deb"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        linkwa_config *config = linkwa_config_new();
        is_status(linkwa_config_set_region(config, all[i]), LINKWA_OK, "region %s", all[i]);
        linkwa_config_set_credentials(config, "user", "secret");
        linkwa_client_free(client_of(config));
    }
    linkwa_config *config = config_for(NULL);
    is_status(linkwa_config_set_region(config, "n-eux"), LINKWA_INVALID_CONFIG, "a region that there is not");
    refused(config, LINKWA_INVALID_CONFIG, "n-eu", "a region that there is not");
    config = linkwa_config_new();
    linkwa_config_set_credentials(config, "user", "secret");
    refused(config, LINKWA_INVALID_CONFIG, "region", "neither region nor base URL");
}

static void base_urls(void) {
    linkwa_config *config = config_for(NULL);
    okay(linkwa_config_set_base_url(config, server_url(server)), "set_base_url");
    answer_ok(server);
    size_t before = server_requests(server);
    okay(send_with(config, NULL), "the base URL that is set after the region counts");
    is_int(server_requests(server), before + 1, "the request comes there");
    static const struct {
        const char *url;
        const char *named;
    } wrong[] = {{"", "URL"}, {"nonsense", "URL"}, {"ftp://example.com", "http"}, {"http://example.com", "http"}, {"https://", "URL"},
        {"https://example.com:99999", "port"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        config = config_for(NULL);
        is_status(linkwa_config_set_base_url(config, wrong[i].url), LINKWA_OK, "set_base_url \"%s\"", wrong[i].url);
        refused(config, LINKWA_INVALID_CONFIG, wrong[i].named, *wrong[i].url ? wrong[i].url : "an empty URL");
    }
}

static void credentials(void) {
    static const char *const arguments[] = {"--show-credentials", NULL};
    struct sandbox *sandbox = sandbox_start(arguments);
    okay(send_with(config_for(sandbox_base_url(sandbox)), NULL), "the right credentials");
    char *requests = sandbox_requests(sandbox);
    ok(contains(requests, "Basic dXNlcjpzZWNyZXQ="), "they come to the gateway as Basic authentication");
    free(requests);
    linkwa_config *config = config_for(sandbox_base_url(sandbox));
    okay(linkwa_config_set_credentials(config, "user", "guess"), "set_credentials again");
    linkwa_error *err = NULL;
    send_with(config, &err);
    is_int(linkwa_error_http_status(err), 401, "wrong credentials: 401");
    is_error(err, LINKWA_REJECTED, LINKWA_MESSAGE_REJECTED, LINKWA_REASON_NONE, "wrong credentials");
    sandbox_stop(sandbox);

    static const char *const wrong[][2] = {{"a:b", "canary"}, {"", "canary"}, {"user", ""}, {"user\r\nX: y", "canary"}, {"user", "canary\n"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        linkwa_client *client = NULL;
        config = config_for(NULL);
        err = NULL;
        is_status(linkwa_config_set_credentials(config, wrong[i][0], wrong[i][1]), LINKWA_OK, "credentials %d", (int)i);
        is_status(linkwa_client_new(config, &client, &err), LINKWA_INVALID_CONFIG, "credentials %d cannot be sent", (int)i);
        ok(!contains(linkwa_error_message(err), "canary"), "the error does not tell the password: %s", linkwa_error_message(err));
        linkwa_error_free(err);
        linkwa_config_free(config);
    }
    config = linkwa_config_new();
    linkwa_config_set_region(config, "no");
    refused(config, LINKWA_INVALID_CONFIG, "linkwa_config_set_credentials() (LINKWA_USERNAME)", "no credentials");
}

static void headers(void) {
    static const char *const arguments[] = {"--require-header", "x-api-key=k=1", "--require-header", "x-tenant=t", NULL};
    struct sandbox *sandbox = sandbox_start(arguments);
    linkwa_config *config = config_for(sandbox_base_url(sandbox));
    okay(linkwa_config_add_header(config, "X-Api-Key", "canary"), "add_header");
    okay(linkwa_config_add_header(config, "x-tenant", "t"), "add_header of another name");
    okay(linkwa_config_add_header(config, "x-api-key", "k=1"), "add_header again replaces the value");
    okay(send_with(config, NULL), "the required headers");
    config = config_for(sandbox_base_url(sandbox));
    okay(linkwa_config_add_header(config, "x-api-key", "canary"), "add_header");
    linkwa_error *err = NULL;
    send_with(config, &err);
    is_int(linkwa_error_http_status(err), 401, "a wrong header: 401");
    is_error(err, LINKWA_REJECTED, LINKWA_MESSAGE_REJECTED, LINKWA_REASON_NONE, "a wrong header");
    sandbox_stop(sandbox);

    static const char *const wrong[][2] = {{"host", "canary"}, {"Authorization", "canary"}, {"x y", "canary"}, {"", "canary"},
        {"x-api-key: canary", "canary"}, {"x-api-key", ""}, {"x-api-key", "canary\r\nX: y"}, {"x-api-key", "canary\n"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        config = config_for(NULL);
        is_status(linkwa_config_add_header(config, wrong[i][0], wrong[i][1]), LINKWA_OK, "header %d", (int)i);
        linkwa_client *client = NULL;
        err = NULL;
        is_status(linkwa_client_new(config, &client, &err), LINKWA_INVALID_CONFIG, "header %d cannot be sent", (int)i);
        const char *message = linkwa_error_message(err);
        ok(contains(message, "linkwa_config_add_header()") && !contains(message, "canary"), "no value is told: %s", message);
        linkwa_error_free(err);
        linkwa_config_free(config);
    }
}

static void timeouts(void) {
    unsigned brief = brief_ms();
    linkwa_error *err = NULL;
    linkwa_config *config = config_for(server_url(server));
    server_stay_silent(server);
    okay(linkwa_config_set_timeout_ms(config, brief), "set_timeout_ms");
    long long began = now_ms();
    send_with(config, &err);
    is_error(err, LINKWA_OUTCOME_UNKNOWN, LINKWA_MESSAGE_UNKNOWN, LINKWA_REASON_DEADLINE, "a silent server, and a short timeout");
    ok(now_ms() - began >= brief - 10, "that long was waited");

    /* The TLS handshake counts as connecting, and the server does not speak TLS. */
    char url[64];
    snprintf(url, sizeof url, "https%s", server_url(server) + strlen("http"));
    config = config_for(url);
    linkwa_config_set_max_attempts(config, 1);
    okay(linkwa_config_set_connect_timeout_ms(config, brief), "set_connect_timeout_ms");
    began = now_ms();
    err = NULL;
    is_status(send_with(config, &err), LINKWA_NOT_SENT, "a server that does not speak TLS, and a short timeout");
    ok(now_ms() - began >= brief - 10 && now_ms() - began < 60000, "that long was waited: %s", linkwa_error_message(err));
    linkwa_error_free(err);

    static const uint64_t wrong[] = {0, 24ull * 60 * 60 * 1000 + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        config = config_for(NULL);
        is_status(linkwa_config_set_timeout_ms(config, wrong[i]), LINKWA_OK, "set_timeout_ms %llu", (unsigned long long)wrong[i]);
        refused(config, LINKWA_INVALID_CONFIG, "timeout", "a timeout of 0 or too long");
        config = config_for(NULL);
        is_status(linkwa_config_set_connect_timeout_ms(config, wrong[i]), LINKWA_OK, "set_connect_timeout_ms %llu", (unsigned long long)wrong[i]);
        refused(config, LINKWA_INVALID_CONFIG, "timeout", "a connect timeout of 0 or too long");
    }
    config = config_for(NULL);
    okay(linkwa_config_set_timeout_ms(config, 24ull * 60 * 60 * 1000), "a timeout of a day");
    linkwa_client_free(client_of(config));
}

static void proxies(void) {
    struct server *proxy = server_start();
    linkwa_error *err = NULL;
    answer_ok(server);
    answer_with(proxy, "407 Proxy Authentication Required", "", "");
    linkwa_config *config = config_for(server_url(server));
    linkwa_config_set_max_attempts(config, 1);
    okay(linkwa_config_set_proxy(config, server_url(proxy)), "set_proxy");
    send_with(config, &err);
    is_error(err, LINKWA_NOT_SENT, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_PROXY, "a proxy that refuses");
    is_int(server_requests(proxy), 1, "the proxy was asked");

    config = config_for(server_url(server));
    linkwa_config_set_proxy(config, server_url(proxy));
    okay(linkwa_config_set_no_proxy(config, "example.com,127.0.0.1"), "set_no_proxy");
    okay(send_with(config, NULL), "a host that is reached without the proxy");
    is_int(server_requests(proxy), 1, "the proxy was not asked again");

    setenv("ALL_PROXY", server_url(proxy), 1);
    config = config_for(server_url(server));
    okay(send_with(config, NULL), "the proxy of the environment is not used");
    config = config_for(server_url(server));
    linkwa_config_set_max_attempts(config, 1);
    okay(linkwa_config_set_proxy_from_env(config, true), "set_proxy_from_env");
    err = NULL;
    send_with(config, &err);
    is_error(err, LINKWA_NOT_SENT, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_PROXY, "unless it is asked for");
    is_int(server_requests(proxy), 2, "then it is asked");
    config = config_for(server_url(server));
    linkwa_config_set_proxy_from_env(config, true);
    okay(linkwa_config_set_proxy_from_env(config, false), "set_proxy_from_env to false");
    okay(send_with(config, NULL), "and not any more");
    unsetenv("ALL_PROXY");
    is_int(server_requests(proxy), 2, "the proxy was asked twice in all");

    config = config_for(NULL);
    okay(linkwa_config_set_proxy(config, "nonsense://x:canary@y"), "set_proxy");
    linkwa_client *client = NULL;
    err = NULL;
    is_status(linkwa_client_new(config, &client, &err), LINKWA_INVALID_CONFIG, "an invalid proxy");
    ok(!contains(linkwa_error_message(err), "canary"), "the error does not tell its password: %s", linkwa_error_message(err));
    linkwa_error_free(err);
    linkwa_config_free(config);
    server_stop(proxy);
}

static void roots(void) {
    linkwa_config *config = config_for(NULL);
    okay(linkwa_config_set_ca_file(config, "/nowhere/ca.pem"), "set_ca_file");
    refused(config, LINKWA_INVALID_CONFIG, "/nowhere/ca.pem", "a CA file that is not there");
    config = config_for(NULL);
    linkwa_config_set_ca_file(config, "/dev/null");
    refused(config, LINKWA_INVALID_CONFIG, "/dev/null", "a CA file without a certificate");
    config = config_for(NULL);
    linkwa_config_set_ca_file(config, "/nowhere/ca.pem");
    okay(linkwa_config_set_system_roots(config), "set_system_roots");
    linkwa_client_free(client_of(config));
    ok(true, "the system's roots count that are set later");
    config = config_for(NULL);
    linkwa_config_set_system_roots(config);
    linkwa_config_set_ca_file(config, "/nowhere/ca.pem");
    refused(config, LINKWA_INVALID_CONFIG, "/nowhere/ca.pem", "a CA file that is set later");
}

/* Lines of the log, one for each attempt. */
static struct gate lines = GATE;

static void count_line(void *user_data, linkwa_log_level level, const char *line) {
    (void)user_data;
    (void)level;
    (void)line;
    gate_add(&lines);
}

static void attempts(void) {
    static const struct {
        uint32_t set;
        size_t made;
    } cases[] = {{1, 1}, {2, 2}};
    /* A port without a listener. */
    struct server *gone = server_start();
    char url[64];
    snprintf(url, sizeof url, "%s", server_url(gone));
    server_stop(gone);
    linkwa_set_log(count_line, NULL, LINKWA_LOG_DEBUG);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        linkwa_config *config = config_for(url);
        linkwa_error *err = NULL;
        size_t before = gate_count(&lines);
        is_status(linkwa_config_set_max_attempts(config, cases[i].set), LINKWA_OK, "set_max_attempts %u", (unsigned)cases[i].set);
        send_with(config, &err);
        is_error(err, LINKWA_NOT_SENT, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_CONNECT, "no listener");
        is_int(gate_count(&lines) - before, cases[i].made, "max_attempts %u: so many attempts", (unsigned)cases[i].set);
    }
    linkwa_set_log(NULL, NULL, LINKWA_LOG_OFF);
}

static void busy_gateway(void) {
    struct server *gateway = server_start();
    linkwa_error *err = NULL;
    answer_with(gateway, "429 Too Many Requests", "Retry-After: 0\r\n", "{\"resultCode\":112000}");
    send_with(config_for(server_url(gateway)), &err);
    is_error(err, LINKWA_REJECTED, LINKWA_MESSAGE_REJECTED, LINKWA_REASON_NONE, "a busy gateway");
    is_int(server_requests(gateway), 1, "a busy gateway is asked once");

    linkwa_config *config = config_for(server_url(gateway));
    okay(linkwa_config_set_retry_when_busy(config, true), "set_retry_when_busy");
    linkwa_config_set_max_attempts(config, 2);
    err = NULL;
    send_with(config, &err);
    is_error(err, LINKWA_REJECTED, LINKWA_MESSAGE_REJECTED, LINKWA_REASON_NONE, "a gateway that stays busy");
    is_int(server_requests(gateway), 3, "it is asked twice");

    config = config_for(server_url(gateway));
    linkwa_config_set_retry_when_busy(config, true);
    okay(linkwa_config_set_retry_when_busy(config, false), "set_retry_when_busy to false");
    send_with(config, NULL);
    is_int(server_requests(gateway), 4, "and then once again");

    /* Busy at first: the server asks to wait a second, and then accepts. */
    answer_with(gateway, "503 Busy", "Retry-After: 1\r\n", "");
    config = config_for(server_url(gateway));
    linkwa_config_set_retry_when_busy(config, true);
    linkwa_client *client = client_of(config);
    linkwa_pending *pending = begin(client, TO, NULL, NULL);
    server_wait(gateway, 5);
    answer_ok(gateway);
    linkwa_result *result = NULL;
    is_status(linkwa_pending_wait(pending, &result, NULL), LINKWA_OK, "a gateway that was busy");
    ok(linkwa_result_attempts(result) >= 2, "the number of attempts: %u", (unsigned)linkwa_result_attempts(result));
    linkwa_result_free(result);
    linkwa_pending_free(pending);
    linkwa_client_free(client);
    server_stop(gateway);
}

static void connections_and_queue(void) {
    enum { CONNECTIONS = 2, QUEUE = 3, ALL = CONNECTIONS + QUEUE };
    struct server *gateway = server_start();
    linkwa_config *config = config_for(server_url(gateway));
    okay(linkwa_config_set_max_connections(config, CONNECTIONS), "set_max_connections");
    okay(linkwa_config_set_max_queue(config, QUEUE), "set_max_queue");
    linkwa_client *client = client_of(config);
    linkwa_pending *all[ALL];
    for (int i = 0; i < ALL; i++) {
        all[i] = begin(client, TO, NULL, NULL);
        if (i < CONNECTIONS) {
            ok(server_wait(gateway, (size_t)i + 1), "send %d comes to the server", i);
        }
    }
    static const char *const to[] = {TO};
    linkwa_message *message = linkwa_message_text("Hello");
    linkwa_pending *pending = NULL;
    linkwa_error *err = NULL;
    whatever_status(linkwa_send_async(client, to, 1, message, NULL, NULL, NULL, &pending, &err));
    is_error(err, LINKWA_NOT_SENT, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_QUEUE_FULL, "the queue is full");
    ok(pending == NULL, "nothing is given then");
    linkwa_message_free(message);
    linkwa_client_close(client, 0);
    for (int i = 0; i < ALL; i++) {
        linkwa_result *result = NULL;
        err = NULL;
        whatever_status(linkwa_pending_wait(all[i], &result, &err));
        if (i < CONNECTIONS) {
            is_error(err, LINKWA_OUTCOME_UNKNOWN, LINKWA_MESSAGE_UNKNOWN, LINKWA_REASON_CANCELLED, "one that was under way");
        } else {
            is_error(err, LINKWA_NOT_SENT, LINKWA_MESSAGE_NOT_SENT, LINKWA_REASON_CLOSED, "one that was waiting");
        }
        linkwa_pending_free(all[i]);
    }
    is_int(server_requests(gateway), CONNECTIONS, "no more than two came to the server");
    linkwa_client_free(client);
    server_stop(gateway);
}

static void plain_http(void) {
    linkwa_config *config = config_for("http://gateway.invalid");
    okay(linkwa_config_set_allow_http(config, true), "set_allow_http");
    linkwa_client_free(client_of(config));
    config = config_for("http://gateway.invalid");
    linkwa_config_set_allow_http(config, true);
    okay(linkwa_config_set_allow_http(config, false), "set_allow_http to false");
    refused(config, LINKWA_INVALID_CONFIG, "http", "plain http to another machine");
}

static void strict(void) {
    answer_ok(server);
    for (int yes = 0; yes < 2; yes++) {
        linkwa_config *config = config_for(server_url(server));
        okay(linkwa_config_set_strict(config, yes), "set_strict");
        linkwa_client *client = client_of(config);
        linkwa_result *result = NULL;
        linkwa_error *err = NULL;
        is_status(linkwa_send_text(client, "SE.1349abc", "Hello", NULL, &result, &err), yes ? LINKWA_INVALID_REQUEST : LINKWA_OK,
            "strict %d: a doubtful request", yes);
        const linkwa_findings *findings = yes ? linkwa_error_findings(err) : linkwa_result_warnings(result);
        is_str(linkwa_findings_code(findings, 0), "not_msisdn", "strict %d: the finding", yes);
        linkwa_result_free(result);
        linkwa_error_free(err);
        linkwa_client_free(client);
    }
}

/* A configuration remembers its first error. */
static void first_error_is_remembered(void) {
    linkwa_config *config = config_for(NULL);
    is_status(linkwa_config_set_source(config, "\xff"), LINKWA_INVALID_ARGUMENT, "a source that is not UTF-8");
    is_status(linkwa_config_set_region(config, "nowhere"), LINKWA_INVALID_CONFIG, "a region that there is not");
    okay(linkwa_config_set_source(config, FROM), "a source in order");
    refused(config, LINKWA_INVALID_ARGUMENT, "msisdn", "the first error is returned");
    config = config_for(NULL);
    is_status(linkwa_config_set_priority(config, (linkwa_priority)99), LINKWA_INVALID_ARGUMENT, "a priority that there is not");
    refused(config, LINKWA_INVALID_ARGUMENT, "priority", "a priority that there is not");
    linkwa_config_free(NULL);
    ok(true, "linkwa_config_free: NULL is fine");
}

/* A configuration can be changed and used again; clients keep their settings. */
static void several_clients(void) {
    linkwa_config *config = config_for(server_url(server));
    linkwa_client *client = NULL, *other = NULL;
    answer_ok(server);
    is_status(linkwa_client_new(config, &client, NULL), LINKWA_OK, "a client");
    linkwa_config_set_base_url(config, "http://127.0.0.1:1");
    is_status(linkwa_client_new(config, &other, NULL), LINKWA_OK, "another client of the changed configuration");
    linkwa_config_free(config);
    linkwa_result *result = NULL;
    is_status(linkwa_send_text(client, TO, "Hello", NULL, &result, NULL), LINKWA_OK, "the first one goes on as it was");
    linkwa_result_free(result);
    linkwa_client_free(client);
    linkwa_client_free(other);
}

static void from_env(void) {
    linkwa_config *config = NULL;
    linkwa_error *err = NULL;
    is_status(linkwa_config_from_env(&config, &err), LINKWA_INVALID_CONFIG, "an empty environment");
    ok(config == NULL, "an empty environment: nothing is given");
    const char *message = linkwa_error_message(err);
    ok(contains(message, "LINKWA_REGION") && contains(message, "LINKWA_USERNAME") && contains(message, "LINKWA_PASSWORD"),
        "an empty environment: %s", message);
    linkwa_error_free(err);

    setenv("LINKWA_BASE_URL", server_url(server), 1);
    setenv("LINKWA_USERNAME", "user", 1);
    setenv("LINKWA_PASSWORD", "canary", 1);
    setenv("LINKWA_PLATFORM_ID", "p", 1);
    setenv("LINKWA_PLATFORM_PARTNER_ID", "pp", 1);
    setenv("LINKWA_SOURCE", FROM, 1);
    setenv("LINKWA_PRIORITY", "LOW", 1);
    setenv("LINKWA_EVENT_REPORT_GATES", "a,b", 1);
    setenv("LINKWA_TIMEOUT_MS", "20000", 1);
    setenv("LINKWA_API_KEY", "canary", 1);
    is_status(linkwa_config_from_env(&config, NULL), LINKWA_OK, "a whole environment");
    builds(config,
        "{\"platformId\":\"p\",\"platformPartnerId\":\"pp\",\"priority\":\"LOW\",\"eventReportGates\":[\"a\",\"b\"],\"refId\":\"r\","
        "\"source\":\"" FROM "\",\"destinations\":[\"" TO "\"],\"messages\":[" BUILT_TEXT "]}",
        "what the environment says");
    is_status(linkwa_config_from_env(&config, NULL), LINKWA_OK, "once more");
    okay(linkwa_config_add_event_report_gate(config, "c"), "a gate");
    okay(linkwa_config_set_priority(config, LINKWA_PRIORITY_HIGH), "a priority");
    builds(config,
        "{\"platformId\":\"p\",\"platformPartnerId\":\"pp\",\"priority\":\"HIGH\",\"eventReportGates\":[\"c\"],\"refId\":\"r\","
        "\"source\":\"" FROM "\",\"destinations\":[\"" TO "\"],\"messages\":[" BUILT_TEXT "]}",
        "gates replace those of the environment");

    linkwa_client *client = NULL;
    answer_ok(server);
    is_status(linkwa_client_from_env(&client, NULL), LINKWA_OK, "linkwa_client_from_env");
    linkwa_result *result = NULL;
    is_status(linkwa_send_text(client, TO, "Hello", NULL, &result, NULL), LINKWA_OK, "its client sends");
    linkwa_result_free(result);
    linkwa_client_free(client);

    setenv("LINKWA_PRIORITY", "URGENT", 1);
    setenv("LINKWA_TIMEOUT_MS", "soon", 1);
    setenv("LINKWA_SOURCE", "\xff", 1);
    setenv("LINKWA_API_KEY", "canary\n", 1);
    client = NULL;
    config = NULL;
    err = NULL;
    is_status(linkwa_config_from_env(&config, &err), LINKWA_INVALID_CONFIG, "an environment with mistakes");
    message = linkwa_error_message(err);
    ok(contains(message, "LINKWA_PRIORITY") && contains(message, "LINKWA_TIMEOUT_MS") && contains(message, "LINKWA_SOURCE"),
        "each is named: %s", message);
    ok(!contains(message, "canary"), "the password is not");
    linkwa_error_free(err);
    err = NULL;
    is_status(linkwa_client_from_env(&client, &err), LINKWA_INVALID_CONFIG, "linkwa_client_from_env with mistakes");
    ok(client == NULL && contains(linkwa_error_message(err), "LINKWA_PRIORITY"), "each is named there too");
    linkwa_error_free(err);
    static const char *const names[] = {"BASE_URL", "USERNAME", "PASSWORD", "PLATFORM_ID", "PLATFORM_PARTNER_ID", "SOURCE", "PRIORITY",
        "EVENT_REPORT_GATES", "TIMEOUT_MS", "API_KEY"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[64];
        snprintf(name, sizeof name, "LINKWA_%s", names[i]);
        unsetenv(name);
    }
}

int main(void) {
    server = server_start();
    defaults();
    regions();
    base_urls();
    credentials();
    headers();
    timeouts();
    proxies();
    roots();
    attempts();
    busy_gateway();
    connections_and_queue();
    plain_http();
    strict();
    first_error_is_remembered();
    several_clients();
    from_env();
    server_stop(server);
    return done();
}
