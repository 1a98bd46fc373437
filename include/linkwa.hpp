/*
 * linkwa for C++17: owners, exceptions and views over linkwa.h, which documents what everything means. Header-only; link with
 * liblinkwa. Nothing is decided here.
 *
 *     linkwa::Client client(linkwa::Config().region("n-eu").credentials("user", "secret").platform("pid", "ppid").source("+46000000000"));
 *     try {
 *         linkwa::Result sent = client.send_text("+46000000001", "Hello");
 *     } catch (const linkwa::Error &error) {
 *         if (error.outcome() == LINKWA_MESSAGE_UNKNOWN) reconcile(error.ref_id());
 *     }
 *
 * Every call that fails throws linkwa::Error. Objects are movable and free themselves; what a getter gives as std::string_view lives as
 * long as the object it was asked of, as in C. Threads may share every object. An optional that is empty says that there is none.
 */
#ifndef LINKWA_HPP
#define LINKWA_HPP

#include "linkwa.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace linkwa {

/** A text or nothing; `{}` and `nullptr`-like absence is an empty optional. */
using Text = std::optional<std::string_view>;

/** What validation found: see linkwa_findings. */
struct Finding {
    std::string_view path;
    std::string_view code;
    std::string_view message;
    linkwa_severity severity;
};

/** A destination and the id of its message. */
struct Receipt {
    std::string_view destination;
    std::string_view message_id;
};

namespace detail {

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T *object) const noexcept {
        Free(object);
    }
};

template <class T, auto Free>
using Owner = std::unique_ptr<T, Freer<Free>>;

using ErrorOwner = Owner<linkwa_error, linkwa_error_free>;

/** A text that C gave with the object that tells its length. */
template <class Object>
Text text(const Object *object, const char *text, std::size_t (*len)(const Object *, const char *)) {
    if (text == nullptr) return std::nullopt;
    return std::string_view(text, len(object, text));
}

inline std::string_view or_empty(Text text) { return text.value_or(std::string_view()); }

inline std::vector<Finding> findings(const linkwa_findings *findings) {
    std::vector<Finding> all;
    const std::size_t len = linkwa_findings_len(findings);
    all.reserve(len);
    for (std::size_t i = 0; i < len; ++i) {
        auto part = [&](const char *part) { return or_empty(text(findings, part, linkwa_findings_text_len)); };
        all.push_back({part(linkwa_findings_path(findings, i)), part(linkwa_findings_code(findings, i)),
                       part(linkwa_findings_message(findings, i)), linkwa_findings_severity(findings, i)});
    }
    return all;
}

} // namespace detail

/** Why a call failed, and what is known about the message: see linkwa_error. */
class Error : public std::exception {
  public:
    explicit Error(linkwa_error *error) : error_(error, linkwa_error_free) {}
    /** An argument that C cannot be given. */
    explicit Error(std::string message) : error_(), message_(std::move(message)) {}

    const char *what() const noexcept override {
        const char *message = linkwa_error_message(error_.get());
        return message != nullptr ? message : message_.c_str();
    }
    linkwa_status code() const noexcept { return linkwa_error_code(error_.get()); }
    linkwa_outcome outcome() const noexcept {
        return error_ ? linkwa_error_outcome(error_.get()) : LINKWA_MESSAGE_NOT_SENT;
    }
    linkwa_reason reason() const noexcept { return linkwa_error_reason(error_.get()); }
    Text ref_id() const { return text(linkwa_error_ref_id(error_.get())); }
    std::optional<int> http_status() const {
        const int status = linkwa_error_http_status(error_.get());
        return status != 0 ? std::optional<int>(status) : std::nullopt;
    }
    std::optional<std::int64_t> result_code() const {
        std::int64_t code = 0;
        return linkwa_error_result_code(error_.get(), &code) ? std::optional<std::int64_t>(code) : std::nullopt;
    }
    Text description() const { return text(linkwa_error_description(error_.get())); }
    Text translated_description() const { return text(linkwa_error_translated_description(error_.get())); }
    std::optional<std::chrono::milliseconds> retry_after() const {
        const std::int64_t wait = linkwa_error_retry_after_ms(error_.get());
        return wait >= 0 ? std::optional<std::chrono::milliseconds>(wait) : std::nullopt;
    }
    std::vector<Finding> findings() const { return detail::findings(linkwa_error_findings(error_.get())); }
    Text response_body() const { return text(linkwa_error_response_body(error_.get())); }
    Text path() const { return text(linkwa_error_path(error_.get())); }
    std::optional<std::size_t> position() const {
        const std::int64_t position = linkwa_error_position(error_.get());
        return position >= 0 ? std::optional<std::size_t>(static_cast<std::size_t>(position)) : std::nullopt;
    }

  private:
    Text text(const char *text) const { return detail::text(error_.get(), text, linkwa_error_text_len); }

    std::shared_ptr<linkwa_error> error_; // exceptions are copied
    std::string message_;
};

namespace detail {

/** A text for C, which must end with NUL and cannot hold one. */
class CText {
  public:
    CText(std::string_view text) : text_(text) {
        if (text_.find('\0') != std::string::npos) throw Error(std::string("invalid argument: a text has a U+0000 in it"));
    }
    CText(const char *text) : CText(text != nullptr ? std::string_view(text) : std::string_view()) {}
    CText(const std::string &text) : CText(std::string_view(text)) {}
    operator const char *() const noexcept { return text_.c_str(); }

  private:
    std::string text_;
};

/** As CText, or NULL. */
class MaybeText {
  public:
    MaybeText(Text text) {
        if (text) text_.emplace(*text);
    }
    operator const char *() const noexcept { return text_ ? static_cast<const char *>(*text_) : nullptr; }

  private:
    std::optional<CText> text_;
};

/** Calls a function that fails with an error; throws that. */
template <class Function, class... Arguments>
void call(Function function, Arguments &&...arguments) {
    linkwa_error *error = nullptr;
    if (function(std::forward<Arguments>(arguments)..., &error) != LINKWA_OK) throw Error(error);
}

/** As call(), for a function that gives an object. */
template <class Handle, class Function, class... Arguments>
Handle give(Function function, Arguments &&...arguments) {
    typename Handle::pointer object = nullptr;
    call(function, std::forward<Arguments>(arguments)..., &object);
    return Handle(object);
}

using BufferOwner = Owner<linkwa_buffer, linkwa_buffer_free>;

inline std::string string(const BufferOwner &buffer) {
    return std::string(linkwa_buffer_data(buffer.get()), linkwa_buffer_len(buffer.get()));
}

} // namespace detail

