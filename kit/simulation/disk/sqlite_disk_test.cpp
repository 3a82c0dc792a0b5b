#include "kit/simulation/ledger_fixture.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

/// Returns a number from an environment variable. The long test takes the count of seeds and the
/// first seed from there, so that a developer can set more.
std::uint64_t number_of_environment(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Outcome {
    std::uint64_t digest = 0;
    std::map<std::string, std::vector<std::uint8_t>> files;
    Faults::Coverage coverage;
    Told told;
};

/// Starts a process. At the first attempts the disk may fail or lose power.
void start(Scheduler& scheduler, SqliteDisk& disk, Told& told, std::optional<LedgerProcess>& process) {
    constexpr int kAttempts = 4;
    for (int attempt = 1; attempt <= kAttempts; ++attempt) {
        process.emplace(scheduler, disk, told);
        told.listening = true;
        const bool fails = attempt < kAttempts && scheduler.choose(2) == 0;
        // The intensity is high, since a start has few operations that can fail.
        scheduler.faults().set_intensity(fails ? 10 : 0);
        const auto started = process->start();
        scheduler.faults().set_intensity(0);
        if (started && told.listening) return process->check();
        EXPECT_TRUE(fails) << started.error().cause();
        EXPECT_TRUE(started || started.error().code() == Code::unavailable) << started.error().cause();
        process.reset();
    }
}

/// Lets clients call a process while its disk fails. The process ends in one of four ways, or by a
/// power loss.
void live_through_one_process(Scheduler& scheduler, SqliteDisk& disk, Told& told) {
    auto& faults = scheduler.faults();
    std::optional<LedgerProcess> process;
    start(scheduler, disk, told, process);
    process->start_clients(4);
    faults.set_intensity(1);
    // A change that could not be synced is the last one in the log only for a moment. Some of the
    // runs end the process then.
    const bool ends_in_doubt = scheduler.choose(2) == 0;
    const auto doubts = told.doubts;
    scheduler.run_until([&] { return !told.listening || (ends_in_doubt && told.doubts > doubts); },
                        std::chrono::milliseconds{50 + scheduler.choose(1500)});

    enum : std::uint64_t { stops, recovers, is_killed, crashes, ways };
    const auto way = scheduler.choose(ways);
    const bool dies = told.listening && (way == is_killed || way == crashes);
    if (dies) told.listening = false;
    if (dies && way == is_killed) disk.kill_process();
    if (dies && way == crashes) disk.crash();
    process->end_clients();
    if (told.listening && way == recovers) {
        faults.set_intensity(0);
        // Probes find out that the disk has recovered, even without writes. The writer may still be
        // waiting for a lock.
        scheduler.run_for(20s);
        const auto health = process->store().health();
        EXPECT_TRUE(health) << health.error().cause();
        const auto written = process->write_one();
        EXPECT_TRUE(written) << written.error().cause();
        process->check();
    }
    process.reset();
    faults.set_intensity(0);
}

Outcome run(std::uint64_t seed, const History::Listener& listener = nullptr) {
    Scheduler scheduler{seed};
    scheduler.history().listen(listener);
    SqliteDisk disk{scheduler, "ledger database"};
    DiskChances chances;
    chances.power_loss = 0.0005;
    chances.sync_error = 0.01;
    disk.set_chances(chances);
    Outcome run;
    disk.on_power_loss([&run] { run.told.listening = false; });
    for (int i = 0; i < 3 && !testing::Test::HasFailure(); ++i) live_through_one_process(scheduler, disk, run.told);
    if (!testing::Test::HasFailure()) {
        LedgerProcess last{scheduler, disk, run.told};
        EXPECT_TRUE(last.start());
        last.check();
    }
    run.digest = scheduler.history().digest();
    run.files = disk.files();
    run.coverage = scheduler.faults().coverage();
    return run;
}

/// A process whose disk has only the faults that a test asks for.
class SqliteDiskTest : public testing::Test {
 protected:
    SqliteDiskTest() { start(); }

    void start() {
        process_.emplace(scheduler_, disk_, told_);
        ASSERT_TRUE(process_->start());
        ASSERT_NO_FATAL_FAILURE(process_->check());
    }
    /// From now on this fault happens wherever it can, or in a part of the cases.
    void always(double DiskChances::* fault) { set_chance(fault, 1); }
    void set_chance(double DiskChances::* fault, double chance) {
        DiskChances chances{
            .full = 0, .read_error = 0, .write_error = 0, .failed_commit = 0, .sync_error = 0, .slow_sync = 0, .busy = 0};
        chances.*fault = chance;
        disk_.set_chances(chances);
        scheduler_.faults().set_intensity(1);
    }
    void never() { scheduler_.faults().set_intensity(0); }
    std::size_t entries() {
        return run_until_done(process_->loop(), process_->database().query(process_->ctx(), kListEntries)).value().size();
    }

    Scheduler scheduler_{1};
    SqliteDisk disk_{scheduler_, "ledger database"};
    Told told_;
    std::optional<LedgerProcess> process_;
};

TEST_F(SqliteDiskTest, what_was_acknowledged_is_synced) {
    ASSERT_TRUE(process_->write_one());
    EXPECT_EQ(disk_.unsynced(), 0U);
    disk_.crash();
    process_.reset();
    start();
    EXPECT_EQ(entries(), 1U);
}

TEST_F(SqliteDiskTest, a_process_that_ends_in_order_leaves_one_file) {
    ASSERT_TRUE(process_->write_one());
    process_.reset();
    EXPECT_EQ(disk_.files().size(), 1U);
    EXPECT_TRUE(disk_.files().contains("ledger.db"));
}

TEST_F(SqliteDiskTest, what_is_left_of_a_killed_process_changes_nothing_beside_the_next_one) {
    ASSERT_TRUE(process_->write_one());
    disk_.kill_process();
    LedgerProcess next{scheduler_, disk_, told_};
    ASSERT_TRUE(next.start());
    const auto refused = process_->write_one();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "STORAGE_FAILED");
    ASSERT_TRUE(next.write_one());
    process_.reset();
    EXPECT_TRUE(next.write_one());
    EXPECT_EQ(run_until_done(next.loop(), next.database().query(next.ctx(), kListEntries)).value().size(), 3U);
    next.check();
}

