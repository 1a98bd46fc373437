// What the tests of linkwa.hpp share: TAP, and the configuration of examples.sh.
#ifndef TAP_HPP
#define TAP_HPP

#include "linkwa.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

inline int count = 0;
inline int failed = 0;

inline void tap(bool passed, int line, const char *what) {
    ++count;
    failed += passed ? 0 : 1;
    std::printf("%s %d - %s\n", passed ? "ok" : "not ok", count, what);
    if (!passed) std::printf("# line %d\n", line);
    std::fflush(stdout);
}

#define OK(...) tap(static_cast<bool>(__VA_ARGS__), __LINE__, #__VA_ARGS__)

/** The plan. Returns the exit status. */
inline int done() {
    std::printf("1..%d\n", count);
    return failed == 0 ? 0 : 1;
}

constexpr const char *NUMBER = "+46000000001";
constexpr const char *REJECTED = "+46000001400";
constexpr const char *SILENT = "+46000002004";

inline std::string environment(const char *name) {
    const char *value = std::getenv(name);
    return value != nullptr ? value : "";
}

inline linkwa::Config config() {
    return linkwa::Config()
        .base_url(environment("LINKWA_BASE_URL"))
        .credentials("user", "secret")
        .platform("p", "pp")
        .source("+46000000000");
}

/** The code of the error that a function throws; LINKWA_OK if it throws none. */
template <class Function>
linkwa_status code_of(Function function) {
    try {
        static_cast<void>(function());
    } catch (const linkwa::Error &error) {
        return error.code();
    }
    return LINKWA_OK;
}

#endif
