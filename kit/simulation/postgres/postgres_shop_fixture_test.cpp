#include "kit/simulation/postgres/postgres_shop_fixture.hpp"

#include "kit/async/call_context.hpp"
#include "kit/async/combine.hpp"
#include "kit/async/sleep.hpp"
#include "kit/sql/shared/errors.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;
using sql::Statement;

constexpr sql::Migration kMigrations[] = {
    {1, "counters",
     "CREATE TABLE counters (id bigint NOT NULL CONSTRAINT counters_pkey PRIMARY KEY, amount bigint NOT NULL CONSTRAINT "
     "counters_amount_check CHECK (amount >= 0), touched bigint NOT NULL);"
     "CREATE TABLE entries (operation bigint NOT NULL, line bigint NOT NULL, counter bigint NOT NULL CONSTRAINT "
     "entries_counter_fkey "
     "REFERENCES counters (id), amount bigint NOT NULL, at timestamptz NOT NULL, CONSTRAINT entries_pkey PRIMARY KEY (operation, "
     "line))"}};
constexpr sql::Schema kSchema{.name = "shop", .sqlite = kMigrations, .postgres = kMigrations};

constexpr Statement kInsertCounter{.summary = "INSERT counters",
                                   .text = "INSERT INTO counters (id, amount, touched) VALUES ($1, $2, 0)"};
constexpr Statement kInsertLine{.summary = "INSERT entries",
                                .text = "INSERT INTO entries (operation, line, counter, amount, at) VALUES ($1, $2, $3, $4, $5)"};
constexpr Statement kAdd{.summary = "UPDATE counters",
                         .text = "UPDATE counters SET amount = amount + $2 WHERE id = $1",
                         .row_of = "counters",
                         .adds = true};
constexpr Statement kTouch{.summary = "UPDATE counters touch",
                           .text = "UPDATE counters SET touched = touched + 1 WHERE id = $1 AND amount >= $2",
                           .row_of = "counters"};
constexpr Statement kFindLocked{.summary = "SELECT counters", .text = "SELECT amount FROM counters WHERE id = $1 FOR UPDATE"};
constexpr Statement kSetAmount{.summary = "UPDATE counters", .text = "UPDATE counters SET amount = $2 WHERE id = $1"};
constexpr Statement kCountEntries{.summary = "SELECT entries", .text = "SELECT count(*) FROM entries WHERE operation = $1"};
constexpr Statement kListCounters{.summary = "SELECT counters", .text = "SELECT id, amount FROM counters ORDER BY id"};

/// Returns the id as Bind carries it (PostgreSQL: "Message Formats"). No other number of the shop
/// has these bytes.
std::string as_parameter(std::int64_t id) {
    std::string bytes{"\0\0\0\x08", 4};
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(id >> shift & 0xff);
    return bytes;
}

constexpr std::int64_t kFirstAmount = 20;
constexpr int kClientsEach = 4;
constexpr int kOperationsEach = 12;
/// On a loop that works, one of this many writes succeeds: there is one for each of its
/// connections, and one more.
constexpr int kWritesToServe = 3;
/// How long after its deadline a call may still be answered.
constexpr std::chrono::milliseconds kBoundAfterDeadline{50};

}  // namespace

PostgresShop::PostgresShop(std::uint64_t seed, History::Listener listener)
    : scheduler_{seed},
      work_{seed / 4 % 4 == 0   ? Work::additions
            : seed / 4 % 4 == 1 ? Work::rows
                                : Work::everything},
      model_{scheduler_, {.place = "shop database", .keeps_input = true}} {
    scheduler_.history().listen(std::move(listener));
}

PostgresShop::~PostgresShop() = default;

void PostgresShop::find(std::string what) {
    scheduler_.history().tell([&] { return "WRONG: " + what; });
    findings_.push_back(std::move(what));
}

void PostgresShop::run() {
    open();
    const double intensity = std::array{0.0, 1.0, 3.0, 10.0}.at(scheduler_.seed() % 4);
    scheduler_.faults().set_intensity(intensity);
    const bool all_ended = disturb();
    scheduler_.faults().set_intensity(0);
    if (!all_ended) return find("a call never ended");
    // Sessions that have been silent for long end, and statements that wait for a lock get it.
    scheduler_.run_for(100s);
    check_service();
    if (findings_.empty()) check_tables();
    if (findings_.empty()) close();
}

