#include "kit/simulation/redis/redis_model_contract_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::simulation {
namespace {

std::vector<Said> key_commands() {
    return {
        {"PING", {}},
        {"PING", {"hello"}},
        {"GET", {"none"}},
        {"SET", {"a", "1"}},
        {"GET", {"a"}},
        {"SET", {"a", "2", "NX"}},
        {"SET", {"new", "2", "NX", "PX", "100000"}},
        {"SET", {"none", "1", "XX"}},
        {"SET", {"a", "3", "xx"}},
        {"GET", {"a"}},
        {"SET", {"a", "3", "NX", "XX"}},
        {"SET", {"a", "b", "PX", "0"}},
        {"SET", {"a", "b", "PX", "x"}},
        {"SET", {"a", "b", "PX", "1", "EX", "1"}},
        {"SET", {"a", "b", "FOO"}},
        {"SET", {"a"}},
        {"GET", {}},
        {"PTTL", {"a"}},
        {"PTTL", {"none"}},
        {"XADD", {"stream", "1-1", "f", "v"}},
        {"GET", {"stream"}},
        {"SET", {"stream", "text"}},
        {"XADD", {"stream", "1-2", "f", "v"}},
        {"DEL", {"a", "new", "none"}},
        {"SELECT", {"99"}},
        {"SELECT", {"x"}},
        {"AUTH", {"secret"}},
        {"AUTH", {"somebody", "secret"}},
        {"HELLO", {"4"}},
        {"CLIENT", {"SETNAME", "somebody"}},
        {"SET", {"short", "1", "PX", "30"}},
    };
}

TEST(RedisModelContract, keys) {
    expect_same([](Party& party) -> Task<Transcript> {
        Talk talk{party};
        for (const auto& [name, arguments] : key_commands()) co_await talk.say(name, arguments);
        co_await talk.rest(60ms);
        co_await talk.say("GET", words("short"));
        co_await talk.say("NOSUCH", words("a", "b"));
        co_return talk.take();
    });
}

std::vector<Said> stream_commands() {
    return {
        {"SET", {"text", "1"}},
        {"XLEN", {"none"}},
        {"XLEN", {"text"}},
        {"XADD", {"s", "*", "a"}},
        {"XADD", {"s", "0-0", "a", "1"}},
        {"XADD", {"s", "5-1", "a", "1"}},
        {"XADD", {"s", "5-1", "a", "1"}},
        {"XADD", {"s", "4", "a", "1"}},
        {"XADD", {"s", "x", "a", "1"}},
        {"XADD", {"s", "MAXLEN", "~", "10", "*", "id", "7", "type", "order.created"}},
        {"XADD", {"s", "MAXLEN", "-1", "*", "a", "1"}},
        {"XADD", {"s", "MAXLEN", "2", "*", "a", "2"}},
        {"XLEN", {"s"}},
        {"XRANGE", {"s", "-", "+"}},
        {"XRANGE", {"s", "-", "+", "COUNT", "1"}},
        {"XRANGE", {"none", "-", "+"}},
        {"XRANGE", {"s", "6-0", "+"}},
        {"XGROUP", {"CREATE", "none", "g", "0"}},
        {"XGROUP", {"CREATE", "s", "g", "0", "MKSTREAM"}},
        {"XGROUP", {"CREATE", "s", "g", "0", "MKSTREAM"}},
        {"XGROUP", {"CREATE", "made", "g", "0", "MKSTREAM"}},
        {"XGROUP", {"CREATE", "s", "late", "$", "MKSTREAM"}},
        {"XGROUP", {"CREATE", "text", "g", "0", "MKSTREAM"}},
        {"XREADGROUP", {"GROUP", "g", "c", "COUNT", "1", "BLOCK", "10", "STREAMS", "none", ">"}},
        {"XREADGROUP", {"GROUP", "no", "c", "COUNT", "1", "BLOCK", "10", "STREAMS", "s", ">"}},
        {"XREADGROUP", {"GROUP", "g", "c", "COUNT", "1", "BLOCK", "10", "STREAMS", "text", ">"}},
        {"XREADGROUP", {"GROUP", "g", "c", "COUNT", "x", "STREAMS", "s", ">"}},
        {"XREADGROUP", {"GROUP", "late", "c", "STREAMS", "s", ">"}},
        {"XREADGROUP", {"GROUP", "g", "c", "COUNT", "1", "BLOCK", "10", "STREAMS", "s", ">"}},
        {"XREADGROUP", {"GROUP", "g", "d", "COUNT", "9", "BLOCK", "10", "STREAMS", "s", ">"}},
        {"XREADGROUP", {"GROUP", "g", "c", "COUNT", "9", "BLOCK", "10", "STREAMS", "s", "0"}},
        {"XREADGROUP", {"GROUP", "g", "d", "COUNT", "9", "STREAMS", "s", "0"}},
        {"XREADGROUP", {"GROUP", "g", "e", "COUNT", "9", "STREAMS", "s", "0"}},
        {"XREADGROUP", {"GROUP", "g", "d", "COUNT", "9", "STREAMS", "s", "rubbish"}},
        {"XACK", {"none", "g", "1-1"}},
        {"XACK", {"s", "none", "1-1"}},
        {"XACK", {"text", "g", "1-1"}},
        {"XACK", {"s", "g", "1-1"}},
        {"XACK", {"s", "g", "x"}},
        {"XPENDING", {"none", "g", "-", "+", "1"}},
        {"XPENDING", {"text", "g", "-", "+", "1"}},
        {"XPENDING", {"s", "g", "1-1", "1-1", "1"}},
        {"XAUTOCLAIM", {"none", "g", "c", "0", "0-0", "COUNT", "1"}},
        {"XAUTOCLAIM", {"s", "g", "c", "100000", "0-0", "COUNT", "1"}},
        {"XAUTOCLAIM", {"s", "g", "e", "0", "0-0", "COUNT", "1"}},
        {"XAUTOCLAIM", {"s", "g", "e", "0", "0-0", "COUNT", "0"}},
        {"XAUTOCLAIM", {"s", "g", "e", "x", "0-0"}},
        // An entry that was trimmed away is still pending.
        {"XADD", {"s", "MAXLEN", "1", "*", "a", "3"}},
        {"XREADGROUP", {"GROUP", "g", "e", "COUNT", "9", "STREAMS", "s", "0"}},
        {"XREADGROUP", {"GROUP", "g", "d", "COUNT", "9", "STREAMS", "s", "0"}},
        {"XAUTOCLAIM", {"s", "g", "f", "0", "0-0"}},
        {"XPENDING", {"s", "g", "-", "+", "10"}},
        {"XREADGROUP", {"GROUP", "g", "f", "COUNT", "9", "BLOCK", "1", "STREAMS", "s", ">"}},
    };
}

TEST(RedisModelContract, streams_and_groups) {
    expect_same([](Party& party) -> Task<Transcript> {
        Talk talk{party};
        for (const auto& [name, arguments] : stream_commands()) co_await talk.say(name, arguments);
        co_return talk.take();
    });
}

Task<void> blocked_read(Talk& talk) {
    co_await talk.say_second("XREADGROUP", words("GROUP", "g", "c", "COUNT", "9", "BLOCK", "1000", "STREAMS", "s", ">"));
}

std::vector<Said> interruptions() {
    return {{"XADD", {"s", "*", "a", "1"}}, {"DEL", {"s"}}, {"FLUSHALL", {}}, {"SET", {"other", "1"}}};
}

TEST(RedisModelContract, reads_that_wait) {
    expect_same([](Party& party) -> Task<Transcript> {
        Talk talk{party};
        for (const auto& [name, arguments] : interruptions()) {
            co_await talk.say("XGROUP", words("CREATE", "s", "g", "0", "MKSTREAM"));
            Gate gate;
            spawn(gate, blocked_read(talk));
            co_await talk.rest(50ms);
            co_await talk.say(name, arguments);
            co_await close_and_wait(gate);
        }
        co_return talk.take();
    });
}

TEST(RedisModelContract, caches) {
    expect_same([](Party& party) -> Task<Transcript> {
        Talk talk{party};
        redis::GuardedClient guarded{talk.client(), party.telemetry.get(), std::make_shared<redis::OutageAlarm>()};
        cache::RedisCache cache{guarded, std::make_shared<cache::Invalidations>()};
        RootCall root{party.loop};
        const auto& ctx = root.context();
        std::uint64_t lease = 0;
        const auto look = [&](std::string key) -> Task<void> {
            const auto found = co_await cache.get(ctx, key);
            lease = found.lease;
            talk.note(fmt::format("get {}: {} {} {} {}", key, static_cast<int>(found.outcome), found.version, found.lease != 0,
                                  found.value ? *found.value : "nothing"));
        };
        const auto fill = [&](std::string key, std::uint64_t with, std::int64_t version) -> Task<void> {
            const cache::Fill row{with, version, version == 0 ? nullptr : std::make_shared<const std::string>("row\n1"), 20s};
            const auto outcome = co_await cache.fill(ctx, key, row);
            talk.note(fmt::format("fill {} {}: {}", key, version, static_cast<int>(outcome)));
        };
        const auto invalidate = [&](std::string key, std::int64_t version) -> Task<void> {
            const bool told = co_await cache.invalidate(ctx, key, version);
            talk.note(fmt::format("invalidate {} {}: {}", key, version, told));
        };
        co_await look("a");
        co_await fill("a", lease + 2, 3);
        co_await fill("a", lease, 3);
        co_await look("a");
        co_await fill("a", lease, 3);
        co_await invalidate("a", 2);
        co_await look("a");
        co_await invalidate("a", 9);
        co_await invalidate("a", 4);
        co_await look("a");
        co_await fill("a", lease, 8);
        co_await look("a");
        co_await fill("a", lease, 9);
        co_await look("a");
        co_await look("b");
        co_await fill("b", lease, 0);
        co_await look("b");
        co_await invalidate("b", 1);
        co_await look("b");
        co_await invalidate("b", 2);
        for (const auto& wrong : words("v12", "x1\nrow", "rubbish", "v\nrow", "va\nrow", "l7\nnone", "")) {
            co_await talk.say("SET", words("tw:cache:c", wrong));
            co_await look("c");
            co_await talk.say("SET", words("tw:cache:c", wrong));
            co_await invalidate("c", 1);
            co_await talk.say("GET", words("tw:cache:c"));
        }
        co_await talk.say("XADD", words("tw:cache:d", "1-1", "f", "v"));
        co_await look("d");
        co_await invalidate("d", 1);
        co_await look("d");
        co_return talk.take();
    });
}

TEST(RedisModelContract, limits) {
    expect_same([](Party& party) -> Task<Transcript> {
        Talk talk{party};
        SystemClock clock;
        redis::GuardedClient guarded{talk.client(), party.telemetry.get(), std::make_shared<redis::OutageAlarm>()};
        RootCall root{party.loop};
        const auto& ctx = root.context();
        cache::LocalRateLimiter local{clock};
        cache::RedisRateLimiter limiter{guarded, local, party.telemetry.get(), "tw:limit:"};
        const auto take = [&](std::string key, std::uint32_t burst) -> Task<void> {
            const cache::Rate rate{.burst = burst, .interval = 60s};
            const auto decision = co_await limiter.take(ctx, key, rate);
            const auto seconds = [](std::chrono::microseconds time) { return (time.count() + 500'000) / 1'000'000; };
            talk.note(fmt::format("take {}: {} {} {} {}", key, decision.allowed, decision.remaining, seconds(decision.reset),
                                  seconds(decision.retry_after)));
        };
        for (int i = 0; i < 4; ++i) co_await take("few", 3);
        for (int i = 0; i < 3; ++i) co_await take("many", 1000);
        co_await talk.say("SET", words("tw:limit:odd", "rubbish"));
        co_await take("odd", 3);
        co_return talk.take();
    });
}

constexpr auto kLease = "9385fd0156c6f35acdb513bf9d36bfdfa9a00b7a";
constexpr auto kFill = "353840755ab0e1dcdf4b5d19c116c8f5d1feb8b8";
constexpr auto kInvalidate = "d7f71872a19881191dfd99fe734a03462239d3b1";
constexpr auto kTake = "15874275b1dfd3efdc6a7f85d730c5bfe5c4bf1f";

std::vector<Words> refused_commands() {
    return {
        {"PING"},
        {"GET", "row"},
        {"SET", "a", "1"},
        {"EVALSHA", kLease, "1", "row", "1", "1000"},
        {"EVALSHA", kLease, "1", "none", "1", "1000"},
        {"EVALSHA", kLease, "1", "stream", "1", "1000"},
        {"EVALSHA", kFill, "1", "none", "1", "1", "v1\nrow", "1000"},
        {"EVALSHA", kFill, "1", "leased", "77", "1", "v1\nrow", "1000"},
        {"EVALSHA", kFill, "1", "stream", "1", "1", "v1\nrow", "1000"},
        {"EVALSHA", kInvalidate, "1", "row", "1", "1000"},
        {"EVALSHA", kInvalidate, "1", "row", "9", "1000"},
        {"EVALSHA", kInvalidate, "1", "none", "9", "1000"},
        {"EVALSHA", kTake, "1", "stream", "1000", "5", "1"},
        {"EVALSHA", std::string(40, '0'), "0"},
        {"EVALSHA", kLease, "x"},
        {"EVALSHA", kLease, "7", "a"},
        {"XADD", "stream", "*", "a", "b"},
        {"XGROUP", "CREATE", "stream", "new", "0"},
        {"XREADGROUP", "GROUP", "g", "c", "STREAMS", "stream", ">"},
        {"XPENDING", "stream", "g", "-", "+", "0"},
        {"XAUTOCLAIM", "stream", "g", "c", "100000", "0-0", "COUNT", "1"},
        {"XACK", "stream", "g", "1-1"},
        {"HELLO", "3", "SETNAME", "somebody"},
        {"GET", "none"},
        {"XREADGROUP", "GROUP", "g", "c", "STREAMS", "stream", ">"},
        {"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "stream", "0"},
        {"DEL", "row", "leased"},
    };
}

std::vector<Words> preparations() {
    return {{"FLUSHALL"},
            {"SET", "row", "v3\nabc"},
            {"SET", "leased", "l0\n77"},
            {"XADD", "stream", "1-1", "a", "b"},
            {"XADD", "stream", "1-2", "a", "b"},
            {"XGROUP", "CREATE", "stream", "g", "0"}};
}

std::vector<RedisCondition> conditions() {
    return {RedisCondition{}, RedisCondition{.full = true}, RedisCondition{.replica = true}};
}

/// Makes the server load the scripts.
Task<void> bring_scripts(Party& party, redis::Client& client) {
    redis::GuardedClient guarded{client, party.telemetry.get(), std::make_shared<redis::OutageAlarm>()};
    cache::RedisCache cache{guarded, std::make_shared<cache::Invalidations>()};
    SystemClock clock;
    cache::LocalRateLimiter local{clock};
    cache::RedisRateLimiter limiter{guarded, local, party.telemetry.get(), "tw:limit:"};
    RootCall call{party.loop};
    const auto found = co_await cache.get(call.context(), "a");
    const cache::Fill row{found.lease, 1, nullptr, 20s};
    static_cast<void>(co_await cache.fill(call.context(), "a", row));
    static_cast<void>(co_await cache.invalidate(call.context(), "a", 1));
    static_cast<void>(co_await limiter.take(call.context(), "a", cache::Rate{}));
}

TEST(RedisModelContract, refusals_to_the_letter) {
    expect_same([](Party& party) -> Task<Transcript> {
        Names names;
        Transcript transcript;
        Talk talk{party};
        for (const auto condition : conditions()) {
            party.set_condition({});
            co_await bring_scripts(party, talk.client());
            static_cast<void>(co_await wire(party, preparations()));
            party.set_condition(condition);
            auto answer = co_await wire(party, refused_commands());
            // Every connection has another number.
            if (const auto id = answer.find("$2\r\nid\r\n:"); id != std::string::npos) {
                answer.erase(id + 9, answer.find('\r', id + 9) - id - 9);
            }
            for (std::size_t at = 0; at < answer.size();) {
                const auto end = answer.find("\r\n", at);
                transcript.push_back(names.of(answer.substr(at, end - at)));
                at = end == std::string::npos ? answer.size() : end + 2;
            }
        }
        co_return transcript;
    });
}

TEST(RedisModelContract, streams_that_are_trimmed_keep_about_their_length) {
    Simulation simulation{1};
    RedisModel model{simulation};
    for (int i = 0; i < 1000; ++i) model.command({"XADD", "s", "MAXLEN", "~", "100", "*", "a", "b"});
    const auto length = std::stoi(model.command({"XLEN", "s"}).substr(1));
    EXPECT_GE(length, 100);
    EXPECT_LT(length, 300) << "what redis_bus_test.cpp expects of a real one";
}

TEST(RedisModelContract, a_password_is_asked_for) {
    for (const std::string password : {"", "wrong", "right"}) {
        Simulation simulation{1};
        RedisModel model{simulation, {.password = "right"}};
        TestProcess process{simulation, "order"};
        test::QuietTelemetry telemetry;
        redis::Settings settings;
        settings.address = {"redis", 6379};
        settings.password = Secret{password};
        std::optional<redis::Client> client{std::in_place, process.loop(), settings, telemetry.get()};
        RootCall call{process.loop()};
        const auto pong = run_until_done(process.loop(), client->run(call.context(), redis::Command{"PING"}));
        EXPECT_EQ(pong ? "" : pong.error().reason(), password == "right" ? "" : "REDIS_AUTHENTICATION") << password;
        client.reset();
        simulation.run_for(1s);
    }
}

TEST(RedisModelContract, what_it_does_not_know_is_loud) {
    Simulation simulation{1};
    std::string unknown;
    RedisModel model{simulation, {.on_unknown = [&](const std::string& what) { unknown = what; }}};
    TestProcess process{simulation, "order"};
    Party party{process.loop(), {"redis", 6379}, {}};
    const auto answer = run_until_done(process.loop(), wire(party, {{"EVAL", "return 1", "0"}}));
    EXPECT_THAT(answer, testing::StartsWith("-ERR the model does not know the script e0e1f9fabfc9d4800c877a703b823ac0578ff8db"));
    EXPECT_THAT(unknown, testing::HasSubstr("the script e0e1f9fa"));
    static_cast<void>(run_until_done(process.loop(), wire(party, {{"LPUSH", "a", "b"}})));
    EXPECT_EQ(unknown, "LPUSH");
}

}  // namespace
}  // namespace tw::simulation