/** Destinations: one, or a list of them. */
class Destinations {
  public:
    Destinations(const char *one) : texts_{detail::CText(one)} {}
    Destinations(std::string_view one) : texts_{detail::CText(one)} {}
    Destinations(const std::string &one) : texts_{detail::CText(one)} {}
    Destinations(std::initializer_list<std::string_view> several) : texts_(several.begin(), several.end()) {}
    template <class Container, class = decltype(std::string_view(*std::begin(std::declval<const Container &>()))),
              class = std::enable_if_t<!std::is_convertible_v<const Container &, std::string_view>>>
    Destinations(const Container &several) {
        for (const auto &one : several) texts_.emplace_back(std::string_view(one));
    }

    /** For C. */
    std::vector<const char *> pointers() const {
        // Never empty, so that an empty list is an array without items and not NULL.
        std::vector<const char *> pointers;
        pointers.reserve(texts_.size() + 1);
        for (const auto &text : texts_) pointers.push_back(text);
        pointers.push_back(nullptr);
        return pointers;
    }
    std::size_t size() const noexcept { return texts_.size(); }

  private:
    std::vector<detail::CText> texts_;
};

/** How a client reaches the gateway, and what its requests say by default: see linkwa_config. */
class Config {
  public:
    Config() : config_(linkwa_config_new()) {}
    static Config from_env() { return Config(detail::give<Handle>(linkwa_config_from_env)); }

    // A setter that goes wrong is remembered, and told by Client().
    Config &region(std::string_view region) { return set(linkwa_config_set_region, detail::CText(region)); }
    Config &base_url(std::string_view url) { return set(linkwa_config_set_base_url, detail::CText(url)); }
    Config &credentials(std::string_view username, std::string_view password) {
        return set(linkwa_config_set_credentials, detail::CText(username), detail::CText(password));
    }
    Config &platform(std::string_view platform_id, std::string_view platform_partner_id) {
        return set(linkwa_config_set_platform, detail::CText(platform_id), detail::CText(platform_partner_id));
    }
    Config &source(std::string_view source) { return set(linkwa_config_set_source, detail::CText(source)); }
    Config &priority(linkwa_priority priority) { return set(linkwa_config_set_priority, priority); }
    Config &event_report_gate(std::string_view gate) {
        return set(linkwa_config_add_event_report_gate, detail::CText(gate));
    }
    Config &platform_service_id(std::string_view id) {
        return set(linkwa_config_set_platform_service_id, detail::CText(id));
    }
    Config &platform_service_type(std::string_view type) {
        return set(linkwa_config_set_platform_service_type, detail::CText(type));
    }
    Config &custom_parameter(std::string_view key, std::string_view value) {
        return set(linkwa_config_add_custom_parameter, detail::CText(key), detail::CText(value));
    }
    Config &relative_validity_time(std::chrono::milliseconds time) {
        return set(linkwa_config_set_relative_validity_time_ms, count(time));
    }
    Config &timeout(std::chrono::milliseconds timeout) { return set(linkwa_config_set_timeout_ms, count(timeout)); }
    Config &connect_timeout(std::chrono::milliseconds timeout) {
        return set(linkwa_config_set_connect_timeout_ms, count(timeout));
    }
    Config &proxy(std::string_view url) { return set(linkwa_config_set_proxy, detail::CText(url)); }
    Config &no_proxy(std::string_view hosts) { return set(linkwa_config_set_no_proxy, detail::CText(hosts)); }
    Config &proxy_from_env(bool yes) { return set(linkwa_config_set_proxy_from_env, yes); }
    Config &ca_file(std::string_view path) { return set(linkwa_config_set_ca_file, detail::CText(path)); }
    Config &system_roots() { return set(linkwa_config_set_system_roots); }
    Config &max_attempts(std::uint32_t attempts) { return set(linkwa_config_set_max_attempts, attempts); }
    Config &retry_when_busy(bool yes) { return set(linkwa_config_set_retry_when_busy, yes); }
    Config &max_connections(std::size_t connections) { return set(linkwa_config_set_max_connections, connections); }
    Config &max_queue(std::size_t sends) { return set(linkwa_config_set_max_queue, sends); }
    Config &allow_http(bool yes) { return set(linkwa_config_set_allow_http, yes); }
    Config &strict(bool yes) { return set(linkwa_config_set_strict, yes); }

    const linkwa_config *get() const noexcept { return config_.get(); }

  private:
    using Handle = detail::Owner<linkwa_config, linkwa_config_free>;

    explicit Config(Handle config) : config_(std::move(config)) {}

    template <class Setter, class... Arguments>
    Config &set(Setter setter, const Arguments &...arguments) {
        setter(config_.get(), arguments...);
        return *this;
    }
    static std::uint64_t count(std::chrono::milliseconds time) {
        return time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
    }

    Handle config_;
};

/** What one send overrides: see linkwa_options. */
class Options {
  public:
    Options() : options_(linkwa_options_new()) {}

    // A setter that goes wrong is remembered, and told by whatever sends.
    Options &priority(linkwa_priority priority) { return set(linkwa_options_set_priority, priority); }
    Options &ref_id(std::string_view ref_id) { return set(linkwa_options_set_ref_id, detail::CText(ref_id)); }
    Options &event_report_gate(std::string_view gate) {
        return set(linkwa_options_add_event_report_gate, detail::CText(gate));
    }
    Options &custom_parameter(std::string_view key, std::string_view value) {
        return set(linkwa_options_add_custom_parameter, detail::CText(key), detail::CText(value));
    }
    Options &relative_validity_time(std::chrono::milliseconds time) {
        return set(linkwa_options_set_relative_validity_time_ms, count(time));
    }
    Options &absolute_validity_time(std::string_view rfc3339) {
        return set(linkwa_options_set_absolute_validity_time, detail::CText(rfc3339));
    }
    Options &valid_until(std::chrono::system_clock::time_point time) {
        const auto since = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
        return set(linkwa_options_set_valid_until, static_cast<std::int64_t>(since.count()));
    }
    Options &source(std::string_view source) { return set(linkwa_options_set_source, detail::CText(source)); }
    Options &platform_service_id(std::string_view id) {
        return set(linkwa_options_set_platform_service_id, detail::CText(id));
    }
    Options &platform_service_type(std::string_view type) {
        return set(linkwa_options_set_platform_service_type, detail::CText(type));
    }
    Options &platform_transaction_id(std::string_view id) {
        return set(linkwa_options_set_platform_transaction_id, detail::CText(id));
    }
    Options &timeout(std::chrono::milliseconds timeout) { return set(linkwa_options_set_timeout_ms, count(timeout)); }

