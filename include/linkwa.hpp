/*
 * linkwa for C++17: owners, exceptions and views over linkwa.h, which documents what everything means. Header-only; link with
 * liblinkwa. Nothing is decided here.
 *
 *     linkwa::Client client(
 *         linkwa::Config().region("n-eu").credentials("user", "secret").platform("pid", "ppid").source("+46000000000"));
 *     try {
 *         linkwa::Result sent = client.send_text("+46000000001", "Hello");
 *     } catch (const linkwa::Error &error) {
 *         if (error.outcome() == LINKWA_MESSAGE_UNKNOWN) reconcile(error.ref_id());
 *     }
 *
 * Every call that fails throws linkwa::Error. Objects are movable and free themselves; one that was moved from is as NULL is in C.
 * What a getter gives as std::string_view lives as long as the object it was asked of. An optional that is empty says that there is
 * none. Threads may share every object.
 *
 * A setter does not throw what its object remembers, as in C: whatever uses the object does. But a text with U+0000 in it, which C
 * cannot be given, is thrown at once. get() gives the object for a function of linkwa.h that has no counterpart here.
 */
#ifndef LINKWA_HPP
#define LINKWA_HPP

#include "linkwa.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace linkwa {

/** A text, or none: `{}`. */
using Text = std::optional<std::string_view>;

/** A moment, to the millisecond. */
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/** Names with values, of a callback. */
using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

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
        auto part = [&](const char *given) { return or_empty(text(findings, given, linkwa_findings_text_len)); };
        all.push_back({part(linkwa_findings_path(findings, i)), part(linkwa_findings_code(findings, i)),
                       part(linkwa_findings_message(findings, i)), linkwa_findings_severity(findings, i)});
    }
    return all;
}

inline std::optional<Time> time(bool is_there, std::int64_t milliseconds) {
    return is_there ? std::optional<Time>(Time(std::chrono::milliseconds(milliseconds))) : std::nullopt;
}

/** What an error tells; `Self` has get(). */
template <class Self>
class ErrorGetters {
  public:
    linkwa_status code() const noexcept { return linkwa_error_code(get()); }
    linkwa_outcome outcome() const noexcept { return linkwa_error_outcome(get()); }
    linkwa_disposition disposition() const noexcept { return linkwa_error_disposition(get()); }
    linkwa_reason reason() const noexcept { return linkwa_error_reason(get()); }
    Text ref_id() const { return text(linkwa_error_ref_id(get())); }
    std::optional<int> http_status() const {
        const int status = linkwa_error_http_status(get());
        return status != 0 ? std::optional<int>(status) : std::nullopt;
    }
    std::optional<std::int64_t> result_code() const {
        std::int64_t code = 0;
        return linkwa_error_result_code(get(), &code) ? std::optional<std::int64_t>(code) : std::nullopt;
    }
    Text description() const { return text(linkwa_error_description(get())); }
    Text translated_description() const { return text(linkwa_error_translated_description(get())); }
    std::optional<std::chrono::milliseconds> retry_after() const {
        const std::int64_t wait = linkwa_error_retry_after_ms(get());
        return wait >= 0 ? std::optional<std::chrono::milliseconds>(wait) : std::nullopt;
    }
    std::vector<Finding> findings() const { return detail::findings(linkwa_error_findings(get())); }
    Text response_body() const { return text(linkwa_error_response_body(get())); }
    Text path() const { return text(linkwa_error_path(get())); }
    std::optional<std::size_t> position() const {
        const std::int64_t position = linkwa_error_position(get());
        return position >= 0 ? std::optional<std::size_t>(static_cast<std::size_t>(position)) : std::nullopt;
    }

  private:
    const linkwa_error *get() const noexcept { return static_cast<const Self *>(this)->get(); }
    Text text(const char *text) const { return detail::text(get(), text, linkwa_error_text_len); }
};

} // namespace detail

/** Why a call failed, and what is known about the message: see linkwa_error. */
class Error : public std::exception, public detail::ErrorGetters<Error> {
  public:
    explicit Error(linkwa_error *error) : error_(error, linkwa_error_free) {}
    /** An argument that C cannot be given: LINKWA_INVALID_ARGUMENT. */
    explicit Error(std::string message) : message_(std::make_shared<const std::string>(std::move(message))) {}

    const char *what() const noexcept override {
        const char *message = linkwa_error_message(get());
        return message != nullptr ? message : message_ != nullptr ? message_->c_str() : "";
    }
    linkwa_status code() const noexcept { return get() != nullptr ? linkwa_error_code(get()) : LINKWA_INVALID_ARGUMENT; }
    linkwa_outcome outcome() const noexcept {
        return get() != nullptr ? linkwa_error_outcome(get()) : LINKWA_MESSAGE_NOT_SENT;
    }
    linkwa_disposition disposition() const noexcept {
        return get() != nullptr ? linkwa_error_disposition(get()) : LINKWA_DISPOSITION_FAIL;
    }

    const linkwa_error *get() const noexcept { return error_.get(); }

  private:
    // Shared, because exceptions are copied, which must not throw.
    std::shared_ptr<linkwa_error> error_;
    std::shared_ptr<const std::string> message_;
};

/** An error that belongs to another object, and lives as long as that. */
class ErrorView : public detail::ErrorGetters<ErrorView> {
  public:
    explicit ErrorView(const linkwa_error *error) : error_(error) {}

    std::string_view message() const { return linkwa_error_message(error_); }
    /** One to be kept. */
    Error copy() const { return Error(linkwa_error_copy(error_)); }

    const linkwa_error *get() const noexcept { return error_; }

