/*
 * Sends beside libcurl, whose connections are kept, with bodies and answers by yyjson.
 *
 * `send URL` measures the plain responder: linkwa_send_text() beside an easy handle, one send after the other.
 * `send URL CA_FILE` measures the TLS gateway: linkwa_send_async() beside a multi handle, 64 sends at once.
 */
#include "measure.h"

#include <curl/curl.h>
#include <linkwa.h>
#include <pthread.h>
#include <yyjson.h>

#define AT_ONCE 64

static const char *const TO = "+46000000001";
static const char *const EXPECTED = "8aU6cwxAKE9NzMLrS6M82Y";

static linkwa_client *client;
static FILE *randomness;

static bool is_sent(const linkwa_result *result) {
    return linkwa_result_message_ids_len(result) == 1 && strcmp(linkwa_result_message_id(result, 0), EXPECTED) == 0;
}

static bool ours(void) {
    linkwa_result *result = NULL;
    const bool ok = linkwa_send_text(client, TO, "Hello", NULL, &result, NULL) == LINKWA_OK && is_sent(result);
    linkwa_result_free(result);
    return ok;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long wanted, sent, failed;

static void on_done(void *user_data, linkwa_result *result, linkwa_error *error) {
    (void)user_data;
    const bool ok = is_sent(result);
    linkwa_result_free(result);
    linkwa_error_free(error);
    pthread_mutex_lock(&lock);
    *(ok ? &sent : &failed) += 1;
    const bool is_last = sent + failed == wanted;
    pthread_mutex_unlock(&lock);
    if (is_last) {
        pthread_cond_signal(&changed);
    }
}

/* All are given to the client, which has 64 under way at once. */
static bool ours_many(long count) {
    linkwa_message *hello = linkwa_message_text("Hello");
    bool ok = true;
    wanted = count;
    sent = failed = 0;
    for (long i = 0; i < count && ok; i++) {
        ok = linkwa_send_async(client, &TO, 1, hello, NULL, on_done, NULL, NULL, NULL) == LINKWA_OK;
    }
    linkwa_message_free(hello);
    pthread_mutex_lock(&lock);
    while (ok && sent + failed < count) {
        pthread_cond_wait(&changed, &lock);
    }
    ok = ok && failed == 0;
    pthread_mutex_unlock(&lock);
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

static char *text_body(size_t *len) {
    char ref_id[37];
    new_ref_id(ref_id);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *request = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, request);
    yyjson_mut_obj_add_str(doc, request, "platformId", "platform");
    yyjson_mut_obj_add_str(doc, request, "platformPartnerId", "partner");
    yyjson_mut_obj_add_str(doc, request, "priority", "NORMAL");
    yyjson_mut_obj_add_str(doc, request, "refId", ref_id);
    yyjson_mut_obj_add_str(doc, request, "source", "+46000000000");
    yyjson_mut_arr_add_str(doc, yyjson_mut_obj_add_arr(doc, request, "destinations"), TO);
    yyjson_mut_val *message = yyjson_mut_arr_add_obj(doc, yyjson_mut_obj_add_arr(doc, request, "messages"));
    yyjson_mut_obj_add_str(doc, message, "type", "text");
    yyjson_mut_obj_add_str(doc, yyjson_mut_obj_add_obj(doc, message, "text"), "body", "Hello");
    char *body = yyjson_mut_write(doc, 0, len);
    yyjson_mut_doc_free(doc);
    return body;
}

/* A transfer of libcurl: its handle is used again. */
typedef struct {
    CURL *easy;
    char *body;
    size_t len;
    char bytes[4096];
} transfer_t;

static size_t on_body(char *bytes, size_t size, size_t count, void *data) {
    transfer_t *transfer = data;
    const size_t len = size * count;
    if (len > sizeof transfer->bytes - transfer->len) {
        return 0; /* no answer is that long */
    }
    memcpy(transfer->bytes + transfer->len, bytes, len);
    transfer->len += len;
    return len;
}

static struct curl_slist *headers;

static void transfer_open(transfer_t *transfer, const char *url, const char *ca_file) {
    CURL *easy = curl_easy_init();
    if (!easy) {
        die("there is no libcurl");
    }
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_USERPWD, "user:secret");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    if (ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    }
    transfer->easy = easy;
}

static void transfer_begin(transfer_t *transfer) {
    size_t len = 0;
    transfer->len = 0;
    transfer->body = text_body(&len);
    curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, transfer->body);
    curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE, (long)len);
}

