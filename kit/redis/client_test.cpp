#include "kit/redis/client.hpp"

#include "kit/redis/connection/errors.hpp"
#include "kit/redis/redis_fixture.hpp"

namespace tw::redis {
namespace {

using namespace std::chrono_literals;

class ClientTest : public RedisTest {
 protected:
    void SetUp() override { test::RedisServer::shared().command({"FLUSHALL"}); }
    std::unique_ptr<Client> connect(Settings settings) {
        return std::make_unique<Client>(loop, std::move(settings), telemetry.get());
    }
    std::unique_ptr<Client> connect(const test::RedisServer& server) { return connect(settings_of(server)); }
    static Settings quick(Settings settings) {
        settings.command_time_max = 60ms;
        settings.connect_time_max = 200ms;
        settings.late_time_max = 200ms;
        settings.backoff_first = 10ms;
        settings.backoff_last = 50ms;
        return settings;
    }
    /// Repeats a command until Redis answers again, for five seconds at most.
    bool recovers(Client& client) {
        const Stopwatch watch;
        while (watch.elapsed() < 5s) {
            if (run(client, "PING")) return true;
            settle();
        }
        return false;
    }
};

TEST_F(ClientTest, commands_are_answered) {
    auto client = connect(test::RedisServer::shared());
    const std::string binary{"a\0\r\nb", 5};
    EXPECT_EQ(run(*client, "SET", {"key", binary})->text(), "OK");
    EXPECT_EQ(run(*client, "GET", {"key"})->text(), binary);
    EXPECT_TRUE(run(*client, "GET", {"none"})->is_nil());
    EXPECT_EQ(run(*client, "INCR", {"count"})->integer(), 1);
    EXPECT_EQ(run(*client, "MGET", {"key", "none"})->size(), 2U);
}

TEST_F(ClientTest, a_thousand_commands_at_once_share_a_connection) {
    auto client = connect(test::RedisServer::shared());
    const auto talk = [](Client& to, const CallContext& ctx) -> Task<std::vector<Result<Reply>>> {
        std::vector<Task<Result<Reply>>> asked;
        for (int i = 0; i < 1000; ++i) asked.push_back(to.run(ctx, Command{"ECHO", {std::to_string(i)}}));
        co_return co_await all(std::move(asked));
    };
    const auto replies = run(talk(*client, call.context()));
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(replies[static_cast<std::size_t>(i)]->text(), std::to_string(i));
}

TEST_F(ClientTest, an_error_of_the_server_has_a_name) {
    auto client = connect(test::RedisServer::shared());
    run(*client, "LPUSH", {"list", "x"}).value();
    EXPECT_EQ(reason_of(run(*client, "GET", {"list"})), "REDIS_WRONG_TYPE");
    const auto unknown = run(*client, "NOSUCH", {"secret-argument"});
    EXPECT_EQ(reason_of(unknown), "REDIS_ERROR");
    EXPECT_EQ(unknown.error().cause().find("secret-argument"), std::string::npos);
}

TEST_F(ClientTest, the_database_of_the_url_is_used_and_the_connection_has_a_name) {
    auto& server = test::RedisServer::shared();
    auto client = connect(settings_of(server, 3));
    run(*client, "SET", {"key", "three"}).value();
    EXPECT_EQ(server.command({"GET", "key"}), "$-1\r\n");
    EXPECT_EQ(run(*client, "CLIENT", {"GETNAME"})->text(), "tw");
}

TEST_F(ClientTest, a_script_runs_also_after_the_server_forgot_it) {
    constexpr Script kAdd{"return redis.call('INCRBY', KEYS[1], ARGV[1])"};
    auto& server = test::RedisServer::shared();
    auto client = connect(server);
    const std::string_view keys[] = {"sum"};
    const std::string_view arguments[] = {"5"};
    EXPECT_EQ(run(client->eval(call.context(), kAdd, keys, arguments))->integer(), 5);
    EXPECT_EQ(run(client->eval(call.context(), kAdd, keys, arguments))->integer(), 10);
    server.command({"SCRIPT", "FLUSH"});
    EXPECT_EQ(run(client->eval(call.context(), kAdd, keys, arguments))->integer(), 15);
}

TEST_F(ClientTest, what_is_in_flight_when_the_server_is_killed_fails_and_the_client_recovers_when_it_is_back) {
    test::RedisServer server;
    auto client = connect(quick(settings_of(server)));
    run(*client, "PING").value();
    server.kill();
    const Stopwatch watch;
    for (int i = 0; i < 100; ++i) EXPECT_EQ(reason_of(run(*client, "PING")), "REDIS_UNAVAILABLE");
    EXPECT_LT(watch.elapsed(), 2s);
    server.start();
    EXPECT_TRUE(recovers(*client));
}

TEST_F(ClientTest, a_server_that_does_not_answer_costs_a_command_its_own_time_and_no_more) {
    test::RedisServer server;
    auto client = connect(quick(settings_of(server)));
    run(*client, "PING").value();
    server.freeze();
    const Stopwatch watch;
    EXPECT_EQ(reason_of(run(*client, "PING")), "REDIS_TIMEOUT");
    EXPECT_LT(watch.elapsed(), 200ms);
    server.thaw();
    EXPECT_TRUE(recovers(*client));
    EXPECT_EQ(run(*client, "ECHO", {"in step"})->text(), "in step");
}

TEST_F(ClientTest, a_server_that_accepts_and_says_nothing_is_given_up_and_tried_again) {
    test::RedisServer server;
    server.freeze();
    auto client = connect(quick(settings_of(server)));
    const Stopwatch watch;
    EXPECT_EQ(reason_of(run(*client, "PING")), "REDIS_UNAVAILABLE");
    EXPECT_LT(watch.elapsed(), 200ms);
    server.thaw();
    EXPECT_TRUE(recovers(*client));
}

TEST_F(ClientTest, the_callers_deadline_counts_where_it_is_earlier) {
    test::RedisServer server;
    auto client = connect(settings_of(server));
    run(*client, "PING").value();
    server.freeze();
    const RootCall hurried{loop, Deadline::after(loop.now(), 30ms)};
    const Stopwatch watch;
    const auto late = run(client->run(hurried.context(), Command{"PING"}));
    EXPECT_EQ(late.error().reason(), "DEADLINE_EXCEEDED");
    EXPECT_LT(watch.elapsed(), 200ms);
    server.thaw();
}

TEST_F(ClientTest, a_command_that_blocks_the_server_has_that_time_on_top) {
    auto client = connect(quick(settings_of(test::RedisServer::shared())));
    const auto popped = run(client->run(call.context(), Command{"BLPOP", {"nothing", "0.2"}}, 300ms));
    ASSERT_TRUE(popped);
    EXPECT_TRUE(popped->is_nil());
    EXPECT_EQ(reason_of(run(*client, "BLPOP", {"nothing", "0.2"})), "REDIS_TIMEOUT");
}

TEST_F(ClientTest, a_client_may_go_while_it_connects) {
    test::RedisServer server;
    server.freeze();
    auto client = connect(quick(settings_of(server)));
    run(*client, "PING").error();
    client.reset();
    settle();
}

TEST_F(ClientTest, a_server_that_became_a_replica_is_left_and_not_asked_again_while_it_is_one) {
    test::RedisServer server;
    auto client = connect(quick(settings_of(server)));
    run(*client, "SET", {"key", "value"}).value();
    server.command({"REPLICAOF", "127.0.0.1", "1"});
    EXPECT_EQ(reason_of(run(*client, "SET", {"key", "other"})), "REDIS_READ_ONLY");
    // Reads are refused too, although the replica would still answer them.
    EXPECT_EQ(reason_of(run(*client, "GET", {"key"})), "REDIS_READ_ONLY");
    server.command({"REPLICAOF", "NO", "ONE"});
    EXPECT_TRUE(recovers(*client));
    EXPECT_EQ(run(*client, "SET", {"key", "other"})->text(), "OK");
}

TEST_F(ClientTest, a_script_that_meets_a_replica_leaves_it_too) {
    constexpr Script kSet{"return redis.call('SET', KEYS[1], '1')"};
    test::RedisServer server;
    auto client = connect(quick(settings_of(server)));
    const std::string_view keys[] = {"key"};
    run(client->eval(call.context(), kSet, keys, {})).value();
    server.command({"REPLICAOF", "127.0.0.1", "1"});
    EXPECT_EQ(reason_of(run(client->eval(call.context(), kSet, keys, {}))), "REDIS_READ_ONLY");
    EXPECT_EQ(reason_of(run(*client, "GET", {"key"})), "REDIS_READ_ONLY");
}

TEST_F(ClientTest, after_a_failover_the_name_is_looked_up_again_and_leads_to_the_new_primary) {
    test::RedisServer first;
    test::RedisServer second;
    second.command({"SET", "who", "second"});
    const auto settings = quick(settings_of(first));
    auto to_first = net::make_connector(loop, settings.address, settings.connect_time_max, nullptr);
    auto to_second = net::make_connector(loop, settings_of(second).address, settings.connect_time_max, nullptr);
    bool failed_over = false;
    Client client{loop, settings, telemetry.get(),
                  [&](const CallContext& ctx) { return failed_over ? to_second(ctx) : to_first(ctx); }};
    run(client, "SET", {"who", "first"}).value();
    first.command({"REPLICAOF", "127.0.0.1", "1"});
    failed_over = true;
    EXPECT_EQ(reason_of(run(client, "SET", {"who", "nobody"})), "REDIS_READ_ONLY");
    EXPECT_TRUE(recovers(client));
    EXPECT_EQ(run(client, "GET", {"who"})->text(), "second");
}

TEST_F(ClientTest, a_replica_is_told_also_where_the_user_may_hardly_do_anything) {
    test::RedisServer server;
    server.command({"ACL", "SETUSER", "plain", "on", ">pw", "~*", "+get"});
    auto settings = quick(settings_of(server));
    settings.user = "plain";
    settings.password = Secret{"pw"};
    auto client = connect(settings);
    EXPECT_TRUE(run(*client, "GET", {"key"}));
    server.command({"REPLICAOF", "127.0.0.1", "1"});
    auto late = connect(settings);
    EXPECT_EQ(reason_of(run(*late, "GET", {"key"})), "REDIS_READ_ONLY");
}

TEST_F(ClientTest, each_command_has_a_client_span_without_keys_and_values_and_a_duration) {
    auto client = connect(test::RedisServer::shared());
    run(*client, "SET", {"user:ann", "ann@example.com"}).value();
    run(*client, "LPUSH", {"user:ann", "x"}).error();
    const auto* const set = telemetry.spans.find("SET");
    ASSERT_NE(set, nullptr);
    EXPECT_EQ(set->kind, telemetry::SpanKind::client);
    EXPECT_EQ(set->text("db.system.name"), "redis");
    EXPECT_EQ(set->text("db.namespace"), "0");
    EXPECT_EQ(set->text("db.operation.name"), "SET");
    EXPECT_EQ(set->text("server.address"), "127.0.0.1");
    EXPECT_EQ(set->text("server.port"), std::to_string(test::RedisServer::shared().port()));
    EXPECT_EQ(set->attributes.size(), 5U);
    const auto* const push = telemetry.spans.find("LPUSH");
    ASSERT_NE(push, nullptr);
    EXPECT_TRUE(push->failure);
    EXPECT_EQ(push->text("db.response.status_code"), "WRONGTYPE");
    EXPECT_EQ(push->text("error.type"), "FAILED_PRECONDITION");
    EXPECT_EQ(telemetry.sum("db.client.operation.duration", "SET"), 1);
    EXPECT_EQ(telemetry.sum("db.client.operation.duration", "FAILED_PRECONDITION"), 1);
}

}  // namespace
}  // namespace tw::redis