  private:
    const linkwa_error *error_;
};

namespace detail {

/** A text for C, which must end with NUL and cannot hold one. */
class CText {
  public:
    CText(std::string_view text) : text_(text) {
        if (text_.find('\0') != std::string::npos) throw Error(std::string("invalid argument: a text holds U+0000"));
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

/** As call(), for a function that gives an object, which is the caller's to own. */
template <class Object, class Function, class... Arguments>
Object *give(Function function, Arguments &&...arguments) {
    Object *object = nullptr;
    call(function, std::forward<Arguments>(arguments)..., &object);
    return object;
}

/** A buffer's bytes; frees it. */
inline std::string string(linkwa_buffer *buffer) {
    const Owner<linkwa_buffer, linkwa_buffer_free> owner(buffer);
    return buffer != nullptr ? std::string(linkwa_buffer_data(buffer), linkwa_buffer_len(buffer)) : std::string();
}

/** As std::string_view::data(), and never NULL. */
inline const char *data(std::string_view bytes) noexcept { return bytes.data() != nullptr ? bytes.data() : ""; }

/** Less than none is none. */
inline std::uint64_t count(std::chrono::milliseconds time) noexcept {
    return time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
}

/** An object with setters. */
template <class Object, auto Free>
class Draft {
  public:
    const Object *get() const noexcept { return object_.get(); }

  protected:
    explicit Draft(Object *object) : object_(object) {}

    template <class Setter, class... Arguments>
    void set(Setter setter, const Arguments &...arguments) {
        setter(object_.get(), arguments...);
    }

    Owner<Object, Free> object_;
};

/** What one of the caller's functions has thrown while C was calling it: the first exception, to be thrown when C has returned. */
class Thrown {
  public:
    /** Calls a function; gives `otherwise` if it throws. */
    template <class Value, class Function>
    Value keep(Value otherwise, Function function) noexcept {
        try {
            return function();
        } catch (...) {
            if (exception_ == nullptr) exception_ = std::current_exception();
            return otherwise;
        }
    }
    bool is_there() const noexcept { return exception_ != nullptr; }
    void rethrow() const {
        if (exception_ != nullptr) std::rethrow_exception(exception_);
    }

  private:
    std::exception_ptr exception_;
};

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

// A setter for named objects and one for temporaries, so that a chain of them may begin with either. Undefined at the end.
#define LINKWA_SETTER(Self, name, parameters, ...) \
    Self &name parameters & { \
        set(__VA_ARGS__); \
        return *this; \
    } \
    Self name parameters && { \
        set(__VA_ARGS__); \
        return std::move(*this); \
    }

/** How a client reaches the gateway, and what its requests say by default: see linkwa_config. */
class Config : public detail::Draft<linkwa_config, linkwa_config_free> {
  public:
    Config() : Draft(linkwa_config_new()) {}
    static Config from_env() { return Config(detail::give<linkwa_config>(linkwa_config_from_env)); }

    LINKWA_SETTER(Config, region, (std::string_view region), linkwa_config_set_region, detail::CText(region))
    LINKWA_SETTER(Config, base_url, (std::string_view url), linkwa_config_set_base_url, detail::CText(url))
    LINKWA_SETTER(Config, credentials, (std::string_view username, std::string_view password),
                  linkwa_config_set_credentials, detail::CText(username), detail::CText(password))
    LINKWA_SETTER(Config, platform, (std::string_view platform_id, std::string_view platform_partner_id),
                  linkwa_config_set_platform, detail::CText(platform_id), detail::CText(platform_partner_id))
    LINKWA_SETTER(Config, source, (std::string_view source), linkwa_config_set_source, detail::CText(source))
    LINKWA_SETTER(Config, priority, (linkwa_priority priority), linkwa_config_set_priority, priority)
    LINKWA_SETTER(Config, event_report_gate, (std::string_view gate), linkwa_config_add_event_report_gate, detail::CText(gate))
    LINKWA_SETTER(Config, platform_service_id, (std::string_view id), linkwa_config_set_platform_service_id, detail::CText(id))
    LINKWA_SETTER(Config, platform_service_type, (std::string_view type),
                  linkwa_config_set_platform_service_type, detail::CText(type))
    LINKWA_SETTER(Config, custom_parameter, (std::string_view key, std::string_view value),
                  linkwa_config_add_custom_parameter, detail::CText(key), detail::CText(value))
    LINKWA_SETTER(Config, relative_validity_time, (std::chrono::milliseconds time),
                  linkwa_config_set_relative_validity_time_ms, detail::count(time))
    LINKWA_SETTER(Config, timeout, (std::chrono::milliseconds timeout), linkwa_config_set_timeout_ms, detail::count(timeout))
    LINKWA_SETTER(Config, connect_timeout, (std::chrono::milliseconds timeout),
                  linkwa_config_set_connect_timeout_ms, detail::count(timeout))
    LINKWA_SETTER(Config, proxy, (std::string_view url), linkwa_config_set_proxy, detail::CText(url))
    LINKWA_SETTER(Config, no_proxy, (std::string_view hosts), linkwa_config_set_no_proxy, detail::CText(hosts))
    LINKWA_SETTER(Config, proxy_from_env, (bool yes), linkwa_config_set_proxy_from_env, yes)
    LINKWA_SETTER(Config, ca_file, (std::string_view path), linkwa_config_set_ca_file, detail::CText(path))
    LINKWA_SETTER(Config, system_roots, (), linkwa_config_set_system_roots)
    LINKWA_SETTER(Config, max_attempts, (std::uint32_t attempts), linkwa_config_set_max_attempts, attempts)
    LINKWA_SETTER(Config, retry_when_busy, (bool yes), linkwa_config_set_retry_when_busy, yes)
    LINKWA_SETTER(Config, max_connections, (std::size_t connections), linkwa_config_set_max_connections, connections)
    LINKWA_SETTER(Config, max_queue, (std::size_t sends), linkwa_config_set_max_queue, sends)
    LINKWA_SETTER(Config, allow_http, (bool yes), linkwa_config_set_allow_http, yes)
    LINKWA_SETTER(Config, strict, (bool yes), linkwa_config_set_strict, yes)

  private:
    explicit Config(linkwa_config *config) : Draft(config) {}
};

/** What one send overrides: see linkwa_options. */
class Options : public detail::Draft<linkwa_options, linkwa_options_free> {
  public:
    Options() : Draft(linkwa_options_new()) {}

    LINKWA_SETTER(Options, priority, (linkwa_priority priority), linkwa_options_set_priority, priority)
    LINKWA_SETTER(Options, ref_id, (std::string_view ref_id), linkwa_options_set_ref_id, detail::CText(ref_id))
    LINKWA_SETTER(Options, event_report_gate, (std::string_view gate), linkwa_options_add_event_report_gate, detail::CText(gate))
    LINKWA_SETTER(Options, custom_parameter, (std::string_view key, std::string_view value),
                  linkwa_options_add_custom_parameter, detail::CText(key), detail::CText(value))
    LINKWA_SETTER(Options, relative_validity_time, (std::chrono::milliseconds time),
                  linkwa_options_set_relative_validity_time_ms, detail::count(time))
    LINKWA_SETTER(Options, absolute_validity_time, (std::string_view rfc3339),
                  linkwa_options_set_absolute_validity_time, detail::CText(rfc3339))
    LINKWA_SETTER(Options, valid_until, (std::chrono::system_clock::time_point time), linkwa_options_set_valid_until,
                  std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count())
    LINKWA_SETTER(Options, source, (std::string_view source), linkwa_options_set_source, detail::CText(source))
    LINKWA_SETTER(Options, platform_service_id, (std::string_view id), linkwa_options_set_platform_service_id, detail::CText(id))
    LINKWA_SETTER(Options, platform_service_type, (std::string_view type),
                  linkwa_options_set_platform_service_type, detail::CText(type))
    LINKWA_SETTER(Options, platform_transaction_id, (std::string_view id),
                  linkwa_options_set_platform_transaction_id, detail::CText(id))
    LINKWA_SETTER(Options, timeout, (std::chrono::milliseconds timeout), linkwa_options_set_timeout_ms, detail::count(timeout))
};

/** A contact card: see linkwa_contact. The structs' members that are NULL are absent. */
class Contact : public detail::Draft<linkwa_contact, linkwa_contact_free> {
  public:
    Contact() : Draft(linkwa_contact_new()) {}

    LINKWA_SETTER(Contact, name, (const linkwa_name &name), linkwa_contact_set_name, &name)
    LINKWA_SETTER(Contact, org, (const linkwa_org &org), linkwa_contact_set_org, &org)
    LINKWA_SETTER(Contact, birthday, (std::string_view day), linkwa_contact_set_birthday, detail::CText(day))
    LINKWA_SETTER(Contact, address, (const linkwa_address &address), linkwa_contact_add_address, &address)
    LINKWA_SETTER(Contact, phone, (Text phone, Text type = {}, Text wa_id = {}),
                  linkwa_contact_add_phone, detail::MaybeText(phone), detail::MaybeText(type), detail::MaybeText(wa_id))
    LINKWA_SETTER(Contact, email, (Text email, Text type = {}),
                  linkwa_contact_add_email, detail::MaybeText(email), detail::MaybeText(type))
    LINKWA_SETTER(Contact, url, (Text url, Text type = {}), linkwa_contact_add_url, detail::MaybeText(url), detail::MaybeText(type))
};

/** A message of any type: see linkwa_message. */
class Message : public detail::Draft<linkwa_message, linkwa_message_free> {
  public:
    static Message text(std::string_view body) { return Message(linkwa_message_text(detail::CText(body))); }
    static Message image(std::string_view link) { return Message(linkwa_message_image(detail::CText(link))); }
    static Message audio(std::string_view link) { return Message(linkwa_message_audio(detail::CText(link))); }
    static Message video(std::string_view link) { return Message(linkwa_message_video(detail::CText(link))); }
    static Message document(std::string_view link) { return Message(linkwa_message_document(detail::CText(link))); }
    static Message location(double latitude, double longitude) {
        return Message(linkwa_message_location(latitude, longitude));
    }
    static Message contacts() { return Message(linkwa_message_contacts()); }
    static Message template_(std::string_view name, std::string_view name_space, std::string_view language) {
        return Message(linkwa_message_template(detail::CText(name), detail::CText(name_space), detail::CText(language)));
    }
    static Message from_json(std::string_view json) {
        return Message(linkwa_message_from_json(detail::data(json), json.size()));
    }
    static Message raw(std::string_view json) { return Message(linkwa_message_raw(detail::data(json), json.size())); }

    /** Throws the first thing that went wrong in making the message, if any. */
    void check() const { detail::call(linkwa_message_check, get()); }
    std::string_view type() const { return linkwa_message_type(get()); }

    LINKWA_SETTER(Message, append, (const Message &next), linkwa_message_append, next.get())
    LINKWA_SETTER(Message, preview_url, (bool yes), linkwa_message_set_preview_url, yes)
    LINKWA_SETTER(Message, caption, (std::string_view caption), linkwa_message_set_caption, detail::CText(caption))
    LINKWA_SETTER(Message, filename, (std::string_view name), linkwa_message_set_filename, detail::CText(name))
    LINKWA_SETTER(Message, name, (std::string_view name), linkwa_message_set_name, detail::CText(name))
    LINKWA_SETTER(Message, address, (std::string_view address), linkwa_message_set_address, detail::CText(address))
    LINKWA_SETTER(Message, contact, (const Contact &contact), linkwa_message_add_contact, contact.get())
    LINKWA_SETTER(Message, header, (), linkwa_message_add_header)
    LINKWA_SETTER(Message, header_text, (std::string_view text), linkwa_message_add_header_text, detail::CText(text))
    LINKWA_SETTER(Message, header_image, (std::string_view link), linkwa_message_add_header_image, detail::CText(link))
    LINKWA_SETTER(Message, header_video, (std::string_view link), linkwa_message_add_header_video, detail::CText(link))
    LINKWA_SETTER(Message, header_document, (std::string_view link, Text filename = {}),
                  linkwa_message_add_header_document, detail::CText(link), detail::MaybeText(filename))
    LINKWA_SETTER(Message, body, (), linkwa_message_add_body)
    LINKWA_SETTER(Message, body_text, (std::string_view text), linkwa_message_add_body_text, detail::CText(text))
    LINKWA_SETTER(Message, body_currency, (std::string_view fallback_value, std::string_view code, std::int64_t amount_1000),
                  linkwa_message_add_body_currency, detail::CText(fallback_value), detail::CText(code), amount_1000)
    LINKWA_SETTER(Message, body_date_time, (std::string_view fallback_value, std::uint32_t year, std::uint32_t month, std::uint32_t day,
                   std::uint32_t hour, std::uint32_t minute),
                  linkwa_message_add_body_date_time, detail::CText(fallback_value), year, month, day, hour, minute)
    LINKWA_SETTER(Message, body_timestamp, (std::string_view fallback_value, std::uint64_t milliseconds),
                  linkwa_message_add_body_timestamp, detail::CText(fallback_value), milliseconds)
    LINKWA_SETTER(Message, quick_reply, (std::uint32_t index, Text payload = {}),
                  linkwa_message_add_quick_reply, index, detail::MaybeText(payload))
    LINKWA_SETTER(Message, url_button, (std::uint32_t index, Text text = {}),
                  linkwa_message_add_url_button, index, detail::MaybeText(text))

    /** Gives it to C. */
    linkwa_message *release() noexcept { return object_.release(); }

  private:
    explicit Message(linkwa_message *message) : Draft(message) {}
};

namespace detail {

/** What a result tells; `Self` has get(). */
template <class Self>
class ResultGetters {
  public:
    std::string_view ref_id() const { return or_empty(text(linkwa_result_ref_id(get()))); }
    std::int64_t result_code() const { return linkwa_result_result_code(get()); }
    Text description() const { return text(linkwa_result_description(get())); }
    std::vector<std::string_view> message_ids() const {
        std::vector<std::string_view> ids;
        for (std::size_t i = 0; i < linkwa_result_message_ids_len(get()); ++i) {
            ids.push_back(or_empty(text(linkwa_result_message_id(get(), i))));
        }
        return ids;
    }
    std::vector<Receipt> receipts() const {
        std::vector<Receipt> receipts;
        for (std::size_t i = 0; i < linkwa_result_receipts_len(get()); ++i) {
            receipts.push_back({or_empty(text(linkwa_result_receipt_destination(get(), i))),
                                or_empty(text(linkwa_result_receipt_message_id(get(), i)))});
        }
        return receipts;
    }
    std::vector<Finding> warnings() const { return findings(linkwa_result_warnings(get())); }
    std::uint32_t attempts() const { return linkwa_result_attempts(get()); }

  private:
    const linkwa_result *get() const noexcept { return static_cast<const Self *>(this)->get(); }
    Text text(const char *text) const { return detail::text(get(), text, linkwa_result_text_len); }
};

} // namespace detail

/** A message that the gateway accepted: see linkwa_result. */
class Result : public detail::ResultGetters<Result> {
  public:
    explicit Result(linkwa_result *result) : result_(result) {}

    const linkwa_result *get() const noexcept { return result_.get(); }

  private:
    detail::Owner<linkwa_result, linkwa_result_free> result_;
};

/** A result that belongs to another object, and lives as long as that. */
class ResultView : public detail::ResultGetters<ResultView> {
  public:
    explicit ResultView(const linkwa_result *result) : result_(result) {}

    /** One to be kept. */
    Result copy() const { return Result(linkwa_result_copy(result_)); }

    const linkwa_result *get() const noexcept { return result_; }

  private:
    const linkwa_result *result_;
};

/** A send that is under way on a worker, or over: see linkwa_pending. Destroying it does not stop the send. */
class Pending {
  public:
    explicit Pending(linkwa_pending *pending) : pending_(pending) {}

    std::string_view ref_id() const {
        return detail::or_empty(detail::text(pending_.get(), linkwa_pending_ref_id(pending_.get()), linkwa_pending_text_len));
    }
    bool is_done() const { return linkwa_pending_is_done(pending_.get()); }
    void cancel() const { linkwa_pending_cancel(pending_.get()); }
    /** Whether it is over by then. */
    bool wait_for(std::chrono::milliseconds time) const {
        return linkwa_pending_wait_timeout(pending_.get(), detail::count(time));
    }
    /** Waits for the result, or throws the Error. */
    Result wait() const { return Result(detail::give<linkwa_result>(linkwa_pending_wait, pending_.get())); }

    const linkwa_pending *get() const noexcept { return pending_.get(); }

  private:
    detail::Owner<linkwa_pending, linkwa_pending_free> pending_;
};

/** What came of one request of many: see linkwa_chunk. It must not be kept; copies of its result and error may. */
class Chunk {
  public:
    explicit Chunk(const linkwa_chunk *chunk) : chunk_(chunk) {}

    std::uint64_t index() const { return linkwa_chunk_index(chunk_); }
    std::string_view ref_id() const { return text(linkwa_chunk_ref_id(chunk_)); }
    std::vector<std::string_view> destinations() const {
        std::vector<std::string_view> all;
        for (std::size_t i = 0; i < linkwa_chunk_destinations_len(chunk_); ++i) {
            all.push_back(text(linkwa_chunk_destination(chunk_, i)));
        }
        return all;
    }
    /** Empty if it was not accepted. */
    std::optional<ResultView> result() const {
        const linkwa_result *result = linkwa_chunk_result(chunk_);
        return result != nullptr ? std::optional<ResultView>(result) : std::nullopt;
    }
    /** Empty if it was accepted. */
    std::optional<ErrorView> error() const {
        const linkwa_error *error = linkwa_chunk_error(chunk_);
        return error != nullptr ? std::optional<ErrorView>(error) : std::nullopt;
    }

  private:
    std::string_view text(const char *text) const {
        return detail::or_empty(detail::text(chunk_, text, linkwa_chunk_text_len));
    }

    const linkwa_chunk *chunk_;
};

/** A run of many, to be used inside the function that it is given to: see linkwa_many. */
class Many {
  public:
    explicit Many(const linkwa_many *many) : many_(many) {}

    std::string_view ref_id() const {
        return detail::or_empty(detail::text(many_, linkwa_many_ref_id(many_), linkwa_many_text_len));
    }
    void stop() const { linkwa_many_stop(many_); }
    linkwa_progress progress() const {
        linkwa_progress progress{};
        linkwa_many_progress(many_, &progress);
        return progress;
    }
    std::string checkpoint() const {
        return detail::string(detail::give<linkwa_buffer>(linkwa_many_checkpoint, many_));
    }

  private:
    const linkwa_many *many_;
};

/** How send_many() goes about it: see linkwa_many_options. */
class ManyOptions : public detail::Draft<linkwa_many_options, linkwa_many_options_free> {
  public:
    ManyOptions() : Draft(linkwa_many_options_new()) {}

    LINKWA_SETTER(ManyOptions, destinations_per_request, (std::size_t count),
                  linkwa_many_options_set_destinations_per_request, count)
    LINKWA_SETTER(ManyOptions, rate, (double requests_per_second), linkwa_many_options_set_rate, requests_per_second)
    LINKWA_SETTER(ManyOptions, send_options, (const Options &options), linkwa_many_options_set_send_options, options.get())
    LINKWA_SETTER(ManyOptions, resume, (std::string_view checkpoint), linkwa_many_options_set_resume, detail::data(checkpoint),
                  checkpoint.size())
    LINKWA_SETTER(ManyOptions, resend_unknown, (bool yes), linkwa_many_options_set_resend_unknown, yes)
};

/** What is told of a send that nobody waits for: a result, or an error. */
using OnDone = std::function<void(std::optional<Result>, std::optional<Error>)>;
/** Gives the next destination, until it gives none. */
using NextDestination = std::function<std::optional<std::string>()>;
/** Makes the message for a destination. */
using MessageFor = std::function<Message(std::string_view)>;
/** Is told what came of one request of many. */
using OnChunk = std::function<void(const Many &, const Chunk &)>;

/** Access to one account at the gateway: see linkwa_client. */
class Client {
  public:
    explicit Client(const Config &config) : Client(detail::give<linkwa_client>(linkwa_client_new, config.get())) {}
    static Client from_env() { return Client(detail::give<linkwa_client>(linkwa_client_from_env)); }

    Result send_text(std::string_view to, std::string_view text, const Options &options = Options()) const {
        return result(linkwa_send_text, detail::CText(to), detail::CText(text), options.get());
    }
    Result send_image(std::string_view to, std::string_view link, Text caption = {}, const Options &options = Options()) const {
        return result(linkwa_send_image, detail::CText(to), detail::CText(link), detail::MaybeText(caption), options.get());
    }
    Result send_audio(std::string_view to, std::string_view link, const Options &options = Options()) const {
        return result(linkwa_send_audio, detail::CText(to), detail::CText(link), options.get());
    }
    Result send_video(std::string_view to, std::string_view link, Text caption = {}, const Options &options = Options()) const {
        return result(linkwa_send_video, detail::CText(to), detail::CText(link), detail::MaybeText(caption), options.get());
    }
    Result send_document(std::string_view to, std::string_view link, Text caption = {}, Text filename = {},
                         const Options &options = Options()) const {
        return result(linkwa_send_document, detail::CText(to), detail::CText(link), detail::MaybeText(caption),
                      detail::MaybeText(filename), options.get());
    }
    Result send_location(std::string_view to, double latitude, double longitude, Text name = {}, Text address = {},
                         const Options &options = Options()) const {
        return result(linkwa_send_location, detail::CText(to), latitude, longitude, detail::MaybeText(name),
                      detail::MaybeText(address), options.get());
    }
    Result send_contacts(std::string_view to, const Message &contacts, const Options &options = Options()) const {
        return result(linkwa_send_contacts, detail::CText(to), contacts.get(), options.get());
    }
    Result send_template(std::string_view to, const Message &message, const Options &options = Options()) const {
        return result(linkwa_send_template, detail::CText(to), message.get(), options.get());
    }
    Result send(const Destinations &to, const Message &message, const Options &options = Options()) const {
        return result(linkwa_send, to.pointers().data(), to.size(), message.get(), options.get());
    }
    Result send_request(std::string_view json) const { return result(linkwa_send_request, detail::data(json), json.size()); }
    Result send_raw(std::string_view json) const { return result(linkwa_send_raw, detail::data(json), json.size()); }

    /** The exact bytes that send() would post. */
    std::string build(const Destinations &to, const Message &message, const Options &options = Options()) const {
        return detail::string(detail::give<linkwa_buffer>(linkwa_build, get(), to.pointers().data(), to.size(), message.get(),
                                                          options.get()));
    }

    /** Sends on a worker; wait for the result with what it gives. */
    Pending send_async(const Destinations &to, const Message &message, const Options &options = Options()) const {
        return begin(linkwa_send_async, {}, to.pointers().data(), to.size(), message.get(), options.get());
    }
    Pending send_request_async(std::string_view json) const {
        return begin(linkwa_send_request_async, {}, detail::data(json), json.size());
    }
    Pending send_raw_async(std::string_view json) const {
        return begin(linkwa_send_raw_async, {}, detail::data(json), json.size());
    }
    /**
     * Sends on a worker, which calls `on_done`, once; see linkwa_on_done. An exception in it ends the program: there is nobody who
     * could catch it.
     */
    Pending send_async(const Destinations &to, const Message &message, OnDone on_done, const Options &options = Options()) const {
        return begin(linkwa_send_async, std::move(on_done), to.pointers().data(), to.size(), message.get(), options.get());
    }
    Pending send_request_async(std::string_view json, OnDone on_done) const {
        return begin(linkwa_send_request_async, std::move(on_done), detail::data(json), json.size());
    }
    Pending send_raw_async(std::string_view json, OnDone on_done) const {
        return begin(linkwa_send_raw_async, std::move(on_done), detail::data(json), json.size());
    }

    /**
     * Sends to very many: `next` gives destinations until it gives none, `on_chunk` is told what came of each request; see
     * linkwa_send_many(). If one of them throws, no more destinations are asked for; what is under way is still told, and
     * then the first exception is thrown.
     */
    linkwa_progress send_many(NextDestination next, const Message &message, OnChunk on_chunk,
                              const ManyOptions &options = ManyOptions()) const {
        Run run{std::move(next), {}, std::move(on_chunk), {}, {}};
        return run.end([&](linkwa_progress *progress) {
            detail::call(linkwa_send_many, get(), &Run::next_destination, &run, message.get(), options.get(), &Run::chunk, &run,
                         progress);
        });
    }
    /** As send_many(), with a message of its own for each destination. */
    linkwa_progress send_many_each(NextDestination next, MessageFor message_for, OnChunk on_chunk,
                                   const ManyOptions &options = ManyOptions()) const {
        Run run{std::move(next), std::move(message_for), std::move(on_chunk), {}, {}};
        return run.end([&](linkwa_progress *progress) {
            detail::call(linkwa_send_many_each, get(), &Run::next_destination, &run, &Run::message, &run, options.get(),
                         &Run::chunk, &run, progress);
        });
    }

    /** Destroying the client does this with a timeout of 0. */
    void close(std::chrono::milliseconds timeout) const { linkwa_client_close(get(), detail::count(timeout)); }

    const linkwa_client *get() const noexcept { return client_.get(); }

  private:
    explicit Client(linkwa_client *client) : client_(client) {}

    template <class Verb, class... Parts>
    Result result(Verb verb, const Parts &...parts) const {
        return Result(detail::give<linkwa_result>(verb, get(), parts...));
    }

    template <class Verb, class... Parts>
    Pending begin(Verb verb, OnDone on_done, const Parts &...parts) const {
        if (!on_done) return Pending(detail::give<linkwa_pending>(verb, get(), parts..., nullptr, nullptr));
        auto owned = std::make_unique<OnDone>(std::move(on_done));
        Pending pending(detail::give<linkwa_pending>(verb, get(), parts..., &Client::done, static_cast<void *>(owned.get())));
        static_cast<void>(owned.release()); // done() has it, or had it
        return pending;
    }
    // What C calls. An exception must not pass through it.
    static void done(void *user_data, linkwa_result *result, linkwa_error *error) noexcept {
        const std::unique_ptr<OnDone> on_done(static_cast<OnDone *>(user_data));
        std::optional<Result> sent;
        std::optional<Error> failed;
        if (result != nullptr) sent.emplace(result);
        if (error != nullptr) failed.emplace(error);
        (*on_done)(std::move(sent), std::move(failed));
    }

    /** A run of many, and what C calls in it. */
    struct Run {
        NextDestination next;
        MessageFor message_for;
        OnChunk on_chunk;
        std::optional<detail::CText> destination;
        detail::Thrown thrown;

        template <class Call>
        linkwa_progress end(Call call) {
            linkwa_progress progress{};
            try {
                call(&progress);
            } catch (const Error &) {
                thrown.rethrow(); // which is why
                throw;
            }
            thrown.rethrow();
            return progress;
        }

        static const char *next_destination(void *user_data) noexcept {
            Run &run = *static_cast<Run *>(user_data);
            if (run.thrown.is_there()) return nullptr;
            return run.thrown.keep<const char *>(nullptr, [&]() -> const char * {
                const std::optional<std::string> given = run.next();
                run.destination.reset();
                if (given) run.destination.emplace(*given);
                return run.destination ? static_cast<const char *>(*run.destination) : nullptr;
            });
        }
        static linkwa_message *message(void *user_data, const char *destination) noexcept {
            Run &run = *static_cast<Run *>(user_data);
            if (run.thrown.is_there()) return nullptr;
            return run.thrown.keep<linkwa_message *>(nullptr, [&] { return run.message_for(destination).release(); });
        }
        static void chunk(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk) noexcept {
            Run &run = *static_cast<Run *>(user_data);
            const bool went_well = run.thrown.keep(false, [&] {
                run.on_chunk(Many(many), Chunk(chunk));
                return true;
            });
            if (!went_well) linkwa_many_stop(many);
        }
    };

    detail::Owner<linkwa_client, linkwa_client_free> client_;
};

/** The exact bytes that Client::send_request() would post. */
inline std::string build_request(std::string_view json) {
    return detail::string(detail::give<linkwa_buffer>(linkwa_build_request, detail::data(json), json.size()));
}

/** A new reference, unique across processes and machines: see linkwa_new_ref_id(). */
inline std::string new_ref_id() { return detail::string(linkwa_new_ref_id()); }

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
    return Findings(detail::give<linkwa_findings>(linkwa_validate, detail::data(json), json.size()));
}

/** What a result code means: see linkwa_result_code_name() and its like. */
struct ResultCode {
    std::int64_t number;

