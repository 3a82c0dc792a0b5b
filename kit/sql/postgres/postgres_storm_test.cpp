// Runs many faults at once: sessions are terminated, statements are cancelled from outside, the
// server is read-only for moments, and callers have tiny deadlines or leave. The number of attacks
// is bounded, and the seed is printed.
#include "kit/sql/postgres/pool_metrics.hpp"
#include "kit/sql/postgres/postgres_fixture.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <malloc.h>
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadsMax = 64;
constexpr std::int64_t kCounter = 1;
constexpr Statement kIncrement{"UPDATE users", "UPDATE users SET age = age + 1 WHERE id = $1"};
constexpr Statement kListPets{"SELECT pets", "SELECT id FROM pets ORDER BY id"};

using Generator = std::mt19937_64;

std::int64_t below(Generator& random, std::int64_t end) {
    return std::uniform_int_distribution<std::int64_t>{0, end - 1}(random);
}

double sum_of(telemetry::Meter& meter, const telemetry::Instrument& instrument, std::string_view state = {}) {
    std::vector<telemetry::MetricPoint> points;
    meter.collect(points);
    double sum = 0;
    for (const auto& point : points) {
        if (point.instrument != &instrument) continue;
        if (state.empty() || point.attributes.back().second == telemetry::MetricValue{std::string{state}}) sum += point.value;
    }
    return sum;
}

/// A call that waits, or has a tiny deadline, or whose caller leaves.
class StormCall {
 public:
    StormCall(EventLoop& loop, Generator& random)
        : kind_{below(random, 4)},
          call_{loop, kind_ == 0 ? Deadline::after(loop.now(), milliseconds{1 + below(random, 30)}) : Deadline::never()},
          leave_{loop.timers(), [this] { call_.scope().cancel(cancelled()); }} {
        if (kind_ == 1) leave_.arm(loop.now() + milliseconds{1 + below(random, 30)});
    }
    const CallContext& context() const { return call_.context(); }
    /// Returns whether such a caller may get this error.
    bool may_hear(const Error& error) const {
        if (error.code() == Code::unavailable) return true;
        if (kind_ == 0) return error.code() == Code::deadline_exceeded;
        return kind_ == 1 && error.code() == Code::cancelled;
    }

 private:
    std::int64_t kind_;
    RootCall call_;
    Timer leave_;
};

class StormTest : public testing::Test {
 protected:
    struct Told {
        std::set<std::int64_t> done;
        std::set<std::int64_t> not_done;
        std::int64_t incremented = 0;
        std::int64_t perhaps_incremented = 0;
        std::map<std::string, int> outcomes;
    };

    void SetUp() override {
        const auto* const chosen = std::getenv("TW_STORM_SEED");
        seed_ = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 20'261'129;
        random_.seed(seed_);
        RecordProperty("seed", std::to_string(seed_));
        ASSERT_TRUE(fixture_.write(new_user(kCounter)));
        for (auto& database : databases_) database = fixture_.store().connect(fixture_.loop(), telemetry_.get());
    }
    void TearDown() override { calm_down(); }

    Database& any_database() { return *databases_[below(random_, 2)]; }

    void note(const StormCall& call, const Error& error) {
        ++told_.outcomes[fmt::format("{} {}", code_name(error.code()), error.reason())];
        EXPECT_TRUE(call.may_hear(error)) << code_name(error.code()) << " " << error.reason() << ": " << error.cause();
    }

