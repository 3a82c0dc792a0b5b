#include "kit/net/h2_served_connection.hpp"

#include "kit/async/loop_driver.hpp"
#include "kit/net/h2_session_fixture.hpp"
#include "kit/testing/memory_stream.hpp"

#include <array>
#include <deque>
#include <optional>

// Tests how long a server's connection lasts, on a clock that the tests move.
namespace tw::net::test {
namespace {

using namespace std::chrono_literals;

/// A clock for one loop, which runs the loop's work when it moves.
class MovedClock final : public LoopDriver {
 public:
    /// Runs what is ready, and then what becomes due within `time`.
    void move(std::chrono::nanoseconds time) {
        const auto end = now_ + time;
        run_ready();
        while (wake_ && *wake_ <= end) {
            now_ = std::max(now_, *std::exchange(wake_, std::nullopt));
            loop_->fire_timers();
            run_ready();
        }
        now_ = end;
    }

    Timestamp now() const override { return {}; }
    SteadyTime steady_now() const override { return now_; }
    std::uint64_t next_seed() override { return 1; }
    void add(EventLoop& loop) override { loop_ = &loop; }
    void remove(EventLoop&) override { ready_.clear(); }
    void post(EventLoop&, std::move_only_function<void()> work) override { ready_.push_back(std::move(work)); }
    void wake_at(EventLoop&, SteadyTime when) override { wake_ = when; }
    bool is_running(const EventLoop&) const override { return true; }
    void run(EventLoop&) override {}
    void stop(EventLoop&) override {}
    void work_on(std::move_only_function<void()>) override {}
    void work_at(SteadyTime, std::move_only_function<void()>) override {}
    void descriptors_changed() override {}

 private:
    void run_ready() {
        while (!ready_.empty()) {
            auto work = std::move(ready_.front());
            ready_.pop_front();
            work();
        }
    }

    SteadyTime now_{1h};
    std::optional<SteadyTime> wake_;
    std::deque<std::move_only_function<void()>> ready_;
    EventLoop* loop_ = nullptr;
};

class H2ServedConnectionTest : public testing::Test, public H2Requests {
 protected:
    ~H2ServedConnectionTest() override {
        stream->close();
        clock.move(1s);
        EXPECT_TRUE(ended);
    }

    /// Begins the connection. Its client answers nothing by itself.
    void start() {
        make();
        run();
    }
    void make() {
        auto pair = tw::test::MemoryStream::make_pair(loop);
        stream = std::move(pair.first);
        served.emplace(loop, std::move(pair.second), options, random, *this);
    }
    void run() {
        spawn(gate, serve());
        spawn(gate, read());
        send();
    }
    /// Sends what the client's session has to say, but for the last `held` bytes.
    void send(std::size_t held = 0) {
        std::string bytes = std::exchange(unsent, {});
        ASSERT_TRUE(client.session.pull(bytes, 1 << 20));
        unsent = bytes.substr(bytes.size() - held);
        bytes.resize(bytes.size() - held);
        spawn(gate, write(std::move(bytes)));
        clock.move(0ns);
    }
    void request(Recorder& call, std::size_t held = 0) {
        ASSERT_TRUE(client.session.request(call, kRequest, true));
        send(held);
    }

    /// Options by which a connection without streams ends by its age alone, and at once.
    static H2ServedOptions lasting() { return {.idle_time_max = 1h, .leave_time_max = 1ms, .age_max = 1000s, .age_grace = 20s}; }
    Task<void> note_end(H2ServedConnection& connection, std::deque<SteadyTime>& ends) {
        static_cast<void>(co_await connection.run());
        ends.push_back(loop.now());
    }

    // H2Requests
    H2Stream* on_request(SteadyTime) override { return refuse ? nullptr : &calls.emplace_back(); }
    void on_abuse(std::string_view what) override { abuse = what; }