    /** Empty if version 1.4.1 does not list it. */
    Text name() const { return text(linkwa_result_code_name(number)); }
    Text explanation() const { return text(linkwa_result_code_explanation(number)); }
    bool is_success() const noexcept { return linkwa_result_code_is_success(number); }
    bool is_failure() const noexcept { return linkwa_result_code_is_failure(number); }
    bool is_final() const noexcept { return linkwa_result_code_is_final(number); }
    bool should_contact_support() const noexcept { return linkwa_result_code_should_contact_support(number); }

  private:
    static Text text(const char *text) { return text != nullptr ? Text(text) : std::nullopt; }
};

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

    std::optional<Time> time(bool (*getter)(const linkwa_callback *, std::int64_t *)) const {
        std::int64_t value = 0;
        const bool is_there = getter(callback_, &value);
        return detail::time(is_there, value);
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
    std::optional<Time> timestamp() const { return time(linkwa_event_report_timestamp_ms); }
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
    std::optional<Time> start() const { return time(linkwa_received_message_route_start_ms); }
    Text end_raw() const { return text(linkwa_received_message_route_end_raw(callback_)); }
    std::optional<Time> end() const { return time(linkwa_received_message_route_end_ms); }
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
    std::optional<Time> timestamp() const { return time(linkwa_received_message_timestamp_ms); }
    Text provider_timestamp_raw() const { return text_of(linkwa_received_message_provider_timestamp_raw); }
    std::optional<Time> provider_timestamp() const { return time(linkwa_received_message_provider_timestamp_ms); }
    std::optional<Time> care_window_closes_at() const { return time(linkwa_received_message_care_window_closes_at_ms); }
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
    return Callback(detail::give<linkwa_callback>(linkwa_callback_parse, detail::data(body), body.size()));
}

namespace detail {

/** What a state tells; `Self` has get(). */
template <class Self>
class StateGetters {
  public:
    Text message_id() const { return text(linkwa_message_state_message_id(get())); }
    std::optional<std::int64_t> message_index() const { return number(linkwa_message_state_message_index); }
    Text ref_id() const { return text(linkwa_message_state_ref_id(get())); }
    linkwa_event_status status() const { return linkwa_message_state_status(get()); }
    std::int64_t result_code() const { return linkwa_message_state_result_code(get()); }
    Text timestamp_raw() const { return text(linkwa_message_state_timestamp_raw(get())); }
    std::optional<Time> timestamp() const {
        const std::optional<std::int64_t> milliseconds = number(linkwa_message_state_timestamp_ms);
        return detail::time(milliseconds.has_value(), milliseconds.value_or(0));
    }
    Text description() const { return text(linkwa_message_state_description(get())); }
    bool is_final() const { return linkwa_message_state_is_final(get()); }
    bool is_disputed() const { return linkwa_message_state_is_disputed(get()); }
    std::optional<std::int64_t> other_code() const { return number(linkwa_message_state_other_code); }
    bool changed() const { return linkwa_message_state_changed(get()); }