    const linkwa_options *get() const noexcept { return options_.get(); }

  private:
    template <class Setter, class... Arguments>
    Options &set(Setter setter, const Arguments &...arguments) {
        setter(options_.get(), arguments...);
        return *this;
    }
    static std::uint64_t count(std::chrono::milliseconds time) {
        return time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
    }

    detail::Owner<linkwa_options, linkwa_options_free> options_;
};

/** A contact card: see linkwa_contact. The structs' members that are NULL are absent. */
class Contact {
  public:
    Contact() : contact_(linkwa_contact_new()) {}

    Contact &name(const linkwa_name &name) { return set(linkwa_contact_set_name, &name); }
    Contact &org(const linkwa_org &org) { return set(linkwa_contact_set_org, &org); }
    Contact &birthday(std::string_view day) { return set(linkwa_contact_set_birthday, detail::CText(day)); }
    Contact &address(const linkwa_address &address) { return set(linkwa_contact_add_address, &address); }
    Contact &phone(Text phone, Text type = {}, Text wa_id = {}) {
        return set(linkwa_contact_add_phone, detail::MaybeText(phone), detail::MaybeText(type), detail::MaybeText(wa_id));
    }
    Contact &email(Text email, Text type = {}) {
        return set(linkwa_contact_add_email, detail::MaybeText(email), detail::MaybeText(type));
    }
    Contact &url(Text url, Text type = {}) {
        return set(linkwa_contact_add_url, detail::MaybeText(url), detail::MaybeText(type));
    }

    const linkwa_contact *get() const noexcept { return contact_.get(); }

  private:
    template <class Setter, class... Arguments>
    Contact &set(Setter setter, const Arguments &...arguments) {
        setter(contact_.get(), arguments...);
        return *this;
    }

    detail::Owner<linkwa_contact, linkwa_contact_free> contact_;
};

/** A message of any type: see linkwa_message. */
class Message {
  public:
    static Message text(std::string_view body) { return Message(linkwa_message_text(detail::CText(body))); }
    static Message image(std::string_view link) { return Message(linkwa_message_image(detail::CText(link))); }
    static Message audio(std::string_view link) { return Message(linkwa_message_audio(detail::CText(link))); }
    static Message video(std::string_view link) { return Message(linkwa_message_video(detail::CText(link))); }
    static Message document(std::string_view link) { return Message(linkwa_message_document(detail::CText(link))); }
    static Message location(double latitude, double longitude) {
        return Message(linkwa_message_location(latitude, longitude));
    }
    static Message contacts(const std::vector<const Contact *> &contacts = {}) {
        Message message(linkwa_message_contacts());
        for (const Contact *contact : contacts) message.contact(*contact);
        return message;
    }
    static Message template_(std::string_view name, std::string_view name_space, std::string_view language) {
        return Message(linkwa_message_template(detail::CText(name), detail::CText(name_space), detail::CText(language)));
    }
    static Message from_json(std::string_view json) { return Message(linkwa_message_from_json(data(json), json.size())); }
    static Message raw(std::string_view json) { return Message(linkwa_message_raw(data(json), json.size())); }

    /** Throws the first thing that went wrong in making the message, if any. */
    void check() const { detail::call(linkwa_message_check, get()); }
    std::string_view type() const { return linkwa_message_type(get()); }

    // What goes wrong is remembered, and told by whatever sends.
    Message &append(const Message &next) { return set(linkwa_message_append, next.get()); }
    Message &preview_url(bool yes) { return set(linkwa_message_set_preview_url, yes); }
    Message &caption(std::string_view caption) { return set(linkwa_message_set_caption, detail::CText(caption)); }
    Message &filename(std::string_view name) { return set(linkwa_message_set_filename, detail::CText(name)); }
    Message &name(std::string_view name) { return set(linkwa_message_set_name, detail::CText(name)); }
    Message &address(std::string_view address) { return set(linkwa_message_set_address, detail::CText(address)); }
    Message &contact(const Contact &contact) { return set(linkwa_message_add_contact, contact.get()); }
    Message &header() { return set(linkwa_message_add_header); }
    Message &header_text(std::string_view text) { return set(linkwa_message_add_header_text, detail::CText(text)); }
    Message &header_image(std::string_view link) { return set(linkwa_message_add_header_image, detail::CText(link)); }
    Message &header_video(std::string_view link) { return set(linkwa_message_add_header_video, detail::CText(link)); }
    Message &header_document(std::string_view link, Text filename = {}) {
        return set(linkwa_message_add_header_document, detail::CText(link), detail::MaybeText(filename));
    }
    Message &body() { return set(linkwa_message_add_body); }
    Message &body_text(std::string_view text) { return set(linkwa_message_add_body_text, detail::CText(text)); }
    Message &body_currency(std::string_view fallback_value, std::string_view code, std::int64_t amount_1000) {
        return set(linkwa_message_add_body_currency, detail::CText(fallback_value), detail::CText(code), amount_1000);
    }
    Message &body_date_time(std::string_view fallback_value, std::uint32_t year, std::uint32_t month, std::uint32_t day,
                            std::uint32_t hour, std::uint32_t minute) {
        return set(linkwa_message_add_body_date_time, detail::CText(fallback_value), year, month, day, hour, minute);
    }
    Message &body_timestamp(std::string_view fallback_value, std::uint64_t milliseconds) {
        return set(linkwa_message_add_body_timestamp, detail::CText(fallback_value), milliseconds);
    }
    Message &quick_reply(std::uint32_t index, Text payload = {}) {
        return set(linkwa_message_add_quick_reply, index, detail::MaybeText(payload));
    }
    Message &url_button(std::uint32_t index, Text text = {}) {
        return set(linkwa_message_add_url_button, index, detail::MaybeText(text));
    }

