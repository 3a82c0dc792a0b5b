#include "kit/http/client/client_fixture.hpp"
#include "kit/http/client/client_http2_fixture.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

/// Tests servers that abuse HTTP/2. Each causes an error with its reason, and affects no other
/// request.
namespace tw::http {
namespace {

using namespace test;

struct HostileHttp2 {
    std::string name;
    std::string bytes;
    std::string reason;
};

void PrintTo(const HostileHttp2& hostile, std::ostream* out) { *out << hostile.name; }

const std::string kOkField{kStatus200};
constexpr std::size_t kHeaderBytesMax = 4'096;
constexpr std::size_t kBodyBytesMax = 10'000;

/// Returns a block with one field that is added to the table (RFC 7541 §6.2.1) and then repeated: a
/// few bytes expand to megabytes.
std::string hpack_bomb() {
    auto entry = field("x", std::string(3'000, 'x'));
    entry.front() = '\x40';
    return kOkField + entry + std::string(4'000, '\xbe');
}

std::vector<HostileHttp2> http2_hostiles() {
    const auto open_block = frame(FrameType::headers, 0, 1, kOkField);
    const auto more = frame(FrameType::continuation, 0, 1, field("a", "b"));
    const auto body = [](std::size_t bytes) { return frame(FrameType::data, 0, 1, std::string(bytes, 'x')); };
    return {
        {"TooLargeAHead", headers(1, kOkField + repeated(field("x", std::string(100, 'x')), 40)), kTooLarge},
        {"AnHpackBomb", headers(1, hpack_bomb()), kTooLarge},
        {"AFloodOfContinuations", open_block + repeated(more, 100), kMalformed},
        {"AHeadThatCannotBeUnpacked", headers(1, "\x80"), kMalformed},
        {"AHeadWithoutAStatus", headers(1, field("a", "b"), true), kMalformed},
        {"AStatusThatIsNone", headers(1, field(":status", "2x0"), true), kMalformed},
        {"AStatusTooLow", headers(1, field(":status", "099"), true), kMalformed},
        {"AStatusOfZero", headers(1, field(":status", "000"), true), kMalformed},
        {"AFieldInUpperCase", headers(1, kOkField + field("X-A", "b"), true), kMalformed},
        {"AFieldOfTheConnection", headers(1, kOkField + field("transfer-encoding", "chunked"), true), kMalformed},
        {"ABodyBeforeTheHead", body(2), kMalformed},
        {"AChangeOfProtocol", headers(1, field(":status", "101")), kMalformed},
        {"InterimAnswersWithoutEnd", repeated(headers(1, field(":status", "103")), 100), kMalformed},
        {"AnotherLengthThanAnnounced", headers(1, kOkField + field("content-length", "5")) + answer(1).substr(10), kMalformed},
        {"TooLargeABodyAnnounced", headers(1, kOkField + field("content-length", "10001")), kTooLarge},
        {"TooLargeABody", headers(1, kOkField) + body(9'000) + body(9'000), kTooLarge},
        {"TooLargeTrailers", headers(1, kOkField) + headers(1, field("x", std::string(5'000, 'x')), true), kTooLarge},
        {"AFloodOfPings", repeated(frame(FrameType::ping, 0, 0, "12345678"), 3'000), kMalformed},
        {"AFloodOfSettings", repeated(settings(), 3'000), kMalformed},
        {"AFrameThatIsTooLarge", frame(FrameType::data, 0, 1, std::string(20'000, 'x')), kMalformed},
        {"DataOnNoStream", frame(FrameType::data, 0, 0, "x"), kMalformed},
        {"DataOnAStreamThatNobodyOpened", frame(FrameType::data, 0, 7, "x"), kMalformed},
        {"APushThatNobodyWants",
         frame(FrameType::settings, kAck, 0, "") + frame(FrameType::push_promise, kEndHeaders, 1, big_endian(2, 4) + kOkField),
         kMalformed},
        {"AWindowThatOverflows", frame(FrameType::window_update, 0, 1, big_endian(0x7fffffff, 4)), kMalformed},
        {"AConnectionsWindowThatOverflows", frame(FrameType::window_update, 0, 0, big_endian(0x7fffffff, 4)), kMalformed},
        {"ASettingOutOfBounds", settings({{kInitialWindow, 0xffffffff}}), kMalformed},
        {"AResetThatNamesNoReason", reset(1, 0xdead), kGone},
        {"AResetInTheMiddle", headers(1, kOkField) + body(2) + reset(1, 2), kGone},
    };
}

class Http2HostileServerTest : public Http2ClientTest, public testing::WithParamInterface<HostileHttp2> {};

TEST_P(Http2HostileServerTest, is_an_error_with_its_reason_and_harms_no_other_request) {
    options.header_bytes_max = kHeaderBytesMax;
    options.body_bytes_max = kBodyBytesMax;
    // The next request uses the same connection, or a new one.
    peer.scripts.push_back({{{1, GetParam().bytes}, {2, answer(3)}}});
    peer.scripts.push_back({{{1, answer(1)}}});
    RootCall bounded{loop, Deadline::after(loop.now(), std::chrono::seconds{20})};
    const auto response = run_until_done(loop, client().send(bounded.context(), {}));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().reason(), GetParam().reason) << response.error().cause();
    EXPECT_NE(response.error().cause(), "");
    const auto next = run_until_done(loop, client().send(bounded.context(), {}));
    ASSERT_TRUE(next) << next.error().cause();
    EXPECT_EQ(next->body, "ok");
}

INSTANTIATE_TEST_SUITE_P(Http2, Http2HostileServerTest, testing::ValuesIn(http2_hostiles()),
                         [](const auto& info) { return info.param.name; });

TEST_F(Http2ClientTest, a_server_of_another_protocol_is_left_after_the_second_attempt) {
    const FrameScript http1{{}, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"};
    peer.scripts = {http1, http1, http1};
    const auto response = send();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().reason(), kMalformed) << response.error().cause();
    EXPECT_LE(peer.connections, 2);
}

TEST_F(Http2ClientTest, a_server_that_closes_at_once_is_left_after_the_second_attempt) {
    const FrameScript closing{{{0, ""}}, settings(), true};
    peer.scripts = {closing, closing, closing};
    const auto response = send({.method = "POST"});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::unavailable);
    EXPECT_LE(peer.connections, 2);
}

}  // namespace
}  // namespace tw::http
