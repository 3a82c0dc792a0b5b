#pragma once

#include "kit/base/encoding.hpp"
#include "kit/telemetry/otlp_span_recorder.hpp"

#include <array>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

// Functions that the tests of the recorders share.
namespace tw::telemetry::test {

inline Timestamp at(std::int64_t micros) { return Timestamp::from_unix_micros(1'767'225'600'000'000 + micros); }
inline std::uint64_t nanos(Timestamp when) { return static_cast<std::uint64_t>(when.unix_micros()) * 1000; }

inline TraceContext trace(std::uint8_t id) {
    TraceContext trace;
    trace.trace_id.fill(id);
    trace.span_id.fill(static_cast<std::uint8_t>(id + 1));
    trace.flags = TraceContext::kSampled | TraceContext::kRandom;
    return trace;
}

template <std::size_t N>
std::string bytes(const std::array<std::uint8_t, N>& id) {
    return {reinterpret_cast<const char*>(id.data()), N};
}

/// Random input, which is the same for the same seed.
class Chaos {
 public:
    explicit Chaos(unsigned seed) : engine_{seed} {}
    std::size_t below(std::size_t bound) { return engine_() % bound; }
    std::string text(std::size_t size_max) {
        static const std::vector<std::string> kPieces{"a",  "Z",  "0",    " ",    "\"",   "ä", "日",
                                                      "🙂", "\n", "\xff", "\xc3", "\x80", "\0"};
        std::string result;
        for (auto size = below(size_max); result.size() < size;) result += kPieces[below(kPieces.size())];
        return result;
    }
    Timestamp when() { return at(static_cast<std::int64_t>(below(1'000'000'000))); }
    TraceContext context() {
        TraceContext result;
        for (auto& byte : result.trace_id) byte = static_cast<std::uint8_t>(engine_());
        for (auto& byte : result.span_id) byte = static_cast<std::uint8_t>(engine_());
        result.flags = static_cast<std::uint8_t>(below(4));
        if (below(3) == 0) result.state = std::make_shared<const std::string>("k=" + std::to_string(engine_()));
        return result;
    }

 private:
    std::mt19937 engine_;
};

/// Expects the text that was read to be the one that was written, if that is well-formed UTF-8.
inline void expect_text(const std::string& read, const std::string& written) {
    EXPECT_TRUE(is_utf8(read));
    if (is_utf8(written)) {
        EXPECT_EQ(read, written);
    }
}

}  // namespace tw::telemetry::test