    const linkwa_message *get() const noexcept { return message_.get(); }
    linkwa_message *release() noexcept { return message_.release(); }

  private:
    explicit Message(linkwa_message *message) : message_(message) {}

    template <class Setter, class... Arguments>
    Message &set(Setter setter, const Arguments &...arguments) {
        setter(message_.get(), arguments...);
        return *this;
    }
    static const char *data(std::string_view bytes) { return bytes.data() != nullptr ? bytes.data() : ""; }

    detail::Owner<linkwa_message, linkwa_message_free> message_;
};

/** A message that the gateway accepted: see linkwa_result. */
class Result {
  public:
    explicit Result(linkwa_result *result) : result_(result) {}

    std::string_view ref_id() const { return detail::or_empty(text(linkwa_result_ref_id(get()))); }
    std::int64_t result_code() const { return linkwa_result_result_code(get()); }
    Text description() const { return text(linkwa_result_description(get())); }
    std::vector<std::string_view> message_ids() const {
        std::vector<std::string_view> ids;
        for (std::size_t i = 0; i < linkwa_result_message_ids_len(get()); ++i) {
            ids.push_back(detail::or_empty(text(linkwa_result_message_id(get(), i))));
        }
        return ids;
    }
    std::vector<Receipt> receipts() const {
        std::vector<Receipt> receipts;
        for (std::size_t i = 0; i < linkwa_result_receipts_len(get()); ++i) {
            receipts.push_back({detail::or_empty(text(linkwa_result_receipt_destination(get(), i))),
                                detail::or_empty(text(linkwa_result_receipt_message_id(get(), i)))});
        }
        return receipts;
    }
    std::vector<Finding> warnings() const { return detail::findings(linkwa_result_warnings(get())); }
    std::uint32_t attempts() const { return linkwa_result_attempts(get()); }

    const linkwa_result *get() const noexcept { return result_.get(); }

  private:
    Text text(const char *text) const { return detail::text(get(), text, linkwa_result_text_len); }

    detail::Owner<linkwa_result, linkwa_result_free> result_;
};

/** A send that is under way on a worker, or over: see linkwa_pending. Destroying it does not stop the send. */
class Pending {
  public:
    explicit Pending(linkwa_pending *pending) : pending_(pending) {}

    std::string_view ref_id() const { return linkwa_pending_ref_id(pending_.get()); }
    bool is_done() const { return linkwa_pending_is_done(pending_.get()); }
    void cancel() const { linkwa_pending_cancel(pending_.get()); }
    bool wait_for(std::chrono::milliseconds time) const {
        return linkwa_pending_wait_timeout(pending_.get(), time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0);
    }
    /** Waits for the result, or throws the Error. */
    Result wait() const {
        linkwa_result *result = nullptr;
        detail::call(linkwa_pending_wait, pending_.get(), &result);
        return Result(result);
    }

  private:
    detail::Owner<linkwa_pending, linkwa_pending_free> pending_;
};

/** What came of one request of many: see linkwa_chunk. It must not be kept. */
class Chunk {
  public:
    explicit Chunk(const linkwa_chunk *chunk) : chunk_(chunk) {}

    std::uint64_t index() const { return linkwa_chunk_index(chunk_); }
    std::string_view ref_id() const { return linkwa_chunk_ref_id(chunk_); }
    std::vector<std::string_view> destinations() const {
        std::vector<std::string_view> all;
        for (std::size_t i = 0; i < linkwa_chunk_destinations_len(chunk_); ++i) {
            all.emplace_back(linkwa_chunk_destination(chunk_, i));
        }
        return all;
    }
    /** NULL if it was not accepted. */
    const linkwa_result *result() const { return linkwa_chunk_result(chunk_); }
    /** NULL if it was accepted. */
    const linkwa_error *error() const { return linkwa_chunk_error(chunk_); }

  private:
    const linkwa_chunk *chunk_;
};

/** A run of many, to be used inside the function that it is given to: see linkwa_many. */
class Many {
  public:
    explicit Many(const linkwa_many *many) : many_(many) {}

    std::string_view ref_id() const { return linkwa_many_ref_id(many_); }
    void stop() const { linkwa_many_stop(many_); }
    linkwa_progress progress() const {
        linkwa_progress progress{};
        linkwa_many_progress(many_, &progress);
        return progress;
    }
    std::string checkpoint() const {
        return detail::string(detail::give<detail::BufferOwner>(linkwa_many_checkpoint, many_));
    }

  private:
    const linkwa_many *many_;
};

/** How send_many() goes about it: see linkwa_many_options. */
class ManyOptions {
  public:
    ManyOptions() : options_(linkwa_many_options_new()) {}

    ManyOptions &destinations_per_request(std::size_t count) {
        linkwa_many_options_set_destinations_per_request(options_.get(), count);
        return *this;
    }
    ManyOptions &rate(double requests_per_second) {
        linkwa_many_options_set_rate(options_.get(), requests_per_second);
        return *this;
    }
    ManyOptions &send_options(const Options &options) {
        linkwa_many_options_set_send_options(options_.get(), options.get());
        return *this;
    }
    ManyOptions &resume(std::string_view checkpoint) {
        linkwa_many_options_set_resume(options_.get(), checkpoint.data() != nullptr ? checkpoint.data() : "", checkpoint.size());
        return *this;
    }
    ManyOptions &resend_unknown(bool yes) {
        linkwa_many_options_set_resend_unknown(options_.get(), yes);
        return *this;
    }

    const linkwa_many_options *get() const noexcept { return options_.get(); }

  private:
    detail::Owner<linkwa_many_options, linkwa_many_options_free> options_;
};

/** Access to one account at the gateway: see linkwa_client. */
class Client {
  public:
    explicit Client(const Config &config) : client_(detail::give<Handle>(linkwa_client_new, config.get())) {}
    static Client from_env() { return Client(detail::give<Handle>(linkwa_client_from_env)); }

