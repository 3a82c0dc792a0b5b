#include "kit/sql/sqlite/batch.hpp"

#include "kit/sql/shared/errors.hpp"
#include "kit/sql/sqlite/control.hpp"

#include <vector>

#include <fmt/format.h>

namespace tw::sql {
namespace {

constexpr Statement kSavepoint{"SAVEPOINT", "SAVEPOINT unit"};
constexpr Statement kRelease{"RELEASE", "RELEASE unit"};
constexpr Statement kRollbackTo{"ROLLBACK", "ROLLBACK TO unit"};

using Units = std::span<const std::shared_ptr<UnitJob>>;

Result<void> run_steps(Connection& connection, const Unit& unit) {
    for (const auto& step : unit.steps()) {
        const auto changed = connection.execute(*step.statement, step.parameters);
        if (!changed) return changed.error();
        if (step.rows_expected && *step.rows_expected != *changed) {
            return rows_unexpected(fmt::format("{} rows instead of {}: {}", *changed, *step.rows_expected, step.statement->text));
        }
    }
    return {};
}

/// A statement that fails undoes itself, so a unit of a single statement without a row count needs
/// no savepoint.
bool undoes_itself(const Unit& unit) { return unit.steps().size() == 1 && !unit.steps().front().rows_expected; }

/// Runs a unit in a savepoint. If a refused unit cannot be undone, the whole transaction is rolled
/// back, since the unit's rows would be committed with the others'.
Result<void> run_in_savepoint(Connection& connection, const Unit& unit) {
    if (undoes_itself(unit)) return run_steps(connection, unit);
    if (auto begun = connection.execute(kSavepoint); !begun) return begun.error();
    auto done = run_steps(connection, unit);
    if (!connection.in_transaction()) return done;
    const bool undone = done || connection.execute(kRollbackTo);
    if (!undone || !connection.execute(kRelease)) roll_back(connection);
    return done;
}

/// Runs a unit in its own transaction. Returns whether that was committed.
bool commit_alone(Connection& connection, UnitJob& job) {
    Result<void> done;
    if (auto begun = connection.execute(kBegin); !begun) {
        done = not_done(std::move(begun).error());
    } else {
        done = run_steps(connection, job.unit);
        done = done ? commit(connection) : not_done(std::move(done).error());
    }
    roll_back(connection);
    job.outcome = std::move(done);
    return job.outcome->has_value();
}

std::uint64_t commit_each_alone(Connection& connection, Units units) {
    std::uint64_t commits = 0;
    for (const auto& job : units) {
        // An outcome that the unit got within the transaction that was rolled back is no longer
        // valid.
        job->outcome.reset();
        if (!job->abandoned().load(std::memory_order_relaxed) && commit_alone(connection, *job)) ++commits;
    }
    return commits;
}

void fail_all(Units units, const Error& error) {
    for (const auto& job : units) {
        // Units that failed by themselves keep their own error.
        if (!job->outcome || job->outcome->has_value()) job->outcome = error;
    }
}

}  // namespace

std::uint64_t commit_units(Connection& connection, Units units) {
    if (units.size() == 1) return commit_each_alone(connection, units);
    if (auto begun = connection.execute(kBegin); !begun) {
        fail_all(units, not_done(std::move(begun).error()));
        return 0;
    }
    bool any = false;
    // Units that were refused after others of the transaction had changed rows: these changes may
    // be the reason.
    std::vector<std::shared_ptr<UnitJob>> doubtful;
    for (const auto& job : units) {
        if (job->abandoned().load(std::memory_order_relaxed)) continue;
        auto done = run_in_savepoint(connection, job->unit);
        job->outcome = done ? std::move(done) : not_done(std::move(done).error());
        if (any && !*job->outcome) doubtful.push_back(job);
        any |= job->outcome->has_value();
        // The failure of one unit has ended the transaction of all of them.
        if (!connection.in_transaction()) return commit_each_alone(connection, units);
    }
    if (!any) {
        roll_back(connection);
        return 0;
    }
    const auto committed = commit(connection);
    if (committed) return 1;
    roll_back(connection);
    // A deferred constraint is checked at the commit, and the error does not say which unit
    // violated it.
    if (committed.error().reason().ends_with("_VIOLATION")) return commit_each_alone(connection, units);
    fail_all(units, committed.error());
    return commit_each_alone(connection, doubtful);
}

}  // namespace tw::sql
