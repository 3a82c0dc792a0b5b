#include "kit/rpc/placement_fixture.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"
#include "kit/testing/memory_stream.hpp"

#include <gtest/gtest.h>

// These tests cover clients that begin to send or to read and do not go on. The tests make the
// bytes themselves, because no proper client sends them.
namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;

constexpr char kData = 0;
constexpr char kHeaders = 1;
constexpr char kReset = 3;
constexpr char kSettings = 4;
constexpr char kGoaway = 7;
constexpr char kEndStream = 1;
constexpr char kEndHeaders = 4;
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string big_endian(std::uint32_t value) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
    return out;
}

std::string frame(char type, char flags, std::uint32_t stream, std::string_view payload) {
    return big_endian(static_cast<std::uint32_t>(payload.size())).substr(1) + type + flags + big_endian(stream) +
           std::string{payload};
}

/// Encodes a header field that enters no table (RFC 7541 §6.2.2).
std::string literal(std::string_view name, std::string_view value) {
    return std::string(1, '\0') + static_cast<char>(name.size()) + std::string{name} + static_cast<char>(value.size()) +
           std::string{value};
}

std::string call_fields(std::string_view timeout) {
    return literal(":method", "POST") + literal(":scheme", "http") + literal(":path", "/test.EchoService/Say") +
           literal(":authority", "echo") + literal("te", "trailers") + literal("content-type", "application/grpc") +
           literal("grpc-timeout", timeout);
}

std::string message(std::string value) {
    Text text;
    text.set_value(std::move(value));
    std::string out;
    append_message(text, out);
    return out;
}

class ServerTimeoutTest : public testing::Test {
 protected:
    ServerTimeoutTest() { at.server_limits.header_time_max = at.server_limits.answer_time_max = 20ms; }

    /// Sends `sent`. Returns the first frame of `type` that comes back, from its stream identifier
    /// on. Returns an empty text if the server closes the connection before.
    std::string talk(std::string sent, char type) { return at.run(talk_to(at, std::move(sent), type)); }

    Placement at{true};

 private:
    static Task<std::string> talk_to(Placement& at, std::string sent, char type) {
        auto pair = tw::test::MemoryStream::make_pair(at.loop);
        at.server().serve_stream(std::move(pair.second));
        auto& stream = *pair.first;
        Timer bound{at.loop.timers(), [&stream] { stream.close(); }};
        bound.arm(at.loop.now() + 10s);
        const std::span<const char> bytes{sent};
        static_cast<void>(co_await stream.write_all(bytes));
        std::string received;
        std::array<char, 4096> buffer;
        constexpr std::size_t kHead = 9;
        while (true) {
            while (received.size() >= kHead) {
                const auto byte = [&](std::size_t i) {
                    return static_cast<std::size_t>(static_cast<unsigned char>(received[i]));
                };
                const auto size = kHead + (byte(0) << 16U) + (byte(1) << 8U) + byte(2);
                if (received.size() < size) break;
                if (received[3] == type) co_return received.substr(5, size - 5);
                received.erase(0, size);
            }
            const auto got = co_await stream.read_some(buffer);
            if (!got || *got == 0) co_return std::string{};
            received.append(buffer.data(), *got);
        }
    }
};

TEST_F(ServerTimeoutTest, a_header_that_does_not_end_ends_the_connection) {
    const auto sent = std::string{kPreface} + frame(kSettings, 0, 0, "") + frame(kHeaders, kEndStream, 1, call_fields("1S"));
    const auto goaway = talk(sent, kGoaway);
    ASSERT_GE(goaway.size(), 12u);
    EXPECT_EQ(goaway.substr(8, 4), big_endian(static_cast<std::uint32_t>(net::H2Code::enhance_your_calm)));
}

TEST_F(ServerTimeoutTest, an_answer_that_a_closed_window_keeps_back_is_dropped_after_its_deadline) {
    const auto no_window = std::string{"\0\4", 2} + big_endian(0);
    const auto sent = std::string{kPreface} + frame(kSettings, 0, 0, no_window) +
                      frame(kHeaders, kEndHeaders, 1, call_fields("30m")) + frame(kData, kEndStream, 1, message("hello"));
    EXPECT_EQ(talk(sent, kReset), big_endian(1) + big_endian(static_cast<std::uint32_t>(net::H2Code::cancel)));
}

TEST_F(ServerTimeoutTest, a_header_in_pieces_that_ends_in_time_is_served) {
    const auto fields = call_fields("1S");
    constexpr char kContinuation = 9;
    const auto sent = std::string{kPreface} + frame(kSettings, 0, 0, "") + frame(kHeaders, 0, 1, fields.substr(0, 20)) +
                      frame(kContinuation, kEndHeaders, 1, fields.substr(20)) + frame(kData, kEndStream, 1, message("hello"));
    EXPECT_EQ(talk(sent, kData), big_endian(1) + message("hello"));
}

}  // namespace
}  // namespace tw::rpc::test
