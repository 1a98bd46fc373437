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
 * Every call that fails throws linkwa::Error. Objects are movable and free themselves. A moved-from object can be assigned to and
 * destroyed; its get() returns NULL, and every other use of it throws LINKWA_INVALID_ARGUMENT. A std::string_view from a getter
 * is valid as long as the object that you asked; a getter of a temporary object returns a copy, or does not compile. An empty
 * optional means that the value is absent.
 *
 * An object with setters, and a StatusTracker, belongs to one thread at a time: several threads may use it at once only in const
 * functions, while no thread changes it. All other objects may be shared by threads (see THREADS in linkwa.h).
 *
 * Texts are std::string_view, std::string, const char * or types that convert to one of these; an optional text may also be {}. A
 * const char * that is NULL throws LINKWA_INVALID_ARGUMENT, and so does a text that contains U+0000, because C could not read it.
 * Apart from these a setter does not throw: the object remembers its first error, as in C, and every use of the object throws it.
 * get() returns the C object, for functions of linkwa.h that have no counterpart here.
 */
#ifndef LINKWA_HPP
#define LINKWA_HPP

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 201703L
#error "linkwa.hpp needs C++17 or newer: compile with -std=c++17"
#else

#include "linkwa.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <exception>
#include <functional>
#include <future>
#include <initializer_list>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Compilers that have the coroutines of C++20.
#if defined(__cpp_impl_coroutine) && defined(__has_include)
#if __has_include(<coroutine>)
#include <coroutine>
#define LINKWA_HAS_COROUTINES
#endif
#endif

// Exceptions must have one type in the whole program, even if it is compiled with -fvisibility=hidden.
#if defined(__GNUC__) || defined(__clang__)
#define LINKWA_VISIBLE __attribute__((__visibility__("default")))
#else
#define LINKWA_VISIBLE
#endif

// The result refers to the object, or to an argument: compilers that know this warn where it outlives that.
#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#define LINKWA_LIVES_AS_LONG [[clang::lifetimebound]]
#endif
#endif
#ifndef LINKWA_LIVES_AS_LONG
#define LINKWA_LIVES_AS_LONG
#endif

// A getter of an object that owns what it returns: a view of a named object, but a copy of a temporary, which is gone before the
// view could be used.
#define LINKWA_OWNED(name, ...) \
    auto name() const & LINKWA_LIVES_AS_LONG { return __VA_ARGS__; } \
    auto name() const && { return detail::copy(__VA_ARGS__); }
// The same for what cannot be copied.
#define LINKWA_OWNED_ONLY(name, ...) \
    auto name() const & LINKWA_LIVES_AS_LONG { return __VA_ARGS__; } \
    template <class Called = void> \
    auto name() const && { \
        static_assert(!std::is_void_v<Called>, "the result is part of a temporary object: keep the object in a variable"); \
        return __VA_ARGS__; \
    }

namespace linkwa {

/** An optional text; `{}` means that it is absent. */
using Text = std::optional<std::string_view>;

/** A time in milliseconds. */
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/** Names and values in a callback. */
using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

/** What validation found: see linkwa_findings. */
struct Finding {
    std::string_view path;
    std::string_view code;
    std::string_view message;
    linkwa_severity severity;
    /** The suggested value, if there is one. */
    Text suggestion;
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

/** A text of a C object that knows its length. */
template <class Object>
Text text(const Object *object, const char *text, std::size_t (*len)(const Object *, const char *)) {
    if (text == nullptr) return std::nullopt;
    return std::string_view(text, len(object, text));
}

inline std::string_view or_empty(Text text) { return text.value_or(std::string_view()); }

inline std::string copy(std::string_view text) { return std::string(text); }
inline std::optional<std::string> copy(Text text) { return text ? std::optional<std::string>(*text) : std::nullopt; }
inline std::vector<std::string> copy(const std::vector<std::string_view> &texts) { return {texts.begin(), texts.end()}; }

inline std::vector<Finding> findings(const linkwa_findings *findings) {
    std::vector<Finding> all;
    const std::size_t len = linkwa_findings_len(findings);
    all.reserve(len);
    for (std::size_t i = 0; i < len; ++i) {
        auto maybe = [&](const char *given) { return text(findings, given, linkwa_findings_text_len); };
        auto part = [&](const char *given) { return or_empty(maybe(given)); };
        all.push_back({part(linkwa_findings_path(findings, i)), part(linkwa_findings_code(findings, i)),
                       part(linkwa_findings_message(findings, i)), linkwa_findings_severity(findings, i),
                       maybe(linkwa_findings_suggestion(findings, i))});
    }
    return all;
}

inline std::optional<Time> time(bool is_there, std::int64_t milliseconds) {
    return is_there ? std::optional<Time>(Time(std::chrono::milliseconds(milliseconds))) : std::nullopt;
}

/** The getters of an error; `Self` has get(). */
template <class Self>
class LINKWA_VISIBLE ErrorGetters {
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

  protected:
    ErrorGetters() = default;
    ErrorGetters(const ErrorGetters &) = default;
    ErrorGetters &operator=(const ErrorGetters &) = default;
    ~ErrorGetters() = default;

  private:
    const linkwa_error *get() const noexcept { return static_cast<const Self *>(this)->get(); }
    Text text(const char *text) const { return detail::text(get(), text, linkwa_error_text_len); }
};

} // namespace detail

/** Why a call failed, and what is known about the message: see linkwa_error. */
class LINKWA_VISIBLE Error : public std::exception, public detail::ErrorGetters<Error> {
    using Getters = detail::ErrorGetters<Error>;

  public:
    explicit Error(linkwa_error *error) : error_(error, linkwa_error_free), message_(), code_(LINKWA_INVALID_ARGUMENT) {}
    /** An error that is not from C, such as an argument that cannot be passed to it. */
    explicit Error(std::string message, linkwa_status code = LINKWA_INVALID_ARGUMENT)
        : error_(), message_(std::make_shared<const std::string>(std::move(message))), code_(code) {}
    // Copied even where it could be moved, so that it is never empty.
    Error(const Error &) noexcept = default;
    Error &operator=(const Error &) noexcept = default;
    ~Error() override = default;

    const char *what() const noexcept override {
        const char *message = linkwa_error_message(get());
        return message != nullptr ? message : message_ != nullptr ? message_->c_str() : "";
    }
    linkwa_status code() const noexcept { return get() != nullptr ? linkwa_error_code(get()) : code_; }
    linkwa_outcome outcome() const noexcept {
        return get() != nullptr ? linkwa_error_outcome(get()) : LINKWA_MESSAGE_NOT_SENT;
    }
    linkwa_disposition disposition() const noexcept {
        return get() != nullptr ? linkwa_error_disposition(get()) : LINKWA_DISPOSITION_FAIL;
    }
    LINKWA_OWNED(ref_id, Getters::ref_id())
    LINKWA_OWNED(description, Getters::description())
    LINKWA_OWNED(translated_description, Getters::translated_description())
    LINKWA_OWNED_ONLY(findings, Getters::findings())
    LINKWA_OWNED(response_body, Getters::response_body())
    LINKWA_OWNED(path, Getters::path())

    const linkwa_error *get() const noexcept { return error_.get(); }

  private:
    // Shared, because exceptions are copied, which must not throw.
    std::shared_ptr<linkwa_error> error_;
    std::shared_ptr<const std::string> message_;
    linkwa_status code_;
};

namespace detail {

[[noreturn]] inline void refuse(const char *what) { throw Error(std::string("invalid argument: ") + what); }

// The wrapped C type.
inline const char *name_of(const linkwa_config *) noexcept { return "Config"; }
inline const char *name_of(const linkwa_options *) noexcept { return "Options"; }
inline const char *name_of(const linkwa_contact *) noexcept { return "Contact"; }
inline const char *name_of(const linkwa_message *) noexcept { return "Message"; }
inline const char *name_of(const linkwa_result *) noexcept { return "Result"; }
inline const char *name_of(const linkwa_response *) noexcept { return "Response"; }
inline const char *name_of(const linkwa_pending *) noexcept { return "Pending"; }
inline const char *name_of(const linkwa_chunk *) noexcept { return "Chunk"; }
inline const char *name_of(const linkwa_many *) noexcept { return "Many"; }
inline const char *name_of(const linkwa_queue *) noexcept { return "Queue"; }
inline const char *name_of(const linkwa_many_options *) noexcept { return "ManyOptions"; }
inline const char *name_of(const linkwa_client *) noexcept { return "Client"; }
inline const char *name_of(const linkwa_findings *) noexcept { return "Findings"; }
inline const char *name_of(const linkwa_callback *) noexcept { return "Callback"; }
inline const char *name_of(const linkwa_message_state *) noexcept { return "MessageState"; }
inline const char *name_of(const linkwa_status_tracker *) noexcept { return "StatusTracker"; }
inline const char *name_of(const linkwa_callback_guard *) noexcept { return "CallbackGuard"; }
inline const char *name_of(const linkwa_error *) noexcept { return "Error"; }

/** The object, which must not be moved-from. */
template <class Object>
Object *need(Object *object) {
    if (object == nullptr) refuse((std::string("a linkwa::") + name_of(object) + " was moved from, or is NULL").c_str());
    return object;
}

} // namespace detail

/** An error that belongs to another object, and is valid as long as that. */
class ErrorView : public detail::ErrorGetters<ErrorView> {
  public:
    explicit ErrorView(const linkwa_error *error) : error_(detail::need(error)) {}

    std::string_view message() const { return linkwa_error_message(error_); }
    /** A copy to keep. */
    Error copy() const { return Error(linkwa_error_copy(error_)); }

    const linkwa_error *get() const noexcept { return error_; }