    /// Writes a row and another that refers to it in one unit, which counts rows or not.
    Task<void> write_one(std::int64_t id, bool counts) {
        const StormCall call{fixture_.loop(), random_};
        Unit unit = new_user(id);
        if (counts) {
            unit.add_one_row(kInsertPet, id, "Rex", id);
        } else {
            unit.add(kInsertPet, id, "Rex", id);
        }
        auto writing = any_database().write(call.context(), std::move(unit));
        const auto written = co_await std::move(writing);
        if (written) {
            told_.done.insert(id);
        } else {
            note(call, written.error());
            if (!written.error().outcome_open()) told_.not_done.insert(id);
        }
    }
    Task<void> increment() {
        const StormCall call{fixture_.loop(), random_};
        auto body = Database::Body{[&call](Transaction& transaction) -> Task<Result<void>> {
            auto finding = transaction.query_row(call.context(), kFindAge, kCounter);
            const auto found = co_await std::move(finding);
            if (!found) co_return found.error();
            auto setting = transaction.execute(call.context(), kSetAge, kCounter, (*found)->get<std::int64_t>(0) + 1);
            const auto set = co_await std::move(setting);
            co_return set ? Result<void>{} : set.error();
        }};
        auto running = any_database().transaction(call.context(), std::move(body));
        const auto done = co_await std::move(running);
        if (done) {
            ++told_.incremented;
        } else {
            note(call, done.error());
            if (done.error().outcome_open()) ++told_.perhaps_incremented;
        }
    }
    /// Checks that an acknowledged row is read as it was written.
    Task<void> read_one() {
        const StormCall call{fixture_.loop(), random_};
        const auto id = told_.done.empty() ? kCounter : *told_.done.rbegin();
        auto reading = any_database().query_row(call.context(), kFindUser, id);
        const auto row = co_await std::move(reading);
        if (!row) {
            note(call, row.error());
            co_return;
        }
        EXPECT_TRUE(*row && (**row).get<std::int64_t>(0) == id) << id << " was acknowledged and is not there";
    }
    Task<void> read_all() {
        const StormCall call{fixture_.loop(), random_};
        auto reading = any_database().query(call.context(), kListUsers);
        const auto rows = co_await std::move(reading);
        if (!rows) note(call, rows.error());
    }

    Task<void> work(int who) {
        while (attacking_) {
            const auto what = below(random_, 10);
            auto task = what < 3   ? write_one(++next_id_, false)
                        : what < 5 ? write_one(++next_id_, true)
                        : what < 6 ? increment()
                        : what < 9 ? read_one()
                                   : read_all();
            co_await std::move(task);
            // The pause lets other tasks run after a refusal, which comes at once.
            auto waiting = sleep_for(fixture_.ctx(), milliseconds{who % 3});
            static_cast<void>(co_await std::move(waiting));
        }
    }

    static void set_read_only(bool on) {
        auto& server = PostgresFixture::server();
        server.run(fmt::format("ALTER SYSTEM SET default_transaction_read_only = {}", on ? "on" : "off"));
        server.run("SELECT pg_reload_conf()");
    }
    /// Makes one attack; called on a worker.
    static void attack(std::int64_t what, std::int64_t whom) {
        if (what == 0) return set_read_only(true);
        if (what == 1) return set_read_only(false);
        PostgresFixture::server().run(
            fmt::format("SELECT {}(pid) FROM pg_stat_activity WHERE application_name = 'tw' ORDER BY state = 'active' DESC, "
                        "(pid * {}) % 101 LIMIT 1",
                        what < 8 ? "pg_terminate_backend" : "pg_cancel_backend", 1 + whom));
    }
    Task<void> storm(int attacks) {
        attacking_ = true;
        Gate gate;
        for (int who = 0; who < 24; ++who) spawn(gate, work(who));
        for (int i = 0; i < attacks; ++i) {
            const auto what = below(random_, 24);
            const auto whom = below(random_, 100);
            const auto attacking = [what, whom] {
                attack(what, whom);
                return true;
            };
            auto running = fixture_.workers().run(fixture_.loop(), attacking);
            static_cast<void>(co_await running);
        }
        attacking_ = false;
        const auto calming = [] {
            calm_down();
            return true;
        };
        auto running = fixture_.workers().run(fixture_.loop(), calming);
        static_cast<void>(co_await running);
        co_await close_and_wait(gate);
    }
    static void calm_down() {
        set_read_only(false);
        while (PostgresFixture::server().run("SHOW default_transaction_read_only") != "off") {
        }
    }

