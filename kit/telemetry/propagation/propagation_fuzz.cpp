#include "kit/telemetry/baggage.hpp"
#include "kit/telemetry/propagation.hpp"
#include "kit/telemetry/propagation/b3.hpp"
#include "kit/testing/fuzz_input.hpp"

// Fuzzes traceparent, tracestate and baggage: the first line of the input is the traceparent, the
// next the tracestate, the rest the baggage.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace tw;
    std::string_view text{reinterpret_cast<const char*>(bytes), size};
    const auto line = [&text] {
        const auto end = text.find('\n');
        const auto taken = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        return taken;
    };
    const auto traceparent = line();
    const auto tracestate = line();
    if (const auto trace = telemetry::parse_traceparent(traceparent, tracestate)) {
        const auto written = telemetry::format_traceparent(*trace);
        test::require(written.size() == telemetry::kTraceparentLength, "a traceparent has its length");
        const auto again = telemetry::parse_traceparent(written, tracestate);
        test::require(again && telemetry::format_traceparent(*again) == written, "a traceparent is read as it was written");
    }
    const auto baggage = telemetry::Baggage::parse(text);
    const auto written = baggage.to_string();
    test::require(telemetry::Baggage::parse(written).members() == baggage.members(), "baggage is read as it was written");
    const auto clean = telemetry::clean_baggage(text);
    test::require(clean.size() <= telemetry::Baggage::kBytesMax, "baggage stays within its limit");
    test::require(telemetry::clean_baggage(clean) == clean, "clean baggage is clean");
    return 0;
}
