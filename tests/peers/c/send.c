/*
 * Sends one after the other: linkwa_send_text() beside a libcurl easy handle, whose connection is kept, with body and answer by cJSON.
 * `send URL`
 */
#include "measure.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <linkwa.h>

static const char *const TO = "+46000000001";
static const char *const EXPECTED = "8aU6cwxAKE9NzMLrS6M82Y";

static linkwa_client *client;
static CURL *easy;
static FILE *randomness;

static bool ours(void) {
    linkwa_result *result = NULL;
    bool ok = linkwa_send_text(client, TO, "Hello", NULL, &result, NULL) == LINKWA_OK;
    ok = ok && linkwa_result_message_ids_len(result) == 1 && strcmp(linkwa_result_message_id(result, 0), EXPECTED) == 0;
    linkwa_result_free(result);
    return ok;
}

/* A reference that is new each time: a random UUID. */
static void new_ref_id(char text[37]) {
    unsigned char b[16];
    if (fread(b, sizeof b, 1, randomness) != 1) {
        die("there is no randomness");
    }
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    snprintf(text, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5], b[6],
             b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static char *text_body(void) {
    char ref_id[37];
    new_ref_id(ref_id);
    cJSON *request = cJSON_CreateObject();
    cJSON_AddStringToObject(request, "platformId", "platform");
    cJSON_AddStringToObject(request, "platformPartnerId", "partner");
    cJSON_AddStringToObject(request, "priority", "NORMAL");
    cJSON_AddStringToObject(request, "refId", ref_id);
    cJSON_AddStringToObject(request, "source", "+46000000000");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(request, "destinations"), cJSON_CreateString(TO));
    cJSON *message = cJSON_CreateObject();
    cJSON_AddStringToObject(message, "type", "text");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(message, "text"), "body", "Hello");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(request, "messages"), message);
    char *body = cJSON_PrintUnformatted(request);
    cJSON_Delete(request);
    return body;
}

typedef struct {
    char bytes[4096];
    size_t len;
} answer_t;

static size_t on_body(char *bytes, size_t size, size_t count, void *data) {
    answer_t *answer = data;
    const size_t len = size * count;
    if (len > sizeof answer->bytes - answer->len) {
        return 0; /* no answer is that long */
    }
    memcpy(answer->bytes + answer->len, bytes, len);
    answer->len += len;
    return len;
}

static bool is_accepted(const answer_t *answer) {
    cJSON *root = cJSON_ParseWithLength(answer->bytes, answer->len);
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(root, "resultCode");
    const cJSON *ids = cJSON_GetObjectItemCaseSensitive(root, "messageIds");
    const char *id = cJSON_IsArray(ids) ? cJSON_GetStringValue(cJSON_GetArrayItem(ids, 0)) : NULL;
    const bool ok = cJSON_IsNumber(code) && code->valueint == 112001 && id && strcmp(id, EXPECTED) == 0;
    cJSON_Delete(root);
    return ok;
}

static bool theirs(void) {
    answer_t answer = {.len = 0};
    long status = 0;
    char *body = text_body();
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    bool ok = curl_easy_perform(easy) == CURLE_OK;
    ok = ok && curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 200 && is_accepted(&answer);
    cJSON_free(body);
    return ok;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        die("usage: send URL");
    }
    char url[256];
    snprintf(url, sizeof url, "%s/whatsapp-message", argv[1]);
    linkwa_config *config = linkwa_config_new();
    linkwa_config_set_base_url(config, url);
    linkwa_config_set_credentials(config, "user", "secret");
    linkwa_config_set_platform(config, "platform", "partner");
    linkwa_config_set_source(config, "+46000000000");
    if (linkwa_client_new(config, &client, NULL) != LINKWA_OK) {
        die("linkwa fails");
    }

    randomness = fopen("/dev/urandom", "rb");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    easy = curl_easy_init();
    if (!randomness || !easy) {
        die("there is no libcurl");
    }
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    strcat(url, "/messages");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_USERPWD, "user:secret");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);

    linkwa_message *hello = linkwa_message_text("Hello");
    linkwa_options *options = linkwa_options_new();
    linkwa_buffer *buffer = NULL;
    char *body = text_body();
    linkwa_options_set_ref_id(options, "fe28eb5a-8757-439e-8566-49a47813af8b"); /* as long as the others */
    if (linkwa_build(client, &TO, 1, hello, options, &buffer, NULL) != LINKWA_OK || linkwa_buffer_len(buffer) != strlen(body)) {
        die("the sides post different bodies");
    }
    cJSON_free(body);
    linkwa_buffer_free(buffer);
    linkwa_options_free(options);
    linkwa_message_free(hello);

    if (!ours() || !theirs()) {
        die("a send fails");
    }
    sends("c-send/libcurl", ours, theirs, argv[1], 100);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    curl_global_cleanup();
    fclose(randomness);
    linkwa_client_free(client);
    linkwa_config_free(config);
    return 0;
}