TEST_F(SqliteDiskTest, a_full_disk_refuses_and_the_store_serves_again_when_it_is_not) {
    always(&DiskChances::full);
    const auto refused = process_->write_one();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "STORAGE_FAILED");
    EXPECT_FALSE(refused.error().outcome_open());
    EXPECT_FALSE(process_->store().health());
    scheduler_.run_for(5s);
    EXPECT_FALSE(process_->store().health());
    never();
    scheduler_.run_for(300ms);
    EXPECT_TRUE(process_->store().health());
    EXPECT_TRUE(process_->write_one());
    EXPECT_EQ(entries(), 1U);
}

TEST_F(SqliteDiskTest, a_commit_that_fails_is_refused) {
    always(&DiskChances::failed_commit);
    const auto refused = process_->write_one();
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().outcome_open());
    never();
    EXPECT_EQ(entries(), 0U);
}

TEST_F(SqliteDiskTest, a_commit_that_cannot_be_synced_is_open) {
    always(&DiskChances::sync_error);
    const auto open = process_->write_one();
    ASSERT_FALSE(open);
    EXPECT_TRUE(open.error().outcome_open());
}

TEST_F(SqliteDiskTest, a_database_that_cannot_be_switched_to_the_log_is_not_opened) {
    always(&DiskChances::sync_error);
    WorkerPool workers{1};
    const auto refused = sql::open_store("sqlite:" + disk_.path("new.db"), workers);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "STORAGE_FAILED");
    never();
    EXPECT_TRUE(sql::open_store("sqlite:" + disk_.path("new.db"), workers));
}

TEST_F(SqliteDiskTest, what_a_process_could_not_sync_takes_nothing_of_the_next_one_along) {
    for (int i = 0; i < 30 && !HasFailure(); ++i) {
        always(&DiskChances::sync_error);
        ASSERT_FALSE(process_->write_one());
        disk_.kill_process();
        never();
        process_.reset();
        start();
        const auto before = entries();
        ASSERT_TRUE(process_->write_one());
        disk_.crash();
        process_.reset();
        start();
        EXPECT_EQ(entries(), before + 1);
    }
}

