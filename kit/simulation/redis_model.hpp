#pragma once

#include "kit/async/loop_group.hpp"
#include "kit/simulation/redis/redis_model_commands.hpp"
#include "kit/simulation/simulation.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tw::simulation {

/// How a RedisModel behaves. The chances are those of Faults::happens; one command in `commands_per_question` is asked about one
/// kind.
struct RedisModelOptions {
    /// Its host, and its name in faults and history.
    std::string host = "redis";
    std::uint16_t port = 6379;
    /// Empty: none.
    std::string password{};
    /// What is asked for and not modelled: a command or a script. It is answered by an error. Where nothing is set, the process
    /// ends by std::logic_error, since a run that goes on would prove nothing.
    std::function<void(const std::string& what)> on_unknown{};

    std::uint64_t commands_per_question = 16;
    double gone = 0.03;
    /// Of those times, that it comes back without its data.
    double loses_data = 0.5;
    double slow = 0.03;
    double flushed = 0.01;
    double replica = 0.02;
    double full = 0.02;
};

/// A Redis server on the simulated network, for the real client, as far as kit/redis, kit/cache and kit/events speak to it. It
/// does what Redis 7.0 does, answers and errors to the letter; redis_model_contract_test.cpp compares it with a real one.
///
/// Commands: AUTH, HELLO (RESP2 and RESP3), PING, SELECT, CLIENT SETNAME; GET, SET (EX, PX, NX, XX), DEL, PTTL, TIME, FLUSHALL;
/// EVAL and EVALSHA of the scripts of kit/redis and kit/cache, each by the SHA-1 of its text; XADD (MAXLEN), XLEN, XRANGE, XGROUP
/// CREATE, XREADGROUP of one stream (COUNT, BLOCK), XACK, XPENDING with a range, XAUTOCLAIM (COUNT).
///
/// Faults, at its host's name: "gone" (it dies before or after what a command does, is away for a while, and comes back with its
/// data or without; scripts are forgotten), "slow" (it does nothing for a while), "flushed", "replica" (it answers READONLY),
/// "full" (it answers OOM). While it reads its data after it was gone, it answers LOADING.
///
/// Not modelled: other commands, options and scripts; RESP3's pushes, and its other types in answers of scripts; inline commands;
/// ACL users; transactions; eviction; a failover that loses the latest writes only; where exactly "MAXLEN ~" trims (here: a
/// hundred entries at a time); what a slow client does to the server's memory.
class RedisModel {
 public:
    /// `simulation` outlives it; what speaks to it may do so from the next turn on.
    explicit RedisModel(Simulation& simulation, RedisModelOptions options = {});
    ~RedisModel();
    RedisModel(const RedisModel&) = delete;
    RedisModel& operator=(const RedisModel&) = delete;

    /// Dies, and is back after so long.
    void die(std::chrono::nanoseconds away, bool loses_data);
    /// Refuses for so long what READONLY, OOM or LOADING stands for; the conditions add up.
    void be(RedisCondition condition, std::chrono::nanoseconds time);
    /// Until it is told otherwise.
    void set_condition(RedisCondition condition);
    void flush();
    Owner& owner() { return owner_; }

    /// A command from outside, by nobody's connection, and its answer as it would go over the wire: for tests and invariants.
    std::string command(const RedisArguments& arguments);
    std::size_t clients() const { return clients_.size(); }
    /// Commands that clients have had done.
    std::uint64_t commands() const { return commands_run_; }

 private:
    struct Client;
    enum class Trouble : std::uint8_t { none, dies_before, dies_after };

    void listen();
    void come_back();
    void read(Client& client);
    void on_read(Client& client, const Result<std::size_t>& got);
    void flush_answers(Client& client);
    void on_written(Client& client, const Result<std::size_t>& sent);
    void process(Client& client);
    /// False where the client has to wait, or has gone.
    bool run(Client& client, const RedisArguments& arguments);
    void wait(Client& client, RedisWait wait);
    void give_up_wait(Client& client);
    void end_waits();
    void end_wait(const std::shared_ptr<Client>& client);
    Trouble trouble_of(const std::string& command);
    std::chrono::nanoseconds spell();
    void report(const std::string& unknown) const;

    Simulation& simulation_;
    RedisModelOptions options_;
    std::uint64_t random_;
    Owner owner_;
    std::optional<LoopGroup> loops_;
    RedisCommands commands_;
    /// In the order in which they came.
    std::list<std::shared_ptr<Client>> clients_;
    std::optional<SimulatedNetwork::ListenerId> listener_;
    std::uint64_t clients_made_ = 0;
    std::uint64_t commands_run_ = 0;
    /// Count how often it died, and the spells that began: what was to end an earlier one does nothing.
    std::uint64_t lives_ = 0;
    std::uint64_t spells_ = 0;
    std::shared_ptr<RedisModel*> self_;
};

}  // namespace tw::simulation
