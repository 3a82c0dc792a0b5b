#include "kit/redis/redis_fixture.hpp"

// The password of the server changes while a client is connected.
namespace tw::redis {
namespace {

using namespace std::chrono_literals;

class RotationTest : public RedisTest {
 public:
    RotationTest() {
        auto settings = Settings::parse_url(url_with("one")).value();
        settings.current_url = [this] { return url_with(password); };
        client.emplace(loop, settings, telemetry.get());
    }
    ~RotationTest() override {
        client.reset();
        settle();
    }
    Secret url_with(const std::string& with) const {
        return Secret{"redis://:" + with + "@127.0.0.1:" + std::to_string(server.port())};
    }
    std::int64_t connection() { return run(*client, "CLIENT", {"ID"}).value().integer(); }
    void wait(std::chrono::milliseconds time) { static_cast<void>(run(sleep_for(call.context(), time))); }
    /// Waits until commands go over another connection than `former`. No command may fail
    /// meanwhile.
    bool replaces(std::int64_t former) {
        for (int i = 0; i < 500; ++i) {
            if (connection() != former) return true;
            wait(10ms);
        }
        return false;
    }
    /// Whether the server still has the connection.
    bool is_open(std::int64_t id) {
        const auto list = run(*client, "CLIENT", {"LIST", "ID", std::to_string(id)}).value();
        return !std::string_view{list.text()}.empty();
    }

    test::RedisServer server{{"--requirepass", "one"}};
    std::string password = "one";
    std::optional<Client> client;
};

TEST_F(RotationTest, a_connection_with_the_old_password_is_replaced_and_no_command_fails) {
    const auto former = connection();
    ASSERT_TRUE(run(*client, "CONFIG", {"SET", "requirepass", "two"}));
    EXPECT_EQ(connection(), former) << "the connection that is there goes on";
    password = "two";
    ASSERT_TRUE(replaces(former));
    for (int i = 0; i < 500 && is_open(former); ++i) wait(10ms);
    EXPECT_FALSE(is_open(former));
}

TEST_F(RotationTest, what_is_under_way_on_the_old_connection_comes_to_its_end) {
    const auto former = connection();
    ASSERT_TRUE(run(*client, "CONFIG", {"SET", "requirepass", "two"}));
    password = "two";
    std::string popped;
    auto popping = [](RotationTest& at, std::string& out) -> Task<void> {
        Command pop{"BLPOP", {"list", "20"}};
        auto running = at.client->run(at.call.context(), std::move(pop), 20s);
        auto answer = co_await std::move(running);
        if (answer) out = answer->at(1).text();
    };
    Gate gate;
    spawn(gate, popping(*this, popped));
    wait(1ms);
    // The server runs nothing else on the old connection while it waits there.
    wait(1500ms);
    ASSERT_TRUE(run(*client, "RPUSH", {"list", "pushed by another connection"}));
    run(close_and_wait(gate));
    EXPECT_EQ(popped, "pushed by another connection");
    for (int i = 0; i < 500 && is_open(former); ++i) wait(10ms);
    EXPECT_FALSE(is_open(former));
}

TEST_F(RotationTest, while_the_new_password_is_refused_the_old_connection_stays) {
    const auto former = connection();
    password = "two";
    wait(1200ms);
    EXPECT_EQ(connection(), former);
    ASSERT_TRUE(run(*client, "CONFIG", {"SET", "requirepass", "two"}));
    EXPECT_TRUE(replaces(former));
}

TEST_F(RotationTest, a_connection_that_was_lost_is_made_with_the_password_as_it_is_now) {
    ASSERT_TRUE(run(*client, "CONFIG", {"SET", "requirepass", "two"}));
    password = "two";
    static_cast<void>(run(*client, "CLIENT", {"KILL", "TYPE", "normal", "SKIPME", "no"}));
    settle();
    EXPECT_TRUE(run(*client, "PING"));
}

}  // namespace
}  // namespace tw::redis
