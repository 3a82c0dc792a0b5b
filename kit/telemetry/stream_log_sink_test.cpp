#include "kit/telemetry/stream_log_sink.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

using namespace std::chrono_literals;

class StreamLogSinkTest : public testing::Test {
 protected:
    void SetUp() override { ASSERT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
    void TearDown() override {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    /// Reads until `text` has come.
    std::string read_until(std::string_view text) {
        std::string all;
        std::array<char, 65536> buffer{};
        while (all.find(text) == std::string::npos) {
            const auto got = ::read(ends_[0], buffer.data(), buffer.size());
            if (got <= 0) break;
            all.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return all;
    }

    std::array<int, 2> ends_{-1, -1};
    SystemClock clock_;
};

TEST_F(StreamLogSinkTest, writes_each_line_with_its_newline) {
    StreamLogSink sink{ends_[1], clock_, {}};
    sink.write("one");
    sink.write("two");
    EXPECT_TRUE(sink.flush(5s));
    EXPECT_EQ(read_until("two\n"), "one\ntwo\n");
}

TEST_F(StreamLogSinkTest, writes_what_is_buffered_before_it_ends) {
    {
        StreamLogSink sink{ends_[1], clock_, {}};
        for (int i = 0; i < 100; ++i) sink.write("line");
    }
    ::close(std::exchange(ends_[1], ::dup(ends_[0])));
    EXPECT_EQ(read_until("never").size(), 500U);
}

TEST_F(StreamLogSinkTest, never_blocks_and_tells_how_many_lines_a_reader_that_stopped_has_missed) {
    StreamLogSink sink{ends_[1], clock_, {.buffer_bytes_max = 8192}};
    // Nobody reads: the pipe fills up, then the buffer, and from then on lines are lost.
    const std::string line(1999, 'x');
    do {
        sink.write(line);
    } while (sink.flush(100ms));
    for (int i = 0; i < 10; ++i) sink.write(line);
    const auto dropped = sink.dropped();
    EXPECT_GT(dropped, 0U);

    const auto all = read_until("log.dropped");
    EXPECT_EQ(sink.dropped(), dropped);
    EXPECT_NE(all.find("x\n{\"timestamp\""), std::string::npos);
}

TEST_F(StreamLogSinkTest, ends_even_if_nobody_ever_reads) {
    StreamLogSink sink{ends_[1], clock_, {.last_flush_max = 10ms}};
    sink.write(std::string(200'000, 'x'));
}

TEST_F(StreamLogSinkTest, counts_what_a_closed_reader_does_not_take) {
    ::signal(SIGPIPE, SIG_IGN);
    ::close(std::exchange(ends_[0], ::open("/dev/null", O_RDONLY | O_CLOEXEC)));
    StreamLogSink sink{ends_[1], clock_, {}};
    sink.write("gone");
    EXPECT_TRUE(sink.flush(5s));
    EXPECT_EQ(sink.dropped(), 1U);
}

}  // namespace
}  // namespace tw::telemetry
