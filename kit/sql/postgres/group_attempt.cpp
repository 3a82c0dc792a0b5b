#include "kit/sql/postgres/group_attempt.hpp"

#include "kit/sql/postgres/postgres_error.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/errors.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

/// Sets for the rest of the transaction how long a statement waits for a lock, and how long it
/// runs.
constexpr Statement kLimitLocks{"SELECT set_config", "SELECT set_config('lock_timeout', $1, true)"};
constexpr Statement kLimitLocksAndStatements{
    "SELECT set_config", "SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true)"};

std::vector<const Unit*> units_of(GroupAttempt::Jobs jobs) {
    std::vector<const Unit*> units;
    units.reserve(jobs.size());
    for (const auto& job : jobs) units.push_back(&job->unit);
    return units;
}

/// Whether the server refused the row itself, whatever other rows there are. A unique or a foreign
/// key is about other rows, which may be those of another unit that is not committed.
bool is_refusal(const Error& error) {
    return error.reason() == reason::kCheckViolation || error.reason() == reason::kNotNullViolation;
}

/// The COMMIT was sent, and no answer says whether it took place.
GroupFailure unknown(const Error& lost) { return {.error = outcome_unknown(lost.cause()), .final = true}; }

/// The transaction was rolled back for a reason that concerns all units.
GroupFailure final_failure(const Error& error) { return {.error = not_done(error), .final = true}; }

/// The connection was lost, and the transaction was rolled back with it.
GroupFailure undone(const Error& error, bool never_ran) {
    return {.error = not_done(error), .final = true, .elsewhere = true, .never_ran = never_ran};
}

/// Converts the error of a COMMIT. Nearly all of them mean that the transaction was rolled back.
GroupFailure refused_commit(const Error& error) {
    // A server that ends the session while it commits may have committed.
    if (is_lost_connection(error) || error.reason() == reason::kOutcomeUnknown) return unknown(error);
    if (is_storage_failure(error)) return final_failure(error);
    return {.error = not_done(error)};
}

/// A COMMIT was sent at the end of this batch and was not answered.
GroupFailure unanswered_commit(const Batch& batch) {
    const auto& loss = *batch.lost();
    return loss.unanswered_did_not_run ? undone(loss.error, !batch.answer(0)) : unknown(loss.error);
}

}  // namespace

GroupAttempt::GroupAttempt(Jobs jobs, SteadyTime now, std::chrono::milliseconds lock_wait, const PostgresOptions& options)
    : jobs_{jobs}, units_{units_of(jobs)}, plan_{units_}, batch_{std::make_shared<Batch>()} {
    // BEGIN, the limits and COMMIT come in addition.
    batch_->reserve(plan_.statements().size() + plan_.additions().size() + 3);
    batch_->add(kBegin, {}, false);
    add_limits(now, lock_wait, options);
    for (const auto& step : plan_.statements()) batch_->add(*step.statement, step.parameters, step.rows_expected.has_value());
    if (plan_.counts_rows()) ending_ = std::make_shared<Batch>();
    auto& last = plan_.counts_rows() ? *ending_ : *batch_;
    for (const auto& step : plan_.additions()) last.add(*step.statement, step.parameters, false);
    last.add(kCommit, {}, false);
}

void GroupAttempt::add_limits(SteadyTime now, std::chrono::milliseconds lock_wait, const PostgresOptions& options) {
    limits_.reserve(2);
    limits_.emplace_back(std::to_string(lock_wait.count()));
    // The limit is that of the unit with the latest deadline. A unit that gives up earlier has the
    // transaction stopped.
    const auto patient = std::ranges::max(jobs_, {}, [](const auto& job) { return job->deadline; })->deadline;
    if (!patient.is_never()) {
        if (auto limit = statement_limit(patient.remaining(now), options)) limits_.push_back(std::move(*limit));
    }
    batch_->add(limits_.size() == 1 ? kLimitLocks : kLimitLocksAndStatements, limits_, false);
    first_ = batch_->size();
}