  private:
    const linkwa_message_state *get() const noexcept { return static_cast<const Self *>(this)->get(); }
    Text text(const char *text) const { return detail::text(get(), text, linkwa_message_state_text_len); }
    std::optional<std::int64_t> number(bool (*getter)(const linkwa_message_state *, std::int64_t *)) const {
        std::int64_t value = 0;
        return getter(get(), &value) ? std::optional<std::int64_t>(value) : std::nullopt;
    }
};

} // namespace detail

/** What is known about a message: see linkwa_message_state. */
class MessageState : public detail::StateGetters<MessageState> {
  public:
    explicit MessageState(linkwa_message_state *state) : state_(state) {}

    const linkwa_message_state *get() const noexcept { return state_.get(); }

  private:
    detail::Owner<linkwa_message_state, linkwa_message_state_free> state_;
};

/** A state that belongs to another object, and lives as long as that. */
class MessageStateView : public detail::StateGetters<MessageStateView> {
  public:
    explicit MessageStateView(const linkwa_message_state *state) : state_(state) {}

    const linkwa_message_state *get() const noexcept { return state_; }

  private:
    const linkwa_message_state *state_;
};

/** What became of messages: see linkwa_status_tracker. */
class StatusTracker {
  public:
    StatusTracker() : StatusTracker(linkwa_status_tracker_new()) {}
    static StatusTracker from_json(std::string_view json) {
        return StatusTracker(
            detail::give<linkwa_status_tracker>(linkwa_status_tracker_from_json, detail::data(json), json.size()));
    }

