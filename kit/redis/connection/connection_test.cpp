#include "kit/redis/connection/connection.hpp"

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/redis/connection/errors.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tw::redis {
namespace {

using namespace std::chrono_literals;

/// A stream that keeps each write; the test sets the server's answers.
class FakeStream final : public net::Stream {
 public:
    explicit FakeStream(EventLoop& loop) : loop_{loop} {}

    void arrive(std::string bytes) {
        incoming_ += bytes;
        loop_.post([this] { feed(); });
    }
    /// Sets the bytes that arrive once something was written.
    void answer(std::string bytes) { answer_ = std::move(bytes); }
    void close() override {
        closed_ = true;
        loop_.post([this] { feed(); });
    }
    void shutdown_write() override {}
    const net::Address& peer() const override { return peer_; }

    std::vector<std::string> writes;

 private:
    void start_read(std::span<char> buffer, Operation& operation) override {
        reading_ = &operation;
        buffer_ = buffer;
        loop_.post([this] { feed(); });
    }
    void start_write(std::span<const char> bytes, Operation& operation) override {
        writes.emplace_back(bytes.data(), bytes.size());
        if (!answer_.empty()) arrive(std::exchange(answer_, {}));
        operation.complete(bytes.size());
    }
    void feed() {
        if (reading_ == nullptr) return;
        if (closed_) return std::exchange(reading_, nullptr)->complete(cancelled());
        if (incoming_.empty()) return;
        const auto count = std::min(incoming_.size(), buffer_.size());
        std::copy_n(incoming_.begin(), count, buffer_.begin());
        incoming_.erase(0, count);
        std::exchange(reading_, nullptr)->complete(count);
    }

    EventLoop& loop_;
    net::Address peer_{"fake", 1};
    std::string incoming_;
    std::string answer_;
    Operation* reading_ = nullptr;
    std::span<char> buffer_;
    bool closed_ = false;
};

class ConnectionTest : public testing::Test {
 public:
    void open(Settings settings = {}) {
        auto owned = std::make_unique<FakeStream>(loop);
        stream = owned.get();
        connection.emplace(loop, std::move(owned), settings);
    }
    Task<Result<Reply>> ask(std::string argument, std::chrono::milliseconds time_max = 1s) {
        const Command command{"GET", {argument}};
        Exchange exchange{*connection, call.context(), command, loop.now() + time_max};
        co_return co_await exchange;
    }
    Task<void> pause(std::chrono::milliseconds time) { static_cast<void>(co_await sleep_for(call.context(), time)); }
    /// Runs the connection while the test's conversation runs.
    void converse(Task<void> conversation) { run_until_done(loop, around(std::move(conversation))); }

    EventLoop loop;
    RootCall call{loop};
    FakeStream* stream = nullptr;
    std::optional<Connection> connection;
    std::optional<Error> ended;

 private:
    Task<void> keep() {
        ended = co_await connection->run();
        connection->abandon(*ended);
    }
    Task<void> around(Task<void> conversation) {
        Gate gate;
        spawn(gate, keep());
        co_await std::move(conversation);
        connection->close(no_connection("the test is over"));
        co_await close_and_wait(gate);
    }
};

TEST_F(ConnectionTest, all_commands_of_a_turn_go_out_in_one_write_and_answers_come_in_their_order) {
    open();
    const auto talk = [](ConnectionTest& self) -> Task<void> {
        std::vector<Task<Result<Reply>>> asked;
        for (int i = 0; i < 100; ++i) asked.push_back(self.ask(std::to_string(i)));
        std::string answers;
        for (int i = 0; i < 100; ++i) answers += ":" + std::to_string(i) + "\r\n";
        self.stream->answer(answers);
        auto replies = co_await all(std::move(asked));
        for (int i = 0; i < 100; ++i) EXPECT_EQ(replies[static_cast<std::size_t>(i)]->integer(), i);
        EXPECT_EQ(self.stream->writes.size(), 1U);
        EXPECT_TRUE(self.stream->writes[0].starts_with("*2\r\n$3\r\nGET\r\n$1\r\n0\r\n"));
    };
    converse(talk(*this));
}

TEST_F(ConnectionTest, an_answer_that_comes_too_late_is_thrown_away_and_the_next_one_finds_its_own_command) {
    open();
    const auto talk = [](ConnectionTest& self) -> Task<void> {
        auto late = co_await self.ask("a", 20ms);
        EXPECT_EQ(late.error().reason(), "REDIS_TIMEOUT");
        EXPECT_EQ(self.connection->in_flight(), 1U);
        self.stream->arrive("+late\r\n");
        self.stream->answer("+mine\r\n");
        auto mine = co_await self.ask("b");
        EXPECT_EQ(mine->text(), "mine");
    };
    converse(talk(*this));
}

TEST_F(ConnectionTest, a_context_that_is_over_ends_the_wait_with_its_own_error) {
    open();
    const auto talk = [](ConnectionTest& self) -> Task<void> {
        Timer timer{self.loop.timers(), [&self] { self.call.scope().cancel(cancelled()); }};
        timer.arm(self.loop.now() + 10ms);
        auto given_up = co_await self.ask("a");
        EXPECT_EQ(given_up.error().code(), Code::cancelled);
        auto not_begun = co_await self.ask("b");
        EXPECT_EQ(not_begun.error().code(), Code::cancelled);
        EXPECT_EQ(self.connection->in_flight(), 1U);
    };
    converse(talk(*this));
}

TEST_F(ConnectionTest, a_connection_whose_answers_stay_away_is_closed_and_what_waits_is_told) {
    open({.late_time_max = 50ms});
    const auto talk = [](ConnectionTest& self) -> Task<void> {
        auto results = co_await both(self.ask("a", 10ms), self.ask("b", 5s));
        EXPECT_EQ(results.first.error().reason(), "REDIS_TIMEOUT");
        EXPECT_EQ(results.second.error().reason(), "REDIS_UNAVAILABLE");
    };
    converse(talk(*this));
    EXPECT_EQ(ended->reason(), "REDIS_UNAVAILABLE");
}

TEST_F(ConnectionTest, more_commands_than_the_bound_are_refused_given_up_or_not) {
    open({.in_flight_max = 2});
    const auto talk = [](ConnectionTest& self) -> Task<void> {
        co_await both(self.ask("a", 10ms), self.ask("b", 10ms));
        auto refused = co_await self.ask("c");
        EXPECT_EQ(refused.error().code(), Code::unavailable);
        EXPECT_EQ(refused.error().reason(), "REDIS_BUSY");
        self.stream->arrive("+a\r\n+b\r\n");
        co_await self.pause(1ms);
        self.stream->answer("+c\r\n");
        auto room = co_await self.ask("c");
        EXPECT_EQ(room->text(), "c");
    };
    converse(talk(*this));
}

TEST_F(ConnectionTest, more_bytes_than_the_bound_are_refused) {
    open({.in_flight_bytes_max = 1000});
    const auto talk = [](ConnectionTest& self) -> Task<void> {
        auto refused = co_await self.ask(std::string(1000, 'x'));
        EXPECT_EQ(refused.error().reason(), "REDIS_BUSY");
        self.stream->answer("+ok\r\n");
        auto room = co_await self.ask(std::string(900, 'x'));
        EXPECT_EQ(room->text(), "ok");
    };
    converse(talk(*this));
}

TEST_F(ConnectionTest, an_answer_that_nobody_asked_for_ends_the_connection) {
    open();
    const auto talk = [](ConnectionTest& self) -> Task<void> {
        self.stream->arrive("+surprise\r\n");
        co_await self.pause(10ms);
        auto refused = co_await self.ask("a");
        EXPECT_EQ(refused.error().reason(), "REDIS_UNAVAILABLE");
    };
    converse(talk(*this));
    EXPECT_EQ(ended->reason(), "REDIS_PROTOCOL");
}

TEST_F(ConnectionTest, an_answer_that_is_too_large_ends_the_connection_and_fails_the_command) {
    open({.reply_bytes_max = 1000});
    const auto talk = [](ConnectionTest& self) -> Task<void> {
        self.stream->answer("$100000\r\n" + std::string(2000, 'x'));
        auto failed = co_await self.ask("a");
        EXPECT_FALSE(failed);
    };
    converse(talk(*this));
    EXPECT_EQ(ended->reason(), "REDIS_PROTOCOL");
}

}  // namespace
}  // namespace tw::redis
