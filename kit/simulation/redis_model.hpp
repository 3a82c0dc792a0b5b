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

/// The behaviour of a RedisModel. The chances are those of Faults::happens. A fault may happen at
/// one command in `commands_per_question`, and one kind of fault is tried then.
struct RedisModelOptions {
    /// The host of the server, and its name in faults and history.
    std::string host = "redis";
    std::uint16_t port = 6379;
    /// The password. If it is empty, there is none.
    std::string password{};
    /// Called for a command or script that is not modelled, which is answered by an error. If no
    /// function is set, std::logic_error ends the process, since the rest of the run would prove
    /// nothing.
    std::function<void(const std::string& what)> on_unknown{};

    std::uint64_t commands_per_question = 16;
    double gone = 0.03;
    /// The chance that the server loses its data while it is gone.
    double loses_data = 0.5;
    double slow = 0.03;
    double flushed = 0.01;
    double replica = 0.02;
    double full = 0.02;
};

/// A Redis server on the simulated network, for the real client. It has the commands that
/// kit/redis, kit/cache and kit/events use. Its answers and errors are equal to those of Redis 7.0
/// to the letter; redis_model_contract_test.cpp compares it with a real server.
///
/// Commands: AUTH, HELLO (RESP2 and RESP3), PING, SELECT, CLIENT SETNAME; GET, SET (EX, PX, NX,
/// XX), DEL, PTTL, TIME, FLUSHALL; EVAL and EVALSHA of the scripts of kit/redis and kit/cache, each
/// by the SHA-1 of its text; XADD (MAXLEN), XLEN, XRANGE, XGROUP CREATE, XREADGROUP of one stream
/// (COUNT, BLOCK), XACK, XPENDING with a range, XAUTOCLAIM (COUNT).
///
/// Faults have the host's name as their place: "gone" (the server dies before or after the effect
/// of a command, is away for a while, and comes back with or without its data; scripts are
/// forgotten), "slow" (it does nothing for a while), "flushed", "replica" (it answers READONLY),
/// "full" (it answers OOM). While the server loads its data after it was gone, it answers LOADING.
///
/// Not modelled: other commands, options and scripts; pushes of RESP3, and its other types in
/// answers of scripts; inline commands; ACL users; transactions; eviction; a failover that loses
/// only the latest writes; where exactly "MAXLEN ~" trims (here: a hundred entries at a time); the
/// effect of a slow client on the server's memory.
class RedisModel {
 public:
    /// `simulation` outlives the model. Clients may use the server from the next turn on.
    explicit RedisModel(Simulation& simulation, RedisModelOptions options = {});
    ~RedisModel();
    RedisModel(const RedisModel&) = delete;
    RedisModel& operator=(const RedisModel&) = delete;

    /// The server dies, and comes back after the time `away`.
    void die(std::chrono::nanoseconds away, bool loses_data);
    /// Refuses commands for the given time with READONLY, OOM or LOADING, as `condition` says.
    /// Several conditions add up.
    void be(RedisCondition condition, std::chrono::nanoseconds time);
    /// Sets the condition until the next call.
    void set_condition(RedisCondition condition);
    void flush();
    Owner& owner() { return owner_; }

    /// Runs a command that comes from no connection, and returns its answer as it is on the wire.
    /// This is for tests and invariants.
    std::string command(const RedisArguments& arguments);
    std::size_t clients() const { return clients_.size(); }
    /// Returns the number of commands that the server has run for clients.
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
    /// Returns false if the client has to wait or has gone.
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
    /// The clients in the order in which they connected.
    std::list<std::shared_ptr<Client>> clients_;
    std::optional<SimulatedNetwork::ListenerId> listener_;
    std::uint64_t clients_made_ = 0;
    std::uint64_t commands_run_ = 0;
    /// These numbers count how often the server died, and how many conditions were set. The end of
    /// an earlier one has no effect on a later one.
    std::uint64_t lives_ = 0;
    std::uint64_t spells_ = 0;
    std::shared_ptr<RedisModel*> self_;
};

}  // namespace tw::simulation