    /** The callback must be an event report. */
    MessageState apply(const Callback &report) {
        return MessageState(detail::give<linkwa_message_state>(linkwa_status_tracker_apply, tracker_.get(), report.get()));
    }
    std::optional<MessageState> state(std::string_view message_id, std::optional<std::int64_t> message_index = {}) const {
        return maybe(detail::give<linkwa_message_state>(linkwa_status_tracker_state, get(), detail::CText(message_id),
                                                        message_index.value_or(LINKWA_NO_INDEX)));
    }
    std::optional<MessageState> request_state(std::string_view ref_id) const {
        return maybe(
            detail::give<linkwa_message_state>(linkwa_status_tracker_request_state, get(), detail::CText(ref_id)));
    }
    linkwa_resolution resolve(std::string_view ref_id) const {
        return linkwa_status_tracker_resolve(get(), detail::CText(ref_id));
    }
    std::size_t size() const { return linkwa_status_tracker_len(get()); }
    bool forget(std::string_view message_id) {
        return linkwa_status_tracker_forget(tracker_.get(), detail::CText(message_id));
    }
    bool forget_ref_id(std::string_view ref_id) {
        return linkwa_status_tracker_forget_ref_id(tracker_.get(), detail::CText(ref_id));
    }
    /** Calls a function with each state; it may use the tracker. The first exception is thrown when all were told. */
    void each(std::function<void(const MessageStateView &)> on_state) const {
        Each each{std::move(on_state), {}};
        linkwa_status_tracker_each(get(), &Each::state, &each);
        each.thrown.rethrow();
    }
    std::string to_json() const {
        return detail::string(detail::give<linkwa_buffer>(linkwa_status_tracker_to_json, get()));
    }

