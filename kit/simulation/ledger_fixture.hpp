#pragma once

#include "kit/async/gate.hpp"
#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/simulation/run/sequence.hpp"
#include "kit/simulation/scheduler.hpp"
#include "kit/simulation/sqlite_disk.hpp"
#include "kit/sql/store.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tw::simulation {

/// What the clients of a ledger were told, over all runs of its process.
struct Told {
    std::set<std::int64_t> stored;
    std::set<std::int64_t> refused;
    /// The numbers of the receipts whose transactions were acknowledged.
    std::set<std::int64_t> receipts;
    std::uint64_t calls = 0;
    /// The number of calls after which an error of the storage leaves open whether their change was
    /// made.
    std::uint64_t doubts = 0;
    std::int64_t next_id = 1;
    /// False after the process has died. Its answers after that reach nobody.
    bool listening = true;
};

inline constexpr sql::Migration kLedgerMigrations[] = {
    {1, "entries",
     "CREATE TABLE entries (id BIGINT NOT NULL CONSTRAINT entries_pkey PRIMARY KEY, note TEXT NOT NULL);"
     "CREATE INDEX entries_note_key ON entries (note)"},
    {2, "receipts",
     "CREATE TABLE receipts (number BIGINT NOT NULL CONSTRAINT receipts_pkey PRIMARY KEY);"
     "CREATE TABLE counters (name TEXT NOT NULL CONSTRAINT counters_pkey PRIMARY KEY, value BIGINT NOT NULL);"
     "INSERT INTO counters (name, value) VALUES ('receipts', 0)"}};
inline constexpr sql::Schema kLedgerSchema{.name = "ledger", .sqlite = kLedgerMigrations, .postgres = kLedgerMigrations};

inline constexpr sql::Statement kInsertEntry{"INSERT entries", "INSERT INTO entries (id, note) VALUES ($1, $2)"};
inline constexpr sql::Statement kFindEntry{"SELECT entries", "SELECT id FROM entries WHERE id = $1"};
inline constexpr sql::Statement kListEntries{"SELECT entries", "SELECT id FROM entries ORDER BY id"};
inline constexpr sql::Statement kFindCounter{"SELECT counters", "SELECT value FROM counters WHERE name = 'receipts'"};
inline constexpr sql::Statement kSetCounter{"UPDATE counters", "UPDATE counters SET value = $1 WHERE name = 'receipts'"};
inline constexpr sql::Statement kInsertReceipt{"INSERT receipts", "INSERT INTO receipts (number) VALUES ($1)"};
inline constexpr sql::Statement kListReceipts{"SELECT receipts", "SELECT number FROM receipts ORDER BY number"};
inline constexpr sql::Statement kCheckIntegrity{"PRAGMA integrity_check", "PRAGMA integrity_check"};

/// One run of a process that keeps a ledger in an SQLite database on a simulated disk. Units write
/// its entries, and transactions number its receipts without gaps. Clients call the process until
/// it ends, and each call has its own deadline.
class LedgerProcess {
 public:
    LedgerProcess(Scheduler& scheduler, SqliteDisk& disk, Told& told) : scheduler_{scheduler}, disk_{disk}, told_{told} {}
    ~LedgerProcess() { end_clients(); }
    LedgerProcess(const LedgerProcess&) = delete;
    LedgerProcess& operator=(const LedgerProcess&) = delete;

