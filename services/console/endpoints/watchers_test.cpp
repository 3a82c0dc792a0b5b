#include "services/console/endpoints/watchers.hpp"

#include "kit/async/run.hpp"
#include "services/console/fake_archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console {
namespace {

using ::console::WatchEvent;

/// The client's end of a stream. It takes nothing until the test lets it.
class ClientStream final : public rpc::ServerStream {
 public:
    Task<Result<bool>> read(rpc::Message&) override { co_return false; }
    Task<Result<void>> write(const rpc::Message& message, rpc::WriteOptions) override {
        while (stalled) co_await room;
        events.push_back(static_cast<const WatchEvent&>(message));
        told.notify();
        co_return Result<void>{};
    }
    void send_head() override {}
    void go_on() {
        stalled = false;
        room.notify();
    }

    std::vector<WatchEvent> events;
    bool stalled = false;
    tw::Signal room;
    tw::Signal told;
};

class WatchersTest : public testing::Test {
 public:
    struct Client {
        explicit Client(EventLoop& loop) : call{loop} {}
        RootCall call;
        ClientStream stream;
        Watchers::Events writer{stream};
        ::console::WatchRequest request;
        std::optional<Result<void>> outcome;
    };

    Client& watch(std::vector<std::string> topics, std::string traces_q = "") {
        auto& client = *clients.emplace_back(std::make_unique<Client>(loop));
        for (auto& topic : topics) client.request.add_topics(std::move(topic));
        client.request.set_traces_q(std::move(traces_q));
        spawn(gate, drive(client));
        return client;
    }
    Task<void> drive(Client& client) {
        auto watching = watchers.watch(client.call.context(), client.request, client.writer);
        client.outcome.emplace(co_await std::move(watching));
        client.stream.told.notify();
    }
    Task<void> until_events(Client& client, std::size_t count) {
        while (client.stream.events.size() < count && !client.outcome) co_await client.stream.told;
    }
    Task<void> end() {
        for (auto& client : clients) client->call.scope().cancel(cancelled());
        co_await close_and_wait(gate);
        co_await watchers.stop();
    }
    static Arrived arrival(std::string name, std::size_t padding = 0) {
        Arrived arrived;
        auto& trace = arrived.traces.emplace_back();
        trace.set_trace_id(name);
        trace.set_name(std::move(name));
        trace.set_error(std::string(padding, 'x'));
        return arrived;
    }

    test::FakeArchive archive;
    EventLoop loop;
    WorkerPool workers{1};
    Watchers watchers{loop, workers, archive, [this] { return archive.get_status({}); }};
    std::vector<std::unique_ptr<Client>> clients;
    Gate gate;
};

TEST_F(WatchersTest, a_client_gets_what_it_asked_for) {
    run_until_done(loop, [](WatchersTest& test) -> Task<void> {
        auto& status = test.watch({"status"});
        auto& traces = test.watch({"traces"});
        co_await test.until_events(status, 1);
        test.watchers.arrived(arrival("first"));
        co_await test.until_events(traces, 1);
        EXPECT_EQ(status.stream.events[0].status().spans(), 7);
        EXPECT_EQ(traces.stream.events[0].trace().name(), "first");
        co_await test.end();
    }(*this));
}

TEST_F(WatchersTest, a_query_lets_through_what_the_archive_finds_by_it) {
    run_until_done(loop, [](WatchersTest& test) -> Task<void> {
        auto& client = test.watch({"status", "traces"}, "second");
        co_await test.until_events(client, 1);
        Arrived both = arrival("first");
        both.traces.push_back(arrival("second").traces[0]);
        test.archive.traces = both.traces;
        test.watchers.arrived(both);
        co_await test.until_events(client, 2);
        EXPECT_EQ(client.stream.events[1].trace().name(), "second");
        co_await test.end();
    }(*this));
}

TEST_F(WatchersTest, a_query_that_cannot_be_read_is_refused) {
    run_until_done(loop, [](WatchersTest& test) -> Task<void> {
        auto& client = test.watch({"traces"}, "(");
        co_await test.until_events(client, 1);
        EXPECT_EQ(client.outcome->error().reason(), "BAD_QUERY");
        co_await test.end();
    }(*this));
}

TEST_F(WatchersTest, a_client_that_takes_too_little_is_told_how_much_it_missed) {
    run_until_done(loop, [](WatchersTest& test) -> Task<void> {
        auto& client = test.watch({"traces"});
        client.stream.stalled = true;
        for (int i = 0; i < 6; ++i) test.watchers.arrived(arrival("large", 100 * 1024));
        for (int i = 0; i < 10; ++i) co_await hop_to(test.loop);
        client.stream.go_on();
        co_await test.until_events(client, 4);
        EXPECT_EQ(client.stream.events.size(), 4U);
        EXPECT_EQ(client.stream.events.at(2).trace().name(), "large");
        EXPECT_EQ(client.stream.events.at(3).gap(), 3);
        co_await test.end();
    }(*this));
}

TEST_F(WatchersTest, the_number_of_clients_is_bounded) {
    run_until_done(loop, [](WatchersTest& test) -> Task<void> {
        for (std::size_t i = 0; i < Watchers::kWatchersMax; ++i) test.watch({"logs"});
        auto& refused = test.watch({"logs"});
        EXPECT_EQ(refused.outcome->error().reason(), "TOO_MANY_WATCHERS");
        co_await test.end();
    }(*this));
}

}  // namespace
}  // namespace tw::console