  private:
    const linkwa_error *error_;
};

namespace detail {

/** A text or bytes of the caller, valid during the call. */
class Chars {
  public:
    Chars() : text_() {}
    Chars(const char *text) : text_(text != nullptr ? std::string_view(text) : null()) {}
    // A std::string_view made from NULL looks like an empty text, so a pointer must not become one.
    template <class Given, class Decayed = std::decay_t<Given>,
              class = std::enable_if_t<std::is_convertible_v<const Given &, std::string_view> && !std::is_pointer_v<Decayed> &&
                                       !std::is_null_pointer_v<Decayed>>>
    Chars(const Given &text) : text_(text) {}

    /** Never NULL. */
    const char *data() const noexcept { return text_.data() != nullptr ? text_.data() : ""; }
    std::size_t size() const noexcept { return text_.size(); }
    std::string_view view() const noexcept { return text_; }
    bool has_nul() const noexcept { return text_.find('\0') != std::string_view::npos; }

  private:
    [[noreturn]] static std::string_view null() { refuse("a const char * is NULL"); }

    std::string_view text_;
};

/** A text for C, which must end with NUL and must not contain one. */
class CText {
  public:
    CText() : text_() {}
    template <class Given, class = std::enable_if_t<std::is_convertible_v<const Given &, Chars>>>
    CText(const Given &text) : text_(without_nul(text)) {}

    operator const char *() const noexcept { return text_.c_str(); }

  private:
    static std::string_view without_nul(Chars text) {
        if (text.has_nul()) refuse("a text holds U+0000");
        return text.view();
    }

    std::string text_;
};

/** As CText, or NULL. */
class MaybeText {
  public:
    MaybeText() : text_() {}
    MaybeText(std::nullopt_t) : text_() {}
    template <class Given, class = std::enable_if_t<std::is_convertible_v<const Given &, Chars>>>
    MaybeText(const Given &text) : text_(CText(text)) {}
    template <class Given, class = std::enable_if_t<std::is_convertible_v<const Given &, Chars>>>
    MaybeText(const std::optional<Given> &text) : text_() {
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

/** As call(), for a function that returns an object, which the caller then owns. */
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

/** A negative time counts as 0. */
inline std::uint64_t count(std::chrono::milliseconds time) noexcept {
    return time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
}

/** An object with setters. */
template <class Object, auto Free>
class Draft {
  public:
    const Object *get() const noexcept LINKWA_LIVES_AS_LONG { return object_.get(); }

  protected:
    explicit Draft(Object *object) : object_(need(object)) {}

    template <class Setter, class... Arguments>
    void set(Setter setter, const Arguments &...arguments) {
        setter(need(object_.get()), arguments...);
    }

    Owner<Object, Free> object_;
};

/** The first exception that a callback of the caller threw while C was running, to be thrown when C has returned. */
class Thrown {
  public:
    /** Calls a function; returns `otherwise` if it throws. */
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
    std::exception_ptr exception_{};
};

} // namespace detail

/** Destinations: one, or a list of them. */
class Destinations {
  public:
    Destinations(const char *one) : texts_{detail::CText(one)} {}
    Destinations(std::string_view one) : texts_{detail::CText(one)} {}
    Destinations(const std::string &one) : texts_{detail::CText(one)} {}
    Destinations(std::initializer_list<detail::Chars> several) : texts_(several.begin(), several.end()) {}
    template <class Container, class = decltype(detail::CText(*std::begin(std::declval<const Container &>()))),
              class = std::enable_if_t<!std::is_convertible_v<const Container &, detail::Chars>>>
    Destinations(const Container &several) : texts_() {
        for (const auto &one : several) texts_.emplace_back(one);
    }
    // Copied even where it could be moved, so that a list never becomes empty.
    Destinations(const Destinations &) = default;
    Destinations &operator=(const Destinations &) = default;
    ~Destinations() = default;