    Result<void> start() {
        auto store = sql::open_store("sqlite:" + disk_.path("ledger.db"), workers_);
        if (!store) return std::move(store).error();
        store_ = std::move(*store);
        if (auto migrated = store_->migrate(kLedgerSchema); !migrated) return migrated;
        database_ = store_->connect(loop_, telemetry_.get());
        return {};
    }
    void start_clients(int clients) {
        for (int i = 0; i < clients; ++i) {
            loop_.post([this, seed = scheduler_.next_seed()] { spawn(clients_, be_client(seed)); });
        }
    }
    void end_clients() {
        if (clients_.closed()) return;
        loop_.post([this] { client_calls_.scope().cancel(Error{Code::cancelled, "ENDING", "the process ends"}); });
        run_until_done(loop_, close_and_wait(clients_));
    }
    /// Checks the rules that hold after all faults. The process must have no clients and its disk
    /// no faults.
    void check() {
        const auto integrity = run_until_done(loop_, database_->query(ctx(), kCheckIntegrity));
        ASSERT_TRUE(integrity) << integrity.error().cause();
        ASSERT_EQ(integrity->front().get<std::string>(0), "ok");
        const auto entries = numbers(kListEntries);
        for (const auto id : told_.stored) ASSERT_TRUE(entries.contains(id)) << "entry " << id << " was acknowledged and is lost";
        for (const auto id : told_.refused) ASSERT_FALSE(entries.contains(id)) << "entry " << id << " was refused and is stored";
        const auto receipts = numbers(kListReceipts);
        for (const auto number : told_.receipts) ASSERT_TRUE(receipts.contains(number)) << "receipt " << number << " is lost";
        const auto counters = numbers(kFindCounter);
        ASSERT_EQ(counters.size(), 1U);
        ASSERT_EQ(*counters.begin(), static_cast<std::int64_t>(receipts.size()));
        ASSERT_EQ(receipts.empty() ? 0 : *receipts.rbegin(), *counters.begin()) << "receipts have a gap";
    }
    /// Stores a new entry. The entry does not count as one that clients were told about.
    Result<void> write_one(std::chrono::milliseconds timeout = std::chrono::seconds{20}) {
        RootCall call{loop_, Deadline::after(loop_.now(), timeout)};
        return run_until_done(loop_, database_->write(call.context(), new_entries(told_.next_id++, 1)));
    }

    sql::Store& store() { return *store_; }
    sql::Database& database() { return *database_; }
    EventLoop& loop() { return loop_; }
    const CallContext& ctx() { return call_.context(); }

 private:
    static sql::Unit new_entries(std::int64_t first, std::int64_t count) {
        sql::Unit unit;
        for (auto id = first; id < first + count; ++id) {
            unit.add(kInsertEntry, id, std::string(static_cast<std::size_t>(10 + id * 7919 % 300), 'x'));
        }
        return unit;
    }

