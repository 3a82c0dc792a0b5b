#include "kit/http/client/client_fixture.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// Tests HTTP/1.1 servers that lie, send garbage or never end. Each causes an error with its
/// reason, and affects no other request.
namespace tw::http {
namespace {

using namespace test;

struct Hostile {
    std::string name;
    std::string answer;
    std::string reason;
    std::string endless = {};
};

void PrintTo(const Hostile& hostile, std::ostream* out) { *out << hostile.name; }

std::vector<Hostile> hostiles() {
    const std::string head = "HTTP/1.1 200 OK\r\n";
    const auto chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
    const auto with = [&head](std::string_view fields) { return head + std::string{fields} + "\r\n\r\nok"; };
    return {
        {"AnotherProtocol", "SSH-2.0-OpenSSH\r\n\r\n", kMalformed},
        {"AVersionThatIsNone", "HTTP/2.0 200 OK\r\n\r\n", kMalformed},
        {"AStatusThatIsNone", "HTTP/1.1 2x0 OK\r\n\r\n", kMalformed},
        {"AStatusTooLow", "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n", kMalformed},
        {"AStatusTooLong", "HTTP/1.1 2000 OK\r\n\r\n", kMalformed},
        {"AChangeOfProtocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", kMalformed},
        {"LengthAndChunks", with("Content-Length: 2\r\nTransfer-Encoding: chunked"), kMalformed},
        {"ChunksAndLength", with("Transfer-Encoding: chunked\r\nContent-Length: 2"), kMalformed},
        {"AnotherCoding", with("Transfer-Encoding: gzip, chunked"), kMalformed},
        {"ACodingWithoutChunks", with("Transfer-Encoding: identity"), kMalformed},
        {"ChunkedTwice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), kMalformed},
        {"ChunksInHttp10", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", kMalformed},
        {"TwoLengths", with("Content-Length: 2\r\nContent-Length: 3"), kMalformed},
        {"ANegativeLength", with("Content-Length: -2"), kMalformed},
        {"ALengthWithASign", with("Content-Length: +2"), kMalformed},
        {"ALengthThatOverflows", with("Content-Length: 99999999999999999999"), kMalformed},
        {"ALengthThatIsNone", with("Content-Length: two"), kMalformed},
        {"AFieldWithoutAName", with(": v"), kMalformed},
        {"AFieldWithoutAColon", with("nonsense"), kMalformed},
        {"ASpaceBeforeTheColon", with("Content-Length : 2"), kMalformed},
        {"AZeroInAField", with(std::string("X: a\0b", 6)), kMalformed},
        {"LineFeedsAlone", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", kMalformed},
        {"AChunkSizeThatIsNone", chunked + "zz\r\nok\r\n0\r\n\r\n", kMalformed},
        {"AChunkSizeThatOverflows", chunked + "fffffffffffffffff\r\nok\r\n0\r\n\r\n", kMalformed},
        {"AChunkWithoutAnEnd", chunked + "2\r\nokXX0\r\n\r\n", kMalformed},
        {"TooLargeAHead", head + "X: " + std::string(17'000, 'x') + "\r\n\r\n", kTooLarge},
        {"TooManyFields", head + repeated("X: y\r\n", 4'000) + "\r\n", kTooLarge},
        {"TooLargeABodyAnnounced", head + "Content-Length: 10001\r\n\r\n", kTooLarge},
        {"TooLargeAChunkAnnounced", chunked + "fffffff\r\n", kTooLarge},
        {"TooLargeABodyInChunks", chunked + repeated("3e8\r\n" + std::string(1'000, 'x') + "\r\n", 11), kTooLarge},
        {"TooLargeABodyUntilTheEnd", head + "\r\n" + std::string(10'001, 'x'), kTooLarge},
        {"NothingAtAll", "", kGone},
        {"HalfAHead", "HTTP/1.1 200 OK\r\nContent-", kGone},
        {"HalfABody", head + "Content-Length: 4\r\n\r\nok", kGone},
        {"HalfAChunk", chunked + "4\r\nok", kGone},
        {"HalfOfTheLastChunk", chunked + "2\r\nok\r\n0\r\n", kGone},
        {"ChunksWithoutALast", chunked + "2\r\nok\r\n", kGone},
        {"EndlessInterimAnswers", "", kMalformed, "HTTP/1.1 102 Processing\r\n\r\n"},
        {"AnEndlessStatusLine", "HTTP/1.1 200 ", kTooLarge, std::string(1'000, 'x')},
        {"AnEndlessHead", head, kTooLarge, "X: y\r\n"},
        {"AnEndlessField", head + "X: ", kTooLarge, std::string(1'000, 'x')},
        {"AnEndlessBody", head + "\r\n", kTooLarge, std::string(1'000, 'x')},
        {"EndlessChunks", chunked, kTooLarge, "1\r\nx\r\n"},
        {"AnEndlessChunkExtension", chunked + "1;", kTooLarge, std::string(1'000, 'x')},
        {"EndlessTrailers", chunked + "0\r\n", kTooLarge, "X: y\r\n"},
    };
}

class HostileServerTest : public testing::TestWithParam<Hostile> {
 protected:
    ~HostileServerTest() override {
        client.reset();
        run_until_done(loop, peer.end());
    }
    Result<ClientResponse> send() { return run_until_done(loop, client->send(call.context(), {})); }

    EventLoop loop;
    RootCall call{loop, Deadline::after(loop.now(), std::chrono::seconds{20})};
    test::Peer peer{loop};
    std::unique_ptr<Client> client =
        std::make_unique<Client>(loop, "peer:80", ClientOptions{.body_bytes_max = 10'000}, peer.connector());
};

TEST_P(HostileServerTest, is_an_error_with_its_reason_and_harms_no_other_request) {
    peer.scripts.push_back({.answers = {GetParam().answer}, .endless = GetParam().endless});
    peer.scripts.push_back({.answers = {std::string{kOk}}});
    const auto response = send();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().reason(), GetParam().reason) << response.error().cause();
    EXPECT_NE(response.error().cause(), "");
    EXPECT_EQ(response.error().retryable(), GetParam().reason == kGone);
    const auto next = send();
    ASSERT_TRUE(next) << next.error().cause();
    EXPECT_EQ(next->body, "ok");
    EXPECT_EQ(peer.connections, 2);
    // The client reads as much of an endless answer as its limits and the buffers on the way allow.
    EXPECT_LT(peer.endless_bytes, 256u * 1024);
}

INSTANTIATE_TEST_SUITE_P(Http1, HostileServerTest, testing::ValuesIn(hostiles()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tw::http