void PostgresShop::open() {
    model_.serve_blocking([&] {
        store_ = std::move(sql::open_store(model_.url(), workers_, {.reads_max = 64})).value();
        store_->migrate(kSchema).value();
    });
    for (int i = 0; i < 2; ++i) {
        auto loop = std::make_unique<EventLoop>();
        scheduler_.watch_descriptors(*loop);
        auto database = store_->connect(*loop, telemetry_.get());
        places_.push_back({std::move(loop), std::move(database), std::make_unique<Gate>()});
    }
    auto& first = places_.front();
    bool made = false;
    const auto make = [](PostgresShop& shop, EventLoop& loop, bool& made) -> Task<void> {
        RootCall call{loop};
        sql::Unit unit;
        for (int id = 0; id < kCounters; ++id) unit.add(kInsertCounter, id, kFirstAmount);
        auto writing = shop.database(0).write(call.context(), std::move(unit));
        made = static_cast<bool>(co_await std::move(writing));
    };
    first.loop->post([&] { spawn(*first.gate, make(*this, *first.loop, made)); });
    if (!scheduler_.run_until([&] { return made; }, 10s)) find("no counters were made");
}

/// Runs the clients with faults. Returns whether all clients came to their end.
bool PostgresShop::disturb() {
    for (std::size_t place = 0; place < places_.size(); ++place) {
        for (int i = 0; i < kClientsEach; ++i) {
            const int number = ++clients_;
            places_[place].loop->post([this, place, number] { spawn(*places_[place].gate, client(place, number)); });
        }
    }
    return scheduler_.run_until([this] { return clients_ == 0; }, 20min);
}