    Task<void> be_client(std::uint64_t seed) {
        using namespace std::chrono_literals;
        while (!client_calls_.context().over()) {
            auto pausing = sleep_for(client_calls_.context(), std::chrono::microseconds{next_in_sequence(seed) % 5000});
            static_cast<void>(co_await std::move(pausing));
            const auto timeout = std::chrono::milliseconds{1} * (1ULL << next_in_sequence(seed) % 12);
            CancelScope scope{loop_, Deadline::after(loop_.now(), timeout), &client_calls_.scope()};
            const CallContext ctx{loop_, scope};
            ++told_.calls;
            auto calling = call(ctx, next_in_sequence(seed), next_in_sequence(seed));
            co_await std::move(calling);
        }
    }
    Task<void> call(const CallContext& ctx, std::uint64_t kind, std::uint64_t detail) {
        switch (kind % 6) {
            case 0:
            case 1:
                return add_entries(ctx, 1);
            case 2:
                return add_entries(ctx, static_cast<std::int64_t>(2 + detail % 20));
            case 3:
                return add_receipt(ctx, std::chrono::microseconds{detail % 4 == 0 ? detail % 30'000 : 0});
            case 4:
                return add_twice(ctx, detail);
            default:
                return read(ctx, detail);
        }
    }

    Task<void> add_entries(const CallContext& ctx, std::int64_t count) {
        const auto first = std::exchange(told_.next_id, told_.next_id + count);
        auto writing = database_->write(ctx, new_entries(first, count));
        const auto done = co_await std::move(writing);
        note(done, first, count);
    }
    /// Stores an entry that exists already together with a new one. Both are refused.
    Task<void> add_twice(const CallContext& ctx, std::uint64_t pick) {
        const auto there = known_entry(pick);
        if (!there) co_return;
        const auto id = told_.next_id++;
        auto unit = new_entries(id, 1);
        unit.add(kInsertEntry, *there, "again");
        auto writing = database_->write(ctx, std::move(unit));
        const auto done = co_await std::move(writing);
        EXPECT_TRUE(!told_.listening || !done) << "entry " << *there << " was stored again";
        note(done, id, 1);
    }
    void note(const Result<void>& done, std::int64_t first, std::int64_t count) {
        tell("entry", first, done);
        if (!told_.listening || (!done && done.error().outcome_open())) return;
        for (auto id = first; id < first + count; ++id) (done ? told_.stored : told_.refused).insert(id);
    }

    Task<void> add_receipt(const CallContext& ctx, std::chrono::nanoseconds pause) {
        std::int64_t number = 0;
        auto body =
            sql::Database::Body{[&](sql::Transaction& transaction) { return number_receipt(transaction, ctx, pause, number); }};
        auto running = database_->transaction(ctx, std::move(body));
        const auto done = co_await std::move(running);
        tell("receipt", number, done);
        if (told_.listening && done) told_.receipts.insert(number);
    }
    static Task<Result<void>> number_receipt(sql::Transaction& transaction, const CallContext& ctx,
                                             std::chrono::nanoseconds pause, std::int64_t& number) {
        auto finding = transaction.query_row(ctx, kFindCounter);
        const auto counter = co_await std::move(finding);
        if (!counter) co_return counter.error();
        number = (**counter).get<std::int64_t>(0) + 1;
        if (pause > std::chrono::nanoseconds{0}) {
            auto pausing = sleep_for(ctx, pause);
            static_cast<void>(co_await std::move(pausing));
        }
        auto inserting = transaction.execute(ctx, kInsertReceipt, number);
        if (const auto inserted = co_await std::move(inserting); !inserted) co_return inserted.error();
        auto setting = transaction.execute(ctx, kSetCounter, number);
        if (const auto set = co_await std::move(setting); !set) co_return set.error();
        co_return Result<void>{};
    }

    /// Checks that an acknowledged entry can be read.
    Task<void> read(const CallContext& ctx, std::uint64_t pick) {
        const auto id = known_entry(pick);
        if (!id) co_return;
        if (pick % 8 == 0) {
            auto listing = database_->query(ctx, kListEntries);
            const auto rows = co_await std::move(listing);
            if (!rows || !told_.listening) co_return;
            const auto is_it = [&](const sql::Row& row) { return row.get<std::int64_t>(0) == *id; };
            EXPECT_TRUE(std::ranges::any_of(*rows, is_it)) << "entry " << *id << " was acknowledged and is not listed";
            co_return;
        }
        auto finding = database_->query_row(ctx, kFindEntry, *id);
        const auto row = co_await std::move(finding);
        EXPECT_TRUE(!told_.listening || !row || *row) << "entry " << *id << " was acknowledged and is not read";
    }
    std::optional<std::int64_t> known_entry(std::uint64_t pick) const {
        const auto found = told_.stored.lower_bound(static_cast<std::int64_t>(pick % static_cast<std::uint64_t>(told_.next_id)));
        return found == told_.stored.end() ? std::nullopt : std::optional{*found};
    }

    void tell(std::string_view what, std::int64_t number, const Result<void>& done) {
        if (!done && done.error().outcome_open() && done.error().reason() == "STORAGE_FAILED") ++told_.doubts;
        scheduler_.history().mix(done ? 0 : static_cast<std::uint64_t>(done.error().code()));
        scheduler_.history().tell([&] {
            const auto outcome = done                          ? std::string{"stored"}
                                 : done.error().outcome_open() ? done.error().reason() + ", perhaps stored"
                                                               : std::string{done.error().reason()};
            return fmt::format("client: {} {}: {}", what, number, outcome);
        });
    }
    std::set<std::int64_t> numbers(const sql::Statement& statement) {
        const auto rows = run_until_done(loop_, database_->query(ctx(), statement));
        std::set<std::int64_t> numbers;
        for (const auto& row : rows.value()) numbers.insert(row.get<std::int64_t>(0));
        return numbers;
    }

    Scheduler& scheduler_;
    SqliteDisk& disk_;
    Told& told_;
    test::QuietTelemetry telemetry_;
    WorkerPool workers_{1};
    EventLoop loop_;
    RootCall call_{loop_};
    RootCall client_calls_{loop_};
    Gate clients_;
    std::unique_ptr<sql::Store> store_;
    std::unique_ptr<sql::Database> database_;
};

}  // namespace tw::simulation