static bool transfer_end(transfer_t *transfer, CURLcode code) {
    long status = 0;
    free(transfer->body);
    if (code != CURLE_OK || curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status != 200) {
        return false;
    }
    yyjson_doc *doc = yyjson_read(transfer->bytes, transfer->len, 0);
    yyjson_val *root = yyjson_doc_get_root(doc);
    const char *id = yyjson_get_str(yyjson_arr_get(yyjson_obj_get(root, "messageIds"), 0));
    const bool ok = yyjson_get_int(yyjson_obj_get(root, "resultCode")) == 112001 && id && strcmp(id, EXPECTED) == 0;
    yyjson_doc_free(doc);
    return ok;
}

static transfer_t transfers[AT_ONCE];
static CURLM *multi;

static bool theirs(void) {
    transfer_begin(&transfers[0]);
    return transfer_end(&transfers[0], curl_easy_perform(transfers[0].easy));
}

static bool theirs_many(long count) {
    long begun = 0, done = 0;
    for (; begun < AT_ONCE && begun < count; begun++) {
        transfer_begin(&transfers[begun]);
        curl_multi_add_handle(multi, transfers[begun].easy);
    }
    while (done < count) {
        int running = 0, left = 0;
        if (curl_multi_perform(multi, &running) != CURLM_OK) {
            return false;
        }
        for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
            void *transfer = NULL;
            const CURLcode code = message->data.result;
            CURL *easy = message->easy_handle;
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
            curl_multi_remove_handle(multi, easy);
            if (!transfer_end(transfer, code)) {
                return false;
            }
            done++;
            if (begun < count) {
                begun++;
                transfer_begin(transfer);
                curl_multi_add_handle(multi, easy);
            }
        }
        if (done < count && curl_multi_poll(multi, NULL, 0, 1000, NULL) != CURLM_OK) {
            return false;
        }
    }
    return true;
}

/* Both sides post bodies of one length. */
static void check_body(void) {
    linkwa_message *hello = linkwa_message_text("Hello");
    linkwa_options *options = linkwa_options_new();
    linkwa_buffer *buffer = NULL;
    size_t len = 0;
    free(text_body(&len));
    linkwa_options_set_ref_id(options, "fe28eb5a-8757-439e-8566-49a47813af8b"); /* as long as the others */
    if (linkwa_build(client, &TO, 1, hello, options, &buffer, NULL) != LINKWA_OK || linkwa_buffer_len(buffer) != len) {
        die("the sides post different bodies");
    }
    linkwa_buffer_free(buffer);
    linkwa_options_free(options);
    linkwa_message_free(hello);
}

int main(int argc, char **argv) {
    if (argc != 2 && argc != 3) {
        die("usage: send URL [CA_FILE]");
    }
    const char *ca_file = argc == 3 ? argv[2] : NULL;
    char url[256];
    snprintf(url, sizeof url, "%s/whatsapp-message", argv[1]);
    linkwa_config *config = linkwa_config_new();
    linkwa_config_set_base_url(config, url);
    linkwa_config_set_credentials(config, "user", "secret");
    linkwa_config_set_platform(config, "platform", "partner");
    linkwa_config_set_source(config, "+46000000000");
    linkwa_config_set_max_connections(config, AT_ONCE);
    if (ca_file) {
        linkwa_config_set_ca_file(config, ca_file);
    }
    if (linkwa_client_new(config, &client, NULL) != LINKWA_OK) {
        die("linkwa fails");
    }

    randomness = fopen("/dev/urandom", "rb");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    headers = curl_slist_append(NULL, "Content-Type: application/json");
    multi = curl_multi_init();
    if (!randomness || !headers || !multi) {
        die("there is no libcurl");
    }
    strcat(url, "/messages");
    const int handles = ca_file ? AT_ONCE : 1;
    for (int i = 0; i < handles; i++) {
        transfer_open(&transfers[i], url, ca_file);
    }
    check_body();

    if (ca_file) {
        /* The delay allows 1,280 a second. */
        concurrent_sends("c-gateway/libcurl", ours_many, theirs_many, 12, 1280);
    } else {
        sends("c-send/libcurl", ours, theirs, argv[1], 100);
    }
    for (int i = 0; i < handles; i++) {
        curl_easy_cleanup(transfers[i].easy);
    }
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    curl_global_cleanup();
    fclose(randomness);
    linkwa_client_free(client);
    linkwa_config_free(config);
    return 0;
}