    /** For C. */
    std::vector<const char *> pointers() const {
        // Never empty, so that an empty list becomes an array without items instead of NULL.
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

// Each setter exists for named objects and for temporaries, so that a chain may begin with either. Undefined at the end.
#define LINKWA_SETTER(Self, name, parameters, ...) \
    Self &name parameters & { \
        set(__VA_ARGS__); \
        return *this; \
    } \
    Self name parameters && { \
        set(__VA_ARGS__); \
        return std::move(*this); \
    }

/** Receives each step of a send: see linkwa_observer. An exception in it ends the program, because nothing could catch it. */
using Observer = std::function<void(const linkwa_observer_event &)>;

namespace detail {

/** A function that C calls. It stays while it runs, also if it destroys its client. */
struct KeptObserver : std::enable_shared_from_this<KeptObserver> {
    explicit KeptObserver(Observer given) : function(std::move(given)) {}

    static void call(void *observer, const linkwa_observer_event *event) noexcept {
        static_cast<KeptObserver *>(observer)->shared_from_this()->function(*event);
    }

    const Observer function;
};

} // namespace detail

/** The account, the gateway, and the defaults of requests: see linkwa_config. */
class Config : public detail::Draft<linkwa_config, linkwa_config_free> {
  public:
    Config() : Draft(linkwa_config_new()), observer_() {}
    static Config from_env() { return Config(detail::give<linkwa_config>(linkwa_config_from_env)); }

    LINKWA_SETTER(Config, region, (const detail::CText &region), linkwa_config_set_region, region)
    LINKWA_SETTER(Config, base_url, (const detail::CText &url), linkwa_config_set_base_url, url)
    LINKWA_SETTER(Config, credentials, (const detail::CText &username, const detail::CText &password),
                  linkwa_config_set_credentials, username, password)
    LINKWA_SETTER(Config, header, (const detail::CText &name, const detail::CText &value), linkwa_config_add_header, name, value)
    LINKWA_SETTER(Config, platform, (const detail::CText &platform_id, const detail::CText &platform_partner_id),
                  linkwa_config_set_platform, platform_id, platform_partner_id)
    LINKWA_SETTER(Config, source, (const detail::CText &source), linkwa_config_set_source, source)
    LINKWA_SETTER(Config, priority, (linkwa_priority priority), linkwa_config_set_priority, priority)
    LINKWA_SETTER(Config, event_report_gate, (const detail::CText &gate), linkwa_config_add_event_report_gate, gate)
    LINKWA_SETTER(Config, platform_service_id, (const detail::CText &id), linkwa_config_set_platform_service_id, id)
    LINKWA_SETTER(Config, platform_service_type, (const detail::CText &type),
                  linkwa_config_set_platform_service_type, type)
    LINKWA_SETTER(Config, custom_parameter, (const detail::CText &key, const detail::CText &value),
                  linkwa_config_add_custom_parameter, key, value)
    LINKWA_SETTER(Config, relative_validity_time, (std::chrono::milliseconds time),
                  linkwa_config_set_relative_validity_time_ms, detail::count(time))
    LINKWA_SETTER(Config, timeout, (std::chrono::milliseconds timeout), linkwa_config_set_timeout_ms, detail::count(timeout))
    LINKWA_SETTER(Config, connect_timeout, (std::chrono::milliseconds timeout),
                  linkwa_config_set_connect_timeout_ms, detail::count(timeout))
    LINKWA_SETTER(Config, proxy, (const detail::CText &url), linkwa_config_set_proxy, url)
    LINKWA_SETTER(Config, no_proxy, (const detail::CText &hosts), linkwa_config_set_no_proxy, hosts)
    LINKWA_SETTER(Config, proxy_from_env, (bool yes), linkwa_config_set_proxy_from_env, yes)
    LINKWA_SETTER(Config, ca_file, (const detail::CText &path), linkwa_config_set_ca_file, path)
    LINKWA_SETTER(Config, system_roots, (), linkwa_config_set_system_roots)
    LINKWA_SETTER(Config, max_attempts, (std::uint32_t attempts), linkwa_config_set_max_attempts, attempts)
    LINKWA_SETTER(Config, retry_when_busy, (bool yes), linkwa_config_set_retry_when_busy, yes)
    LINKWA_SETTER(Config, max_connections, (std::size_t connections), linkwa_config_set_max_connections, connections)
    LINKWA_SETTER(Config, max_queue, (std::size_t sends), linkwa_config_set_max_queue, sends)
    LINKWA_SETTER(Config, allow_http, (bool yes), linkwa_config_set_allow_http, yes)
    LINKWA_SETTER(Config, strict, (bool yes), linkwa_config_set_strict, yes)
    LINKWA_SETTER(Config, extensions, (bool allow), linkwa_config_set_extensions, allow)
    /** An empty function sets none. The clients that are made with this configuration keep the function. */
    Config &observer(Observer observer) & {
        auto kept = observer ? std::make_shared<detail::KeptObserver>(std::move(observer)) : nullptr;
        set(linkwa_config_set_observer, kept != nullptr ? detail::KeptObserver::call : nullptr, static_cast<void *>(kept.get()));
        observer_ = std::move(kept);
        return *this;
    }
    Config observer(Observer observer) && {
        this->observer(std::move(observer));
        return std::move(*this);
    }

  private:
    friend class Client;

    explicit Config(linkwa_config *config) : Draft(config), observer_() {}

    std::shared_ptr<detail::KeptObserver> observer_;
};

/** The options of one send: see linkwa_options. */
class Options : public detail::Draft<linkwa_options, linkwa_options_free> {
  public:
    Options() : Draft(linkwa_options_new()) {}

    LINKWA_SETTER(Options, priority, (linkwa_priority priority), linkwa_options_set_priority, priority)
    LINKWA_SETTER(Options, ref_id, (const detail::CText &ref_id), linkwa_options_set_ref_id, ref_id)
    LINKWA_SETTER(Options, event_report_gate, (const detail::CText &gate), linkwa_options_add_event_report_gate, gate)
    LINKWA_SETTER(Options, custom_parameter, (const detail::CText &key, const detail::CText &value),
                  linkwa_options_add_custom_parameter, key, value)
    LINKWA_SETTER(Options, relative_validity_time, (std::chrono::milliseconds time),
                  linkwa_options_set_relative_validity_time_ms, detail::count(time))
    LINKWA_SETTER(Options, absolute_validity_time, (const detail::CText &rfc3339),
                  linkwa_options_set_absolute_validity_time, rfc3339)
    LINKWA_SETTER(Options, valid_until, (std::chrono::system_clock::time_point time), linkwa_options_set_valid_until,
                  std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count())
    LINKWA_SETTER(Options, source, (const detail::CText &source), linkwa_options_set_source, source)
    LINKWA_SETTER(Options, platform_service_id, (const detail::CText &id), linkwa_options_set_platform_service_id, id)
    LINKWA_SETTER(Options, platform_service_type, (const detail::CText &type),
                  linkwa_options_set_platform_service_type, type)
    LINKWA_SETTER(Options, platform_transaction_id, (const detail::CText &id),
                  linkwa_options_set_platform_transaction_id, id)
    LINKWA_SETTER(Options, timeout, (std::chrono::milliseconds timeout), linkwa_options_set_timeout_ms, detail::count(timeout))
};

/** A contact card: see linkwa_contact. Members of the structs that are NULL are absent. */
class Contact : public detail::Draft<linkwa_contact, linkwa_contact_free> {
  public:
    Contact() : Draft(linkwa_contact_new()) {}

    LINKWA_SETTER(Contact, name, (const linkwa_name &name), linkwa_contact_set_name, &name)
    LINKWA_SETTER(Contact, org, (const linkwa_org &org), linkwa_contact_set_org, &org)
    LINKWA_SETTER(Contact, birthday, (const detail::CText &day), linkwa_contact_set_birthday, day)
    LINKWA_SETTER(Contact, address, (const linkwa_address &address), linkwa_contact_add_address, &address)
    LINKWA_SETTER(Contact, phone,
                  (const detail::MaybeText &phone, const detail::MaybeText &type = {}, const detail::MaybeText &wa_id = {}),
                  linkwa_contact_add_phone, phone, type, wa_id)
    LINKWA_SETTER(Contact, email, (const detail::MaybeText &email, const detail::MaybeText &type = {}),
                  linkwa_contact_add_email, email, type)
    LINKWA_SETTER(Contact, url, (const detail::MaybeText &url, const detail::MaybeText &type = {}),
                  linkwa_contact_add_url, url, type)
};

/** A message of any type: see linkwa_message. */
class Message : public detail::Draft<linkwa_message, linkwa_message_free> {
  public:
    static Message text(const detail::CText &body) { return Message(linkwa_message_text(body)); }
    static Message image(const detail::CText &link) { return Message(linkwa_message_image(link)); }
    static Message audio(const detail::CText &link) { return Message(linkwa_message_audio(link)); }
    static Message video(const detail::CText &link) { return Message(linkwa_message_video(link)); }
    static Message document(const detail::CText &link) { return Message(linkwa_message_document(link)); }
    static Message image_by_id(const detail::CText &id) { return Message(linkwa_message_image_by_id(id)); }
    static Message audio_by_id(const detail::CText &id) { return Message(linkwa_message_audio_by_id(id)); }
    static Message video_by_id(const detail::CText &id) { return Message(linkwa_message_video_by_id(id)); }
    static Message document_by_id(const detail::CText &id) { return Message(linkwa_message_document_by_id(id)); }
    static Message location(double latitude, double longitude) {
        return Message(linkwa_message_location(latitude, longitude));
    }
    static Message contacts() { return Message(linkwa_message_contacts()); }
    static Message template_(const detail::CText &name, const detail::MaybeText &name_space, const detail::CText &language) {
        return Message(linkwa_message_template(name, name_space, language));
    }
    static Message interactive_buttons(const detail::CText &body) {
        return Message(linkwa_message_interactive_buttons(body));
    }
    static Message interactive_list(const detail::CText &body, const detail::CText &label) {
        return Message(linkwa_message_interactive_list(body, label));
    }
    static Message from_json(detail::Chars json) {
        return Message(linkwa_message_from_json(json.data(), json.size()));
    }
    static Message raw(detail::Chars json) { return Message(linkwa_message_raw(json.data(), json.size())); }

    /** Throws the first error of the constructor or a setter, if there is one. */
    void check() const { detail::call(linkwa_message_check, detail::need(get())); }
    LINKWA_OWNED(type, std::string_view(linkwa_message_type(detail::need(get()))))

    LINKWA_SETTER(Message, append, (const Message &next), linkwa_message_append, detail::need(next.get()))
    LINKWA_SETTER(Message, preview_url, (bool yes), linkwa_message_set_preview_url, yes)
    LINKWA_SETTER(Message, caption, (const detail::CText &caption), linkwa_message_set_caption, caption)
    LINKWA_SETTER(Message, filename, (const detail::CText &name), linkwa_message_set_filename, name)
    LINKWA_SETTER(Message, name, (const detail::CText &name), linkwa_message_set_name, name)
    LINKWA_SETTER(Message, address, (const detail::CText &address), linkwa_message_set_address, address)
    LINKWA_SETTER(Message, contact, (const Contact &contact), linkwa_message_add_contact, detail::need(contact.get()))
    LINKWA_SETTER(Message, header, (), linkwa_message_add_header)
    LINKWA_SETTER(Message, header_text, (const detail::CText &text), linkwa_message_add_header_text, text)
    LINKWA_SETTER(Message, header_image, (const detail::CText &link), linkwa_message_add_header_image, link)
    LINKWA_SETTER(Message, header_video, (const detail::CText &link), linkwa_message_add_header_video, link)
    LINKWA_SETTER(Message, header_document, (const detail::CText &link, const detail::MaybeText &filename = {}),
                  linkwa_message_add_header_document, link, filename)
    LINKWA_SETTER(Message, header_medium, (const Message &medium), linkwa_message_add_header_medium,
                  detail::need(medium.get()))
    LINKWA_SETTER(Message, footer, (const detail::CText &text), linkwa_message_set_footer, text)
    LINKWA_SETTER(Message, button, (const detail::CText &id, const detail::CText &title), linkwa_message_add_button, id,
                  title)
    LINKWA_SETTER(Message, section, (const detail::MaybeText &title), linkwa_message_add_section, title)
    LINKWA_SETTER(Message, row,
                  (const detail::CText &id, const detail::CText &title, const detail::MaybeText &description = {}),
                  linkwa_message_add_row, id, title, description)
    LINKWA_SETTER(Message, body, (), linkwa_message_add_body)
    LINKWA_SETTER(Message, body_text, (const detail::CText &text), linkwa_message_add_body_text, text)
    LINKWA_SETTER(Message, body_currency,
                  (const detail::CText &fallback_value, const detail::CText &code, std::int64_t amount_1000),
                  linkwa_message_add_body_currency, fallback_value, code, amount_1000)
    LINKWA_SETTER(Message, body_currency_decimal,
                  (const detail::CText &fallback_value, const detail::CText &code, const detail::CText &amount),
                  linkwa_message_add_body_currency_decimal, fallback_value, code, amount)
    LINKWA_SETTER(Message, body_date_time, (const detail::CText &fallback_value, const std::tm &time),
                  linkwa_message_add_body_date_time, fallback_value, static_cast<std::uint32_t>(time.tm_year + 1900),
                  static_cast<std::uint32_t>(time.tm_mon + 1), static_cast<std::uint32_t>(time.tm_mday),
                  static_cast<std::uint32_t>(time.tm_hour), static_cast<std::uint32_t>(time.tm_min))
    LINKWA_SETTER(Message, body_date_time,
                  (const detail::CText &fallback_value, std::uint32_t year, std::uint32_t month, std::uint32_t day,
                   std::uint32_t hour, std::uint32_t minute),
                  linkwa_message_add_body_date_time, fallback_value, year, month, day, hour, minute)
    LINKWA_SETTER(Message, body_timestamp, (const detail::CText &fallback_value, std::uint64_t milliseconds),
                  linkwa_message_add_body_timestamp, fallback_value, milliseconds)
    LINKWA_SETTER(Message, quick_reply, (std::uint32_t index, const detail::MaybeText &payload = {}),
                  linkwa_message_add_quick_reply, index, payload)
    LINKWA_SETTER(Message, url_button, (std::uint32_t index, const detail::MaybeText &text = {}),
                  linkwa_message_add_url_button, index, text)

    /** Passes ownership to C. */
    linkwa_message *release() noexcept { return object_.release(); }

  private:
    explicit Message(linkwa_message *message) : Draft(message) {}
};

namespace detail {

/** The getters of a result; `Self` has get(). */
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
    /** The id of the message to the only destination, if there was one. */
    Text message_id() const { return text(linkwa_result_only_message_id(get())); }
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
    const linkwa_result *get() const { return need(static_cast<const Self *>(this)->get()); }
    Text text(const char *text) const { return detail::text(get(), text, linkwa_result_text_len); }
};

} // namespace detail

/** A message that the gateway accepted: see linkwa_result. */
class Result : public detail::ResultGetters<Result> {
    using Getters = detail::ResultGetters<Result>;

  public:
    explicit Result(linkwa_result *result) : result_(detail::need(result)) {}

    LINKWA_OWNED(ref_id, Getters::ref_id())
    LINKWA_OWNED(description, Getters::description())
    LINKWA_OWNED(message_ids, Getters::message_ids())
    /** The id of the message to the only destination, if there was one. */
    LINKWA_OWNED(message_id, Getters::message_id())
    LINKWA_OWNED_ONLY(receipts, Getters::receipts())
    LINKWA_OWNED_ONLY(warnings, Getters::warnings())