/// Returns the plan's statement behind a command, or null for BEGIN, COMMIT and the limits.
const PlannedStep* GroupAttempt::step_of(const Batch& batch, std::size_t command) const {
    const auto& statements = plan_.statements();
    auto place = command;
    if (&batch == batch_.get()) {
        if (command < first_) return nullptr;
        place -= first_;
        if (place < statements.size()) return &statements[place];
        place -= statements.size();
    }
    return place < plan_.additions().size() ? &plan_.additions()[place] : nullptr;
}

std::optional<GroupFailure> GroupAttempt::failure() const {
    if (auto failure = failure_in(*batch_, commits_at_once())) return failure;
    if (auto unexpected = unexpected_rows()) return unexpected;
    return commits_at_once() ? std::nullopt : given_up();
}

std::optional<GroupFailure> GroupAttempt::failure_in(const Batch& batch, bool with_commit) const {
    if (const auto failed = batch.failed()) {
        const auto& error = batch.answer(*failed)->error();
        if (with_commit && *failed + 1 == batch.size()) return refused_commit(error);
        if (is_lost_connection(error)) return undone(error, &batch == batch_.get() && *failed == 0);
        if (is_storage_failure(error)) return final_failure(error);
        return refused(batch, *failed, error);
    }
    if (batch.lost()) {
        const bool first = &batch == batch_.get() && !batch.answer(0);
        if (!with_commit) return undone(batch.lost()->error, first);
        if (!batch.answer(batch.size() - 1)) return unanswered_commit(batch);
        return std::nullopt;
    }
    if (!batch.all_answered()) return final_failure(internal("statements were skipped although none failed"));
    return std::nullopt;
}

/// One statement was refused, and the transaction was rolled back with it.
GroupFailure GroupAttempt::refused(const Batch& batch, std::size_t command, const Error& error) const {
    GroupFailure failure{.error = not_done(error)};
    const auto* step = step_of(batch, command);
    if (step == nullptr) return failure;
    const bool certain = step->alone_at_row && is_refusal(error);
    for (const auto unit : step->units) failure.units.push_back({unit, failure.error, certain});
    return failure;
}

/// Returns the units that gave up before the COMMIT. Their callers were told that nothing would be
/// done.
std::optional<GroupFailure> GroupAttempt::given_up() const {
    GroupFailure failure{.error = not_done(cancelled())};
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
        if (jobs_[i]->abandoned) failure.units.push_back({i, failure.error, true});
    }
    return failure.units.empty() ? std::nullopt : std::optional{std::move(failure)};
}

/// Returns all units with an unexpected number of rows at once; the transaction has not failed yet.
std::optional<GroupFailure> GroupAttempt::unexpected_rows() const {
    std::optional<GroupFailure> failure;
    auto command = first_;
    for (const auto& step : plan_.statements()) {
        const auto changed = (**batch_->answer(command++)).rows_changed;
        if (!step.rows_expected || *step.rows_expected == changed) continue;
        auto error =
            rows_unexpected(fmt::format("{} rows instead of {}: {}", changed, *step.rows_expected, step.statement->text));
        if (!failure) failure = GroupFailure{.error = error};
        const auto unit = step.units.front();
        if (std::ranges::find(failure->units, unit, &UnitFailure::unit) != failure->units.end()) continue;
        failure->units.push_back({unit, std::move(error), step.alone_at_row});
    }
    return failure;
}

std::optional<GroupFailure> GroupAttempt::failure_of_commit(const Batch& batch) {
    if (batch.failed()) return refused_commit(batch.answer(0)->error());
    if (batch.lost() && !batch.answer(0)) return unanswered_commit(batch);
    if (!batch.all_answered()) return final_failure(internal("COMMIT was skipped"));
    return std::nullopt;
}

}  // namespace tw::sql::pg