    const linkwa_status_tracker *get() const noexcept { return tracker_.get(); }

  private:
    struct Each {
        std::function<void(const MessageStateView &)> on_state;
        detail::Thrown thrown;

        static void state(void *user_data, const linkwa_message_state *state) noexcept {
            Each &each = *static_cast<Each *>(user_data);
            each.thrown.keep(false, [&] {
                each.on_state(MessageStateView(state));
                return true;
            });
        }
    };

    explicit StatusTracker(linkwa_status_tracker *tracker) : tracker_(tracker) {}

    static std::optional<MessageState> maybe(linkwa_message_state *state) {
        return state != nullptr ? std::optional<MessageState>(state) : std::nullopt;
    }

    detail::Owner<linkwa_status_tracker, linkwa_status_tracker_free> tracker_;
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
class CallbackGuard : public detail::Draft<linkwa_callback_guard, linkwa_callback_guard_free> {
  public:
    CallbackGuard() : Draft(linkwa_callback_guard_new()) {}

    // What goes wrong is remembered; the guard then believes nothing, and ready() says why.
    LINKWA_SETTER(CallbackGuard, range, (std::string_view range), linkwa_callback_guard_add_range, detail::CText(range))
    LINKWA_SETTER(CallbackGuard, any_address, (), linkwa_callback_guard_any_address)
    LINKWA_SETTER(CallbackGuard, trusted_proxy, (std::string_view range),
                  linkwa_callback_guard_add_trusted_proxy, detail::CText(range))
    LINKWA_SETTER(CallbackGuard, only_x_forwarded_for, (), linkwa_callback_guard_only_x_forwarded_for)
    LINKWA_SETTER(CallbackGuard, only_forwarded, (), linkwa_callback_guard_only_forwarded)
    LINKWA_SETTER(CallbackGuard, basic, (std::string_view username, std::string_view password),
                  linkwa_callback_guard_set_basic, detail::CText(username), detail::CText(password))
    LINKWA_SETTER(CallbackGuard, header, (std::string_view name, std::string_view value),
                  linkwa_callback_guard_set_header, detail::CText(name), detail::CText(value))
    LINKWA_SETTER(CallbackGuard, max_body, (std::size_t bytes), linkwa_callback_guard_set_max_body, bytes)