    const linkwa_result *get() const noexcept LINKWA_LIVES_AS_LONG { return result_.get(); }

  private:
    detail::Owner<linkwa_result, linkwa_result_free> result_;
};

/** A result that belongs to another object, and is valid as long as that. */
class ResultView : public detail::ResultGetters<ResultView> {
  public:
    explicit ResultView(const linkwa_result *result) : result_(detail::need(result)) {}

    /** A copy to keep. */
    Result copy() const { return Result(linkwa_result_copy(result_)); }

    const linkwa_result *get() const noexcept { return result_; }

  private:
    const linkwa_result *result_;
};

/** The answer to an HTTP request: see linkwa_response. */
class Response {
  public:
    explicit Response(linkwa_response *response) : response_(detail::need(response)) {}

    int status() const { return linkwa_response_status(own()); }
    LINKWA_OWNED(body, std::string_view(linkwa_response_body(own()), linkwa_response_body_len(own())))

    const linkwa_response *get() const noexcept LINKWA_LIVES_AS_LONG { return response_.get(); }

  private:
    const linkwa_response *own() const { return detail::need(response_.get()); }

    detail::Owner<linkwa_response, linkwa_response_free> response_;
};

/** A send that is under way on a worker, or done: see linkwa_pending. Destroying it does not stop the send. */
class Pending {
  public:
    explicit Pending(linkwa_pending *pending) : pending_(detail::need(pending)) {}

    LINKWA_OWNED(ref_id, detail::or_empty(detail::text(own(), linkwa_pending_ref_id(own()), linkwa_pending_text_len)))
    bool is_done() const { return linkwa_pending_is_done(own()); }
    void cancel() const { linkwa_pending_cancel(own()); }
    /** Whether it has ended by then. */
    bool wait_for(std::chrono::milliseconds time) const {
        return linkwa_pending_wait_timeout(own(), detail::count(time));
    }
    /** Waits for the result, or throws the Error. */
    Result wait() const { return Result(detail::give<linkwa_result>(linkwa_pending_wait, own())); }
    /** The same for an HTTP request of Client::request_async(). */
    Response wait_response() const {
        return Response(detail::give<linkwa_response>(linkwa_pending_wait_response, own()));
    }

    const linkwa_pending *get() const noexcept LINKWA_LIVES_AS_LONG { return pending_.get(); }

  private:
    const linkwa_pending *own() const { return detail::need(pending_.get()); }

    detail::Owner<linkwa_pending, linkwa_pending_free> pending_;
};

/**
 * The result of one request of a bulk run: see linkwa_chunk. Do not keep the one that your OnChunk gets; copy its result or
 * error to keep them. One of Run::next() is yours.
 */
class Chunk {
  public:
    explicit Chunk(const linkwa_chunk *chunk, std::exception_ptr exception = nullptr)
        : owner_(), chunk_(detail::need(chunk)), exception_(std::move(exception)) {}
    /** Takes ownership. */
    explicit Chunk(std::shared_ptr<const linkwa_chunk> chunk, std::exception_ptr exception = nullptr)
        : owner_(std::move(chunk)), chunk_(detail::need(owner_.get())), exception_(std::move(exception)) {}
    Chunk(const Chunk &) = default;
    Chunk &operator=(const Chunk &) = default;
    ~Chunk() = default;

    std::uint64_t index() const { return linkwa_chunk_index(chunk_); }
    LINKWA_OWNED(ref_id, text(linkwa_chunk_ref_id(chunk_)))
    LINKWA_OWNED(destinations, texts())
    /** Empty if the request was not accepted. */
    LINKWA_OWNED_ONLY(result, view<ResultView>(linkwa_chunk_result(chunk_)))
    /** Empty if the request was accepted. */
    LINKWA_OWNED_ONLY(error, view<ErrorView>(linkwa_chunk_error(chunk_)))
    /** The exception that your MessageFor threw for this destination; otherwise nullptr. See Client::send_many_each(). */
    std::exception_ptr exception() const noexcept { return exception_; }

  private:
    std::vector<std::string_view> texts() const {
        std::vector<std::string_view> all;
        for (std::size_t i = 0; i < linkwa_chunk_destinations_len(chunk_); ++i) {
            all.push_back(text(linkwa_chunk_destination(chunk_, i)));
        }
        return all;
    }
    template <class View, class Object>
    static std::optional<View> view(const Object *object) {
        return object != nullptr ? std::optional<View>(object) : std::nullopt;
    }
    std::string_view text(const char *text) const {
        return detail::or_empty(detail::text(chunk_, text, linkwa_chunk_text_len));
    }

    std::shared_ptr<const linkwa_chunk> owner_;
    const linkwa_chunk *chunk_;
    std::exception_ptr exception_;
};

/** A bulk run, for use inside the function that it is passed to: see linkwa_many. */
class Many {
  public:
    explicit Many(const linkwa_many *many) : many_(detail::need(many)) {}

    std::string_view ref_id() const {
        return detail::or_empty(detail::text(many_, linkwa_many_ref_id(many_), linkwa_many_text_len));
    }
    void stop() const { linkwa_many_stop(many_); }
    /** Also ends what is under way. */
    void cancel() const { linkwa_many_cancel(many_); }
    linkwa_progress progress() const {
        linkwa_progress progress{};
        detail::call(linkwa_many_progress, many_, &progress);
        return progress;
    }
    std::string checkpoint() const {
        return detail::string(detail::give<linkwa_buffer>(linkwa_many_checkpoint, many_));
    }

  private:
    const linkwa_many *many_;
};

/** The options of send_many(): see linkwa_many_options. */
class ManyOptions : public detail::Draft<linkwa_many_options, linkwa_many_options_free> {
  public:
    ManyOptions() : Draft(linkwa_many_options_new()) {}

    LINKWA_SETTER(ManyOptions, destinations_per_request, (std::size_t count),
                  linkwa_many_options_set_destinations_per_request, count)
    LINKWA_SETTER(ManyOptions, rate, (double destinations_per_second), linkwa_many_options_set_rate, destinations_per_second)
    LINKWA_SETTER(ManyOptions, send_options, (const Options &options), linkwa_many_options_set_send_options,
                  detail::need(options.get()))
    LINKWA_SETTER(ManyOptions, resume, (detail::Chars checkpoint), linkwa_many_options_set_resume, checkpoint.data(),
                  checkpoint.size())
    LINKWA_SETTER(ManyOptions, resend_unknown, (bool yes), linkwa_many_options_set_resend_unknown, yes)
};

namespace detail {

/** Receives the end of a send of a message (T is Result) or of an HTTP request (T is Response). */
template <class T>
using OnEnd = std::function<void(std::optional<T>, std::optional<Error>)>;

/** The type of C that T owns. */
template <class T>
using ObjectOf = std::remove_const_t<std::remove_pointer_t<decltype(std::declval<const T &>().get())>>;

/** What C calls; no exception may pass through it. Owns `on_end`. */
template <class T>
void ended(void *on_end, ObjectOf<T> *object, linkwa_error *error) noexcept {
    const std::unique_ptr<OnEnd<T>> function(static_cast<OnEnd<T> *>(on_end));
    std::optional<T> value;
    std::optional<Error> failed;
    if (object != nullptr) value.emplace(object);
    if (error != nullptr) failed.emplace(error);
    (*function)(std::move(value), std::move(failed));
}

/** A future, and what fulfils it. */
template <class T>
std::pair<std::future<T>, OnEnd<T>> future() {
    auto promise = std::make_shared<std::promise<T>>();
    std::future<T> future = promise->get_future();
    return {std::move(future), [promise](std::optional<T> value, std::optional<Error> error) {
                if (value) {
                    promise->set_value(std::move(*value));
                } else {
                    promise->set_exception(std::make_exception_ptr(error.value()));
                }
            }};
}

} // namespace detail

/** Called when an asynchronous send ends: with a result, or with an error. */
using OnDone = detail::OnEnd<Result>;

#ifdef LINKWA_HAS_COROUTINES

namespace detail {

/** What an awaitable shares with the function that ends it. */
template <class T>
struct Arrival {
    std::optional<T> value{};
    std::optional<Error> error{};
    /** nullptr; then the coroutine that waits; then ended(), or left() if the coroutine was destroyed before. */
    std::atomic<void *> waiting{nullptr};

    void *ended() noexcept { return &value; }
    void *left() noexcept { return &error; }

    void end(std::optional<T> new_value, std::optional<Error> new_error) {
        value = std::move(new_value);
        error = std::move(new_error);
        void *const waits = waiting.exchange(ended());
        if (waits != nullptr && waits != left()) std::coroutine_handle<>::from_address(waits).resume();
    }
};

} // namespace detail

/**
 * A send that has begun, for one co_await: it returns the result, or throws the Error. It cannot be moved. When the send ends, the
 * coroutine goes on where a function of type linkwa_on_done would be called: on a thread of the library. It must not wait there; go
 * to a thread of your own before long work. Destroying a coroutine that waits drops the result, and the send goes on; do not do so while
 * another thread may end the send.
 */
template <class T>
class [[nodiscard]] Awaitable {
  public:
    Awaitable(Awaitable &&) = delete;
    Awaitable &operator=(Awaitable &&) = delete;
    ~Awaitable() {
        void *waits = arrival_->waiting.load();
        if (waits != arrival_->ended()) arrival_->waiting.compare_exchange_strong(waits, arrival_->left());
    }

    /** To cancel it, for example. */
    const Pending &pending() const noexcept LINKWA_LIVES_AS_LONG { return pending_; }