TEST_F(SqliteDiskTest, a_slow_sync_delays_the_answer_and_whoever_does_not_wait_hears_that_the_outcome_is_open) {
    always(&DiskChances::slow_sync);
    const auto before = scheduler_.time();
    EXPECT_TRUE(process_->write_one());
    EXPECT_GE(scheduler_.time() - before, 1ms);
    bool open = false;
    for (int i = 0; i < 20 && !open; ++i) {
        const auto done = process_->write_one(8ms);
        open = !done && done.error().reason() == "DEADLINE_EXCEEDED" && done.error().outcome_open();
    }
    EXPECT_TRUE(open);
}

TEST_F(SqliteDiskTest, the_writer_waits_for_a_lock_that_somebody_else_holds_unless_that_takes_long) {
    set_chance(&DiskChances::busy, 0.5);
    int written = 0;
    int refused = 0;
    for (int i = 0; i < 200; ++i) {
        const auto done = process_->write_one();
        EXPECT_TRUE(done || done.error().reason() == "DATABASE_BUSY") << done.error().cause();
        ++(done ? written : refused);
    }
    EXPECT_GT(written, 150);
    EXPECT_GT(refused, 0);
    EXPECT_TRUE(process_->store().health()) << "a lock says nothing about storage";
}

TEST_F(SqliteDiskTest, a_database_that_was_deleted_takes_no_commits) {
    ASSERT_TRUE(process_->write_one());
    disk_.remove("ledger.db");
    const auto refused = process_->write_one();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail(), testing::HasSubstr("was deleted"));
    EXPECT_FALSE(process_->store().health());
}

TEST_F(SqliteDiskTest, a_store_that_is_set_up_while_a_transaction_is_under_way_says_that_it_is_busy) {
    const auto migrate_within = [](LedgerProcess& process) -> Task<Result<void>> {
        Result<void> migrated;
        auto body = sql::Database::Body{[&](sql::Transaction&) -> Task<Result<void>> {
            migrated = process.store().migrate(kLedgerSchema);
            co_return Result<void>{};
        }};
        auto running = process.database().transaction(process.ctx(), std::move(body));
        EXPECT_TRUE(co_await std::move(running));
        co_return migrated;
    };
    const auto refused = run_until_done(process_->loop(), migrate_within(*process_));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "DATABASE_BUSY");
    EXPECT_TRUE(process_->store().migrate(kLedgerSchema));
}

TEST(SqliteDiskSeeds, whatever_the_disk_does_what_was_acknowledged_stays_and_what_was_refused_is_not_there) {
    const auto first = number_of_environment("TW_SIMULATION_FIRST", 1);
    const auto seeds = number_of_environment("TW_SIMULATION_SEEDS", 300);
    History::Listener listener;
    if (std::getenv("TW_SIMULATION_TRACE") != nullptr) {
        listener = [](std::string_view line) { std::printf("%.*s\n", static_cast<int>(line.size()), line.data()); };
    }
    std::map<std::string, Faults::Tries> coverage;
    std::uint64_t calls = 0;
    std::uint64_t stored = 0;
    for (auto seed = first; seed < first + seeds; ++seed) {
        const auto done = run(seed, listener);
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
        for (const auto& [fault, tries] : done.coverage) {
            coverage[fault.first].offered += tries.offered;
            coverage[fault.first].happened += tries.happened;
        }
        calls += done.told.calls;
        stored += done.told.stored.size();
    }
    for (const auto& [kind, tries] : coverage) {
        std::printf("%-14s %8lu of %10lu\n", kind.c_str(), tries.happened, tries.offered);
        EXPECT_TRUE(seeds < 300 || tries.happened > 0) << kind;
    }
    std::printf("%lu calls, %lu entries acknowledged\n", calls, stored);
}

TEST(SqliteDiskSeeds, one_seed_gives_one_history_and_the_same_files) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        std::string told[2];
        Outcome runs[2];
        for (int i = 0; i < 2; ++i) {
            runs[i] = run(seed, [&](std::string_view line) { told[i].append(line).append("\n"); });
        }
        EXPECT_EQ(told[0], told[1]);
        EXPECT_EQ(runs[0].digest, runs[1].digest);
        EXPECT_EQ(runs[0].files, runs[1].files);
        EXPECT_FALSE(told[0].empty());
        EXPECT_NE(run(seed + 1).files, runs[0].files);
    }
}

}  // namespace
}  // namespace tw::simulation
