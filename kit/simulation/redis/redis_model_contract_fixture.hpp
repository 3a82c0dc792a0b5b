#pragma once

#include "kit/async/run.hpp"
#include "kit/cache/redis_cache.hpp"
#include "kit/cache/redis_rate_limiter.hpp"
#include "kit/net/connect.hpp"
#include "kit/redis/guarded_client.hpp"
#include "kit/simulation/network/network_fixture.hpp"
#include "kit/simulation/redis_model.hpp"
#include "kit/testing/quiet_telemetry.hpp"
#include "kit/testing/redis_server.hpp"

#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

/// Runs conversations with the model, through the simulated network, and with a real server. The
/// answers must be equal.
namespace tw::simulation {

using Words = std::vector<std::string>;
using Transcript = std::vector<std::string>;
/// The name of a command and its arguments.
using Said = std::pair<std::string, Words>;

/// The server of a conversation, and what a test can do to it.
struct Party {
    EventLoop& loop;
    net::Address address;
    std::function<void(RedisCondition)> set_condition;
    test::QuietTelemetry telemetry{};
};
using Conversation = std::function<Task<Transcript>(Party&)>;

// GCC 12 does not compile initializer lists within a coroutine.
template <class... Text>
Words words(Text... text) {
    return {std::string{text}...};
}

/// Replaces the ids of stream entries by names, in the order in which they appear. Ids contain the
/// time and differ from run to run.
class Names {
 public:
    std::string of(const std::string& text) {
        std::string out;
        for (std::size_t at = 0; at < text.size();) {
            const auto end = text.find_first_not_of("0123456789", at);
            const auto digits = (end == std::string::npos ? text.size() : end) - at;
            if (digits == 13 && end != std::string::npos && text[end] == '-') {
                const auto last = text.find_first_not_of("0123456789", end + 1);
                const auto number = text.substr(at, last == std::string::npos ? last : last - at);
                out += fmt::format("<{}>", names_.try_emplace(number, names_.size()).first->second);
                at += number.size();
            } else {
                out.append(text, at, std::max<std::size_t>(digits, 1));
                at += std::max<std::size_t>(digits, 1);
            }
        }
        return out;
    }

 private:
    std::map<std::string, std::size_t> names_;
};

inline std::string show(const redis::ReplyView& reply) {
    switch (reply.kind()) {
        case redis::ReplyView::Kind::nil:
            return "nil";
        case redis::ReplyView::Kind::integer:
            return std::to_string(reply.integer());
        case redis::ReplyView::Kind::array: {
            std::string all = "[";
            for (std::size_t i = 0; i < reply.size(); ++i) all += (i > 0 ? " " : "") + show(reply.at(i));
            return all + "]";
        }
        default:
            return fmt::format("'{}'", reply.text());
    }
}

inline std::string show(const Result<redis::Reply>& reply) {
    return reply ? show(*reply) : fmt::format("{}: {}", reply.error().reason(), reply.error().cause());
}

/// Sends commands by the real client, or by two of them.
class Talk {
 public:
    explicit Talk(Party& party) : party_{party}, first_{client_of(party)}, second_{client_of(party)} {}

    Task<void> say(std::string name, Words arguments) { co_await say_by(first_, std::move(name), std::move(arguments)); }
    Task<void> say_second(std::string name, Words arguments) { co_await say_by(second_, std::move(name), std::move(arguments)); }
    Task<void> rest(std::chrono::milliseconds time) {
        RootCall call{party_.loop};
        static_cast<void>(co_await sleep_for(call.context(), time));
    }
    void note(std::string line) { transcript_.push_back(names_.of(line)); }
    Transcript take() { return std::move(transcript_); }
    /// Returns the first client, for calls that `say` does not offer.
    redis::Client& client() { return first_; }

 private:
    static redis::Client client_of(Party& party) {
        redis::Settings settings;
        settings.address = party.address;
        settings.command_time_max = 2s;
        return redis::Client{party.loop, settings, party.telemetry.get()};
    }
    Task<void> say_by(redis::Client& client, std::string name, Words arguments) {
        RootCall call{party_.loop};
        const std::vector<std::string_view> views{arguments.begin(), arguments.end()};
        // The client keeps the views of command names, which are constants elsewhere.
        static std::set<std::string, std::less<>> names;
        redis::Command command{*names.insert(name).first, views};
        const auto reply = co_await client.run(call.context(), std::move(command));
        std::string line = name;
        for (const auto& each : arguments) line += " " + each;
        note(line + " → " + show(reply));
    }

    Party& party_;
    redis::Client first_;
    redis::Client second_;
    Names names_;
    Transcript transcript_;
};

/// Sends commands on a connection of their own, without a client. Returns all bytes that the server
/// sends until it closes the connection.
inline Task<std::string> wire(Party& party, std::vector<Words> commands) {
    RootCall call{party.loop};
    auto stream = co_await net::connect(call.context(), party.loop, party.address, 2s);
    if (!stream) co_return stream.error().cause();
    std::string bytes;
    for (const auto& words : commands) {
        bytes += fmt::format("*{}\r\n", words.size());
        for (const auto& word : words) bytes += fmt::format("${}\r\n{}\r\n", word.size(), word);
    }
    static_cast<void>(co_await (*stream)->write_all(bytes));
    // The connection stays open for a while, since a server that reads the end of a client drops
    // the answers that this client still waits for.
    std::string all;
    std::array<char, 4096> buffer;
    Timer enough{party.loop.timers(), [&] { (*stream)->close(); }};
    enough.arm(party.loop.now() + 100ms);
    while (true) {
        const auto got = co_await (*stream)->read_some(buffer);
        if (!got || *got == 0) co_return all;
        all.append(buffer.data(), *got);
    }
}

inline Transcript with_server(const Conversation& conversation) {
    auto& server = test::RedisServer::shared();
    server.command({"FLUSHALL"});
    server.command({"SCRIPT", "FLUSH"});
    EventLoop loop;
    const auto set_condition = [&](RedisCondition condition) {
        server.command({"CONFIG", "SET", "maxmemory", condition.full ? "1" : "0"});
        condition.replica ? server.command({"REPLICAOF", "127.0.0.1", "1"}) : server.command({"REPLICAOF", "NO", "ONE"});
    };
    Party party{loop, {"127.0.0.1", static_cast<std::uint16_t>(server.port())}, set_condition};
    auto transcript = run_until_done(loop, conversation(party));
    set_condition({});
    RootCall call{loop};
    static_cast<void>(run_until_done(loop, sleep_for(call.context(), 1ms)));
    return transcript;
}

inline Transcript with_model(const Conversation& conversation) {
    Simulation simulation{11};
    RedisModel model{simulation, {.on_unknown = [](const std::string&) {}}};
    TestProcess process{simulation, "order"};
    const auto set_condition = [&](RedisCondition condition) { model.set_condition(condition); };
    Party party{process.loop(), {"redis", 6379}, set_condition};
    auto transcript = run_until_done(process.loop(), conversation(party));
    simulation.run_for(1s);
    EXPECT_EQ(simulation.network().connections(), 0U);
    return transcript;
}

inline void expect_same(const Conversation& conversation) {
    const auto model = with_model(conversation);
    const auto server = with_server(conversation);
    EXPECT_FALSE(server.empty());
    ASSERT_EQ(model.size(), server.size());
    for (std::size_t i = 0; i < server.size(); ++i) EXPECT_EQ(model[i], server[i]);
}

}  // namespace tw::simulation