    MovedClock clock;
    SimulatedMachine::Scope simulated{clock};
    EventLoop loop;
    Random random{7};
    H2ServedOptions options{
        .idle_time_max = 10s, .leave_time_max = 100ms, .header_time_max = 1s, .age_max = 1000s, .age_grace = 20s};
    Side client{H2Session::Side::client};
    std::unique_ptr<tw::test::MemoryStream> stream;
    std::deque<Recorder> calls;
    std::string unsent;
    std::string abuse;
    bool refuse = false;
    bool ended = false;
    std::optional<H2ServedConnection> served;
    Gate gate;

 private:
    Task<void> serve() {
        static_cast<void>(co_await served->run());
        ended = true;
    }
    Task<void> read() {
        std::array<char, 4096> buffer;
        while (true) {
            const auto got = co_await stream->read_some(buffer);
            if (!got || *got == 0) co_return;
            static_cast<void>(client.session.receive({buffer.data(), *got}, loop.now()));
        }
    }
    Task<void> write(std::string bytes) {
        const std::span<const char> all{bytes};
        static_cast<void>(co_await stream->write_all(all));
    }
};

TEST_F(H2ServedConnectionTest, a_connection_without_streams_is_told_to_leave_and_then_closed) {
    start();
    clock.move(9'990ms);
    EXPECT_EQ(client.goaways, 0);
    clock.move(20ms);
    EXPECT_EQ(client.goaways, 1);
    EXPECT_EQ(client.goaway_code, H2Code::no_error);
    clock.move(80ms);
    EXPECT_FALSE(ended);
    clock.move(20ms);
    EXPECT_TRUE(ended);
}

TEST_F(H2ServedConnectionTest, an_open_stream_keeps_the_connection) {
    Recorder call;
    start();
    clock.move(9s);
    request(call);
    clock.move(60s);
    EXPECT_EQ(client.goaways, 0);
    calls[0].send_headers(kAnswer, true);
    clock.move(5ms);
    EXPECT_EQ(call.closes, std::vector{H2Code::no_error});
    clock.move(20ms);
    EXPECT_EQ(client.goaways, 1) << "the idle time counts from the last read";
}

TEST_F(H2ServedConnectionTest, a_request_that_is_refused_does_not_prolong_the_idle_time) {
    Recorder call;
    refuse = true;
    start();
    clock.move(9s);
    request(call);
    EXPECT_EQ(call.closes, std::vector{H2Code::refused_stream});
    clock.move(1'010ms);
    EXPECT_EQ(client.goaways, 1);
}

TEST_F(H2ServedConnectionTest, a_header_that_does_not_end_in_time_ends_the_connection) {
    Recorder call;
    start();
    request(call, 1);
    ASSERT_EQ(calls.size(), 1u);
    clock.move(990ms);
    EXPECT_EQ(client.goaways, 0);
    clock.move(20ms);
    EXPECT_EQ(client.goaway_code, H2Code::enhance_your_calm);
    EXPECT_EQ(abuse, "a header did not end in time");
}

TEST_F(H2ServedConnectionTest, each_header_has_its_own_time) {
    Recorder first;
    Recorder second;
    start();
    request(first, 1);
    clock.move(900ms);
    send();
    EXPECT_EQ(calls[0].fields.back(), '|');
    request(second, 1);
    clock.move(990ms);
    EXPECT_EQ(client.goaways, 0);
    clock.move(20ms);
    EXPECT_EQ(client.goaway_code, H2Code::enhance_your_calm);
}

TEST_F(H2ServedConnectionTest, a_header_that_ended_is_not_late_while_its_stream_is_open) {
    Recorder call;
    start();
    request(call);
    clock.move(60s);
    EXPECT_EQ(client.goaways, 0);
    EXPECT_TRUE(calls[0].open());
}

TEST_F(H2ServedConnectionTest, a_header_whose_stream_was_reset_is_not_late) {
    Recorder call;
    options.limits.header_bytes_max = 16;
    start();
    request(call);
    EXPECT_FALSE(calls[0].open());
    clock.move(5s);
    EXPECT_EQ(client.goaways, 0);
}

TEST_F(H2ServedConnectionTest, an_old_connection_is_told_to_leave_and_its_streams_continue_for_the_grace) {
    Recorder call;
    start();
    request(call);
    clock.move(899s);
    EXPECT_EQ(client.goaways, 0);
    for (int i = 0; i < 201 && client.goaways == 0; ++i) clock.move(1s);
    EXPECT_EQ(client.goaways, 1);
    clock.move(18s);
    EXPECT_FALSE(ended);
    EXPECT_TRUE(calls[0].open());
    clock.move(2s);
    EXPECT_TRUE(ended);
    EXPECT_EQ(calls[0].closes, std::vector{H2Code::connection_lost});
}

TEST_F(H2ServedConnectionTest, connections_that_began_together_do_not_end_together) {
    start();
    std::vector<std::unique_ptr<tw::test::MemoryStream>> clients;
    std::deque<H2ServedConnection> others;
    std::deque<SteadyTime> ends;
    for (int i = 0; i < 20; ++i) {
        auto pair = tw::test::MemoryStream::make_pair(loop);
        clients.push_back(std::move(pair.first));
        auto& other = others.emplace_back(loop, std::move(pair.second), lasting(), random, *this);
        spawn(gate, note_end(other, ends));
    }
    const auto begin = loop.now();
    clock.move(1'200s);
    ASSERT_EQ(ends.size(), 20u);
    EXPECT_GE(ends.front() - begin, 900s);
    EXPECT_LE(ends.back() - begin, 1'101s);
    EXPECT_GE(ends.back() - ends.front(), 100s);
}

TEST_F(H2ServedConnectionTest, the_age_counts_from_the_call_of_start_age_where_that_is_chosen) {
    Recorder call;
    options.age_from_start = false;
    start();
    request(call);
    clock.move(5'000s);
    EXPECT_EQ(client.goaways, 0);
    served->start_age();
    clock.move(899s);
    served->start_age();
    EXPECT_EQ(client.goaways, 0);
    clock.move(202s);
    EXPECT_EQ(client.goaways, 1);
}

TEST_F(H2ServedConnectionTest, a_client_that_must_leave_gets_an_answer_that_came_late) {
    Recorder call;
    start();
    request(call);
    served->drain();
    clock.move(60s);
    EXPECT_EQ(client.goaways, 1);
    calls[0].send_headers(kAnswer, false);
    calls[0].outgoing() = std::string(60'000, 'x');
    calls[0].finish();
    clock.move(0ns);
    EXPECT_EQ(call.data.size(), 60'000u);
    EXPECT_EQ(call.closes, std::vector{H2Code::no_error});
    EXPECT_FALSE(ended) << "the client has the time to leave from its answer on";
    clock.move(110ms);
    EXPECT_TRUE(ended);
}

TEST_F(H2ServedConnectionTest, a_connection_that_is_drained_before_it_runs_has_the_time_to_leave) {
    make();
    served->drain();
    run();
    clock.move(90ms);
    EXPECT_FALSE(ended);
    clock.move(20ms);
    EXPECT_TRUE(ended);
}

TEST_F(H2ServedConnectionTest, a_second_drain_gives_no_more_time) {
    start();
    served->drain();
    clock.move(90ms);
    served->drain();
    clock.move(20ms);
    EXPECT_TRUE(ended);
}

TEST_F(H2ServedConnectionTest, a_client_that_leaves_when_it_is_told_to_ends_the_connection_in_order) {
    start();
    served->drain();
    clock.move(10ms);
    send();
    clock.move(10ms);
    stream->close();
    clock.move(0ns);
    EXPECT_TRUE(ended);
    EXPECT_EQ(abuse, "");
}

}  // namespace
}  // namespace tw::net::test
