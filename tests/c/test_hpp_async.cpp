// Futures of linkwa.hpp, and its awaitables where the compiler has the coroutines of C++20, against the sandbox. examples.sh compiles
// and runs it.
#include "tap.hpp"

#include <cstdio>
#include <cstdlib>
#include <future>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

std::string whole(const char *to) {
    return std::string(R"({"platformId":"p","platformPartnerId":"pp","priority":"NORMAL","refId":"whole","source":"+46000000000",)") +
           R"("destinations":[")" + to + R"("],"messages":[{"type":"text","text":{"body":"Hello"}}]})";
}

void futures() {
    const linkwa::Client client(config());
    const linkwa::Message hello = linkwa::Message::text("Hello");
    static_assert(std::is_same_v<decltype(client.send_future(NUMBER, hello)), std::future<linkwa::Result>>);
    OK(client.send_future(NUMBER, hello, linkwa::Options().ref_id("r")).get().ref_id() == "r");
    OK(client.send_future({NUMBER, "+46000000002"}, hello).get().message_ids().size() == 2);
    OK(client.send_request_future(whole(NUMBER)).get().ref_id() == "whole");
    OK(client.send_raw_future(whole(NUMBER)).get().ref_id() == "whole");
    OK(client.request_future("GET", "status").get().status() == 404);
    OK(client.request_future("PUT", "status", "{}", "application/json").get().status() == 404);
    OK(code_of([&] { return client.send_future(REJECTED, hello).get(); }) == LINKWA_REJECTED);
    // What is invalid throws at once.
    OK(code_of([&] { return client.send_future("hello", hello).valid(); }) == LINKWA_INVALID_REQUEST);
    OK(code_of([&] { return client.send_request_future("{").valid(); }) == LINKWA_INVALID_REQUEST);
    // A future that is dropped does not wait, and closing the client ends its send.
    std::future<linkwa::Result> cut;
    {
        const linkwa::Client other(config());
        static_cast<void>(other.send_future(SILENT, hello));
        cut = other.send_future(SILENT, hello);
        OK(cut.wait_for(0s) == std::future_status::timeout);
    }
    const linkwa_status code = code_of([&] { return cut.get(); });
    OK(code == LINKWA_NOT_SENT || code == LINKWA_OUTCOME_UNKNOWN);
}

#ifdef LINKWA_HAS_COROUTINES

/** A coroutine that runs at once, and lets a thread wait for its end. */
class Task {
  public:
    struct promise_type {
        std::promise<void> ended{};

        Task get_return_object() { return Task(ended.get_future()); }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() { ended.set_value(); }
        void unhandled_exception() { ended.set_exception(std::current_exception()); }
    };

    /** Throws what the coroutine threw. */
    void wait() { ended_.get(); }

  private:
    explicit Task(std::future<void> ended) : ended_(std::move(ended)) {}

    std::future<void> ended_;
};

Task send_all(const linkwa::Client &client, int &arrived) {
    const linkwa::Message hello = linkwa::Message::text("Hello");
    const linkwa::Result sent = co_await client.co_send(NUMBER, hello, linkwa::Options().ref_id("co"));
    arrived += sent.ref_id() == "co";
    arrived += (co_await client.co_send_request(whole(NUMBER))).ref_id() == "whole";
    arrived += (co_await client.co_send_raw(whole(NUMBER))).ref_id() == "whole";
    arrived += (co_await client.co_request("GET", "status")).status() == 404;
    // Two at once.
    linkwa::Awaitable<linkwa::Result> first = client.co_send(NUMBER, hello);
    linkwa::Awaitable<linkwa::Result> second = client.co_send("+46000000002", hello);
    arrived += (co_await second).attempts() == 1 && (co_await first).attempts() == 1;
}

Task send_one(const linkwa::Client &client, std::string to) {
    static_cast<void>(co_await client.co_send(to, linkwa::Message::text("Hello")));
}

Task cancel_one(const linkwa::Client &client) {
    linkwa::Awaitable<linkwa::Result> sending = client.co_send(SILENT, linkwa::Message::text("Hello"));
    sending.pending().cancel();
    static_cast<void>(co_await sending); // it has ended: the coroutine does not wait
}

Task send_often(const linkwa::Client &client, int times, int &arrived) {
    const linkwa::Message hello = linkwa::Message::text("Hello");
    for (int i = 0; i < times; ++i) arrived += (co_await client.co_send(NUMBER, hello)).attempts() == 1;
}

/** A coroutine that another function destroys while it waits. */
class Abandoned {
  public:
    struct promise_type {
        Abandoned get_return_object() { return Abandoned(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        [[noreturn]] void unhandled_exception() { std::terminate(); }
    };

    void destroy() { coroutine_.destroy(); }

  private:
    explicit Abandoned(std::coroutine_handle<promise_type> coroutine) : coroutine_(coroutine) {}

    std::coroutine_handle<promise_type> coroutine_;
};

Abandoned wait_for_silence(const linkwa::Client &client, bool &went_on) {
    static_cast<void>(co_await client.co_send(SILENT, linkwa::Message::text("Hello")));
    went_on = true;
}

void coroutines() {
    std::optional<linkwa::Client> client(config());
    int arrived = 0;
    send_all(*client, arrived).wait();
    OK(arrived == 5);
    OK(code_of([&] { return send_one(*client, REJECTED).wait(), 0; }) == LINKWA_REJECTED);
    OK(code_of([&] { return send_one(*client, "hello").wait(), 0; }) == LINKWA_INVALID_REQUEST);
    const linkwa_status code = code_of([&] { return cancel_one(*client).wait(), 0; });
    OK(code == LINKWA_NOT_SENT || code == LINKWA_OUTCOME_UNKNOWN);
    // Several coroutines, whose sends end before or after they begin to wait.
    int each[8] = {};
    std::vector<Task> tasks;
    for (int &one : each) tasks.push_back(send_often(*client, 20, one));
    for (Task &task : tasks) task.wait();
    bool all = true;
    for (const int one : each) all = all && one == 20;
    OK(all);
    // One that is not awaited, and one whose coroutine is destroyed.
    static_cast<void>(client->co_send(SILENT, linkwa::Message::text("Hello")));
    bool went_on = false;
    Abandoned abandoned = wait_for_silence(*client, went_on);
    abandoned.destroy();
    client.reset(); // ends its send
    OK(!went_on);
}

#endif

} // namespace

int main() {
    futures();
#ifdef LINKWA_HAS_COROUTINES
    coroutines();
#else
    std::printf("# the compiler has no coroutines\n");
#endif
    return done();
}