Task<void> PostgresShop::client(std::size_t place, int number) {
    auto& loop = *places_[place].loop;
    for (int i = 0; i < kOperationsEach; ++i) {
        auto acting = act(place, number * 1'000 + i);
        co_await std::move(acting);
        RootCall pause{loop};
        const auto time = choose(8) == 0 ? std::chrono::milliseconds{choose(2'000)} : std::chrono::milliseconds{choose(5)};
        auto sleeping = sleep_for(pause.context(), time);
        static_cast<void>(co_await std::move(sleeping));
    }
    --clients_;
}

/// Makes one operation within its deadline. Sometimes the caller cancels it before.
Task<void> PostgresShop::act(std::size_t place, std::int64_t id) {
    auto& loop = *places_[place].loop;
    const auto timeout =
        choose(4) == 0 ? std::chrono::microseconds{choose(30'000)} : std::chrono::microseconds{200'000 + choose(8'000'000)};
    const auto deadline = Deadline::after(loop.now(), timeout);
    RootCall call{loop, deadline};
    Timer leaves{loop.timers(), [&] { call.scope().cancel(cancelled()); }};
    if (choose(10) == 0) leaves.arm(loop.now() + std::chrono::microseconds{choose(5'000)});
    const auto& ctx = call.context();
    auto acting = operation(place, ctx, id);
    co_await std::move(acting);
    if (loop.now() > deadline.when() + kBoundAfterDeadline) find(fmt::format("operation {} ended long after its deadline", id));
}

Task<void> PostgresShop::operation(std::size_t place, const CallContext& ctx, std::int64_t id) {
    const auto kind = choose(8);
    if (work_ == Work::additions && kind < 6) return add(place, ctx, id);
    if (work_ == Work::rows && kind < 6) return set(place, ctx, id);
    switch (kind) {
        case 0:
        case 1:
        case 2:
            return add(place, ctx, id);
        case 3:
            return set(place, ctx, id);
        case 4:
        case 5:
            return move(place, ctx, id);
        case 6:
            return read(place, ctx);
        default:
            return read_many(place, ctx);
    }
}

/// Checks that no statement of the shop is reported as wrong, whatever the server's faults are.
void PostgresShop::check_error(const Result<void>& outcome) {
    if (outcome || outcome.error().code() != Code::internal) return;
    find(fmt::format("an internal error: {}", model_.without_name(outcome.error().cause())));
}

void PostgresShop::told(std::int64_t id, const Result<void>& outcome) {
    using End = Operation::End;
    auto& operation = operations_.at(id);
    operation.end = outcome ? End::acknowledged : outcome.error().outcome_open() ? End::open : End::refused;
    check_error(outcome);
    scheduler_.history().tell([&] {
        if (outcome) return fmt::format("operation {} is acknowledged", id);
        const auto& error = outcome.error();
        return fmt::format("operation {} fails with {}{}: {}", id, error.reason(), error.outcome_open() ? ", outcome open" : "",
                           model_.without_name(error.cause()));
    });
}

/// Writes a unit with entries for one or two counters.
Task<void> PostgresShop::add(std::size_t place, const CallContext& ctx, std::int64_t id) {
    sql::Unit unit;
    auto& operation = operations_[id];
    operation.entries = 1 + static_cast<int>(choose(2));
    for (int line = 0; line < operation.entries; ++line) {
        const auto counter = static_cast<std::int64_t>(choose(kCounters));
        const auto amount = static_cast<std::int64_t>(choose(9)) - 4;
        unit.add(kInsertLine, id, line, counter, amount, SystemClock{}.now());
        unit.add(kAdd, counter, amount);
    }
    auto writing = database(place).write(ctx, std::move(unit));
    told(id, co_await std::move(writing));
}

/// Writes a unit that must change one row. Its condition may fail.
Task<void> PostgresShop::set(std::size_t place, const CallContext& ctx, std::int64_t id) {
    sql::Unit unit;
    operations_[id].entries = 1;
    const auto counter = static_cast<std::int64_t>(choose(kCounters));
    unit.add_one_row(kTouch, counter, static_cast<std::int64_t>(choose(2 * kFirstAmount)));
    unit.add(kInsertLine, id, 0, counter, 0, SystemClock{}.now());
    auto writing = database(place).write(ctx, std::move(unit));
    told(id, co_await std::move(writing));
}

/// Runs a transaction that moves an amount from one counter to another. It locks them in any order.
Task<void> PostgresShop::move(std::size_t place, const CallContext& ctx, std::int64_t id) {
    operations_[id].entries = 2;
    const auto from = static_cast<int>(choose(kCounters));
    const std::array counters{from, (from + 1 + static_cast<int>(choose(kCounters - 1))) % kCounters};
    const auto amount = static_cast<std::int64_t>(choose(5));
    auto body = sql::Database::Body{[this, &ctx, id, counters, amount](sql::Transaction& transaction) {
        return move_within(transaction, ctx, id, counters, amount);
    }};
    auto moving = database(place).transaction(ctx, std::move(body));
    told(id, co_await std::move(moving));
}

Task<Result<void>> PostgresShop::move_within(sql::Transaction& transaction, const CallContext& ctx, std::int64_t id,
                                             std::array<int, 2> counters, std::int64_t amount) {
    for (std::size_t i = 0; i < counters.size(); ++i) {
        auto finding = transaction.query_row(ctx, kFindLocked, counters[i]);
        auto found = co_await std::move(finding);
        if (!found) co_return std::move(found).error();
        const auto change = i == 0 ? -amount : amount;
        auto setting = transaction.execute(ctx, kSetAmount, counters[i], (**found).get<std::int64_t>(0) + change);
        if (auto set = co_await std::move(setting); !set) co_return std::move(set).error();
        auto inserting =
            transaction.execute(ctx, kInsertLine, id, static_cast<std::int64_t>(i), counters[i], change, SystemClock{}.now());
        if (auto inserted = co_await std::move(inserting); !inserted) co_return std::move(inserted).error();
    }
    co_return Result<void>{};
}

/// Checks that a later read finds everything that was acknowledged.
Task<void> PostgresShop::read(std::size_t place, const CallContext& ctx) {
    std::vector<std::int64_t> ids;
    for (const auto& [id, operation] : operations_) {
        if (operation.end == Operation::End::acknowledged || operation.end == Operation::End::refused) ids.push_back(id);
    }
    if (ids.empty()) co_return;
    const auto id = ids[choose(ids.size())];
    auto reading = database(place).query_row(ctx, kCountEntries, id);
    const auto row = co_await std::move(reading);
    check_error(row ? Result<void>{} : row.error());
    if (!row) co_return;
    const auto& operation = operations_.at(id);
    const auto wanted = operation.end == Operation::End::acknowledged ? operation.entries : 0;
    const auto found = (**row).get<std::int64_t>(0);
    if (found != wanted) find(fmt::format("a read found {} entries of operation {}, which has {}", found, id, wanted));
}

Task<void> PostgresShop::read_many(std::size_t place, const CallContext& ctx) {
    std::vector<Task<Result<sql::Rows>>> reads;
    for (auto i = choose(6); i-- > 0;) reads.push_back(database(place).query(ctx, kListCounters));
    auto reading = all(std::move(reads));
    for (const auto& rows : co_await std::move(reading)) {
        check_error(rows ? Result<void>{} : rows.error());
        if (rows && rows->size() != kCounters) find(fmt::format("a read found {} counters", rows->size()));
    }
}

/// Makes as many reads as may run at a time, and a write. All must succeed now, since there are no
/// faults.
Task<void> PostgresShop::serve_once(std::size_t place) {
    auto& loop = *places_[place].loop;
    RootCall call{loop, Deadline::after(loop.now(), 10s)};
    std::vector<Task<Result<sql::Rows>>> reads;
    for (int i = 0; i < 64; ++i) reads.push_back(database(place).query(call.context(), kListCounters));
    auto reading = all(std::move(reads));
    for (const auto& rows : co_await std::move(reading)) {
        if (rows) continue;
        find(fmt::format("loop {} does not read: {}", place, rows.error().reason()));
        break;
    }
    // The driver finds a read-only connection by a write that the server refuses.
    for (int i = 0; i < kWritesToServe; ++i) {
        const auto id = static_cast<std::int64_t>(1'000'000 + 100 * place) + i;
        sql::Unit unit;
        operations_[id].entries = 1;
        unit.add(kInsertLine, id, 0, 0, 1, SystemClock{}.now());
        unit.add(kAdd, 0, 1);
        auto writing = database(place).write(call.context(), std::move(unit));
        told(id, co_await std::move(writing));
        if (operations_.at(id).end == Operation::End::acknowledged) break;
        if (i + 1 == kWritesToServe) find(fmt::format("loop {} does not write", place));
        auto sleeping = sleep_for(call.context(), 200ms);
        static_cast<void>(co_await std::move(sleeping));
    }
    ++served_;
}

void PostgresShop::check_service() {
    for (std::size_t place = 0; place < places_.size() && findings_.empty(); ++place) {
        const auto before = served_;
        places_[place].loop->post([this, place] { spawn(*places_[place].gate, serve_once(place)); });
        if (!scheduler_.run_until([&] { return served_ > before; }, 60s)) find(fmt::format("loop {} does not answer", place));
    }
    if (findings_.empty() && !store_->health()) find("a store that serves is not ready");
    if (work_ != Work::everything && model_.deadlocks() > 0) find(fmt::format("{} deadlocks of units", model_.deadlocks()));
    // A ROLLBACK may still be running.
    scheduler_.run_for(1s);
    if (const auto open = model_.open_transactions(); open > 0) find(fmt::format("{} transactions outlive their calls", open));
}

void PostgresShop::check_tables() {
    std::map<std::int64_t, std::int64_t> entries;
    for (const auto& row : model_.rows("SELECT operation, count(*) FROM entries GROUP BY operation")) {
        entries[row.get<std::int64_t>(0)] = row.get<std::int64_t>(1);
    }
    using End = Operation::End;
    for (const auto& [id, operation] : operations_) {
        const auto found = entries.contains(id) ? entries.at(id) : 0;
        if (found != 0 && found != operation.entries) find(fmt::format("operation {} was done in part", id));
        if (operation.end == End::acknowledged && found == 0) find(fmt::format("operation {} was acknowledged and is lost", id));
        if (operation.end == End::refused && found != 0) find(fmt::format("operation {} was refused and is done", id));
        if (operation.end == End::open && !model_.was_sent(as_parameter(id)))
            find(fmt::format("operation {} is called open and was never sent", id));
    }
    std::map<std::int64_t, std::int64_t> sums;
    for (const auto& row : model_.rows("SELECT counter, amount FROM entries"))
        sums[row.get<std::int64_t>(0)] += row.get<std::int64_t>(1);
    for (const auto& row : model_.rows("SELECT id, amount FROM counters")) {
        const auto id = row.get<std::int64_t>(0);
        const auto wanted = kFirstAmount + sums[id];
        if (row.get<std::int64_t>(1) != wanted)
            find(fmt::format("counter {} has {} and not {}", id, row.get<std::int64_t>(1), wanted));
    }
}

void PostgresShop::close() {
    for (auto& place : places_) {
        place.loop->post([&place] { place.database.reset(); });
    }
    scheduler_.run_for(10s);
    if (const auto left = model_.sessions(); left > 0) find(fmt::format("{} sessions outlive their pools", left));
}

}  // namespace tw::simulation