    bool await_ready() const noexcept { return arrival_->waiting.load() == arrival_->ended(); }
    bool await_suspend(std::coroutine_handle<> coroutine) const noexcept {
        // After this line another thread may run and destroy the coroutine, and this object with it.
        void *none = nullptr;
        return arrival_->waiting.compare_exchange_strong(none, coroutine.address());
    }
    T await_resume() const {
        if (arrival_->error) throw *arrival_->error;
        if (!arrival_->value) detail::refuse("a linkwa::Awaitable was awaited twice");
        return *std::exchange(arrival_->value, std::nullopt);
    }

  private:
    friend class Client;

    Awaitable(std::shared_ptr<detail::Arrival<T>> arrival, Pending pending)
        : arrival_(std::move(arrival)), pending_(std::move(pending)) {}

    std::shared_ptr<detail::Arrival<T>> arrival_;
    Pending pending_;
};

#endif // LINKWA_HAS_COROUTINES

/** Returns the next destination, or nothing at the end. */
using NextDestination = std::function<std::optional<std::string>()>;
/** Makes the message for a destination. */
using MessageFor = std::function<Message(std::string_view)>;
/** Called with the result of each request of a bulk run. */
using OnChunk = std::function<void(const Many &, const Chunk &)>;

namespace detail {

/** A bulk run, and the functions that C calls in it. */
struct RunFunctions {
    NextDestination next;
    MessageFor message_for;
    OnChunk on_chunk;
    std::optional<CText> destination;
    Thrown thrown;
    /** Exceptions of message_for, by destination, until the destination's chunk comes. */
    std::multimap<std::string, std::exception_ptr> message_exceptions;

    static std::unique_ptr<RunFunctions> of(NextDestination next, MessageFor message_for) {
        return std::unique_ptr<RunFunctions>(new RunFunctions{std::move(next), std::move(message_for), {}, {}, {}, {}});
    }

    void rethrow() { std::exchange(thrown, {}).rethrow(); }

    /** Calls C. If that fails because a function of the caller threw, throws the exception of that function. */
    template <class Call>
    auto run(Call call) {
        try {
            return call();
        } catch (const Error &error) {
            // C refuses a second thread, to which the exceptions of the first do not belong.
            if (error.code() != LINKWA_INVALID_ARGUMENT) rethrow();
            throw;
        }
    }

    static const char *next_destination(void *user_data) noexcept {
        RunFunctions &run = *static_cast<RunFunctions *>(user_data);
        if (run.thrown.is_there()) return nullptr;
        return run.thrown.keep<const char *>(nullptr, [&]() -> const char * {
            const std::optional<std::string> given = run.next();
            run.destination.reset();
            if (given) run.destination.emplace(*given);
            return run.destination ? static_cast<const char *>(*run.destination) : nullptr;
        });
    }
    static linkwa_message *message(void *user_data, const char *destination) noexcept {
        RunFunctions &run = *static_cast<RunFunctions *>(user_data);
        // Its exception belongs to its destination, and the run goes on.
        std::optional<Message> made;
        try {
            made.emplace(run.message_for(destination));
        } catch (...) {
            const std::exception_ptr exception = std::current_exception();
            return run.thrown.keep<linkwa_message *>(nullptr, [&]() -> linkwa_message * {
                run.message_exceptions.emplace(destination, exception);
                return nullptr;
            });
        }
        // A moved-from message is a mistake of the program, and ends the run.
        return run.thrown.keep<linkwa_message *>(nullptr, [&] {
            need(made->get());
            return made->release();
        });
    }
    /** Of several chunks of one destination, only those without a message have an exception. */
    std::exception_ptr exception_of(const linkwa_chunk *chunk) {
        const linkwa_findings *findings = linkwa_error_findings(linkwa_chunk_error(chunk));
        const char *path = linkwa_findings_path(findings, 0);
        if (path == nullptr || std::string_view(path) != "messages") return nullptr;
        const char *const to = linkwa_chunk_destination(chunk, 0);
        const auto found = message_exceptions.lower_bound(to); // the first of those that it threw for this destination
        if (found == message_exceptions.end() || found->first != to) return nullptr;
        std::exception_ptr exception = std::move(found->second);
        message_exceptions.erase(found);
        return exception;
    }
    static void chunk(void *user_data, const linkwa_many *many, const linkwa_chunk *chunk) noexcept {
        RunFunctions &run = *static_cast<RunFunctions *>(user_data);
        const bool went_well = run.thrown.keep(false, [&] {
            run.on_chunk(Many(many), Chunk(chunk, run.exception_of(chunk)));
            return true;
        });
        if (!went_well) linkwa_many_stop(many);
    }
};

} // namespace detail

/**
 * A bulk run that you advance: see linkwa_many_new(). Client::run_many() makes it. stop() and cancel() may be called on any thread;
 * the other functions belong to one thread at a time.
 */
class Run {
  public:
    /**
     * Begins requests, waits until one has ended, at most this long, and returns its result: see linkwa_many_next(). Empty if none
     * has ended by then, and at the end of the run. If your NextDestination or MessageFor throws, see Client::send_many() and
     * Client::send_many_each(): the exception is thrown once the run has ended, or in place of an error of the run.
     */
    std::optional<Chunk> next(std::chrono::milliseconds timeout) const { return step(detail::count(timeout)); }
    /** Waits without a limit. Empty at the end of the run. */
    std::optional<Chunk> next() const { return step(UINT64_MAX); }
    bool is_done() const { return linkwa_many_is_done(own()); }
    /** How long to wait for the queue before the next next(); negative: until it is readable. See linkwa_many_poll_ms(). */
    int poll_ms() const { return linkwa_many_poll_ms(own()); }
    LINKWA_OWNED(ref_id, Many(own()).ref_id())
    void stop() const { linkwa_many_stop(own()); }
    /** Also ends what is under way. */
    void cancel() const { linkwa_many_cancel(own()); }
    linkwa_progress progress() const { return Many(own()).progress(); }
    std::string checkpoint() const { return Many(own()).checkpoint(); }

    const linkwa_many *get() const noexcept LINKWA_LIVES_AS_LONG { return many_.get(); }

  private:
    friend class Client;

    explicit Run(std::unique_ptr<detail::RunFunctions> functions, linkwa_many *many)
        : functions_(std::move(functions)), many_(detail::need(many)) {}

    linkwa_many *own() const { return detail::need(many_.get()); }

    std::optional<Chunk> step(std::uint64_t timeout_ms) const {
        linkwa_many *many = own();
        const auto next = [&] { return detail::give<linkwa_chunk>(linkwa_many_next, many, timeout_ms); };
        std::shared_ptr<const linkwa_chunk> chunk(functions_->run(next), detail::Freer<linkwa_chunk_free>());
        if (chunk == nullptr) {
            if (is_done()) functions_->rethrow();
            return std::nullopt;
        }
        std::exception_ptr exception = functions_->exception_of(chunk.get());
        return Chunk(std::move(chunk), std::move(exception));
    }

    std::unique_ptr<detail::RunFunctions> functions_;
    detail::Owner<linkwa_many, linkwa_many_free> many_;
};

/** Asynchronous sends that have ended, for loops that wait with poll(): see linkwa_queue. */
class Queue {
  public:
    /** Throws LINKWA_INTERNAL if the system gives no descriptors, and on Windows. */
    Queue() : queue_(linkwa_queue_new()) {
        if (queue_ == nullptr) throw Error("a linkwa::Queue needs two descriptors, and the system gives none", LINKWA_INTERNAL);
    }

    /** Readable as long as the queue is not empty. */
    int fd() const { return linkwa_queue_fd(own()); }
    /** next() returns `user_data` when the send has ended. */
    void add(const Pending &pending, void *user_data) const {
        detail::call(linkwa_queue_add, own(), detail::need(pending.get()), user_data);
    }
    /** next() returns `user_data` now, and whenever a request of the run ends. */
    void add(const Run &run, void *user_data) const {
        detail::call(linkwa_queue_add_many, own(), detail::need(run.get()), user_data);
    }
    /** Empty if the queue is. */
    std::optional<void *> next() const {
        void *user_data = nullptr;
        return linkwa_queue_next(own(), &user_data) ? std::optional<void *>(user_data) : std::nullopt;
    }

    const linkwa_queue *get() const noexcept LINKWA_LIVES_AS_LONG { return queue_.get(); }

  private:
    linkwa_queue *own() const { return detail::need(queue_.get()); }

    detail::Owner<linkwa_queue, linkwa_queue_free> queue_;
};

/** Sends through one account at the gateway: see linkwa_client. */
class Client {
  public:
    explicit Client(const Config &config)
        : Client(detail::give<linkwa_client>(linkwa_client_new, detail::need(config.get())), config.observer_) {}
    static Client from_env() { return Client(detail::give<linkwa_client>(linkwa_client_from_env), nullptr); }