    Result send_text(std::string_view to, std::string_view text, const Options *options = nullptr) const {
        return result(linkwa_send_text, to, options, detail::CText(text));
    }
    Result send_image(std::string_view to, std::string_view link, Text caption = {}, const Options *options = nullptr) const {
        return result(linkwa_send_image, to, options, detail::CText(link), detail::MaybeText(caption));
    }
    Result send_audio(std::string_view to, std::string_view link, const Options *options = nullptr) const {
        return result(linkwa_send_audio, to, options, detail::CText(link));
    }
    Result send_video(std::string_view to, std::string_view link, Text caption = {}, const Options *options = nullptr) const {
        return result(linkwa_send_video, to, options, detail::CText(link), detail::MaybeText(caption));
    }
    Result send_document(std::string_view to, std::string_view link, Text caption = {}, Text filename = {},
                         const Options *options = nullptr) const {
        return result(linkwa_send_document, to, options, detail::CText(link), detail::MaybeText(caption),
                      detail::MaybeText(filename));
    }
    Result send_location(std::string_view to, double latitude, double longitude, Text name = {}, Text address = {},
                         const Options *options = nullptr) const {
        return result(linkwa_send_location, to, options, latitude, longitude, detail::MaybeText(name),
                      detail::MaybeText(address));
    }
    Result send_contacts(std::string_view to, const Message &contacts, const Options *options = nullptr) const {
        return result(linkwa_send_contacts, to, options, contacts.get());
    }
    Result send_template(std::string_view to, const Message &message, const Options *options = nullptr) const {
        return result(linkwa_send_template, to, options, message.get());
    }
    Result send(const Destinations &to, const Message &message, const Options *options = nullptr) const {
        linkwa_result *result = nullptr;
        detail::call(linkwa_send, get(), to.pointers().data(), to.size(), message.get(), get(options), &result);
        return Result(result);
    }
    Result send_request(std::string_view json) const {
        linkwa_result *result = nullptr;
        detail::call(linkwa_send_request, get(), data(json), json.size(), &result);
        return Result(result);
    }
    Result send_raw(std::string_view json) const {
        linkwa_result *result = nullptr;
        detail::call(linkwa_send_raw, get(), data(json), json.size(), &result);
        return Result(result);
    }
    /** The exact bytes that send() would post. */
    std::string build(const Destinations &to, const Message &message, const Options *options = nullptr) const {
        return detail::string(detail::give<detail::BufferOwner>(linkwa_build, get(), to.pointers().data(), to.size(),
                                                                message.get(), get(options)));
    }

    /** Sends on a worker; wait for the result with what it gives. */
    Pending send_async(const Destinations &to, const Message &message, const Options *options = nullptr) const {
        linkwa_pending *pending = nullptr;
        detail::call(linkwa_send_async, get(), to.pointers().data(), to.size(), message.get(), get(options), nullptr, nullptr,
                     &pending);
        return Pending(pending);
    }
    /**
     * Sends on a worker, which calls `on_done` with a result or an error, once; see linkwa_on_done. An exception in it ends the
     * program.
     */
    Pending send_async(const Destinations &to, const Message &message,
                       std::function<void(std::optional<Result>, std::optional<Error>)> on_done,
                       const Options *options = nullptr) const {
        auto owned = std::make_unique<OnDone>(std::move(on_done));
        linkwa_pending *pending = nullptr;
        detail::call(linkwa_send_async, get(), to.pointers().data(), to.size(), message.get(), get(options), &Client::done,
                     static_cast<void *>(owned.get()), &pending);
        owned.release(); // done() has it, or had it
        return Pending(pending);
    }

    /**
     * Sends to very many: `next` gives destinations until it gives none, `on_chunk` is told what came of each request; see
     * linkwa_send_many(). Exceptions in the functions end the program.
     */
    linkwa_progress send_many(std::function<std::optional<std::string>()> next, const Message &message,
                              std::function<void(const Many &, const Chunk &)> on_chunk,
                              const ManyOptions *options = nullptr) const {
        Source source{std::move(next), {}};
        linkwa_progress progress{};
        detail::call(linkwa_send_many, get(), &Client::next, &source, message.get(),
                     options != nullptr ? options->get() : nullptr, &Client::chunk, &on_chunk, &progress);
        return progress;
    }
    /** As send_many(), with a message of its own for each destination. */
    linkwa_progress send_many_each(std::function<std::optional<std::string>()> next,
                                   std::function<Message(std::string_view)> message_for,
                                   std::function<void(const Many &, const Chunk &)> on_chunk,
                                   const ManyOptions *options = nullptr) const {
        Source source{std::move(next), {}};
        linkwa_progress progress{};
        detail::call(linkwa_send_many_each, get(), &Client::next, &source, &Client::message, &message_for,
                     options != nullptr ? options->get() : nullptr, &Client::chunk, &on_chunk, &progress);
        return progress;
    }

    void close(std::chrono::milliseconds timeout) const {
        linkwa_client_close(get(), timeout.count() > 0 ? static_cast<std::uint64_t>(timeout.count()) : 0);
    }

    const linkwa_client *get() const noexcept { return client_.get(); }

  private:
    using Handle = detail::Owner<linkwa_client, linkwa_client_free>;
    using OnDone = std::function<void(std::optional<Result>, std::optional<Error>)>;
    struct Source {
        std::function<std::optional<std::string>()> next;
        std::optional<std::string> current;
    };

    explicit Client(Handle client) : client_(std::move(client)) {}

    template <class Verb, class... Parts>
    Result result(Verb verb, std::string_view to, const Options *options, const Parts &...parts) const {
        linkwa_result *result = nullptr;
        detail::call(verb, get(), detail::CText(to), parts..., get(options), &result);
        return Result(result);
    }
    static const linkwa_options *get(const Options *options) { return options != nullptr ? options->get() : nullptr; }
    static const char *data(std::string_view bytes) { return bytes.data() != nullptr ? bytes.data() : ""; }

    // What C calls. An exception must not pass through it.
    static void done(void *user_data, linkwa_result *result, linkwa_error *error) noexcept {
        std::unique_ptr<OnDone> on_done(static_cast<OnDone *>(user_data));
        std::optional<Result> sent;
        std::optional<Error> failed;
        if (result != nullptr) sent.emplace(result);
        if (error != nullptr) failed.emplace(error);
        (*on_done)(std::move(sent), std::move(failed));
    }
    static const char *next(void *user_data) noexcept {
        auto *source = static_cast<Source *>(user_data);
        source->current = source->next();
        return source->current ? source->current->c_str() : nullptr;
    }
    static linkwa_message *message(void *user_data, const char *destination) noexcept {
        return (*static_cast<std::function<Message(std::string_view)> *>(user_data))(destination).release();
    }
    static void chunk(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk) noexcept {
        (*static_cast<std::function<void(const Many &, const Chunk &)> *>(user_data))(Many(many), Chunk(chunk));
    }

