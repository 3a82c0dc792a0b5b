#include "kit/net/stream_fixture.hpp"
#include "kit/net/tls_fixture.hpp"
#include "kit/testing/memory_stream.hpp"

#include <gmock/gmock.h>

namespace tw::net {
namespace {

using test::CertificateFolder;
using test::close_soon;
using test::read_once;
using test::read_to_end;
using test::Secured;
using test::StreamPair;
using test::write_and_finish;
using testing::ElementsAre;
using testing::HasSubstr;

/// A stream that returns one byte for each read, and writes byte by byte, each in its own turn.
class SlicedStream final : public Stream {
 public:
    explicit SlicedStream(EventLoop& loop, std::unique_ptr<Stream> inner) : loop_{loop}, inner_{std::move(inner)} {}
    void close() override { inner_->close(); }
    void shutdown_write() override { inner_->shutdown_write(); }
    const Address& peer() const override { return inner_->peer(); }

 private:
    void start_read(std::span<char> buffer, Operation& operation) override {
        read_.emplace(*inner_, buffer.first(1), std::span<const char>{}, on_read_);
        reading_ = &operation;
        read_->begin();
    }
    void start_write(std::span<const char> bytes, Operation& operation) override {
        writing_ = &operation;
        size_ = bytes.size();
        rest_ = bytes;
        next();
    }
    void next() {
        if (rest_.empty()) return std::exchange(writing_, nullptr)->complete(size_);
        write_.emplace(*inner_, std::span<char>{}, rest_.first(1), on_written_);
        rest_ = rest_.subspan(1);
        write_->begin();
    }

    EventLoop& loop_;
    std::unique_ptr<Stream> inner_;
    std::optional<Operation> read_;
    std::optional<Operation> write_;
    Operation* reading_ = nullptr;
    Operation* writing_ = nullptr;
    std::size_t size_ = 0;
    std::span<const char> rest_;
    Sink on_read_ = [this](Result<std::size_t> outcome) { std::exchange(reading_, nullptr)->complete(std::move(outcome)); };
    Sink on_written_ = [this](Result<std::size_t> outcome) {
        if (!outcome) return std::exchange(writing_, nullptr)->complete(std::move(outcome));
        loop_.post([this] { next(); });
    };
};

struct TlsStreamTest : testing::Test {
    CertificateFolder folder;
    EventLoop loop;
    std::shared_ptr<TlsContext> server = TlsContext::make_server({.identities = {folder.issue("server", {"server"})}}).value();
    std::shared_ptr<TlsContext> trusting = TlsContext::make_client({.ca = folder.ca()}).value();
    TlsClient client{trusting, {.host = "server"}};

    ~TlsStreamTest() override { test::settle(loop); }

    StreamPair connect(StreamPair below) {
        auto [ours, theirs] = test::shake_hands(loop, client, *server, std::move(below));
        EXPECT_TRUE(ours) << ours.error().cause();
        EXPECT_TRUE(theirs) << theirs.error().cause();
        return {std::move(*ours), std::move(*theirs)};
    }
    StreamPair connect() { return connect(test::make_socket_pair(loop)); }
};

/// Writes everything and reads everything at the same time.
Task<Result<std::string>> converse(Stream& stream, std::string_view bytes) {
    auto [written, read] = co_await both(write_and_finish(stream, bytes), read_to_end(stream));
    if (!written) co_return written.error();
    co_return read;
}

std::string pattern(std::size_t size, char first) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(first + i % 23);
    return text;
}

TEST_F(TlsStreamTest, carries_megabytes_both_ways_at_once) {
    const auto pair = connect();
    const auto there = pattern(8 << 20, 'a');
    const auto back = pattern((8 << 20) + 4321, 'A');
    const auto [at_client, at_server] = run_until_done(loop, both(converse(*pair.client, there), converse(*pair.server, back)));
    EXPECT_TRUE(at_client.value() == back);
    EXPECT_TRUE(at_server.value() == there);
}

TEST_F(TlsStreamTest, lives_with_one_byte_at_a_time) {
    auto below = test::make_socket_pair(loop);
    StreamPair sliced{std::make_unique<SlicedStream>(loop, std::move(below.client)),
                      std::make_unique<SlicedStream>(loop, std::move(below.server))};
    const auto pair = connect(std::move(sliced));
    const auto there = pattern(3000, 'a');
    const auto back = pattern(2000, 'A');
    const auto [at_client, at_server] = run_until_done(loop, both(converse(*pair.client, there), converse(*pair.server, back)));
    EXPECT_EQ(at_client.value(), back);
    EXPECT_EQ(at_server.value(), there);
}

TEST_F(TlsStreamTest, works_over_any_stream) {
    auto ends = tw::test::MemoryStream::make_pair(loop);
    const auto pair = connect({std::move(ends.first), std::move(ends.second)});
    const auto there = pattern(1 << 20, 'a');
    const auto [at_client, at_server] = run_until_done(loop, both(converse(*pair.client, there), converse(*pair.server, "x")));
    EXPECT_EQ(at_client.value(), "x");
    EXPECT_TRUE(at_server.value() == there);
}

/// A stream that the test can cut, like a cable.
class CutStream final : public Stream {
 public:
    CutStream(std::unique_ptr<Stream> inner, std::function<void(Stream&)>& cut) : inner_{std::move(inner)} {
        cut = [this](Stream&) { inner_->shutdown_write(); };
    }
    void close() override { inner_->close(); }
    void shutdown_write() override { inner_->shutdown_write(); }
    const Address& peer() const override { return inner_->peer(); }

