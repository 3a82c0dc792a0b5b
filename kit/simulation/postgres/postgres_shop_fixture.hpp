#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/simulation/postgres_model.hpp"
#include "kit/simulation/scheduler.hpp"
#include "kit/sql/store.hpp"
#include "kit/sql/store_fixture.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tw::simulation {

/// Two loops of a process that count goods in a database, through the real driver, while the
/// modelled server has faults.
///
/// Each operation writes its entries and adds their amounts to their counters. So the tables alone
/// show whether an operation was done completely, done twice, or not done. The outcome that its
/// client was told says which of these are allowed.
class PostgresShop {
 public:
    explicit PostgresShop(std::uint64_t seed, History::Listener listener = {});
    ~PostgresShop();
    PostgresShop(const PostgresShop&) = delete;
    PostgresShop& operator=(const PostgresShop&) = delete;

    /// Opens the database, runs clients with faults, ends the faults, and checks what is left.
    void run();

    /// Returns what is wrong, in the order in which it was found.
    const std::vector<std::string>& findings() const { return findings_; }
    Scheduler& scheduler() { return scheduler_; }

 private:
    static constexpr int kCounters = 4;

    /// What a client knows about an operation.
    struct Operation {
        enum class End : std::uint8_t { under_way, acknowledged, refused, open };
        End end = End::under_way;
        int entries = 0;
        std::int64_t amount = 0;
    };
    /// What clients write. With only one kind of units, the driver's order of locks prevents all
    /// deadlocks.
    enum class Work : std::uint8_t { everything, additions, rows };
    struct Place {
        std::unique_ptr<EventLoop> loop;
        std::unique_ptr<sql::Database> database;
        std::unique_ptr<Gate> gate;
    };

    void open();
    bool disturb();
    void check_service();
    void check_tables();
    void close();

    Task<void> client(std::size_t place, int number);
    Task<void> act(std::size_t place, std::int64_t id);
    Task<void> operation(std::size_t place, const CallContext& ctx, std::int64_t id);
    Task<void> add(std::size_t place, const CallContext& ctx, std::int64_t id);
    Task<void> set(std::size_t place, const CallContext& ctx, std::int64_t id);
    Task<void> move(std::size_t place, const CallContext& ctx, std::int64_t id);
    Task<void> read(std::size_t place, const CallContext& ctx);
    Task<void> read_many(std::size_t place, const CallContext& ctx);
    Task<Result<void>> move_within(sql::Transaction& transaction, const CallContext& ctx, std::int64_t id,
                                   std::array<int, 2> counters, std::int64_t amount);
    Task<void> serve_once(std::size_t place);
    void told(std::int64_t id, const Result<void>& outcome);
    void check_error(const Result<void>& outcome);
    void find(std::string what);

    std::uint64_t choose(std::uint64_t below) { return scheduler_.choose(below); }
    sql::Database& database(std::size_t place) { return *places_.at(place).database; }

    Scheduler scheduler_;
    const Work work_;
    PostgresModel model_;
    sql::TestTelemetry telemetry_;
    WorkerPool workers_{1};
    std::unique_ptr<sql::Store> store_;
    std::vector<Place> places_;
    std::map<std::int64_t, Operation> operations_;
    int clients_ = 0;
    int served_ = 0;
    std::vector<std::string> findings_;
};

}  // namespace tw::simulation