    Handle client_;
};

/** The exact bytes that Client::send_request() would post. */
inline std::string build_request(std::string_view json) {
    return detail::string(detail::give<detail::BufferOwner>(
        linkwa_build_request, json.data() != nullptr ? json.data() : "", json.size()));
}

/** A new reference, unique across processes and machines: see linkwa_new_ref_id(). */
inline std::string new_ref_id() { return detail::string(detail::BufferOwner(linkwa_new_ref_id())); }

/** What is wrong or doubtful with a whole request: see linkwa_validate(). */
class Findings {
  public:
    explicit Findings(linkwa_findings *findings) : findings_(findings), all_(detail::findings(findings)) {}

    auto begin() const { return all_.begin(); }
    auto end() const { return all_.end(); }
    std::size_t size() const { return all_.size(); }
    bool empty() const { return all_.empty(); }
    const Finding &operator[](std::size_t index) const { return all_.at(index); }

  private:
    detail::Owner<linkwa_findings, linkwa_findings_free> findings_;
    std::vector<Finding> all_;
};

inline Findings validate(std::string_view json) {
    linkwa_findings *findings = nullptr;
    detail::call(linkwa_validate, json.data() != nullptr ? json.data() : "", json.size(), &findings);
    return Findings(findings);
}

/** Names with values, of a callback. */
using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

namespace detail {

/** What views on a callback have in common. */
class View {
  public:
    explicit View(const linkwa_callback *callback) : callback_(callback) {}

    /** Unknown fields of an object, and known ones of an unexpected shape, as JSON (rule C-6). */
    Pairs extra(linkwa_object object = LINKWA_OBJECT_CALLBACK) const {
        Pairs all;
        for (std::size_t i = 0; i < linkwa_callback_extra_len(callback_, object); ++i) {
            all.emplace_back(or_empty(text(linkwa_callback_extra_name(callback_, object, i))),
                             or_empty(text(linkwa_callback_extra_json(callback_, object, i))));
        }
        return all;
    }

  protected:
    Text text(const char *text) const { return detail::text(callback_, text, linkwa_callback_text_len); }

    std::optional<Pairs> parameters(linkwa_parameters which) const {
        if (!linkwa_callback_has_parameters(callback_, which)) return std::nullopt;
        Pairs all;
        for (std::size_t i = 0; i < linkwa_callback_parameters_len(callback_, which); ++i) {
            all.emplace_back(or_empty(text(linkwa_callback_parameter_name(callback_, which, i))),
                             or_empty(text(linkwa_callback_parameter_value(callback_, which, i))));
        }
        return all;
    }

    template <class Value>
    std::optional<Value> value(bool (*getter)(const linkwa_callback *, Value *)) const {
        Value value{};
        return getter(callback_, &value) ? std::optional<Value>(value) : std::nullopt;
    }

    const linkwa_callback *callback_;
};

} // namespace detail

/** A callback that says what came of a message; it lives as long as its Callback. */
class EventReport : public detail::View {
  public:
    using View::View;

    Text message_id() const { return text(linkwa_event_report_message_id(callback_)); }
    Text ref_id() const { return text(linkwa_event_report_ref_id(callback_)); }
    Text message_type() const { return text(linkwa_event_report_message_type(callback_)); }
    std::optional<std::int64_t> message_index() const { return value<std::int64_t>(linkwa_event_report_message_index); }
    Text timestamp_raw() const { return text(linkwa_event_report_timestamp_raw(callback_)); }
    std::optional<std::int64_t> timestamp_ms() const { return value<std::int64_t>(linkwa_event_report_timestamp_ms); }
    std::int64_t result_code() const { return linkwa_event_report_result_code(callback_); }
    linkwa_event_status status() const { return linkwa_event_report_status(callback_); }
    Text result_description() const { return text(linkwa_event_report_result_description(callback_)); }
    std::optional<Pairs> custom_parameters() const { return parameters(LINKWA_PARAMETERS_CUSTOM); }
    std::optional<Pairs> gate_custom_parameters() const { return parameters(LINKWA_PARAMETERS_GATE_CUSTOM); }
};

/** The route of a received message; it lives as long as its Callback. */
class Route : public detail::View {
  public:
    using View::View;

    Text id() const { return text(linkwa_received_message_route_id(callback_)); }
    Text ref_id() const { return text(linkwa_received_message_route_ref_id(callback_)); }
    Text platform_id() const { return text(linkwa_received_message_route_platform_id(callback_)); }
    Text platform_partner_id() const { return text(linkwa_received_message_route_platform_partner_id(callback_)); }
    Text platform_service_type() const { return text(linkwa_received_message_route_platform_service_type(callback_)); }
    Text platform_service_id() const { return text(linkwa_received_message_route_platform_service_id(callback_)); }
    Text number() const { return text(linkwa_received_message_route_number(callback_)); }
    std::optional<std::vector<std::string_view>> gate_ids() const {
        if (!linkwa_received_message_route_has_gate_ids(callback_)) return std::nullopt;
        std::vector<std::string_view> ids;
        for (std::size_t i = 0; i < linkwa_received_message_route_gate_ids_len(callback_); ++i) {
            ids.push_back(detail::or_empty(text(linkwa_received_message_route_gate_id(callback_, i))));
        }
        return ids;
    }
    std::optional<Pairs> custom_parameters() const { return parameters(LINKWA_PARAMETERS_ROUTE_CUSTOM); }
    Text kind() const { return text(linkwa_received_message_route_kind(callback_)); }
    Text keyword() const { return text(linkwa_received_message_route_keyword(callback_)); }
    Text keyword_type() const { return text(linkwa_received_message_route_keyword_type(callback_)); }
    std::optional<bool> active() const { return value<bool>(linkwa_received_message_route_active); }
    std::optional<bool> shared() const { return value<bool>(linkwa_received_message_route_shared); }
    Text start_raw() const { return text(linkwa_received_message_route_start_raw(callback_)); }
    std::optional<std::int64_t> start_ms() const { return value<std::int64_t>(linkwa_received_message_route_start_ms); }
    Text end_raw() const { return text(linkwa_received_message_route_end_raw(callback_)); }
    std::optional<std::int64_t> end_ms() const { return value<std::int64_t>(linkwa_received_message_route_end_ms); }
    Text description() const { return text(linkwa_received_message_route_description(callback_)); }
};

