#include "kit/simulation/process.hpp"

#include "kit/simulation/sqlite_disk.hpp"

#include <array>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::array kTables{sql::Migration{1, "rows", "CREATE TABLE rows (id BIGINT PRIMARY KEY)"}};
constexpr sql::Schema kTablesSchema{.name = "slow", .sqlite = kTables, .postgres = kTables};
/// How long a handler continues after its loop has begun to drain, whatever the deadline of the
/// drain is.
constexpr auto kHandlerTime = 40s;

class SlowHandler final : public runtime::DrainListener {
 public:
    explicit SlowHandler(EventLoop& loop) : loop_{loop} {}
    void on_drain() override { ends_at_ = loop_.now() + kHandlerTime; }
    std::size_t running() const override { return loop_.now() < ends_at_ ? 1 : 0; }

 private:
    EventLoop& loop_;
    SteadyTime ends_at_ = SteadyTime::max();
};

/// A module with a database, and with a handler on each loop that ends late.
class SlowModule final : public runtime::Module {
 public:
    std::string_view name() const override { return "slow"; }
    std::string_view service_name() const override { return "slow-service"; }
    Task<Result<void>> prepare(runtime::Host& host) override { co_return host.store().migrate(kTablesSchema); }
    Result<void> serve(runtime::LoopHost& host) override {
        host.listen_to_drain(host.keep(std::make_unique<SlowHandler>(host.loop())));
        return {};
    }
    Task<void> drain(Deadline) override { co_return; }
    runtime::Health health() const override { return {}; }
};

std::unique_ptr<runtime::Module> make_slow_module() { return std::make_unique<SlowModule>(); }
const sql::Schema& slow_schema() { return kTablesSchema; }
constexpr std::array kModules{runtime::ModuleSpec{.name = "slow", .make = &make_slow_module, .schema = &slow_schema}};

/// A process that runs SlowModule on its own disk.
class ProcessTest : public testing::Test {
 protected:
    void start() {
        process.start();
        ASSERT_TRUE(simulation.run_until([this] { return process.ready(); }, 10s)) << process.failure();
    }
    bool database_works() { return store_->migrations(kTablesSchema).has_value(); }

    Simulation simulation{7};
    SqliteDisk disk{simulation, "disk"};
    int cuts = 0;
    Process process{simulation, spec()};

 private:
    ProcessSpec spec() {
        return {.name = "slow-1",
                .address = "10.0.0.1",
                .known = kModules,
                .modules = {"slow"},
                .open_store = [this](std::string_view, WorkerPool& workers) { return open(workers); },
                .cut_stores =
                    [this] {
                        ++cuts;
                        disk.kill_process();
                    }};
    }
    Result<std::unique_ptr<sql::Store>> open(WorkerPool& workers) {
        auto store = sql::open_store("sqlite:" + disk.path("slow.db"), workers);
        if (store) store_ = store->get();
        return store;
    }

    /// The database that the process opened last.
    sql::Store* store_ = nullptr;
};

TEST_F(ProcessTest, a_crash_cuts_the_databases_at_once) {
    start();
    EXPECT_TRUE(database_works());
    process.crash();
    EXPECT_EQ(process.state(), Process::State::down);
    EXPECT_EQ(cuts, 1);
    EXPECT_FALSE(database_works());
    simulation.run_for(2min);
    EXPECT_EQ(process.winding_down(), 0U);
}

TEST_F(ProcessTest, handlers_of_a_crashed_life_that_end_late_do_not_cut_the_databases_of_the_next_life) {
    start();
    process.crash();
    start();
    simulation.run_for(2min);
    EXPECT_EQ(process.winding_down(), 0U);
    EXPECT_TRUE(process.ready());
    EXPECT_EQ(cuts, 1);
    EXPECT_TRUE(database_works());
    process.crash();
    simulation.run_for(2min);
}

TEST_F(ProcessTest, a_stop_cuts_off_the_handlers_that_are_at_work_at_its_deadline) {
    start();
    process.stop();
    simulation.run_for(20s);
    EXPECT_EQ(process.state(), Process::State::draining);
    EXPECT_EQ(cuts, 0);
    simulation.run_for(10s);
    EXPECT_EQ(cuts, 1);
    simulation.run_for(2min);
    EXPECT_EQ(process.state(), Process::State::down);
    EXPECT_EQ(process.winding_down(), 0U);
}

TEST_F(ProcessTest, a_crash_during_a_stop_does_not_cut_the_databases_of_the_next_life) {
    start();
    process.stop();
    simulation.run_for(20s);
    process.crash();
    start();
    simulation.run_for(2min);
    EXPECT_EQ(cuts, 1);
    EXPECT_TRUE(database_works());
    process.crash();
    simulation.run_for(2min);
}

}  // namespace
}  // namespace tw::simulation