    Result send_text(const detail::CText &to, const detail::CText &text, const Options &options = Options()) const {
        return result(linkwa_send_text, to, text, detail::need(options.get()));
    }
    Result send_image(const detail::CText &to, const detail::CText &link, const detail::MaybeText &caption = {},
                      const Options &options = Options()) const {
        return result(linkwa_send_image, to, link, caption, detail::need(options.get()));
    }
    Result send_audio(const detail::CText &to, const detail::CText &link, const Options &options = Options()) const {
        return result(linkwa_send_audio, to, link, detail::need(options.get()));
    }
    Result send_video(const detail::CText &to, const detail::CText &link, const detail::MaybeText &caption = {},
                      const Options &options = Options()) const {
        return result(linkwa_send_video, to, link, caption, detail::need(options.get()));
    }
    Result send_document(const detail::CText &to, const detail::CText &link, const detail::MaybeText &caption = {},
                         const detail::MaybeText &filename = {}, const Options &options = Options()) const {
        return result(linkwa_send_document, to, link, caption,
                      filename, detail::need(options.get()));
    }
    Result send_location(const detail::CText &to, double latitude, double longitude, const detail::MaybeText &name = {},
                         const detail::MaybeText &address = {}, const Options &options = Options()) const {
        return result(linkwa_send_location, to, latitude, longitude, name,
                      address, detail::need(options.get()));
    }
    Result send_contacts(const detail::CText &to, const Message &contacts, const Options &options = Options()) const {
        return result(linkwa_send_contacts, to, detail::need(contacts.get()), detail::need(options.get()));
    }
    Result send_template(const detail::CText &to, const Message &message, const Options &options = Options()) const {
        return result(linkwa_send_template, to, detail::need(message.get()), detail::need(options.get()));
    }
    Result send_interactive(const detail::CText &to, const Message &message, const Options &options = Options()) const {
        return result(linkwa_send_interactive, to, detail::need(message.get()), detail::need(options.get()));
    }
    Result send(const Destinations &to, const Message &message, const Options &options = Options()) const {
        return result(linkwa_send, to.pointers().data(), to.size(), detail::need(message.get()), detail::need(options.get()));
    }
    Result send_request(detail::Chars json) const { return result(linkwa_send_request, json.data(), json.size()); }
    Result send_raw(detail::Chars json) const { return result(linkwa_send_raw, json.data(), json.size()); }

    /**
     * Sends an HTTP request to another resource of the gateway: see linkwa_client_request(). An empty body stands for no body.
     * Not in version 1.4.1 of LINK's document.
     */
    Response request(const detail::CText &method, const detail::CText &path, detail::Chars body = {},
                     const detail::MaybeText &content_type = {}) const {
        return Response(detail::give<linkwa_response>(linkwa_client_request, own(), method, path, content_type, body.data(), body.size()));
    }
    /** The same on a worker; wait for the answer with Pending::wait_response(). */
    [[nodiscard]] Pending request_async(const detail::CText &method, const detail::CText &path, detail::Chars body = {},
                          const detail::MaybeText &content_type = {}) const {
        return begin<Response>(linkwa_client_request_async, {}, method, path, content_type, body.data(), body.size());
    }

    /** Returns the exact bytes that send() would post. */
    [[nodiscard]] std::string build(const Destinations &to, const Message &message, const Options &options = Options()) const {
        return detail::string(detail::give<linkwa_buffer>(linkwa_build, own(), to.pointers().data(), to.size(),
                                                          detail::need(message.get()), detail::need(options.get())));
    }

    /** Sends on a worker; wait for the result with the returned object. */
    [[nodiscard]] Pending send_async(const Destinations &to, const Message &message, const Options &options = Options()) const {
        return begin<Result>(linkwa_send_async, {}, to.pointers().data(), to.size(), detail::need(message.get()),
                             detail::need(options.get()));
    }
    [[nodiscard]] Pending send_request_async(detail::Chars json) const {
        return begin<Result>(linkwa_send_request_async, {}, json.data(), json.size());
    }
    [[nodiscard]] Pending send_raw_async(detail::Chars json) const {
        return begin<Result>(linkwa_send_raw_async, {}, json.data(), json.size());
    }
    /**
     * Sends on a worker, which calls `on_done` once; see linkwa_on_done. An exception in it ends the program, because nothing
     * could catch it.
     */
    Pending send_async(const Destinations &to, const Message &message, OnDone on_done, const Options &options = Options()) const {
        return begin<Result>(linkwa_send_async, some(std::move(on_done)), to.pointers().data(), to.size(),
                             detail::need(message.get()), detail::need(options.get()));
    }
    Pending send_request_async(detail::Chars json, OnDone on_done) const {
        return begin<Result>(linkwa_send_request_async, some(std::move(on_done)), json.data(), json.size());
    }
    Pending send_raw_async(detail::Chars json, OnDone on_done) const {
        return begin<Result>(linkwa_send_raw_async, some(std::move(on_done)), json.data(), json.size());
    }

    /**
     * Sends on a worker; the future gets the result, or throws the Error. What send_async() throws at once, this does too. The
     * future does not wait when it is destroyed, and the send goes on.
     */
    [[nodiscard]] std::future<Result> send_future(const Destinations &to, const Message &message,
                                                  const Options &options = Options()) const {
        return future<Result>(linkwa_send_async, to.pointers().data(), to.size(), detail::need(message.get()),
                              detail::need(options.get()));
    }
    [[nodiscard]] std::future<Result> send_request_future(detail::Chars json) const {
        return future<Result>(linkwa_send_request_async, json.data(), json.size());
    }
    [[nodiscard]] std::future<Result> send_raw_future(detail::Chars json) const {
        return future<Result>(linkwa_send_raw_async, json.data(), json.size());
    }
    [[nodiscard]] std::future<Response> request_future(const detail::CText &method, const detail::CText &path,
                                                       detail::Chars body = {}, const detail::MaybeText &content_type = {}) const {
        return future<Response>(linkwa_client_request_async, method, path, content_type, body.data(), body.size());
    }

#ifdef LINKWA_HAS_COROUTINES
    /**
     * Sends on a worker, for coroutines of C++20: `Result sent = co_await client.co_send(to, message);`. The send begins at once, and
     * what send_async() throws at once, this does too.
     */
    Awaitable<Result> co_send(const Destinations &to, const Message &message, const Options &options = Options()) const {
        return awaitable<Result>(linkwa_send_async, to.pointers().data(), to.size(), detail::need(message.get()),
                                 detail::need(options.get()));
    }
    Awaitable<Result> co_send_request(detail::Chars json) const {
        return awaitable<Result>(linkwa_send_request_async, json.data(), json.size());
    }
    Awaitable<Result> co_send_raw(detail::Chars json) const {
        return awaitable<Result>(linkwa_send_raw_async, json.data(), json.size());
    }
    Awaitable<Response> co_request(const detail::CText &method, const detail::CText &path, detail::Chars body = {},
                                   const detail::MaybeText &content_type = {}) const {
        return awaitable<Response>(linkwa_client_request_async, method, path, content_type, body.data(), body.size());
    }
#endif

    /**
     * Sends to many destinations: `next` returns destinations until the end, `on_chunk` receives the result of each request; see
     * linkwa_send_many(). If one of them throws, the run takes no more destinations. Results of requests under way still reach
     * `on_chunk`, and then the first exception is thrown.
     */
    linkwa_progress send_many(NextDestination next, const Message &message, OnChunk on_chunk,
                              const ManyOptions &options = ManyOptions()) const {
        detail::RunFunctions run{std::move(next), {}, std::move(on_chunk), {}, {}, {}};
        linkwa_progress progress{};
        run.run([&] {
            detail::call(linkwa_send_many, own(), &detail::RunFunctions::next_destination, &run, detail::need(message.get()),
                         detail::need(options.get()), &detail::RunFunctions::chunk, &run, &progress);
        });
        run.rethrow();
        return progress;
    }
    /**
     * As send_many(), with a message of its own for each destination. If `message_for` throws, the run goes on. The destination
     * gets its own chunk, with the error LINKWA_INVALID_REQUEST and the exception in Chunk::exception().
     */
    linkwa_progress send_many_each(NextDestination next, MessageFor message_for, OnChunk on_chunk,
                                   const ManyOptions &options = ManyOptions()) const {
        detail::RunFunctions run{std::move(next), std::move(message_for), std::move(on_chunk), {}, {}, {}};
        linkwa_progress progress{};
        run.run([&] {
            detail::call(linkwa_send_many_each, own(), &detail::RunFunctions::next_destination, &run,
                         &detail::RunFunctions::message, &run, detail::need(options.get()), &detail::RunFunctions::chunk, &run,
                         &progress);
        });
        run.rethrow();
        return progress;
    }

    /** Makes a run that you advance with Run::next(). Nothing is sent before that. */
    [[nodiscard]] Run run_many(NextDestination next, const Message &message, const ManyOptions &options = ManyOptions()) const {
        auto functions = detail::RunFunctions::of(std::move(next), {});
        void *data = functions.get();
        return Run(std::move(functions),
                   detail::give<linkwa_many>(linkwa_many_new, own(), &detail::RunFunctions::next_destination, data,
                                             detail::need(message.get()), detail::need(options.get())));
    }
    /** As run_many(), with a message of its own for each destination. */
    [[nodiscard]] Run run_many_each(NextDestination next, MessageFor message_for, const ManyOptions &options = ManyOptions()) const {
        auto functions = detail::RunFunctions::of(std::move(next), std::move(message_for));
        void *data = functions.get();
        return Run(std::move(functions),
                   detail::give<linkwa_many>(linkwa_many_new_each, own(), &detail::RunFunctions::next_destination, data,
                                             &detail::RunFunctions::message, data, detail::need(options.get())));
    }

    /** Destroying the client does this with a timeout of 0. */
    void close(std::chrono::milliseconds timeout) const { linkwa_client_close(own(), detail::count(timeout)); }

    const linkwa_client *get() const noexcept LINKWA_LIVES_AS_LONG { return client_.get(); }

  private:
    const linkwa_client *own() const { return detail::need(client_.get()); }

    /** Frees the client before its observer, which runs meanwhile; also when another client is moved into this one. */
    struct Freer {
        void operator()(linkwa_client *client) const noexcept { linkwa_client_free(client); }

        std::shared_ptr<detail::KeptObserver> observer{};
    };

    Client(linkwa_client *client, std::shared_ptr<detail::KeptObserver> observer)
        : client_(detail::need(client), Freer{std::move(observer)}) {}

    template <class Verb, class... Parts>
    Result result(Verb verb, const Parts &...parts) const {
        return Result(detail::give<linkwa_result>(verb, own(), parts...));
    }

