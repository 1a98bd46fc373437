// linkwa.hpp against the sandbox: every class and every method once. Other tests cover the library itself; these check that each
// call arrives with its arguments in place, and returns as C++ expects. examples.sh compiles and runs it.
#include "tap.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using namespace std::string_view_literals;

namespace {

/** The error that a function throws. */
template <class Function>
linkwa::Error thrown(Function function) {
    try {
        function();
    } catch (const linkwa::Error &error) {
        return error;
    }
    return linkwa::Error(std::string("nothing was thrown"));
}

/** Moves an object away: the test uses objects after a move on purpose. */
template <class Object>
void take(Object &object) {
    const Object taken = std::move(object);
}

#define REFUSED(...) OK(code_of([&] { static_cast<void>(__VA_ARGS__); }) == LINKWA_INVALID_ARGUMENT)

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

constexpr const char *LINK = "https://example.com/a.jpg";

// Objects are owned: they move, and do not copy. Exceptions are copied without throwing.
static_assert(std::is_nothrow_move_constructible_v<linkwa::Client> && !std::is_copy_constructible_v<linkwa::Client>);
static_assert(std::is_nothrow_move_constructible_v<linkwa::Config> && !std::is_copy_constructible_v<linkwa::Config>);
static_assert(std::is_nothrow_move_constructible_v<linkwa::Message> && !std::is_copy_constructible_v<linkwa::Message>);
static_assert(std::is_nothrow_move_constructible_v<linkwa::Result> && !std::is_copy_constructible_v<linkwa::Result>);
static_assert(std::is_nothrow_move_constructible_v<linkwa::Pending> && !std::is_copy_constructible_v<linkwa::Pending>);
static_assert(std::is_nothrow_move_constructible_v<linkwa::Callback> && !std::is_copy_constructible_v<linkwa::Callback>);
static_assert(std::is_nothrow_copy_constructible_v<linkwa::Error>);

void configurations() {
    // A setter of a temporary returns an object, and a setter of a named object returns a reference to it.
    static_assert(std::is_same_v<decltype(linkwa::Config().region("n-eu")), linkwa::Config>);
    linkwa::Config named;
    OK(&named.region("n-eu") == &named);

    linkwa::Config all = config()
                             .priority(LINKWA_PRIORITY_HIGH)
                             .event_report_gate("gate")
                             .platform_service_id("its id")
                             .platform_service_type("its type")
                             .custom_parameter("key", "value")
                             .relative_validity_time(1500ms)
                             .timeout(30s)
                             .connect_timeout(5s)
                             .proxy_from_env(false)
                             .max_attempts(2)
                             .retry_when_busy(false)
                             .max_connections(8)
                             .max_queue(100)
                             .allow_http(false)
                             .header("x-api-key", "k")
                             .strict(false)
                             .extensions(false);
    const std::string built = linkwa::Client(all).build(NUMBER, linkwa::Message::text("x"));
    for (const char *part : {R"("priority":"HIGH")", R"("eventReportGates":["gate"])", R"("platformServiceId":"its id")",
                             R"("platformServiceType":"its type")", R"("customParameters":{"key":"value"})",
                             R"("relativeValidityTime":1500)", R"("source":"+46000000000")", R"("platformId":"p")",
                             R"("platformPartnerId":"pp")"}) {
        OK(contains(built, part));
    }
    OK(thrown([&] { linkwa::Client(std::move(all.timeout(-1s))); }).code() == LINKWA_INVALID_CONFIG);

    // The client throws the error that a setter remembers.
    const linkwa::Error unknown = thrown([] { linkwa::Client(linkwa::Config().region("atlantis").credentials("u", "p")); });
    OK(unknown.code() == LINKWA_INVALID_CONFIG);
    OK(contains(unknown.what(), "atlantis"));
    OK(thrown([] { linkwa::Client(config().proxy("no URL")); }).code() == LINKWA_INVALID_CONFIG);
    OK(thrown([] { linkwa::Client(config().no_proxy("localhost").ca_file("/nowhere")); }).code() == LINKWA_INVALID_CONFIG);
    OK(thrown([] { linkwa::Client(config().priority(static_cast<linkwa_priority>(0))); }).code() ==
       LINKWA_INVALID_ARGUMENT);
    OK(linkwa::Client(config().system_roots()).get() != nullptr);
    OK(linkwa::Client(linkwa::Config::from_env()).get() != nullptr);
    OK(linkwa::Client::from_env().get() != nullptr);
    // A text with U+0000, which cannot be passed to C.
    const linkwa::Error nul = thrown([] { linkwa::Config().region("n\0eu"sv); });
    OK(nul.code() == LINKWA_INVALID_ARGUMENT && nul.outcome() == LINKWA_MESSAGE_NOT_SENT && nul.get() == nullptr);
    OK(nul.disposition() == LINKWA_DISPOSITION_FAIL);
    OK(contains(nul.what(), "U+0000"));
    OK(!nul.ref_id() && !nul.http_status() && nul.findings().empty() && nul.reason() == LINKWA_REASON_NONE);
}

void options() {
    const linkwa::Client client(config());
    const auto in_an_hour = std::chrono::system_clock::now() + 1h;
    const std::string built =
        client.build(NUMBER, linkwa::Message::text("x"),
                     linkwa::Options()
                         .priority(LINKWA_PRIORITY_LOW)
                         .ref_id("order-17")
                         .event_report_gate("a")
                         .event_report_gate("b")
                         .custom_parameter("key", "value")
                         .relative_validity_time(1500ms)
                         .absolute_validity_time("2999-01-01T00:00:00Z")
                         .source("+46000000099")
                         .platform_service_id("its id")
                         .platform_service_type("its type")
                         .platform_transaction_id("its transaction")
                         .timeout(10s));
    for (const char *part : {R"("priority":"LOW")", R"("refId":"order-17")", R"("eventReportGates":["a","b"])",
                             R"("customParameters":{"key":"value"})", R"("relativeValidityTime":1500)",
                             R"("absoluteValidityTime":"2999-01-01T00:00:00Z")", R"("source":"+46000000099")",
                             R"("platformServiceId":"its id")", R"("platformServiceType":"its type")",
                             R"("platformTransactionId":"its transaction")"}) {
        OK(contains(built, part));
    }
    linkwa::Options named;
    named.valid_until(in_an_hour);
    OK(contains(client.build(NUMBER, linkwa::Message::text("x"), named), R"("absoluteValidityTime":"2)"));
}

linkwa::Message every_part() {
    return linkwa::Message::template_("order_update", "namespace", "en")
        .header_document("https://example.com/17.pdf", "invoice.pdf")
        .body_text("Anna")
        .body_currency("$100.99", "USD", 100990)
        .body_date_time("soon", 2024, 2, 29, 12, 30)
        .body_timestamp("now", 1700000000000)
        .quick_reply(0, "yes")
        .quick_reply(1)
        .url_button(2, "track/17")
        .url_button(3);
}

void messages() {
    const linkwa::Client client(config());
    auto built = [&](const linkwa::Message &message) {
        std::string json = client.build(NUMBER, message);
        return json.substr(json.find(R"("messages":)") + std::strlen(R"("messages":)"));
    };
    OK(built(linkwa::Message::text("https://a.example").preview_url(true)) ==
       R"([{"type":"text","previewUrl":true,"text":{"body":"https://a.example"}}]})");
    OK(contains(built(linkwa::Message::image(LINK).caption("its caption")), R"("caption":"its caption")"));
    OK(contains(built(linkwa::Message::audio("https://a.example/a.mp3")), R"("type":"audio")"));
    OK(contains(built(linkwa::Message::video("https://a.example/a.mp4")), R"("type":"video")"));
    OK(contains(built(linkwa::Message::document("https://a.example/a.pdf").filename("its name")), R"("filename":"its name")"));
    const std::string place = built(linkwa::Message::location(59.5, -18.25).name("its name").address("its address"));
    OK(contains(place, R"("latitude":59.5)") && contains(place, R"("longitude":-18.25)"));
    OK(contains(place, R"("name":"its name")") && contains(place, R"("address":"its address")"));

    const std::string card = built(linkwa::Message::contacts().contact(
        linkwa::Contact()
            .name({"Anna A", "Anna", nullptr, nullptr, nullptr, nullptr})
            .org({"its company", nullptr, nullptr})
            .birthday("1977-02-25")
            .address({"its street", nullptr, nullptr, nullptr, nullptr, nullptr, nullptr})
            .phone("+46000000002", "WORK", "46000000002")
            .phone({}, "HOME")
            .email("a@example.com", "WORK")
            .url("https://a.example")));
    for (const char *part : {"Anna A", "its company", "1977-02-25", "its street", "46000000002", "HOME", "a@example.com", "https://a.example"}) {
        OK(contains(card, part));
    }

    const std::string all = built(every_part());
    for (const char *part : {"order_update", R"("filename":"invoice.pdf")", R"("text":"Anna")", R"("amount1000":"100990")", "soon",
                             R"("timestamp":"1700000000000")", R"("payload":"yes")", R"("index":1)", R"("text":"track/17")", R"("index":3)"}) {
        OK(contains(all, part));
    }
    auto plain = [] { return linkwa::Message::template_("t", "n", "en"); };
    OK(contains(built(plain().header().body()), R"("components":[{"type":"header","parameters":[]},{"type":"body","parameters":[]}])"));
    OK(contains(built(plain().header_text("a text")), R"("text":"a text")"));
    OK(contains(built(plain().header_image(LINK)), R"("type":"image")"));
    OK(contains(built(plain().header_video("https://a.example/a.mp4")), R"("type":"video")"));
    OK(contains(built(plain().header_document("https://a.example/a.pdf")), R"("document":{"link":"https://a.example/a.pdf"})"));

    linkwa::Message first = linkwa::Message::text("1");
    first.append(linkwa::Message::text("2"));
    OK(built(first) == R"([{"type":"text","text":{"body":"1"}},{"type":"text","text":{"body":"2"}}]})");
    OK(first.type() == "text" && linkwa::Message::location(0, 0).type() == "location");
    OK(linkwa::Message::from_json(R"({"type":"text","text":{"body":"Hello"}})").type() == "text");
    OK(built(linkwa::Message::raw(R"({"type":"sticker"})")) == R"([{"type":"sticker"}]})");

    // What version 1.4.1 does not have.
    const linkwa::Client extended(config().extensions(true));
    auto built_so = [&](const linkwa::Message &message) { return extended.build(NUMBER, message); };
    OK(contains(built_so(linkwa::Message::image_by_id("1017")), R"("image":{"id":"1017"})"));
    OK(contains(built_so(linkwa::Message::audio_by_id("1017")), R"("audio":{"id":"1017"})"));
    OK(contains(built_so(linkwa::Message::video_by_id("1017")), R"("video":{"id":"1017"})"));
    OK(contains(built_so(linkwa::Message::document_by_id("1017")), R"("document":{"id":"1017"})"));
    OK(contains(built_so(linkwa::Message::template_("t", {}, "en").header_medium(linkwa::Message::image_by_id("1017"))),
                R"("template":{"name":"t","language":{"code":"en"},"components":[{"type":"header","parameters":[{"type":"image","image":{"id":"1017"}}]}]})"));
    const linkwa::Message buttons =
        linkwa::Message::interactive_buttons("Where to?").header_text("Trip").button("home", "Home").footer("Free");
    OK(contains(built_so(buttons), R"({"type":"reply","reply":{"id":"home","title":"Home"}})"));
    OK(contains(built_so(linkwa::Message::interactive_list("Where to?", "Choose")
                             .section("Shops")
                             .row("oslo", "Oslo", "Open")
                             .row("rome", "Rome")),
                R"("rows":[{"id":"oslo","title":"Oslo","description":"Open"},{"id":"rome","title":"Rome"}])"));
    const std::string by_id = built_so(linkwa::Message::image_by_id("1017"));
    OK(linkwa::validate(by_id)[0].code == "extension" && linkwa::validate(by_id, true).empty());
    OK(linkwa::build_request(by_id, true) == by_id);
    OK(thrown([&] { client.send_interactive(NUMBER, buttons); }).code() == LINKWA_INVALID_REQUEST);

    // Errors are remembered; check() and every send throw them.
    first.check();
    const linkwa::Message wrong = linkwa::Message::text("x").caption("a text has none");
    OK(thrown([&] { wrong.check(); }).code() == LINKWA_INVALID_ARGUMENT);
    OK(thrown([&] { client.send(NUMBER, wrong); }).code() == LINKWA_INVALID_ARGUMENT);
    OK(thrown([] { linkwa::Message::from_json("[]").check(); }).code() == LINKWA_INVALID_REQUEST);
    OK(thrown([] { linkwa::Message::from_json({}).check(); }).code() == LINKWA_INVALID_REQUEST);
    OK(thrown([] { linkwa::Message::text("a\0b"sv); }).code() == LINKWA_INVALID_ARGUMENT);
    // A moved-from object acts like NULL in C.
    const linkwa::Message moved = std::move(first);
    OK(thrown([&] { client.send(NUMBER, first); }).code() == LINKWA_INVALID_ARGUMENT);
    OK(built(moved).size() > 0);
}

void verbs() {
    const linkwa::Client client(config());
    const linkwa::Options options = linkwa::Options().timeout(30s);
    const linkwa::Result sent = client.send_text(NUMBER, "Hello", linkwa::Options().ref_id("order-17"));
    OK(sent.ref_id() == "order-17");
    OK(sent.result_code() == 112001 && linkwa::ResultCode{sent.result_code()}.is_success());
    OK(sent.description() == "queued");
    OK(sent.message_ids().size() == 1 && sent.receipts().size() == 1);
    OK(sent.receipts().at(0).destination == NUMBER && sent.receipts().at(0).message_id == sent.message_ids().at(0));
    OK(sent.warnings().empty() && sent.attempts() == 1 && sent.get() != nullptr);

    OK(client.send_image(NUMBER, LINK, "its caption", options).message_ids().size() == 1);
    OK(client.send_image(NUMBER, LINK).message_ids().size() == 1);
    OK(client.send_audio(NUMBER, "https://a.example/a.mp3", options).message_ids().size() == 1);
    OK(client.send_video(NUMBER, "https://a.example/a.mp4", {}, options).message_ids().size() == 1);
    OK(client.send_document(NUMBER, "https://a.example/a.pdf", "its caption", "its name", options).message_ids().size() == 1);
    OK(client.send_location(NUMBER, 59.5, -18.25, "its name", "its address", options).message_ids().size() == 1);
    OK(client.send_contacts(NUMBER,
                            linkwa::Message::contacts().contact(
                                linkwa::Contact().name({"Anna A", "Anna", nullptr, nullptr, nullptr, nullptr})))
           .message_ids()
           .size() == 1);
    OK(client.send_template(NUMBER, every_part(), options).message_ids().size() == 1);
    const linkwa::Result warned = client.send_audio(NUMBER, "https://a.example/a.txt");
    OK(warned.warnings().at(0).severity == LINKWA_SEVERITY_WARNING);

    // One destination or several, in different containers.
    const std::vector<std::string> numbers{"+46000000002", "+46000000003"};
    const std::vector<std::string_view> views{"+46000000004"};
    auto receipts_of = [](const linkwa::Result &result) { return result.receipts().size(); };
    OK(receipts_of(client.send(NUMBER, linkwa::Message::text("x"))) == 1);
    OK(receipts_of(client.send(numbers.at(0), linkwa::Message::text("x"))) == 1);
    const linkwa::Result to_view = client.send(views.at(0), linkwa::Message::text("x"));
    OK(to_view.receipts().at(0).destination == views.at(0));
    const linkwa::Result to_two = client.send(numbers, linkwa::Message::text("x"));
    OK(to_two.receipts().at(1).destination == numbers.at(1));
    OK(receipts_of(client.send(views, linkwa::Message::text("x"))) == 1);
    OK(receipts_of(client.send({"+46000000005", "+46000000006"}, linkwa::Message::text("x"), options)) == 2);
    OK(thrown([&] { client.send(std::vector<std::string>(), linkwa::Message::text("x")); }).code() == LINKWA_INVALID_REQUEST);

    // Whole requests.
    const std::string whole = client.build(NUMBER, linkwa::Message::text("x"), linkwa::Options().ref_id("whole"));
    OK(linkwa::build_request(whole) == whole);
    OK(client.send_request(whole).ref_id() == "whole");
    OK(client.send_raw(whole).ref_id() == "whole");
    OK(thrown([&] { client.send_raw({}); }).code() == LINKWA_INVALID_REQUEST);
    const linkwa::Response response = client.request("POST", "no/such/resource", "{}");
    OK(response.status() == 404 && !response.body().empty());
    OK(linkwa::check_destination("+46000000001").empty() && linkwa::check_destination("+46 0").size() == 1);
    std::tm leap_day{};
    leap_day.tm_year = 124;
    leap_day.tm_mon = 1;
    leap_day.tm_mday = 29;
    leap_day.tm_hour = 12;
    leap_day.tm_min = 30;
    auto with_helpers = linkwa::Message::template_("t", "n", "en").body_currency_decimal("$1", "USD", "1.5");
    const std::string helped = client.build(NUMBER, with_helpers.body_date_time("soon", leap_day));
    OK(contains(helped, R"("amount1000":"1500")") && contains(helped, R"("dayOfWeek":4,"dayOfMonth":29,"year":2024,"month":2)"));
    OK(client.send_text(NUMBER, "x").message_id().has_value());
    // A getter of a temporary object copies.
    static_assert(std::is_same_v<decltype(client.send_text(NUMBER, "x").message_id()), std::optional<std::string>>);
    static_assert(std::is_same_v<decltype(client.send_text(NUMBER, "x").ref_id()), std::string>);
    static_assert(std::is_same_v<decltype(sent.ref_id()), std::string_view>);
    const auto copied = client.send_text(NUMBER, "x", linkwa::Options().ref_id("a temporary's")).ref_id();
    OK(copied == "a temporary's");
    OK(client.request_async("GET", "no/such/resource").wait_response().status() == 404);
    OK(thrown([&] { client.request("GET", ".."); }).code() == LINKWA_INVALID_REQUEST);
    OK(thrown([] { static_cast<void>(linkwa::build_request("{}")); }).code() == LINKWA_INVALID_REQUEST);

    // The findings.
    OK(linkwa::validate(whole).empty());
    const linkwa::Findings findings = linkwa::validate(R"({"destinations":["hello"],"a\u0000b":1})");
    OK(findings.size() > 2 && findings[0].severity == LINKWA_SEVERITY_ERROR && !findings[0].message.empty());
    bool whole_name = false, number = false;
    for (const linkwa::Finding &finding : findings) {
        whole_name = whole_name || contains(finding.path, "a\0b"sv);
        number = number || (finding.path == "destinations[0]" && finding.code == "invalid_msisdn");
    }
    OK(whole_name && number);
    OK(linkwa::validate({})[0].code == "invalid_json");

    OK(linkwa::new_ref_id().size() == 36 && linkwa::new_ref_id() != linkwa::new_ref_id());
    OK(linkwa::version() == LINKWA_VERSION);

    const linkwa::ResultCode rejected{112402};
    OK(rejected.name() && rejected.explanation() && rejected.is_failure() && rejected.is_final() && !rejected.should_contact_support());
    OK(!linkwa::ResultCode{1}.name());
}

void errors() {
    const linkwa::Client client(config());
    const linkwa::Error rejected = thrown([&] { client.send_text("+46000001429", "x", linkwa::Options().ref_id("r")); });
    OK(rejected.code() == LINKWA_REJECTED && rejected.outcome() == LINKWA_MESSAGE_REJECTED);
    OK(rejected.disposition() == LINKWA_DISPOSITION_RETRY);
    OK(rejected.http_status() == 429 && rejected.result_code() == 112000 && rejected.retry_after() == 1s);
    OK(rejected.ref_id() == "r" && rejected.description() && !rejected.path() && !rejected.position());
    OK(rejected.response_body() && contains(*rejected.response_body(), "112000"));
    static_cast<void>(rejected.translated_description());

    const linkwa::Error unknown = thrown([&] { client.send_text("+46000002001", "x"); });
    OK(unknown.code() == LINKWA_OUTCOME_UNKNOWN && unknown.outcome() == LINKWA_MESSAGE_UNKNOWN);
    OK(unknown.disposition() == LINKWA_DISPOSITION_PARK);
    OK(unknown.reason() == LINKWA_REASON_CONNECTION_LOST && unknown.ref_id() && unknown.ref_id()->size() == 36);
    OK(!unknown.http_status() && !unknown.result_code() && !unknown.retry_after() && !unknown.response_body());

    const linkwa::Error invalid = thrown([&] { client.send_text("hello", ""); });
    OK(invalid.code() == LINKWA_INVALID_REQUEST && invalid.outcome() == LINKWA_MESSAGE_NOT_SENT);
    OK(invalid.findings().size() == 2 && invalid.findings().at(0).path == "destinations[0]");

    // A caller that catches only std::exception, and keeps a copy.
    std::string words;
    try {
        client.send_text("hello", "x");
    } catch (const std::exception &error) {
        words = error.what();
    }
    OK(contains(words, "destinations[0]"));
    std::exception_ptr kept;
    {
        const linkwa::Error copy = rejected;
        kept = std::make_exception_ptr(copy);
    }
    OK(thrown([&] { std::rethrow_exception(kept); }).http_status() == 429);

    const linkwa::Error nowhere = thrown(
        [] { linkwa::Client(linkwa::Config().base_url("http://127.0.0.1:1").credentials("u", "p").platform("p", "pp").max_attempts(1)).send_text(NUMBER, "x", linkwa::Options().source("1234")); });
    OK(nowhere.code() == LINKWA_NOT_SENT && nowhere.reason() == LINKWA_REASON_CONNECT);
    OK(thrown([&] { client.send_text("+4600\0"sv, "x"); }).code() == LINKWA_INVALID_ARGUMENT);

    const linkwa::Client closed(config());
    closed.close(0ms);
    OK(thrown([&] { closed.send_text(NUMBER, "x"); }).reason() == LINKWA_REASON_CLOSED);
}

void async() {
    const linkwa::Client client(config());
    const linkwa::Message hello = linkwa::Message::text("Hello");
    linkwa::Pending pending = client.send_async(NUMBER, hello, linkwa::Options().ref_id("later"));
    OK(pending.ref_id() == "later" && pending.get() != nullptr);
    OK(pending.wait().ref_id() == "later");
    OK(pending.is_done() && pending.wait_for(0ms));

    // A result.
    std::promise<std::string> received;
    const linkwa::Pending other = client.send_async({NUMBER}, hello, [&](std::optional<linkwa::Result> sent, std::optional<linkwa::Error> error) {
        received.set_value(sent && !error ? std::string(sent->ref_id()) : "an error");
    });
    OK(received.get_future().get() == other.ref_id());

    // An error to keep, and a function that can only be moved.
    std::promise<linkwa::Error> why;
    client.send_async("+46000001400", hello, [&](std::optional<linkwa::Result>, std::optional<linkwa::Error> error) {
        why.set_value(error.value());
    });
    OK(why.get_future().get().http_status() == 400);

    // Cancelled: on_done runs on this thread, before cancel() returns.
    std::atomic<int> reason{0};
    const linkwa::Client patient(config());
    const linkwa::Pending never = patient.send_async(
        "+46000002004", hello,
        [&](std::optional<linkwa::Result>, std::optional<linkwa::Error> error) { reason = error.value().reason(); }, linkwa::Options().timeout(60s));
    OK(!never.wait_for(100ms));
    never.cancel();
    OK(reason == LINKWA_REASON_CANCELLED && never.is_done());
    OK(thrown([&] { never.wait(); }).reason() == LINKWA_REASON_CANCELLED);

    // Whole requests.
    const std::string whole = client.build(NUMBER, hello, linkwa::Options().ref_id("whole"));
    OK(client.send_request_async(whole).wait().ref_id() == "whole");
    OK(client.send_raw_async(whole).wait().ref_id() == "whole");
    std::atomic<int> done{0};
    auto count_it = [&](std::optional<linkwa::Result> sent, std::optional<linkwa::Error>) { done += sent ? 1 : 0; };
    client.send_request_async(whole, count_it).wait();
    client.send_raw_async(whole, count_it).wait();
    client.close(10s);
    OK(done == 2);

    // A send that cannot begin throws at once, and calls no function.
    OK(thrown([&] { client.send_async(NUMBER, hello, count_it); }).reason() == LINKWA_REASON_CLOSED);
    OK(thrown([&] { client.send_request_async("{}", count_it); }).code() == LINKWA_INVALID_REQUEST);
    OK(done == 2);
}

linkwa::NextDestination numbers(int from, int to) {
    return [from, to]() mutable -> std::optional<std::string> {
        if (from > to) return std::nullopt;
        char number[32];
        std::snprintf(number, sizeof number, "+4600%07d", from++);
        return number;
    };
}

void many() {
    // One at a time, so that the order is fixed.
    const linkwa::Client client(config().max_connections(1));
    const linkwa::Message hello = linkwa::Message::text("Hello");
    int chunks = 0;
    linkwa_progress progress =
        client.send_many(numbers(1, 25), hello, [&](const linkwa::Many &run, const linkwa::Chunk &chunk) {
            ++chunks;
            OK(chunk.result() && !chunk.error() && chunk.destinations().size() == chunk.result()->receipts().size());
            OK(chunk.ref_id() == std::string(run.ref_id()) + "-" + std::to_string(chunk.index()));
            OK(chunk.result()->ref_id() == chunk.ref_id() && run.progress().sent >= chunk.destinations().size());
        }, linkwa::ManyOptions().destinations_per_request(10).rate(1000).send_options(linkwa::Options().priority(LINKWA_PRIORITY_LOW)));
    OK(chunks == 3 && progress.sent == 25 && progress.failed == 0 && progress.unknown == 0 && progress.under_way == 0);

    // Copies outlive their chunk.
    std::vector<linkwa::Result> results;
    std::vector<linkwa::Error> errors;
    client.send_many(numbers(1399, 1400), hello, [&](const linkwa::Many &, const linkwa::Chunk &chunk) {
        if (chunk.result()) results.push_back(chunk.result()->copy());
        if (chunk.error()) errors.push_back(chunk.error()->copy());
    }, linkwa::ManyOptions().destinations_per_request(1).send_options(linkwa::Options().ref_id("kept")));
    OK(results.size() == 1 && results.at(0).ref_id() == "kept-0" && results.at(0).receipts().size() == 1);
    OK(errors.size() == 1 && errors.at(0).ref_id() == "kept-1" && errors.at(0).code() == LINKWA_REJECTED);

    // Stopped with a checkpoint, and resumed.
    const linkwa::ManyOptions each_alone = linkwa::ManyOptions().destinations_per_request(1);
    std::string checkpoint;
    progress = client.send_many(numbers(1, 20), hello, [&](const linkwa::Many &run, const linkwa::Chunk &) {
        run.stop();
        checkpoint = run.checkpoint();
    }, each_alone);
    const auto before = progress.sent;
    OK(before >= 1 && before < 20 && !checkpoint.empty());
    progress = client.send_many(numbers(1, 20), hello, [](const linkwa::Many &, const linkwa::Chunk &) {},
                                linkwa::ManyOptions().resume(checkpoint).resend_unknown(true));
    OK(progress.skipped >= 1 && progress.skipped + progress.sent == 20);
    OK(thrown([&] {
           client.send_many(numbers(1, 2), hello, [](const linkwa::Many &, const linkwa::Chunk &) {}, linkwa::ManyOptions().resume("no"));
       }).code() == LINKWA_INVALID_CONFIG);

    // A message of its own for each destination, one of them with an error.
    std::vector<std::string> outcomes;
    progress = client.send_many_each(
        numbers(1399, 1400), [](std::string_view to) { return linkwa::Message::text("Hello " + std::string(to)); },
        [&](const linkwa::Many &, const linkwa::Chunk &chunk) {
            outcomes.push_back(chunk.error() ? std::string(chunk.error()->message()) : std::string(chunk.destinations().at(0)));
            if (chunk.error()) {
                OK(chunk.error()->http_status() == 400 && chunk.error()->outcome() == LINKWA_MESSAGE_REJECTED && !chunk.result());
                OK(chunk.error()->ref_id() == chunk.ref_id() && chunk.error()->get() != nullptr);
            }
        });
    OK(outcomes.size() == 2 && outcomes.at(0) == "+46000001399" && contains(outcomes.at(1), "400"));
    OK(progress.sent == 1 && progress.failed == 1);

    // An exception in a function ends the run and reaches the caller; results of requests under way are still reported.
    auto arrives = [&](auto run) {
        try {
            run();
        } catch (const std::runtime_error &error) {
            return error.what() == "mine"sv;
        } catch (const std::exception &error) {
            std::printf("# %s\n", error.what());
        }
        return false;
    };
    int begun = 0;
    chunks = 0;
    auto counting = [&](const linkwa::Many &, const linkwa::Chunk &) { ++chunks; };
    auto throwing_next = [&]() -> std::optional<std::string> {
        if (++begun == 3) throw std::runtime_error("mine");
        return NUMBER;
    };
    OK(arrives([&] { client.send_many(throwing_next, hello, counting, each_alone); }));
    OK(begun == 3 && chunks == 2);
    begun = 0;
    auto endless = [&]() -> std::optional<std::string> {
        return ++begun < 1000 ? std::optional<std::string>(NUMBER) : std::nullopt;
    };
    OK(arrives([&] {
        client.send_many(endless, hello, [](const linkwa::Many &, const linkwa::Chunk &) { throw std::runtime_error("mine"); }, each_alone);
    }));
    OK(begun < 100);
    // Except for the function that makes messages: its exception comes with the chunk of its destination, also for a repeated
    // destination.
    int made = 0;
    auto sometimes = [&](std::string_view to) -> linkwa::Message {
        if (++made % 2 == 0) throw std::runtime_error(std::string(to) + " " + std::to_string(made));
        return linkwa::Message::text("Hello");
    };
    begun = 0;
    const std::vector<std::string> twice = {"+461001", "+461002", "+461001", "+461001", "+461002", "+461001"};
    auto next_of_twice = [&]() -> std::optional<std::string> {
        return begun < 6 ? std::optional<std::string>(twice.at(static_cast<std::size_t>(begun++))) : std::nullopt;
    };
    std::vector<std::string> whats;
    progress = client.send_many_each(next_of_twice, sometimes, [&](const linkwa::Many &, const linkwa::Chunk &chunk) {
        OK(chunk.error().has_value() == (chunk.exception() != nullptr));
        if (!chunk.error()) return;
        OK(chunk.error()->code() == LINKWA_INVALID_REQUEST && chunk.destinations().size() == 1);
        try {
            std::rethrow_exception(chunk.exception());
        } catch (const std::runtime_error &error) {
            whats.push_back(error.what());
            OK(std::string_view(error.what()).substr(0, 7) == chunk.destinations().at(0));
        }
    });
    std::sort(whats.begin(), whats.end());
    OK(whats == std::vector<std::string>({"+461001 4", "+461001 6", "+461002 2"}));
    OK(progress.sent == 3 && progress.failed == 3 && !progress.waiting);
    // An error of another kind has no exception.
    client.send_many_each(
        numbers(1400, 1400), [](std::string_view) { return linkwa::Message::text(""); },
        [](const linkwa::Many &, const linkwa::Chunk &chunk) { OK(chunk.error() && chunk.exception() == nullptr); });
    begun = 0;
    auto with_nul = [&]() -> std::optional<std::string> { return begun++ == 0 ? std::optional<std::string>(std::string("a\0b", 3)) : std::nullopt; };
    OK(thrown([&] { client.send_many(with_nul, hello, counting); }).code() == LINKWA_INVALID_ARGUMENT);
}

/** The next entry of a queue, for which it waits. */
std::optional<void *> wait_next(const linkwa::Queue &queue) {
    pollfd events = {queue.fd(), POLLIN, 0};
    return ::poll(&events, 1, 60000) == 1 ? queue.next() : std::nullopt;
}

void queues_and_runs() {
    const linkwa::Client client(config());
    const linkwa::Message hello = linkwa::Message::text("Hello");
    linkwa::Queue queue;
    OK(queue.fd() > 2 && !queue.next() && queue.get() != nullptr);
    linkwa::Pending pending = client.send_async(NUMBER, hello);
    queue.add(pending, &pending);
    OK(wait_next(queue) == &pending && pending.is_done() && !queue.next());

    // A run in the same queue.
    linkwa::Run run = client.run_many(numbers(1, 5), hello, linkwa::ManyOptions().destinations_per_request(2));
    queue.add(run, &run);
    std::vector<linkwa::Chunk> chunks;
    OK(!run.is_done() && run.poll_ms() == 0 && run.get() != nullptr);
    while (!run.is_done() && wait_next(queue) == &run) {
        while (auto chunk = run.next(0ms)) chunks.push_back(*std::move(chunk));
    }
    OK(chunks.size() == 3 && run.is_done() && run.poll_ms() == -1 && !run.next());
    OK(run.progress().sent == 5 && !run.checkpoint().empty() && !run.ref_id().empty());
    take(run);
    OK(chunks.at(0).result() && chunks.at(0).destinations().size() + chunks.at(1).destinations().size() + chunks.at(2).destinations().size() == 5);

    // A message of its own for each; one throws, which is in its chunk.
    linkwa::Run each = client.run_many_each(numbers(1, 3), [](std::string_view to) {
        if (to.back() == '2') throw std::runtime_error("mine");
        return linkwa::Message::text(to);
    });
    int accepted = 0, threw = 0;
    while (const auto chunk = each.next()) {
        accepted += chunk->result() ? 1 : 0;
        threw += chunk->exception() != nullptr ? 1 : 0;
    }
    OK(accepted == 2 && threw == 1);

    // What the function for destinations throws arrives at the end.
    linkwa::Run thrower = client.run_many([]() -> std::optional<std::string> { throw std::runtime_error("mine"); }, hello);
    std::string what;
    try {
        thrower.next();
    } catch (const std::runtime_error &error) {
        what = error.what();
    }
    OK(what == "mine" && thrower.is_done());

    // It comes before an error of the run that follows from it.
    linkwa::Run whole = client.run_many(numbers(1, 4), hello, linkwa::ManyOptions().destinations_per_request(2));
    while (whole.next()) continue;
    bool first = true;
    linkwa::Run resumed = client.run_many(
        [&first]() -> std::optional<std::string> {
            if (!std::exchange(first, false)) throw std::runtime_error("mine too");
            return NUMBER;
        },
        hello, linkwa::ManyOptions().resume(whole.checkpoint()));
    what.clear();
    try {
        resumed.next();
    } catch (const std::exception &error) {
        what = error.what();
    }
    OK(what == "mine too");
    OK(!resumed.next() && resumed.is_done());

    // What fails throws: the progress of a run that takes a step, a queue of the parent process.
    linkwa::Run *self = nullptr;
    linkwa_status status = LINKWA_OK;
    linkwa::Run asked = client.run_many(
        [&]() -> std::optional<std::string> {
            status = code_of([&] { self->progress(); });
            return std::nullopt;
        },
        hello);
    self = &asked;
    OK(!asked.next() && status == LINKWA_INVALID_ARGUMENT);
    linkwa::Run unused = client.run_many(numbers(1, 1), hello);
    const pid_t child = ::fork();
    if (child == 0) {
        const bool refuses = code_of([&] { queue.add(pending, nullptr); }) == LINKWA_INVALID_ARGUMENT &&
                             code_of([&] { queue.add(unused, nullptr); }) == LINKWA_INVALID_ARGUMENT;
        ::execl("/bin/sh", "sh", "-c", refuses ? "exit 0" : "exit 1", static_cast<char *>(nullptr));
        ::_exit(99);
    }
    int ended = -1;
    OK(child > 0 && ::waitpid(child, &ended, 0) == child && ended == 0);

    // Cancelled and stopped.
    linkwa::Run never = client.run_many(numbers(2004, 2004), hello);
    OK(!never.next(0ms));
    never.cancel();
    const auto cancelled = never.next();
    OK(cancelled && cancelled->error() && cancelled->error()->reason() == LINKWA_REASON_CANCELLED && !never.next());
    linkwa::Run stopped = client.run_many(numbers(1, 3), hello);
    stopped.stop();
    OK(!stopped.next() && stopped.is_done());
    int taken = 0, cut = 0;
    // The first destination is invalid, so its chunk comes while the others have no answer.
    const linkwa_progress progress = client.send_many(
        [&taken]() -> std::optional<std::string> { return taken++ == 0 ? "hello" : SILENT; }, hello,
        [&cut](const linkwa::Many &many, const linkwa::Chunk &chunk) {
            if (chunk.error()->code() == LINKWA_INVALID_REQUEST) many.cancel();
            cut += chunk.error()->reason() == LINKWA_REASON_CANCELLED ? 1 : 0;
        },
        linkwa::ManyOptions().destinations_per_request(1));
    OK(cut > 0 && cut + 1 == taken && progress.sent == 0 && progress.under_way == 0);

    OK(thrown([&] { static_cast<void>(client.run_many(numbers(1, 1), hello, linkwa::ManyOptions().rate(-1))); }).code() == LINKWA_INVALID_CONFIG);
    // A temporary object gives copies.
    static_assert(std::is_same_v<decltype(std::declval<linkwa::Chunk>().ref_id()), std::string>);
    static_assert(std::is_same_v<decltype(std::declval<linkwa::Chunk>().destinations()), std::vector<std::string>>);
    static_assert(std::is_same_v<decltype(std::declval<linkwa::Error>().ref_id()), std::optional<std::string>>);
    static_assert(std::is_same_v<decltype(std::declval<linkwa::Error>().path()), std::optional<std::string>>);
    // The system gives no descriptors.
    rlimit limit{};
    OK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    const rlimit few = {static_cast<rlim_t>(queue.fd()), limit.rlim_max};
    OK(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    const linkwa::Error none = thrown([] { linkwa::Queue(); });
    OK(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    OK(none.code() == LINKWA_INTERNAL && std::strlen(none.what()) > 0);
    linkwa::Queue no_queue;
    take(no_queue);
    REFUSED(no_queue.fd());
    REFUSED(no_queue.next());
    REFUSED(no_queue.add(pending, nullptr));
    REFUSED(run.next());
    REFUSED(run.is_done());
    REFUSED(run.cancel());
    REFUSED(queue.add(run, nullptr));
}

bool has(const linkwa::Pairs &pairs, std::string_view name, std::string_view value) {
    for (const auto &pair : pairs) {
        if (pair.first == name && pair.second == value) return true;
    }
    return false;
}

void callbacks() {
    constexpr auto REPORT = R"({"refId":"r","messageId":"a\u0000b","messageType":"message","messageIndex":3,"timestamp":"1970-01-01T00:00:01.500Z",)"
                            R"("resultCode":112003,"resultDescription":"its description","customParameters":{"k":"v\u0000w"},)"
                            R"("gateCustomParameters":{"g":"h"},"new":[1,2]})"sv;
    const linkwa::Callback callback = linkwa::parse_callback(REPORT);
    OK(callback.kind() == LINKWA_EVENT_REPORT && callback.raw() == REPORT && !callback.key().empty() && callback.get() != nullptr);
    OK(callback.get("messageId") == "a\0b"sv && callback.get("resultCode") == "112003" && !callback.get("content.message.text"));
    OK(linkwa::parse_callback(REPORT).get("customParameters.k") == "v\0w"sv);
    OK(!callback.received_message());
    const linkwa::EventReport report = callback.event_report().value();
    OK(report.ref_id() == "r" && report.message_id() == "a\0b"sv && report.message_type() == "message" && report.message_index() == 3);
    OK(report.timestamp_raw() == "1970-01-01T00:00:01.500Z" && report.timestamp() == linkwa::Time(1500ms));
    OK(report.result_code() == 112003 && report.status() == LINKWA_EVENT_DELIVERED && report.is_delivered() && report.result_description() == "its description");
    OK(report.custom_parameters() && has(*report.custom_parameters(), "k", "v\0w"sv));
    OK(report.gate_custom_parameters() && has(*report.gate_custom_parameters(), "g", "h"));
    OK(has(report.extra(), "new", "[1,2]"));

    const linkwa::Callback bare = linkwa::parse_callback(R"({"messageId":"1","resultCode":1})");
    const linkwa::EventReport nothing = bare.event_report().value();
    OK(!nothing.ref_id() && !nothing.message_type() && !nothing.message_index() && !nothing.timestamp() && !nothing.timestamp_raw());
    OK(!nothing.custom_parameters() && !nothing.gate_custom_parameters() && nothing.extra().empty() && !nothing.result_description());

    const linkwa::Callback received = linkwa::parse_callback(
        R"({"source":"+46000000001","destination":"+46000000000","provider":"its provider","messageId":"m","timestamp":"1970-01-01T00:00:02Z",)"
        R"("providerTimestamp":"1970-01-01T00:00:01Z","providerMessageId":"pm","customParameters":{},"gateCustomParameters":{"g":"h"},)"
        R"("content":{"type":"WHATSAPP","message":{"contentType":"BUTTON","text":"a\u0000b","button":{"text":"Yes","payload":"yes-17"},)"
        R"("context":{"source":"+46000000000","messageId":"c"}}},)"
        R"("route":{"id":"1","refId":"2","platformId":"3","platformPartnerId":"4","platformServiceType":"5","platformServiceId":"6",)"
        R"("number":"7","gateIds":["8","9"],"customParameters":{"10":"11"},"type":"KEYWORD_ROUTE","keyword":"12","keywordType":"13",)"
        R"("active":true,"shared":false,"start":"1970-01-01T00:00:03Z","end":"1970-01-01T00:00:04Z","description":"14","new":true}})");
    OK(received.kind() == LINKWA_RECEIVED_MESSAGE && !received.event_report());
    const linkwa::ReceivedMessage message = received.received_message().value();
    OK(message.source() == "+46000000001" && message.message_id() == "m" && message.destination() == "+46000000000");
    OK(message.provider() == "its provider" && message.provider_message_id() == "pm");
    OK(message.timestamp() == linkwa::Time(2s) && message.timestamp_raw() == "1970-01-01T00:00:02Z");
    OK(message.provider_timestamp() == linkwa::Time(1s) && message.provider_timestamp_raw() == "1970-01-01T00:00:01Z");
    OK(message.care_window_closes_at() == linkwa::Time(24h + 1s));
    OK(message.content_kind() == "WHATSAPP" && message.has_message() && message.content_type() == "BUTTON" && message.text() == "a\0b"sv);
    OK(message.button() && message.button()->text == "Yes" && message.button()->payload == "yes-17");
    OK(message.context() && message.context()->source == "+46000000000" && message.context()->message_id == "c");
    OK(message.custom_parameters() && message.custom_parameters()->empty());
    OK(message.gate_custom_parameters() && has(*message.gate_custom_parameters(), "g", "h"));
    const linkwa::Route route = message.route().value();
    OK(route.id() == "1" && route.ref_id() == "2" && route.platform_id() == "3" && route.platform_partner_id() == "4");
    OK(route.platform_service_type() == "5" && route.platform_service_id() == "6" && route.number() == "7");
    OK(route.gate_ids() && *route.gate_ids() == std::vector<std::string_view>({"8", "9"}));
    OK(route.custom_parameters() && has(*route.custom_parameters(), "10", "11"));
    OK(route.kind() == "KEYWORD_ROUTE" && route.keyword() == "12" && route.keyword_type() == "13" && route.description() == "14");
    OK(route.active() == true && route.shared() == false);
    OK(route.start() == linkwa::Time(3s) && route.end() == linkwa::Time(4s) && route.start_raw() && route.end_raw());
    OK(has(message.extra(LINKWA_OBJECT_ROUTE), "new", "true") && message.extra(LINKWA_OBJECT_MESSAGE).empty());

    const linkwa::Callback empty = linkwa::parse_callback(R"({"source":"1","messageId":"m","content":{}})");
    const linkwa::ReceivedMessage none = empty.received_message().value();
    OK(!none.has_message() && !none.text() && !none.button() && !none.context() && !none.route() && !none.care_window_closes_at());
    OK(none.reply_to() == "1" && !none.user_id() && !none.parent_user_id());
    const linkwa::Callback nameless = linkwa::parse_callback(
        R"({"messageId":"m","content":{},"customParameters":{"whatsappUserId":"US.1","whatsappParentUserId":"US.ENT.2"}})");
    const linkwa::ReceivedMessage by_id = nameless.received_message().value();
    OK(!by_id.source() && by_id.reply_to() == "US.1" && by_id.user_id() == "US.1" && by_id.parent_user_id() == "US.ENT.2");
    OK(!none.destination() && !none.custom_parameters() && !none.content_kind() && !none.provider_timestamp());

    const linkwa::Callback sent = linkwa::parse_callback(
        R"({"messageId":"m","content":{"message":{"media":{"source":"s","type":"t","caption":"c"},)"
        R"("location":{"latitude":1.5,"name":"n","address":"a","url":"u"},)"
        R"("contacts":[{"name":{"formatted_name":"A"},"phones":[{"phone":"1","x":2},{}],"y":3}],)"
        R"("interactive":{"type":"k","button_reply":{"id":"b","title":"B"},"list_reply":{"id":"l","title":"L","description":"D"}}}}})");
    const linkwa::ReceivedMessage newer = sent.received_message().value();
    OK(newer.media() && newer.media()->source == "s" && newer.media()->kind == "t" && newer.media()->caption == "c");
    OK(newer.location() && newer.location()->latitude == 1.5 && !newer.location()->longitude && newer.location()->name == "n");
    OK(newer.location()->address == "a" && newer.location()->url == "u");
    OK(newer.contacts() && newer.contacts()->size() == 1 && newer.contacts()->front().formatted_name == "A");
    OK(newer.contacts()->front().phones.size() == 2 && newer.contacts()->front().phones[0] == "1" && !newer.contacts()->front().phones[1]);
    OK(has(newer.contact_extra(0), "y", "3") && has(newer.contact_extra(0, LINKWA_CONTACT_PHONE, 0), "x", "2"));
    OK(newer.contact_extra(0, LINKWA_CONTACT_NAME).empty() && newer.contact_extra(1).empty());
    OK(newer.interactive() && newer.interactive()->kind == "k" && newer.interactive()->button_reply->id == "b");
    OK(newer.interactive()->button_reply->title == "B" && newer.interactive()->list_reply->id == "l");
    OK(newer.interactive()->list_reply->title == "L" && newer.interactive()->list_reply->description == "D");
    OK(!none.media() && !none.location() && !none.contacts() && !none.interactive());

    const linkwa::Error cut = thrown([&] { static_cast<void>(linkwa::parse_callback(REPORT.substr(0, 40))); });
    OK(cut.code() == LINKWA_INVALID_CALLBACK && cut.path() && cut.position() == 40 && cut.outcome() == LINKWA_MESSAGE_NONE);
    OK(thrown([] { static_cast<void>(linkwa::parse_callback({})); }).code() == LINKWA_INVALID_CALLBACK);
}

void tracker() {
    linkwa::StatusTracker tracker;
    auto report = [](int code, const char *id) {
        return linkwa::parse_callback(R"({"refId":"r","messageId":")" + std::string(id) + R"(","timestamp":"1970-01-01T00:00:01Z","resultDescription":"d","resultCode":)" +
                                      std::to_string(code) + "}");
    };
    const linkwa::MessageState sent = tracker.apply(report(112002, "m"));
    OK(sent.message_id() == "m" && sent.ref_id() == "r" && sent.status() == LINKWA_EVENT_SENT && sent.result_code() == 112002);
    OK(sent.changed() && !sent.is_final() && !sent.is_disputed() && !sent.other_code() && !sent.message_index());
    OK(sent.timestamp() == linkwa::Time(1s) && sent.timestamp_raw() && sent.description() == "d" && sent.get() != nullptr);
    OK(!tracker.apply(report(112002, "m")).changed());
    OK(!sent.is_delivered() && tracker.apply(report(112003, "m")).is_final() && tracker.state("m").value().is_delivered());
    OK(tracker.state("m").value().status() == LINKWA_EVENT_DELIVERED);
    int of_r = 0;
    tracker.each_of("r", [&](const linkwa::MessageStateView &state) { of_r += state.message_id() == "m"; });
    tracker.each_of("s", [&](const linkwa::MessageStateView &) { of_r += 10; });
    OK(of_r == 1);
    OK(!tracker.state("m", 7) && !tracker.state("n") && !tracker.request_state("n"));
    OK(tracker.resolve("r") == LINKWA_RESOLUTION_ACCEPTED && tracker.resolve("s") == LINKWA_RESOLUTION_UNKNOWN);
    tracker.apply(linkwa::parse_callback(R"({"refId":"whole","messageType":"request","resultCode":112402})"));
    OK(tracker.request_state("whole") && tracker.resolve("whole") == LINKWA_RESOLUTION_FAILED);
    OK(tracker.size() == 3 && tracker.get() != nullptr); // a message and two requests

    const linkwa::StatusTracker stored = linkwa::StatusTracker::from_json(tracker.to_json());
    OK(stored.size() == tracker.size() && stored.state("m"));
    OK(thrown([] { linkwa::StatusTracker::from_json("no"); }).code() == LINKWA_INVALID_CONFIG);

    // The function may use the tracker; its exception is thrown after the last state.
    int states = 0;
    bool arrived = false;
    try {
        tracker.each([&](const linkwa::MessageStateView &state) {
            ++states;
            if (state.message_id()) tracker.forget(*state.message_id());
            throw std::runtime_error("mine");
        });
    } catch (const std::runtime_error &) {
        arrived = true;
    }
    OK(states == 2 && arrived);
    OK(!tracker.forget("m") && tracker.forget_ref_id("whole") && tracker.forget_ref_id("r") && tracker.size() == 0);
    OK(thrown([&] { tracker.apply(linkwa::parse_callback(R"({"source":"1","messageId":"m","content":{}})")); }).code() == LINKWA_INVALID_ARGUMENT);
}

void guard() {
    linkwa::CallbackGuard ours = linkwa::CallbackGuard().range("192.0.2.0/24").trusted_proxy("127.0.0.1/32").basic("me", "hush").max_body(1000);
    ours.only_x_forwarded_for();
    ours.ready();
    const std::vector<std::pair<std::string, std::string>> headers{{"X-Forwarded-For", "192.0.2.7"}, {"Authorization", "Basic bWU6aHVzaA=="}};
    const linkwa::Verdict good = ours.check("127.0.0.1", headers, 100);
    OK(good && good.refusal == LINKWA_REFUSAL_NONE && good.sender == "192.0.2.7");
    OK(ours.check("198.51.100.1", headers, 100).refusal == LINKWA_REFUSAL_ADDRESS);
    OK(!ours.check("192.0.2.7", {}, 100) && ours.check("192.0.2.7", {}, 100).refusal == LINKWA_REFUSAL_CREDENTIALS);
    OK(ours.check("127.0.0.1", headers, 1001).refusal == LINKWA_REFUSAL_TOO_LARGE);
    OK(ours.check("127.0.0.1", {{"X-Forwarded-For", std::string("192.0.2.7\0", 10)}}, 100).refusal != LINKWA_REFUSAL_NONE);
    OK(ours.get() != nullptr);
    linkwa::CallbackGuard with_header = linkwa::CallbackGuard().any_address().only_forwarded().header("x-key", "hush");
    OK(with_header.check("198.51.100.1", {{"X-Key", "hush"}}, 1) && !with_header.check("198.51.100.1", {{"X-Key", "no"}}, 1));
    const linkwa::CallbackGuard wrong = linkwa::CallbackGuard().range("no range");
    OK(thrown([&] { wrong.ready(); }).code() != LINKWA_OK);
    OK(!wrong.check("192.0.2.7", {}, 1));
}

/** A moved-from object of each class: each use throws, and none does anything else. */
void moved_from() {
    linkwa::Client client(config());
    const linkwa::Message hello = linkwa::Message::text("Hello");
    const std::string json = client.build(NUMBER, hello);
    linkwa::Config no_config = config();
    take(no_config);
    OK(no_config.get() == nullptr);
    REFUSED(no_config.region("n-eu"));
    REFUSED(linkwa::Client(no_config));
    OK(contains(thrown([&] { linkwa::Client{no_config}; }).what(), "Config"));
    no_config = config(); // it can be used again
    OK(linkwa::Client(no_config).get() != nullptr);

    linkwa::Options no_options = linkwa::Options().ref_id("mine");
    take(no_options);
    REFUSED(no_options.ref_id("r"));
    REFUSED(client.send_text(NUMBER, "x", no_options));
    REFUSED(client.send_image(NUMBER, LINK, {}, no_options));
    REFUSED(client.send_audio(NUMBER, LINK, no_options));
    REFUSED(client.send_video(NUMBER, LINK, {}, no_options));
    REFUSED(client.send_document(NUMBER, LINK, {}, {}, no_options));
    REFUSED(client.send_location(NUMBER, 1, 2, {}, {}, no_options));
    REFUSED(client.send_contacts(NUMBER, hello, no_options));
    REFUSED(client.send_template(NUMBER, hello, no_options));
    REFUSED(client.send(NUMBER, hello, no_options));
    REFUSED(client.build(NUMBER, hello, no_options));
    REFUSED(client.send_async(NUMBER, hello, no_options));
    REFUSED(client.send_async(NUMBER, hello, [](std::optional<linkwa::Result>, std::optional<linkwa::Error>) {}, no_options));
    REFUSED(linkwa::ManyOptions().send_options(no_options));

    linkwa::Message no_message = linkwa::Message::text("Hello");
    take(no_message);
    REFUSED(no_message.type());
    REFUSED(no_message.check());
    REFUSED(no_message.caption("c"));
    REFUSED(linkwa::Message::text("Hello").append(no_message));
    REFUSED(client.send(NUMBER, no_message));
    REFUSED(client.send_contacts(NUMBER, no_message));
    REFUSED(client.send_template(NUMBER, no_message));
    REFUSED(client.build(NUMBER, no_message));
    REFUSED(client.send_async(NUMBER, no_message));
    linkwa::Contact no_contact;
    take(no_contact);
    REFUSED(no_contact.birthday("2000-01-01"));
    REFUSED(linkwa::Message::contacts().contact(no_contact));

    int asked = 0;
    auto next = [&]() -> std::optional<std::string> { return asked++ < 1 ? std::optional<std::string>(NUMBER) : std::nullopt; };
    auto on_chunk = [](const linkwa::Many &, const linkwa::Chunk &) {};
    linkwa::ManyOptions no_many_options;
    take(no_many_options);
    REFUSED(no_many_options.destinations_per_request(1));
    REFUSED(client.send_many(next, hello, on_chunk, no_many_options));
    REFUSED(client.send_many(next, no_message, on_chunk));
    OK(asked == 0);
    REFUSED(client.send_many_each(
        next,
        [](std::string_view) {
            linkwa::Message made = linkwa::Message::text("x");
            const linkwa::Message taken = std::move(made);
            return made;
        },
        on_chunk));

    linkwa::Result no_result = client.send_text(NUMBER, "Hello");
    take(no_result);
    REFUSED(no_result.ref_id());
    REFUSED(no_result.result_code());
    REFUSED(no_result.description());
    REFUSED(no_result.message_ids());
    REFUSED(no_result.receipts());
    REFUSED(no_result.warnings());
    REFUSED(no_result.attempts());
    linkwa::Pending no_pending = client.send_async(NUMBER, hello);
    take(no_pending);
    REFUSED(no_pending.ref_id());
    REFUSED(no_pending.is_done());
    REFUSED(no_pending.cancel());
    REFUSED(no_pending.wait_for(0ms));
    REFUSED(no_pending.wait());
    linkwa::Findings no_findings = linkwa::validate("{}");
    take(no_findings);
    REFUSED(no_findings.size());
    REFUSED(no_findings.empty());
    REFUSED(no_findings.begin());
    REFUSED(no_findings.end());
    REFUSED(no_findings[0]);

    linkwa::StatusTracker tracker;
    linkwa::Callback no_callback = linkwa::parse_callback(R"({"messageId":"m","refId":"r","resultCode":112003})");
    linkwa::MessageState no_state = tracker.apply(no_callback);
    take(no_state);
    REFUSED(no_state.status());
    REFUSED(no_state.is_final());
    REFUSED(no_state.message_id());
    take(no_callback);
    REFUSED(no_callback.kind());
    REFUSED(no_callback.key());
    REFUSED(no_callback.raw());
    REFUSED(no_callback.event_report());
    REFUSED(no_callback.received_message());
    REFUSED(tracker.apply(no_callback));
    linkwa::StatusTracker no_tracker;
    take(no_tracker);
    const linkwa::Callback report = linkwa::parse_callback(R"({"messageId":"m","refId":"r","resultCode":112003})");
    REFUSED(no_tracker.apply(report));
    REFUSED(no_tracker.state("m"));
    REFUSED(no_tracker.request_state("r"));
    REFUSED(no_tracker.resolve("r"));
    REFUSED(no_tracker.size());
    REFUSED(no_tracker.forget("m"));
    REFUSED(no_tracker.forget_ref_id("r"));
    REFUSED(no_tracker.each([](const linkwa::MessageStateView &) {}));
    REFUSED(no_tracker.to_json());
    linkwa::CallbackGuard no_guard;
    take(no_guard);
    REFUSED(no_guard.range("192.0.2.0/24"));
    REFUSED(no_guard.ready());
    REFUSED(no_guard.check("192.0.2.7", {}, 1));

    // Views need something to read.
    REFUSED(linkwa::ErrorView(nullptr));
    REFUSED(linkwa::ResultView(nullptr));
    REFUSED(linkwa::MessageStateView(nullptr));
    REFUSED(linkwa::EventReport(nullptr));
    REFUSED(linkwa::ReceivedMessage(nullptr));
    REFUSED(linkwa::Many(nullptr));
    REFUSED(linkwa::Chunk(nullptr));

    // Errors and destinations are copied: the moved-from ones stay as they are.
    linkwa::Error error = thrown([] { linkwa::Client{linkwa::Config().region("atlantis")}; });
    const linkwa::Error taken = std::move(error);
    OK(error.code() == LINKWA_INVALID_CONFIG && std::string_view(error.what()) == taken.what());
    OK(linkwa::ErrorView(error.get()).message() == taken.what());
    linkwa::Destinations to{NUMBER};
    take(to);
    OK(to.size() == 1 && client.send(to, hello).message_ids().size() == 1);

    take(client);
    REFUSED(client.send_text(NUMBER, "Hello"));
    REFUSED(client.send(NUMBER, hello));
    REFUSED(client.send_request(json));
    REFUSED(client.send_raw(json));
    REFUSED(client.build(NUMBER, hello));
    REFUSED(client.send_async(NUMBER, hello));
    REFUSED(client.send_raw_async(json));
    REFUSED(client.send_many(next, hello, on_chunk));
    REFUSED(client.close(0ms));
}

/** Texts that cannot be passed to C. */
void unusable_texts() {
    const linkwa::Client client(config());
    const linkwa::Message hello = linkwa::Message::text("Hello");
    const char *null = nullptr;
    REFUSED(linkwa::Config().region(null));
    REFUSED(linkwa::Config().credentials("user", nullptr));
    REFUSED(linkwa::Options().ref_id(null));
    REFUSED(linkwa::Contact().phone(null));
    REFUSED(linkwa::Message::text(null));
    REFUSED(linkwa::Message::from_json(null));
    REFUSED(linkwa::Message::raw(null));
    REFUSED(linkwa::Message::image(LINK).caption(null));
    REFUSED(linkwa::ManyOptions().resume(null));
    REFUSED(client.send_text(null, "Hello"));
    REFUSED(client.send_text(NUMBER, null));
    REFUSED(client.send_image(NUMBER, LINK, null));
    REFUSED(client.send(null, hello));
    REFUSED(client.send({NUMBER, null}, hello));
    REFUSED(client.send(std::vector<const char *>{NUMBER, null}, hello));
    REFUSED(client.send_request(null));
    REFUSED(client.send_raw(null));
    REFUSED(client.send_raw_async(null));
    REFUSED(linkwa::build_request(null));
    REFUSED(linkwa::validate(null));
    REFUSED(linkwa::parse_callback(null));
    REFUSED(linkwa::StatusTracker::from_json(null));
    REFUSED(linkwa::StatusTracker().state(null));
    REFUSED(linkwa::StatusTracker().resolve(null));
    REFUSED(linkwa::CallbackGuard().range(null));
    REFUSED(linkwa::CallbackGuard().check(null, {}, 1));
    REFUSED(linkwa::is_gateway_address(null));
    REFUSED(client.send_async(NUMBER, hello, linkwa::OnDone()));
    // No text where it is optional, in each spelling.
    OK(client.send_image(NUMBER, LINK, {}).attempts() == 1 && client.send_image(NUMBER, LINK, std::nullopt).attempts() == 1);
    OK(client.send_image(NUMBER, LINK, linkwa::Text()).attempts() == 1);
    OK(client.send_image(NUMBER, LINK, std::optional<std::string>("a caption")).attempts() == 1);

    OK(linkwa::is_gateway_address("195.84.162.34") && !linkwa::is_gateway_address("195.84.162.34\0evil"sv));
    REFUSED(client.send_text("+46000000001\0"sv, "Hello"));
    REFUSED(client.send({"+46000000001"sv, "+46\0"sv}, hello));
    REFUSED(linkwa::StatusTracker().resolve("r\0"sv));
    const linkwa::CallbackGuard with_header = linkwa::CallbackGuard().any_address().header("x-key", "hush");
    OK(with_header.check("192.0.2.7", {{"x-key", "hush"}}, 1));
    OK(with_header.check("192.0.2.7", {{std::string("x-key\0evil", 10), "hush"}}, 1).refusal == LINKWA_REFUSAL_UNUSABLE);
    OK(with_header.check("192.0.2.7", {{"x-key", std::string("hush\0evil", 9)}}, 1).refusal == LINKWA_REFUSAL_UNUSABLE);
    OK(with_header.check("192.0.2.7\0evil"sv, {{"x-key", "hush"}}, 1).refusal == LINKWA_REFUSAL_UNUSABLE);
}

void addresses_and_care_windows() {
    OK(!linkwa::is_gateway_address("192.0.2.1") && !linkwa::is_gateway_address("no address"));
    const auto written = std::chrono::system_clock::time_point(1000s);
    const linkwa::CareWindow open = linkwa::care_window(written, written + 23h);
    OK(open.is_open && open.closes_at == linkwa::Time(24h + 1000s));
    OK(!linkwa::care_window(written, written + 25h).is_open);
}

void observers() {
    auto kinds = std::make_shared<std::vector<linkwa_observed>>();
    const std::weak_ptr<std::vector<linkwa_observed>> watched = kinds;
    {
        std::optional<linkwa::Client> client;
        {
            linkwa::Config named = config();
            OK(&named.observer([kinds](const linkwa_observer_event &event) { kinds->push_back(event.kind); }) == &named);
            client.emplace(named);
            named.observer({}); // of later clients
            OK(linkwa::Client(std::move(named)).send_text(NUMBER, "Hello").attempts() == 1 && kinds->empty());
        }
        OK(client->send_text(NUMBER, "Hello").attempts() == 1);
        OK(kinds->size() == 6 && kinds->front() == LINKWA_OBSERVED_SEND_QUEUED && kinds->back() == LINKWA_OBSERVED_SEND_ENDED);
        linkwa::Client moved = std::move(*client);
        client.reset();
        OK(moved.send_text(NUMBER, "Hello").attempts() == 1 && kinds->size() == 11); // on the kept connection
        kinds.reset();
        OK(!watched.expired());
    }
    OK(watched.expired());

    linkwa_refusal refusal = LINKWA_REFUSAL_NONE;
    const linkwa::CallbackGuard guard = linkwa::CallbackGuard().observer([&](const linkwa_observer_event &event) { refusal = event.refusal; });
    OK(!guard.check("192.0.2.1", {}, 1) && refusal == LINKWA_REFUSAL_ADDRESS);
    linkwa::CallbackGuard silent;
    silent.observer([&](const linkwa_observer_event &event) { refusal = event.refusal; }).observer({});
    refusal = LINKWA_REFUSAL_NONE;
    OK(!silent.check("192.0.2.1", {}, 1) && refusal == LINKWA_REFUSAL_NONE);
}

/** A function that can be asked whether it is still there. */
struct Watched {
    std::shared_ptr<int> alive = std::make_shared<int>(17);
    std::weak_ptr<int> watch() const { return alive; }
};

void ends_of_observers() {
    // Another client is moved into one with a send under way, which ends before the observer does.
    const linkwa::Message hello = linkwa::Message::text("Hello");
    std::atomic<int> ended{0};
    {
        linkwa::Client client(config().observer([&ended, watched = Watched()](const linkwa_observer_event &event) {
            ended += event.kind == LINKWA_OBSERVED_SEND_ENDED && *watched.alive == 17 ? 1 : 0;
        }));
        const linkwa::Pending pending = client.send_async(SILENT, hello);
        client = linkwa::Client(config());
        OK(ended == 1 && pending.is_done());
        OK(client.send_text(NUMBER, "Hello").attempts() == 1 && ended == 1);
        linkwa::Client &itself = client;
        client = std::move(itself);
        OK(client.send_text(NUMBER, "Hello").attempts() == 1);
    }
    // An observer destroys its client, and goes on.
    std::optional<linkwa::Client> client;
    std::weak_ptr<int> watch;
    bool survived = false;
    {
        Watched watched;
        watch = watched.watch();
        client.emplace(config().observer([&client, &survived, watch, watched = std::move(watched)](const linkwa_observer_event &event) {
            if (event.kind != LINKWA_OBSERVED_SEND_ENDED || !client) return;
            client.reset();
            survived = !watch.expired() && *watched.alive == 17;
        }));
    }
    OK(client->send_text(NUMBER, "Hello").attempts() == 1);
    OK(!client && survived && watch.expired());
}

} // namespace

int main() {
    configurations();
    options();
    messages();
    verbs();
    errors();
    async();
    many();
    queues_and_runs();
    callbacks();
    tracker();
    guard();
    moved_from();
    unusable_texts();
    addresses_and_care_windows();
    observers();
    ends_of_observers();
    return done();
}
