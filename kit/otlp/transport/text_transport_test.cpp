#include "kit/otlp/transport/text_transport.hpp"

#include "kit/async/run.hpp"
#include "kit/otlp/trace_request_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using telemetry::Signal;
using test::trace_request;
using testing::StartsWith;
using Kind = SendOutcome::Kind;

TEST(TextTransport, a_file_has_one_line_a_request) {
    const auto path = std::filesystem::temp_directory_path() / ("otlp_" + std::to_string(::getpid()) + ".jsonl");
    EventLoop loop;
    RootCall call{loop};
    {
        const auto transport = TextTransport::to_file(path).value();
        const auto request = trace_request();
        for (int i = 0; i < 2; ++i) {
            const auto outcome = run_until_done(loop, transport->send(call.context(), Signal::traces, request));
            EXPECT_EQ(outcome.kind, Kind::accepted);
        }
    }
    std::ifstream file{path};
    std::string line;
    int lines = 0;
    while (std::getline(file, line)) {
        ++lines;
        EXPECT_THAT(line, StartsWith(R"({"resourceSpans":[)"));
    }
    EXPECT_EQ(lines, 2);
    std::filesystem::remove(path);
    EXPECT_FALSE(TextTransport::to_file("/nowhere/at/all"));
}

}  // namespace
}  // namespace tw::otlp