    /** Begins a send on a worker; an empty `on_end` receives nothing. */
    template <class T, class Verb, class... Parts>
    Pending begin(Verb verb, detail::OnEnd<T> on_end, const Parts &...parts) const {
        if (!on_end) return Pending(detail::give<linkwa_pending>(verb, own(), parts..., nullptr, nullptr));
        auto owned = std::make_unique<detail::OnEnd<T>>(std::move(on_end));
        Pending pending(detail::give<linkwa_pending>(verb, own(), parts..., &detail::ended<T>, static_cast<void *>(owned.get())));
        static_cast<void>(owned.release()); // ended() has it, or had it
        return pending;
    }
    template <class T, class Verb, class... Parts>
    std::future<T> future(Verb verb, const Parts &...parts) const {
        auto [future, on_end] = detail::future<T>();
        static_cast<void>(begin<T>(verb, std::move(on_end), parts...));
        return std::move(future);
    }
#ifdef LINKWA_HAS_COROUTINES
    template <class T, class Verb, class... Parts>
    Awaitable<T> awaitable(Verb verb, const Parts &...parts) const {
        auto arrival = std::make_shared<detail::Arrival<T>>();
        auto on_end = [arrival](std::optional<T> value, std::optional<Error> error) {
            arrival->end(std::move(value), std::move(error));
        };
        return {arrival, begin<T>(verb, on_end, parts...)};
    }
#endif
    static OnDone some(OnDone on_done) {
        if (!on_done) detail::refuse("on_done is empty");
        return on_done;
    }

    std::unique_ptr<linkwa_client, Freer> client_;
};

/** Returns the exact bytes that Client::send_request() would post. */
[[nodiscard]] inline std::string build_request(detail::Chars json, bool extensions = false) {
    const auto build = extensions ? linkwa_build_request_with_extensions : linkwa_build_request;
    return detail::string(detail::give<linkwa_buffer>(build, json.data(), json.size()));
}

/** Returns a new reference, unique across processes and machines: see linkwa_new_ref_id(). */
inline std::string new_ref_id() { return detail::string(linkwa_new_ref_id()); }

/** Returns the errors and warnings of a whole request: see linkwa_validate(). */
class Findings {
  public:
    explicit Findings(linkwa_findings *findings) : findings_(detail::need(findings)), all_(detail::findings(findings)) {}

    auto begin() const { return all().begin(); }
    auto end() const { return all().end(); }
    std::size_t size() const { return all().size(); }
    bool empty() const { return all().empty(); }
    const Finding &operator[](std::size_t index) const LINKWA_LIVES_AS_LONG { return all().at(index); }

  private:
    const std::vector<Finding> &all() const {
        detail::need(findings_.get());
        return all_;
    }

    detail::Owner<linkwa_findings, linkwa_findings_free> findings_;
    std::vector<Finding> all_;
};

[[nodiscard]] inline Findings validate(detail::Chars json, bool extensions = false) {
    const auto check = extensions ? linkwa_validate_with_extensions : linkwa_validate;
    return Findings(detail::give<linkwa_findings>(check, json.data(), json.size()));
}

/** Returns the errors and warnings of one destination: see linkwa_check_destination(). */
[[nodiscard]] inline Findings check_destination(const detail::CText &number) {
    return Findings(detail::give<linkwa_findings>(linkwa_check_destination, static_cast<const char *>(number)));
}

/** Explains a result code: see linkwa_result_code_name() and the functions beside it. */
struct ResultCode {
    std::int64_t number;

    /** Empty if this library does not know the code. */
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

/** The base of views on a callback. */
class View {
  public:
    explicit View(const linkwa_callback *callback) : callback_(need(callback)) {}

    /** Unknown fields of an object, and known fields of an unexpected shape, as JSON. */
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

/** An event report: the status of a message. It is valid as long as its Callback. */
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
    bool is_delivered() const { return linkwa_event_status_is_delivered(status()); }
    Text result_description() const { return text(linkwa_event_report_result_description(callback_)); }
    std::optional<Pairs> custom_parameters() const { return parameters(LINKWA_PARAMETERS_CUSTOM); }
    std::optional<Pairs> gate_custom_parameters() const { return parameters(LINKWA_PARAMETERS_GATE_CUSTOM); }
};

/** The route of a received message; it is valid as long as its Callback. */
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

/** The message that a user replied to. */
struct Context {
    Text source;
    Text message_id;
};

/** A file that a user sent. Not in version 1.4.1 of LINK's document. */
struct InboundMedia {
    Text source;
    Text kind;
    Text caption;
};

/** A place that a user sent. Not in version 1.4.1 of LINK's document. */
struct InboundLocation {
    std::optional<double> latitude;
    std::optional<double> longitude;
    Text name;
    Text address;
    Text url;
};

/** A contact that a user sent. Not in version 1.4.1 of LINK's document. What else it has is in contact_extra(). */
struct InboundContact {
    Text formatted_name{};
    std::vector<Text> phones{};
};

/** The button of an interactive message that a user pressed. Not in version 1.4.1 of LINK's document. */
struct InboundButtonReply {
    Text id;
    Text title;
};

/** The row of a list that a user chose. Not in version 1.4.1 of LINK's document. */
struct InboundListReply {
    Text id;
    Text title;
    Text description;
};

/** What a user chose of an interactive message. Not in version 1.4.1 of LINK's document. */
struct InboundInteractive {
    Text kind{};
    std::optional<InboundButtonReply> button_reply{};
    std::optional<InboundListReply> list_reply{};
};

/** A message from a user; it is valid as long as its Callback. */
class ReceivedMessage : public detail::View {
  public:
    using View::View;

    /** The number of the user, or their business-scoped id. Users with a user name may have no number: answer to reply_to(). */
    Text source() const { return text_of(linkwa_received_message_source); }
    Text reply_to() const { return text_of(linkwa_received_message_reply_to); }
    Text user_id() const { return text_of(linkwa_received_message_user_id); }
    Text parent_user_id() const { return text_of(linkwa_received_message_parent_user_id); }
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
    std::optional<InboundMedia> media() const {
        if (!linkwa_received_message_has_media(callback_)) return std::nullopt;
        return InboundMedia{text_of(linkwa_received_message_media_source), text_of(linkwa_received_message_media_kind),
                            text_of(linkwa_received_message_media_caption)};
    }
    std::optional<InboundLocation> location() const {
        if (!linkwa_received_message_has_location(callback_)) return std::nullopt;
        return InboundLocation{value<double>(linkwa_received_message_location_latitude),
                               value<double>(linkwa_received_message_location_longitude),
                               text_of(linkwa_received_message_location_name),
                               text_of(linkwa_received_message_location_address),
                               text_of(linkwa_received_message_location_url)};
    }
    std::optional<std::vector<InboundContact>> contacts() const {
        if (!linkwa_received_message_has_contacts(callback_)) return std::nullopt;
        std::vector<InboundContact> all(linkwa_received_message_contacts_len(callback_));
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i].formatted_name = View::text(linkwa_received_message_contact_formatted_name(callback_, i));
            for (std::size_t j = 0; j < linkwa_received_message_contact_phones_len(callback_, i); ++j) {
                all[i].phones.push_back(View::text(linkwa_received_message_contact_phone(callback_, i, j)));
            }
        }
        return all;
    }
    std::optional<InboundInteractive> interactive() const {
        if (!linkwa_received_message_has_interactive(callback_)) return std::nullopt;
        InboundInteractive chosen;
        chosen.kind = text_of(linkwa_received_message_interactive_kind);
        if (linkwa_received_message_has_button_reply(callback_)) {
            chosen.button_reply = InboundButtonReply{text_of(linkwa_received_message_button_reply_id),
                                                     text_of(linkwa_received_message_button_reply_title)};
        }
        if (linkwa_received_message_has_list_reply(callback_)) {
            chosen.list_reply = InboundListReply{text_of(linkwa_received_message_list_reply_id),
                                                 text_of(linkwa_received_message_list_reply_title),
                                                 text_of(linkwa_received_message_list_reply_description)};
        }
        return chosen;
    }
    /** As extra(), of a contact, of its name, or of one of its phones. */
    Pairs contact_extra(std::size_t index, linkwa_contact_part part = LINKWA_CONTACT_WHOLE, std::size_t phone = 0) const {
        Pairs all;
        for (std::size_t i = 0; i < linkwa_received_message_contact_extra_len(callback_, index, part, phone); ++i) {
            all.emplace_back(
                detail::or_empty(View::text(linkwa_received_message_contact_extra_name(callback_, index, part, phone, i))),
                detail::or_empty(View::text(linkwa_received_message_contact_extra_json(callback_, index, part, phone, i))));
        }
        return all;
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
    explicit Callback(linkwa_callback *callback) : callback_(detail::need(callback)) {}

    linkwa_kind kind() const { return linkwa_callback_kind(own()); }
    LINKWA_OWNED(key, text(linkwa_callback_key(own())))
    LINKWA_OWNED(raw, text(linkwa_callback_raw(own())))
    /** The value of a field by its path, such as "content.message.text": see linkwa_callback_get(). */
    Text get(const detail::CText &path) const & LINKWA_LIVES_AS_LONG {
        std::size_t len = 0;
        const char *const value = linkwa_callback_get(own(), path, &len);
        return value != nullptr ? Text(std::string_view(value, len)) : std::nullopt;
    }
    std::optional<std::string> get(const detail::CText &path) const && { return detail::copy(get(path)); }
    /** Empty for a callback of the other kind. */
    LINKWA_OWNED_ONLY(event_report,
                      kind() == LINKWA_EVENT_REPORT ? std::optional<EventReport>(EventReport(own())) : std::nullopt)
    /** Empty for a callback of the other kind. */
    LINKWA_OWNED_ONLY(received_message,
                      kind() == LINKWA_RECEIVED_MESSAGE ? std::optional<ReceivedMessage>(ReceivedMessage(own())) : std::nullopt)

    const linkwa_callback *get() const noexcept LINKWA_LIVES_AS_LONG { return callback_.get(); }

  private:
    const linkwa_callback *own() const { return detail::need(callback_.get()); }
    std::string_view text(const char *text) const {
        return detail::or_empty(detail::text(own(), text, linkwa_callback_text_len));
    }

    detail::Owner<linkwa_callback, linkwa_callback_free> callback_;
};

/** Parses the body of a callback: see linkwa_callback_parse(). */
[[nodiscard]] inline Callback parse_callback(detail::Chars body) {
    return Callback(detail::give<linkwa_callback>(linkwa_callback_parse, body.data(), body.size()));
}

namespace detail {

/** The getters of a state; `Self` has get(). */
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
    bool is_delivered() const { return linkwa_message_state_is_delivered(get()); }
    bool is_final() const { return linkwa_message_state_is_final(get()); }
    bool is_disputed() const { return linkwa_message_state_is_disputed(get()); }
    std::optional<std::int64_t> other_code() const { return number(linkwa_message_state_other_code); }
    bool changed() const { return linkwa_message_state_changed(get()); }