/** The button that a user pressed. */
struct Button {
    Text text;
    Text payload;
};

/** What a user replied to. */
struct Context {
    Text source;
    Text message_id;
};

/** A callback that says what a user wrote; it lives as long as its Callback. */
class ReceivedMessage : public detail::View {
  public:
    using View::View;

    std::string_view source() const { return detail::or_empty(text_of(linkwa_received_message_source)); }
    std::string_view message_id() const { return detail::or_empty(text_of(linkwa_received_message_message_id)); }
    Text destination() const { return text_of(linkwa_received_message_destination); }
    Text provider() const { return text_of(linkwa_received_message_provider); }
    Text provider_message_id() const { return text_of(linkwa_received_message_provider_message_id); }
    Text timestamp_raw() const { return text_of(linkwa_received_message_timestamp_raw); }
    std::optional<std::int64_t> timestamp_ms() const { return value<std::int64_t>(linkwa_received_message_timestamp_ms); }
    Text provider_timestamp_raw() const { return text_of(linkwa_received_message_provider_timestamp_raw); }
    std::optional<std::int64_t> provider_timestamp_ms() const {
        return value<std::int64_t>(linkwa_received_message_provider_timestamp_ms);
    }
    std::optional<std::int64_t> care_window_closes_at_ms() const {
        return value<std::int64_t>(linkwa_received_message_care_window_closes_at_ms);
    }
    Text content_kind() const { return text_of(linkwa_received_message_content_kind); }
    bool has_message() const { return linkwa_received_message_has_message(callback_); }
    Text content_type() const { return text_of(linkwa_received_message_content_type); }
    Text text() const { return text_of(linkwa_received_message_text); }
    std::optional<Button> button() const {
        if (!linkwa_received_message_has_button(callback_)) return std::nullopt;
        return Button{text_of(linkwa_received_message_button_text), text_of(linkwa_received_message_button_payload)};
    }
    std::optional<Context> context() const {
        if (!linkwa_received_message_has_context(callback_)) return std::nullopt;
        return Context{text_of(linkwa_received_message_context_source), text_of(linkwa_received_message_context_message_id)};
    }
    std::optional<Route> route() const {
        return linkwa_received_message_has_route(callback_) ? std::optional<Route>(Route(callback_)) : std::nullopt;
    }
    std::optional<Pairs> custom_parameters() const { return parameters(LINKWA_PARAMETERS_CUSTOM); }
    std::optional<Pairs> gate_custom_parameters() const { return parameters(LINKWA_PARAMETERS_GATE_CUSTOM); }

  private:
    Text text_of(const char *(*getter)(const linkwa_callback *)) const { return View::text(getter(callback_)); }
};

/** What the gateway posted to a callback URL: see linkwa_callback. */
class Callback {
  public:
    explicit Callback(linkwa_callback *callback) : callback_(callback) {}

    linkwa_kind kind() const { return linkwa_callback_kind(get()); }
    std::string_view key() const { return text(linkwa_callback_key(get())); }
    std::string_view raw() const { return text(linkwa_callback_raw(get())); }
    /** Empty if it is none. */
    std::optional<EventReport> event_report() const {
        return kind() == LINKWA_EVENT_REPORT ? std::optional<EventReport>(EventReport(get())) : std::nullopt;
    }
    /** Empty if it is none. */
    std::optional<ReceivedMessage> received_message() const {
        return kind() == LINKWA_RECEIVED_MESSAGE ? std::optional<ReceivedMessage>(ReceivedMessage(get())) : std::nullopt;
    }

    const linkwa_callback *get() const noexcept { return callback_.get(); }

  private:
    std::string_view text(const char *text) const {
        return detail::or_empty(detail::text(get(), text, linkwa_callback_text_len));
    }

    detail::Owner<linkwa_callback, linkwa_callback_free> callback_;
};

/** Reads the body of a callback: see linkwa_callback_parse(). */
inline Callback parse_callback(std::string_view body) {
    linkwa_callback *callback = nullptr;
    detail::call(linkwa_callback_parse, body.data() != nullptr ? body.data() : "", body.size(), &callback);
    return Callback(callback);
}

/** What is known about a message: see linkwa_message_state. */
class MessageState {
  public:
    explicit MessageState(linkwa_message_state *state) : state_(state) {}

    Text message_id() const { return text(linkwa_message_state_message_id(state_.get())); }
    std::optional<std::int64_t> message_index() const { return number(linkwa_message_state_message_index); }
    Text ref_id() const { return text(linkwa_message_state_ref_id(state_.get())); }
    linkwa_event_status status() const { return linkwa_message_state_status(state_.get()); }
    std::int64_t result_code() const { return linkwa_message_state_result_code(state_.get()); }
    Text timestamp_raw() const { return text(linkwa_message_state_timestamp_raw(state_.get())); }
    std::optional<std::int64_t> timestamp_ms() const { return number(linkwa_message_state_timestamp_ms); }
    Text description() const { return text(linkwa_message_state_description(state_.get())); }
    bool is_final() const { return linkwa_message_state_is_final(state_.get()); }
    bool is_disputed() const { return linkwa_message_state_is_disputed(state_.get()); }
    std::optional<std::int64_t> other_code() const { return number(linkwa_message_state_other_code); }
    bool changed() const { return linkwa_message_state_changed(state_.get()); }

  private:
    Text text(const char *text) const { return detail::text(state_.get(), text, linkwa_message_state_text_len); }
    std::optional<std::int64_t> number(bool (*getter)(const linkwa_message_state *, std::int64_t *)) const {
        std::int64_t value = 0;
        return getter(state_.get(), &value) ? std::optional<std::int64_t>(value) : std::nullopt;
    }

    struct Freer {
        void operator()(linkwa_message_state *state) const noexcept { linkwa_message_state_free(state); }
    };
    std::unique_ptr<linkwa_message_state, Freer> state_;
};