 private:
    void start_read(std::span<char> buffer, Operation& operation) override {
        read_.emplace(*inner_, buffer, std::span<const char>{}, on_read_);
        reading_ = &operation;
        read_->begin();
    }
    void start_write(std::span<const char> bytes, Operation& operation) override {
        write_.emplace(*inner_, std::span<char>{}, bytes, on_written_);
        writing_ = &operation;
        write_->begin();
    }

    std::unique_ptr<Stream> inner_;
    std::optional<Operation> read_;
    std::optional<Operation> write_;
    Operation* reading_ = nullptr;
    Operation* writing_ = nullptr;
    Sink on_read_ = [this](Result<std::size_t> outcome) { std::exchange(reading_, nullptr)->complete(std::move(outcome)); };
    Sink on_written_ = [this](Result<std::size_t> outcome) { std::exchange(writing_, nullptr)->complete(std::move(outcome)); };
};

TEST_F(TlsStreamTest, an_end_without_close_notify_is_an_error) {
    auto below = test::make_socket_pair(loop);
    std::function<void(Stream&)> cut;
    below.client = std::make_unique<CutStream>(std::move(below.client), cut);
    const auto pair = connect(std::move(below));
    cut(*pair.client);
    const auto read = run_until_done(loop, read_to_end(*pair.server));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), Code::unavailable);
    EXPECT_THAT(read.error().cause(), HasSubstr("without close_notify"));
}

TEST_F(TlsStreamTest, close_ends_a_waiting_read_with_cancelled_and_tells_the_peer) {
    const auto pair = connect();
    const auto [read, closed] = run_until_done(loop, both(read_once(*pair.client), close_soon(loop, *pair.client)));
    EXPECT_EQ(read.error().code(), Code::cancelled);
    EXPECT_EQ(run_until_done(loop, read_once(*pair.client)).error().code(), Code::cancelled);
    EXPECT_EQ(run_until_done(loop, read_to_end(*pair.server)).value(), "");
}

TEST_F(TlsStreamTest, close_ends_a_write_that_the_peer_does_not_take) {
    const auto pair = connect();
    const auto large = pattern(16 << 20, 'a');
    const auto [written, closed] =
        run_until_done(loop, both(write_and_finish(*pair.client, large), close_soon(loop, *pair.client)));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code(), Code::cancelled);
}

Task<Result<std::size_t>> write_only(Stream& stream, std::string_view bytes) { co_return co_await stream.write_all(bytes); }

TEST_F(TlsStreamTest, bytes_that_nobody_encrypted_break_the_connection) {
    auto below = test::make_socket_pair(loop);
    auto* const raw = below.client.get();
    const auto pair = connect(std::move(below));
    ASSERT_TRUE(run_until_done(loop, write_only(*raw, "GET / HTTP/1.1\r\n\r\n")));
    const auto read = run_until_done(loop, read_to_end(*pair.server));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), Code::unavailable);
    EXPECT_FALSE(run_until_done(loop, write_only(*pair.server, "x")));
}

TEST_F(TlsStreamTest, says_what_the_handshake_settled) {
    server = TlsContext::make_server({.identities = {folder.issue("server", {"server"})}, .alpn = {"h2", "http/1.1"}}).value();
    TlsClient asking{TlsContext::make_client({.ca = folder.ca(), .alpn = {"http/1.1", "h2"}}).value(), {.host = "server"}};
    const auto [ours, theirs] = test::shake_hands(loop, asking, *server);
    ASSERT_TRUE(ours && theirs);
    for (const auto* const stream : {ours->get(), theirs->get()}) {
        ASSERT_NE(stream->tls(), nullptr);
        EXPECT_EQ(stream->tls()->alpn, "h2");
        EXPECT_EQ(stream->tls()->version, "TLSv1.3");
        EXPECT_EQ(stream->tls()->server_name, "server");
        EXPECT_FALSE(stream->tls()->resumed);
    }
}

}  // namespace
}  // namespace tw::net