  private:
    const linkwa_message_state *get() const { return need(static_cast<const Self *>(this)->get()); }
    Text text(const char *text) const { return detail::text(get(), text, linkwa_message_state_text_len); }
    std::optional<std::int64_t> number(bool (*getter)(const linkwa_message_state *, std::int64_t *)) const {
        std::int64_t value = 0;
        return getter(get(), &value) ? std::optional<std::int64_t>(value) : std::nullopt;
    }
};

} // namespace detail

/** The state of a message: see linkwa_message_state. */
class MessageState : public detail::StateGetters<MessageState> {
    using Getters = detail::StateGetters<MessageState>;

  public:
    explicit MessageState(linkwa_message_state *state) : state_(detail::need(state)) {}

    LINKWA_OWNED(message_id, Getters::message_id())
    LINKWA_OWNED(ref_id, Getters::ref_id())
    LINKWA_OWNED(timestamp_raw, Getters::timestamp_raw())
    LINKWA_OWNED(description, Getters::description())

    const linkwa_message_state *get() const noexcept LINKWA_LIVES_AS_LONG { return state_.get(); }

  private:
    detail::Owner<linkwa_message_state, linkwa_message_state_free> state_;
};

/** A state that belongs to another object, and is valid as long as that. */
class MessageStateView : public detail::StateGetters<MessageStateView> {
  public:
    explicit MessageStateView(const linkwa_message_state *state) : state_(detail::need(state)) {}

    const linkwa_message_state *get() const noexcept { return state_; }

  private:
    const linkwa_message_state *state_;
};

/** The status of messages: see linkwa_status_tracker. */
class StatusTracker {
  public:
    StatusTracker() : StatusTracker(linkwa_status_tracker_new()) {}
    static StatusTracker from_json(detail::Chars json) {
        return StatusTracker(
            detail::give<linkwa_status_tracker>(linkwa_status_tracker_from_json, json.data(), json.size()));
    }

    /** The callback must be an event report. */
    MessageState apply(const Callback &report) {
        return MessageState(detail::give<linkwa_message_state>(linkwa_status_tracker_apply, own(), detail::need(report.get())));
    }
    /** Without an index: the message's only state, or the least advanced of several. */
    std::optional<MessageState> state(const detail::CText &message_id, std::optional<std::int64_t> message_index = {}) const {
        return maybe(detail::give<linkwa_message_state>(linkwa_status_tracker_state, own(), message_id,
                                                        message_index.value_or(LINKWA_NO_INDEX)));
    }
    std::optional<MessageState> request_state(const detail::CText &ref_id) const {
        return maybe(
            detail::give<linkwa_message_state>(linkwa_status_tracker_request_state, own(), ref_id));
    }
    linkwa_resolution resolve(const detail::CText &ref_id) const {
        return linkwa_status_tracker_resolve(own(), ref_id);
    }
    std::size_t size() const { return linkwa_status_tracker_len(own()); }
    bool forget(const detail::CText &message_id) {
        return linkwa_status_tracker_forget(own(), message_id);
    }
    bool forget_ref_id(const detail::CText &ref_id) {
        return linkwa_status_tracker_forget_ref_id(own(), ref_id);
    }
    /** Calls a function with each state; it may use the tracker. The first exception is thrown after the last state. */
    void each(std::function<void(const MessageStateView &)> on_state) const {
        Each each{std::move(on_state), {}};
        linkwa_status_tracker_each(own(), &Each::state, &each);
        each.thrown.rethrow();
    }
    /** As each(), with the states of one request. */
    void each_of(const detail::CText &ref_id, std::function<void(const MessageStateView &)> on_state) const {
        Each each{std::move(on_state), {}};
        linkwa_status_tracker_each_of(own(), ref_id, &Each::state, &each);
        each.thrown.rethrow();
    }
    std::string to_json() const {
        return detail::string(detail::give<linkwa_buffer>(linkwa_status_tracker_to_json, own()));
    }

    const linkwa_status_tracker *get() const noexcept LINKWA_LIVES_AS_LONG { return tracker_.get(); }

  private:
    linkwa_status_tracker *own() const { return detail::need(tracker_.get()); }

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

    explicit StatusTracker(linkwa_status_tracker *tracker) : tracker_(detail::need(tracker)) {}

    static std::optional<MessageState> maybe(linkwa_message_state *state) {
        return state != nullptr ? std::optional<MessageState>(state) : std::nullopt;
    }

    detail::Owner<linkwa_status_tracker, linkwa_status_tracker_free> tracker_;
};

/** The decision of a guard. */
struct [[nodiscard]] Verdict {
    linkwa_refusal refusal;
    /** The address that the callback came from, if the callback is accepted. */
    std::string sender;

    /** Whether the callback is accepted. */
    explicit operator bool() const noexcept { return refusal == LINKWA_REFUSAL_NONE; }
};

/** Authenticates callbacks: see linkwa_callback_guard. */
class CallbackGuard : public detail::Draft<linkwa_callback_guard, linkwa_callback_guard_free> {
  public:
    CallbackGuard() : Draft(linkwa_callback_guard_new()), observer_() {}

    // The guard remembers errors; with one it refuses every callback, and ready() throws the error.
    LINKWA_SETTER(CallbackGuard, range, (const detail::CText &range), linkwa_callback_guard_add_range, range)
    LINKWA_SETTER(CallbackGuard, any_address, (), linkwa_callback_guard_any_address)
    LINKWA_SETTER(CallbackGuard, trusted_proxy, (const detail::CText &range),
                  linkwa_callback_guard_add_trusted_proxy, range)
    LINKWA_SETTER(CallbackGuard, only_x_forwarded_for, (), linkwa_callback_guard_only_x_forwarded_for)
    LINKWA_SETTER(CallbackGuard, only_forwarded, (), linkwa_callback_guard_only_forwarded)
    LINKWA_SETTER(CallbackGuard, basic, (const detail::CText &username, const detail::CText &password),
                  linkwa_callback_guard_set_basic, username, password)
    LINKWA_SETTER(CallbackGuard, header, (const detail::CText &name, const detail::CText &value),
                  linkwa_callback_guard_set_header, name, value)
    LINKWA_SETTER(CallbackGuard, max_body, (std::size_t bytes), linkwa_callback_guard_set_max_body, bytes)
    /** An empty function sets none. The guard keeps the function. */
    CallbackGuard &observer(Observer observer) & {
        auto kept = observer ? std::make_shared<detail::KeptObserver>(std::move(observer)) : nullptr;
        set(linkwa_callback_guard_set_observer, kept != nullptr ? detail::KeptObserver::call : nullptr,
            static_cast<void *>(kept.get()));
        observer_ = std::move(kept);
        return *this;
    }
    CallbackGuard observer(Observer observer) && {
        this->observer(std::move(observer));
        return std::move(*this);
    }

    /** Throws the first error of a setting, if there is one. */
    void ready() const { detail::call(linkwa_callback_guard_ready, detail::need(get())); }

    /** An address or header that contains U+0000 gives LINKWA_REFUSAL_UNUSABLE. */
    [[nodiscard]] Verdict check(detail::Chars peer, const std::vector<std::pair<std::string, std::string>> &headers, std::size_t body_len) const {
        const linkwa_callback_guard *guard = detail::need(get());
        // C would read only what stands before the U+0000.
        if (peer.has_nul()) return {LINKWA_REFUSAL_UNUSABLE, {}};
        std::vector<linkwa_header> lines;
        lines.reserve(headers.size() + 1);
        for (const auto &[name, value] : headers) {
            if (detail::Chars(name).has_nul() || detail::Chars(value).has_nul()) return {LINKWA_REFUSAL_UNUSABLE, {}};
            lines.push_back({name.c_str(), value.c_str()});
        }
        lines.push_back({nullptr, nullptr}); // so that no headers are an array without items and not NULL
        char sender[LINKWA_ADDRESS_SIZE] = "";
        const linkwa_refusal refusal =
            linkwa_callback_guard_check(guard, detail::CText(peer), lines.data(), headers.size(), body_len, sender);
        return {refusal, sender};
    }

  private:
    std::shared_ptr<detail::KeptObserver> observer_;
};

/** Whether an address belongs to LINK's gateway: see linkwa_is_gateway_address(). */
[[nodiscard]] inline bool is_gateway_address(detail::Chars address) {
    return !address.has_nul() && linkwa_is_gateway_address(detail::CText(address));
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

#undef LINKWA_LIVES_AS_LONG
#undef LINKWA_OWNED
#undef LINKWA_OWNED_ONLY
#undef LINKWA_SETTER
#undef LINKWA_VISIBLE

} // namespace linkwa

#endif /* C++17 */

#endif /* LINKWA_HPP */