    /** Throws the first thing that went wrong in setting it up, if any. */
    void ready() const { detail::call(linkwa_callback_guard_ready, get()); }

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
        const linkwa_refusal refusal = linkwa_callback_guard_check(get(), detail::CText(peer), lines.data(),
                                                                   headers.size(), body_len, sender);
        return {refusal, sender};
    }
};

/** Whether an address is one that the gateway's callbacks come from: see linkwa_is_gateway_address(). */
inline bool is_gateway_address(std::string_view address) {
    return linkwa_is_gateway_address(std::string(address).c_str());
}

/** Whether every message type may be sent to a user, and until when. */
struct CareWindow {
    bool is_open;
    Time closes_at;
};

/** The customer care window after a user's last message: see linkwa_care_window(). */
inline CareWindow care_window(std::chrono::system_clock::time_point last_inbound, std::chrono::system_clock::time_point now) {
    auto milliseconds = [](std::chrono::system_clock::time_point time) -> std::int64_t {
        return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
    };
    std::int64_t closes_at = 0;
    const bool is_open = linkwa_care_window(milliseconds(last_inbound), milliseconds(now), &closes_at);
    return {is_open, Time(std::chrono::milliseconds(closes_at))};
}

/** The version of the library. */
inline std::string_view version() { return linkwa_version(); }

#undef LINKWA_SETTER

} // namespace linkwa

#endif /* LINKWA_HPP */