/** What became of messages: see linkwa_status_tracker. */
class StatusTracker {
  public:
    StatusTracker() : tracker_(linkwa_status_tracker_new()) {}
    static StatusTracker from_json(std::string_view json) {
        return StatusTracker(detail::give<Handle>(linkwa_status_tracker_from_json, json.data() != nullptr ? json.data() : "",
                                                  json.size()));
    }

    /** The callback must be an event report. */
    MessageState apply(const Callback &report) {
        linkwa_message_state *state = nullptr;
        detail::call(linkwa_status_tracker_apply, tracker_.get(), report.get(), &state);
        return MessageState(state);
    }
    std::optional<MessageState> state(std::string_view message_id, std::int64_t message_index = LINKWA_NO_INDEX) const {
        linkwa_message_state *state = nullptr;
        detail::call(linkwa_status_tracker_state, tracker_.get(), detail::CText(message_id), message_index, &state);
        return state != nullptr ? std::optional<MessageState>(state) : std::nullopt;
    }
    std::optional<MessageState> request_state(std::string_view ref_id) const {
        linkwa_message_state *state = nullptr;
        detail::call(linkwa_status_tracker_request_state, tracker_.get(), detail::CText(ref_id), &state);
        return state != nullptr ? std::optional<MessageState>(state) : std::nullopt;
    }
    linkwa_resolution resolve(std::string_view ref_id) const {
        return linkwa_status_tracker_resolve(tracker_.get(), detail::CText(ref_id));
    }
    std::size_t size() const { return linkwa_status_tracker_len(tracker_.get()); }
    bool forget(std::string_view message_id) {
        return linkwa_status_tracker_forget(tracker_.get(), detail::CText(message_id));
    }
    bool forget_ref_id(std::string_view ref_id) {
        return linkwa_status_tracker_forget_ref_id(tracker_.get(), detail::CText(ref_id));
    }
    std::string to_json() const {
        return detail::string(detail::give<detail::BufferOwner>(linkwa_status_tracker_to_json, tracker_.get()));
    }

    const linkwa_status_tracker *get() const noexcept { return tracker_.get(); }

  private:
    using Handle = detail::Owner<linkwa_status_tracker, linkwa_status_tracker_free>;

    explicit StatusTracker(Handle tracker) : tracker_(std::move(tracker)) {}

    Handle tracker_;
};

/** What a guard decided. */
struct Verdict {
    linkwa_refusal refusal;
    /** The address that the callback came from, if it is to be believed. */
    std::string sender;

    /** Whether the callback may be believed. */
    explicit operator bool() const noexcept { return refusal == LINKWA_REFUSAL_NONE; }
};

/** Decides whether a callback may be believed: see linkwa_callback_guard. */
class CallbackGuard {
  public:
    CallbackGuard() : guard_(linkwa_callback_guard_new()) {}

    // What goes wrong is remembered; the guard then believes nothing, and ready() says why.
    CallbackGuard &range(std::string_view range) { return set(linkwa_callback_guard_add_range, detail::CText(range)); }
    CallbackGuard &any_address() { return set(linkwa_callback_guard_any_address); }
    CallbackGuard &trusted_proxy(std::string_view range) {
        return set(linkwa_callback_guard_add_trusted_proxy, detail::CText(range));
    }
    CallbackGuard &only_x_forwarded_for() { return set(linkwa_callback_guard_only_x_forwarded_for); }
    CallbackGuard &only_forwarded() { return set(linkwa_callback_guard_only_forwarded); }
    CallbackGuard &basic(std::string_view username, std::string_view password) {
        return set(linkwa_callback_guard_set_basic, detail::CText(username), detail::CText(password));
    }
    CallbackGuard &header(std::string_view name, std::string_view value) {
        return set(linkwa_callback_guard_set_header, detail::CText(name), detail::CText(value));
    }
    CallbackGuard &max_body(std::size_t bytes) { return set(linkwa_callback_guard_set_max_body, bytes); }

    /** Throws the first thing that went wrong in setting it up, if any. */
    void ready() const { detail::call(linkwa_callback_guard_ready, guard_.get()); }

    Verdict check(std::string_view peer, const std::vector<std::pair<std::string, std::string>> &headers,
                  std::size_t body_len) const {
        std::vector<linkwa_header> lines;
        lines.reserve(headers.size() + 1);
        for (const auto &[name, value] : headers) {
            // C would read only what stands before it.
            if (value.find('\0') != std::string::npos) return {LINKWA_REFUSAL_UNUSABLE, {}};
            lines.push_back({name.c_str(), value.c_str()});
        }
        lines.push_back({nullptr, nullptr}); // so that no headers are an array without items and not NULL
        char sender[LINKWA_ADDRESS_SIZE] = "";
        const linkwa_refusal refusal = linkwa_callback_guard_check(guard_.get(), detail::CText(peer), lines.data(),
                                                                   headers.size(), body_len, sender);
        return {refusal, sender};
    }

  private:
    template <class Setter, class... Arguments>
    CallbackGuard &set(Setter setter, const Arguments &...arguments) {
        setter(guard_.get(), arguments...);
        return *this;
    }

    detail::Owner<linkwa_callback_guard, linkwa_callback_guard_free> guard_;
};

/** Whether an address is one that the gateway's callbacks come from: see linkwa_is_gateway_address(). */
inline bool is_gateway_address(std::string_view address) {
    return linkwa_is_gateway_address(std::string(address).c_str());
}

/** Whether every message type may be sent to a user, and until when. */
struct CareWindow {
    bool is_open;
    std::chrono::system_clock::time_point closes_at;
};

/** The customer care window after a user's last message: see linkwa_care_window(). */
inline CareWindow care_window(std::chrono::system_clock::time_point last_inbound, std::chrono::system_clock::time_point now) {
    auto milliseconds = [](std::chrono::system_clock::time_point time) -> std::int64_t {
        return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    };
    std::int64_t closes_at = 0;
    const bool is_open = linkwa_care_window(milliseconds(last_inbound), milliseconds(now), &closes_at);
    return {is_open, std::chrono::system_clock::time_point(std::chrono::milliseconds(closes_at))};
}

/** The version of the library. */
inline std::string_view version() { return linkwa_version(); }

} // namespace linkwa

#endif /* LINKWA_HPP */