    /// Returns whether each database writes and reads again within a bounded number of attempts.
    bool serves_again() {
        for (auto* const database : {databases_[0].get(), databases_[1].get(), &fixture_.database()}) {
            bool writes = false;
            for (int i = 0; i < 500 && !writes; ++i) {
                Unit unit;
                unit.add(kSetAge, -1, 0);
                writes = fixture_.run(database->write(fixture_.ctx(), std::move(unit))).has_value();
                if (!writes) fixture_.sleep(milliseconds{10});
            }
            if (!writes || !fixture_.run(database->query(fixture_.ctx(), kCountUsers))) return false;
        }
        return true;
    }
    std::set<std::int64_t> ids(const Statement& statement) {
        std::set<std::int64_t> ids;
        const auto rows = fixture_.run(fixture_.database().query(fixture_.ctx(), statement));
        EXPECT_TRUE(rows) << rows.error().cause();
        if (!rows) return ids;
        for (const auto& row : *rows) ids.insert(row.get<std::int64_t>(0));
        return ids;
    }
    void check_rows() {
        auto users = ids(kListUsers);
        users.erase(kCounter);
        EXPECT_EQ(users, ids(kListPets)) << "a unit took effect in part";
        for (const auto id : told_.done) EXPECT_TRUE(users.contains(id)) << id << " was acknowledged and is lost";
        for (const auto id : told_.not_done) EXPECT_FALSE(users.contains(id)) << id << " was refused and is stored";
        const auto counter = fixture_.run(fixture_.database().query_row(fixture_.ctx(), kFindUser, kCounter));
        ASSERT_TRUE(counter && *counter);
        const auto count = (**counter).get<std::int64_t>(3);
        EXPECT_GE(count, told_.incremented);
        EXPECT_LE(count, told_.incremented + told_.perhaps_incremented);
    }
    /// Checks that the pool accepts as many reads as at first, and that no counter includes work
    /// that does not exist.
    void check_counters() {
        for (auto& database : databases_) {
            std::vector<Task<Result<Rows>>> reads;
            for (std::size_t i = 0; i <= kReadsMax; ++i) reads.push_back(database->query(fixture_.ctx(), kCountUsers));
            const auto answers = fixture_.run(all(std::move(reads)));
            for (std::size_t i = 0; i < kReadsMax; ++i) EXPECT_TRUE(answers[i]) << answers[i].error().cause();
            ASSERT_FALSE(answers[kReadsMax]);
            EXPECT_EQ(answers[kReadsMax].error().reason(), "DATABASE_BUSY");
        }
        EXPECT_EQ(sum_of(telemetry_.get().meter, kPendingRequests), 0);
        EXPECT_EQ(sum_of(telemetry_.get().meter, kConnectionCount, "used"), 0);
        EXPECT_TRUE(fixture_.store().health());
    }

    std::uint64_t seed_ = 0;
    Generator random_;
    PostgresFixture fixture_{{.reads_max = kReadsMax}};
    /// Records no spans: they would be kept, and the test measures memory.
    test::QuietTelemetry telemetry_;
    std::unique_ptr<Database> databases_[2];
    Told told_;
    std::int64_t next_id_ = 100;
    bool attacking_ = false;
};

TEST_F(StormTest, every_answer_is_right_or_refused_and_afterwards_all_is_as_before) {
    SCOPED_TRACE("TW_STORM_SEED=" + std::to_string(seed_));
    std::size_t in_use_after_first = 0;
    for (int round = 0; round < 4; ++round) {
        fixture_.run(storm(60));
        ASSERT_TRUE(serves_again());
        check_rows();
        check_counters();
        if (round == 0) in_use_after_first = ::mallinfo2().uordblks;
    }
    const auto in_use = ::mallinfo2().uordblks;
    EXPECT_LT(in_use, in_use_after_first + 2'000'000) << "memory grows with the attacks";
    EXPECT_GT(told_.done.size(), 100U);
    for (const auto& [outcome, count] : told_.outcomes) RecordProperty(outcome, count);
    fmt::print("{} written, {} refused, {} increments; heap {} then {}\n", told_.done.size(), told_.not_done.size(),
               told_.incremented, in_use_after_first, in_use);
    for (const auto& [outcome, count] : told_.outcomes) fmt::print("  {}: {}\n", outcome, count);
}

}  // namespace
}  // namespace tw::sql::pg
